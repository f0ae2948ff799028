"""Excel workbooks: one sheet per table, and a sheet that describes the columns."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from rich.cells import cell_len

from takeup.report.archive import WRITTEN, fix_dates
from takeup.report.columns import Column, Format, LabelledTable
from takeup.report.i18n import Language

_FORMATS: Final[dict[Format, str]] = {
    "text": "@",
    "month": "@",
    "count": "#,##0",
    "points": "+0.00;-0.00;0.00",
    "percent": "0.0",
    "share": "0.0%",
    "yuan": "#,##0.##",
    "number": "0.00",
}
"""Number formats of the cells, by kind of the column."""
_NARROWEST, _WIDEST, _PADDING = 8, 60, 2
"""Widths of columns, in characters of the standard font; a Chinese character has two."""
_LONGEST_NAME: Final = 31
"""Largest length of a sheet's name."""
_FORBIDDEN: Final = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
_WIDTH_ROWS: Final = 200
"""Number of rows from which the width of a column is computed."""


def workbook_bytes(tables: Sequence[LabelledTable], notes: Sequence[str], translate: Language) -> bytes:
    """Make an Excel workbook; the same tables give the same bytes.

    The first row of each sheet has the headings, so that spreadsheet programs and pandas read it as a table. The last
    two sheets describe every column, and what the tables are.

    Args:
        tables: tables with headings in words; one sheet each, named by the table's title.
        notes: sentences about the tables, one row each.
        translate: language of the last two sheets.
    """
    book = Workbook()
    book.remove(book.worksheets[0])
    book.properties.creator = "takeup"
    book.properties.created = WRITTEN
    for table in tables:
        rows = table.frame.itertuples(index=False, name=None)
        _add_sheet(book, table.title, table.columns, rows)
    described = (translate("Sheet"), translate("Column"), translate("Name in the files"), translate("Meaning"))
    meanings = (
        (table.title, column.label, column.name, column.meaning) for table in tables for column in table.columns
    )
    _add_sheet(book, translate("Columns"), [_text_column(label) for label in described], meanings)
    _add_sheet(book, translate("About"), [_text_column(translate("About these tables"))], ((note,) for note in notes))
    buffer = io.BytesIO()
    book.save(buffer)
    return fix_dates(buffer.getvalue())


def _text_column(label: str) -> Column:
    return Column(label, label, "", "text")


def _add_sheet(book: Workbook, title: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> None:
    """Add a sheet with a row of headings, which stays visible and has filters."""
    sheet = book.create_sheet(title.translate(_FORBIDDEN)[:_LONGEST_NAME])
    sheet.append([column.label for column in columns])
    widths = [cell_len(column.label) for column in columns]
    for number, row in enumerate(rows):
        sheet.append([_cell(value) for value in row])
        if number < _WIDTH_ROWS:
            widths = [max(width, cell_len(_shown(value))) for width, value in zip(widths, row, strict=True)]
    for cell in sheet[1]:
        cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
    for number, (column, width) in enumerate(zip(columns, widths, strict=True), 1):
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = min(max(width + _PADDING, _NARROWEST), _WIDEST)
        is_long = width + _PADDING > _WIDEST
        for cell in sheet[letter][1:]:
            cell.number_format = _FORMATS[column.format]
            if is_long:
                cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions


def _cell(value: Any) -> Any:
    """Return the value of a cell: empty for a missing number, and text for an infinite one."""
    if isinstance(value, str):
        return value
    number = value.item() if hasattr(value, "item") else value
    if isinstance(number, float) and not math.isfinite(number):
        return None if math.isnan(number) else "∞"
    return number


def _shown(value: Any) -> str:
    """Return about the text that a cell shows, for the width of its column."""
    return value if isinstance(value, str) else f"{value:,.2f}" if isinstance(value, float) else str(value)
