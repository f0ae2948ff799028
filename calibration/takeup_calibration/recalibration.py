"""Recalibration to known points: coverage of intervals, and ranks of the known values.

Test points are drawn from the posterior. The targets of a test point are its own outputs plus errors as large as the
tolerances, and its posterior consists of all evaluated points, weighted by their posterior weights and by their
agreement with these targets. So the check is made where the data are, and not over the whole prior (Säilynoja,
Schmitt, Bürkner and Vehtari 2025, Posterior SBC). No further run of the model is needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from takeup_calibration.calibrator import EvaluatedDesign
from takeup_calibration.evaluator import policy_names
from takeup_calibration.importance import effective_sample_size
from takeup_calibration.observations import Observation

_COVERAGE_LEVEL: Final = 0.9
_TEST_POINTS: Final = 1_000
"""Number of test points drawn; those with too few neighbours are excluded."""
_MIN_NEIGHBOURS: Final = 40.0
"""Effective sample size of a test point's posterior below which the point is excluded, because the posterior would
be too uncertain.
"""
_RANK_BINS: Final = 10
"""Number of bins of the ranks. With 300 test points, 30 are expected in each, enough for a chi-square test."""
_TIES_STREAM, _TEST_STREAM = 1, 2
"""Streams of the random numbers that order equal values and draw test points. The errors use the design's seed."""


@dataclass(frozen=True)
class Coverage:
    """Coverage of 90 % intervals: the share of test points inside their own interval.

    Attributes:
        truths: number of test points.
        left_out: number of test points excluded because too few others are near their targets.
        shares: share of the test points inside their interval, by "effect NAME" or parameter.
        errors: Monte Carlo standard errors of the shares, by the same names.
    """

    truths: int
    left_out: int
    shares: dict[str, float]
    errors: dict[str, float]


@dataclass(frozen=True)
class Ranks:
    """Ranks of the values of test points in their own posteriors.

    Attributes:
        names: "effect NAME" of each policy, then the Q - policies calibrated parameters.
        points: (n,) indices of the test points in the design; a point may be drawn several times.
        values: (n, Q) ranks: cumulative posterior probabilities of the values, between 0 and 1.
        left_out: number of test points excluded because too few points are near their targets.
    """

    names: tuple[str, ...]
    points: NDArray[np.int64]
    values: NDArray[np.float64]
    left_out: int

    @property
    def truths(self) -> int:
        """Number of test points."""
        return len(self.points)

    @property
    def counts(self) -> dict[str, list[int]]:
        """Numbers of test points in bins of equal width from 0 to 1, by quantity."""
        return {
            name: np.histogram(column, _RANK_BINS, (0.0, 1.0))[0].tolist()
            for name, column in zip(self.names, self.values.T, strict=True)
        }

    @property
    def p_values(self) -> dict[str, float]:
        """P-values of chi-square tests of uniform ranks, by quantity; NaN without test points.

        Test points are drawn independently, so given the design, the ranks are independent and uniform.
        """
        if not self.truths:
            return dict.fromkeys(self.names, float("nan"))
        return {name: float(stats.chisquare(count).pvalue) for name, count in self.counts.items()}


def count_band(truths: int, quantities: int, error_rate: float) -> tuple[int, int]:
    """Return the least and the largest number of test points in a bin of uniform ranks.

    Args:
        truths: number of test points.
        quantities: number of quantities whose ranks are counted.
        error_rate: largest probability that a bin of any quantity is outside (Bonferroni).
    """
    tail = error_rate / (2 * _RANK_BINS * quantities)
    low, high = stats.binom.ppf([tail, 1 - tail], truths, 1 / _RANK_BINS)
    return int(low), int(high)


def estimate_coverage(design: EvaluatedDesign) -> Coverage:
    """Estimate the coverage of 90 % intervals by recalibration to known points.

    The posterior of a test point consists of the other points of the design.

    Returns:
        The shares of test points inside their intervals, by policy effect and by calibrated parameter.
    """
    known = _KnownPoints.of(design)
    names, quantities = known.names, known.quantities
    order, every = np.argsort(quantities, axis=0, kind="stable"), np.arange(quantities.shape[1])
    covered: list[NDArray[np.bool_]] = []
    for point, weights in zip(known.drawn, known.posteriors(design.seed), strict=True):
        weights[point] = 0.0
        total = weights.sum()
        if total == 0 or effective_sample_size(weights) < _MIN_NEIGHBOURS:
            continue
        # Weighted quantiles of all columns at once: the first value whose cumulative weight reaches the level.
        below = np.cumsum(weights[order], axis=0) / total
        low, high = (
            quantities[order[(below < at).sum(axis=0).clip(0, len(weights) - 1), every], every]
            for at in ((1 - _COVERAGE_LEVEL) / 2, (1 + _COVERAGE_LEVEL) / 2)
        )
        covered.append((low <= quantities[point]) & (quantities[point] <= high))
    count = len(covered)
    shares = np.mean(covered, axis=0) if covered else np.full(len(names), np.nan)
    errors = np.sqrt(shares * (1 - shares) / max(count, 1))
    return Coverage(
        count,
        len(known.drawn) - count,
        dict(zip(names, shares.tolist(), strict=True)),
        dict(zip(names, errors.tolist(), strict=True)),
    )


