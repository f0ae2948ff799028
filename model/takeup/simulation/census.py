"""The census at a month's end: persons by street and profile, trust, and what all will hear of their contacts."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from takeup.compilation import compiled
from takeup.simulation.counting import count
from takeup.simulation.state import CENSUS, State
from takeup.simulation.world import World

VALID_FIELD: Final = list(CENSUS.names or ()).index("valid")
"""Where holders stand in the summed counts."""


class Census(NamedTuple):
    """What is counted at a month's end. S streets, P profiles, N slots."""

    persons: NDArray[np.void]
    """(S, P) of CENSUS."""
    counted: NDArray[np.int32]
    """(N,) what each slot is counted as: its profile and standing as one number; 0 where closed."""
    voice: NDArray[np.uint16]
    """(N,) what each slot says; 0 where closed."""
    heard: NDArray[np.uint16]
    """(N,) the sum of what each slot's contacts say; a contact's change of voice is passed on to those who listen."""
    trust: NDArray[np.float64]
    """(S,) sum of trust."""
    changed: NDArray[np.int32]
    """(N + 1,) room for the slots whose voice changed."""
    by_profile: NDArray[np.int64]
    by_street: NDArray[np.int64]
    """(P, fields of CENSUS), (S, fields of CENSUS) the persons summed."""


def first_census(state: State, world: World, months_to_qualify: int) -> Census:
    """Count everyone anew."""
    slots, fields = world.slots, len(CENSUS.names or ())
    census = Census(
        persons=np.zeros((world.streets, len(world.kinds)), CENSUS),
        counted=np.zeros(slots, np.int32),
        voice=np.zeros(slots, np.uint16),
        heard=np.zeros(slots, np.uint16),
        trust=np.zeros(world.streets),
        changed=np.zeros(slots + 1, np.int32),
        by_profile=np.zeros((len(world.kinds), fields), np.int64),
        by_street=np.zeros((world.streets, fields), np.int64),
    )
    take_census(census, state, world, months_to_qualify)
    return census


def take_census(census: Census, state: State, world: World, months_to_qualify: int) -> None:
    """Bring a census up to date."""
    pairs = census.persons.view(np.uint64).reshape(*census.persons.shape, -1)
    count(
        pairs, census.counted, census.voice, census.heard, census.trust, census.changed, state.population,
        state.migrants, world.first, world.rank, world.owned, world.begins, world.listeners, months_to_qualify,
    )  # fmt: skip
    by_profile, by_street = _sums(pairs)
    census.by_profile[:], census.by_street[:] = by_profile.view(np.int32), by_street.view(np.int32)


@compiled
def _sums(pairs: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Over streets, (P, words), and over profiles, (S, words): two fields in a word, added at once."""
    streets, profiles, words = pairs.shape
    by_profile, by_street = np.zeros((profiles, words), np.uint64), np.empty((streets, words), np.uint64)
    for street in range(streets):
        row, sums = pairs[street].reshape(-1), by_profile.reshape(-1)
        for i in range(len(row)):
            sums[i] += row[i]
        for word in range(words):
            total = np.uint64(0)
            for profile in range(profiles):
                total += pairs[street, profile, word]
            by_street[street, word] = total
    return by_profile, by_street
