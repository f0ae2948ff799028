"""Policies as they are put together, their files, and the sliders."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takeup.dashboard.drafts import Draft, Policy, new_policy, policy_of, scenario_of, written
from takeup.dashboard.history import FIRST, LAST
from takeup.dashboard.sliders import (
    EVERY,
    every_lever,
    names_of,
    operations_of,
    slider_of,
    takes_groups,
    takes_streets,
    unmoved,
)
from takeup.district import District, levers
from takeup.errors import InputError
from takeup.scenario import Cost, Levers, Timeline, load_scenario

REPOSITORY = Path(__file__).resolve().parents[2]
SCENARIOS = sorted((REPOSITORY / "scenarios").glob("*.toml"))


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


@pytest.mark.parametrize("title", ["Baseline", "baseline", " BASELINE! ", "_baseline_"])
def test_no_policy_is_handed_out_as_the_baseline(title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command run beside its file would take it for the baseline."""
    policy = Policy(title, (Draft("publicity", "set", 0.2),))
    monkeypatch.chdir(tmp_path)
    Path(f"{policy.name}.toml").write_text(written(policy), encoding="utf-8")
    assert load_scenario("baseline").stated == ()
    assert load_scenario(policy.name).stated == scenario_of(policy).stated


def test_what_is_switched_off_is_not_in_the_file() -> None:
    draft = Draft("trips", "set", 1.0)
    assert "trips" not in written(Policy("Off", (replace(draft, acts=False),)))
    assert scenario_of(Policy("Off", (replace(draft, acts=False), draft))).stated[0].intervention.lever == "trips"


def test_a_policy_without_a_title_is_told() -> None:
    with pytest.raises(InputError, match="title"):
        scenario_of(Policy(" ", ()))


@pytest.mark.parametrize("lever", every_lever())
def test_a_lever_taken_up_changes_nothing_until_it_is_moved(lever: str, liwan: District, template: District) -> None:
    for district in (liwan, template):
        taken = taken_up(lever, district)
        assert (taken.streets, taken.groups, taken.cost) == ((), (), None)
        assert_at_rest(taken, district)
        for operation in operations_of(lever, district):
            assert_at_rest(taken.doing(operation, district), district)


def test_a_lever_that_dated_rules_move_keeps_their_values_until_it_is_moved(
    template: District, tmp_path: Path
) -> None:
    rules = tmp_path / "rules.toml"
    table = '[[intervention]]\nlever = "{}"\nset = 0.5\nfrom = "2020-01"\nuntil = "2021-01"\n'
    rules.write_text('title = "Rules"\nsource = "test"\n' + table.format("publicity") + table.format("online"))
    ruled = replace(template, rules=rules)
    for lever in ("publicity", "online", "trips"):
        taken = taken_up(lever, ruled)
        assert_at_rest(taken, ruled)
        assert (taken.operation == "set") == (lever == "trips")


@pytest.mark.parametrize("lever", ["value", "trust_initial", "register", "supply"])
def test_what_has_members_that_differ_is_not_set_to_one_of_them(lever: str, liwan: District) -> None:
    assert "set" not in operations_of(lever, liwan)
    assert all("set" in operations_of(member, liwan) for member in names_of(lever))


def taken_up(lever: str, district: District) -> Draft:
    """A lever chosen on a card that was another's, for some."""
    other = replace(
        new_policy(district).drafts[0],
        streets=(district.streets[0],),
        groups=(("age", ("45+",)),),
        cost=Cost(fixed_cny=1, source="test"),
    )
    return other.of_lever(lever, district)


def assert_at_rest(draft: Draft, district: District) -> None:
    """Every value of every lever is as it is without the draft, in every month."""
    timeline = Timeline(scenario_of(Policy("Same", (draft,))), district)
    before = Timeline(load_scenario(None), district)
    compared: tuple[Levers, ...] = ()
    for month in range(FIRST, LAST + 1):
        held = compared
        compared = timeline.at(month), before.at(month)  # months in which the same holds share one object
        if not held or any(one is not other for one, other in zip(compared, held, strict=True)):
            now, then = compared
            assert all((getattr(now, name) == getattr(then, name)).all() for name in levers()), draft


@pytest.mark.parametrize("lever", every_lever())
def test_both_ends_of_a_slider_can_be_set_and_its_rest_lies_between(lever: str, liwan: District) -> None:
    slider = slider_of(lever, "set")
    for end in (slider.low, slider.high):
        policy = scenario_of(Policy("End", (Draft(lever, "set", end),)))
        if (lever, end) in {("trust_initial.low", slider.high), ("trust_initial.high", slider.low)}:
            with pytest.raises(InputError, match=r"above trust_initial\.high"):  # the page tells it
                Timeline(policy, liwan)
        else:
            Timeline(policy, liwan)
    for operation in EVERY:
        rest = unmoved(lever, operation, liwan)
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
