"""`takeup voi`: which figure would be worth collecting before a choice is made."""

from __future__ import annotations

from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from takeup.console import options
from takeup.console.progress import progress
from takeup.errors import InputError, install_hint

if TYPE_CHECKING:
    from takeup.scenario import Scenario

_MOST_DRAWS = 100_000


def voi(
    scenarios: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SCENARIO...]", help="To choose between; the calibration's levers, one at a time, if absent."
        ),
    ] = None,
    district: options.DistrictName = "liwan",
    posterior: Annotated[
        Path | None,
        typer.Option("--posterior", metavar="FILE.parquet", help="Another posterior than the district's own."),
    ] = None,
    candidates: Annotated[
        Path | None,
        typer.Option("--candidates", metavar="FILE.toml", help="Other candidates than the shipped ones."),
    ] = None,
    between: Annotated[
        str | None,
        typer.Option(
            "--between", metavar="NAME,NAME", help="The two to tell of; those hardest to choose between if absent."
        ),
    ] = None,
    draws: Annotated[
        int | None,
        typer.Option("--draws", metavar="N", parser=options.parse_int, help="Draws of the posterior; all if absent."),
    ] = None,
    agents: Annotated[
        int, typer.Option("--agents", metavar="N", parser=options.parse_int, help="Simulated migrants a draw.")
    ] = 24_000,
    seed: Annotated[
        int,
        typer.Option(
            "--seed", metavar="N", parser=options.parse_int, help="Draw k has seed + k; the errors in the data."
        ),
    ] = 1,
    workers: options.Workers = None,
    cluster: options.Cluster = None,
    out: options.Out = None,
    quiet: options.Quiet = False,
) -> None:
    """What knowing more would be worth: everything, and each figure that could be collected, alone and in order.

    Stopped at any time, it goes on where it was when the command is typed again.
    """
    if find_spec("sklearn") is None:
        raise InputError("needs scikit-learn", allowed=install_hint("calibration"))
    from takeup.district import POSTERIOR, load_district, read_posterior  # noqa: PLC0415
    from takeup.report.manifest import command_line  # noqa: PLC0415
    from takeup.report.results_folder import check_writable  # noqa: PLC0415
    from takeup.runs.journal import JOURNAL, Journal  # noqa: PLC0415
    from takeup.scenario import load_scenario  # noqa: PLC0415
    from takeup.simulation import street_slot_counts  # noqa: PLC0415
    from takeup_calibration.value.candidates import CANDIDATES, read_candidates  # noqa: PLC0415
    from takeup_calibration.value.evidence import gather  # noqa: PLC0415
    from takeup_calibration.value.plan import FEWEST_DRAWS, Plan, usual_scenarios  # noqa: PLC0415
    from takeup_calibration.value.results import show, tell_failures, write_results  # noqa: PLC0415
    from takeup_calibration.value.valuing import valued  # noqa: PLC0415

    place = load_district(district, calibrated=False)
    asked = CANDIDATES if candidates is None else candidates
    collectable = read_candidates(asked)
    choice = tuple(load_scenario(name) for name in scenarios) if scenarios else usual_scenarios()
    pair = None if between is None else _two(between, choice)
    options.seed_and_replicates(seed, 1)
    if draws is not None:
        options.validate_int(draws, "--draws", FEWEST_DRAWS, _MOST_DRAWS)
    options.validate_int(agents, "--agents", 1, place.population.most)
    street_slot_counts(place, agents, int(place.parameters.number("contacts")))
    drawn = read_posterior(place.folder / POSTERIOR if posterior is None else posterior, place.parameters)
    plan = Plan.of(place, drawn, draws, choice, collectable, agents, seed)
    rows = len(plan.jobs) + len(plan.again)
    processes = options.worker_count(workers, rows)
    folder = out if out is not None else Path("results") / f"voi-{place.name}"
    check_writable(folder)
    with closing(Journal(folder / JOURNAL)) as journal, progress("Draws", rows, quiet=quiet) as shown:
        evidence = gather(plan, journal, workers=processes, cluster=cluster, on_row=shown)
    with progress("Candidates", len(collectable), quiet=quiet) as shown:
        found = valued(evidence, seed, shown)
    told = found.hardest if pair is None else found.pair(*pair)
    write_results(folder, plan, found, told, asked, command_line())
    if not quiet:
        show(found, told, folder)
    if tell_failures(plan, found):
        raise typer.Exit(1)


def _two(between: str, choice: tuple[Scenario, ...]) -> tuple[str, str]:
    """The names of two of the scenarios."""
    known = [each.name for each in choice]
    names = [name.strip() for name in between.split(",")]
    for name in names:
        if name not in known:
            raise InputError("not among the scenarios", key="--between", given=name, allowed=known)
    if len(names) != 2 or names[0] == names[1]:
        raise InputError("not two scenarios", key="--between", given=between, allowed="two names, parted by a comma")
    return names[0], names[1]
