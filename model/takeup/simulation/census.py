"""Counting everyone at a month's end: what each is counted as now, and what that changes.

A person's profile and standing are one number, compared block by block with what they were counted as last time. Only
those who differ change a count, and only those who say something else are heard anew.

The census at a month's end: persons by street and profile, trust, and what all will hear of their contacts.
"""

from __future__ import annotations

from itertools import product
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from takeup.compilation import njit_borrowed_arrays, njit_cached
from takeup.rules import INFORMED, KNOWLEDGE, LAPSED, NEVER, QUEUED, STATUSES, UNAWARE, VALID
from takeup.rules.residence import is_eligible
from takeup.simulation.state import BLOCK, CENSUS, Migrants, State
from takeup.simulation.world import World

COUNTER_BITS: Final = 5
"""A voice is three counters in one number, so that the sum over contacts counts all three at once."""
COUNTER: Final = 2**COUNTER_BITS - 1
_INFORMED_VOICE, _VALID_VOICE, _LAPSED_VOICE = 1, 1 << COUNTER_BITS, 1 << 2 * COUNTER_BITS

_STANDINGS: Final = 64
"""Room for nobody, and for every combination of status, knowledge, being registered and being qualified."""


def _standing(status: np.int32, knowledge: np.int32, registered: bool, entitled: bool) -> np.int32:
    """All that is counted of a person beside the profile, as one number from 1 on; 0 is nobody."""
    return np.int32(1) + status + np.int32(4) * (knowledge + np.int32(3) * (registered + np.int32(2) * entitled))


_standing_of = njit_borrowed_arrays(_standing)


def _counted_and_said() -> tuple[NDArray[np.int32], NDArray[np.uint16]]:
    """What each standing adds to the fields of CENSUS, (_STANDINGS, fields), and what it says to those who listen."""
    counted, said = np.zeros((_STANDINGS, len(CENSUS.names or ())), np.int32), np.zeros(_STANDINGS, np.uint16)
    for status, knowledge, registered, entitled in product(
        range(len(STATUSES)), range(len(KNOWLEDGE)), (False, True), (False, True)
    ):
        standing = _standing(np.int32(status), np.int32(knowledge), registered, entitled)
        fields = {
            "population": True,
            "valid": status == VALID,
            "queued": status == QUEUED,
            "lapsed": status == LAPSED,
            "unaware": knowledge == UNAWARE,
            "informed": knowledge == INFORMED,
            "registered": registered,
            "qualified": entitled,
        }
        counted[standing] = [fields[name] for name in CENSUS.names or ()]
        said[standing] = (
            (knowledge == INFORMED) * _INFORMED_VOICE
            + (status == VALID) * _VALID_VOICE
            + (status == LAPSED) * _LAPSED_VOICE
        )
    return counted, said


_COUNTED, _SAID = _counted_and_said()
_PAIRS = _COUNTED.view(np.uint64)
"""The same, two fields in a word: none ever goes below 0 or beyond its half, so both are added at once."""
_WORDS = _PAIRS.shape[1]


@njit_cached
def update_census(
    pairs: NDArray[np.uint64],
    counted: NDArray[np.int32],
    voice: NDArray[np.uint16],
    heard: NDArray[np.uint16],
    trust: NDArray[np.float64],
    changed: NDArray[np.int32],
    population: int,
    migrants: Migrants,
    first: NDArray[np.int64],
    rank: NDArray[np.int32],
    owned: NDArray[np.bool_],
    begins: NDArray[np.int64],
    listeners: NDArray[np.int32],
    months_to_qualify: int,
) -> None:
    """Bring the counts up to date.

    Args:
        pairs: (S, P, words) the persons by street and profile, two fields in a word.
        counted, voice, heard, trust, changed: see `Census`; written to.
        population: slots open now.
        migrants: their columns.
        first, rank, owned, begins, listeners: the world's.
        months_to_qualify: the rule as it stands.
    """
    standing, lives, home = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.bool_), np.empty(BLOCK, np.bool_)
    found = np.empty(BLOCK + 1, np.int64)
    changes = _count_everyone(
        pairs,
        counted,
        voice,
        trust,
        changed,
        population,
        migrants,
        first,
        rank,
        owned,
        months_to_qualify,
        standing,
        lives,
        home,
        found,
    )
    # In a pass of its own, for only now does nobody read any more what was heard last month.
    _speak(changed[:changes], counted, voice, heard, begins, listeners)


