"""Tile maps: the position of each street's tile, from a district's tiles.toml or on a plain grid."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import Field

from takeup.district import District
from takeup.errors import InputError
from takeup.io import StrictModel, is_file, parse_model, read_toml

TILES: Final = "tiles.toml"
"""Name of the file in a district's folder."""
_GRID_COLUMNS: Final = 4
"""Columns of a grid; the page has no room for more tiles of the usual size."""


class _File(StrictModel):
    status: str = Field(min_length=1)
    source: str = Field(min_length=1)
    rows: list[list[str]] = Field(min_length=1)


@dataclass(frozen=True)
class Tiles:
    """A map of tiles.

    Attributes:
        places: (column, row) of each street, in the streets' order.
        columns, rows: their numbers.
        note: source of the layout, for the page.
    """

    places: tuple[tuple[int, int], ...]
    columns: int
    rows: int
    note: str


def tiles_of(district: District, file: Path | None = None) -> Tiles:
    """Return a district's tile map.

    Args:
        district: the district.
        file: the file to read; None: the district's own tiles.toml. If the file does not exist, the result is a grid
            in the order of the streets.

    Raises:
        InputError: the file is wrong.
    """
    file = district.folder / TILES if file is None else file
    return _read(file, district.streets) if is_file(file) else _grid(district.streets)


def _read(file: Path, streets: tuple[str, ...]) -> Tiles:
    content = parse_model(_File, read_toml(file), file=file)
    places: dict[str, tuple[int, int]] = {}
    for number, row in enumerate(content.rows):
        for column, street in enumerate(row):
            if not street:
                continue
            if street not in streets:
                raise InputError("unknown street", file=file, key=f"row {number + 1}", given=street, allowed=streets)
            if street in places:
                raise InputError("has two tiles", file=file, key=f"row {number + 1}", given=street)
            places[street] = (column, number)
    missing = [street for street in streets if street not in places]
    if missing:
        raise InputError("a street has no tile", file=file, key="rows", given=missing[0])
    return Tiles(
        tuple(places[street] for street in streets),
        max(len(row) for row in content.rows),
        len(content.rows),
        f"Layout: {content.source} ({content.status}).",
    )


def _grid(streets: tuple[str, ...]) -> Tiles:
    columns = min(_GRID_COLUMNS, len(streets))
    places = tuple((number % columns, number // columns) for number in range(len(streets)))
    return Tiles(places, columns, math.ceil(len(streets) / columns), "Layout: a plain grid, not a map.")
