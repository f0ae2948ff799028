"""Servers of Liwan for the tests of the pages."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.dashboard.browser import skip_without_chromium

SERVED_AGENTS, SEED, DRAWS = 3_600, 11, 4
STARTING_SECONDS = 400.0


@contextmanager
def served(connections: Path, agents: int) -> Iterator[str]:
    """Run a server of Liwan and yield its address."""
    skip_without_chromium()
    arguments = ["--agents", str(agents), "--seed", str(SEED), "--draws", str(DRAWS), "--port", "0", "--no-browser"]
    script = Path(__file__).with_name("logging_server.py")
    log = connections.with_name("log.txt")
    with log.open("w", encoding="utf-8") as output:
        server = subprocess.Popen(
            [sys.executable, "-u", str(script), str(connections), *arguments], stdout=output, stderr=output
        )
    try:
        end = time.monotonic() + STARTING_SECONDS
        while not (match := re.search(r"http://127\.0\.0\.1:\d+/", log.read_text(encoding="utf-8"))):
            assert server.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < end, "the server does not start"
            time.sleep(0.1)
        yield match[0]
    finally:
        server.terminate()
        server.wait(timeout=20)
