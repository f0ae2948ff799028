"""Heat maps of a comparison: differences by street, and gains and losses by group."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from takeup.analysis.compare.places import street_differences
from takeup.analysis.compare.result import Comparison
from takeup.analysis.compare.text import estimate_words, figure_caption, group_label, place_and_month
from takeup.district.attributes import STREET
from takeup.errors import InputError
from takeup.report.formatting import MINUS, NOTHING, PERCENT, decimal, signed
from takeup.report.i18n import ENGLISH, Language
from takeup.report.plotting import (
    INK,
    PALE_INK,
    PAPER,
    SMALL_SIZE,
    WIDTH,
    Margins,
    Page,
    finalise,
    page,
    row_header,
    style_axes,
)
from takeup.report.typography import width, wrapped

_HEADER_SIZE, _HEADER_LINE, _MOST_HEADER_LINES = 7.5, 0.13, 6
"""Column headers: size of letters in points, height of a line in inches, largest number of lines."""
_RIGHT: Final = 0.2
"""Margin in inches."""
_DARKEST_GREY: Final = 0.55
"""Darkest value on the grey scale, light enough for black text."""
_LUMINANCE: Final = (0.299, 0.587, 0.114)

_STREET_ROW: Final = 0.32
_BASELINE_WIDTH, _GAP, _WIDEST_STREET_COLUMN = 0.8, 0.1, 1.4
_STREETS_ABOVE, _STREETS_BELOW, _STREET_PADDING, _STREET_HEADER_PADDING = 0.25, 0.32, 0.25, 0.05
"""Widths and margins in inches."""
_NARROWEST_STREET, _WIDEST_STREET = 0.6, 1.6
_WHITE_TEXT_BELOW: Final = 0.5
"""Text is white on backgrounds with a lower luminance, 0 to 1."""


def plot_by_street(comparison: Comparison, translate: Language = ENGLISH) -> Figure:
    """Plot take-up in the baseline and the differences from it, by street.

    Only results that differ by street beyond Monte Carlo error have a column. If take-up in the baseline does, it
    orders the streets, the highest on top; otherwise they are in the order of the district.

    Raises:
        InputError: nothing differs by street.
    """
    table = comparison.by_group
    table = table[table["attribute"] == STREET]
    by_street = street_differences(comparison, translate)
    names = list(by_street.scenarios)
    if not by_street.any:
        raise InputError(
            "no result differs by street", allowed="a comparison in which `street_differences` finds one"
        )
    baseline = table.drop_duplicates("level").set_index("level")["baseline_percent"]
    if by_street.baseline:
        baseline = baseline.sort_values(ascending=False, kind="stable")
    streets = [str(street) for street in baseline.index]
    labels = [translate.level(comparison.district.population, STREET, street) for street in streets]
    widest = max((width(label, SMALL_SIZE) for label in labels), default=0.0)
    left = min(max(widest, _NARROWEST_STREET), _WIDEST_STREET) + _STREET_PADDING
    beside = _BASELINE_WIDTH + _GAP if by_street.baseline else 0.0
    room = WIDTH - left - beside - _RIGHT
    column, headers = _columns(comparison, names, room, _WIDEST_STREET_COLUMN, _STREET_HEADER_PADDING, translate)
    above = _STREETS_ABOVE + _HEADER_LINE * max(_most_lines(headers), 2)
    sheet = page(
        translate(
            "Effect of each scenario by street in {place} by {month}", **place_and_month(comparison, translate)
        ),
        figure_caption(comparison, _street_caption(comparison, translate), translate),
        _STREET_ROW * max(len(streets), 1),
        Margins(left, _RIGHT, above, _STREETS_BELOW),
    )
    if by_street.baseline:
        baseline_axes = _add_axes(sheet, 0.0, _BASELINE_WIDTH)
        _fill_baseline(baseline_axes, baseline.to_numpy(dtype=np.float64))
        baseline_axes.set_xticks([0.5], [translate("baseline,\n% valid")])
    if names:
        groups = [(STREET, street) for street in streets]
        points, low, high = (_pivot(table, name, names, groups) for name in ("difference_points", "low", "high"))
        difference_axes = _add_axes(sheet, beside, column * len(names))
        _fill_differences(difference_axes, points, low, high, translate)
        difference_axes.set_xticks(np.arange(len(names)) + 0.5, headers)
        difference_axes.set_xlabel(translate("Difference from the baseline, percentage points"))
    for axes in sheet.figure.axes:
        _style_cells(axes)
        axes.tick_params(labelleft=axes is sheet.figure.axes[0])
    one_line_labels = [wrapped(label, _WIDEST_STREET, SMALL_SIZE, most=1)[0] for label in labels]
    sheet.figure.axes[0].set_yticks(np.arange(len(streets)) + 0.5, one_line_labels)
    row_header(sheet.figure.axes[0], translate("Street"), sheet.height)
    return finalise(sheet)


def _columns(
    comparison: Comparison, names: Sequence[str], room: float, widest: float, padding: float, translate: Language
) -> tuple[float, list[str]]:
    """Return the width of a scenario's column, and the scenarios' titles broken to it.

    Args:
        comparison: the comparison.
        names: names of the scenarios that have a column.
        room: width of all columns together, in inches.
        widest: largest width of a column, in inches.
        padding: width of a column that its header leaves free, in inches.
        translate: the language.
    """
    titles = [translate.phrase(scenario.title) for scenario in comparison.scenarios if scenario.name in names]
    column = min(room / max(len(titles), 1), widest)
    broken = (wrapped(title, column - padding, _HEADER_SIZE, _MOST_HEADER_LINES) for title in titles)
    return column, ["\n".join(lines) for lines in broken]


def _most_lines(headers: Sequence[str]) -> int:
    return max((header.count("\n") + 1 for header in headers), default=1)


def _add_axes(sheet: Page, left: float, inches: float) -> Axes:
    """Add axes as high as the page's rectangle.

    Args:
        sheet: the page.
        left: distance from the left of the rectangle, in inches.
        inches: width of the axes, in inches.
    """
    return sheet.figure.add_axes((sheet.left + left / WIDTH, sheet.bottom, inches / WIDTH, sheet.top - sheet.bottom))


def _pivot(
    table: pd.DataFrame, column: str, names: Sequence[str], groups: Sequence[tuple[str, str]]
) -> NDArray[np.float64]:
    """Return a column of a table as an array of shape (groups, scenarios)."""
    wide = table.set_index(["attribute", "level", "scenario"])[column].unstack("scenario")  # noqa: PD010
    rows = pd.MultiIndex.from_tuples(groups, names=["attribute", "level"])
    return wide.reindex(index=rows, columns=list(names)).to_numpy(dtype=np.float64)


def _fill_baseline(axes: Axes, percents: NDArray[np.float64]) -> None:
    values = percents[:, np.newaxis]
    background = _shade(axes, values, colormaps["Greys"], Normalize(0.0, PERCENT / _DARKEST_GREY))
    for row, value in enumerate(percents):
        _write(axes, row, 0, decimal(float(value)), INK if background[row, 0] > _WHITE_TEXT_BELOW else PAPER)


def _fill_differences(
    axes: Axes,
    points: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    translate: Language,
) -> None:
    """Write differences and their intervals on colours, in pale italics if the interval includes 0."""
    known = np.abs(points[np.isfinite(points)])
    most = float(known.max(initial=0.0)) or 1.0
    background = _shade(axes, points, colormaps["PuOr"], Normalize(-most, most))
    for row, column in np.ndindex(*points.shape):
        ends = float(low[row, column]), float(high[row, column])
        is_faint = ends[0] <= 0.0 <= ends[1]
        ink = PAPER if background[row, column] < _WHITE_TEXT_BELOW else PALE_INK if is_faint else INK
        text = signed(float(points[row, column]))
        if math.isfinite(ends[0]):
            text += f"\n{translate.interval(*ends, signed)}"
        _write(axes, row, column, text, ink, is_faint=is_faint, size=_HEADER_SIZE)


def _shade(axes: Axes, values: NDArray[np.float64], colours: Colormap, scale: Normalize) -> NDArray[np.float64]:
    """Colour the cells, the first row on top, and return the luminance of each."""
    shown = np.nan_to_num(values)
    axes.pcolormesh(shown, cmap=colours, norm=scale, edgecolors=PAPER, linewidth=1.2)
    axes.invert_yaxis()
    colour = np.asarray(colours(scale(shown)), dtype=np.float64)[..., :3]
    return np.asarray(colour @ np.array(_LUMINANCE), dtype=np.float64)


def _write(
    axes: Axes, row: int, column: int, text: str, ink: str, *, is_faint: bool = False, size: float = SMALL_SIZE
) -> None:
    axes.text(
        column + 0.5,
        row + 0.5,
        text,
        ha="center",
        va="center",
        fontsize=size,
        color=ink,
        fontstyle="italic" if is_faint else "normal",
    )


def _style_cells(axes: Axes) -> None:
    style_axes(axes, grid="")
    axes.xaxis.tick_top()
    axes.tick_params(length=0, labelsize=SMALL_SIZE)
    axes.tick_params(axis="x", labelsize=_HEADER_SIZE)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _street_caption(comparison: Comparison, translate: Language) -> str:
    return translate(
        "Numbers: take-up of the street in the scenario minus the baseline, {statistic} over {runs}; purple more, "
        "orange less, stronger further from 0; grey column: take-up in the baseline, if it differs by street. "
        "Below the numbers their intervals; italics: the interval includes 0; –: too few simulated persons. "
        "Interval: {interval}.",
        **estimate_words(comparison, translate),
    )


_GAINS_ROW: Final = 0.235
_NARROWEST_GROUP, _GAINS_ABOVE, _GAINS_BELOW = 2.2, 0.3, 0.4
"""Widths and margins in inches."""
_WIDEST_GAINS_COLUMN, _GAINS_HEADER_PADDING, _GROUP_PADDING = 1.5, 0.06, 0.12


def plot_gains(comparison: Comparison, translate: Language = ENGLISH) -> Figure:
    """Plot the shares of persons who gain or lose a permit, by group and scenario.

    Raises:
        InputError: the comparison has no scenario other than the baseline.
    """
    table = comparison.gains[comparison.gains["attribute"] != STREET]
    names = [scenario.name for scenario in comparison.scenarios[1:]]
    if not names:
        raise InputError(
            "the comparison has no scenario besides the baseline", allowed="a comparison with another scenario"
        )
    groups = list(dict.fromkeys(zip(table["attribute"], table["level"], strict=True)))
    labels = [group_label(*group, translate) for group in groups]
    left = max(_NARROWEST_GROUP, *(width(label, SMALL_SIZE) + _GROUP_PADDING for label in labels))
    room = WIDTH - left - _RIGHT
    column, headers = _columns(comparison, names, room, _WIDEST_GAINS_COLUMN, _GAINS_HEADER_PADDING, translate)
    sheet = page(
        translate(
            "Permits gained and lost because of each scenario in {place} by {month}, by group",
            **place_and_month(comparison, translate),
        ),
        figure_caption(comparison, _gains_caption(comparison, translate), translate),
        _GAINS_ROW * len(groups),
        Margins(left, _RIGHT, _GAINS_ABOVE + _HEADER_LINE * _most_lines(headers), _GAINS_BELOW),
    )
    axes = _add_axes(sheet, 0.0, column * max(len(names), 1))
    gained, lost, low = (_pivot(table, name, names, groups) for name in ("gained_percent", "lost_percent", "low"))
    _fill_gains(axes, gained, lost, low)
    axes.set_yticks(np.arange(len(groups)) + 0.5, labels)
    axes.set_xticks(np.arange(len(names)) + 0.5, headers)
    axes.set_xlabel(translate("Gains and losses, % of the group"))
    for row, (attribute, _) in enumerate(groups):
        if row and attribute != groups[row - 1][0]:
            axes.axhline(row, color=INK, linewidth=0.7)
    _style_cells(axes)
    row_header(axes, translate("Group"), sheet.height)
    return finalise(sheet)


def _fill_gains(axes: Axes, gained: NDArray[np.float64], lost: NDArray[np.float64], low: NDArray[np.float64]) -> None:
    """Write gains and losses on greys, in italics if the gain's interval includes 0."""
    most = float(np.nanmax(gained, initial=0.0)) or 1.0
    _shade(axes, gained, colormaps["Greys"], Normalize(0.0, most / _DARKEST_GREY))
    for row, column in np.ndindex(*gained.shape):
        plus, minus = float(gained[row, column]), float(lost[row, column])
        text = gain_and_loss(plus, minus)
        _write(axes, row, column, text, INK, is_faint=bool(low[row, column] <= 0.0), size=_HEADER_SIZE)


def gain_and_loss(gained: float, lost: float) -> str:
    """Format a gain and a loss in percent: +6.9 −0.3."""
    return NOTHING if math.isnan(gained) else f"{signed(gained)} {MINUS}{decimal(lost)}"


def _gains_caption(comparison: Comparison, translate: Language) -> str:
    if comparison.replicates == 1:
        return translate(
            "Of 100 people of the group who are residents with and without the policy. +: people with a valid permit "
            "only with the policy, which is shaded; −: people with one only without it. One replicate: there is no "
            "interval."
        )
    return translate(
        "Of 100 people of the group who are residents with and without the policy. +: people with a valid permit "
        "only with the policy, which is shaded; −: people with one only without it. Numbers are means over {runs}. "
        "Italics: the interval of the gain includes 0. Interval: {interval}.",
        **estimate_words(comparison, translate),
    )
