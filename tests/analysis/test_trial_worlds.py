"""A district with a trial: each arm has its own policy, with either engine; nothing else changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from takeup import PermitModel, rng
from takeup.district import PROFILES, District, levers
from takeup.scenario import Scenario
from takeup.simulation import (
    CENTRE_LEVERS,
    DISTRICT_LEVERS,
    Assignment,
    Engine,
    assign_arms,
    district_model,
    kernels_month,
)
from takeup.simulation.kernels_month import Month
from takeup.simulation.state import StateArrays
from takeup.simulation.world import World
from tests.scenario.written import policy
from tests.simulation.comparison import assert_same_state, assert_same_tables
from tests.simulation.districts import with_counts
from tests.simulation.eventful_scenario import EVERYTHING, PARAMETERS, SHRINKING

AGENTS, SEED = 400, 5


def kept(scenario: Scenario, names: set[str]) -> Scenario:
    """The scenario with the interventions on these levers only."""
    stated = tuple(each for each in scenario.stated if each.intervention.lever.split(".")[0] in names)
    return replace(scenario, stated=stated)


PERSONAL = kept(EVERYTHING, set(levers()) - set(CENTRE_LEVERS) - set(DISTRICT_LEVERS))
"""All that can be tried by person."""


def living(district: District, engine: Engine = "compiled", scenario: Scenario | None = None) -> PermitModel:
    return PermitModel(district, scenario, AGENTS, engine, SEED, parameters=PARAMETERS)


def drawn(
    model: PermitModel, share: float, *, newcomers: bool = True, streets: NDArray[np.bool_] | None = None
) -> Assignment:
    """An assignment of persons, or of all residents of some streets, according to the share."""
    slots = model.world.slots
    centres = np.zeros(model.world.streets, dtype=bool) if streets is None else streets
    inside = np.ones(slots, dtype=bool) if streets is None else np.repeat(streets, np.diff(model.world.first))
    return Assignment(
        stream=rng.stream_start(model.seed, rng.PERMANENT, rng.TRIAL),
        share=share,
        persons=model.state.migrants["person"].copy(),
        residents=inside,
        newcomers=inside & newcomers,
        profiles=np.ones(PROFILES, dtype=bool),
        centres=centres,
    )


@pytest.mark.parametrize("newcomers", [True, False])
def test_engines_agree_in_a_trial(village: District, newcomers: bool) -> None:
    """The population falls and grows again, so that slots close and open in both arms."""
    place = with_counts(village, SHRINKING)
    compiled, objects = living(place), living(place, "objects")
    trials = [each.start_trial(PERSONAL, drawn(each, 0.5, newcomers=newcomers)) for each in (compiled, objects)]
    for _ in range(20):
        for trial in trials:
            trial.step()
        assert_same_state(*trials)
    assert_same_tables(*trials)
    arms = assign_arms(trials[0].arms.assignment, trials[0].state.migrants)
    assert 0 < arms.sum() < AGENTS
    assert trials[0].history()["endorsed_late"].sum() > 0


def test_engines_agree_in_a_trial_by_street(village: District) -> None:
    compiled, objects = living(village), living(village, "objects")
    scenario = kept(EVERYTHING, set(levers()) - set(DISTRICT_LEVERS))
    streets = np.array([True, False, True])
    trials = [each.start_trial(scenario, drawn(each, 1.0, streets=streets)) for each in (compiled, objects)]
    for _ in range(18):
        for trial in trials:
            trial.step()
        assert_same_state(*trials)


def test_those_who_applied_stand_in_the_order_of_their_slots_whatever_their_arm(
    village: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of equal random numbers the lower slot is first; ties are too rare to occur in a test."""
    run, both = kernels_month.run_population, 0

    def run_and_check(world: World, state: StateArrays, month: Month, threads: int) -> None:
        nonlocal both
        run(world, state, month, threads)
        assert month.treatment is not None
        for first, length, joined in zip(world.first, state.length, month.joined, strict=False):
            slots = state.line[first + length : first + length + joined]
            assert (np.diff(slots) > 0).all()
            both += len(set(month.treatment.arms[slots])) > 1

    monkeypatch.setattr(district_model, "run_population", run_and_check)
    living(village).start_trial(PERSONAL, drawn(living(village), 0.5)).run_until("2011-12")
    assert both > 5