def estimate_ranks(design: EvaluatedDesign) -> Ranks:
    """Rank the values of known points in their posteriors.

    This is simulation-based calibration (Talts, Betancourt, Simpson, Vehtari and Gelman 2018) with the weighted
    points as prior. A test point is drawn with a probability equal to its weight. Given the observations of a test
    point, the probability that a point is the one observed is therefore proportional to its weight times its
    likelihood. The posterior includes the test point itself, as a rank among L draws has L + 1 possible values. The
    test point's own weight, and the weights of points with the same value, are divided at random. The ranks of a
    correct calibration are then uniform, for any design, any weights and any effective sample size. The exclusion of
    test points does not change this, because it depends on the observations and on all points alike.
    """
    known = _KnownPoints.of(design)
    names, quantities = known.names, known.quantities
    shares = np.random.default_rng([design.seed, _TIES_STREAM]).random((len(known.drawn), len(names)))
    points, values = [], []
    for share, point, weights in zip(shares, known.drawn, known.posteriors(design.seed), strict=True):
        if effective_sample_size(weights) < _MIN_NEIGHBOURS:
            continue
        own, each = quantities[point], (weights / weights.sum())[:, np.newaxis]
        below, equal = ((each * where).sum(axis=0) for where in (quantities < own, quantities == own))
        points.append(point)
        values.append((below + share * equal).clip(0.0, 1.0))  # by rounding, it may exceed 1
    ranks = np.array(values).reshape(len(points), len(names))
    return Ranks(names, known.indices[points], ranks, len(known.drawn) - len(points))


def draw_errors(observations: Sequence[Observation], count: int, seed: int) -> NDArray[np.float64]:
    """Draw (count, T) observation errors whose density is the observations' likelihood."""
    generator = np.random.default_rng(seed)
    columns = []
    for each in observations:
        # The likelihood is flat over the interval, with the area `width`, and normal beyond, with the area `tails`.
        width, tails = each.high - each.low, each.tolerance * np.sqrt(2 * np.pi)
        is_inside = generator.random(count) * (width + tails) < width
        flat = (generator.random(count) - 0.5) * width
        normal = generator.normal(0.0, each.tolerance, count)
        columns.append(np.where(is_inside, flat, normal + np.sign(normal) * width / 2))
    return np.column_stack(columns)


@dataclass(frozen=True)
class _KnownPoints:
    """The n points for which all quantities and fitted observations are known, and the test points drawn from them.

    Attributes:
        names: "effect NAME" of each policy, then the calibrated parameters.
        indices: (n,) indices of the points in the design.
        weights: (n,) weights of the points.
        drawn: (K,) test points, as indices of the n points.
        quantities: (n, Q) effects in percentage points, and normal scores of the parameters.
        observations: the F fitted observations.
        predicted: (n, F) predictions of them.
    """

    names: tuple[str, ...]
    indices: NDArray[np.int64]
    weights: NDArray[np.float64]
    drawn: NDArray[np.int64]
    quantities: NDArray[np.float64]
    observations: tuple[Observation, ...]
    predicted: NDArray[np.float64]

    @classmethod
    def of(cls, design: EvaluatedDesign) -> _KnownPoints:
        """Collect the points of a design, and draw the test points."""
        quantities = np.column_stack([design.effects, design.scores])
        names = (*(f"effect {name}" for name in policy_names()), *(design.names[i] for i in design.adapted))
        fitted = [column for column, each in enumerate(design.observations) if each.fit]
        predicted = design.predicted[:, fitted]
        is_known = ~(np.isnan(quantities).any(axis=1) | np.isnan(predicted).any(axis=1)) & (design.weights > 0)
        indices = np.flatnonzero(is_known)
        weights = design.weights[indices] / design.weights[indices].sum()
        drawn = np.random.default_rng([design.seed, _TEST_STREAM]).choice(len(indices), _TEST_POINTS, p=weights)
        observations = tuple(design.observations[column] for column in fitted)
        return cls(names, indices, weights, drawn, quantities[indices], observations, predicted[indices])

    def posteriors(self, seed: int) -> Iterator[NDArray[np.float64]]:
        """Yield, for each test point, the (n,) weights of all points given noisy observations of this point.

        Args:
            seed: seed of the observation errors.
        """
        observed = self.predicted[self.drawn] + draw_errors(self.observations, len(self.drawn), seed)
        for point in observed:
            total = np.zeros(len(self.predicted))
            for column, each in enumerate(self.observations):
                # The interval of the observation, moved so that its middle is the observed value.
                middle = (each.low + each.high) / 2
                total += each.log_likelihood(self.predicted[:, column] - point[column] + middle)
            yield self.weights * np.exp(total)
