"""The effect of interventions on levers by month, street and group."""

from __future__ import annotations

from math import floor, inf
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from takeup.district import ATTRIBUTES, LEVEL_OF, PROFILES, District, levers, load_district, profile_names
from takeup.errors import InputError
from takeup.months import format_month, parse_month
from takeup.scenario import BASELINE, Levers, Scenario, Timeline
from tests.district.folders import edited
from tests.hypothesis_profiles import examples
from tests.scenario.strategies import policies
from tests.scenario.written import policy

FIRST = parse_month("2019-03")


def at(district: District, month: str, *interventions: dict[str, Any]) -> Levers:
    """The levers in a month under these interventions."""
    return Timeline(policy(*interventions), district).at(parse_month(month))


def months_of(district: District, lever: str, first: str, count: int, *interventions: dict[str, Any]) -> list[float]:
    """The first value of a lever in each of a number of months."""
    timeline = Timeline(policy(*interventions), district)
    begins = parse_month(first)
    return [float(getattr(timeline.at(begins + i), lever).flat[0]) for i in range(count)]


def test_without_interventions_every_lever_has_the_districts_value_everywhere(template: District) -> None:
    now = Timeline(BASELINE, template).at(FIRST)
    assert set(now._fields) == set(levers())
    for name, definition in levers().items():
        values, base = getattr(now, name), template.parameters.vector(name)
        if definition.grain == "profile and street":
            assert values.shape == (22, PROFILES)
            assert (values == base[0]).all()
        elif definition.grain == "street":
            assert values.shape == (22,)
            assert (values == base[0]).all()
        elif definition.grain == "housing and street":
            assert values.shape == (4, 22)
            assert (values == base[:, np.newaxis]).all()
        else:
            assert values.tolist() == base.tolist()


@pytest.mark.parametrize(
    ("operation", "amount", "value"), [("set", 3, 3.0), ("add", 0.5, 2.0), ("multiply", 0.5, 0.75)]
)
def test_set_add_and_multiply(template: District, operation: str, amount: float, value: float) -> None:
    documents = at(template, "2019-03", {"lever": "documents", operation: amount, "from": "2019-03"}).documents
    assert (documents == value).all()


def test_an_intervention_acts_from_its_first_month_to_its_last_and_then_no_more(template: District) -> None:
    table = {"lever": "trips", "set": 5, "from": "2019-03", "until": "2019-05"}
    assert months_of(template, "trips", "2019-02", 5, table) == [2, 5, 5, 5, 2]


def test_an_intervention_of_one_month_acts_in_it(template: District) -> None:
    table = {"lever": "publicity", "add": 0.3, "from": "2019-12", "until": "2019-12"}
    assert months_of(template, "publicity", "2019-11", 3, table) == pytest.approx([0.025, 0.325, 0.025])


def test_without_until_an_intervention_acts_for_ever(template: District) -> None:
    assert months_of(template, "trips", "2999-01", 1, {"lever": "trips", "set": 5, "from": "2019-03"}) == [5]


@pytest.mark.parametrize(
    ("operation", "amount", "values"),
    [("set", 6, [2, 3, 4, 5, 6, 6]), ("add", 4, [2, 3, 4, 5, 6, 6]), ("multiply", 3, [2, 3, 4, 5, 6, 6])],
)
def test_a_ramp_goes_in_even_steps_from_its_first_month_on_for_all_operations(
    template: District, operation: str, amount: float, values: list[float]
) -> None:
    """In month from + i the weight is min(1, (i + 1) / ramp_months)."""
    table = {"lever": "trips", operation: amount, "from": "2019-03", "ramp_months": 4}
    assert months_of(template, "trips", "2019-02", 6, table) == pytest.approx(values)


def test_a_ramp_that_is_cut_short_returns_to_the_base_at_once(template: District) -> None:
    table = {"lever": "trips", "set": 6, "from": "2019-03", "until": "2019-04", "ramp_months": 4}
    assert months_of(template, "trips", "2019-02", 5, table) == [2, 3, 4, 2, 2]


