"""Wall-clock and processor seconds, and ratios of measurements that were taken in alternation."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

NANOSECONDS: Final = 1e9
MILLISECONDS: Final = 1e3
_LAST_CHARACTERS: Final = 600


class Seconds(NamedTuple):
    """Wall-clock and processor seconds of a piece of work."""

    wall: float
    cpu: float


def measure(work: Callable[[], object]) -> Seconds:
    """Call a function and return the seconds that it takes in this process."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Seconds(time.perf_counter() - wall, time.process_time() - cpu)


def measure_processes(
    commands: Sequence[Sequence[str | Path]], folder: Path, environment: Mapping[str, str]
) -> Seconds:
    """Run commands at the same time and return the seconds until all have ended.

    Args:
        commands: programs with their arguments.
        folder: working directory; the output of each command is written to a file in it.
        environment: environment variables.

    Returns:
        The wall-clock seconds of all, and the sum of their processor seconds with those of their own processes.

    Raises:
        SystemExit: a command failed.
    """
    logs = [folder / f"log-{number}.txt" for number in range(len(commands))]
    began, cpu = time.perf_counter(), 0.0
    processes = [_start(command, folder, environment, log) for command, log in zip(commands, logs, strict=True)]
    for process, command, log in zip(processes, commands, logs, strict=True):
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        cpu += usage.ru_utime + usage.ru_stime
        if process.returncode != 0:
            output = log.read_text(encoding="utf-8", errors="replace")[-_LAST_CHARACTERS:]
            raise SystemExit(f"{' '.join(map(str, command))} ended with {process.returncode}: {output}")
    return Seconds(time.perf_counter() - began, cpu)


def _start(
    command: Sequence[str | Path], folder: Path, environment: Mapping[str, str], log: Path
) -> subprocess.Popen[bytes]:
    with log.open("wb") as stream:
        return subprocess.Popen(command, cwd=folder, env=environment, stdout=stream, stderr=subprocess.STDOUT)


def median_ratio(numerators: Iterable[float], denominators: Iterable[float]) -> float:
    """Return the median of the rounds' ratios, which is not the ratio of the medians."""
    return median(one / other for one, other in zip(numerators, denominators, strict=True))
