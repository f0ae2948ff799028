"""`takeup run`: one scenario."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from takeup.console import options
from takeup.console.overriding import Overrides
from takeup.console.progress import progress
from takeup.district.folders import is_folder_of_districts
from takeup.months import END, START

_DISTRICT = "liwan"


def run(
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO", help="A scenario's name or file; `baseline` for none.")
    ],
    district: options.Districts = None,
    agents: options.Agents = None,
    seed: options.Seed = 1,
    replicates: options.Replicates = 1,
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
    """Run one scenario: a monthly table, a figure, a summary.

    Several districts are summed, with a table by district. Stopped at any time, it goes on with the next replicate or
    district when the command is typed again.
    """
    from takeup.cli.requests import Request, checked_engine, show  # noqa: PLC0415  (numba and Mesa take a second)
    from takeup.report.files import check_writable  # noqa: PLC0415

    options.period(start, until, people)
    values, lived_by = Overrides(settings, parameters), checked_engine(engine)
    named = district or [_DISTRICT]
    if len(named) > 1 or is_folder_of_districts(named[0]):
        from takeup.cli.provinces import run_province  # noqa: PLC0415

        run_province(
            scenario, named, settings=values, agents=agents, seed=seed, replicates=replicates, engine=lived_by,
            threads=threads, start=start, until=until, people=people, workers=workers, cluster=cluster, out=out,
            quiet=quiet,
        )  # fmt: skip
        return
    request = Request.of(
        district=named[0], scenarios=[scenario], settings=values, agents=agents, seed=seed, replicates=replicates,
        engine=lived_by, threads=threads, start=start, until=until,
        people=people, alone=True,
    )  # fmt: skip
    folder = out if out is not None else Path("results") / f"{request.scenarios[0].name}-{request.key}"
    check_writable(folder)
    with progress(f"Living {request.months:,} months", request.months, quiet=quiet) as done:
        runs = request.run(folder, options.worker_count(workers, len(request.tasks)), cluster, done)
    from takeup.cli.writing import write_run  # noqa: PLC0415  (nor does anybody wait for Matplotlib before the first month)

    monthly = write_run(folder, request, runs)
    if not quiet:
        from takeup.report.terminal import render_months  # noqa: PLC0415

        show(render_months(monthly), folder)
