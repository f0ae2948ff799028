"""What is not known: the dimensions of the prior, and how a point in them becomes values of parameters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from takeup.district import Parameters, definitions
from takeup.district.parameters import Prior

_NORMAL_TAIL = 0.975


@dataclass(frozen=True)
class Dimension:
    """One unknown number: a parameter's value, or a factor common to all members of an indexed parameter.

    Attributes:
        name: of the parameter.
        prior: what is held possible.
    """

    name: str
    prior: Prior

    def quantile(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """The prior's values at these probabilities."""
        low, high = self.prior.low, self.prior.high
        if self.prior.shape == "uniform":
            return low + (high - low) * u
        if self.prior.shape == "log-uniform":
            return np.asarray(low * (high / low) ** u)
        middle, sd = (low + high) / 2, (high - low) / 2 / float(ndtri(_NORMAL_TAIL))
        return np.asarray(middle + sd * ndtri(u))


def dimensions_of(parameters: Parameters) -> list[Dimension]:
    """The dimensions of a district's prior, in the order of its parameters."""
    found: dict[str, Dimension] = {}
    for name in definitions():
        prior = parameters[definitions()[name].names[0]].prior
        if prior is not None:
            found[name] = Dimension(name, prior)
    return list(found.values())


def known(parameters: Parameters, settings: Iterable[str]) -> Parameters:
    """The parameters with nothing unknown of those that are set for all rows: these have no prior."""
    names = {member.partition(".")[0] for name in settings for member in parameters.members(name)}
    return Parameters(
        {
            entry.name: replace(entry, prior=None) if entry.name.partition(".")[0] in names else entry
            for entry in parameters
        }
    )


def overrides(dimensions: list[Dimension], point: NDArray[np.float64], parameters: Parameters) -> dict[str, float]:
    """Parameters' values at a point, by dotted name.

    A factor multiplies every member's value in the district; what would leave a parameter's range stops at its end.

    Args:
        dimensions: D of them.
        point: (D,) values in their own units.
        parameters: of the district.
    """
    values: dict[str, float] = {}
    for dimension, number in zip(dimensions, point.tolist(), strict=True):
        for member in definitions()[dimension.name].names:
            entry = parameters[member]
            value = entry.value * number if dimension.prior.of == "factor" else number
            values[member] = min(max(value, entry.low), entry.high)
    return values