def test_interventions_apply_in_the_order_of_the_file(template: District) -> None:
    add = {"lever": "trips", "add": 1, "from": "2019-03"}
    double = {"lever": "trips", "multiply": 2, "from": "2019-03"}
    fix = {"lever": "trips", "set": 5, "from": "2019-03"}
    assert months_of(template, "trips", "2019-03", 1, add, double) == [6]
    assert months_of(template, "trips", "2019-03", 1, double, add) == [5]
    assert months_of(template, "trips", "2019-03", 1, add, fix, double) == [10]
    assert months_of(template, "trips", "2019-03", 1, add, double, fix) == [5]


def test_a_later_intervention_builds_on_what_an_earlier_one_has_made_of_the_lever_so_far(template: District) -> None:
    """The base of the second intervention is the result of the first, half-way in its ramp."""
    ramp = {"lever": "trips", "add": 4, "from": "2019-03", "ramp_months": 4}
    double = {"lever": "trips", "multiply": 2, "from": "2019-04", "ramp_months": 2}
    # trips by the first: 3, 4, 5, 6; weight of the second: 0, 1/2, 1, 1
    assert months_of(template, "trips", "2019-03", 4, ramp, double) == pytest.approx([3, 6, 10, 12])


def test_when_an_earlier_intervention_ends_the_later_goes_on_from_the_base(template: District) -> None:
    first = {"lever": "trips", "add": 1, "from": "2019-03", "until": "2019-04"}
    second = {"lever": "trips", "multiply": 3, "from": "2019-03"}
    assert months_of(template, "trips", "2019-03", 3, first, second) == [9, 9, 6]


def test_a_bare_name_means_all_members_and_a_dotted_one_its_own(template: District) -> None:
    halved = at(template, "2019-03", {"lever": "value", "multiply": 0.5, "from": "2019-03"})
    assert halved.value.tolist() == [2.25, 1.0, 1.25, 1.1, 0.55]
    one = at(template, "2019-03", {"lever": "value.residence", "set": 0, "from": "2019-03"})
    assert one.value.tolist() == [4.5, 2.0, 0.0, 2.2, 1.1]
    leases = at(template, "2019-03", {"lever": "register.informal_lease", "set": 0.6, "from": "2019-03"})
    assert leases.register[:, 0].tolist() == [0.5, 0.6, 0.35, 0.5]
    assert at(template, "2019-03", {"lever": "register", "set": 1, "from": "2019-03"}).register.min() == 1.0


def test_streets_and_groups_bound_an_intervention_by_profile_and_street(template: District) -> None:
    """The street must be selected, and the profile must have a selected level of every given attribute."""
    table = {
        "lever": "stigma",
        "set": 1,
        "from": "2019-03",
        "streets": ["Street 03", "Street 22"],
        "groups": {"housing": ["dormitory", "owned"], "age": ["45+"]},
    }
    stigma = at(template, "2019-03", table).stigma
    for street, name in enumerate(template.streets):
        for profile, levels in enumerate(profile_names()):
            of = dict(zip(ATTRIBUTES, levels, strict=True))
            acts = name in table["streets"] and of["housing"] in ("dormitory", "owned") and of["age"] == "45+"
            assert stigma[street, profile] == (1.0 if acts else 0.2)


def test_streets_bound_an_intervention_by_street(template: District) -> None:
    table = {"lever": "capacity", "multiply": 2, "from": "2019-03", "streets": ["Street 02"]}
    capacity = at(template, "2019-03", table).capacity
    assert capacity.tolist() == [8_000, 16_000, *[8_000] * 20]


def test_streets_and_housing_bound_an_intervention_on_registration(template: District) -> None:
    table = {
        "lever": "register",
        "add": 0.1,
        "from": "2019-03",
        "streets": ["Street 02"],
        "groups": {"housing": ["dormitory"]},
    }
    register = at(template, "2019-03", table).register
    base = np.repeat([[0.5], [0.12], [0.35], [0.5]], 22, axis=1)
    base[2, 1] = 0.45
    np.testing.assert_allclose(register, base)


