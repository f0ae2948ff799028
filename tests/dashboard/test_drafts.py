"""Policies as they are put together, their files, and the sliders."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takeup.dashboard.drafts import (
    Draft,
    Policy,
    new_policy,
    policy_of,
    scenario_of,
    written,
)
from takeup.dashboard.sliders import every_lever, names_of, slider_of, takes_groups, takes_streets, unmoved
from takeup.district import District, levers
from takeup.errors import InputError
from takeup.scenario import Cost, Timeline, load_scenario
from takeup.scenario.grammar import Operation

REPOSITORY = Path(__file__).resolve().parents[2]
SCENARIOS = sorted((REPOSITORY / "scenarios").glob("*.toml"))
OPERATIONS: tuple[Operation, ...] = ("set", "add", "multiply")


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.stem)
def test_a_shipped_scenario_goes_through_the_page_unchanged(file: Path, tmp_path: Path) -> None:
    scenario = load_scenario(file)
    handed_out = tmp_path / "mine.toml"
    handed_out.write_text(written(policy_of(scenario)), encoding="utf-8")
    back = load_scenario(handed_out)
    assert [each.intervention for each in back.stated] == [each.intervention for each in scenario.stated]
    assert back.title == scenario.title
    assert written(policy_of(scenario_of(policy_of(scenario)))) == written(policy_of(scenario))


@given(
    title=st.text(min_size=1, max_size=60).filter(lambda text: bool(text.strip())),
    amount=st.floats(allow_nan=False, width=64),
)
def test_the_file_is_read_back_to_the_same_bits(title: str, amount: float) -> None:
    policy = Policy(title, (Draft("supply", "set", amount),))
    scenario = scenario_of(policy)
    assert scenario.stated[0].intervention.amount == amount
    assert scenario.title == title.strip()
    assert Path(f"{policy.name}.toml").name == f"{policy.name}.toml"


def test_what_is_switched_off_is_not_in_the_file() -> None:
    draft = Draft("trips", "set", 1.0)
    assert "trips" not in written(Policy("Off", (replace(draft, acts=False),)))
    assert scenario_of(Policy("Off", (replace(draft, acts=False), draft))).stated[0].intervention.lever == "trips"


def test_a_policy_without_a_title_is_told() -> None:
    with pytest.raises(InputError, match="title"):
        scenario_of(Policy(" ", ()))


@pytest.mark.parametrize("lever", every_lever())
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_lever_taken_up_changes_nothing_until_it_is_moved(
    lever: str, operation: Operation, liwan: District, template: District
) -> None:
    """For several members at once "set" takes the first one's value, so that only its own slider is at rest."""
    for district in (liwan, template):
        other = replace(
            new_policy(district.parameters).drafts[0],
            streets=(district.streets[0],),
            groups=(("age", ("45+",)),),
            cost=Cost(fixed_cny=1, source="test"),
        )
        draft = other.of_lever(lever, district.parameters)
        assert (draft.streets, draft.groups, draft.cost) == ((), (), None)
        draft = draft.doing(operation, district.parameters)
        timeline = Timeline(scenario_of(Policy("Same", (draft,))), district)
        before = Timeline(load_scenario(None), district)
        month = scenario_of(Policy("Same", (draft,))).stated[0].intervention.first
        name = lever.split(".", maxsplit=1)[0]
        if operation != "set" or len(names_of(lever)) == 1:
            assert (getattr(timeline.at(month), name) == getattr(before.at(month), name)).all()


@pytest.mark.parametrize("lever", every_lever())
def test_both_ends_of_a_slider_can_be_set_and_its_rest_lies_between(lever: str, liwan: District) -> None:
    slider = slider_of(lever, "set")
    for end in (slider.low, slider.high):
        Timeline(scenario_of(Policy("End", (Draft(lever, "set", end),))), liwan)
    for operation in OPERATIONS:
        rest = unmoved(lever, operation, liwan.parameters)
        slider = slider_of(lever, operation)
        assert slider.low <= rest <= slider.high or math.isinf(rest)
        assert slider.step < slider.high - slider.low


def test_a_slider_reaches_what_a_file_sets() -> None:
    assert slider_of("publicity", "set").reaching(0.9).high == 0.9
    assert slider_of("supply", "set").reaching(math.inf) == slider_of("supply", "set")


@pytest.mark.parametrize("lever", sorted(levers()))
def test_streets_and_groups_are_offered_where_the_lever_can_be_set_by_them(lever: str, liwan: District) -> None:
    assert ("street" in (levers()[lever].grain or "")) == takes_streets(lever)
    for attribute, level in (("age", "45+"), ("housing", "dormitory")):
        draft = Draft(lever, "multiply", 1.0).for_levels(attribute, (level,))
        assert draft.levels(attribute) == (level,)
        assert not draft.for_levels(attribute, ()).groups
        scenario = scenario_of(Policy("Group", (draft,)))
        if attribute in takes_groups(lever):
            Timeline(scenario, liwan)
        else:
            with pytest.raises(InputError, match=lever):
                Timeline(scenario, liwan)
