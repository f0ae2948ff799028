"""A progress bar for what takes more than a moment, where somebody is looking."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_MOMENT_SECONDS = 1.0


@contextmanager
def progress(what: str, total: int, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    """A function to call with how much of `total` is done.

    Nothing is shown with `quiet`, or without a terminal, or before a moment has passed.
    """
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:3.0f} %"), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip
    began, task = time.monotonic(), bar.add_task(what, total=total)

    def done(amount: int) -> None:
        if not bar.live.is_started and time.monotonic() - began > _MOMENT_SECONDS:
            bar.start()
        bar.update(task, completed=amount)

    try:
        yield done
    finally:
        bar.stop()
