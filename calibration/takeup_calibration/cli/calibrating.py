"""`takeup calibrate`: the posterior of a district's parameters."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from takeup.console import options
from takeup.console.progress import progress
from takeup.errors import InputError

if TYPE_CHECKING:
    from takeup_calibration.figures import Figure

_MOST_ROWS, _MOST_WAVES = 2**16, 100
METHODS = ("waves", "gp")


def calibrate(
    district: Annotated[str, typer.Argument(metavar="DISTRICT", help="A shipped district, or a district's folder.")],
    figures: Annotated[
        Path | None, typer.Option("--figures", metavar="FILE.toml", help="Other figures than the district's own.")
    ] = None,
    fit: Annotated[
        list[str] | None, typer.Option("--fit", metavar="NAME", help="Fit this figure too; may be repeated.")
    ] = None,
    leave: Annotated[
        list[str] | None, typer.Option("--leave", metavar="NAME", help="Do not fit this figure; may be repeated.")
    ] = None,
    method: Annotated[
        str, typer.Option("--method", metavar="waves|gp", help="gp: a cross-check, by one surrogate of the model.")
    ] = "waves",
    rows: Annotated[
        int, typer.Option("--rows", metavar="N", parser=options.parse_int, help="Points tried in the first wave.")
    ] = 2048,
    waves: Annotated[
        int, typer.Option("--waves", metavar="N", parser=options.parse_int, help="Waves at the most.")
    ] = 6,
    draws: Annotated[
        int, typer.Option("--draws", metavar="N", parser=options.parse_int, help="Draws of the posterior.")
    ] = 300,
    confirm: Annotated[
        int, typer.Option("--confirm", metavar="N", parser=options.parse_int, help="Draws lived at full size too.")
    ] = 20,
    agents: Annotated[
        int, typer.Option("--agents", metavar="N", parser=options.parse_int, help="Simulated migrants a point.")
    ] = 24_000,
    seed: Annotated[int, typer.Option("--seed", metavar="N", parser=options.parse_int, help="Of the design.")] = 1,
    installed: Annotated[
        bool,
        typer.Option("--install", help="Put what was found into the district's folder, for all commands to use."),
    ] = False,
    workers: options.Workers = None,
    cluster: options.Cluster = None,
    out: options.Out = None,
    quiet: options.Quiet = False,
) -> None:
    """Calibrate a district: all that its figures allow, weighted, and not one fitted vector.

    Stopped at any time, it goes on where it was when the command is typed again.
    """
    from takeup.district import load_district  # noqa: PLC0415
    from takeup.report.results_folder import check_writable  # noqa: PLC0415
    from takeup.runs.journal import JOURNAL, Journal  # noqa: PLC0415
    from takeup.simulation import street_slot_counts  # noqa: PLC0415
    from takeup_calibration.calibrate import Effort  # noqa: PLC0415
    from takeup_calibration.calibrate import calibrate as calibrated  # noqa: PLC0415
    from takeup_calibration.contradictions import never_together, unreachable  # noqa: PLC0415
    from takeup_calibration.coverage import coverage  # noqa: PLC0415
    from takeup_calibration.dimensions import dimensions_of  # noqa: PLC0415
    from takeup_calibration.figures import read_figures  # noqa: PLC0415
    from takeup_calibration.report.page import write_report  # noqa: PLC0415
    from takeup_calibration.results import install, write_results  # noqa: PLC0415
    from takeup_calibration.rows import Runner  # noqa: PLC0415
    from takeup_calibration.showing import show, wanted  # noqa: PLC0415
    from takeup_calibration.summary import summary_of  # noqa: PLC0415

    place = load_district(district, calibrated=False)
    file = figures if figures is not None else place.folder / "figures.toml"
    asked = _chosen(read_figures(file), file, fit or [], leave or [])
    if not dimensions_of(place.parameters):
        raise InputError("no parameter has a prior", file=place.folder / "parameters.toml")
    if method not in METHODS:
        raise InputError("unknown method", key="--method", given=method, allowed=METHODS, nearest=METHODS)
    effort = Effort(
        options.validate_int(rows, "--rows", 2, _MOST_ROWS),
        options.validate_int(waves, "--waves", 1, _MOST_WAVES),
        agents=options.validate_int(agents, "--agents", 1, place.population.most),
        draws=options.validate_int(draws, "--draws", 1, _MOST_ROWS),
        confirmed=options.validate_int(confirm, "--confirm", 0, _MOST_ROWS),
        seed=options.seed_and_replicates(seed, 1)[0],
        method=method,
    )
    street_slot_counts(place, agents, int(place.parameters.number("contacts")))
    folder = out if out is not None else Path("results") / f"calibrate-{place.name}"
    check_writable(folder)
    _warn_of_contradictions(asked)
    with (
        closing(Journal(folder / JOURNAL)) as journal,
        progress("Trying points", effort.rows, quiet=quiet) as shown,
    ):
        found = calibrated(
            place,
            asked,
            effort,
            Runner(journal, options.worker_count(workers, effort.rows), cluster),
            lambda what, done, of: shown(done, of, what),
        )
    summary = summary_of(found, coverage(found.rows))
    write_results(folder, found, summary)
    write_report(folder, found, summary)
    if not quiet:
        show(summary)
        typer.echo(f"Written: {folder / 'report.html'}")
    apart = unreachable(asked, found.rows.predicted)
    for figure, nearest in apart:
        typer.echo(
            f"takeup: the figure {figure.name} cannot be reached: wanted {wanted(figure.low, figure.high)}, "
            f"the nearest that the model gives is {nearest:.3g}",
            err=True,
        )
    for one, other in never_together(asked, found.rows.predicted):
        typer.echo(f"takeup: warning: no row meets the figures {one.name} and {other.name} together", err=True)
    if apart:
        raise typer.Exit(1)
    if installed:
        for written in install(place.folder, found):
            typer.echo(f"Installed: {written}")


def _chosen(figures: list[Figure], file: Path, fit: list[str], leave: list[str]) -> list[Figure]:
    """The figures, fitted or not as the options say."""
    names = [figure.name for figure in figures]
    for option, given in (("--fit", fit), ("--leave", leave)):
        for name in given:
            if name not in names:
                raise InputError("no such figure", file=file, key=option, given=name, allowed=names, nearest=names)
    chosen = [
        replace(figure, fit=(figure.fit or figure.name in fit) and figure.name not in leave) for figure in figures
    ]
    if not any(figure.fit for figure in chosen):
        raise InputError("no figure is left to be fitted", key="--leave", given=", ".join(leave), allowed=names)
    return chosen


def _warn_of_contradictions(figures: list[Figure]) -> None:
    from takeup_calibration.contradictions import contradicting  # noqa: PLC0415

    for one, other in contradicting(figures):
        typer.echo(
            f"takeup: warning: the figures {one.name} and {other.name} contradict each other: one expression, "
            f"one time, {one.low:g} to {one.high:g} and {other.low:g} to {other.high:g}",
            err=True,
        )
