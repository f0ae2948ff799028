"""A progress bar for what takes more than a moment, where somebody is looking."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich import progress as bars
from rich.console import Console

_MOMENT_SECONDS = 1.0


class Progress(Protocol):
    """What is called as the work goes on."""

    def __call__(self, done: int, total: int | None = None, what: str | None = None) -> None:
        """So much is done; of another total, and under another heading, if these have changed."""


@contextmanager
def progress(what: str, total: int, *, quiet: bool) -> Iterator[Progress]:
    """A function to call with how much of `total` is done.

    Nothing is shown with `quiet`, or without a terminal, or before a moment has passed.
    """
    if quiet or not sys.stderr.isatty():
        yield _silent
        return

    bar = bars.Progress(
        bars.TextColumn("{task.description}"),
        bars.BarColumn(),
        bars.TextColumn("{task.percentage:3.0f} %"),
        bars.TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    began, task = time.monotonic(), bar.add_task(what, total=total)

    def so_far(done: int, total: int | None = None, what: str | None = None) -> None:
        if not bar.live.is_started and time.monotonic() - began > _MOMENT_SECONDS:
            bar.start()
        bar.update(task, completed=done, total=total, description=what)

    try:
        yield so_far
    finally:
        bar.stop()


def _silent(done: int, total: int | None = None, what: str | None = None) -> None:
    """Nobody is looking."""
