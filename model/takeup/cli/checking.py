"""`takeup check`: are these files right? Nothing is simulated."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from takeup.console.options import DistrictName
from takeup.district import District, distance, load_district
from takeup.errors import InputError
from takeup.reading import read_toml
from takeup.scenario import Timeline, load_scenario

_DISTRICT_FILES = ("population.toml", "parameters.toml", "rules.toml")
_PERCENT = 100.0


def check(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="Scenario files, plan files, and districts' folders or files."),
    ],
    district: DistrictName = "liwan",
) -> None:
    """Check scenario files, plan files and districts; scenarios and plans are checked against --district."""
    wrong: list[InputError] = []
    place: District | None = None
    for file in files:
        try:
            if file.is_dir() or file.name in _DISTRICT_FILES:
                _report(load_district(file if file.is_dir() else file.parent))
            else:
                place = load_district(district) if place is None else place
                typer.echo(f"{file}: right ({_plan(file, place) if _is_plan(file) else _scenario(file, place)})")
        except InputError as error:
            wrong.append(error)
    for fault in wrong[:-1]:
        typer.echo(f"takeup: {fault}", err=True)
    if wrong:
        raise wrong[-1]


def _is_plan(file: Path) -> bool:
    """Whether it has options, which plan files alone do; a file that cannot be read is told of as a scenario."""
    try:
        return "option" in read_toml(file)
    except InputError:
        return False


def _scenario(file: Path, place: District) -> str:
    scenario = load_scenario(file)
    Timeline(scenario, place)
    return _counted(len(scenario.stated), "intervention")


def _plan(file: Path, place: District) -> str:
    from takeup.answers.plan import check_options, read_options  # noqa: PLC0415  (numba and Mesa take a second)

    options = read_options(file)
    check_options(options, place)
    sizes = sum(len(option.sizes) for option in options.each)
    return f"{_counted(len(options.each), 'option')} in {_counted(sizes, 'size')}"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _report(district: District) -> None:
    population = district.population
    Timeline(load_scenario(None), district)
    typer.echo(
        f"{district.folder}: right ({population.name} {population.name_zh}, {len(district.streets)} streets, "
        f"{population.most:,} persons at the most{', invented' if population.invented else ''})"
    )
    typer.echo("  how far the raked population is from each table, at the most, in points:")
    for table, margin in zip(population.tables, population.margins, strict=True):
        points = distance(population.joint, margin) * _PERCENT
        typer.echo(f"    {' x '.join(margin.of):24} {points:.1e}   {table.status}")
    counts: dict[str, int] = {}
    for parameter in district.parameters:
        counts[parameter.status] = counts.get(parameter.status, 0) + 1
    typer.echo("  parameters: " + ", ".join(f"{count} {status}" for status, count in sorted(counts.items())))
