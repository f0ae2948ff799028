"""Sequential Monte Carlo: a sample from a density relative to the standard normal distribution.

The sample starts from the standard normal distribution and moves to the target through a sequence of distributions in
which the logarithm of the relative density is multiplied by a power that increases from 0 to 1 (Del Moral, Doucet and
Jasra 2006). At each power, points are resampled, and then moved by random-walk Metropolis steps that leave the
distribution of this power unchanged.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import logsumexp

from takeup_calibration.priors import sobol_points, to_normal_scores

_EFFECTIVE_SHARE: Final = 0.5
"""Effective share of the points after the next power, which determines how far the power increases."""
_MOVES: Final = 10
"""Number of Metropolis steps at each power."""
_LAST_MOVES: Final = 200
"""Number of Metropolis steps at the last power, from which the sample is taken.

Resampling makes some points copies of others. In 27 dimensions, 24 steps are too few to separate them: the standard
deviation of a dimension that the density does not depend on was 0.87 instead of 1.
"""
_SCALE: Final = 2.38
"""Scale of a random-walk step in standard deviations, divided by the root of the dimension (Roberts et al. 1997)."""
_ACCEPTED: Final = 0.234
"""Share of accepted steps to which the scale is adapted between steps (Roberts et al. 1997)."""
_MAX_POWERS: Final = 100
_RIDGE: Final = 1e-6

LogDensity = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Function of (n, D) points that returns the (n,) logarithms of their relative densities."""


class SMCSample(NamedTuple):
    """A sample of a distribution, and the constant that normalises its density.

    Attributes:
        points: (n, D) points of equal weight.
        log_scale: logarithm of the mean of the relative density under the standard normal distribution.
    """

    points: NDArray[np.float64]
    log_scale: float


def draw_sample(log_density: LogDensity, count: int, dimensions: int, seed: int) -> SMCSample:
    """Draw a sample from a density relative to the standard normal distribution.

    Args:
        log_density: logarithm of the relative density, up to a constant.
        count: number n of points.
        dimensions: number D of dimensions.
        seed: seed of the sample.
    """
    generator = np.random.default_rng(seed)
    points = generator.permutation(to_normal_scores(sobol_points(count, dimensions, seed)))
    values, power, log_scale, scale = log_density(points), 0.0, 0.0, _SCALE / np.sqrt(dimensions)
    for _ in range(_MAX_POWERS):
        step = _next_step(values, 1.0 - power)
        logs = step * values
        log_scale += float(logsumexp(logs) - np.log(count))
        chosen = resample(np.exp(logs - logs.max()), count, generator)
        points, values, power = points[chosen], values[chosen], power + step
        is_last = power >= 1.0
        root = np.linalg.cholesky(np.cov(points.T).reshape(dimensions, dimensions) + _RIDGE * np.eye(dimensions))
        for _ in range(_LAST_MOVES if is_last else _MOVES):
            points, values, accepted = _move(log_density, points, values, min(power, 1.0), scale * root, generator)
            scale *= float(np.exp(accepted - _ACCEPTED))
        if is_last:
            break
    return SMCSample(points, log_scale)


def _next_step(values: NDArray[np.float64], most: float) -> float:
    """Return the increase of the power after which the effective share of the points is `_EFFECTIVE_SHARE`.

    Args:
        values: (n,) logarithms of the relative densities.
        most: largest allowed increase.
    """

    def excess(step: float) -> float:
        logs = step * (values - values.max())
        return float(2 * logsumexp(logs) - logsumexp(2 * logs) - np.log(_EFFECTIVE_SHARE * len(values)))

    return most if excess(most) >= 0.0 else float(brentq(excess, 0.0, most))


def resample(weights: NDArray[np.float64], count: int, rng: int | np.random.Generator) -> NDArray[np.int64]:
    """Draw (count,) indices in proportion to weights, by systematic resampling."""
    positions = (np.arange(count) + np.random.default_rng(rng).random()) / count
    return np.searchsorted(np.cumsum(weights / weights.sum()), positions).clip(0, len(weights) - 1)


def _move(
    log_density: LogDensity,
    points: NDArray[np.float64],
    values: NDArray[np.float64],
    power: float,
    root: NDArray[np.float64],
    generator: np.random.Generator,
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Make a random-walk Metropolis step with each point.

    Returns:
        The points and their values after the step, and the share of accepted steps.
    """
    proposed = points + generator.standard_normal(points.shape) @ root.T
    new = log_density(proposed)
    change = power * (new - values) + ((points**2).sum(axis=1) - (proposed**2).sum(axis=1)) / 2
    accepted = np.log(generator.random(len(points))) < change
    return (
        np.where(accepted[:, np.newaxis], proposed, points),
        np.where(accepted, new, values),
        float(accepted.mean()),
    )
