"""Commands that are killed in the middle and run again give the results of an undisturbed run."""

from __future__ import annotations

import os
import resource
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from takeup.runs.journal import Journal
from takeup.runs.scheduler import MAX_WORKER_DEATHS, Job, Runner
from tests.runs.commands import (
    SWEEP,
    TASKS,
    dask_cluster,
    done,
    entries,
    kill,
    results,
    started,
    wait_until,
    workers_of,
    write_inputs,
)
from tests.runs.worker_functions import FAULTY, POISON, treacherous

MIN_ENTRIES = 4
"""Tasks after which something is killed."""


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return the results of an undisturbed sweep in one process."""
    folder = write_inputs(tmp_path_factory.mktemp("undisturbed"))
    assert done(folder, *SWEEP, "--workers", "1") == (0, "")
    assert entries(folder) == TASKS
    return results(folder)


def without_options(files: dict[str, bytes]) -> dict[str, bytes]:
    """Without the lines that repeat the command, which names workers or cluster, and the hash of the page."""
    command_lines = {"manifest.json": (b'"command"', b'"report.html"'), "report.html": (b"<pre><code>takeup",)}
    return {
        name: b"\n".join(
            line for line in content.split(b"\n") if not any(part in line for part in command_lines.get(name, ()))
        )
        for name, content in files.items()
    }


def same(folder: Path, expected: dict[str, bytes]) -> bool:
    return without_options(results(folder)) == without_options(expected)


@pytest.mark.slow
def test_a_killed_worker_does_not_change_the_results(tmp_path: Path, undisturbed: dict[str, bytes]) -> None:
    folder = write_inputs(tmp_path)
    command = started(folder, *SWEEP, "--workers", "2")
    wait_until(lambda: entries(folder) >= MIN_ENTRIES and bool(workers_of(command.pid)))
    kill(workers_of(command.pid)[0])
    _, stderr = command.communicate()
    assert (command.returncode, stderr) == (0, "")
    assert entries(folder) == TASKS
    assert same(folder, undisturbed)


@pytest.mark.slow
def test_the_same_command_resumes_after_its_parent_process_was_killed(
    tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    folder = write_inputs(tmp_path)
    command = started(folder, *SWEEP, "--workers", "2")
    wait_until(lambda: entries(folder) >= MIN_ENTRIES)
    kill(command.pid)
    command.communicate()
    assert command.returncode == -signal.SIGKILL
    assert MIN_ENTRIES <= entries(folder) < TASKS
    assert not results(folder)
    assert done(folder, *SWEEP, "--workers", "2") == (0, "")
    assert same(folder, undisturbed)


@pytest.mark.cluster
def test_on_a_cluster_a_worker_and_the_parent_may_be_killed(tmp_path: Path, undisturbed: dict[str, bytes]) -> None:
    folder = write_inputs(tmp_path)
    with dask_cluster(tmp_path, workers=2) as (address, workers):
        command = started(folder, *SWEEP, "--cluster", address)
        wait_until(lambda: entries(folder) >= MIN_ENTRIES)
        kill(workers[0])
        wait_until(lambda: entries(folder) >= 3 * MIN_ENTRIES)
        kill(command.pid)
        command.communicate()
        assert command.returncode == -signal.SIGKILL
        assert 3 * MIN_ENTRIES <= entries(folder) < TASKS
        status, stderr = done(folder, *SWEEP, "--cluster", address)
        assert status == 0, stderr
    assert same(folder, undisturbed)


@pytest.mark.slow
def test_a_second_command_for_the_same_folder_is_refused(tmp_path: Path) -> None:
    folder = write_inputs(tmp_path)
    command = started(folder, *SWEEP, "--workers", "1")
    wait_until(lambda: entries(folder) >= 1)
    command.send_signal(signal.SIGSTOP)
    status, stderr = done(folder, *SWEEP, "--workers", "1")
    kill(command.pid)
    command.communicate()
    assert (status, stderr) == (
        1,
        "takeup: out: another command is writing to this folder; wait until it ends, or use another folder\n",
    )


def full_at(size: int) -> None:
    """As a disk with room for files of this size; done in the child before the command begins."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.slow
