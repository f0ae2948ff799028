"""What a policy adds in each group, as bars from nothing."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from takeup.dashboard.drawing.marks import PLAIN, bar, line, note, sheet, text
from takeup.district import GROUPS
from takeup.report.formatting import join_words, signed
from takeup.report.plotting.style import PALE_INK

_WIDTH, _LEFT, _RIGHT, _ROW, _BAR = 300.0, 112.0, 48.0, 19.0, 11.0
_HEADER: Final = 28.0
_MORE, _LESS = "#4d6f91", "#c9977f"
_LEAST: Final = 0.5


def groups(points: NDArray[np.float64]) -> str:
    """A bar a group, attribute by attribute.

    Args:
        points: (GROUPS,) points of take-up; NaN where a group has nobody.
    """
    known = points[np.isfinite(points)]
    low, high = min(float(known.min(initial=0.0)), 0.0), max(float(known.max(initial=0.0)), _LEAST)

    def x(value: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * (value - low) / (high - low)

    marks, y, above = [], 0.0, ""
    for (attribute, level), value in zip(GROUPS, points.tolist(), strict=True):
        if attribute != above:
            y += _HEADER if above else _ROW
            marks.append(note(0, y - 6, join_words(attribute)))
            above = attribute
        marks.append(text(_LEFT - 10, y + 13, join_words(level), anchor="end", size=PLAIN))
        if np.isfinite(value):
            begin, end = sorted((x(0.0), x(value)))
            marks.append(bar(begin, y + (_ROW - _BAR) / 2, end - begin, _BAR, _MORE if value >= 0 else _LESS))
        marks.append(text(_WIDTH - 2, y + 13, signed(value), anchor="end", size=PLAIN, kind="value"))
        y += _ROW
    marks.append(line(x(0.0), _ROW - 4, x(0.0), y, PALE_INK))
    return sheet(_WIDTH, y + 2, "Points of take-up by group", *marks)
