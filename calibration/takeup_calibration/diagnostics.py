"""Diagnostics of a calibration: checks and identified directions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from takeup.analysis.statistics import QUANTILES, median_error
from takeup.district import EFFECT
from takeup.message import Message
from takeup_calibration.calibrator import CalibrationResult
from takeup_calibration.evaluator import policy_names
from takeup_calibration.experiments import Experiment
from takeup_calibration.full_size import VALID_SHARE
from takeup_calibration.importance import CONSTRAINED_BELOW, contraction_ratios, effective_sample_size
from takeup_calibration.observations import Observation
from takeup_calibration.priors import DUMMY
from takeup_calibration.recalibration import Coverage, Ranks
from takeup_calibration.representative import IDENTIFIED, OTHER_PARAMETER, OUTCOME
from takeup_calibration.targets import Target

CHECKS: Final = (
    "effective sample",
    "two halves of the points",
    "every fitted target is predicted",
    "the dummy parameter stays at its prior",
    "a smaller size gives the same results",
    "the representative values are central",
    "coverage of the 90 % intervals",
    "uniform ranks of known points",
)
"""Names of the checks, in their order."""
_SAMPLE, _HALVES, _PREDICTED, _DUMMY, _SIZE, _CENTRAL, _COVERED, _UNIFORM = CHECKS
MIN_EFFECTIVE_SAMPLE: Final = 400.0
_HALVES_POINTS, _HALVES_ERRORS = 0.5, 3.0
"""Allowed difference between the medians of two halves of the draws, in percentage points and in standard errors of
the difference, whichever is larger.
"""
_DUMMY_TOLERANCE: Final = 0.1
"""Allowed deviation of the dummy parameter's ratio of posterior to prior standard deviation from 1."""
_SIZE_POINTS: Final = 0.2
"""Allowed mean difference between the results at full size and at the size of the design, in percentage points."""
_COVERAGE_RANGE: Final = (0.85, 0.95)
_MIN_TRUTHS: Final = 300
RANK_ERROR_RATE: Final = 0.01
"""Largest probability that a correct calibration fails the check of the ranks, over all quantities together."""
_QUANTITIES: Final = {VALID_SHARE: Message("valid share"), DUMMY: Message("dummy parameter")}
_NAMED: Final = {
    EFFECT.strip(): Message("effect {name}"),
    Target.kind: Message("target {name}"),
    Experiment.kind: Message("experiment {name}"),
    "parameter": Message("parameter {name}"),
    "reason": Message("reason {name}"),
}
"""Descriptions of named quantities, by the first word of their column."""
_MIN_LOADING: Final = 0.3
"""Absolute loading in a direction from which a parameter is listed."""
_MAX_LOADINGS: Final = 5


@dataclass(frozen=True)
class DiagnosticCheck:
    """The result of a check: name, whether it passed, measured and required value."""

    name: str
    passed: bool
    measured: str
    wanted: str


@dataclass(frozen=True)
class Direction:
    """A combination of parameters that the targets constrain.

    Attributes:
        sd_ratio: ratio of posterior to prior standard deviation along the direction.
        parts: (name, loading) pairs of its main parameters, the largest loading first.
    """

    sd_ratio: float
    parts: tuple[tuple[str, float], ...]

    @property
    def text(self) -> str:
        """Description of the changes that compensate for each other.

        An example is "more publicity with less value or more stigma".
        """
        (first, loading), *rest = self.parts
        if not rest:
            return first
        # The targets fix a weighted sum, so parameters with loadings of one sign compensate by opposite changes.
        same = [name for name, part in rest if part * loading > 0]
        opposite = [name for name, part in rest if part * loading < 0]
        less = Message("less {names}", names=_any_of(same)) if same else None
        more = Message("more {names}", names=_any_of(opposite)) if opposite else None
        return Message(
            "more {first} with {others}", first=first, others=_any_of([each for each in (less, more) if each])
        )


def run_checks(result: CalibrationResult, coverage: Coverage, ranks: Ranks) -> list[DiagnosticCheck]:
    """Run the diagnostic checks of a calibration, and return their results."""
    effective = result.effective
    return [
        DiagnosticCheck(
            _SAMPLE,
            effective >= MIN_EFFECTIVE_SAMPLE,
            f"{effective:.0f}",
            Message("{number:.0f} or more", number=MIN_EFFECTIVE_SAMPLE),
        ),
        _check_halves(result),
        _check_predictions(result),
        _check_dummy(result),
        _check_size(result),
        _check_representative(result),
        _check_coverage(result, coverage),
        _check_ranks(result, ranks),
    ]


