"""An interval over runs, and how it is made of replicates; `ensemble_numbers` makes it of draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

CONFIDENCE: Final = 0.95
_FEWEST_FOR_AN_INTERVAL: Final = 2


@dataclass(frozen=True)
class Interval:
    """A mean over replicates or draws, and the interval beside it; low and high are NaN for a single one.

    Attributes:
        mean, low, high: arrays of one shape.
    """

    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def t_interval(values: NDArray[np.float64]) -> Interval:
    """The mean over replicates with its 95 % interval by Student's t distribution.

    Args:
        values: one row a replicate, shape (replicates, …); a NaN is a replicate that has no such value.

    Returns:
        The interval in the shape of one row.
    """
    known = ~np.isnan(values)
    number = known.sum(axis=0).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(known, values, 0.0).sum(axis=0) / number
        squares = np.where(known, values - mean, 0.0) ** 2
        error = np.sqrt(squares.sum(axis=0) / (number - 1.0) / number)
        quantile = stdtrit(np.maximum(number - 1.0, 1.0), (1.0 + CONFIDENCE) / 2.0)
    half = np.where(number >= _FEWEST_FOR_AN_INTERVAL, quantile * error, np.nan)
    return Interval(mean, mean - half, mean + half)
