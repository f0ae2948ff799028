"""Effects under draws of a posterior: how each scenario's effect is spread over them."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from takeup.answers.comparison import Comparison, Drawn
from takeup.report.figures.canvas import LABEL_SIZE, Margins, dress, finished, head_labels, head_values, page
from takeup.report.figures.lettering import wrapped
from takeup.report.figures.palette import INK, PALE_INK
from takeup.report.i18n import ENGLISH, Language
from takeup.report.wording import count, decimal, signed

_ROW: Final = 0.46
_MARGINS: Final = Margins(left=2.75, right=2.6, top=0.3)
_LABEL_WIDTH: Final = 2.5
_EFFECTS, _BEST = 1.03, 1.4
"""Where the values are written, in widths of the axes."""
_EN_SPACE: Final = "\u2002"
_PERCENT: Final = 100.0
_INNER: Final = (0.25, 0.75)
_TICK_BELOW, _TICK_ABOVE = -0.34, -0.16
"""Where a draw's tick begins and ends, in rows from its scenario's."""


def effects(comparison: Comparison, translate: Language = ENGLISH) -> Figure:
    """Each scenario's effect by the last month in every draw, with median, middle half and 90 % interval."""
    drawn = _drawn(comparison)
    titles = {scenario.name: translate.phrase(scenario.title) for scenario in comparison.scenarios}
    table = drawn.scenarios.iloc[1:].sort_values("median", ascending=True, kind="stable")
    by_draw = effects_by_draw(comparison)
    sheet = page(
        translate(
            "How sure it is what each scenario adds in {place} by {month}",
            place=translate.place(comparison.district.population),
            month=translate.month(comparison.until),
        ),
        _caption(comparison, translate),
        _ROW * max(len(table), 1),
        _MARGINS,
    )
    axes = sheet.axes()
    axes.axvline(0.0, color=INK, linewidth=1.1, zorder=2)
    for row, (name, median, low, high, best) in enumerate(
        table[["scenario", "median", "low", "high", "probability_best"]].itertuples(index=False)
    ):
        _draw(axes, row, by_draw[name].to_numpy(dtype=np.float64), median, (low, high))
        _say(axes, row, _EFFECTS, f"{signed(median)}{_EN_SPACE}({translate.interval(low, high, signed)})")
        _say(axes, row, _BEST, f"{decimal(_PERCENT * best, 0)} %")
    axes.set_yticks(
        range(len(table)),
        ["\n".join(wrapped(titles[name], _LABEL_WIDTH, LABEL_SIZE, most=2)) for name in table["scenario"]],
    )
    axes.set_ylim(-0.6, max(len(table), 1) - 0.4)
    axes.set_xlabel(translate("Difference from the baseline, percentage points"))
    dress(axes, grid="x")
    head_labels(axes, translate("Scenario"), sheet.height)
    head_values(axes, translate("points ({level} interval)", level="90 %"), sheet.height, _EFFECTS)
    head_values(axes, translate("best in"), sheet.height, _BEST)
    return finished(sheet)


def effects_by_draw(comparison: Comparison) -> pd.DataFrame:
    """Points at the last month: a row a draw, a column a scenario; a draw's seeds count by their mean."""
    runs = _drawn(comparison).runs
    last = runs[runs["month"] == comparison.until]
    return last.pivot_table(index="draw", columns="scenario", values="difference_points", aggfunc="mean")


def _drawn(comparison: Comparison) -> Drawn:
    if comparison.drawn is None:
        raise ValueError("the comparison has no draws")
    return comparison.drawn


def _draw(axes: Axes, row: int, points: NDArray[np.float64], median: float, outer: tuple[float, float]) -> None:
    axes.vlines(points, row + _TICK_BELOW, row + _TICK_ABOVE, color=PALE_INK, linewidth=0.5, alpha=0.6, zorder=3)
    axes.plot(outer, [row, row], color=INK, linewidth=1.4, solid_capstyle="butt", zorder=3)
    axes.plot(np.quantile(points, _INNER), [row, row], color=INK, linewidth=5.0, solid_capstyle="butt", zorder=3)
    axes.plot([median], [row], color="white", marker="o", markeredgecolor=INK, markersize=6.0, zorder=4)


def _say(axes: Axes, row: int, x: float, text: str) -> None:
    axes.text(x, row, text, transform=axes.get_yaxis_transform(), va="center", fontsize=LABEL_SIZE, color=INK)


def _caption(comparison: Comparison, translate: Language) -> str:
    return translate(
        "Ticks: each of {number} draws of the posterior, scenario minus baseline with the same people and luck. "
        "Circles: median. Thick bars: the middle half of the draws; thin bars: the interval that holds 90 % of them, "
        "which is what the district's figures leave open of the parameters, and chance, not doubt about the rules. "
        "Best in: share of the draws in which no other scenario, nor the baseline, adds more.",
        number=count(comparison.replicates),
    )
