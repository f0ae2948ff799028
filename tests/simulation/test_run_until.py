"""However the months are divided among calls, the bits are those of month by month."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from takeup import PermitModel
from takeup.district import PROFILES, District
from takeup.months import format_month, parse_month
from takeup.scenario import Scenario
from takeup.simulation import Assignment, Engine, district_model, kernels_month, restore_model, save_model
from tests.hypothesis_profiles import examples
from tests.scenario.strategies import parameters, policies
from tests.scenario.written import policy
from tests.simulation.comparison import assert_same_state, assert_same_tables
from tests.simulation.districts import with_counts
from tests.simulation.eventful_scenario import EVERYTHING, PARAMETERS, SHRINKING

AGENTS, MONTHS = 300, 20
LAST = parse_month("2010-01") + MONTHS - 1
COST = {"per_person_cny": 3.7, "per_month_cny": 10.5, "fixed_cny": 2, "source": "invented"}


def assert_same(one: PermitModel, other: PermitModel) -> None:
    """States, tables, census, the last month, and what Mesa sees."""
    assert_same_state(one, other)
    assert_same_tables(one, other)
    assert (one.steps, one.running, one.month.number) == (other.steps, other.running, other.month.number)
    assert one.datacollector.model_vars == other.datacollector.model_vars
    for name in ("flows", "net"):
        assert getattr(one.month, name).tobytes() == getattr(other.month, name).tobytes(), name
    for name in ("residents", "codes", "signals", "contact_counts", "trust", "by_profile", "by_street"):
        assert getattr(one.census, name).tobytes() == getattr(other.census, name).tobytes(), name


def by_steps(model: PermitModel) -> PermitModel:
    """The model at the end of `LAST`, month by month."""
    while model.state.month < LAST:
        model.step()
    return model


@settings(max_examples=examples(30))
@given(st.data())
def test_months_in_one_call_are_the_months_one_by_one(village: District, data: st.DataObject) -> None:
    """Under random scenarios, parameters, populations, and stops in between."""
    counts = data.draw(st.dictionaries(st.sampled_from(["2010-02", "2010-05", "2011-03"]), st.integers(30, 90)))
    place = with_counts(village, dict(sorted({"2009-06": 90, **counts}.items())))
    scenario, overrides = data.draw(policies(village)), data.draw(parameters())
    stops = data.draw(st.lists(st.integers(LAST - MONTHS, LAST - 1), max_size=3))
    model, other = (PermitModel(place, scenario, 90, rng=5, parameters=overrides) for _ in range(2))
    for stop in [*sorted(stops), LAST]:
        other.run_until(stop)
    assert_same(by_steps(model), other)


@pytest.fixture(scope="module")
def stepped(village: District) -> PermitModel:
    """Everything that can happen, month by month."""
    return by_steps(_eventful(village))


def _eventful(village: District, engine: Engine = "compiled", threads: int = 1) -> PermitModel:
    place = with_counts(village, SHRINKING)
    return PermitModel(place, EVERYTHING, AGENTS, engine, 9, parameters=PARAMETERS, threads=threads)


@pytest.mark.parametrize(("engine", "threads"), [("compiled", 1), ("compiled", 2), ("objects", 1)])
def test_both_engines_and_threads_run_until_a_month(
    village: District, stepped: PermitModel, monkeypatch: pytest.MonkeyPatch, engine: Engine, threads: int
) -> None:
    monkeypatch.setattr(kernels_month, "MIN_SLOTS_PER_THREAD", 1 if threads > 1 else 1_000_000)
    model = _eventful(village, engine, threads)
    model.run_until(LAST)
    assert_same(stepped, model)


def test_the_limit_of_a_call_changes_nothing(
    village: District, stepped: PermitModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    for most in (1, 2 * AGENTS, 7 * AGENTS):
        monkeypatch.setattr(district_model, "_MIGRANT_MONTHS_PER_CALL", most)
        model = _eventful(village)
        model.run_until(LAST)
        assert_same(stepped, model)


@pytest.mark.parametrize("months", [1, 7, 13])
def test_a_model_that_was_saved_or_branched_continues_alike(
    village: District, stepped: PermitModel, tmp_path: Path, months: int
) -> None:
    model = _eventful(village)
    model.run_until(LAST - MONTHS + months)
    save_model(model, tmp_path / "model")
    for each in (restore_model(tmp_path / "model", district=model.district), model.branch(EVERYTHING), model):
        each.run_until(LAST)
        assert_same_state(stepped, each)
        assert_same_tables(stepped, each)


@pytest.mark.parametrize("engine", ["compiled", "objects"])
def test_a_trial_continues_alike(village: District, engine: Engine) -> None:
    scenario = _costly({"lever": "attention", "set": 0.6, "from": "2010-04", "ramp_months": 3})
    trials = []
    for _ in range(2):
        model = PermitModel(village, None, AGENTS, engine, 3, parameters=PARAMETERS)
        model.run_until("2010-03")
        trials.append(model.start_trial(scenario, _of_population(model)))
    by_steps(trials[0])
    trials[1].run_until(LAST)
    assert_same(*trials)


def _of_population(model: PermitModel) -> Assignment:
    slots, persons = np.ones(model.world.slots, bool), model.state.migrants.person.copy()
    centres, profiles = np.zeros(model.world.streets, bool), np.ones(PROFILES, bool)
    return Assignment(np.uint64(1), 0.5, persons, slots, slots, profiles, centres)


def _costly(*tables: dict[str, Any]) -> Scenario:
    return policy(*({**table, "cost": COST} for table in tables), name="costly")


def test_costs_per_person_are_those_of_each_month(village: District) -> None:
    scenario = _costly(
        {"lever": "publicity", "set": 0.3, "from": "2010-03", "until": "2010-09", "groups": {"age": ["45+"]}},
        {"lever": "online", "set": 0.6, "from": "2010-06", "ramp_months": 4, "streets": ["North"]},
    )
    one, other = (PermitModel(village, scenario, AGENTS, rng=2) for _ in range(2))
    by_steps(one)
    other.run_until(LAST)
    assert_same(one, other)
    assert len({row["cost_cny"] for row in other.rows}) > 5


def test_on_month_is_called_once_per_month(village: District) -> None:
    for engine in ("compiled", "objects"):
        months: list[int] = []
        model = PermitModel(village, "all_five", AGENTS, engine, 1)
        model.run_until("2010-07", lambda model=model, months=months: months.append(model.state.month))
        assert len(months) == 7
        assert months[-1] == parse_month("2010-07")
        model.run_until("2010-07", lambda: pytest.fail("there is no month to run"))


def test_a_step_of_a_subclass_is_used(village: District) -> None:
    class Own(PermitModel):
        def step(self) -> None:
            super().step()
            self.own = [*getattr(self, "own", []), format_month(self.state.month)]

    model = Own(village, None, AGENTS, rng=1)
    model.run_until("2010-03")
    assert model.own == ["2010-01", "2010-02", "2010-03"]


def test_a_change_of_the_columns_between_two_calls_counts(village: District) -> None:
    """Between calls the state may be written to, as between steps."""
    one, other = (PermitModel(village, None, AGENTS, rng=2) for _ in range(2))
    for model in (one, other):
        model.run_until("2010-06")
        model.state.migrants.knowledge[:] = 2
        model.state.red_tape = 1.3
        model.state.wait[:] = 2.0
    by_steps(one)
    other.run_until(LAST)
    assert_same(one, other)


def test_consecutive_months_are_the_same_as_all_pairs(village: District) -> None:
    """A branch at every month, run to the end: a checkpoint holds all that later months depend on."""
    model = PermitModel(village, "publicity", 100, rng=2, start="2018-06", until="2019-12")
    ends = []
    for first, last in pairwise(range(model.state.month, parse_month("2019-03") + 1)):
        assert last == first + 1
        branch = model.branch(model.policy)
        branch.run_until("2019-06")
        ends.append(branch)
        model.run_until(last)
    for branch in ends[1:]:
        assert_same_state(ends[0], branch)
        assert_same_tables(ends[0], branch)
