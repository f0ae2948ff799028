"""`takeup run`: one scenario, in one district or several."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from takeup.analysis import comparison_tasks
from takeup.analysis.compare.output import RunRecord, write_run
from takeup.analysis.compare.result import stack_runs
from takeup.analysis.compare.text import render_months
from takeup.analysis.region import RegionSpec, aggregate, largest_populations
from takeup.analysis.region.output import render_districts, write_region
from takeup.cli.compare import replicates_key
from takeup.console import options
from takeup.console.overrides import MAX_AGENTS, Overrides, agents_of, run_settings
from takeup.console.progress import open_runner, print_table, progress
from takeup.district import load_district
from takeup.district.district import district_folders, is_folder_of_districts
from takeup.errors import InputError
from takeup.limits import validate_int, validate_period
from takeup.months import END, START
from takeup.report.results_folder import command_line
from takeup.runs import run_tasks
from takeup.scenario import load_scenario

_DISTRICT: Final = "liwan"


def run(
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO", help="Name or file of a scenario; `baseline` for no policy.")
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
    """Run one scenario, and write a monthly table, a figure and a summary.

    The results of several districts are summed, with a table by district. If interrupted, run the same command again
    to resume with the next replicate or district.

    Example:
        takeup run publicity --agents 20000
    """
    validate_period(start, until, people)
    values = Overrides(settings, parameters)
    places = district or [_DISTRICT]
    policy = load_scenario(scenario)
    seed, replicates = options.seed_and_replicates(seed, replicates)
    if len(places) == 1 and not is_folder_of_districts(places[0]):
        place = load_district(places[0])
        agents = agents_of(place, agents, values)
        own = run_settings(values, agents=agents, seed=seed, start=start, until=until, engine=engine, threads=threads)
        tasks = comparison_tasks(place, [policy], own, replicates=replicates, people=people, baseline=False)
        key = replicates_key(tasks)
        folder = options.results_folder(out, f"{policy.name}-{key}")
        months = sum(task.months for task in tasks)
        title = f"Simulating {months:,} months"
        with open_runner(folder, title, months, len(tasks), workers, cluster, quiet=quiet) as (runner, show_progress):
            results = run_tasks(tasks, runner, on_progress=show_progress)
        record = RunRecord(key, place, tasks[0], [task.settings.seed for task in tasks])
        write_run(folder, record, policy, results)
        if not quiet:
            print_table(render_months(stack_runs(results, "monthly")), folder)
        return
    if people is not None:
        raise InputError(
            "the option cannot be combined with several districts",
            key="--people",
            given=people,
            allowed="--people with a single --district",
        )
    folders = district_folders(places)
    if agents is not None:
        validate_int(agents, "--agents", len(folders), MAX_AGENTS)
    values.checked(load_district(folders[0]))
    agents = sum(largest_populations(folders)) if agents is None else agents
    shared = run_settings(values, agents=agents, seed=seed, start=start, until=until, engine=engine, threads=threads)
    with progress(f"Reading {len(folders):,} districts", len(folders), quiet=quiet) as read:
        region = RegionSpec.of(folders, policy, shared, replicates, on_read=read)
    folder = options.results_folder(out, f"{policy.name}-{region.key}")
    title, jobs = f"Simulating {len(folders):,} districts", len(folders) * replicates
    size = region.migrant_months
    with open_runner(folder, title, size, jobs, workers, cluster, quiet=quiet) as (runner, show_progress):
        region.run(runner, show_progress)
        result = aggregate(region, runner.journal)
    write_region(folder, region, result, command_line())
    if not quiet:
        print_table(render_months(result.monthly))
        print_table(render_districts(result.districts), folder)
