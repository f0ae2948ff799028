"""Journals and posteriors that were damaged between two commands: refused in one line, or the same results."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from takeup.cli.app import exit_code_of
from tests.runs.commands import SWEEP, TASKS, entries, results, write_inputs

SHORT = (*SWEEP[: SWEEP.index("--from")], "--from", "2018-01", "--until", "2018-09", "--draws", "20", *SWEEP[-5:])
COMMAND = (*SHORT, "--workers", "1")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the sweep is done."""
    folder = write_inputs(tmp_path_factory.mktemp("whole"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert exit_code_of(list(COMMAND)) == 0
    assert entries(folder) == TASKS
    return folder


@pytest.fixture
def half(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which half of it is done."""
    folder = write_inputs(tmp_path)
    (folder / "out").mkdir()
    shutil.copy(whole / "out" / "journal.sqlite", folder / "out")
    with closing(sqlite3.connect(folder / "out" / "journal.sqlite")) as journal:
        keys = [key for (key,) in journal.execute("SELECT key FROM done ORDER BY key")]
        journal.executemany("DELETE FROM done WHERE key = ?", [(key,) for key in keys[::2]])
        journal.commit()
    monkeypatch.chdir(folder)
    return folder


def cut(journal: Path) -> None:
    journal.write_bytes(journal.read_bytes()[: journal.stat().st_size // 2])


def emptied(journal: Path) -> None:
    journal.write_bytes(b"")


def page_of_zeros(journal: Path) -> None:
    content = bytearray(journal.read_bytes())
    content[8192:12288] = bytes(4096)
    journal.write_bytes(content)


def digits_changed(journal: Path) -> None:
    """Numbers that stay numbers: nothing but the checksum can tell."""
    content = bytearray(journal.read_bytes())
    chosen = random.Random(1)
    digits = [place for place in range(4096, len(content)) if 0x30 <= content[place] <= 0x39]
    for place in chosen.sample(digits, 40):
        content[place] = 0x30 + (content[place] - 0x30 + 1) % 10
    journal.write_bytes(content)


def rows_rewritten(journal: Path) -> None:
    """By a program that knows the table, and not what it says."""
    with closing(sqlite3.connect(journal)) as database:
        database.execute("UPDATE done SET result = replace(result, '1', '2')")
        database.commit()


def of_another_program(journal: Path) -> None:
    journal.unlink()
    with closing(sqlite3.connect(journal)) as database:
        database.execute("CREATE TABLE done (key, result, error)")
        database.commit()


def of_bytes(journal: Path) -> None:
    journal.write_bytes(random.Random(2).randbytes(20_000))


def half_written(journal: Path) -> None:
    """SQLite's own file of what was there before a write that never ended."""
    journal.with_name(f"{journal.name}-journal").write_bytes(random.Random(3).randbytes(512))


DAMAGES = (cut, emptied, page_of_zeros, digits_changed, rows_rewritten, of_another_program, of_bytes, half_written)


@pytest.mark.slow
@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_damaged_journal_is_refused_or_the_results_are_the_same(
    damage: Callable[[Path], None], half: Path, whole: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damage(half / "out" / "journal.sqlite")
    before = (half / "out" / "journal.sqlite").read_bytes()
    status = exit_code_of(list(COMMAND))
    message = capsys.readouterr().err
    if status == 0:
        assert results(half) == results(whole)
        assert entries(half) == TASKS
    else:
        assert status == 2
        assert message.startswith("takeup: out/journal.sqlite: the file is not a journal, or it is damaged (")
        assert message.count("\n") == 1
        assert not results(half)
        assert (half / "out" / "journal.sqlite").read_bytes() == before


@pytest.mark.slow
def test_a_journal_entry_with_a_wrong_checksum_is_simulated_again(half: Path, whole: Path) -> None:
    """A guard of the test above: here it is known not to be refused."""
    rows_rewritten(half / "out" / "journal.sqlite")
    assert exit_code_of(list(COMMAND)) == 0
    assert results(half) == results(whole)


@pytest.mark.parametrize("end", [0, 100, -8, -1])
def test_a_truncated_posterior_is_refused_before_anything_is_written(
    end: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_inputs(tmp_path)
    monkeypatch.chdir(folder)
    (folder / "posterior.parquet").write_bytes((folder / "posterior.parquet").read_bytes()[:end])
    assert exit_code_of(list(COMMAND)) == 2
    message = capsys.readouterr().err
    assert message.startswith("takeup: posterior.parquet: the file is not a readable Parquet file")
    assert message.count("\n") == 1
    assert not (folder / "out").exists()
