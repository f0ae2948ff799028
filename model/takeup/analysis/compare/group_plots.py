"""Plots by group and by street: differences from the baseline, and who gains."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from takeup.analysis.compare.result import ALL, Comparison, group_table
from takeup.analysis.compare.text import intervals, runs, statistic
from takeup.constants import PERCENT
from takeup.district import ATTRIBUTES
from takeup.district.attributes import STREET
from takeup.report.formatting import MINUS, NOTHING, decimal, signed
from takeup.report.i18n import ENGLISH, Language
from takeup.report.plotting import (
    GRID,
    INK,
    LABEL_LINE,
    LABEL_SIZE,
    PALE_INK,
    PAPER,
    SMALL_SIZE,
    WIDTH,
    Margins,
    Page,
    SeriesStyle,
    finalise,
    level_styles,
    page,
    row_header,
    style_axes,
)
from takeup.report.typography import POINTS_AN_INCH, width, wrapped

_ROW: Final = 0.36
_COLUMNS: Final = 3
_MARGINS: Final = Margins(left=2.3, right=0.2, top=0.66)
_PANEL_GAP, _ROW_GAP = 0.24, 1.02
"""Between panels side by side and one above the other, in inches."""
_LABEL_WIDTH: Final = 2.1
_LEVELS_SPREAD: Final = 0.62
"""Share of a row's height over which the levels' marks are distributed, so that none hides another."""
_KEY_SIZE, _KEY_EXTRA, _MARK_SIZE = 7.5, 0.21, 4.2
"""The levels' key: letters in points, room for a mark in inches, marks in points."""
_TITLE_PAD: Final = 8.0
_MOST_TICKS: Final = 5


