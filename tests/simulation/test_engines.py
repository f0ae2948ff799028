"""Both engines, any number of threads and any interruption give the same bits."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from takeup import PermitModel
from takeup.district import District, levers
from takeup.rules import LAPSED, QUEUED, VALID
from takeup.scenario import Scenario
from takeup.simulation import Engine, kernels_month, restore_model, save_model
from tests.hypothesis_profiles import examples
from tests.scenario.strategies import parameters, policies
from tests.scenario.written import policy
from tests.simulation.comparison import assert_same_state, assert_same_tables
from tests.simulation.districts import with_counts
from tests.simulation.eventful_scenario import EVERYTHING, PARAMETERS, SHRINKING


def run_both_engines(
    district: District, scenario: Scenario, agents: int, months: int, overrides: Mapping[str, float]
) -> PermitModel:
    """Live both engines side by side, comparing all there is after every month."""
    engines: tuple[Engine, Engine] = ("compiled", "objects")
    compiled, objects = (
        PermitModel(district, scenario, agents, engine, 5, parameters=overrides) for engine in engines
    )
    assert_same_state(compiled, objects)
    for _ in range(months):
        compiled.step()
        objects.step()
        assert_same_state(compiled, objects)
    assert_same_tables(compiled, objects)
    return compiled


@pytest.fixture(scope="module")
def busy_village(village: District) -> PermitModel:
    """Both engines lived alike in the village under everything at once; the compiled one."""
    return run_both_engines(village, EVERYTHING, 400, 24, PARAMETERS)


def test_engines_agree_under_a_scenario_that_changes_every_lever(busy_village: PermitModel) -> None:
    """So that agreement means something, all that can happen must have happened."""
    history = busy_village.history()
    for happened in (
        "returned", "issued", "endorsed", "endorsed_late", "lapses", "departures_valid", "settled", "arrivals",
    ):  # fmt: skip
        assert history[happened].sum() > 0, happened
    assert history["queued"].max() > 10
    assert set(busy_village.state.migrants["lapse_cause"]) == {0, 1, 2, 3}
    assert busy_village.state.migrants["returned_last"].any()


def test_the_scenario_for_every_lever_changes_every_lever(village: District) -> None:
    touched = {stated.intervention.lever.split(".")[0] for stated in EVERYTHING.stated}
    assert touched == set(levers())


def test_engines_agree_on_the_template(template: District) -> None:
    run_both_engines(template, policy(), 1_600, 15, {})


def test_engines_agree_while_the_population_grows(liwan: District) -> None:
    model = run_both_engines(liwan, policy(), 1_600, 15, {})
    assert model.history()["population"].is_monotonic_increasing
    assert model.history()["population"].iloc[-1] > model.history()["population"].iloc[0]


def test_engines_agree_while_the_population_falls_and_grows_again(village: District) -> None:
    place = with_counts(village, SHRINKING)
    model = run_both_engines(place, EVERYTHING, 400, 20, PARAMETERS)
    counts = model.history()["population"].diff()
    assert counts.min() < 0 < counts.max()
    assert model.history()["departures_valid"].sum() > 0


def test_engines_agree_if_nobody_is_served(village: District) -> None:
    """Capacity 0: no net capacity, a growing queue, a wait that goes to its ceiling."""
    scenario = policy({"lever": "capacity", "set": 0, "from": "2010-10"})
    model = run_both_engines(village, scenario, 300, 24, {"attention": 0.9, "publicity": 0.3, "value": 20})
    assert model.history()["issued"].iloc[9:].sum() == 0
    assert model.history()["queued"].iloc[-1] > 0
    assert set(model.state.migrants["status"]) & {QUEUED, VALID, LAPSED}


@settings(max_examples=examples(40))
@given(st.data())
def test_engines_agree_under_random_scenarios_and_parameters(village: District, data: st.DataObject) -> None:
    counts = data.draw(st.dictionaries(st.sampled_from(["2010-02", "2010-05", "2010-09"]), st.integers(30, 90)))
    place = with_counts(village, dict(sorted({"2009-06": 90, **counts}.items())))
    scenario, overrides = data.draw(policies(village)), data.draw(parameters())
    run_both_engines(place, scenario, 90, 14, overrides)


@pytest.fixture
def many_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads are used, though they would not pay."""
    monkeypatch.setattr(kernels_month, "MIN_SLOTS_PER_THREAD", 1)


