"""Residence: departure, settlement, expected stay, registration, eligibility.

The half-year of the regulation runs on an unbroken registration at one address, not on the stay itself. The other way
to qualify is half a year of residence with social insurance or a home of one's own (Guangzhou's rules of application
for the permit).
"""

from __future__ import annotations

from math import exp

from takeup.compilation import njit_cached
from takeup.rules.states import NEVER


@njit_cached
def exit_probability(leave: float, leave_factor: float) -> float:
    """Monthly probability of leaving: `leave` times `leave_factor`, within [0, 1]."""
    return min(max(leave * leave_factor, 0.0), 1.0)


@njit_cached
def tenure_band(residence_months: int) -> int:
    """Tenure band, 0 to 3, given the months of residence.

    The bands are less than one year, one to three years, three to five years, and five years or more.
    """
    return (residence_months >= 12) + (residence_months >= 36) + (residence_months >= 60)


@njit_cached
def naturalises(u: float, leave: float, settle: float, residence_months: int, months_to_settle: int) -> bool:
    """Whether a holder gains local household registration this month.

    `kernels_population` uses `u = 1` for empty slots: this number is below no probability, so no migrant leaves them.

    Args:
        u: uniform number that was compared with `leave`, and was not below it.
        leave: monthly probability of leaving.
        settle: monthly probability of settling.
        residence_months: months of residence so far.
        months_to_settle: months of residence after which settling is possible.
    """
    return residence_months >= months_to_settle and u < leave + settle


@njit_cached
def discounted_stay(expected_further_stay: float, stay_scale_months: float) -> float:
    """Share of the benefit that counts, in [0, 1).

    It grows with the expected further stay, in months.
    """
    return 1.0 - exp(-expected_further_stay / stay_scale_months)


@njit_cached
def months_registered(registered_months: int, u: float, register: float, move: float) -> int:
    """Months of registration after one more month; -1: not registered.

    A registration lasts until the migrant moves house, with probability `move`; an unregistered migrant is
    registered with probability `register`.
    """
    if registered_months == NEVER:
        return 0 if u < register else NEVER
    return NEVER if u < move else registered_months + 1


@njit_cached
def is_eligible(
    registered_months: int, residence_months: int, insured: bool, owned: bool, months_to_qualify: int
) -> bool:
    """Whether a migrant may apply for the permit.

    A migrant qualifies by registration, or by residence with social insurance or a home of their own.
    """
    if registered_months >= months_to_qualify:
        return True
    return residence_months >= months_to_qualify and (insured or owned)
