"""What a command was asked to run, looked up and checked before anything is run or written.

A comparison under draws of a posterior, looked up and checked before anything is run or written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from takeup.analysis import Comparison, Ensemble, comparison_tasks, ensemble_comparison, summarise_comparison
from takeup.analysis.compare.ensemble import run_draws_until_precise
from takeup.analysis.sequential import REPLICATES_PER_BATCH, run_until_precise
from takeup.console.options import MOST_REPLICATES, seed_and_replicates, validate_int
from takeup.console.overrides import Overrides, agents_of
from takeup.console.progress import Progress
from takeup.district import POSTERIOR, District, load_district, read_posterior
from takeup.errors import InputError
from takeup.report.manifest import command_line
from takeup.runs import RunResult, Task, run_tasks
from takeup.runs.executors import check_cluster
from takeup.runs.journal import JOURNAL, Journal
from takeup.scenario import Scenario, load_scenario
from takeup.simulation import ENGINES, Engine

MOST_THREADS = 256
_FEWEST_FOR_AN_INTERVAL = 2


@dataclass(frozen=True)
class Request:
    """A run or a comparison to be made.

    Attributes:
        district: the place.
        scenarios: as asked for.
        tasks: one a replicate; with `precision` the first alone.
        command: what repeats it.
        precision: points; replicates are added until every interval is narrower.
        most: replicates at the most, with `precision`.
    """

    district: District
    scenarios: tuple[Scenario, ...]
    tasks: list[Task]
    command: str
    precision: float | None = None
    most: int = 1

    @staticmethod
    def of(
        *,
        district: str,
        scenarios: list[str],
        settings: Overrides,
        agents: int | None,
        seed: int,
        replicates: int,
        engine: Engine,
        threads: int,
        start: str,
        until: str,
        people: str | None,
        alone: bool,
        precision: float | None = None,
    ) -> Request:
        """The request that the options make; `alone` without the baseline.

        With `precision`, `replicates` are the most.

        Raises:
            InputError: something asked for is wrong.
        """
        place = load_district(district)
        policies = [load_scenario(name) for name in scenarios]
        seed, replicates = seed_and_replicates(seed, replicates)
        if precision is not None:
            validate_int(replicates, "--replicates", _FEWEST_FOR_AN_INTERVAL, MOST_REPLICATES)
        slots = agents_of(place, agents, settings)
        tasks = comparison_tasks(
            place,
            policies,
            parameters=settings,
            seed=seed,
            replicates=1 if precision is not None else replicates,
            agents=slots,
            engine=engine,
            threads=validate_int(threads, "--threads", 1, MOST_THREADS),
            start=start,
            until=until,
            people=people,
            baseline=not alone,
        )
        return Request(place, tuple(policies), tasks, command_line(), precision, replicates)

    @property
    def key(self) -> str:
        """A short hash of all that decides the results."""
        decides = [task.key for task in self.tasks]
        if self.precision is not None:
            decides = [self.tasks[0].key, f"{self.precision} points, {self.most} replicates at the most"]
        return hashlib.sha256(" ".join(decides).encode()).hexdigest()[:8]

    @property
    def task(self) -> Task:
        """The first replicate; the others differ in the seed alone."""
        return self.tasks[0]

    @property
    def seeds(self) -> list[int]:
        """Of the replicates."""
        return [task.seed for task in self.tasks]

    def with_replicates(self, number: int) -> Request:
        """The same with so many tasks, when it is known how many it took."""
        first = self.task.seed
        return replace(self, tasks=[replace(self.task, seed=first + replicate) for replicate in range(number)])

    @property
    def at_a_time(self) -> int:
        """How many tasks there are to do at a time."""
        return len(self.tasks) if self.precision is None else min(REPLICATES_PER_BATCH, self.most)

    @property
    def months(self) -> int:
        """Months to live in all."""
        return sum(task.months for task in self.tasks)

    def run(
        self, folder: Path, workers: int, cluster: str | None, done: Callable[[int], None]
    ) -> list[list[RunResult]]:
        """Live the tasks that the folder's journal does not hold yet: all of them, by replicate, then scenario."""
        check_cluster(cluster)
        with closing(Journal(folder / JOURNAL)) as journal:
            return run_tasks(self.tasks, journal, workers=workers, cluster=cluster, on_progress=done)

    def compare(
        self, folder: Path, workers: int, cluster: str | None, done: Progress
    ) -> tuple[Comparison, list[list[RunResult]]]:
        """Live what the folder's journal does not hold yet, and set the scenarios beside the baseline."""
        check_cluster(cluster)
        with closing(Journal(folder / JOURNAL)) as journal:
            if self.precision is None:
                results = run_tasks(self.tasks, journal, workers=workers, cluster=cluster, on_progress=done)
                return summarise_comparison(self.district, self.tasks, results, self.command), results
            tasks, lived, reached = run_until_precise(
                self.task,
                self.precision,
                self.most,
                journal,
                workers=workers,
                cluster=cluster,
                on_progress=done,
            )
            return replace(summarise_comparison(self.district, tasks, lived, self.command), precision=reached), lived


