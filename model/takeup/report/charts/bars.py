"""Horizontal bars with intervals, waterfalls, and dots on lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import altair as alt
import numpy as np

from takeup.report.charts.base import BLUE, NEGATIVE, POSITIVE, TEXT_SIZE, ZOOM, Chart, Row, source, specification
from takeup.report.formatting import signed
from takeup.report.i18n import ENGLISH, Language
from takeup.report.plotting import GRID, INK, PALE_INK, PAPER

_ROW, _DOT_ROW, _STEP_ROW = 22, 26, 36
"""Heights of a row in pixels."""
_INTERVAL_ROW, _SERIES_HEIGHT, _ROW_GAP = 34, 7, 8
"""Heights of a row with one interval, of a series within a row, and of the gap between such rows, in pixels."""
_LEAST_WIDTH: Final = 560
"""Smallest width of a chart with values at the right, in pixels."""
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


@dataclass(frozen=True)
class Interval:
    """A value with its interval, in a row of a chart.

    Attributes:
        title: title of the row.
        value: the value; NaN: no mark.
        low, high: ends of the interval; NaN: none.
        text: value and interval as text.
        series: name of the series.
        heading: heading above the row and its neighbours with the same heading.
        inner: ends of the thick part of the interval.
        draws: values of the draws.
    """

    title: str
    value: float
    low: float
    high: float
    text: str
    series: str
    heading: str = ""
    inner: tuple[float, float] | None = None
    draws: Sequence[float] = ()


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
    x = alt.X("value:Q", axis=None)
    base = alt.Chart(source("bars")).encode(y=_places(labelLimit=180))
    colors = alt.Scale(domain=["up", "down", "total"], range=[POSITIVE, NEGATIVE, INK])
    tips = [alt.Tooltip("title:N", title="–"), alt.Tooltip("tip:N", title=title)]
    layers = [
        base.mark_bar(height=12).encode(x=x, color=alt.Color("kind:N", scale=colors, legend=None), tooltip=tips),
        # A pale edge keeps the interval visible on a dark bar.
        base.mark_rule(color=PAPER, strokeWidth=5).encode(x="low:Q", x2="high:Q", tooltip=tips),
        base.mark_rule(color=INK, strokeWidth=1.5).encode(x="low:Q", x2="high:Q", tooltip=tips),
        base.mark_rule(color=PALE_INK).encode(x=alt.datum(0), y=alt.value(0), y2=alt.value("height")),
        base.mark_text(align="right", dx=48).encode(x=alt.value("width"), text="text:N"),
        alt.Chart(source("extent")).mark_point(opacity=0).encode(x=x),
    ]
    return specification(layers, title, _ROW * rows, right=54)


def _places(**axis: Any) -> alt.Y:
    """Return the vertical encoding of rows with headings."""
    color = alt.condition(_IS_HEADING, alt.value(PALE_INK), alt.value(INK))
    shown = alt.Axis(labelExpr=_LABEL, labelFontSize=TEXT_SIZE, labelColor=color, **axis)
    return alt.Y("place:N", sort=alt.EncodingSortField(field="order", op="min"), axis=shown)


def interval_chart(title: str, intervals: Sequence[Interval], styles: Sequence[tuple[str, str, str]]) -> Chart:
    """Draw values with intervals on a common axis, with zoom, and a legend that switches several series.

    Args:
        title: quantity and unit.
        intervals: the values, in order; those with the same heading and title share a row.
        styles: name, colour and shape of each series.
    """
    rows: list[Row] = []
    draws: list[Row] = []
    places: dict[str, int] = {}
    for each in intervals:
        if each.heading and (heading := f"{each.heading}{_SEPARATOR}") not in places:
            rows.append({"place": heading, "order": places.setdefault(heading, len(places)), "text": ""})
        place = f"{each.heading}{_SEPARATOR}{each.title}"
        key: Row = {"place": place, "order": places.setdefault(place, len(places)), "series": each.series}
        limits = {"low": each.low, "high": each.high, "inner": each.inner and each.inner[0]}
        ends = limits | {"value": each.value, "inner_end": each.inner and each.inner[1]}
        known: Row = {name: end for name, end in ends.items() if end is not None and np.isfinite(end)}
        name = each.title if each.title == each.series else f"{each.title} · {each.series}"
        rows.append({**key, "name": name, "text": each.text, **known})
        draws.extend({**key, "value": float(value)} for value in each.draws)
    one_each = len(rows) == len(places)
    height = _INTERVAL_ROW if one_each else _SERIES_HEIGHT * len(styles) + _ROW_GAP
    return Chart(
        title,
        _interval_chart(title, height * len(places), tuple(styles), one_each, bool(draws)),
        {"rows": rows} | ({"draws": draws} if draws else {}),
        least_width=_LEAST_WIDTH if one_each else 0,
    )


@lru_cache(maxsize=64)
def _interval_chart(
    title: str, height: float, styles: tuple[tuple[str, str, str], ...], one_each: bool, has_draws: bool
) -> dict[str, Any]:
    """Return the specification of values with intervals.

    Args:
        title, styles: as for `interval_chart`.
        height: height of the plot in pixels.
        one_each: whether each row has one value, which is written beside it.
        has_draws: whether there are draws.
    """
    names = [name for name, *_ in styles]
    legend = None if one_each else alt.Legend()
    color = alt.Color("series:N", scale=alt.Scale(domain=names, range=[each[1] for each in styles]), legend=legend)
    shape = alt.Shape("series:N", scale=alt.Scale(domain=names, range=[each[2] for each in styles]), legend=legend)
    shown = alt.selection_point(name="shown", fields=["series"], bind="legend")
    zoomed = alt.selection_interval(name="zoomed", bind="scales", encodings=["x"], zoom=ZOOM)
    opacity = alt.condition(shown, alt.value(1.0), alt.value(0.1))
    y: dict[str, Any] = {"y": _places()}
    offset = {} if one_each else {"yOffset": alt.YOffset("series:N", sort=names)}
    axis = alt.Axis(grid=True, tickCount=8, orient="bottom" if one_each else "top")
    x = alt.X("value:Q", axis=axis, scale=alt.Scale(zero=True))
    tips = [alt.Tooltip("name:N", title="title"), alt.Tooltip("text:N", title=title)]
    base = alt.Chart(source("rows")).encode(**y)
    of_series = base.encode(**offset, color=color, opacity=opacity, tooltip=tips)
    rule = of_series.mark_rule(strokeWidth=1.5, clip=True).encode(x="low:Q", x2="high:Q")
    thick = of_series.mark_rule(strokeWidth=5, clip=True).encode(x="inner:Q", x2="inner_end:Q")
    dots = of_series.mark_point(filled=True, size=90, stroke=PAPER, strokeWidth=1, clip=True).encode(x=x, shape=shape)
    ticks = alt.Chart(source("draws")).encode(**y, x=x)
    layers = [
        base.mark_rule(color=PALE_INK).encode(x=alt.datum(0), y=alt.value(0), y2=alt.value("height")),
        *([ticks.mark_tick(color=PALE_INK, opacity=0.3, height=6, yOffset=-8, clip=True)] if has_draws else []),
        rule,
        *([thick] if has_draws else []),
        dots.properties(name="dots").add_params(shown, zoomed),
    ]
    if one_each:
        text = base.mark_text(align="left", dx=8, clip=False).encode(x=alt.value("width"), text="text:N")
        layers.append(text)
    return specification(layers, title, height)


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
        .properties(name="rows")
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