def test_other_levers_are_untouched(template: District) -> None:
    before = Timeline(BASELINE, template).at(FIRST)
    after = at(template, "2019-03", {"lever": "documents", "set": 9, "from": "2019-03"})
    for name in before._fields:
        same = (getattr(before, name) == getattr(after, name)).all()
        assert same == (name != "documents")


def test_supply_may_be_set_without_bound(template: District) -> None:
    supply = at(template, "2019-03", {"lever": "supply", "set": inf, "from": "2019-03"}).supply
    assert supply.tolist() == [inf] * 5
    before = at(template, "2019-02", {"lever": "supply", "set": inf, "from": "2019-03"}).supply
    assert before.tolist() == template.parameters.vector("supply").tolist()
    doubled = at(template, "2019-03", {"lever": "supply", "multiply": 2, "from": "2019-03"}).supply
    assert doubled.tolist() == [24_000, *[inf] * 4]
    bounded = at(template, "2019-03", {"lever": "supply.employment", "set": 500, "from": "2019-03"}).supply
    assert bounded.tolist() == [12_000, 500, inf, inf, inf]


def test_a_ramp_down_from_unbounded_supply_is_refused(template: District) -> None:
    """No interpolation to or from infinity."""
    table = {"lever": "supply.employment", "set": 100_000, "from": "2019-03"}
    Timeline(policy(table | {"ramp_months": 1}), template)
    for months in (2, 4):
        with pytest.raises(InputError, match=r"intervention 1, set: a ramp to or from infinity is not possible"):
            Timeline(policy(table | {"ramp_months": months}), template)


def test_levers_that_count_months_take_whole_numbers_on_their_way(template: District) -> None:
    """A half is rounded up."""
    table = {"lever": "permit_term_months", "set": 18, "from": "2019-03", "ramp_months": 4}
    assert months_of(template, "permit_term_months", "2019-02", 6, table) == [12, 14, 15, 17, 18, 18]
    down = {"lever": "months_to_qualify", "set": 1, "from": "2019-03", "ramp_months": 2}
    assert months_of(template, "months_to_qualify", "2019-03", 2, down) == [4, 1]


def test_months_in_which_the_same_holds_share_one_object(template: District) -> None:
    timeline = Timeline(policy({"lever": "trips", "set": 5, "from": "2019-03", "ramp_months": 2}), template)
    assert timeline.at(FIRST + 1) is timeline.at(FIRST + 50)
    assert timeline.at(FIRST) is not timeline.at(FIRST + 1)


def test_months_may_be_asked_for_in_any_order(template: District) -> None:
    timeline = Timeline(policy({"lever": "trips", "set": 6, "from": "2019-03", "ramp_months": 4}), template)
    months = [3, 0, 2, 1, 0, 3, -1]
    assert [timeline.at(FIRST + month).trips[0, 0] for month in months] == [6, 3, 5, 4, 3, 6, 2]


def test_a_runs_own_parameters_are_the_base(template: District) -> None:
    parameters = template.parameters.override({"trips": 4, "register.owned": 0.9}, "a test")
    timeline = Timeline(policy({"lever": "trips", "multiply": 2, "from": "2019-03"}), template, parameters)
    assert (timeline.at(FIRST).trips == 8).all()
    assert (timeline.at(FIRST - 1).register[3] == 0.9).all()


def test_the_districts_dated_rules_come_before_the_policy(tmp_path: Path) -> None:
    """The rules have a fee until 2017 and a shorter wait from 2016; the policy acts on their result."""
    folder = edited(tmp_path, "population.toml", "Template", "Template")
    (folder / "rules.toml").write_text(
        'title = "Law"\nsource = "invented"\n'
        '[[intervention]]\nlever = "fee_cny"\nset = 20\nfrom = "2010-01"\nuntil = "2017-03"\n'
        '[[intervention]]\nlever = "months_to_qualify"\nset = 4\nfrom = "2016-01"\n',
        encoding="utf-8",
    )
    district = load_district(folder)
    assert months_of(district, "fee_cny", "2017-03", 2) == [20, 0]
    assert months_of(district, "fee_cny", "2017-03", 2, {"lever": "fee_cny", "add": 5, "from": "2010-01"}) == [25, 5]
    assert months_of(district, "months_to_qualify", "2015-12", 2) == [6, 4]


