"""Output of `plan`: sentences, the terminal table, the scatter plot, files.

Every file is written atomically.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.table import Table

from takeup.analysis.optimise import OptimisationResult
from takeup.analysis.optimise.budget import round_to_fen
from takeup.analysis.optimise.search import NEAR_POINTS, Package, SearchSpace, count_packages
from takeup.analysis.uncertainty import interval_contents
from takeup.io import format_toml_table, quote_toml, whole_as_int, write_whole
from takeup.report.formatting import (
    CONFIDENCE,
    CREDIBLE,
    PERCENT,
    count,
    decimal,
    exact_yuan,
    interval,
    join_words,
    millions,
    month,
    plain_table,
    print_results,
    printable,
    replicates,
    rough,
    signed,
    signed_count,
    yuan,
)
from takeup.report.i18n import language_of
from takeup.report.plotting import INK, LABEL_LINE, LABEL_SIZE, PALE_INK, Margins, finalise, page, style_axes
from takeup.report.results_folder import results_writer, run_record, write_figure, write_json, write_tables
from takeup.report.typography import wrapped


def interval_level(result: OptimisationResult) -> str:
    """Return the level of the intervals, such as "90 %"."""
    return CREDIBLE if result.spec.drawn else CONFIDENCE


def population_phrase(result: OptimisationResult) -> str:
    """Describe the target population, such as "everyone" or "housing dormitory"."""
    target = result.trace.target
    if target.group is None:
        return "everyone"
    return f"{join_words(target.attribute)} {join_words(target.level)}"


def runs_phrase(result: OptimisationResult) -> str:
    """Describe the runs over which estimates are taken."""
    if result.spec.drawn:
        return f"{count(result.draws)} draws of the posterior"
    return f"{replicates(result.draws)} with the district's own values"


def render_frontier(result: OptimisationResult) -> Table:
    """Make the terminal table of the Pareto front; the recommended package is marked."""
    place = result.spec.district.population.name
    title = f"Packages on the Pareto front in {place}: {population_phrase(result)}, by {_until(result)}"
    table = plain_table(title, f"{interval_note(result)} {search_note(result)}", gap=1)
    table.add_column("", no_wrap=True)
    table.add_column("Package", overflow="fold")
    for header in ("CNY m", "Permits", "Points", f"{interval_level(result)} interval", "Near best"):
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
    return table


def headline_sentence(result: OptimisationResult) -> str:
    """Write the sentence on the recommended package, its cost, effect and uncertainty."""
    row, space = result.recommended, result.spec.space
    budget = f"{yuan(space.budget)} yuan"
    if not any(result.best):
        return f"Within {budget}, no evaluated package adds to take-up by {_until(result)}: buy nothing."
    range_text = interval(row["low"], row["high"], signed)
    among = "" if result.trace.target.group is None else f" among {population_phrase(result)}"
    share = decimal(PERCENT * row["probability_near_best"], 0)
    near_best = (
        f"in {share} % of {runs_phrase(result)} it is within {decimal(NEAR_POINTS, 0)} point of the best package "
        "known"
    )
    contents = interval_contents(drawn=result.spec.drawn)
    interval_text = f" ({range_text}, {contents})" if result.draws > 1 else ""
    return (
        f"Within {budget}, {row['options']} is best: for {yuan(row['cost_cny'])} yuan it adds about "
        f"{count(rough(row['additional_permits']))} valid permits{among} by {_until(result)}, "
        f"{signed(row['points'])} points{interval_text}; {near_best}."
    )


def cheaper_alternative(result: OptimisationResult) -> str:
    """Write the sentence on the cheapest package with nearly the same effect, or ""."""
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
    """Describe the estimates and intervals in the results of an optimisation."""
    if result.spec.drawn:
        text = (
            f"Medians over {runs_phrase(result)}, and the intervals that contain {CREDIBLE} of them: parameter "
            "uncertainty and Monte Carlo error, without uncertainty about the rules."
        )
    elif result.draws == 1:
        text = "One run with the district's own values: it shows neither Monte Carlo error nor parameter uncertainty."
    else:
        text = (
            f"Means over {runs_phrase(result)}, and {CONFIDENCE} intervals of these means (t distribution): Monte "
            "Carlo error alone, without parameter uncertainty."
        )
    each = result.spec.persons_per_agent
    persons = "" if each == 1.0 else f" Each simulated person represents {decimal(each)} persons of the district."
    near = f"the package is within {decimal(NEAR_POINTS, 0)} point of the best package"
    return f"{text}{persons} Near best: share of the runs in which {near}."


def search_note(result: OptimisationResult) -> str:
    """Describe the number of evaluated packages, the end of the search, and the race."""
    trace = result.trace
    number = count_packages(len(trace.packages))
    if trace.is_exhaustive:
        text = f"All {number} within the budget were evaluated"
    elif trace.has_converged:
        text = f"{number} were evaluated in a search; it stopped because no neighbour could improve the result"
    else:
        text = f"{number} were evaluated in a search, which stopped at the limit of --most"
    unit = "draws" if result.spec.drawn else "seeds"
    race = ", ".join(f"{packages:,} with {draws:,} {unit}" for draws, packages in trace.rounds)
    return f"{text}. Number of packages in each batch of the race: {race}."


def _until(result: OptimisationResult) -> str:
    return month(result.spec.ensemble.task.settings.until)


_HEIGHT: Final = 4.2
_MARGINS: Final = Margins(left=0.75, right=3.9, top=0.3, bottom=0.55)
_LIST_WIDTH: Final = 3.0
_LIST: Final = 1.15
"""Horizontal position of the list of packages, in widths of the axes."""
_MOST_LISTED: Final = 10
_MILLION: Final = 1_000_000
_STAR: Final = "★"


def plot_packages(result: OptimisationResult) -> Figure:
    """Make the scatter plot of cost and effect, with the Pareto front and the budget."""
    spec = result.spec
    place, until = spec.district.population.name, month(spec.ensemble.task.settings.until)
    sheet = page(f"Cost and effect of packages in {place} by {until}", _caption(result), _HEIGHT, _MARGINS)
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
    axes.axvline(spec.space.budget / _MILLION, color=PALE_INK, linewidth=1.1, linestyle=(0, (4, 2)), zorder=1)
    axes.set_xlim(left=-0.02 * max(spec.space.budget / _MILLION, cost.max()))
    axes.set_xlabel(f"Cost by {until}, million yuan (broken line: the budget, {yuan(spec.space.budget)} yuan)")
    axes.set_ylabel(f"Take-up of {population_phrase(result)}, percentage points compared with buying nothing")
    style_axes(axes)
    _annotate_numbers(axes, result)
    _list(axes, result)
    return finalise(sheet)


def _annotate_numbers(axes: Axes, result: OptimisationResult) -> None:
    """Number the packages on the Pareto front as in `_list`."""
    for number, (_, row) in enumerate(result.frontier.iterrows()):
        if number:  # the first package costs least: it is the empty package, which is not listed
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
    """List the packages on the front by number.

    If there are many, only the last ones are listed, which are nearest to the budget.
    """
    front = result.frontier
    first = max(1, len(front) - _MOST_LISTED)
    permits = "additional permits" if result.trace.target.group is None else "additional permits of these"
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
            f" (near best: {decimal(PERCENT * row['probability_near_best'], 0)} %)"
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
    bars = f" Bars: {interval_level(result)} intervals." if result.draws > 1 else ""
    return (
        "Dots: packages on the Pareto front (no package is better at no more cost), joined by a line; circles: other "
        f"evaluated packages; star: the recommended package.{bars} {interval_note(result)} {search_note(result)} "
        f"{result.spec.budget.sentence()} Costs and sizes are those of {result.spec.options.file.name}."
    )


PACKAGE: Final = "package.toml"
_MAX_TITLE_LENGTH: Final = 200


@results_writer
def write_optimisation(folder: Path, result: OptimisationResult) -> dict[str, Any]:
    """Write the results of an optimisation to a folder.

    The files are the table of packages, the plot, the recommended package as a scenario, and JSON files.
    """
    write_tables({"packages": result.table}, folder)
    write_figure(plot_packages(result), folder / "frontier.png")
    write_whole(folder / PACKAGE, package_scenario_toml(result.spec.space, result.best, headline_sentence(result)))
    write_json(_summary(result), folder / "summary.json")
    return _manifest(result)


def package_scenario_toml(space: SearchSpace, package: Package, comment: str) -> str:
    """Write a package as the text of a scenario file.

    The interventions are in the order of the plan file.

    Args:
        space: space of packages.
        package: package to write.
        comment: comment for the first line, without line breaks.
    """
    name = space.name(package)
    title = f"Package for {exact_yuan(round_to_fen(space.budget))} yuan: {name}"
    lines = [
        f"# {comment}",
        "",
        f"title = {quote_toml(title if len(title) <= _MAX_TITLE_LENGTH else title[: _MAX_TITLE_LENGTH - 1] + '…')}",
        f"question = {quote_toml(space.options.question)}",
        f"source = {quote_toml(space.options.source)}",
    ]
    for option, size in space.decode(package):
        lines += ["", f"# {option.name}, {size.name}: {printable(option.title)} ({option.status})"]
        for each in size.stated:
            table = each.intervention.model_dump(by_alias=True, exclude_defaults=True)
            lines += ["", format_toml_table(whole_as_int(table), "[[intervention]]").rstrip("\n")]
    return "\n".join(lines) + "\n"


def print_optimisation(result: OptimisationResult) -> None:
    """Print the results of an optimisation: Pareto front and sentences."""
    print_results(render_frontier(result), headline_sentence(result), cheaper_alternative(result))


def rerun_hint(result: OptimisationResult, folder: Path) -> str:
    """Write the command that compares the recommended package with the baseline.

    The comparison has the same draws and seeds as the optimisation.
    """
    spec = result.spec
    settings = spec.ensemble.task.settings
    options = {
        "--district": spec.district.option,
        "--agents": str(settings.agents),
        "--seed": str(settings.seed),
        "--draws" if spec.drawn else "--replicates": str(len(spec.ensemble.draws)),
        **({"--posterior": str(spec.posterior)} if spec.drawn else {}),
        "--until": settings.until,
    }
    overrides = [word for name, value in settings.parameters.items() for word in ("--set", f"{name}={value!r}")]
    words = [str(folder / PACKAGE), *(word for option in options.items() for word in option), *overrides]
    return f"takeup compare {shlex.join(words)}"


def _summary(result: OptimisationResult) -> dict[str, Any]:
    """Return the content of summary.json, in percentage points, permits and yuan."""
    spec, trace, row = result.spec, result.trace, result.recommended
    return {
        "said": headline_sentence(result),
        "cheaper": cheaper_alternative(result),
        "meant": interval_note(result),
        "how": search_note(result),
        "district": spec.district.population.name,
        "month": spec.ensemble.task.settings.until,
        "budget_cny": spec.space.budget,
        "budget": {
            **spec.budget.record,
            "said": spec.budget.sentence(),
            "said_zh": spec.budget.sentence(language_of("zh")),
        },
        "target": {
            "attribute": trace.target.attribute or None,
            "level": trace.target.level or None,
            "valid_share_if_nothing_is_bought": trace.target.share,
        },
        "recommended": {
            "options": [
                {"name": option.name, "size": size.name, "title": option.title, "status": option.status}
                for option, size in spec.space.decode(result.best)
            ],
            **row.drop(["options", "on_frontier", "within_budget", "recommended"]).to_dict(),
        },
        "near_best_points": NEAR_POINTS,
        "frontier": result.frontier.to_dict("records"),
        "packages_judged": len(trace.packages),
        "all_packages": trace.is_exhaustive,
        "search_ended": trace.has_converged,
        "rounds": [{"draws": draws, "packages": packages} for draws, packages in trace.rounds],
        "runs_are": "draws of the posterior" if spec.drawn else "replicates",
        "runs": result.draws,
        "persons_per_agent": spec.persons_per_agent,
    }


def _manifest(result: OptimisationResult) -> dict[str, Any]:
    """Return the content of manifest.json: all inputs needed to repeat the command."""
    spec = result.spec
    ensemble, options = spec.ensemble, spec.options
    return {
        **run_record(spec.district, spec.key),
        "posterior": ensemble.posterior or None,
        "budget_cny": spec.space.budget,
        "budget": spec.budget.record,
        "by": spec.by,
        "most": spec.most,
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
        "agents": ensemble.task.settings.agents,
        "from": ensemble.task.settings.start,
        "until": ensemble.task.settings.until,
    }
