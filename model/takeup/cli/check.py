"""`takeup check`: validation of scenario files, plan files and districts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.cells import set_cell_size

from takeup.console.language import choose_language
from takeup.console.options import DistrictName, LookupLanguage
from takeup.console.warnings import warn, warn_without_effect
from takeup.district import (
    CALIBRATED,
    MEASURES,
    POPULATION,
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
from takeup.message import Message
from takeup.months import END, START, parse_month
from takeup.report.formatting import PERCENT
from takeup.report.i18n import Language
from takeup.report.results_folder import MANIFEST, verify_results
from takeup.scenario import Scenario, Timeline, check_measures, load_scenario
from takeup.scenario.packages import PLAN, check_against_district, read_options

_DISTRICT_FILES: Final = (POPULATION, "parameters.toml", "rules.toml")
_FURTHER_TARGETS: Final = "targets_*.toml"
"""Names of further files of targets in a district's folder, for the option --targets of `takeup calibrate`."""
_TABLE_WIDTH: Final = 24
"""Width of the names of tables, in columns of the terminal; a Chinese character has two."""
_ENTRY_POINTS: Final = "takeup.checks"
"""Entry points, by file name, of functions that read a file of another package and return its number of entries."""


def check(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="Scenario, plan and district files; districts and results folders."),
    ],
    district: DistrictName = "liwan",
    language: LookupLanguage = None,
) -> None:
    """Check scenario files, plan files and districts, without a simulation.

    Scenario and plan files are checked against a district. A district's folder is checked with all files in it; a
    single file of a district is checked against the district of its folder. The files of a results folder are
    compared with its manifest.

    Example:
        takeup check evening_hours.toml
    """
    translate = choose_language(language)
    errors: list[InputError] = []
    for file in files:
        try:
            if not file.is_dir():
                require_regular_file(file)
            has_manifest = (file / MANIFEST).is_file()
            is_district = (file / _DISTRICT_FILES[0]).is_file()
            if has_manifest:
                number = verify_results(file)
                valid = (
                    translate("valid (1 file as in {manifest})", manifest=MANIFEST)
                    if number == 1
                    else translate("valid ({number} files as in {manifest})", number=number, manifest=MANIFEST)
                )
                _print_finding(file, valid, translate)
            elif (file / JOURNAL).is_file() and not is_district:
                raise InputError(
                    Message("the results are not complete: there is no {file}", file=MANIFEST),
                    file=file,
                    allowed="results of a command that has finished; run the command again to resume",
                )
            if is_district or file.name in _DISTRICT_FILES or (file.is_dir() and not has_manifest):
                place = load_district(file if file.is_dir() else file.parent, measures=False)
                _report(place, translate)
                errors += _check_other_files(place, translate)
            elif not file.is_dir():
                _print_finding(file, _check_file(file, district, translate), translate)
        except InputError as error:
            errors.append(error)
    for fault in errors[:-1]:
        typer.echo(f"takeup: {fault.sentence(translate)}", err=True)
    if errors:
        raise errors[-1]


def _print_finding(file: Path | str, finding: str, translate: Language) -> None:
    typer.echo(translate("{file}: {finding}", file=file, finding=finding))


def _check_other_files(place: District, translate: Language) -> list[InputError]:
    """Check the optional files of a district's folder; return the faults."""
    faults = []
    for file in (*(place.folder / name for name in _READERS), *sorted(place.folder.glob(_FURTHER_TARGETS))):
        if file.exists():
            try:
                require_regular_file(file)
                _print_finding(f"  {file.name}", _READERS[_kind_of(file)](file, place, translate), translate)
            except InputError as error:
                faults.append(error)
    return faults


def _check_file(file: Path, district: str, translate: Language) -> str:
    """Check a single file, and return a summary of its content."""
    kind = _kind_of(file)
    if kind in _READERS:
        beside = (file.parent / _DISTRICT_FILES[0]).is_file()
        place = load_district(
            file.parent if beside else district, calibrated=kind != CALIBRATED, measures=kind != MEASURES
        )
        return _READERS[kind](file, place, translate)
    return (_plan if _is_plan(file) else _scenario)(file, load_district(district), translate)


def _kind_of(file: Path) -> str:
    """Return the name by which `_READERS` has the reader of a file."""
    return TARGETS if file.match(_FURTHER_TARGETS) else file.name


