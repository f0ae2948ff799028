"""Files that are broken or hostile: a few of each kind, all that ever crashed a reader, what a reader may not do."""

from __future__ import annotations

import ast
import io
import zipfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from takeup.console.overrides import Overrides
from takeup.district import read_posterior
from takeup.errors import InputError
from takeup.io import LARGEST_FILE_BYTES
from takeup.runs.journal import Entry, Journal
from takeup.scenario import load_scenario
from takeup.simulation import restore_model
from tests.hypothesis_profiles import examples
from tools.fuzz.binary_mutators import sealed
from tools.fuzz.campaign import kept
from tools.fuzz.corpus import try_all
from tools.fuzz.generators import invent
from tools.fuzz.readers import READERS, REPOSITORY, hamlet

FILES = examples(25)


@pytest.mark.parametrize("kind", READERS)
def test_a_file_that_is_right_is_read_and_few_that_are_almost_right_do_no_harm(
    kind: str, beside: ProcessPoolExecutor, tmp_path: Path
) -> None:
    right = READERS[kind].right()
    wrong, accepted = beside.submit(try_all, kind, right, tmp_path).result()
    assert wrong == [None] * len(right)
    if kind not in {"scenario", "calibrated"}:  # one of them needs the streets or the dated rules of Liwan
        assert accepted == len(right)
    assert beside.submit(invent, kind, FILES, tmp_path / "faulty").result().faults == {}


@pytest.mark.parametrize("case", kept(), ids=lambda case: case.name)
def test_what_once_crashed_a_reader_is_refused_or_read(
    case: Path, beside: ProcessPoolExecutor, tmp_path: Path
) -> None:
    kind = case.name.partition("-")[0]
    assert beside.submit(try_all, kind, [case.read_bytes()], tmp_path).result()[0] == [None]


@pytest.fixture(scope="module")
def arrays() -> dict[str, np.ndarray[Any, Any]]:
    """Of a saved state."""
    with np.load(io.BytesIO(READERS["state"].right()[0])) as archive:
        return {name: archive[name] for name in archive.files if name != "checksum"}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("profile", 60_000, "profile is not within 0 to 1023"),
        ("status", 9, "status is not within"),
        ("residence_months", -3, "residence_months is not within"),
        ("line", 2_000_000, "a queue does not contain exactly the QUEUED slots of its street"),
        ("length", 2**40, "the length of a queue is not within 0 to the number of slots of its street"),
        ("person", 1, "the numbers of the persons do not match their slots"),
        ("trust", np.nan, "trust is not within"),
        ("wait", np.inf, "wait is negative or infinite"),
        ("credit", 1e19, "credit is not within 0 to 1"),
    ],
)
def test_an_invalid_state_with_a_correct_checksum_is_refused(
    arrays: dict[str, np.ndarray[Any, Any]], name: str, value: float, message: str, tmp_path: Path
) -> None:
    """Compiled code would take these numbers as places in memory."""
    changed = arrays[name].copy()
    changed[0] = value
    length = arrays["length"].copy()
    if name == "line":
        length[0] = max(1, length[0])
    (tmp_path / "state").write_bytes(sealed(arrays | {"length": length, name: changed}))
    with pytest.raises(InputError, match=message):
        restore_model(tmp_path / "state", district=hamlet())


def test_what_is_packed_is_not_unpacked(arrays: dict[str, np.ndarray[Any, Any]], tmp_path: Path) -> None:
    """A small file could hold more than fits into memory."""
    (tmp_path / "state").write_bytes(sealed(arrays | {"trust": np.zeros(10_000_000)}, zipfile.ZIP_DEFLATED))
    with pytest.raises(InputError, match="the file is not a saved model"):
        restore_model(tmp_path / "state", district=hamlet())


def test_a_posterior_of_more_rows_than_anybody_draws_is_refused_before_it_is_read(tmp_path: Path) -> None:
    pq.write_table(pa.table({"publicity": pa.array(np.zeros(3_000_000))}), tmp_path / "posterior.parquet")
    assert (tmp_path / "posterior.parquet").stat().st_size < 100_000
    with pytest.raises(InputError, match="1 to 100,000 rows"):
        read_posterior(tmp_path / "posterior.parquet", hamlet().parameters)


def test_a_posterior_with_a_flipped_bit_is_noticed(tmp_path: Path) -> None:
    """Pages are under checksums, so that another value of the right range is noticed too."""
    file = tmp_path / "posterior.parquet"
    table = pa.table({"publicity": pa.array(np.linspace(0.01, 0.02, 50))})
    pq.write_table(table, file, write_page_checksum=True, use_dictionary=False, compression="none")
    content = bytearray(file.read_bytes())
    at = content.index(np.float64(table["publicity"][7].as_py()).tobytes())
    content[at] ^= 1
    file.write_bytes(content)
    with pytest.raises(InputError, match="the file is not a readable Parquet file"):
        read_posterior(file, hamlet().parameters)


@pytest.mark.parametrize(("written", "changed"), [(b"task 1", b"task 7"), (b"[1, 2]", b"[9, 2]")])
def test_a_row_of_a_journal_that_was_changed_is_done_again(written: bytes, changed: bytes, tmp_path: Path) -> None:
    file = tmp_path / "journal.sqlite"
    journal = Journal(file)
    for key in ("task 1", "task 2"):
        journal.add(Entry(key, [1, 2], None))
    journal.close()
    file.write_bytes(file.read_bytes().replace(written, changed, 1))
    journal = Journal(file)
    assert len(journal.keys()) == 1
    assert [entry.result for entry in journal] == [[1, 2]]
    journal.close()


def test_a_file_that_is_too_large_or_nested_too_deeply_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file.toml"
    for content, message in (
        (b"#" * (LARGEST_FILE_BYTES + 1), "too large"),
        (b"a = " + b"[" * 50_000, "nested too deeply"),
        (b"a" + b".a" * 20_000 + b" = 1", "a key of the file has too many parts"),
        (b"a = " + b"9" * 5_000, "the integer does not fit into 64 bits"),
    ):
        file.write_bytes(content)
        with pytest.raises(InputError, match=message):
            load_scenario(file)
        with pytest.raises(InputError, match=message):
            Overrides(None, file)


def test_nothing_that_is_read_can_be_run() -> None:
    """No pickle, no eval, no exec in the model; NumPy is told that it may not either."""
    forbidden = {"eval", "exec", "pickle", "marshal", "shelve", "dill", "joblib", "cloudpickle", "literal_eval"}
    for root in ("model/takeup", "calibration/takeup_calibration"):
        for file in sorted((REPOSITORY / root).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                used: set[str] = set()
                if isinstance(node, ast.Import | ast.ImportFrom):
                    used = {alias.name.split(".")[0] for alias in node.names}
                    used |= {str(node.module).split(".")[0]} if isinstance(node, ast.ImportFrom) else set()
                elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    used = {node.func.id}
                elif isinstance(node, ast.Call) and ast.unparse(node.func) == "np.load":
                    message = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
                    assert message.get("allow_pickle") == "False", f"{file.name} lets NumPy unpickle"
                assert not used & forbidden, f"{file.name} uses {used & forbidden}"
