"""Policies as the page edits them, their files, and the sliders."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takeup.dashboard.baseline import FIRST, LAST
from takeup.dashboard.policy_editor import (
    InterventionDraft,
    LeverControls,
    PolicyDraft,
    SliderRange,
    default_policy,
    lever_range,
    policy_from_scenario,
    to_scenario,
    to_toml,
)
from takeup.district import Definition, District, lever_names, levers
from takeup.errors import InputError
from takeup.scenario import Cost, Levers, Timeline, load_scenario
from takeup.scenario.files import OPERATIONS

REPOSITORY = Path(__file__).resolve().parents[2]
SCENARIOS = sorted((REPOSITORY / "scenarios").glob("*.toml"))


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.stem)
def test_a_shipped_scenario_goes_through_the_page_unchanged(file: Path, tmp_path: Path) -> None:
    scenario = load_scenario(file)
    downloaded = tmp_path / "mine.toml"
    downloaded.write_text(to_toml(policy_from_scenario(scenario)), encoding="utf-8")
    back = load_scenario(downloaded)
    assert [each.intervention for each in back.stated] == [each.intervention for each in scenario.stated]
    assert back.title == scenario.title
    assert to_toml(policy_from_scenario(to_scenario(policy_from_scenario(scenario)))) == to_toml(
        policy_from_scenario(scenario)
    )


@given(
    title=st.text(min_size=1, max_size=60).filter(lambda text: bool(text.strip())),
    amount=st.floats(allow_nan=False, width=64),
)
def test_the_file_is_read_back_to_the_same_bits(title: str, amount: float) -> None:
    policy = PolicyDraft(title, (InterventionDraft("supply", "set", amount),))
    scenario = to_scenario(policy)
    assert scenario.stated[0].intervention.amount == amount
    assert scenario.title == title.strip()
    assert Path(f"{policy.name}.toml").name == f"{policy.name}.toml"


@pytest.mark.parametrize("title", ["Baseline", "baseline", " BASELINE! ", "_baseline_"])
def test_no_policy_is_downloaded_as_the_baseline(title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands run in the folder of the file would take it for the baseline."""
    policy = PolicyDraft(title, (InterventionDraft("publicity", "set", 0.2),))
    monkeypatch.chdir(tmp_path)
    Path(f"{policy.name}.toml").write_text(to_toml(policy), encoding="utf-8")
    assert load_scenario("baseline").stated == ()
    assert load_scenario(policy.name).stated == to_scenario(policy).stated


def test_a_disabled_intervention_is_not_in_the_file() -> None:
    draft = InterventionDraft("trips", "set", 1.0)
    assert "trips" not in to_toml(PolicyDraft("Off", (replace(draft, enabled=False),)))
    assert (
        to_scenario(PolicyDraft("Off", (replace(draft, enabled=False), draft))).stated[0].intervention.lever
        == "trips"
    )


def test_a_policy_without_a_title_is_an_error() -> None:
    with pytest.raises(InputError, match="title"):
        to_scenario(PolicyDraft(" ", ()))


@pytest.mark.parametrize("lever", lever_names())
def test_a_selected_lever_changes_nothing_until_it_is_moved(lever: str, liwan: District, template: District) -> None:
    for district in (liwan, template):
        taken = selected_draft(lever, district)
        assert (taken.streets, taken.groups, taken.cost) == ((), (), None)
        assert_changes_nothing(taken, district)
        for operation in LeverControls(lever, district).operations:
            assert_changes_nothing(taken.with_operation(operation, district), district)


def test_a_lever_that_dated_rules_move_keeps_their_values_until_it_is_moved(
    template: District, tmp_path: Path
) -> None:
    rules = tmp_path / "rules.toml"
    table = '[[intervention]]\nlever = "{}"\nset = 0.5\nfrom = "2020-01"\nuntil = "2021-01"\n'
    rules.write_text('title = "Rules"\nsource = "test"\n' + table.format("publicity") + table.format("online"))
    ruled = replace(template, rules=rules)
    for lever in ("publicity", "online", "trips"):
        taken = selected_draft(lever, ruled)
        assert_changes_nothing(taken, ruled)
        assert (taken.operation == "set") == (lever == "trips")


