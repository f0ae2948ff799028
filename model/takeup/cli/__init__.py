"""The command `takeup`."""

from __future__ import annotations

import gc
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import Final

_OBJECTS_PER_COLLECTION: Final = 100_000
"""Number of new objects that starts a search for garbage. Imports create a million objects, nearly all of which are
kept; with Python's default of 700, searching takes a tenth of the time of a short command.
"""


def main(arguments: list[str] | None = None) -> None:
    """Run the command and exit, without a traceback if interrupted, even at import.

    Characters that the encoding of an output stream lacks are written as "?".
    """
    gc.set_threshold(_OBJECTS_PER_COLLECTION)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    with ended_by_ctrl_c():
        from takeup.cli import app  # noqa: PLC0415  (an interrupt during this import leaves no traceback)
    app.main(arguments)


@contextmanager
def ended_by_ctrl_c() -> Iterator[None]:
    """Let Ctrl-C end the process at once while modules are imported.

    An exception that is raised at this time may be suppressed by a library, and the command would continue. The
    handler of a process that ignores Ctrl-C, or has one of its own, is not changed.
    """
    handler = signal.getsignal(signal.SIGINT)
    if handler is not signal.default_int_handler or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
