"""Districts: folders with population, parameters, dated rules, measures, tile map."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from takeup.district.attributes import AREA, profile_mask
from takeup.district.measures import MEASURES, Measure, read_measures
from takeup.district.parameters import Parameters, read_parameters
from takeup.district.population import Area, Population, read_population
from takeup.district.posterior import CALIBRATED, POSTERIOR, apply_calibration
from takeup.district.rule_sizes import read_rule_sizes
from takeup.errors import InputError
from takeup.io import StrictModel, as_path, format_toml_table, is_file, parse_model, read_toml, write_exclusive
from takeup.message import Message

SHIPPED: Final = Path(__file__).resolve().parent.parent / "districts"
_LOADED_DISTRICTS: Final = 4
"""Number of districts that a process keeps in memory; a region may have hundreds."""
POPULATION: Final = "population.toml"
"""File that every folder of a district has."""
_NEEDED: Final = (POPULATION, "parameters.toml")
_NEEDED_FILES: Final = Message("{first} and {second}", first=_NEEDED[0], second=_NEEDED[1])
TILES: Final = "tiles.toml"
"""Name of a district's tile map in its folder."""
_GRID_COLUMNS: Final = 4
"""Columns of a tile map without a file; the dashboard has no room for more tiles of the usual size."""
_TEMPLATE: Final = SHIPPED / "template"
_TEMPLATE_NAMES: Final = re.compile(r'^name = "Template"\nname_zh = .*\n', re.MULTILINE)


@dataclass(frozen=True, eq=False)
class District:
    """A district for which the model can be run.

    Attributes:
        name: name of the folder.
        folder: folder with its files.
        population: counts, attributes and streets of its migrants.
        parameters: the values of the model's parameters, of the sizes of the dated rules, and of the measures.
        rules: file of dated rules, in the format of scenarios; None if the district has none.
        measures: measures that scenarios may contain; empty if the district has none.
    """

    name: str
    folder: Path
    population: Population
    parameters: Parameters
    rules: Path | None
    measures: tuple[Measure, ...] = ()

    @cached_property
    def digest(self) -> str:
        """A hash of all data on which results depend: equal digests, equal results."""
        population = self.population
        content = [
            [
                each.model_dump(mode="json")
                for each in (*population.counts, *population.tables, *population.streets, *population.areas)
            ],
            [[each.name, each.value, each.low, each.high] for each in self.parameters],
            self.rules.read_text(encoding="utf-8") if self.rules is not None else "",
            *([each.content for each in self.measures]),
            *([each.name, each.value, each.low, each.high] for each in self.parameters.measures.values()),
        ]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    @property
    def has_posterior(self) -> bool:
        """Whether a calibration has written draws of the parameters to the folder."""
        return (self.folder / POSTERIOR).is_file()

    @property
    def option(self) -> str:
        """Value of `--district` that selects this district: the name of a shipped one, or the folder."""
        return self.name if self.folder.parent == SHIPPED else str(self.folder)

    def measure(self, name: str) -> Measure:
        """Return the measure with the given name.

        Raises:
            InputError: the district has no such measure.
        """
        names = [each.name for each in self.measures]
        if name not in names:
            raise InputError(
                Message("unknown measure of {name}", name=self.population.name),
                given=name,
                allowed=names or Message("a district with a {file}; {name} has none", file=MEASURES, name=self.name),
                nearest=[each.term for each in self.measures],
            )
        return self.measures[names.index(name)]

    @property
    def streets(self) -> tuple[str, ...]:
        """Names of the streets, in order."""
        return tuple(street.name for street in self.population.streets)

    def street_mask(self, names: Sequence[str] | None) -> NDArray[np.bool_]:
        """Return which streets are named, shape (streets,).

        Args:
            names: names of streets, English or Chinese; None for all streets.

        Raises:
            InputError: there is no such street.
        """
        if names is None:
            return np.ones(len(self.streets), dtype=bool)
        known = {each.name_zh: each.name for each in self.population.streets} | {name: name for name in self.streets}
        for name in names:
            if name not in known:
                raise InputError("unknown street", key="streets", given=name, allowed=self.streets, nearest=known)
        return np.isin(self.streets, [known[name] for name in names])

    def areas_of(self, groups: Mapping[str, Sequence[str]] | None) -> list[Area]:
        """Return the areas that groups name under `area`.

        Raises:
            InputError: there is no such area.
        """
        areas = []
        for name in (groups or {}).get(AREA, ()):
            area = self.population.find_area(name)
            if area is None:
                names = [each.name for each in self.population.areas]
                raise InputError(
                    "unknown area",
                    key=f"groups, {AREA}",
                    given=name,
                    allowed=names or "no area, because the district's population.toml has none",
                )
            areas.append(area)
        return areas

    def residents(
        self, streets: Sequence[str] | None, groups: Mapping[str, Sequence[str]] | None
    ) -> NDArray[np.bool_]:
        """Return the residents of streets and groups, shape (streets, profiles).

        Args:
            streets: names of streets; None for all streets.
            groups: levels by attribute, and areas of the district under `area`; None for all groups.

        Raises:
            InputError: a street, an attribute, a level or an area is unknown.
        """
        attributes = {attribute: levels for attribute, levels in (groups or {}).items() if attribute != AREA}
        residents = np.outer(self.street_mask(streets), profile_mask(attributes)).astype(bool)
        areas = [
            np.outer(self.street_mask(area.streets), profile_mask(area.groups or {}))
            for area in self.areas_of(groups)
        ]
        return np.asarray(residents & np.any(areas, axis=0), dtype=bool) if areas else residents

    @property
    def street_shares(self) -> NDArray[np.float64]:
        """Each street's share of the population, shape (streets,)."""
        return self.population.street_shares


