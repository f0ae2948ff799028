"""Differences from the baseline: a dot a scenario with its interval."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from numpy.typing import ArrayLike

from takeup.answers.comparison import Comparison
from takeup.report.figures.canvas import (
    LABEL_SIZE,
    Margins,
    dress,
    finished,
    head_labels,
    head_values,
    page,
)
from takeup.report.figures.lettering import wrapped
from takeup.report.figures.palette import INK, PALE_INK, looks
from takeup.report.i18n import ENGLISH, Language
from takeup.report.tables import PERCENT, residents, summary_table
from takeup.report.uncertainty import intervals, level, runs
from takeup.report.wording import count, signed

_ROW: Final = 0.42
_MARGINS: Final = Margins(left=2.75, right=1.85, top=0.55)
_LABEL_WIDTH: Final = 2.5
_HEADROOM: Final = 0.08
_VALUES: Final = 1.04
"""Where the differences are written, in widths of the axes."""
_EN_SPACE: Final = "\u2002"
_CAP: Final = 0.12
"""Half the height of an interval's end, in rows."""


def differences(comparison: Comparison, translate: Language = ENGLISH) -> Figure:
    """What each scenario adds to take-up by the last month, in points and persons, the largest on top."""
    table = summary_table(comparison).iloc[1:].assign(look=range(1, len(comparison.scenarios)))
    table = table.sort_values("difference_points", ascending=True, kind="stable")
    sheet = page(
        translate(
            "What each scenario adds to take-up in {place} by {month}",
            place=translate.place(comparison.district.population),
            month=translate.month(comparison.until),
        ),
        _caption(comparison, translate),
        _ROW * max(len(table), 1),
        _MARGINS,
    )
    axes = sheet.axes()
    _draw(axes, table, translate)
    axes.set_yticks(
        range(len(table)),
        [
            "\n".join(wrapped(translate.phrase(str(title)), _LABEL_WIDTH, LABEL_SIZE, most=2))
            for title in table["title"]
        ],
    )
    axes.set_ylim(-0.6, max(len(table), 1) - 0.4)
    axes.set_xlabel(translate("Difference from the baseline, percentage points"))
    dress(axes, grid="x")
    head_labels(axes, translate("Scenario"), sheet.height)
    head_values(
        axes,
        translate("points")
        if comparison.replicates == 1
        else translate("points ({level} interval)", level=level(comparison)),
        sheet.height,
        _VALUES,
    )
    _add_persons(axes, residents(comparison), translate)
    return finished(sheet)


def _draw(axes: Axes, table: pd.DataFrame, translate: Language) -> None:
    all_looks = looks(len(table) + 1)
    axes.axvline(0.0, color=INK, linewidth=1.1, zorder=2)
    for row, (number, points, low, high) in enumerate(
        table[["look", "difference_points", "low", "high"]].itertuples(index=False)
    ):
        look = all_looks[int(number)]
        if math.isfinite(low):
            axes.plot([low, high], [row, row], color=look.colour, linewidth=1.6, solid_capstyle="butt", zorder=3)
            for end in (low, high):
                axes.plot([end, end], [row - _CAP, row + _CAP], color=look.colour, linewidth=1.2, zorder=3)
        axes.plot([points], [row], color=look.colour, marker=look.marker, markersize=6.5, zorder=4)
        said = signed(points) + (
            f"{_EN_SPACE}({translate.interval(low, high, signed)})" if math.isfinite(low) else ""
        )
        axes.text(
            _VALUES,
            row,
            said,
            transform=axes.get_yaxis_transform(),
            va="center",
            fontsize=LABEL_SIZE,
            color=INK,
        )
    marks = table[["difference_points", "low", "high"]].to_numpy(dtype=np.float64)
    reach = np.append(marks[np.isfinite(marks)], 0.0)
    room = _HEADROOM * (float(np.ptp(reach)) or 1.0)
    axes.set_xlim(reach.min() - room, reach.max() + room)


def _add_persons(axes: Axes, persons: float, translate: Language) -> None:
    """A second scale on top: the same differences in valid permits."""
    top = axes.secondary_xaxis("top", functions=(_times(persons / PERCENT), _times(PERCENT / persons)))
    top.set_xlabel(translate("Valid permits more than in the baseline"), fontsize=LABEL_SIZE, color=PALE_INK)
    top.xaxis.set_major_formatter(FuncFormatter(lambda value, _: count(value)))
    top.tick_params(labelsize=LABEL_SIZE, color=PALE_INK, labelcolor=INK, length=3)
    top.spines["top"].set_color(PALE_INK)


def _times(factor: float) -> Callable[[ArrayLike], ArrayLike]:
    return lambda values: np.asarray(values, dtype=np.float64) * factor


def _caption(comparison: Comparison, translate: Language) -> str:
    if comparison.replicates == 1:
        return translate(
            "Dots: scenario minus baseline, with the same people and the same luck. One replicate: there is no "
            "interval."
        )
    return translate(
        "Dots: mean over {runs} of scenario minus baseline, with the same people and the same luck. Bars: "
        "{interval}; where none is seen it is narrower than the dot.",
        runs=runs(comparison, translate),
        interval=intervals(comparison, translate, paired=True),
    )
