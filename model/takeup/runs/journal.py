"""Journal of the results of finished jobs, in a file that survives a crash, and their keys.

The journal is an SQLite database. Only the parent process writes it, one result at a time. A command that is run
again skips the jobs that are in the journal. Only one process at a time may open a journal; the lock is a second
file, so other processes can still read the database.

Every row has a checksum. When a journal is opened, rows that do not match their checksum are deleted, so that their
jobs are run again. A damaged file, or one with other tables, raises an error.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from takeup.errors import InputError, RunError
from takeup.io import describe_reason, require_regular_file
from takeup.message import Message, find_message

_COLUMNS = "(key TEXT PRIMARY KEY, result TEXT, error TEXT, checksum BLOB) WITHOUT ROWID"
_SCHEMA = [("table", "done", f"CREATE TABLE done {_COLUMNS}")]
_LOCK_SECONDS = 1.0
_WAIT_SECONDS = 5.0
_IN_MEMORY: Final = Path(":memory:")
"""SQLite's name of a database without a file."""

_DATABASE_FAULTS: Final = (
    Message("attempt to write a readonly database"),
    Message("database disk image is malformed"),
    Message("database is locked"),
    Message("database or disk is full"),
    Message("disk I/O error"),
    Message("file is not a database"),
    Message("unable to open database file"),
)
"""Frequent texts of SQLite's errors."""


class JournalError(RunError):
    """A journal cannot be written; its entries stay readable."""


@dataclass(frozen=True)
class Entry:
    """The outcome of a job: its result, or the error that ended it.

    Attributes:
        key: key of the job.
        result: return value of the job as JSON values; None if it failed.
        error: description of the error; None if the job succeeded.
    """

    key: str
    result: Any
    error: str | None


class Journal:
    """The outcomes of jobs, stored by their keys.

    Args:
        file: file of the journal, created if it does not exist; None keeps the journal in memory.

    Raises:
        InputError: the file is not a journal, or it is damaged.
        JournalError: the file cannot be created, or another process uses it.
    """

    def __init__(self, file: Path | None = None) -> None:
        self.file = _IN_MEMORY if file is None else file
        with ExitStack() as begun:  # releases the lock on failure, so that the next attempt need not wait for it
            if file is not None:
                require_regular_file(file)
            try:
                if file is not None:
                    file.parent.mkdir(parents=True, exist_ok=True)
                    begun.enter_context(closing(_lock(file)))
                self._database = begun.enter_context(closing(sqlite3.connect(self.file, timeout=_WAIT_SECONDS)))
                self._database.execute("PRAGMA journal_mode=DELETE")
                self._database.execute(f"CREATE TABLE IF NOT EXISTS done {_COLUMNS}")
                self._database.commit()
                self._delete(self._corrupt_keys())
            except sqlite3.OperationalError as error:
                raise JournalError(
                    Message("{file}: the journal cannot be written ({error})", file=file, error=_describe(error))
                ) from None
            except (sqlite3.DatabaseError, UnicodeError) as error:
                raise self._damaged(_describe(error)) from None
            except OSError as error:
                raise JournalError(
                    Message(
                        "{file}: the journal cannot be written ({error})", file=file, error=describe_reason(error)
                    )
                ) from None
            self._resources = begun.pop_all()

    @property
    def is_file(self) -> bool:
        """Whether the journal is kept in a file."""
        return self.file != _IN_MEMORY

    def __contains__(self, key: str) -> bool:
        """Return whether the job with this key has succeeded."""
        row = self._database.execute("SELECT 1 FROM done WHERE key = ? AND error IS NULL", (key,)).fetchone()
        return row is not None

    def keys(self) -> set[str]:
        """Return the keys of all jobs that have succeeded."""
        with closing(self._database.execute("SELECT key FROM done WHERE error IS NULL")) as rows:
            return {key for (key,) in rows}

    def add(self, entry: Entry) -> None:
        """Write an entry, and commit it to the disk.

        Raises:
            JournalError: the entry could not be written, because the disk is full or read-only.
        """
        row = (entry.key, None if entry.result is None else json.dumps(entry.result), entry.error)
        try:
            with self._database:
                self._database.execute("INSERT OR REPLACE INTO done VALUES (?, ?, ?, ?)", (*row, _checksum(*row)))
        except sqlite3.Error as error:
            raise JournalError(
                Message(
                    "{file}: the journal cannot be written ({error}); earlier results are kept",
                    file=self.file,
                    error=_describe(error),
                )
            ) from None

    def entry(self, key: str) -> Entry | None:
        """Return the entry of a job; None if it has not been run."""
        row = self._database.execute("SELECT result, error FROM done WHERE key = ?", (key,)).fetchone()
        return None if row is None else Entry(key, self._loaded(row[0]), row[1])

    def result(self, key: str) -> Any:
        """Return the result of a job; None if it failed or has not been run."""
        entry = self.entry(key)
        return None if entry is None else entry.result

    def __iter__(self) -> Iterator[Entry]:
        with closing(self._database.execute("SELECT key, result, error FROM done ORDER BY key")) as rows:
            for key, result, error in rows:
                yield Entry(key, self._loaded(result), error)

    def close(self) -> None:
        """Close the file and release its lock."""
        self._resources.close()

    def _corrupt_keys(self) -> list[str]:
        """Return the keys of the rows that do not match their checksum."""
        try:
            tables = self._database.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
            if tables != _SCHEMA:
                raise self._damaged(Message("its tables are not those of a journal"))
            (verdict,) = self._database.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise self._damaged(verdict.partition("\n")[0])
            with closing(self._database.execute("SELECT key, result, error, checksum FROM done")) as rows:
                return [key for key, *row, checksum in rows if checksum != _checksum(key, *row)]
        except sqlite3.Error as error:
            raise self._damaged(_describe(error)) from None

    def _delete(self, keys: list[str]) -> None:
        with self._database:
            self._database.executemany("DELETE FROM done WHERE key = ?", [(key,) for key in keys])

    def _loaded(self, result: str | None) -> Any:
        try:
            return None if result is None else json.loads(result)
        except (ValueError, RecursionError) as error:
            raise self._damaged(_describe(error)) from None

    def _damaged(self, reason: object) -> InputError:
        return InputError(
            Message("the file is not a journal, or it is damaged ({reason})", reason=reason),
            file=self.file,
            allowed="another folder, with --out",
        )


