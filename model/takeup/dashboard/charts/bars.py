"""Bar charts: reasons, utility terms, one-at-a-time variations, group effects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from takeup.analysis.why import STEPS, TITLES, Reason
from takeup.analysis.why.output import STEP_ORDER
from takeup.dashboard.agent_history import Summand, Variation
from takeup.dashboard.charts.svg import (
    BLUE,
    NEGATIVE,
    POSITIVE,
    annotation,
    element,
    line,
    rectangle,
    svg_document,
    text,
    tooltip,
)
from takeup.district import GROUPS
from takeup.report.formatting import PERCENT, count, decimal, join_words, signed
from takeup.report.plotting import GRID, INK, PALE_INK, PAPER


@dataclass(frozen=True)
class _Layout:
    """Sizes of a chart in pixels: width, margins, and heights of a row and its bar."""

    width: float
    row: float
    bar: float
    left: float
    right: float
    top: float = 0.0

    @property
    def room(self) -> float:
        """Width between the margins."""
        return self.width - self.left - self.right

    def scale(self, low: float, high: float) -> Callable[[float], float]:
        """Return the function from values to horizontal positions."""
        return lambda value: self.left + self.room * (value - low) / (high - low)


_REASONS: Final = _Layout(width=1080.0, row=25.0, bar=15.0, left=250.0, right=170.0, top=22.0)
_TERMS: Final = _Layout(width=520.0, row=24.0, bar=13.0, left=150.0, right=56.0)
_VARIATIONS: Final = _Layout(width=520.0, row=26.0, bar=0.0, left=200.0, right=56.0, top=20.0)
_GROUPS: Final = _Layout(width=300.0, row=19.0, bar=11.0, left=112.0, right=48.0)
_GROUP_HEADER: Final = 28.0
_PERSONS, _SHARE = 78.0, 138.0
"""Positions of the columns of numbers, from the right end of the bars."""
_MIN_SPAN: Final = 0.5
"""Smallest range of an axis, so that negligible values get short bars."""
_STEP_COLORS: Final = ("#5f6368", "#9aa0a6")
"""Colours that alternate between steps, so that the reasons of one step look alike."""
_VALID_COLOR: Final = "#2f5d87"
_ALL: Final = "all migrants"


def reason_waterfall(reasons: NDArray[np.int64], persons_per_agent: float) -> str:
    """Draw a waterfall from all migrants down to those with a valid permit.

    A reason can be clicked.

    Args:
        reasons: (reasons,) simulated persons by reason; reasons without persons are omitted.
        persons_per_agent: number of real persons that one simulated migrant represents.
    """
    total = int(reasons.sum())
    rows = [
        (reason, _STEP_COLORS[step % 2])
        for step, name in enumerate(STEP_ORDER)
        for reason in STEPS[name]
        if reasons[reason] > 0
    ]
    rows.append((Reason.VALID, _VALID_COLOR))
    values = _REASONS.width - _REASONS.right
    marks = [
        annotation(values + _PERSONS, 12, "persons", "end"),
        annotation(values + _SHARE, 12, "%", "end"),
        *_waterfall_row(0, _ALL, total, total, 0.0, GRID, persons_per_agent),
    ]
    remaining = total
    for number, (reason, color) in enumerate(rows, 1):
        persons = int(reasons[reason])
        start = 0.0 if reason == Reason.VALID else _REASONS.room * (remaining - persons) / max(total, 1)
        row = _waterfall_row(number, TITLES[reason], persons, total, start, color, persons_per_agent)
        tip = f"{TITLES[reason]}: {count(persons * persons_per_agent)} persons. Click to see one of them."
        marks.append(element("g", tooltip(tip), *row, data_pick=int(reason), class_="row", tabindex=0, role="button"))
        remaining -= persons
    height = _REASONS.top + _REASONS.row * (len(rows) + 1)
    return svg_document(_REASONS.width, height, "Who has no valid permit, and why", *marks)


def _waterfall_row(
    number: int, title: str, persons: int, total: int, start: float, color: str, persons_per_agent: float
) -> list[str]:
    """Draw one row of the chart of reasons: title, bar, number of persons and share.

    Args:
        number: position of the row from the top.
        title: title of the row.
        persons, total: simulated migrants of the row, and in all.
        start: horizontal position of the bar, in pixels from the left end of the bars.
        color: color of the bar.
        persons_per_agent: persons of the district per simulated migrant.
    """
    layout = _REASONS
    y, left, values = layout.top + layout.row * number, layout.left, layout.width - layout.right
    middle, share = y + layout.row / 2, persons / max(total, 1)
    weight = "600" if title == _ALL or color == _VALID_COLOR else None
    persons_text, share_text = count(persons * persons_per_agent), decimal(PERCENT * share)
    ink = INK if weight else PALE_INK
    return [
        rectangle(0, y, layout.width, layout.row, "transparent"),
        text(left - 14, middle + 4, title, anchor="end", weight=weight),
        line(left, middle, left + start, middle, GRID, dash="1 3"),
        rectangle(left + start, middle - layout.bar / 2, max(layout.room * share, 1.0), layout.bar, color),
        text(values + _PERSONS, middle + 4, persons_text, anchor="end", weight=weight, class_="value"),
        text(values + _SHARE, middle + 4, share_text, anchor="end", weight=weight, color=ink, class_="value"),
    ]


def utility_term_bars(terms: Sequence[Summand], utility: float) -> str:
    """Draw the terms of a utility as bars on either side of zero, and their sum."""
    layout = _TERMS
    span = max(*(abs(term.amount) for term in terms), abs(utility), _MIN_SPAN)
    x = layout.scale(-span, span)

    def row(y: float, title: str, amount: float, color: str, weight: str | None) -> list[str]:
        start, end = sorted((x(0.0), x(amount)))
        return [
            text(layout.left - 12, y + 16, title, anchor="end", weight=weight),
            rectangle(start, y + (layout.row - layout.bar) / 2, end - start, layout.bar, color),
            text(layout.width - 2, y + 16, signed(amount, 2), anchor="end", weight=weight, class_="value"),
        ]

    marks: list[str] = []
    for number, term in enumerate(terms):
        color = POSITIVE if term.amount > 0 else NEGATIVE
        marks += row(layout.row * number, term.title, term.amount, color, None)
    below = layout.row * len(terms) + 6
    height = below + layout.row + 6
    marks.append(line(0, below, layout.width, below, PALE_INK, 0.75))
    marks += row(below + 4, "utility", utility, INK, "600")
    marks.append(line(x(0.0), 0, x(0.0), height, PALE_INK))
    return svg_document(layout.width, height, "Terms of the utility", *marks)


def one_at_a_time_chart(variations: Sequence[Variation], utility: float) -> str:
    """Draw one line per variation, from the current utility to the varied one.

    A filled dot marks a variation that changes the decision.
    """
    layout = _VARIATIONS
    ends = [0.0, utility, *(each.utility for each in variations)]
    low, high = min(ends), max(*ends, min(ends) + _MIN_SPAN)
    height = layout.top + layout.row * len(variations) + 6
    x = layout.scale(low, high)
    zero, current = x(0.0), x(utility)
    is_apart = abs(current - zero) > layout.row * 3
    marks = [
        line(zero, layout.top, zero, height, PALE_INK),
        line(current, layout.top, current, height, PALE_INK, dash="2 3"),
        annotation(zero, 12, "worth it", "middle" if utility <= 0.0 else "end"),
        annotation(current if is_apart else current - layout.row * 2, 12, "now", "middle"),
    ]
    for number, each in enumerate(variations):
        y, end = layout.top + layout.row * (number + 0.5), x(each.utility)
        weight, fill = ("600", BLUE) if each.changes_decision else (None, PAPER)
        value = signed(each.utility, 2)
        marks += [
            text(layout.left - 12, y + 4, each.title, anchor="end", weight=weight),
            line(current, y, end, y, BLUE, 2),
            element("circle", cx=end, cy=y, r=5, fill=fill, stroke=BLUE, stroke_width=2),
            text(layout.width - 2, y + 4, value, anchor="end", weight=weight, class_="value"),
        ]
    return svg_document(layout.width, height, "What would change the decision", *marks)


def group_effect_bars(points: NDArray[np.float64]) -> str:
    """Draw the change in take-up as one bar per group, in the order of attributes.

    Args:
        points: (GROUPS,) change in take-up in points; NaN for a group without persons.
    """
    layout = _GROUPS
    finite = points[np.isfinite(points)]
    x = layout.scale(min(float(finite.min(initial=0.0)), 0.0), max(float(finite.max(initial=0.0)), _MIN_SPAN))
    marks, y, previous = [], 0.0, ""
    for (attribute, level), value in zip(GROUPS, points.tolist(), strict=True):
        if attribute != previous:
            y += _GROUP_HEADER if previous else layout.row
            marks.append(annotation(0, y - 6, join_words(attribute)))
            previous = attribute
        marks.append(text(layout.left - 10, y + 13, join_words(level), anchor="end"))
        if np.isfinite(value):
            start, end = sorted((x(0.0), x(value)))
            color = POSITIVE if value >= 0 else NEGATIVE
            marks.append(rectangle(start, y + (layout.row - layout.bar) / 2, end - start, layout.bar, color))
        marks.append(text(layout.width - 2, y + 13, signed(value), anchor="end", class_="value"))
        y += layout.row
    marks.append(line(x(0.0), layout.row - 4, x(0.0), y, PALE_INK))
    return svg_document(layout.width, y + 2, "Change in take-up by group, in points", *marks)
