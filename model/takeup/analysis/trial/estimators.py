"""What a trial finds, and what is true: estimates from those followed, in percentage points.

Three worlds hold the same persons with the same luck: the trial, the district without it, and the district in which
everyone lives under the scenario.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from takeup.analysis.statistics import TRIAL_CONFIDENCE
from takeup.constants import PERCENT

_FEWEST_STREETS: Final = 2
_FEWEST_PERSONS: Final = 30
"""In an arm, for an interval: of fewer all may be alike by chance, and the interval would have no width."""

Values = NDArray[np.float64]


class FollowUp(NamedTuple):
    """Those enrolled who still live there in all three worlds, n of them, at a month's end.

    Attributes:
        treated: (n,) their arm.
        streets: (n,) numbers of their streets.
        trial, without, everyone: (n,) whether their permit is valid in each world.
    """

    treated: NDArray[np.bool_]
    streets: NDArray[np.int64]
    trial: NDArray[np.bool_]
    without: NDArray[np.bool_]
    everyone: NDArray[np.bool_]


class EffectEstimate(NamedTuple):
    """Mean of the treated less mean of the controls, with its interval; NaN where there is none."""

    points: float
    low: float
    high: float


class TrialEstimates(NamedTuple):
    """What a trial finds at a month's end, in percentage points.

    Attributes:
        itt: of the treated, what the trial changed less what it changed of the controls, each against themselves in
            the world without the trial.
        naive: the treated less the controls, as a real trial sees them.
        spillover: what the trial changed of the controls.
        true_effect: of all followed, everyone under the scenario less nobody.
    """

    itt: EffectEstimate
    naive: EffectEstimate
    spillover: float
    true_effect: float

    @property
    def bias(self) -> float:
        """By how much the naive estimate is off."""
        return self.naive.points - self.true_effect

    @property
    def imbalance(self) -> float:
        """The part of it that is chance: the arms' difference in the world without the trial."""
        return self.naive.points - self.itt.points


def estimate_effects(followed: FollowUp, *, by_street: bool) -> TrialEstimates:
    """What a trial finds.

    Args:
        followed: those followed.
        by_street: whether streets were drawn, so that neighbours are in one arm.
    """
    streets = followed.streets if by_street else None
    changed = followed.trial.astype(np.float64) - followed.without
    return TrialEstimates(
        itt=_difference(changed, followed.treated, streets),
        naive=_difference(followed.trial.astype(np.float64), followed.treated, streets),
        spillover=PERCENT * _mean(changed[~followed.treated]),
        true_effect=PERCENT * (_mean(followed.everyone) - _mean(followed.without)),
    )


def individual_effect(treated: Values, controls: Values) -> EffectEstimate:
    """Two means' difference, persons having been drawn; values in shares, the result in points."""
    return _with_interval(_mean(treated) - _mean(controls), treated, controls, _FEWEST_PERSONS)


def cluster_effect(values: Values, treated: NDArray[np.bool_], streets: NDArray[np.int64]) -> EffectEstimate:
    """Two means' difference, streets having been drawn: each arm a ratio of sums over its streets.

    Args:
        values: (n,) in shares.
        treated: (n,) arms.
        streets: (n,) numbers of the streets.
    """
    means, by_street = [], []
    for arm in (treated, ~treated):
        means.append(_mean(values[arm]))
        persons = np.bincount(streets[arm])
        off = np.bincount(streets[arm], weights=values[arm] - means[-1])[persons > 0]
        by_street.append(off * len(off) / max(persons.sum(), 1))
    return _with_interval(means[0] - means[1], by_street[0], by_street[1], _FEWEST_STREETS)


def _with_interval(difference: float, treated: Values, controls: Values, fewest: int) -> EffectEstimate:
    """By Neyman's variance, s1²/n1 + s0²/n0 - s²/n, and Student's t with Satterthwaite's degrees of freedom.

    s² is the least spread of effects that the two arms allow, of effects that keep everyone's rank (Aronow, Green
    and Lee 2014, Annals of Statistics 42: sharp bounds on the variance in randomized experiments).

    Args:
        difference: of the means, in shares.
        treated, controls: what was drawn: a value a person; or a street, what its sum is off, beside the mean size.
        fewest: values an arm must have for an interval.
    """
    counts = np.array([len(treated), len(controls)])
    if counts.min() < fewest:
        return EffectEstimate(PERCENT * difference, np.nan, np.nan)
    variances = np.array([treated.var(ddof=1), controls.var(ddof=1)]) / counts
    ranks = (np.arange(counts.sum()) + 0.5) / counts.sum()
    one, other = (np.sort(arm)[(ranks * len(arm)).astype(np.int64)] for arm in (treated, controls))
    least = (one - other).var(ddof=1) / counts.sum()
    spread = (variances**2 / (counts - 1)).sum()
    freedom = variances.sum() ** 2 / spread if spread > 0.0 else counts.sum() - 1.0
    error = np.sqrt(max(variances.sum() - least, 0.0))
    half = float(stdtrit(freedom, (1.0 + TRIAL_CONFIDENCE) / 2.0) * error)
    return EffectEstimate(PERCENT * difference, PERCENT * (difference - half), PERCENT * (difference + half))


def _difference(values: Values, treated: NDArray[np.bool_], streets: NDArray[np.int64] | None) -> EffectEstimate:
    if streets is not None:
        return cluster_effect(values, treated, streets)
    return individual_effect(values[treated], values[~treated])


def _mean(values: NDArray[np.bool_] | Values) -> float:
    return float(values.mean()) if len(values) else float("nan")
