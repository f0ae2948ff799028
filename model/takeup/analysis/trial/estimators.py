"""Estimators of a trial's effects, and the true effect, in percentage points.

Three runs simulate the same persons with the same random numbers: the trial, the district without it, and the
district with everyone treated.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from takeup.analysis.statistics import TRIAL_CONFIDENCE
from takeup.report.formatting import PERCENT

_MIN_STREETS: Final = 2
"""Smallest number of streets per arm with an interval."""
_MIN_PERSONS: Final = 30
"""Smallest arm with an interval: in smaller arms all values may happen to be equal, which gives a width of 0."""

Values = NDArray[np.float64]


class FollowUp(NamedTuple):
    """The n enrolled persons who are still residents in all three runs.

    Attributes:
        treated: whether each person is in the treated arm, shape (n,).
        streets: numbers of the persons' streets, shape (n,).
        in_trial: whether each person has a valid permit at the end of the month in the trial, shape (n,).
        untreated: the same in the run without the trial.
        all_treated: the same in the run with everyone treated.
    """

    treated: NDArray[np.bool_]
    streets: NDArray[np.int64]
    in_trial: NDArray[np.bool_]
    untreated: NDArray[np.bool_]
    all_treated: NDArray[np.bool_]


class EffectEstimate(NamedTuple):
    """Difference of means, treated minus controls, with its interval.

    Attributes:
        points: difference in percentage points; NaN if an arm is empty.
        low, high: ends of the interval in percentage points; NaN if there is none.
    """

    points: float
    low: float
    high: float


class TrialEstimates(NamedTuple):
    """Estimates at the end of a month, in percentage points of take-up.

    Attributes:
        itt: intention-to-treat effect: change of the treated minus change of the controls, each relative to the same
            persons in the run without the trial.
        naive: take-up of the treated minus that of the controls, as a real trial observes it.
        spillover: change of the controls, relative to the same persons in the run without the trial.
        true_effect: take-up of all followed persons in the run with everyone treated minus that in the run without
            the trial.
    """

    itt: EffectEstimate
    naive: EffectEstimate
    spillover: float
    true_effect: float

    @property
    def bias(self) -> float:
        """Bias of the naive estimate, in percentage points."""
        return self.naive.points - self.true_effect

    @property
    def imbalance(self) -> float:
        """Part of the bias due to randomisation, in percentage points.

        It is the difference of the arms in the run without the trial.
        """
        return self.naive.points - self.itt.points


def estimate_effects(followed: FollowUp, *, by_street: bool) -> TrialEstimates:
    """Estimate the effects of a trial from the persons followed up.

    Args:
        followed: persons followed up.
        by_street: whether streets were randomised, so that neighbours are in the same arm.
    """
    streets = followed.streets if by_street else None
    change = followed.in_trial.astype(np.float64) - followed.untreated
    return TrialEstimates(
        itt=_difference(change, followed.treated, streets),
        naive=_difference(followed.in_trial.astype(np.float64), followed.treated, streets),
        spillover=PERCENT * _mean(change[~followed.treated]),
        true_effect=PERCENT * (_mean(followed.all_treated) - _mean(followed.untreated)),
    )


def individual_effect(treated: Values, controls: Values) -> EffectEstimate:
    """Estimate the difference of two means if persons were randomised.

    Args:
        treated, controls: outcome of each person in each arm, from 0 to 1.

    Returns:
        The difference in percentage points.
    """
    return _with_interval(_mean(treated) - _mean(controls), treated, controls, _MIN_PERSONS)


def cluster_effect(values: Values, treated: NDArray[np.bool_], streets: NDArray[np.int64]) -> EffectEstimate:
    """Estimate the difference of two means if streets were randomised.

    The mean of an arm is a ratio of sums over its streets.

    Args:
        values: outcome of each person, from 0 to 1, shape (n,).
        treated: whether each person is in the treated arm, shape (n,).
        streets: numbers of the persons' streets, shape (n,).

    Returns:
        The difference in percentage points.
    """
    means, by_street = [], []
    for arm in (treated, ~treated):
        means.append(_mean(values[arm]))
        persons = np.bincount(streets[arm])
        deviations = np.bincount(streets[arm], weights=values[arm] - means[-1])[persons > 0]
        by_street.append(deviations * len(deviations) / max(persons.sum(), 1))
    return _with_interval(means[0] - means[1], by_street[0], by_street[1], _MIN_STREETS)


def _with_interval(difference: float, treated: Values, controls: Values, min_units: int) -> EffectEstimate:
    """Compute the interval of a difference of means by Neyman's variance.

    The variance is s1²/n1 + s0²/n0 - s²/n, used with Student's t distribution and Satterthwaite's degrees of freedom.
    s² is the smallest variance of individual effects that the two arms allow, that of effects that preserve ranks
    (Aronow, Green and Lee 2014, Annals of Statistics 42: sharp bounds on the variance in randomized experiments).

    Args:
        difference: difference of the means, from -1 to 1.
        treated, controls: one value per randomised unit of each arm. For a person it is the outcome; for a street,
            the deviation of its sum, relative to the mean number of persons per street.
        min_units: smallest number of units per arm with an interval.
    """
    counts = np.array([len(treated), len(controls)])
    if counts.min() < min_units:
        return EffectEstimate(PERCENT * difference, np.nan, np.nan)
    variances = np.array([treated.var(ddof=1), controls.var(ddof=1)]) / counts
    ranks = (np.arange(counts.sum()) + 0.5) / counts.sum()
    ranked_treated, ranked_controls = (
        np.sort(arm)[(ranks * len(arm)).astype(np.int64)] for arm in (treated, controls)
    )
    effect_variance = (ranked_treated - ranked_controls).var(ddof=1) / counts.sum()
    denominator = (variances**2 / (counts - 1)).sum()
    freedom = variances.sum() ** 2 / denominator if denominator > 0.0 else counts.sum() - 1.0
    error = np.sqrt(max(variances.sum() - effect_variance, 0.0))
    half = float(stdtrit(freedom, (1.0 + TRIAL_CONFIDENCE) / 2.0) * error)
    return EffectEstimate(PERCENT * difference, PERCENT * (difference - half), PERCENT * (difference + half))


def _difference(values: Values, treated: NDArray[np.bool_], streets: NDArray[np.int64] | None) -> EffectEstimate:
    if streets is not None:
        return cluster_effect(values, treated, streets)
    return individual_effect(values[treated], values[~treated])


def _mean(values: NDArray[np.bool_] | Values) -> float:
    return float(values.mean()) if len(values) else float("nan")
