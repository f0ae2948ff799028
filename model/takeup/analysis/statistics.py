"""Statistics over runs: estimates with intervals, regret and variance components.

Effects over replicates are reported as the mean with its 95 % t interval. Effects over draws of a posterior are
reported as the median with the interval that contains 90 % of the draws, from the 5 % to the 95 % quantile. Parts of
a total, such as the contributions of obstacles, are reported as means over draws with the same interval, because
means sum to the mean of the total. Tables, figures and sentences of all analyses use these estimates;
`docs/outputs.md` describes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import fdtrc, stdtrit

CONFIDENCE: Final = 0.95
"""Confidence level of the t interval of a mean over replicates."""
TRIAL_CONFIDENCE: Final = 0.90
"""Confidence level of the interval that a single randomised trial reports."""
QUANTILES: Final = (0.05, 0.5, 0.95)
"""Lower end, center and upper end of the interval over draws, which contains 90 % of them."""
_MIN_RUNS: Final = 2
"""Smallest number of runs with an interval."""


@dataclass(frozen=True)
class Estimate:
    """A center with an interval, over replicates or draws.

    Attributes:
        center: the mean over replicates; over draws the median, or the mean of parts of a total.
        low, high: the ends of the interval; NaN for a single run. Arrays of one shape.
    """

    center: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def t_interval(values: NDArray[np.float64], confidence: float = CONFIDENCE) -> Estimate:
    """Compute the mean over replicates with its interval by Student's t distribution.

    Args:
        values: shape (replicates, …); NaN where a replicate has no value.
        confidence: confidence level of the interval.

    Returns:
        The estimate, in the shape of one replicate.
    """
    number, mean, error = _mean_with_error(values)
    half = stdtrit(np.maximum(number - 1.0, 1.0), (1.0 + confidence) / 2.0) * error
    return Estimate(mean, mean - half, mean + half)


def _mean_with_error(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Return number, mean and standard error of the mean over runs, see `mean_error`."""
    known = ~np.isnan(values)
    number = known.sum(axis=0).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(known, values, 0.0).sum(axis=0) / number
        squares = np.where(known, values - mean, 0.0) ** 2
        error = np.sqrt(squares.sum(axis=0) / (number - 1.0) / number)
    return number, mean, np.where(number >= _MIN_RUNS, error, np.nan)


def quantile_interval(values: NDArray[np.float64]) -> Estimate:
    """Compute the median over draws with the interval that contains 90 % of them.

    Args:
        values: shape (draws, …); NaN where a draw has no value.

    Returns:
        The estimate, in the shape of one draw.
    """
    number = (~np.isnan(values)).sum(axis=0)
    # Columns without gaps are computed together, the others one by one. Empty columns become NaN below.
    is_full = (number > 0) & (number == len(values))
    has_gaps = (number > 0) & ~is_full
    ends = np.zeros((len(QUANTILES), *number.shape))
    ends[:, is_full] = np.quantile(values[:, is_full], QUANTILES, axis=0) if is_full.any() else 0.0
    ends[:, has_gaps] = np.nanquantile(values[:, has_gaps], QUANTILES, axis=0) if has_gaps.any() else 0.0
    low, center, high = ends
    return Estimate(
        np.where(number > 0, center, np.nan),
        np.where(number >= _MIN_RUNS, low, np.nan),
        np.where(number >= _MIN_RUNS, high, np.nan),
    )


def estimate(values: NDArray[np.float64], *, drawn: bool) -> Estimate:
    """Compute the `quantile_interval` of draws or the `t_interval` of replicates.

    Args:
        values: shape (runs, …); NaN where a run has no value.
        drawn: whether the runs are draws.

    Returns:
        The estimate, in the shape of one run.
    """
    return quantile_interval(values) if drawn else t_interval(values)


def estimate_parts(values: NDArray[np.float64], *, drawn: bool) -> Estimate:
    """Estimate parts of a total: means, which sum to the mean of the total.

    Args:
        values: shape (runs, …); NaN where a run has no value.
        drawn: whether the runs are draws.

    Returns:
        The mean, in the shape of one run, with the interval of `estimate`.
    """
    over_runs = t_interval(values)
    if not drawn:
        return over_runs
    interval = quantile_interval(values)
    return Estimate(over_runs.center, interval.low, interval.high)


