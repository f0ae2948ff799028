"""Horizontal bars, and dots on a common axis, both with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np

from takeup.report.charts import base
from takeup.report.charts.base import NEGATIVE, POSITIVE, Chart, Row
from takeup.report.formatting import signed
from takeup.report.i18n import ENGLISH, Language
from takeup.report.plotting import INK, PALE_INK, PAPER

_BAR_ROW, _INTERVAL_ROW, _SERIES_HEIGHT, _ROW_GAP = 22, 34, 7, 8
"""Heights of a bar's row, of a row with one interval, of a series in a row, and of the gap below it, in pixels."""
_LEAST_WIDTH: Final = 560
"""Smallest width of a chart with values at the right, in pixels."""
_SEPARATOR: Final = "|"
"""Separates the heading and the title of a row in the key of its place on the axis."""
_LABEL: Final = f"split(datum.label, '{_SEPARATOR}')[1] || split(datum.label, '{_SEPARATOR}')[0]"
_IS_HEADING: Final = f"split(datum.label, '{_SEPARATOR}')[1] === ''"
_MIN_SPAN: Final = 0.5
"""Smallest range of an axis, so that negligible values get short bars."""


@dataclass(frozen=True)
class Interval:
    """A value with its interval, in a row of a chart; NaN stands for no value or no interval.

    Attributes:
        title: title of the row.
        value: the value.
        low, high: ends of the interval.
        text: value and interval as text; a bar has its own.
        series: name of the series.
        heading: heading above the row and its neighbours with the same heading.
        inner: ends of the thick part of the interval.
        draws: values of the draws.
        color: colour of a bar; empty: that of its sign.
    """

    title: str
    value: float
    low: float = np.nan
    high: float = np.nan
    text: str = ""
    series: str = ""
    heading: str = ""
    inner: tuple[float, float] = (np.nan, np.nan)
    draws: Sequence[float] = ()
    color: str = ""

    @property
    def place(self) -> str:
        """Key of the place on the axis."""
        return f"{self.heading}{_SEPARATOR}{self.title}"

    def row(self, **texts: str) -> Row:
        """Return the place, the texts given and the finite numbers."""
        inner, inner_end = self.inner
        numbers = base.finite(value=self.value, low=self.low, high=self.high, inner=inner, inner_end=inner_end)
        return {"place": self.place, **texts, **numbers}


def bar_chart(
    title: str,
    bars: Sequence[Interval],
    *,
    total: Interval | None = None,
    places: int = 1,
    translate: Language = ENGLISH,
) -> Chart:
    """Draw horizontal bars on either side of zero, with their values and intervals.

    Args:
        title: quantity and unit.
        bars: the bars, in order.
        total: bar of their sum, in another colour.
        places: decimal places of numbers.
        translate: language of the intervals.
    """

    def number(value: float) -> str:
        return signed(value, places)

    def row(bar: Interval) -> Row:
        text = number(bar.value)
        own = bar.color or (POSITIVE if bar.value >= 0 else NEGATIVE)
        tip = translate.with_interval(text, bar.low, bar.high, number)
        return bar.row(title=bar.title, text=text, tip=tip, color=INK if bar is total else own)

    shown = [*bars, total] if total else bars
    y = _places(shown)
    axis = {"axis": None, "scale": {"domain": {"unionWith": [0, _MIN_SPAN]}}}
    tips = base.tooltip(title="title", tip=title)
    color = {"field": "color", "scale": None}
    marks = partial(base.layer, "bars", y=y, tooltip=tips)
    interval = partial(marks, "rule", x=base.quantitative("low", **axis), x2={"field": "high"})
    layers = [
        marks("bar", {"height": 12}, x=base.quantitative("value", **axis), color=color),
        interval({"color": PAPER, "strokeWidth": 3.5}),  # a pale edge keeps the interval visible on a dark bar
        interval({"color": INK, "strokeWidth": 1.5}),
        _zero_line("bars"),
        base.numbers("bars", y),
    ]
    height = _BAR_ROW * len(y["scale"]["domain"])
    return Chart(title, {"bars": [row(bar) for bar in shown]}, layers, height)


