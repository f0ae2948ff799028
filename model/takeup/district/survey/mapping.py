"""How a survey's own columns and answers are said in the model's words: a mapping file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from pydantic import Field

from takeup.district.attributes import ATTRIBUTES, STREET, TENURE_BANDS
from takeup.errors import InputError
from takeup.io import StrictModel, parse_model, read_toml

STAY: Final = "stay"
LEVELS: Final[dict[str, tuple[str, ...]]] = {**ATTRIBUTES, STAY: TENURE_BANDS}
"""The levels of every column but the street, which has the district's own."""
COLUMNS: Final = (*LEVELS, STREET)
_ALSO_CALLED: Final = {"tenure": STAY, "residence_months": STAY}
_NEARLY: Final = 0.8
_MOST_NAMED: Final = 20


class _Written(StrictModel):
    columns: dict[str, str] = Field(default_factory=dict)
    levels: dict[str, dict[str, str]] = Field(default_factory=dict)
    missing: dict[str, list[str]] = Field(default_factory=dict)
    ignore: list[str] = Field(default_factory=list)


@dataclass(frozen=True)
class ColumnMapping:
    """What a mapping file says.

    Attributes:
        name: the file's name; empty without one.
        columns: the model's column by the table's.
        levels: by the model's column: the model's level by the table's answer.
        missing: by the model's column: answers that are none.
        ignored: columns of the table to pass over.
    """

    name: str
    columns: dict[str, str]
    levels: dict[str, dict[str, str]]
    missing: dict[str, frozenset[str]]
    ignored: frozenset[str]


@dataclass(frozen=True)
class ColumnLayout:
    """Where in a row what stands.

    Attributes:
        width: cells in a row.
        places: number of the cell by the model's column, in the order of `COLUMNS`.
        weight: number of the weight's cell; None if nobody is weighted.
        header: the table's own names.
        passed: names of the columns that are not used.
    """

    width: int
    places: dict[str, int]
    weight: int | None
    header: tuple[str, ...]
    passed: tuple[str, ...]


def read_mapping(file: Path | None) -> ColumnMapping:
    """The content of a mapping file; without one, everything means itself.

    Raises:
        InputError: the file is wrong, or names a column or level that the model has not.
    """
    if file is None:
        return ColumnMapping("", {}, {}, {}, frozenset())
    written = parse_model(_Written, read_toml(file), file=file)
    try:
        for own, column in written.columns.items():
            _check(column, (*COLUMNS, *_ALSO_CALLED), "unknown column", f"columns, {own}")
        for column in (*written.levels, *written.missing):
            _check(column, COLUMNS, "unknown column", "levels" if column in written.levels else "missing")
        for column, answers in written.levels.items():
            for answer, level in answers.items():
                if column in LEVELS:
                    _check(level, LEVELS[column], f"unknown level of {column}", f"levels, {column}, {answer}")
    except InputError as error:
        raise error.within(file=file) from None
    return ColumnMapping(
        file.name,
        {own: _ALSO_CALLED.get(column, column) for own, column in written.columns.items()},
        written.levels,
        {column: frozenset(answers) for column, answers in written.missing.items()},
        frozenset(written.ignore),
    )


def column_layout(header: list[str], weight: str | None, translation: ColumnMapping) -> ColumnLayout:
    """Where the model's columns stand under this header.

    Raises:
        InputError: a column that is asked for is missing, one stands twice, none is the model's, or one is named
            nearly as one of the model's that is missing.
    """
    names = tuple(name.strip() for name in header)
    for own in (*translation.columns, *translation.ignored):
        _check_there(own, names, f"{translation.name}, {'columns' if own in translation.columns else 'ignore'}")
    if weight is not None:
        _check_there(weight, names, "--weight")
    places: dict[str, int] = {}
    for place, name in enumerate(names):
        column = translation.columns.get(name, _ALSO_CALLED.get(name, name))
        if column not in COLUMNS or name in translation.ignored:
            continue
        if column in places:
            raise InputError(f"two columns for {column}", key="row 1", given=f"{names[places[column]]}, {name}")
        if name == weight:
            raise InputError("a column of the model's, not of weights", key="--weight", given=weight)
        places[column] = place
    used = {*places.values(), *([names.index(weight)] if weight is not None else [])}
    passed = tuple(name for place, name in enumerate(names) if place not in used)
    _check_nearly(set(passed) - translation.ignored, [column for column in COLUMNS if column not in places])
    if not places:
        raise InputError("no column is one of the model's", key="row 1", given=", ".join(names), allowed=COLUMNS)
    ordered = {column: places[column] for column in COLUMNS if column in places}
    return ColumnLayout(len(names), ordered, names.index(weight) if weight is not None else None, names, passed)


def _check(given: str, allowed: Iterable[str], problem: str, key: str) -> None:
    if given not in allowed:
        raise InputError(problem, key=key, given=given, allowed=allowed)


def _check_there(name: str, names: tuple[str, ...], key: str) -> None:
    if names.count(name) != 1:
        few = len(names) <= _MOST_NAMED
        raise InputError(
            "the column stands twice" if name in names else "no such column",
            key=key,
            given=name,
            allowed=names if few else "a column of the table",
            nearest=names,
        )


def _check_nearly(passed: set[str], absent: list[str]) -> None:
    """A slip in a header would else leave the district with another's figures."""
    for name in sorted(passed):
        if get_close_matches(name.casefold(), absent, n=1, cutoff=_NEARLY):
            raise InputError(
                'unknown column, named nearly as one of the model\'s (under "ignore" of a mapping it is passed over)',
                key="row 1",
                given=name,
                allowed=COLUMNS,
            )
