"""Removal of obstacles: the shipped file, and wrong files."""

from __future__ import annotations

from pathlib import Path

import pytest

from takeup.analysis.why import read_obstacles
from takeup.analysis.why.spec import SHIPPED
from takeup.district import District, levers
from takeup.errors import InputError
from takeup.io import read_toml
from takeup.months import format_month
from takeup.scenario import BASELINE, Timeline, load_scenario
from tests.scenario.written import policy

COUNTERMEASURES = {
    "willingness": {"willingness"},
    "process": {"process", "rules"},
    "services": {"services"},
    "publicity": {"publicity"},
    "coordination": {"coordination", "supervision"},
}
"""Whose levers remove each obstacle."""


def of(lever: str) -> str:
    return lever.split(".", maxsplit=1)[0]


def test_the_five_obstacles_are_removed_from_2019_on() -> None:
    obstacles = read_obstacles()
    assert [obstacle.name for obstacle in obstacles.each] == list(COUNTERMEASURES)
    assert format_month(obstacles.removed_from) == "2019-01"
    assert obstacles.combinations == 32
    for obstacle in obstacles.each:
        assert obstacle.status == "assumed"
        assert len(obstacle.reasoning.split()) > 20
        assert {stated.intervention.from_month for stated in obstacle.removal} == {"2019-01"}


def test_no_lever_belongs_to_two_obstacles_and_each_to_its_countermeasure() -> None:
    used = [(each.name, of(stated.intervention.lever)) for each in read_obstacles().each for stated in each.removal]
    assert len({lever for _, lever in used}) == len(used)
    for obstacle, lever in used:
        assert levers()[lever].countermeasure in COUNTERMEASURES[obstacle], lever


def test_the_reasoning_names_every_lever_of_its_countermeasure_that_is_left_alone() -> None:
    """Levers of the rules themselves are law and are not removed."""
    for obstacle in read_obstacles().each:
        used = {of(stated.intervention.lever) for stated in obstacle.removal}
        wanted = COUNTERMEASURES[obstacle.name] - {"rules"}
        for lever in levers().values():
            if lever.countermeasure in wanted and lever.name not in used:
                assert f"({lever.name})" in obstacle.reasoning, lever.name


def test_every_combination_fits_every_shipped_district(liwan: District, template: District) -> None:
    obstacles = read_obstacles()
    for district in (liwan, template):
        for combination in range(obstacles.combinations):
            Timeline(obstacles.remove_from(BASELINE, combination), district)


def test_removing_nothing_is_the_scenario_and_the_rest_comes_after_what_it_does() -> None:
    obstacles, scenario = read_obstacles(), load_scenario("publicity")
    assert obstacles.remove_from(scenario, 0) == scenario
    some = obstacles.remove_from(scenario, 0b10010)
    process, coordination = obstacles.each[1], obstacles.each[4]
    assert some.stated == scenario.stated + process.removal + coordination.removal


def test_a_lever_that_a_scenario_sets_too_is_at_its_extreme_once_the_obstacle_is_removed(template: District) -> None:
    obstacles = read_obstacles(removed_from="2012-07")
    scenario = policy({"lever": "documents", "multiply": 2, "from": "2011-01", "ramp_months": 48})
    timeline = Timeline(obstacles.remove_from(scenario, 0b00010), template)
    assert timeline.at(obstacles.removed_from - 1).documents.min() > 1.5
    assert timeline.at(obstacles.removed_from).documents.max() == 0.0


GOOD = {
    "from": '"2019-01"',
    "name": '"papers"',
    "title": '"Papers"',
    "source": '"a test"',
    "status": '"assumed"',
    "reasoning": '"none"',
}
WRONG = {
    "a lever there is not": ({}, 'lever = "documnts"\nset = 0', []),
    "a month of its own": (
        {},
        'lever = "documents"\nset = 0\nfrom = "2020-01"',
        ["obstacle 1, intervention 1, from"],
    ),
    "two operations": ({}, 'lever = "documents"\nset = 0\nadd = 1', ["obstacle 1, intervention 1", "set and add"]),
    "no month": ({"from": '"2019"'}, 'lever = "documents"\nset = 0', ["from", '"2019"']),
    "an unknown key": ({"why": '"so"'}, 'lever = "documents"\nset = 0', ["obstacle 1", '"why"']),
    "no reasoning": ({"reasoning": '""'}, 'lever = "documents"\nset = 0', ["obstacle 1, reasoning"]),
    "an unknown status": ({"status": '"guessed"'}, 'lever = "documents"\nset = 0', ["status", '"guessed"']),
    "a name with spaces": ({"name": '"my own"'}, 'lever = "documents"\nset = 0', ["name", '"my own"']),
}


def write(file: Path, changed: dict[str, str], intervention: str, count: int = 1) -> Path:
    keys = GOOD | changed
    head = f"from = {keys.pop('from')}\n"
    obstacle = "".join(f"{key} = {value}\n" for key, value in keys.items())
    file.write_text(head + count * f"[[obstacle]]\n{obstacle}[[obstacle.intervention]]\n{intervention}\n")
    return file


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_is_reported(tmp_path: Path, case: str, template: District) -> None:
    changed, intervention, fragments = WRONG[case]
    file = write(tmp_path / "mine.toml", changed, intervention)
    with pytest.raises(InputError) as raised:
        Timeline(read_obstacles(file).remove_from(BASELINE, 1), template)
    for fragment in ("mine.toml", *fragments):
        assert fragment in str(raised.value)


def test_two_obstacles_of_one_name_and_too_many_are_reported(tmp_path: Path) -> None:
    for count, problem in ((2, "the same name"), (9, "at most 8")):
        with pytest.raises(InputError, match=problem):
            read_obstacles(write(tmp_path / "mine.toml", {}, 'lever = "documents"\nset = 0', count))


def test_another_month_takes_the_place_of_the_files(tmp_path: Path) -> None:
    file = write(tmp_path / "mine.toml", {}, 'lever = "documents"\nset = 0')
    obstacles = read_obstacles(file, "2015-06")
    assert format_month(obstacles.removed_from) == "2015-06"
    assert obstacles.each[0].removal[0].intervention.from_month == "2015-06"


def test_the_shipped_file_contains_each_removal(template: District) -> None:
    """The file is compared with a table of the levers at their extremes."""
    assert read_toml(SHIPPED)["obstacle"][0]["name"] == "willingness"
    obstacles = read_obstacles()
    last = Timeline(obstacles.remove_from(BASELINE, 31), template).at(obstacles.removed_from)
    for lever in ("documents", "trips", "learning", "fee_cny", "return_rate", "stigma", "drift"):
        assert getattr(last, lever).max() == 0.0, lever
    for lever in ("attention", "remember", "publicity", "data_sharing", "register", "quality", "trust_initial"):
        assert getattr(last, lever).min() == 1.0, lever
    assert last.supply.min() == float("inf")
