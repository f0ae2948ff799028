"""Waterfalls: from everyone down to those who hold a permit, and from take-up now up to 100 %."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from takeup.answers.why.answer import PERCENT, Answer, Decomposition
from takeup.answers.why.causes import STEPS, TITLES, Cause
from takeup.months import month_name
from takeup.report.figures.canvas import LABEL_SIZE, Margins, dress, finished, head_labels, head_values, page
from takeup.report.figures.lettering import wrapped
from takeup.report.figures.palette import INK, PALE_INK, PAPER
from takeup.report.reasons import causes_table, lower, meant_by_interval, residents
from takeup.report.wording import count, decimal, interval, month, signed

_ROW: Final = 0.32
_MARGINS: Final = Margins(left=2.6, right=2.2, top=0.4)
_LABEL_WIDTH: Final = 2.4
_VALUES: Final = 1.03
_BAR, _CAP, _CONNECTOR = 0.66, 0.14, 0.8
"""Height of a bar and half that of an interval's end, in rows; width of the line from one bar to the next."""
_EN_SPACE: Final = "\u2002"
_SOLID, _ADDED, _LESS, _REST = "#2f5d87", "#8fb3d1", "#cc6677", "#e4e4e4"
"""Who holds a permit, what an obstacle adds, what it takes, and what is left: told apart in grey as well."""
_SHADES: Final = ("#5f6368", "#8a8f94", "#b3b7bb")
"""Of the steps of the funnel, in turn."""
_DOWN: Final = (
    "not entitled", "unaware", "not understood", "benefits", "burden", "returned", "not yet", "queueing", "lapsed",
)  # fmt: skip
"""The steps in the order in which one takes them on the way to a permit in force."""


@dataclass(frozen=True)
class _Bar:
    """A bar from one height of the waterfall to another, with what is written beside it."""

    label: str
    begin: float
    end: float
    colour: str
    said: str
    low: float = math.nan
    high: float = math.nan
    hatch: str = ""


def funnel(answer: Answer) -> Figure:
    """From everyone down to those who hold a valid permit, cause by cause."""
    table = causes_table(answer, answer.funnel)
    numbers = table[["percent", "low", "high", "persons"]].to_numpy(np.float64).tolist()
    everyone, left = residents(answer), PERCENT
    bars = [_Bar("everyone", 0.0, PERCENT, _SOLID, count(everyone))]
    for number, step in enumerate(_DOWN):
        for cause in STEPS[step]:
            share = numbers[cause][0]
            bars.append(
                _Bar(TITLES[cause], left, left - share, _SHADES[number % len(_SHADES)], _said(*numbers[cause]))
            )
            left -= share
    share, low, high, _ = numbers[Cause.VALID]
    bars.append(_Bar(TITLES[Cause.VALID], 0.0, share, _SOLID, _said(*numbers[Cause.VALID]), low, high))
    place, when = answer.question.district.population.name, month(answer.question.lives[0].month)
    caption = f"Everyone stands at the first cause that holds, {when}. {meant_by_interval(answer)}"
    title = f"Why migrants in {place} hold no valid permit, {when}"
    return _waterfall(title, caption, bars, "Cause", "%, persons", f"Migrants, % of {count(everyone)}")


def obstacles(answer: Answer, decomposition: Decomposition) -> Figure:
    """From take-up now up to 100 %: what each obstacle takes away, and what is left without them."""
    now, remaining = decomposition.now, decomposition.remaining
    at = float(now.mean)
    bars = [_Bar("take-up with all in place", 0.0, at, _SOLID, f"{decimal(at)} %", float(now.low), float(now.high))]
    for obstacle, (points, low, high) in zip(
        decomposition.obstacles.each,
        decomposition.parts[["points", "low", "high"]].itertuples(index=False),
        strict=True,
    ):
        said = signed(points) + (f"{_EN_SPACE}({interval(low, high, signed)})" if math.isfinite(low) else "")
        colour, hatch = (_ADDED, "") if points >= 0.0 else (_LESS, "//")
        bars.append(_Bar(lower(obstacle.title), at, at + points, colour, said, at + low, at + high, hatch))
        at += points
    reached = PERCENT - float(remaining.mean)
    ends = PERCENT - float(remaining.high), PERCENT - float(remaining.low)
    bars.append(_Bar("take-up with all removed", 0.0, reached, _SOLID, f"{decimal(reached)} %", *ends))
    rest = f"{decimal(float(remaining.mean))} points"
    bars.append(_Bar("not removable", reached, PERCENT, _REST, rest, hatch=".."))
    first = month(month_name(decomposition.obstacles.removed_from))
    until = month(answer.question.lives[0].until)
    marks = " Marks at the ends of bars are intervals." if answer.runs > 1 else ""
    caption = (
        f"Shapley values: what removing an obstacle from {first} on adds by {until}, on average over all orders of "
        f"removing them, with the same people and the same luck. What removing means is assumed.{marks} "
        f"{meant_by_interval(answer)}"
    )
    title = f"What each obstacle takes away from take-up in {answer.question.district.population.name}, {until}"
    return _waterfall(title, caption, bars, "Obstacle", "points", "Migrants with a valid permit, %")


def _said(share: float, low: float, high: float, persons: float) -> str:
    within = f"{_EN_SPACE}({interval(low, high)})" if math.isfinite(low) else ""
    return f"{decimal(share)} %{within}{_EN_SPACE}{count(persons)}"


def _waterfall(title: str, caption: str, bars: Sequence[_Bar], rows: str, values: str, unit: str) -> Figure:
    sheet = page(title, caption, _ROW * len(bars), _MARGINS)
    axes = sheet.axes()
    for row, bar in enumerate(bars):
        _draw(axes, row, bar)
        if row + 1 < len(bars) and bars[row + 1].begin == bar.end:
            axes.plot([bar.end] * 2, [row, row + 1], color=PALE_INK, linewidth=_CONNECTOR, zorder=1)
    labels = ["\n".join(wrapped(bar.label, _LABEL_WIDTH, LABEL_SIZE, most=2)) for bar in bars]
    axes.set_yticks(range(len(bars)), labels)
    axes.set_ylim(len(bars) - 0.4, -0.6)
    axes.set_xlim(min(0.0, *(bar.end for bar in bars)), PERCENT)
    axes.set_xlabel(unit)
    dress(axes, grid="x")
    head_labels(axes, rows, sheet.height)
    head_values(axes, values, sheet.height, _VALUES)
    return finished(sheet)


def _draw(axes: Axes, row: int, bar: _Bar) -> None:
    axes.barh(
        row, bar.end - bar.begin, left=bar.begin, height=_BAR, color=bar.colour, hatch=bar.hatch, edgecolor=PAPER,
        linewidth=0.0, zorder=2,
    )  # fmt: skip
    if math.isfinite(bar.low):
        axes.plot([bar.low, bar.high], [row, row], color=INK, linewidth=1.4, zorder=3)
        for end in (bar.low, bar.high):
            axes.plot([end, end], [row - _CAP, row + _CAP], color=INK, linewidth=1.1, zorder=3)
    axes.text(
        _VALUES, row, bar.said, transform=axes.get_yaxis_transform(), va="center", fontsize=LABEL_SIZE, color=INK
    )
