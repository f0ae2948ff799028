"""The census at a month's end: persons by street and profile, what contacts will hear next month, and mean trust."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from takeup.compilation import compiled
from takeup.rules import INFORMED, LAPSED, NEVER, QUEUED, UNAWARE, VALID
from takeup.rules.registering import qualified
from takeup.simulation.state import CENSUS, Columns, State
from takeup.simulation.world import World

VOICE_BITS: Final = 5
"""A voice is three counters in one number, so that the sum over contacts counts all three at once."""
COUNTER: Final = 2**VOICE_BITS - 1
_INFORMED_VOICE, _VALID_VOICE, _LAPSED_VOICE = 1, 1 << VOICE_BITS, 1 << 2 * VOICE_BITS


class Census(NamedTuple):
    """What is counted at a month's end. S streets, P profiles, N slots."""

    persons: NDArray[np.void]
    """(S, P) of CENSUS."""
    voice: NDArray[np.uint16]
    """(N,) what each slot says to its listeners; 0 where closed."""
    trust: NDArray[np.float64]
    """(S,) sum of trust."""

    @property
    def population(self) -> int:
        """Persons in all."""
        return int(self.persons["population"].sum())


def take_census(state: State, world: World, months_to_qualify: int, streets: range, census: Census | None = None) -> Census:
    """Count the persons of some streets; into the given census, or a new one."""
    if census is None:
        shape = (len(state.length), len(world.education))
        census = Census(np.zeros(shape, CENSUS), np.zeros(world.rank.size, np.uint16), np.zeros(shape[0]))
    _count(streets.start, streets.stop, state.population, state.columns, world, months_to_qualify, census)
    return census


@compiled
def _count(
    begin: int, end: int, population: int, columns: Columns, world: World, months_to_qualify: int, census: Census
) -> None:
    for street in range(begin, end):
        trust = 0.0
        for profile in range(census.persons.shape[1]):
            cell = census.persons[street, profile]
            cell.population = cell.valid = cell.queued = cell.lapsed = 0
            cell.unaware = cell.informed = cell.registered = cell.qualified = 0
        for slot in range(world.first[street], world.first[street + 1]):
            if world.rank[slot] >= population:
                census.voice[slot] = 0
                continue
            profile, status, knowledge = columns.profile[slot], columns.status[slot], columns.knowledge[slot]
            registered = columns.registered_months[slot]
            cell = census.persons[street, profile]
            cell.population += 1
            cell.valid += status == VALID
            cell.queued += status == QUEUED
            cell.lapsed += status == LAPSED
            cell.unaware += knowledge == UNAWARE
            cell.informed += knowledge == INFORMED
            cell.registered += registered != NEVER
            cell.qualified += qualified(
                registered, columns.residence_months[slot], columns.insured[slot], world.owned[profile], months_to_qualify
            )
            trust += columns.trust[slot]
            census.voice[slot] = (
                (knowledge == INFORMED) * _INFORMED_VOICE
                + (status == VALID) * _VALID_VOICE
                + (status == LAPSED) * _LAPSED_VOICE
            )
        census.trust[street] = trust