def identified_directions(
    names: list[str], scores: NDArray[np.float64], weights: NDArray[np.float64]
) -> list[Direction]:
    """Return combinations of parameters that the targets constrain, strongest first.

    They are eigenvectors of the posterior covariance; the prior covariance is the identity. Eigenvalues that a sample
    of this size would have under the prior are excluded (the Marchenko-Pastur edge).

    Args:
        names: (D,) names of the parameters.
        scores: (N, D) normal scores of the points.
        weights: (N,) weights of the points, summing to 1.
    """
    edge = max(1.0 - np.sqrt(len(names) / effective_sample_size(weights)), 0.0) ** 2
    if edge == 0.0:
        return []
    values, vectors = np.linalg.eigh(np.cov(scores.T, aweights=weights))
    directions = []
    for value, vector in zip(values, vectors.T, strict=True):
        if value < edge:
            order = np.argsort(-np.abs(vector), kind="stable")[:_MAX_LOADINGS]
            largest = np.abs(vector).max()
            parts = [(names[i], float(vector[i])) for i in order if abs(vector[i]) >= min(_MIN_LOADING, largest)]
            directions.append(Direction(float(np.sqrt(value)), tuple(parts)))
    return directions


def constrained_quantities(result: CalibrationResult) -> list[str]:
    """Return the names of all policy effects, as "effect NAME", and of the constrained parameters."""
    design = result.design
    ratios = contraction_ratios(design.scores, result.weights)
    constrained = [
        design.names[i] for i, ratio in zip(design.adapted, ratios, strict=True) if ratio < CONSTRAINED_BELOW
    ]
    return [*(f"effect {name}" for name in policy_names()), *constrained]


def independent_draws(effective_sample: float, draws: int) -> float:
    """Return the number of independent draws whose median has the same error.

    The weighted points and the draws from them are two samples, whose errors add: 1 / n is 1 / effective sample size
    + 1 / number of draws. The first term is exact for the median to first order, because the indicator of a value
    below it has the same squared deviation, 1/4, at all points. The second is that of independent draws; systematic
    resampling has a smaller one, so the error is not understated.

    Args:
        effective_sample: effective sample size of the weighted points.
        draws: number of draws from them.
    """
    return 1 / (1 / effective_sample + 1 / draws)


def predictive_interval(observation: Observation, predicted: NDArray[np.float64], seed: int) -> tuple[float, float]:
    """Simulate the 90 % interval of an observation.

    Args:
        observation: target or experiment that is observed.
        predicted: (N,) predictions of it; NaN values are ignored.
        seed: seed of the observation errors, whose standard deviation is the tolerance of the observation.

    Returns:
        Lower and upper end.
    """
    errors = np.random.default_rng(seed).normal(0.0, observation.tolerance, len(predicted))
    low, _, high = np.nanquantile(predicted + errors, QUANTILES)
    return float(low), float(high)


def _check_halves(result: CalibrationResult) -> DiagnosticCheck:
    """Check that draws with even and with odd point indices give equal median effects."""
    effects, even = result.design.effects[result.drawn], result.drawn % 2 == 0
    worst, measured = -np.inf, Message("one half has no draws")
    for column, name in enumerate(policy_names()):
        halves = [half[~np.isnan(half)] for half in (effects[even, column], effects[~even, column])]
        if min(len(half) for half in halves) == 0:
            worst = np.inf
            break
        difference = abs(float(np.median(halves[0]) - np.median(halves[1])))
        error = float(np.hypot(median_error(halves[0]), median_error(halves[1])))
        allowed = max(_HALVES_POINTS, _HALVES_ERRORS * error)
        if difference / allowed > worst:
            worst = difference / allowed
            measured = Message(
                "{name}: {difference:.2f} points apart, {allowed:.2f} allowed",
                name=name,
                difference=difference,
                allowed=allowed,
            )
    return DiagnosticCheck(_HALVES, worst <= 1, measured, Message("equal medians of every policy's effect"))


def _check_predictions(result: CalibrationResult) -> DiagnosticCheck:
    missed = []
    for column, observation in enumerate(result.design.observations):
        if observation.fit:
            predicted = result.design.predicted[result.drawn, column]
            low, high = predictive_interval(observation, predicted, result.settings.seed)
            if low > observation.high or observation.low > high:
                missed.append(observation.name)
    return DiagnosticCheck(
        _PREDICTED,
        not missed,
        _list_missed(missed),
        Message("in the 90 % interval"),
    )


def _check_dummy(result: CalibrationResult) -> DiagnosticCheck:
    ratio = float(contraction_ratios(result.design.scores, result.weights)[-1])
    return DiagnosticCheck(
        _DUMMY,
        abs(ratio - 1) <= _DUMMY_TOLERANCE,
        Message("SD ratio {ratio:.2f}", ratio=ratio),
        f"1.0 ± {_DUMMY_TOLERANCE}",
    )


