"""`takeup stress`: long runs and levers at both ends of their range."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from takeup.analysis.stress import (
    headline_sentence,
    render_stress,
    run_stress_tests,
    stress_cases,
    write_stress,
)
from takeup.cli.requests import show
from takeup.console import options
from takeup.console.overrides import Overrides, agents_of
from takeup.console.progress import progress
from takeup.district import load_district
from takeup.io import check_writable

_AGENTS = 4_000
"""Unless it is told otherwise: as many as one processor puts through everything in about a minute."""


def stress(
    district: Annotated[str, typer.Argument(metavar="DISTRICT", help="A shipped district, or a district's folder.")],
    agents: Annotated[
        int,
        typer.Option("--agents", metavar="N", parser=options.parse_int, help="Simulated migrants of every run."),
    ] = _AGENTS,
    seed: Annotated[int, typer.Option("--seed", metavar="N", parser=options.parse_int, help="Of every run.")] = 1,
    workers: options.Workers = None,
    out: options.Out = None,
    quiet: options.Quiet = False,
) -> None:
    """Put a district through 1,200 months, a fall to 1 % and every lever at its ends; all accounts must add up.

    Each is tried in a process beside this one, so that one which crashes is a row. Ends with 1 if something does not
    hold.
    """
    place = load_district(district)
    seed, _ = options.seed_and_replicates(seed, 1)
    slots = agents_of(place, agents, Overrides())
    folder = out if out is not None else Path("results") / f"stress-{place.name}-{slots}-{seed}"
    check_writable(folder)
    number = len(stress_cases(place))
    count = options.worker_count(workers, number)
    with progress(f"Trying {number} things", number, quiet=quiet) as done:
        found = run_stress_tests(place, slots, seed, done, workers=count)
    write_stress(folder, found)
    if not quiet:
        show(render_stress(found))
        typer.echo(headline_sentence(found))
        typer.echo(f"Written: {folder}")
    for each in found.broken:
        typer.echo(f"takeup: {each.ordeal.name}: {each.fault}", err=True)
    if found.broken:
        raise typer.Exit(1)
