"""Who has no valid permit and why, as a staircase from everyone down to those who hold one."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from takeup.analysis.why import STEPS, TITLES, Reason
from takeup.dashboard.drawing.marks import PLAIN, bar, element, line, note, sheet, text, tip
from takeup.report.formatting import count, decimal
from takeup.report.plotting.style import GRID, INK, PALE_INK

_WIDTH, _ROW, _LEFT, _RIGHT, _TOP = 1080.0, 25.0, 250.0, 170.0, 22.0
_BAR: Final = 15.0
_SHADES: Final = ("#5f6368", "#9aa0a6")
"""Of the steps in turn, so that causes of one step are seen to belong together."""
_HOLDS: Final = "#2f5d87"
_WAY: Final = (
    "not entitled", "unaware", "not understood", "benefits", "burden", "returned", "not yet", "queueing", "lapsed",
)  # fmt: skip
"""The steps in the order in which one takes them on the way to a permit in force."""
_PERCENT: Final = 100.0


def reasons(causes: NDArray[np.int64], persons_per_agent: float) -> str:
    """A staircase of causes; those of nobody are left out. A cause can be chosen.

    Args:
        causes: (causes,) simulated persons.
        persons_per_agent: persons of the district that a simulated one stands for.
    """
    everyone = int(causes.sum())
    rows = [
        (cause, _SHADES[step % 2]) for step, name in enumerate(_WAY) for cause in STEPS[name] if causes[cause] > 0
    ]
    rows.append((Reason.VALID, _HOLDS))
    height = _TOP + _ROW * (len(rows) + 1)
    room = _WIDTH - _LEFT - _RIGHT
    marks = [
        note(_WIDTH - _RIGHT + 78, 12, "persons", "end"),
        note(_WIDTH - _RIGHT + 138, 12, "%", "end"),
        *_row(0, "everyone", everyone, everyone, 0.0, room, GRID, persons_per_agent),
    ]
    left = everyone
    for number, (cause, colour) in enumerate(rows, 1):
        here = int(causes[cause])
        begin = 0.0 if cause == Reason.VALID else room * (left - here) / max(everyone, 1)
        row = _row(number, TITLES[cause], here, everyone, begin, room, colour, persons_per_agent)
        words = f"{TITLES[cause]}: {count(here * persons_per_agent)} persons. Choose to meet one."
        marks.append(element("g", tip(words), *row, data_pick=int(cause), class_="row", tabindex=0, role="button"))
        left -= here
    return sheet(_WIDTH, height, "Who has no valid permit, and why", *marks)


def _row(
    number: int, title: str, here: int, everyone: int, begin: float, room: float, colour: str, persons: float
) -> list[str]:
    y = _TOP + _ROW * number
    middle, is_whole = y + _ROW / 2, title == "everyone"
    weight = "600" if is_whole or colour == _HOLDS else None
    values = _WIDTH - _RIGHT
    return [
        bar(0, y, _WIDTH, _ROW, "transparent"),
        text(_LEFT - 14, middle + 4, title, anchor="end", size=PLAIN, weight=weight),
        line(_LEFT, middle, _LEFT + begin, middle, GRID, dash="1 3"),
        bar(_LEFT + begin, middle - _BAR / 2, max(room * here / max(everyone, 1), 1.0), _BAR, colour),
        text(values + 78, middle + 4, count(here * persons), anchor="end", weight=weight, kind="value"),
        text(
            values + 138,
            middle + 4,
            decimal(_PERCENT * here / max(everyone, 1)),
            anchor="end",
            weight=weight,
            colour=INK if weight else PALE_INK,
            kind="value",
        ),
    ]
