"""Horizontal bars with intervals, waterfalls, and dots on lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Final

import numpy as np

from takeup.report.charts import base
from takeup.report.charts.base import BLUE, NEGATIVE, POSITIVE, SMALL_SIZE, Chart, Row
from takeup.report.formatting import signed
from takeup.report.i18n import ENGLISH, Language
from takeup.report.plotting import GRID, INK, PALE_INK, PAPER

_ROW, _DOT_ROW, _STEP_ROW = 22, 26, 36
"""Heights of a row in pixels."""
_INTERVAL_ROW, _SERIES_HEIGHT, _ROW_GAP = 34, 7, 8
"""Heights of a row with one interval, of a series within a row, and of the gap between such rows, in pixels."""
_LEAST_WIDTH: Final = 560
"""Smallest width of a chart with values at the right, in pixels."""
_NUMBERS_WIDTH: Final = 54
"""Room for the numbers to the right of a plot, in pixels."""
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
        inner: ends of the thick part of the interval; NaN: none.
        draws: values of the draws.
    """

    title: str
    value: float
    low: float
    high: float
    text: str
    series: str
    heading: str = ""
    inner: tuple[float, float] = (np.nan, np.nan)
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

    def row(bar: Bar) -> Row:
        text = number(bar.value)
        has_interval = np.isfinite(bar.low)
        tip = f"{text}\u2002({translate.interval(bar.low, bar.high, number)})" if has_interval else text
        kind = "total" if bar.is_total else "up" if bar.value >= 0 else "down"
        value: Row = {"value": bar.value, "kind": kind} if np.isfinite(bar.value) else {}
        ends: Row = {"low": bar.low, "high": bar.high} if np.isfinite(bar.low + bar.high) else {}
        return {"place": _place(bar), "text": text, "title": bar.title, "tip": tip, **value, **ends}

    domain = _domain(bars)
    y = _place_axis(domain, labelLimit=180)
    marks = partial(base.layer, "bars", y=y)
    axis = {"axis": None, "scale": {"domain": {"unionWith": [0, _MIN_SPAN]}}}
    tips = base.tooltip(title="–", tip=title)
    colors = base.scale([("up", POSITIVE), ("down", NEGATIVE), ("total", INK)])
    color = {"field": "kind", "scale": colors, "legend": None}
    ends = {"x": base.quantitative("low", **axis), "x2": {"field": "high"}, "tooltip": tips}
    layers = [
        marks("bar", {"height": 12}, x=base.quantitative("value", **axis), color=color, tooltip=tips),
        # A pale edge keeps the interval visible on a dark bar.
        marks("rule", {"color": PAPER, "strokeWidth": 5}, **ends),
        marks("rule", {"color": INK, "strokeWidth": 1.5}, **ends),
        _zero_line("bars"),
        _numbers("bars", y),
    ]
    rows = [row(bar) for bar in bars]
    return base.layered_chart(title, {"bars": rows}, layers, height=_ROW * len(domain), right=_NUMBERS_WIDTH)


def interval_chart(title: str, intervals: Sequence[Interval], styles: Sequence[tuple[str, str, str]]) -> Chart:
    """Draw values with intervals on a common axis, with zoom, and a legend that switches several series.

    Args:
        title: quantity and unit.
        intervals: the values, in order; those with the same heading and title share a row.
        styles: name, colour and shape of each series.
    """

    def row(each: Interval) -> Row:
        inner, inner_end = each.inner
        ends = {"low": each.low, "high": each.high, "inner": inner, "value": each.value, "inner_end": inner_end}
        name = each.title if each.title == each.series else f"{each.title} · {each.series}"
        known = {end: value for end, value in ends.items() if np.isfinite(value)}
        return {"place": _place(each), "series": each.series, "name": name, "text": each.text, **known}

    rows = [row(each) for each in intervals]
    draws: list[Row] = [
        {"place": _place(each), "series": each.series, "value": float(value)}
        for each in intervals
        for value in each.draws
    ]
    domain = _domain(intervals)
    one_each = len({row["place"] for row in rows}) == len(rows)
    legend = {"legend": None} if one_each else {}
    offset = {} if one_each else {"yOffset": {"field": "series", "sort": [name for name, *_ in styles]}}
    axis = {"grid": True, "tickCount": 8, "orient": "bottom" if one_each else "top"}
    x = base.quantitative("value", axis=axis, scale={"zero": True})
    y = _place_axis(domain)
    shape = base.of_series([(name, shape) for name, _, shape in styles], **legend)
    series = {
        "y": y,
        **offset,
        "color": base.of_series([(name, color) for name, color, _ in styles], **legend),
        "opacity": base.value_if(base.SHOWN, 1.0, 0.1),
        "tooltip": base.tooltip(name="title", text=title),
    }
    dot = {"filled": True, "size": 90, "stroke": PAPER, "strokeWidth": 1, "clip": True}
    ends = {"x": base.quantitative("low"), "x2": {"field": "high"}}
    layers = [
        _zero_line("rows"),
        base.layer("rows", "rule", {"strokeWidth": 1.5, "clip": True}, **ends, **series),
        base.layer("rows", "point", dot, x=x, shape=shape, **series) | {"params": base.SERIES_PARAMETERS},
    ]
    if draws:
        tick = {"color": PALE_INK, "opacity": 0.3, "height": 6, "yOffset": -8, "clip": True}
        inner = {"x": base.quantitative("inner"), "x2": {"field": "inner_end"}}
        layers.insert(1, base.layer("draws", "tick", tick, x=x, y=y))
        layers.insert(3, base.layer("rows", "rule", {"strokeWidth": 5, "clip": True}, **inner, **series))
    if one_each:
        text = {"align": "left", "dx": 8, "clip": False}
        layers.append(base.layer("rows", "text", text, x={"value": "width"}, y=y, text={"field": "text"}))
    return base.layered_chart(
        title,
        {"rows": rows} | ({"draws": draws} if draws else {}),
        layers,
        height=len(domain) * (_INTERVAL_ROW if one_each else _SERIES_HEIGHT * len(styles) + _ROW_GAP),
        least_width=_LEAST_WIDTH if one_each else 0,
    )


