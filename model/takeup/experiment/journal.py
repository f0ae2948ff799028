"""The journal: what is done, in a file that survives whatever happens to the run that writes it.

An SQLite database, written by the parent process alone, one result at a time. A run that is begun again subtracts
what stands in it. While one process has it, no other can; the lock is a second file, so that anyone may read along.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from takeup.errors import InputError, RunError

_SCHEMA = "CREATE TABLE IF NOT EXISTS done (key TEXT PRIMARY KEY, result TEXT, error TEXT) WITHOUT ROWID"


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
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._lock = _locked(file)
            self._database = sqlite3.connect(file, timeout=5.0)
            self._database.execute("PRAGMA journal_mode=DELETE")
            self._database.execute(_SCHEMA)
            self._database.commit()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise JournalError(f"{file}: cannot be written ({error})") from None
            raise InputError(f"not a journal, or damaged ({error})", file=file, allowed="another --out") from None
        except OSError as error:
            raise JournalError(f"{file}: cannot be written ({error.strerror or error})") from None

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
                self._database.execute("INSERT OR REPLACE INTO done VALUES (?, ?, ?)", row)
        except sqlite3.Error as error:
            raise JournalError(f"{self.file}: cannot be written ({error}); what was done before is kept") from None

    def entry(self, key: str) -> Entry | None:
        """What became of a task; None if it is not done."""
        row = self._database.execute("SELECT result, error FROM done WHERE key = ?", (key,)).fetchone()
        return None if row is None else Entry(key, None if row[0] is None else json.loads(row[0]), row[1])

    def result(self, key: str) -> Any:
        """What a task returned; None if it failed or is not done."""
        entry = self.entry(key)
        return None if entry is None else entry.result

    def __iter__(self) -> Iterator[Entry]:
        with closing(self._database.execute("SELECT key, result, error FROM done ORDER BY key")) as rows:
            for key, result, error in rows:
                yield Entry(key, None if result is None else json.loads(result), error)

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()
        self._lock.close()


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
