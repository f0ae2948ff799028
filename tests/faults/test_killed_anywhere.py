"""A parent or a worker killed at any moment, from the first import to the last file: nothing lost, nothing wrong."""

from __future__ import annotations

import random
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest

from takeup.report.results_folder import MANIFEST
from takeup.runs.journal import Journal
from tests.experiment.commands import (
    SWEEP,
    TASKS,
    done,
    entries,
    furnish,
    kill,
    results,
    started,
    wait_until,
    workers_of,
)
from tests.experiment.test_killed import same

MOMENTS = 20
ENOUGH = {"parent": 7, "worker": 5}
"""Of ten moments each, those that must have found what they kill, and it at work: the rest may come too late."""
COMMAND = (*SWEEP, "--workers", "2")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], float]:
    """What the sweep leaves when nothing happens to it, and how long it takes."""
    folder = furnish(tmp_path_factory.mktemp("undisturbed"))
    began = time.monotonic()
    assert done(folder, *COMMAND) == (0, "")
    return results(folder), time.monotonic() - began


@pytest.fixture(scope="module")
def hits() -> dict[int, bool]:
    """Whether a moment killed what it was to kill while there was work left; filled as the moments are tried."""
    return {}


@pytest.mark.slow
@pytest.mark.parametrize("moment", range(MOMENTS))
def test_killed_at_a_random_moment_and_typed_again(
    moment: int, tmp_path: Path, undisturbed: tuple[dict[str, bytes], float], hits: dict[int, bool]
) -> None:
    """Even moments kill the parent, odd ones a worker."""
    expected, seconds = undisturbed
    folder = furnish(tmp_path)
    delay = random.Random(moment).uniform(0.0, seconds)
    command = started(folder, *COMMAND)
    if moment % 2:
        wait_until(lambda: bool(workers_of(command.pid)) or command.poll() is not None)
        time.sleep(delay / 2)
        found = workers_of(command.pid)[:1]
        hits[moment] = bool(found) and entries(folder) < TASKS
        for worker in found:
            with suppress(ProcessLookupError):  # it has just ended by itself
                kill(worker)
        _, said = command.communicate()
        assert (command.returncode, said) == (0, "")
    else:
        time.sleep(delay)
        kill(command.pid)
        command.communicate()
        hits[moment] = command.returncode == -signal.SIGKILL
        kept = entries(folder)
        left = results(folder) if (folder / "out").exists() else {}
        if MANIFEST in left:
            assert kept == TASKS
            assert same(folder, expected)
        for name, content in left.items():  # what is there without a manifest is whole, and not all
            assert name.endswith(".part") or name == "report.html" or content == expected[name], name
        assert done(folder, *COMMAND) == (0, "")
        assert entries(folder) == TASKS >= kept
    for part in (folder / "out").glob("*.part"):
        part.unlink()
    assert same(folder, expected)
    journal = Journal(folder / "out" / "journal.sqlite")
    assert all(entry.error is None for entry in journal)
    journal.close()


@pytest.mark.slow
def test_enough_moments_killed_something(hits: dict[int, bool]) -> None:
    """Or all would pass without anything having been killed."""
    if len(hits) < MOMENTS:
        pytest.skip("not all moments were tried")
    found = {
        "parent": sum(hit for moment, hit in hits.items() if moment % 2 == 0),
        "worker": sum(hit for moment, hit in hits.items() if moment % 2),
    }
    assert all(found[who] >= least for who, least in ENOUGH.items()), hits
