"""`takeup dashboard`, with every address that its process connects to or looks up written to a file.

Usage: python watched_server.py FILE ARGUMENT...
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from takeup.cli.app import main

WATCHED = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}


def watch(file: Path) -> None:
    def note(event: str, arguments: tuple[Any, ...]) -> None:
        if event in WATCHED:
            where = arguments[1] if event in {"socket.connect", "socket.sendto"} else arguments[0]
            host = where[0] if isinstance(where, tuple) else where
            with file.open("a", encoding="utf-8") as lines:
                lines.write(f"{host}\n")

    sys.addaudithook(note)


if __name__ == "__main__":
    watch(Path(sys.argv[1]))
    main(["dashboard", *sys.argv[2:]])
