"""Processes in a tree that answer one JSON request per line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from benchmarks.trees import Tree

_MEBIBYTE: Final = 1024
"""KiB per MiB; the kernel reports KiB."""


class Worker:
    """A process that runs a module of this package with the model of a tree.

    Args:
        tree: tree from which the module imports the model.
        module: name of the module, which calls `serve`.
    """

    def __init__(self, tree: Tree, module: str) -> None:
        self.tree = tree
        self._process = subprocess.Popen(
            tree.python("-m", module),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=tree.environment,
        )

    @property
    def process(self) -> int:
        """Number of the process."""
        return self._process.pid

    def send(self, action: str, **values: Any) -> None:
        """Send a request without waiting for the answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"action": action, **values}) + "\n")
        self._process.stdin.flush()

    def receive(self) -> dict[str, Any]:
        """Wait for the answer to the oldest request.

        Raises:
            SystemExit: the process has ended.
        """
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"a process of {self.tree.name} ended with {self._process.wait()}")
        result: dict[str, Any] = json.loads(line)
        return result

    def request(self, action: str, **values: Any) -> dict[str, Any]:
        """Send a request and wait for its answer."""
        self.send(action, **values)
        return self.receive()

    def __enter__(self) -> Self:
        """Return the worker."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()


def peak_mebibytes(process: int) -> int:
    """Return the peak memory of a process, in MiB; `getrusage` would include the memory of its parent."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    (line,) = (line for line in lines if line.startswith("VmHWM:"))
    return round(int(line.split()[1]) / _MEBIBYTE)


def cpu_seconds(*processes: int) -> float:
    """Return the processor seconds that running processes have used so far."""
    ticks = 0
    for process in processes:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def serve(respond: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Answer the requests on standard input until it ends; called in the worker's process."""
    for line in sys.stdin:
        print(json.dumps(respond(json.loads(line))), flush=True)
