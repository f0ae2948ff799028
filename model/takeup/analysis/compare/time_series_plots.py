"""Plot of take-up over time by scenario, and parts that plots over time share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from takeup.analysis.compare.result import Comparison, first_divergence
from takeup.analysis.compare.text import describe_interval, estimate_words, figure_caption, runs
from takeup.analysis.statistics import Estimate
from takeup.months import MONTHS_A_YEAR, format_month, parse_month
from takeup.report.formatting import PERCENT, decimal, signed
from takeup.report.i18n import ENGLISH, Language
from takeup.report.plotting import (
    INK,
    LABEL_LINE,
    LABEL_SIZE,
    PALE_INK,
    SMALL_SIZE,
    Margins,
    SeriesStyle,
    finalise,
    page,
    separate_labels,
    series_styles,
    style_axes,
)
from takeup.report.typography import wrapped

_STEPS: Final = (1, 2, 3, 6, 12, 24, 60, 120)
"""Months between two ticks."""
_MOST_TICKS: Final = 11


def month_ends(months: Sequence[str]) -> NDArray[np.float64]:
    """Return the ends of months in years: 2018-12 ends at 2019.0."""
    return np.array([(parse_month(month) + 1) / MONTHS_A_YEAR for month in months])


def last_shared_month(comparison: Comparison) -> str | None:
    """Return the last month that all scenarios share; None if none ever acts."""
    first = first_divergence(comparison.scenarios)
    return format_month(first - 1) if first else None


def style_time_axis(
    axes: Axes,
    months: Sequence[str],
    *,
    labelled: bool = True,
    most: int = _MOST_TICKS,
    translate: Language = ENGLISH,
) -> None:
    """Set ticks at round months, and the label of the axis.

    Args:
        axes: axes with years on the x axis, see `month_ends`.
        months: months on the axis, in order, YYYY-MM.
        labelled: whether to label the ticks; axes above others need no labels.
        most: largest number of ticks.
        translate: the language.
    """
    first, last = parse_month(months[0]), parse_month(months[-1]) + 1
    step = next((step for step in _STEPS if (last - first) / step < most), _STEPS[-1])
    is_yearly = step >= MONTHS_A_YEAR
    ticks = [number for number in range(first, last + 1) if number % step == 0]
    names = [str(number // MONTHS_A_YEAR) if is_yearly else format_month(number) for number in ticks]
    axes.set_xticks([number / MONTHS_A_YEAR for number in ticks], names if labelled else [""] * len(ticks))
    axes.set_xlim(first / MONTHS_A_YEAR, last / MONTHS_A_YEAR)
    if labelled:
        axes.set_xlabel(
            translate("Year (mark: 1 January)") if is_yearly else translate("Month (mark: its first day)")
        )


_HEIGHT: Final = 4.6
_MARGINS: Final = Margins(left=0.75, right=3.2)
_LABEL_WIDTH: Final = 2.25
_LABEL_GAP: Final = 0.07
"""Gap between two labels, in inches."""
_SHARED_YEARS: Final = 2
"""Least number of years of the common history that are shown."""
_BAND_OPACITY, _BANDS_OPACITY = 0.18, 0.9
"""Largest opacity of one band, and sum of the opacities of all bands, so that overlapping bands stay light."""
_FIRST_MARK: Final = 5
_HEADROOM: Final = 0.06
_LEADER_ENDS, _MARK, _VALUE, _TITLE = 1.025, 1.04, 1.06, 1.13
"""Horizontal positions of a label: end of its leader, marker, value and title, in widths of the axes."""


@dataclass(frozen=True)
class TakeUpLines:
    """Take-up over time, as the plot and the chart show it.

    Attributes:
        months: the shown months, in order, YYYY-MM.
        lines: estimates by scenario, each of shape (months,).
        is_difference: whether the lines are differences from the baseline in percentage points, or percentages.
        begins: place of the last month that all scenarios share; their lines begin there.
        shared: the last month that all scenarios share, if it is shown; None for differences.
    """

    months: list[str]
    lines: list[Estimate]
    is_difference: bool
    begins: int
    shared: str | None

    def quantity(self, translate: Language = ENGLISH) -> str:
        """Name the quantity and its unit."""
        if self.is_difference:
            return translate("Difference from the baseline, percentage points")
        return translate("Migrants with a valid permit, %")


def take_up_lines(comparison: Comparison) -> TakeUpLines:
    """Estimate take-up over time.

    Over draws of a posterior the lines are differences from the baseline, which are much more certain than the
    levels, from the last month that the scenarios share. Otherwise, and for the baseline alone, they are the share of
    migrants with a valid permit, from two years before the scenarios diverge, or earlier, so that a third of it is
    common history.
    """
    is_difference = comparison.drawn is not None and len(comparison.scenarios) > 1
    shared = None if is_difference else last_shared_month(comparison)
    months = _months_of_differences(comparison) if is_difference else _shown_months(comparison)
    estimate = _difference if is_difference else _take_up
    lines = [estimate(comparison, scenario.name, months) for scenario in comparison.scenarios]
    begins = 0 if shared is None else max(sum(each <= shared for each in months) - 1, 0)
    is_shown = shared is not None and months[0] <= shared <= months[-1]
    return TakeUpLines(months, lines, is_difference, begins, shared if is_shown else None)


def plot_take_up(comparison: Comparison, translate: Language = ENGLISH) -> Figure:
    """Plot take-up over time with interval bands, see `take_up_lines`."""
    shown = take_up_lines(comparison)
    months, lines, is_difference = shown.months, shown.lines, shown.is_difference
    titles = [
        wrapped(translate.phrase(each.title), _LABEL_WIDTH, LABEL_SIZE, most=2) for each in comparison.scenarios
    ]
    labels_height = sum(len(title) * LABEL_LINE + _LABEL_GAP for title in titles)
    named = {
        "place": translate.place(comparison.district.population),
        "first": translate.month(months[0]),
        "until": translate.month(comparison.until),
    }
    sheet = page(
        translate("Effect of each scenario on take-up in {place}, {first} to {until}", **named)
        if is_difference
        else translate("Take-up of residence permits in {place}, {first} to {until}", **named),
        figure_caption(comparison, _caption(comparison, translate), translate),
        max(_HEIGHT, labels_height),
        _MARGINS,
    )
    axes = sheet.axes()
    _draw(axes, month_ends(months), lines, shown.begins)
    axes.set_ylabel(shown.quantity(translate))
    style_axes(axes)
    style_time_axis(axes, months, translate=translate)
    if shown.shared is not None:
        _mark_divergence(axes, float(month_ends([shown.shared])[0]), translate)
    ends = [float(line.center[-1]) for line in lines]
    _label_ends(axes, ends, titles, sheet.height, signed if is_difference else decimal)
    return finalise(sheet)


def _months_of_differences(comparison: Comparison) -> list[str]:
    """Return the recorded months from the last one that all scenarios share, in order."""
    months = sorted(comparison.monthly["month"].unique())
    shared = last_shared_month(comparison)
    last_shared = 0 if shared is None else max(sum(each <= shared for each in months) - 1, 0)
    return months[last_shared:]


def _difference(comparison: Comparison, scenario: str, months: Sequence[str]) -> Estimate:
    """Return the difference from the baseline in points, shape (months,)."""
    rows = comparison.comparison[comparison.comparison["scenario"] == scenario].set_index("month").loc[list(months)]
    return Estimate(*(rows[name].to_numpy(np.float64) for name in ("difference_points", "low", "high")))


def _shown_months(comparison: Comparison) -> list[str]:
    """Return the months that the plot of take-up shows, in order."""
    months = sorted(comparison.monthly["month"].unique())
    shared = last_shared_month(comparison)
    if shared is None:
        return months
    last_shared = min(parse_month(shared), parse_month(comparison.until))  # a policy may begin after the last month
    years_after = (parse_month(comparison.until) - last_shared) / MONTHS_A_YEAR
    first = last_shared - max(_SHARED_YEARS, int(years_after / 2)) * MONTHS_A_YEAR
    return [each for each in months if parse_month(each) > first]


def _take_up(comparison: Comparison, scenario: str, months: Sequence[str]) -> Estimate:
    """Estimate take-up in percent, shape (months,)."""
    rows = comparison.monthly[comparison.monthly["scenario"] == scenario]
    percent = rows.assign(percent=PERCENT * rows["valid"] / rows["population"])
    return comparison.estimate(values_by_run(percent, "percent", months))


def _draw(axes: Axes, years: NDArray[np.float64], lines: Sequence[Estimate], begins: int) -> None:
    """Draw the lines with bands: the baseline on top, the others from the last shared month on."""
    is_monthly = len(years) > MONTHS_A_YEAR * (years[-1] - years[0])
    for number, (line, style) in enumerate(zip(lines, series_styles(len(lines)), strict=True)):
        is_baseline = number == 0
        since = 0 if is_baseline else begins
        axes.fill_between(
            years[since:],
            line.low[since:],
            line.high[since:],
            color=style.colour,
            alpha=min(_BAND_OPACITY, _BANDS_OPACITY / len(lines)),
            linewidth=0,
        )
        axes.plot(
            years[since:],
            line.center[since:],
            color=style.colour,
            linestyle=style.dash,
            linewidth=2.2 if is_baseline else 1.6,
            marker=style.marker or None,
            markevery=(_FIRST_MARK + number % MONTHS_A_YEAR, MONTHS_A_YEAR) if is_monthly else None,
            markersize=4.5,
            zorder=4 if is_baseline else 3,
        )
    axes.margins(y=_HEADROOM)


def _mark_divergence(axes: Axes, year: float, translate: Language) -> None:
    axes.axvline(year, color=PALE_INK, linestyle=(0, (4, 3)), linewidth=1.0, zorder=2)
    axes.text(
        year,
        0.985,
        translate("scenarios diverge") + "\u00a0",
        transform=axes.get_xaxis_transform(),
        ha="right",
        va="top",
        fontsize=SMALL_SIZE,
        color=PALE_INK,
    )


def _label_ends(
    axes: Axes,
    ends: Sequence[float],
    titles: Sequence[Sequence[str]],
    height: float,
    format_value: Callable[[float], str],
) -> None:
    """Label the ends of the lines with marker, value and title, without overlap."""
    heights = [(len(title) * LABEL_LINE + _LABEL_GAP) / height for title in titles]
    wanted, centres = label_centres(axes, ends, heights)
    for end, place, centre, title, style in zip(ends, wanted, centres, titles, series_styles(len(ends)), strict=True):
        label = _EndLabel(axes, float(centre), style)
        label.line([1.0, _LEADER_ENDS], [place, float(centre)], width=0.7)
        label.line([_LEADER_ENDS, _VALUE - 0.005], [float(centre)] * 2, width=1.6)
        label.mark(_MARK)
        label.write(_VALUE, format_value(end))
        label.write(_TITLE, "\n".join(title))


def label_centres(
    axes: Axes, ends: Sequence[float], heights: Sequence[float]
) -> tuple[list[float], NDArray[np.float64]]:
    """Return heights of line ends and of label centres, in fractions of the axes."""
    bottom, top = axes.get_ylim()
    wanted = [(end - bottom) / (top - bottom) for end in ends]
    return wanted, separate_labels(wanted, heights, 0.0, 1.0)


@dataclass(frozen=True)
class _EndLabel:
    """A label at the right of the axes; positions are fractions of the axes."""

    axes: Axes
    centre: float
    style: SeriesStyle

    def line(self, x: list[float], y: list[float], width: float) -> None:
        self.axes.plot(x, y, color=self.style.colour, linewidth=width, transform=self.axes.transAxes, clip_on=False)

    def mark(self, x: float) -> None:
        self.axes.plot(
            [x],
            [self.centre],
            color=self.style.colour,
            marker=self.style.marker or None,
            markersize=4.5,
            transform=self.axes.transAxes,
            clip_on=False,
        )

    def write(self, x: float, text: str) -> None:
        self.axes.text(
            x,
            self.centre,
            text,
            transform=self.axes.transAxes,
            va="center",
            fontsize=LABEL_SIZE,
            color=INK,
            linespacing=1.15,
            fontweight="normal" if self.style.marker else "bold",
        )


def _caption(comparison: Comparison, translate: Language) -> str:
    if comparison.replicates == 1 and comparison.drawn is None:
        return translate("Lines: take-up at each month's end. One replicate: there is no interval.")
    known = {"runs": runs(comparison, translate), "interval": describe_interval(comparison, translate)}
    if comparison.drawn is not None and len(comparison.scenarios) > 1:
        return translate(
            "Lines: take-up minus that of the baseline, with the same people and the same random numbers, at the end "
            "of each December and of the last month, {statistic} over {runs}. Bands: {interval}.",
            **estimate_words(comparison, translate),
        )
    if comparison.drawn is not None:
        return translate(
            "Lines: take-up at the end of each December and of the last month, median over {runs}. Bands: "
            "{interval}.",
            **known,
        )
    return translate(
        "Lines: take-up at each month's end, mean over {runs}. Bands: {interval}. Scenarios share their random "
        "numbers, so the differences between them are more certain than the bands.",
        **known,
    )


def values_by_run(monthly: pd.DataFrame, column: str, months: Sequence[str]) -> NDArray[np.float64]:
    """Return a column of a scenario's monthly table, shape (runs, months)."""
    cells = monthly.set_index(["replicate", "month"])[column]
    wide = cells.unstack("month")  # noqa: PD010  (`pivot_table` would also average, which takes three times as long)
    return wide.reindex(columns=list(months)).to_numpy(dtype=np.float64)
