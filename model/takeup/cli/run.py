"""`takeup run`: one scenario.

`takeup run` with several districts: checked, lived as a sweep, summed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from takeup.analysis.compare.tables import render_months
from takeup.analysis.region import RegionSpec, aggregate
from takeup.analysis.region.output import render_districts, write_region
from takeup.cli.requests import MOST_THREADS, Request, show, validate_engine
from takeup.cli.results import write_run
from takeup.console import options
from takeup.console.overrides import Overrides
from takeup.console.progress import progress
from takeup.district import load_district
from takeup.district.district import district_folders, is_folder_of_districts
from takeup.errors import InputError
from takeup.io import check_writable
from takeup.months import END, START
from takeup.report.manifest import command_line
from takeup.runs.executors import check_cluster
from takeup.runs.journal import JOURNAL, Journal
from takeup.scenario import load_scenario
from takeup.simulation import Engine

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
    options.validate_period(start, until, people)
    values, lived_by = Overrides(settings, parameters), validate_engine(engine)
    named = district or [_DISTRICT]
    if len(named) > 1 or is_folder_of_districts(named[0]):
        run_region(
            scenario,
            named,
            settings=values,
            agents=agents,
            seed=seed,
            replicates=replicates,
            engine=lived_by,
            threads=threads,
            start=start,
            until=until,
            people=people,
            workers=workers,
            cluster=cluster,
            out=out,
            quiet=quiet,
        )
        return
    request = Request.of(
        district=named[0],
        scenarios=[scenario],
        settings=values,
        agents=agents,
        seed=seed,
        replicates=replicates,
        engine=lived_by,
        threads=threads,
        start=start,
        until=until,
        people=people,
        alone=True,
    )
    folder = out if out is not None else Path("results") / f"{request.scenarios[0].name}-{request.key}"
    check_writable(folder)
    with progress(f"Living {request.months:,} months", request.months, quiet=quiet) as done:
        runs = request.run(folder, options.worker_count(workers, len(request.tasks)), cluster, done)

    monthly = write_run(folder, request, runs)
    if not quiet:
        show(render_months(monthly), folder)


_MOST_AGENTS: Final = 2**31 - 1


def run_region(
    scenario: str,
    districts: Sequence[str],
    *,
    settings: Overrides,
    agents: int | None,
    seed: int,
    replicates: int,
    engine: Engine,
    threads: int,
    start: str,
    until: str,
    people: str | None,
    workers: int | None,
    cluster: str | None,
    out: Path | None,
    quiet: bool,
) -> None:
    """Run one scenario in several districts; stopped at any time, it goes on where it was.

    Args:
        scenario: its name or file.
        districts: as named, folders of districts among them.
        settings: overrides for all districts.
        agents: simulated migrants in all districts.
        seed, replicates, engine, threads, start, until, people, workers, cluster, out, quiet: as options.

    Raises:
        InputError: something asked for is wrong.
        RunError: a district failed, or the cluster is gone.
    """
    if people is not None:
        raise InputError("not with several districts", key="--people", given=people, allowed="a single --district")
    policy, folders = load_scenario(scenario), district_folders(districts)
    seed, replicates = options.seed_and_replicates(seed, replicates)
    if agents is not None:
        options.validate_int(agents, "--agents", len(folders), _MOST_AGENTS)
    settings.checked(load_district(folders[0]))
    with progress(f"Reading {len(folders):,} districts", len(folders), quiet=quiet) as read:
        province = RegionSpec.of(
            folders,
            policy,
            parameters=settings,
            seed=seed,
            replicates=replicates,
            agents=agents,
            engine=engine,
            threads=options.validate_int(threads, "--threads", 1, MOST_THREADS),
            start=start,
            until=until,
            on_read=read,
        )
    folder = out if out is not None else Path("results") / f"{policy.name}-{province.key}"
    check_writable(folder)
    check_cluster(cluster)
    count = options.worker_count(workers, len(folders) * replicates)
    journal = Journal(folder / JOURNAL)
    try:
        with progress(f"Living {len(folders):,} districts", province.migrant_months, quiet=quiet) as done:
            province.run(journal, workers=count, cluster=cluster, on_progress=done)
        answer = aggregate(province, journal)
    finally:
        journal.close()
    write_region(folder, province, answer, command_line())
    if not quiet:
        show(render_months(answer.monthly))
        show(render_districts(answer.districts), folder)
