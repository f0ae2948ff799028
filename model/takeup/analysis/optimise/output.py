"""Output of `plan`: sentences, the terminal table, the scatter plot, files.

Every file is written atomically.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any, Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.table import Table

from takeup.analysis.compare.ensemble import Ensemble
from takeup.analysis.optimise import OptimisationResult
from takeup.analysis.optimise.budget import round_to_fen
from takeup.analysis.optimise.search import EMPTY_PACKAGE, NEAR_POINTS, Package, SearchSpace
from takeup.analysis.uncertainty import interval_contents, replicates_phrase
from takeup.district import POSTERIOR, District
from takeup.io import format_toml_table, quote_toml, whole_as_int, write_whole
from takeup.report.formatting import (
    CONFIDENCE,
    CREDIBLE,
    PERCENT,
    count,
    decimal,
    exact_yuan,
    plain_table,
    print_results,
    printable,
    rough,
    signed,
    signed_count,
)
from takeup.report.i18n import ENGLISH, Language, language_of
from takeup.report.office import FurtherFiles, write_nothing
from takeup.report.plotting import INK, LABEL_LINE, LABEL_SIZE, PALE_INK, Margins, finalise, page, style_axes
from takeup.report.results_folder import results_writer, run_record, write_figure, write_json, write_tables
from takeup.report.typography import wrapped


def interval_level(result: OptimisationResult) -> str:
    """Return the level of the intervals, such as "90 %"."""
    return CREDIBLE if result.spec.drawn else CONFIDENCE


def population_phrase(result: OptimisationResult, translate: Language = ENGLISH) -> str:
    """Describe the target population, such as "everyone" or "housing: dormitory"."""
    target = result.trace.target
    if target.group is None:
        return translate("everyone")
    level = translate.level(result.spec.district.population, target.attribute, target.level)
    return translate("{attribute}: {level}", attribute=translate.words(target.attribute), level=level)


def runs_phrase(result: OptimisationResult, translate: Language = ENGLISH) -> str:
    """Describe the runs over which estimates are taken."""
    if result.spec.drawn:
        return translate("{number} draws of the posterior", number=count(result.draws))
    replicates = replicates_phrase(result.draws, translate)
    return translate("{replicates} with the district's own values", replicates=replicates)


def package_phrase(result: OptimisationResult, row: pd.Series, translate: Language = ENGLISH) -> str:
    """Describe the package of a row by the names of its options and sizes, or as nothing."""
    return translate("nothing") if row["options"] == EMPTY_PACKAGE else printable(str(row["options"]))


def render_frontier(result: OptimisationResult, translate: Language = ENGLISH) -> Table:
    """Make the terminal table of the Pareto front; the recommended package is marked."""
    title = translate(
        "Packages on the Pareto front in {place}: {people}, by {month}",
        place=translate.place(result.spec.district.population),
        people=population_phrase(result, translate),
        month=_until(result, translate),
    )
    notes = translate.join([interval_note(result, translate), search_note(result, translate)])
    table = plain_table(title, notes, gap=1)
    table.add_column("", no_wrap=True)
    table.add_column(translate("Package"), overflow="fold")
    near_best = translate("Near best")
    for header in (
        translate("CNY m"),
        translate("Permits"),
        translate("Points"),
        translate("{level} interval", level=interval_level(result)),
        near_best,
    ):
        table.add_column(header, justify="right", no_wrap=header != near_best)
    for number, (_, row) in enumerate(result.frontier.iterrows()):
        table.add_row(
            "→" if row["recommended"] else str(number) if number else "",
            package_phrase(result, row, translate),
            translate.in_large_unit(row["cost_cny"]),
            signed_count(row["additional_permits"]),
            signed(row["points"]),
            translate.interval(row["low"], row["high"], signed),
            f"{decimal(PERCENT * row['probability_near_best'], 0)} %",
            style="bold" if row["recommended"] else "",
        )
    return table


def headline_sentence(result: OptimisationResult, translate: Language = ENGLISH) -> str:
    """Write the sentence on the recommended package, its cost, effect and uncertainty."""
    row, budget = result.recommended, translate.yuan(result.spec.space.budget)
    until = _until(result, translate)
    if not any(result.best):
        return translate(
            "Within {budget} yuan, no evaluated package adds to take-up by {month}: buy nothing.",
            budget=budget,
            month=until,
        )
    permits = count(rough(row["additional_permits"]))
    effect = {
        "budget": budget,
        "package": row["options"],
        "cost": translate.yuan(row["cost_cny"]),
        "month": until,
        "points": signed(row["points"]),
        "interval": "" if result.draws == 1 else _interval_of_effect(result, translate),
        "share": decimal(PERCENT * row["probability_near_best"], 0),
        "runs": runs_phrase(result, translate),
        "near": decimal(NEAR_POINTS, 0),
    }
    if result.trace.target.group is None:
        return translate(
            "Within {budget} yuan, {package} is best: for {cost} yuan it adds about {permits} valid permits by "
            "{month}, {points} points{interval}; in {share} % of {runs} it is within {near} point of the best "
            "package known.",
            permits=permits,
            **effect,
        )
    return translate(
        "Within {budget} yuan, {package} is best: for {cost} yuan it adds about {permits} valid permits among "
        "{people} by {month}, {points} points{interval}; in {share} % of {runs} it is within {near} point of the "
        "best package known.",
        permits=permits,
        people=population_phrase(result, translate),
        **effect,
    )


def _interval_of_effect(result: OptimisationResult, translate: Language) -> str:
    """Format the interval of the recommended package's effect in brackets."""
    row = result.recommended
    return translate(
        " ({range}, {contents})",
        range=translate.interval(row["low"], row["high"], signed),
        contents=interval_contents(drawn=result.spec.drawn, translate=translate),
    )


