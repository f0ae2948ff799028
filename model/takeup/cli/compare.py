"""`takeup compare`: scenarios compared with the baseline."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table

from takeup.analysis import (
    Comparison,
    Ensemble,
    comparison_tasks,
    ensemble_comparison,
    summarise_comparison,
)
from takeup.analysis.batch import (
    DEFAULT_MOST_REPLICATES,
    DEFAULT_REPLICATES,
    REPLICATES_PER_BATCH,
    replicates_key,
    run_until_precise,
)
from takeup.analysis.compare.ensemble import DEFAULT_DRAWS, run_draws_until_precise
from takeup.analysis.compare.office import office_texts
from takeup.analysis.compare.output import write_comparison
from takeup.analysis.compare.places import render_targets, target_sentences
from takeup.analysis.compare.run_output import RunRecord
from takeup.analysis.compare.terminal import render_ensemble, render_gains, render_groups, render_summary
from takeup.analysis.uncertainty import point_note
from takeup.console import options
from takeup.console.language import choose_language
from takeup.console.office import further_files
from takeup.console.overrides import Overrides, agents_of, run_settings
from takeup.console.progress import open_runner, print_folder
from takeup.console.warnings import warn_without_effect
from takeup.district import POSTERIOR, District, Posterior, load_district, read_posterior
from takeup.errors import InputError
from takeup.limits import MAX_DRAWS, MAX_REPLICATES, validate_int, validate_period
from takeup.months import END, START
from takeup.report.formatting import print_results
from takeup.report.i18n import Language
from takeup.report.office import FurtherFiles
from takeup.report.results_folder import command_line
from takeup.runs import Task, run_tasks
from takeup.runs.journal import key_of
from takeup.scenario import load_scenario

_SEEDS_PER_DRAW: Final = 1
_MIN_FOR_INTERVAL, _MIN_DRAWS = 2, 2


def compare(
    scenarios: Annotated[list[str], typer.Argument(metavar="SCENARIO...", help="Names or files of scenarios.")],
    district: options.DistrictName = "liwan",
    agents: options.Agents = None,
    seed: options.Seed = 1,
    draws: Annotated[int | None, options.draws_option(DEFAULT_DRAWS)] = None,
    point: options.Point = False,
    replicates: Annotated[
        int | None,
        options.number_option(
            "--replicates",
            "Set the number of random seeds per scenario, which implies --point; per draw with --draws or "
            f"--posterior, and at most with --precision (default: {DEFAULT_REPLICATES}; {_SEEDS_PER_DRAW} per draw; "
            f"{DEFAULT_MOST_REPLICATES} with --precision).",
        ),
    ] = None,
    precision: Annotated[
        float | None,
        options.number_option(
            "--precision",
            "Add seeds per draw until the 95 % Monte Carlo interval of every mean difference is narrower than "
            "POINTS; with --point, add replicates until the 95 % interval of every difference is.",
            metavar="POINTS",
            parser=options.parse_float,
        ),
    ] = None,
    posterior: options.PosteriorFile = None,
    start: options.FromMonth = START,
    until: options.UntilMonth = END,
    settings: options.Set = None,
    parameters: options.ParametersFile = None,
    engine: options.EngineName = "compiled",
    threads: options.Threads = 1,
    workers: options.Workers = None,
    cluster: options.Cluster = None,
    people: options.PeopleMonth = None,
    language: options.LanguageCode = None,
    labels: options.Labels = None,
    office: options.Office = False,
    out: options.Out = None,
    quiet: options.Quiet = False,
) -> None:
    """Compare scenarios with the baseline over draws of the district's posterior.

    All of them have the same people and the same random numbers. The intervals include the parameter uncertainty,
    except with --point and in districts without a posterior. If interrupted, run the same command again to resume
    with the next replicate or draw.

    Example:
        takeup compare publicity all_five --agents 20000
    """
    validate_period(start, until, people)
    _check_precision(precision)
    options.check_without_draws(options.POINT, draws, posterior, given=point)
    options.check_without_draws("--people", draws, posterior, given=people is not None, shown=people)
    translate = choose_language(language)
    values = Overrides(settings, parameters)
    place, policies = load_district(district), [load_scenario(name) for name in scenarios]
    implies_point = point or replicates is not None or people is not None
    is_point = options.runs_point(place, draws, posterior, implies_point=implies_point)
    if replicates is None:
        replicates = (
            DEFAULT_MOST_REPLICATES if precision is not None else DEFAULT_REPLICATES if is_point else _SEEDS_PER_DRAW
        )
    seed, replicates = options.seed_and_replicates(seed, replicates)
    if draws is not None:
        validate_int(draws, "--draws", _MIN_DRAWS, MAX_DRAWS)
    if is_point and precision is not None:
        validate_int(replicates, "--replicates", _MIN_FOR_INTERVAL, MAX_REPLICATES)
    agents = agents_of(place, agents, values, drawn=not is_point)
    run = run_settings(values, agents=agents, seed=seed, start=start, until=until, engine=engine, threads=threads)
    write_further = further_files(office_texts, translate, labels, office=office)
    warn_without_effect(policies, place, values, until, translate)
    request = _Request(place, precision, replicates, out, workers, cluster, quiet, translate, write_further)
    if is_point:
        initial = replicates if precision is None else 1
        tasks = comparison_tasks(place, policies, run, replicates=initial, people=people)
        folder, comparison = _compare_replicates(tasks, request)
    else:
        sample = read_posterior(place.folder / POSTERIOR if posterior is None else posterior, place.parameters)
        (task,) = comparison_tasks(place, policies, run, replicates=1)
        folder, comparison = _compare_draws(task, sample, draws, request)
    if not quiet:
        _print(comparison, folder, translate)
    _report_failures(comparison, translate)


@dataclass(frozen=True)
class _Request:
    """What the two kinds of comparison share, checked: district, stopping rule, execution and output.

    Attributes:
        place: the district.
        precision: width of the Monte Carlo intervals, in points, below which no more runs are added; None: the number
            of runs is fixed.
        replicates: number of replicates, or of seeds per draw; with a precision their largest number.
        out, workers, cluster, quiet: values of the command's options.
        translate: language of the terminal, page and figures.
        write_further: function that writes labelled tables and office files.
    """

    place: District
    precision: float | None
    replicates: int
    out: Path | None
    workers: int | None
    cluster: str | None
    quiet: bool
    translate: Language
    write_further: FurtherFiles[Comparison]


def _compare_replicates(tasks: list[Task], request: _Request) -> tuple[Path, Comparison]:
    """Compare scenarios over replicates, and return the folder of the files and the comparison."""
    place, precision, replicates, workers = request.place, request.precision, request.replicates, request.workers
    key = replicates_key(tasks, precision, replicates)
    concurrent = len(tasks) if precision is None else min(REPLICATES_PER_BATCH, replicates)
    folder = options.results_folder(request.out, f"compare-{key}")
    months = sum(task.months for task in tasks)
    translate = request.translate
    title = translate("Simulating {number} months", number=f"{months:,}")
    with open_runner(
        folder, title, months, concurrent, workers, request.cluster, quiet=request.quiet, translate=translate
    ) as (runner, show_progress):
        reached = None
        if precision is None:
            results = run_tasks(tasks, runner, on_progress=show_progress)
        else:
            tasks, results, reached = run_until_precise(
                tasks[0], precision, replicates, runner, show_progress, translate
            )
        comparison = replace(summarise_comparison(place, tasks, results, command_line()), precision=reached)
    record = RunRecord(key, place, tasks[0], [task.settings.seed for task in tasks])
    drawing = options.worker_count(workers, len(comparison.scenarios))
    write_comparison(folder, record, comparison, results, translate, drawing, request.write_further)
    return folder, comparison


def _compare_draws(task: Task, sample: Posterior, draws: int | None, request: _Request) -> tuple[Path, Comparison]:
    """Compare scenarios over draws, and return the folder of the files and the comparison."""
    place, precision, replicates = request.place, request.precision, request.replicates
    number = min(DEFAULT_DRAWS, len(sample.draws)) if draws is None else draws
    ensemble = Ensemble.of(place, task, sample, number, replicates if precision is None else 1)
    key = ensemble_key(ensemble, precision, replicates)
    folder = options.results_folder(request.out, f"compare-{key}")
    jobs = len(ensemble.runs)
    translate = request.translate
    title = translate("Simulating {draws} draws in {number} runs", draws=f"{number:,}", number=f"{jobs:,}")
    with open_runner(
        folder, title, jobs, jobs, request.workers, request.cluster, quiet=request.quiet, translate=translate
    ) as (runner, show_progress):
        if precision is None:
            ensemble.run(runner, show_progress)
            comparison = ensemble_comparison(ensemble, runner.journal, command_line())
        else:
            ensemble, comparison = run_draws_until_precise(
                ensemble,
                precision,
                replicates,
                runner,
                show_progress,
                command=command_line(),
                translate=translate,
            )
    seeds = [run.seed for run in ensemble.runs]
    record = RunRecord(key, place, ensemble.task, seeds, ensemble.draws, ensemble.posterior)
    write_comparison(folder, record, comparison, [], translate, write_further=request.write_further)
    return folder, comparison


def ensemble_key(ensemble: Ensemble, precision: float | None, most: int) -> str:
    """Return a short hash of all inputs of a comparison under draws.

    Args:
        ensemble: scenarios, settings and draws of the comparison.
        precision: width of the 95 % intervals of the Monte Carlo error, in points, below which no more seeds are
            added; None: the number of seeds is fixed.
        most: largest number of seeds per draw with a precision.
    """
    if precision is None:
        return ensemble.key
    # The number of seeds follows from the precision, so that the hash is that of one seed per draw.
    return key_of(ensemble.with_seeds(1).key, f"{precision} points, {most} seeds at the most", digits=8)


def _check_precision(precision: float | None) -> None:
    """Check the value of --precision.

    Raises:
        InputError: the precision is not a positive number.
    """
    if precision is not None and not 0.0 < precision < math.inf:
        raise InputError(
            "the precision is not above 0",
            key="--precision",
            given=precision,
            allowed="a width above 0, in percentage points",
        )


def _print(comparison: Comparison, folder: Path, translate: Language) -> None:
    has_policies = len(comparison.scenarios) > 1
    parts: list[Table | str] = []
    if not comparison.targets.empty:
        parts += [*target_sentences(comparison, translate), render_targets(comparison, translate)]
    if comparison.drawn is None:
        parts.append(point_note(comparison.district, translate))
        parts.append(render_summary(comparison.summary, comparison.precision, comparison.replicates, translate))
        if has_policies:
            parts.append(render_groups(comparison.by_group, comparison, translate))
    else:
        parts.append(render_ensemble(comparison, translate))
    if has_policies:
        parts.append(render_gains(comparison, translate))
    print_results(*parts)
    print_folder(folder / translate.file_name("report.html"), translate)


def _report_failures(comparison: Comparison, translate: Language) -> None:
    """Report the runs that failed, if any, and exit with 1."""
    if comparison.drawn is None or comparison.drawn.failed.empty:
        return
    for draw, seed, error in comparison.drawn.failed.itertuples(index=False):
        report = translate("draw {draw} with seed {seed} failed: {error}", draw=draw, seed=seed, error=error)
        typer.echo(f"takeup: {report}", err=True)
    raise typer.Exit(1)
