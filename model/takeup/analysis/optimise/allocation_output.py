"""Output of `plan --measures`: sentences, terminal tables, the figure and files.

Every file is written atomically.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pandas as pd
from matplotlib.figure import Figure
from rich.table import Table

from takeup.analysis.optimise.allocation_plan import AllocationResult
from takeup.analysis.optimise.budget import round_to_fen
from takeup.analysis.optimise.output import PACKAGE
from takeup.analysis.uncertainty import replicates_phrase
from takeup.district import SET, Parameter
from takeup.io import format_toml_table, quote_toml, whole_as_int, write_whole
from takeup.report.formatting import (
    CONFIDENCE,
    CREDIBLE,
    NOTHING,
    PERCENT,
    amount,
    count,
    decimal,
    exact_yuan,
    plain_table,
    print_results,
    signed,
)
from takeup.report.i18n import ENGLISH, Language
from takeup.report.office import FurtherFiles, write_nothing
from takeup.report.plotting import INK, PALE_INK, Margins, finalise, page, style_axes
from takeup.report.results_folder import results_writer, run_record, write_figure, write_json, write_tables
from takeup.scenario import delivery_of

_MARGINS: Final = Margins(left=0.75, right=0.4, top=0.3, bottom=0.55)
_HEIGHT: Final = 3.8


def runs_phrase(result: AllocationResult, translate: Language = ENGLISH) -> str:
    """Describe the runs over which estimates are taken."""
    if result.plan.drawn:
        return translate("{number} draws of the posterior", number=count(result.draws))
    return translate("{replicates} at one parameter vector", replicates=replicates_phrase(result.draws, translate))


def population_phrase(result: AllocationResult, translate: Language = ENGLISH) -> str:
    """Describe the target population, such as "everyone" or "housing: dormitory"."""
    if result.target.group is None:
        return translate("everyone")
    level = translate.level(result.plan.district.population, result.target.attribute, result.target.level)
    return translate("{attribute}: {level}", attribute=translate.words(result.target.attribute), level=level)


def division_phrase(result: AllocationResult, row: pd.Series, translate: Language = ENGLISH) -> str:
    """Describe the division of a row in the words of an office, with amounts per year."""
    parts = [
        f"{translate.measure(measure)} {translate.yuan(row[f'yuan_per_year_{measure.name}'])}"
        for measure in result.plan.space.measures
        if row[f"yuan_per_year_{measure.name}"] > 0.0
    ]
    return " + ".join(parts) or translate("nothing")


def headline_sentence(result: AllocationResult, translate: Language = ENGLISH) -> str:
    """Write the sentence on the best division, its effect and its uncertainty."""
    row = result.alternatives.iloc[0]
    return translate(
        "Best division of {budget} yuan per year: {division}. By {month} it adds {points} points to the take-up of "
        "{people} (90 % interval {interval}), and it is the best of these alternatives in {share} % of {runs}.",
        budget=translate.exact_yuan(round_to_fen(result.plan.budget.per_year)),
        division=division_phrase(result, row, translate),
        month=translate.month(result.plan.until),
        points=signed(row["points"]),
        people=population_phrase(result, translate),
        interval=translate.interval(row["low"], row["high"], signed),
        share=decimal(PERCENT * row["probability_best"], 0),
        runs=runs_phrase(result, translate),
    )


def error_sentence(result: AllocationResult, translate: Language = ENGLISH) -> str:
    """State how much better another evaluated division may be, or "" with one run."""
    if result.draws == 1:
        return ""
    return translate(
        "The search evaluated {number} divisions; with 95 % confidence none of them is better by more than {error} "
        "points in the mean.",
        number=count(result.searched),
        error=decimal(max(result.error, 0.01), 2),
    )


def interval_note(result: AllocationResult, translate: Language = ENGLISH) -> str:
    """Describe what the intervals contain."""
    if result.plan.drawn:
        return translate(
            "Medians over {runs}, and intervals that contain 90 % of them: uncertainty of the parameters and of the "
            "measures' costs and responses, and Monte Carlo error.",
            runs=runs_phrase(result, translate),
        )
    return translate(
        "One parameter vector; parameter uncertainty not included. Means over {runs}, and 95 % intervals of these "
        "means: Monte Carlo error alone.",
        runs=runs_phrase(result, translate),
    )


def assumed_sentence(result: AllocationResult, translate: Language = ENGLISH) -> str:
    """State how many of the measures' numbers are assumed."""
    numbers = result.plan.numbers
    return translate(
        "{assumed} of the {number} numbers of these measures are assumed; the result follows from them:",
        assumed=sum(number.status == "assumed" for number in numbers),
        number=len(numbers),
    )