@pytest.mark.parametrize("lever", ["value", "trust_initial", "register", "supply"])
def test_a_lever_whose_members_differ_cannot_be_set_to_one_value(lever: str, liwan: District) -> None:
    assert "set" not in LeverControls(lever, liwan).operations
    assert all("set" in LeverControls(member, liwan).operations for member in levers()[lever].names)


def selected_draft(lever: str, district: District) -> InterventionDraft:
    """The draft after a lever is selected on a card of another lever with streets, groups and a cost."""
    other = replace(
        default_policy(district).interventions[0],
        streets=(district.streets[0],),
        groups=(("age", ("45+",)),),
        cost=Cost(fixed_cny=1, source="test"),
    )
    return other.for_lever(lever, district)


def assert_changes_nothing(draft: InterventionDraft, district: District) -> None:
    """Every lever has the same value as without the draft in every month."""
    timeline = Timeline(to_scenario(PolicyDraft("Same", (draft,))), district)
    before = Timeline(load_scenario(None), district)
    compared: tuple[Levers, ...] = ()
    for month in range(FIRST, LAST + 1):
        previous = compared
        compared = timeline.at(month), before.at(month)  # months with the same values share one object
        if not previous or any(one is not other for one, other in zip(compared, previous, strict=True)):
            now, then = compared
            assert all((getattr(now, name) == getattr(then, name)).all() for name in levers()), draft


@pytest.mark.parametrize("lever", lever_names())
def test_both_ends_of_a_slider_can_be_set_and_its_neutral_value_lies_between(lever: str, liwan: District) -> None:
    controls = LeverControls(lever, liwan)
    slider = controls.slider_range("set")
    for end in (slider.low, slider.high):
        policy = to_scenario(PolicyDraft("End", (InterventionDraft(lever, "set", end),)))
        if (lever, end) in {("trust_initial.low", slider.high), ("trust_initial.high", slider.low)}:
            with pytest.raises(InputError, match=r"the value is above trust_initial\.high"):  # shown on the page
                Timeline(policy, liwan)
        else:
            Timeline(policy, liwan)
    for operation in OPERATIONS:
        neutral = controls.neutral_amount(operation)
        slider = controls.slider_range(operation)
        assert slider.low <= neutral <= slider.high or math.isinf(neutral)
        assert slider.step < slider.high - slider.low


def test_a_slider_includes_the_value_of_a_file(liwan: District) -> None:
    assert LeverControls("publicity", liwan).slider_range("set").including(0.9).high == 0.9
    supply = LeverControls("supply", liwan).slider_range("set")
    assert supply.including(math.inf) == supply


@pytest.mark.parametrize("definition", levers().values(), ids=lambda definition: definition.name)
def test_a_lever_without_a_range_of_its_own_gets_one_within_its_bounds(definition: Definition) -> None:
    limits = lever_range(replace(definition, slider=None))
    low, high = definition.bounds
    assert low <= limits.low < limits.high <= high
    assert 0 < limits.step < limits.high - limits.low
    assert not definition.whole or limits.step == 1


def test_a_lever_without_a_slider_range_has_a_slider(liwan: District) -> None:
    assert levers()["online"].slider is None
    controls = LeverControls("online", liwan)
    assert controls.slider_range("set") == SliderRange(low=0.0, high=1.0, step=0.01)
    assert controls.slider_range("add") == SliderRange(low=-1.0, high=1.0, step=0.01)


@pytest.mark.parametrize("lever", sorted(levers()))
def test_streets_and_groups_are_offered_where_the_lever_can_be_set_by_them(lever: str, liwan: District) -> None:
    assert ("street" in (levers()[lever].grain or "")) == LeverControls(lever, liwan).definition.varies_by_street
    for attribute, level in (("age", "45+"), ("housing", "dormitory")):
        draft = InterventionDraft(lever, "multiply", 1.0).with_levels(attribute, (level,))
        assert draft.levels(attribute) == (level,)
        assert not draft.with_levels(attribute, ()).groups
        scenario = to_scenario(PolicyDraft("Group", (draft,)))
        if attribute in LeverControls(lever, liwan).group_attributes:
            Timeline(scenario, liwan)
        else:
            with pytest.raises(InputError, match=lever):
                Timeline(scenario, liwan)
