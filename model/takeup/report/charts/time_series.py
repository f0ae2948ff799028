"""Charts with a time axis: curves with bands, and strips of states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import altair as alt
import numpy as np
from numpy.typing import NDArray

from takeup.months import format_month
from takeup.report.charts.base import SMALL_SIZE, TEXT_SIZE, ZOOM, Chart, Row, is_pale, source, specification
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
    lines: list[Row] = []
    ends = [*numbers[1:], numbers[-1] + 1]
    strips = [_month(month, end, translate) for month, end in zip(numbers, ends, strict=True)]
    for place, each in enumerate(series):
        low, high = (each.values if limit is None else limit for limit in (each.low, each.high))
        for number, (value, least, most) in enumerate(zip(each.values, low, high, strict=True)):
            if np.isfinite(value):
                limits = {"low": float(least), "high": float(most)} if np.isfinite(least + most) else {}
                lines.append({**strips[number], "series": each.title, "value": float(value), **limits})
            has_band = each.low is not None and np.isfinite(least + most)
            band = f" ({translate.interval(least, most, lambda end: decimal(end, places))})" if has_band else ""
            strips[number][f"value{place}"] = f"{decimal(float(value), places)}{band}"
    styles = tuple((each.title, each.color, each.dash, each.low is not None) for each in series)
    return Chart(
        title,
        _time_series(title, first, ends[-1] - first, styles, height, axis_width, label_width),
        {
            "lines": lines,
            "months": strips,
            **({"ends": _ends(series, lines, height, places)} if label_width else {}),
            "selected": _selected(first, ends[-1], selected, translate, note),
        },
        least_width=_LEAST_PLOT + label_width,
    )


@lru_cache(maxsize=64)
def _time_series(
    title: str,
    first: int,
    months: int,
    styles: tuple[tuple[str, str, tuple[int, ...], bool], ...],
    height: float,
    axis_width: int,
    label_width: int,
) -> dict[str, Any]:
    """Return the specification of a time series.

    Args:
        title, first, height, axis_width, label_width: as for `time_series`.
        months: number of months.
        styles: title, colour, dashes and presence of a band of each series.
    """
    names = [name for name, *_ in styles]
    legend = alt.Legend(symbolType="stroke", symbolOpacity=1) if len(styles) > 1 else None
    color = alt.Color("series:N", scale=alt.Scale(domain=names, range=[each[1] for each in styles]), legend=legend)
    dashes = alt.Scale(domain=names, range=[list(each[2]) for each in styles])
    dash = alt.StrokeDash("series:N", scale=dashes, legend=legend)
    shown = alt.selection_point(name="shown", fields=["series"], bind="legend")
    zoomed = alt.selection_interval(name="zoomed", bind="scales", encodings=["x"], zoom=ZOOM)
    opacity = alt.condition(shown, alt.value(1.0), alt.value(_FADED))
    x = _x(first, months)
    y = alt.Y("value:Q", axis=alt.Axis(minExtent=axis_width, tickCount=5), scale=alt.Scale(zero=True))
    base = alt.Chart(source("lines")).encode(x=x)
    band = base.mark_area(clip=True).encode(
        y="low:Q", y2="high:Q", color=color, opacity=alt.condition(shown, alt.value(_BAND_OPACITY), alt.value(0.0))
    )
    line = base.mark_line(clip=True, strokeWidth=2).encode(y=y, color=color, strokeDash=dash, opacity=opacity)
    dots = base.mark_point(filled=True, size=50, clip=True).encode(y=y, color=color, opacity=opacity)
    zero = alt.Chart(source("months")).mark_rule(color=PALE_INK).encode(y=alt.datum(0))
    labels = (
        alt.Chart(source("ends"))
        .mark_text(align="left", dx=8, fontWeight="bold", clip=False, limit=label_width - 12)
        .encode(x=alt.value("width"), y="value:Q", text="label:N", color=color, opacity=opacity)
    )
    tips = [alt.Tooltip(f"value{number}:N", title=name) for number, name in enumerate(names)]
    line = line.properties(name="lines").add_params(shown, zoomed)
    layers = [*([band] if any(each[3] for each in styles) else []), zero, line]
    layers += [*([labels] if label_width else []), *_months(x, tips, dots)]
    return specification(layers, title, height)


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
    months = len(strips[0].states)
    parts: list[Row] = []
    rows = [_month(month, month + 1, translate) for month in range(first, first + months)]
    for place, strip in enumerate(strips):
        start = 0
        for number, state in enumerate(strip.states):
            rows[number][f"value{place}"] = state
            if number + 1 == months or strip.states[number + 1] != state:
                part: Row = {"strip": strip.title, "state": state, "color": strip.colors[state]}
                parts.append({**part, **_span(first + start, first + number + 1), "width": _label_width(state)})
                start = number + 1
    titles = tuple(strip.title for strip in strips)
    data = {"parts": parts, "months": rows, "selected": _selected(first, first + months, selected, translate)}
    return Chart(title, _state_strips(title, first, months, titles, axis_width), data)


@lru_cache(maxsize=64)
def _state_strips(title: str, first: int, months: int, strips: tuple[str, ...], axis_width: int) -> dict[str, Any]:
    x = _x(first, months)
    y = alt.Y("strip:N", sort=None, axis=alt.Axis(minExtent=axis_width, labelColor=INK, labelFontSize=TEXT_SIZE))
    base = alt.Chart(source("parts")).encode(x=x, y=y)
    bars = base.mark_bar(height=_STRIP_HEIGHT - 6).encode(x2="end:T", color=alt.Color("color:N", scale=None))
    texts = base.mark_text(align="left", dx=5, fontSize=SMALL_SIZE).encode(
        text="state:N",
        color=alt.condition(is_pale("datum.color"), alt.value("black"), alt.value("white")),
        opacity=alt.condition(_FITS, alt.value(1.0), alt.value(0.0)),
    )
    tips = [alt.Tooltip(f"value{place}:N", title=name) for place, name in enumerate(strips)]
    layers = [bars, texts, *_months(x, tips, None)]
    return {**specification(layers, "", _STRIP_HEIGHT * len(strips)), "description": title}


_FITS: Final = "scale('x', datum.end) - scale('x', datum.month) > datum.width"
"""Whether the name of a state is shorter than its part of the strip."""
_LETTER: Final = 6
"""Width of a letter in a label, in pixels."""


def _label_width(text: str) -> int:
    """Return the width of a label with its margins, in pixels; a Chinese character is as wide as two letters."""
    return _LETTER * (1 + sum(1 + is_wide(character) for character in text))


def _months(x: alt.X, tips: list[alt.Tooltip], dots: alt.Chart | None) -> list[alt.Chart]:
    """Return the layers of the months: marked month, crosshair, and a strip per month with a tooltip."""
    hovered = alt.selection_point(
        name="hovered", on="pointerover", clear="pointerout", fields=["number"], empty=False
    )
    strips = alt.Chart(source("months")).encode(x=x)
    rule = strips.mark_rule(color=PALE_INK, clip=True).transform_filter(hovered)
    mark = alt.Chart(source("selected")).encode(x=x)
    marked = mark.mark_rule(color=INK, strokeDash=[2, 3], clip=True)
    note = mark.mark_text(align="right", baseline="top", dx=-5, color=PALE_INK, fontSize=SMALL_SIZE, clip=False)
    note = note.encode(y=alt.value(0), text="note:N")
    areas = strips.mark_rect(opacity=0, clip=True).encode(
        x2="end:T", tooltip=[alt.Tooltip("label:N", title="–"), *tips]
    )
    return [
        marked,
        note,
        rule,
        *([] if dots is None else [dots.transform_filter(hovered)]),
        areas.properties(name="areas").add_params(hovered),
    ]


def _x(first: int, months: int) -> alt.X:
    span = _span(first, first + months)
    return alt.X(
        "month:T",
        scale=alt.Scale(domain=[span["month"], span["end"]], nice=False),
        axis=alt.Axis(format="%Y", tickCount="year", gridColor=GRID),
    )


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
