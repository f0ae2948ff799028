"""Controls of a lever: operations, slider range, streets and groups."""

from __future__ import annotations

import math
from dataclasses import dataclass
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


class SliderRange(StrictModel):
    """Range of a slider.

    Attributes:
        low, high: its ends.
        step: distance between two neighbouring values.
    """

    low: float
    high: float
    step: float

    def including(self, amount: float) -> SliderRange:
        """Return the range, extended to contain a value if the value is finite."""
        if not math.isfinite(amount):
            return self
        return SliderRange(low=min(self.low, amount), high=max(self.high, amount), step=self.step)


class _RangesFile(StrictModel):
    multiply: SliderRange
    lever: dict[str, SliderRange]


@dataclass(frozen=True)
class LeverControls:
    """Controls of a lever in a district.

    Attributes:
        lever: name, dotted for one member.
        district: the district, whose parameters are the values without a policy.
    """

    lever: str
    district: District

    @property
    def definition(self) -> Definition:
        """Definition of the lever, or of the lever to which the member belongs."""
        return levers()[self.lever.split(".", maxsplit=1)[0]]

    @property
    def values(self) -> tuple[float, ...]:
        """Values without a policy: one per member, or a single one."""
        names = self.definition.names if self.lever == self.definition.name else (self.lever,)
        return tuple(self.district.parameters[name].value for name in names)

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Operations that initially change nothing, the simplest first.

        "set" is not one of them for a lever with several values: different members, or values of dated rules.
        """
        dated = load_scenario(self.district.rules).stated if self.district.rules is not None else ()
        ruled = {stated.intervention.lever.split(".", maxsplit=1)[0] for stated in dated}
        has_one_value = len(set(self.values)) == 1 and self.definition.name not in ruled
        return OPERATIONS if has_one_value else ("multiply", "add")

    def neutral_amount(self, operation: Operation) -> float:
        """Return the amount that changes nothing; the first value for "set"."""
        return {"set": self.values[0], "add": 0.0, "multiply": 1.0}[operation]

    def slider_range(self, operation: Operation) -> SliderRange:
        """Return the range of the amount that an operation applies to the lever."""
        file = _ranges_file(RANGES_FILE)
        if operation == "multiply":
            return file.multiply
        values = file.lever.get(self.definition.name, default_range(self.definition))
        if operation == "add":
            return SliderRange(low=values.low - values.high, high=values.high - values.low, step=values.step)
        return values

    @property
    def varies_by_street(self) -> bool:
        """Whether the lever can be set by street."""
        return "street" in (self.definition.grain or "")

    @property
    def group_attributes(self) -> tuple[str, ...]:
        """The attributes by whose levels the lever can be set."""
        grain = self.definition.grain or ""
        return tuple(attribute for attribute in ATTRIBUTES if "profile" in grain or attribute in grain)


def default_range(definition: Definition) -> SliderRange:
    """Return the range of a lever that `sliders.toml` omits: its bounds.

    An infinite upper bound is replaced by a span of 10 units.
    """
    low, high = definition.bounds
    low = low if math.isfinite(low) else 0.0
    high = high if math.isfinite(high) else low + _DEFAULT_SPAN
    return SliderRange(low=low, high=high, step=1.0 if definition.whole else (high - low) / _DEFAULT_STEPS)


def lever_names() -> list[str]:
    """Return the names of all levers; a lever with members is followed by these."""
    return [name for lever in levers().values() for name in dict.fromkeys((lever.name, *lever.names))]


@cache
def _ranges_file(file: Path) -> _RangesFile:
    return parse_model(_RangesFile, read_toml(file), file=file)
