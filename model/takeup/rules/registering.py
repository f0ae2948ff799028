"""The registration of residence: when it begins, when it breaks, and when it entitles to the permit.

The half-year clock runs on an unbroken registration at one address, not on the stay itself; social insurance or a
home of one's own is the other way in (Guangzhou's rules of application for the permit).
"""

from __future__ import annotations

from takeup.compilation import compiled
from takeup.rules import NEVER


@compiled
def registration(registered_months: int, u: float, register: float, move: float) -> int:
    """Months registered after one more month; -1: not registered.

    The registered stay so unless they move house; the unregistered are registered with probability `register`.
    """
    if registered_months == NEVER:
        return 0 if u < register else NEVER
    return NEVER if u < move else registered_months + 1


@compiled
def qualified(
    registered_months: int, residence_months: int, insured: bool, owned: bool, months_to_qualify: int
) -> bool:
    """Whether the permit may be applied for: by registration, or by residence with insurance or an own home."""
    if registered_months >= months_to_qualify:
        return True
    return residence_months >= months_to_qualify and (insured or owned)
