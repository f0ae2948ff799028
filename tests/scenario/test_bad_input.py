"""Errors in scenario files: messages with problem and place."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from takeup.district import District
from takeup.errors import InputError
from takeup.months import parse_month
from takeup.scenario import Timeline, load_scenario

HEAD = 'title = "A test"\nsource = "invented"\n'


def one(lines: str) -> str:
    """A file with one intervention."""
    return f"{HEAD}[[intervention]]\n{lines}\n"


def on(lever: str, lines: str = "set = 1") -> str:
    """A file with one intervention on a lever."""
    return one(f'lever = "{lever}"\nfrom = "2019-03"\n{lines}')


def within(lever: str, line: str) -> str:
    """A file with one intervention that is limited to some streets, groups or months."""
    return on(lever, f"set = 1\n{line}")


OPERATIONS = ["the intervention has more than one operation", "one of set, add, multiply"]

FAULTS: dict[str, tuple[str, list[str]]] = {
    # names
    "an unknown lever": (on("publicty"), ["lever: unknown lever", '"publicty"', 'did you mean "publicity"']),
    "a parameter that is no lever": (
        on("norm"),
        ["lever", "the name is a parameter, not a lever", '"norm"', "--set"],
    ),
    "a member of a parameter that is no lever": (
        on("leave.0-11"),
        ["lever", "the name is a parameter, not a lever", '"leave.0-11"'],
    ),
    "an indexed parameter that is no lever": (
        on("leave"),
        ["lever", "the name is a parameter, not a lever", '"leave"', "--set"],
    ),
    "an unknown member": (
        on("supply.school"),
        ["lever: unknown lever", '"supply.school"', "supply.schooling, supply.employment", 'mean "supply.schooling"'],
    ),
    "a member of what has none": (on("trips.many"), ["lever: unknown lever", '"trips.many"', "allowed: trips; did"]),
    "an unknown street": (
        within("trips", 'streets = ["Street 02", "Street 2"]'),
        ["streets: unknown street", '"Street 2"', "Street 01, Street 02", "did you mean"],
    ),
    "an unknown attribute": (
        within("trips", 'groups = { houses = ["owned"] }'),
        ["groups: unknown attribute", '"houses"', "age, education, origin", 'did you mean "housing"'],
    ),
    "a group in place of a table of groups": (
        within("trips", 'groups = ["owned"]'),
        ["groups", "owned", "allowed: a table"],
    ),
    "a cost in place of a table": (on("trips", "set = 1\ncost = 3"), ["cost", "given: 3", "allowed: a table"]),
    "an unknown group": (
        within("trips", 'groups = { housing = ["dorm"] }'),
        ["groups, housing: unknown group", '"dorm"', "registered_lease, informal_lease, dormitory, owned"],
    ),
    # grain
    "streets of a lever for the whole district": (
        within("learning", 'streets = ["Street 02"]'),
        ["streets: the lever learning has one value for the whole district", "Street 02"],
    ),
    "groups of a lever for the whole district": (
        within("supply.schooling", 'groups = { age = ["45+"] }'),
        ["groups: the lever supply cannot differ by age", '"age"', "district"],
    ),
    "groups of a lever by street": (
        within("capacity", 'groups = { age = ["45+"] }'),
        ["groups: the lever capacity cannot differ by age", '"age"', "the grain of the lever: street"],
    ),
    "other groups than housing of registration": (
        within("register", 'groups = { housing = ["owned"], age = ["45+"] }'),
        ["groups: the lever register cannot differ by age", "the grain of the lever: housing and street"],
    ),
    # operations
    "two operations": (on("trips", "set = 1\nadd = 1"), [*OPERATIONS, "set and add"]),
    "three operations": (on("trips", "set = 1\nadd = 1\nmultiply = 1"), [*OPERATIONS, "set and add and multiply"]),
    "no operation": (on("trips", ""), ["the intervention has no operation", "one of set, add, multiply"]),
    "a number in words": (on("trips", 'set = "one"'), ["set", "not allowed here", '"one"', "number"]),
    "a truth value": (on("trips", "set = true"), ["set", "not allowed here", "True", "number"]),
    "a list": (on("trips", "add = [1]"), ["add", "not allowed here", "[1]", "number"]),
    "nan": (on("trips", "set = nan"), ["set: the value is not a number", '"nan"']),
    "added nan": (on("trips", "add = nan"), ["add", "nan", "finite"]),
    "added infinity": (on("supply", "add = inf"), ["add", "inf", "finite"]),
    "multiplied infinity": (on("supply", "multiply = inf"), ["multiply", "inf", "finite"]),
    # range
    "set above the range": (on("trips", "set = 21"), ["set: the value is outside", "21", "0 to 20 (visits)"]),
    "set below the range": (on("trips", "set = -1"), ["set: the value is outside", "-1", "0 to 20 (visits)"]),
    "added beyond the range": (on("remember", "add = 0.3"), ["add: the value is outside", "1.1", "0 to 1"]),
    "multiplied beyond the range": (
        on("remember", "multiply = 2"),
        ["multiply: the value is outside", "1.6", "0 to 1"],
    ),
    "one member beyond the range": (on("register", "add = 0.6"), ["add: the value is outside", "1.1", "0 to 1"]),
    "a ramp towards what is beyond the range": (
        on("remember", "set = 1.5\nramp_months = 1200"),
        ["set: the value is outside", "1.5", "0 to 1"],
    ),
    "infinity of anything but supply": (on("trips", "set = inf"), ["set: the value is outside", "inf", "0 to 20"]),
    "a ramp to infinity": (
        on("supply.schooling", "set = inf\nramp_months = 3"),
        ["set: a ramp to or from infinity is not possible", "ramp_months = ", "ramp_months = 1, or a finite value"],
    ),
    "no times infinity": (
        on("supply", "multiply = 0"),
        ["multiply: the product of infinity and 0 is undefined", "0"],
    ),
    "half a month": (
        on("permit_term_months", "set = 12.5"),
        ["set: the value is not a whole number", "12.5", "whole months"],
    ),
    "half a month more": (on("months_to_qualify", "add = 0.5"), ["add: the value is not a whole number", "6.5"]),
    "a fraction of a month": (
        on("permit_term_months", "multiply = 0.9"),
        ["multiply: the value is not a whole number", "10.8"],
    ),
    "no month at all": (on("permit_term_months", "set = 0"), ["set: the value is outside", "0", "1 to 120 (months)"]),
    # months
    "no such month": (
        one('lever = "trips"\nset = 1\nfrom = "2019-13"'),
        ["from: the value is not a month", '"2019-13"', 'a month written as "2019-03"'],
    ),
    "a month in words": (
        one('lever = "trips"\nset = 1\nfrom = "March"'),
        ["from: the value is not a month", '"March"'],
    ),
    "a day": (one('lever = "trips"\nset = 1\nfrom = 2019-03-01'), ["from", "2019-03-01"]),
    "a year": (one('lever = "trips"\nset = 1\nfrom = 2019'), ["from", "2019"]),
    "no first month": (one('lever = "trips"\nset = 1'), ['"from" is missing']),
    "until before from": (
        on("trips", 'set = 1\nuntil = "2019-02"'),
        ['until: "until" is before "from"', '"2019-02"', "2019-03 or later"],
    ),
    "until no month": (on("trips", 'set = 1\nuntil = "soon"'), ["until: the value is not a month", '"soon"']),
    "no ramp": (on("trips", "set = 1\nramp_months = 0"), ["ramp_months", "0", "greater than or equal to 1"]),
    "half a month of ramp": (on("trips", "set = 1\nramp_months = 1.5"), ["ramp_months", "1.5"]),
    "an endless ramp": (on("trips", "set = 1\nramp_months = 1201"), ["ramp_months", "1201", "1200"]),
    # places
    "no street": (on("trips", "set = 1\nstreets = []"), ["streets", "[]", "at least 1"]),
    "a street that is no list": (on("trips", 'set = 1\nstreets = "Street 02"'), ["streets", '"Street 02"', "list"]),
    "no attribute": (on("trips", "set = 1\ngroups = {}"), ["groups", "{}", "at least 1"]),
    "a group that is no list": (
        on("trips", 'set = 1\ngroups = { housing = "owned" }'),
        ["groups, housing", '"owned"', "list"],
    ),
    # costs
    "a cost without source": (on("trips", "set = 1\ncost = { fixed_cny = 1 }"), ["cost", '"source" is missing']),
    "a cost with an empty source": (
        on("trips", 'set = 1\ncost = { fixed_cny = 1, source = "" }'),
        ["cost, source", "at least 1"],
    ),
    "a negative cost": (
        on("trips", 'set = 1\ncost = { per_month_cny = -1, source = "x" }'),
        ["cost, per_month_cny", "-1", "greater than or equal to 0"],
    ),
    "infinite cost at the beginning": (
        on("trips", 'set = 1\ncost = { fixed_cny = inf, source = "x" }'),
        ["cost, fixed_cny", "inf", "finite"],
    ),
    "infinite cost by the month": (
        on("trips", 'set = 1\ncost = { per_month_cny = inf, source = "x" }'),
        ["cost, per_month_cny", "inf", "finite"],
    ),
    "a question that is a treatise": (
        f'title = "A"\nsource = "x"\nquestion = "{"?" * 2_001}"\n',
        ["question", "2000"],
    ),
    "a source that is a treatise": (f'title = "A"\nsource = "{"s" * 2_001}"\n', ["source", "2000"]),
    "an infinite cost": (
        on("trips", 'set = 1\ncost = { per_person_cny = inf, source = "x" }'),
        ["cost, per_person_cny", "inf", "finite"],
    ),
    "a cost of nan": (on("trips", 'set = 1\ncost = { fixed_cny = nan, source = "x" }'), ["cost, fixed_cny", "nan"]),
    "an unknown cost": (
        on("trips", 'set = 1\ncost = { fixed = 1, source = "x" }'),
        ["cost: unknown key", '"fixed"', "fixed_cny", 'did you mean "fixed_cny"'],
    ),
    # the file
    "an unknown key": (
        HEAD + 'author = "me"\n',
        ["unknown key", '"author"', "extends, intervention, measure, question, source, title"],
    ),
    "an unknown key of an intervention": (
        within("trips", "ramp_month = 3"),
        ["intervention 1: unknown key", '"ramp_month"', "ramp_months", 'did you mean "ramp_months"'],
    ),
    "a required key misspelt": (
        'titel = "t"\nsource = "s"\n',
        ["unknown key", '"titel"', "question, source, title", 'did you mean "title"'],
    ),
    "a required key of an intervention misspelt": (
        one('leverr = "trips"\nset = 1\nfrom = "2019-03"'),
        ["intervention 1: unknown key", '"leverr"', 'did you mean "lever"'],
    ),
    "a required key of a measure misspelt": (
        HEAD + '[[measure]]\nname = "m"\nyuan_per_month = 1000\nfrom = "2019-03"\n',
        ["measure 1: unknown key", '"yuan_per_month"', 'did you mean "yuan_per_year"'],
    ),
    "a misspelt table": (
        HEAD + '[[interventions]]\nlever = "trips"\n',
        ["unknown key", 'did you mean "intervention"'],
    ),
    "one table where there is a list": (
        HEAD + '[intervention]\nlever = "trips"\n',
        ["single brackets", '"[intervention]"', "allowed: [[intervention]]"],
    ),
    "a table where there is a list of names": (
        within("trips", 'streets = { a = "x" }'),
        ["streets: the value is not allowed here", "allowed: a list"],
    ),
    "no title": ('source = "x"\n', ['"title" is missing']),
    "an empty title": ('title = ""\nsource = "x"\n', ["title", "at least 1"]),
    "an endless title": (f'title = "{"x" * 201}"\nsource = "x"\n', ["title", "xxx…", "at most 200"]),
    "no source": ('title = "x"\n', ['"source" is missing']),
    "an empty source": ('title = "x"\nsource = ""\n', ["source", "at least 1"]),
    "a list of extended files": (HEAD + 'extends = ["baseline"]\n', ["extends", "baseline", "string"]),
    "the second of two": (
        one('lever = "trips"\nset = 1\nfrom = "2019-03"') + '[[intervention]]\nlever = "trips"\nset = 1\n',
        ["intervention 2", '"from" is missing'],
    ),
    "too many interventions": (
        HEAD + '[[intervention]]\nlever = "trips"\nset = 1\nfrom = "2019-03"\n' * 1_001,
        ["intervention", "at most 200"],
    ),
    "a number with commas": (
        HEAD + 'cost = { fixed_cny = 30,000, source = "x" }\n',
        ["not TOML", "allowed: 30_000 for 30,000"],
    ),
    "an integer of thousands of digits": (
        HEAD + f"intervention = {'1' * 5_000}\n",
        ["the integer does not fit into 64 bits", "allowed: -2^63 to 2^63 - 1"],
    ),
    "a full-width sign of equality": (HEAD + 'extends ＝ "baseline"\n', ['allowed: extends = "baseline"']),
    "curly quotes": (HEAD + "extends = “baseline”\n", ['allowed: extends = "baseline"']),
    "no TOML": (HEAD + "lever == 1\n", ["not TOML", "line 3"]),
    "the same key twice": (HEAD + 'title = "again"\n', ["not TOML"]),
    "too much": (HEAD + "# x\n" * 300_000, ["the file is too large", "1.2 MB", "at most 1 MB"]),
    "too deep": (HEAD + "question = " + "[" * 100_000, ["file.toml"]),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_reported_with_its_file_its_key_what_is_given_and_what_is_allowed(
    template: District, tmp_path: Path, fault: str
) -> None:
    content, parts = FAULTS[fault]
    file = tmp_path / "file.toml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        Timeline(load_scenario(file), template)
    message = str(caught.value)
    for part in [str(file), *parts]:
        assert part in message, message
    for jargon in ("Input", "instance", "validation", "dictionary", " valid "):
        assert jargon not in message, message
    assert len(message) < 2_500
    assert "\n" not in message


OF_AN_INTERVENTION = [name for name, (content, _) in FAULTS.items() if content.count("[[intervention]]") == 1]


@pytest.mark.parametrize("fault", OF_AN_INTERVENTION)
def test_a_fault_of_an_intervention_is_reported_with_its_number(
    template: District, tmp_path: Path, fault: str
) -> None:
    content, _ = FAULTS[fault]
    file = tmp_path / "file.toml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match="intervention 1"):
        Timeline(load_scenario(file), template)


@pytest.mark.parametrize(
    ("lever", "groups"), [("trips", "{ housing = [] }"), ("register.owned", '{ housing = ["dormitory"] }')]
)
def test_an_intervention_that_can_act_on_nobody_is_refused(
    template: District, tmp_path: Path, lever: str, groups: str
) -> None:
    """`streets = []` is refused too: the intervention would have a cost and no effect."""
    file = tmp_path / "file.toml"
    file.write_text(within(lever, f"groups = {groups}"), encoding="utf-8")
    with pytest.raises(InputError, match="groups"):
        Timeline(load_scenario(file), template)


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file.toml"
    file.write_bytes('title = "荔湾"'.encode("gb18030"))
    with pytest.raises(InputError) as raised:
        load_scenario(file)
    for part in (
        "file.toml: the file is not UTF-8 text (byte 9)",
        'given: "probably GBK (GB 18030)"',
        "allowed: UTF-8",
    ):
        assert part in str(raised.value)


def test_a_byte_order_mark_is_accepted(tmp_path: Path) -> None:
    file = tmp_path / "file.toml"
    file.write_text(on("publicity"), encoding="utf-8-sig")
    assert load_scenario(file).stated[0].intervention.lever == "publicity"


def test_utf_16_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file.toml"
    file.write_text('title = "x"\n', encoding="utf-16")
    with pytest.raises(
        InputError, match=r'file\.toml: the file is not UTF-8 text .*; given: "UTF-16"; allowed: UTF-8'
    ):
        load_scenario(file)


CONFUSABLES = {
    "set = ０.5": "０ (U+FF10 FULLWIDTH DIGIT ZERO); 0 is meant",
    "set ＝ 0.5": "＝ (U+FF1D FULLWIDTH EQUALS SIGN); = is meant",
    "set = −0.5": "− (U+2212 MINUS SIGN); - is meant",
    "set\u00a0= 0.5": "U+00A0 NO-BREAK SPACE; an ordinary space is meant",
    "set\u3000= 0.5": "U+3000 IDEOGRAPHIC SPACE; an ordinary space is meant",
    "set\u200b = 0.5": "an invisible character, U+200B ZERO WIDTH SPACE; remove it",
    "until = “2020-01”": '“ (U+201C LEFT DOUBLE QUOTATION MARK); " is meant',
    "【groups】": "【 (U+3010 LEFT BLACK LENTICULAR BRACKET); [ is meant",
}


@pytest.mark.parametrize("line", CONFUSABLES)
def test_look_alike_and_invisible_characters_are_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "file.toml"
    file.write_text(f'title = "居住证“宣传”"\nsource = "x"\n{line}\n', encoding="utf-8")
    with pytest.raises(
        InputError, match=r"the file is not TOML: .* \(at line 3, column \d+\): it contains "
    ) as raised:
        load_scenario(file)
    assert CONFUSABLES[line] in str(raised.value)


def test_chinese_punctuation_in_strings_is_no_fault(tmp_path: Path) -> None:
    file = tmp_path / "file.toml"
    file.write_text('title = "“宣传”，１次"\nsource = "x"\nset = \n', encoding="utf-8")
    with pytest.raises(InputError, match=r"the file is not TOML") as raised:
        load_scenario(file)
    assert "it contains" not in str(raised.value)


def test_streets_may_be_given_by_their_chinese_names(tmp_path: Path, template: District) -> None:
    chinese, english = tmp_path / "chinese.toml", tmp_path / "english.toml"
    streets = template.population.streets[:2]
    for file, names in ((chinese, [each.name_zh for each in streets]), (english, [each.name for each in streets])):
        file.write_text(within("publicity", f"streets = {json.dumps(names)}"), encoding="utf-8")
    month = parse_month("2020-01")
    levers = [Timeline(load_scenario(file), template).at(month).publicity for file in (chinese, english)]
    np.testing.assert_array_equal(*levers)


def test_a_file_in_chinese_is_read(tmp_path: Path) -> None:
    file = tmp_path / "宣传.toml"
    file.write_text('title = "居住证宣传"\nsource = "发明"\n', encoding="utf-8")
    assert load_scenario(file).title == "居住证宣传"
    assert load_scenario(file).name == "宣传"


def test_an_error_survives_the_way_from_a_worker_process() -> None:
    """It is pickled on the way."""
    error = InputError("unknown lever", given="publicty", allowed=["publicity"]).within(file="a.toml", key="lever")
    restored = pickle.loads(pickle.dumps(error))
    assert (
        str(restored)
        == str(error)
        == 'a.toml, lever: unknown lever; given: "publicty"; allowed: publicity; ' + ('did you mean "publicity"?')
    )
    assert (restored.file, restored.key, restored.given, restored.suggestions) == (
        "a.toml",
        "lever",
        "publicty",
        ["publicity"],
    )
