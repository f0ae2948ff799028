"""Plots of effects: differences from the baseline with intervals, and effects over draws of a posterior."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from numpy.typing import ArrayLike, NDArray

from takeup.analysis.compare.result import Comparison, PosteriorResult, residents, summary_table
from takeup.analysis.compare.text import intervals, level, runs, statistic
from takeup.constants import PERCENT
from takeup.report.formatting import count, decimal, signed
from takeup.report.i18n import ENGLISH, Language
from takeup.report.plotting import (
    INK,
    LABEL_SIZE,
    PALE_INK,
    Margins,
    finalise,
    head_values,
    page,
    row_header,
    series_styles,
    style_axes,
)
from takeup.report.typography import wrapped

_ROW: Final = 0.42
_MARGINS: Final = Margins(left=2.75, right=1.85, top=0.55)
_LABEL_WIDTH: Final = 2.5
_HEADROOM: Final = 0.08
_VALUES: Final = 1.04
"""Where the differences are written, in widths of the axes."""
_EN_SPACE: Final = "\u2002"
_CAP: Final = 0.12
"""Half the height of an interval's end, in rows."""


def plot_differences(comparison: Comparison, translate: Language = ENGLISH) -> Figure:
    """Plot the differences in take-up at the last month, in points and persons, the largest on top."""
    table = summary_table(comparison).iloc[1:].assign(style=range(1, len(comparison.scenarios)))
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
    style_axes(axes, grid="x")
    row_header(axes, translate("Scenario"), sheet.height)
    head_values(
        axes,
        translate("points")
        if comparison.replicates == 1
        else translate("points ({level} interval)", level=level(comparison)),
        sheet.height,
        _VALUES,
    )
    _add_persons(axes, residents(comparison), translate)
    return finalise(sheet)


def _draw(axes: Axes, table: pd.DataFrame, translate: Language) -> None:
    styles = series_styles(len(table) + 1)
    axes.axvline(0.0, color=INK, linewidth=1.1, zorder=2)
    for row, (number, points, low, high) in enumerate(
        table[["style", "difference_points", "low", "high"]].itertuples(index=False)
    ):
        style = styles[int(number)]
        if math.isfinite(low):
            axes.plot([low, high], [row, row], color=style.colour, linewidth=1.6, solid_capstyle="butt", zorder=3)
            for end in (low, high):
                axes.plot([end, end], [row - _CAP, row + _CAP], color=style.colour, linewidth=1.2, zorder=3)
        axes.plot([points], [row], color=style.colour, marker=style.marker, markersize=6.5, zorder=4)
        text = signed(points) + (
            f"{_EN_SPACE}({translate.interval(low, high, signed)})" if math.isfinite(low) else ""
        )
        axes.text(
            _VALUES,
            row,
            text,
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
    """Add a second scale on top: the same differences in valid permits."""
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
            "Dots: scenario minus baseline, with the same people and the same random numbers. One replicate: "
            "there is no interval."
        )
    return translate(
        "Dots: {statistic} over {runs} of scenario minus baseline, with the same people and the same random numbers. "
        "Bars: {interval}; where none is seen it is narrower than the dot.",
        statistic=statistic(comparison, translate),
        runs=runs(comparison, translate),
        interval=intervals(comparison, translate, paired=True),
    )


_DRAWS_ROW: Final = 0.46
_DRAWS_MARGINS: Final = Margins(left=2.75, right=2.6, top=0.3)
_EFFECT, _BEST = 1.03, 1.4
"""Where the values are written, in widths of the axes."""
_INNER: Final = (0.25, 0.75)
_TICK_BELOW, _TICK_ABOVE = -0.34, -0.16
"""Where a draw's tick begins and ends, in rows from that of its scenario."""


def plot_effects(comparison: Comparison, translate: Language = ENGLISH) -> Figure:
    """Plot each scenario's effect at the last month over the draws: median, middle half and 90 % interval."""
    drawn = _posterior_result(comparison)
    titles = {scenario.name: translate.phrase(scenario.title) for scenario in comparison.scenarios}
    table = drawn.scenarios.iloc[1:].sort_values("median", ascending=True, kind="stable")
    by_draw = effects_by_draw(comparison)
    sheet = page(
        translate(
            "How sure it is what each scenario adds in {place} by {month}",
            place=translate.place(comparison.district.population),
            month=translate.month(comparison.until),
        ),
        _draws_caption(comparison, translate),
        _DRAWS_ROW * max(len(table), 1),
        _DRAWS_MARGINS,
    )
    axes = sheet.axes()
    axes.axvline(0.0, color=INK, linewidth=1.1, zorder=2)
    for row, (name, median, low, high, best) in enumerate(
        table[["scenario", "median", "low", "high", "probability_best"]].itertuples(index=False)
    ):
        _draw_draws(axes, row, by_draw[name].to_numpy(dtype=np.float64), median, (low, high))
        _write_value(axes, row, _EFFECT, f"{signed(median)}{_EN_SPACE}({translate.interval(low, high, signed)})")
        _write_value(axes, row, _BEST, f"{decimal(PERCENT * best, 0)} %")
    axes.set_yticks(
        range(len(table)),
        ["\n".join(wrapped(titles[name], _LABEL_WIDTH, LABEL_SIZE, most=2)) for name in table["scenario"]],
    )
    axes.set_ylim(-0.6, max(len(table), 1) - 0.4)
    axes.set_xlabel(translate("Difference from the baseline, percentage points"))
    style_axes(axes, grid="x")
    row_header(axes, translate("Scenario"), sheet.height)
    head_values(axes, translate("points ({level} interval)", level="90 %"), sheet.height, _EFFECT)
    head_values(axes, translate("best in"), sheet.height, _BEST)
    return finalise(sheet)


def effects_by_draw(comparison: Comparison) -> pd.DataFrame:
    """Effects in points at the last month, one row per draw and one column per scenario; means over seeds."""
    runs = _posterior_result(comparison).runs
    last = runs[runs["month"] == comparison.until]
    return last.pivot_table(index="draw", columns="scenario", values="difference_points", aggfunc="mean")


def _posterior_result(comparison: Comparison) -> PosteriorResult:
    if comparison.drawn is None:
        raise ValueError("the comparison has no draws")
    return comparison.drawn


def _draw_draws(axes: Axes, row: int, points: NDArray[np.float64], median: float, outer: tuple[float, float]) -> None:
    axes.vlines(points, row + _TICK_BELOW, row + _TICK_ABOVE, color=PALE_INK, linewidth=0.5, alpha=0.6, zorder=3)
    axes.plot(outer, [row, row], color=INK, linewidth=1.4, solid_capstyle="butt", zorder=3)
    axes.plot(np.quantile(points, _INNER), [row, row], color=INK, linewidth=5.0, solid_capstyle="butt", zorder=3)
    axes.plot([median], [row], color="white", marker="o", markeredgecolor=INK, markersize=6.0, zorder=4)


def _write_value(axes: Axes, row: int, x: float, text: str) -> None:
    axes.text(x, row, text, transform=axes.get_yaxis_transform(), va="center", fontsize=LABEL_SIZE, color=INK)


def _draws_caption(comparison: Comparison, translate: Language) -> str:
    return translate(
        "Ticks: each of {number} draws of the posterior, scenario minus baseline with the same people and random "
        "numbers. Circles: median. Thick bars: the middle half of the draws; thin bars: the interval that holds 90 % "
        "of them, which is what the district's figures leave open of the parameters, and chance, not uncertainty of "
        "the rules. Best in: share of the draws in which no other scenario, nor the baseline, adds more.",
        number=count(comparison.replicates),
    )
