"""Estimators of the value of information for a choice between scenarios.

The value of information is the mean gain in benefit from choosing with the information instead of without it.

Without information, the scenario with the highest mean benefit is chosen. With perfect information, the best scenario
under each draw is chosen. With data, the scenario is chosen for which a regression fitted to other draws predicts the
highest benefit. The gain is computed from the simulated benefit under the draw, not from the predicted benefit. A
regression fitted to noise therefore gains nothing, and no data can gain more than perfect information.

The regression follows Strong, Oakley and Brennan (2014, Medical Decision Making 34:311; 2015, 35:570): the expected
benefit given data is estimated by the regression of the benefit on data simulated from each draw.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from sklearn.linear_model import RidgeCV
from sklearn.preprocessing import SplineTransformer
from threadpoolctl import threadpool_limits

from takeup_calibration.voi.evidence import Candidate, Evidence

_NORMAL_95: Final = 1.96
"""Half width of a 95 % interval of a normal distribution, in standard errors."""
_REPEATS: Final = 10
"""Number of repeats. In each, data are simulated from every draw, and the draws are divided into folds at random."""
_FOLDS: Final = 10
"""Number of folds of the cross-fitted regressions."""
_RESAMPLES: Final = 2_000
"""Number of bootstrap resamples for standard errors."""
_KNOTS, _DEGREE = 5, 3
"""Number of knots and degree of the splines, sufficient for a benefit that rises, levels off and falls."""
_PENALTIES: Final = np.logspace(-2, 4, 13)
"""Ridge penalties, from which one per response is selected by leave-one-out errors."""


class ValueEstimate(NamedTuple):
    """A value of information with its standard error.

    Attributes:
        value: estimated value of information, in the unit of the benefits.
        error: standard error over draws, simulated data and random divisions of the draws into cross-fitting folds.
    """

    value: float
    error: float

    @property
    def low(self) -> float:
        """Lower end of the 95 % interval."""
        return self.value - _NORMAL_95 * self.error

    @property
    def high(self) -> float:
        """Upper end of the 95 % interval."""
        return self.value + _NORMAL_95 * self.error


class SampleInformation(NamedTuple):
    """The gain from choosing with data.

    Attributes:
        value: expected value of sample information.
        by_draw: (R, N) gain under each draw in each repeat, relative to the scenario that is best without data.
    """

    value: ValueEstimate
    by_draw: NDArray[np.float64]


@dataclass(frozen=True)
class CandidateValue:
    """The value of a candidate observation for the choice between all scenarios.

    Attributes:
        candidate: candidate observation.
        evsi: expected value of sample information.
        in_sample: estimate without cross-fitting, which is biased upwards.
    """

    candidate: Candidate
    evsi: ValueEstimate
    in_sample: float


@dataclass(frozen=True)
class PairContribution:
    """The value of a candidate observation for a choice between two scenarios.

    Attributes:
        candidate: name of the candidate.
        evsi: expected value of sample information for this choice.
        removed: share of the variance of the difference between the two benefits that the candidate removes.
    """

    candidate: str
    evsi: ValueEstimate
    removed: ValueEstimate


@dataclass(frozen=True)
class PairChoice:
    """A choice between two scenarios.

    Attributes:
        one, other: names of the two scenarios.
        mean, sd: mean and standard deviation over the draws of the benefit of `one` minus that of `other`.
        noise_sd: standard deviation of the Monte Carlo noise in this difference; NaN if no draw was simulated twice.
        better: share of the draws under which `one` is better.
        evpi: expected value of perfect information for this choice.
        contributions: value of each candidate for this choice.
    """

    one: str
    other: str
    mean: float
    sd: float
    noise_sd: float
    better: float
    evpi: ValueEstimate
    contributions: list[PairContribution]


@dataclass(frozen=True)
class GreedyStep:
    """A step of the greedy order: the observation to collect next, and its gain.

    Attributes:
        candidate: name of the candidate observation.
        gain: value of this observation in addition to those of earlier steps.
        total: value of all observations up to this step.
    """

    candidate: str
    gain: ValueEstimate
    total: ValueEstimate


@dataclass(frozen=True)
class VOIResult:
    """The value of information for a choice.

    Attributes:
        evidence: draws, with the benefit of each scenario and the value of each candidate observation.
        best: name of the scenario with the highest mean benefit.
        evpi: expected value of perfect information.
        candidates: values of the candidates, the largest first.
        pairs: choices between two of the scenarios.
        steps: greedy order in which to collect observations, up to the last gain that exceeds its standard error.
    """

    evidence: Evidence
    best: str
    evpi: ValueEstimate
    candidates: list[CandidateValue]
    pairs: list[PairChoice]
    steps: list[GreedyStep]

    def pair(self, one: str, other: str) -> PairChoice:
        """Return the choice between two scenarios, in either order."""
        return next(pair for pair in self.pairs if {pair.one, pair.other} == {one, other})

    @property
    def pair_with_highest_evpi(self) -> PairChoice:
        """The pair with the highest value of perfect information."""
        return max(self.pairs, key=lambda pair: pair.evpi.value)


def estimate_voi(evidence: Evidence, seed: int, on_progress: Callable[[int], None] = lambda _: None) -> VOIResult:
    """Estimate the value of information for a choice between scenarios.

    Linear algebra runs on one thread, so that results are reproducible bit by bit on one type of machine.

    Args:
        evidence: benefit of each scenario, and value of each candidate observation, under each draw.
        seed: seed of the simulated measurement errors, of the cross-fitting folds and of the bootstrap.
        on_progress: function called with the number of finished candidates.

    Returns:
        The values of perfect information and of each candidate observation, for the choice between all scenarios and
        between each pair, and a greedy order in which to collect the observations.
    """
    with threadpool_limits(1):
        estimator = EVSIEstimator(evidence, seed)
        benefits, count = evidence.benefits, len(evidence.scenarios)
        pairs = list(combinations(range(count), 2))
        differences = np.column_stack([benefits[:, one] - benefits[:, other] for one, other in pairs])
        responses = np.hstack([estimator.relative, differences])
        values, information, contributions = [], [], []
        for column, candidate in enumerate(evidence.candidates):
            expected = estimator.expected_value([column], responses)
            information.append(estimator.sample_information(estimator.relative, expected[:, :, :count]))
            values.append(CandidateValue(candidate, information[-1].value, estimator.in_sample_value(column)))
            contributions.append(_contributions(estimator, candidate.name, differences, expected[:, :, count:]))
            on_progress(column + 1)
        return VOIResult(
            evidence,
            evidence.scenarios[int(benefits.mean(axis=0).argmax())],
            estimator.perfect_information(estimator.relative),
            sorted(values, key=lambda value: -value.evsi.value),
            [_pair_choice(estimator, *pair, [each[i] for each in contributions]) for i, pair in enumerate(pairs)],
            _greedy_steps(estimator, information),
        )


class EVSIEstimator:
    """Estimator of expected values of information from the draws of a posterior.

    Args:
        evidence: benefit of each scenario, and value of each candidate observation, under each draw.
        seed: seed of the simulated measurement errors, of the cross-fitting folds and of the bootstrap.
    """

    def __init__(self, evidence: Evidence, seed: int) -> None:
        self.evidence = evidence
        self.relative = relative_benefits(evidence.benefits)
        self._bootstrap = _bootstrap_weights(evidence.draw_ids, np.random.default_rng([seed, 1]))
        self._folds = [
            partition(evidence.draw_ids, _FOLDS, np.random.default_rng([seed, 2, repeat]))
            for repeat in range(_REPEATS)
        ]
        self._data = np.array([self._simulate_data(seed, repeat) for repeat in range(_REPEATS)])

    def _simulate_data(self, seed: int, repeat: int) -> list[NDArray[np.float64]]:
        """Simulate the data of every candidate, each with a random stream of its own."""
        return [
            candidate.simulate_data(truths, np.random.default_rng([seed, 3, repeat, crc32(candidate.name.encode())]))
            for candidate, truths in zip(self.evidence.candidates, self.evidence.truths.T, strict=True)
        ]

    def expected_value(self, columns: Sequence[int], responses: NDArray[np.float64]) -> NDArray[np.float64]:
        """Predict responses from data of several candidates by cross-fitted regressions.

        Args:
            columns: columns of the candidates.
            responses: (N, T) quantities to predict.

        Returns:
            (R, N, T) predictions in each of R repeats.
        """
        repeats = zip(self._data[:, list(columns)], self._folds, strict=True)
        return np.array([_cross_fit(data.T, responses, folds) for data, folds in repeats])

    def in_sample_value(self, column: int) -> float:
        """Estimate a candidate's value without cross-fitting, which biases it upwards.

        The value is the mean of the highest predicted benefit minus the highest mean of the predicted benefits.
        """
        fitted = np.array([_predict(data[[column]].T, self.relative, data[[column]].T) for data in self._data])
        return float((fitted.max(axis=2).mean(axis=1) - fitted.mean(axis=1).max(axis=1)).mean())

    def perfect_information(self, relative: NDArray[np.float64]) -> ValueEstimate:
        """Estimate the expected value of perfect information.

        Args:
            relative: (N, K) benefits minus those of the scenario that is best on average, see `relative_benefits`.
        """
        return self._estimate(relative.max(axis=1)[None], relative)

    def sample_information(self, relative: NDArray[np.float64], expected: NDArray[np.float64]) -> SampleInformation:
        """Estimate the expected value of sample information.

        Args:
            relative: (N, K) benefits minus those of the scenario that is best on average, see `relative_benefits`.
            expected: (R, N, K) predictions of `relative` by regressions that were not fitted to the draw.
        """
        chosen = expected.argmax(axis=2)
        by_draw = np.take_along_axis(relative, chosen.T, axis=1).T
        return SampleInformation(self._estimate(by_draw, relative), by_draw)

    def additional_gain(self, information: SampleInformation, before: SampleInformation | None) -> ValueEstimate:
        """Estimate the gain of information in addition to earlier information, if any."""
        if before is None:
            return information.value
        gain = information.by_draw - before.by_draw
        return self._estimate(gain, np.zeros((gain.shape[1], 1)))

    def removed_variance(self, difference: NDArray[np.float64], expected: NDArray[np.float64]) -> ValueEstimate:
        """Estimate the share of the variance of a difference that data remove.

        Args:
            difference: (N,) differences between two benefits.
            expected: (R, N) predictions of `difference` by regressions that were not fitted to the draw.
        """
        total = (difference - difference.mean()) ** 2
        if not total.any():
            return ValueEstimate(0.0, 0.0)
        residual = (difference - expected) ** 2
        shares = 1 - residual.mean(axis=1) / total.mean()
        resampled_total = self._bootstrap @ total
        # The share is not defined in a resample in which the difference does not vary.
        is_defined = resampled_total > 0
        resampled = 1 - (self._bootstrap @ residual.mean(axis=0))[is_defined] / resampled_total[is_defined]
        return _with_error(shares, resampled)

    def _estimate(self, by_draw: NDArray[np.float64], relative: NDArray[np.float64]) -> ValueEstimate:
        """Estimate a mean gain and its standard error.

        Args:
            by_draw: (R, N) relative benefit of the chosen scenario under each draw in each repeat.
            relative: (N, K) benefits minus those of the scenario that is best on average.
        """
        # The choice without information is repeated in each resample, because it depends on the draws too.
        without = (self._bootstrap @ relative).max(axis=1)
        return _with_error(by_draw.mean(axis=1), self._bootstrap @ by_draw.mean(axis=0) - without)


def relative_benefits(benefits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (N, K) benefits minus those of the scenario that is best on average.

    A positive value is the loss from choosing the scenario that is best on average.
    """
    return benefits - benefits[:, [int(benefits.mean(axis=0).argmax())]]


