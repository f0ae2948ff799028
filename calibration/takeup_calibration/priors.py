"""Priors: the uncertain dimensions, points in them, and their parameter values.

Points are normal scores: in these units the prior is a standard normal, whatever its shape in the parameter's unit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import qmc

from takeup.district import Parameters, definitions
from takeup.district.parameters import Prior

DUMMY: Final = "dummy"
"""A dimension that affects nothing; what seems to be learnt about it is the method's own noise."""
_NORMAL_TAIL: Final = 0.975
_CLIP: Final = 1e-9


@dataclass(frozen=True)
class Dimension:
    """An uncertain number: a parameter's value, or a factor of all its members.

    Attributes:
        name: of the parameter.
        prior: its distribution before calibration.
    """

    name: str
    prior: Prior

    def quantile(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the prior's quantiles at probabilities `u`, in the parameter's unit."""
        low, high = self.prior.low, self.prior.high
        if self.prior.shape == "uniform":
            return low + (high - low) * u
        if self.prior.shape == "log-uniform":
            return np.asarray(low * (high / low) ** u)
        middle, sd = (low + high) / 2, (high - low) / 2 / float(ndtri(_NORMAL_TAIL))
        return np.asarray(middle + sd * ndtri(u))


def prior_dimensions(parameters: Parameters) -> list[Dimension]:
    """List the uncertain dimensions of a district, in the order of its parameters."""
    dimensions = {}
    for name in definitions():
        prior = parameters[definitions()[name].names[0]].prior
        if prior is not None:
            dimensions[name] = Dimension(name, prior)
    return list(dimensions.values())


def fix_parameters(parameters: Parameters, settings: Iterable[str]) -> Parameters:
    """Remove the priors of the parameters that are set for all evaluations."""
    names = {member.partition(".")[0] for name in settings for member in parameters.members(name)}
    return Parameters(
        {
            entry.name: replace(entry, prior=None) if entry.name.partition(".")[0] in names else entry
            for entry in parameters
        }
    )


def parameter_values(
    dimensions: list[Dimension], point: NDArray[np.float64], parameters: Parameters
) -> dict[str, float]:
    """Convert a point into parameter values by dotted name.

    A factor multiplies the district's value of every member. Values are clipped to the parameter's range.

    Args:
        dimensions: D of them.
        point: (D,) values in the dimensions' own units.
        parameters: of the district.
    """
    values: dict[str, float] = {}
    for dimension, number in zip(dimensions, point.tolist(), strict=True):
        for member in definitions()[dimension.name].names:
            entry = parameters[member]
            value = entry.value * number if dimension.prior.of == "factor" else number
            values[member] = min(max(value, entry.low), entry.high)
    return values


def sobol_points(count: int, dimensions: int, seed: int) -> NDArray[np.float64]:
    """Return (count, dimensions) scrambled Sobol points in the unit cube."""
    generator = qmc.Sobol(dimensions, scramble=True, rng=seed)
    return np.asarray(generator.random_base2((count - 1).bit_length())[:count])


def to_normal_scores(uniforms: NDArray[np.float64]) -> NDArray[np.float64]:
    """Convert prior probabilities into normal scores."""
    return np.asarray(ndtri(np.clip(uniforms, _CLIP, 1 - _CLIP)))


def to_uniforms(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Convert normal scores into prior probabilities."""
    return np.asarray(ndtr(scores))
