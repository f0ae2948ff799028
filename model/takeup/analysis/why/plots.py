"""Waterfall charts of `why`: all migrants by reason, and take-up by obstacle."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from takeup.analysis.why import REASONS
from takeup.analysis.why.attribution import STEPS, Reason
from takeup.analysis.why.spec import Decomposition, WhyResult
from takeup.analysis.why.summary import interval_note, obstacle_label, reasons_table, residents
from takeup.months import format_month
from takeup.report.formatting import PERCENT, count, decimal, signed
from takeup.report.i18n import ENGLISH, Language
from takeup.report.plotting import (
    LABEL_SIZE,
    PALE_INK,
    PAPER,
    Margins,
    draw_interval,
    finalise,
    head_values,
    page,
    row_header,
    style_axes,
    write_value,
)
from takeup.report.typography import wrapped

_ROW: Final = 0.32
_MARGINS: Final = Margins(left=2.6, right=2.2, top=0.4)
_LABEL_WIDTH: Final = 2.4
_VALUES: Final = 1.03
_BAR, _CONNECTOR = 0.66, 0.8
"""Height of a bar, in rows; width of the line between bars."""
_SOLID, _ADDED, _LESS, _REST = "#2f5d87", "#8fb3d1", "#cc6677", "#e4e4e4"
"""Colours of take-up, a positive and a negative contribution, and the remainder; distinct in greyscale too."""
_SHADES: Final = ("#5f6368", "#8a8f94", "#b3b7bb")
"""Colours of successive steps of the funnel."""
STEP_ORDER: Final = (
    "not entitled",
    "unaware",
    "not understood",
    "benefits",
    "burden",
    "returned",
    "not yet",
    "queueing",
    "lapsed",
)
"""The steps in the order in which a migrant passes them on the way to a valid permit."""


@dataclass(frozen=True)
class _Bar:
    """A bar of a waterfall chart from one value to another, with a label and a text."""

    label: str
    begin: float
    end: float
    colour: str
    text: str
    low: float = math.nan
    high: float = math.nan
    hatch: str = ""


def plot_funnel(result: WhyResult, translate: Language = ENGLISH) -> Figure:
    """Plot the waterfall from all migrants to those with a valid permit, by reason."""
    table = reasons_table(result, result.funnel)
    numbers = table[["percent", "low", "high", "persons"]].to_numpy(np.float64).tolist()
    population, remaining = residents(result), PERCENT
    bars = [_Bar(translate("everyone"), 0.0, PERCENT, _SOLID, count(population))]
    for number, step in enumerate(STEP_ORDER):
        for reason in STEPS[step]:
            share, low, high, _ = numbers[reason]
            bars.append(
                _Bar(
                    translate.cause(REASONS[reason]),
                    remaining,
                    remaining - share,
                    _SHADES[number % len(_SHADES)],
                    _bar_text(numbers[reason], translate),
                    remaining - high,
                    remaining - low,
                )
            )
            remaining -= share
    share, low, high, _ = numbers[Reason.VALID]
    text = _bar_text(numbers[Reason.VALID], translate)
    bars.append(_Bar(translate.cause(REASONS[Reason.VALID]), 0.0, share, _SOLID, text, low, high))
    place, when = translate.place(result.spec.district.population), translate.month(result.spec.month)
    caption = [translate("Each migrant is counted at the first reason that applies, {month}.", month=when)]
    title = translate("Reasons for having no valid permit in {place}, {month}", place=place, month=when)
    unit = translate("Migrants, % of {number}", number=count(population))
    names = translate("Reason"), translate("%, persons"), unit
    return _waterfall(title, _caption(caption, result, translate), bars, *names)


def plot_obstacles(result: WhyResult, decomposition: Decomposition, translate: Language = ENGLISH) -> Figure:
    """Plot the waterfall from take-up with all obstacles to 100 %, by obstacle."""
    now, remaining = decomposition.now, decomposition.remaining
    take_up = float(now.center)
    text = f"{decimal(take_up)} %"
    everything = translate("take-up with all in place")
    bars = [_Bar(everything, 0.0, take_up, _SOLID, text, float(now.low), float(now.high))]
    for obstacle, (points, low, high) in zip(
        decomposition.obstacles.each,
        decomposition.parts[["points", "low", "high"]].itertuples(index=False),
        strict=True,
    ):
        text = translate.with_interval(signed(points), low, high, signed)
        colour, hatch = (_ADDED, "") if points >= 0.0 else (_LESS, "//")
        ends = take_up + low, take_up + high
        label = obstacle_label(obstacle, translate)
        bars.append(_Bar(label, take_up, take_up + points, colour, text, *ends, hatch))
        take_up += points
    reached = PERCENT - float(remaining.center)
    ends = PERCENT - float(remaining.high), PERCENT - float(remaining.low)
    removed = translate("take-up with all removed")
    bars.append(_Bar(removed, 0.0, reached, _SOLID, f"{decimal(reached)} %", *ends))
    text = translate("{number} points", number=decimal(float(remaining.center)))
    bars.append(_Bar(translate("not removable"), reached, PERCENT, _REST, text, hatch=".."))
    until = translate.month(result.spec.until)
    caption = [
        translate(
            "Shapley values: percentage points that removing an obstacle from {first} on adds by {month}, averaged "
            "over all orders of removal, with the same agents and random numbers.",
            first=translate.month(format_month(decomposition.obstacles.removed_from)),
            month=until,
        ),
        translate("The effect of a removal is assumed."),
    ]
    title = translate(
        "Obstacles and missing take-up in {place}, {month}",
        place=translate.place(result.spec.district.population),
        month=until,
    )
    names = translate("Obstacle"), translate("points"), translate("Migrants with a valid permit, %")
    return _waterfall(title, _caption(caption, result, translate), bars, *names)


def _caption(sentences: list[str], result: WhyResult, translate: Language) -> str:
    """Join the sentences of a waterfall chart's caption and those on its intervals."""
    marks = [translate("Marks at the ends of bars are intervals.")] if result.runs > 1 else []
    return translate.join([*sentences, *marks, interval_note(result, translate)])


