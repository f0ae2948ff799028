"""The best package under a budget, in plain words and as a table for the terminal.

Cost against what packages add: all that were judged, and the frontier of those that none is better than.

What `plan` leaves in its folder and says in the terminal. Every file appears whole or not at all.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from takeup.analysis.optimise import OptimisationResult
from takeup.analysis.optimise.result import package_scenario_toml
from takeup.analysis.optimise.search import NEAR_POINTS, count_sizes
from takeup.constants import PERCENT
from takeup.district import SHIPPED
from takeup.io import write_whole
from takeup.report.formatting import (
    count,
    decimal,
    interval,
    join_words,
    millions,
    month,
    printable,
    replicates,
    rough,
    signed,
    signed_count,
    yuan,
)
from takeup.report.manifest import command_line, library_versions
from takeup.report.plotting.style import INK, LABEL_LINE, LABEL_SIZE, PALE_INK, Margins, finalise, page, style_axes
from takeup.report.plotting.text import wrapped
from takeup.report.results_folder import results_writer, write_figure, write_json, write_tables


def level(result: OptimisationResult) -> str:
    """How much the intervals hold."""
    return "90\u00a0%" if result.question.drawn else "95\u00a0%"


def population_phrase(result: OptimisationResult) -> str:
    """Whose take-up counts: everyone's; or "of those with housing dormitory, the worst off"."""
    target = result.planned.target
    if target.group is None:
        return "everyone"
    return f"{join_words(target.attribute)} {join_words(target.level)}"


def runs(result: OptimisationResult) -> str:
    """What estimates are taken over."""
    if result.question.drawn:
        return f"{count(result.draws)} draws of the posterior"
    return f"{replicates(result.draws)} under the district's own values"


