"""Take-up over time: a line a scenario, each labelled where it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from takeup.answers.comparison import Comparison
from takeup.answers.intervals import Interval
from takeup.months import MONTHS_A_YEAR, month_number
from takeup.report.figures.canvas import LABEL_LINE, LABEL_SIZE, SMALL_SIZE, Margins, dress, finished, page
from takeup.report.figures.lettering import wrapped
from takeup.report.figures.palette import INK, PALE_INK, Look, looks
from takeup.report.figures.spread import spread
from takeup.report.figures.timeline import dress_time, month_ends, parting
from takeup.report.i18n import ENGLISH, Language
from takeup.report.tables import PERCENT
from takeup.report.uncertainty import intervals, runs
from takeup.report.wording import decimal

_HEIGHT: Final = 4.6
_MARGINS: Final = Margins(left=0.75, right=3.2)
_LABEL_WIDTH: Final = 2.25
_LABEL_GAP: Final = 0.07
"""Between two labels, in inches."""
_SHARED_YEARS: Final = 2
"""Of the common history that are shown at least."""
_BAND_OPACITY, _BANDS_OPACITY = 0.18, 0.9
"""Of a band at the most, and of all of them where they lie one above the other."""
_FIRST_MARK: Final = 5
_HEADROOM: Final = 0.06
_LEADER_ENDS, _MARK, _VALUE, _TITLE = 1.025, 1.04, 1.06, 1.118
"""Where a label's leader ends and its marker, its value and its title stand, in widths of the axes."""


def take_up(comparison: Comparison, translate: Language = ENGLISH) -> Figure:
    """The share of migrants with a valid permit over time, with bands, and where the scenarios part.

    Of the history that all scenarios share, two years are shown, or half as many as follow if that is more.
    """
    months = _shown(comparison)
    lines = [_over_runs(comparison, scenario.name, months) for scenario in comparison.scenarios]
    titles = [
        wrapped(translate.phrase(each.title), _LABEL_WIDTH, LABEL_SIZE, most=2) for each in comparison.scenarios
    ]
    labels_height = sum(len(title) * LABEL_LINE + _LABEL_GAP for title in titles)
    sheet = page(
        translate(
            "Take-up of residence permits in {place}, {first} to {until}",
            place=translate.place(comparison.district.population),
            first=translate.month(months[0]),
            until=translate.month(comparison.until),
        ),
        _caption(comparison, translate),
        max(_HEIGHT, labels_height),
        _MARGINS,
    )
    axes = sheet.axes()
    parted = parting(comparison)
    begins = max(sum(each <= parted for each in months) - 1, 0) if parted is not None else 0
    _draw(axes, month_ends(months), lines, begins, baseline_band_only=comparison.drawn is not None)
    axes.set_ylabel(translate("Migrants with a valid permit, %"))
    dress(axes)
    dress_time(axes, months, translate=translate)
    if parted is not None and months[0] <= parted <= months[-1]:
        _mark_parting(axes, float(month_ends([parted])[0]), translate)
    _label_ends(axes, [float(line.mean[-1]) for line in lines], titles, sheet.height)
    return finished(sheet)


def _shown(comparison: Comparison) -> list[str]:
    """The months to show, in order."""
    months = sorted(comparison.monthly["month"].unique())
    parted = parting(comparison)
    if parted is None:
        return months
    years_after = (month_number(comparison.until) - month_number(parted)) / MONTHS_A_YEAR
    first = month_number(parted) - max(_SHARED_YEARS, int(years_after / 2)) * MONTHS_A_YEAR
    return [each for each in months if month_number(each) > first]


def _over_runs(comparison: Comparison, scenario: str, months: Sequence[str]) -> Interval:
    """Take-up in percent, each of the shape (months,)."""
    rows = comparison.monthly[comparison.monthly["scenario"] == scenario]
    percent = rows.assign(percent=PERCENT * rows["valid"] / rows["population"])
    wide = percent.pivot_table(index="replicate", columns="month", values="percent").reindex(columns=list(months))
    return comparison.interval(wide.to_numpy(dtype=np.float64))


