"""One scenario month by month: take-up, awareness, flows, waiting and red tape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from takeup.answers.intervals import t_interval
from takeup.report.figures.canvas import LABEL_LINE, LABEL_SIZE, Margins, dress, finished, page
from takeup.report.figures.palette import INK, PAPER, Look, looks
from takeup.report.figures.spread import spread
from takeup.report.figures.timeline import dress_time, month_ends
from takeup.report.i18n import ENGLISH, Language
from takeup.report.tables import PERCENT
from takeup.report.uncertainty import replicates

_HEIGHT: Final = 5.4
_MARGINS: Final = Margins(left=0.75, right=0.85, top=0.35)
_PANEL_GAP, _ROW_GAP, _HALVES_GAP = 0.42, 0.2, 0.2
"""Between panels side by side, one above the other, and the two halves of the last, in widths and heights."""
_HEADROOM: Final = 1.08
_MOST_TICKS: Final = 8
_BAND_OPACITY: Final = 0.18
_LABEL_SHIFT: Final = 1.015
_AWARENESS: Final = {"unaware": "#d9d9d9", "heard": "#8fb3d1", "informed": "#2f5d87"}


@dataclass(frozen=True)
class _Series:
    """A column of the monthly table as it is drawn."""

    column: str
    label: str
    look: Look


def monthly_overview(monthly: pd.DataFrame, title: str, translate: Language = ENGLISH) -> Figure:
    """Four panels of a run's monthly table.

    Args:
        monthly: the monthly table of one scenario, one replicate or several.
        title: of the scenario.
        translate: the language.
    """
    number = int(monthly["replicate"].nunique())
    months = sorted(monthly["month"].unique())
    first, _, second, third = looks(4)
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
    holds, knows, moves = (sheet.figure.add_subplot(grid[place]) for place in ((0, 0), (0, 1), (1, 0)))
    halves = grid[1, 1].subgridspec(2, 1, hspace=_HALVES_GAP)
    waits, strict = (sheet.figure.add_subplot(halves[half]) for half in (0, 1))
    height = sheet.height / (2 + _ROW_GAP)

    shares = monthly.assign(
        **{name: PERCENT * monthly[name] / monthly["population"] for name in ("valid", "lapsed", *_AWARENESS)}
    )
    _lines(
        holds,
        shares,
        months,
        [_Series("valid", translate("valid"), first), _Series("lapsed", translate("lapsed"), second)],
        height,
    )
    holds.set_ylabel(translate("Migrants, %"))
    _stack(knows, shares, months, height, translate)
    knows.set_ylabel(translate("Migrants, %"))
    flows = [
        _Series("issued", translate("issued"), first),
        _Series("endorsed", translate("endorsed"), second),
        _Series("lapses", translate("lapsing"), third),
    ]
    _lines(moves, monthly, months, flows, height)
    moves.set_ylabel(translate("Simulated persons a month"))
    _lines(waits, monthly, months, [_Series("wait_months", "", first)], height)
    waits.set_ylabel(translate("Wait, months"))
    _lines(strict, monthly, months, [_Series("red_tape", "", first)], height)
    strict.set_ylabel(translate("Red tape, 1 = usual"))

    names = (translate("Take-up"), translate("Awareness"), translate("Flows"), translate("Wait and red tape"))
    named = zip((holds, knows, moves, waits), names, strict=True)
    for axes, name in named:
        axes.set_title(name, fontsize=LABEL_SIZE + 1, loc="left", color=INK, fontweight="bold")
    for axes in (holds, knows, moves, waits, strict):
        dress(axes)
        dress_time(axes, months, labelled=axes in {moves, strict}, most=_MOST_TICKS, translate=translate)
    return finished(sheet)


def _lines(
    axes: Axes, monthly: pd.DataFrame, months: Sequence[str], series: Sequence[_Series], height: float
) -> None:
    years, ends, most = month_ends(months), list[float](), 0.0
    for each in series:
        line = t_interval(_wide(monthly, each.column, months))
        axes.fill_between(years, line.low, line.high, color=each.look.colour, alpha=_BAND_OPACITY, linewidth=0)
        axes.plot(years, line.mean, color=each.look.colour, linestyle=each.look.dash, linewidth=1.5)
        ends.append(float(line.mean[-1]))
        most = max(most, float(np.nanmax([line.mean, line.high])))
    axes.set_ylim(0.0, most * _HEADROOM or 1.0)
    axes.yaxis.set_major_formatter(FuncFormatter(_tick))
    _label(axes, ends, [each.label for each in series], height)


def _stack(axes: Axes, shares: pd.DataFrame, months: Sequence[str], height: float, translate: Language) -> None:
    years = month_ends(months)
    levels = np.array([t_interval(_wide(shares, level, months)).mean for level in _AWARENESS])
    axes.stackplot(years, levels, colors=list(_AWARENESS.values()), edgecolor=PAPER, linewidth=0.8)
    axes.set_ylim(0.0, PERCENT)
    _label(
        axes,
        list(np.cumsum(levels[:, -1]) - levels[:, -1] / 2),
        [translate.words(level) for level in _AWARENESS],
        height,
    )


def _label(axes: Axes, ends: Sequence[float], labels: Sequence[str], height: float) -> None:
    bottom, top = axes.get_ylim()
    centres = spread([(end - bottom) / (top - bottom) for end in ends], [LABEL_LINE / height] * len(ends), 0.0, 1.0)
    for centre, label in zip(centres, labels, strict=True):
        axes.text(_LABEL_SHIFT, centre, label, transform=axes.transAxes, va="center", fontsize=LABEL_SIZE, color=INK)


def _tick(value: float, _: int | None) -> str:
    return f"{value:,.10g}"


def _wide(monthly: pd.DataFrame, column: str, months: Sequence[str]) -> NDArray[np.float64]:
    """The column as replicates x months."""
    wide = monthly.pivot_table(index="replicate", columns="month", values=column)
    return wide.reindex(columns=list(months)).to_numpy(dtype=np.float64)


def _caption(number: int, translate: Language) -> str:
    if number == 1:
        return translate("Values at each month's end, flows in the month. One replicate: there is no interval.")
    return translate(
        "Means over {runs}, values at each month's end, flows in the month. Bands: 95 % intervals of the mean (t "
        "distribution), which is chance between replicates, not doubt about parameters.",
        runs=replicates(number, translate),
    )
