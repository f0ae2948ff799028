"""A figure of the indices: a panel an output, a line a parameter."""

from __future__ import annotations

from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from takeup.report.plotting.style import (
    INK,
    LABEL_SIZE,
    PALE_INK,
    PAPER,
    SMALL_SIZE,
    WIDTH,
    Margins,
    finalise,
    page,
    row_header,
    style_axes,
)
from takeup_calibration.sensitivity.indices import INDICES, Index
from takeup_calibration.sensitivity.looking import Seen
from takeup_calibration.sensitivity.ranking import ranked
from takeup_calibration.sensitivity.tables import BLOCKS, MEANINGS, NOT_RESOLVED, PERCENT, words_of

_ROW: Final = 0.2
_MARGINS: Final = Margins(left=1.75, right=0.25, top=0.65, bottom=0.6)
_GAP, _KEY = 0.14, 0.3
"""Inches between panels, and from them to the key above."""
_BAR: Final = "#b5b5b5"
_UNITS: Final = {"morris": "points", "sobol": "% of variance"}
_TITLES: Final = {
    "morris": "Effect of each unknown number between the ends of its prior",
    "sobol": "Share of the variance over the prior that each unknown number is behind",
}


def bars(seen: Seen) -> Figure:
    """Every index that is resolved, with its interval: the first of the method as a bar, the second as a dot."""
    design = seen.look.design
    first, second = INDICES[design.method]
    names = ranked(seen.indices)
    outputs = list(dict.fromkeys(each.output for each in seen.indices))
    sheet = page(
        f"{_TITLES[design.method]}: {seen.look.district.population.name}",
        _caption(seen),
        _ROW * len(names),
        _MARGINS,
    )
    room = (sheet.right - sheet.left) * WIDTH
    width = (room - _GAP * (len(outputs) - 1)) / len(outputs)
    for column, output in enumerate(outputs):
        left = sheet.left + column * (width + _GAP) / WIDTH
        axes = sheet.figure.add_axes((left, sheet.bottom, width / WIDTH, sheet.top - sheet.bottom))
        told = {(each.parameter, each.index): each for each in seen.indices if each.output == output}
        for row, name in enumerate(names):
            _draw(axes, row, told.get((name, first)), told.get((name, second)))
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.set_xlim(left=0.0)
        axes.set_title(words_of(output), fontsize=LABEL_SIZE, color=INK, loc="left")
        axes.set_yticks(range(len(names)), names if column == 0 else [""] * len(names))
        axes.set_xlabel(_UNITS[design.method])
        axes.locator_params(axis="x", nbins=3)
        style_axes(axes, grid="x")
        axes.tick_params(axis="y", labelsize=SMALL_SIZE)
        if column == 0:
            row_header(axes, "Parameter", sheet.height)
    _add_key(sheet.figure, first, second, sheet.top + _KEY / sheet.figure.get_figheight())
    return finalise(sheet)


def _draw(axes: Axes, row: int, first: Index | None, second: Index | None) -> None:
    if first is not None and first.resolved:
        value, low, high = _scaled(first)
        axes.barh(row, value, height=0.72, color=_BAR, zorder=2)
        axes.plot([low, high], [row, row], color=INK, linewidth=1.4, solid_capstyle="butt", zorder=4)
    elif first is not None:
        axes.text(
            0.02, row, NOT_RESOLVED, transform=axes.get_yaxis_transform(), va="center", fontsize=6.0, color=PALE_INK
        )
    if second is not None and second.resolved:
        value, low, high = _scaled(second)
        below = row + 0.25
        axes.plot([low, high], [below, below], color=PALE_INK, linewidth=0.8, zorder=5)
        axes.plot([value], [below], marker="o", markersize=3.2, color=INK, markerfacecolor=PAPER, zorder=6)


def _scaled(index: Index) -> tuple[float, float, float]:
    value, low, high = np.array([index.value, index.low, index.high]) * (PERCENT if index.method == "sobol" else 1.0)
    return float(value), float(low), float(high)


def _add_key(figure: Figure, first: str, second: str, at: float) -> None:
    marks = [
        Patch(color=_BAR, label=f"{first}: {MEANINGS[first]}"),
        Line2D([], [], color=PALE_INK, marker="o", markersize=3.2, markeredgecolor=INK, markerfacecolor=PAPER,
               linewidth=0.8, label=f"{second}: {MEANINGS[second]}"),
    ]  # fmt: skip
    figure.legend(
        handles=marks, loc="lower right", bbox_to_anchor=(1.0, at), ncols=2, frameon=False, fontsize=SMALL_SIZE
    )


def _caption(seen: Seen) -> str:
    design = seen.look.design
    how = f"{seen.blocks:,} {BLOCKS[design.method]}"
    what = {
        "morris": "Bars: mean size of the effect of moving the parameter alone from one end of its prior to the "
        "other, in percentage points; dots: the standard deviation of that effect over the places where it was tried",
        "sobol": "Bars: total indices, the share of the variance that would be left if all else were known; dots: "
        "first-order indices, the share that would go if the parameter were known",
    }[design.method]
    return (
        f"{what}. Lines: 95 % intervals from the bootstrap over {how}. {NOT_RESOLVED}: not resolved, the interval is "
        "wider than the index. All rows have the same people with the same luck; chance: what others with other luck "
        f"do at {seen.look.agents:,} simulated migrants. Share: valid permits in December 2018; the others: what "
        "each lever adds by December 2023. Over the prior, before any calibration."
    )
