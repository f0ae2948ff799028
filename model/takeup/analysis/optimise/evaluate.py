"""Evaluation of packages: simulation in draws, costs, and effects on take-up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from takeup.analysis.batch import Progress
from takeup.analysis.compare.ensemble import Ensemble
from takeup.errors import RunError
from takeup.message import Message
from takeup.months import parse_month
from takeup.report.formatting import PERCENT
from takeup.report.i18n import ENGLISH, Language
from takeup.runs import Task
from takeup.runs.journal import key_of
from takeup.runs.scheduler import Job, Runner, warm_up_compilation
from takeup.runs.task import run_branches
from takeup.scenario import Scenario
from takeup.simulation import GROUP_COUNTS, DistrictModel

AnyPackage = tuple[float, ...]
"""A package, as sizes of options, or an allocation, as amounts of money for measures."""
_COUNTED = [GROUP_COUNTS.index(name) for name in ("population", "valid")]


class PackageRun(NamedTuple):
    """The inputs of a job: some packages in one draw.

    Attributes:
        task: task with the packages as scenarios, and the parameters and seed of the draw.
        since: number of the month from which costs are summed, the same for all packages.
    """

    task: Task
    since: int

    def job(self) -> Job[PackageRun]:
        """Make the job, with a key that hashes all inputs of the results."""
        return Job(key_of(self.task.key, self.since), self, len(self.task.scenarios))


def run_package(run: PackageRun) -> dict[str, Any]:
    """Simulate packages: the history once, and each package as a branch of it.

    Returns:
        Results by name of the package: "cost": cost up to the last month in yuan; "population" and "valid": counts in
        the last month; "groups": both counts for each level of the attributes, then for each street. Counts are of
        simulated persons.
    """
    return {scenario.name: outcome_of(model, run.since) for scenario, model in run_branches(run.task)}


def outcome_of(model: DistrictModel, since: int) -> dict[str, Any]:
    """Return the cost of a model from a month on, and its counts in the last month, see `run_package`."""
    last, cost = model.rows[-1], 0.0
    for row in model.rows:
        if parse_month(row["month"]) >= since:
            cost += float(row["cost_cny"])
    return {
        "cost": cost,
        "population": int(last["population"]),
        "valid": int(last["valid"]),
        "groups": model.group_counts[-1][:, _COUNTED].tolist(),
    }


def counts_of(outcome: Mapping[str, Any], group: int | None) -> tuple[int, int]:
    """Return persons and valid permits of an outcome.

    Args:
        outcome: outcome of a model, see `outcome_of`.
        group: index of the group in the counts by group; None: the whole population.
    """
    population, valid = (outcome["population"], outcome["valid"]) if group is None else outcome["groups"][group]
    return population, valid


PACKAGES_PER_JOB: Final = 32
"""Number of packages that share one history; a draw with more packages simulates its history several times."""


class PackageSpace(Protocol):
    """The packages or allocations that can be evaluated."""

    @property
    def empty_package(self) -> Any:
        """Package that changes nothing."""

    def name(self, package: Any) -> str:
        """Name a package; different packages have different names."""

    def scenario(self, package: Any) -> Scenario:
        """Make the scenario of a package, with the same name."""

    def number_phrase(self, number: int, translate: Language) -> str:
        """Format a number of packages or allocations."""


class PackageEvaluator:
    """Evaluator that simulates packages in draws and keeps the results.

    Args:
        space: space of packages.
        ensemble: draws to simulate; the scenarios of its task are ignored.
        since: number of the month from which costs are summed.
        runner: runner of the jobs.
        on_runs: function called with the number of finished runs (a run is a package in a draw), the number of all
            runs, and a description of the current step.
        translate: language of the description.
    """

    def __init__(
        self,
        space: PackageSpace,
        ensemble: Ensemble,
        since: int,
        runner: Runner,
        on_runs: Progress = lambda _done, _total, _step: None,
        translate: Language = ENGLISH,
    ) -> None:
        self.space, self.ensemble = space, ensemble
        self.failed: dict[int, str] = {}
        """The first error of each excluded draw."""
        self._since, self._runner, self._on_runs = since, runner, on_runs
        self._translate = translate
        self._results: dict[AnyPackage, dict[int, Any]] = {}
        self._is_compiled = False

    def evaluate(self, packages: Sequence[AnyPackage], draws: Sequence[int]) -> None:
        """Simulate packages in all given draws in which their results are still missing.

        Args:
            packages: packages to simulate.
            draws: numbers of the draws.

        Raises:
            RunError: every draw failed.
        """
        jobs: dict[str, tuple[Job[PackageRun], int, list[AnyPackage]]] = {}
        for draw in draws:
            missing = [package for package in packages if draw not in self._results.get(package, {})]
            for begin in range(0, len(missing), PACKAGES_PER_JOB):
                batch = missing[begin : begin + PACKAGES_PER_JOB]
                job = self._run_spec(batch, draw).job()
                jobs[job.key] = job, draw, batch
        step = self._translate(
            "Simulating {packages} in {draws} draws",
            packages=self.space.number_phrase(len(packages), self._translate),
            draws=f"{len(draws):,}",
        )
        self._run([job for job, _, _ in jobs.values()], step)
        for key, (_, draw, batch) in jobs.items():
            entry = self._runner.journal.entry(key)
            if entry is None or entry.error is not None:
                self.failed.setdefault(draw, "no entry in the journal" if entry is None else str(entry.error))
                continue
            for package in batch:
                self._results.setdefault(package, {})[draw] = entry.result[self.space.name(package)]
        if not self.complete_draws(draws):
            raise RunError(
                Message("every draw failed, the first with the error {error}", error=next(iter(self.failed.values())))
            )

    def keep(self, package: AnyPackage, outcomes: Sequence[Mapping[str, Any]]) -> None:
        """Keep the outcomes of a package in the first draws, which were simulated elsewhere, see `outcome_of`."""
        self._results.setdefault(package, {}).update(enumerate(outcomes))

    def complete_draws(self, draws: Sequence[int]) -> list[int]:
        """Return the draws without a failed run, in increasing order."""
        return sorted(set(draws) - set(self.failed))

    def counts(
        self, packages: Sequence[AnyPackage], draws: Sequence[int], group: int | None = None
    ) -> NDArray[np.float64]:
        """Return simulated persons and valid permits in the last month.

        Args:
            packages: packages along the second axis.
            draws: complete draws along the first axis.
            group: index of the group in the counts by group; None: the whole population.

        Returns:
            Counts, shape (draws, packages, 2); NaN where a package has not been simulated.
        """
        counts = np.full((len(draws), len(packages), 2), np.nan)
        for row, draw in enumerate(draws):
            for column, package in enumerate(packages):
                run = self._results.get(package, {}).get(draw)
                if run is not None:
                    counts[row, column] = counts_of(run, group)
        return counts

    def effects(
        self, packages: Sequence[AnyPackage], draws: Sequence[int], group: int | None = None
    ) -> NDArray[np.float64]:
        """Compute effects on take-up in the last month, relative to the empty package.

        Args: see `counts`.

        Returns:
            Effects in percentage points, shape (draws, packages); NaN where a package has not been simulated.
        """
        counts = self.counts([self.space.empty_package, *packages], draws, group)
        with np.errstate(invalid="ignore"):
            share = counts[..., 1] / counts[..., 0]
        return np.asarray(PERCENT * (share - share[:, :1]))[:, 1:]

    def costs(self, packages: Sequence[AnyPackage], draws: Sequence[int]) -> NDArray[np.float64]:
        """Compute additional costs for the whole district, relative to the empty package.

        Returns:
            Mean over the draws in which a package has been simulated, in yuan, shape (packages,).
        """
        costs = np.full((len(draws), len(packages)), np.nan)
        empty_package = self._results[self.space.empty_package]
        for row, draw in enumerate(draws):
            for column, package in enumerate(packages):
                runs = self._results.get(package, {})
                if draw in runs:
                    costs[row, column] = runs[draw]["cost"] - empty_package[draw]["cost"]
        number = (~np.isnan(costs)).sum(axis=0)
        return np.asarray(np.where(np.isnan(costs), 0.0, costs).sum(axis=0) / number)

    def _run_spec(self, packages: list[AnyPackage], draw: int) -> PackageRun:
        task = self.ensemble.task.with_seed(self.ensemble.runs[draw].seed, self.ensemble.draws[draw])
        scenarios = tuple(self.space.scenario(package) for package in packages)
        return PackageRun(replace(task, scenarios=scenarios), self._since)

    def _run(self, jobs: list[Job[PackageRun]], step: str) -> None:
        total = sum(job.size for job in jobs)
        self._runner.run(
            run_package,
            jobs,
            on_progress=lambda done: self._on_runs(done, total, step),
            warm_up=lambda: self._warm_up(jobs[0]),
        )

    def _warm_up(self, job: Job[PackageRun]) -> None:
        if not self._is_compiled:
            warm_up_compilation(job.payload.task)
            self._is_compiled = True