def test_a_full_disk_ends_with_1_and_the_journal_stays_readable(
    tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    folder = write_inputs(tmp_path)
    command = [sys.executable, "-c", "from takeup.cli.app import main; main()", *SWEEP, "--workers", "1"]
    ended = subprocess.run(
        command, cwd=folder, preexec_fn=lambda: full_at(60_000), capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"takeup: {Path('out') / 'journal.sqlite'}: the journal cannot be written (")
    assert ended.stderr.endswith("earlier results are kept\n")
    assert ended.stderr.count("\n") == 1
    assert 0 < entries(folder) < TASKS
    assert not results(folder)
    assert done(folder, *SWEEP, "--workers", "1") == (0, "")
    assert same(folder, undisturbed)


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("unshare") is None, reason="only root can mount a disk")
@pytest.mark.parametrize(("options", "reason"), [("size=100k", "full"), ("ro", "read-only")])
def test_a_full_or_read_only_disk_is_reported(tmp_path: Path, options: str, reason: str) -> None:
    """A small disk that the command alone sees, and that is gone when it ends; its journal is copied away before."""
    folder = write_inputs(tmp_path)
    (folder / "out").mkdir()
    (folder / "kept").mkdir()
    takeup = shlex.join([sys.executable, "-c", "from takeup.cli.app import main; main()", *SWEEP, "--workers", "1"])
    script = f"mount -t tmpfs -o {options} tmpfs out || exit 99; {takeup}; status=$?; cp out/* kept/; exit $status"
    ended = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script], cwd=folder, capture_output=True, text=True, check=False
    )
    if ended.returncode == 99 or "unshare" in ended.stderr:
        pytest.skip("mounting is not allowed here")
    lines = [line for line in ended.stderr.splitlines() if not line.startswith("cp:")]
    assert (ended.returncode, len(lines)) == (1, 1), ended.stderr
    assert lines[0].startswith("takeup: out")
    assert reason in lines[0]
    if reason == "full":
        with sqlite3.connect(folder / "kept" / "journal.sqlite") as journal:
            assert journal.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert 0 < journal.execute("SELECT count(*) FROM done").fetchone()[0] < TASKS


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no folder that nobody can write to")
def test_a_folder_that_cannot_be_created_is_reported_before_the_simulation_starts(tmp_path: Path) -> None:
    folder = write_inputs(tmp_path)
    arguments = [each if each != "out" else "/proc/takeup/out" for each in SWEEP]
    status, stderr = done(folder, *arguments, "--workers", "1")
    assert status == 1
    assert stderr.startswith("takeup: /proc/takeup/out: the file cannot be written: ")
    assert stderr.count("\n") == 1


@pytest.mark.cluster
def test_a_job_that_kills_its_worker_on_a_cluster_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scheduler is configured without retries of its own, which would only take longer."""
    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES", "0")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    jobs = [Job(f"{number:03d}", number) for number in range(20)]
    journal = Journal(tmp_path / "journal.sqlite")
    with dask_cluster(tmp_path, workers=2, nannies=True) as (address, _):
        Runner(journal, cluster=address).run(treacherous, jobs)
    assert {entry.key: entry.error for entry in journal if entry.error is not None} == {
        f"{POISON:03d}": f"the worker process died {MAX_WORKER_DEATHS} times",
        f"{FAULTY:03d}": "ValueError: eleven will not do",
    }
    assert {entry.result for entry in journal} == {None, *(n * n for n in range(20) if n not in (POISON, FAULTY))}


@pytest.mark.cluster
def test_a_lost_cluster_ends_the_command_with_exit_code_1(tmp_path: Path) -> None:
    folder = write_inputs(tmp_path)
    with dask_cluster(tmp_path, workers=1) as (address, _):
        command = started(folder, *SWEEP, "--cluster", address)
        wait_until(lambda: entries(folder) >= 1)
    _, stderr = command.communicate()
    assert (command.returncode, stderr) == (
        1,
        f"takeup: {address}: the scheduler has stopped; finished runs are kept, so run the command again to resume\n",
    )
    assert 0 < entries(folder) < TASKS