@pytest.mark.usefixtures("many_threads")
@pytest.mark.parametrize("threads", [2, 3, 40])
def test_threads_change_nothing(liwan: District, threads: int) -> None:
    """More threads than streets among them."""
    one, many = (PermitModel(liwan, "all_five", 4_000, rng=3, threads=number) for number in (1, threads))
    for _ in range(18):
        one.step()
        many.step()
        assert_same_state(one, many)
    assert_same_tables(one, many)


@pytest.mark.usefixtures("many_threads")
def test_threads_change_nothing_under_a_scenario_with_every_event(
    village: District, busy_village: PermitModel
) -> None:
    many = PermitModel(village, EVERYTHING, 400, rng=5, parameters=PARAMETERS, threads=2)
    many.run_until("2011-12")
    assert_same_state(busy_village, many)
    assert_same_tables(busy_village, many)


def test_threads_are_used_only_if_each_has_enough_slots(monkeypatch: pytest.MonkeyPatch, liwan: District) -> None:
    world = PermitModel(liwan, agents=4_000, rng=1).world
    for least, blocks in ((1_000_000, 1), (4_001, 1), (4_000, 1), (2_000, 2), (1_400, 2), (1_300, 3), (1, 3)):
        monkeypatch.setattr(kernels_month, "MIN_SLOTS_PER_THREAD", least)
        called: list[tuple[int, int]] = []
        kernels_month.parallel_over_streets(lambda begin, end, called=called: called.append((begin, end)), world, 3)
        assert len(called) == blocks
        assert [begin for begin, _ in sorted(called)] == [0, *[end for _, end in sorted(called)][:-1]]


@pytest.mark.parametrize("engine", ["compiled", "objects"])
def test_a_saved_and_restored_a_branched_and_an_uninterrupted_model_agree(
    village: District, tmp_path: Path, engine: Engine
) -> None:
    """A rule of the policy acts before, at and after the interruption; queues are long at it."""
    arguments: dict[str, Any] = {"agents": 300, "engine": engine, "rng": 9, "parameters": PARAMETERS}
    uninterrupted = PermitModel(village, EVERYTHING, **arguments)
    interrupted = PermitModel(village, EVERYTHING, **arguments)
    interrupted.run_until("2010-07")
    save_model(interrupted, tmp_path / "model")
    restored = restore_model(tmp_path / "model", district=village)
    branched = interrupted.branch(EVERYTHING)
    for model in (interrupted, restored, branched):
        uninterrupted.run_until("2011-03")
        model.run_until("2011-03")
        assert_same_state(uninterrupted, model)
        assert_same_tables(uninterrupted, model)


def test_a_branch_agrees_with_a_model_that_had_its_policy_from_the_start(village: District) -> None:
    """Baseline until the policy acts, then branched: as good as the policy's own run."""
    late = policy(*({**_table, "from": "2010-10"} for _table in _tables_that_may_begin_late()))
    whole = PermitModel(village, late, 300, rng=2)
    whole.run_until("2011-06")
    baseline = PermitModel(village, None, 300, rng=2)
    baseline.run_until("2010-09")
    branch = baseline.branch(late)
    branch.run_until("2011-06")
    assert_same_state(whole, branch)
    assert_same_tables(whole, branch)


def test_a_model_is_not_affected_by_its_branches(village: District) -> None:
    alone, parent = (PermitModel(village, None, 300, rng=2) for _ in range(2))
    parent.run_until("2010-09")
    branch = parent.branch(policy({"lever": "value", "set": 20, "from": "2010-10"}))
    branch.run_until("2011-06")
    parent.run_until("2011-06")
    alone.run_until("2011-06")
    assert_same_state(alone, parent)
    assert_same_tables(alone, parent)
    assert not branch.history().equals(parent.history())


def test_a_checkpoint_does_not_change_as_its_model_runs_on(village: District) -> None:
    model = PermitModel(village, None, 300, rng=2)
    model.run_until("2010-09")
    checkpoint, same = model.checkpoint(), model.branch(None)
    model.run_until("2011-06")
    kept = PermitModel(village, None, 300, rng=2, checkpoint=checkpoint)
    assert_same_state(kept, same)
    assert_same_tables(kept, same)


def _tables_that_may_begin_late() -> list[dict[str, Any]]:
    tables = [stated.intervention.model_dump(by_alias=True, exclude_none=True) for stated in EVERYTHING.stated]
    return [table for table in tables if "until" not in table]
