"""Use of two workers by `takeup compare --draws`.

Two workers and two independent processes simulate the same runs alternately; one worker does, too. The whole
command is measured by `benchmarks.commands`.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

from benchmarks.clock import measure, measure_processes, median_ratio
from benchmarks.commands import SCENARIOS
from benchmarks.posterior import posterior_file
from benchmarks.trees import this_tree
from takeup.analysis import Ensemble, comparison_tasks
from takeup.analysis.compare.ensemble import run_draw
from takeup.district import load_district, read_posterior
from takeup.runs import RunSettings
from takeup.runs.journal import Journal
from takeup.runs.scheduler import Runner
from takeup.scenario import load_scenario

_DISTRICT: Final = "liwan"
_WORKERS: Final = 2


class EnsemblePlan(NamedTuple):
    """The sizes of the measurement.

    Attributes:
        agents: number of migrants.
        draws: number of draws of a round; the first ones have two runs each.
        rounds: number of rounds.
    """

    agents: int
    draws: int
    rounds: int


_PLAN: Final = EnsemblePlan(36_000, 8, 5)
_QUICK: Final = EnsemblePlan(1_600, 2, 1)


def plan_of(*, quick: bool, rounds: int | None = None) -> EnsemblePlan:
    """Return the sizes of the measurement, with another number of rounds if it is given."""
    plan = _QUICK if quick else _PLAN
    return plan if rounds is None else plan._replace(rounds=rounds)


def run(plan: EnsemblePlan) -> dict[str, Any]:
    """Measure this tree."""
    processes, workers, single = [], [], []
    with this_tree() as tree, tempfile.TemporaryDirectory(prefix="takeup-") as name:
        folder = Path(name)
        file = posterior_file(_DISTRICT, folder)
        _run_part(file, _QUICK, 0, _WORKERS)  # compiles the code and fills the file cache
        command = tree.python("-m", "benchmarks.ensemble", file, str(plan.agents), str(plan.draws))
        parts = [[*command, str(part)] for part in range(_WORKERS)]
        for number in range(plan.rounds):
            processes.append(measure_processes(parts, folder, tree.environment).wall)
            workers.append(_sweep(file, plan, folder / f"two-{number}", _WORKERS))
            single.append(_sweep(file, plan, folder / f"one-{number}", 1))
        runs = len(_ensemble(file, plan).runs)
    return {
        "district": _DISTRICT,
        "migrants": plan.agents,
        "scenarios": len(SCENARIOS),
        "runs_per_round": runs,
        "rounds": plan.rounds,
        "two_processes_seconds": round(median(processes), 1),
        "two_workers_seconds": round(median(workers), 1),
        "one_worker_seconds": round(median(single), 1),
        "two_workers_to_two_processes": round(median_ratio(processes, workers), 3),
        "two_workers_to_one": round(median_ratio(single, workers), 3),
    }


def _ensemble(file: Path, plan: EnsemblePlan) -> Ensemble:
    district = load_district(_DISTRICT)
    scenarios = [load_scenario(name) for name in SCENARIOS]
    (task,) = comparison_tasks(district, scenarios, RunSettings(agents=plan.agents), replicates=1)
    return Ensemble.of(district, task, read_posterior(file, district.parameters), plan.draws)


def _run_part(file: Path, plan: EnsemblePlan, part: int, parts: int) -> None:
    """Simulate the runs of one of the independent processes."""
    for job in list(_ensemble(file, plan).jobs())[part::parts]:
        run_draw(job.payload)


def _sweep(file: Path, plan: EnsemblePlan, folder: Path, workers: int) -> float:
    """Return the seconds for the same runs with a number of workers; one worker is this process."""

    def sweep() -> None:
        with closing(Journal(folder / "journal.sqlite")) as journal:
            Runner(journal, workers).run(run_draw, _ensemble(file, plan).jobs())

    return measure(sweep).wall


if __name__ == "__main__":
    _run_part(Path(sys.argv[1]), EnsemblePlan(int(sys.argv[2]), int(sys.argv[3]), 1), int(sys.argv[4]), _WORKERS)
