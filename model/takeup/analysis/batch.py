"""Runs of one analysis, one per replicate or per draw of the posterior.

A `Batch` has a given number of runs. `run_until_precise` adds replicates until all intervals are narrow enough
(sequential stopping).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final, Generic, Protocol, TypeVar

import numpy as np

from takeup.analysis.statistics import t_interval
from takeup.district import District
from takeup.report.formatting import PERCENT
from takeup.report.i18n import ENGLISH, Language
from takeup.runs import RunResult, Task, run_tasks
from takeup.runs.journal import Entry, key_of
from takeup.runs.scheduler import Job, Runner
from takeup.runs.task import RunSettings
from takeup.scenario import Scenario, Timeline
from takeup.simulation import first_slots


class RunSpec(Protocol):
    """The specification of one run."""

    @property
    def settings(self) -> RunSettings:
        """Settings of the simulation."""

    def job(self) -> Job[Any]:
        """Make the job of the run, with a key that hashes all inputs of the result."""


def check_run(district: District, settings: RunSettings, *scenarios: Scenario) -> None:
    """Check the inputs of a run before anything is simulated.

    Args:
        district: district that is simulated.
        settings: settings of the run; their parameters include those of a draw of the posterior.
        scenarios: scenarios that are simulated.

    Raises:
        InputError: a value is unknown or out of range, there are too few migrants for every street, or a scenario
            does not fit the district.
    """
    parameters = district.parameters.override(settings.parameters)
    first_slots(district, settings.agents, int(parameters.number("contacts")))
    for scenario in scenarios:
        Timeline(scenario, district, parameters)


def settings_by_run(
    district: District,
    settings: RunSettings,
    draws: Sequence[Mapping[str, float]],
    replicates: int,
    scenarios: Sequence[Scenario],
) -> list[RunSettings]:
    """Combine the settings of a command with the draws of a posterior.

    The scenarios are checked with the overrides alone: with the user's overrides, additions and multiplications must
    stay in a lever's range, whereas with the values of a draw they are clipped to it.

    Args:
        district: district that is simulated.
        settings: settings of the first run; the seed of run r is higher by r. The parameters take precedence
            over the draws.
        draws: draws of the posterior, one run each; if empty, the runs are replicates.
        replicates: number of runs if there are no draws.
        scenarios: scenarios that are simulated.

    Returns:
        The settings of each run.

    Raises:
        InputError: an override is wrong, or a scenario does not fit the district with the overrides.
    """
    overrides = settings.parameters
    overridden = replace(district, parameters=district.parameters.override(overrides))
    for scenario in scenarios:
        Timeline(scenario, overridden)
    values = [{**draw, **overrides} for draw in draws] or [dict(overrides)] * replicates
    return [replace(settings, seed=settings.seed + run, parameters=each) for run, each in enumerate(values)]


Spec = TypeVar("Spec", bound=RunSpec)


@dataclass(frozen=True)
class Batch(Generic[Spec]):
    """The runs of an analysis.

    Attributes:
        district: district that is simulated.
        runs: specifications of the runs, one per replicate or per draw of the posterior.
        drawn: whether the runs are draws.
    """

    district: District
    runs: tuple[Spec, ...]
    drawn: bool

    work: ClassVar[Callable[..., Any]]
    """Function that simulates one run, see `Runner.run`."""
    reports_months: ClassVar[bool] = True
    """Whether `work` reports its progress: it calls its parameter `tick` after every simulated month."""

    @property
    def size(self) -> int:
        """Total work of all runs, in the unit of `Job.size`, at which the progress ends."""
        return sum(run.job().size for run in self.runs)

    @property
    def persons_per_agent(self) -> float:
        """Number of persons of the district per simulated migrant."""
        return self.district.population.most / self.settings.agents

    @property
    def settings(self) -> RunSettings:
        """Settings of the first run."""
        return self.runs[0].settings

    @property
    def key(self) -> str:
        """Short hash of everything that affects the results."""
        return key_of(self.drawn, *(run.job().key for run in self.runs), digits=8)

    @property
    def records(self) -> list[dict[str, Any]]:
        """Seed and parameters of each run, for manifest.json."""
        return [{"seed": run.settings.seed, "parameters": run.settings.parameters} for run in self.runs]

    def run(
        self,
        runner: Runner,
        on_progress: Callable[[int], None] = lambda _: None,
    ) -> list[Entry]:
        """Simulate the runs that are not in the journal yet.

        Args:
            runner: runner of the jobs.
            on_progress: function called with the total size of the finished runs.

        Returns:
            The journal entry of each run, in the order of `runs`; the entry of a failed run has an error.
        """
        jobs = [run.job() for run in self.runs]
        runner.run(type(self).work, jobs, on_progress=on_progress, has_ticks=self.reports_months)
        entries = {entry.key: entry for entry in runner.journal}
        return [entries[job.key] for job in jobs]


REPLICATES_PER_BATCH: Final = 8
"""Number of replicates per batch, regardless of the number of workers. With fewer in the first batch, a standard
deviation that happens to be too small would often stop the procedure too early (Chow and Robbins 1965).
"""
DEFAULT_REPLICATES: Final = 4
"""Default number of replicates of a comparison at one parameter vector."""
DEFAULT_MOST_REPLICATES: Final = 64
"""Default limit on the number of replicates; the results of all are kept in memory."""


Progress = Callable[[int, int, str], None]
"""Function called with the size of the finished work, the total size, and a description of the current step."""


@dataclass(frozen=True)
class StoppingResult:
    """Precision reached: the widest interval of a difference in the last month.

    Attributes:
        wanted: required width, in percentage points.
        widest: width of the widest interval, in percentage points.
        scenario: the scenario with the widest interval.
    """

    wanted: float
    widest: float
    scenario: str

    @property
    def is_reached(self) -> bool:
        """Whether every interval is narrower than required."""
        return self.widest < self.wanted


def replicates_key(tasks: list[Task], precision: float | None = None, most: int = 1) -> str:
    """Return a short hash of all inputs of a comparison over replicates.

    Args:
        tasks: one task per replicate. With a precision only the first task enters the hash, because the others follow
            from it.
        precision: width of the 95 % intervals, in points, below which no more replicates are added; None: the number
            of replicates is fixed.
        most: largest number of replicates with a precision.
    """
    content = [task.key for task in tasks]
    if precision is not None:
        content = [tasks[0].key, f"{precision} points, {most} replicates at the most"]
    return key_of(*content, digits=8)


def run_until_precise(
    task: Task,
    wanted: float,
    most: int,
    runner: Runner,
    on_progress: Progress = lambda _done, _total, _step: None,
    translate: Language = ENGLISH,
) -> tuple[list[Task], list[list[RunResult]], StoppingResult]:
    """Run batches of replicates until every interval is narrower than required.

    Args:
        task: task of the first replicate; further replicates have the next seeds.
        wanted: required width, in percentage points, of the 95 % interval of each scenario's difference from the
            first scenario in the last month.
        most: maximum number of replicates.
        runner: runner of the tasks.
        on_progress: function called with the simulated months of this batch so far, the months of the whole batch,
            and its description.
        translate: language of the description.

    Returns:
        The tasks, their results, and the precision reached. They do not depend on the number of workers.
    """
    tasks: list[Task] = []
    results: list[list[RunResult]] = []
    while True:
        count = min(REPLICATES_PER_BATCH, most - len(tasks))
        batch = [task.with_seed(task.settings.seed + len(tasks) + number) for number in range(count)]
        months = sum(each.months for each in batch)
        description = translate("Running replicates {first} to {last}", first=len(tasks) + 1, last=len(tasks) + count)
        results += run_tasks(
            batch,
            replace(runner, workers=min(runner.workers, count)),
            on_progress=progress_of_total(on_progress, months, description),
        )
        tasks += batch
        precision = _precision(results, wanted)
        if precision.is_reached or len(tasks) >= most:
            return tasks, results, precision


def progress_of_total(on_progress: Progress, total: int, description: str) -> Callable[[int], None]:
    """Make a progress callback with a fixed total and description."""
    return lambda done: on_progress(done, total, description)


def _precision(results: list[list[RunResult]], wanted: float) -> StoppingResult:
    shares = np.array([[_last_share(run) for run in runs] for runs in results])
    interval = t_interval((shares - shares[:, :1]) * PERCENT)
    widths = interval.high - interval.low
    widest = int(widths.argmax())
    return StoppingResult(wanted, float(widths[widest]), results[0][widest].scenario)


def _last_share(run: RunResult) -> float:
    last = run.monthly.iloc[-1]
    return float(last["valid"] / last["population"])
