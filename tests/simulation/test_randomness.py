"""Minimally different worlds: two policies with one seed meet the same people with the same luck."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pandas.testing import assert_frame_equal

from takeup import PermitModel
from takeup.district import District
from takeup.rules import NONE
from takeup.scenario import Scenario
from tests.scenario.written import policy
from tests.simulation.comparison import assert_same_state, assert_same_tables
from tests.simulation.districts import with_counts

AGENTS = 2_000
FREE_AND_WITHOUT_EFFECT = policy(
    {"lever": "publicity", "multiply": 1, "from": "2010-02", "ramp_months": 7},
    {"lever": "attention", "set": 0.15, "from": "2010-03", "streets": ["Street 05"], "groups": {"age": ["45+"]}},
    {"lever": "documents", "add": 0, "from": "2010-03", "until": "2011-01"},
    {"lever": "supply", "multiply": 1, "from": "2010-05"},
    {"lever": "permit_term_months", "set": 12, "from": "2010-02", "ramp_months": 5},
)
STRONG = policy(
    {"lever": "publicity", "set": 0.5, "from": "2012-03"},
    {"lever": "value", "multiply": 2, "from": "2012-03", "ramp_months": 6},
    {"lever": "documents", "set": 0, "from": "2012-05"},
    {"lever": "heard_on_arrival", "set": 0.9, "from": "2012-03"},
    {"lever": "register", "set": 1, "from": "2012-03"},
)


def model_of(district: District, scenario: Scenario | None, **arguments: Any) -> PermitModel:
    return PermitModel(district, scenario, AGENTS, rng=arguments.pop("rng", 8), **arguments)


def test_a_scenario_that_changes_nothing_gives_the_bits_of_the_baseline(template: District) -> None:
    baseline, same = model_of(template, None), model_of(template, FREE_AND_WITHOUT_EFFECT)
    for _ in range(30):
        baseline.step()
        same.step()
        assert_same_state(baseline, same)
    assert_same_tables(baseline, same)


def test_a_scenario_that_only_costs_gives_the_baseline_but_for_what_is_spent(template: District) -> None:
    cost = {"per_month_cny": 5, "per_person_cny": 0.5, "source": "invented"}
    baseline = model_of(template, None)
    costly = model_of(template, policy({"lever": "trips", "multiply": 1, "from": "2010-03", "cost": cost}))
    baseline.run_until("2011-12")
    costly.run_until("2011-12")
    assert_same_state(baseline, costly)
    spent = costly.history().pop("cost_cny")
    assert (spent.iloc[2:] == 5 + 0.5 * 360_000).all()
    assert (spent.iloc[:2] == 0).all()
    assert_frame_equal(
        baseline.history().drop(columns="cost_cny"), costly.history().drop(columns="cost_cny"), check_exact=True
    )


def test_a_policy_leaves_every_month_before_it_untouched_and_changes_the_first_it_acts_in(template: District) -> None:
    baseline, changed = model_of(template, None), model_of(template, STRONG)
    for model in (baseline, changed):
        model.run_until("2012-02")
    assert_same_state(baseline, changed)
    assert_same_tables(baseline, changed)
    for model in (baseline, changed):
        model.step()
    assert baseline.rows[-1] != changed.rows[-1]


def test_the_same_persons_come_and_go_in_the_same_months_under_any_policy(template: District) -> None:
    """But for those who settle, which only holders can: here nobody does."""
    one, other = (model_of(template, scenario, parameters={"settle": 0.0}) for scenario in (None, STRONG))
    for _ in range(72):
        one.step()
        other.step()
        for column in ("person", "profile", "taste", "attentiveness", "insured", "residence_months"):
            assert (one.state.columns[column] == other.state.columns[column]).all(), column
        for flow in ("arrivals", "departures", "population"):
            assert one.rows[-1][flow] == other.rows[-1][flow]
    assert other.rows[-1]["valid"] > one.rows[-1]["valid"]


def test_settlers_aside_hardly_anybody_comes_or_goes_otherwise(template: District) -> None:
    one, other = (model_of(template, scenario) for scenario in (None, STRONG))
    for model in (one, other):
        model.run_until("2015-12")
    differ = int((one.state.columns["person"] != other.state.columns["person"]).sum())
    settled = int(one.history()["settled"].sum() + other.history()["settled"].sum())
    assert differ <= settled


def test_people_bring_the_same_trust_whatever_the_policy(template: District) -> None:
    one, other = (model_of(template, scenario, parameters={"settle": 0.0}) for scenario in (None, STRONG))
    for _ in range(48):
        one.step()
        other.step()
        come = one.state.columns["residence_months"] == 0
        assert (one.state.columns["trust"][come] == other.state.columns["trust"][come]).all()


def test_more_publicity_never_leaves_a_deaf_town_knowing_less(template: District) -> None:
    """One uniform decides, so each single person who is reached at 0.025 is reached at 0.05 too."""
    deaf = {"word_of_mouth": 0.0, "forget": 0.0, "stigma": 10.0, "value": 0.0, "settle": 0.0}
    less, more = (model_of(template, None, parameters=deaf | {"publicity": p}) for p in (0.025, 0.05))
    for _ in range(24):
        less.step()
        more.step()
        assert (more.state.columns["knowledge"] >= less.state.columns["knowledge"]).all()
        assert (more.state.columns["status"] == NONE).all()


def test_a_policy_in_one_street_touches_no_other_where_nothing_links_them(template: District) -> None:
    """Without ties across streets, and with ample services, streets are worlds of their own."""
    apart = {"rewire": 0.0, "supply": float("inf"), "settle": 0.0}
    there = policy(
        {"lever": "publicity", "set": 0.8, "from": "2011-01", "streets": ["Street 07"]},
        {"lever": "capacity", "set": 0, "from": "2011-06", "streets": ["Street 07"]},
        {"lever": "register", "set": 0.9, "from": "2011-01", "streets": ["Street 07"]},
    )
    one, other = (model_of(template, scenario, parameters=apart) for scenario in (None, there))
    for model in (one, other):
        model.run_until("2013-12")
    begin, end = one.world.first[6:8]
    elsewhere = np.r_[0:begin, end:AGENTS]
    assert (one.state.migrants.rows(elsewhere) == other.state.migrants.rows(elsewhere)).all()
    assert (one.state.migrants.rows(slice(begin, end)) != other.state.migrants.rows(slice(begin, end))).any()


def test_slots_that_are_closed_do_not_renumber_the_others(village: District) -> None:
    """With half the town away, who lives in the open slots are the same persons, for as many months."""
    whole = PermitModel(with_counts(village, {"2010-01": 200}), agents=200, rng=4, parameters={"settle": 0.0})
    half = PermitModel(
        with_counts(village, {"2010-01": 200, "2010-06": 100}), agents=200, rng=4, parameters={"settle": 0.0}
    )
    for _ in range(36):
        whole.step()
        half.step()
        opened = half.state.occupied(half.world)
        for column in ("person", "profile", "taste", "attentiveness", "residence_months"):
            assert (whole.state.columns[column][opened] == half.state.columns[column][opened]).all(), column
    assert int(opened.sum()) == 100


def test_random_numbers_belong_to_the_calendar_month(template: District) -> None:
    """Wherever a run begins: who has stayed into 2010-02 leaves in it or not as one does who began with it."""
    early, late = (
        model_of(template, None, start=start, parameters={"settle": 0.0}) for start in ("2010-01", "2010-02")
    )
    persons = late.state.columns["person"].copy()
    assert (early.state.columns["person"] == persons).all()
    early.step()
    bands = [
        np.searchsorted([12, 36, 60], model.state.columns["residence_months"], "right") for model in (early, late)
    ]
    equal = (early.state.columns["person"] == persons) & (bands[0] == bands[1])
    assert equal.mean() > 0.9
    early.step()
    late.step()
    left = [model.state.columns["person"][equal] != persons[equal] for model in (early, late)]
    assert left[0].any()
    assert (left[0] == left[1]).all()


@pytest.mark.parametrize(("one", "other"), [(0, 1), (8, 9), (2**62 - 2, 2**62 - 1)])
def test_another_seed_is_another_world(template: District, one: int, other: int) -> None:
    models = [model_of(template, None, rng=seed) for seed in (one, other)]
    for column in ("taste", "trust", "profile"):
        first, second = (model.state.columns[column] for model in models)
        assert (first == second).mean() < 0.1, column
    for model in models:
        model.run_until("2010-12")
    assert models[0].rows != models[1].rows


@pytest.mark.parametrize("engine", ["compiled", "objects"])
def test_the_same_seed_is_the_same_world_again(village: District, engine: Any) -> None:
    one, repeated = (PermitModel(village, STRONG, 200, engine, 2**62 - 1) for _ in range(2))
    for model in (one, repeated):
        model.run_until("2012-06")
    assert_same_state(one, repeated)
    assert_same_tables(one, repeated)
