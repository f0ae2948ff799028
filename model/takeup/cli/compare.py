"""`takeup compare`: scenarios compared with the baseline."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

import typer

from takeup.analysis import (
    Comparison,
    Ensemble,
    comparison_tasks,
    ensemble_comparison,
    summarise_comparison,
)
from takeup.analysis.batch import DEFAULT_MOST_REPLICATES, REPLICATES_PER_BATCH, run_until_precise
from takeup.analysis.compare.ensemble import run_draws_until_precise
from takeup.analysis.compare.output import RunRecord, write_comparison
from takeup.analysis.compare.result import group_table, summary_table
from takeup.analysis.compare.text import render_ensemble, render_gains, render_groups, render_summary
from takeup.console import options
from takeup.console.overrides import Overrides, agents_of, run_settings
from takeup.console.progress import open_runner, print_table
from takeup.district import POSTERIOR, load_district, read_posterior
from takeup.errors import InputError
from takeup.limits import MAX_DRAWS, MAX_REPLICATES, validate_int, validate_period
from takeup.months import END, START
from takeup.report.i18n import language_of
from takeup.report.results_folder import command_line
from takeup.runs import Task, run_tasks
from takeup.runs.journal import key_of
from takeup.scenario import load_scenario

_REPLICATES: Final = 4
_SEEDS_PER_DRAW: Final = 1
_MIN_FOR_INTERVAL, _MIN_DRAWS = 2, 2


def compare(
    scenarios: Annotated[list[str], typer.Argument(metavar="SCENARIO...", help="Names or files of scenarios.")],
    district: options.DistrictName = "liwan",
    agents: options.Agents = None,
    seed: options.Seed = 1,
    replicates: Annotated[
        int | None,
        options.number_option(
            "--replicates",
            "Set the number of random seeds per scenario; per draw with --draws, and at most with --precision "
            "(default: 4; 1 with --draws; 64 with --precision).",
        ),
    ] = None,
    precision: Annotated[
        float | None,
        options.number_option(
            "--precision",
            "Add replicates until the 95 % interval of every difference is narrower than POINTS; with --draws, "
            "until its 95 % Monte Carlo interval is.",
            metavar="POINTS",
            parser=options.parse_float,
        ),
    ] = None,
    draws: Annotated[
        int | None,
        options.number_option("--draws", "Run each scenario under N draws of the district's posterior."),
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
    language: options.LanguageCode = "en",
    out: options.Out = None,
    quiet: options.Quiet = False,
) -> None:
    """Compare scenarios with the baseline.

    All of them have the same people and the same random numbers. If interrupted, run the same command again to resume
    with the next replicate or draw.
    """
    validate_period(start, until, people)
    _check_combination(precision, draws, posterior, people)
    translate = language_of(language)
    values = Overrides(settings, parameters)
    place, policies = load_district(district), [load_scenario(name) for name in scenarios]
    if replicates is None:
        replicates = (
            DEFAULT_MOST_REPLICATES if precision is not None else _REPLICATES if draws is None else _SEEDS_PER_DRAW
        )
    seed, replicates = options.seed_and_replicates(seed, replicates)
    initial = replicates if precision is None else 1
    if draws is not None:
        validate_int(draws, "--draws", _MIN_DRAWS, MAX_DRAWS)
    elif precision is not None:
        validate_int(replicates, "--replicates", _MIN_FOR_INTERVAL, MAX_REPLICATES)
    agents = agents_of(place, agents, values)
    run = run_settings(values, agents=agents, seed=seed, start=start, until=until, engine=engine, threads=threads)
    tasks = comparison_tasks(place, policies, run, replicates=initial if draws is None else 1, people=people)
    if draws is None:
        key = replicates_key(tasks, precision, replicates)
        concurrent = len(tasks) if precision is None else min(REPLICATES_PER_BATCH, replicates)
        folder = options.results_folder(out, f"compare-{key}")
        months = sum(task.months for task in tasks)
        title = f"Simulating {months:,} months"
        with open_runner(folder, title, months, concurrent, workers, cluster, quiet=quiet) as (runner, show_progress):
            reached = None
            if precision is None:
                results = run_tasks(tasks, runner, on_progress=show_progress)
            else:
                tasks, results, reached = run_until_precise(tasks[0], precision, replicates, runner, show_progress)
            comparison = replace(summarise_comparison(place, tasks, results, command_line()), precision=reached)
        record = RunRecord(key, place, tasks[0], [task.settings.seed for task in tasks])
        write_comparison(
            folder, record, comparison, results, translate, options.worker_count(workers, len(comparison.scenarios))
        )
    else:
        file = place.folder / POSTERIOR if posterior is None else posterior
        ensemble = Ensemble.of(place, tasks[0], read_posterior(file, place.parameters), draws, initial)
        key = ensemble_key(ensemble, precision, replicates)
        folder = options.results_folder(out, f"compare-{key}")
        number = len(ensemble.runs)
        title = f"Simulating {number:,} runs"
        with open_runner(folder, title, number, number, workers, cluster, quiet=quiet) as (runner, show_progress):
            if precision is None:
                ensemble.run(runner, show_progress)
                comparison = ensemble_comparison(ensemble, runner.journal, command_line())
            else:
                ensemble, comparison = run_draws_until_precise(
                    ensemble, precision, replicates, runner, show_progress, command=command_line()
                )
        record = RunRecord(
            key, place, ensemble.task, [run.seed for run in ensemble.runs], ensemble.draws, ensemble.posterior
        )
        write_comparison(folder, record, comparison, [], translate)
    if not quiet:
        _print(comparison, folder)
    _report_failures(comparison)


def replicates_key(tasks: list[Task], precision: float | None = None, most: int = 1) -> str:
    """Return a short hash of all inputs of a comparison over replicates.

    Args:
        tasks: one task per replicate. With a precision only the first task enters the hash, because the others follow
            from it.
        precision: width of the 95 % intervals, in points, below which no more replicates are added; None: the number
            of replicates is fixed.
        most: largest number of replicates with a precision.
    """
    content = [task.key for task in tasks]
    if precision is not None:
        content = [tasks[0].key, f"{precision} points, {most} replicates at the most"]
    return key_of(*content, digits=8)


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


def _check_combination(
    precision: float | None, draws: int | None, posterior: Path | None, people: str | None
) -> None:
    """Check the options that depend on one another.

    Raises:
        InputError: the precision is not a positive number, or an option needs or excludes --draws.
    """
    if precision is not None and not 0.0 < precision < math.inf:
        raise InputError(
            "the precision is not above 0",
            key="--precision",
            given=precision,
            allowed="a width above 0, in percentage points",
        )
    if draws is None and posterior is not None:
        raise options.posterior_without_draws(posterior)
    if draws is not None and people is not None:
        raise InputError(
            "the option cannot be combined with --draws",
            key="--people",
            given=people,
            allowed="--people without --draws",
        )


def _print(comparison: Comparison, folder: Path) -> None:
    has_policies = len(comparison.scenarios) > 1
    if comparison.drawn is None:
        print_table(render_summary(summary_table(comparison), comparison.precision, comparison.replicates))
        if has_policies:
            print_table(render_groups(group_table(comparison)))
    else:
        print_table(render_ensemble(comparison))
    if has_policies:
        print_table(render_gains(comparison))
    typer.echo(f"Written: {folder / 'report.html'}")


def _report_failures(comparison: Comparison) -> None:
    """Report the runs that failed, if any, and exit with 1."""
    if comparison.drawn is None or comparison.drawn.failed.empty:
        return
    for draw, seed, error in comparison.drawn.failed.itertuples(index=False):
        typer.echo(f"takeup: draw {draw} with seed {seed} failed: {error}", err=True)
    raise typer.Exit(1)
