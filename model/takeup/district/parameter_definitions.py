"""Definitions of the parameters and levers of the model, and the names of their numbers."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Final, Literal

from takeup.district.attributes import ATTRIBUTES, GROUPS, SERVICES, TENURE_BANDS

RULE: Final = "rule"
"""First part of the dotted names of the sizes of dated rules, such as "rule.drive"."""
MEASURE: Final = "measure"
"""First part of the dotted names of the numbers of measures, such as "measure.village_outreach.person_cny"."""
_REACHED: Final = "reached = reachable · (1 - exp(-(spending - running_cny) / (person_cny · people · reachable)))"
Resolution = Literal["profile and street", "housing and street", "street", "district"]

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
    """A parameter of the model, independent of its value in a district.

    Attributes:
        name: the name in files, options and code.
        meaning: meaning in one sentence.
        unit: unit of its values.
        bounds: the mathematically possible values, both ends included.
        equation: equation of the rule that uses the parameter.
        members: names of its numbers, such as "schooling" or "age.16-24", if it has several; empty for a single one.
        absent: value of a member that a file omits; None if no member may be omitted.
        whole: whether its values are whole numbers.
        even: whether its values are even numbers.
        grain: streets and groups for which a scenario may set it separately; None if it is not a lever.
        per_migrant: whether the engines read the lever for each migrant, so that the month's table has a column for
            it.
        countermeasure: the countermeasure of the thesis to which the lever belongs; None if it is not a lever.
        slider: lowest value, highest value and step of the lever's slider on the dashboard; None: the slider has the
            range of the bounds.
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
    grain: Resolution | None
    per_migrant: bool
    countermeasure: str | None
    slider: tuple[float, float, float] | None

    @property
    def has_ends(self) -> bool:
        """Whether the parameter is a range, whose members are `low` and `high`."""
        return self.members == _INDEX_SETS["ends"]

    @property
    def names(self) -> tuple[str, ...]:
        """Dotted names of the parameter's numbers, in order."""
        return tuple(f"{self.name}.{member}" for member in self.members) or (self.name,)

    @property
    def selectors(self) -> tuple[str, ...]:
        """The parameter's name, which selects all numbers, and each number's dotted name."""
        return tuple(dict.fromkeys((self.name, *self.names)))

    @property
    def varies_by_street(self) -> bool:
        """Whether a scenario may set the lever by street."""
        return "street" in (self.grain or "")

    def varies_by(self, attribute: str) -> bool:
        """Return whether a scenario may set the lever by an attribute of migrants."""
        return "profile" in (self.grain or "") or attribute in (self.grain or "")


@cache
def definitions() -> dict[str, Definition]:
    """Return all definitions by name, in the order of `definitions.toml`."""
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
            per_migrant=about.get("per_migrant", False),
            countermeasure=about.get("countermeasure"),
            slider=_slider(about.get("slider")),
        )
        for name, about in stated.items()
    }


MEASURE_NUMBERS: Final = {
    "fixed_cny": ("Amount that is spent once, before the measure acts", "CNY", math.inf),
    "running_cny": (
        "Amount that is spent in every month, whether anybody is reached or not",
        "CNY per month",
        math.inf,
    ),
    "person_cny": ("Amount that is spent per person reached and month", "CNY per person and month", math.inf),
    "reachable": ("Largest share of its people that the measure can reach", "share", 1.0),
}
"""Meaning, unit and upper bound of the costs and the limit of a measure; its other numbers are effects on levers."""


def definition_of(name: str) -> Definition:
    """Return the definition of the parameter to which a number belongs.

    Args:
        name: dotted name of the number, such as "need.residence.base"; "rule.drive" for the size of dated rules; or
            "measure.village_outreach.person_cny" for a number of a measure. The sizes and the measures differ between
            districts, so their definitions are not in `definitions.toml`.
    """
    kind, _, rest = name.partition(".")
    if kind == RULE:
        return _definition_of_number(
            name,
            "Size of dated rules of the district: 0 if they change nothing, 1 if they change levers as stated",
            "multiple of the stated change",
            (0.0, math.inf),
            "value of the lever = base + weight * size * (target - base)",
        )
    if kind != MEASURE:
        return definitions()[kind]
    number = rest.partition(".")[2]
    if number in MEASURE_NUMBERS:
        meaning, unit, most = MEASURE_NUMBERS[number]
        return _definition_of_number(name, meaning, unit, (0.0, most), _REACHED)
    lever = definitions()[number.partition(".")[0]]
    meaning = f"Change of the lever {number} for a person who is reached"
    return _definition_of_number(
        name, meaning, lever.unit, (-math.inf, math.inf), "value of the lever = base + reached · (target - base)"
    )


def _definition_of_number(
    name: str, meaning: str, unit: str, bounds: tuple[float, float], equation: str
) -> Definition:
    """Return the definition of a single number that is not a parameter of the model itself."""
    return Definition(
        name=name,
        meaning=meaning,
        unit=unit,
        bounds=bounds,
        equation=equation,
        members=(),
        absent=None,
        whole=False,
        even=False,
        grain=None,
        per_migrant=False,
        countermeasure=None,
        slider=None,
    )


@cache
def levers() -> dict[str, Definition]:
    """Return the definitions of the parameters that a scenario may change by month."""
    return {name: definition for name, definition in definitions().items() if definition.grain is not None}


def every_name() -> list[str]:
    """Return the names of all parameters and of all their members."""
    return [name for definition in definitions().values() for name in definition.selectors]


def lever_names() -> list[str]:
    """Return the names of all levers, each followed by the names of its members."""
    return [name for definition in levers().values() for name in definition.selectors]


def _members(index_sets: list[str]) -> tuple[str, ...]:
    if not index_sets:
        return ()
    return tuple(".".join(parts) for parts in product(*(_INDEX_SETS[index] for index in index_sets)))


def _slider(written: dict[str, float] | None) -> tuple[float, float, float] | None:
    return None if written is None else (float(written["low"]), float(written["high"]), float(written["step"]))
