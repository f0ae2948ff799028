"""What would change somebody's mind: from what it is worth now to what it would be, were one thing otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from takeup.dashboard.changing import Change
from takeup.dashboard.drawing.marks import PLAIN, element, line, note, sheet, text
from takeup.report.formatting import signed
from takeup.report.plotting.style import INK, PALE_INK, PAPER

_WIDTH, _ROW, _LEFT, _RIGHT, _TOP = 520.0, 26.0, 200.0, 56.0, 20.0
_MOVES: Final = "#4d6f91"
_LEAST: Final = 0.5


def changes(found: Sequence[Change], worth: float) -> str:
    """A line a change, from now to then; filled where it is enough.

    Args:
        found: of `changes_of`.
        worth: now.
    """
    ends = [0.0, worth, *(each.worth for each in found)]
    low, high = min(ends), max(*ends, min(ends) + _LEAST)
    height = _TOP + _ROW * len(found) + 6

    def x(value: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * (value - low) / (high - low)

    marks = [
        line(x(0.0), _TOP, x(0.0), height, PALE_INK),
        line(x(worth), _TOP, x(worth), height, PALE_INK, dash="2 3"),
        note(x(0.0), 12, "worth it", "middle" if worth <= 0.0 else "end"),
        note(x(worth) if abs(x(worth) - x(0.0)) > _ROW * 3 else x(worth) - _ROW * 2, 12, "now", "middle"),
    ]
    for number, each in enumerate(found):
        y = _TOP + _ROW * number + _ROW / 2
        weight = "600" if each.enough else None
        marks += [
            text(_LEFT - 12, y + 4, each.title, anchor="end", size=PLAIN, weight=weight),
            line(x(worth), y, x(each.worth), y, _MOVES, 2),
            element(
                "circle", cx=x(each.worth), cy=y, r=5, fill=_MOVES if each.enough else PAPER, stroke=_MOVES,
                stroke_width=2,
            ),
            text(_WIDTH - 2, y + 4, signed(each.worth, 2), anchor="end", weight=weight, colour=INK, kind="value"),
        ]  # fmt: skip
    return sheet(_WIDTH, height, "What would change their mind", *marks)
