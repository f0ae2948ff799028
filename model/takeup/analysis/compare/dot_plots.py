"""Dot plots of differences from the baseline: overall, over draws, and by group."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import ArrayLike, NDArray

from takeup.analysis.compare.result import Comparison, residents
from takeup.analysis.compare.text import (
    estimate_words,
    figure_caption,
    interval_level,
    place_and_month,
)
from takeup.district import ATTRIBUTES
from takeup.report.formatting import PERCENT, count, decimal, signed
from takeup.report.i18n import ENGLISH, Language
from takeup.report.plotting import (
    GRID,
    INK,
    LABEL_LINE,
    LABEL_SIZE,
    PALE_INK,
    WIDTH,
    Margins,
    Page,
    SeriesStyle,
    draw_interval,
    finalise,
    fit_horizontally,
    head_values,
    level_styles,
    page,
    row_header,
    series_styles,
    style_axes,
    write_value,
)
from takeup.report.typography import POINTS_AN_INCH, width, wrapped

_ROW: Final = 0.42
_MARGINS: Final = Margins(left=2.75, right=1.85, top=0.55)
_LABEL_WIDTH: Final = 2.5
_VALUES: Final = 1.04
"""Horizontal position of the differences, in widths of the axes."""
_CAP: Final = 0.12
"""Half the height of an interval's end, in rows."""


def plot_differences(comparison: Comparison, translate: Language = ENGLISH) -> Figure:
    """Plot differences in take-up at the last month, in points and persons."""
    table = comparison.summary.iloc[1:].assign(style=range(1, len(comparison.scenarios)))
    table = table.sort_values("difference_points", ascending=True, kind="stable")
    sheet = page(
        translate(
            "Effect of each scenario on take-up in {place} by {month}", **place_and_month(comparison, translate)
        ),
        figure_caption(comparison, _differences_caption(comparison, translate), translate),
        _ROW * max(len(table), 1),
        _MARGINS,
    )
    axes, styles = sheet.axes(), series_styles(len(table) + 1)
    axes.axvline(0.0, color=INK, linewidth=1.1, zorder=2)
    for row, (number, points, low, high) in enumerate(
        table[["style", "difference_points", "low", "high"]].itertuples(index=False)
    ):
        style = styles[int(number)]
        draw_interval(axes, row, low, high, colour=style.colour, cap=_CAP)
        axes.plot([points], [row], color=style.colour, marker=style.marker, markersize=6.5, zorder=4)
        write_value(axes, row, _VALUES, translate.with_interval(signed(points), low, high, signed))
    marks = table[["difference_points", "low", "high"]].to_numpy(dtype=np.float64)
    fit_horizontally(axes, np.append(marks, 0.0))
    _label_rows(sheet, axes, table["title"].tolist(), translate)
    points_header = (
        translate("points")
        if comparison.replicates == 1
        else translate("points ({level} interval)", level=interval_level(comparison))
    )
    head_values(axes, points_header, sheet.height, _VALUES)
    _add_persons(axes, residents(comparison), translate)
    return finalise(sheet)


def _label_rows(sheet: Page, axes: Axes, titles: Sequence[str], translate: Language) -> None:
    """Label the rows with the scenarios' titles, and style the axes of differences."""
    axes.set_yticks(range(len(titles)), [_row_label(title, _LABEL_WIDTH, translate) for title in titles])
    axes.set_ylim(-0.6, max(len(titles), 1) - 0.4)
    axes.set_xlabel(translate("Difference from the baseline, percentage points"))
    style_axes(axes, grid="x")
    row_header(axes, translate("Scenario"), sheet.height)


def _row_label(title: str, inches: float, translate: Language) -> str:
    return "\n".join(wrapped(translate.phrase(title), inches, LABEL_SIZE, most=2))


def _add_persons(axes: Axes, persons: float, translate: Language) -> None:
    """Add a second scale on top: the same differences in valid permits."""
    top = axes.secondary_xaxis("top", functions=(_times(persons / PERCENT), _times(PERCENT / persons)))
    top.set_xlabel(translate("Valid permits more than in the baseline"), fontsize=LABEL_SIZE, color=PALE_INK)
    top.xaxis.set_major_formatter(FuncFormatter(lambda value, _: count(value)))
    top.tick_params(labelsize=LABEL_SIZE, color=PALE_INK, labelcolor=INK, length=3)
    top.spines["top"].set_color(PALE_INK)


def _times(factor: float) -> Callable[[ArrayLike], ArrayLike]:
    return lambda values: np.asarray(values, dtype=np.float64) * factor


def _differences_caption(comparison: Comparison, translate: Language) -> str:
    if comparison.replicates == 1:
        return translate(
            "Dots: scenario minus baseline, with the same people and the same random numbers. One replicate: "
            "there is no interval."
        )
    return translate(
        "Dots: {statistic} over {runs} of scenario minus baseline, with the same people and the same random numbers. "
        "Bars: {interval}; a bar that is not visible is narrower than its dot.",
        **estimate_words(comparison, translate),
    )


