"""An interval over runs, and how it is made of replicates; `ensemble_numbers` makes it of draws.

What draws of a posterior come to: intervals, which scenario is best, and where the uncertainty comes from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

CONFIDENCE: Final = 0.95
_FEWEST_FOR_AN_INTERVAL: Final = 2


@dataclass(frozen=True)
class Estimate:
    """A mean over replicates or draws, and the interval beside it; low and high are NaN for a single one.

    Attributes:
        mean, low, high: arrays of one shape.
    """

    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def t_interval(values: NDArray[np.float64], confidence: float = CONFIDENCE) -> Estimate:
    """The mean over replicates with its 95 % interval by Student's t distribution.

    Args:
        values: one row a replicate, shape (replicates, …); a NaN is a replicate that has no such value.
        confidence: level of the interval.

    Returns:
        The interval in the shape of one row.
    """
    known = ~np.isnan(values)
    number = known.sum(axis=0).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(known, values, 0.0).sum(axis=0) / number
        squares = np.where(known, values - mean, 0.0) ** 2
        error = np.sqrt(squares.sum(axis=0) / (number - 1.0) / number)
        quantile = stdtrit(np.maximum(number - 1.0, 1.0), (1.0 + confidence) / 2.0)
    half = np.where(number >= _FEWEST_FOR_AN_INTERVAL, quantile * error, np.nan)
    return Estimate(mean, mean - half, mean + half)


COVERAGE: Final = 0.90
"""Of the intervals over draws, which leave the same share out on either side."""


class VarianceComponents(NamedTuple):
    """Where a number's spread over runs comes from; NaN where it cannot be told.

    Attributes:
        parameters: standard deviation over draws of the posterior, chance taken out.
        chance: standard deviation between seeds under the same parameters.
    """

    parameters: float
    chance: float


def quantile_interval(values: NDArray[np.float64]) -> Estimate:
    """The mean over draws and the interval that holds 90 % of them.

    Args:
        values: one row a draw, shape (draws, …); a NaN is a draw that has no such value.

    Returns:
        The interval in the shape of one row.
    """
    tail = (1.0 - COVERAGE) / 2.0
    known = ~np.isnan(values)
    number = known.sum(axis=0)
    some = np.where(number > 0, values, 0.0)  # or a column without any number would be warned of
    low, high = np.nanquantile(some, (tail, 1.0 - tail), axis=0) if some.size else (some[0], some[0])
    with np.errstate(invalid="ignore"):
        mean = np.where(known, values, 0.0).sum(axis=0) / number
    return Estimate(mean, np.where(number > 1, low, np.nan), np.where(number > 1, high, np.nan))


def probability_best(effects: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share of draws in which each scenario adds most; those that are equally good share a draw.

    Args:
        effects: (draws, scenarios), the baseline's included.

    Returns:
        (scenarios,), which sum to 1.
    """
    best = effects == effects.max(axis=1, keepdims=True)
    return np.asarray((best / best.sum(axis=1, keepdims=True)).mean(axis=0))


def expected_regrets(effects: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much is lost on average by choosing each scenario before it is known which is best.

    Args:
        effects: (draws, scenarios), the baseline's included.

    Returns:
        (scenarios,) means over draws of the best scenario's effect minus this one's; never negative.
    """
    return np.asarray((effects.max(axis=1, keepdims=True) - effects).mean(axis=0))


def decompose_variance(values: NDArray[np.float64]) -> VarianceComponents:
    """Split a spread into what is between draws and what is between seeds of a draw.

    The law of total variance: var(x) = var(E[x | parameters]) + E[var(x | parameters)]. Both parts are estimated by
    the analysis of variance of a one-way layout with random effects and unequal numbers of seeds (Searle, Casella and
    McCulloch 1992, Variance Components, chapter 3), and a part estimated below 0 is 0.

    Args:
        values: (draws, seeds), NaN where a draw was not lived with so many seeds.
    """
    seeds = (~np.isnan(values)).sum(axis=1)
    values, seeds = values[seeds > 0], seeds[seeds > 0].astype(np.float64)
    draws, runs = len(seeds), seeds.sum()
    if draws < 2 or runs == draws:
        return VarianceComponents(np.nan, np.nan)
    means = np.nansum(values, axis=1) / seeds
    within = np.nansum((values - means[:, np.newaxis]) ** 2) / (runs - draws)
    between = (seeds * (means - (seeds * means).sum() / runs) ** 2).sum() / (draws - 1)
    seeds_a_draw = (runs - (seeds**2).sum() / runs) / (draws - 1)
    return VarianceComponents(float(np.sqrt(max(between - within, 0.0) / seeds_a_draw)), float(np.sqrt(within)))


def monte_carlo_width(values: NDArray[np.float64]) -> float:
    """How wide an interval chance leaves of the mean over draws: 95 %, by Student's t; NaN where it cannot be told.

    Of these draws, not of others: it narrows as seeds are added, and what is not known of the parameters stays.

    Args:
        values: (draws, seeds), NaN where a draw was not lived with so many seeds.
    """
    seeds = (~np.isnan(values)).sum(axis=1)
    seeds = seeds[seeds > 0]
    freedom = float(seeds.sum() - len(seeds))
    if freedom < 1.0:
        return float("nan")
    error = decompose_variance(values).chance * np.sqrt((1.0 / seeds).sum()) / len(seeds)
    return float(2.0 * stdtrit(freedom, (1.0 + CONFIDENCE) / 2.0) * error)
