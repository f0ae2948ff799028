"""`takeup run`: one scenario, in one district or several."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from takeup.analysis import comparison_tasks
from takeup.analysis.batch import replicates_key
from takeup.analysis.compare.result import stack_runs
from takeup.analysis.compare.run_output import RunRecord, write_run
from takeup.analysis.compare.terminal import render_months
from takeup.analysis.region import RegionSpec, aggregate, largest_populations
from takeup.analysis.region.output import named_districts, render_districts, write_region
from takeup.console import options
from takeup.console.language import choose_language
from takeup.console.overrides import MAX_AGENTS, Overrides, agents_of, run_settings
from takeup.console.progress import open_runner, print_table, progress
from takeup.console.warnings import warn_without_effect
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
    language: options.LanguageCode = None,
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
    translate = choose_language(language)
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
        warn_without_effect([policy], place, values, until, translate)
        folder = options.results_folder(out, f"{policy.name}-{key}")
        months = sum(task.months for task in tasks)
        title = translate("Simulating {number} months", number=f"{months:,}")
        with open_runner(folder, title, months, len(tasks), workers, cluster, quiet=quiet, translate=translate) as (
            runner,
            show_progress,
        ):
            results = run_tasks(tasks, runner, on_progress=show_progress)
        record = RunRecord(key, place, tasks[0], [task.settings.seed for task in tasks])
        write_run(folder, record, policy, results, translate)
        if not quiet:
            monthly = stack_runs(results, "monthly")
            print_table(render_months(monthly, policy.title, translate), folder, translate)
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
    number = f"{len(folders):,}"
    reading = translate("Reading {number} districts", number=number)
    with progress(reading, len(folders), quiet=quiet, translate=translate) as read:
        region = RegionSpec.of(folders, policy, shared, replicates, on_read=read)
    folder = options.results_folder(out, f"{policy.name}-{region.key}")
    title, jobs = translate("Simulating {number} districts", number=number), len(folders) * replicates
    size = region.migrant_months
    with open_runner(folder, title, size, jobs, workers, cluster, quiet=quiet, translate=translate) as (
        runner,
        show_progress,
    ):
        region.run(runner, show_progress)
        result = aggregate(region, runner.journal)
    write_region(folder, region, result, command_line(), translate)
    if not quiet:
        print_table(render_months(result.monthly, policy.title, translate))
        by_district = named_districts(region, result, translate)
        print_table(render_districts(by_district, translate), folder, translate)
