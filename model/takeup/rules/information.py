"""Information: publicity, information from contacts, and forgetting."""

from __future__ import annotations

from typing import Final

from takeup.compilation import njit_cached
from takeup.rules.states import INFORMED, UNAWARE

NO_INFORMATION: Final = 0
BY_PUBLICITY: Final = 1
BY_CONTACTS: Final = 2
FORGETS: Final = 3


@njit_cached
def publicity_probability(publicity: float, reach: float) -> float:
    """Monthly probability of being reached by publicity."""
    return min(max(publicity * reach, 0.0), 1.0)


@njit_cached
def silence_probability(word_of_mouth: float, informed: int) -> float:
    """Monthly probability that no informed contact mentions the permit."""
    silent = 1.0
    for _ in range(informed):
        silent *= 1.0 - word_of_mouth
    return silent


@njit_cached
def information_event(u: float, publicity: float, silent: float, forget: float, may_forget: bool) -> int:
    """Information event that a uniform number selects for a migrant this month.

    `kernels_population` relies on one property: at `u = 1`, its value for empty slots, the event is NO_INFORMATION
    unless `may_forget`.

    Args:
        u: uniform number on [0, 1).
        publicity: probability of being reached by publicity.
        silent: probability that no contact mentions the permit.
        forget: probability of forgetting.
        may_forget: whether the person has neither a valid permit nor a pending application.

    Returns:
        BY_PUBLICITY, BY_CONTACTS, FORGETS or NO_INFORMATION.
    """
    if u < publicity:
        return BY_PUBLICITY
    if u < 1.0 - (1.0 - publicity) * silent:
        return BY_CONTACTS
    if u >= 1.0 - forget and may_forget:
        return FORGETS
    return NO_INFORMATION


@njit_cached
def update_knowledge(knowledge: int, event: int) -> int:
    """Level of knowledge after an information event.

    Information raises the level by one, forgetting lowers it by one, and no event leaves it unchanged.
    """
    if event in (BY_PUBLICITY, BY_CONTACTS):
        return min(knowledge + 1, INFORMED)
    if event == FORGETS:
        return max(knowledge - 1, UNAWARE)
    return knowledge
