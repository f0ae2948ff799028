"""`takeup district synthesise`: an invented province."""

from __future__ import annotations

import os
import secrets
import shlex
import shutil
from pathlib import Path
from typing import Annotated

import typer

from takeup.console import options
from takeup.console.progress import Progress, progress
from takeup.district import District, load_district
from takeup.errors import InputError
from takeup.scenario import Timeline, load_scenario

_MOST_DISTRICTS, _MOST_PERSONS, _LARGEST_SEED = 10_000, 2_000_000_000, 2**62 - 1
_TOKEN_BYTES = 4
_AGENTS_A_DISTRICT = 10_000
"""That make a first try quick."""


def synthesise(
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="The folder to make, one folder a district in it.")
    ],
    count: Annotated[int, typer.Option("--count", metavar="N", parser=options.whole_number, help="Districts.")] = 120,
    population: Annotated[
        int,
        typer.Option(
            "--population", metavar="N", parser=options.whole_number, help="Persons of 16 and over in all of them."
        ),
    ] = 52_000_000,
    like: Annotated[
        str, typer.Option("--like", metavar="NAME|DIR", help="The district that they are made on the pattern of.")
    ] = "template",
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", parser=options.whole_number, help="Another one, another province.")
    ] = 1,
    quiet: options.Quiet = False,
) -> None:
    """Write an invented province: districts to measure with, not to learn from.

    The same options write the same bytes.
    """
    number = options.whole(count, "--count", 1, _MOST_DISTRICTS)
    persons = options.whole(population, "--population", 1, _MOST_PERSONS)
    chance = options.whole(seed, "--seed", 0, _LARGEST_SEED)
    base = load_district(like, calibrated=False)
    if out.exists() or out.is_symlink():
        raise InputError("there is such a folder already", key="--out", file=out, allowed="another name")
    with progress(f"Inventing {number:,} districts", number, quiet=quiet) as done:
        _write(out, base, number, persons, chance, done)
    if not quiet:
        typer.echo(
            f"Written: {out}, {number:,} invented districts of {persons:,} persons\n"
            f"Try: takeup run baseline --district {out} --agents {min(persons, number * _AGENTS_A_DISTRICT)}"
        )


def _write(out: Path, base: District, count: int, persons: int, seed: int, done: Progress) -> None:
    """The folder, made aside and only then put in its place; each district is checked as `takeup check` does.

    Raises:
        InputError: there are too few persons.
        OutputError: it cannot be written.
    """
    from takeup.district.synthesis import (  # noqa: PLC0415  (others do not need it)
        invented_districts,
        parameters_text,
        population_text,
    )
    from takeup.report.files import OutputError, check_writable, write_whole  # noqa: PLC0415  (pandas)

    check_writable(out)
    options_given = {"--count": count, "--population": persons, "--like": base.name, "--seed": seed}
    command = f"takeup district synthesise {shlex.join(str(part) for pair in options_given.items() for part in pair)}"
    parameters = parameters_text((base.folder / "parameters.toml").read_text(encoding="utf-8"), base.name, command)
    above = next(path for path in out.absolute().parents if path.exists())
    aside = above / f".{out.name}-{secrets.token_hex(_TOKEN_BYTES)}.part"
    try:
        for place in invented_districts(base.population, count, persons, seed):
            folder = aside / f"invented-{place.number:0{max(len(str(count)), 3)}d}"
            write_whole(folder / "population.toml", population_text(place, base.population, command))
            write_whole(folder / "parameters.toml", parameters)
            if base.rules is not None:
                write_whole(folder / "rules.toml", base.rules.read_text(encoding="utf-8"))
            _check(folder, base)
            done(place.number)
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            os.rename(aside, out)  # noqa: PTH104  (Path.rename says the same; a folder that is there is kept)
        except OSError as error:
            raise OutputError(out, error) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _check(folder: Path, base: District) -> None:
    """As `takeup check` does; what is wrong can only be from the district started from."""
    try:
        Timeline(load_scenario(None), load_district(folder))
    except InputError as error:
        file = base.folder / Path(error.file).name if error.file is not None else base.folder
        raise InputError(error.problem, file=file, key=error.key, given=error.given, allowed=error.allowed) from None