def _check_size(result: CalibrationResult) -> DiagnosticCheck:
    name, wanted = _SIZE, Message("means within {number} points", number=_SIZE_POINTS)
    if result.full_size is None:
        return DiagnosticCheck(name, False, Message("no draw was evaluated at full size"), wanted)
    differences = result.full_size.differences()
    outcome, (points, error) = max(differences.items(), key=lambda item: abs(item[1][0]))
    measured = Message(
        "{outcome}: {points:+.2f} ± {error:.2f} points over {number} draws",
        outcome=quantity_name(outcome),
        points=points,
        error=error,
        number=len(result.full_size.points),
    )
    return DiagnosticCheck(name, abs(points) <= _SIZE_POINTS, measured, wanted)


def _check_representative(result: CalibrationResult) -> DiagnosticCheck:
    representative = result.representative
    missed = [
        Message(
            "{quantity} at {value:.3g}, required {low:.3g} to {high:.3g}",
            quantity=quantity_name(each.quantity),
            value=each.value,
            low=each.low,
            high=each.high,
        )
        for each in representative.missed
    ]
    return DiagnosticCheck(
        _CENTRAL,
        not missed,
        _list_missed(missed),
        Message(
            "identified parameters at percentiles {identified}; other parameters at percentiles {other}; outcomes at "
            "percentiles {outcomes}; local targets are met",
            identified=_percentiles(IDENTIFIED),
            other=_percentiles(OTHER_PARAMETER),
            outcomes=_percentiles(OUTCOME),
        ),
    )


def _check_coverage(result: CalibrationResult, coverage: Coverage) -> DiagnosticCheck:
    name, (lowest, highest) = _COVERED, _COVERAGE_RANGE
    wanted = Message(
        "{lowest} to {highest} over {number} or more test points",
        lowest=lowest,
        highest=highest,
        number=_MIN_TRUTHS,
    )
    if not coverage.truths:
        return DiagnosticCheck(name, False, Message("no point has enough neighbours"), wanted)
    shares = {each: coverage.shares[each] for each in constrained_quantities(result)}
    low, high = min(shares, key=lambda each: shares[each]), max(shares, key=lambda each: shares[each])
    passed = lowest <= shares[low] and shares[high] <= highest and coverage.truths >= _MIN_TRUTHS
    measured = Message(
        "{least:.3f} ({low}) to {most:.3f} ({high}) over {number} test points",
        least=shares[low],
        low=quantity_name(low),
        most=shares[high],
        high=quantity_name(high),
        number=coverage.truths,
    )
    return DiagnosticCheck(name, passed, measured, wanted)


def _check_ranks(result: CalibrationResult, ranks: Ranks) -> DiagnosticCheck:
    """Check that the ranks are uniform, with the Bonferroni correction over the quantities."""
    p_values = {each: ranks.p_values[each] for each in constrained_quantities(result)}
    limit = RANK_ERROR_RATE / len(p_values)
    name = _UNIFORM
    wanted = Message(
        "p-values of {limit:.2g} or more over {number} or more test points", limit=limit, number=_MIN_TRUTHS
    )
    if not ranks.truths:
        return DiagnosticCheck(name, False, Message("no point has enough neighbours"), wanted)
    least = min(p_values, key=lambda each: p_values[each])
    passed = p_values[least] >= limit and ranks.truths >= _MIN_TRUTHS
    measured = Message(
        "least p-value {value:.2g} ({quantity}) over {number} test points",
        value=p_values[least],
        quantity=quantity_name(least),
        number=ranks.truths,
    )
    return DiagnosticCheck(name, passed, measured, wanted)


def join_names(names: list[str]) -> str:
    """Join names by commas, and the last two by "and"."""
    *others, last = names
    return Message("{first} and {second}", first=tuple(others), second=last) if others else last


def quantity_name(quantity: str) -> str:
    """Describe an outcome, a target or a parameter, given its column in the tables."""
    kind, _, name = quantity.partition(" ")
    return _QUANTITIES.get(quantity) or (_NAMED[kind].fill(name=name) if kind in _NAMED else quantity)


def _any_of(names: list[str]) -> str:
    *others, last = names
    return Message("{first} or {last}", first=tuple(others), last=last) if others else last


def _list_missed(names: Sequence[str]) -> Message:
    return Message("missed: {names}", names=tuple(names)) if names else Message("missed: none")


def _percentiles(ends: tuple[float, float]) -> Message:
    return Message("{low:.0f} to {high:.0f}", low=ends[0], high=ends[1])
