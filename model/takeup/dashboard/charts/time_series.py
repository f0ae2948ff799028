"""Charts with a time axis: time series, and the timeline of one migrant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from takeup.dashboard.agent_history import AgentHistory, MonthRecord
from takeup.dashboard.charts.svg import (
    BLUE,
    DARK_BLUE,
    PALE_BLUE,
    SMALL_SIZE,
    annotation,
    element,
    line,
    rectangle,
    svg_document,
    text,
    tooltip,
)
from takeup.months import MONTHS_A_YEAR, format_month
from takeup.report.formatting import decimal, month
from takeup.report.plotting import GRID, INK, PALE_INK, PAPER
from takeup.rules import KNOWLEDGE, STATUSES

_LEFT, _RIGHT, _TOP, _BOTTOM = 34.0, 118.0, 24.0, 26.0
_STEPS: Final = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 25, 50, 100)
_MAX_TICKS: Final = 6
_YEARS_BETWEEN_TICKS: Final = ((6, 1), (12, 2), (1000, 5))
_LABEL_DISTANCE: Final = 15.0
"""Smallest distance between two labels at the ends of the lines, in pixels."""


@dataclass(frozen=True)
class Series:
    """A time series.

    Attributes:
        title: label at the end of the line.
        values: (M,) one value per month.
        color: colour of the line.
        dash: dash pattern as in SVG; None: solid.
        low, high: (M,) limits of the band around the line.
    """

    title: str
    values: NDArray[np.float64]
    color: str = INK
    dash: str | None = None
    low: NDArray[np.float64] | None = None
    high: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class _Axes:
    width: float
    height: float
    first: int
    months: int
    low: float
    high: float

    def x(self, index: float) -> float:
        return _LEFT + (self.width - _LEFT - _RIGHT) * index / max(self.months - 1, 1)

    def y(self, value: float) -> float:
        return _TOP + (self.height - _TOP - _BOTTOM) * (self.high - value) / (self.high - self.low)


def time_series(
    title: str,
    first: int,
    series: Sequence[Series],
    selected: int | None,
    *,
    width: float = 620,
    height: float = 260,
) -> str:
    """Draw time series; a month can be clicked.

    Args:
        title: quantity on the vertical axis, with its unit.
        first: number of the first month.
        series: the series, all of the same length.
        selected: number of the month to mark; None: no marker.
        width, height: size of the chart in pixels.
    """
    low, high, step = _scale(series)
    axes = _Axes(width, height, first, len(series[0].values), low, high)
    marks = [*_ticks(axes, step), annotation(0, 12, title)]
    marks += [_band(axes, each) for each in series if each.low is not None]
    marks += [_path(axes, each) for each in series]
    if selected is not None and first <= selected < first + axes.months:
        marks += _marker(axes, series, selected - first)
    return svg_document(width, height, title, *marks, *_labels(axes, series), *_month_strips(axes, series))


def _scale(series: Sequence[Series]) -> tuple[float, float, float]:
    """Return the ends of the vertical axis, which contains 0, and its tick distance."""
    parts = [part for each in series for part in (each.values, each.low, each.high) if part is not None]
    finite = np.concatenate([part[np.isfinite(part)] for part in parts])
    low, high = min(float(finite.min(initial=0.0)), 0.0), max(float(finite.max(initial=0.0)), 0.0)
    span = max(high - low, _STEPS[2])  # an axis has a length even if all values are 0
    step = next(each for each in _STEPS if span / each <= _MAX_TICKS)
    return step * np.floor(low / step), step * np.ceil((low + span) / step), step


def _ticks(axes: _Axes, step: float) -> list[str]:
    """Draw grid lines and numbers at multiples of `step`, and the ticks of the years."""
    marks = []
    for tick in np.arange(round((axes.high - axes.low) / step) + 1) * step + axes.low:
        y = axes.y(float(tick))
        marks.append(line(_LEFT, y, axes.width - _RIGHT, y, PALE_INK if tick == 0 else GRID))
        marks.append(annotation(_LEFT - 6, y + 4, decimal(float(tick), 0 if step >= 1 else 1), "end"))
    years = axes.months / MONTHS_A_YEAR
    interval = next(interval for most, interval in _YEARS_BETWEEN_TICKS if years <= most)
    return [*marks, *year_ticks(axes.x, axes.first, axes.months, axes.height - _BOTTOM, interval)]


def _path(axes: _Axes, series: Series) -> str:
    path, command = [], "M"
    for index, value in enumerate(series.values):
        if np.isfinite(value):
            path.append(f"{command}{axes.x(index):.1f} {axes.y(float(value)):.1f}")
        command = "L" if np.isfinite(value) else "M"
    return element(
        "path",
        d="".join(path),
        fill="none",
        stroke=series.color,
        stroke_width=2,
        stroke_dasharray=series.dash,
        stroke_linejoin="round",
    )


def _band(axes: _Axes, series: Series) -> str:
    """Draw the area between the low and high values of a series."""
    if series.low is None or series.high is None or not np.isfinite(series.low).any():
        return ""
    upper, lower = (
        [(axes.x(month), axes.y(float(value))) for month, value in enumerate(limit) if np.isfinite(value)]
        for limit in (series.high, series.low)
    )
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in [*upper, *reversed(lower)])
    return element("polygon", points=points, fill=series.color, opacity=0.18, class_="band")


def _marker(axes: _Axes, series: Sequence[Series], index: int) -> list[str]:
    """Mark a month with a vertical line and a dot on each series."""
    x = axes.x(index)
    values = [(each.color, float(each.values[index])) for each in series if np.isfinite(each.values[index])]
    return [
        line(x, _TOP, x, axes.height - _BOTTOM, PALE_INK, dash="2 3"),
        *(
            element("circle", cx=x, cy=axes.y(value), r=4, fill=color, stroke=PAPER, stroke_width=1.5)
            for color, value in values
        ),
    ]


def _labels(axes: _Axes, series: Sequence[Series]) -> list[str]:
    """Return the labels at the ends of the lines, without overlap."""
    ends = [(axes.y(float(each.values[-1])) if np.isfinite(each.values[-1]) else _TOP, each) for each in series]
    marks, y = [], -np.inf
    for end, each in sorted(ends, key=lambda pair: pair[0]):
        y = max(end + 4, y + _LABEL_DISTANCE)
        value = decimal(float(each.values[-1]))
        marks.append(text(axes.width - _RIGHT + 8, y, value, weight="600", color=each.color))
        marks.append(text(axes.width - _RIGHT + 48, y, each.title, color=each.color))
    return marks


def _month_strips(axes: _Axes, series: Sequence[Series]) -> list[str]:
    """Return an invisible strip per month, which has a tooltip and can be clicked."""
    width, height = axes.x(1) - axes.x(0), axes.height - _TOP - _BOTTOM
    strips = []
    for index in range(axes.months):
        values = [f"{each.title}: {decimal(float(each.values[index]))}" for each in series]
        area = rectangle(axes.x(index) - width / 2, _TOP, width, height, "transparent")
        strips.append(month_strip(axes.first + index, area, "\n".join(["", *values])))
    return strips


def year_ticks(x: Callable[[int], float], first: int, months: int, y: float, interval: int = 1) -> list[str]:
    """Return the ticks of a time axis, at each January of every `interval`-th year.

    Args:
        x: function from the index of a month to its horizontal position.
        first: number of the first month.
        months: number of months.
        y: vertical position of the axis.
        interval: number of years between two ticks.
    """
    marks = []
    for index in range(months):
        year, number = divmod(first + index, MONTHS_A_YEAR)
        if number == 0 and year % interval == 0:
            marks.append(line(x(index), y, x(index), y + 4, PALE_INK))
            marks.append(annotation(x(index), y + 17, str(year), "middle"))
    return marks


def month_strip(number: int, area: str, text: str) -> str:
    """Return an area that can be clicked to select a month, with a tooltip."""
    return element("g", area, tooltip(f"{month(format_month(number))}{text}"), data_pick=number)


_TIMELINE_WIDTH, _TIMELINE_LEFT, _TIMELINE_RIGHT, _TIMELINE_TOP = 1080.0, 96.0, 96.0, 8.0
_STRIP_HEIGHT, _STRIP_GAP, _GRAPH_HEIGHT, _TIMELINE_BOTTOM = 22.0, 8.0, 120.0, 26.0
_PALE_FILL: Final = "#eceff2"
_KNOWLEDGE_COLORS: Final = dict(zip(KNOWLEDGE, (_PALE_FILL, PALE_BLUE, BLUE), strict=True))
_STATUS_COLORS: Final = dict(zip(STATUSES, (_PALE_FILL, PALE_BLUE, DARK_BLUE, "url(#lapsed)"), strict=True))
_ELIGIBILITY_COLORS: Final = {"not eligible": _PALE_FILL, "eligible": BLUE}
_PIXELS_PER_LETTER: Final = 7.0
"""Approximate width of a letter; a state that lasts too few months for its name gets no label."""
_PATTERN: Final = (
    '<defs><pattern id="lapsed" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="6" height="6" fill="#f3e3dd"/><rect width="2.5" height="6" fill="#a6553c"/></pattern></defs>'
)


@dataclass(frozen=True)
class _TimelineAxes:
    months: int
    graph_top: float
    max_utility: float

    @property
    def step(self) -> float:
        return (_TIMELINE_WIDTH - _TIMELINE_LEFT - _TIMELINE_RIGHT) / self.months

    def x(self, index: int) -> float:
        return _TIMELINE_LEFT + self.step * index

    def y(self, utility: float) -> float:
        return self.graph_top + _GRAPH_HEIGHT / 2 * (1.0 - utility / self.max_utility)


def agent_timeline(history: AgentHistory, selected: int) -> str:
    """Draw the states of a migrant as strips above the utility, by month.

    A month can be clicked. The month with the number `selected` is marked.
    """
    records, first = history.records, history.records[0].month
    strips = [
        ("knowledge", _KNOWLEDGE_COLORS, [KNOWLEDGE[each.inputs.knowledge] for each in records]),
        ("eligibility", _ELIGIBILITY_COLORS, ["eligible" if each.eligible else "not eligible" for each in records]),
        ("permit", _STATUS_COLORS, [STATUSES[each.inputs.status] for each in records]),
    ]
    graph_top = _TIMELINE_TOP + len(strips) * (_STRIP_HEIGHT + _STRIP_GAP) + 14
    bottom = graph_top + _GRAPH_HEIGHT
    axes = _TimelineAxes(len(records), graph_top, max(1.0, *(abs(each.inputs.utility) for each in records)))
    marks = [_PATTERN]
    for number, (name, colors, states) in enumerate(strips):
        y = _TIMELINE_TOP + number * (_STRIP_HEIGHT + _STRIP_GAP)
        marks.append(text(_TIMELINE_LEFT - 12, y + 15, name, anchor="end"))
        marks += _state_strip(axes, y, states, colors)
    marks += _utility_line(axes, records)
    marks.append(line(_TIMELINE_LEFT, bottom, _TIMELINE_WIDTH - _TIMELINE_RIGHT, bottom, GRID))
    marks += year_ticks(axes.x, first, axes.months, bottom)
    index = history.at(selected).month - first
    x = axes.x(index) + axes.step / 2
    marks.append(line(x, _TIMELINE_TOP - 4, x, bottom, INK, dash="2 3"))
    marks.append(element("circle", cx=x, cy=axes.y(records[index].inputs.utility), r=4, fill=INK))
    marks += _timeline_months(axes, records, bottom)
    return svg_document(_TIMELINE_WIDTH, bottom + _TIMELINE_BOTTOM, "One migrant by month", *marks)


def _state_strip(axes: _TimelineAxes, y: float, states: Sequence[str], colors: dict[str, str]) -> list[str]:
    """Return one rectangle per sequence of months with the same state."""
    marks, start = [], 0
    for index in range(1, len(states) + 1):
        if index < len(states) and states[index] == states[start]:
            continue
        state, width = states[start], axes.step * (index - start)
        marks.append(rectangle(axes.x(start), y, width, _STRIP_HEIGHT, colors[state]))
        if width > _PIXELS_PER_LETTER * len(state):
            ink = PAPER if colors[state] in {BLUE, DARK_BLUE} else INK
            marks.append(text(axes.x(start) + 6, y + 15, state, size=SMALL_SIZE, color=ink))
        start = index
    return marks


def _utility_line(axes: _TimelineAxes, records: Sequence[MonthRecord]) -> list[str]:
    """Return the line of the utility, above and below zero."""
    top, middle, bottom = axes.graph_top, axes.y(0.0), axes.graph_top + _GRAPH_HEIGHT
    right = _TIMELINE_WIDTH - _TIMELINE_RIGHT
    points = [
        f"{axes.x(index) + axes.step / 2:.1f} {axes.y(each.inputs.utility):.1f}" for index, each in enumerate(records)
    ]
    return [
        text(_TIMELINE_LEFT - 12, middle + 4, "utility", anchor="end"),
        rectangle(_TIMELINE_LEFT, top, right - _TIMELINE_LEFT, _GRAPH_HEIGHT / 2, "#f6f8f9"),
        line(_TIMELINE_LEFT, middle, right, middle, PALE_INK),
        annotation(right + 8, top + 14, "would"),
        annotation(right + 8, bottom - 6, "would not"),
        annotation(_TIMELINE_LEFT - 12, top + 10, decimal(axes.max_utility), "end"),
        annotation(_TIMELINE_LEFT - 12, bottom, decimal(-axes.max_utility), "end"),
        element("path", d=f"M{'L'.join(points)}", fill="none", stroke=BLUE, stroke_width=2, stroke_linejoin="round"),
    ]


def _timeline_months(axes: _TimelineAxes, records: Sequence[MonthRecord], height: float) -> list[str]:
    """Return an invisible strip per month, which has a tooltip and can be clicked."""
    strips = []
    for index, each in enumerate(records):
        knowledge, status = KNOWLEDGE[each.inputs.knowledge], STATUSES[each.inputs.status]
        area = rectangle(axes.x(index), 0, axes.step, height, "transparent")
        details = f": {knowledge}, permit: {status}, utility {decimal(each.inputs.utility, 2)}"
        strips.append(month_strip(each.month, area, details))
    return strips