def plot_by_group(comparison: Comparison, translate: Language = ENGLISH) -> Figure:
    """Plot the difference from the baseline at the last month by age, education, origin and so on."""
    table = group_table(comparison)
    scenarios = comparison.scenarios[1:]
    titles = [
        "\n".join(wrapped(translate.phrase(each.title), _LABEL_WIDTH, LABEL_SIZE, most=2)) for each in scenarios
    ]
    rows = math.ceil(len(ATTRIBUTES) / _COLUMNS)
    height = _ROW * max(len(scenarios), 1)
    sheet = page(
        translate(
            "Who gains in {place}: difference from the baseline by group, {month}",
            place=translate.place(comparison.district.population),
            month=translate.month(comparison.until),
        ),
        _group_caption(comparison, translate),
        rows * height + (rows - 1) * _ROW_GAP,
        _MARGINS,
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
        _draw(axes, attribute, table[table["attribute"] == attribute], [scenario.name for scenario in scenarios])
        _head(
            axes, attribute, max(_key_lines(neighbour, panel_width, translate) for neighbour in neighbours), translate
        )
        axes.set_yticks(range(len(titles)), titles if column == 0 else [""] * len(titles))
        axes.set_xlabel(translate("Difference, percentage points") if row == rows - 1 else "")
        style_axes(axes, grid="x")
    panels[0].xaxis.set_major_locator(MaxNLocator(_MOST_TICKS))
    return finalise(sheet)


def _draw(axes: Axes, attribute: str, table: pd.DataFrame, scenarios: list[str]) -> None:
    """Draw the marks of an attribute's levels, one row per scenario."""
    levels = ATTRIBUTES[attribute]
    level_look = dict(zip(levels, level_styles(len(levels)), strict=True))
    shift = {level: _LEVELS_SPREAD * ((number + 0.5) / len(levels) - 0.5) for number, level in enumerate(levels)}
    for row in range(1, len(scenarios)):
        axes.axhline(row - 0.5, color=GRID, linewidth=0.8, zorder=1)
    axes.axvline(0.0, color=INK, linewidth=1.0, zorder=2)
    shown = table[["scenario", "level", "difference_points", "low", "high"]]
    for scenario, level, points, low, high in shown.itertuples(index=False):
        place, look = scenarios.index(scenario) + shift[level], level_look[level]
        if math.isfinite(low):
            axes.plot([low, high], [place, place], color=look.colour, linewidth=1.3, zorder=3)
        axes.plot([points], [place], color=look.colour, marker=look.marker, markersize=_MARK_SIZE, zorder=4)
    axes.set_ylim(max(len(scenarios), 1) - 0.5, -0.5)


def _key_lines(attribute: str, room: float, translate: Language) -> int:
    """Number of lines that the key to an attribute's levels takes above a panel."""
    needed = sum(width(translate.words(level), _KEY_SIZE) + _KEY_EXTRA for level in ATTRIBUTES[attribute])
    return 1 if needed <= room else 2


def _head(axes: Axes, attribute: str, lines: int, translate: Language) -> None:
    """Write the attribute's name, and below it the key to its levels on that many lines."""
    levels = ATTRIBUTES[attribute]
    axes.set_title(
        _titles(translate).get(attribute, translate.words(attribute).capitalize()),
        fontsize=LABEL_SIZE + 1,
        loc="left",
        pad=_TITLE_PAD + POINTS_AN_INCH * LABEL_LINE * lines,
        color=INK,
        fontweight="bold",
    )
    axes.legend(
        handles=[
            _key(translate.words(level), look) for level, look in zip(levels, level_styles(len(levels)), strict=True)
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


def _titles(translate: Language) -> dict[str, str]:
    """Titles of the panels whose attribute's name is not clear enough."""
    return {"schoolchild": translate("School-age child"), "origin": translate("Origin (hukou)")}


def _key(label: str, look: SeriesStyle) -> Line2D:
    return Line2D([], [], color=look.colour, marker=look.marker, linestyle="", markersize=_MARK_SIZE, label=label)


def _group_caption(comparison: Comparison, translate: Language) -> str:
    if comparison.replicates == 1:
        return translate(
            "Marks: take-up of the group in the scenario minus the baseline, at the month's end. One replicate: "
            "there is no interval."
        )
    return translate(
        "Marks: take-up of the group in the scenario minus the baseline, at the month's end, {statistic} over "
        "{runs}. Bars: {interval}; where none is seen it is narrower than the mark.",
        statistic=statistic(comparison, translate),
        runs=runs(comparison, translate),
        interval=intervals(comparison, translate, paired=True),
    )


_STREET_ROW: Final = 0.245
_BASELINE_WIDTH, _GAP, _WIDEST_COLUMN = 0.8, 0.1, 1.4
_RIGHT, _BELOW, _LABEL_PADDING, _HEADER_PADDING = 0.2, 0.32, 0.25, 0.05
"""Inches."""
_NARROWEST_STREET, _WIDEST_STREET = 0.6, 1.6
_HEADER_SIZE, _HEADER_LINE, _MOST_HEADER_LINES = 7.5, 0.13, 6
_DIVERGING, _RISING = "PuOr", "Greys"
_WHITE_TEXT_BELOW: Final = 0.5
"""Luminance of the background."""
_DARKEST_GREY: Final = 0.55
_LUMINANCE: Final = (0.299, 0.587, 0.114)


@dataclass(frozen=True)
class _Layout:
    """Measures of the plot by street, in inches.

    Attributes:
        left: width of the streets' names.
        column: width of a scenario's column.
        headers: the scenarios' titles, wrapped to their columns.
    """

    left: float
    column: float
    headers: list[str]

    @property
    def margins(self) -> Margins:
        lines = max((header.count("\n") + 1 for header in self.headers), default=1)
        return Margins(left=self.left, right=_RIGHT, top=0.25 + _HEADER_LINE * max(lines, 2), bottom=_BELOW)


def plot_by_street(comparison: Comparison, translate: Language = ENGLISH) -> Figure:
    """Plot the difference from the baseline at the last month by street, beside the take-up in the baseline.

    Streets are in the order of their take-up in the baseline, the highest on top.
    """
    table = group_table(comparison)
    table = table[table["attribute"] == STREET]
    names = [scenario.name for scenario in comparison.scenarios[1:]]
    baseline = table.drop_duplicates("level").set_index("level")["baseline_percent"]
    baseline = baseline.sort_values(ascending=False, kind="stable")
    streets = [str(street) for street in baseline.index]
    population = comparison.district.population
    labels = [translate.level(population, STREET, street) for street in streets]
    layout = _layout(labels, [translate.phrase(scenario.title) for scenario in comparison.scenarios[1:]])
    sheet = page(
        translate(
            "What each scenario adds in each street of {place} by {month}",
            place=translate.place(population),
            month=translate.month(comparison.until),
        ),
        _street_caption(comparison, translate),
        _STREET_ROW * max(len(streets), 1),
        layout.margins,
    )
    beside, cells = _axes(sheet, layout)
    _fill_baseline(beside, baseline.to_numpy(dtype=np.float64))
    groups = [(STREET, street) for street in streets]
    _fill_differences(cells, _pivot(table, "difference_points", names, groups), _crosses_zero(table, names, groups))
    beside.set_yticks(
        np.arange(len(streets)) + 0.5,
        [wrapped(each, _WIDEST_STREET, SMALL_SIZE, most=1)[0] for each in labels],
    )
    beside.set_xticks([0.5], [translate("baseline,\n% valid")])
    cells.set_xticks(np.arange(len(names)) + 0.5, layout.headers)
    cells.set_xlabel(translate("Difference from the baseline, percentage points"))
    for axes in (beside, cells):
        _style_cells(axes)
    cells.tick_params(labelleft=False)
    row_header(beside, translate("Street"), sheet.height)
    return finalise(sheet)


def _layout(streets: Sequence[str], titles: Sequence[str]) -> _Layout:
    widest = max((width(street, SMALL_SIZE) for street in streets), default=0.0)
    left = min(max(widest, _NARROWEST_STREET), _WIDEST_STREET) + _LABEL_PADDING
    room = WIDTH - left - _BASELINE_WIDTH - _GAP - _RIGHT
    column = min(room / max(len(titles), 1), _WIDEST_COLUMN)
    broken = (wrapped(title, column - _HEADER_PADDING, _HEADER_SIZE, _MOST_HEADER_LINES) for title in titles)
    return _Layout(left, column, ["\n".join(lines) for lines in broken])


def _axes(sheet: Page, layout: _Layout) -> tuple[Axes, Axes]:
    """Add the axes of the baseline's column and of the scenarios' columns."""
    height = sheet.top - sheet.bottom
    after = sheet.left + (_BASELINE_WIDTH + _GAP) / WIDTH
    room = layout.column * max(len(layout.headers), 1) / WIDTH
    return (
        sheet.figure.add_axes((sheet.left, sheet.bottom, _BASELINE_WIDTH / WIDTH, height)),
        sheet.figure.add_axes((after, sheet.bottom, room, height)),
    )


def _pivot(
    table: pd.DataFrame, column: str, names: Sequence[str], groups: Sequence[tuple[str, str]]
) -> NDArray[np.float64]:
    """Arrange a column in the shape (groups, scenarios)."""
    wide = table.set_index(["attribute", "level", "scenario"])[column].unstack("scenario")  # noqa: PD010
    rows = pd.MultiIndex.from_tuples(groups, names=["attribute", "level"])
    return wide.reindex(index=rows, columns=list(names)).to_numpy(dtype=np.float64)


def _crosses_zero(table: pd.DataFrame, names: Sequence[str], groups: Sequence[tuple[str, str]]) -> NDArray[np.bool_]:
    low, high = (_pivot(table, bound, names, groups) for bound in ("low", "high"))
    return (low <= 0.0) & (high >= 0.0)


def _fill_baseline(axes: Axes, percents: NDArray[np.float64]) -> None:
    values = percents[:, np.newaxis]
    background = _shade(axes, values, colormaps[_RISING], Normalize(0.0, PERCENT / _DARKEST_GREY))
    for row, value in enumerate(percents):
        _write(axes, row, 0, decimal(float(value)), INK if background[row, 0] > _WHITE_TEXT_BELOW else PAPER)


def _fill_differences(axes: Axes, points: NDArray[np.float64], crosses_zero: NDArray[np.bool_]) -> None:
    """Write each difference on its shade, those whose interval includes 0 in pale italics."""
    known = np.abs(points[np.isfinite(points)])
    most = float(known.max(initial=0.0)) or 1.0
    background = _shade(axes, points, colormaps[_DIVERGING], Normalize(-most, most))
    for row, column in np.ndindex(*points.shape):
        is_faint = bool(crosses_zero[row, column])
        ink = PAPER if background[row, column] < _WHITE_TEXT_BELOW else PALE_INK if is_faint else INK
        _write(axes, row, column, signed(float(points[row, column])), ink, "italic" if is_faint else "normal")


def _shade(axes: Axes, values: NDArray[np.float64], colours: Colormap, scale: Normalize) -> NDArray[np.float64]:
    """Colour the cells, the first row on top, and return the luminance of each."""
    shown = np.nan_to_num(values)
    axes.pcolormesh(shown, cmap=colours, norm=scale, edgecolors=PAPER, linewidth=1.2)
    axes.invert_yaxis()
    colour = np.asarray(colours(scale(shown)), dtype=np.float64)[..., :3]
    return np.asarray(colour @ np.array(_LUMINANCE), dtype=np.float64)


def _write(axes: Axes, row: int, column: int, text: str, ink: str, style: str = "normal") -> None:
    axes.text(
        column + 0.5,
        row + 0.5,
        text,
        ha="center",
        va="center",
        fontsize=SMALL_SIZE,
        color=ink,
        fontstyle=style,
    )


def _style_cells(axes: Axes) -> None:
    style_axes(axes, grid="")
    axes.xaxis.tick_top()
    axes.tick_params(length=0, labelsize=SMALL_SIZE)
    axes.tick_params(axis="x", labelsize=_HEADER_SIZE)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _street_caption(comparison: Comparison, translate: Language) -> str:
    if comparison.replicates == 1:
        return translate(
            "Numbers: take-up of the street in the scenario minus the baseline; purple more, orange less, darker "
            "further from 0; grey column: take-up in the baseline, which orders the streets. One replicate: there is "
            "no interval."
        )
    return translate(
        "Numbers: take-up of the street in the scenario minus the baseline, {statistic} over {runs}; purple more, "
        "orange less, darker further from 0; grey column: take-up in the baseline, which orders the streets. In "
        "italics where 0 lies in the {interval}.",
        statistic=statistic(comparison, translate),
        runs=runs(comparison, translate),
        interval=intervals(comparison, translate, paired=True),
    )


_GAINS_ROW: Final = 0.235
_GAINS_LEFT, _GAINS_RIGHT, _GAINS_BELOW, _GAINS_ABOVE = 2.2, 0.2, 0.4, 0.3
"""Inches."""
_GAINS_WIDEST_COLUMN, _GAINS_HEADER_PADDING, _GAINS_LABEL_PADDING = 1.5, 0.06, 0.12
_DARKEST: Final = 0.55
"""Of the greys, so that black can be read on it."""
_FAINT: Final = "italic"


def plot_gains(comparison: Comparison, translate: Language = ENGLISH) -> Figure:
    """Plot by group and scenario the share of persons who gain a permit, and of those who lose one."""
    table = comparison.gains[comparison.gains["attribute"] != STREET]
    scenarios = comparison.scenarios[1:]
    names = [scenario.name for scenario in scenarios]
    groups = list(dict.fromkeys(zip(table["attribute"], table["level"], strict=True)))
    labels = [_named(*group, translate) for group in groups]
    left = max(_GAINS_LEFT, *(width(label, SMALL_SIZE) + _GAINS_LABEL_PADDING for label in labels))
    column = min((WIDTH - left - _GAINS_RIGHT) / max(len(names), 1), _GAINS_WIDEST_COLUMN)
    titles = [translate.phrase(scenario.title) for scenario in scenarios]
    headers = [wrapped(each, column - _GAINS_HEADER_PADDING, _HEADER_SIZE, _MOST_HEADER_LINES) for each in titles]
    lines = max((len(header) for header in headers), default=1)
    sheet = page(
        translate(
            "Who takes up the permit because of each scenario in {place} by {month}, and who drops out",
            place=translate.place(comparison.district.population),
            month=translate.month(comparison.until),
        ),
        _gains_caption(comparison, translate),
        _GAINS_ROW * len(groups),
        Margins(left, _GAINS_RIGHT, _GAINS_ABOVE + _HEADER_LINE * lines, _GAINS_BELOW),
    )
    room = column * max(len(names), 1) / WIDTH
    axes = sheet.figure.add_axes((sheet.left, sheet.bottom, room, sheet.top - sheet.bottom))
    gained, lost, low = (_pivot(table, name, names, groups) for name in ("gained_percent", "lost_percent", "low"))
    _fill(axes, gained, lost, low)
    axes.set_yticks(np.arange(len(groups)) + 0.5, labels)
    axes.set_xticks(np.arange(len(names)) + 0.5, ["\n".join(header) for header in headers])
    axes.set_xlabel(translate("Gains and losses, % of the group"))
    for row, (attribute, _) in enumerate(groups):
        if row and attribute != groups[row - 1][0]:
            axes.axhline(row, color=INK, linewidth=0.7)
    _style_cells(axes)
    row_header(axes, translate("Group"), sheet.height)
    return finalise(sheet)


def _fill(axes: Axes, gained: NDArray[np.float64], lost: NDArray[np.float64], low: NDArray[np.float64]) -> None:
    most = float(np.nanmax(gained, initial=0.0)) or 1.0
    axes.pcolormesh(
        np.nan_to_num(gained),
        cmap=colormaps["Greys"],
        norm=Normalize(0.0, most / _DARKEST),
        edgecolors=PAPER,
        linewidth=1.2,
    )
    axes.invert_yaxis()
    for row, column in np.ndindex(*gained.shape):
        plus, minus = float(gained[row, column]), float(lost[row, column])
        text = NOTHING if np.isnan(plus) else f"{signed(plus)} {MINUS}{decimal(minus)}"
        style = _FAINT if low[row, column] <= 0.0 else "normal"
        axes.text(
            column + 0.5,
            row + 0.5,
            text,
            ha="center",
            va="center",
            fontsize=_HEADER_SIZE,
            color=INK,
            fontstyle=style,
        )


def _named(attribute: str, level: str, translate: Language) -> str:
    if attribute == ALL:
        return translate("everybody")
    return translate("{attribute}: {level}", attribute=translate.words(attribute), level=translate.words(level))


def _gains_caption(comparison: Comparison, translate: Language) -> str:
    if comparison.replicates == 1:
        return translate(
            "Of 100 people of the group who live here with and without the policy. +: hold a valid permit with it "
            "alone, which is shaded; −: hold one without it alone. One replicate: there is no interval."
        )
    return translate(
        "Of 100 people of the group who live here with and without the policy. +: hold a valid permit with it alone, "
        "which is shaded; −: hold one without it alone. Numbers are the {statistic} over {runs}. In italics "
        "where the gain's interval reaches 0; it is the {interval}.",
        statistic=statistic(comparison, translate),
        runs=runs(comparison, translate),
        interval=intervals(comparison, translate, paired=True),
    )
