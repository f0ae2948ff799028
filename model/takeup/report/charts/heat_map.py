"""Heat map: a table of numbers on colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Final

import numpy as np

from takeup.report.charts import base
from takeup.report.charts.base import Chart
from takeup.report.plotting import INK, PALE_INK, PAPER
from takeup.report.typography import wrapped

_CELL_HEIGHT: Final = 24
_PADDING, _LINE = 6, 13
"""Distance of the titles of the columns from the entries, and height of one of their lines, in pixels."""
_NARROWEST_CELL, _WIDEST_CELL = 84, 200
"""Smallest and largest width of an entry beside row titles that need all their room, in pixels."""
_ROW_TITLES, _HEADING = 190, 330
"""Room for the titles of the rows, and for the title above the entries, in pixels."""
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
    titles = dict.fromkeys(entry.column for entry in entries)
    lines = {column: wrapped(column, _TITLE_INCHES, _TITLE_POINTS, _MOST_LINES) for column in titles}
    most_lines = max(map(len, lines.values()), default=1)
    columns = {column: "\n".join([""] * (most_lines - len(each)) + each) for column, each in lines.items()}
    rows = [
        {
            **asdict(entry),
            "column": columns[entry.column],
            "name": f"{entry.row} · {entry.column}",
            "value": entry.value if np.isfinite(entry.value) else None,
        }
        for entry in entries
    ]
    most = max((abs(entry.value) for entry in entries if np.isfinite(entry.value)), default=0.0) or 1.0
    ends = [(-most, _ORANGE), (0.0, PAPER), (most, _PURPLE)] if is_diverging else [(0.0, PAPER), (most, PALE_INK)]
    headings = {
        "orient": "top",
        "labelExpr": "split(datum.label, '\\n')",
        "labelAngle": 0,
        "labelOverlap": False,
        "ticks": False,
        "labelPadding": _PADDING + (most_lines - 1) * _LINE,
    }
    cells = partial(
        base.layer,
        "cells",
        x={"field": "column", "sort": None, "axis": headings},
        y=base.row_titles("row", grid=False, labelLimit=_ROW_TITLES),
        tooltip=base.tooltip(name="title", tip=title),
    )
    ink = base.ink_on("scale('fill', datum.value)")
    ink["condition"] = [{"test": "!isValid(datum.value)", "value": INK}, ink["condition"]]
    style = {"fontStyle": {"expr": "datum.is_faint ? 'italic' : 'normal'"}}
    layers = [
        cells("rect", {"stroke": PAPER}, fill=base.quantitative("value", scale=base.scale(ends), legend=None)),
        cells("text", style, text={"field": "text"}, color=ink),
    ]
    height = _CELL_HEIGHT * len({entry.row for entry in entries})
    least = _ROW_TITLES + _NARROWEST_CELL * len(columns)
    widest = _ROW_TITLES + max(_WIDEST_CELL * len(columns), _HEADING)
    return Chart(title, {"cells": rows}, layers, height, least_width=least, most_width=widest, title_frame="bounds")
