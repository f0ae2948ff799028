"""Census at the end of a month: persons, trust, and signals of contacts.

The census counts persons by street and profile. The census code of a slot is one number for the profile and all
counted properties of the migrant. The census processes the slots in blocks and compares their codes with those
of the previous census. Only migrants whose code changed change the counts, and only slots whose signal changed update
the contact counts of their listeners: the listeners of a slot are the slots that have it as a contact. So the cost of
the counts depends on the number of changes in the month, and not on the number of streets and profiles.

| computed | rule | function |
|---|---|---|
| eligible migrants | `residence.is_eligible` | `entitled`, `_compute_codes` |
| census codes, and which differ | | `_compute_codes`, `_find_differences` |
| persons by street, by profile, and residents by both | | `_recount` |
| sum of trust by street | | `_find_differences` |
| signals and contact counts | | `_send_signals` |
"""

from __future__ import annotations

import sys
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
"""Bits per counter in a signal, which has three counters: informed, valid permit, lapsed permit."""
COUNTER: Final = 2**COUNTER_BITS - 1
_INFORMED_SIGNAL, _VALID_SIGNAL, _LAPSED_SIGNAL = 1, 1 << COUNTER_BITS, 1 << 2 * COUNTER_BITS

_CODES: Final = 64
"""Codes per profile: one for a closed slot, and one for every combination of the properties that are counted."""
_STATUS_STRIDE, _KNOWLEDGE_STRIDE = np.int32(len(STATUSES)), np.int32(len(KNOWLEDGE))


class ContactCounts(NamedTuple):
    """Numbers of informed contacts, and of contacts with valid and lapsed permits."""

    informed: int
    valid: int
    lapsed: int


@njit_borrowed_arrays
def unpack_counts(packed: int) -> ContactCounts:
    """Return the three counters of a sum of signals."""
    return ContactCounts(packed & COUNTER, (packed >> COUNTER_BITS) & COUNTER, packed >> 2 * COUNTER_BITS)


@njit_borrowed_arrays
def valid_permits(words: NDArray[np.uint64]) -> np.int64:
    """Return the number of persons with a valid permit in a packed row of counts."""
    return np.int64((words[_VALID_WORD] >> _VALID_SHIFT) & _FIELD)


def _encode(status: np.int32, knowledge: np.int32, registered: bool, qualified: bool) -> np.int32:
    """Combine the counted properties of a migrant, except the profile, in one code.

    Codes of migrants start at 1; a closed slot has the code 0.
    """
    flags = registered + np.int32(2) * qualified
    return np.int32(1) + status + _STATUS_STRIDE * (knowledge + _KNOWLEDGE_STRIDE * flags)


_encode_compiled = njit_borrowed_arrays(_encode)


def _tables_by_code() -> tuple[NDArray[np.int32], NDArray[np.uint16]]:
    """Return what a migrant adds to the census, and the migrant's signal, by code.

    Returns:
        Addition to each field of CENSUS, shape (_CODES, fields), and signal, shape (_CODES,).
    """
    additions, signals = np.zeros((_CODES, len(CENSUS.names or ())), np.int32), np.zeros(_CODES, np.uint16)
    for status, knowledge, registered, qualified in product(
        range(len(STATUSES)), range(len(KNOWLEDGE)), (False, True), (False, True)
    ):
        code = _encode(np.int32(status), np.int32(knowledge), registered, qualified)
        fields = {
            "population": True,
            "valid": status == VALID,
            "queued": status == QUEUED,
            "lapsed": status == LAPSED,
            "unaware": knowledge == UNAWARE,
            "informed": knowledge == INFORMED,
            "registered": registered,
            "qualified": qualified,
        }
        additions[code] = [fields[name] for name in CENSUS.names or ()]
        signals[code] = (
            (knowledge == INFORMED) * _INFORMED_SIGNAL
            + (status == VALID) * _VALID_SIGNAL
            + (status == LAPSED) * _LAPSED_SIGNAL
        )
    return additions, signals


_ADDITIONS, _SIGNALS = _tables_by_code()
_ADDITION_WORDS = _ADDITIONS.view(np.uint64)
"""The additions with two fields per word. No field becomes negative or exceeds 32 bits, so both are added at once."""
WORDS: Final = _ADDITION_WORDS.shape[1]
"""Words of a packed row of counts: two fields of CENSUS per word."""
_VALID_WORD, _VALID_PLACE = divmod(list(CENSUS.names or ()).index("valid"), 2)
_FIELD_BITS = 32
_VALID_SHIFT = np.uint64(_FIELD_BITS * (_VALID_PLACE if sys.byteorder == "little" else 1 - _VALID_PLACE))
_FIELD = np.uint64(2**_FIELD_BITS - 1)
_POPULATION = np.ascontiguousarray(_ADDITIONS[:, list(CENSUS.names or ()).index("population")])
"""Addition to the number of residents, by code."""


