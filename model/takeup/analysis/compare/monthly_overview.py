"""The monthly overview of one scenario: take-up, awareness, flows, wait and red tape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from takeup.analysis.compare.time_series_plots import label_centres, month_ends, style_time_axis, values_by_run
from takeup.analysis.statistics import t_interval
from takeup.analysis.uncertainty import replicates_phrase
from takeup.report.formatting import PERCENT
from takeup.report.i18n import ENGLISH, Language
from takeup.report.plotting import (
    INK,
    LABEL_LINE,
    LABEL_SIZE,
    PAPER,
    Margins,
    SeriesStyle,
    finalise,
    page,
    series_styles,
    style_axes,
)

_HEIGHT: Final = 5.4
_MARGINS: Final = Margins(left=0.75, right=0.85, top=0.35)
_PANEL_GAP, _ROW_GAP, _HALVES_GAP = 0.42, 0.2, 0.2
"""Gaps between panels, horizontal and vertical, and within the last panel, in widths and heights of panels."""
_HEADROOM: Final = 1.08
_MOST_TICKS: Final = 8
_BAND_OPACITY: Final = 0.18
_LABEL_SHIFT: Final = 1.015
_AWARENESS: Final = {"unaware": "#d9d9d9", "heard": "#8fb3d1", "informed": "#2f5d87"}


@dataclass(frozen=True)
class _Series:
    """A column of the monthly table, with its label and style."""

    column: str
    label: str
    style: SeriesStyle


def plot_monthly_overview(monthly: pd.DataFrame, title: str, translate: Language = ENGLISH) -> Figure:
    """Plot a monthly table: take-up, awareness, flows, wait and red tape.

    Args:
        monthly: monthly table of one scenario, with one or more replicates.
        title: title of the scenario.
        translate: the language.
    """
    number = int(monthly["replicate"].nunique())
    months = sorted(monthly["month"].unique())
    first, _, second, third = series_styles(4)
    sheet = page(translate.phrase(title), _caption(number, translate), _HEIGHT, _MARGINS)
    grid = sheet.figure.add_gridspec(
        2,
        2,
        left=sheet.left,
        right=sheet.right,
        bottom=sheet.bottom,
        top=sheet.top,
        wspace=_PANEL_GAP,
        hspace=_ROW_GAP,
    )
    take_up_axes, awareness_axes, flow_axes = (
        sheet.figure.add_subplot(grid[place]) for place in ((0, 0), (0, 1), (1, 0))
    )
    halves = grid[1, 1].subgridspec(2, 1, hspace=_HALVES_GAP)
    wait_axes, red_tape_axes = (sheet.figure.add_subplot(halves[half]) for half in (0, 1))
    height = sheet.height / (2 + _ROW_GAP)

    shares = monthly.assign(
        **{name: PERCENT * monthly[name] / monthly["population"] for name in ("valid", "lapsed", *_AWARENESS)}
    )
    _lines(
        take_up_axes,
        shares,
        months,
        [_Series("valid", translate("valid"), first), _Series("lapsed", translate("lapsed"), second)],
        height,
    )
    take_up_axes.set_ylabel(translate("Migrants, %"))
    _stack(awareness_axes, shares, months, height, translate)
    awareness_axes.set_ylabel(translate("Migrants, %"))
    flows = [
        _Series("issued", translate("issued"), first),
        _Series("endorsed", translate("endorsed"), second),
        _Series("lapses", translate("lapsing"), third),
    ]
    _lines(flow_axes, monthly, months, flows, height)
    flow_axes.set_ylabel(translate("Simulated persons per month"))
    _lines(wait_axes, monthly, months, [_Series("wait_months", "", first)], height)
    wait_axes.set_ylabel(translate("Wait, months"))
    _lines(red_tape_axes, monthly, months, [_Series("red_tape", "", first)], height)
    red_tape_axes.set_ylabel(translate("Red tape, 1 = usual"))

    names = (translate("Take-up"), translate("Awareness"), translate("Flows"), translate("Wait and red tape"))
    named = zip((take_up_axes, awareness_axes, flow_axes, wait_axes), names, strict=True)
    for axes, name in named:
        axes.set_title(name, fontsize=LABEL_SIZE + 1, loc="left", color=INK, fontweight="bold")
    for axes in (take_up_axes, awareness_axes, flow_axes, wait_axes, red_tape_axes):
        style_axes(axes)
        style_time_axis(
            axes, months, labelled=axes in {flow_axes, red_tape_axes}, most=_MOST_TICKS, translate=translate
        )
    return finalise(sheet)


def _lines(
    axes: Axes, monthly: pd.DataFrame, months: Sequence[str], series: Sequence[_Series], height: float
) -> None:
    years, ends, most = month_ends(months), list[float](), 0.0
    for each in series:
        line = t_interval(values_by_run(monthly, each.column, months))
        axes.fill_between(years, line.low, line.high, color=each.style.colour, alpha=_BAND_OPACITY, linewidth=0)
        axes.plot(years, line.center, color=each.style.colour, linestyle=each.style.dash, linewidth=1.5)
        ends.append(float(line.center[-1]))
        most = max(most, float(np.nanmax([line.center, line.high])))
    axes.set_ylim(0.0, most * _HEADROOM or 1.0)
    axes.yaxis.set_major_formatter(FuncFormatter(_tick))
    _label(axes, ends, [each.label for each in series], height)


def _stack(axes: Axes, shares: pd.DataFrame, months: Sequence[str], height: float, translate: Language) -> None:
    years = month_ends(months)
    levels = np.array([t_interval(values_by_run(shares, level, months)).center for level in _AWARENESS])
    axes.stackplot(years, levels, colors=list(_AWARENESS.values()), edgecolor=PAPER, linewidth=0.8)
    axes.set_ylim(0.0, PERCENT)
    _label(
        axes,
        list(np.cumsum(levels[:, -1]) - levels[:, -1] / 2),
        [translate.words(level) for level in _AWARENESS],
        height,
    )


def _label(axes: Axes, ends: Sequence[float], labels: Sequence[str], height: float) -> None:
    _, centres = label_centres(axes, ends, [LABEL_LINE / height] * len(ends))
    for centre, label in zip(centres, labels, strict=True):
        axes.text(_LABEL_SHIFT, centre, label, transform=axes.transAxes, va="center", fontsize=LABEL_SIZE, color=INK)


def _tick(value: float, _: int | None) -> str:
    return f"{value:,.10g}"


def _caption(number: int, translate: Language) -> str:
    if number == 1:
        return translate("Values at each month's end, flows in the month. One replicate: there is no interval.")
    return translate(
        "Means over {runs}, values at each month's end, flows in the month. Bands: 95 % intervals of the mean (t "
        "distribution), which reflect Monte Carlo error, not the uncertainty of the parameters.",
        runs=replicates_phrase(number, translate),
    )
