"""Packages lived in one draw, and the little that is kept of each: its cost, and who holds a permit at the end.

Living packages in draws, each once, and what they were found to do beside nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from takeup.analysis.compare.ensemble import Ensemble
from takeup.analysis.optimise.search import Package, SearchSpace, count_sizes
from takeup.constants import PERCENT
from takeup.digest import code_digest
from takeup.errors import RunError
from takeup.months import parse_month
from takeup.runs import Task
from takeup.runs.journal import Journal
from takeup.runs.scheduler import Job, run_jobs, warm_up_compilation
from takeup.runs.task import run_branches
from takeup.simulation import GROUP_COUNTS

_COUNTED = [GROUP_COUNTS.index(name) for name in ("population", "valid")]


class PackageRun(NamedTuple):
    """Some packages in one draw.

    Attributes:
        task: the packages as scenarios, under the draw's parameters and seed.
        since: the number of the month from which costs are summed, the same for all packages of a plan.
    """

    task: Task
    since: int

    def job(self) -> Job[PackageRun]:
        """It under a key made of all that decides its results."""
        decides = json.dumps([self.task.key, self.since, code_digest()])
        return Job(hashlib.sha256(decides.encode()).hexdigest()[:24], self, len(self.task.scenarios))


def run_package(life: PackageRun) -> dict[str, Any]:
    """Live the packages: the history once, each branched from it.

    Returns:
        By package: "cost", yuan spent up to the last month; in the last month "population", "valid", and "groups",
        both counts for each attribute's levels, then streets. Simulated persons.
    """
    found = {}
    for scenario, model in run_branches(life.task):
        last, cost = model.rows[-1], 0.0
        for row in model.rows:
            if parse_month(row["month"]) >= life.since:
                cost += float(row["cost_cny"])
        found[scenario.name] = {
            "cost": cost,
            "population": int(last["population"]),
            "valid": int(last["valid"]),
            "groups": model.group_counts[-1][:, _COUNTED].tolist(),
        }
    return found


PACKAGES_PER_JOB: Final = 32
"""Packages that share one history; the others of a draw have a history more, and another worker may live them."""

Progress = Callable[[int, int, str], None]


class PackageEvaluator:
    """What has been lived of some packages.

    Args:
        space: the packages.
        ensemble: the draws; what its task's scenarios are does not matter.
        since: the number of the month from which costs are summed.
        journal: where runs are written down, and read from if they have been lived before.
        workers, cluster: see `run_jobs`.
        on_runs: called with packages lived in draws so far, how many there are to live, and what is being lived.
    """

    def __init__(
        self,
        space: SearchSpace,
        ensemble: Ensemble,
        since: int,
        journal: Journal,
        *,
        workers: int = 1,
        cluster: str | None = None,
        on_runs: Progress = lambda _done, _of, _what: None,
    ) -> None:
        self.space, self.ensemble = space, ensemble
        self.failed: dict[int, str] = {}
        """The draws left out because something in them failed, and the first thing that did."""
        self._since, self._journal = since, journal
        self._workers, self._cluster, self._on_runs = workers, cluster, on_runs
        self._found: dict[Package, dict[int, Any]] = {}
        self._is_compiled = False

    def look(self, packages: Sequence[Package], draws: Sequence[int]) -> None:
        """Live the packages in those of the draws in which they have not been lived.

        Raises:
            RunError: no draw has a result.
        """
        jobs: dict[str, tuple[Job[PackageRun], int, list[Package]]] = {}
        for draw in draws:
            missing = [package for package in packages if draw not in self._found.get(package, {})]
            for begin in range(0, len(missing), PACKAGES_PER_JOB):
                some = missing[begin : begin + PACKAGES_PER_JOB]
                job = self._life(some, draw).job()
                jobs[job.key] = job, draw, some
        self._run(
            [job for job, _, _ in jobs.values()], f"Living {count_sizes(len(packages))} in {len(draws):,} draws"
        )
        for key, (_, draw, some) in jobs.items():
            entry = self._journal.entry(key)
            if entry is None or entry.error is not None:
                self.failed.setdefault(draw, "not done" if entry is None else str(entry.error))
                continue
            for package in some:
                self._found.setdefault(package, {})[draw] = entry.result[self.space.name(package)]
        if not self.sound(draws):
            raise RunError(f"every draw failed, the first: {next(iter(self.failed.values()))}")

    def sound(self, draws: Sequence[int]) -> list[int]:
        """Those of the draws in which nothing failed, in the order of their numbers."""
        return sorted(set(draws) - set(self.failed))

    def counts(
        self, packages: Sequence[Package], draws: Sequence[int], group: int | None = None
    ) -> NDArray[np.float64]:
        """Persons and holders of a valid permit in the last month, simulated.

        Args:
            packages: as rows of the second axis.
            draws: sound ones.
            group: a row of the counts by group; None: everyone.

        Returns:
            (draws, packages, 2), NaN where a package has not been lived.
        """
        found = np.full((len(draws), len(packages), 2), np.nan)
        for row, draw in enumerate(draws):
            for column, package in enumerate(packages):
                one = self._found.get(package, {}).get(draw)
                if one is not None:
                    found[row, column] = (one["population"], one["valid"]) if group is None else one["groups"][group]
        return found

    def points(
        self, packages: Sequence[Package], draws: Sequence[int], group: int | None = None
    ) -> NDArray[np.float64]:
        """What packages add to take-up in the last month, in percentage points: (draws, packages)."""
        counts = self.counts([self.space.nothing, *packages], draws, group)
        with np.errstate(invalid="ignore"):
            share = counts[..., 1] / counts[..., 0]
        return np.asarray(PERCENT * (share - share[:, :1]))[:, 1:]

    def costs(self, packages: Sequence[Package], draws: Sequence[int]) -> NDArray[np.float64]:
        """Yuan for the whole district, beside what nothing costs: the mean over the draws that were lived."""
        found = np.full((len(draws), len(packages)), np.nan)
        for row, draw in enumerate(draws):
            for column, package in enumerate(packages):
                lived = self._found.get(package, {})
                if draw in lived:
                    found[row, column] = lived[draw]["cost"] - self._found[self.space.nothing][draw]["cost"]
        lived_in = (~np.isnan(found)).sum(axis=0)
        return np.asarray(np.where(np.isnan(found), 0.0, found).sum(axis=0) / lived_in)

    def _life(self, packages: list[Package], draw: int) -> PackageRun:
        task = replace(
            self.ensemble.task,
            scenarios=tuple(self.space.scenario(package) for package in packages),
            parameters=tuple(self.ensemble.draws[draw].items()),
            seed=self.ensemble.runs[draw].seed,
        )
        return PackageRun(task, self._since)

    def _run(self, jobs: list[Job[PackageRun]], what: str) -> None:
        total = sum(job.size for job in jobs)
        run_jobs(
            run_package,
            jobs,
            self._journal,
            workers=self._workers,
            cluster=self._cluster,
            on_progress=lambda done: self._on_runs(done, total, what),
            warm_up=lambda: self._warm_up(jobs[0]),
        )

    def _warm_up(self, job: Job[PackageRun]) -> None:
        if not self._is_compiled:
            warm_up_compilation(job.payload.task)
            self._is_compiled = True
