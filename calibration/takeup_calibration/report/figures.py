"""Figures of a calibration: pure functions from what was found to `matplotlib.figure.Figure`."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from takeup.months import parse_month
from takeup.report.plotting.style import (
    INK,
    LABEL_SIZE,
    PALE_INK,
    SMALL_SIZE,
    Margins,
    Page,
    finalise,
    page,
    style_axes,
)
from takeup_calibration.calibrate import Calibration
from takeup_calibration.lives import PERCENT, branch_names
from takeup_calibration.rows import DUMMY

AFTER: Final = "#332288"
BEFORE: Final = "#b0b0b0"
_BINS, _COLUMNS = 16, 6
_ROW: Final = 0.36
_BANDS: Final = ((0.05, 0.95, 0.22), (0.25, 0.75, 0.38))
_TALE: Final = "Grey: before (first wave, an even spread over the prior); dark: after (posterior). "
_INTERVALS: Final = "Dots: medians; bars: 5 % to 95 %. "


def marginals(found: Calibration) -> Figure:
    """Every parameter before and after."""
    rows = found.rows
    dimensions = rows.dimensions
    lines = math.ceil(len(dimensions) / _COLUMNS)
    caption = (
        "Heights: share of the rows by weight, in bins of equal prior probability; the dashed line is the prior. "
        "In brackets: drawn from the prior and never learnt of."
    )
    sheet = page("What is known of each parameter before and after", caption, 1.25 * lines, Margins(0.5, 0.2, 0.3))
    for number, axes in enumerate(_grid(sheet, lines, _COLUMNS)):
        if number >= len(dimensions):
            axes.set_axis_off()
            continue
        dimension = dimensions[number]
        heights, _ = np.histogram(rows.uniforms[:, number], _BINS, (0.0, 1.0), weights=found.weights)
        axes.bar((np.arange(_BINS) + 0.5) / _BINS, heights * _BINS, 1 / _BINS, color=AFTER)
        axes.axhline(1.0, color=PALE_INK, linewidth=1.0, linestyle=(0, (4, 2)))
        label = f"({dimension.name})" if dimension.prior.inert else dimension.name
        axes.set_title(label, fontsize=SMALL_SIZE, color=INK, pad=3)
        ends = dimension.quantile(np.array([0.0025, 0.5, 0.9975]))
        axes.set_xticks([0.0, 0.5, 1.0], [f"{end:.2g}" for end in ends])
        axes.set_yticks([])
        style_axes(axes, grid="")
    sheet.figure.supylabel("Share of the rows, beside the prior", fontsize=LABEL_SIZE, color=PALE_INK)
    return finalise(sheet)


def contraction(summary: dict[str, Any]) -> Figure:
    """How much narrower each parameter is after than before."""
    parts = sorted(summary["parameters"].items(), key=lambda item: item[1]["sd_ratio"], reverse=True)
    caption = (
        "Spread (standard deviation) after, beside the spread before, in normal scores of the prior: 1 where "
        "nothing was learnt. The hatched bar is a dummy that means nothing: what it departs from 1 by is noise of "
        "the method."
    )
    sheet = page("How much is learnt of each parameter", caption, 0.2 * len(parts), Margins(2.0, 0.4))
    axes = sheet.axes()
    for row, (name, part) in enumerate(parts):
        axes.barh(
            row,
            part["sd_ratio"],
            0.66,
            color=BEFORE if name == DUMMY else AFTER,
            hatch="///" if name == DUMMY else None,
        )
    axes.axvline(1.0, color=INK, linewidth=1.1)
    axes.set_yticks(range(len(parts)), [name for name, _ in parts])
    axes.set_ylim(-0.6, len(parts) - 0.4)
    axes.set_xlabel("Spread after, beside before")
    axes.set_ylabel("Parameter")
    style_axes(axes, grid="x")
    return finalise(sheet)


def predictions(summary: dict[str, Any]) -> Figure:
    """What the model says of each figure before and after, beside what is wanted."""
    caption = (
        _TALE
        + _INTERVALS
        + "Shaded: the figure, with 1.645 tolerances on either side. In brackets: not fitted. Every "
        "row has its own scale, in the figure's own unit."
    )
    figures = summary["figures"]
    sheet = page("What the model says of each figure", caption, 0.55 * len(figures), Margins(2.3, 0.4))
    for axes, (name, figure) in zip(_grid(sheet, len(figures), 1, gap=0.9), figures.items(), strict=True):
        low, high = figure["wanted"]
        axes.axvspan(
            low - 1.645 * figure["tolerance"], high + 1.645 * figure["tolerance"], color="#e3e3e3", linewidth=0
        )
        for line in {low, high}:
            axes.axvline(line, color=INK, linewidth=1.0)
        _interval(axes, figure["prior"], 0.7, BEFORE)
        _interval(axes, figure["posterior"], 0.3, AFTER)
        axes.set_ylim(0.0, 1.0)
        axes.set_yticks([0.5], [name if figure["fitted"] else f"({name})"])
        style_axes(axes, grid="x")
        axes.tick_params(axis="x", labelsize=SMALL_SIZE, pad=1)
    return finalise(sheet)


def history(found: Calibration) -> Figure:
    """Take-up over the years before the levers act, as a fan."""
    rows = found.rows
    months = sorted({month for each in rows.found if each is not None for month in each["decembers"]})
    table = rows.outcomes(months, "decembers")[found.drawn]
    years = [parse_month(month) / 12 for month in months]
    start = parse_month(f"{int(months[0][:4])}-01") / 12
    caption = (
        f"Bands: the middle 50 % and 90 % of {len(found.drawn)} draws of the posterior, line: their median, "
        "every December. Squares: what is known, nobody when the permit came and the figures of the district, with "
        "90 % of their tolerance."
    )
    sheet = page("Take-up as the draws tell its history", caption, 3.4, Margins(0.8, 0.4))
    axes = sheet.axes()
    for low, high, shade in _BANDS:
        edges = np.nanquantile(table, [low, high], axis=0)
        axes.fill_between([start, *years], [0.0, *edges[0]], [0.0, *edges[1]], color=AFTER, alpha=shade, linewidth=0)
    axes.plot([start, *years], [0.0, *np.nanmedian(table, axis=0)], color=AFTER, linewidth=1.8)
    axes.plot([start], [0.0], marker="s", color=INK, clip_on=False)
    for figure in rows.figures:
        if figure.fit and figure.local and figure.expression.text.replace(" ", "") == "valid/population":
            error = 1.645 * figure.tolerance * PERCENT
            middle = (figure.low + figure.high) / 2 * PERCENT
            axes.errorbar([figure.last / 12], [middle], [error], marker="s", color=INK, capsize=3)
    axes.set_xticks(years, [month[:4] for month in months])
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel("December of the year")
    axes.set_ylabel("Valid permits, % of the population")
    style_axes(axes)
    return finalise(sheet)


def levers(summary: dict[str, Any]) -> Figure:
    """What each lever does, before and after."""
    names = branch_names()
    sheet = page(
        "What each lever adds to take-up by the end of 2023",
        _TALE + _INTERVALS + "The same people with the same luck, with and without the lever from 2019.",
        _ROW * 1.6 * len(names),
        Margins(1.6, 0.4),
    )
    axes = sheet.axes()
    axes.axvline(0.0, color=INK, linewidth=1.1)
    for row, name in enumerate(reversed(names)):
        _interval(axes, summary["effects"][name]["prior"], row + 0.16, BEFORE)
        _interval(axes, summary["effects"][name]["posterior"], row - 0.16, AFTER)
    axes.set_yticks(range(len(names)), list(reversed(names)))
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.set_xlabel("Difference from the baseline, percentage points")
    axes.set_ylabel("Lever")
    style_axes(axes, grid="x")
    return finalise(sheet)


def _interval(axes: Axes, quantiles: list[float], height: float, colour: str) -> None:
    low, middle, high = quantiles
    axes.plot([low, high], [height, height], color=colour, linewidth=2.4, solid_capstyle="butt", zorder=3)
    axes.plot([middle], [height], marker="o", color=colour, markersize=5.5, markeredgecolor=INK, zorder=4)


def _grid(sheet: Page, lines: int, columns: int, gap: float = 0.62) -> list[Axes]:
    grid: NDArray[np.object_] = sheet.figure.add_gridspec(
        lines,
        columns,
        left=sheet.left,
        right=sheet.right,
        bottom=sheet.bottom,
        top=sheet.top,
        hspace=gap,
        wspace=0.25,
    ).subplots(squeeze=False)
    return list(grid.ravel())