def interval_chart(title: str, intervals: Sequence[Interval], styles: Sequence[tuple[str, str, str]]) -> Chart:
    """Draw values with intervals on a common axis, with zoom, and a legend that switches several series.

    Args:
        title: quantity and unit.
        intervals: the values, in order; those with the same heading and title share a row.
        styles: name, colour and shape of each series.
    """

    def name_of(each: Interval) -> str:
        return each.title if each.title == each.series else f"{each.title} · {each.series}"

    rows = [each.row(series=each.series, name=name_of(each), text=each.text) for each in intervals]
    draws: list[Row] = [
        {"place": each.place, "series": each.series, "value": float(value)}
        for each in intervals
        for value in each.draws
    ]
    y = _places(intervals)
    one_each = len({each.place for each in intervals}) == len(intervals)
    legend = {"legend": None} if one_each else {}
    offset = {} if one_each else {"yOffset": {"field": "series", "sort": [name for name, *_ in styles]}}
    axis = {"grid": True, "tickCount": 8, "orient": "bottom" if one_each else "top"}
    x = base.quantitative("value", axis=axis, scale={"zero": True})
    series = {
        "y": y,
        **offset,
        "color": base.of_series([(name, color) for name, color, _ in styles], **legend),
        "opacity": base.value_if(base.SHOWN, 1.0, 0.1),
        "tooltip": base.tooltip(name="title", text=title),
    }
    dot = {"filled": True, "size": 90, "stroke": PAPER, "strokeWidth": 1, "clip": True}
    shape = base.of_series([(name, shape) for name, _, shape in styles], **legend)
    ends = {"x": base.quantitative("low"), "x2": {"field": "high"}}
    layers = [
        _zero_line("rows"),
        base.layer("rows", "rule", {"strokeWidth": 1.5, "clip": True}, **ends, **series),
        base.layer("rows", "point", dot, x=x, shape=shape, **series) | {"params": base.SERIES_PARAMETERS},
    ]
    data = {"rows": rows}
    if draws:
        tick = {"color": PALE_INK, "opacity": 0.3, "height": 6, "yOffset": -8, "clip": True}
        inner = {"x": base.quantitative("inner"), "x2": {"field": "inner_end"}}
        layers.insert(1, base.layer("draws", "tick", tick, x=x, y=y))
        layers.insert(3, base.layer("rows", "rule", {"strokeWidth": 5, "clip": True}, **inner, **series))
        data["draws"] = draws
    if one_each:
        text = {"align": "left", "dx": 8, "clip": False}
        layers.append(base.layer("rows", "text", text, x={"value": "width"}, y=y, text={"field": "text"}))
    row_height = _INTERVAL_ROW if one_each else _SERIES_HEIGHT * len(styles) + _ROW_GAP
    height, least_width = row_height * len(y["scale"]["domain"]), _LEAST_WIDTH if one_each else 0
    return Chart(title, data, layers, height, least_width=least_width)


def _places(marks: Sequence[Interval]) -> dict[str, Any]:
    """Return the vertical encoding: a place for each heading, and one for each title below it."""
    places = (place for mark in marks for place in (f"{mark.heading}{_SEPARATOR}", mark.place))
    domain = list(dict.fromkeys(place for place in places if place != _SEPARATOR))
    color = base.value_if({"test": _IS_HEADING}, PALE_INK, INK)
    return {**base.row_titles("place", labelExpr=_LABEL, labelColor=color), "scale": {"domain": domain}}


def _zero_line(data: str) -> dict[str, Any]:
    return base.layer(data, "rule", {"color": PALE_INK}, x={"datum": 0}, y={"value": 0}, y2={"value": "height"})
