"""Mutated posteriors, journals and saved states, with wrong and with correct checksums."""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
import tempfile
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

from takeup.district import every_name
from tools.fuzz.readers import READERS
from tools.fuzz.text_mutators import changed, documents

_RIGHT_NAMES = ["publicity", "documents", "supply.schooling", "months_to_qualify", "contacts", "supply", "row"]
_CELLS = st.one_of(
    st.lists(st.floats(), min_size=1, max_size=3),
    st.lists(st.floats(0.0, 1.0), min_size=1, max_size=3),
    st.lists(st.integers(-5, 2**62), min_size=1, max_size=3),
    st.lists(st.one_of(st.none(), st.text(max_size=3)), min_size=1, max_size=3),
    st.lists(st.booleans(), min_size=1, max_size=3),
    st.lists(st.lists(st.floats(), max_size=2), min_size=1, max_size=3),
    st.lists(st.one_of(st.none(), st.datetimes()), min_size=1, max_size=3),
    st.lists(st.binary(max_size=3), min_size=1, max_size=3),
)


@st.composite
def flipped(draw: st.DrawFn, right: bytes) -> bytes:
    """Mutate a file: change, remove or insert some bytes, or truncate it."""
    content = bytearray(right)
    for _ in range(draw(st.integers(1, 4))):
        if not content:
            break
        at = draw(st.integers(0, len(content) - 1))
        match draw(st.sampled_from(["bit", "byte", "cut", "fill", "end"])):
            case "bit":
                content[at] ^= 1 << draw(st.integers(0, 7))
            case "byte":
                content[at] = draw(st.sampled_from([0, 1, 0x7F, 0x80, 0xFF]))
            case "cut":
                del content[at : at + draw(st.integers(1, 200))]
            case "fill":
                content[at:at] = draw(st.binary(min_size=1, max_size=20))
            case _:
                del content[at:]
    return bytes(content)


@st.composite
def posteriors(draw: st.DrawFn, right: bytes) -> bytes:
    """Make a Parquet file with columns of any type, some named as parameters, or mutate the bytes of a valid one."""
    if draw(st.booleans()):
        return draw(flipped(right))
    names = draw(st.lists(st.sampled_from([*_RIGHT_NAMES, *every_name()[:40], "", "x"]), max_size=4, unique=True))
    columns = {name: draw(_CELLS) for name in names}
    rows = min((len(column) for column in columns.values()), default=0)
    stream = io.BytesIO()
    pq.write_table(pa.table({name: pa.array(column[:rows]) for name, column in columns.items()}), stream)
    return stream.getvalue()


_SQL = st.one_of(st.none(), st.integers(-5, 5), st.floats(), st.text(max_size=4), st.binary(max_size=4))


@st.composite
def journals(draw: st.DrawFn, right: bytes) -> bytes:
    """Make an SQLite file with wrong rows or tables, or mutate the bytes of a valid journal."""
    if draw(st.booleans()):
        return draw(flipped(right))
    table = draw(
        st.sampled_from([
            "", "DROP TABLE done", "DROP TABLE done; CREATE TABLE done (key, result, error, checksum)",
            "DROP TABLE done; CREATE VIEW done AS SELECT 1 AS key, 2 AS result, NULL AS error, 4 AS checksum",
            "DROP TABLE done; CREATE TABLE done (key TEXT PRIMARY KEY, result TEXT, error TEXT) WITHOUT ROWID",
            "CREATE TRIGGER t AFTER INSERT ON done BEGIN DELETE FROM done; END", "PRAGMA user_version = 9",
        ])
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "journal"
        file.write_bytes(right)
        with closing(sqlite3.connect(file)) as database:
            database.executescript(table)
            try:
                width = len(database.execute("SELECT * FROM done").description)
                for row in draw(st.lists(st.tuples(*[_SQL] * width), max_size=3)):
                    database.execute(f"INSERT INTO done VALUES ({', '.join('?' * width)})", row)
            except sqlite3.Error:
                pass  # this table does not accept such a row
            database.commit()
        return file.read_bytes()


@st.composite
def states(draw: st.DrawFn, right: bytes) -> bytes:
    """Mutate the values of a saved state and correct its checksum, or mutate the bytes of a valid one."""
    if draw(st.integers(0, 3)) == 0:
        return draw(flipped(right))
    with np.load(io.BytesIO(right)) as archive:
        arrays = {name: archive[name] for name in archive.files if name != "checksum"}
    if draw(st.booleans()):
        header = draw(changed(json.loads(arrays["header"].tobytes())))
        try:
            arrays["header"] = np.frombuffer(json.dumps(header, default=str).encode(), dtype=np.uint8)
        except (RecursionError, ValueError):
            arrays["header"] = np.frombuffer(b'{"a":' * 3000 + b"1" + b"}" * 3000, dtype=np.uint8)
    for _ in range(draw(st.integers(0, 2))):
        name = draw(st.sampled_from(sorted(arrays)))
        array = _altered(draw, arrays[name])
        if array is None:
            arrays.pop(name)
        else:
            arrays[name] = array
        if not arrays:
            break
    return sealed(arrays, draw(st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])))


def _altered(draw: st.DrawFn, array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any] | None:
    with np.errstate(all="ignore"):
        match draw(st.sampled_from(["one", "one", "one", "type", "shape", "short", "drop"])):
            case "one" if array.size:
                changed_one = array.copy().reshape(-1)
                value = draw(
                    st.sampled_from([0, 1, 2, 3, 4, 5, 9, 60, 255, -1, 2**31, -(2**40), 1e300, np.nan, np.inf])
                )
                changed_one[draw(st.integers(0, array.size - 1))] = np.array([value]).astype(array.dtype)[0]
                return changed_one.reshape(array.shape)
            case "type" if array.dtype.kind != "S":
                return array.astype(draw(st.sampled_from(["i1", "u8", "f4", "f8", "c8", "S3", "?"])))
            case "shape":
                return array.reshape(draw(st.sampled_from([(-1, 1), (1, -1), (-1,)])))
            case "short":
                return array.reshape(-1)[: draw(st.integers(0, array.size))]
            case _:
                return None


def sealed(arrays: dict[str, np.ndarray[Any, Any]], compression: int = zipfile.ZIP_STORED) -> bytes:
    """Return a saved state with these arrays and a correct checksum."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        digest.update(f"{name} {arrays[name].dtype} {arrays[name].shape}".encode())
        digest.update(np.ascontiguousarray(arrays[name]).tobytes())
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        checksum = np.frombuffer(digest.digest(), dtype=np.uint8)
        for name, array in {**arrays, "checksum": checksum}.items():
            member = io.BytesIO()
            np.save(member, array, allow_pickle=False)
            archive.writestr(f"{name}.npy", member.getvalue())
    return stream.getvalue()


def inputs(kind: str) -> st.SearchStrategy[bytes]:
    """Return a strategy that makes mutated files of a kind."""
    right = READERS[kind].right()
    made = {"posterior": posteriors, "journal": journals, "state": states}
    if kind in made:
        return made[kind](right[0])
    return st.one_of(documents(right), documents(right), documents(right), st.sampled_from(right).flatmap(flipped))
