"""A parent or a worker killed at any moment, from the first import to the last file: nothing lost, nothing wrong."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from takeup.report.results_folder import MANIFEST
from takeup.runs.journal import Journal
from tests.runs.commands import (
    SWEEP,
    TASKS,
    done,
    entries,
    kill,
    results,
    started,
    wait_until,
    workers_of,
    write_inputs,
)
from tests.runs.test_killed import same

COMMAND = (*SWEEP, "--workers", "2")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], float]:
    """What the sweep leaves when nothing happens to it, and how long it takes."""
    folder = write_inputs(tmp_path_factory.mktemp("undisturbed"))
    began = time.monotonic()
    assert done(folder, *COMMAND) == (0, "")
    return results(folder), time.monotonic() - began


def kill_parent(folder: Path, delay: float, expected: dict[str, bytes]) -> bool:
    """Kill the command itself after a delay and run it again; return whether it was still at work."""
    command = started(folder, *COMMAND)
    time.sleep(delay)
    kill(command.pid)
    command.communicate()
    kept = entries(folder)
    left = results(folder) if (folder / "out").exists() else {}
    if MANIFEST in left:
        assert kept == TASKS
        assert same(folder, expected)
    for name, content in left.items():  # what is there without a manifest is whole, and not all
        assert name.endswith(".part") or name == "report.html" or content == expected[name], name
    assert done(folder, *COMMAND) == (0, "")
    assert entries(folder) == TASKS >= kept
    return command.returncode == -signal.SIGKILL


def kill_worker(folder: Path, delay: float, _: dict[str, bytes]) -> bool:
    """Kill a worker of the command some time after it began; return whether there was work left."""
    command = started(folder, *COMMAND)
    wait_until(lambda: bool(workers_of(command.pid)) or command.poll() is not None)
    time.sleep(delay / 2)
    workers = workers_of(command.pid)[:1]
    had_work = bool(workers) and entries(folder) < TASKS
    for worker in workers:
        with suppress(ProcessLookupError):  # it has just ended by itself
            kill(worker)
    _, errors = command.communicate()
    assert (command.returncode, errors) == (0, "")
    return had_work


@pytest.mark.slow
@pytest.mark.parametrize(("victim", "enough"), [(kill_parent, 7), (kill_worker, 5)])
def test_a_command_killed_at_random_moments_resumes_with_the_same_results(
    victim: Callable[[Path, float, dict[str, bytes]], bool],
    enough: int,
    tmp_path: Path,
    undisturbed: tuple[dict[str, bytes], float],
) -> None:
    """At ten moments each; at fewer than `enough` of them nothing was at work any more, which would test nothing."""
    expected, seconds = undisturbed
    hits = {}
    for moment in MOMENTS[victim]:
        folder = write_inputs(tmp_path / str(moment))
        hits[moment] = victim(folder, random.Random(moment).uniform(0.0, seconds), expected)
        for part in (folder / "out").glob("*.part"):
            part.unlink()
        assert same(folder, expected), f"moment {moment}"
        journal = Journal(folder / "out" / "journal.sqlite")
        assert all(entry.error is None for entry in journal), f"moment {moment}"
        journal.close()
    assert sum(hits.values()) >= enough, hits


MOMENTS = {kill_parent: range(0, 20, 2), kill_worker: range(1, 20, 2)}
"""Seeds of the moments."""
