"""Choice of the parameter values with which commands run one set of parameters.

The values must be central in the posterior: in the parameters that the data identify, in the effects of the policies
and in the reasons for having no permit. They must also reproduce the local targets in a run with the default seed.
A draw of the posterior is preferred, then another weighted point. The median of each parameter does not give the
median of each outcome, so a point that is central in all quantities is rare. If no evaluated point is central, the
values are constructed: the outcomes are regressed on the parameters over the draws, the most central values
according to the regression are simulated, and the regression is corrected until the simulated outcomes are central.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.special import ndtri
from threadpoolctl import threadpool_limits

from takeup.report.formatting import PERCENT
from takeup_calibration.priors import to_normal_scores, to_uniforms
from takeup_calibration.targets import Target

IDENTIFIED: Final = (10.0, 90.0)
"""Percentiles of the draws between which a parameter that the data identify must lie."""
OTHER_PARAMETER: Final = (5.0, 95.0)
"""The same for the other parameters."""
OUTCOME: Final = (25.0, 75.0)
"""The same for the effect of each policy and the share of each reason."""
_TARGET_SHARE, _TOLERANCE_SHARE = 0.005, 0.05
"""Allowed distance from a local target, as shares of its value and of its tolerance; the larger one applies."""
_SCREENING_FACTOR: Final = 3.0
"""Factor of this distance at the size of the design, because a run of fewer migrants has more sampling noise."""
_SCREENING_RATIO: Final = 1.5
"""Largest ratio to a required range at the size of the design with which a point is simulated once more."""
_MAX_CANDIDATES: Final = 12
"""Largest number of draws, and of other points, that are simulated once more."""
_MAX_STEPS: Final = 16
"""Largest number of constructed points that are simulated."""
_RESOLUTION: Final = 0.05
"""Difference between two outcomes, in percentage points, below which they count as equal: half of the last digit that
reports show.
"""
_RIDGE: Final = 1.0
"""Ridge penalty of the regression, because there may be fewer draws than parameters."""

Simulate = Callable[[NDArray[np.float64]], tuple[NDArray[np.float64], NDArray[np.float64]]]
"""Function that simulates points in the way in which commands do.

