"""Sweeps: each task once, whatever dies on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from takeup.errors import InputError
from takeup.experiment.journal import Entry, Journal, JournalError
from takeup.experiment.sweep import MOST_KILLS, Job, sweep
from tests.experiment.works import FAULTY, POISON, dies_once, square, treacherous


def jobs(count: int) -> list[Job[int]]:
    return [Job(f"{number:03d}", number) for number in range(count)]


@pytest.mark.parametrize("workers", [1, 2])
def test_every_job_ends_in_the_journal(tmp_path: Path, workers: int) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    sweep(square, iter(jobs(30)), journal, workers=workers)
    assert [(entry.key, entry.result) for entry in journal] == [(f"{n:03d}", n * n) for n in range(30)]


def test_what_is_done_is_not_done_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    journal.add(Entry("003", "as it was", None))
    seen: list[str] = []
    sweep(square, jobs(6), journal, on_entry=lambda entry: seen.append(entry.key))
    assert seen == ["000", "001", "002", "004", "005"]
    again: list[Entry] = []
    sweep(square, jobs(6), Journal(tmp_path / "journal.sqlite"), on_entry=again.append)
    assert not again
    assert {entry.key: entry.result for entry in journal}["003"] == "as it was"


def test_a_job_that_fails_is_a_row_and_one_that_kills_is_given_up(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    sweep(treacherous, jobs(20), journal, workers=2)
    entries = {entry.key: entry for entry in journal}
    assert len(entries) == 20
    assert entries[f"{FAULTY:03d}"].error == "ValueError: eleven will not do"
    assert entries[f"{POISON:03d}"].error == f"its worker died {MOST_KILLS} times"
    for number in set(range(20)) - {FAULTY, POISON}:
        assert entries[f"{number:03d}"].result == number * number


def test_workers_that_die_cost_no_result(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    sweep(dies_once, [Job(f"{n:03d}", (n, str(tmp_path))) for n in range(16)], journal, workers=2)
    assert [(entry.result, entry.error) for entry in journal] == [(n * n, None) for n in range(16)]


def test_a_failed_job_is_tried_again_by_the_next_sweep(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    sweep(treacherous, [Job("011", FAULTY)], journal)
    sweep(square, [Job("011", FAULTY)], journal)
    assert list(journal) == [Entry("011", FAULTY**2, None)]


def test_a_file_that_is_no_journal_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.sqlite").write_text("this is no database, but it is long enough to be taken for one" * 20)
    with pytest.raises(InputError, match=r"other\.sqlite: not a journal"):
        Journal(tmp_path / "other.sqlite")


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(JournalError, match="folder"):
        Journal(tmp_path / "folder")
