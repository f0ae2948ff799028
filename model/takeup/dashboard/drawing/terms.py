"""What one person weighs, as bars on either side of nothing, and their sum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from takeup.dashboard.drawing.marks import PLAIN, bar, line, sheet, text
from takeup.dashboard.weighing import Term
from takeup.report.formatting import signed
from takeup.report.plotting.style import INK, PALE_INK

_WIDTH, _ROW, _LEFT, _RIGHT = 520.0, 24.0, 150.0, 56.0
_BAR: Final = 13.0
_FOR, _AGAINST, _SUM = "#4d6f91", "#c9977f", INK
_LEAST: Final = 0.5


def terms(summands: Sequence[Term], worth: float) -> str:
    """Bars of the summands, the sum below.

    Args:
        summands: of `terms_of`.
        worth: their sum.
    """
    amounts = [abs(term.amount) for term in summands]
    most = max([*amounts, abs(worth), _LEAST])
    room = (_WIDTH - _LEFT - _RIGHT) / 2
    zero, height = _LEFT + room, _ROW * (len(summands) + 1) + 12

    def row(y: float, title: str, amount: float, colour: str, weight: str | None) -> list[str]:
        width = room * abs(amount) / most
        return [
            text(_LEFT - 12, y + 16, title, anchor="end", size=PLAIN, weight=weight),
            bar(zero if amount > 0 else zero - width, y + (_ROW - _BAR) / 2, width, _BAR, colour),
            text(_WIDTH - 2, y + 16, signed(amount, 2), anchor="end", weight=weight, kind="value"),
        ]

    marks: list[str] = []
    for number, term in enumerate(summands):
        colour = _FOR if term.amount > 0 else _AGAINST
        marks += row(_ROW * number, term.title, term.amount, colour, None)
    below = _ROW * len(summands) + 6
    marks.append(line(0, below, _WIDTH, below, PALE_INK, 0.75))
    marks += row(below + 4, "all together", worth, _SUM, "600")
    marks.append(line(zero, 0, zero, height, PALE_INK))
    return sheet(_WIDTH, height, "What is weighed, term by term", *marks)