def test_dated_rules_that_are_wrong_are_reported_with_their_file(tmp_path: Path) -> None:
    folder = edited(tmp_path, "population.toml", "Template", "Template")
    (folder / "rules.toml").write_text(
        'title = "Law"\nsource = "x"\n[[intervention]]\nlever = "fees"\nset = 20\nfrom = "2010-01"\n',
        encoding="utf-8",
    )
    with pytest.raises(InputError, match=r"rules\.toml, intervention 1, lever: unknown lever"):
        Timeline(BASELINE, load_district(folder))


def value_by_hand(
    district: District, scenario: Scenario, lever: str, member: str, street: str, profile: int, month: int
) -> float:
    """One number of one lever in one month, computed one intervention after the other."""
    value = district.parameters.number(member)
    of = {attribute: levels[LEVEL_OF[attribute][profile]] for attribute, levels in ATTRIBUTES.items()}
    if lever == "register":
        of["housing"] = member.split(".")[1]
    for stated in scenario.stated:
        each = stated.intervention
        months = month - parse_month(each.from_month)
        over = each.until is not None and month > parse_month(each.until)
        if months < 0 or over or each.lever not in (lever, member):
            continue
        if each.streets is not None and street not in each.streets:
            continue
        if any(of[attribute] not in wanted for attribute, wanted in (each.groups or {}).items()):
            continue
        if each.set_to is not None:
            target = each.set_to
        elif each.add is not None:
            target = value + each.add
        else:
            target = value * (each.multiply or 0.0)
        weight = min(1.0, (months + 1) / each.ramp_months)
        value = target if weight == 1.0 else value + weight * (target - value)
        if levers()[lever].whole:
            value = floor(value + 0.5)
    return value


@settings(max_examples=examples(80))
@given(st.data())
def test_any_lever_at_any_time_and_place_is_what_can_be_worked_out_by_hand(
    template: District, data: st.DataObject
) -> None:
    scenario = data.draw(policies(template, most=12))
    timeline = Timeline(scenario, template)
    touched = sorted({stated.intervention.lever.split(".")[0] for stated in scenario.stated}) or ["trips"]
    for _ in range(12):
        month = data.draw(st.integers(parse_month("2009-10"), parse_month("2013-01")))
        name = data.draw(st.sampled_from(touched))
        definition = levers()[name]
        index = data.draw(st.integers(0, len(definition.names) - 1))
        street, profile = data.draw(st.integers(0, 21)), data.draw(st.integers(0, PROFILES - 1))
        values = getattr(timeline.at(month), name)
        place: dict[str, Any] = {
            "profile and street": (street, profile),
            "housing and street": (index, street),
            "street": street,
            "district": index,
        }
        actual = float(values[place[definition.grain or ""]])
        expected = value_by_hand(
            template, scenario, name, definition.names[index], template.streets[street], profile, month
        )
        assert actual == pytest.approx(expected, rel=1e-12, abs=1e-15), (format_month(month), name)


TRIPS = {"lever": "trips", "from": "2019-03"}


@pytest.mark.parametrize(
    ("tables", "numbers"),
    [
        ([TRIPS | {"set": 5}], []),
        ([TRIPS | {"add": 0}], [1]),
        ([TRIPS | {"multiply": 1}], [1]),
        ([TRIPS | {"set": 2}], [1]),
        ([TRIPS | {"set": 5}, TRIPS | {"set": 4}], [1]),
        ([TRIPS | {"set": 5}, TRIPS | {"set": 4, "from": "2019-04"}], []),
        ([TRIPS | {"set": 5}, TRIPS | {"set": 4, "until": "2019-12"}], []),
        ([TRIPS | {"set": 2}, TRIPS | {"add": 1}], [1]),
        ([TRIPS | {"add": 1, "from": "2023-01"}], []),
    ],
)
def test_interventions_that_change_nothing_are_known(
    template: District, tables: list[dict[str, Any]], numbers: list[int]
) -> None:
    timeline = Timeline(policy(*tables), template)
    assert [stated.number for stated in timeline.without_effect(parse_month("2021-12"))] == numbers
