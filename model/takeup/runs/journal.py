"""The journal: what is done, in a file that survives whatever happens to the run that writes it.

An SQLite database, written by the parent process alone, one result at a time. A run that is begun again subtracts
what stands in it. While one process has it, no other can; the lock is a second file, so that anyone may read along.

Every row is under a checksum. When a journal is opened, rows that do not agree with theirs are taken out, so that
their tasks are done again; a file whose pages or whose tables are not those of a journal is refused.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from takeup.errors import InputError, RunError
from takeup.io import require_regular_file

JOURNAL: Final = "journal.sqlite"
"""The file of a command's journal, in the folder of its results."""
_COLUMNS = "(key TEXT PRIMARY KEY, result TEXT, error TEXT, checksum BLOB) WITHOUT ROWID"
_SCHEMA = [("table", "done", f"CREATE TABLE done {_COLUMNS}")]
_LOCK_SECONDS = 1.0


class JournalError(RunError):
    """The journal cannot be written; what stands in it stays readable."""


@dataclass(frozen=True)
class Entry:
    """What became of a task: its result, or the error it ended with.

    Attributes:
        key: the task's.
        result: whatever the task returned, as JSON can hold it; None if it failed.
        error: what went wrong; None if nothing did.
    """

    key: str
    result: Any
    error: str | None


class Journal:
    """The entries of a sweep, by task key.

    Args:
        file: made if it is not there.

    Raises:
        InputError: the file is no journal, or damaged.
        JournalError: it cannot be made, or another process has it.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        with ExitStack() as begun:  # let go of if it fails, or whoever tries again would wait for the lock
            require_regular_file(file)
            try:
                file.parent.mkdir(parents=True, exist_ok=True)
                self._lock = begun.enter_context(closing(_locked(file)))
                self._database = begun.enter_context(closing(sqlite3.connect(file, timeout=5.0)))
                self._database.execute("PRAGMA journal_mode=DELETE")
                self._database.execute(f"CREATE TABLE IF NOT EXISTS done {_COLUMNS}")
                self._database.commit()
                self._take_out(self._disagreeing())
            except sqlite3.OperationalError as error:
                raise JournalError(f"{file}: cannot be written ({error})") from None
            except (sqlite3.DatabaseError, UnicodeError) as error:
                raise self._damaged(error) from None
            except OSError as error:
                raise JournalError(f"{file}: cannot be written ({error.strerror or error})") from None
            begun.pop_all()

    def __contains__(self, key: str) -> bool:
        """Whether a task is done; one that failed is to be tried again."""
        row = self._database.execute("SELECT 1 FROM done WHERE key = ? AND error IS NULL", (key,)).fetchone()
        return row is not None

    def keys(self) -> set[str]:
        """The keys of all tasks that are done; those that failed are to be tried again."""
        with closing(self._database.execute("SELECT key FROM done WHERE error IS NULL")) as rows:
            return {key for (key,) in rows}

    def add(self, entry: Entry) -> None:
        """Write an entry down, for good.

        Raises:
            JournalError: it could not be written, for the disk is full or read-only.
        """
        row = (entry.key, None if entry.result is None else json.dumps(entry.result), entry.error)
        try:
            with self._database:
                self._database.execute("INSERT OR REPLACE INTO done VALUES (?, ?, ?, ?)", (*row, _checksum(*row)))
        except sqlite3.Error as error:
            raise JournalError(f"{self.file}: cannot be written ({error}); what was done before is kept") from None

    def entry(self, key: str) -> Entry | None:
        """What became of a task; None if it is not done."""
        row = self._database.execute("SELECT result, error FROM done WHERE key = ?", (key,)).fetchone()
        return None if row is None else Entry(key, self._loaded(row[0]), row[1])

    def result(self, key: str) -> Any:
        """What a task returned; None if it failed or is not done."""
        entry = self.entry(key)
        return None if entry is None else entry.result

    def __iter__(self) -> Iterator[Entry]:
        with closing(self._database.execute("SELECT key, result, error FROM done ORDER BY key")) as rows:
            for key, result, error in rows:
                yield Entry(key, self._loaded(result), error)

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()
        self._lock.close()

    def _disagreeing(self) -> list[str]:
        """The keys of the rows that are not as they were written."""
        try:
            tables = self._database.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
            if tables != _SCHEMA:
                raise self._damaged("its tables are not those of a journal")
            (told,) = self._database.execute("PRAGMA quick_check(1)").fetchone()
            if told != "ok":
                raise self._damaged(told.partition("\n")[0])
            with closing(self._database.execute("SELECT key, result, error, checksum FROM done")) as rows:
                return [key for key, *row, checksum in rows if checksum != _checksum(key, *row)]
        except sqlite3.Error as error:
            raise self._damaged(error) from None

    def _take_out(self, keys: list[str]) -> None:
        with self._database:
            self._database.executemany("DELETE FROM done WHERE key = ?", [(key,) for key in keys])

    def _loaded(self, result: str | None) -> Any:
        try:
            return None if result is None else json.loads(result)
        except (ValueError, RecursionError) as error:
            raise self._damaged(error) from None

    def _damaged(self, reason: object) -> InputError:
        return InputError(f"not a journal, or damaged ({reason})", file=self.file, allowed="another --out")


def _checksum(key: object, result: object, error: object) -> bytes:
    """Of a row, types included."""
    return hashlib.sha256(repr((key, result, error)).encode()).digest()


def _locked(file: Path) -> sqlite3.Connection:
    """Keep other processes out for as long as the connection is open; a process that is killed lets go of it too."""
    lock = sqlite3.connect(file.with_name(f"{file.name}.lock"), timeout=_LOCK_SECONDS, isolation_level=None)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            raise JournalError(f"{file.parent}: another command is writing there") from None
        raise
    return lock
