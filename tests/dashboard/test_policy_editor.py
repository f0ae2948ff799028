"""Policies as the page edits them, their files, and the sliders."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takeup.dashboard.baseline import FIRST, LAST
from takeup.dashboard.lever_controls import LeverControls, SliderRange, lever_range
from takeup.dashboard.policy_editor import (
    InterventionDraft,
    PolicyDraft,
    PurchaseDraft,
    StatedCost,
    default_policy,
    fits_district,
    policy_from_scenario,
    scenario_from_text,
    to_scenario,
    to_scenarios,
    to_toml,
)
from takeup.dashboard.slider_ranges import longest_ramp, possible_range
from takeup.district import Definition, District, lever_names, levers
from takeup.errors import InputError
from takeup.scenario import Cost, Levers, Timeline, load_scenario

REPOSITORY = Path(__file__).resolve().parents[2]
SCENARIOS = sorted((REPOSITORY / "scenarios").glob("*.toml"))


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.stem)
def test_a_shipped_scenario_goes_through_the_page_unchanged(file: Path, tmp_path: Path, liwan: District) -> None:
    scenario = load_scenario(file)
    downloaded = tmp_path / "mine.toml"
    downloaded.write_text(to_toml(policy_from_scenario(scenario, liwan)), encoding="utf-8")
    back = load_scenario(downloaded)
    assert [each.intervention for each in back.stated] == [each.intervention for each in scenario.stated]
    assert back.title == scenario.title
    reread = policy_from_scenario(to_scenario(policy_from_scenario(scenario, liwan)), liwan)
    assert to_toml(reread) == to_toml(policy_from_scenario(scenario, liwan))


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


def test_policies_with_the_same_title_have_different_files() -> None:
    same = PolicyDraft("Same"), PolicyDraft("same!"), PolicyDraft("Same 2")
    names = [scenario.name for scenario in to_scenarios(same)]
    assert names == ["same", "same_2", "same_2_2"]
    assert [scenario.title for scenario in to_scenarios(same)] == ["Same", "same!", "Same 2"]


def test_a_file_with_measures_is_read_and_written(liwan: District) -> None:
    purchased = PurchaseDraft("village_outreach", 3_000_000.0, "2020-01", "2022-12")
    policy = PolicyDraft("Bought", (InterventionDraft("trips", "set", 1.0),), (purchased,))
    scenario = scenario_from_text("outreach.toml", to_toml(policy), liwan)
    assert policy_from_scenario(scenario, liwan) == policy
    assert policy.yuan_per_year == 3_000_000


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("title = [", "not TOML"),
        ('title = "T"\nsource = "t"\n[[measure]]\nname = "outreach"\nyuan_per_year = 1\nfrom = "2019-03"', "unknown"),
        (to_toml(PolicyDraft("T", (InterventionDraft("remember", "set", 1.5),))), "intervention 1"),
        (to_toml(PolicyDraft("T", (InterventionDraft("trips", "set", 1.0, "2031-01"),))), "outside"),
        ('title = "T"\nsource = "t"\nextends = "other"', "no such scenario"),
    ],
)
def test_a_wrong_file_is_an_error_with_the_name_of_the_file(text: str, problem: str, liwan: District) -> None:
    with pytest.raises(InputError, match=problem) as raised:
        scenario_from_text("../folder/mine.toml", text, liwan)
    assert raised.value.file == "mine.toml"
    assert "/tmp" not in str(raised.value)


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
        assert ("set" in LeverControls(lever, ruled).operations) == (lever == "trips")


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
def test_every_end_of_a_slider_is_a_policy_that_fits_the_district(lever: str, liwan: District) -> None:
    """Each end also is the last step that fits, so that a slider does not leave out what is possible."""
    controls = LeverControls(lever, liwan)
    for operation in controls.operations:
        draft = InterventionDraft("trips", "set", 1.0).for_lever(lever, liwan).with_operation(operation, liwan)
        policy = PolicyDraft("End", (draft,))
        slider, limits = possible_range(policy, 0, liwan), controls.slider_range(operation)
        assert slider.low <= draft.amount <= slider.high or math.isinf(draft.amount)
        assert slider.step < slider.high - slider.low
        for end in (slider.low, slider.high):
            assert fits_district(policy.replace_intervention(0, draft.with_amount(end, liwan)), liwan), (
                operation,
                end,
            )
        for beyond in (slider.low - slider.step, slider.high + slider.step):
            if limits.low <= beyond <= limits.high:
                assert not fits_district(policy.replace_intervention(0, draft.with_amount(beyond, liwan)), liwan)


def test_a_range_leaves_room_for_the_other_interventions_on_the_lever(liwan: District) -> None:
    add, set_to = InterventionDraft("remember", "add", 0.0), InterventionDraft("remember", "set", 0.5)
    alone, after = PolicyDraft("A", (add,)), PolicyDraft("B", (set_to, add))
    assert possible_range(alone, 0, liwan).high < 0.1
    assert possible_range(after, 1, liwan).high == 0.5
    impossible = PolicyDraft("C", (InterventionDraft("remember", "add", 5.0), add))
    assert possible_range(impossible, 1, liwan).high == 1.0  # the page shows the message of the first one


def test_a_lever_of_whole_numbers_is_not_multiplied(liwan: District) -> None:
    assert LeverControls("months_to_qualify", liwan).operations == ("add", "set")
    policy = PolicyDraft("Half", (InterventionDraft("months_to_qualify", "multiply", 0.5),))
    slider = possible_range(policy, 0, liwan)
    assert (slider.low, slider.high) == (0.5, 0.5)


def test_a_lever_that_moves_from_infinity_has_no_ramp(liwan: District) -> None:
    assert longest_ramp(PolicyDraft("P", (InterventionDraft("publicity", "set", 0.2),)), 0, liwan) == 36
    assert longest_ramp(PolicyDraft("S", (InterventionDraft("supply.residence", "set", 1e4),)), 0, liwan) == 1


def test_a_cost_follows_the_amount(liwan: District) -> None:
    publicity = policy_from_scenario(load_scenario("publicity"), liwan).interventions[0]
    assert publicity.cost is not None
    assert publicity.with_amount(0.015, liwan).cost == publicity.cost
    assert monthly_cost(publicity, liwan) == 60_000
    assert monthly_cost(publicity.with_amount(0.065, liwan).with_amount(0.03, liwan), liwan) == 120_000
    assert publicity.with_amount(0.0, liwan).cost is None
    assert publicity.with_amount(-0.015, liwan).cost is None
    assert publicity.with_amount(0.0, liwan).with_amount(0.015, liwan).cost == publicity.cost
    base = liwan.parameters["publicity"].value
    other = publicity.with_operation("multiply", liwan).with_amount(1.0 + 0.03 / base, liwan)
    assert monthly_cost(other, liwan) == pytest.approx(120_000)


def monthly_cost(draft: InterventionDraft, district: District) -> float:
    """The cost of a month after the first one, as the model computes it from the file."""
    return Timeline(to_scenario(PolicyDraft("Cost", (draft,))), district).cost(LAST, None)


def test_a_cost_without_an_amount_follows_the_amount_of_the_file(liwan: District) -> None:
    stated = StatedCost(Cost(per_month_cny=10, source="a survey"), "add", 0.02)
    controls = LeverControls("publicity", liwan)
    assert stated.at("add", 0.02, controls) == stated.cost
    assert stated.at("add", 0.04, controls) == Cost(per_month_cny=10, for_amount=0.02, source="a survey")
    unlimited = LeverControls("supply.residence", liwan)
    assert stated.at("multiply", 0.5, unlimited) == stated.cost


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
