"""Mapping files: from a survey's columns and values to those of the model."""

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
from takeup.message import Message

STAY: Final = "stay"
LEVELS: Final[dict[str, tuple[str, ...]]] = {**ATTRIBUTES, STAY: TENURE_BANDS}
"""The levels of every column but the street."""
COLUMNS: Final = (*LEVELS, STREET)
_SYNONYMS: Final = {"tenure": STAY, "residence_months": STAY}
_SIMILARITY: Final = 0.8
_MAX_LISTED: Final = 20


class _File(StrictModel):
    columns: dict[str, str] = Field(default_factory=dict)
    levels: dict[str, dict[str, str]] = Field(default_factory=dict)
    missing: dict[str, list[str]] = Field(default_factory=dict)
    ignore: list[str] = Field(default_factory=list)


@dataclass(frozen=True)
class ColumnMapping:
    """The content of a mapping file.

    Attributes:
        name: name of the file; empty without a file.
        columns: name of the model's column, by name of the table's column.
        levels: for each column of the model, the model's level by the table's value.
        missing: for each column of the model, the table's values that mean a missing value.
        ignored: columns of the table to ignore.
    """

    name: str
    columns: dict[str, str]
    levels: dict[str, dict[str, str]]
    missing: dict[str, frozenset[str]]
    ignored: frozenset[str]


@dataclass(frozen=True)
class ColumnLayout:
    """The positions of the model's columns in a row of a survey table.

    Attributes:
        width: number of cells per row.
        places: position of each column of the model, by name, in the order of `COLUMNS`.
        weight: position of the weight; None if there are no weights.
        header: the table's own column names.
        unused: names of the columns that are not used.
    """

    width: int
    places: dict[str, int]
    weight: int | None
    header: tuple[str, ...]
    unused: tuple[str, ...]


_UNKNOWN_COLUMN: Final = Message("unknown column")
FIRST_ROW: Final = Message("row {number}", number=1)


def read_mapping(file: Path | None) -> ColumnMapping:
    """Read a mapping file; without a file return a mapping that changes nothing.

    Raises:
        InputError: the file is wrong, or names an unknown column or level.
    """
    if file is None:
        return ColumnMapping("", {}, {}, {}, frozenset())
    content = parse_model(_File, read_toml(file), file=file)
    try:
        for own, column in content.columns.items():
            _check(column, (*COLUMNS, *_SYNONYMS), _UNKNOWN_COLUMN, f"columns, {own}")
        for column in (*content.levels, *content.missing):
            _check(column, COLUMNS, _UNKNOWN_COLUMN, "levels" if column in content.levels else "missing")
        for column, codes in content.levels.items():
            for code, level in codes.items():
                if column in LEVELS:
                    _check(
                        level,
                        LEVELS[column],
                        Message("unknown level of {attribute}", attribute=column),
                        f"levels, {column}, {code}",
                    )
    except InputError as error:
        raise error.within(file=file) from None
    return ColumnMapping(
        file.name,
        {own: _SYNONYMS.get(column, column) for own, column in content.columns.items()},
        content.levels,
        {column: frozenset(codes) for column, codes in content.missing.items()},
        frozenset(content.ignore),
    )


def column_layout(header: list[str], weight: str | None, mapping: ColumnMapping) -> ColumnLayout:
    """Locate the model's columns in a header.

    Args:
        header: the table's column names.
        weight: name of the column of weights; None for no weights.
        mapping: the mapping of columns.

    Raises:
        InputError: a required column is missing, a column exists twice, no column is one of the model's, or a
            column that is not used is spelt almost like a missing column of the model.
    """
    names = tuple(name.strip() for name in header)
    for own in (*mapping.columns, *mapping.ignored):
        _check_unique(own, names, f"{mapping.name}, {'columns' if own in mapping.columns else 'ignore'}")
    if weight is not None:
        _check_unique(weight, names, "--weight")
    places: dict[str, int] = {}
    for place, name in enumerate(names):
        column = mapping.columns.get(name, _SYNONYMS.get(name, name))
        if column not in COLUMNS or name in mapping.ignored:
            continue
        if column in places:
            raise InputError(
                Message('two columns have names that mean "{column}"', column=column),
                key=FIRST_ROW,
                given=f"{names[places[column]]}, {name}",
                allowed='one of these columns; list the other under "ignore" of a mapping',
            )
        if name == weight:
            raise InputError(
                "the column is an attribute of the model, not a weight",
                key="--weight",
                given=weight,
                allowed="a column that only contains weights",
            )
        places[column] = place
    used = {*places.values(), *([names.index(weight)] if weight is not None else [])}
    unused = tuple(name for place, name in enumerate(names) if place not in used)
    _check_similar(set(unused) - mapping.ignored, [column for column in COLUMNS if column not in places])
    if not places:
        raise InputError(
            "no column of the table has a name that the model knows",
            key=FIRST_ROW,
            given=", ".join(names),
            allowed=COLUMNS,
        )
    ordered = {column: places[column] for column in COLUMNS if column in places}
    return ColumnLayout(len(names), ordered, names.index(weight) if weight is not None else None, names, unused)


def _check(given: str, allowed: Iterable[str], problem: str, key: str) -> None:
    if given not in allowed:
        raise InputError(problem, key=key, given=given, allowed=allowed)


def _check_unique(name: str, names: tuple[str, ...], key: str) -> None:
    if names.count(name) != 1:
        is_listed = len(names) <= _MAX_LISTED
        raise InputError(
            "the table has two columns with this name" if name in names else "the table has no such column",
            key=key,
            given=name,
            allowed=names if is_listed else "a column of the table",
            nearest=names,
        )


def _check_similar(unused: set[str], absent: list[str]) -> None:
    """Refuse a misspelt column, which the base district's shares would replace."""
    for name in sorted(unused):
        if get_close_matches(name.casefold(), absent, n=1, cutoff=_SIMILARITY):
            raise InputError(
                "the column is unknown, and its name is similar to a name that the model knows; to ignore the "
                'column, list it under "ignore" of a mapping',
                key=FIRST_ROW,
                given=name,
                allowed=COLUMNS,
            )
