"""As many replicates as it takes: until chance leaves no wider an interval than is wanted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from takeup.analysis.statistics import t_interval
from takeup.constants import PERCENT
from takeup.runs import RunResult, Task, run_tasks
from takeup.runs.journal import Journal

REPLICATES_PER_BATCH: Final = 8
"""Replicates that are added at a time, whatever the number of workers. With fewer in the first look, a standard
deviation that is too small by chance would often end the matter too early (Chow and Robbins 1965).
"""
MAX_REPLICATES: Final = 64
"""Replicates at the most, unless told otherwise; each is held in memory."""


@dataclass(frozen=True)
class StoppingResult:
    """How narrow the intervals of the differences became at the last month.

    Attributes:
        wanted: points.
        widest: points, of the widest interval.
        scenario: whose it is.
    """

    wanted: float
    widest: float
    scenario: str

    @property
    def is_reached(self) -> bool:
        """Whether every interval is narrower than wanted."""
        return self.widest < self.wanted


def run_until_precise(
    task: Task,
    wanted: float,
    most: int,
    *,
    workers: int = 1,
    cluster: str | None = None,
    on_month: Callable[[int, int, str], None] = lambda _done, _of, _what: None,
    journal: Journal | None = None,
) -> tuple[list[Task], list[list[RunResult]], StoppingResult]:
    """Live replicates of a task, batch by batch, until every scenario's interval is narrower than wanted.

    Args:
        task: the first replicate; the others follow with the next seeds.
        wanted: width in points of the 95 % interval of each difference from the first scenario at the last month.
        most: replicates at the most.
        workers, cluster, journal: see `run_tasks`.
        on_month: called with the months lived of this batch, the batch's months, and what it is.

    Returns:
        The tasks, what they left behind, and how precise that is. The same for any number of workers.
    """
    tasks: list[Task] = []
    lived: list[list[RunResult]] = []
    while True:
        count = min(REPLICATES_PER_BATCH, most - len(tasks))
        batch = [replace(task, seed=task.seed + len(tasks) + number) for number in range(count)]
        months = sum(each.months for each in batch)
        what = f"Living replicates {len(tasks) + 1} to {len(tasks) + count}"
        lived += run_tasks(batch, min(workers, count), cluster, progress_with_total(on_month, months, what), journal)
        tasks += batch
        precision = _reached(lived, wanted)
        if precision.is_reached or len(tasks) >= most:
            return tasks, lived, precision


def progress_with_total(on_done: Callable[[int, int, str], None], total: int, what: str) -> Callable[[int], None]:
    """What tells how much is done, of a total that changes from batch to batch."""
    return lambda done: on_done(done, total, what)


def _reached(lived: list[list[RunResult]], wanted: float) -> StoppingResult:
    shares = np.array([[_last_share(run) for run in runs] for runs in lived])
    interval = t_interval((shares - shares[:, :1]) * PERCENT)
    widths = interval.high - interval.low
    widest = int(widths.argmax())
    return StoppingResult(wanted, float(widths[widest]), lived[0][widest].scenario)


def _last_share(run: RunResult) -> float:
    last = run.monthly.iloc[-1]
    return float(last["valid"] / last["population"])
