"""`takeup check`: validation of scenario files, plan files and districts."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, Final

import typer

from takeup.console.options import DistrictName
from takeup.district import (
    CALIBRATED,
    MEASURES,
    POSTERIOR,
    TARGETS,
    TILES,
    District,
    load_district,
    margin_error,
    read_posterior,
    tiles_of,
    with_measures,
)
from takeup.district.posterior import apply_calibration
from takeup.errors import InputError
from takeup.io import JOURNAL, read_toml, require_regular_file
from takeup.months import END, START, parse_month
from takeup.report.formatting import PERCENT
from takeup.report.results_folder import MANIFEST, verify_results
from takeup.scenario import Timeline, check_measures, load_scenario
from takeup.scenario.packages import PLAN, check_against_district, read_options

_DISTRICT_FILES: Final = ("population.toml", "parameters.toml", "rules.toml")
_FURTHER_TARGETS: Final = "targets_*.toml"
"""Names of further files of targets in a district's folder, for the option --targets of `takeup calibrate`."""
_ENTRY_POINTS: Final = "takeup.checks"
"""Entry points, by file name, of functions that read a file of another package and return its number of entries."""


def check(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="Scenario, plan and district files; districts and results folders."),
    ],
    district: DistrictName = "liwan",
) -> None:
    """Check scenario files, plan files and districts, without a simulation.

    Scenario and plan files are checked against a district. A district's folder is checked with all files in it; a
    single file of a district is checked against the district of its folder. The files of a results folder are
    compared with its manifest.

    Example:
        takeup check evening_hours.toml
    """
    errors: list[InputError] = []
    for file in files:
        try:
            if not file.is_dir():
                require_regular_file(file)
            has_manifest = (file / MANIFEST).is_file()
            is_district = (file / _DISTRICT_FILES[0]).is_file()
            if has_manifest:
                typer.echo(f"{file}: valid ({_counted(verify_results(file), 'file')} as in {MANIFEST})")
            elif (file / JOURNAL).is_file() and not is_district:
                raise InputError(
                    f"the results are not complete: there is no {MANIFEST}",
                    file=file,
                    allowed="results of a command that has finished; run the command again to resume",
                )
            if is_district or file.name in _DISTRICT_FILES or (file.is_dir() and not has_manifest):
                place = load_district(file if file.is_dir() else file.parent)
                _report(place)
                errors += _check_other_files(place)
            elif not file.is_dir():
                typer.echo(f"{file}: {_check_file(file, district)}")
        except InputError as error:
            errors.append(error)
    for fault in errors[:-1]:
        typer.echo(f"takeup: {fault}", err=True)
    if errors:
        raise errors[-1]


def _check_other_files(place: District) -> list[InputError]:
    """Check the optional files of a district's folder; return the faults."""
    faults = []
    for file in (*(place.folder / name for name in _READERS), *sorted(place.folder.glob(_FURTHER_TARGETS))):
        if file.exists():
            try:
                require_regular_file(file)
                typer.echo(f"  {file.name}: {_READERS[_kind_of(file)](file, place)}")
            except InputError as error:
                faults.append(error)
    return faults


def _check_file(file: Path, district: str) -> str:
    """Check a single file, and return a summary of its content."""
    kind = _kind_of(file)
    if kind in _READERS:
        beside = (file.parent / _DISTRICT_FILES[0]).is_file()
        place = load_district(file.parent if beside else district, calibrated=kind != CALIBRATED)
        return _READERS[kind](file, place)
    return (_plan if _is_plan(file) else _scenario)(file, load_district(district))


def _kind_of(file: Path) -> str:
    """Return the name by which `_READERS` has the reader of a file."""
    return TARGETS if file.match(_FURTHER_TARGETS) else file.name


def _is_plan(file: Path) -> bool:
    """Return whether a file has options, as only plan files do; False if unreadable."""
    try:
        return "option" in read_toml(file)
    except InputError:
        return False


def _scenario(file: Path, place: District) -> str:
    scenario = load_scenario(file)
    Timeline(scenario, place)
    try:
        scenario.check_period(parse_month(START), parse_month(END))
    except InputError as error:
        typer.echo(f"takeup: warning: {error}", err=True)
    parts = [(len(scenario.stated), "intervention"), (len(scenario.purchases), "measure")]
    stated = [_counted(count, what) for count, what in parts if count] or [_counted(0, "intervention")]
    return f"valid ({', '.join(stated)})"


def _plan(file: Path, place: District) -> str:
    options = read_options(file)
    check_against_district(options, place)
    sizes = sum(len(option.sizes) for option in options.each)
    return f"valid ({_counted(len(options.each), 'option')} in {_counted(sizes, 'size')})"


def _measures(file: Path, place: District) -> str:
    stated = with_measures(place, file)
    check_measures(stated)
    numbers = stated.parameters.measures.values()
    assumed = sum(number.status == "assumed" for number in numbers)
    return f"valid ({_counted(len(stated.measures), 'measure')}, {assumed} of {len(numbers)} numbers assumed)"


def _calibrated(file: Path, place: District) -> str:
    known = apply_calibration(place.parameters, file)
    return f"valid ({_counted(known.count_by_status()['calibrated'], 'calibrated value')})"


def _posterior(file: Path, place: District) -> str:
    return f"valid ({_counted(len(read_posterior(file, place.parameters).draws), 'draw')})"


def _tiles(file: Path, place: District) -> str:
    tiles = tiles_of(place, file)
    return f"valid ({_counted(len(tiles.places), 'tile')})"


def _targets(file: Path, place: District) -> str:
    """Read targets with the calibration package, if it is installed."""
    del place
    for entry in entry_points(group=_ENTRY_POINTS, name=TARGETS):
        read: Callable[[Path], int] = entry.load()
        return f"valid ({_counted(read(file), 'target')})"
    return "not checked (takeup_calibration, which reads it, is not installed)"


_READERS: Final[dict[str, Callable[[Path, District], str]]] = {
    CALIBRATED: _calibrated,
    POSTERIOR: _posterior,
    TARGETS: _targets,
    PLAN: _plan,
    MEASURES: _measures,
    TILES: _tiles,
}
"""Readers of the optional files of a district's folder, by name."""


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _report(district: District) -> None:
    population = district.population
    for place in (load_district(district.folder, calibrated=False), district):
        Timeline(load_scenario(None), place)
    typer.echo(
        f"{district.folder}: valid ({population.name} {population.name_zh}, {len(district.streets)} streets, "
        f"{population.most:,} persons at most{', invented' if population.invented else ''})"
    )
    typer.echo("  largest difference between the raked population and each table, in points:")
    for table, margin in zip(population.tables, population.margins, strict=True):
        points = margin_error(population.joint, margin) * PERCENT
        typer.echo(f"    {' x '.join(margin.of):24} {points:.1e}   {table.status}")
    counts = district.parameters.count_by_status()
    typer.echo("  parameters: " + ", ".join(f"{count} {status}" for status, count in counts.items() if count))