It maps (m, D) cumulative prior probabilities to (m, Q) outcomes and (m, T) predictions of the local targets, with NaN
for a point whose evaluation failed.
"""


class Position(NamedTuple):
    """Position of the representative values in one quantity, and where it must be.

    Attributes:
        quantity: "parameter NAME", "effect NAME", "reason NAME" or "target NAME".
        value: percentile of the draws, 0 to 100; for a target, its prediction.
        low, high: ends of the required range, in the unit of the value.
    """

    quantity: str
    value: float
    low: float
    high: float

    @property
    def is_met(self) -> bool:
        """Whether the value lies in the required range."""
        return self.low <= self.value <= self.high


@dataclass(frozen=True)
class Representative:
    """The values that represent the posterior.

    Attributes:
        point: index of the evaluated point that has these values; None if the values were constructed.
        uniforms: (D,) cumulative prior probabilities of the values.
        positions: position in every quantity.
    """

    point: int | None
    uniforms: NDArray[np.float64]
    positions: tuple[Position, ...]

    @property
    def missed(self) -> list[Position]:
        """Positions outside their required range."""
        return [position for position in self.positions if not position.is_met]


@dataclass(frozen=True)
class Points:
    """Evaluated points of a calibration, N of them, at the size of the design.

    Attributes:
        uniforms: (N, D) cumulative prior probabilities of the parameters.
        outcomes: (N, Q) effects of policies and shares of reasons, in percentage points; NaN if not simulated.
        predicted: (N, T) predictions of the local targets.
    """

    uniforms: NDArray[np.float64]
    outcomes: NDArray[np.float64]
    predicted: NDArray[np.float64]

    @property
    def complete(self) -> NDArray[np.bool_]:
        """(N,) whether all outcomes and predictions of a point are known."""
        return np.asarray(~np.isnan(np.column_stack([self.outcomes, self.predicted])).any(axis=1))

    def take(self, points: NDArray[np.int64]) -> Points:
        """Return some of the points."""
        return Points(self.uniforms[points], self.outcomes[points], self.predicted[points])


@dataclass(frozen=True)
class CentralRegion:
    """The region of parameters and outcomes in which the representative values must lie.

    Attributes:
        draws: draws of the posterior, with repetitions, whose outcomes are known.
        parameters: (D,) names of the parameters.
        identified: (D,) whether the data identify each parameter.
        outcomes: (Q,) names of the outcomes, such as "effect NAME".
        targets: the T local targets.
    """

    draws: Points
    parameters: list[str]
    identified: NDArray[np.bool_]
    outcomes: list[str]
    targets: list[Target]

    def percentiles(self, points: Points) -> NDArray[np.float64]:
        """Return (m, D + Q) percentiles of points among the draws; equal values count half (mid-rank)."""
        parameters = _share_below(self.draws.uniforms, points.uniforms, 0.0)
        outcomes = _share_below(self.draws.outcomes, points.outcomes, _RESOLUTION)
        return PERCENT * np.column_stack([parameters, outcomes])

    def ratios(self, points: Points, target_factor: float = 1.0) -> NDArray[np.float64]:
        """Return (m, D + Q + T) distances from the centre, relative to the required range: at most 1 if it is met.

        Distances of parameters and outcomes are normal scores of their percentiles.

        Args:
            points: m points.
            target_factor: factor of the allowed distance from a target.
        """
        scores = self._scores(self.percentiles(points)) / self._score_limits
        misses = [
            (points.predicted[:, column] - (target.low + target.high) / 2) / (target_factor * half_range(target))
            for column, target in enumerate(self.targets)
        ]
        return np.column_stack([scores, *misses])

    def positions(self, points: Points) -> list[tuple[Position, ...]]:
        """Return the positions of points."""
        names = [*(f"parameter {name}" for name in self.parameters), *self.outcomes]
        required = [*(IDENTIFIED if known else OTHER_PARAMETER for known in self.identified.tolist())]
        required += [OUTCOME] * len(self.outcomes)
        return [
            (
                *(
                    Position(name, value, low, high)
                    for name, value, (low, high) in zip(names, values, required, strict=True)
                ),
                *(
                    Position(f"target {target.name}", value, middle - half_range(target), middle + half_range(target))
                    for target, value in zip(self.targets, predicted, strict=True)
                    for middle in [(target.low + target.high) / 2]
                ),
            )
            for values, predicted in zip(self.percentiles(points).tolist(), points.predicted.tolist(), strict=True)
        ]

    @property
    def _score_limits(self) -> NDArray[np.float64]:
        limits = np.where(self.identified, IDENTIFIED[1], OTHER_PARAMETER[1])
        return np.asarray(ndtri(np.concatenate([limits, np.full(len(self.outcomes), OUTCOME[1])]) / PERCENT))

    def _scores(self, percentiles: NDArray[np.float64]) -> NDArray[np.float64]:
        edge = 0.5 / (len(self.draws.uniforms) + 1)
        return np.asarray(ndtri(np.clip(percentiles / PERCENT, edge, 1 - edge)))


def half_range(target: Target) -> float:
    """Return the allowed distance of the prediction from the middle of a local target."""
    largest = max(abs(target.low), abs(target.high))
    return (target.high - target.low) / 2 + max(_TARGET_SHARE * largest, _TOLERANCE_SHARE * target.tolerance)


def choose_representative(
    region: CentralRegion, points: Points, groups: list[NDArray[np.int64]], simulate: Simulate
) -> Representative:
    """Choose the values that represent the posterior.

    Args:
        region: region in which the values must lie.
        points: the evaluated points.
        groups: indices of the points that may be chosen, in groups of decreasing preference; the first group has
            at least one point.
        simulate: function that simulates points in the way in which commands do.

    Returns:
        The most central point of the first group that has a point inside the region; otherwise constructed values
        inside the region; otherwise the values nearest to the region.
    """
    simulated: list[_Candidate] = []
    for group in groups:
        nearest = _screen(region, points, group)
        if len(nearest) == 0 and not simulated:
            nearest = group[:1]
        if len(nearest):
            simulated += _simulate(region, points.take(nearest).uniforms, simulate, nearest.tolist())
        if any(candidate.is_inside for candidate in simulated):
            break
    else:
        simulated += _construct(region, simulate)
    return min(simulated, key=lambda candidate: candidate.rank).representative


class _Candidate(NamedTuple):
    """A simulated point, and its (D + Q + T,) `CentralRegion.ratios`."""

    representative: Representative
    ratios: NDArray[np.float64]

    @property
    def is_inside(self) -> bool:
        """Whether the point is in the region."""
        return not self.representative.missed

    @property
    def rank(self) -> tuple[bool, float, float]:
        """Sort key: inside the region or not, distance from the region, distance from its centre."""
        return not self.is_inside, *_distances(self.ratios)


def _distances(ratios: NDArray[np.float64]) -> tuple[float, float]:
    """Return the largest absolute ratio, 1 if it is smaller, and the mean square of all."""
    if not np.isfinite(ratios).all():
        return float("inf"), float("inf")
    return max(float(np.abs(ratios).max()), 1.0), float((ratios**2).mean())


def _screen(region: CentralRegion, points: Points, group: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the points of a group that are worth another simulation, the most central first."""
    unique = np.unique(group)
    ratios = region.ratios(points.take(unique), _SCREENING_FACTOR)
    ranks = [_distances(row) for row in ratios]
    order = sorted(range(len(unique)), key=lambda i: ranks[i])
    return unique[[i for i in order if ranks[i][0] <= _SCREENING_RATIO][:_MAX_CANDIDATES]]


