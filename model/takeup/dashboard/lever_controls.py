"""Controls of levers: their operations, and the ranges of their sliders."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

from takeup.dashboard.baseline import BRANCH_MONTH
from takeup.district import ATTRIBUTES, Definition, District, levers
from takeup.district.operations import Operation
from takeup.months import parse_month
from takeup.scenario import load_rules

_DEFAULT_SPAN: Final = 10.0
"""Length of a slider whose lever has no slider range and no upper bound, in the lever's unit."""
_DEFAULT_STEPS: Final = 100


@dataclass(frozen=True)
class SliderRange:
    """Range of a slider.

    Attributes:
        low, high: smallest and largest value.
        step: distance between two neighbouring values.
    """

    low: float
    high: float
    step: float

    def including(self, amount: float) -> SliderRange:
        """Return the range, extended to contain a value if the value is finite."""
        if not math.isfinite(amount):
            return self
        return replace(self, low=min(self.low, amount), high=max(self.high, amount))


_MULTIPLY_RANGE: Final = SliderRange(0.0, 3.0, 0.05)
"""Factors by which a slider multiplies a lever: a choice of the page, as the slider ranges of the definitions."""


@dataclass(frozen=True)
class LeverControls:
    """Controls of a lever in a district.

    Attributes:
        lever: name of the lever, or dotted name of one of its numbers, such as "supply.schooling".
        district: the district, whose parameters are the values without a policy.
    """

    lever: str
    district: District

    @property
    def definition(self) -> Definition:
        """Definition of the lever, also if only one of its numbers is controlled."""
        return levers()[self.lever.split(".", maxsplit=1)[0]]

    @property
    def values(self) -> tuple[float, ...]:
        """Values of the controlled numbers of the lever without a policy."""
        names = self.definition.names if self.lever == self.definition.name else (self.lever,)
        return tuple(self.district.parameters[name].value for name in names)

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Operations on the lever, the one that a new intervention has first.

        "set" is the last one, because a draw of the posterior may have another value than the district. It is
        excluded if the lever has several values, because its numbers differ or dated rules change it in the months
        of the policy. "multiply" is excluded if the lever has whole numbers only.
        """
        ruled = {
            each.intervention.lever.partition(".")[0]
            for each in load_rules(self.district)
            if each.intervention.until is None or parse_month(each.intervention.until) > BRANCH_MONTH
        }
        has_one_value = len(set(self.values)) == 1 and self.definition.name not in ruled
        allowed: tuple[Operation, ...] = ("add", "multiply", "set") if has_one_value else ("add", "multiply")
        return tuple(each for each in allowed if each != "multiply" or not self.definition.whole)

    def change(self, operation: Operation, amount: float) -> float:
        """Return by how much an operation changes the lever, in its unit; the mean over its controlled numbers."""
        base = sum(self.values) / len(self.values)
        return {"set": amount - base, "add": amount, "multiply": base * (amount - 1.0)}[operation]

    def amount_of(self, operation: Operation, change: float) -> float:
        """Return the amount of an operation that changes the lever by `change`, the inverse of `change`."""
        base = sum(self.values) / len(self.values)
        return {"set": base + change, "add": change, "multiply": 1.0 + change / base if base else math.inf}[operation]

    def neutral_amount(self, operation: Operation) -> float:
        """Return the amount that leaves the lever unchanged; for "set" its first value."""
        return {"set": self.values[0], "add": 0.0, "multiply": 1.0}[operation]

    def slider_range(self, operation: Operation) -> SliderRange:
        """Return the range of the amount that an operation applies to the lever."""
        if operation == "multiply":
            return _MULTIPLY_RANGE
        values = lever_range(self.definition)
        if operation == "add":
            return SliderRange(values.low - values.high, values.high - values.low, values.step)
        return values

    @property
    def group_attributes(self) -> tuple[str, ...]:
        """The attributes by whose levels the lever can be set."""
        return tuple(attribute for attribute in ATTRIBUTES if self.definition.varies_by(attribute))


def lever_range(definition: Definition) -> SliderRange:
    """Return the slider range of a lever: that of its definition, or its bounds.

    An infinite upper bound is replaced by a span of 10 units.
    """
    if definition.slider is not None:
        return SliderRange(*definition.slider)
    low, high = definition.bounds
    low = low if math.isfinite(low) else 0.0
    high = high if math.isfinite(high) else low + _DEFAULT_SPAN
    return SliderRange(low, high, 1.0 if definition.whole else (high - low) / _DEFAULT_STEPS)
