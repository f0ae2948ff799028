"""Interactive charts of a comparison, one per figure."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np

from takeup.analysis.compare.dot_plots import INNER, attribute_title, effects_by_draw
from takeup.analysis.compare.heatmaps import gain_and_loss
from takeup.analysis.compare.places import street_differences
from takeup.analysis.compare.result import Comparison
from takeup.analysis.compare.text import group_label
from takeup.analysis.compare.time_series_plots import take_up_lines
from takeup.analysis.statistics import Estimate
from takeup.district import ATTRIBUTES
from takeup.district.attributes import STREET
from takeup.months import parse_month
from takeup.report.charts.bars import Interval, interval_chart
from takeup.report.charts.base import Chart
from takeup.report.charts.heat_map import Entry, heat_map
from takeup.report.charts.time_series import Series, time_series
from takeup.report.formatting import NOTHING, PERCENT, decimal, printable, signed
from takeup.report.i18n import ENGLISH, Language
from takeup.report.plotting import series_styles

_HEIGHT, _LABEL_WIDTH = 340, 210
"""Height of the chart of take-up, and width of the labels of its lines, in pixels."""
_LINE_WIDTH: Final = 2.0
"""Width of a line in pixels, the unit of dashes."""
_SHAPES: Final = {
    "o": "circle",
    "s": "square",
    "^": "triangle-up",
    "D": "diamond",
    "v": "triangle-down",
    "P": "cross",
    "X": "M-1,-0.5L-0.5,-1L0,-0.5L0.5,-1L1,-0.5L0.5,0L1,0.5L0.5,1L0,0.5L-0.5,1L-1,0.5L-0.5,0Z",
    "<": "triangle-left",
    ">": "triangle-right",
    "p": "M0,-1L0.95,-0.31L0.59,0.81L-0.59,0.81L-0.95,-0.31Z",
    "h": "M0,-1L0.87,-0.5L0.87,0.5L0,1L-0.87,0.5L-0.87,-0.5Z",
}
"""Shapes of Vega by marker of Matplotlib."""


def take_up_chart(comparison: Comparison, translate: Language = ENGLISH) -> Chart:
    """Draw take-up over time with interval bands."""
    shown, titles = take_up_lines(comparison), _titles(comparison, translate)
    series = []
    for place, title in enumerate(titles.values()):
        style, line = series_styles(len(titles))[place], _since(shown.lines[place], shown.begins if place else 0)
        dash = tuple(round(length * _LINE_WIDTH) for length in style.dash[1])
        band = () if shown.is_difference and not place else (line.low, line.high)
        series.append(Series(title, line.center, style.colour, dash, *band))
    return time_series(
        shown.quantity(translate),
        [parse_month(month) for month in shown.months],
        series,
        None if shown.shared is None else parse_month(shown.shared) + 1,
        height=_HEIGHT,
        label_width=_LABEL_WIDTH,
        note=translate("scenarios diverge"),
        format_number=signed if shown.is_difference else decimal,
        translate=translate,
    )


def differences_chart(comparison: Comparison, translate: Language = ENGLISH) -> Chart:
    """Draw differences in take-up at the last month over replicates, the largest on top."""
    titles = _titles(comparison, translate)
    table = comparison.summary.iloc[1:].sort_values("difference_points", ascending=False, kind="stable")
    rows = table[["scenario", "difference_points", "low", "high"]].itertuples(index=False)
    intervals = [
        Interval(titles[name], points, low, high, _with_interval(points, low, high, translate), titles[name])
        for name, points, low, high in rows
    ]
    return interval_chart(_difference(translate), intervals, _styles(comparison, translate))


def effects_chart(comparison: Comparison, translate: Language = ENGLISH) -> Chart:
    """Draw each scenario's effect over draws, the largest on top: median, middle half, 90 % interval, and draws."""
    titles, by_draw = _titles(comparison, translate), effects_by_draw(comparison)
    table = comparison.posterior_result.scenarios.iloc[1:].sort_values("median", ascending=False, kind="stable")
    columns = ["scenario", "median", "low", "high", "probability_best"]
    intervals = []
    for name, median, low, high, best in table[columns].itertuples(index=False):
        draws = by_draw[name].to_numpy(dtype=np.float64)
        first, last = (float(end) for end in np.quantile(draws, INNER))
        text = translate(
            "{points}; best in {share} %",
            points=_with_interval(median, low, high, translate),
            share=decimal(PERCENT * best, 0),
        )
        title = titles[name]
        intervals.append(Interval(title, median, low, high, text, title, inner=(first, last), draws=draws))
    styles = [(title, color, "circle") for title, color, _ in _styles(comparison, translate)]
    return interval_chart(_difference(translate), intervals, styles)


