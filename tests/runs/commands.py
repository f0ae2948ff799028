"""The real command in processes of their own, for tests that kill them."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from tests.analysis.posteriors import write_posterior

PATIENCE_SECONDS: Final = 180.0
TASKS: Final = 40
_SHUTDOWN_SECONDS: Final = 5.0
SWEEP: Final = (
    "compare", "leaflets", "--district", "template", "--agents", "1500", "--from", "2014-01", "--until",
    "2019-06", "--draws", "20", "--posterior", "posterior.parquet", "--out", "out", "--quiet",
)  # fmt: skip
"""Twenty draws of two seeds each: forty tasks."""
_LEAFLETS = (
    'title = "Leaflets"\nsource = "test"\n[[intervention]]\nlever = "publicity"\nadd = 0.2\nfrom = "2018-06"\n'
)


def write_inputs(folder: Path) -> Path:
    """A folder with the scenario and the posterior of the sweep."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "leaflets.toml").write_text(_LEAFLETS)
    write_posterior(folder / "posterior.parquet", 20)
    return folder


def started(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """`takeup` with these arguments, begun in a folder."""
    command = [sys.executable, "-c", "from takeup.cli.app import main; main()", *arguments]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C reach the processes that are started within.

    A shell starts what it runs in the background with Ctrl-C ignored, and so does `nohup`; children inherit that, and
    Python then installs no handler. A signal that has a handler here has its default action in a new program.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def done(folder: Path, *arguments: str) -> tuple[int, str]:
    """Return the exit code of a command and its output on standard error."""
    process = started(folder, *arguments)
    _, stderr = process.communicate()
    return process.returncode, stderr


def results(folder: Path) -> dict[str, bytes]:
    """All that a sweep left, without its journal; tables, figures, report and manifest."""
    out = folder / "out"
    return {file.name: file.read_bytes() for file in out.iterdir() if not file.name.startswith("journal.")}


def entries(folder: Path) -> int:
    """How many tasks the journal holds; 0 if there is none yet."""
    file = folder / "out" / "journal.sqlite"
    if not file.exists():
        return 0
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=PATIENCE_SECONDS)) as journal:
        try:
            return int(journal.execute("SELECT count(*) FROM done WHERE error IS NULL").fetchone()[0])
        except sqlite3.OperationalError:  # it is there, and has no table yet
            return 0


def wait_until(what: Callable[[], bool]) -> None:
    """Look again and again; complain when patience is over."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not what():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def children(process: int) -> list[int]:
    """The processes that a process began."""
    pids = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        if parent == process:
            pids.append(int(stat.parent.name))
    return pids


def workers_of(process: int) -> list[int]:
    """The loky workers that a command began."""
    return [child for child in children(process) if "popen_loky" in _command_line(child)]


def _command_line(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_text().replace("\0", " ")
    except (FileNotFoundError, ProcessLookupError):
        return ""


@contextmanager
def dask_cluster(folder: Path, workers: int, *, nannies: bool = False) -> Iterator[tuple[str, list[int]]]:
    """A scheduler on this machine and so many `dask worker` processes; its address and their numbers.

    With `nannies` a worker that dies is followed by another.
    """
    file = folder / "scheduler.json"
    begun: list[subprocess.Popen[bytes]] = []

    def begin(*arguments: str) -> None:
        command = [sys.executable, "-m", "dask", *arguments, "--scheduler-file", str(file), "--no-dashboard"]
        begun.append(subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    try:
        begin("scheduler", "--host", "127.0.0.1", "--port", "0")
        wait_until(lambda: file.exists() and file.read_text().endswith("}"))
        for _ in range(workers):
            begin("worker", "--nthreads", "1", "--nanny" if nannies else "--no-nanny")
        yield str(json.loads(file.read_text())["address"]), [process.pid for process in begun[1:]]
    finally:
        for process in begun[1:]:
            process.terminate()  # a nanny takes its worker along
        for process in begun[::-1]:
            with suppress(subprocess.TimeoutExpired):
                process.wait(_SHUTDOWN_SECONDS if process is not begun[0] else 0.0)
            process.kill()
            process.wait()


def kill(process: int) -> None:
    """As the kernel does when memory is short."""
    os.kill(process, signal.SIGKILL)
