"""`takeup why`: the reasons for not having a permit, and the effect of obstacles."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Final

import typer

from takeup.analysis.why import WhySpec, read_obstacles, summarise_why
from takeup.analysis.why.office import office_texts
from takeup.analysis.why.output import print_why, write_why
from takeup.analysis.why.spec import DEFAULT_DRAWS, SHIPPED
from takeup.console import options
from takeup.console.language import choose_language
from takeup.console.office import further_files
from takeup.console.overrides import Overrides, agents_of, run_settings
from takeup.console.progress import run_batch
from takeup.console.warnings import warn_without_effect
from takeup.district import load_district
from takeup.errors import InputError
from takeup.limits import validate_month
from takeup.months import END, END_OF_HISTORY
from takeup.scenario import load_scenario

_OBSTACLES: Final = "Obstacles"


def why(
    month: Annotated[
        str,
        typer.Option(
            "--month",
            metavar="YYYY-MM",
            help="Count the residents by the reason why they have no valid permit at the end of this month.",
            rich_help_panel=options.SIMULATED,
        ),
    ] = END_OF_HISTORY,
    scenario: Annotated[
        str,
        typer.Option(
            "--scenario",
            metavar="NAME",
            help="Simulate the scenario of this name or file.",
            rich_help_panel=options.SIMULATED,
        ),
    ] = "baseline",
    district: options.DistrictName = "liwan",
    agents: options.Agents = None,
    seed: options.Seed = 1,
    draws: Annotated[int | None, options.draws_option(DEFAULT_DRAWS)] = None,
    point: options.Point = False,
    replicates: options.PointReplicates = None,
    posterior: options.PosteriorFile = None,
    settings: options.Set = None,
    parameters: options.ParametersFile = None,
    obstacles: Annotated[
        Path | None,
        typer.Option(
            "--obstacles",
            metavar="FILE.toml",
            help="Read the obstacles, and the interventions that remove them, from this file.",
            rich_help_panel=_OBSTACLES,
        ),
    ] = None,
    no_obstacles: Annotated[
        bool,
        typer.Option(
            "--no-obstacles",
            help="Report only the counts by reason, without removing obstacles.",
            rich_help_panel=_OBSTACLES,
        ),
    ] = False,
    removed_from: Annotated[
        str | None,
        typer.Option(
            "--removed-from",
            metavar="YYYY-MM",
            help="Set the first month without the obstacles (default: `from` of the obstacles file).",
            rich_help_panel=_OBSTACLES,
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            "--until",
            metavar="YYYY-MM",
            help=f"Compare take-up with and without obstacles in this month (default: {END}).",
            rich_help_panel=_OBSTACLES,
        ),
    ] = None,
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
    """Explain why residents have no valid permit, and which obstacles reduce take-up.

    Each resident is counted under one reason. Then five obstacles are removed, alone and in combination, to estimate
    how much each of them reduces take-up. Both are means over draws of the district's posterior, except with --point
    and in districts without a posterior. If interrupted, run the same command again to resume.

    Example:
        takeup why --month 2018-12 --agents 20000
    """
    translate = choose_language(language)
    for option, written in (("--month", month), ("--until", until), ("--removed-from", removed_from)):
        if written is not None:
            validate_month(option, written)
    if no_obstacles and (obstacles is not None or removed_from is not None or until is not None):
        raise InputError(
            "the option cannot be combined with --obstacles, --removed-from or --until",
            key="--no-obstacles",
            allowed="--no-obstacles without these options",
        )
    place = load_district(district)
    selected = options.select_draws(place, draws, posterior, replicates, point=point, default=DEFAULT_DRAWS)
    seed, replicates = options.seed_and_replicates(seed, 1 if replicates is None else replicates)
    values = Overrides(settings, parameters)
    agents = agents_of(place, agents, values, drawn=bool(selected))
    policy = load_scenario(scenario)
    spec = WhySpec.of(
        place,
        policy,
        None if no_obstacles else read_obstacles(obstacles if obstacles is not None else SHIPPED, removed_from),
        run_settings(values, agents=agents, seed=seed, until=until or END, engine=engine, threads=threads),
        month=month,
        replicates=replicates,
        draws=selected,
    )
    warn_without_effect([policy], place, values, until or END, translate)
    write_further = further_files(office_texts, translate, labels, office=office)
    run_batch(
        spec,
        options.results_folder(out, f"why-{spec.key}"),
        summarise_why,
        partial(write_why, translate=translate, write_further=write_further),
        partial(print_why, translate=translate),
        unit=translate("runs"),
        workers=workers,
        cluster=cluster,
        quiet=quiet,
        translate=translate,
    )