def _bar_text(numbers: Sequence[float], translate: Language) -> str:
    """Format the share of a reason with its interval, and its persons, from a row of `reasons_table`."""
    share, low, high, persons = numbers
    return f"{translate.with_interval(f'{decimal(share)} %', low, high)}\u2002{count(persons)}"


def _waterfall(title: str, caption: str, bars: Sequence[_Bar], rows: str, values: str, unit: str) -> Figure:
    sheet = page(title, caption, _ROW * len(bars), _MARGINS)
    axes = sheet.axes()
    for row, bar in enumerate(bars):
        _draw(axes, row, bar)
        if row + 1 < len(bars) and bars[row + 1].begin == bar.end:
            axes.plot([bar.end] * 2, [row, row + 1], color=PALE_INK, linewidth=_CONNECTOR, zorder=1)
    labels = ["\n".join(wrapped(bar.label, _LABEL_WIDTH, LABEL_SIZE, most=2)) for bar in bars]
    axes.set_yticks(range(len(bars)), labels)
    axes.set_ylim(len(bars) - 0.4, -0.6)
    axes.set_xlim(min(0.0, *(bar.end for bar in bars)), PERCENT)
    axes.set_xlabel(unit)
    style_axes(axes, grid="x")
    row_header(axes, rows, sheet.height)
    head_values(axes, values, sheet.height, _VALUES)
    return finalise(sheet)


def _draw(axes: Axes, row: int, bar: _Bar) -> None:
    axes.barh(
        row,
        bar.end - bar.begin,
        left=bar.begin,
        height=_BAR,
        color=bar.colour,
        hatch=bar.hatch,
        edgecolor=PAPER,
        linewidth=0.0,
        zorder=2,
    )
    draw_interval(axes, row, bar.low, bar.high)
    write_value(axes, row, _VALUES, bar.text)