def mean_error(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Estimate the standard error of the mean over runs.

    Args:
        values: shape (runs, …); NaN where a run has no value.

    Returns:
        The standard error, in the shape of one run; NaN for fewer than two values.
    """
    _, _, error = _mean_with_error(values)
    return error


def point_estimate(values: NDArray[np.float64], *, drawn: bool) -> NDArray[np.float64]:
    """Compute the center of `estimate`: median of draws or mean of replicates.

    Args:
        values: shape (runs, …), without missing values.
        drawn: whether the runs are draws.

    Returns:
        The center, in the shape of one run.
    """
    return np.asarray(np.quantile(values, QUANTILES[1], axis=0) if drawn else values.mean(axis=0))


def median_error(values: NDArray[np.float64], size: float | None = None) -> float:
    """Estimate the standard error of a median from quantiles (Woodruff 1952).

    Args:
        values: equally weighted values.
        size: number of independent values that have the same information; default: the number of values.
    """
    half = 0.5 / np.sqrt(len(values) if size is None else size)
    low, high = np.quantile(values, [max(0.5 - half, 0.0), min(0.5 + half, 1.0)])
    return float(high - low) / 2


def heterogeneity_p_value(values: NDArray[np.float64], sizes: NDArray[np.float64]) -> float:
    """Test whether groups differ by more than Monte Carlo error.

    The F test of the groups in a two-way layout of runs and groups without interaction (Scheffe 1959, The Analysis of
    Variance, chapter 4). The error of a group has a variance inversely proportional to its size.

    Args:
        values: one value per run and group, shape (runs, groups).
        sizes: number of simulated persons in each group, shape (groups,).

    Returns:
        The probability that groups without a difference vary as much; NaN with fewer than two runs or groups.
    """
    runs, groups = values.shape
    if runs < _MIN_RUNS or groups < _MIN_RUNS:
        return float("nan")
    deviations = values - np.average(values, axis=1, weights=sizes)[:, np.newaxis]
    means = deviations.mean(axis=0)
    between = runs * (sizes * means**2).sum() / (groups - 1)
    within = (sizes * (deviations - means) ** 2).sum() / ((groups - 1) * (runs - 1))
    if within == 0.0:
        return 0.0 if between > 0.0 else 1.0
    return float(fdtrc(groups - 1, (groups - 1) * (runs - 1), between / within))


SIGNIFICANCE: Final = 0.01
"""Probability with which differences between groups are shown although there are none, in a comparison."""


def differ(values: NDArray[np.float64], sizes: NDArray[np.float64], tests: int) -> bool:
    """Return whether groups differ by more than Monte Carlo error.

    Args:
        values: values by run and group, shape (runs, groups); groups with NaN do not count.
        sizes: number of simulated persons in each group.
        tests: number of such tests, among which the error probability is divided.
    """
    is_known = ~np.isnan(values).any(axis=0)
    return heterogeneity_p_value(values[:, is_known], sizes[is_known]) < SIGNIFICANCE / tests


class VarianceComponents(NamedTuple):
    """Components of variance over runs; NaN if they cannot be estimated.

    Attributes:
        parameters: standard deviation over draws of the posterior, without Monte Carlo error.
        monte_carlo: standard deviation between seeds under the same parameters.
    """

    parameters: float
    monte_carlo: float


def probability_best(effects: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute the share of draws in which each scenario has the largest effect.

    If several scenarios are equally good in a draw, the draw is divided among them.

    Args:
        effects: effects of the scenarios, the baseline included, shape (draws, scenarios).

    Returns:
        Shares, shape (scenarios,); they sum to 1.
    """
    best = effects == effects.max(axis=1, keepdims=True)
    return np.asarray((best / best.sum(axis=1, keepdims=True)).mean(axis=0))


def expected_regrets(effects: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute the expected loss from choosing each scenario under uncertainty.

    Args:
        effects: effects of the scenarios, the baseline included, shape (draws, scenarios).

    Returns:
        Mean over draws of the effect of the best scenario minus that of each scenario, shape (scenarios,); never
        negative.
    """
    return np.asarray((effects.max(axis=1, keepdims=True) - effects).mean(axis=0))


def decompose_variance(values: NDArray[np.float64]) -> VarianceComponents:
    """Split a variance into a part between draws and a part between seeds of a draw.

    The law of total variance: var(x) = var(E[x | parameters]) + E[var(x | parameters)]. Both parts are estimated by
    the analysis of variance of a one-way layout with random effects and unequal numbers of seeds (Searle, Casella and
    McCulloch 1992, Variance Components, chapter 3), and a part estimated below 0 is 0.

    Args:
        values: outcomes, shape (draws, seeds); NaN where a draw was run with fewer seeds.
    """
    seeds = (~np.isnan(values)).sum(axis=1)
    values, seeds = values[seeds > 0], seeds[seeds > 0].astype(np.float64)
    draws, runs = len(seeds), seeds.sum()
    if draws < _MIN_RUNS or runs == draws:
        return VarianceComponents(np.nan, np.nan)
    means = np.nansum(values, axis=1) / seeds
    within = np.nansum((values - means[:, np.newaxis]) ** 2) / (runs - draws)
    between = (seeds * (means - (seeds * means).sum() / runs) ** 2).sum() / (draws - 1)
    seeds_per_draw = (runs - (seeds**2).sum() / runs) / (draws - 1)
    return VarianceComponents(float(np.sqrt(max(between - within, 0.0) / seeds_per_draw)), float(np.sqrt(within)))


def monte_carlo_width(values: NDArray[np.float64]) -> float:
    """Compute the width of the 95 % Monte Carlo interval of the mean over draws.

    The interval, by Student's t distribution, is conditional on these draws. It narrows as seeds are added, while the
    uncertainty of the parameters stays.

    Args:
        values: outcomes, shape (draws, seeds); NaN where a draw was run with fewer seeds.

    Returns:
        The width in the unit of the values; NaN if no draw has two seeds.
    """
    seeds = (~np.isnan(values)).sum(axis=1)
    seeds = seeds[seeds > 0]
    freedom = float(seeds.sum() - len(seeds))
    if freedom < 1.0:
        return float("nan")
    error = decompose_variance(values).monte_carlo * np.sqrt((1.0 / seeds).sum()) / len(seeds)
    return float(2.0 * stdtrit(freedom, (1.0 + CONFIDENCE) / 2.0) * error)