def partition(draw_ids: NDArray[np.int64], folds: int, generator: np.random.Generator) -> NDArray[np.int64]:
    """Assign each draw to a fold at random, and equal draws to the same fold.

    Args:
        draw_ids: (N,) numbers that are equal for equal draws.
        folds: number of folds.
        generator: random generator.

    Returns:
        (N,) fold of each draw, from 0.
    """
    _, numbers = np.unique(draw_ids, return_inverse=True)
    assignment = generator.permutation(int(numbers.max()) + 1) % folds
    return np.asarray(assignment[numbers])


def _contributions(
    estimator: EVSIEstimator, name: str, differences: NDArray[np.float64], expected: NDArray[np.float64]
) -> list[PairContribution]:
    """Return the value of a candidate for each pair of scenarios."""
    contributions = []
    for column, difference in enumerate(differences.T):
        prediction = expected[:, :, column]
        relative = relative_benefits(np.column_stack([difference, np.zeros_like(difference)]))
        choices = np.stack([prediction, np.zeros_like(prediction)], axis=2)
        evsi = estimator.sample_information(relative, choices).value
        contributions.append(PairContribution(name, evsi, estimator.removed_variance(difference, prediction)))
    return contributions


def _pair_choice(estimator: EVSIEstimator, one: int, other: int, contributions: list[PairContribution]) -> PairChoice:
    """Describe the choice between two scenarios, given by their column numbers."""
    evidence = estimator.evidence
    difference = evidence.benefits[:, one] - evidence.benefits[:, other]
    repeated = evidence.repeated_benefits[:, one] - evidence.repeated_benefits[:, other]
    noise = difference[evidence.repeated] - repeated
    return PairChoice(
        evidence.scenarios[one],
        evidence.scenarios[other],
        float(difference.mean()),
        float(difference.std(ddof=1)),
        # Half, because the noise is the difference between two runs with independent noise.
        float(np.sqrt((noise**2).mean() / 2)) if len(noise) else float("nan"),
        float((difference > 0).mean()),
        estimator.perfect_information(relative_benefits(evidence.benefits[:, [one, other]])),
        contributions,
    )


