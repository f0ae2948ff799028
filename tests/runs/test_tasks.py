"""The key of a task depends on all inputs of its results and on nothing else."""

from __future__ import annotations

import gc
import warnings
import weakref
from dataclasses import replace

import pandas as pd
import pytest

from takeup.analysis import comparison_tasks
from takeup.district import load_district
from takeup.errors import InputError
from takeup.runs import Runner, RunSettings, Task, executors, run_tasks, scheduler
from takeup.runs.executors import Executor
from takeup.runs.journal import Journal
from takeup.runs.scheduler import warm_up_compilation
from takeup.runs.task import run_branches, serialise
from takeup.scenario import load_scenario


@pytest.fixture
def task() -> Task:
    """One replicate of one scenario beside the baseline, two years long."""
    settings = RunSettings(agents=2_000, start="2018-06", until="2019-12")
    (made,) = comparison_tasks(load_district("template"), [load_scenario("publicity")], settings, replicates=1)
    return made


def with_settings(task: Task, **changed: object) -> Task:
    return replace(task, settings=replace(task.settings, **changed))  # type: ignore[arg-type]


def test_the_key_tells_apart_what_changes_results(task: Task) -> None:
    changed = [
        with_settings(task, seed=2),
        with_settings(task, agents=2_001),
        with_settings(task, start="2018-05"),
        with_settings(task, until="2020-01"),
        with_settings(task, parameters={"documents": 2.0}),
        replace(task, scenarios=task.scenarios[:1]),
        replace(task, digest="other files"),
        replace(task, code="other code"),
    ]
    keys = {each.key for each in (task, *changed)}
    assert len(keys) == len(changed) + 1


def test_the_key_does_not_depend_on_how_results_are_computed(task: Task) -> None:
    assert with_settings(task, engine="objects", threads=2).key == task.key


def test_progress_counts_every_simulated_month(task: Task) -> None:
    months: list[int] = []
    run_tasks([task, task.with_seed(2)], on_progress=months.append)
    assert months == list(range(2 * task.months + 1))


def test_scenarios_share_the_history_up_to_the_month_before_they_act(task: Task) -> None:
    ((baseline, publicity),) = run_tasks([task])
    early = baseline.monthly["month"] < "2019-03"
    pd.testing.assert_frame_equal(baseline.monthly[early], publicity.monthly[early], check_exact=True)
    assert not baseline.monthly[~early].equals(publicity.monthly[~early])
    assert publicity.monthly["month"].tolist() == baseline.monthly["month"].tolist()


@pytest.mark.parametrize("most", [pytest.param(0, marks=pytest.mark.slow), 10**9])
def test_threads_and_processes_give_the_results_of_one_worker(
    task: Task, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(scheduler, "_SHORT_MIGRANT_MONTHS", most)
    tasks = [replace(task.with_seed(seed), people="2019-06") for seed in range(4)]
    for alone, together in zip(run_tasks(tasks), run_tasks(tasks, Runner(Journal(), 2)), strict=True):
        assert serialise(alone) == serialise(together)


def test_only_short_tasks_of_compiled_code_run_in_threads(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[bool] = []

    def make_executor(workers: int, cluster: str | None, *, in_threads: bool) -> Executor:
        used.append(in_threads)
        return executors.make_executor(workers, cluster, in_threads=True)

    monkeypatch.setattr(scheduler, "make_executor", make_executor)
    pair = [task, task.with_seed(2)]
    run_tasks(pair, Runner(Journal(), 2))
    run_tasks(
        [with_settings(each, engine="objects", agents=1_500, until="2018-07") for each in pair], Runner(Journal(), 2)
    )
    monkeypatch.setattr(scheduler, "_SHORT_MIGRANT_MONTHS", task.settings.agents * task.months)
    run_tasks(pair, Runner(Journal(), 2))
    assert used == [True, False, False]


@pytest.mark.parametrize(("changed", "part"), [("code", "the code of takeup has"), ("digest", "files have")])
def test_other_code_or_other_files_than_a_task_was_made_with_are_refused(task: Task, changed: str, part: str) -> None:
    """As on a cluster's worker with another version of the package, or of the district's folder."""
    with pytest.raises(InputError, match=f"{part} changed since the run began"):
        run_tasks([replace(task, **{changed: "another"})])  # type: ignore[arg-type]


def test_memory_does_not_grow_with_the_number_of_simulated_models(task: Task) -> None:
    """Without waiting for the garbage collector."""
    gc.disable()
    try:
        tables = [
            weakref.ref(array)
            for _, model in run_branches(task)
            for array in (model.state.migrants.person, model.world.contacts, model.census.signals)
        ]
        assert len(tables) == 6
        assert not any(table() is not None for table in tables)
    finally:
        gc.enable()


def test_compiling_for_a_policy_that_begins_later_warns_of_nothing(task: Task) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warm_up_compilation(replace(task, scenarios=task.scenarios[1:]))
