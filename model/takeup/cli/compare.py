"""`takeup compare`: scenarios beside the baseline."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

from takeup.analysis import Comparison
from takeup.analysis.compare.tables import (
    group_table,
    render_ensemble,
    render_gains,
    render_groups,
    render_summary,
    summary_table,
)
from takeup.analysis.sequential import MAX_REPLICATES
from takeup.cli.requests import (
    DrawnRequest,
    Request,
    show,
    validate_engine,
)
from takeup.cli.results import write_comparison
from takeup.console import options
from takeup.console.overrides import Overrides
from takeup.console.progress import progress
from takeup.errors import InputError
from takeup.io import check_writable
from takeup.months import END, START
from takeup.report.i18n import language_of

_REPLICATES, _REPLICATES_A_DRAW = 4, 1


def compare(
    scenarios: Annotated[list[str], typer.Argument(metavar="SCENARIO...", help="Scenarios' names or files.")],
    district: options.DistrictName = "liwan",
    agents: options.Agents = None,
    seed: options.Seed = 1,
    replicates: Annotated[
        int | None,
        typer.Option(
            "--replicates",
            metavar="N",
            help="Runs of each scenario, each with other people and luck: 4 if absent; with --draws, of each draw "
            "(1). With --precision, at the most (64).",
        ),
    ] = None,
    precision: Annotated[
        float | None,
        typer.Option(
            "--precision",
            metavar="POINTS",
            help="Add replicates until the 95 % interval of every difference, or with --draws what chance leaves of "
            "it, is narrower.",
        ),
    ] = None,
    draws: Annotated[
        int | None, typer.Option("--draws", metavar="N", help="Draws of the district's posterior, each a run.")
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
    """Compare scenarios with the baseline: the same people with the same luck, with and without.

    Stopped at any time, it goes on with the next replicate or draw when the command is typed again.
    """
    options.validate_period(start, until, people)
    _check_kind(precision, draws, posterior, people)
    translate = language_of(language)
    values, lived_by = Overrides(settings, parameters), validate_engine(engine)
    usual = MAX_REPLICATES if precision is not None else _REPLICATES if draws is None else _REPLICATES_A_DRAW
    if draws is None:
        request = Request.of(
            district=district,
            scenarios=scenarios,
            settings=values,
            agents=agents,
            seed=seed,
            replicates=usual if replicates is None else replicates,
            engine=lived_by,
            threads=threads,
            start=start,
            until=until,
            people=people,
            alone=False,
            precision=precision,
        )
        folder = out if out is not None else Path("results") / f"compare-{request.key}"
        check_writable(folder)
        with progress(f"Living {request.months:,} months", request.months, quiet=quiet) as done:
            count = options.worker_count(workers, request.at_a_time)
            comparison, lived = request.compare(folder, count, cluster, done)
        write_comparison(folder, request.with_replicates(comparison.replicates), comparison, lived, translate)
    else:
        drawn = DrawnRequest.of(
            district=district,
            scenarios=scenarios,
            posterior=posterior,
            draws=draws,
            settings=values,
            agents=agents,
            seed=seed,
            replicates=usual if replicates is None else replicates,
            engine=lived_by,
            threads=threads,
            start=start,
            until=until,
            precision=precision,
        )
        folder = out if out is not None else Path("results") / f"compare-{drawn.key}"
        check_writable(folder)
        runs = len(drawn.seeds)
        with progress(f"Living {runs:,} runs", runs, quiet=quiet) as done:
            drawn, comparison = drawn.compare(folder, options.worker_count(workers, runs), cluster, done)
        write_comparison(folder, drawn, comparison, [], translate)
    if not quiet:
        _show(comparison, folder)
    _end_with_failures(comparison)


def _check_kind(precision: float | None, draws: int | None, posterior: Path | None, people: str | None) -> None:
    """Check that precision, draws and what is asked of them go together.

    Raises:
        InputError: what was asked for does not go together, or is not a precision.
    """
    if precision is not None and not 0.0 < precision < math.inf:
        raise InputError("not a precision", key="--precision", given=precision, allowed="points above 0")
    if draws is None:
        if posterior is not None:
            raise InputError(
                "nothing is drawn of it", key="--posterior", given=str(posterior), allowed="with --draws N"
            )
        return
    if people is not None:
        raise InputError("not with draws", key="--people", given=people, allowed="without --draws")


def _show(comparison: Comparison, folder: Path) -> None:

    is_any = len(comparison.scenarios) > 1  # beside the baseline
    if comparison.drawn is None:
        show(render_summary(summary_table(comparison), comparison.precision, comparison.replicates))
        if is_any:
            show(render_groups(group_table(comparison)))
    else:
        show(render_ensemble(comparison))
    if is_any:
        show(render_gains(comparison))
    typer.echo(f"Written: {folder / 'report.html'}")


def _end_with_failures(comparison: Comparison) -> None:
    """Say which runs failed, if any, and end with 1."""
    if comparison.drawn is None or comparison.drawn.failed.empty:
        return
    for draw, seed, error in comparison.drawn.failed.itertuples(index=False):
        typer.echo(f"takeup: draw {draw} with seed {seed} failed: {error}", err=True)
    raise typer.Exit(1)