def _greedy_steps(estimator: EVSIEstimator, single: list[SampleInformation]) -> list[GreedyStep]:
    """Select candidates one after the other, each time the one with the highest gain.

    The selection ends when no gain exceeds its standard error.
    """
    steps: list[GreedyStep] = []
    chosen: list[int] = []
    before: SampleInformation | None = None
    remaining = dict(enumerate(single))
    while remaining:
        best = max(remaining, key=lambda column: remaining[column].value.value)
        gain = estimator.additional_gain(remaining[best], before)
        if gain.value <= gain.error:
            break
        before = remaining.pop(best)
        chosen.append(best)
        steps.append(GreedyStep(estimator.evidence.candidates[best].name, gain, before.value))
        remaining = {
            column: estimator.sample_information(
                estimator.relative, estimator.expected_value([*chosen, column], estimator.relative)
            )
            for column in remaining
        }
    return steps


def _with_error(values: NDArray[np.float64], resampled: NDArray[np.float64]) -> ValueEstimate:
    """Average values over repeats, with the standard error due to draws and repeats."""
    by_repeat = values.var(ddof=1) / len(values) if len(values) > 1 else 0.0
    return ValueEstimate(float(values.mean()), float(np.sqrt(resampled.var(ddof=1) + by_repeat)))


