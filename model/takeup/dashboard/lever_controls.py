"""Controls of a lever: slider range, available operations, and whether it can be set by street or by group."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

from takeup.district import ATTRIBUTES, Definition, District, levers
from takeup.io import StrictModel, parse_model, read_toml
from takeup.scenario import load_scenario
from takeup.scenario.schema import Operation

OPERATIONS: Final[tuple[Operation, ...]] = ("set", "add", "multiply")
RANGES_FILE: Final = Path(__file__).with_name("sliders.toml")
_DEFAULT_SPAN: Final = 10.0
"""Length of a slider whose lever has no entry in the file and no upper bound, in the lever's unit."""
_DEFAULT_STEPS: Final = 100


class _Range(StrictModel):
    low: float
    high: float
    step: float


class _RangesFile(StrictModel):
    multiply: _Range
    lever: dict[str, _Range]


@dataclass(frozen=True)
class SliderRange:
    """Range of a slider.

    Attributes:
        low, high: its ends.
        step: distance between two neighbouring values.
    """

    low: float
    high: float
    step: float

    def including(self, amount: float) -> SliderRange:
        """Return the range with an end moved so that it contains a value; an infinite value is ignored."""
        if not math.isfinite(amount):
            return self
        return replace(self, low=min(self.low, amount), high=max(self.high, amount))


def slider_range(lever: str, operation: Operation) -> SliderRange:
    """Return the range of the amount that an operation applies to a lever.

    Args:
        lever: name, dotted for one member.
        operation: set, add or multiply.
    """
    file = _ranges_file(RANGES_FILE)
    if operation == "multiply":
        return SliderRange(file.multiply.low, file.multiply.high, file.multiply.step)
    name = lever.split(".", maxsplit=1)[0]
    stated = file.lever.get(name)
    values = SliderRange(stated.low, stated.high, stated.step) if stated else default_range(levers()[name])
    if operation == "add":
        return replace(values, low=values.low - values.high, high=values.high - values.low)
    return values


def default_range(definition: Definition) -> SliderRange:
    """Return the slider range of a lever without an entry in `sliders.toml`: its bounds, if they are finite."""
    low, high = definition.bounds
    low = low if math.isfinite(low) else 0.0
    high = high if math.isfinite(high) else low + _DEFAULT_SPAN
    return SliderRange(low, high, 1.0 if definition.whole else (high - low) / _DEFAULT_STEPS)


def available_operations(lever: str, district: District) -> tuple[Operation, ...]:
    """Return the operations that can be applied to a lever and initially change nothing, the simplest first.

    "set" is not available for a lever with several values: different members, or values of dated rules.

    Args:
        lever: name, dotted for one member.
        district: the district.
    """
    values = {district.parameters[name].value for name in parameter_names(lever)}
    dated = load_scenario(district.rules).stated if district.rules is not None else ()
    ruled = {stated.intervention.lever.split(".", maxsplit=1)[0] for stated in dated}
    is_single = len(values) == 1 and lever.split(".", maxsplit=1)[0] not in ruled
    return OPERATIONS if is_single else ("multiply", "add")


def neutral_amount(lever: str, operation: Operation, district: District) -> float:
    """Return the amount that changes nothing; for "set" and several values, the first value.

    Args:
        lever: name, dotted for one member.
        operation: set, add or multiply.
        district: the district.
    """
    if operation != "set":
        return 0.0 if operation == "add" else 1.0
    return district.parameters[parameter_names(lever)[0]].value


def parameter_names(lever: str) -> tuple[str, ...]:
    """Return the dotted names of the parameters that a lever's name refers to."""
    name = lever.split(".", maxsplit=1)[0]
    return levers()[name].names if lever == name else (lever,)


def lever_names() -> list[str]:
    """Return the names of all levers; a lever with members is followed by these."""
    return [name for lever in levers().values() for name in dict.fromkeys((lever.name, *lever.names))]


def varies_by_street(lever: str) -> bool:
    """Whether a lever can be set by street."""
    return "street" in _grain(lever)


def group_attributes(lever: str) -> tuple[str, ...]:
    """Return the attributes by whose levels a lever can be set."""
    grain = _grain(lever)
    return tuple(attribute for attribute in ATTRIBUTES if "profile" in grain or attribute in grain)


def _grain(lever: str) -> str:
    return levers()[lever.split(".", maxsplit=1)[0]].grain or ""


@cache
def _ranges_file(file: Path) -> _RangesFile:
    return parse_model(_RangesFile, read_toml(file), file=file)
