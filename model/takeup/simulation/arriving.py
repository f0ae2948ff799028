"""Someone moves in, or a slot is closed: what both engines, and the start, do alike."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from takeup import chance
from takeup.compilation import compiled
from takeup.rules import HEARD, NEVER, NO_LAPSE, NONE, UNAWARE
from takeup.simulation.conditions import Luck
from takeup.simulation.state import Columns
from takeup.simulation.world import World

_TASTE_SHIFT = np.uint64(48)


@compiled
def move_in(
    slot: int,
    street: int,
    columns: Columns,
    world: World,
    luck: Luck,
    profiles: NDArray[np.float64],
    trust_low: float,
    trust_high: float,
    heard: float,
) -> None:
    """The slot's next person moves in, with what they have for life and nothing yet of the permit.

    Args:
        slot, street: where.
        columns: written to.
        world: of the district.
        luck: the streams for life.
        profiles: (2, P) cumulative shares by origin to draw the profile from.
        trust_low, trust_high: trust is uniform between the two.
        heard: chance of having heard of the permit.
    """
    person = columns.person[slot] + np.int64(world.rank.size)
    origin = 0 if slot < world.middle[street] else 1
    profile = np.searchsorted(profiles[origin], chance.draw(luck.profile, person), side="right")
    trust, insurance, knowledge = chance.draws(luck.traits, person)
    columns.person[slot] = person
    columns.profile[slot] = profile
    columns.taste[slot] = world.taste[chance.word(luck.taste, person) >> _TASTE_SHIFT]
    columns.trust[slot] = trust_low + (trust_high - trust_low) * trust
    columns.insured[slot] = insurance < world.insured[profile]
    columns.knowledge[slot] = HEARD if knowledge < heard else UNAWARE
    columns.status[slot] = NONE
    columns.residence_months[slot] = 0
    columns.registered_months[slot] = NEVER
    columns.permit_months[slot] = NEVER
    columns.ever_registered[slot] = False
    columns.returned_last[slot] = False
    columns.lapse_cause[slot] = NO_LAPSE


@compiled
def vacate(slot: int, columns: Columns) -> None:
    """The slot closes: nobody there holds, knows of or queues for anything."""
    columns.status[slot] = NONE
    columns.knowledge[slot] = UNAWARE
    columns.registered_months[slot] = NEVER
    columns.permit_months[slot] = NEVER
