"""A district: a folder of files that says who lives there, what each number is, and who says so."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from takeup.district.parameters import Parameters, read_parameters
from takeup.district.population import Population, read_population
from takeup.errors import InputError

SHIPPED: Final = Path(__file__).resolve().parent.parent / "districts"
_READ = ("population.toml", "parameters.toml", "rules.toml")


@dataclass(frozen=True)
class District:
    """A place the model is run for.

    Attributes:
        name: the folder's name.
        folder: where its files are.
        population: who lives there.
        parameters: every number of the model, for this place.
        rules: its file of dated rules in the grammar of scenarios, if it has any.
        digest: a hash of its files' contents; two districts with one digest give the same results.
    """

    name: str
    folder: Path
    population: Population
    parameters: Parameters
    rules: Path | None
    digest: str

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


def load_district(named: str | Path | District = "liwan") -> District:
    """The district of a shipped name or a folder.

    Raises:
        InputError: there is no such district, or one of its files is wrong.
    """
    if isinstance(named, District):
        return named
    folder = _folder(named)
    rules = folder / "rules.toml"
    return District(
        name=folder.name,
        folder=folder,
        population=read_population(folder / "population.toml"),
        parameters=read_parameters(folder / "parameters.toml"),
        rules=rules if rules.is_file() else None,
        digest=_digest(folder),
    )


def _folder(named: str | Path) -> Path:
    folder = Path(named)
    if folder.is_dir():
        return folder.resolve()
    if str(named) in shipped_districts():
        return SHIPPED / str(named)
    raise InputError(
        "no such district",
        given=str(named),
        allowed=f"a folder with population.toml and parameters.toml, or {', '.join(shipped_districts())}",
        nearest=shipped_districts(),
    )


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for name in _READ:
        file = folder / name
        content = file.read_bytes() if file.is_file() else b""
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()
