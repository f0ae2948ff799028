"""`takeup sensitivity`: which unknown numbers the take-up and the levers' effects depend on."""

from __future__ import annotations

from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from takeup.console import options
from takeup.console.overrides import Overrides, agents_of
from takeup.console.progress import progress
from takeup.errors import InputError, install_hint

if TYPE_CHECKING:
    from takeup_calibration.sensitivity.design import Method

_DISTRICT = "liwan"
_BOTH = "both"
_ABSENT: dict[Method, int] = {"morris": 40, "sobol": 256}
"""Methods, and --rows of each if it is absent."""
_MOST_ROWS = 2**16


def sensitivity(
    named: Annotated[
        str | None, typer.Argument(metavar="DISTRICT", help="As --district.", show_default=False)
    ] = None,
    district: options.DistrictName = _DISTRICT,
    method: Annotated[
        str,
        typer.Option("--method", metavar="morris|sobol|both", help="both: Sobol for what Morris finds to matter."),
    ] = "morris",
    rows: Annotated[
        int | None,
        typer.Option(
            "--rows",
            metavar="N",
            parser=options.parse_int,
            help=f"Morris: trajectories ({_ABSENT['morris']} if absent); "
            f"Sobol: base points, a power of two ({_ABSENT['sobol']} if absent).",
        ),
    ] = None,
    only: Annotated[
        str | None,
        typer.Option("--only", metavar="NAME,NAME", help="Sobol for these alone, all others taken together."),
    ] = None,
    agents: Annotated[
        int, typer.Option("--agents", metavar="N", parser=options.parse_int, help="Simulated migrants a row.")
    ] = 24_000,
    seed: Annotated[
        int,
        typer.Option(
            "--seed", metavar="N", parser=options.parse_int, help="Of the design, the people and their luck."
        ),
    ] = 1,
    settings: options.Set = None,
    parameters: options.ParametersFile = None,
    workers: options.Workers = None,
    cluster: options.Cluster = None,
    out: options.Out = None,
    quiet: options.Quiet = False,
) -> None:
    """What the take-up and the levers' effects depend on, over all that the priors hold possible.

    Stopped at any time, it goes on where it was when the command is typed again; with more --rows too.
    """
    if find_spec("SALib") is None:
        raise InputError("needs SALib", allowed=install_hint("calibration"))
    from takeup.district import load_district  # noqa: PLC0415
    from takeup.report.manifest import command_line  # noqa: PLC0415
    from takeup.report.results_folder import check_writable  # noqa: PLC0415
    from takeup.runs.journal import JOURNAL, Journal  # noqa: PLC0415
    from takeup_calibration.dimensions import dimensions_of, known  # noqa: PLC0415
    from takeup_calibration.sensitivity.looking import Seen, looks_at, see  # noqa: PLC0415
    from takeup_calibration.sensitivity.ranking import not_dismissed  # noqa: PLC0415
    from takeup_calibration.sensitivity.results import announce, show, tell_failures, write_results  # noqa: PLC0415

    if named is not None and district not in (named, _DISTRICT):
        raise InputError("another than DISTRICT", key="--district", given=district, allowed="one of the two")
    place = load_district(named or district, calibrated=False)
    values = Overrides(settings, parameters).checked(place)
    names = [dimension.name for dimension in dimensions_of(known(place.parameters, values))]
    if not names:
        raise InputError("no parameter has a prior", file=place.folder / "parameters.toml")
    counts = _counts(method, rows)
    alone = None if only is None else _named(only, names, method)
    options.seed_and_replicates(seed, 1)
    options.validate_int(agents_of(place, agents, values), "--agents", 1, place.population.most)
    processes = options.worker_count(workers, _MOST_ROWS)
    folder = out if out is not None else Path("results") / f"sensitivity-{place.name}"
    check_writable(folder)
    found: list[Seen] = []
    with closing(Journal(folder / JOURNAL)) as journal:
        for each, count in counts.items():
            if found and alone is None:
                alone = not_dismissed(found[0].indices)
            look = looks_at(place, each, count, agents, seed, alone, values)
            announce(look, journal, quiet=quiet)
            with progress(each.capitalize(), len(look.distinct), quiet=quiet) as shown:
                found.append(see(look, journal, workers=processes, cluster=cluster, on_row=shown))
    write_results(folder, found, command_line())
    if not quiet:
        show(found, folder)
    if tell_failures(found):
        raise typer.Exit(1)


def _counts(method: str, rows: int | None) -> dict[Method, int]:
    """How many trajectories, how many base points."""
    if method not in (*_ABSENT, _BOTH):
        raise InputError("unknown method", key="--method", given=method, allowed=(*_ABSENT, _BOTH))
    if rows is not None:
        options.validate_int(rows, "--rows", 2, _MOST_ROWS)
        if method != "morris" and rows & (rows - 1):
            raise InputError("Sobol points come by powers of two", key="--rows", given=rows, allowed="2, 4, 8, 16, …")
    return {each: rows or absent for each, absent in _ABSENT.items() if method in (each, _BOTH)}


def _named(only: str, names: list[str], method: str) -> list[str]:
    """The parameters that are to have Sobol indices of their own."""
    if method == "morris":
        raise InputError("Morris looks at all", key="--only", given=only, allowed=f"--method sobol or {_BOTH}")
    asked = [name.strip() for name in only.split(",")]
    for name in asked:
        if name not in names:
            raise InputError("has no prior", key="--only", given=name, allowed=names)
    return asked
