"""Heat map: a table of numbers on colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import altair as alt
import numpy as np

from takeup.report.charts.base import TEXT_SIZE, Chart, Row, is_pale, source, specification
from takeup.report.plotting import INK, PALE_INK, PAPER
from takeup.report.typography import wrapped

_CELL_HEIGHT: Final = 24
_PADDING, _LINE = 6, 13
"""Distance of the titles of the columns from the entries, and height of one of their lines, in pixels."""
_NARROWEST_CELL, _ROW_TITLES = 84, 190
"""Smallest width of an entry, and width of the titles of the rows, in pixels."""
_TITLE_INCHES, _TITLE_POINTS, _MOST_LINES = 1.0, 8.5, 4
"""Width, size and number of lines of the titles of the columns."""
_ORANGE, _PURPLE = "#b35806", "#5e3c99"
"""Ends of the scale of negative and positive values."""


@dataclass(frozen=True)
class Entry:
    """An entry of a heat map.

    Attributes:
        row, column: titles of the row and of the column.
        value: value on the colour scale; NaN for none.
        text: text in the entry.
        tip: text under the pointer.
        is_faint: whether the text is in italics.
    """

    row: str
    column: str
    value: float
    text: str
    tip: str
    is_faint: bool = False


def heat_map(title: str, entries: Sequence[Entry], *, is_diverging: bool) -> Chart:
    """Draw a table of numbers on colours.

    Args:
        title: quantity and unit.
        entries: the entries; rows and columns are in the order in which they first occur.
        is_diverging: whether the scale is symmetric around 0, in two colours, or begins there, in greys.
    """
    lines = {entry.column: wrapped(entry.column, _TITLE_INCHES, _TITLE_POINTS, _MOST_LINES) for entry in entries}
    most_lines = max(map(len, lines.values()), default=1)
    columns = {column: "\n".join([""] * (most_lines - len(each)) + each) for column, each in lines.items()}
    rows: list[Row] = [
        {
            "row": entry.row,
            "column": columns[entry.column],
            "name": f"{entry.row} · {entry.column}",
            "value": entry.value if np.isfinite(entry.value) else None,
            "text": entry.text,
            "tip": entry.tip,
            "style": "italic" if entry.is_faint else "normal",
        }
        for entry in entries
    ]
    most = max((abs(entry.value) for entry in entries if np.isfinite(entry.value)), default=0.0) or 1.0
    scale = ((-most, _ORANGE), (0.0, PAPER), (most, _PURPLE)) if is_diverging else ((0.0, PAPER), (most, PALE_INK))
    height = _CELL_HEIGHT * len({entry.row for entry in entries})
    return Chart(
        title,
        _heat_map(title, scale, height, most_lines),
        {"cells": rows},
        least_width=_ROW_TITLES + _NARROWEST_CELL * len(columns),
    )


@lru_cache(maxsize=64)
def _heat_map(title: str, scale: tuple[tuple[float, str], ...], height: float, lines: int) -> dict[str, Any]:
    """Return the specification of a heat map.

    Args:
        title: as for `heat_map`.
        scale: values and their colours, between which the others lie.
        height: height of the plot in pixels.
        lines: number of lines of the titles of the columns.
    """
    headings = alt.Axis(
        orient="top",
        labelExpr="split(datum.label, '\\n')",
        labelAngle=0,
        labelOverlap=False,
        ticks=False,
        labelPadding=_PADDING + (lines - 1) * _LINE,
    )
    base = alt.Chart(source("cells")).encode(
        x=alt.X("column:N", sort=None, axis=headings),
        y=alt.Y("row:N", sort=None, axis=alt.Axis(labelFontSize=TEXT_SIZE, labelColor=INK, grid=False)),
        tooltip=[
            alt.Tooltip("name:N", title="title"),
            alt.Tooltip("tip:N", title=title),
        ],
    )
    colors = alt.Scale(domain=[value for value, _ in scale], range=[color for _, color in scale])
    pale = is_pale("scale('fill', datum.value)")
    ink = alt.when("!isValid(datum.value)").then(alt.value(INK)).when(pale).then(alt.value("black"))
    text = base.encode(text="text:N", color=ink.otherwise(alt.value("white")))
    layers = [
        base.mark_rect(stroke=PAPER).encode(fill=alt.Fill("value:Q", scale=colors, legend=None)),
        text.transform_filter("datum.style == 'normal'").mark_text(),
        text.transform_filter("datum.style == 'italic'").mark_text(fontStyle="italic"),
    ]
    return specification(layers, title, height)
