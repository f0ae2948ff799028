"""Charts with a time axis: curves with bands, and strips of states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from takeup.months import format_month
from takeup.report.charts import base
from takeup.report.charts.base import SMALL_SIZE, Chart, Row
from takeup.report.formatting import decimal
from takeup.report.i18n import ENGLISH, Language
from takeup.report.plotting import GRID, INK, PALE_INK
from takeup.report.typography import is_wide

_LABEL_DISTANCE: Final = 15.0
"""Smallest distance between two labels at the ends of the lines, in pixels."""
_BAND_OPACITY, _FADED = 0.18, 0.15
_STRIP_HEIGHT: Final = 28
_LEAST_PLOT: Final = 240
"""Smallest width of the plot of a time series in pixels."""


@dataclass(frozen=True)
class Series:
    """A time series.

    Attributes:
        title: label at the end of the line.
        values: (M,) one value per month; NaN where there is none.
        color: colour of the line.
        dash: lengths of dash and gap in pixels; empty: solid.
        low, high: (M,) limits of the band around the line.
    """

    title: str
    values: NDArray[np.float64]
    color: str = INK
    dash: tuple[int, ...] = ()
    low: NDArray[np.float64] | None = None
    high: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class Strip:
    """A state by month: a title, the name of the state in each month, and the colour of each state."""

    title: str
    states: Sequence[str]
    colors: dict[str, str]


def time_series(
    title: str,
    first: int,
    series: Sequence[Series],
    selected: int | None,
    *,
    height: float = 240,
    axis_width: int = 30,
    label_width: int = 104,
    places: int = 1,
    recorded: Sequence[int] = (),
    note: str = "",
    translate: Language = ENGLISH,
) -> Chart:
    """Draw time series, with a crosshair, a legend that switches them, and zoom; a month can be clicked.

    Args:
        title: quantity on the vertical axis, with its unit.
        first: number of the first month.
        series: the series, all of the same length.
        selected: number of the month to mark; None: no mark.
        height: height of the plot in pixels.
        axis_width: width of the labels of the vertical axis in pixels.
        label_width: width of the labels at the ends of the lines in pixels; 0: no labels.
        places: decimal places of numbers.
        recorded: numbers of the months of the values; empty if they follow each other from the first month.
        note: text beside the mark of the month.
        translate: language of the months and intervals.
    """
    numbers = recorded or range(first, first + len(series[0].values))
    ends = [*numbers[1:], numbers[-1] + 1]
    months = [_month(month, end, translate) for month, end in zip(numbers, ends, strict=True)]
    lines: list[Row] = []
    for place, each in enumerate(series):
        low, high = (each.values if limit is None else limit for limit in (each.low, each.high))
        for month, value, least, most in zip(months, each.values, low, high, strict=True):
            has_limits = np.isfinite(least + most)
            if np.isfinite(value):
                limits = {"low": float(least), "high": float(most)} if has_limits else {}
                lines.append({**month, "series": each.title, "value": float(value), **limits})
            has_band = each.low is not None and has_limits
            band = f" ({translate.interval(least, most, lambda end: decimal(end, places))})" if has_band else ""
            month[f"value{place}"] = f"{decimal(float(value), places)}{band}"
    data = {"lines": lines, "months": months, "selected": _selected(first, ends[-1], selected, translate, note)}
    names = [each.title for each in series]
    legend = {"symbolType": "stroke", "symbolOpacity": 1} if len(series) > 1 else None
    color = base.of_series([(each.title, each.color) for each in series], legend=legend)
    dash = base.of_series([(each.title, list(each.dash)) for each in series], legend=legend)
    opacity = base.value_if(base.SHOWN, 1.0, _FADED)
    x = _month_axis(first, ends[-1])
    y = base.quantitative("value", axis={"minExtent": axis_width, "tickCount": 5}, scale={"zero": True})
    line = partial(base.layer, "lines", x=x, color=color)
    point = line("point", {"filled": True, "size": 50, "clip": True}, y=y, opacity=opacity)
    layers = [
        base.layer("months", "rule", {"color": PALE_INK}, y={"datum": 0}),
        line("line", {"clip": True, "strokeWidth": 2}, y=y, opacity=opacity, strokeDash=dash)
        | {"params": base.SERIES_PARAMETERS},
    ]
    if any(each.low is not None for each in series):
        pale = base.value_if(base.SHOWN, _BAND_OPACITY, 0.0)
        layers.insert(0, line("area", {"clip": True}, y=base.quantitative("low"), y2={"field": "high"}, opacity=pale))
    if label_width:
        data["ends"] = _ends(series, lines, height, places)
        label = {"align": "left", "dx": 8, "fontWeight": "bold", "clip": False, "limit": label_width - 12}
        end = {"x": {"value": "width"}, "y": base.quantitative("value"), "text": {"field": "label"}}
        layers.append(base.layer("ends", "text", label, **end, color=color, opacity=opacity))
    layers += _months(x, names, point)
    return base.layered_chart(title, data, layers, height=height, least_width=_LEAST_PLOT + label_width)


def state_strips(
    title: str,
    first: int,
    strips: Sequence[Strip],
    selected: int,
    *,
    axis_width: int,
    translate: Language = ENGLISH,
) -> Chart:
    """Draw one strip per quantity, with a coloured part for each state; a month can be clicked.

    Args:
        title: accessible name of the chart.
        first: number of the first month.
        strips: the strips, all with the same number of months.
        selected: number of the month to mark.
        axis_width: width of the titles of the strips in pixels.
        translate: language of the months.
    """
    end = first + len(strips[0].states)
    months = [_month(month, month + 1, translate) for month in range(first, end)]
    parts: list[Row] = []
    for place, strip in enumerate(strips):
        for state, run in groupby(zip(months, strip.states, strict=True), key=itemgetter(1)):
            own = [month for month, _ in run]
            for month in own:
                month[f"value{place}"] = state
            span: Row = {"month": own[0]["month"], "end": own[-1]["end"]}
            label: Row = {"state": state, "color": strip.colors[state], "width": _label_width(state)}
            parts.append({"strip": strip.title, **label, **span})
    data = {"parts": parts, "months": months, "selected": _selected(first, end, selected, translate)}
    x = _month_axis(first, end)
    part = partial(base.layer, "parts", x=x, y=base.row_titles("strip", minExtent=axis_width))
    text, is_shown = {"align": "left", "dx": 5, "fontSize": SMALL_SIZE}, base.value_if({"test": _FITS}, 1.0, 0.0)
    layers = [
        part("bar", {"height": _STRIP_HEIGHT - 6}, x2={"field": "end"}, color={"field": "color", "scale": None}),
        part("text", text, text={"field": "state"}, color=base.ink_on("datum.color"), opacity=is_shown),
        *_months(x, [strip.title for strip in strips]),
    ]
    return base.layered_chart(title, data, layers, height=_STRIP_HEIGHT * len(strips), has_heading=False)


_FITS: Final = "scale('x', datum.end) - scale('x', datum.month) > datum.width"
"""Whether the name of a state is shorter than its part of the strip."""
_LETTER: Final = 6
"""Width of a letter in a label, in pixels."""


def _label_width(text: str) -> int:
    """Return the width of a label with its margins, in pixels; a Chinese character is as wide as two letters."""
    return _LETTER * (1 + sum(1 + is_wide(character) for character in text))


def _months(x: dict[str, Any], names: Sequence[str], *dots: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the layers of the months: marked month, crosshair, and a strip per month with a tooltip.

    Args:
        x: encoding of the months.
        names: titles of the values in the tooltip.
        dots: layers that are shown in the month under the pointer only.
    """
    mark, strip = partial(base.layer, "selected", x=x), partial(base.layer, "months", x=x)
    note = {"align": "right", "baseline": "top", "dx": -5, "color": PALE_INK, "fontSize": SMALL_SIZE, "clip": False}
    tips = base.tooltip(label="–", **{f"value{number}": name for number, name in enumerate(names)})
    crosshair = strip("rule", {"color": PALE_INK, "clip": True})
    return [
        mark("rule", {"color": INK, "strokeDash": [2, 3], "clip": True}),
        mark("text", note, y={"value": 0}, text={"field": "note"}),
        *(each | {"transform": [{"filter": base.HOVERED}]} for each in (crosshair, *dots)),
        strip("rect", {"opacity": 0, "clip": True}, x2={"field": "end"}, tooltip=tips)
        | {"params": [base.hover("number")]},
    ]


