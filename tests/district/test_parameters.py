"""A district's parameters: access, other values, and errors in their file."""

from __future__ import annotations

import re
from math import inf, nan
from pathlib import Path

import pytest

from takeup.district import SHIPPED, District, definitions, load_district
from takeup.errors import InputError
from tests.district.folders import edited

DOCUMENTS = """\
[documents]
value = 1.5
unit = "sd of taste"
low = 0
high = 10
status = "assumed"
source = "starting value of the model"
"""
PRIOR = 'prior = {{ shape = "{}", low = {}, high = {}, of = "{}" }}\n'


def table_of(name: str) -> str:
    """A parameter's table as it stands in the template's file."""
    text = (SHIPPED / "template" / "parameters.toml").read_text(encoding="utf-8")
    match = re.search(rf"^\[{name}\]\n(?:.+\n)+", text, re.MULTILINE)
    assert match is not None
    return match[0]


def with_documents(old: str, new: str) -> tuple[str, str]:
    """The edit that changes something about the parameter `documents`."""
    assert old in DOCUMENTS
    return table_of("documents"), DOCUMENTS.replace(old, new)


def with_prior(shape: str, low: object, high: object, of: str = "value") -> tuple[str, str]:
    """The edit that gives the parameter `documents` a prior."""
    return table_of("documents"), DOCUMENTS + PRIOR.format(shape, low, high, of)


def test_the_template_states_what_is_edited_here() -> None:
    assert table_of("documents").startswith(DOCUMENTS)


