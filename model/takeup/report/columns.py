"""Columns of result tables: label, meaning and format; tables with headings in words."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import pandas as pd

from takeup.io import write_whole
from takeup.report.i18n import Language

_EVERY: Final = "every_table"
"""Table of a file of columns with the columns that mean the same in several tables."""
_BYTE_ORDER_MARK: Final = "\ufeff"
"""First character of a CSV file, by which spreadsheet programs recognise UTF-8."""

Format = Literal["text", "month", "count", "points", "percent", "share", "yuan", "number"]


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        name: name in the file.
        label: heading in words; empty for a column of the monthly table, whose label is in the vocabulary.
        meaning: description of the values, with their unit.
        format: kind of the values: text; month (YYYY-MM); count, a number of persons or permits; points, a difference
            in percentage points; percent; share (0 to 1); yuan; or another number.
    """

    name: str
    label: str
    meaning: str
    format: Format

    def heading(self, translate: Language) -> str:
        """Return the heading in a language."""
        if self.label:
            return translate.phrase(self.label)
        label = translate.output(self.name)
        return label[0].upper() + label[1:]


@dataclass(frozen=True)
class LabelledTable:
    """A table whose names and headings are in words.

    Attributes:
        name: name of the table's file, without suffix.
        title: title of the table.
        frame: rows, with the labels of the columns as names.
        columns: columns, with translated labels and meanings.
    """

    name: str
    title: str
    frame: pd.DataFrame
    columns: tuple[Column, ...]


@cache
def read_columns(file: Path) -> Mapping[str, Mapping[str, Column]]:
    """Read the columns of the tables of an analysis.

    Args:
        file: TOML file with one table per result table, and in it one per column with `meaning`, `format` and, unless
            it is in the vocabulary, `label`. The columns of `every_table` belong to each table that does not state
            them itself.

    Returns:
        The columns by table and name.
    """
    written = tomllib.loads(file.read_text(encoding="utf-8"))
    every = written.pop(_EVERY, {})
    return {
        table: {name: _column(name, about) for name, about in {**every, **columns}.items()}
        for table, columns in written.items()
    }


def _column(name: str, about: Mapping[str, Any]) -> Column:
    return Column(name, about.get("label", ""), about["meaning"], about["format"])


def label_table(
    name: str,
    title: str,
    frame: pd.DataFrame,
    columns: Mapping[str, Column],
    translate: Language,
    names: Mapping[str, Callable[[pd.Series[Any]], pd.Series[Any]]],
) -> LabelledTable:
    """Give a table headings in words, and its scenarios and groups their names.

    Args:
        name: name of the table's file, without suffix.
        title: title of the table, in the language.
        frame: the table.
        columns: columns by name; every column of the table must be among them.
        translate: the language.
        names: functions that convert the identifiers of a column to names, by column.
    """
    own = [
        Column(each.name, each.heading(translate), translate.phrase(each.meaning), each.format)
        for each in (columns[column] for column in frame.columns)
    ]
    named = frame.assign(**{column: convert(frame[column]) for column, convert in names.items() if column in frame})
    return LabelledTable(name, title, named.set_axis([each.label for each in own], axis="columns"), tuple(own))


def write_labelled(table: LabelledTable, folder: Path, code: str) -> None:
    """Write a labelled table as a CSV file that spreadsheet programs open with its characters.

    Args:
        table: the table.
        folder: folder of the file, whose name is that of the table with the code of the language.
        code: code of the language.

    Raises:
        OutputError: the file cannot be written.
    """
    text = table.frame.to_csv(index=False, lineterminator="\n")
    write_whole(folder / f"{table.name}.{code}.csv", _BYTE_ORDER_MARK + text)
