"""Timeline of one migrant: knowledge, eligibility, permit and utility by month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

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
)
from takeup.dashboard.charts.time_series import month_strip, year_ticks
from takeup.report.formatting import decimal
from takeup.report.plotting import GRID, INK, PALE_INK, PAPER
from takeup.rules import KNOWLEDGE, STATUSES

_WIDTH, _LEFT, _RIGHT, _TOP = 1080.0, 96.0, 96.0, 8.0
_STRIP, _GAP, _GRAPH, _BOTTOM = 22.0, 8.0, 120.0, 26.0
_PALE: Final = "#eceff2"
_KNOWLEDGE_COLORS: Final = dict(zip(KNOWLEDGE, (_PALE, PALE_BLUE, BLUE), strict=True))
_STATUS_COLORS: Final = dict(zip(STATUSES, (_PALE, PALE_BLUE, DARK_BLUE, "url(#lapsed)"), strict=True))
_ELIGIBILITY_COLORS: Final = {"not eligible": _PALE, "eligible": BLUE}
_PIXELS_PER_LETTER: Final = 7.0
"""A stretch that is too short for its name gets no label."""
_PATTERN: Final = (
    '<defs><pattern id="lapsed" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="6" height="6" fill="#f3e3dd"/><rect width="2.5" height="6" fill="#a6553c"/></pattern></defs>'
)


@dataclass(frozen=True)
class _Axes:
    months: int
    graph_top: float
    max_utility: float

    @property
    def step(self) -> float:
        return (_WIDTH - _LEFT - _RIGHT) / self.months

    def x(self, index: int) -> float:
        return _LEFT + self.step * index

    def y(self, utility: float) -> float:
        return self.graph_top + _GRAPH / 2 * (1.0 - utility / self.max_utility)


def agent_timeline(history: AgentHistory, selected: int) -> str:
    """Draw the states of a migrant as strips above the utility, by month.

    A month can be clicked.

    Args:
        history: the migrant.
        selected: number of the month to mark.
    """
    records, first = history.records, history.records[0].month
    strips = [
        ("knowledge", _KNOWLEDGE_COLORS, [KNOWLEDGE[each.inputs.knowledge] for each in records]),
        ("eligibility", _ELIGIBILITY_COLORS, ["eligible" if each.eligible else "not eligible" for each in records]),
        ("permit", _STATUS_COLORS, [STATUSES[each.inputs.status] for each in records]),
    ]
    graph_top = _TOP + len(strips) * (_STRIP + _GAP) + 14
    bottom = graph_top + _GRAPH
    axes = _Axes(len(records), graph_top, max(1.0, *(abs(each.inputs.utility) for each in records)))
    marks = [_PATTERN]
    for number, (name, colors, states) in enumerate(strips):
        y = _TOP + number * (_STRIP + _GAP)
        marks.append(text(_LEFT - 12, y + 15, name, anchor="end"))
        marks += _strip(axes, y, states, colors)
    marks += _utility(axes, records)
    marks.append(line(_LEFT, bottom, _WIDTH - _RIGHT, bottom, GRID))
    marks += year_ticks(axes.x, first, axes.months, bottom)
    index = history.at(selected).month - first
    x = axes.x(index) + axes.step / 2
    marks.append(line(x, _TOP - 4, x, bottom, INK, dash="2 3"))
    marks.append(element("circle", cx=x, cy=axes.y(records[index].inputs.utility), r=4, fill=INK))
    marks += _month_strips(axes, records, bottom)
    return svg_document(_WIDTH, bottom + _BOTTOM, "One migrant by month", *marks)


def _strip(axes: _Axes, y: float, states: Sequence[str], colors: dict[str, str]) -> list[str]:
    """Return one rectangle per stretch of months with the same state."""
    marks, start = [], 0
    for index in range(1, len(states) + 1):
        if index < len(states) and states[index] == states[start]:
            continue
        state, width = states[start], axes.step * (index - start)
        marks.append(rectangle(axes.x(start), y, width, _STRIP, colors[state]))
        if width > _PIXELS_PER_LETTER * len(state):
            ink = PAPER if colors[state] in {BLUE, DARK_BLUE} else INK
            marks.append(text(axes.x(start) + 6, y + 15, state, size=SMALL_SIZE, color=ink))
        start = index
    return marks


def _utility(axes: _Axes, records: Sequence[MonthRecord]) -> list[str]:
    """Return the line of the utility, above and below zero."""
    top, middle, bottom, right = axes.graph_top, axes.y(0.0), axes.graph_top + _GRAPH, _WIDTH - _RIGHT
    points = [
        f"{axes.x(index) + axes.step / 2:.1f} {axes.y(each.inputs.utility):.1f}" for index, each in enumerate(records)
    ]
    return [
        text(_LEFT - 12, middle + 4, "utility", anchor="end"),
        rectangle(_LEFT, top, right - _LEFT, _GRAPH / 2, "#f6f8f9"),
        line(_LEFT, middle, right, middle, PALE_INK),
        annotation(right + 8, top + 14, "would"),
        annotation(right + 8, bottom - 6, "would not"),
        annotation(_LEFT - 12, top + 10, decimal(axes.max_utility), "end"),
        annotation(_LEFT - 12, bottom, decimal(-axes.max_utility), "end"),
        element("path", d=f"M{'L'.join(points)}", fill="none", stroke=BLUE, stroke_width=2, stroke_linejoin="round"),
    ]


def _month_strips(axes: _Axes, records: Sequence[MonthRecord], height: float) -> list[str]:
    """Return an invisible strip per month, which has a tooltip and can be clicked."""
    strips = []
    for index, each in enumerate(records):
        knowledge, status = KNOWLEDGE[each.inputs.knowledge], STATUSES[each.inputs.status]
        area = rectangle(axes.x(index), 0, axes.step, height, "transparent")
        details = f": {knowledge}, permit: {status}, utility {decimal(each.inputs.utility, 2)}"
        strips.append(month_strip(each.month, area, details))
    return strips
