"""The command `takeup`."""

from __future__ import annotations

import sys

_INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> None:
    """Run the command and exit, without a traceback if interrupted during the import."""
    try:
        from takeup.cli import app  # noqa: PLC0415  (an interrupt during this import is caught too)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    app.main(arguments)