def test_threads_change_nothing_in_a_trial(village: District, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels_month, "MIN_SLOTS_PER_THREAD", 1)
    models = (living(village), PermitModel(village, None, AGENTS, rng=SEED, parameters=PARAMETERS, threads=3))
    trials = [each.start_trial(PERSONAL, drawn(each, 0.5)) for each in models]
    for trial in trials:
        trial.run_until("2011-06")
    assert_same_state(*trials)


def test_a_trial_that_treats_everyone_is_the_scenario(village: District) -> None:
    """Every lever of a person, also of newcomers, has the same effect as without a trial."""
    trial = living(village).start_trial(PERSONAL, drawn(living(village), 1.0))
    scenario = living(village, scenario=PERSONAL)
    for _ in range(24):
        trial.step()
        scenario.step()
        assert_same_state(trial, scenario)


@pytest.mark.parametrize("lever", sorted({stated.intervention.lever for stated in PERSONAL.stated}))
def test_every_lever_of_a_person_reaches_the_treated(village: District, lever: str) -> None:
    """The test above is meaningful: without any one of the levers, the results of the treated differ."""
    others = tuple(stated for stated in PERSONAL.stated if stated.intervention.lever != lever)
    model = living(village)
    every, fewer = (
        model.start_trial(scenario, drawn(model, 1.0)) for scenario in (PERSONAL, replace(PERSONAL, stated=others))
    )
    every.run_until("2011-12")
    fewer.run_until("2011-12")
    assert every.state.migrants.rows().tobytes() != fewer.state.migrants.rows().tobytes()


def test_a_trial_that_treats_nobody_is_the_district_without_it(village: District) -> None:
    trial, without = living(village).start_trial(PERSONAL, drawn(living(village), 0.0)), living(village)
    trial.run_until("2011-12")
    without.run_until("2011-12")
    assert_same_state(trial, without)
    assert_same_tables(trial, without)


def test_a_trial_by_street_is_the_scenario_in_those_streets(village: District) -> None:
    """The equivalent scenario has `streets` in every intervention that may have them."""
    scenario = kept(EVERYTHING, {name for name, lever in levers().items() if "street" in str(lever.grain)})
    names = ("North", "South")
    restricted = []
    for stated in scenario.stated:
        table = stated.intervention.model_dump(by_alias=True, exclude_none=True)
        here = [name for name in table.get("streets", village.streets) if name in names]
        restricted += [{**table, "streets": here}] if here else []
    streets = np.isin(village.streets, names)
    trial = living(village).start_trial(scenario, drawn(living(village), 1.0, streets=streets))
    reference = living(village, scenario=policy(*restricted))
    assert {stated.intervention.lever for stated in scenario.stated} > {"capacity", "register", "data_sharing"}
    for _ in range(24):
        trial.step()
        reference.step()
        assert_same_state(trial, reference)


def test_newcomers_outside_the_trial_are_not_treated(village: District) -> None:
    model = living(village)
    trial = model.start_trial(policy({"lever": "heard_on_arrival", "set": 1, "from": "2010-01"}), drawn(model, 1.0))
    outside = model.start_trial(trial.arms.scenario, drawn(model, 1.0, newcomers=False))
    for each in (trial, outside):
        each.run_until("2010-03")
    came = trial.state.migrants["residence_months"] == 0
    assert came.sum() > 5
    assert (trial.state.migrants["knowledge"][came] > 0).all()
    assert not (outside.state.migrants["knowledge"][came] > 0).all()


def test_the_model_that_a_trial_is_made_in_lives_on_without_it(village: District) -> None:
    model, alone = living(village), living(village)
    trial = model.start_trial(PERSONAL, drawn(model, 0.5))
    trial.run_until("2010-12")
    model.run_until("2010-12")
    alone.run_until("2010-12")
    assert_same_state(model, alone)


def test_what_is_shared_stays_the_controls(village: District) -> None:
    """In a trial by person, capacity and supply of a scenario apply to no arm; the command refuses them."""
    shared = kept(EVERYTHING, {*CENTRE_LEVERS, *DISTRICT_LEVERS})
    trial, without = living(village).start_trial(shared, drawn(living(village), 1.0)), living(village)
    trial.run_until("2011-12")
    without.run_until("2011-12")
    assert_same_state(trial, without)