FAULTS: dict[str, tuple[tuple[str, str], list[str]]] = {
    "a missing source": (
        with_documents('source = "starting value of the model"\n', ""),
        ["documents", '"source" is missing'],
    ),
    "an empty source": (with_documents('"starting value of the model"', '""'), ["documents, source", "at least 1"]),
    "an unknown parameter": (
        ("[documents]", "[document]"),
        ["document", "unknown parameter", '"document"', 'did you mean "documents"'],
    ),
    "a missing parameter": (
        (table_of("documents"), ""),
        ['"documents" is missing', "Cost of the required papers"],
    ),
    "a wrong unit": (
        with_documents('"sd of taste"', '"CNY"'),
        ["documents, unit", "the unit differs from the unit in the model", '"CNY"', "sd of taste"],
    ),
    "a value above the range": (
        with_documents("value = 1.5", "value = 15"),
        ["documents, value", "the value is outside the parameter's range", "15", "0 to 10 (sd of taste)"],
    ),
    "a value below the range": (
        with_documents("low = 0", "low = 2"),
        ["documents, value", "the value is outside the parameter's range", "1.5", "2 to 10"],
    ),
    "a range turned round": (
        with_documents("low = 0\nhigh = 10", "low = 10\nhigh = 0"),
        ["documents", "low is above high", "10 to 0", "within 0 to inf"],
    ),
    "a range beyond what is possible": (
        with_documents("low = 0", "low = -1"),
        ["documents, low and high", "the range is outside the parameter's bounds", "-1 to 10", "within 0 to inf"],
    ),
    "nan": (with_documents("value = 1.5", "value = nan"), ["documents, value", "nan", "0 to 10"]),
    "a range that is nan": (
        with_documents("high = 10", "high = nan"),
        ["documents", "the range is outside the parameter's bounds", "nan"],
    ),
    "infinity": (
        (table_of("documents"), DOCUMENTS.replace("value = 1.5", "value = inf").replace("high = 10", "high = inf")),
        ["documents, value", "the value is infinite, which is only possible for supply", "finite"],
    ),
    "a word": (with_documents("value = 1.5", 'value = "much"'), ["documents, value", '"much"', "number"]),
    "a truth value": (with_documents("value = 1.5", "value = true"), ["documents, value", "True", "number"]),
    "a table where there is one number": (
        with_documents("value = 1.5", "value = { primary = 1 }"),
        ["documents, value", "the parameter has a single number, not a table", "primary", "a single number"],
    ),
    "one number for members that are combined": (
        (table_of("leave_factor"), re.sub(r"(?m)(^value.*\n)+", "value = 0.5\n", table_of("leave_factor"))),
        [
            "leave_factor, value",
            "the parameter requires a table, because a person's value combines several members",
            "0.5",
            "age.16-24, age.25-34",
        ],
    ),
    "one number for all members outside the range": (
        ("[quality]\nvalue = 0.7", "[quality]\nvalue = 1.5"),
        ["quality, value: the value is outside the parameter's range", "1.5", "0 to 1 (share)"],
    ),
    "an unknown member": (
        ("value = { primary = 1.3, junior = 1.1", "value = { primry = 1.3, junior = 1.1"),
        [
            "paperwork, value",
            "unknown name in the parameter's table",
            "primry",
            "primary, junior, senior, college",
            'did you mean "primary"',
        ],
    ),
    "a missing member": (
        ("value = { primary = 1.3, junior = 1.1", "value = { junior = 1.1"),
        ["paperwork, value", '"primary" is missing'],
    ),
    "a member outside the range": (
        ("value = { primary = 1.3, junior = 1.1", "value = { primary = 1.3, junior = 7"),
        ["paperwork, paperwork.junior", "the value is outside the parameter's range", "7", "0 to 5"],
    ),
    "a member in words": (
        ("value = { primary = 1.3, junior = 1.1", 'value = { primary = "x", junior = 1.1'),
        ["paperwork", "primary", "the value is not a number", '"x"'],
    ),
    "an unknown status": (
        with_documents('"assumed"', '"guessed"'),
        ["documents, status", '"guessed"', "observed", "calibrated"],
    ),
    "an unknown key": (
        with_documents("low = 0", "low = 0\nmedium = 5"),
        ["documents", "unknown key", '"medium"', "unit, value"],
    ),
    "a prior above the value": (
        with_prior("uniform", 2, 3),
        ["documents, prior", "does not contain the value", "2 to 3", "within 0 to 10 that contains 1.5"],
    ),
    "a prior below the value": (
        with_prior("uniform", 0.1, 1),
        ["documents, prior", "does not contain the value", "0.1 to 1", "that contains 1.5"],
    ),
    "a prior beyond the range": (
        with_prior("uniform", 0, 11),
        ["documents, prior", "the prior is not within the range", "0 to 11", "within 0 to 10"],
    ),
    "a prior turned round": (with_prior("uniform", 3, 1), ["documents, prior", "low is not below high", "3 to 1"]),
    "a prior that is nan": (with_prior("uniform", "nan", 3), ["documents, prior", "low is not below high", "nan"]),
    "a log-uniform prior from 0": (with_prior("log-uniform", 0, 3), ["documents, prior", "above 0"]),
    "a factor that cannot be 1": (
        with_prior("log-uniform", 2, 4, of="factor"),
        ["documents, prior", "does not contain the factor", "2 to 4", "that contains 1"],
    ),
    "a prior of something else": (
        with_prior("uniform", 1, 2, of="share"),
        ["documents, prior, of", '"share"', "factor"],
    ),
    "an unknown prior": (with_prior("beta", 1, 2), ["documents, prior, shape", '"beta"', "uniform", "log-uniform"]),
    "half a month": (
        ("[permit_term_months]\nvalue = 12", "[permit_term_months]\nvalue = 12.5"),
        ["permit_term_months, value", "the value is not a whole number", "12.5", "whole months"],
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_reported_with_its_place_what_is_given_and_what_is_allowed(tmp_path: Path, fault: str) -> None:
    (old, new), parts = FAULTS[fault]
    folder = edited(tmp_path, "parameters.toml", old, new)
    with pytest.raises(InputError) as caught:
        load_district(folder)
    for part in [str(folder / "parameters.toml"), *parts]:
        assert part in str(caught.value), str(caught.value)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[value", b"a = 1\n" * 200_000], ids=["bytes", "torn", "huge"])
def test_a_file_that_is_no_parameter_file_at_all_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    folder = edited(tmp_path, "population.toml", "Template", "Template")
    (folder / "parameters.toml").write_bytes(content)
    with pytest.raises(InputError, match=r"parameters\.toml: the file is (not UTF-8|not TOML|too large)"):
        load_district(folder)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    (edited(tmp_path, "population.toml", "Template", "Template") / "parameters.toml").unlink()
    with pytest.raises(InputError, match=r"parameters\.toml: no such file"):
        load_district(tmp_path)


def test_a_district_that_there_is_not_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_district("livan")
    for part in ("no such district", '"livan"', "liwan, template", 'did you mean "liwan"'):
        assert part in str(caught.value)


def test_a_name_stands_for_a_number_or_for_all_its_members(template: District) -> None:
    parameters = template.parameters
    assert parameters.members("documents") == ["documents"]
    assert parameters.members("quality.schooling") == ["quality.schooling"]
    assert parameters.members("trust_initial") == ["trust_initial.low", "trust_initial.high"]
    assert len(parameters.members("need")) == 5 * 21
    assert parameters.vector("quality").tolist() == [0.7] * 5
    assert parameters.vector("documents").tolist() == [1.5]
    assert parameters.number("leave.60+") == 0.018


def test_one_number_stands_for_all_members_and_counts_once(tmp_path: Path, template: District) -> None:
    table = "value = { registered_lease = 0.1, informal_lease = 0.9, dormitory = 0.4, owned = 0.05 }"
    parameters = load_district(edited(tmp_path, "parameters.toml", table, "value = 0.4")).parameters
    assert parameters.vector("lease_hardship").tolist() == [0.4] * 4
    before = template.parameters.count_by_status()
    assert parameters.count_by_status() == before | {"assumed": before["assumed"] - 3}
    every_member = dict.fromkeys(definitions()["lease_hardship"].names, 0.2)
    for values, fewer in [({"lease_hardship.owned": 0.1}, 3), ({"lease_hardship": 0.2}, 4), (every_member, 4)]:
        expected = before | {"assumed": before["assumed"] - fewer, "set": 1}
        assert parameters.override(values).count_by_status() == expected, values
    calibrated = parameters.override({"lease_hardship.owned": 0.1}, "a fit", "calibrated").count_by_status()
    assert calibrated == before | {"assumed": before["assumed"] - 3, "calibrated": 1}


def test_a_member_that_the_file_omits_counts_once_a_value_is_set(template: District) -> None:
    name = "need.schooling.schoolchild.no"
    assert (template.parameters.number(name), template.parameters[name].stated_as) == (0.0, None)
    before = template.parameters.count_by_status()
    assert sum(before.values()) == len({each.stated_as for each in template.parameters} - {None})
    assert template.parameters.override({name: 0.1}).count_by_status() == before | {"set": 1}
    assert template.parameters.override({name: 0.1})[name].stated_as == name


def test_setting_a_bare_name_sets_all_its_members_and_leaves_the_district_as_it_was(template: District) -> None:
    changed = template.parameters.override({"quality": 0.5, "quality.residence": 0.9, "documents": 2}, "a test")
    assert changed.vector("quality").tolist() == [0.5, 0.5, 0.9, 0.5, 0.5]
    assert changed.number("documents") == 2.0
    assert (changed["documents"].status, changed["documents"].source) == ("set", "a test")
    assert template.parameters.number("documents") == 1.5
    assert changed["trips"] is template.parameters["trips"]


@pytest.mark.parametrize(
    ("name", "value", "parts"),
    [
        ("dokuments", 1.0, ["unknown parameter", '"dokuments"', "takeup parameters", 'did you mean "documents"']),
        ("quality.school", 0.5, ["unknown parameter", '"quality.school"', 'did you mean "quality.schooling"']),
        ("documents", 11.0, ["documents", "outside", "11", "0 to 10 (sd of taste)"]),
        ("documents", nan, ["documents", "outside", "nan", "0 to 10"]),
        ("quality", 1.5, ["quality", "outside", "1.5", "0 to 1 (share)"]),
        ("documents", True, ["documents", "the value is not a number", "True", "a number of sd of taste"]),
        ("documents", "1", ["documents", "the value is not a number", '"1"', "a number of sd of taste"]),
        ("contacts", 7.5, ["contacts", "the value is not a whole number", "7.5", "whole persons"]),
        ("contacts", 7, ["contacts", "the value is not even", "7", "an even number"]),
        (
            "trust_initial.low",
            0.95,
            ["trust_initial.low: the value is above trust_initial.high", "0.95", "at most 0.9"],
        ),
        (
            "trust_initial.high",
            0.2,
            ["trust_initial.low: the value is above trust_initial.high", "0.3", "at most 0.2"],
        ),
    ],
)
def test_a_value_that_cannot_be_set_is_reported(
    template: District, name: str, value: float, parts: list[str]
) -> None:
    with pytest.raises(InputError) as caught:
        template.parameters.override({name: value}, "a test")
    for part in parts:
        assert part in str(caught.value), str(caught.value)


def test_infinity_may_be_set_for_supply_alone(template: District) -> None:
    changed = template.parameters.override({"supply.schooling": inf}, "a test")
    assert changed.number("supply.schooling") == inf
    for name in definitions():
        if name != "supply":
            with pytest.raises(InputError):
                template.parameters.override({name: inf}, "a test")


def test_equal_parameters_have_equal_hashes_and_other_values_another_one(template: District) -> None:
    one, same, other = (template.parameters.override({"documents": value}) for value in (0.5, 0.5, 0.6))
    assert one is not same
    assert (one == same, hash(one) == hash(same)) == (True, True)
    assert (one == other, hash(one) == hash(other)) == (False, False)
