"""Benchmark of scenarios under draws of a posterior: the command, and the use of two workers.

Two workers and two independent processes simulate the same runs alternately, so that a slowdown of the machine
affects both. The ratio is the median of the ratios of the rounds. The results are printed as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import pandas as pd

from takeup.analysis import Ensemble, comparison_tasks
from takeup.analysis.compare.ensemble import run_draw
from takeup.district import POSTERIOR, District, load_district, read_posterior
from takeup.runs import RunSettings
from takeup.runs.journal import Journal
from takeup.runs.scheduler import Runner
from takeup.scenario import load_scenario

SCENARIOS = (
    "publicity", "simpler_process", "supporting_services", "willingness", "supervision_feedback", "coordination",
    "all_five", "temporary_permit",
)  # fmt: skip
DISTRICT, AGENTS, DRAWS, WORKERS = "liwan", 36_000, 200, 2
ROUNDS, RUNS_A_ROUND = 5, 16
FULL = 360_000
RELATIVE_RANGES = {"publicity": 0.2, "documents": 0.2, "hassle": 0.2, "norm": 0.2, "return_rate": 0.2}
"""Relative ranges around the district's values of draws that are invented if the district has no posterior."""


def main() -> None:
    """Measure and print the results."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=ROUNDS, help="Set the number of rounds.")
    options.add_argument("--no-command", action="store_true", help="Omit the whole command, which takes minutes.")
    options.add_argument("--full", action="store_true", help="Measure only the command, 1:1, with six scenarios.")
    options.add_argument("--alone", metavar="FILE", help="Run one part of the runs in this process (internal).")
    options.add_argument("--part", type=int, default=0)
    given = options.parse_args()
    if given.alone is not None:
        _alone(Path(given.alone), given.part)
        return
    if given.full:
        print(json.dumps(_full(), indent=2))
        return
    with tempfile.TemporaryDirectory() as folder:
        file = _posterior(load_district(DISTRICT), Path(folder))
        _alone(file, 0)  # compiles the code and fills the file cache
        rounds = [
            (
                _independent(file),
                _swept(file, Path(folder) / f"two-{n}", WORKERS),
                _swept(file, Path(folder) / f"one-{n}", 1),
            )
            for n in range(given.rounds)
        ]
        figures = {
            "migrants": AGENTS,
            "scenarios": len(SCENARIOS),
            "processors": os.cpu_count(),
            "runs_a_round": RUNS_A_ROUND,
            "two_processes_seconds": round(median(alone for alone, _, _ in rounds), 1),
            "two_workers_seconds": round(median(two for _, two, _ in rounds), 1),
            "one_worker_seconds": round(median(one for _, _, one in rounds), 1),
            "two_workers_to_two_processes": round(median(alone / two for alone, two, _ in rounds), 3),
            "two_workers_to_one": round(median(one / two for _, two, one in rounds), 3),
            "rounds": given.rounds,
        }
        if not given.no_command:
            seconds = _command(file, Path(folder), SCENARIOS, AGENTS)
            figures |= {"draws": DRAWS, "command_seconds": round(seconds, 1)}
    print(json.dumps(figures, indent=2))


def _full() -> dict[str, object]:
    """Measure the command at full size, with the history once per draw and 60 months per scenario."""
    some = SCENARIOS[:6]
    with tempfile.TemporaryDirectory() as folder:
        file = _posterior(load_district(DISTRICT), Path(folder))
        _alone(file, 0)
        seconds = _command(file, Path(folder), some, FULL)
    return {"migrants": FULL, "scenarios": len(some), "draws": DRAWS, "command_seconds": round(seconds, 1)}


def _ensemble(file: Path, draws: int) -> Ensemble:
    district = load_district(DISTRICT)
    scenarios = [load_scenario(name) for name in SCENARIOS]
    (task,) = comparison_tasks(district, scenarios, RunSettings(agents=AGENTS), replicates=1)
    return Ensemble.of(district, task, read_posterior(file, district.parameters), draws)


def _alone(file: Path, part: int) -> None:
    """Simulate the runs of one of the independent processes."""
    jobs = list(_ensemble(file, RUNS_A_ROUND // 2).jobs())
    for job in jobs[part::WORKERS]:
        run_draw(job.payload)


def _independent(file: Path) -> float:
    """Return the seconds until both independent processes have ended."""
    began = perf_counter()
    command = [sys.executable, __file__, "--alone", str(file), "--part"]
    for process in [subprocess.Popen([*command, str(part)]) for part in range(WORKERS)]:
        if process.wait() != 0:
            raise SystemExit("a process failed")
    return perf_counter() - began


def _swept(file: Path, folder: Path, workers: int) -> float:
    """Return the seconds for the same runs with a number of workers; one worker is this process."""
    began = perf_counter()
    with closing(Journal(folder / "journal.sqlite")) as journal:
        Runner(journal, workers).run(run_draw, _ensemble(file, RUNS_A_ROUND // 2).jobs())
    return perf_counter() - began


def _command(file: Path, folder: Path, scenarios: tuple[str, ...], agents: int) -> float:
    """Return the seconds of the whole command, including tables, figures and report."""
    began = perf_counter()
    subprocess.run(
        [
            Path(sys.executable).with_name("takeup"), "compare", *scenarios, "--district", DISTRICT, "--agents",
            str(agents), "--draws", str(DRAWS), "--posterior", str(file), "--workers", str(WORKERS), "--out",
            str(folder / "out"), "--quiet",
        ],
        check=True,
    )  # fmt: skip
    return perf_counter() - began


def _posterior(district: District, folder: Path) -> Path:
    """Return the district's posterior, or write one with draws around the district's values."""
    file = district.folder / POSTERIOR
    if file.is_file():
        return file
    rng = np.random.default_rng(1)
    values = {
        name: district.parameters.number(name) * rng.uniform(1.0 - relative_range, 1.0 + relative_range, DRAWS)
        for name, relative_range in RELATIVE_RANGES.items()
    }
    made = folder / POSTERIOR
    pd.DataFrame(values).to_parquet(made)
    return made


if __name__ == "__main__":
    main()