def cheaper_alternative(result: OptimisationResult, translate: Language = ENGLISH) -> str:
    """Write the sentence on the cheapest package with nearly the same effect, or ""."""
    front, best = result.frontier, result.recommended
    near = front[(front["points"] >= best["points"] - NEAR_POINTS) & (front["cost_cny"] < best["cost_cny"])]
    if near.empty:
        return ""
    row = near.iloc[0]
    return translate(
        "Within {near} point of it, and cheaper: {package}, {cost} yuan, {points} points.",
        near=decimal(NEAR_POINTS, 0),
        package=package_phrase(result, row, translate),
        cost=translate.yuan(row["cost_cny"]),
        points=signed(row["points"]),
    )


def interval_note(result: OptimisationResult, translate: Language = ENGLISH) -> str:
    """Describe the estimates and intervals in the results of an optimisation."""
    runs = runs_phrase(result, translate)
    if result.spec.drawn:
        text = translate(
            "Medians over {runs}, and the intervals that contain 90\u00a0% of them: parameter uncertainty and Monte "
            "Carlo error, without uncertainty about the rules.",
            runs=runs,
        )
    elif result.draws == 1:
        text = translate(
            "One run with the district's own values: it shows neither Monte Carlo error nor parameter uncertainty."
        )
    else:
        text = translate(
            "Means over {runs}, and 95\u00a0% intervals of these means (t distribution): Monte Carlo error alone, "
            "without parameter uncertainty.",
            runs=runs,
        )
    each = result.spec.persons_per_agent
    persons = translate("Each simulated person represents {number} persons of the district.", number=decimal(each))
    near = translate(
        "Near best: share of the runs in which the package is within {near} point of the best package.",
        near=decimal(NEAR_POINTS, 0),
    )
    return translate.join([text, *([] if each == 1.0 else [persons]), near])


def search_note(result: OptimisationResult, translate: Language = ENGLISH) -> str:
    """Describe the number of evaluated packages, the end of the search, and the race."""
    trace = result.trace
    number = result.spec.space.number_phrase(len(trace.packages), translate)
    if trace.is_exhaustive:
        text = translate("All {packages} within the budget were evaluated.", packages=number)
    elif trace.has_converged:
        text = translate(
            "{packages} were evaluated in a search; it stopped because no neighbour could improve the result.",
            packages=number,
        )
    else:
        text = translate(
            "{packages} were evaluated in a search, which stopped at the limit of --most.", packages=number
        )
    batches = [_batch_phrase(result, draws, packages, translate) for draws, packages in trace.rounds]
    race = translate(
        "Number of packages in each batch of the race: {batches}.", batches=translate(", ").join(batches)
    )
    return translate.join([text, race])


def _batch_phrase(result: OptimisationResult, draws: int, packages: int, translate: Language) -> str:
    """Describe a batch of the race, such as "12 with 5 draws"."""
    numbers = {"packages": f"{packages:,}", "draws": f"{draws:,}"}
    if result.spec.drawn:
        return translate("{packages} with {draws} draws", **numbers)
    return translate("{packages} with {draws} seeds", **numbers)


def _until(result: OptimisationResult, translate: Language) -> str:
    return translate.month(result.spec.ensemble.task.settings.until)


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
    until = _until(result, translate)
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


PACKAGE: Final = "package.toml"
_MAX_TITLE_LENGTH: Final = 200


@results_writer
def write_optimisation(
    folder: Path,
    result: OptimisationResult,
    translate: Language = ENGLISH,
    write_further: FurtherFiles[OptimisationResult] = write_nothing,
) -> dict[str, Any]:
    """Write the results of an optimisation to a folder.

    The files are the table of packages, the plot, the recommended package as a scenario, and JSON files.

    Args:
        folder: folder of the results.
        result: result of the optimisation.
        translate: language of the plot.
        write_further: function that writes further files, see `office_writer`.
    """
    tables, figure = {"packages": result.table}, plot_packages(result, translate)
    write_tables(tables, folder)
    write_figure(figure, folder / translate.file_name("frontier.png"))
    write_further(folder, result, tables, {"frontier": figure})
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


def print_optimisation(result: OptimisationResult, translate: Language = ENGLISH) -> None:
    """Print the results of an optimisation: Pareto front and sentences."""
    print_results(
        render_frontier(result, translate),
        headline_sentence(result, translate),
        cheaper_alternative(result, translate),
    )


def compare_command(file: Path, district: District, ensemble: Ensemble, posterior: Path | None) -> str:
    """Write the command that compares the result of a plan with the baseline, in the same draws and seeds.

    Args:
        file: scenario file with the result.
        district: the district.
        ensemble: draws of the plan.
        posterior: file of the posterior; None if the runs are replicates.
    """
    settings = ensemble.task.settings
    options = {
        "--district": district.option,
        "--agents": str(settings.agents),
        "--seed": str(settings.seed),
        "--replicates" if posterior is None else "--draws": str(len(ensemble.draws)),
        **({} if posterior in {None, district.folder / POSTERIOR} else {"--posterior": str(posterior)}),
        "--until": settings.until,
    }
    overrides = [word for name, value in settings.parameters.items() for word in ("--set", f"{name}={value!r}")]
    words = [str(file), *(word for option in options.items() for word in option), *overrides]
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
