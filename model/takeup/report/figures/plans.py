"""Cost against what packages add: all that were judged, and the frontier of those that none is better than."""

from __future__ import annotations

from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from takeup.answers.plan import Result
from takeup.report.figures.canvas import LABEL_LINE, LABEL_SIZE, Margins, dress, finished, page
from takeup.report.figures.lettering import wrapped
from takeup.report.figures.palette import INK, PALE_INK
from takeup.report.plan import how, level, meant, whose
from takeup.report.wording import decimal, millions, month, signed, yuan

_HEIGHT: Final = 4.2
_MARGINS: Final = Margins(left=0.75, right=3.9, top=0.3, bottom=0.55)
_LIST_WIDTH: Final = 3.0
_LIST: Final = 1.15
"""Where the list of packages begins, in widths of the axes."""
_MOST_LISTED: Final = 10
_MILLION: Final = 1_000_000
_STAR: Final = "★"


def plan(result: Result) -> Figure:
    """Every package judged, the frontier with its intervals, the budget, and the recommended package."""
    question = result.question
    place, until = question.district.population.name, month(question.ensemble.task.until)
    sheet = page(f"What money buys in {place} by {until}", _caption(result), _HEIGHT, _MARGINS)
    axes = sheet.axes()
    table, front = result.table, result.frontier
    others = table[~table["on_frontier"]]
    axes.plot(
        others["cost_cny"] / _MILLION, others["points"], linestyle="", marker="o", markersize=3.5, color="white",
        markeredgecolor=PALE_INK, markeredgewidth=0.7, zorder=2,
    )  # fmt: skip
    cost, points = front["cost_cny"].to_numpy() / _MILLION, front["points"].to_numpy()
    axes.step(cost, points, where="post", color=INK, linewidth=1.3, zorder=3)
    if result.draws > 1:
        axes.vlines(cost, front["low"], front["high"], color=INK, linewidth=1.0, zorder=3)
    axes.plot(cost, points, linestyle="", marker="o", markersize=5.0, color=INK, zorder=4)
    best = result.recommended
    axes.plot(
        [best["cost_cny"] / _MILLION], [best["points"]], linestyle="", marker="*", markersize=15.0, color="white",
        markeredgecolor=INK, markeredgewidth=1.2, zorder=5,
    )  # fmt: skip
    axes.axhline(0.0, color=INK, linewidth=1.1, zorder=1)
    axes.axvline(question.space.budget / _MILLION, color=PALE_INK, linewidth=1.1, linestyle=(0, (4, 2)), zorder=1)
    axes.set_xlim(left=-0.02 * max(question.space.budget / _MILLION, cost.max()))
    axes.set_xlabel(f"Cost by {until}, million yuan (broken line: the budget, {yuan(question.space.budget)} yuan)")
    axes.set_ylabel(f"Take-up of {whose(result)}, percentage points more than if nothing is bought")
    dress(axes)
    _number(axes, result)
    _list(axes, result)
    return finished(sheet)


def _number(axes: Axes, result: Result) -> None:
    for number, (_, row) in enumerate(result.frontier.iterrows()):
        if number:
            axes.annotate(
                str(number), (row["cost_cny"] / _MILLION, row["points"]), (4, -9), textcoords="offset points",
                fontsize=LABEL_SIZE, color=INK, zorder=6,
            )  # fmt: skip


def _list(axes: Axes, result: Result) -> None:
    """The frontier's packages by number, the last ones if they are many: they are those near the budget."""
    front = result.frontier
    first = max(1, len(front) - _MOST_LISTED)
    permits = "additional permits" if result.planned.target.group is None else "additional permits of these"
    axes.text(
        _LIST, 1.02, f"Package, million yuan, points, {permits}", transform=axes.transAxes, va="bottom",
        fontsize=LABEL_SIZE, color=PALE_INK,
    )  # fmt: skip
    y = 1.0
    for number in range(first, len(front)):
        row = front.iloc[number]
        star = f"{_STAR} " if row["recommended"] else ""
        lines = wrapped(f"{star}{number}  {row['options']}", _LIST_WIDTH, LABEL_SIZE, most=2)
        lines.append(
            f"{millions(row['cost_cny'])}, {signed(row['points'])}, {signed(row['additional_permits'], 0)}"
            f" (near best: {decimal(100.0 * row['probability_near_best'], 0)} %)"
        )
        axes.text(
            _LIST, y, "\n".join(lines), transform=axes.transAxes, va="top", fontsize=LABEL_SIZE - 1.0, color=INK,
            linespacing=1.15,
        )  # fmt: skip
        y -= (len(lines) * 0.85 * LABEL_LINE + 0.06) / _HEIGHT


def _caption(result: Result) -> str:
    bars = f" Bars: {level(result)} intervals." if result.draws > 1 else ""
    return (
        "Dots: packages that none is better than at no more cost, joined by a line; circles: others judged; star: "
        f"the recommended package.{bars} {meant(result)} {how(result)} Costs and sizes are those of "
        f"{result.question.options.file.name}."
    )
