"""Decisions: consideration, endorsement or lapse of a permit, and trust."""

from __future__ import annotations

from takeup.compilation import njit_cached
from takeup.rules.attentiveness import attentive_probability
from takeup.rules.states import DISAPPOINTED, FORGOT, MOVED, NO_LAPSE


@njit_cached
def consideration_rate(pace: float, attention: float, attentiveness: float, prompted: bool) -> float:
    """Probability of considering the permit this month.

    A migrant reached by publicity (prompted) considers the permit with probability `pace`: the burden may still delay
    them.

    `kernels_decisions` relies on one property: without a prompt, the result does not decrease if `pace` or
    `attention` increases, also after rounding.

    Args:
        pace: hassle factor, see `utility.hassle_factor`.
        attention: probability that a person of average attentiveness considers the permit, before the hassle factor.
        attentiveness: attentiveness of the migrant.
        prompted: whether publicity reached the migrant this month.
    """
    return pace * (1.0 if prompted else attentive_probability(attention, attentiveness))


@njit_cached
def considers(u: float, pace: float, attention: float, attentiveness: float, prompted: bool) -> bool:
    """Whether a migrant considers the permit this month.

    `kernels_decisions` relies on one property: the result is True exactly if `u` is below `consideration_rate`.
    """
    return u < consideration_rate(pace, attention, attentiveness, prompted)


@njit_cached
def lapse_cause(considered: bool, qualified: bool, utility: float) -> int:
    """Reason for which a permit is not endorsed, or NO_LAPSE if it is endorsed.

    The reasons FORGOT, MOVED and DISAPPOINTED are checked in this order, so a holder who neither considered the
    endorsement nor is eligible counts as FORGOT. Both engines also call this rule for the late endorsement of a
    lapsed permit, where only NO_LAPSE has a consequence.
    """
    if not considered:
        return FORGOT
    if not qualified:
        return MOVED
    return NO_LAPSE if utility > 0.0 else DISAPPOINTED


@njit_cached
def trust_after_rejection(trust: float, trust_loss: float) -> float:
    """Trust of an applicant whose application was returned as incomplete."""
    return trust * (1.0 - trust_loss)


@njit_cached
def trust_while_holding(trust: float, trust_gain: float, delivered: float) -> float:
    """Trust of a permit holder, which follows what the services deliver to them.

    `kernels_population` relies on one property: with a gain of 0 the trust is unchanged, to the bit.
    """
    return trust + trust_gain * (delivered - trust)
