"""The shipped scenarios and the schema of scenario files."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from takeup.district import ATTRIBUTES, District, levers
from takeup.months import parse_month
from takeup.scenario import Scenario, Timeline, json_schema, load_scenario
from tests.scenario.strategies import policies

FOLDER = Path(__file__).parents[2] / "scenarios"
FILES = sorted(FOLDER.glob("*.toml"))
PARTS = (
    "willingness",
    "publicity",
    "simpler_process",
    "supporting_services",
    "supervision_feedback",
    "coordination",
)
VALIDATOR = Draft202012Validator(json_schema())


def table_of(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


def every_lever(scenario: Scenario) -> set[str]:
    return {stated.intervention.lever.split(".")[0] for stated in scenario.stated}


def test_there_are_scenarios() -> None:
    assert {file.stem for file in FILES} >= {*PARTS, "all_five", "baseline", "temporary_permit"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_shipped_scenario_fits_the_schema_and_the_districts(
    file: Path, liwan: District, template: District
) -> None:
    VALIDATOR.validate(table_of(file))
    scenario = load_scenario(file)
    timeline = Timeline(scenario, liwan)
    Timeline(scenario, template)
    timeline.at(parse_month("2023-12"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_shipped_scenario_says_what_it_asks_who_says_so_and_leaves_the_history_alone(file: Path) -> None:
    scenario = load_scenario(file)
    assert len(scenario.title) > 5
    assert scenario.question.endswith("?")
    assert len(scenario.source) > 10
    for stated in scenario.stated:
        assert stated.intervention.first >= parse_month("2019-01")


def test_the_baseline_changes_nothing() -> None:
    assert load_scenario(FOLDER / "baseline.toml").stated == ()


def test_all_five_is_the_sum_of_its_parts_in_their_order() -> None:
    together = [stated.intervention for stated in load_scenario(FOLDER / "all_five.toml").stated]
    parts = [stated.intervention for part in PARTS for stated in load_scenario(FOLDER / f"{part}.toml").stated]
    assert together == parts


def test_each_countermeasure_moves_its_own_levers() -> None:
    belongs = {name: lever.countermeasure for name, lever in levers().items()}
    wanted = {
        "willingness": {"willingness"},
        "publicity": {"publicity"},
        "simpler_process": {"process"},
        "supporting_services": {"services"},
        "supervision_feedback": {"supervision"},
        "coordination": {"coordination", "process"},
    }
    for part, countermeasures in wanted.items():
        moved = {belongs[lever] for lever in every_lever(load_scenario(FOLDER / f"{part}.toml"))}
        assert moved == countermeasures, part


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(json_schema())


def test_the_schema_beside_the_scenarios_is_up_to_date() -> None:
    """The first line of each scenario names the schema, for editors."""
    shipped = json.loads((FOLDER / "scenario.schema.json").read_text(encoding="utf-8"))
    assert shipped == json_schema()
    for file in FILES:
        assert file.read_text(encoding="utf-8").startswith("#:schema ./scenario.schema.json\n")


def test_the_schema_knows_every_lever_member_attribute_and_level() -> None:
    intervention = json_schema()["$defs"]["Intervention"]["properties"]
    names = {name for lever in levers().values() for name in (lever.name, *lever.names)}
    assert set(intervention["lever"]["enum"]) == names
    groups = dict(intervention["groups"]["properties"])
    assert groups.pop("area") == {"type": "array", "items": {"type": "string"}}  # each district has its own
    assert {attribute: tuple(levels["items"]["enum"]) for attribute, levels in groups.items()} == ATTRIBUTES


GOOD: dict[str, Any] = {"lever": "trips", "set": 1, "from": "2019-03"}
BAD: dict[str, dict[str, Any]] = {
    "an unknown lever": GOOD | {"lever": "norm"},
    "an unknown key": GOOD | {"ramp": 3},
    "two operations": GOOD | {"add": 1},
    "no operation": {"lever": "trips", "from": "2019-03"},
    "no first month": {"lever": "trips", "set": 1},
    "a number in words": GOOD | {"set": "1"},
    "no ramp": GOOD | {"ramp_months": 0},
    "no street": GOOD | {"streets": []},
    "no attribute": GOOD | {"groups": {}},
    "an unknown attribute": GOOD | {"groups": {"house": ["owned"]}},
    "an unknown level": GOOD | {"groups": {"housing": ["dorm"]}},
    "a cost without source": GOOD | {"cost": {"fixed_cny": 1}},
    "a negative cost": GOOD | {"cost": {"fixed_cny": -1, "source": "x"}},
}


def file_of(*interventions: dict[str, Any]) -> dict[str, Any]:
    return {"title": "x", "source": "x", "intervention": list(interventions)}


@pytest.mark.parametrize("fault", BAD)
def test_the_schema_refuses_what_the_reader_refuses(fault: str) -> None:
    assert VALIDATOR.is_valid(file_of(GOOD))
    assert not VALIDATOR.is_valid(file_of(BAD[fault]))


@pytest.mark.parametrize("table", [{"title": "x"}, {"source": "x"}, {"title": "x", "source": "x", "author": "me"}])
def test_the_schema_refuses_a_file_without_title_or_source_or_with_more(table: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid(table)


@given(st.data())
def test_the_schema_accepts_whatever_the_reader_accepts(template: District, data: st.DataObject) -> None:
    scenario = data.draw(policies(template))
    tables = [stated.intervention.model_dump(by_alias=True, exclude_none=True) for stated in scenario.stated]
    VALIDATOR.validate(file_of(*tables))
