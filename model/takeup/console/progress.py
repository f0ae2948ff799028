"""Runs of a command: journal, progress, failures and terminal output."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

import typer
from rich import progress as bars
from rich.console import Console
from rich.table import Table

from takeup.analysis.batch import Batch
from takeup.compilation import is_cache_empty
from takeup.console.options import worker_count
from takeup.report.formatting import PERCENT
from takeup.report.i18n import ENGLISH, Language
from takeup.runs.executors import check_cluster
from takeup.runs.scheduler import Runner

AnyBatch = TypeVar("AnyBatch", bound=Batch[Any])
Result = TypeVar("Result")
_DELAY_SECONDS: Final = 1.0
_FIRST_LINE_SECONDS, _LINE_SECONDS = 10.0, 30.0
"""Time before the first line without a terminal, if much work is left, and time between two lines."""
_RATE_SECONDS: Final = 5.0
"""Time over which the work of a step is measured before its time left is estimated."""
_MINUTE, _HOUR = 60, 3600
_SECONDS_STEP, _MOST_SECONDS, _MOST_MINUTES = 10, 90, 120
"""Rounding of a time left in seconds, and the longest times that are given in seconds and in minutes."""


class Progress(Protocol):
    """The type of a callback that reports progress."""

    def __call__(self, done: int, total: int | None = None, description: str | None = None) -> None:
        """Report the work done, and the total and the description if these have changed."""


@contextmanager
def progress(description: str, total: int, *, quiet: bool, translate: Language = ENGLISH) -> Iterator[Progress]:
    """Show the progress of a command, and yield the callback that reports it.

    Nothing is shown with `quiet`, or during the first second. The first command after the installation also prints
    that it compiles. Without a terminal there are lines instead of a bar, see `ProgressLines`.

    Args:
        description: text beside the progress, in the language of the command.
        total: size of the whole work, in the unit of the callback.
        quiet: whether to show nothing.
        translate: language of the command.
    """
    if quiet:
        yield _ignore
        return
    if not sys.stderr.isatty():
        yield ProgressLines(description, total, translate=translate)
        return
    if is_cache_empty():
        compiling = translate("compiling the model, once; this takes about 20 seconds")
        typer.echo(f"takeup: {compiling}", err=True)
    bar = bars.Progress(
        bars.TextColumn("{task.description}"),
        bars.BarColumn(),
        bars.TextColumn("{task.percentage:3.0f} %"),
        bars.TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    began, task = time.monotonic(), bar.add_task(description, total=total)

    def advance(done: int, total: int | None = None, description: str | None = None) -> None:
        if not bar.live.is_started and time.monotonic() - began > _DELAY_SECONDS:
            bar.start()
        bar.update(task, completed=done, total=total, description=description)

    try:
        yield advance
    finally:
        bar.stop()


class ProgressLines:
    """A callback that prints lines with the progress and the time left, on stderr.

    The first line comes after 10 seconds if more than 30 are left, and otherwise after 30. At least 30 seconds are
    between two lines.

    Args:
        description: text before the progress.
        total: size of the whole work, in the unit of the callback.
        clock: function that returns the time in seconds.
        translate: language of the lines.
    """

    def __init__(
        self,
        description: str,
        total: int,
        clock: Callable[[], float] = time.monotonic,
        *,
        translate: Language = ENGLISH,
    ) -> None:
        self._description, self._total, self._clock = description, total, clock
        self._translate = translate
        self._began = clock()
        self._printed: float | None = None
        self._skipped: int | None = None
        self._origin: tuple[float, int] | None = None

    def __call__(self, done: int, total: int | None = None, description: str | None = None) -> None:
        """Report the work done, and the total and the description if these have changed."""
        now, is_new_step = self._clock(), description not in {None, self._description}
        self._description = description or self._description
        self._total = self._total if total is None else total
        if self._skipped is None or is_new_step or done < self._skipped:
            # What was done before this report may be results of an interrupted command.
            self._skipped, self._origin = done, None
        left = self._seconds_left(now, done)
        if self._is_due(now, left):
            self._printed = now
            percent = int(done * PERCENT / max(self._total, 1))
            with suppress(OSError):  # a command does not fail because nobody reads its progress
                typer.echo(_describe_progress(self._description, percent, left, self._translate), err=True)

    def _seconds_left(self, now: float, done: int) -> float | None:
        """Estimate the time left in seconds; None as long as it is too early.

        The rate is that of the work since the first work of the step ended. Before that, the command may have started
        processes and compiled the model.
        """
        if self._origin is None and self._skipped is not None and done > self._skipped:
            self._origin = now, done
        if self._origin is None or done >= self._total:
            return None
        began, counted = self._origin
        if done <= counted or now - began < _RATE_SECONDS:
            return None
        return (now - began) / (done - counted) * (self._total - done)

    def _is_due(self, now: float, left: float | None) -> bool:
        if self._printed is not None:
            return now - self._printed >= _LINE_SECONDS
        is_long = left is not None and left > _LINE_SECONDS
        return now - self._began >= (_FIRST_LINE_SECONDS if is_long else _LINE_SECONDS)


@contextmanager
def open_runner(
    folder: Path,
    description: str,
    total: int,
    jobs: int,
    workers: int | None,
    cluster: str | None,
    *,
    quiet: bool,
    translate: Language = ENGLISH,
) -> Iterator[tuple[Runner, Progress]]:
    """Yield a runner with the journal of a results folder, and the callback for their progress.

    Args:
        folder: folder of the results.
        description, total, quiet, translate: see `progress`.
        jobs: number of jobs, and largest number of workers.
        workers, cluster: values of the command's options.

    Raises:
        InputError: the cluster cannot be used, or the number of workers is out of range.
    """
    check_cluster(cluster)
    count = worker_count(workers, jobs)
    with (
        Runner.open(folder, count, cluster) as runner,
        progress(description, total, quiet=quiet, translate=translate) as show_progress,
    ):
        yield runner, show_progress


def run_batch(
    batch: AnyBatch,
    folder: Path,
    summarise: Callable[[AnyBatch, list[Any]], Result],
    write: Callable[[Path, Result], None],
    show: Callable[[Result], None],
    *,
    unit: str,
    workers: int | None,
    cluster: str | None,
    quiet: bool,
    translate: Language = ENGLISH,
) -> None:
    """Simulate the runs of an analysis, and write and print the results.

    Args:
        batch: runs of the analysis.
        folder: folder of the results and of the journal.
        summarise: function called with the batch and the results of its runs (None for a failed run), if any
            succeeded.
        write: function that writes the summary to the folder.
        show: function that prints the summary.
        unit: plural noun for a run in messages, in the language of the command.
        workers, cluster, quiet: values of the command's options.
        translate: language of the messages.

    Raises:
        typer.Exit: a run failed; the exit code is 1.
    """
    counted = translate("months") if batch.reports_months else unit
    title = translate("Simulating {number} {unit}", number=f"{batch.size:,}", unit=counted)
    jobs = len(batch.runs)
    with open_runner(folder, title, batch.size, jobs, workers, cluster, quiet=quiet, translate=translate) as (
        runner,
        show_progress,
    ):
        entries = batch.run(runner, show_progress)
    failed = [entry.error for entry in entries if entry.error is not None]
    if failed:
        report = translate(
            "{failed} of {all} {unit} failed, the first with the error {error}",
            failed=len(failed),
            all=len(entries),
            unit=unit,
            error=failed[0],
        )
        typer.echo(f"takeup: {report}", err=True)
    if len(failed) < len(entries):
        result = summarise(batch, [entry.result for entry in entries])
        write(folder, result)
        if not quiet:
            show(result)
            print_folder(folder, translate)
    if failed:
        raise typer.Exit(1)


def print_table(table: Table, folder: Path | None = None, translate: Language = ENGLISH) -> None:
    """Print a table, and the folder that the results were written to."""
    Console().print(table)
    if folder is not None:
        print_folder(folder, translate)


def print_folder(folder: Path, translate: Language = ENGLISH) -> None:
    """Print the folder or file that the results were written to."""
    written = translate("Written: {folder}", folder=folder)
    Console().print(written, soft_wrap=True, markup=False, highlight=False)


def _ignore(done: int, total: int | None = None, description: str | None = None) -> None:
    """Ignore reports of progress."""


def _describe_progress(description: str, percent: int, left: float | None, translate: Language) -> str:
    """Write a line of progress, with the time left in seconds if it is known."""
    known = {"description": description, "percent": percent}
    if left is None:
        return translate("{description}: {percent} %", **known)
    duration = _format_duration(left, translate)
    return translate("{description}: {percent} %, about {duration} left", **known, duration=duration)


def _format_duration(seconds: float, translate: Language) -> str:
    """Format a duration, rounded: 40 seconds, 3 minutes, 2.5 hours."""
    if seconds <= _MOST_SECONDS:
        return translate("{number} seconds", number=math.ceil(seconds / _SECONDS_STEP) * _SECONDS_STEP)
    if seconds <= _MOST_MINUTES * _MINUTE:
        return translate("{number} minutes", number=f"{seconds / _MINUTE:.0f}")
    return translate("{number} hours", number=f"{seconds / _HOUR:.1f}")
