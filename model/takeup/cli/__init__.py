"""The command `takeup`."""

from __future__ import annotations

import sys

_INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> None:
    """Run the command and exit; interrupted while it is being imported, too, without a trace."""
    try:
        from takeup.cli import app  # noqa: PLC0415  (it takes a moment)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    app.main(arguments)
