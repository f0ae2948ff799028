"""Take-up by street: streets by scenarios, each cell a difference and its shade."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from takeup.answers.comparison import Comparison
from takeup.report.figures.canvas import SMALL_SIZE, WIDTH, Margins, Page, dress, finished, head_labels, page
from takeup.report.figures.lettering import width, wrapped
from takeup.report.figures.palette import INK, PALE_INK, PAPER
from takeup.report.i18n import ENGLISH, Language
from takeup.report.tables import PERCENT, STREET, group_table
from takeup.report.uncertainty import intervals, runs
from takeup.report.wording import decimal, signed

_ROW: Final = 0.245
_BASELINE_WIDTH, _GAP, _WIDEST_COLUMN = 0.8, 0.1, 1.4
_RIGHT, _BELOW, _LABEL_PADDING, _HEADER_PADDING = 0.2, 0.32, 0.25, 0.05
"""Inches."""
_NARROWEST_STREET, _WIDEST_STREET = 0.6, 1.6
_HEADER_SIZE, _HEADER_LINE, _MOST_HEADER_LINES = 7.5, 0.13, 6
_DIVERGING, _RISING = "PuOr", "Greys"
_WHITE_TEXT_BELOW: Final = 0.5
"""Luminance of the ground."""
_DARKEST_GREY: Final = 0.55
_LUMINANCE: Final = (0.299, 0.587, 0.114)


@dataclass(frozen=True)
class _Layout:
    """Where what stands, in inches.

    Attributes:
        left: width of the streets' names.
        column: width of a scenario's column.
        headers: the scenarios' titles, broken to their columns.
    """

    left: float
    column: float
    headers: list[str]

    @property
    def margins(self) -> Margins:
        lines = max((header.count("\n") + 1 for header in self.headers), default=1)
        return Margins(left=self.left, right=_RIGHT, top=0.25 + _HEADER_LINE * max(lines, 2), bottom=_BELOW)


def by_street(comparison: Comparison, translate: Language = ENGLISH) -> Figure:
    """What each scenario adds in each street by the last month, beside the street's take-up in the baseline.

    Streets stand in the order of their take-up in the baseline, the highest on top.
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
        _caption(comparison, translate),
        _ROW * max(len(streets), 1),
        layout.margins,
    )
    beside, cells = _axes(sheet, layout)
    _fill_baseline(beside, baseline.to_numpy(dtype=np.float64))
    _fill_differences(cells, _wide(table, "difference_points", names, streets), _crosses_zero(table, names, streets))
    beside.set_yticks(
        np.arange(len(streets)) + 0.5,
        [wrapped(each, _WIDEST_STREET, SMALL_SIZE, most=1)[0] for each in labels],
    )
    beside.set_xticks([0.5], [translate("baseline,\n% valid")])
    cells.set_xticks(np.arange(len(names)) + 0.5, layout.headers)
    cells.set_xlabel(translate("Difference from the baseline, percentage points"))
    for axes in (beside, cells):
        _dress(axes)
    cells.tick_params(labelleft=False)
    head_labels(beside, translate("Street"), sheet.height)
    return finished(sheet)


def _layout(streets: Sequence[str], titles: Sequence[str]) -> _Layout:
    widest = max((width(street, SMALL_SIZE) for street in streets), default=0.0)
    left = min(max(widest, _NARROWEST_STREET), _WIDEST_STREET) + _LABEL_PADDING
    room = WIDTH - left - _BASELINE_WIDTH - _GAP - _RIGHT
    column = min(room / max(len(titles), 1), _WIDEST_COLUMN)
    broken = (wrapped(title, column - _HEADER_PADDING, _HEADER_SIZE, _MOST_HEADER_LINES) for title in titles)
    return _Layout(left, column, ["\n".join(lines) for lines in broken])


def _axes(sheet: Page, layout: _Layout) -> tuple[Axes, Axes]:
    """Axes for the baseline's column and for the scenarios' columns."""
    height = sheet.top - sheet.bottom
    after = sheet.left + (_BASELINE_WIDTH + _GAP) / WIDTH
    room = layout.column * max(len(layout.headers), 1) / WIDTH
    return (
        sheet.figure.add_axes((sheet.left, sheet.bottom, _BASELINE_WIDTH / WIDTH, height)),
        sheet.figure.add_axes((after, sheet.bottom, room, height)),
    )


def _wide(table: pd.DataFrame, column: str, names: Sequence[str], streets: Sequence[str]) -> NDArray[np.float64]:
    """A column as streets x scenarios."""
    wide = table.set_index(["level", "scenario"])[column].unstack("scenario")  # noqa: PD010
    return wide.reindex(index=list(streets), columns=list(names)).to_numpy(dtype=np.float64)


def _crosses_zero(table: pd.DataFrame, names: Sequence[str], streets: Sequence[str]) -> NDArray[np.bool_]:
    low, high = (_wide(table, bound, names, streets) for bound in ("low", "high"))
    return (low <= 0.0) & (high >= 0.0)


def _fill_baseline(axes: Axes, percents: NDArray[np.float64]) -> None:
    values = percents[:, np.newaxis]
    ground = _shade(axes, values, colormaps[_RISING], Normalize(0.0, PERCENT / _DARKEST_GREY))
    for row, value in enumerate(percents):
        _write(axes, row, 0, decimal(float(value)), INK if ground[row, 0] > _WHITE_TEXT_BELOW else PAPER)


def _fill_differences(axes: Axes, points: NDArray[np.float64], crosses_zero: NDArray[np.bool_]) -> None:
    """Write each difference on its shade, those whose interval includes 0 in pale italics."""
    known = np.abs(points[np.isfinite(points)])
    most = float(known.max(initial=0.0)) or 1.0
    ground = _shade(axes, points, colormaps[_DIVERGING], Normalize(-most, most))
    for row, column in np.ndindex(*points.shape):
        is_faint = bool(crosses_zero[row, column])
        ink = PAPER if ground[row, column] < _WHITE_TEXT_BELOW else PALE_INK if is_faint else INK
        _write(axes, row, column, signed(float(points[row, column])), ink, "italic" if is_faint else "normal")


def _shade(axes: Axes, values: NDArray[np.float64], colours: Colormap, scale: Normalize) -> NDArray[np.float64]:
    """Colour the cells, the first row on top; the luminance of each is returned."""
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


def _dress(axes: Axes) -> None:
    dress(axes, grid="")
    axes.xaxis.tick_top()
    axes.tick_params(length=0, labelsize=SMALL_SIZE)
    axes.tick_params(axis="x", labelsize=_HEADER_SIZE)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _caption(comparison: Comparison, translate: Language) -> str:
    if comparison.replicates == 1:
        return translate(
            "Numbers: take-up of the street in the scenario minus the baseline; purple more, orange less, darker "
            "further from 0; grey column: take-up in the baseline, which orders the streets. One replicate: there is "
            "no interval."
        )
    return translate(
        "Numbers: take-up of the street in the scenario minus the baseline, mean over {runs}; purple more, orange "
        "less, darker further from 0; grey column: take-up in the baseline, which orders the streets. In italics "
        "where 0 lies in the {interval}.",
        runs=runs(comparison, translate),
        interval=intervals(comparison, translate, paired=True),
    )
