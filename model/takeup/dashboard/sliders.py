"""What a lever's controls offer: how far its slider goes, where it stands at first, and for whom it can be set."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

from takeup.district import ATTRIBUTES, District, levers
from takeup.io import StrictModel, parse_model, read_toml
from takeup.scenario import load_scenario
from takeup.scenario.schema import Operation

EVERY: Final[tuple[Operation, ...]] = ("set", "add", "multiply")
_FILE: Final = Path(__file__).with_name("sliders.toml")


class _Ends(StrictModel):
    low: float
    high: float
    step: float


class _File(StrictModel):
    multiply: _Ends
    lever: dict[str, _Ends]


@dataclass(frozen=True)
class Slider:
    """A slider.

    Attributes:
        low, high: its ends.
        step: between two of its values.
    """

    low: float
    high: float
    step: float

    def reaching(self, amount: float) -> Slider:
        """The same, with an end moved so that the amount lies on it; infinity lies on no slider."""
        if not math.isfinite(amount):
            return self
        return replace(self, low=min(self.low, amount), high=max(self.high, amount))


def slider_of(lever: str, operation: Operation) -> Slider:
    """The slider of a lever's value, of what is added to it, or of what it is multiplied by.

    Args:
        lever: name, dotted for one member.
        operation: set, add or multiply.
    """
    file = _file()
    if operation == "multiply":
        return Slider(file.multiply.low, file.multiply.high, file.multiply.step)
    ends = file.lever[lever.split(".", maxsplit=1)[0]]
    if operation == "add":
        return Slider(ends.low - ends.high, ends.high - ends.low, ends.step)
    return Slider(ends.low, ends.high, ends.step)


def operations_of(lever: str, district: District) -> tuple[Operation, ...]:
    """What can be done to a lever without moving it at once, the plainest first.

    To set it is not among them where it has several values: those of its members, or those of dated rules.

    Args:
        lever: name, dotted for one member.
        district: the place.
    """
    values = {district.parameters[name].value for name in names_of(lever)}
    dated = load_scenario(district.rules).stated if district.rules is not None else ()
    ruled = {stated.intervention.lever.split(".", maxsplit=1)[0] for stated in dated}
    return EVERY if len(values) == 1 and lever.split(".", maxsplit=1)[0] not in ruled else ("multiply", "add")


def unmoved(lever: str, operation: Operation, district: District) -> float:
    """The amount that changes nothing; to set what has several values, the first one's.

    Args:
        lever: name, dotted for one member.
        operation: set, add or multiply.
        district: the place.
    """
    if operation != "set":
        return 0.0 if operation == "add" else 1.0
    return district.parameters[names_of(lever)[0]].value


def names_of(lever: str) -> tuple[str, ...]:
    """The dotted names of the numbers that a lever's name means."""
    name = lever.split(".", maxsplit=1)[0]
    return levers()[name].names if lever == name else (lever,)


def every_lever() -> list[str]:
    """Every lever's name; one that has members is followed by them."""
    return [name for lever in levers().values() for name in dict.fromkeys((lever.name, *lever.names))]


def takes_streets(lever: str) -> bool:
    """Whether a lever can be set by street."""
    return "street" in _grain(lever)


def takes_groups(lever: str) -> tuple[str, ...]:
    """The attributes that a lever can be set by."""
    grain = _grain(lever)
    return tuple(attribute for attribute in ATTRIBUTES if "profile" in grain or attribute in grain)


def _grain(lever: str) -> str:
    return levers()[lever.split(".", maxsplit=1)[0]].grain or ""


@cache
def _file() -> _File:
    return parse_model(_File, read_toml(_FILE), file=_FILE)