def set_sentence(result: AllocationResult, translate: Language = ENGLISH) -> str:
    """List the numbers of the measures that are set for these runs; "" if there are none."""
    names = [number.name for number in result.plan.numbers if number.status == SET]
    if not names:
        return ""
    return translate("Set for this run: {names}.", names=translate(", ").join(names))


def render_alternatives(result: AllocationResult, translate: Language = ENGLISH) -> Table:
    """Make the terminal table of the best division and the alternatives with the same budget."""
    title = translate(
        "Alternatives in {place} by {month}, best division first",
        place=translate.place(result.plan.district.population),
        month=translate.month(result.plan.until),
    )
    table = plain_table(title, interval_note(result, translate), gap=1)
    table.add_column(translate("Yuan per year"), overflow="fold")
    for header in (
        translate("Points"),
        translate("{level} interval", level=CREDIBLE if result.plan.drawn else CONFIDENCE),
        translate("Best in"),
        translate("Regret"),
        translate("Yuan per permit"),
    ):
        table.add_column(header, justify="right", no_wrap=header != translate("Yuan per permit"))
    for _, row in result.alternatives.iterrows():
        table.add_row(
            division_phrase(result, row, translate),
            signed(row["points"]),
            translate.interval(row["low"], row["high"], signed),
            f"{decimal(PERCENT * row['probability_best'], 0)} %",
            decimal(row["expected_regret"], 2),
            translate.yuan(row["cost_per_permit"]) if row["cost_per_permit"] < float("inf") else NOTHING,
        )
    return table


def render_reach(result: AllocationResult, translate: Language = ENGLISH) -> Table:
    """Make the terminal table of the people whom the best division reaches."""
    plan = result.plan
    parameters = plan.district.parameters.override(plan.ensemble.task.settings.parameters)
    table = plain_table(translate("What the best division buys"), gap=1)
    table.add_column(translate("Measure"), overflow="fold")
    for header in (translate("Yuan per year"), translate("People reached per month"), translate("Of")):
        table.add_column(header, justify="right")
    for measure, per_year in plan.space.decode(result.best):
        delivery = delivery_of(measure, per_year / 12, plan.space.first, plan.district, parameters)
        table.add_row(
            translate.measure(measure),
            translate.exact_yuan(round_to_fen(per_year)),
            count(delivery.share * delivery.people),
            count(delivery.people),
        )
    return table


def render_frontier(result: AllocationResult, translate: Language = ENGLISH) -> Table:
    """Make the terminal table of the frontier."""
    table = plain_table(translate("Frontier: best division of parts of the budget"), gap=1)
    for header in (translate("Budget per year"), translate("Points"), translate("Interval")):
        table.add_column(header, justify="right", no_wrap=True)
    table.add_column(translate("Yuan per year"), overflow="fold")
    for _, row in result.frontier.iterrows():
        table.add_row(
            translate.yuan(row["yuan_per_year"]),
            signed(row["points"]),
            translate.interval(row["low"], row["high"], signed),
            division_phrase(result, row, translate),
        )
    return table


def render_assumed(result: AllocationResult, translate: Language = ENGLISH) -> Table:
    """Make the terminal table of the measures' numbers that are assumed."""
    table = plain_table(assumed_sentence(result, translate), gap=1)
    for header in (translate("Number"), translate("Value"), translate("Range"), translate("Unit")):
        table.add_column(header, overflow="fold", no_wrap=header == translate("Number"))
    for number in result.plan.numbers:
        if number.status == "assumed":
            table.add_row(*_cells(number, translate))
    return table


def _cells(number: Parameter, translate: Language) -> tuple[str, str, str, str]:
    name = number.name.partition(".")[2]
    ends = translate.interval(number.low, number.high, amount)
    return name, amount(number.value), ends, translate.words(number.unit)


def print_allocation(result: AllocationResult, translate: Language = ENGLISH) -> None:
    """Print the results of a plan over measures."""
    print_results(
        headline_sentence(result, translate),
        render_alternatives(result, translate),
        error_sentence(result, translate),
        render_reach(result, translate),
        render_frontier(result, translate),
        render_assumed(result, translate),
        set_sentence(result, translate),
    )


