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
from takeup.constants import PERCENT

_MIN_STREETS: Final = 2
_MIN_PERSONS: Final = 30
"""In each arm, for an interval: in smaller arms all values may be equal by chance, and the interval has no width."""

Values = NDArray[np.float64]


class FollowUp(NamedTuple):
    """The n enrolled persons who still live in the district in all three runs, at the end of a month.

    Attributes:
        treated: whether each is in the treated arm, shape (n,).
        streets: numbers of their streets, shape (n,).
        in_trial, untreated, all_treated: whether their permit is valid in the trial, in the run without it and in the
            run with everyone treated, shape (n,).
    """

    treated: NDArray[np.bool_]
    streets: NDArray[np.int64]
    in_trial: NDArray[np.bool_]
    untreated: NDArray[np.bool_]
    all_treated: NDArray[np.bool_]


class EffectEstimate(NamedTuple):
    """Difference of means, treated minus controls, with its interval; NaN where it is undefined."""

    points: float
    low: float
    high: float


class TrialEstimates(NamedTuple):
    """Estimates at the end of a month, in percentage points of take-up.

    Attributes:
        itt: intention-to-treat effect: the change of the treated minus that of the controls, each relative to the
            same persons in the run without the trial.
        naive: treated minus controls, as a real trial observes them.
        spillover: the change of the controls.
        true_effect: all followed persons, everyone treated minus nobody treated.
    """

    itt: EffectEstimate
    naive: EffectEstimate
    spillover: float
    true_effect: float

    @property
    def bias(self) -> float:
        """Bias of the naive estimate."""
        return self.naive.points - self.true_effect

    @property
    def imbalance(self) -> float:
        """The part of the bias due to randomisation: the difference of the arms in the run without the trial."""
        return self.naive.points - self.itt.points


def estimate_effects(followed: FollowUp, *, by_street: bool) -> TrialEstimates:
    """Estimate the effects from the persons followed up.

    Args:
        followed: the persons followed up.
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
    """Difference of two means if persons were randomised; values in shares, the result in percentage points."""
    return _with_interval(_mean(treated) - _mean(controls), treated, controls, _MIN_PERSONS)


def cluster_effect(values: Values, treated: NDArray[np.bool_], streets: NDArray[np.int64]) -> EffectEstimate:
    """Difference of two means if streets were randomised; each arm's mean is a ratio of sums over its streets.

    Args:
        values: in shares, shape (n,).
        treated: whether each person is in the treated arm, shape (n,).
        streets: numbers of the persons' streets, shape (n,).
    """
    means, by_street = [], []
    for arm in (treated, ~treated):
        means.append(_mean(values[arm]))
        persons = np.bincount(streets[arm])
        deviations = np.bincount(streets[arm], weights=values[arm] - means[-1])[persons > 0]
        by_street.append(deviations * len(deviations) / max(persons.sum(), 1))
    return _with_interval(means[0] - means[1], by_street[0], by_street[1], _MIN_STREETS)


def _with_interval(difference: float, treated: Values, controls: Values, min_units: int) -> EffectEstimate:
    """Interval by Neyman's variance, s1²/n1 + s0²/n0 - s²/n, and Student's t with Satterthwaite's degrees of freedom.

    s² is the smallest variance of individual effects that the two arms allow, the one of effects that preserve ranks
    (Aronow, Green and Lee 2014, Annals of Statistics 42: sharp bounds on the variance in randomized experiments).

    Args:
        difference: of the means, in shares.
        treated, controls: one value per randomised unit: per person; or per street the deviation of its sum, relative
            to the mean size of a street.
        min_units: number of units that each arm must have for an interval.
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
