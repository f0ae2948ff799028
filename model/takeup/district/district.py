"""A district: a folder of files that says who lives there, what each number is, and who says so.

The folders of the districts that a command names, each by itself or by a folder that holds many.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from takeup.district.parameters import Parameters, read_parameters
from takeup.district.population import Population, read_population
from takeup.district.posterior import CALIBRATED, apply_calibration
from takeup.errors import InputError

SHIPPED: Final = Path(__file__).resolve().parent.parent / "districts"
_LOADED_DISTRICTS: Final = 4
"""Districts that a process keeps in memory: a region may have hundreds, whose replicates follow each other."""


@dataclass(frozen=True)
class District:
    """A place the model is run for.

    Attributes:
        name: the folder's name.
        folder: where its files are.
        population: who lives there.
        parameters: every number of the model, for this place.
        rules: its file of dated rules in the grammar of scenarios, if it has any.
    """

    name: str
    folder: Path
    population: Population
    parameters: Parameters
    rules: Path | None

    @cached_property
    def digest(self) -> str:
        """A hash of all that its results depend on; districts with one digest give the same results."""
        population = self.population
        content = [
            [each.model_dump(mode="json") for each in (*population.counts, *population.tables, *population.streets)],
            [[each.name, each.value, each.low, each.high] for each in self.parameters],
            self.rules.read_text(encoding="utf-8") if self.rules is not None else "",
        ]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    @property
    def streets(self) -> tuple[str, ...]:
        """The streets' names, in order."""
        return tuple(street.name for street in self.population.streets)

    @property
    def street_shares(self) -> NDArray[np.float64]:
        """Each street's share of the population, shape (streets,)."""
        return self.population.street_shares


def shipped_districts() -> list[str]:
    """The names of the districts that come with the package."""
    return sorted(folder.name for folder in SHIPPED.iterdir() if (folder / "population.toml").is_file())


def load_district(named: str | Path | District = "liwan", *, calibrated: bool = True) -> District:
    """The district of a shipped name or a folder.

    Args:
        named: name, folder, or a district already loaded.
        calibrated: whether the values that a calibration installed there replace those of parameters.toml.

    Raises:
        InputError: there is no such district, or one of its files is wrong.
    """
    if isinstance(named, District):
        return named
    folder = folder_of(named)
    rules = folder / "rules.toml"
    parameters = read_parameters(folder / "parameters.toml")
    found = folder / CALIBRATED
    return District(
        name=folder.name,
        folder=folder,
        population=read_population(folder / "population.toml"),
        parameters=apply_calibration(parameters, found) if calibrated and found.is_file() else parameters,
        rules=rules if rules.is_file() else None,
    )


@lru_cache(_LOADED_DISTRICTS)
def load_checked(folder: str | Path, digest: str) -> District:
    """The district of a job, loaded once per process, with a check that its files are unchanged.

    Args:
        folder: of the district.
        digest: the district's `digest` when the job was made.

    Raises:
        InputError: the files have changed since, or one of them is wrong.
    """
    district = load_district(Path(folder))
    if district.digest != digest:
        raise InputError("the district's files have changed since the run began", file=district.folder)
    return district


def folder_of(named: str | Path) -> Path:
    """Where the district of this name, or of this folder, has its files.

    Raises:
        InputError: there is no such district.
    """
    folder = Path(named)
    if folder.is_dir():
        return folder.resolve()
    if str(named) in shipped_districts():
        return SHIPPED / str(named)
    raise InputError(
        "no such district",
        key="--district",
        given=str(named),
        allowed=f"a folder with population.toml and parameters.toml, or {', '.join(shipped_districts())}",
        nearest=[*shipped_districts(), *_beside(folder)],
    )


def _beside(folder: Path) -> list[str]:
    """The districts' folders that lie where one was looked for, written as it was."""
    try:
        return sorted(str(folder.parent / file.parent.name) for file in folder.parent.glob("*/population.toml"))
    except (OSError, ValueError):
        return []


_NEEDED: Final = ("population.toml", "parameters.toml")


def is_folder_of_districts(named: str) -> bool:
    """Whether this is a folder, and no district itself; whether it holds any, `district_folders` tells."""
    return Path(named).is_dir() and not _is_district(Path(named))


def district_folders(named: Iterable[str]) -> list[Path]:
    """The folder of every district named, those within a folder by name.

    Args:
        named: districts as `load_district` takes them, and folders of districts' folders.

    Raises:
        InputError: there is no such district, a folder holds none, or two districts have one name.
    """
    found: dict[str, Path] = {}
    for each in named:
        for folder in _within(each):
            if folder.name in found:
                where = "the same folder" if found[folder.name] == folder else f"{found[folder.name]} and {folder}"
                raise InputError(
                    f"two districts have one name ({where})",
                    key="--district",
                    given=folder.name,
                    allowed="districts of different names, each once",
                )
            found[folder.name] = folder
    return list(found.values())


def _within(named: str) -> list[Path]:
    folder = Path(named)
    if not is_folder_of_districts(named):
        return [folder_of(named)]
    inside = sorted(inner.resolve() for inner in folder.iterdir() if _is_district(inner))
    if not inside:
        raise InputError(
            "no district, and no folder of districts",
            key="--district",
            given=named,
            allowed=f"a folder with {' and '.join(_NEEDED)}, or one whose folders have them",
        )
    return inside


def _is_district(folder: Path) -> bool:
    return any((folder / name).is_file() for name in _NEEDED)