def _is_plan(file: Path) -> bool:
    """Return whether a file has options, as only plan files do; False if unreadable."""
    try:
        return "option" in read_toml(file)
    except InputError:
        return False


def _scenario(file: Path, place: District, translate: Language) -> str:
    scenario = load_scenario(file)
    Timeline(scenario, place)
    try:
        scenario.check_period(parse_month(START), parse_month(END))
    except InputError as error:
        warn(error, translate)
    else:
        warn_without_effect([scenario], place, {}, END, translate)
    return translate("valid ({contents})", contents=translate(", ").join(_counted_contents(scenario, translate)))


def _counted_contents(scenario: Scenario, translate: Language) -> Iterator[str]:
    """Yield the number of interventions, and that of purchases of measures."""
    stated, purchases = len(scenario.stated), len(scenario.purchases)
    if stated == 1:
        yield translate("1 intervention")
    elif stated or not purchases:
        yield translate("{number} interventions", number=stated)
    if purchases == 1:
        yield translate("1 measure")
    elif purchases:
        yield translate("{number} measures", number=purchases)


def _plan(file: Path, place: District, translate: Language) -> str:
    options = read_options(file)
    check_against_district(options, place)
    sizes = sum(len(option.sizes) for option in options.each)
    return translate("valid (options: {options}, sizes: {sizes})", options=len(options.each), sizes=sizes)


def _measures(file: Path, place: District, translate: Language) -> str:
    stated = with_measures(place, file)
    check_measures(stated)
    numbers = stated.parameters.measures.values()
    assumed = sum(number.status == "assumed" for number in numbers)
    return translate(
        "valid (measures: {measures}; {assumed} of {all} numbers assumed)",
        measures=len(stated.measures),
        assumed=assumed,
        all=len(numbers),
    )


def _calibrated(file: Path, place: District, translate: Language) -> str:
    known = apply_calibration(place.parameters, file)
    return translate("valid (calibrated values: {number})", number=f"{known.count_by_status()['calibrated']:,}")


def _posterior(file: Path, place: District, translate: Language) -> str:
    return translate("valid (draws: {number})", number=f"{len(read_posterior(file, place.parameters).draws):,}")


def _tiles(file: Path, place: District, translate: Language) -> str:
    return translate("valid (tiles: {number})", number=len(tiles_of(place, file).places))


def _targets(file: Path, place: District, translate: Language) -> str:
    """Read targets with the calibration package, if it is installed."""
    del place
    for entry in entry_points(group=_ENTRY_POINTS, name=TARGETS):
        read: Callable[[Path], int] = entry.load()
        return translate("valid (targets: {number})", number=read(file))
    return translate("not checked (takeup_calibration, which reads it, is not installed)")


_READERS: Final[dict[str, Callable[[Path, District, Language], str]]] = {
    CALIBRATED: _calibrated,
    POSTERIOR: _posterior,
    TARGETS: _targets,
    PLAN: _plan,
    MEASURES: _measures,
    TILES: _tiles,
}
"""Readers of the optional files of a district's folder, by name."""


def _report(district: District, translate: Language) -> None:
    population = district.population
    for place in (load_district(district.folder, calibrated=False, measures=False), district):
        Timeline(load_scenario(None), place)
    known = {
        "name": f"{population.name} {population.name_zh}",
        "streets": len(district.streets),
        "persons": f"{population.most:,}",
    }
    valid = (
        translate("valid ({name}, {streets} streets, {persons} persons at most, invented)", **known)
        if population.invented
        else translate("valid ({name}, {streets} streets, {persons} persons at most)", **known)
    )
    _print_finding(district.folder, valid, translate)
    heading = translate("largest difference between the raked population and each table, in points:")
    typer.echo(f"  {heading}")
    for table, margin in zip(population.tables, population.margins, strict=True):
        points = margin_error(population.joint, margin) * PERCENT
        name = set_cell_size(" x ".join(translate.words(each) for each in margin.of), _TABLE_WIDTH)
        typer.echo(f"    {name} {points:.1e}   {translate.words(table.status)}")
    counts = district.parameters.count_by_status()
    listed = translate(", ").join(f"{count} {translate.words(status)}" for status, count in counts.items() if count)
    summary = translate("parameters: {listed}", listed=listed)
    typer.echo(f"  {summary}")
