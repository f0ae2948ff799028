"""Leave-one-out prediction of every observation from all others.

The weighted points of a calibration represent the posterior given all observations. Weights divided by the likelihood
of one observation represent the posterior given the others (Gelfand 1996). They are Pareto-smoothed, and the shape
k-hat of their largest values shows whether they are reliable (Vehtari, Simpson, Gelman, Yao and Gabry 2024). Above
`MAX_PARETO_K` they are not, and `rerun_unreliable` repeats the calibration without the observation.

An observation that is an interval is treated as an observation of its middle, whose error is uniform over the width
of the interval, with normal tails beyond. The density of this error is proportional to the likelihood. For a value it
is the normal density.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from arviz_stats.base import array_stats
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import logsumexp, ndtr

from takeup.analysis.statistics import QUANTILES
from takeup.analysis.validation.predictions import MAX_PARETO_K
from takeup.report.i18n import ENGLISH, Language
from takeup_calibration.calibrator import CalibrationResult, Calibrator, EvaluatedDesign
from takeup_calibration.evaluator import Evaluator, OnStep, ignore_step
from takeup_calibration.importance import effective_sample_size
from takeup_calibration.observations import Observation

ALL_KINDS: Final = "all"
"""Kind of the row of all observations in a summary of scores."""
COLUMNS: Final = (
    "observation",
    "kind",
    "fitted",
    "observed",
    "low",
    "median",
    "high",
    "inside",
    "pit",
    "log_score",
    "null_log_score",
    "pareto_k",
    "effective_sample",
    "rerun",
)
"""Columns of the table of predictions, see `leave_one_out`."""
_TAIL_SHARE, _TAIL_ROOTS, _MIN_TAIL = 0.2, 3.0, 5
"""Number of smoothed weights: the smaller of a share of the points and a multiple of the square root of their number.
Fewer than the minimum are not smoothed (Vehtari et al. 2024).
"""
_EQUAL: Final = 1e-9
"""Difference between logarithms of weights below which the weights count as equal."""
_REACH: Final = 40.0
"""Number of standard deviations beyond the outermost prediction at which a quantile is bracketed."""


@dataclass(frozen=True)
class PredictiveDistribution:
    """Distribution of an observation: weighted values of the model plus an observation error.

    Attributes:
        values: (n,) values of the model.
        weights: (n,) weights of the values, summing to 1.
        sd: standard deviation of the error, or of its tails.
        width: width over which the error is uniform; 0 for a normal error.
    """

    values: NDArray[np.float64]
    weights: NDArray[np.float64]
    sd: float
    width: float = 0.0

    @property
    def mean(self) -> float:
        """Mean of the observation."""
        return float(self.weights @ self.values)

    def probability_below(self, value: float) -> float:
        """Return the probability of an observation below a value: the probability integral transform."""
        errors, half = value - self.values, self.width / 2
        tails = self.sd * np.sqrt(2 * np.pi)
        below = tails * ndtr(np.minimum(errors + half, 0.0) / self.sd)
        above = tails * (ndtr(np.maximum(errors - half, 0.0) / self.sd) - 0.5)
        return float(self.weights @ (below + np.clip(errors + half, 0.0, self.width) + above) / (tails + self.width))

    def log_density(self, value: float) -> float:
        """Return the logarithm of the density at a value: the log score of an observation."""
        excess = np.maximum(np.abs(value - self.values) - self.width / 2, 0.0)
        with np.errstate(divide="ignore"):
            terms = np.log(self.weights) - 0.5 * (excess / self.sd) ** 2
        return float(logsumexp(terms) - np.log(self.sd * np.sqrt(2 * np.pi) + self.width))

    def quantile(self, probability: float) -> float:
        """Return a quantile of the observation."""
        reach = _REACH * self.sd + self.width
        low, high = self.values.min() - reach, self.values.max() + reach
        return float(brentq(lambda value: self.probability_below(value) - probability, low, high))


class Reweighted(NamedTuple):
    """Weights of the points without one observation.

    Attributes:
        weights: (N,) smoothed weights, summing to 1.
        pareto_k: estimated shape of the tail of the weights; 0 if the largest weights are equal, infinite if it could
            not be estimated.
    """

    weights: NDArray[np.float64]
    pareto_k: float


def smooth_weights(log_weights: NDArray[np.float64]) -> Reweighted:
    """Smooth the largest importance weights by a generalised Pareto distribution.

    Args:
        log_weights: (N,) logarithms of the weights up to a constant; -inf for points without weight.
    """
    known = np.flatnonzero(np.isfinite(log_weights))
    weights = np.zeros(len(log_weights))
    if len(known) == 0:
        return Reweighted(np.full(len(log_weights), np.nan), float("inf"))
    logs = log_weights[known] - log_weights[known].max()
    weights[known] = np.exp(logs - logsumexp(logs))
    count = int(min(_TAIL_SHARE * len(known), _TAIL_ROOTS * np.sqrt(len(known))))
    if count < _MIN_TAIL:
        return Reweighted(weights, float("inf"))
    if np.ptp(np.sort(logs)[-count:]) < _EQUAL:
        return Reweighted(weights, 0.0)
    with np.errstate(all="ignore"):  # weights that underflow have no tail that could be fitted
        smoothed, shape = array_stats.psislw(-logs)
    if not np.isfinite(smoothed).all() or not np.isfinite(shape):
        return Reweighted(weights, float("inf"))
    weights[known] = np.exp(smoothed)
    return Reweighted(weights / weights.sum(), float(shape))


def leave_one_out(
    observations: Sequence[Observation],
    kinds: Sequence[str],
    log_weights: NDArray[np.float64],
    log_likelihood: NDArray[np.float64],
    predicted: NDArray[np.float64],
    null: Sequence[PredictiveDistribution],
) -> pd.DataFrame:
    """Predict each observation from all others.

    Points where an observation is undefined are left out of its prediction. An observation that is not fitted is
    predicted from all that are fitted.

    Args:
        observations: K observations.
        kinds: kind of each observation, such as "target".
        log_weights: (N,) logarithms of the weights of the points; -inf for points without weight.
        log_likelihood: (N, K) log-likelihoods of the predictions, up to a constant for each observation.
        predicted: (N, K) predictions of the observations, on their scales; NaN if undefined.
        null: predictive distribution of each observation under the null model.

    Returns:
        One row per observation with `COLUMNS`: observed value, or middle of the observed interval; low, median, high:
            5 %, 50 % and 95 % quantiles of the prediction; whether the observed value lies between low and high;
            pit, the predicted probability of a lower value; log_score and null_log_score, the logarithms of the
            predictive densities at the observed value; pareto_k; Kish's effective sample size; rerun, which is
            false. NaN if no point defines the observation.
    """
    rows = []
    for column, (observation, kind, alternative) in enumerate(zip(observations, kinds, null, strict=True)):
        defined = ~np.isnan(predicted[:, column])
        logs = np.where(defined, log_weights, -np.inf)
        if observation.fit:
            logs[defined] -= log_likelihood[defined, column]
        weights, shape = smooth_weights(logs)
        rows.append(_row(observation, kind, predicted[:, column], weights, shape, alternative))
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(
    observation: Observation,
    kind: str,
    predicted: NDArray[np.float64],
    weights: NDArray[np.float64],
    shape: float,
    null: PredictiveDistribution,
) -> dict[str, Any]:
    """Return the row of an observation, see `leave_one_out`."""
    observed = (observation.low + observation.high) / 2
    row: dict[str, Any] = dict.fromkeys(COLUMNS, float("nan"))
    row |= {"observation": observation.name, "kind": kind, "fitted": observation.fit, "observed": observed}
    row |= {"inside": False, "rerun": False, "pareto_k": shape, "null_log_score": null.log_density(observed)}
    used = np.flatnonzero(weights > 0)
    if len(used) == 0:
        return row
    width = observation.high - observation.low
    distribution = PredictiveDistribution(predicted[used], weights[used], observation.tolerance, width)
    low, median, high = (distribution.quantile(probability) for probability in QUANTILES)
    return row | {
        "low": low,
        "median": median,
        "high": high,
        "inside": low <= observed <= high,
        "pit": distribution.probability_below(observed),
        "log_score": distribution.log_density(observed),
        "effective_sample": effective_sample_size(weights[used]),
    }


def prior_predictive(observation: Observation, predicted: NDArray[np.float64]) -> PredictiveDistribution:
    """Return the null model of a target: its distribution before the calibration.

    Args:
        observation: the target.
        predicted: (n,) predictions of the points of the first wave, which cover the prior evenly; NaN if undefined.
    """
    known = predicted[~np.isnan(predicted)]
    values = known if len(known) else np.array([np.nan])
    weights = np.full(len(values), 1 / len(values))
    return PredictiveDistribution(values, weights, observation.tolerance, observation.high - observation.low)


def class_means(
    estimates: NDArray[np.float64],
    standard_errors: NDArray[np.float64],
    transfer_sds: NDArray[np.float64],
    classes: Sequence[str],
) -> list[PredictiveDistribution]:
    """Return the null model of experiments: each has the mean effect of the others of its class.

    The mean is weighted by precision, with the variance of an estimate the sum of its squared standard error and the
    squared transfer error. The predictive variance of an experiment is the sum of its own squared standard error, its
    squared transfer error and the variance of the mean. For the only experiment of its class, the mean is 0: no
    effect. Its predictive variance is then its squared standard error plus the mean square of the estimates of all
    other experiments; if there are none, plus its squared transfer error.

    Args:
        estimates: (K,) estimates; 0 is no effect.
        standard_errors: (K,) standard errors of the estimates.
        transfer_sds: (K,) standard deviations of the effects of a class between programmes.
        classes: class of each experiment; experiments with different scales must not share a class.
    """
    variances = standard_errors**2 + transfer_sds**2
    labels, distributions = np.array(classes), []
    for each, label in enumerate(labels):
        others = np.arange(len(labels)) != each
        same = others & (labels == label)
        if same.any():
            precision = 1 / variances[same]
            mean, variance = precision @ estimates[same] / precision.sum(), variances[each] + 1 / precision.sum()
        else:
            between = np.mean(estimates[others] ** 2) if others.any() else transfer_sds[each] ** 2
            mean, variance = 0.0, standard_errors[each] ** 2 + between
        distributions.append(PredictiveDistribution(np.array([mean]), np.ones(1), float(np.sqrt(variance))))
    return distributions


def score_summary(table: pd.DataFrame) -> pd.DataFrame:
    """Compare the mean log scores of the model and of the null model, over the fitted observations.

    Args:
        table: result of `leave_one_out`.

    Returns:
        One row per kind of observation, and one for "all" if there are several: observations, inside (their number in
            the 90 % interval), unreliable (their number with k-hat above `MAX_PARETO_K`), mean log_score and
            null_log_score, difference of the two, and standard_error of the difference (NaN for one observation).
    """
    fitted = table[table["fitted"]]
    groups = list(fitted.groupby("kind", sort=False))
    if len(groups) > 1:
        groups.append((ALL_KINDS, fitted))
    rows = []
    for kind, group in groups:
        differences = (group["log_score"] - group["null_log_score"]).to_numpy()
        count = len(group)
        rows.append(
            {
                "kind": kind,
                "observations": count,
                "inside": int(group["inside"].sum()),
                "unreliable": int((group["pareto_k"] > MAX_PARETO_K).sum()),
                "log_score": float(group["log_score"].to_numpy().mean()),
                "null_log_score": float(group["null_log_score"].to_numpy().mean()),
                "difference": float(differences.mean()),
                "standard_error": float(differences.std(ddof=1) / np.sqrt(count)) if count > 1 else float("nan"),
            }
        )
    return pd.DataFrame(rows)


def describe_scores(scores: pd.DataFrame, translate: Language = ENGLISH) -> list[str]:
    """Describe each row of `score_summary` in a sentence."""
    return [
        translate(
            "Leave-one-out predictions ({kind}): {inside} of {observations} observations lie in their 90 % "
            "intervals. The mean log score is {score}, that of the null model {null}: difference {difference} with a "
            "standard error over the observations of {error}. Reweighting is not reliable for {unreliable} of them "
            "(k-hat above {limit}).",
            kind=translate.words(str(row.kind)),
            inside=row.inside,
            observations=row.observations,
            score=f"{row.log_score:.2f}",
            null=f"{row.null_log_score:.2f}",
            difference=f"{row.difference:+.2f}",
            error=f"{row.standard_error:.2f}",
            unreliable=row.unreliable,
            limit=MAX_PARETO_K,
        )
        for row in scores.itertuples()
    ]


def predict_observations(result: CalibrationResult) -> pd.DataFrame:
    """Predict each target and experiment of a calibration from all others, see `leave_one_out`."""
    return _predict(result.design, result.weights)


def rerun_unreliable(
    result: CalibrationResult,
    evaluator: Evaluator,
    on_step: OnStep = ignore_step,
    translate: Language = ENGLISH,
) -> pd.DataFrame:
    """Predict each observation from all others, by a new calibration where reweighting is not reliable.

    Args:
        result: a calibration.
        evaluator: its evaluator.
        on_step: function called with the progress of the new calibrations.
        translate: language of their steps.

    Returns:
        The table of `predict_observations`. The rows of fitted observations whose k-hat exceeds `MAX_PARETO_K` are
        those of `rerun_without`.
    """
    table = predict_observations(result)
    unreliable = table["fitted"] & (table["pareto_k"] > MAX_PARETO_K)
    rows = [
        rerun_without(name, result, evaluator, on_step, translate) if rerun else table.iloc[[row]]
        for row, (name, rerun) in enumerate(zip(table["observation"], unreliable, strict=True))
    ]
    return pd.concat(rows, ignore_index=True)


def rerun_without(
    name: str,
    result: CalibrationResult,
    evaluator: Evaluator,
    on_step: OnStep = ignore_step,
    translate: Language = ENGLISH,
) -> pd.DataFrame:
    """Predict one target or experiment by a calibration without it.

    The calibration has the same settings and the same first wave. Its later waves are drawn where the surrogate
    expects agreement with the other observations. The evaluator's journal provides all evaluations that it contains.

    Args:
        name: name of the target or experiment.
        result: the calibration with it.
        evaluator: evaluator of that calibration.
        on_step: function called with the progress.
        translate: language of the steps.

    Returns:
        One row with `COLUMNS`, in which rerun is true, and pareto_k refers to the weights of the new calibration.
    """
    design = result.design
    left = [each.model_copy(update={"fit": each.fit and each.name != name}) for each in design.observations]

    def on_rerun_step(step: str, done: int, total: int) -> None:
        on_step(translate("Without {name}: {step}", name=name, step=step), done, total)

    calibrator = Calibrator(design.district, left, result.settings, evaluator, on_rerun_step, translate)
    weights = calibrator.evaluate_waves()
    table = _predict(calibrator.design, weights)
    table["fitted"] = [each.fit for each in design.observations]
    table["rerun"] = True
    return table[table["observation"] == name].reset_index(drop=True)


def _predict(design: EvaluatedDesign, weights: NDArray[np.float64]) -> pd.DataFrame:
    predicted, first, observations = design.predicted, design.counts[0], design.observations
    with np.errstate(divide="ignore"):
        log_weights = np.log(weights)
    log_likelihood = np.column_stack(
        [each.log_likelihood(predicted[:, column]) for column, each in enumerate(observations)]
    )
    null = [prior_predictive(target, predicted[:first, column]) for column, target in enumerate(design.targets)]
    null += class_means(
        np.array([each.estimate for each in design.experiments]),
        np.array([each.standard_error for each in design.experiments]),
        np.array([each.transfer.sd for each in design.experiments]),
        [f"{each.treatment}, {each.scale}" for each in design.experiments],
    )
    kinds = [each.kind for each in observations]
    return leave_one_out(observations, kinds, log_weights, log_likelihood, predicted, null)
