"""The options that the commands share, and checks of their values."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Final

import typer

from takeup.constants import MAX_SEED
from takeup.district import POSTERIOR, District, read_posterior
from takeup.errors import InputError
from takeup.io import check_writable
from takeup.months import LONGEST_MONTHS, format_month, parse_month

MAX_REPLICATES: Final = 10_000
MAX_DRAWS: Final = 100_000
MAX_THREADS: Final = 256
_MAX_WORKERS: Final = 1_000


def parse_int(written: str | int) -> int:
    """Parse the value of an option as a whole number."""
    try:
        return int(written)
    except ValueError:
        raise typer.BadParameter(f'given: "{written}"; allowed: a whole number') from None


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


def validate_int(value: int, option: str, least: int, most: int) -> int:
    """Return the whole number given for an option.

    Raises:
        InputError: It is not between `least` and `most`.
    """
    if not least <= value <= most:
        raise InputError("out of range", key=option, given=value, allowed=f"a whole number from {least} to {most}")
    return value


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
    return min(jobs, most if workers is None else validate_int(workers, "--workers", 1, _MAX_WORKERS))


def validate_period(start: str, until: str, people: str | None) -> None:
    """Check the months of a run.

    Raises:
        InputError: One is not a month, they are not in order, or they are too many.
    """
    numbers = []
    for option, month in (
        ("--from", start),
        ("--until", until),
        ("--people", people if people is not None else start),
    ):
        numbers.append(validate_month(option, month))
    first, last, recorded = numbers
    if last < first:
        raise InputError("before --from", key="--until", given=until, allowed=f"{start} or later")
    if last - first >= LONGEST_MONTHS:
        raise InputError(
            "the run is too long",
            key="--until",
            given=until,
            allowed=f"{format_month(first + LONGEST_MONTHS - 1)} at the latest: {LONGEST_MONTHS:,} months in all",
        )
    if not first <= recorded <= last:
        raise InputError("not a month of the run", key="--people", given=people, allowed=f"{start} to {until}")


def validate_month(option: str, month: str) -> int:
    """Return the number of the month given for an option.

    Raises:
        InputError: It is not a month.
    """
    try:
        return parse_month(month)
    except InputError as error:
        raise error.within(key=option) from None
