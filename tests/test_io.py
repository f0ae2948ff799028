"""Tests of written files."""

from __future__ import annotations

from pathlib import Path

import pytest

from takeup.errors import InputError
from takeup.io import write_exclusive


def test_a_new_file_never_replaces_another(tmp_path: Path) -> None:
    file = tmp_path / "scenario.toml"
    write_exclusive(file, "first\n")
    with pytest.raises(InputError, match="already exists"):
        write_exclusive(file, "second\n")
    assert file.read_bytes() == b"first\n"


def test_a_new_file_is_not_written_through_a_link(tmp_path: Path) -> None:
    link, other = tmp_path / "scenario.toml", tmp_path / "other.toml"
    link.symlink_to(other)
    with pytest.raises(InputError, match="already exists"):
        write_exclusive(link, "text\n")
    assert not other.exists()


def test_a_new_file_in_a_place_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "place").write_bytes(b"")
    with pytest.raises(InputError, match="cannot be written"):
        write_exclusive(tmp_path / "place" / "scenario.toml", "text\n")
