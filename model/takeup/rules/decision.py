"""Who considers, and how a permit that falls due ends."""

from __future__ import annotations

from takeup.compilation import njit_cached
from takeup.rules import DISAPPOINTED, FORGOT, MOVED, NO_LAPSE


@njit_cached
def considers(u: float, pace: float, attention: float, prompted: bool) -> bool:
    """Whether someone gets round to thinking of it this month.

    Who was reached by publicity does so for sure, but for what is put off.
    """
    return u < pace * (1.0 if prompted else attention)


@njit_cached
def lapse_cause(thought_of_it: bool, qualified: bool, utility: float) -> int:
    """Why a permit that is due is not endorsed: FORGOT, MOVED or DISAPPOINTED; NO_LAPSE: it is endorsed.

    The causes are asked in the order of the rule, so one who neither thought of it nor would have been entitled
    counts as having forgotten.
    """
    if not thought_of_it:
        return FORGOT
    if not qualified:
        return MOVED
    return NO_LAPSE if utility > 0.0 else DISAPPOINTED


@njit_cached
def trust_after_rejection(trust: float, trust_loss: float) -> float:
    """Trust of someone whose application was returned."""
    return trust * (1.0 - trust_loss)


@njit_cached
def trust_while_holding(trust: float, trust_gain: float, delivered: float) -> float:
    """A holder's trust follows what the permit delivers to them."""
    return trust + trust_gain * (delivered - trust)
