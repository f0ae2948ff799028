"""What is learnt of the permit from publicity and from contacts, and what is forgotten."""

from __future__ import annotations

from typing import Final

from takeup.compilation import njit_cached
from takeup.rules import INFORMED, UNAWARE

NO_INFORMATION: Final = 0
BY_PUBLICITY: Final = 1
BY_CONTACTS: Final = 2
FORGETS: Final = 3


@njit_cached
def publicity_probability(publicity: float, reach: float) -> float:
    """Monthly chance of being reached by publicity."""
    return min(max(publicity * reach, 0.0), 1.0)


@njit_cached
def silence_probability(word_of_mouth: float, informed: int) -> float:
    """Chance that none of so many informed contacts says anything this month."""
    silent = 1.0
    for _ in range(informed):
        silent *= 1.0 - word_of_mouth
    return silent


@njit_cached
def information_event(u: float, publicity: float, silent: float, forget: float, may_forget: bool) -> int:
    """What one uniform brings: REACHED by publicity, TOLD by contacts, FORGETS, or NOTHING.

    Args:
        u: uniform on [0, 1).
        publicity: chance of being reached.
        silent: chance that no contact says anything.
        forget: chance of forgetting.
        may_forget: whether the person has no permit in force and none applied for.
    """
    if u < publicity:
        return BY_PUBLICITY
    if u < 1.0 - (1.0 - publicity) * silent:
        return BY_CONTACTS
    if u >= 1.0 - forget and may_forget:
        return FORGETS
    return NO_INFORMATION


@njit_cached
def update_knowledge(knowledge: int, heard: int) -> int:
    """The level of knowledge after what was heard: one up, one down, or as before."""
    if heard in (BY_PUBLICITY, BY_CONTACTS):
        return min(knowledge + 1, INFORMED)
    if heard == FORGETS:
        return max(knowledge - 1, UNAWARE)
    return knowledge
