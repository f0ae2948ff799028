"""Output of `plan`: the terminal table, the scenario of the package, and files.

Every file is written atomically.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any, Final

from rich.table import Table

from takeup.analysis.compare.ensemble import Ensemble
from takeup.analysis.optimise import OptimisationResult
from takeup.analysis.optimise.budget import round_to_fen
from takeup.analysis.optimise.plots import plot_packages
from takeup.analysis.optimise.search import NEAR_POINTS, Package, SearchSpace
from takeup.analysis.optimise.text import (
    cheaper_alternative,
    headline_sentence,
    interval_level,
    interval_note,
    month_reached,
    package_phrase,
    population_phrase,
    search_note,
)
from takeup.district import POSTERIOR, District
from takeup.io import format_toml_table, quote_toml, whole_as_int, write_whole
from takeup.report.formatting import (
    PERCENT,
    decimal,
    exact_yuan,
    plain_table,
    print_results,
    printable,
    signed,
    signed_count,
)
from takeup.report.i18n import ENGLISH, Language, language_of
from takeup.report.office import FurtherFiles, write_nothing
from takeup.report.results_folder import results_writer, run_record, write_figure, write_json, write_tables

PACKAGE: Final = "package.toml"
"""Name of the file with the recommended package or division as a scenario."""
_MAX_TITLE_LENGTH: Final = 200


def render_frontier(result: OptimisationResult, translate: Language = ENGLISH) -> Table:
    """Make the terminal table of the Pareto front; the recommended package is marked."""
    title = translate(
        "Packages on the Pareto front in {place}: {people}, by {month}",
        place=translate.place(result.spec.district.population),
        people=population_phrase(result, translate),
        month=month_reached(result, translate),
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
