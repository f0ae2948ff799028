"""`takeup stress`: long runs, small populations, and levers at their limits."""

from __future__ import annotations

from typing import Annotated

import typer

from takeup.analysis.stress import (
    case_names,
    headline_sentence,
    render_stress,
    run_stress_tests,
    stress_cases,
    write_stress,
)
from takeup.console import options
from takeup.console.language import choose_language
from takeup.console.overrides import Overrides, agents_of
from takeup.console.progress import print_folder, progress
from takeup.district import load_district
from takeup.report.formatting import print_results

_AGENTS = 4_000
"""Default of --agents: all tests take about a minute on one processor."""


def stress(
    district: options.DistrictArgument,
    agents: Annotated[
        int, options.number_option("--agents", "Set the number of simulated migrants per run.")
    ] = _AGENTS,
    seed: Annotated[int, options.number_option("--seed", "Set the random seed of every run.")] = 1,
    workers: options.Workers = None,
    language: options.LanguageCode = None,
    out: options.Out = None,
    quiet: options.Quiet = False,
) -> None:
    """Run a district under extreme conditions, and check its accounts.

    The runs have 1,200 months, 1 % of the population, or a lever at one of its limits. All accounting identities are
    checked. Each test runs in its own process, so that a crash is reported as a failed test. The exit code is 1 if a
    test fails.

    Example:
        takeup stress template
    """
    translate = choose_language(language)
    place = load_district(district)
    seed, _ = options.seed_and_replicates(seed, 1)
    slots = agents_of(place, agents, Overrides())
    folder = options.results_folder(out, f"stress-{place.name}-{slots}-{seed}")
    number = len(stress_cases(place))
    count = options.worker_count(workers, number)
    title = translate("Running {number} tests", number=number)
    with progress(title, number, quiet=quiet, translate=translate) as show_progress:
        report = run_stress_tests(place, slots, seed, show_progress, workers=count)
    write_stress(folder, report)
    if not quiet:
        print_results(render_stress(report, translate), headline_sentence(report, translate))
        print_folder(folder, translate)
    names = case_names(place, translate)
    for each in report.failed:
        typer.echo(f"takeup: {names[each.case.name]}: {each.fault}", err=True)
    if report.failed:
        raise typer.Exit(1)