def shipped_districts() -> list[str]:
    """Return the names of the districts that are shipped with the package."""
    return sorted(folder.name for folder in SHIPPED.iterdir() if (folder / POPULATION).is_file())


def load_district(
    named: str | Path | District = "liwan", *, calibrated: bool = True, measures: bool = True
) -> District:
    """Load a shipped district by name, or a district from its folder.

    Args:
        named: name, folder, or a loaded district, which is returned.
        calibrated: whether calibrated values in the folder replace those of parameters.toml.
        measures: whether the measures in the folder are read.

    Raises:
        InputError: the district does not exist, or one of its files is wrong.
    """
    if isinstance(named, District):
        return named
    folder = folder_of(named)
    rules = folder / "rules.toml"
    parameters = read_parameters(folder / "parameters.toml")
    if rules.is_file():
        parameters = Parameters({**parameters.entries, **read_rule_sizes(rules)})
    calibration = folder / CALIBRATED
    district = District(
        name=folder.name,
        folder=folder,
        population=read_population(folder / POPULATION),
        parameters=apply_calibration(parameters, calibration) if calibrated and calibration.is_file() else parameters,
        rules=rules if rules.is_file() else None,
    )
    return with_measures(district, folder / MEASURES) if measures and (folder / MEASURES).is_file() else district


def with_measures(district: District, file: Path) -> District:
    """Return a district with the measures of a file.

    Raises:
        InputError: the file is wrong.
    """
    measures, numbers = read_measures(file)
    return replace(district, measures=measures, parameters=Parameters(district.parameters.entries, numbers))


@lru_cache(_LOADED_DISTRICTS)
def load_checked(folder: str | Path, digest: str) -> District:
    """Load the district of a job, once per process, and check that it is unchanged.

    Args:
        folder: folder of the district.
        digest: the district's `digest` when the job was made.

    Raises:
        InputError: the files have changed since, or one of them is wrong.
    """
    district = load_district(Path(folder))
    if district.digest != digest:
        raise InputError(
            "the district's files have changed since the run began",
            file=district.folder,
            allowed="files that stay the same until the run ends; to use the new files, run the command again",
        )
    return district


def folder_of(named: str | Path) -> Path:
    """Return the folder of a shipped district, or the given folder.

    Raises:
        InputError: the district does not exist.
    """
    folder = as_path(named, "district")
    if folder.is_dir():
        if not _is_district(folder):
            raise _not_a_district(named, folder)
        return folder.resolve()
    if str(named) in shipped_districts():
        return SHIPPED / str(named)
    raise InputError(
        "no such district",
        key="--district",
        given=str(named),
        allowed=Message(
            "a folder with population.toml and parameters.toml, or {names}", names=tuple(shipped_districts())
        ),
        nearest=[*shipped_districts(), *_beside(folder)],
    )


def _not_a_district(named: object, folder: Path) -> InputError:
    """Return the error for a folder without a district's files; the districts in the folder are suggested."""
    inside = sorted(str(inner) for inner in folder.iterdir() if _is_district(inner))
    return InputError(
        "the folder contains several districts, but the command needs one"
        if inside
        else "the folder is not a district",
        key="--district",
        given=str(named),
        allowed=Message("a folder with {files}, such as {folder}", files=_NEEDED_FILES, folder=inside[0])
        if inside
        else Message("a folder with {files}", files=_NEEDED_FILES),
    )


def _beside(folder: Path) -> list[str]:
    """Suggest the districts that are in the same folder as a path that does not exist."""
    try:
        return sorted(str(folder.parent / file.parent.name) for file in folder.parent.glob("*/population.toml"))
    except (OSError, ValueError):
        return []