def _place(mark: Bar | Interval) -> str:
    """Return the key of the place of a mark on the axis."""
    return f"{mark.heading}{_SEPARATOR}{mark.title}"


def _domain(marks: Sequence[Bar | Interval]) -> list[str]:
    """Return the places on the axis from the top: one for each heading and one for each title below it."""
    places = (place for mark in marks for place in (f"{mark.heading}{_SEPARATOR}", _place(mark)))
    return list(dict.fromkeys(place for place in places if place != _SEPARATOR))


def _place_axis(domain: Sequence[str], **axis: Any) -> dict[str, Any]:
    """Return the vertical encoding of rows with headings."""
    color = base.value_if({"test": _IS_HEADING}, PALE_INK, INK)
    encoding = base.row_titles("place", labelExpr=_LABEL, labelColor=color, **axis)
    return encoding | {"scale": {"domain": domain}}


def _zero_line(data: str) -> dict[str, Any]:
    return base.layer(data, "rule", {"color": PALE_INK}, x={"datum": 0}, y={"value": 0}, y2={"value": "height"})


def _numbers(data: str, y: dict[str, Any]) -> dict[str, Any]:
    """Return the layer of the numbers to the right of the plot."""
    return base.layer(data, "text", {"align": "right", "dx": 48}, x={"value": "width"}, y=y, text={"field": "text"})


def waterfall(title: str, steps: Sequence[Step]) -> Chart:
    """Draw steps as bars that begin where the next one ends; the title and the number stand above each bar."""
    rows: list[Row] = [
        {"place": number, "zero": 0} | {name: value for name, value in asdict(step).items() if value is not None}
        for number, step in enumerate(steps)
    ]
    marks = partial(base.layer, "steps", y={"field": "place", "type": "ordinal", "axis": None})
    gap = {"color": GRID, "strokeDash": [1, 3], "yOffset": 8}
    shown = {"opacity": base.value_if(base.HOVERED, 1.0, 0.0), "tooltip": {"field": "tip"}}
    bar = {"height": 14, "yOffset": 8, "minBandSize": 1, "cursor": "pointer"}
    end = {"x2": {"field": "end"}, "color": {"field": "color", "scale": None}, "tooltip": {"field": "tip"}}
    layers = [
        marks("rect", {"color": "#f5f6f7", "cursor": "pointer"}, **shown) | {"params": [base.hover("place")]},
        marks("rule", gap, x=base.quantitative("zero"), x2={"field": "start"}),
        marks("bar", bar, x=base.quantitative("start", axis=None, scale={"nice": False}), **end),
        marks("text", {"align": "left", "dy": -9}, x={"value": 0}, text={"field": "title"}),
        marks("text", {"align": "right", "dy": -9}, x={"value": "width"}, text={"field": "text"}),
    ]
    picks = ((step.pick, f"{step.title} {step.text}") for step in steps if step.pick is not None)
    height = _STEP_ROW * len(rows)
    return base.layered_chart(title, {"steps": rows}, layers, height=height, has_heading=False, picks=picks)


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
    x, y = base.quantitative("value", axis=None), base.row_titles("title", labelLimit=200)
    label = {"baseline": "bottom", "dy": -4, "color": PALE_INK, "fontSize": SMALL_SIZE}
    dot_style = {"size": 90, "stroke": BLUE, "strokeWidth": 2, "opacity": 1}
    fill, tips = {"field": "fill", "scale": None}, base.tooltip(title="–", text=title)
    layers = [
        base.layer("marks", "rule", {"color": PALE_INK, "strokeDash": [2, 3]}, x=x),
        base.layer("marks", "text", label, x=x, y={"value": 0}, text={"field": "label"}),
        base.layer("dots", "rule", {"color": BLUE, "strokeWidth": 2}, x=x, x2={"field": "present"}, y=y),
        base.layer("dots", "point", dot_style, x=x, y=y, fill=fill, tooltip=tips),
        _numbers("dots", y),
    ]
    data, height = {"dots": rows, "marks": marks}, _DOT_ROW * max(len(rows), 1)
    return base.layered_chart(title, data, layers, height=height, has_heading=False, top=22, right=_NUMBERS_WIDTH)
