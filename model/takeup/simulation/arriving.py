"""Someone moves in, or a slot is closed: what both engines, and the start, do alike."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from takeup import chance
from takeup.compilation import compiled
from takeup.rules import HEARD, NEVER, NO_LAPSE, NONE, UNAWARE
from takeup.simulation.conditions import Luck
from takeup.simulation.state import MIGRANT, Record

_TASTE_SHIFT = np.uint64(64 - 8 * MIGRANT["taste"].itemsize)


@compiled
def move_in(
    me: Record,
    slots: int,
    kinds: NDArray[np.void],
    profiles: NDArray[np.float64],
    luck: Luck,
    trust_low: float,
    trust_high: float,
    heard: float,
) -> None:
    """A slot's next person moves in, with what they have for life and nothing yet of the permit.

    Args:
        me: the slot's row of MIGRANT, written to.
        slots: N, by which a slot's persons follow each other.
        kinds: (P,) of KIND.
        profiles: (P,) cumulative shares to draw the profile from.
        luck: of the run; the streams for life.
        trust_low, trust_high: trust is uniform between the two.
        heard: chance of having heard of the permit.
    """
    me.person += slots
    me.profile = np.searchsorted(profiles, chance.draw(luck.profile, me.person), side="right")
    me.taste = chance.word(luck.taste, me.person) >> _TASTE_SHIFT
    greet(me, luck, trust_low, trust_high, heard)
    me.insured = chance.draws(luck.traits, me.person)[1] < kinds[me.profile].insured
    me.status = NONE
    me.residence_months = 0
    me.registered_months = NEVER
    me.permit_months = NEVER
    me.ever_registered = False
    me.returned_last = False
    me.lapse_cause = NO_LAPSE


@compiled
def greet(me: Record, luck: Luck, trust_low: float, trust_high: float, heard: float) -> None:
    """What a newcomer thinks and has heard of the permit, which is where policy meets them; see `move_in`."""
    trust, _, knowledge = chance.draws(luck.traits, me.person)
    me.trust = trust_low + (trust_high - trust_low) * trust
    me.knowledge = HEARD if knowledge < heard else UNAWARE


@compiled
def vacate(me: Record) -> None:
    """The slot closes: nobody there holds, knows of or queues for anything."""
    me.status = NONE
    me.knowledge = UNAWARE
    me.registered_months = NEVER
    me.permit_months = NEVER
