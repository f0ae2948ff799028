"""Sequential stopping: replicates are added until all intervals are narrow enough."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from takeup.analysis.statistics import t_interval
from takeup.constants import PERCENT
from takeup.runs import RunResult, Task, run_tasks
from takeup.runs.journal import Journal

REPLICATES_PER_BATCH: Final = 8
"""Number of replicates per batch, regardless of the number of workers. With fewer in the first batch, a standard
deviation that happens to be too small would often stop the procedure too early (Chow and Robbins 1965).
"""
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


def run_until_precise(
    task: Task,
    wanted: float,
    most: int,
    journal: Journal | None = None,
    *,
    workers: int = 1,
    cluster: str | None = None,
    on_progress: Progress = lambda _done, _total, _step: None,
) -> tuple[list[Task], list[list[RunResult]], StoppingResult]:
    """Run batches of replicates until every interval is narrower than required.

    Args:
        task: task of the first replicate; further replicates have the next seeds.
        wanted: required width, in percentage points, of the 95 % interval of each scenario's difference from the
            first scenario in the last month.
        most: maximum number of replicates.
        journal, workers, cluster: see `run_tasks`.
        on_progress: function called with the simulated months of this batch so far, the months of the whole batch,
            and its description.

    Returns:
        The tasks, their results, and the precision reached. They do not depend on the number of workers.
    """
    tasks: list[Task] = []
    results: list[list[RunResult]] = []
    while True:
        count = min(REPLICATES_PER_BATCH, most - len(tasks))
        batch = [task.with_seed(task.settings.seed + len(tasks) + number) for number in range(count)]
        months = sum(each.months for each in batch)
        description = f"Running replicates {len(tasks) + 1} to {len(tasks) + count}"
        results += run_tasks(
            batch,
            journal,
            workers=min(workers, count),
            cluster=cluster,
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
