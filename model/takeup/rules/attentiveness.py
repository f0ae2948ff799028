"""Attentiveness: how much more, or less, a person attends to the permit than the average person.

Attentiveness is a permanent trait with mean 1 among all persons. It multiplies the probability of noticing publicity
and the probabilities of considering an application or an endorsement. A permanent factor on a monthly rate is the
frailty of Vaupel, Manton and Stallard (1979): the people who have not applied after years are less attentive, on
average, than those who have.
"""

from __future__ import annotations

from math import exp

from takeup.compilation import njit_cached


@njit_cached
def lognormal_attentiveness(quantile: float, sigma: float) -> float:
    """Attentiveness at a standard normal quantile: lognormal with mean 1.

    With a `sigma` of 0 the attentiveness is exactly 1.

    Args:
        quantile: quantile of the standard normal distribution.
        sigma: standard deviation of the logarithm of attentiveness.
    """
    return exp(sigma * quantile - 0.5 * sigma * sigma)


@njit_cached
def attentive_probability(probability: float, attentiveness: float) -> float:
    """Probability for a person with this attentiveness, at most 1.

    The engines rely on three properties. With an attentiveness of 1 the probability is unchanged, to the bit. The
    result is never above 1, so that an event with the uniform number 1 never occurs. The result does not decrease if
    either argument increases, also after rounding.

    Args:
        probability: probability for a person of average attentiveness, 0 to 1.
        attentiveness: attentiveness of the person, 0 or more.
    """
    return min(probability * attentiveness, 1.0)