def plot_frontier(result: AllocationResult, translate: Language = ENGLISH) -> Figure:
    """Plot the effect of the best division against the budget, with intervals, and the alternatives."""
    plan, frontier = result.plan, result.frontier
    title = translate(
        "Budget and effect of measures in {place} by {month}",
        place=translate.place(plan.district.population),
        month=translate.month(plan.until),
    )
    caption = translate.join(
        (
            translate(
                "Line: best division of each budget, with intervals; circles: alternatives with the whole budget."
            ),
            interval_note(result, translate),
            plan.budget.sentence(translate),
        )
    )
    sheet = page(title, caption, _HEIGHT, _MARGINS)
    axes = sheet.axes()
    money = frontier["yuan_per_year"].to_numpy() / translate.large_unit
    if result.draws > 1:
        axes.vlines(money, frontier["low"], frontier["high"], color=INK, linewidth=1.0)
    axes.plot([0.0, *money], [0.0, *frontier["points"]], color=INK, marker="o", markersize=5.0, linewidth=1.3)
    others = result.alternatives.iloc[1:]
    axes.plot(
        others["yuan_per_year"] / translate.large_unit,
        others["points"],
        linestyle="",
        marker="o",
        markersize=5.0,
        color="white",
        markeredgecolor=PALE_INK,
    )
    axes.axhline(0.0, color=INK, linewidth=1.1, zorder=1)
    axes.set_xlabel(translate("Budget per year, million yuan"))
    axes.set_ylabel(translate("Take-up, percentage points compared with buying nothing"))
    style_axes(axes)
    return finalise(sheet)


@results_writer
def write_allocation(
    folder: Path,
    result: AllocationResult,
    translate: Language = ENGLISH,
    write_further: FurtherFiles[AllocationResult] = write_nothing,
) -> dict[str, Any]:
    """Write the results of a plan over measures to a folder.

    Args:
        folder: folder of the results.
        result: result of the plan.
        translate: language of the figure.
        write_further: function that writes further files, see `office_writer`.
    """
    tables = {"alternatives": result.alternatives, "frontier": result.frontier}
    figure = plot_frontier(result, translate)
    write_tables(tables, folder)
    write_figure(figure, folder / translate.file_name("frontier.png"))
    write_further(folder, result, tables, {"frontier": figure})
    write_whole(folder / PACKAGE, scenario_toml(result))
    write_json(_summary(result), folder / "summary.json")
    plan = result.plan
    return {
        **run_record(plan.district, plan.key),
        **plan.record,
        "numbers": [
            {"name": each.name, "value": each.value, "low": each.low, "high": each.high, "status": each.status}
            for each in plan.numbers
        ],
        "failed": [{"draw": draw, "error": error} for draw, error in result.failed.items()],
    }


def scenario_toml(result: AllocationResult) -> str:
    """Write the best division as the text of a scenario file."""
    scenario = result.plan.space.scenario(result.best)
    budget = exact_yuan(round_to_fen(result.plan.budget.per_year))
    head = [
        f"# {headline_sentence(result)}",
        "",
        f"title = {quote_toml(f'Best division of {budget} yuan per year')}",
        'source = "takeup plan --measures; costs and responses of the measures are those of measures.toml"',
    ]
    tables = [
        format_toml_table(
            whole_as_int(stated.purchase.model_dump(by_alias=True, exclude_none=True)), "[[measure]]"
        ).rstrip("\n")
        for stated in scenario.purchases
    ]
    return "\n".join(head) + "\n\n" + "\n\n".join(tables) + "\n"


def _summary(result: AllocationResult) -> dict[str, Any]:
    plan = result.plan
    return {
        "said": headline_sentence(result),
        "error": error_sentence(result),
        "meant": interval_note(result),
        "assumed": assumed_sentence(result),
        "district": plan.district.population.name,
        "month": plan.until,
        "budget": {**plan.budget.record, "said": plan.budget.sentence()},
        "best": {measure.name: per_year for measure, per_year in plan.space.decode(result.best)},
        "error_points": result.error,
        "target": {
            "attribute": result.target.attribute or None,
            "level": result.target.level or None,
            "valid_share_if_nothing_is_bought": result.target.share,
        },
        "alternatives": result.alternatives.to_dict("records"),
        "frontier": result.frontier.to_dict("records"),
        "runs_are": "draws of the posterior" if plan.drawn else "replicates",
        "runs": result.draws,
        "persons_per_agent": plan.persons_per_agent,
    }