@njit_cached
def entitled(migrants: Migrants, owned: NDArray[np.bool_], months_to_qualify: int) -> NDArray[np.bool_]:
    """Apply the eligibility rule to every slot.

    Args:
        migrants: their columns.
        owned: whether each profile lives in a home of its own.
        months_to_qualify: the rule as it stands.

    Returns:
        (slots,) whether the person may apply for the permit; open slots are included.
    """
    result = np.empty(len(migrants.person), np.bool_)
    for slot in range(len(result)):
        result[slot] = is_eligible(
            migrants.registered_months[slot],
            migrants.residence_months[slot],
            migrants.insured[slot],
            owned[migrants.profile[slot]],
            months_to_qualify,
        )
    return result


@njit_borrowed_arrays
def _count_everyone(
    pairs: NDArray[np.uint64],
    counted: NDArray[np.int32],
    voice: NDArray[np.uint16],
    trust: NDArray[np.float64],
    changed: NDArray[np.int32],
    population: int,
    migrants: Migrants,
    first: NDArray[np.int64],
    rank: NDArray[np.int32],
    owned: NDArray[np.bool_],
    months_to_qualify: int,
    standing: NDArray[np.int32],
    lives: NDArray[np.bool_],
    home: NDArray[np.bool_],
    found: NDArray[np.int64],
) -> int:
    """How many have something else to say; they are written to `changed`."""
    changes = 0
    for street in range(len(trust)):
        cells, trusted = pairs[street], 0.0
        for low in range(first[street], first[street + 1], BLOCK):
            high = min(low + BLOCK, first[street + 1])
            _live_there(rank[low:high], population, lives)
            census_lookup(migrants.profile[low:high], owned, home)
            _stand(
                lives,
                migrants.profile[low:high],
                migrants.status[low:high],
                migrants.knowledge[low:high],
                migrants.registered_months[low:high],
                migrants.residence_months[low:high],
                migrants.insured[low:high],
                home,
                months_to_qualify,
                standing,
            )
            differing, trusted = _differ(standing, counted[low:high], found, lives, migrants.trust[low:high], trusted)
            for k in range(differing):
                slot, now = low + found[k], standing[found[k]]
                _recount(cells, counted[slot], now)
                counted[slot] = now
                changed[changes] = slot
                changes += _SAID[now % _STANDINGS] != voice[slot]
        trust[street] = trusted
    return changes


@njit_borrowed_arrays
def census_lookup(place: NDArray[Any], table: NDArray[Any], found: NDArray[Any]) -> None:
    """What a table says at each one's place. That is all the loop does: what is looked up, LLVM does one by one."""
    for i in range(len(place)):
        found[i] = table[place[i]]


@njit_borrowed_arrays
def _live_there(rank: NDArray[np.int32], population: int, lives: NDArray[np.bool_]) -> None:
    for i in range(len(rank)):
        lives[i] = rank[i] < population


@njit_borrowed_arrays
def _stand(
    lives: NDArray[np.bool_],
    profile: NDArray[np.uint16],
    status: NDArray[np.uint8],
    knowledge: NDArray[np.uint8],
    registered: NDArray[np.int16],
    residence: NDArray[np.int16],
    insured: NDArray[np.bool_],
    home: NDArray[np.bool_],
    months_to_qualify: int,
    standing: NDArray[np.int32],
) -> None:
    for i in range(len(profile)):
        entitled = is_eligible(registered[i], residence[i], insured[i], home[i], months_to_qualify)
        stands = _standing_of(np.int32(status[i]), np.int32(knowledge[i]), registered[i] != NEVER, entitled)
        standing[i] = np.int32(lives[i]) * (np.int32(profile[i]) * np.int32(_STANDINGS) + stands)


