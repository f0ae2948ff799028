"""Who leaves, who settles, and how long a stay is expected.

The registration of residence: when it begins, when it breaks, and when it entitles to the permit.

The half-year clock runs on an unbroken registration at one address, not on the stay itself; social insurance or a
home of one's own is the other way in (Guangzhou's rules of application for the permit).
"""

from __future__ import annotations

from math import exp

from takeup.compilation import njit_cached
from takeup.rules import NEVER


@njit_cached
def exit_probability(leave: float, leave_factor: float) -> float:
    """Monthly chance of leaving of one profile in one band of residence."""
    return min(max(leave * leave_factor, 0.0), 1.0)


@njit_cached
def tenure_band(residence_months: int) -> int:
    """The band of residence, 0 to 3: under one year, under three, under five, five and more."""
    return (residence_months >= 12) + (residence_months >= 36) + (residence_months >= 60)


@njit_cached
def naturalises(u: float, leave: float, settle: float, residence_months: int, months_to_settle: int) -> bool:
    """Whether a holder who stays gains local household registration (u is the uniform that was not < leave)."""
    return residence_months >= months_to_settle and u < leave + settle


@njit_cached
def discounted_stay(expected_further_stay: float, stay_scale_months: float) -> float:
    """How much of the benefit someone counts who expects to stay so many more months, in [0, 1)."""
    return 1.0 - exp(-expected_further_stay / stay_scale_months)


@njit_cached
def months_registered(registered_months: int, u: float, register: float, move: float) -> int:
    """Months registered after one more month; -1: not registered.

    The registered stay so unless they move house; the unregistered are registered with probability `register`.
    """
    if registered_months == NEVER:
        return 0 if u < register else NEVER
    return NEVER if u < move else registered_months + 1


@njit_cached
def is_eligible(
    registered_months: int, residence_months: int, insured: bool, owned: bool, months_to_qualify: int
) -> bool:
    """Whether the permit may be applied for: by registration, or by residence with insurance or an own home."""
    if registered_months >= months_to_qualify:
        return True
    return residence_months >= months_to_qualify and (insured or owned)
