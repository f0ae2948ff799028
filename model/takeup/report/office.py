"""Texts and tables of an analysis for an office, from which `office_files` makes its files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

import pandas as pd

from takeup.district import Population
from takeup.report.columns import Column, LabelledTable, label_table
from takeup.report.i18n import Language
from takeup.report.plotting import caption_of, title_of, without_title_and_caption
from takeup.report.results_folder import figure_png

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Converters = Mapping[str, "Callable[[pd.Series[Any]], pd.Series[Any]]"]
"""Functions that convert the identifiers of a column to names, by column."""
_Of_contra = TypeVar("_Of_contra", contravariant=True)


@dataclass(frozen=True)
class DocumentTable:
    """A table of a document, with formatted values.

    Attributes:
        title: text above the table.
        headings: headings of the columns; the first column has the names of the rows.
        rows: one text per column.
        note: text below the table; empty for none.
    """

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


@dataclass(frozen=True)
class DocumentFigure:
    """A figure of a document.

    Attributes:
        title, caption: text below the figure.
        png: the figure without its title and caption.
    """

    title: str
    caption: str
    png: bytes

    @staticmethod
    def of(figure: Figure) -> DocumentFigure:
        """Draw a figure without its title and caption, which become text."""
        with without_title_and_caption(figure) as box:
            png = figure_png(figure, box)
        return DocumentFigure(title_of(figure), caption_of(figure), png)


class Sheet(NamedTuple):
    """A table of the workbook.

    Attributes:
        name: name of the table in the columns of the analysis.
        title: title of the sheet.
        table: the table.
    """

    name: str
    title: str
    table: pd.DataFrame


@dataclass(frozen=True)
class OfficeTexts:
    """An analysis in one language.

    Attributes:
        title: heading of the document.
        sentences: results, one paragraph each.
        table: main table of the document.
        notes: sentences on the runs, the intervals and the command.
        sheets: tables of the workbook.
        columns: columns of each table by name, see `read_columns`.
        names: function that returns the converters for a table.
    """

    title: str
    sentences: Sequence[str]
    table: DocumentTable
    notes: Sequence[str]
    sheets: Sequence[Sheet]
    columns: Mapping[str, Mapping[str, Column]]
    names: Callable[[pd.DataFrame], Converters]

    def labelled(self, name: str, title: str, table: pd.DataFrame, translate: Language) -> LabelledTable:
        """Give a table headings and names in words."""
        return label_table(name, title, table, self.columns[name], translate, self.names(table))


class FurtherFiles(Protocol[_Of_contra]):
    """The type of a function that writes further files of a result, given its tables and figures by name."""

    def __call__(
        self, folder: Path, result: _Of_contra, tables: Mapping[str, pd.DataFrame], figures: Mapping[str, Figure], /
    ) -> None:
        """Write the files to the folder of the results."""


def group_converters(
    frame: pd.DataFrame, population: Population, whole: str, translate: Language
) -> dict[str, Callable[[pd.Series[Any]], pd.Series[Any]]]:
    """Return the functions that convert the attributes and groups of a table to names.

    Args:
        frame: the table.
        population: the district's population.
        whole: attribute and level of the rows of all persons.
        translate: the language.
    """
    all_persons = translate("all persons")

    def named_levels(levels: pd.Series[Any]) -> pd.Series[Any]:
        named = [
            all_persons if level == whole else translate.level(population, attribute, level)
            for attribute, level in zip(frame["attribute"], levels, strict=True)
        ]
        return pd.Series(named, index=levels.index, dtype=object)

    def named_attributes(attributes: pd.Series[Any]) -> pd.Series[Any]:
        names = {name: all_persons if name == whole else translate.words(name) for name in attributes.unique()}
        return attributes.map(names)

    return {"attribute": named_attributes, "level": named_levels}


def closing_notes(population: Population, command: str, translate: Language) -> list[str]:
    """Describe the district if it is invented, and the command, at the end of the notes."""
    notes = [translate("Command: {command}", command=command)]
    if population.invented:
        notes.insert(
            0,
            translate(
                "The people of this district are invented. What follows is an example of the method, not evidence "
                "about any place."
            ),
        )
    return notes


def write_nothing(
    folder: Path, result: object, tables: Mapping[str, pd.DataFrame], figures: Mapping[str, Figure], /
) -> None:
    """Write no further files."""