@njit_borrowed_arrays
def _differ(
    standing: NDArray[np.int32],
    counted: NDArray[np.int32],
    found: NDArray[np.int64],
    lives: NDArray[np.bool_],
    trust: NDArray[np.float64],
    trusted: float,
) -> tuple[np.int64, float]:
    """How many are counted as something else, their places written to `found`; and the sum of trust, carried on.

    Both in one loop: neither can be done for several at once, but one while the processor waits for the other.
    """
    n = np.uint64(0)
    for i in range(len(counted)):
        found[n] = i
        n += np.uint64(standing[i] != counted[i])
        trusted += trust[i] if lives[i] else 0.0
    return np.int64(n), trusted


@njit_borrowed_arrays
def _recount(cells: NDArray[np.uint64], before: int, now: int) -> None:
    """Count one person as something else."""
    old, new = np.uint64(before // _STANDINGS), np.uint64(now // _STANDINGS)
    was, stands = np.uint64(before % _STANDINGS), np.uint64(now % _STANDINGS)
    if old == new:
        for word in range(_WORDS):
            cells[new, word] += _PAIRS[stands, word] - _PAIRS[was, word]
    else:
        for word in range(_WORDS):
            cells[old, word] -= _PAIRS[was, word]
            cells[new, word] += _PAIRS[stands, word]


@njit_cached
def _speak(
    speakers: NDArray[np.int32],
    counted: NDArray[np.int32],
    voice: NDArray[np.uint16],
    heard: NDArray[np.uint16],
    begins: NDArray[np.int64],
    listeners: NDArray[np.int32],
) -> int:
    """Pass on to those who listen what is new in what the speakers say.

    Where the listeners stand is looked up for many speakers at once, and the first and last of them touched, so that
    the processor fetches them all at the same time and not one after the other; what touching them adds up to is
    returned, or the compiler would leave it out.
    """
    begin, end, change = np.empty(BLOCK, np.int64), np.empty(BLOCK, np.int64), np.empty(BLOCK, np.uint16)
    touched = 0
    for low in range(0, len(speakers), BLOCK):
        many = min(BLOCK, len(speakers) - low)
        for i in range(many):
            slot = np.uint64(speakers[low + i])
            says = _SAID[counted[slot] % _STANDINGS]
            change[i] = says - voice[slot]
            voice[slot] = says
            begin[i], end[i] = begins[slot], begins[slot + np.uint64(1)]
        for i in range(many):
            if begin[i] < end[i]:
                touched += listeners[np.uint64(begin[i])] + listeners[np.uint64(end[i] - 1)]
        for i in range(many):
            for tie in range(begin[i], end[i]):
                heard[np.uint64(listeners[np.uint64(tie)])] += change[i]
    return touched


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


def initial_census(state: State, world: World, months_to_qualify: int) -> Census:
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
    full_census(census, state, world, months_to_qualify)
    return census


def full_census(census: Census, state: State, world: World, months_to_qualify: int) -> None:
    """Bring a census up to date."""
    pairs = census.persons.view(np.uint64).reshape(*census.persons.shape, -1)
    update_census(
        pairs,
        census.counted,
        census.voice,
        census.heard,
        census.trust,
        census.changed,
        state.population,
        state.migrants,
        world.first,
        world.rank,
        world.owned,
        world.begins,
        world.listeners,
        months_to_qualify,
    )
    by_profile, by_street = _sums(pairs)
    census.by_profile[:], census.by_street[:] = by_profile.view(np.int32), by_street.view(np.int32)


@njit_cached
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
