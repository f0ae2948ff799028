"""Interventions together keep a lever in its range, or fail before the simulation."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import pytest

from takeup.district import District, levers
from takeup.errors import InputError
from takeup.months import parse_month
from takeup.scenario import Timeline
from tests.scenario.written import policy

FIRST = parse_month("2019-03")


def test_a_lever_that_leaves_its_range_in_a_far_month_is_reported_before_anything_is_run(template: District) -> None:
    """Each alone is allowed; together they leave the range when the second begins."""
    first = {"lever": "online", "set": 0.8, "from": "2019-03"}
    second = {"lever": "online", "add": 0.3, "from": "2022-07"}
    Timeline(policy(first), template)
    Timeline(policy(second), template)
    with pytest.raises(
        InputError, match=r"intervention 2, add: the value is outside .*: online would be 1.1; given: 0.3"
    ):
        Timeline(policy(first, second), template)


def test_a_lever_that_leaves_its_range_only_once_another_intervention_ends_is_reported(template: District) -> None:
    """The sum is valid while the base is 0; when the base returns, the sum exceeds the range."""
    lowered = {"lever": "remember", "set": 0, "from": "2019-03", "until": "2020-02"}
    added = {"lever": "remember", "add": 0.5, "from": "2019-03"}
    with pytest.raises(
        InputError, match=r"intervention 2, add: the value is outside .*: remember would be 1.3; given: 0.5"
    ):
        Timeline(policy(lowered, added), template)
    with pytest.raises(InputError, match=r"remember would be 1\.3"):
        Timeline(policy(lowered, added | {"until": "2020-03"}), template)


def test_a_lever_that_leaves_its_range_in_one_street_alone_is_reported(template: District) -> None:
    there = {"lever": "online", "set": 0.8, "from": "2019-03", "streets": ["Street 09"]}
    everywhere = {"lever": "online", "add": 0.3, "from": "2019-03"}
    elsewhere = everywhere | {"streets": ["Street 08"]}
    Timeline(policy(there, elsewhere), template)
    with pytest.raises(InputError, match="intervention 2, add: the value is outside"):
        Timeline(policy(there, everywhere), template)


def test_members_are_held_to_their_own_ranges(template: District) -> None:
    """Doubling all supplies is valid although only one of them has an upper bound."""
    entries = dict(template.parameters.entries)
    entries["supply.schooling"] = replace(entries["supply.schooling"], high=100_000.0)
    entries["quality.schooling"] = replace(entries["quality.schooling"], high=0.7)
    district = replace(template, parameters=replace(template.parameters, entries=entries))
    Timeline(policy({"lever": "supply", "multiply": 2, "from": "2019-03"}), district)
    Timeline(policy({"lever": "quality.residence", "set": 0.9, "from": "2019-03"}), district)
    with pytest.raises(InputError, match="the value is outside"):
        Timeline(policy({"lever": "quality", "set": 0.9, "from": "2019-03"}), district)
    with pytest.raises(InputError, match="the value is outside"):
        Timeline(policy({"lever": "supply", "multiply": 10, "from": "2019-03"}), district)


def test_under_a_draw_what_is_added_or_multiplied_stops_at_the_end_of_the_range(template: District) -> None:
    """The intervention is valid for the district's own values, so other values are clipped."""
    drawn = template.parameters.override({"remember": 0.97, "register.owned": 0.9, "supply.schooling": inf}, "a draw")
    scenario = policy(
        {"lever": "remember", "add": 0.1, "from": "2019-03"},
        {"lever": "register", "multiply": 1.5, "from": "2019-03"},
        {"lever": "supply", "multiply": 3, "from": "2019-03"},
    )
    levers_then = Timeline(scenario, template, drawn).at(FIRST)
    assert (levers_then.remember == 1.0).all()
    members = {name: row for row, name in enumerate(levers()["register"].names)}
    assert (levers_then.register[members["register.owned"]] == 1.0).all()
    own = template.parameters.number("register.informal_lease")
    assert levers_then.register[members["register.informal_lease"]] == pytest.approx(1.5 * own)


def test_under_a_draw_what_is_wrong_for_the_district_stays_wrong(template: District) -> None:
    drawn = template.parameters.override({"remember": 0.5}, "a draw")
    with pytest.raises(InputError, match="the value is outside"):
        Timeline(policy({"lever": "remember", "add": 0.3, "from": "2019-03"}), template, drawn)
    with pytest.raises(InputError, match="the value is outside"):
        Timeline(policy({"lever": "remember", "set": 1.3, "from": "2019-03"}), template, drawn)


def test_a_lever_that_leaves_its_range_at_the_end_of_a_ramp_is_reported_before_a_run(template: District) -> None:
    """An addition to a lever during another ramp exceeds the range only at the end of the ramp."""
    own = template.parameters.number("remember")
    on_its_way = {"lever": "remember", "add": 0.1, "from": "2019-03", "ramp_months": 3}
    Timeline(policy(on_its_way, {"lever": "remember", "add": 0.9 - own, "from": "2019-03"}), template)
    Timeline(
        policy(on_its_way, {"lever": "remember", "add": 0.91 - own, "from": "2019-03", "until": "2019-04"}), template
    )
    with pytest.raises(InputError, match=r"remember would be 1\.01"):
        Timeline(policy(on_its_way, {"lever": "remember", "add": 0.91 - own, "from": "2019-03"}), template)
    with pytest.raises(InputError, match=r"remember would be 1\.01"):
        Timeline(
            policy(on_its_way, {"lever": "remember", "add": 0.91 - own, "from": "2019-02", "until": "2019-05"}),
            template,
        )


def test_a_value_that_is_set_is_reported_as_it_was_given(template: District) -> None:
    with pytest.raises(InputError, match="the value is outside") as refusal:
        Timeline(policy({"lever": "remember", "set": 1.3, "from": "2019-03"}), template)
    assert "would be" not in str(refusal.value)


def test_the_lower_end_of_trust_may_not_be_above_the_higher(template: District) -> None:
    low = {"lever": "trust_initial.low", "set": 0.95, "from": "2019-03"}
    with pytest.raises(
        InputError, match=r"intervention 1, trust_initial\.low: the value is above trust_initial\.high"
    ):
        Timeline(policy(low), template)
    Timeline(policy(low, {"lever": "trust_initial.high", "set": 1, "from": "2019-03"}), template)
    with pytest.raises(InputError, match=r"trust_initial\.low: the value is above"):
        Timeline(policy(low, {"lever": "trust_initial.high", "set": 1, "from": "2019-04"}), template)
    acts_later = {"lever": "trust_initial.low", "set": 0.1, "from": "2019-05"}
    with pytest.raises(InputError, match=r"intervention 1, trust_initial\.low: the value is above"):
        Timeline(policy(low, acts_later), template)
