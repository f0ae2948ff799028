"""Files appear whole or not at all."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from takeup.io import OutputError, write_whole
from takeup.report.results_folder import key_of_results, write_frame, write_json


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def fail_with(number: int) -> object:
    def failing(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    return failing


def test_a_file_is_replaced_and_its_folders_made(tmp_path: Path) -> None:
    file = tmp_path / "results" / "a" / "居住证.txt"
    write_whole(file, "first")
    write_whole(file, "二")
    assert file.read_bytes() == "二".encode()
    assert names(file.parent) == ["居住证.txt"]


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "monthly.csv"
    write_whole(file, "old")
    monkeypatch.setattr(os, "fsync", fail_with(errno.ENOSPC))
    with pytest.raises(OutputError, match=r"monthly\.csv: the file cannot be written: the disk is full"):
        write_whole(file, "new")
    assert file.read_text() == "old"
    assert names(tmp_path) == ["monthly.csv"]


def test_an_interruption_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "monthly.csv", "new")
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.EROFS, "the disk is read-only"),
        (errno.EACCES, "you do not have permission to write to it"),
        (errno.EIO, "error"),
    ],
)
def test_the_reason_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, reason: str) -> None:
    monkeypatch.setattr(os, "fsync", fail_with(number))
    with pytest.raises(OutputError, match=reason) as caught:
        write_whole(tmp_path / "report.html", b"")
    assert caught.value.path == tmp_path / "report.html"


def test_a_folder_in_the_files_place_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "report.html").mkdir()
    with pytest.raises(OutputError, match="a folder with this name exists"):
        write_whole(tmp_path / "report.html", "text")
    assert names(tmp_path) == ["report.html"]


def test_a_file_in_a_folders_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("a file")
    with pytest.raises(OutputError, match="is a file, not a folder"):
        write_whole(tmp_path / "results" / "report.html", "text")


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_a_table_comes_back_as_it_was(tmp_path: Path, ending: str) -> None:
    frame = pd.DataFrame({"scenario": ["基线", "b"], "valid_share": [0.1 + 0.2, np.nan]})
    for name in ("one", "two"):
        write_frame(frame, (tmp_path / name).with_suffix(ending))
    one, two = ((tmp_path / name).with_suffix(ending) for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    back = pd.read_csv(one) if ending == ".csv" else pd.read_parquet(one)
    pd.testing.assert_frame_equal(back, frame, check_exact=True)


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\.csv or \.parquet"):
        write_frame(pd.DataFrame(), tmp_path / "table.xlsx")


def test_json_has_null_where_there_is_no_number(tmp_path: Path) -> None:
    content = {
        "low": np.nan,
        "high": np.float64(1.5),
        "persons": np.int64(3),
        "series": np.array([1.0, np.inf]),
        "name": "荔湾",
    }
    write_json(content, tmp_path / "summary.json")
    read = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert read == {"low": None, "high": 1.5, "persons": 3, "series": [1.0, None], "name": "荔湾"}


@pytest.mark.slow
def test_writing_tables_needs_no_figures() -> None:
    modules = "takeup.report.results_folder, takeup.analysis.compare.result, takeup.analysis.compare.text"
    code = f"import sys, {modules}; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_key_of_results_is_the_same_for_numbers_of_numpy() -> None:
    plain = {"passed": True, "median": 1.5, "undefined": None, "counts": [1, 2]}
    of_numpy = {
        "passed": np.bool_(True),
        "median": np.float64(1.5),
        "undefined": np.nan,
        "counts": np.array([1, 2]),
    }
    assert key_of_results(of_numpy) == key_of_results(plain)
    assert key_of_results(plain | {"median": 2.5}) != key_of_results(plain)
