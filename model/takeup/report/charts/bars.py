"""Horizontal bars with intervals, waterfalls, and dots on lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import altair as alt
import numpy as np

from takeup.report.charts.base import BLUE, NEGATIVE, POSITIVE, TEXT_SIZE, Chart, Row, source, specification
from takeup.report.formatting import signed
from takeup.report.i18n import ENGLISH, Language
from takeup.report.plotting import GRID, INK, PALE_INK, PAPER

_ROW, _DOT_ROW, _STEP_ROW = 22, 26, 36
"""Heights of a row in pixels."""
_SEPARATOR: Final = "|"
"""Separates the heading and the title of a row in the key of its place on the axis."""
_LABEL: Final = f"split(datum.label, '{_SEPARATOR}')[1] || split(datum.label, '{_SEPARATOR}')[0]"
_IS_HEADING: Final = f"split(datum.label, '{_SEPARATOR}')[1] === ''"
_MIN_SPAN: Final = 0.5
"""Smallest range of an axis, so that negligible values get short bars."""
_PLACES: Final = 2


@dataclass(frozen=True)
class Bar:
    """A bar.

    Attributes:
        title: title of the row.
        value: length of the bar; NaN: no bar.
        low, high: ends of the interval; NaN: no interval.
        heading: heading above the row and its neighbours with the same heading.
        is_total: whether the bar is the sum of the others.
    """

    title: str
    value: float
    low: float = np.nan
    high: float = np.nan
    heading: str = ""
    is_total: bool = False


@dataclass(frozen=True)
class Step:
    """A step of a waterfall: from `start` to `end`, with its number and share as text.

    Attributes:
        title: title of the step.
        start, end: ends of the bar.
        text: text at the right end.
        tip: text of the tooltip.
        color: colour of the bar.
        pick: key of the step if it can be clicked.
    """

    title: str
    start: float
    end: float
    text: str
    tip: str
    color: str
    pick: int | None = None


@dataclass(frozen=True)
class Dot:
    """A dot at a value, on a line from the present value; filled if it is emphasised."""

    title: str
    value: float
    is_filled: bool


def bar_chart(title: str, bars: Sequence[Bar], *, places: int = 1, translate: Language = ENGLISH) -> Chart:
    """Draw horizontal bars on either side of zero, with their values and intervals.

    Args:
        title: quantity and unit.
        bars: the bars, in order.
        places: decimal places of numbers.
        translate: language of the intervals.
    """

    def number(value: float) -> str:
        return signed(value, places)

    rows: list[Row] = []
    for bar in bars:
        if bar.heading and not any(row["place"] == f"{bar.heading}{_SEPARATOR}" for row in rows):
            rows.append({"place": f"{bar.heading}{_SEPARATOR}", "order": len(rows), "text": ""})
        text = number(bar.value)
        row: Row = {"place": f"{bar.heading}{_SEPARATOR}{bar.title}", "order": len(rows), "text": text}
        row["title"] = bar.title
        row["tip"] = text
        if np.isfinite(bar.low):
            row["tip"] = f"{text}\u2002({translate.interval(bar.low, bar.high, number)})"
        if np.isfinite(bar.value):
            row |= {"value": bar.value, "kind": "total" if bar.is_total else "up" if bar.value >= 0 else "down"}
        if np.isfinite(bar.low + bar.high):
            row |= {"low": bar.low, "high": bar.high}
        rows.append(row)
    extent: list[Row] = [{"value": 0.0}, {"value": _MIN_SPAN}]
    return Chart(title, _bar_chart(title, len(rows)), {"bars": rows, "extent": extent})


@lru_cache(maxsize=64)
def _bar_chart(title: str, rows: int) -> dict[str, Any]:
    axis = alt.Axis(
        labelExpr=_LABEL,
        labelLimit=180,
        labelFontSize=TEXT_SIZE,
        labelColor=alt.condition(_IS_HEADING, alt.value(PALE_INK), alt.value(INK)),
    )
    x = alt.X("value:Q", axis=None)
    base = alt.Chart(source("bars")).encode(
        y=alt.Y("place:N", sort=alt.EncodingSortField(field="order", op="min"), axis=axis)
    )
    colors = alt.Scale(domain=["up", "down", "total"], range=[POSITIVE, NEGATIVE, INK])
    tips = [alt.Tooltip("title:N", title="–"), alt.Tooltip("tip:N", title=title)]
    layers = [
        base.mark_bar(height=12).encode(x=x, color=alt.Color("kind:N", scale=colors, legend=None), tooltip=tips),
        base.mark_rule(color=INK, strokeWidth=1.5).encode(x="low:Q", x2="high:Q", tooltip=tips),
        base.mark_rule(color=PALE_INK).encode(x=alt.datum(0), y=alt.value(0), y2=alt.value("height")),
        base.mark_text(align="right", dx=48).encode(x=alt.value("width"), text="text:N"),
        alt.Chart(source("extent")).mark_point(opacity=0).encode(x=x),
    ]
    return specification(layers, title, _ROW * rows, right=54)


def waterfall(title: str, steps: Sequence[Step]) -> Chart:
    """Draw steps as bars that begin where the next one ends; the title and the number stand above each bar."""
    rows: list[Row] = []
    for number, step in enumerate(steps):
        row: Row = {"place": number, "title": step.title, "zero": 0, "start": step.start, "end": step.end}
        row |= {"text": step.text, "tip": step.tip, "color": step.color}
        rows.append(row if step.pick is None else {**row, "pick": step.pick})
    picks = tuple((step.pick, f"{step.title} {step.text}") for step in steps if step.pick is not None)
    return Chart(title, _waterfall(title, len(rows)), {"steps": rows}, picks)


@lru_cache(maxsize=64)
def _waterfall(title: str, rows: int) -> dict[str, Any]:
    hovered = alt.selection_point(name="hovered", on="pointerover", clear="pointerout", fields=["place"], empty=False)
    base = alt.Chart(source("steps")).encode(y=alt.Y("place:O", axis=None))
    x = alt.X("start:Q", axis=None, scale=alt.Scale(nice=False))
    layers = [
        base.mark_rect(color="#f5f6f7", cursor="pointer")
        .encode(opacity=alt.condition(hovered, alt.value(1.0), alt.value(0.0)), tooltip=alt.Tooltip("tip:N"))
        .add_params(hovered),
        base.mark_rule(color=GRID, strokeDash=[1, 3], yOffset=8).encode(x="zero:Q", x2="start:Q"),
        base.mark_bar(height=14, yOffset=8, minBandSize=1, cursor="pointer").encode(
            x=x, x2="end:Q", color=alt.Color("color:N", scale=None), tooltip=alt.Tooltip("tip:N")
        ),
        base.mark_text(align="left", dy=-9).encode(x=alt.value(0), text="title:N"),
        base.mark_text(align="right", dy=-9).encode(x=alt.value("width"), text="text:N"),
    ]
    return {**specification(layers, "", _STEP_ROW * rows), "description": title}


def dot_chart(title: str, dots: Sequence[Dot], present: float, *, zero: str, now: str) -> Chart:
    """Draw one line per dot, from the present value to that of the dot.

    Args:
        title: quantity and unit.
        dots: the dots, in order.
        present: the present value.
        zero, now: labels of the vertical lines at zero and at the present value.
    """
    rows: list[Row] = [
        {
            "title": dot.title,
            "value": dot.value,
            "present": present,
            "text": signed(dot.value, _PLACES),
            "fill": BLUE if dot.is_filled else PAPER,
        }
        for dot in dots
    ]
    marks: list[Row] = [{"value": 0.0, "label": zero}, {"value": present, "label": now}]
    return Chart(title, _dot_chart(title, len(rows)), {"dots": rows, "marks": marks})


@lru_cache(maxsize=64)
def _dot_chart(title: str, rows: int) -> dict[str, Any]:
    y = alt.Y("title:N", sort=None, axis=alt.Axis(labelLimit=200, labelFontSize=TEXT_SIZE, labelColor=INK))
    x = alt.X("value:Q", axis=None)
    base, lines = alt.Chart(source("dots")).encode(y=y), alt.Chart(source("marks")).encode(x=x)
    tips = [alt.Tooltip("title:N", title="–"), alt.Tooltip("text:N", title=title)]
    layers = [
        lines.mark_rule(color=PALE_INK, strokeDash=[2, 3]),
        lines.mark_text(baseline="bottom", dy=-4, color=PALE_INK, fontSize=11).encode(y=alt.value(0), text="label:N"),
        base.mark_rule(color=BLUE, strokeWidth=2).encode(x=x, x2="present:Q"),
        base.mark_point(size=90, stroke=BLUE, strokeWidth=2, opacity=1).encode(
            x=x, fill=alt.Fill("fill:N", scale=None), tooltip=tips
        ),
        base.mark_text(align="right", dx=48).encode(x=alt.value("width"), text="text:N"),
    ]
    chart = specification(layers, "", _DOT_ROW * max(rows, 1), right=54)
    return chart | {"description": title, "padding": {"left": 5, "right": 54, "top": 22, "bottom": 5}}
