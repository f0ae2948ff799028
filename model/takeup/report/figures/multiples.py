"""Differences by group: one panel an attribute, one row a scenario, one mark a level."""

from __future__ import annotations

import math
from typing import Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from takeup.answers.comparison import Comparison
from takeup.district import ATTRIBUTES
from takeup.report.figures.canvas import (
    LABEL_LINE,
    LABEL_SIZE,
    WIDTH,
    Margins,
    dress,
    finished,
    page,
)
from takeup.report.figures.lettering import POINTS_AN_INCH, width, wrapped
from takeup.report.figures.palette import GRID, INK, Look, level_looks
from takeup.report.i18n import ENGLISH, Language
from takeup.report.tables import group_table
from takeup.report.uncertainty import intervals, runs

_ROW: Final = 0.36
_COLUMNS: Final = 3
_MARGINS: Final = Margins(left=2.3, right=0.2, top=0.66)
_PANEL_GAP, _ROW_GAP = 0.24, 1.02
"""Between panels side by side and one above the other, in inches."""
_LABEL_WIDTH: Final = 2.1
_LEVELS_SPREAD: Final = 0.62
"""Of a row's height, over which the levels' marks are spread so that none hides another."""
_KEY_SIZE, _KEY_EXTRA, _MARK_SIZE = 7.5, 0.21, 4.2
"""Of the levels' key: letters in points, room for a mark in inches, marks in points."""
_TITLE_PAD: Final = 8.0
_MOST_TICKS: Final = 5


def by_group(comparison: Comparison, translate: Language = ENGLISH) -> Figure:
    """What each scenario adds by the last month among people of each age, education, origin and so on."""
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
        _caption(comparison, translate),
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
        dress(axes, grid="x")
    panels[0].xaxis.set_major_locator(MaxNLocator(_MOST_TICKS))
    return finished(sheet)


def _draw(axes: Axes, attribute: str, table: pd.DataFrame, scenarios: list[str]) -> None:
    """The marks of an attribute's levels, each scenario's in a row of its own."""
    levels = ATTRIBUTES[attribute]
    level_look = dict(zip(levels, level_looks(len(levels)), strict=True))
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
    """On how many lines the key to an attribute's levels fits above a panel."""
    needed = sum(width(translate.words(level), _KEY_SIZE) + _KEY_EXTRA for level in ATTRIBUTES[attribute])
    return 1 if needed <= room else 2


def _head(axes: Axes, attribute: str, lines: int, translate: Language) -> None:
    """The attribute's name, and below it the key to its levels on so many lines."""
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
            _key(translate.words(level), look) for level, look in zip(levels, level_looks(len(levels)), strict=True)
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
    """Of the panels whose attribute's name says too little."""
    return {"schoolchild": translate("School-age child"), "origin": translate("Origin (hukou)")}


def _key(label: str, look: Look) -> Line2D:
    return Line2D([], [], color=look.colour, marker=look.marker, linestyle="", markersize=_MARK_SIZE, label=label)


def _caption(comparison: Comparison, translate: Language) -> str:
    if comparison.replicates == 1:
        return translate(
            "Marks: take-up of the group in the scenario minus the baseline, at the month's end. One replicate: "
            "there is no interval."
        )
    return translate(
        "Marks: take-up of the group in the scenario minus the baseline, at the month's end, mean over {runs}. Bars: "
        "{interval}; where none is seen it is narrower than the mark.",
        runs=runs(comparison, translate),
        interval=intervals(comparison, translate, paired=True),
    )