def _month_axis(first: int, end: int) -> dict[str, Any]:
    return {
        "field": "month",
        "type": "temporal",
        "scale": {"domain": list(_span(first, end).values()), "nice": False},
        "axis": {"format": "%Y", "tickCount": "year", "gridColor": GRID},
    }


def _span(first: int, last: int) -> Row:
    """Return the beginnings of two months as local times."""
    return {"month": f"{format_month(first)}-01T00:00:00", "end": f"{format_month(last)}-01T00:00:00"}


def _month(month: int, end: int, translate: Language) -> Row:
    return {**_span(month, end), "number": month, "pick": month, "label": translate.month(format_month(month))}


def _selected(first: int, end: int, selected: int | None, translate: Language, note: str = "") -> list[Row]:
    if selected is None or not first <= selected < end:
        return []
    return [{**_month(selected, selected + 1, translate), "note": note}]


def _ends(series: Sequence[Series], lines: list[Row], height: float, places: int) -> list[Row]:
    """Return the labels at the ends of the lines, without overlap."""
    values = [float(row[name] or 0.0) for row in lines for name in ("value", "low", "high") if name in row]
    span = max(values, default=1.0) - min(values, default=0.0)
    distance = (max(span, *map(abs, values)) if values else 1.0) * _LABEL_DISTANCE / height
    rows: list[Row] = []
    below = -np.inf
    for each in sorted(series, key=lambda one: float(one.values[-1])):
        end = float(each.values[-1])
        if np.isfinite(end):
            below = max(end, below + distance)
            rows.append({"series": each.title, "value": below, "label": f"{decimal(end, places)} {each.title}"})
    return rows