def _bootstrap_weights(draw_ids: NDArray[np.int64], generator: np.random.Generator) -> NDArray[np.float64]:
    """Return (resamples, N) bootstrap weights; equal draws are resampled together."""
    _, numbers = np.unique(draw_ids, return_inverse=True)
    distinct = int(numbers.max()) + 1
    counts = generator.multinomial(distinct, np.full(distinct, 1 / distinct), size=_RESAMPLES)[:, numbers]
    return np.asarray(counts / counts.sum(axis=1, keepdims=True))


def _cross_fit(
    data: NDArray[np.float64], responses: NDArray[np.float64], folds: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Predict (N, T) responses of each fold by a regression on all other folds.

    Args:
        data: (N, D) data simulated from each draw.
        responses: (N, T) quantities to predict.
        folds: (N,) fold of each draw.
    """
    predicted = np.empty_like(responses)
    for fold in np.unique(folds):
        test = folds == fold
        predicted[test] = _predict(data[~test], responses[~test], data[test])
    return predicted


def _predict(
    known: NDArray[np.float64], responses: NDArray[np.float64], data: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Predict responses by ridge regression on splines and pairwise products of data.

    Args:
        known: (N, D) data to which the regression is fitted.
        responses: (N, T) responses to which the regression is fitted.
        data: (M, D) data for which responses are predicted.

    Returns:
        (M, T) predictions.
    """
    varies = np.ptp(known, axis=0) > 0
    if not varies.any():
        return np.broadcast_to(responses.mean(axis=0), (len(data), responses.shape[1]))
    known, data = known[:, varies], data[:, varies]
    basis = SplineTransformer(n_knots=_KNOTS, degree=_DEGREE, include_bias=False, extrapolation="linear")
    scores = _normal_scores(known, known)
    features, new_features = (_features(basis.fit(scores), each) for each in (scores, _normal_scores(known, data)))
    mean, sd = features.mean(axis=0), features.std(axis=0)
    sd[sd == 0] = 1.0  # a spline is constant if there are no data on its support
    model = RidgeCV(_PENALTIES, alpha_per_target=True).fit((features - mean) / sd, responses)
    return np.asarray(model.predict((new_features - mean) / sd)).reshape(len(data), -1)


def _features(basis: SplineTransformer, scores: NDArray[np.float64]) -> NDArray[np.float64]:
    products = [scores[:, i] * scores[:, j] for i, j in combinations(range(scores.shape[1]), 2)]
    return np.column_stack([basis.transform(scores), scores, *products])


def _normal_scores(known: NDArray[np.float64], data: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (M, D) normal scores of the ranks of data among the known data.

    Scores are used because an outlier would dominate the regression.
    """
    scores = np.empty_like(data)
    for column in range(data.shape[1]):
        order = np.sort(known[:, column])
        left, right = (np.searchsorted(order, data[:, column], side) for side in ("left", "right"))
        scores[:, column] = (left + right) / 2
    return np.asarray(ndtri(np.clip(scores, 0.5, len(known) - 0.5) / len(known)))
