"""The layout of a tile map, and errors in its file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from takeup.district import TILES, District, tiles_of
from takeup.errors import InputError


def test_liwans_layout_has_22_streets_and_its_note_calls_it_invented(liwan: District) -> None:
    tiles = tiles_of(liwan)
    assert len(set(tiles.places)) == 22
    assert "invented layout, approximate" in tiles.source
    assert tiles.status == "assumed"


@pytest.mark.parametrize(
    ("rows", "quoted"),
    [
        ('[["North", "Middle"]]', "a street has no tile.*South"),
        ('[["North", "Middle"], ["South", "Nord"]]', 'unknown street.*Nord.*did you mean "North"'),
        ('[["North", "Middle"], ["South", "North"]]', "the street has two tiles"),
        ("[]", "rows"),
    ],
)
def test_a_wrong_layout_is_an_error(village: District, tmp_path: Path, rows: str, quoted: str) -> None:
    (tmp_path / TILES).write_text(f'status = "assumed"\nsource = "test"\nrows = {rows}\n')
    with pytest.raises(InputError, match=f"(?s){TILES}.*{quoted}"):
        tiles_of(replace(village, folder=tmp_path))


def test_the_layout_of_a_district_is_read(village: District, tmp_path: Path) -> None:
    (tmp_path / TILES).write_text('status = "observed"\nsource = "a"\nrows = [["", "North"], ["Middle", "South"]]\n')
    tiles = tiles_of(replace(village, folder=tmp_path))
    assert tiles.places == ((1, 0), (0, 1), (1, 1))
    assert (tiles.columns, tiles.rows) == (2, 2)
