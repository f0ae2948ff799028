"""Someone moves in, or a slot is closed: what both engines, and the start, do alike."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from takeup import chance
from takeup.compilation import compiled_on_loan
from takeup.rules import HEARD, NEVER, NO_LAPSE, NONE, UNAWARE
from takeup.simulation.conditions import Luck
from takeup.simulation.state import MIGRANT, Migrants

_TASTE_SHIFT = np.uint64(64 - 8 * MIGRANT["taste"].itemsize)


@compiled_on_loan
def move_in(
    migrants: Migrants,
    slot: int,
    kinds: NDArray[np.void],
    profiles: NDArray[np.float64],
    luck: Luck,
    trust_low: float,
    trust_high: float,
    heard: float,
) -> None:
    """A slot's next person moves in, with what they have for life and nothing yet of the permit.

    Args:
        migrants: written to.
        slot: where they move in.
        kinds: (P,) of KIND.
        profiles: (P,) cumulative shares to draw the profile from.
        luck: of the run; the streams for life.
        trust_low, trust_high: trust is uniform between the two.
        heard: chance of having heard of the permit.
    """
    person = migrants.person[slot] + len(migrants.person)
    profile = profile_at(chance.draw(luck.profile, person), profiles)
    migrants.person[slot] = person
    migrants.profile[slot] = profile
    migrants.taste[slot] = chance.word(luck.taste, person) >> _TASTE_SHIFT
    migrants.insured[slot] = chance.draws(luck.traits, person)[1] < kinds[profile].insured
    greet(migrants, slot, luck, trust_low, trust_high, heard)
    migrants.status[slot] = NONE
    migrants.residence_months[slot] = 0
    migrants.registered_months[slot] = NEVER
    migrants.permit_months[slot] = NEVER
    migrants.ever_registered[slot] = False
    migrants.returned_last[slot] = False
    migrants.lapse_cause[slot] = NO_LAPSE


@compiled_on_loan
def profile_at(u: float, profiles: NDArray[np.float64]) -> int:
    """The first profile whose cumulative share is above `u`, halving without a branch that could be guessed wrong."""
    first, left = 0, len(profiles)
    while left > 1:
        half = left // 2
        first += half if profiles[first + half - 1] <= u else 0
        left -= half
    return first


@compiled_on_loan
def greet(migrants: Migrants, slot: int, luck: Luck, trust_low: float, trust_high: float, heard: float) -> None:
    """What a newcomer thinks and has heard of the permit, which is where policy meets them; see `move_in`."""
    trust, _, knowledge = chance.draws(luck.traits, migrants.person[slot])
    migrants.trust[slot] = trust_low + (trust_high - trust_low) * trust
    migrants.knowledge[slot] = HEARD if knowledge < heard else UNAWARE


@compiled_on_loan
def vacate(migrants: Migrants, slot: int) -> None:
    """The slot closes: nobody there holds, knows of or queues for anything."""
    migrants.status[slot] = NONE
    migrants.knowledge[slot] = UNAWARE
    migrants.registered_months[slot] = NEVER
    migrants.permit_months[slot] = NEVER
