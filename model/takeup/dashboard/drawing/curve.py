"""Curves over the months: a line a policy, a band where there is an interval, a mark at the month that is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from takeup.dashboard.drawing.marks import PLAIN, bar, element, line, note, sheet, text, tip
from takeup.months import MONTHS_A_YEAR, format_month
from takeup.report.formatting import decimal, month
from takeup.report.plotting.style import GRID, INK, PALE_INK, PAPER

_LEFT, _RIGHT, _TOP, _BOTTOM = 34.0, 118.0, 24.0, 26.0
_STEPS: Final = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 25, 50, 100)
_MOST_TICKS: Final = 6
_YEARS_BETWEEN_TICKS: Final = ((6, 1), (12, 2), (1000, 5))
_APART: Final = 15.0
"""Between two labels at the lines' ends, in pixels."""


@dataclass(frozen=True)
class Line:
    """A curve.

    Attributes:
        title: written at its end.
        values: (M,) one a month.
        colour: of the line.
        dash: SVG's dashes; None: unbroken.
        low, high: (M,) of a band around it.
    """

    title: str
    values: NDArray[np.float64]
    colour: str = INK
    dash: str | None = None
    low: NDArray[np.float64] | None = None
    high: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class _Frame:
    width: float
    height: float
    first: int
    months: int
    low: float
    high: float

    def x(self, place: float) -> float:
        return _LEFT + (self.width - _LEFT - _RIGHT) * place / max(self.months - 1, 1)

    def y(self, value: float) -> float:
        return _TOP + (self.height - _TOP - _BOTTOM) * (self.high - value) / (self.high - self.low)


def curve(
    title: str, first: int, lines: Sequence[Line], shown: int | None, *, width: float = 620, height: float = 260
) -> str:
    """Lines over months.

    Args:
        title: what the vertical axis is, with its unit.
        first: number of the first month.
        lines: all of one length.
        shown: number of the month to mark; None: none.
        width, height: in pixels.
    """
    low, high, step = _scale(lines)
    frame = _Frame(width, height, first, len(lines[0].values), low, high)
    marks = [*_axes(frame, step), note(0, 12, title)]
    marks += [_band(frame, each) for each in lines if each.low is not None]
    marks += [_path(frame, each) for each in lines]
    if shown is not None and first <= shown < first + frame.months:
        marks += _mark(frame, lines, shown - first)
    return sheet(width, height, title, *marks, *_labels(frame, lines), *_months(frame, lines))


def _scale(lines: Sequence[Line]) -> tuple[float, float, float]:
    """The axis' ends and the step of its ticks; 0 is always on it."""
    every = [part for each in lines for part in (each.values, each.low, each.high) if part is not None]
    known = np.concatenate([part[np.isfinite(part)] for part in every])
    low, high = min(float(known.min(initial=0.0)), 0.0), max(float(known.max(initial=0.0)), 0.0)
    span = max(high - low, _STEPS[2])
    step = next(each for each in _STEPS if span / each <= _MOST_TICKS)
    return step * np.floor(low / step), step * np.ceil((low + span) / step), step


def _axes(frame: _Frame, step: float) -> list[str]:
    marks = []
    for tick in np.arange(round((frame.high - frame.low) / step) + 1) * step + frame.low:
        y = frame.y(float(tick))
        marks.append(line(_LEFT, y, frame.width - _RIGHT, y, PALE_INK if tick == 0 else GRID))
        marks.append(note(_LEFT - 6, y + 4, decimal(float(tick), 0 if step >= 1 else 1), "end"))
    years = frame.months / MONTHS_A_YEAR
    every = next(step for most, step in _YEARS_BETWEEN_TICKS if years <= most)
    for place in range(frame.months):
        year, number = divmod(frame.first + place, MONTHS_A_YEAR)
        if number == 0 and year % every == 0:
            x = frame.x(place)
            marks.append(line(x, frame.height - _BOTTOM, x, frame.height - _BOTTOM + 4, PALE_INK))
            marks.append(note(x, frame.height - _BOTTOM + 17, str(year), "middle"))
    return marks


def _path(frame: _Frame, each: Line) -> str:
    return element(
        "path", d=_steps(frame, each.values), fill="none", stroke=each.colour, stroke_width=2,
        stroke_dasharray=each.dash, stroke_linejoin="round",
    )  # fmt: skip


def _band(frame: _Frame, each: Line) -> str:
    if each.low is None or each.high is None or not np.isfinite(each.low).any():
        return ""
    there = [(frame.x(i), frame.y(float(value))) for i, value in enumerate(each.high) if np.isfinite(value)]
    back = [(frame.x(i), frame.y(float(value))) for i, value in enumerate(each.low) if np.isfinite(value)]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in [*there, *reversed(back)])
    return element("polygon", points=points, fill=each.colour, opacity=0.18, class_="band")


def _steps(frame: _Frame, values: NDArray[np.float64]) -> str:
    path, pen = [], "M"
    for place, value in enumerate(values):
        if np.isfinite(value):
            path.append(f"{pen}{frame.x(place):.1f} {frame.y(float(value)):.1f}")
        pen = "L" if np.isfinite(value) else "M"
    return "".join(path)


def _mark(frame: _Frame, lines: Sequence[Line], place: int) -> list[str]:
    x = frame.x(place)
    dots = [
        element(
            "circle",
            cx=x,
            cy=frame.y(float(each.values[place])),
            r=4,
            fill=each.colour,
            stroke=PAPER,
            stroke_width=1.5,
        )
        for each in lines
        if np.isfinite(each.values[place])
    ]
    return [line(x, _TOP, x, frame.height - _BOTTOM, PALE_INK, dash="2 3"), *dots]


def _labels(frame: _Frame, lines: Sequence[Line]) -> list[str]:
    """Each line's name at its end; none lies on another."""
    ends = [(frame.y(float(each.values[-1])) if np.isfinite(each.values[-1]) else _TOP, each) for each in lines]
    marks, above = [], -np.inf
    for y, each in sorted(ends, key=lambda end: end[0]):
        above = max(y + 4, above + _APART)
        number = decimal(float(each.values[-1]))
        marks.append(text(frame.width - _RIGHT + 8, above, number, weight="600", colour=each.colour, size=PLAIN))
        marks.append(text(frame.width - _RIGHT + 48, above, each.title, colour=each.colour, size=PLAIN))
    return marks


def _months(frame: _Frame, lines: Sequence[Line]) -> list[str]:
    """What can be chosen: a strip a month, unseen."""
    width = frame.x(1) - frame.x(0)
    return [
        element(
            "g",
            bar(frame.x(place) - width / 2, _TOP, width, frame.height - _TOP - _BOTTOM, "transparent"),
            tip(
                "\n".join(
                    [month(format_month(frame.first + place))]
                    + [f"{each.title}: {decimal(float(each.values[place]))}" for each in lines]
                )
            ),
            data_pick=frame.first + place,
        )
        for place in range(frame.months)
    ]
