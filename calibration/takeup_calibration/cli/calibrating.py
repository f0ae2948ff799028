"""`takeup calibrate`: the posterior of a district's parameters."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from takeup.cli import options
from takeup.cli.progress import progress
from takeup.errors import InputError

_MOST_ROWS, _MOST_WAVES = 2**20, 100


def calibrate(
    district: Annotated[str, typer.Argument(metavar="DISTRICT", help="A shipped district, or a district's folder.")],
    figures: Annotated[
        Path | None, typer.Option("--figures", metavar="FILE.toml", help="Other figures than the district's own.")
    ] = None,
    rows: Annotated[int, typer.Option("--rows", metavar="N", help="Points tried in the first wave.")] = 2048,
    waves: Annotated[int, typer.Option("--waves", metavar="N", help="Waves at the most.")] = 6,
    draws: Annotated[int, typer.Option("--draws", metavar="N", help="Draws of the posterior.")] = 300,
    agents: Annotated[int, typer.Option("--agents", metavar="N", help="Simulated migrants a point.")] = 24_000,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Of the design.")] = 1,
    workers: options.Workers = None,
    cluster: options.Cluster = None,
    out: options.Out = None,
    quiet: options.Quiet = False,
) -> None:
    """Calibrate a district: all that its figures allow, weighted, and not one fitted vector.

    Stopped at any time, it goes on where it was when the command is typed again.
    """
    from takeup.district import load_district  # noqa: PLC0415
    from takeup.experiment.journal import Journal  # noqa: PLC0415
    from takeup.report.files import check_writable  # noqa: PLC0415
    from takeup.simulation import street_blocks  # noqa: PLC0415
    from takeup_calibration.calibrate import Effort  # noqa: PLC0415
    from takeup_calibration.calibrate import calibrate as calibrated  # noqa: PLC0415
    from takeup_calibration.dimensions import dimensions_of  # noqa: PLC0415
    from takeup_calibration.figures import read_figures  # noqa: PLC0415
    from takeup_calibration.results import write_results  # noqa: PLC0415

    place = load_district(district, calibrated=False)
    wanted = read_figures(figures if figures is not None else place.folder / "figures.toml")
    if not dimensions_of(place.parameters):
        raise InputError("no parameter has a prior", file=place.folder / "parameters.toml")
    effort = Effort(
        options.whole(rows, "--rows", 2, _MOST_ROWS),
        options.whole(waves, "--waves", 1, _MOST_WAVES),
        agents=agents,
        draws=options.whole(draws, "--draws", 1, _MOST_ROWS),
        seed=options.seed_and_replicates(seed, 1)[0],
    )
    street_blocks(place, agents, int(place.parameters.number("contacts")))
    folder = out if out is not None else Path("results") / f"calibrate-{place.name}"
    check_writable(folder)
    journal = Journal(folder / "journal.sqlite")
    count = options.worker_count(workers, effort.rows)
    with progress("Trying points", effort.rows, quiet=quiet) as shown:
        found = calibrated(
            place,
            wanted,
            effort,
            journal,
            workers=count,
            cluster=cluster,
            on_row=lambda *so_far: shown(*_said(*so_far)),
        )
    unreachable = write_results(folder, found, quiet=quiet)
    if unreachable:
        raise typer.Exit(1)


def _said(wave: int, done: int, of: int, effective: float) -> tuple[int, int, str]:
    learnt = f", effective sample so far {effective:.0f}" if wave else ""
    return done, of, f"Wave {wave + 1}: {done} of {of} points{learnt}"
