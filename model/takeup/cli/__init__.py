"""The command `takeup`."""

from __future__ import annotations

import gc
import sys
from io import TextIOWrapper
from typing import Final

_INTERRUPTED: Final = 130
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
    try:
        from takeup.cli import app  # noqa: PLC0415  (an interrupt during this import is caught too)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    app.main(arguments)