def group_chart(comparison: Comparison, translate: Language = ENGLISH) -> Chart:
    """Draw differences from the baseline by group, one row per level and one series per scenario."""
    titles, table = _titles(comparison, translate), comparison.by_group
    columns = ["scenario", "attribute", "level", "difference_points", "low", "high"]
    intervals = [
        Interval(
            translate.words(level),
            points,
            low,
            high,
            _with_interval(points, low, high, translate),
            titles[scenario],
            heading=attribute_title(attribute, translate),
        )
        for scenario, attribute, level, points, low, high in table[columns].itertuples(index=False)
        if attribute in ATTRIBUTES
    ]
    return interval_chart(_difference(translate), intervals, _styles(comparison, translate))


def street_chart(comparison: Comparison, translate: Language = ENGLISH) -> Chart:
    """Draw take-up in the baseline and the differences from it by street, as far as they differ by street."""
    titles, by_street = _titles(comparison, translate), street_differences(comparison, translate)
    table = comparison.by_group
    table = table[table["attribute"] == STREET]
    if by_street.baseline:
        table = table.sort_values("baseline_percent", ascending=False, kind="stable")
    names = {level: translate.level(comparison.district.population, STREET, level) for level in table["level"]}
    entries = []
    if by_street.baseline:
        baseline = table.drop_duplicates("level")[["level", "baseline_percent"]].itertuples(index=False)
        title = translate("Baseline, %")
        entries = [Entry(names[level], title, math.nan, decimal(value), decimal(value)) for level, value in baseline]
    columns = ["scenario", "level", "difference_points", "low", "high"]
    for scenario, level, points, low, high in table[columns].itertuples(index=False):
        if scenario in by_street.scenarios:
            tip = _with_interval(points, low, high, translate)
            entries.append(Entry(names[level], titles[scenario], points, signed(points), tip, low <= 0.0 <= high))
    return heat_map(_difference(translate), entries, is_diverging=True)


def gains_chart(comparison: Comparison, translate: Language = ENGLISH) -> Chart:
    """Draw the shares of persons who gain or lose a permit, by group and scenario."""
    titles = _titles(comparison, translate)
    table = comparison.gains[comparison.gains["attribute"] != STREET]
    columns = ["scenario", "attribute", "level", "gained_percent", "lost_percent", "low", "high"]
    entries = []
    for scenario, attribute, level, gained, lost, low, high in table[columns].itertuples(index=False):
        text = gain_and_loss(gained, lost)
        tip = text if text == NOTHING else f"{_with_interval(gained, low, high, translate)} {text.split()[1]}"
        entries.append(
            Entry(group_label(attribute, level, translate), titles[scenario], gained, text, tip, low <= 0.0)
        )
    return heat_map(translate("Gains and losses, % of the group"), entries, is_diverging=False)


CHARTS: Final[dict[str, Callable[[Comparison, Language], Chart]]] = {
    "take_up": take_up_chart,
    "differences": differences_chart,
    "effects": effects_chart,
    "by_group": group_chart,
    "by_street": street_chart,
    "gains": gains_chart,
}
"""The functions that draw the charts, by the name of the figure in `plots_of`."""


def _difference(translate: Language) -> str:
    return translate("Difference from the baseline, percentage points")


def _titles(comparison: Comparison, translate: Language) -> dict[str, str]:
    """Return the titles of the scenarios by name; those of which several are equal have the name added."""
    titles = {each.name: printable(translate.phrase(each.title)) for each in comparison.scenarios}
    every = list(titles.values())
    return {name: title if every.count(title) == 1 else f"{title} ({name})" for name, title in titles.items()}


def _styles(comparison: Comparison, translate: Language) -> list[tuple[str, str, str]]:
    """Return title, colour and shape of each scenario without the baseline."""
    titles = list(_titles(comparison, translate).values())
    styles = zip(titles[1:], series_styles(len(titles))[1:], strict=True)
    return [(title, style.colour, _SHAPES[style.marker]) for title, style in styles]


def _since(line: Estimate, begins: int) -> Estimate:
    """Return an estimate without its values before a month."""
    is_shown = np.arange(len(line.center)) >= begins
    return Estimate(*(np.where(is_shown, each, np.nan) for each in (line.center, line.low, line.high)))


def _with_interval(points: float, low: float, high: float, translate: Language) -> str:
    return translate.with_interval(signed(points), low, high, signed)
