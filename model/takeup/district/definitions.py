"""What each parameter means, in which rule it stands, and how finely a scenario may set it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Literal

from takeup.district.attributes import ATTRIBUTES, GROUPS, SERVICES, TENURE_BANDS

Grain = Literal["profile and street", "housing and street", "street", "district"]

_LEVELS = tuple(f"{attribute}.{level}" for attribute, level in GROUPS)
_INDEX_SETS: dict[str, tuple[str, ...]] = {
    "services": SERVICES,
    "tenure": TENURE_BANDS,
    "ends": ("low", "high"),
    "levels": _LEVELS,
    "terms": ("base", *_LEVELS),
    "housing": ATTRIBUTES["housing"],
    "work": ATTRIBUTES["work"],
    "education": ATTRIBUTES["education"],
}


@dataclass(frozen=True)
class Definition:
    """A parameter as the model knows it, whatever its value in a place.

    Attributes:
        name: the name in files, options and code.
        meaning: one sentence.
        unit: of its values.
        bounds: the mathematically possible values, both ends included.
        equation: the rule it stands in.
        members: what it is indexed by ("schooling", "age.16-24"); empty for one number.
        absent: what a member left out is worth; None where none may be left out.
        whole: only whole numbers make sense.
        even: and of these only those that can be halved.
        grain: how finely a scenario may set it; None if it is not a lever.
        countermeasure: which of the thesis's countermeasures the lever belongs to; None if it is not a lever.
    """

    name: str
    meaning: str
    unit: str
    bounds: tuple[float, float]
    equation: str
    members: tuple[str, ...]
    absent: float | None
    whole: bool
    even: bool
    grain: Grain | None
    countermeasure: str | None

    @property
    def has_ends(self) -> bool:
        """Whether its members are the lower and the higher end of what lies between them."""
        return self.members == _INDEX_SETS["ends"]

    @property
    def names(self) -> tuple[str, ...]:
        """The dotted names of its numbers, in order."""
        return tuple(f"{self.name}.{member}" for member in self.members) or (self.name,)


@cache
def definitions() -> dict[str, Definition]:
    """Every parameter of the model by name, in the order of `definitions.toml`."""
    stated = tomllib.loads(Path(__file__).with_name("definitions.toml").read_text(encoding="utf-8"))
    return {
        name: Definition(
            name=name,
            meaning=about["meaning"],
            unit=about["unit"],
            bounds=(float(about["bounds"][0]), float(about["bounds"][1])),
            equation=about["equation"],
            members=_members(about.get("members", [])),
            absent=about.get("absent"),
            whole=about.get("kind") in {"whole", "even"},
            even=about.get("kind") == "even",
            grain=about.get("grain"),
            countermeasure=about.get("countermeasure"),
        )
        for name, about in stated.items()
    }


def levers() -> dict[str, Definition]:
    """The parameters that a scenario may change by month."""
    return {name: definition for name, definition in definitions().items() if definition.grain is not None}


def every_name() -> list[str]:
    """Every name a single number or a whole parameter goes by."""
    names: list[str] = []
    for definition in definitions().values():
        names.extend(dict.fromkeys((definition.name, *definition.names)))
    return names


def _members(index_sets: list[str]) -> tuple[str, ...]:
    if not index_sets:
        return ()
    return tuple(".".join(parts) for parts in product(*(_INDEX_SETS[index] for index in index_sets)))