def _draw(
    axes: Axes, years: NDArray[np.float64], lines: Sequence[Interval], begins: int, *, baseline_band_only: bool
) -> None:
    """Draw the baseline whole and on top, the others from the last shared month on, markers out of step.

    Bands over draws are wide, and all about the same: one above the other they would hide each other.
    """
    is_monthly = len(years) > MONTHS_A_YEAR * (years[-1] - years[0])
    for number, (line, look) in enumerate(zip(lines, looks(len(lines)), strict=True)):
        is_baseline = number == 0
        since = 0 if is_baseline else begins
        if is_baseline or not baseline_band_only:
            axes.fill_between(
                years[since:],
                line.low[since:],
                line.high[since:],
                color=look.colour,
                alpha=_BAND_OPACITY if baseline_band_only else min(_BAND_OPACITY, _BANDS_OPACITY / len(lines)),
                linewidth=0,
            )
        axes.plot(
            years[since:],
            line.mean[since:],
            color=look.colour,
            linestyle=look.dash,
            linewidth=2.2 if is_baseline else 1.6,
            marker=look.marker or None,
            markevery=(_FIRST_MARK + number % MONTHS_A_YEAR, MONTHS_A_YEAR) if is_monthly else None,
            markersize=4.5,
            zorder=4 if is_baseline else 3,
        )
    axes.margins(y=_HEADROOM)


def _mark_parting(axes: Axes, year: float, translate: Language) -> None:
    axes.axvline(year, color=PALE_INK, linestyle=(0, (4, 3)), linewidth=1.0, zorder=2)
    axes.text(
        year,
        0.985,
        translate("scenarios part") + "\u00a0",
        transform=axes.get_xaxis_transform(),
        ha="right",
        va="top",
        fontsize=SMALL_SIZE,
        color=PALE_INK,
    )


def _label_ends(axes: Axes, ends: Sequence[float], titles: Sequence[Sequence[str]], height: float) -> None:
    """Write beside each line's end what it is, with value and marker; no label overlaps another."""
    bottom, top = axes.get_ylim()
    wanted = [(end - bottom) / (top - bottom) for end in ends]
    heights = [(len(title) * LABEL_LINE + _LABEL_GAP) / height for title in titles]
    centres = spread(wanted, heights, 0.0, 1.0)
    for end, place, centre, title, look in zip(ends, wanted, centres, titles, looks(len(ends)), strict=True):
        beside = _Beside(axes, float(centre), look)
        beside.line([1.0, _LEADER_ENDS], [place, float(centre)], width=0.7)
        beside.line([_LEADER_ENDS, _VALUE - 0.005], [float(centre)] * 2, width=1.6)
        beside.mark(_MARK)
        beside.say(_VALUE, decimal(end))
        beside.say(_TITLE, "\n".join(title))


@dataclass(frozen=True)
class _Beside:
    """Draws a label right of the axes, in fractions of them."""

    axes: Axes
    centre: float
    look: Look

    def line(self, x: list[float], y: list[float], width: float) -> None:
        self.axes.plot(x, y, color=self.look.colour, linewidth=width, transform=self.axes.transAxes, clip_on=False)

    def mark(self, x: float) -> None:
        self.axes.plot(
            [x],
            [self.centre],
            color=self.look.colour,
            marker=self.look.marker or None,
            markersize=4.5,
            transform=self.axes.transAxes,
            clip_on=False,
        )

    def say(self, x: float, text: str) -> None:
        self.axes.text(
            x,
            self.centre,
            text,
            transform=self.axes.transAxes,
            va="center",
            fontsize=LABEL_SIZE,
            color=INK,
            linespacing=1.15,
            fontweight="normal" if self.look.marker else "bold",
        )


def _caption(comparison: Comparison, translate: Language) -> str:
    if comparison.replicates == 1 and comparison.drawn is None:
        return translate("Lines: take-up at each month's end. One replicate: there is no interval.")
    known = {"runs": runs(comparison, translate), "interval": intervals(comparison, translate)}
    if comparison.drawn is not None:
        return translate(
            "Lines: take-up at the end of each December and of the last month, mean over {runs}. Band: for the "
            "baseline, the {interval}. The scenarios' bands would be about as wide; but scenarios share their draws, "
            "so the differences between them are surer.",
            **known,
        )
    return translate(
        "Lines: take-up at each month's end, mean over {runs}. Bands: {interval}. Scenarios share their luck, so the "
        "differences between them are surer than the bands.",
        **known,
    )
