"""The options that the commands share, and checks of their values."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from takeup.constants import MAX_SEED
from takeup.district import POSTERIOR, District, read_posterior
from takeup.errors import InputError
from takeup.io import check_writable
from takeup.limits import MAX_DRAWS, MAX_REPLICATES, MAX_WORKERS, validate_int
from takeup.text import describe_look_alike, parse_number, parse_whole_number, suggest_number


def parse_int(written: str | int) -> int:
    """Parse the value of an option as a whole number."""
    if isinstance(written, int):
        return written
    try:
        return parse_whole_number(written)
    except ValueError:
        raise typer.BadParameter(_number_message(written, "a whole number")) from None


def parse_float(written: str | float) -> float:
    """Parse the value of an option as a number."""
    if isinstance(written, int | float):
        return written
    try:
        return parse_number(written)
    except ValueError:
        raise typer.BadParameter(_number_message(written, "a number")) from None


def _number_message(written: str, allowed: str) -> str:
    """Say what was given and what is allowed, with the nearest number of the right format."""
    note = describe_look_alike(written)
    hint = suggest_number(written)
    return (
        f'given: "{written}"'
        + (f" ({note})" if note else "")
        + f"; allowed: {allowed}"
        + (f"; did you mean {hint}?" if hint else "")
    )


DistrictName = Annotated[
    str, typer.Option("--district", metavar="NAME|DIR", help="Use this shipped district, or a district's folder.")
]
Districts = Annotated[
    list[str] | None,
    typer.Option(
        "--district",
        metavar="NAME|DIR",
        help="Use this shipped district, district's folder, or folder of districts; may be repeated.",
        show_default="liwan",
    ),
]
EngineName = Annotated[
    str, typer.Option("--engine", metavar="compiled|objects", help="Choose the engine; the results are the same.")
]
Threads = Annotated[
    int,
    typer.Option(
        "--threads", metavar="N", parser=parse_int, help="Set the threads per run; the results are the same."
    ),
]
Agents = Annotated[
    int | None,
    typer.Option(
        "--agents",
        metavar="N",
        parser=parse_int,
        help="Set the number of simulated migrants; the district's own number (1:1) if absent.",
    ),
]
Population = Annotated[
    int,
    typer.Option("--population", metavar="N", parser=parse_int, help="Set the number of residents aged 16 and over."),
]
Seed = Annotated[
    int, typer.Option("--seed", metavar="N", parser=parse_int, help="Set the random seed; replicate r uses seed + r.")
]
Replicates = Annotated[
    int,
    typer.Option(
        "--replicates",
        metavar="N",
        parser=parse_int,
        help="Run each scenario with N random seeds.",
    ),
]
Draws = Annotated[
    int | None,
    typer.Option(
        "--draws",
        metavar="N",
        parser=parse_int,
        help="Run each scenario under N draws of the posterior, instead of replicates.",
    ),
]
PosteriorFile = Annotated[
    Path | None,
    typer.Option("--posterior", metavar="FILE.parquet", help="Use another posterior than the district's own."),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        metavar="N",
        parser=parse_int,
        help="Set the number of processes; as many as there are processors if absent.",
    ),
]
Cluster = Annotated[
    str | None,
    typer.Option("--cluster", metavar="tcp://…", help="Run on the Dask cluster of this scheduler instead."),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Override a parameter for the whole run; may be repeated."),
]
ParametersFile = Annotated[
    Path | None,
    typer.Option("--parameters", metavar="FILE.toml", help="Read overrides of parameters from this file."),
]
FromMonth = Annotated[str, typer.Option("--from", metavar="YYYY-MM", help="Set the first month.")]
UntilMonth = Annotated[str, typer.Option("--until", metavar="YYYY-MM", help="Set the last month.")]
PeopleMonth = Annotated[
    str | None, typer.Option("--people", metavar="YYYY-MM", help="Also write a table of all residents in this month.")
]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Write to this folder; to a new one under results/ if absent."),
]
LanguageCode = Annotated[
    str,
    typer.Option(
        "--language",
        metavar="en|zh",
        help="Set the language of report and figures; names of files and columns stay English.",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", help="Print errors and warnings only.")]


def seed_and_replicates(seed: int, replicates: int) -> tuple[int, int]:
    """Return the seed and the number of replicates, both checked.

    Raises:
        InputError: One is out of range.
    """
    return (
        validate_int(seed, "--seed", 0, MAX_SEED - MAX_REPLICATES),
        validate_int(replicates, "--replicates", 1, MAX_REPLICATES),
    )


def select_draws(
    place: District, draws: int | None, posterior: Path | None, replicates: int
) -> list[dict[str, float]]:
    """Select draws, evenly spaced over the posterior.

    Args:
        place: The district.
        draws: Number of draws; None for replicates.
        posterior: File of the posterior; None for the district's own.
        replicates: Number of replicates; 1 if not given.

    Returns:
        Parameters by dotted name, of each draw; empty for replicates.

    Raises:
        InputError: Draws and replicates are both given, or a posterior without draws; or there is no such posterior,
            or it has fewer draws.
    """
    if draws is None:
        if posterior is not None:
            raise posterior_without_draws(posterior)
        return []
    if replicates != 1:
        raise InputError("draws take the place of replicates", key="--draws", allowed="without --replicates")
    number = validate_int(draws, "--draws", 1, MAX_DRAWS)
    file = place.folder / POSTERIOR if posterior is None else posterior
    return read_posterior(file, place.parameters).thinned(number)


def posterior_without_draws(posterior: Path) -> InputError:
    """Return the error for --posterior without --draws."""
    return InputError(
        "no draws of this posterior are requested", key="--posterior", given=str(posterior), allowed="with --draws N"
    )


def results_folder(out: Path | None, name: str) -> Path:
    """Return the folder to write to: the one given, or else one under results/.

    Args:
        out: the folder given with --out.
        name: of the folder under results/; it contains a hash of everything that decides the results.

    Raises:
        OutputError: The folder cannot be written to.
    """
    folder = Path("results") / name if out is None else out
    check_writable(folder)
    return folder


def worker_count(workers: int | None, jobs: int) -> int:
    """Return the number of processes: at most one per job.

    Raises:
        InputError: The number given is out of range.
    """
    most = os.cpu_count() or 1
    return min(jobs, most if workers is None else validate_int(workers, "--workers", 1, MAX_WORKERS))