_DRAWS_ROW: Final = 0.46
_DRAWS_MARGINS: Final = Margins(left=2.75, right=2.6, top=0.3)
_EFFECT, _BEST = 1.03, 1.4
"""Horizontal positions of the values, in widths of the axes."""
INNER: Final = (0.25, 0.75)
"""Quantiles of the draws between which the middle half of them lies."""
_TICK_BELOW, _TICK_ABOVE = -0.34, -0.16
"""Vertical ends of a draw's tick, relative to the row of its scenario, in rows."""


def plot_effects(comparison: Comparison, translate: Language = ENGLISH) -> Figure:
    """Plot each scenario's effect over draws: median, middle half and 90 % interval."""
    titles = {scenario.name: scenario.title for scenario in comparison.scenarios}
    table = comparison.posterior_result.scenarios.iloc[1:].sort_values("median", ascending=True, kind="stable")
    by_draw = effects_by_draw(comparison)
    sheet = page(
        translate(
            "Effect of each scenario on take-up in {place} by {month}, with its uncertainty",
            **place_and_month(comparison, translate),
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
        write_value(axes, row, _EFFECT, translate.with_interval(signed(median), low, high, signed))
        write_value(axes, row, _BEST, f"{decimal(PERCENT * best, 0)} %")
    _label_rows(sheet, axes, [titles[name] for name in table["scenario"]], translate)
    head_values(axes, translate("points ({level} interval)", level="90 %"), sheet.height, _EFFECT)
    head_values(axes, translate("best in"), sheet.height, _BEST)
    return finalise(sheet)


def effects_by_draw(comparison: Comparison) -> pd.DataFrame:
    """Return effects in points at the last month, one row per draw.

    There is one column per scenario; several seeds of a draw are averaged.
    """
    runs = comparison.posterior_result.runs
    last = runs[runs["month"] == comparison.until]
    return last.pivot_table(index="draw", columns="scenario", values="difference_points", aggfunc="mean")


def _draw_draws(axes: Axes, row: int, points: NDArray[np.float64], median: float, outer: tuple[float, float]) -> None:
    axes.vlines(points, row + _TICK_BELOW, row + _TICK_ABOVE, color=PALE_INK, linewidth=0.5, alpha=0.6, zorder=3)
    axes.plot(outer, [row, row], color=INK, linewidth=1.4, solid_capstyle="butt", zorder=3)
    axes.plot(np.quantile(points, INNER), [row, row], color=INK, linewidth=5.0, solid_capstyle="butt", zorder=3)
    axes.plot([median], [row], color="white", marker="o", markeredgecolor=INK, markersize=6.0, zorder=4)


def _draws_caption(comparison: Comparison, translate: Language) -> str:
    return translate(
        "Ticks: each of {number} draws of the posterior, scenario minus baseline with the same people and random "
        "numbers. Circles: median. Thick bars: the middle half of the draws; thin bars: the interval that contains "
        "90 % of them, which reflects the uncertainty of the parameters given the district's data, and Monte Carlo "
        "error, not the uncertainty of the rules. Best in: share of the draws in which no other scenario, nor the "
        "baseline, has a larger effect.",
        number=count(comparison.replicates),
    )


_PANEL_ROW: Final = 0.36
_COLUMNS: Final = 3
_PANEL_MARGINS: Final = Margins(left=2.3, right=0.2, top=0.66)
_PANEL_GAP, _ROW_GAP = 0.24, 1.02
"""Gaps between panels, horizontal and vertical, in inches."""
_PANEL_LABEL_WIDTH: Final = 2.1
_LEVELS_EXTENT: Final = 0.62
"""Share of a row's height over which the levels' marks are distributed, so that none hides another."""
_KEY_SIZE, _KEY_EXTRA, _MARK_SIZE = 7.5, 0.21, 4.2
"""Legend of the levels: size of letters in points, room for a mark in inches, size of marks in points."""
_TITLE_PAD: Final = 8.0
_MOST_TICKS: Final = 5


def plot_by_group(comparison: Comparison, translate: Language = ENGLISH) -> Figure:
    """Plot differences from the baseline by group, with one panel per attribute."""
    table = comparison.by_group
    scenarios = comparison.scenarios[1:]
    titles = [_row_label(each.title, _PANEL_LABEL_WIDTH, translate) for each in scenarios]
    rows = math.ceil(len(ATTRIBUTES) / _COLUMNS)
    height = _PANEL_ROW * max(len(scenarios), 1)
    sheet = page(
        translate(
            "Difference from the baseline by group in {place}, {month}",
            **place_and_month(comparison, translate),
        ),
        figure_caption(comparison, _group_caption(comparison, translate), translate),
        rows * height + (rows - 1) * _ROW_GAP,
        _PANEL_MARGINS,
    )
    panel_width = ((sheet.right - sheet.left) * WIDTH - (_COLUMNS - 1) * _PANEL_GAP) / _COLUMNS
    grid = sheet.figure.add_gridspec(
        rows,
        _COLUMNS,
        left=sheet.left,
        right=sheet.right,
        bottom=sheet.bottom,
        top=sheet.top,
        hspace=_ROW_GAP / height,
        wspace=_PANEL_GAP / panel_width,
    )
    panels: list[Axes] = []
    for number, attribute in enumerate(ATTRIBUTES):
        row, column = divmod(number, _COLUMNS)
        neighbours = list(ATTRIBUTES)[row * _COLUMNS : (row + 1) * _COLUMNS]
        axes = sheet.figure.add_subplot(grid[row, column], sharex=panels[0] if panels else None)
        panels.append(axes)
        _draw_levels(
            axes, attribute, table[table["attribute"] == attribute], [scenario.name for scenario in scenarios]
        )
        _head(
            axes, attribute, max(_key_lines(neighbour, panel_width, translate) for neighbour in neighbours), translate
        )
        axes.set_yticks(range(len(titles)), titles if column == 0 else [""] * len(titles))
        axes.set_xlabel(translate("Difference, percentage points") if row == rows - 1 else "")
        style_axes(axes, grid="x")
    panels[0].xaxis.set_major_locator(MaxNLocator(_MOST_TICKS))
    return finalise(sheet)


def _draw_levels(axes: Axes, attribute: str, table: pd.DataFrame, scenarios: list[str]) -> None:
    """Draw the marks of an attribute's levels, one row per scenario."""
    levels = ATTRIBUTES[attribute]
    style_of = dict(zip(levels, level_styles(len(levels)), strict=True))
    shift = {level: _LEVELS_EXTENT * ((number + 0.5) / len(levels) - 0.5) for number, level in enumerate(levels)}
    for row in range(1, len(scenarios)):
        axes.axhline(row - 0.5, color=GRID, linewidth=0.8, zorder=1)
    axes.axvline(0.0, color=INK, linewidth=1.0, zorder=2)
    shown = table[["scenario", "level", "difference_points", "low", "high"]]
    for scenario, level, points, low, high in shown.itertuples(index=False):
        place, style = scenarios.index(scenario) + shift[level], style_of[level]
        if math.isfinite(low):
            axes.plot([low, high], [place, place], color=style.colour, linewidth=1.3, zorder=3)
        axes.plot([points], [place], color=style.colour, marker=style.marker, markersize=_MARK_SIZE, zorder=4)
    axes.set_ylim(max(len(scenarios), 1) - 0.5, -0.5)


def _key_lines(attribute: str, room: float, translate: Language) -> int:
    """Return the number of lines of a panel's legend."""
    needed = sum(width(translate.words(level), _KEY_SIZE) + _KEY_EXTRA for level in ATTRIBUTES[attribute])
    return 1 if needed <= room else 2


def _head(axes: Axes, attribute: str, lines: int, translate: Language) -> None:
    """Write the attribute's name and the legend of its levels above a panel."""
    levels = ATTRIBUTES[attribute]
    axes.set_title(
        attribute_title(attribute, translate),
        fontsize=LABEL_SIZE + 1,
        loc="left",
        pad=_TITLE_PAD + POINTS_AN_INCH * LABEL_LINE * lines,
        color=INK,
        fontweight="bold",
    )
    axes.legend(
        handles=[
            _key(translate.words(level), style)
            for level, style in zip(levels, level_styles(len(levels)), strict=True)
        ],
        loc="lower left",
        bbox_to_anchor=(-0.03, 1.0),
        ncols=math.ceil(len(levels) / lines),
        frameon=False,
        fontsize=_KEY_SIZE,
        handletextpad=0.0,
        columnspacing=0.4,
        labelspacing=0.3,
        borderpad=0.2,
        handlelength=1.3,
    )


def attribute_title(attribute: str, translate: Language = ENGLISH) -> str:
    """Return the name of an attribute as a title, with more words if its name alone is not clear."""
    if attribute == "schoolchild":
        return translate("School-age child")
    if attribute == "origin":
        return translate("Origin (hukou)")
    return translate.words(attribute).capitalize()


def _key(label: str, style: SeriesStyle) -> Line2D:
    return Line2D([], [], color=style.colour, marker=style.marker, linestyle="", markersize=_MARK_SIZE, label=label)


def _group_caption(comparison: Comparison, translate: Language) -> str:
    if comparison.replicates == 1:
        return translate(
            "Marks: take-up of the group in the scenario minus the baseline, at the month's end. One replicate: "
            "there is no interval."
        )
    return translate(
        "Marks: take-up of the group in the scenario minus the baseline, at the month's end, {statistic} over "
        "{runs}. Bars: {interval}; a bar that is not visible is narrower than its mark.",
        **estimate_words(comparison, translate),
    )