def validate_engine(name: str) -> Engine:
    """The engine of that name.

    Raises:
        InputError: there is none.
    """
    for engine in ENGINES:
        if name == engine:
            return engine
    raise InputError("unknown engine", key="--engine", given=name, allowed=ENGINES)


def show(table: Table, where: Path | None = None) -> None:
    """Print a table, and where the rest was written."""
    console = Console()
    console.print(table)
    if where is not None:
        console.print(f"Written: {where}", soft_wrap=True, highlight=False)


_FEWEST_DRAWS, _MOST_DRAWS = 2, 100_000


@dataclass(frozen=True)
class DrawnRequest:
    """A comparison under draws of a posterior to be made.

    Attributes:
        ensemble: what is to be lived.
        command: what repeats it.
        precision: points; seeds are added until chance leaves less of every mean effect open.
        most: seeds a draw at the most, with `precision`.
    """

    ensemble: Ensemble
    command: str
    precision: float | None = None
    most: int = 1

    @staticmethod
    def of(
        *,
        district: str,
        scenarios: list[str],
        posterior: Path | None,
        draws: int,
        settings: Overrides,
        agents: int | None,
        seed: int,
        replicates: int,
        engine: Engine,
        threads: int,
        start: str,
        until: str,
        precision: float | None = None,
    ) -> DrawnRequest:
        """The request that the options make; with `precision`, `replicates` are the most.

        Raises:
            InputError: something asked for is wrong.
        """
        place = load_district(district)
        policies = [load_scenario(name) for name in scenarios]
        seed, replicates = seed_and_replicates(seed, replicates)
        draws = validate_int(draws, "--draws", _FEWEST_DRAWS, _MOST_DRAWS)
        found = read_posterior(place.folder / POSTERIOR if posterior is None else posterior, place.parameters)
        ensemble = Ensemble.of(
            place,
            policies,
            found,
            draws,
            parameters=settings,
            seed=seed,
            replicates=replicates if precision is None else 1,
            agents=agents_of(place, agents, settings),
            engine=engine,
            threads=validate_int(threads, "--threads", 1, MOST_THREADS),
            start=start,
            until=until,
        )
        return DrawnRequest(ensemble, command_line(), precision, replicates)

    @property
    def district(self) -> District:
        """The place."""
        return self.ensemble.district

    @property
    def task(self) -> Task:
        """What all runs have in common."""
        return self.ensemble.task

    @property
    def key(self) -> str:
        """A short hash of all that decides the results."""
        if self.precision is None:
            return self.ensemble.key
        decides = f"{self.ensemble.with_seeds(1).key} {self.precision} points, {self.most} seeds at the most"
        return hashlib.sha256(decides.encode()).hexdigest()[:8]

    @property
    def seeds(self) -> list[int]:
        """Of the runs: every draw lived with one seed, and some or all with more."""
        return [run.seed for run in self.ensemble.runs]

    def compare(
        self, folder: Path, workers: int, cluster: str | None, done: Progress
    ) -> tuple[DrawnRequest, Comparison]:
        """Live what the folder's journal does not hold yet, and set the scenarios beside the baseline.

        Returns:
            The request with the seeds that it took, and what was found.

        Raises:
            InputError: there is no such cluster.
            RunError: the journal cannot be written, the cluster is gone, or next to no run has a result.
        """
        check_cluster(cluster)
        with closing(Journal(folder / JOURNAL)) as journal:
            if self.precision is None:
                self.ensemble.run(journal, workers=workers, cluster=cluster, on_progress=done)
                return self, ensemble_comparison(self.ensemble, journal, self.command)
            ensemble, comparison = run_draws_until_precise(
                self.ensemble,
                self.precision,
                self.most,
                journal,
                workers=workers,
                cluster=cluster,
                on_progress=done,
                command=self.command,
            )
            return replace(self, ensemble=ensemble), comparison
