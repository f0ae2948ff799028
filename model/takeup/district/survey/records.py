"""A survey table in CSV, one row a person, read in pieces."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import Final

from takeup.district.population import Street
from takeup.district.survey.counting import Count, Survey
from takeup.district.survey.translation import Translation, layout
from takeup.errors import InputError
from takeup.reading import is_file

LARGEST_BYTES: Final = 200_000_000
MOST_ROWS: Final = 5_000_000
_ROWS_A_PIECE: Final = 50_000


def read_survey(
    file: Path,
    *,
    weight: str | None,
    translation: Translation,
    streets: tuple[Street, ...],
    on_bytes: Callable[[int], None] = lambda _: None,
) -> Survey:
    """Count a table of respondents in CSV, UTF-8, one row a person under one row of names.

    Args:
        file: the table.
        weight: its column of weights; everyone weighs 1 if None.
        translation: of its columns and answers.
        streets: of the district started from.
        on_bytes: called with how much of the file has been read.

    Raises:
        InputError: the file is missing, empty, too large or no table; a column, level or weight is wrong.
    """
    if not is_file(file):
        raise InputError("no such file", file=file)
    size = file.stat().st_size
    if size > LARGEST_BYTES:
        raise InputError(
            "the file is too large", file=file, given=f"{size:,} bytes", allowed=f"at most {LARGEST_BYTES:,} bytes"
        )
    try:
        with file.open("rb") as raw, TextIOWrapper(raw, encoding="utf-8-sig", newline="") as text:
            rows = csv.reader(text, strict=True)
            header = next(rows, None)
            if not header:
                raise InputError("the file is empty" if size == 0 else "no row of names", key="row 1")
            count = Count(file.name, layout(header, weight, translation), translation, streets)
            for cells, numbers in _pieces(rows, len(header)):
                count.add(cells, numbers)
                on_bytes(raw.tell())
            return count.done()
    except InputError as error:
        raise error.within(file=file) from None
    except UnicodeDecodeError:
        raise InputError(
            "not UTF-8 text", file=file, allowed='UTF-8; a spreadsheet saves it as "CSV UTF-8"'
        ) from None
    except csv.Error as error:
        raise InputError(f"not CSV: {error}", file=file, key=f"line {rows.line_num}") from None
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror or error})", file=file) from None


def _pieces(rows: Iterator[list[str]], width: int) -> Iterator[tuple[list[tuple[str, ...]], list[int]]]:
    """The columns of some rows, empty ones left out, and the rows' numbers, that of the names being 1."""
    numbered = ((number, row) for number, row in enumerate(rows, 2) if any(row))
    total = 0
    while piece := list(islice(numbered, _ROWS_A_PIECE)):
        total += len(piece)
        if total > MOST_ROWS:
            raise InputError("too many rows", allowed=f"at most {MOST_ROWS:,} persons")
        for number, row in piece:
            if len(row) != width:
                raise InputError(
                    "not as many cells as names in row 1", key=f"row {number}", given=len(row), allowed=str(width)
                )
        yield list(zip(*(row for _, row in piece), strict=True)), [number for number, _ in piece]