class Census(NamedTuple):
    """Counts at the end of a month. S streets, P profiles, N slots."""

    profile_words: NDArray[np.uint64]
    street_words: NDArray[np.uint64]
    """(P, WORDS), (S, WORDS) packed counts; `by_profile` and `by_street` unpack them."""
    residents: NDArray[np.int32]
    """(S, P) persons by street and profile."""
    codes: NDArray[np.int32]
    """(N,) census code of the migrant, which includes the profile; 0 where the slot is closed."""
    signals: NDArray[np.uint16]
    """(N,) whether each migrant is informed, has a valid permit or a lapsed one; 0 where the slot is closed."""
    contact_counts: NDArray[np.uint16]
    """(N,) sum of the signals of each slot's contacts, see `unpack_counts`."""
    trust: NDArray[np.float64]
    """(S,) sum of the migrants' trust."""
    changed: NDArray[np.int32]
    """(N + 1,) scratch space for the slots whose signal changed."""

    @property
    def by_profile(self) -> NDArray[np.int64]:
        """Persons by profile, shape (P, fields of CENSUS)."""
        return unpack_words(self.profile_words)

    @property
    def by_street(self) -> NDArray[np.int64]:
        """Persons by street, shape (S, fields of CENSUS)."""
        return unpack_words(self.street_words)


