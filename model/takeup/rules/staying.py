"""Who leaves, who settles, and how long a stay is expected."""

from __future__ import annotations

from math import exp

from takeup.compilation import compiled


@compiled
def leaving(leave: float, leave_factor: float) -> float:
    """Monthly chance of leaving of one profile in one band of residence."""
    return min(max(leave * leave_factor, 0.0), 1.0)


@compiled
def tenure(residence_months: int) -> int:
    """The band of residence, 0 to 3: under one year, under three, under five, five and more."""
    return (residence_months >= 12) + (residence_months >= 36) + (residence_months >= 60)


@compiled
def settles(u: float, leave: float, settle: float, residence_months: int, months_to_settle: int) -> bool:
    """Whether a holder who stays gains local household registration (u is the uniform that was not < leave)."""
    return residence_months >= months_to_settle and u < leave + settle


@compiled
def stay_weight(expected_further_stay: float, stay_scale_months: float) -> float:
    """How much of the benefit someone counts who expects to stay so many more months, in [0, 1)."""
    return 1.0 - exp(-expected_further_stay / stay_scale_months)