def render_frontier(result: OptimisationResult) -> Table:
    """The packages that none is better than at no more cost; the recommended one is marked."""
    place = result.question.district.population.name
    title = f"What money buys in {place}: {population_phrase(result)}, by {_until(result)}"
    table = Table(title=Text(printable(title)), title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.pad_edge, table.caption_justify = False, "left"
    table.add_column("", no_wrap=True)
    table.add_column("Package", overflow="fold")
    for header in ("CNY m", "Permits", "Points", f"{level(result)} interval", "Near best"):
        table.add_column(header, justify="right", no_wrap=header != "Near best")
    for number, (_, row) in enumerate(result.frontier.iterrows()):
        table.add_row(
            "→" if row["recommended"] else str(number) if number else "",
            printable(str(row["options"])),
            millions(row["cost_cny"]),
            signed_count(row["additional_permits"]),
            signed(row["points"]),
            interval(row["low"], row["high"], signed),
            f"{decimal(PERCENT * row['probability_near_best'], 0)} %",
            style="bold" if row["recommended"] else "",
        )
    table.caption = f"{interval_note(result)} {search_note(result)}"
    return table


def headline_sentence(result: OptimisationResult) -> str:
    """One sentence: what to buy, what it costs and adds, and how sure that is."""
    row, space = result.recommended, result.question.space
    budget = f"{yuan(space.budget)} yuan"
    if not any(result.best):
        return f"Within {budget}, no package judged adds to take-up by {_until(result)}: buy nothing."
    within = interval(row["low"], row["high"], signed)
    among = "" if result.planned.target.group is None else f" among {population_phrase(result)}"
    chance = decimal(PERCENT * row["probability_near_best"], 0)
    sure = f"in {chance} % of {runs(result)} it is within {decimal(NEAR_POINTS, 0)} point of the best package known"
    said = f" ({level(result)} interval {within})" if result.draws > 1 else ""
    return (
        f"Within {budget}, {row['options']} is best: for {yuan(row['cost_cny'])} yuan it adds about "
        f"{count(rough(row['additional_permits']))} valid permits{among} by {_until(result)}, "
        f"{signed(row['points'])} points{said}; {sure}."
    )


def cheaper_alternative(result: OptimisationResult) -> str:
    """A cheaper package that does nearly as well, if there is one; empty if not."""
    front, best = result.frontier, result.recommended
    near = front[(front["points"] >= best["points"] - NEAR_POINTS) & (front["cost_cny"] < best["cost_cny"])]
    if near.empty:
        return ""
    row = near.iloc[0]
    return (
        f"Within {decimal(NEAR_POINTS, 0)} point of it, and cheaper: {row['options']}, {yuan(row['cost_cny'])} yuan, "
        f"{signed(row['points'])} points."
    )


def interval_note(result: OptimisationResult) -> str:
    """What numbers and intervals are."""
    if result.question.drawn:
        spread = (
            f"Medians over {runs(result)}, and the intervals that hold 90\u00a0% of them: what the district's "
            "figures leave open of the parameters, and chance, not doubt about the rules."
        )
    elif result.draws == 1:
        spread = "One run under the district's own values: neither chance nor doubt about parameters is shown."
    else:
        spread = (
            f"Means over {runs(result)}, and 95\u00a0% intervals of these means (t distribution): chance alone, not "
            "doubt about parameters."
        )
    each = result.question.persons_per_agent
    persons = "" if each == 1.0 else f" Each simulated person stands for {decimal(each)} of the district."
    return f"{spread}{persons} Near best: share of them within {decimal(NEAR_POINTS, 0)} point of the best."


def search_note(result: OptimisationResult) -> str:
    """How the packages were gone through."""
    planned = result.planned
    number = count_sizes(len(planned.packages))
    if planned.is_all:
        found = f"All {number} within the budget were judged"
    elif planned.ended:
        found = f"{number} were judged in a search, until none gave hope of more"
    else:
        found = f"{number} were judged in a search, which --most ended"
    race = ", ".join(f"{packages:,} in {draws:,}" for draws, packages in planned.rounds)
    return f"{found}; lived to the end of the race (packages in draws): {race}."


def _until(result: OptimisationResult) -> str:
    return month(result.question.ensemble.task.until)


_HEIGHT: Final = 4.2
_MARGINS: Final = Margins(left=0.75, right=3.9, top=0.3, bottom=0.55)
_LIST_WIDTH: Final = 3.0
_LIST: Final = 1.15
"""Where the list of packages begins, in widths of the axes."""
_MOST_LISTED: Final = 10
_MILLION: Final = 1_000_000
_STAR: Final = "★"


def plot_packages(result: OptimisationResult) -> Figure:
    """Every package judged, the frontier with its intervals, the budget, and the recommended package."""
    question = result.question
    place, until = question.district.population.name, month(question.ensemble.task.until)
    sheet = page(f"What money buys in {place} by {until}", _caption(result), _HEIGHT, _MARGINS)
    axes = sheet.axes()
    table, front = result.table, result.frontier
    others = table[~table["on_frontier"]]
    axes.plot(
        others["cost_cny"] / _MILLION,
        others["points"],
        linestyle="",
        marker="o",
        markersize=3.5,
        color="white",
        markeredgecolor=PALE_INK,
        markeredgewidth=0.7,
        zorder=2,
    )
    cost, points = front["cost_cny"].to_numpy() / _MILLION, front["points"].to_numpy()
    axes.step(cost, points, where="post", color=INK, linewidth=1.3, zorder=3)
    if result.draws > 1:
        axes.vlines(cost, front["low"], front["high"], color=INK, linewidth=1.0, zorder=3)
    axes.plot(cost, points, linestyle="", marker="o", markersize=5.0, color=INK, zorder=4)
    best = result.recommended
    axes.plot(
        [best["cost_cny"] / _MILLION],
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
    axes.axvline(question.space.budget / _MILLION, color=PALE_INK, linewidth=1.1, linestyle=(0, (4, 2)), zorder=1)
    axes.set_xlim(left=-0.02 * max(question.space.budget / _MILLION, cost.max()))
    axes.set_xlabel(f"Cost by {until}, million yuan (broken line: the budget, {yuan(question.space.budget)} yuan)")
    axes.set_ylabel(f"Take-up of {population_phrase(result)}, percentage points more than if nothing is bought")
    style_axes(axes)
    _number(axes, result)
    _list(axes, result)
    return finalise(sheet)


def _number(axes: Axes, result: OptimisationResult) -> None:
    for number, (_, row) in enumerate(result.frontier.iterrows()):
        if number:
            axes.annotate(
                str(number),
                (row["cost_cny"] / _MILLION, row["points"]),
                (4, -9),
                textcoords="offset points",
                fontsize=LABEL_SIZE,
                color=INK,
                zorder=6,
            )


def _list(axes: Axes, result: OptimisationResult) -> None:
    """The frontier's packages by number, the last ones if they are many: they are those near the budget."""
    front = result.frontier
    first = max(1, len(front) - _MOST_LISTED)
    permits = "additional permits" if result.planned.target.group is None else "additional permits of these"
    axes.text(
        _LIST,
        1.02,
        f"Package, million yuan, points, {permits}",
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
            f"{millions(row['cost_cny'])}, {signed(row['points'])}, {signed(row['additional_permits'], 0)}"
            f" (near best: {decimal(100.0 * row['probability_near_best'], 0)} %)"
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


def _caption(result: OptimisationResult) -> str:
    bars = f" Bars: {level(result)} intervals." if result.draws > 1 else ""
    return (
        "Dots: packages that none is better than at no more cost, joined by a line; circles: others judged; star: "
        f"the recommended package.{bars} {interval_note(result)} {search_note(result)} Costs and sizes are those of "
        f"{result.question.options.file.name}."
    )


PACKAGE: Final = "package.toml"


@results_writer
def write_optimisation(folder: Path, result: OptimisationResult) -> None:
    """Write the packages, the figure, the recommended package as a scenario file, summary.json and manifest.json."""
    write_tables({"packages": result.table}, folder)
    write_figure(plot_packages(result), folder / "frontier.png")
    write_whole(
        folder / PACKAGE, package_scenario_toml(result.question.space, result.best, headline_sentence(result))
    )
    write_json(_summary(result), folder / "summary.json")
    write_json(_manifest(result), folder / "manifest.json")


def print_optimisation(result: OptimisationResult, folder: Path) -> None:
    """Say it in the terminal."""
    console = Console()
    console.print(render_frontier(result))
    for said in (headline_sentence(result), cheaper_alternative(result)):
        if said:
            console.print(said, markup=False, highlight=False)
    console.print(f"Written: {folder}", soft_wrap=True, markup=False, highlight=False)
    console.print(f"Try: {rerun_hint(result, folder)}", soft_wrap=True, markup=False, highlight=False)


def rerun_hint(result: OptimisationResult, folder: Path) -> str:
    """The command that compares the recommended package with the baseline under the same draws and seeds."""
    question = result.question
    task, place = question.ensemble.task, question.district
    options = {
        "--district": place.name if place.folder.parent == SHIPPED else str(place.folder),
        "--agents": str(task.agents),
        "--seed": str(task.seed),
        "--draws" if question.drawn else "--replicates": str(len(question.ensemble.draws)),
        **({"--posterior": str(question.posterior)} if question.drawn else {}),
        "--until": task.until,
    }
    settings = [word for name, value in task.parameters for word in ("--set", f"{name}={value!r}")]
    words = [str(folder / PACKAGE), *(word for option in options.items() for word in option), *settings]
    return f"takeup compare {shlex.join(words)}"


def _summary(result: OptimisationResult) -> dict[str, Any]:
    """What was found: points of take-up, permits of the district, yuan."""
    question, planned, row = result.question, result.planned, result.recommended
    return {
        "said": headline_sentence(result),
        "cheaper": cheaper_alternative(result),
        "meant": interval_note(result),
        "how": search_note(result),
        "district": question.district.population.name,
        "month": question.ensemble.task.until,
        "budget_cny": question.space.budget,
        "target": {
            "attribute": planned.target.attribute or None,
            "level": planned.target.level or None,
            "valid_share_if_nothing_is_bought": planned.target.share,
        },
        "recommended": {
            "options": [
                {"name": option.name, "size": size.name, "title": option.title, "status": option.status}
                for option, size in question.space.chosen(result.best)
            ],
            **row.drop(["options", "on_frontier", "within_budget", "recommended"]).to_dict(),
        },
        "near_best_points": NEAR_POINTS,
        "frontier": result.frontier.to_dict("records"),
        "packages_judged": len(planned.packages),
        "all_packages": planned.is_all,
        "search_ended": planned.ended,
        "rounds": [{"draws": draws, "packages": packages} for draws, packages in planned.rounds],
        "runs_are": "draws of the posterior" if question.drawn else "replicates",
        "runs": result.draws,
        "persons_per_agent": question.persons_per_agent,
    }


def _manifest(result: OptimisationResult) -> dict[str, Any]:
    """All that is needed to repeat it, and nothing of when and where it was made."""
    question = result.question
    ensemble, options = question.ensemble, question.options
    return {
        "command": command_line(),
        "key": question.key,
        "versions": library_versions(),
        "district": {"name": question.district.name, "sha256": question.district.digest},
        "posterior": ensemble.posterior or None,
        "budget_cny": question.space.budget,
        "by": question.by,
        "most": question.most,
        "options": [
            {
                "name": option.name,
                "title": option.title,
                "source": option.source,
                "status": option.status,
                "excludes": sorted(option.excludes),
                "needs": sorted(option.needs),
                "sizes": {
                    size.name: [
                        each.intervention.model_dump(by_alias=True, exclude_none=True) for each in size.stated
                    ]
                    for size in option.sizes
                },
            }
            for option in options.each
        ],
        "runs": [
            {"seed": ensemble.runs[draw].seed, "parameters": parameters}
            for draw, parameters in enumerate(ensemble.draws)
        ],
        "failed": [{"draw": draw, "error": error} for draw, error in result.failed.items()],
        "agents": ensemble.task.agents,
        "from": ensemble.task.start,
        "until": ensemble.task.until,
    }
