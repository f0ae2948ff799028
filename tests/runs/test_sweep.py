"""A sweep runs each task once, even if workers die."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from takeup.errors import InputError
from takeup.runs.journal import Entry, Journal, JournalError
from takeup.runs.scheduler import MAX_WORKER_DEATHS, Job, Runner
from tests.runs.worker_functions import FAULTY, POISON, dies_once, square, treacherous

REPOSITORY = Path(__file__).resolve().parents[2]


def jobs(count: int) -> list[Job[int]]:
    return [Job(f"{number:03d}", number) for number in range(count)]


@pytest.mark.parametrize("workers", [1, 2])
def test_every_job_ends_in_the_journal(tmp_path: Path, workers: int) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    Runner(journal, workers).run(square, iter(jobs(30)))
    assert [(entry.key, entry.result) for entry in journal] == [(f"{n:03d}", n * n) for n in range(30)]


def test_what_is_done_is_not_done_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    journal.add(Entry("003", "as it was", None))
    run_keys: list[str] = []
    Runner(journal).run(square, jobs(6), on_entry=lambda entry: run_keys.append(entry.key))
    assert run_keys == ["000", "001", "002", "004", "005"]
    journal.close()
    journal = Journal(tmp_path / "journal.sqlite")
    rerun_entries: list[Entry] = []
    Runner(journal).run(square, jobs(6), on_entry=rerun_entries.append)
    assert not rerun_entries
    assert {entry.key: entry.result for entry in journal}["003"] == "as it was"


def test_a_job_that_fails_is_a_row_and_one_that_kills_is_given_up(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    Runner(journal, 2).run(treacherous, jobs(20))
    entries = {entry.key: entry for entry in journal}
    assert len(entries) == 20
    assert entries[f"{FAULTY:03d}"].error == "ValueError: eleven will not do"
    assert entries[f"{POISON:03d}"].error == f"the worker process died {MAX_WORKER_DEATHS} times"
    for number in set(range(20)) - {FAULTY, POISON}:
        assert entries[f"{number:03d}"].result == number * number


def test_a_job_that_fails_in_a_thread_costs_no_other_result(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    numbers = [number for number in range(20) if number != POISON]
    failures = Runner(journal, 2).run(treacherous, [Job(f"{n:03d}", n) for n in numbers], in_threads=True)
    assert [failure.key for failure in failures] == [f"{FAULTY:03d}"]
    entries = {entry.key: entry for entry in journal}
    assert {key: entry.result for key, entry in entries.items() if entry.error is None} == {
        f"{n:03d}": n * n for n in numbers if n != FAULTY
    }
    assert "eleven will not do" in str(entries[f"{FAULTY:03d}"].error)


def test_workers_that_die_cost_no_result(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    Runner(journal, 2).run(dies_once, [Job(f"{n:03d}", (n, str(tmp_path))) for n in range(16)])
    assert [(entry.result, entry.error) for entry in journal] == [(n * n, None) for n in range(16)]


def test_a_failed_job_is_tried_again_by_the_next_sweep(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    Runner(journal).run(treacherous, [Job("011", FAULTY)])
    Runner(journal).run(square, [Job("011", FAULTY)])
    assert list(journal) == [Entry("011", FAULTY**2, None)]


def test_a_file_that_is_no_journal_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.sqlite").write_text("this is no database, but it is long enough to be taken for one" * 20)
    with pytest.raises(InputError, match=r"other\.sqlite: the file is not a journal"):
        Journal(tmp_path / "other.sqlite")


def test_a_place_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match="not a file"):
        Journal(tmp_path / "folder")
    (tmp_path / "file").touch()
    with pytest.raises(JournalError, match="file"):
        Journal(tmp_path / "file" / "journal.sqlite")


@pytest.mark.parametrize("workers", [1, 2])
def test_jobs_are_taken_one_by_one_so_that_memory_does_not_grow_with_their_number(
    tmp_path: Path, workers: int
) -> None:
    taken, ended, most = 0, 0, 0

    def endless() -> Iterator[Job[int]]:
        nonlocal taken, most
        for job in jobs(200):
            taken += 1
            most = max(most, taken - ended)
            yield job

    def note(_: Entry) -> None:
        nonlocal ended
        ended += 1

    Runner(Journal(tmp_path / "journal.sqlite"), workers).run(square, endless(), on_entry=note)
    assert ended == 200
    assert most <= 2 * workers + 1


def test_the_neighbour_of_a_job_that_kills_its_worker_is_not_given_up(tmp_path: Path) -> None:
    """The killers come last, where the pool is emptiest, and take each other's neighbours along."""
    journal = Journal(tmp_path / "journal.sqlite")
    Runner(journal, 2).run(treacherous, [Job(f"{n:03d}", n) for n in (1, 2, 3, 4, 5, POISON)])
    errors = {entry.key: entry.error for entry in journal}
    assert {key for key, error in errors.items() if error} == {f"{POISON:03d}"}


@pytest.mark.slow
def test_one_folder_is_one_commands(tmp_path: Path) -> None:
    """The lock excludes every other command; the journal stays readable, and closing it releases the lock."""
    file = tmp_path / "out" / "journal.sqlite"
    program = f"from pathlib import Path\nfrom takeup.runs.journal import Journal\nJournal(Path({str(file)!r}))"

    def another() -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    journal = Journal(file)
    journal.add(Entry("003", 9, None))
    refused = another()
    assert refused.returncode != 0
    assert f"JournalError: {file.parent}: another command is writing to this folder" in refused.stderr.replace(
        "takeup.", ""
    )
    with pytest.raises(JournalError, match="another command"):
        Journal(file)
    assert sqlite3.connect(file).execute("SELECT key, result FROM done").fetchall() == [("003", "9")]
    journal.close()
    assert another().returncode == 0


@pytest.mark.slow
def test_workers_do_not_outlive_a_parent_that_is_killed(tmp_path: Path) -> None:
    program = (
        "import os, signal\nfrom pathlib import Path\nfrom takeup.runs.journal import Journal\n"
        "from takeup.runs.scheduler import Job, Runner\n"
        "from tests.runs.worker_functions import process_number\n"
        f"journal = Journal(Path({str(tmp_path)!r}) / 'journal.sqlite')\n"
        "def end(entry):\n    print(entry.result, flush=True)\n    os.kill(os.getpid(), signal.SIGKILL)\n"
        "Runner(journal, 2).run(process_number, [Job(str(n), n) for n in range(50)], on_entry=end)"
    )
    with (tmp_path / "output").open("w") as output:  # a pipe would stay open as long as a worker runs
        killed = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, stdout=output, check=False)
    assert killed.returncode == -signal.SIGKILL
    worker = int((tmp_path / "output").read_text())
    deadline = time.monotonic() + 10.0
    while is_alive(worker) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not is_alive(worker)


def is_alive(process: int) -> bool:
    """Return whether a process runs: it has neither ended nor is it a zombie."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
