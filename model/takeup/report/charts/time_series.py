"""Charts with a time axis: curves with bands, and strips of states."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from takeup.months import format_month
from takeup.report.charts import base
from takeup.report.charts.base import SMALL_SIZE, Chart, Row
from takeup.report.formatting import decimal
from takeup.report.i18n import ENGLISH, Language
from takeup.report.plotting import INK, PALE_INK
from takeup.report.typography import is_wide

_LABEL_DISTANCE: Final = 15.0
"""Smallest distance between two labels at the ends of the lines, in pixels."""
_BAND_OPACITY, _FADED = 0.18, 0.15
_STRIP_HEIGHT: Final = 28
_LEAST_PLOT: Final = 240
"""Smallest width of the plot of a time series in pixels."""
_FITS: Final = "scale('x', datum.end) - scale('x', datum.month) > datum.width"
"""Whether the name of a state is shorter than its part of the strip."""
_LEGEND_SYMBOL: Final = 480
"""Size of a line in a legend, which is as long as its square root in pixels: every pattern of dashes is visible."""
_HAS_ROOM: Final = "(scale('x', datum.month) > datum.width)"
"""Whether the note on a month fits to the left of its mark."""
_LETTER: Final = 6
"""Width of a letter in a label, in pixels."""


@dataclass(frozen=True)
class Series:
    """A time series.

    Attributes:
        title: label at the end of the line.
        values: (M,) one value per month; NaN where there is none.
        color: colour of the line.
        dash: lengths of dash and gap in pixels; empty: solid.
        low, high: (M,) limits of the band around the line; NaN where there is none.
    """

    title: str
    values: NDArray[np.float64]
    color: str = INK
    dash: tuple[int, ...] = ()
    low: NDArray[np.float64] | float = np.nan
    high: NDArray[np.float64] | float = np.nan


def time_series(
    title: str,
    months: Sequence[int],
    series: Sequence[Series],
    selected: int | None,
    *,
    height: float = 240,
    axis_width: int = 30,
    label_width: int = 104,
    format_number: Callable[[float], str] = decimal,
    note: str = "",
    translate: Language = ENGLISH,
) -> Chart:
    """Draw time series, with a crosshair, a legend that switches them, and zoom; a month can be clicked.

    Args:
        title: quantity on the vertical axis, with its unit.
        months: (M,) numbers of the months.
        series: the series.
        selected: number of the month to mark; None: no mark.
        height: height of the plot in pixels.
        axis_width: width of the labels of the vertical axis in pixels.
        label_width: width of the labels at the ends of the lines in pixels; 0: no labels.
        format_number: the text of a value.
        note: text beside the mark of the month.
        translate: language of the months and intervals.
    """
    rows, lines = _month_rows(months, translate), []
    for place, each in enumerate(series):
        columns = np.broadcast_arrays(each.values, each.low, each.high)
        for month, value, low, high in zip(rows, *(column.tolist() for column in columns), strict=True):
            if math.isfinite(value):
                lines.append({**month, "series": each.title, **base.finite(value=value, low=low, high=high)})
            month[f"value{place}"] = translate.with_interval(format_number(value), low, high, format_number)
    data = {"lines": lines, "months": rows, "selected": _selected_rows(months, selected, translate, note)}
    legend = {"symbolType": "stroke", "symbolOpacity": 1, "symbolSize": _LEGEND_SYMBOL} if len(series) > 1 else None
    color = base.of_series([(each.title, each.color) for each in series], legend=legend)
    dash = base.of_series([(each.title, list(each.dash)) for each in series], legend=legend)
    opacity = base.value_if(base.SHOWN, 1.0, _FADED)
    x = _month_axis(rows)
    y = base.quantitative("value", axis={"minExtent": axis_width, "tickCount": 5}, scale={"zero": True})
    line = partial(base.layer, "lines", x=x, color=color)
    point = line("point", {"filled": True, "size": 50, "clip": True}, y=y, opacity=opacity)
    layers = [
        base.layer("months", "rule", {"color": PALE_INK}, y={"datum": 0}),
        line("line", {"clip": True, "strokeWidth": 2}, y=y, opacity=opacity, strokeDash=dash)
        | {"params": base.SERIES_PARAMETERS},
    ]
    if any("low" in row for row in lines):
        pale = base.value_if(base.SHOWN, _BAND_OPACITY, 0.0)
        layers.insert(0, line("area", {"clip": True}, y=base.quantitative("low"), y2={"field": "high"}, opacity=pale))
    if label_width:
        data["ends"] = _ends(series, lines, height, format_number)
        label = {"align": "left", "dx": 8, "fontWeight": "bold", "clip": False, "limit": label_width - 12}
        end = {"x": {"value": "width"}, "y": base.quantitative("value"), "text": {"field": "label"}}
        layers.append(base.layer("ends", "text", label, **end, color=color, opacity=opacity))
    layers += _month_layers(x, [each.title for each in series], point)
    return Chart(title, data, layers, height, least_width=_LEAST_PLOT + label_width)


def state_strips(
    title: str,
    months: Sequence[int],
    strips: Mapping[str, Sequence[tuple[str, str]]],
    selected: int,
    *,
    axis_width: int,
    translate: Language = ENGLISH,
) -> Chart:
    """Draw one strip per quantity, with a coloured part for each state; a month can be clicked.

    Args:
        title: accessible name of the chart.
        months: (M,) numbers of the months.
        strips: (M,) name and colour of the state in each month, by the title of the strip.
        selected: number of the month to mark.
        axis_width: width of the titles of the strips in pixels.
        translate: language of the months.
    """
    rows, parts = _month_rows(months, translate), []
    for place, (strip, states) in enumerate(strips.items()):
        for (state, color), run in groupby(zip(rows, states, strict=True), key=itemgetter(1)):
            own = [month for month, _ in run]
            for month in own:
                month[f"value{place}"] = state
            label = {"strip": strip, "state": state, "color": color, "width": _label_width(state)}
            parts.append({**label, "month": own[0]["month"], "end": own[-1]["end"]})
    data = {"parts": parts, "months": rows, "selected": _selected_rows(months, selected, translate)}
    x = _month_axis(rows)
    part = partial(base.layer, "parts", x=x, y=base.row_titles("strip", minExtent=axis_width))
    text, is_shown = {"align": "left", "dx": 5, "fontSize": SMALL_SIZE}, base.value_if({"test": _FITS}, 1.0, 0.0)
    layers = [
        part("bar", {"height": _STRIP_HEIGHT - 6}, x2={"field": "end"}, color={"field": "color", "scale": None}),
        part("text", text, text={"field": "state"}, color=base.ink_on("datum.color"), opacity=is_shown),
        *_month_layers(x, list(strips)),
    ]
    return Chart(title, data, layers, _STRIP_HEIGHT * len(strips), has_heading=False)


def _label_width(text: str) -> int:
    """Return the width of a label with its margins, in pixels; a Chinese character is as wide as two letters."""
    return _LETTER * (1 + sum(1 + is_wide(character) for character in text))


def _month_rows(months: Sequence[int], translate: Language) -> list[Row]:
    """Return one row per month, which ends where the next one begins, with local times."""
    return [
        {
            "month": f"{format_month(month)}-01T00:00:00",
            "end": f"{format_month(end)}-01T00:00:00",
            "number": month,
            "pick": month,
            "label": translate.month(format_month(month)),
        }
        for month, end in pairwise([*months, months[-1] + 1])
    ]


def _selected_rows(months: Sequence[int], selected: int | None, translate: Language, note: str = "") -> list[Row]:
    """Return the row of the marked month; none if it is outside the axis."""
    if selected is None or not months[0] <= selected <= months[-1]:
        return []
    return [{**month, "note": note, "width": _label_width(note)} for month in _month_rows([selected], translate)]


def _month_axis(rows: Sequence[Row]) -> dict[str, Any]:
    return {
        "field": "month",
        "type": "temporal",
        "scale": {"domain": [rows[0]["month"], rows[-1]["end"]], "nice": False},
        "axis": {"format": "%Y", "tickCount": "year"},
    }


def _month_layers(x: dict[str, Any], names: Sequence[str], *dots: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the layers of the months: the mark, what is shown under the pointer, and strips with tooltips."""
    mark, strip = partial(base.layer, "selected", x=x), partial(base.layer, "months", x=x)
    side = {"align": {"expr": f"{_HAS_ROOM} ? 'right' : 'left'"}, "dx": {"expr": f"{_HAS_ROOM} ? -5 : 5"}}
    note = {**side, "baseline": "top", "color": PALE_INK, "fontSize": SMALL_SIZE, "clip": False}
    tips = base.tooltip(label="title", **{f"value{number}": name for number, name in enumerate(names)})
    crosshair = strip("rule", {"color": PALE_INK, "clip": True})
    return [
        mark("rule", {"color": INK, "strokeDash": [2, 3], "clip": True}),
        mark("text", note, y={"value": 0}, text={"field": "note"}),
        *(each | {"transform": [{"filter": base.HOVERED}]} for each in (crosshair, *dots)),
        strip("rect", {"opacity": 0, "clip": True}, x2={"field": "end"}, tooltip=tips)
        | {"params": [base.hover("number")]},
    ]


def _ends(
    series: Sequence[Series], lines: list[Row], height: float, format_number: Callable[[float], str]
) -> list[Row]:
    """Return the labels at the ends of the lines, without overlap."""
    values = [0.0, *(float(row.get(name) or 0.0) for row in lines for name in ("value", "low", "high"))]
    distance = (max(values) - min(values)) * _LABEL_DISTANCE / height
    rows: list[Row] = []
    below = -np.inf
    for each in sorted(series, key=lambda one: float(one.values[-1])):
        end = float(each.values[-1])
        if np.isfinite(end):
            below = max(end, below + distance)
            rows.append({"series": each.title, "value": below, "label": f"{format_number(end)} {each.title}"})
    return rows
