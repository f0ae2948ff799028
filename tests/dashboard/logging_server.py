"""Run `takeup dashboard` and log every address that its process connects to or resolves.

Usage: python logging_server.py FILE ARGUMENT...
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from takeup.cli.app import main

LOGGED_EVENTS = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}


def log_connections(file: Path) -> None:
    def log(event: str, arguments: tuple[Any, ...]) -> None:
        if event in LOGGED_EVENTS:
            where = arguments[1] if event in {"socket.connect", "socket.sendto"} else arguments[0]
            host = where[0] if isinstance(where, tuple) else where
            with file.open("a", encoding="utf-8") as lines:
                lines.write(f"{host}\n")

    sys.addaudithook(log)


if __name__ == "__main__":
    log_connections(Path(sys.argv[1]))
    main(["dashboard", *sys.argv[2:]])
