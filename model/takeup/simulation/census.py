"""The census at a month's end: persons by street and profile, trust, and what all will hear of their contacts."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from takeup.compilation import compiled
from takeup.rules import INFORMED, LAPSED, NEVER, QUEUED, UNAWARE, VALID
from takeup.rules.registering import qualified
from takeup.simulation.state import CENSUS, State
from takeup.simulation.world import World

VOICE_BITS: Final = 5
"""A voice is three counters in one number, so that the sum over contacts counts all three at once."""
COUNTER: Final = 2**VOICE_BITS - 1
_INFORMED_VOICE, _VALID_VOICE, _LAPSED_VOICE = 1, 1 << VOICE_BITS, 1 << 2 * VOICE_BITS


VALID_FIELD: Final = list(CENSUS.names or ()).index("valid")
"""Where holders stand in the summed counts."""


class Census(NamedTuple):
    """What is counted at a month's end. S streets, P profiles, N slots."""

    persons: NDArray[np.void]
    """(S, P) of CENSUS."""
    voice: NDArray[np.uint16]
    """(N,) what each slot says; 0 where closed."""
    heard: NDArray[np.uint16]
    """(N,) the sum of what each slot's contacts say; a contact's change of voice is passed on to those who listen."""
    trust: NDArray[np.float64]
    """(S,) sum of trust."""
    speakers: NDArray[np.int32]
    changes: NDArray[np.int16]
    """(N + 1,) room for those whose voice changed, and by how much."""

    by_profile: NDArray[np.int64]
    by_street: NDArray[np.int64]
    """(P, fields of CENSUS), (S, fields of CENSUS) the persons summed."""


def first_census(state: State, world: World, months_to_qualify: int) -> Census:
    """Count everyone anew."""
    census = Census(
        np.zeros((world.streets, len(world.kinds)), CENSUS),
        np.zeros(world.slots, np.uint16),
        np.zeros(world.slots, np.uint16),
        np.zeros(world.streets),
        np.zeros(world.slots + 1, np.int32),
        np.zeros(world.slots + 1, np.int16),
        np.zeros((len(world.kinds), len(CENSUS.names or ())), np.int64),
        np.zeros((world.streets, len(CENSUS.names or ())), np.int64),
    )
    take_census(census, state, world, months_to_qualify)
    return census


def take_census(census: Census, state: State, world: World, months_to_qualify: int) -> None:
    """Bring a census up to date."""
    _count(
        census.persons, census.voice, census.heard, census.trust, state.population, state.migrants, world.first,
        world.rank, world.kinds, world.begins, world.listeners, months_to_qualify,
        census.speakers, census.changes,
    )  # fmt: skip
    counts = census.persons.view(np.int32).reshape(*census.persons.shape, -1)
    _sum(counts, census.by_profile, census.by_street)


@compiled
def _sum(counts: NDArray[np.int32], by_profile: NDArray[np.int64], by_street: NDArray[np.int64]) -> None:
    by_profile[:] = 0
    by_street[:] = 0
    for street in range(counts.shape[0]):
        for profile in range(counts.shape[1]):
            for field in range(counts.shape[2]):
                by_profile[profile, field] += counts[street, profile, field]
                by_street[street, field] += counts[street, profile, field]


@compiled
def _count(
    persons: NDArray[np.void],
    voice: NDArray[np.uint16],
    heard: NDArray[np.uint16],
    trust: NDArray[np.float64],
    population: int,
    migrants: NDArray[np.void],
    first: NDArray[np.int64],
    rank: NDArray[np.int32],
    kinds: NDArray[np.void],
    begins: NDArray[np.int64],
    listeners: NDArray[np.int32],
    months_to_qualify: int,
    speakers: NDArray[np.int32],
    changes: NDArray[np.int16],
) -> None:
    changed = 0
    for street in range(len(trust)):
        trust[street] = 0.0
        for profile in range(persons.shape[1]):
            cell = persons[street, profile]
            cell.population = cell.valid = cell.queued = cell.lapsed = 0
            cell.unaware = cell.informed = cell.registered = cell.qualified = 0
        for slot in range(first[street], first[street + 1]):
            says = 0
            if rank[slot] < population:
                me = migrants[slot]
                cell = persons[street, me.profile]
                cell.population += 1
                cell.valid += me.status == VALID
                cell.queued += me.status == QUEUED
                cell.lapsed += me.status == LAPSED
                cell.unaware += me.knowledge == UNAWARE
                cell.informed += me.knowledge == INFORMED
                cell.registered += me.registered_months != NEVER
                cell.qualified += qualified(
                    me.registered_months, me.residence_months, me.insured, kinds[me.profile].owned, months_to_qualify
                )
                trust[street] += me.trust
                says = (
                    (me.knowledge == INFORMED) * _INFORMED_VOICE
                    + (me.status == VALID) * _VALID_VOICE
                    + (me.status == LAPSED) * _LAPSED_VOICE
                )
            changes[changed] = says - voice[slot]
            speakers[changed] = slot
            changed += says != voice[slot]
            voice[slot] = says
    # In a pass of its own, so that the processor can fetch many listeners at a time.
    for i in range(changed):
        for tie in range(begins[speakers[i]], begins[speakers[i] + 1]):
            heard[listeners[tie]] += changes[i]
