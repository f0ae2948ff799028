"""`takeup district from-table`: a district's margins from weighted survey records."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from takeup.cli.making import checked_name
from takeup.console import options
from takeup.console.progress import progress
from takeup.district import ATTRIBUTES, District, load_district
from takeup.errors import InputError
from takeup.scenario import Timeline, load_scenario

if TYPE_CHECKING:
    import pandas as pd

_MOST_PERSONS = 2_000_000_000
_LOCAL = re.compile(r"^(\s*local\s*=\s*)true\b", re.MULTILINE)
_TOKEN_BYTES = 4


def from_table(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="Respondents, one row a person.")],
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="The district's name, and its folder's.")],
    population: options.Population,
    weight: Annotated[
        str | None, typer.Option("--weight", metavar="COLUMN", help="The column of weights; all alike if absent.")
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option("--mapping", metavar="FILE.toml", help="What the table's columns and answers mean."),
    ] = None,
    base: Annotated[
        str,
        typer.Option(
            "--from-district", metavar="NAME|DIR", help="Where all comes from that the table does not tell."
        ),
    ] = "template",
    pairs: Annotated[
        str | None,
        typer.Option(
            "--pairs",
            metavar="A:B,…",
            help="Two-way tables to count, or none; those of --from-district if absent.",
        ),
    ] = None,
    name_zh: Annotated[
        str | None, typer.Option("--name-zh", metavar="NAME", help="Its Chinese name; NAME if absent.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder to make it in.")] = Path(),
    quiet: options.Quiet = False,
) -> None:
    """Write a new district's folder, its people counted from survey records."""
    from takeup.district.survey import (  # noqa: PLC0415  (pandas takes half a second to import)
        margins_frame,
        population_text,
        read_survey,
        read_translation,
        stated_tables,
        warnings,
    )

    folder = out / checked_name(name)
    if folder.exists() or folder.is_symlink():
        raise InputError("there is such a folder already", file=folder, allowed="another name")
    persons = options.whole(population, "--population", 1, _MOST_PERSONS)
    wanted = None if pairs is None else _pairs(pairs)
    place = load_district(base, calibrated=False)
    translation = read_translation(mapping)
    with progress(f"Reading {file.name}", _size(file), quiet=quiet) as done:
        survey = read_survey(
            file, weight=weight, translation=translation, streets=place.population.streets, on_bytes=done
        )
    tables = stated_tables(survey, place, wanted)
    text = population_text(
        tables, survey, place, name=name, name_zh=name_zh if name_zh is not None else name, persons=persons
    )
    margins = margins_frame(tables)
    _write(folder, text, place, margins)
    for sentence in warnings(tables, survey):
        typer.echo(f"takeup: {sentence}", err=True)
    if not quiet:
        _show(margins, folder, survey.passed)


def _pairs(written: str) -> tuple[tuple[str, str], ...]:
    """Two-way tables as an option names them.

    Raises:
        InputError: one is not two attributes, or stands twice.
    """
    found: list[tuple[str, str]] = []
    for part in [] if written == "none" else written.split(","):
        first, colon, second = (each.strip() for each in part.partition(":"))
        if not colon:
            raise InputError("not a pair", key="--pairs", given=part, allowed="none, or pairs as housing:work")
        for attribute in (first, second):
            if attribute not in ATTRIBUTES:
                raise InputError("unknown attribute", key="--pairs", given=attribute, allowed=ATTRIBUTES)
        if first == second or {first, second} in [set(pair) for pair in found]:
            raise InputError("stands twice", key="--pairs", given=part)
        found.append((first, second))
    return tuple(found)


def _write(folder: Path, population: str, base: District, margins: pd.DataFrame) -> None:
    """The folder, made aside, checked as `takeup check` and a run would, and only then put in its place.

    Raises:
        InputError: the model would refuse it.
        OutputError: it cannot be written.
    """
    from takeup.report.files import OutputError, check_writable, write_tables, write_whole  # noqa: PLC0415
    from takeup.simulation import street_blocks  # noqa: PLC0415  (numba and Mesa take a second to import)

    check_writable(folder)
    above = next(path for path in folder.absolute().parents if path.exists())
    aside = above / f".{folder.name}-{secrets.token_hex(_TOKEN_BYTES)}.part"
    try:
        write_whole(aside / "population.toml", population)
        for name, content in _copies(base).items():
            write_whole(aside / name, content)
        try:
            made = load_district(aside)
            Timeline(load_scenario(None), made)
        except InputError as error:
            at = folder / Path(error.file).name if error.file is not None else folder
            raise InputError(
                error.problem, file=at, key=error.key, given=error.given, allowed=error.allowed
            ) from None
        try:
            street_blocks(made, made.population.most, int(made.parameters.number("contacts")))
        except InputError as error:
            raise InputError(error.problem, key="--population", given=error.given, allowed=error.allowed) from None
        write_tables({"margins": margins}, aside)
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            os.rename(aside, folder)  # noqa: PTH104  (Path.rename says the same; a folder that is there is kept)
        except OSError as error:
            raise OutputError(folder, error) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _copies(base: District) -> dict[str, str]:
    """The other files of the district started from; what a calibration found there is not of this district."""
    told = f"# Copied from the district {base.name}: values, statuses and sources are that district's.\n\n"
    texts = {
        name: told + (base.folder / name).read_text(encoding="utf-8")
        for name in ("parameters.toml", "targets.toml", "rules.toml")
        if (base.folder / name).is_file()
    }
    if "targets.toml" in texts:
        texts["targets.toml"] = _LOCAL.sub(r"\1false", texts["targets.toml"])
    return texts


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except (OSError, ValueError):
        return 0


def _show(margins: pd.DataFrame, folder: Path, passed: tuple[str, ...]) -> None:
    from rich.console import Console  # noqa: PLC0415

    from takeup.district.survey import SMALL_CELL  # noqa: PLC0415
    from takeup.report.margins import render_margins  # noqa: PLC0415

    Console().print(render_margins(margins, SMALL_CELL))
    if passed:
        typer.echo(f"Columns not used: {', '.join(passed)}")
    typer.echo(f"Written: {folder}\nTry: takeup check {folder}")
