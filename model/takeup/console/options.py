"""The options that the commands share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from takeup.constants import MAX_SEED
from takeup.district import POSTERIOR, District, read_posterior
from takeup.errors import InputError
from takeup.months import LONGEST_MONTHS, format_month, parse_month

MOST_REPLICATES = 10_000
_MOST_DRAWS = 100_000


def parse_int(written: str | int) -> int:
    """An option's value as a whole number."""
    try:
        return int(written)
    except ValueError:
        raise typer.BadParameter(f'given: "{written}"; allowed: a whole number') from None


DistrictName = Annotated[
    str, typer.Option("--district", metavar="NAME|DIR", help="A shipped district, or a district's folder.")
]
Districts = Annotated[
    list[str] | None,
    typer.Option(
        "--district",
        metavar="NAME|DIR",
        help="A shipped district, a district's folder, or a folder of districts; may be repeated.",
        show_default="liwan",
    ),
]
EngineName = Annotated[str, typer.Option("--engine", metavar="compiled|objects", help="The results are the same.")]
Threads = Annotated[
    int,
    typer.Option("--threads", metavar="N", parser=parse_int, help="Threads of one run; the results are the same."),
]
Agents = Annotated[
    int | None,
    typer.Option(
        "--agents",
        metavar="N",
        parser=parse_int,
        help="Simulated migrants; the district's own number (1:1) if absent.",
    ),
]
Population = Annotated[
    int,
    typer.Option("--population", metavar="N", parser=parse_int, help="Persons of 16 and over who live there."),
]
Seed = Annotated[int, typer.Option("--seed", metavar="N", parser=parse_int, help="Replicate r uses seed + r.")]
Replicates = Annotated[
    int,
    typer.Option(
        "--replicates",
        metavar="N",
        parser=parse_int,
        help="Runs of each scenario, each with other people and luck.",
    ),
]
Draws = Annotated[
    int | None,
    typer.Option("--draws", metavar="N", parser=parse_int, help="Draws of the posterior, instead of replicates."),
]
PosteriorFile = Annotated[
    Path | None,
    typer.Option("--posterior", metavar="FILE.parquet", help="Another posterior than the district's own."),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers", metavar="N", parser=parse_int, help="Processes; as many as there are processors if absent."
    ),
]
Cluster = Annotated[
    str | None, typer.Option("--cluster", metavar="tcp://…", help="A running Dask scheduler to use instead.")
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Override a parameter for the whole run; may be repeated."),
]
ParametersFile = Annotated[
    Path | None, typer.Option("--parameters", metavar="FILE.toml", help="A table of overrides.")
]
FromMonth = Annotated[str, typer.Option("--from", metavar="YYYY-MM", help="First month.")]
UntilMonth = Annotated[str, typer.Option("--until", metavar="YYYY-MM", help="Last month.")]
PeopleMonth = Annotated[
    str | None, typer.Option("--people", metavar="YYYY-MM", help="Also write everyone who lives there in this month.")
]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Where to write; under results/ if absent.")]
LanguageCode = Annotated[
    str,
    typer.Option(
        "--language", metavar="en|zh", help="Of the report and the figures; files and columns keep their names."
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress, no tables; only what is wrong.")]


def validate_int(value: int, option: str, least: int, most: int) -> int:
    """The value of an option that counts something.

    Raises:
        InputError: it is not from `least` to `most`.
    """
    if not least <= value <= most:
        raise InputError("out of range", key=option, given=value, allowed=f"a whole number from {least} to {most}")
    return value


def seed_and_replicates(seed: int, replicates: int) -> tuple[int, int]:
    """Both, checked."""
    return (
        validate_int(seed, "--seed", 0, MAX_SEED - MOST_REPLICATES),
        validate_int(replicates, "--replicates", 1, MOST_REPLICATES),
    )


def select_draws(
    place: District, draws: int | None, posterior: Path | None, replicates: int
) -> list[dict[str, float]]:
    """The draws asked for, evenly spaced over the posterior; none: replicates.

    Args:
        place: whose posterior it is.
        draws: how many; None: replicates.
        posterior: its file; None: the district's own.
        replicates: asked for; 1 if they are not.

    Raises:
        InputError: draws and replicates are both asked for, or a posterior of which nothing is to be drawn; or there
            is no such posterior, or it has not so many draws.
    """
    if draws is None:
        if posterior is not None:
            raise InputError(
                "nothing is drawn of it", key="--posterior", given=str(posterior), allowed="with --draws N"
            )
        return []
    if replicates != 1:
        raise InputError("draws take the place of replicates", key="--draws", allowed="without --replicates")
    number = validate_int(draws, "--draws", 1, _MOST_DRAWS)
    file = place.folder / POSTERIOR if posterior is None else posterior
    return read_posterior(file, place.parameters).thinned(number)


def worker_count(workers: int | None, tasks: int) -> int:
    """How many processes: no more than there are tasks."""
    most = os.cpu_count() or 1
    return min(tasks, most if workers is None else validate_int(workers, "--workers", 1, 1_000))


def validate_period(start: str, until: str, people: str | None) -> None:
    """Check the months a run is asked for.

    Raises:
        InputError: one is not a month, they are not in order, or they are too many.
    """
    numbers = []
    for option, month in (
        ("--from", start),
        ("--until", until),
        ("--people", people if people is not None else start),
    ):
        try:
            numbers.append(parse_month(month))
        except InputError as error:
            raise error.within(key=option) from None
    first, last, asked = numbers
    if last < first:
        raise InputError("before --from", key="--until", given=until, allowed=f"{start} or later")
    if last - first >= LONGEST_MONTHS:
        raise InputError(
            "too long a run",
            key="--until",
            given=until,
            allowed=f"{format_month(first + LONGEST_MONTHS - 1)} at the latest: {LONGEST_MONTHS:,} months in all",
        )
    if not first <= asked <= last:
        raise InputError("not a month of the run", key="--people", given=people, allowed=f"{start} to {until}")
