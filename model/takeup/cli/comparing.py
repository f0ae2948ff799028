"""`takeup compare`: scenarios beside the baseline."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from takeup.cli import options
from takeup.cli.progress import progress
from takeup.months import END, START


def compare(
    scenarios: Annotated[list[str], typer.Argument(metavar="SCENARIO...", help="Scenarios' names or files.")],
    district: options.DistrictName = "liwan",
    agents: options.Agents = None,
    seed: options.Seed = 1,
    replicates: options.Replicates = 4,
    start: options.FromMonth = START,
    until: options.UntilMonth = END,
    settings: options.Set = None,
    parameters: options.ParametersFile = None,
    engine: options.EngineName = "compiled",
    threads: options.Threads = 1,
    workers: options.Workers = None,
    cluster: options.Cluster = None,
    people: options.PeopleMonth = None,
    out: options.Out = None,
    quiet: options.Quiet = False,
) -> None:
    """Compare scenarios with the baseline: the same people with the same luck, with and without."""
    from takeup.cli.requests import Request, checked_engine  # noqa: PLC0415  (numba and Mesa take a second to import)
    from takeup.cli.writing import write_comparison  # noqa: PLC0415
    from takeup.report.files import check_writable  # noqa: PLC0415

    options.period(start, until, people)
    request = Request.of(
        district=district, scenarios=scenarios, settings=options.overrides(settings, parameters), agents=agents,
        seed=seed, replicates=replicates, engine=checked_engine(engine), threads=threads, start=start, until=until,
        people=people, alone=False,
    )  # fmt: skip
    folder = out if out is not None else Path("results") / f"compare-{request.key}"
    check_writable(folder)
    with progress(f"Living {request.months:,} months", request.months, quiet=quiet) as done:
        comparison, runs = request.compare(options.worker_count(workers, len(request.tasks)), cluster, done)
    write_comparison(folder, request, comparison, runs)
    if not quiet:
        from takeup.report.tables import group_table, summary_table  # noqa: PLC0415
        from takeup.report.terminal import render_groups, render_summary  # noqa: PLC0415

        request.show(render_summary(summary_table(comparison)))
        request.show(render_groups(group_table(comparison)), folder / "report.html")