def _simulate(
    region: CentralRegion, uniforms: NDArray[np.float64], simulate: Simulate, points: list[int] | list[None]
) -> list[_Candidate]:
    """Simulate points and return them with their positions."""
    simulated = Points(uniforms, *simulate(uniforms))
    return [
        _Candidate(Representative(point, values, positions), ratios)
        for point, values, positions, ratios in zip(
            points, uniforms, region.positions(simulated), region.ratios(simulated), strict=True
        )
    ]


def _construct(region: CentralRegion, simulate: Simulate) -> list[_Candidate]:
    """Construct points that are ever more central, until one is in the region.

    The ratios of outcomes and targets are regressed on the parameters over the draws. Each step simulates the point
    that minimises the sum of the fourth powers of all ratios, which is close to their largest. The difference
    between simulated and expected ratios then corrects intercept and slopes of the regression (Broyden 1965).
    """
    draws = region.draws
    scores = to_normal_scores(draws.uniforms)
    centre, sd = np.median(scores, axis=0), np.maximum(scores.std(axis=0), np.finfo(float).eps)
    count, parameters = scores.shape
    explanatory = np.column_stack([np.ones(count), (scores - centre) / sd])
    ratios = region.ratios(draws)[:, parameters:]
    penalty = _RIDGE * np.eye(1 + parameters)
    penalty[0, 0] = 0.0
    coefficients = np.linalg.solve(explanatory.T @ explanatory + penalty, explanatory.T @ ratios)
    intercept, slopes = coefficients[0], coefficients[1:].T
    limits = ndtri(np.where(region.identified, IDENTIFIED[1], OTHER_PARAMETER[1]) / PERCENT)
    candidates: list[_Candidate] = []
    previous: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None
    for _ in range(_MAX_STEPS):
        steps = _most_central(intercept, slopes, limits)
        (candidate,) = _simulate(region, to_uniforms(centre + sd * steps)[np.newaxis], simulate, [None])
        candidates.append(candidate)
        observed = candidate.ratios[parameters:]
        if candidate.is_inside or not np.isfinite(observed).all():
            break
        if previous is not None:
            change = steps - previous[0]
            length = float(change @ change)
            if length > 0:
                slopes = slopes + np.outer(observed - previous[1] - slopes @ change, change) / length
        intercept = observed - slopes @ steps
        previous = steps, observed
    return candidates


def _most_central(
    intercept: NDArray[np.float64], slopes: NDArray[np.float64], limits: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the (D,) standardised parameters that minimise the sum of the fourth powers of the ratios.

    Args:
        intercept: (Q + T,) ratios of the outcomes and targets at the medians of the parameters.
        slopes: (Q + T, D) their slopes.
        limits: (D,) largest allowed distances of the parameters from their medians.
    """
    constant = np.concatenate([np.zeros(len(limits)), intercept])
    linear = np.concatenate([np.diag(1 / limits), slopes])

    def squares(steps: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray((constant + linear @ steps) ** 2)

    def gradient(steps: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(2 * (constant + linear @ steps)[:, np.newaxis] * linear)

    start = np.linalg.lstsq(linear, -constant, rcond=None)[0]
    with threadpool_limits(1):
        return np.asarray(least_squares(squares, start, gradient).x)


def _share_below(draws: NDArray[np.float64], values: NDArray[np.float64], resolution: float) -> NDArray[np.float64]:
    """Return (m, K) shares of (n, K) draws below (m, K) values; NaN values give NaN.

    Draws that differ by no more than the resolution count half.
    """
    shares = np.full(values.shape, np.nan)
    for row, value in enumerate(values):
        below, above = (draws < value - resolution).mean(axis=0), (draws > value + resolution).mean(axis=0)
        shares[row] = np.where(np.isnan(value), np.nan, (below + 1 - above) / 2)
    return shares
