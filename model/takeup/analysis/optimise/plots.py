"""The scatter plot of an optimisation: cost and effect of packages."""

from __future__ import annotations

from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from takeup.analysis.optimise import OptimisationResult
from takeup.analysis.optimise.text import (
    interval_level,
    interval_note,
    month_reached,
    population_phrase,
    search_note,
)
from takeup.report.formatting import PERCENT, decimal, signed
from takeup.report.i18n import ENGLISH, Language
from takeup.report.plotting import INK, LABEL_LINE, LABEL_SIZE, PALE_INK, Margins, finalise, page, style_axes
from takeup.report.typography import wrapped

_HEIGHT: Final = 4.2
_MARGINS: Final = Margins(left=0.75, right=3.9, top=0.3, bottom=0.55)
_LIST_WIDTH: Final = 3.0
_LIST: Final = 1.15
"""Horizontal position of the list of packages, in widths of the axes."""
_MOST_LISTED: Final = 10
_STAR: Final = "★"


def plot_packages(result: OptimisationResult, translate: Language = ENGLISH) -> Figure:
    """Make the scatter plot of cost and effect, with the Pareto front and the budget."""
    spec = result.spec
    until = month_reached(result, translate)
    title = translate(
        "Cost and effect of packages in {place} by {month}",
        place=translate.place(spec.district.population),
        month=until,
    )
    sheet = page(title, _caption(result, translate), _HEIGHT, _MARGINS)
    axes = sheet.axes()
    table, front = result.table, result.frontier
    others = table[~table["on_frontier"]]
    axes.plot(
        others["cost_cny"] / translate.large_unit,
        others["points"],
        linestyle="",
        marker="o",
        markersize=3.5,
        color="white",
        markeredgecolor=PALE_INK,
        markeredgewidth=0.7,
        zorder=2,
    )
    cost, points = front["cost_cny"].to_numpy() / translate.large_unit, front["points"].to_numpy()
    axes.step(cost, points, where="post", color=INK, linewidth=1.3, zorder=3)
    if result.draws > 1:
        axes.vlines(cost, front["low"], front["high"], color=INK, linewidth=1.0, zorder=3)
    axes.plot(cost, points, linestyle="", marker="o", markersize=5.0, color=INK, zorder=4)
    best = result.recommended
    axes.plot(
        [best["cost_cny"] / translate.large_unit],
        [best["points"]],
        linestyle="",
        marker="*",
        markersize=15.0,
        color="white",
        markeredgecolor=INK,
        markeredgewidth=1.2,
        zorder=5,
    )
    axes.axhline(0.0, color=INK, linewidth=1.1, zorder=1)
    budget = spec.space.budget / translate.large_unit
    axes.axvline(budget, color=PALE_INK, linewidth=1.1, linestyle=(0, (4, 2)), zorder=1)
    axes.set_xlim(left=-0.02 * max(budget, cost.max()))
    axes.set_xlabel(
        translate(
            "Cost by {month}, million yuan (broken line: the budget, {budget} yuan)",
            month=until,
            budget=translate.yuan(spec.space.budget),
        )
    )
    axes.set_ylabel(
        translate(
            "Take-up of {people}, percentage points compared with buying nothing",
            people=population_phrase(result, translate),
        )
    )
    style_axes(axes)
    _annotate_numbers(axes, result, translate)
    _list(axes, result, translate)
    return finalise(sheet)


def _annotate_numbers(axes: Axes, result: OptimisationResult, translate: Language) -> None:
    """Number the packages on the Pareto front as in `_list`."""
    for number, (_, row) in enumerate(result.frontier.iterrows()):
        if number:  # the first package costs least: it is the empty package, which is not listed
            axes.annotate(
                str(number),
                (row["cost_cny"] / translate.large_unit, row["points"]),
                (4, -9),
                textcoords="offset points",
                fontsize=LABEL_SIZE,
                color=INK,
                zorder=6,
            )


def _list(axes: Axes, result: OptimisationResult, translate: Language) -> None:
    """List the packages on the front by number.

    If there are many, only the last ones are listed, which are nearest to the budget.
    """
    front = result.frontier
    first = max(1, len(front) - _MOST_LISTED)
    heading = (
        translate("Package, million yuan, points, additional permits")
        if result.trace.target.group is None
        else translate("Package, million yuan, points, additional permits of these")
    )
    axes.text(
        _LIST,
        1.02,
        heading,
        transform=axes.transAxes,
        va="bottom",
        fontsize=LABEL_SIZE,
        color=PALE_INK,
    )
    y = 1.0
    for number in range(first, len(front)):
        row = front.iloc[number]
        star = f"{_STAR} " if row["recommended"] else ""
        lines = wrapped(f"{star}{number}  {row['options']}", _LIST_WIDTH, LABEL_SIZE, most=2)
        lines.append(
            translate(
                "{cost}, {points}, {permits} (near best: {share} %)",
                cost=translate.in_large_unit(row["cost_cny"]),
                points=signed(row["points"]),
                permits=signed(row["additional_permits"], 0),
                share=decimal(PERCENT * row["probability_near_best"], 0),
            )
        )
        axes.text(
            _LIST,
            y,
            "\n".join(lines),
            transform=axes.transAxes,
            va="top",
            fontsize=LABEL_SIZE - 1.0,
            color=INK,
            linespacing=1.15,
        )
        y -= (len(lines) * 0.85 * LABEL_LINE + 0.06) / _HEIGHT


def _caption(result: OptimisationResult, translate: Language) -> str:
    bars = translate("Bars: {level} intervals.", level=interval_level(result))
    return translate.join(
        [
            translate(
                "Dots: packages on the Pareto front (no package is better at no more cost), joined by a line; "
                "circles: other evaluated packages; star: the recommended package."
            ),
            *([bars] if result.draws > 1 else []),
            interval_note(result, translate),
            search_note(result, translate),
            result.spec.budget.sentence(translate),
            translate("Costs and sizes are those of {file}.", file=result.spec.options.file.name),
        ]
    )