def _checksum(key: object, result: object, error: object) -> bytes:
    """Return the checksum of a row, which depends on the values and their types."""
    return hashlib.sha256(repr((key, result, error)).encode()).digest()


def _lock(file: Path) -> sqlite3.Connection:
    """Lock the journal until the connection is closed or the process ends."""
    lock = sqlite3.connect(file.with_name(f"{file.name}.lock"), timeout=_LOCK_SECONDS, isolation_level=None)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            raise JournalError(
                Message(
                    "{folder}: another command is writing to this folder; wait until it ends, or use another folder",
                    folder=file.parent,
                )
            ) from None
        raise
    return lock


_PACKAGES: Final = ("takeup", "takeup_calibration")
"""Packages of the distribution; `takeup` does not import the second, which may be missing."""
_DECISIVE: Final = (".py", ".toml")


@cache
def code_digest() -> str:
    """Hash every `*.py` and `*.toml` file shipped with the packages.

    Keys with this digest never match stored results of other code or data. The digest covers more files than any one
    command depends on, because a needless recomputation is better than a wrong result.
    """
    digest = hashlib.sha256()
    for name, file in shipped_files():
        content = file.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def key_of(*inputs: object, digits: int = 24) -> str:
    """Return the key of a stored result: a hash of the shipped code and the inputs.

    Args:
        inputs: all inputs that the result depends on, as JSON values.
        digits: length of the key, in hexadecimal digits.
    """
    return hashlib.sha256(json.dumps([code_digest(), *inputs]).encode()).hexdigest()[:digits]


def shipped_files() -> Iterator[tuple[str, Path]]:
    """Yield the name and the path of every file that the digest covers, in order."""
    for package in _PACKAGES:
        spec = find_spec(package)
        for folder in map(Path, (spec.submodule_search_locations or ()) if spec is not None else ()):
            files = (file for file in folder.rglob("*") if file.suffix in _DECISIVE and file.is_file())
            for name, file in sorted((file.relative_to(folder).as_posix(), file) for file in files):
                yield f"{package}/{name}", file


def _describe(error: Exception) -> str:
    return find_message(str(error), _DATABASE_FAULTS)
