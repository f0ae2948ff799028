"""Priors of uncertain parameters, points drawn from them, and parameter values.

A normal score is the standard normal quantile of a value's cumulative prior probability. The prior of a score is
therefore standard normal, whatever the prior of the parameter is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import qmc

from takeup.district import Parameters, definition_of
from takeup.district.parameters import Prior

DUMMY: Final = "dummy"
"""Name of a dimension that has no effect on the model. Any deviation of its posterior from its prior is noise."""
_CLIP: Final = 1e-9
"""Smallest probability that is converted into a normal score; at 0 the score would be infinite."""


@dataclass(frozen=True)
class Dimension:
    """An uncertain number: the value of a parameter, or a factor of all its values.

    Attributes:
        name: name of the parameter.
        prior: distribution before calibration.
    """

    name: str
    prior: Prior

    def quantile(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the prior's quantiles at probabilities `u`, in the dimension's unit."""
        return self.prior.quantile(u)


def prior_dimensions(parameters: Parameters) -> list[Dimension]:
    """List the uncertain dimensions of a district, in the order of its parameters."""
    dimensions: dict[str, Prior] = {}
    for entry in parameters:
        if entry.prior is not None:
            dimensions.setdefault(definition_of(entry.name).name, entry.prior)
    return [Dimension(name, prior) for name, prior in dimensions.items()]


def fix_parameters(parameters: Parameters, settings: Iterable[str]) -> Parameters:
    """Return the parameters, without a prior for those that the user has set."""
    names = {definition_of(member).name for name in settings for member in parameters.members(name)}
    return Parameters(
        {
            entry.name: replace(entry, prior=None) if definition_of(entry.name).name in names else entry
            for entry in parameters
        }
    )


def parameter_values(
    dimensions: list[Dimension], point: NDArray[np.float64], parameters: Parameters
) -> dict[str, float]:
    """Convert a point into parameter values by dotted name.

    A factor multiplies all values that the parameter has in the district. Values are clipped to the parameter's
    range.

    Args:
        dimensions: the D dimensions.
        point: (D,) values in the dimensions' units.
        parameters: parameters of the district.
    """
    values: dict[str, float] = {}
    for dimension, number in zip(dimensions, point.tolist(), strict=True):
        for member in definition_of(dimension.name).names:
            entry = parameters[member]
            value = entry.value * number if dimension.prior.of == "factor" else number
            values[member] = min(max(value, entry.low), entry.high)
    return values


def sobol_points(count: int, dimensions: int, seed: int) -> NDArray[np.float64]:
    """Return (count, dimensions) scrambled Sobol points in the unit cube."""
    generator = qmc.Sobol(dimensions, scramble=True, rng=seed)
    return np.asarray(generator.random_base2((count - 1).bit_length())[:count])


def to_normal_scores(uniforms: NDArray[np.float64]) -> NDArray[np.float64]:
    """Convert cumulative prior probabilities into normal scores."""
    return np.asarray(ndtri(np.clip(uniforms, _CLIP, 1 - _CLIP)))


def to_uniforms(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Convert normal scores into cumulative prior probabilities."""
    return np.asarray(ndtr(scores))
