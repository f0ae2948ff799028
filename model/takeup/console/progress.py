"""Progress bars and tables on the terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

from rich import progress as bars
from rich.console import Console
from rich.table import Table

_DELAY_SECONDS: Final = 1.0


class Progress(Protocol):
    """A callback that reports how much of the work is done."""

    def __call__(self, done: int, total: int | None = None, description: str | None = None) -> None:
        """Report the work done, and the total and its description if these have changed."""


@contextmanager
def progress(description: str, total: int, *, quiet: bool) -> Iterator[Progress]:
    """Show a progress bar, and yield the callback that advances it.

    Nothing is shown with `quiet`, without a terminal, or during the first second.

    Args:
        description: The text beside the bar.
        total: The size of all the work.
        quiet: Show nothing.
    """
    if quiet or not sys.stderr.isatty():
        yield _ignore
        return
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


def print_table(table: Table, folder: Path | None = None) -> None:
    """Print a table, and the folder that the results were written to."""
    console = Console()
    console.print(table)
    if folder is not None:
        console.print(f"Written: {folder}", soft_wrap=True, highlight=False)


def _ignore(done: int, total: int | None = None, description: str | None = None) -> None:
    """Show nothing."""