def is_folder_of_districts(named: str) -> bool:
    """Return whether a path is a folder, but not a district's; it may contain districts."""
    return Path(named).is_dir() and not _is_district(Path(named))


def district_folders(named: Iterable[str]) -> list[Path]:
    """Return folders of districts in the order given; within a folder, by name.

    Args:
        named: districts as `load_district` accepts them, and folders that contain district folders.

    Raises:
        InputError: a district does not exist, a folder contains none, or two districts have the same name.
    """
    folders: dict[str, Path] = {}
    for each in named:
        for folder in _within(each):
            if folder.name in folders:
                where = (
                    Message("the same folder")
                    if folders[folder.name] == folder
                    else Message("{first} and {second}", first=folders[folder.name], second=folder)
                )
                raise InputError(
                    Message("two districts have the same name ({where})", where=where),
                    key="--district",
                    given=folder.name,
                    allowed="districts with different names",
                )
            folders[folder.name] = folder
    return list(folders.values())


def _within(named: str) -> list[Path]:
    folder = Path(named)
    if not is_folder_of_districts(named):
        return [folder_of(named)]
    inside = sorted(inner.resolve() for inner in folder.iterdir() if _is_district(inner))
    if not inside:
        raise InputError(
            "the folder is neither a district nor a folder of districts",
            key="--district",
            given=named,
            allowed=Message("a folder with {files}, or a folder of such folders", files=_NEEDED_FILES),
        )
    return inside


def _is_district(folder: Path) -> bool:
    return any((folder / name).is_file() for name in _NEEDED)


def copy_template(folder: str | Path, name: str, name_zh: str) -> Path:
    """Copy the template's files into a folder, with another name.

    Args:
        folder: the folder, created if it is missing.
        name: name of the district.
        name_zh: its Chinese name.

    Returns:
        The folder.

    Raises:
        InputError: one of the files exists already, or cannot be written.
    """
    names = format_toml_table({"name": name, "name_zh": name_zh})
    for file in sorted(_TEMPLATE.glob("*.toml")):
        write_exclusive(
            Path(folder) / file.name, _TEMPLATE_NAMES.sub(lambda _: names, file.read_text(encoding="utf-8"), count=1)
        )
    return Path(folder)


class _TilesFile(StrictModel):
    status: str = Field(min_length=1)
    source: str = Field(min_length=1)
    rows: list[list[str]] = Field(min_length=1)


@dataclass(frozen=True)
class Tiles:
    """A tile map of a district, with one tile per street.

    Attributes:
        places: (column, row) of each street, in the streets' order.
        columns, rows: number of columns and of rows.
        source, status: source and status of the layout; empty for a plain grid.
    """

    places: tuple[tuple[int, int], ...]
    columns: int
    rows: int
    source: str
    status: str


def tiles_of(district: District, file: Path | None = None) -> Tiles:
    """Return a district's tile map.

    Args:
        district: the district.
        file: the file to read; None: the district's own tiles.toml. If the file does not exist, the result is a grid
            in the order of the streets.

    Raises:
        InputError: the file is invalid, or a street has no tile or two tiles.
    """
    file = district.folder / TILES if file is None else file
    return _read_tiles(file, district.streets) if is_file(file) else _grid(district.streets)


def _read_tiles(file: Path, streets: tuple[str, ...]) -> Tiles:
    content = parse_model(_TilesFile, read_toml(file), file=file)
    places: dict[str, tuple[int, int]] = {}
    for number, row in enumerate(content.rows):
        for column, street in enumerate(row):
            if not street:
                continue
            if street not in streets:
                raise InputError(
                    "unknown street",
                    file=file,
                    key=Message("row {number}", number=number + 1),
                    given=street,
                    allowed=streets,
                )
            if street in places:
                raise InputError(
                    "the street has two tiles",
                    file=file,
                    key=Message("row {number}", number=number + 1),
                    given=street,
                    allowed="one tile per street",
                )
            places[street] = (column, number)
    missing = [street for street in streets if street not in places]
    if missing:
        raise InputError(
            "a street has no tile", file=file, key="rows", given=missing[0], allowed="one tile for every street"
        )
    return Tiles(
        tuple(places[street] for street in streets),
        max(len(row) for row in content.rows),
        len(content.rows),
        content.source,
        content.status,
    )


def _grid(streets: tuple[str, ...]) -> Tiles:
    columns = min(_GRID_COLUMNS, len(streets))
    places = tuple((number % columns, number // columns) for number in range(len(streets)))
    return Tiles(places, columns, math.ceil(len(streets) / columns), "", "")
