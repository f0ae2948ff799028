"""The command `takeup`."""

from __future__ import annotations

import sys
from io import TextIOWrapper

_INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> None:
    """Run the command and exit, without a traceback if interrupted, even at import.

    Characters that the encoding of an output stream lacks are written as "?".
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        from takeup.cli import app  # noqa: PLC0415  (an interrupt during this import is caught too)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    app.main(arguments)
