"""`takeup trial`: a randomised trial inside the model."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Final

import typer

from takeup.analysis.trial.design import make_design
from takeup.analysis.trial.office import office_texts
from takeup.analysis.trial.output import print_trials, write_trials
from takeup.analysis.trial.run import DEFAULT_DRAWS, TrialSpec, summarise_trials
from takeup.console import options
from takeup.console.language import choose_language
from takeup.console.office import further_files
from takeup.console.overrides import Overrides, agents_of, run_settings
from takeup.console.progress import run_batch
from takeup.console.warnings import warn_without_effect
from takeup.district import load_district
from takeup.errors import InputError
from takeup.limits import validate_period
from takeup.months import END, START
from takeup.scenario import load_scenario

_DESIGN: Final = "Design of the trial"


def trial(
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO", help="Name or file of the scenario of the treatment.")
    ],
    share: Annotated[
        float,
        options.number_option(
            "--share",
            "Treat this share of the persons or streets.",
            metavar="SHARE",
            parser=options.parse_float,
            panel=_DESIGN,
        ),
    ] = 0.5,
    unit: Annotated[
        str,
        typer.Option(
            "--unit", metavar="person|street", help="Choose the unit of randomisation.", rich_help_panel=_DESIGN
        ),
    ] = "person",
    eligible: Annotated[
        str,
        typer.Option(
            "--eligible",
            metavar="all|holders|nonholders|qualified|qualified-nonholders",
            help="Restrict the trial by permit status in the month before the trial starts.",
            rich_help_panel=_DESIGN,
        ),
    ] = "all",
    groups: Annotated[
        list[str] | None,
        typer.Option(
            "--groups",
            metavar="ATTRIBUTE=LEVEL,LEVEL",
            help="Restrict the trial to these groups; may be repeated.",
            rich_help_panel=_DESIGN,
        ),
    ] = None,
    months: Annotated[
        list[str] | None,
        typer.Option(
            "--month",
            metavar="YYYY-MM",
            help="Measure in this month; may be repeated (default: 12 and 24 months after the start, and --until).",
            rich_help_panel=_DESIGN,
        ),
    ] = None,
    district: options.DistrictName = "liwan",
    agents: options.Agents = None,
    seed: options.Seed = 1,
    draws: Annotated[int | None, options.draws_option(DEFAULT_DRAWS)] = None,
    point: options.Point = False,
    replicates: options.PointReplicates = None,
    posterior: options.PosteriorFile = None,
    settings: options.Set = None,
    parameters: options.ParametersFile = None,
    engine: options.EngineName = "compiled",
    threads: options.Threads = 1,
    start: options.FromMonth = START,
    until: options.UntilMonth = END,
    workers: options.Workers = None,
    cluster: options.Cluster = None,
    language: options.LanguageCode = None,
    labels: options.Labels = None,
    office: options.Office = False,
    out: options.Out = None,
    quiet: options.Quiet = False,
) -> None:
    """Simulate a randomised trial of a scenario, and compare it with the true effect.

    One trial is simulated for each draw of the district's posterior, except with --point and in districts without a
    posterior. If interrupted, run the same command again to resume.

    Example:
        takeup trial publicity --share 0.5 --agents 20000
    """
    translate = choose_language(language)
    validate_period(start, until, None)
    place, policy = load_district(district), load_scenario(scenario)
    selected = options.select_draws(place, draws, posterior, replicates, point=point, default=DEFAULT_DRAWS)
    seed, replicates = options.seed_and_replicates(seed, 1 if replicates is None else replicates)
    values = Overrides(settings, parameters)
    design = make_design(
        policy,
        share=share,
        unit=unit,
        eligible=eligible,
        groups=_groups(groups or []),
        months=months or [],
        start=start,
        until=until,
    )
    agents = agents_of(place, agents, values, drawn=bool(selected))
    warn_without_effect([policy], place, values, until, translate)
    spec = TrialSpec.of(
        place,
        policy,
        design,
        run_settings(values, agents=agents, seed=seed, start=start, engine=engine, threads=threads),
        replicates=replicates,
        draws=selected,
    )
    write_further = further_files(office_texts, translate, labels, office=office)
    run_batch(
        spec,
        options.results_folder(out, f"trial-{policy.name}-{spec.key}"),
        summarise_trials,
        partial(write_trials, translate=translate, write_further=write_further),
        partial(print_trials, translate=translate),
        unit=translate("trials"),
        workers=workers,
        cluster=cluster,
        quiet=quiet,
        translate=translate,
    )


def _groups(written: list[str]) -> dict[str, list[str]]:
    """Parse levels by attribute, from ATTRIBUTE=LEVEL,LEVEL."""
    groups: dict[str, list[str]] = {}
    for each in written:
        attribute, _, levels = each.partition("=")
        named = [level.strip() for level in levels.split(",") if level.strip()]
        if not named or attribute.strip() in groups:
            raise InputError(
                "the value does not state an attribute and its levels"
                if not named
                else "the attribute is stated twice",
                key="--groups",
                given=each,
                allowed="ATTRIBUTE=LEVEL,LEVEL, once per attribute",
            )
        groups[attribute.strip()] = named
    return groups
