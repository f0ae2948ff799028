"""A results folder: the results of one command, listed with their hashes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from takeup.cli.app import exit_code_of
from takeup.errors import InputError
from takeup.io import JOURNAL, write_whole
from takeup.report.results_folder import MANIFEST, check_owner, results_writer, verify_results, write_json


@results_writer
def write_files(folder: Path, *names: str) -> dict[str, Any]:
    """Write files that contain their own name."""
    for name in names:
        write_whole(folder / name, name)
    return {"command": "a test"}


def listed(folder: Path) -> dict[str, str]:
    files: dict[str, str] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
    return files


def names(folder: Path) -> set[str]:
    return {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}


def test_the_manifest_lists_every_file_with_its_hash(tmp_path: Path) -> None:
    write_files(tmp_path, "b.csv", "deep/a.csv")
    assert listed(tmp_path) == {name: hashlib.sha256(name.encode()).hexdigest() for name in ("b.csv", "deep/a.csv")}
    assert verify_results(tmp_path) == 2


def test_the_files_of_an_earlier_command_are_replaced_as_a_whole(tmp_path: Path) -> None:
    write_files(tmp_path, "a.csv", "baseline/b.csv", "c.csv")
    write_files(tmp_path, "c.csv", "d.csv")
    assert names(tmp_path) == {"c.csv", "d.csv", MANIFEST}
    assert not (tmp_path / "baseline").exists()


@results_writer
def write_keyed(folder: Path, key: str, *names: str) -> dict[str, Any]:
    """Write files that contain their own name, as results of the inputs with this key."""
    for name in names:
        write_whole(folder / name, name)
    return {"key": key}


def test_files_of_the_same_inputs_are_kept_and_listed(tmp_path: Path) -> None:
    write_keyed(tmp_path, "k", "report.html")
    write_keyed(tmp_path, "k", "report.zh.html")
    assert set(listed(tmp_path)) == {"report.html", "report.zh.html"}
    assert verify_results(tmp_path) == 2
    write_keyed(tmp_path, "other", "report.zh.html")
    assert names(tmp_path) == {"report.zh.html", MANIFEST}


def test_a_file_of_the_same_inputs_that_was_changed_is_kept_and_not_listed(tmp_path: Path) -> None:
    write_keyed(tmp_path, "k", "report.html")
    write_whole(tmp_path / "report.html", "changed")
    write_keyed(tmp_path, "k", "report.zh.html")
    assert set(listed(tmp_path)) == {"report.zh.html"}


def test_files_of_the_user_are_kept(tmp_path: Path) -> None:
    write_files(tmp_path, "a.csv", "b.csv")
    write_whole(tmp_path / "notes.txt", "mine")
    write_whole(tmp_path / "a.csv", "changed by hand")
    write_files(tmp_path, "b.csv")
    assert names(tmp_path) == {"a.csv", "b.csv", "notes.txt", MANIFEST}
    assert set(listed(tmp_path)) == {"b.csv"}


def test_a_writer_that_fails_leaves_no_manifest(tmp_path: Path) -> None:
    @results_writer
    def fail(folder: Path) -> dict[str, Any]:
        write_whole(folder / "a.csv", "new")
        raise RuntimeError("failed")

    write_files(tmp_path, "a.csv", "b.csv")
    with pytest.raises(RuntimeError, match="failed"):
        fail(tmp_path)
    assert names(tmp_path) == {"a.csv", "b.csv"}


def test_a_file_of_another_folder_is_never_removed(tmp_path: Path) -> None:
    folder, outside = tmp_path / "results", tmp_path / "outside.csv"
    write_whole(outside, "x")
    content = {"files": {"../outside.csv": hashlib.sha256(b"x").hexdigest()}}
    write_json(content, folder / MANIFEST)
    write_files(folder, "a.csv")
    assert outside.exists()


def test_a_changed_or_missing_file_is_named(tmp_path: Path) -> None:
    write_files(tmp_path, "a.csv", "b.csv")
    write_whole(tmp_path / "a.csv", "changed")
    with pytest.raises(InputError, match=r"a\.csv: the file was changed; given: \"SHA-256 .*; allowed: "):
        verify_results(tmp_path)
    (tmp_path / "a.csv").unlink()
    with pytest.raises(InputError, match=r"a\.csv: the file is missing"):
        verify_results(tmp_path)


def test_check_compares_a_results_folder_with_its_manifest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_files(tmp_path, "a.csv", "b.csv")
    assert exit_code_of(["check", str(tmp_path)]) == 0
    assert "valid (2 files as in manifest.json)" in capsys.readouterr().out
    write_whole(tmp_path / "b.csv", "changed")
    assert exit_code_of(["check", str(tmp_path)]) == 2
    assert "b.csv: the file was changed" in capsys.readouterr().err


def test_a_manifest_that_lists_a_file_outside_is_refused(tmp_path: Path) -> None:
    for name in ("/etc/hostname", "../outside.csv"):
        write_json({"files": {name: "0"}}, tmp_path / MANIFEST)
        with pytest.raises(InputError, match="outside its folder"):
            verify_results(tmp_path)


@pytest.mark.parametrize("name", ["monthly.csv", "report.html", "Figure.PNG", "data.parquet"])
def test_a_folder_with_files_of_others_is_refused(tmp_path: Path, name: str) -> None:
    write_whole(tmp_path / name, "mine")
    with pytest.raises(InputError, match=f"--out: .*given: .*{name}"):
        check_owner(tmp_path)
    assert (tmp_path / name).read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("own", [MANIFEST, JOURNAL])
def test_a_folder_of_results_can_be_used_again(tmp_path: Path, own: str) -> None:
    for name in ("monthly.csv", own):
        write_whole(tmp_path / name, "{}")
    check_owner(tmp_path)


def test_folders_without_such_files_can_be_used(tmp_path: Path) -> None:
    check_owner(tmp_path / "new")
    for name in ("policy.toml", "notes.txt"):
        write_whole(tmp_path / name, "mine")
    check_owner(tmp_path)