def unpack_words(words: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Unpack counts of shape (..., WORDS) to a copy of shape (..., fields of CENSUS)."""
    return words.view(np.int32).astype(np.int64)


class _Scratch(NamedTuple):
    """Scratch space for a block: arrays of length BLOCK; `places` has one more."""

    codes: NDArray[np.int32]
    occupied: NDArray[np.bool_]
    owned: NDArray[np.bool_]
    places: NDArray[np.int64]


def initial_census(state: State, world: World, months_to_qualify: int) -> Census:
    """Take the census of a state without a previous census."""
    slots = world.slots
    census = Census(
        profile_words=np.zeros((len(world.traits), WORDS), np.uint64),
        street_words=np.zeros((world.streets, WORDS), np.uint64),
        residents=np.zeros((world.streets, len(world.traits)), np.int32),
        codes=np.zeros(slots, np.int32),
        signals=np.zeros(slots, np.uint16),
        contact_counts=np.zeros(slots, np.uint16),
        trust=np.zeros(world.streets),
        changed=np.zeros(slots + 1, np.int32),
    )
    update_census(census, state.population, state.migrants, world, months_to_qualify)
    return census


@njit_cached
def update_census(census: Census, population: int, migrants: Migrants, world: World, months_to_qualify: int) -> None:
    """Update a census: counts, codes, signals and contact counts.

    Args:
        census: census of the previous month, which is updated.
        population: number of open slots.
        migrants: columns of all migrants.
        world: world of the model.
        months_to_qualify: months after which a migrant is eligible.
    """
    scratch = _Scratch(
        np.empty(BLOCK, np.int32), np.empty(BLOCK, np.bool_), np.empty(BLOCK, np.bool_), np.empty(BLOCK + 1, np.int64)
    )
    changes = _count_population(census, population, migrants, world, months_to_qualify, scratch)
    # A separate pass: while the population is counted, the contact counts of the previous month may still be read.
    _send_signals(
        census.changed[:changes],
        census.codes,
        census.signals,
        census.contact_counts,
        world.listener_begins,
        world.listeners,
    )


@njit_cached
def entitled(migrants: Migrants, owned: NDArray[np.bool_], months_to_qualify: int) -> NDArray[np.bool_]:
    """Apply the eligibility rule to every slot.

    Args:
        migrants: columns of all migrants.
        owned: (profiles,) whether migrants of each profile own their home.
        months_to_qualify: months after which a migrant is eligible.

    Returns:
        (slots,) whether the person may apply for the permit; without meaning for closed slots.
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
def _count_population(
    census: Census,
    population: int,
    migrants: Migrants,
    world: World,
    months_to_qualify: int,
    scratch: _Scratch,
) -> int:
    """Count all migrants, and write slots whose signal changed to `census.changed`.

    Returns:
        The number of slots whose signal changed.
    """
    first, rank, owned = world.first, world.rank, world.owned
    all_codes, signals, changed, trust = census.codes, census.signals, census.changed, census.trust
    codes, occupied, places = scratch.codes, scratch.occupied, scratch.places
    changes = 0
    for street in range(len(trust)):
        of_street, residents, trust_sum = census.street_words[street], census.residents[street], 0.0
        for low in range(first[street], first[street + 1], BLOCK):
            high = min(low + BLOCK, first[street + 1])
            _find_occupied(rank[low:high], population, occupied)
            census_lookup(migrants.profile[low:high], owned, scratch.owned)
            _compute_codes(
                occupied,
                migrants.profile[low:high],
                migrants.status[low:high],
                migrants.knowledge[low:high],
                migrants.registered_months[low:high],
                migrants.residence_months[low:high],
                migrants.insured[low:high],
                scratch.owned,
                months_to_qualify,
                codes,
            )
            differing, trust_sum = _find_differences(
                codes, all_codes[low:high], places, occupied, migrants.trust[low:high], trust_sum
            )
            for i in range(differing):
                slot, code = low + places[i], codes[places[i]]
                _recount(census.profile_words, of_street, residents, all_codes[slot], code)
                all_codes[slot] = code
                changed[changes] = slot
                changes += _SIGNALS[code % _CODES] != signals[slot]
        trust[street] = trust_sum
    return changes


@njit_borrowed_arrays
def census_lookup(places: NDArray[Any], table: NDArray[Any], values: NDArray[Any]) -> None:
    """Write the value of `table` at each index in `places` to `values`.

    The loop does nothing else, because LLVM does not vectorise loops with lookups.
    """
    for i in range(len(places)):
        values[i] = table[places[i]]


@njit_borrowed_arrays
def _find_occupied(rank: NDArray[np.int32], population: int, occupied: NDArray[np.bool_]) -> None:
    for i in range(len(rank)):
        occupied[i] = rank[i] < population


@njit_borrowed_arrays
def _compute_codes(
    occupied: NDArray[np.bool_],
    profile: NDArray[np.uint16],
    status: NDArray[np.uint8],
    knowledge: NDArray[np.uint8],
    registered: NDArray[np.int16],
    residence: NDArray[np.int16],
    insured: NDArray[np.bool_],
    owned: NDArray[np.bool_],
    months_to_qualify: int,
    codes: NDArray[np.int32],
) -> None:
    for i in range(len(profile)):
        qualified = is_eligible(registered[i], residence[i], insured[i], owned[i], months_to_qualify)
        code = _encode_compiled(np.int32(status[i]), np.int32(knowledge[i]), registered[i] != NEVER, qualified)
        codes[i] = np.int32(occupied[i]) * (np.int32(profile[i]) * np.int32(_CODES) + code)


@njit_borrowed_arrays
def _find_differences(
    codes: NDArray[np.int32],
    previous: NDArray[np.int32],
    places: NDArray[np.int64],
    occupied: NDArray[np.bool_],
    trust: NDArray[np.float64],
    trust_sum: float,
) -> tuple[np.int64, float]:
    """Write the indices of the codes that differ to `places`, and add up trust.

    One loop does both: neither can be vectorised, and the processor does one while it waits for the other.

    Returns:
        The number of codes that differ, and `trust_sum` plus the trust of all migrants.
    """
    matches = np.uint64(0)
    for i in range(len(previous)):
        places[matches] = i
        matches += np.uint64(codes[i] != previous[i])
        trust_sum += trust[i] if occupied[i] else 0.0
    return np.int64(matches), trust_sum


@njit_borrowed_arrays
def _recount(
    by_profile: NDArray[np.uint64],
    of_street: NDArray[np.uint64],
    residents: NDArray[np.int32],
    before: int,
    after: int,
) -> None:
    """Move one person from one code to another in the counts."""
    old_profile, new_profile = np.uint64(before // _CODES), np.uint64(after // _CODES)
    old_code, new_code = np.uint64(before % _CODES), np.uint64(after % _CODES)
    for word in range(WORDS):
        old, new = _ADDITION_WORDS[old_code, word], _ADDITION_WORDS[new_code, word]
        of_street[word] += new - old
        by_profile[old_profile, word] -= old
        by_profile[new_profile, word] += new
    residents[old_profile] -= _POPULATION[old_code]
    residents[new_profile] += _POPULATION[new_code]


@njit_cached
def _send_signals(
    senders: NDArray[np.int32],
    codes: NDArray[np.int32],
    signals: NDArray[np.uint16],
    contact_counts: NDArray[np.uint16],
    listener_begins: NDArray[np.int64],
    listeners: NDArray[np.int32],
) -> int:
    """Add changes of signals to the contact counts of the listeners.

    The listeners of a slot are the slots that have it as a contact. The first and the last listener of many senders
    are read before the counts are changed, so that the processor fetches the data concurrently. The sum of the values
    that were read is returned only because the compiler would otherwise omit the reading.
    """
    begin, end, change = np.empty(BLOCK, np.int64), np.empty(BLOCK, np.int64), np.empty(BLOCK, np.uint16)
    touched = 0
    for low in range(0, len(senders), BLOCK):
        count = min(BLOCK, len(senders) - low)
        for i in range(count):
            slot = np.uint64(senders[low + i])
            signal = _SIGNALS[codes[slot] % _CODES]
            change[i] = signal - signals[slot]
            signals[slot] = signal
            begin[i], end[i] = listener_begins[slot], listener_begins[slot + np.uint64(1)]
        for i in range(count):
            if begin[i] < end[i]:
                touched += listeners[np.uint64(begin[i])] + listeners[np.uint64(end[i] - 1)]
        for i in range(count):
            for tie in range(begin[i], end[i]):
                contact_counts[np.uint64(listeners[np.uint64(tie)])] += change[i]
    return touched
