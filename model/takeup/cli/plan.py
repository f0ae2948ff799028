"""`takeup plan`: the best package, or the best division among measures, of a budget."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from takeup.analysis.optimise import OptimisationSpec, read_options, summarise_optimisation
from takeup.analysis.optimise.allocation_output import print_allocation, write_allocation
from takeup.analysis.optimise.allocation_plan import AllocationPlan, AllocationResult
from takeup.analysis.optimise.office import division_texts, package_texts
from takeup.analysis.optimise.output import PACKAGE, compare_command, print_optimisation, write_optimisation
from takeup.analysis.optimise.search import PACKAGES_PER_BATCH
from takeup.console import options
from takeup.console.language import choose_language
from takeup.console.office import further_files
from takeup.console.overrides import Overrides, agents_of, run_settings
from takeup.console.progress import open_runner, print_folder
from takeup.district import POSTERIOR, District, Posterior, load_district, read_posterior
from takeup.errors import InputError
from takeup.limits import MAX_DRAWS, MAX_PACKAGES, validate_int, validate_month, validate_period
from takeup.message import Message
from takeup.months import END, START
from takeup.report.formatting import print_results
from takeup.report.i18n import Language
from takeup.report.office import FurtherFiles
from takeup.scenario.packages import PLAN

_BEST: Final = "What to optimise"

_DRAWS, _REPLICATES, _AGENTS, _MOST = 30, 8, 24_000, 300
_MEASURE_DRAWS, _MEASURE_AGENTS = 60, 6_000
"""Defaults with --measures: three measures take less than a minute on two processors."""
_SPENDING_FROM: Final = "2019-03"
"""First month of the spending on measures, as in the shipped scenarios."""
_TARGETS: Final = ("total", "worst-off")


def plan(
    budget: Annotated[
        float,
        options.number_option(
            "--budget",
            "Set the budget for costs up to --until, in yuan, such as 3000000, 3,000,000, 3m or 300万.",
            metavar="CNY",
            parser=options.parse_money,
            panel=_BEST,
        ),
    ],
    per_year: Annotated[
        bool,
        typer.Option(
            "--per-year",
            help="Interpret --budget as an amount per year, from the first month of any option to --until.",
            rich_help_panel=_BEST,
        ),
    ] = False,
    measures: Annotated[
        bool,
        typer.Option(
            "--measures",
            help="Divide the budget among the district's measures, in amounts of any size.",
            rich_help_panel=_BEST,
        ),
    ] = False,
    measure: Annotated[
        list[str] | None,
        typer.Option(
            "--measure",
            metavar="NAME",
            help="Divide the budget among these measures only; may be repeated, and implies --measures.",
            rich_help_panel=_BEST,
        ),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="YYYY-MM",
            help=f"Set the first month of the spending on measures (default: {_SPENDING_FROM}).",
            rich_help_panel=_BEST,
        ),
    ] = None,
    plan_file: Annotated[
        Path | None,
        typer.Option(
            "--plan",
            metavar="FILE.toml",
            help="Read the options from this file (default: the district's plan.toml).",
            rich_help_panel=_BEST,
        ),
    ] = None,
    target: Annotated[
        str,
        typer.Option(
            "--target",
            metavar="total|worst-off",
            help="Maximise total take-up, or that of the worst-off group.",
            rich_help_panel=_BEST,
        ),
    ] = "total",
    by: Annotated[
        str | None,
        typer.Option(
            "--by",
            metavar="ATTRIBUTE",
            help="Set the attribute (or `street`) whose groups --target worst-off compares.",
            rich_help_panel=_BEST,
        ),
    ] = None,
    draws: Annotated[
        int | None,
        options.number_option(
            "--draws", "Run N draws of the posterior (default: 30 if the district has one; 60 with measures)."
        ),
    ] = None,
    posterior: options.PosteriorFile = None,
    point: Annotated[
        bool,
        typer.Option(
            "--point",
            help="Run replicates at one parameter vector; parameter uncertainty is not included.",
            rich_help_panel=options.SIZE,
        ),
    ] = False,
    replicates: Annotated[
        int | None,
        options.number_option(
            "--replicates",
            "Run N random seeds with the district's parameter values instead of draws (default: 8 if it has no "
            "posterior).",
        ),
    ] = None,
    most: Annotated[
        int,
        options.number_option(
            "--most", "Evaluate all packages if there are at most N, and otherwise search among them with at most N."
        ),
    ] = _MOST,
    district: options.DistrictName = "liwan",
    agents: Annotated[
        int | None,
        options.number_option(
            "--agents", "Set the number of simulated migrants (default: 24,000; 6,000 with measures)."
        ),
    ] = None,
    seed: options.Seed = 1,
    until: options.UntilMonth = END,
    settings: options.Set = None,
    parameters: options.ParametersFile = None,
    engine: options.EngineName = "compiled",
    threads: options.Threads = 1,
    workers: options.Workers = None,
    cluster: options.Cluster = None,
    language: options.LanguageCode = None,
    labels: options.Labels = None,
    office: options.Office = False,
    out: options.Out = None,
    quiet: options.Quiet = False,
) -> None:
    """Find the package, or the division among measures, that adds most permits within a budget.

    With --measures, the budget is divided among what an office can buy, see `takeup measures`. If interrupted, run
    the same command again to resume.

    Example:
        takeup plan --measures --budget 3m --per-year
    """
    translate = choose_language(language)
    validate_period(START, until, None)
    _check_target(target, by)
    has_measures = measures or bool(measure)
    _check_combination(plan_file, start, draws, posterior, has_measures=has_measures, point=point)
    place = load_district(district)
    if point and replicates is None:
        replicates = _REPLICATES
    drawn = _posterior(place, draws, posterior, replicates)
    if drawn is not None:
        most_draws = _MEASURE_DRAWS if has_measures else _DRAWS
        number = min(most_draws, len(drawn.draws)) if draws is None else draws
    else:
        number = _REPLICATES if replicates is None else replicates
    values = Overrides(settings, parameters)
    seed, _ = options.seed_and_replicates(seed, 1 if replicates is None else replicates)
    if agents is None:
        agents = min(_MEASURE_AGENTS if has_measures else _AGENTS, place.population.most)
    agents = agents_of(place, agents, values)
    run = run_settings(values, agents=agents, seed=seed, until=until, engine=engine, threads=threads)
    if has_measures:
        allocation = AllocationPlan.of(
            place,
            measure or [],
            budget,
            run,
            first=_SPENDING_FROM if start is None else start,
            posterior=drawn,
            draws=number,
            by=by,
            per_year=per_year,
        )
        writer = further_files(division_texts, translate, labels, office=office)
        _divide(allocation, out, workers, cluster, translate, writer, quiet=quiet)
        return
    spec = OptimisationSpec.of(
        place,
        read_options(_file(place, plan_file)),
        budget,
        run,
        posterior=drawn,
        draws=number,
        by=by,
        per_year=per_year,
        most=validate_int(most, "--most", PACKAGES_PER_BATCH, MAX_PACKAGES),
    )
    folder = options.results_folder(out, f"plan-{spec.key}")
    if not quiet:
        print_results(spec.budget.sentence(translate))
    title, jobs = translate("Simulating packages"), number * most
    with open_runner(folder, title, 1, jobs, workers, cluster, quiet=quiet, translate=translate) as (
        runner,
        show_progress,
    ):
        trace = spec.run(runner, show_progress, translate)
    result = summarise_optimisation(spec, trace)
    write_further = further_files(package_texts, translate, labels, office=office)
    write_optimisation(folder, result, translate, write_further)
    if not quiet:
        print_optimisation(result, translate)
        print_folder(folder, translate)
        command = compare_command(folder / PACKAGE, place, spec.ensemble, spec.posterior)
        typer.echo(translate("Try: {command}", command=command))
    _report_failures(result.failed, translate)


def _divide(
    plan: AllocationPlan,
    out: Path | None,
    workers: int | None,
    cluster: str | None,
    translate: Language,
    write_further: FurtherFiles[AllocationResult],
    *,
    quiet: bool,
) -> None:
    """Divide a budget among measures, write the results and print them."""
    folder = options.results_folder(out, f"plan-{plan.key}")
    if not quiet:
        print_results(plan.budget.sentence(translate))
    title, jobs = translate("Dividing the budget"), len(plan.ensemble.draws)
    with open_runner(folder, title, 1, jobs, workers, cluster, quiet=quiet, translate=translate) as (
        runner,
        show_progress,
    ):
        result = plan.run(runner, show_progress, translate)
    write_allocation(folder, result, translate, write_further)
    if not quiet:
        print_allocation(result, translate)
        print_folder(folder, translate)
        command = compare_command(folder / PACKAGE, plan.district, plan.ensemble, plan.posterior)
        typer.echo(translate("Try: {command}", command=command))
    _report_failures(result.failed, translate)


def _report_failures(failed: dict[int, str], translate: Language) -> None:
    """Report the draws that failed, if any, and exit with 1."""
    if failed:
        draw, error = next(iter(failed.items()))
        report = translate(
            "{number} draws failed; the first is draw {draw}: {error}", number=len(failed), draw=draw, error=error
        )
        typer.echo(f"takeup: {report}", err=True)
        raise typer.Exit(1)


def _check_combination(
    plan_file: Path | None,
    start: str | None,
    draws: int | None,
    posterior: Path | None,
    *,
    has_measures: bool,
    point: bool,
) -> None:
    """Check the options that depend on one another.

    Raises:
        InputError: an option has no effect together with another one.
    """
    if has_measures and plan_file is not None:
        raise InputError(
            "the option cannot be combined with measures",
            key="--plan",
            given=str(plan_file),
            allowed="--plan without --measures and --measure",
        )
    if start is not None:
        if not has_measures:
            raise InputError(
                "the option requires --measures", key="--from", given=start, allowed="--from together with --measures"
            )
        validate_month("--from", start)
    for name, given in (("--draws", draws), ("--posterior", posterior)):
        if point and given is not None:
            raise InputError(
                Message("the option cannot be combined with {name}", name=name),
                key="--point",
                allowed=Message("--point without {name}", name=name),
            )


def _check_target(target: str, by: str | None) -> None:
    """Check that the target is known and fits --by.

    Raises:
        InputError: the target is unknown, or --by is missing or has no effect.
    """
    if target not in _TARGETS:
        raise InputError("unknown target", key="--target", given=target, allowed=_TARGETS)
    if target == "worst-off" and by is None:
        raise InputError(
            "the target requires the option --by",
            key="--target",
            given=target,
            allowed="worst-off together with --by ATTRIBUTE",
        )
    if target == "total" and by is not None:
        raise InputError(
            "the option has no effect with --target total",
            key="--by",
            given=by,
            allowed="--by together with --target worst-off",
        )


def _file(place: District, given: Path | None) -> Path:
    """Return the given plan file, or that of the district.

    Raises:
        InputError: the district has none.
    """
    if given is None and not (place.folder / PLAN).is_file():
        raise InputError(
            Message("the district {name} has no plan file", name=place.name),
            file=place.folder / PLAN,
            allowed="another plan file, with --plan FILE.toml",
        )
    return place.folder / PLAN if given is None else given


def _posterior(
    place: District, draws: int | None, posterior: Path | None, replicates: int | None
) -> Posterior | None:
    """Return the posterior to draw from; None to use the district's own values.

    Raises:
        InputError: there is no such posterior, it has too few draws, or replicates are given too.
    """
    own = place.folder / POSTERIOR
    if replicates is not None:
        for option, given in (("--draws", draws), ("--posterior", posterior)):
            if given is not None:
                raise InputError(
                    "the option cannot be combined with --replicates",
                    key=option,
                    allowed=Message("{option} without --replicates", option=option),
                )
        return None
    if draws is None and posterior is None and not own.is_file():
        return None
    validate_int(_DRAWS if draws is None else draws, "--draws", 1, MAX_DRAWS)
    return read_posterior(posterior if posterior is not None else own, place.parameters)
