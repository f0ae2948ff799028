"""`takeup check`: are these files right? Nothing is simulated."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, Final

import typer

from takeup.console.options import DistrictName
from takeup.constants import PERCENT
from takeup.district import CALIBRATED, POSTERIOR, District, load_district, margin_error, read_posterior
from takeup.district.posterior import apply_calibration
from takeup.district.tile_map import TILES, tiles_of
from takeup.errors import InputError
from takeup.io import read_toml, require_regular_file
from takeup.scenario import Timeline, load_scenario
from takeup.scenario.packages import PLAN, check_against_district, read_options

_DISTRICT_FILES: Final = ("population.toml", "parameters.toml", "rules.toml")
_TARGETS: Final = "targets.toml"
_JOINING: Final = "takeup.checks"
"""The entry points of what reads a file that is not the model's own, by the file's name: how much is in it."""


def check(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="Scenario files, plan files, and districts' folders or files."),
    ],
    district: DistrictName = "liwan",
) -> None:
    """Check scenario files, plan files and districts; scenarios and plans are checked against --district.

    A district's folder is checked with all that lies in it; one of its files against the district it lies in.
    """
    wrong: list[InputError] = []
    for file in files:
        try:
            if not file.is_dir():
                require_regular_file(file)
            if file.is_dir() or file.name in _DISTRICT_FILES:
                place = load_district(file if file.is_dir() else file.parent)
                _report(place)
                wrong += _faults_beside(place)
            else:
                typer.echo(f"{file}: {_found(file, district)}")
        except InputError as error:
            wrong.append(error)
    for fault in wrong[:-1]:
        typer.echo(f"takeup: {fault}", err=True)
    if wrong:
        raise wrong[-1]


def _faults_beside(place: District) -> list[InputError]:
    """What is wrong in the other files of a district's folder; what is right there is said."""
    faults = []
    for name, read in _READERS.items():
        file = place.folder / name
        if file.exists():
            try:
                require_regular_file(file)
                typer.echo(f"  {name}: {read(file, place)}")
            except InputError as error:
                faults.append(error)
    return faults


def _found(file: Path, district: str) -> str:
    """What a single file holds, if it is right."""
    if file.name in _READERS:
        beside = (file.parent / _DISTRICT_FILES[0]).is_file()
        place = load_district(file.parent if beside else district, calibrated=file.name != CALIBRATED)
        return _READERS[file.name](file, place)
    return (_plan if _is_plan(file) else _scenario)(file, load_district(district))


def _is_plan(file: Path) -> bool:
    """Whether it has options, which plan files alone do; a file that cannot be read is told of as a scenario."""
    try:
        return "option" in read_toml(file)
    except InputError:
        return False


def _scenario(file: Path, place: District) -> str:
    scenario = load_scenario(file)
    Timeline(scenario, place)
    return f"right ({_counted(len(scenario.stated), 'intervention')})"


def _plan(file: Path, place: District) -> str:
    options = read_options(file)
    check_against_district(options, place)
    sizes = sum(len(option.sizes) for option in options.each)
    return f"right ({_counted(len(options.each), 'option')} in {_counted(sizes, 'size')})"


def _calibrated(file: Path, place: District) -> str:
    known = apply_calibration(place.parameters, file)
    return f"right ({_counted(sum(each.status == 'calibrated' for each in known), 'calibrated value')})"


def _posterior(file: Path, place: District) -> str:
    return f"right ({_counted(len(read_posterior(file, place.parameters).draws), 'draw')})"


def _tiles(file: Path, place: District) -> str:
    tiles = tiles_of(place, file)
    return f"right ({_counted(len(tiles.places), 'tile')})"


def _targets(file: Path, place: District) -> str:
    """Targets are read by the calibration package, which registers its reader as an entry point."""
    del place
    for joining in entry_points(group=_JOINING, name=file.name):
        read: Callable[[Path], int] = joining.load()
        return f"right ({_counted(read(file), 'target')})"
    return "not checked (takeup_calibration, which reads it, is not installed)"


_READERS: Final[dict[str, Callable[[Path, District], str]]] = {
    CALIBRATED: _calibrated,
    POSTERIOR: _posterior,
    _TARGETS: _targets,
    PLAN: _plan,
    TILES: _tiles,
}
"""What may lie in a district's folder beside the files it must have."""


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _report(district: District) -> None:
    population = district.population
    Timeline(load_scenario(None), district)
    typer.echo(
        f"{district.folder}: right ({population.name} {population.name_zh}, {len(district.streets)} streets, "
        f"{population.most:,} persons at the most{', invented' if population.invented else ''})"
    )
    typer.echo("  how far the raked population is from each table, at the most, in points:")
    for table, margin in zip(population.tables, population.margins, strict=True):
        points = margin_error(population.joint, margin) * PERCENT
        typer.echo(f"    {' x '.join(margin.of):24} {points:.1e}   {table.status}")
    counts: dict[str, int] = {}
    for parameter in district.parameters:
        counts[parameter.status] = counts.get(parameter.status, 0) + 1
    typer.echo("  parameters: " + ", ".join(f"{count} {status}" for status, count in sorted(counts.items())))
