"""Someone moves in, or a slot is closed: what both engines, and the start, do alike.

What a month brings to everyone: a block of slots at a time, one rule after another, column by column.

Nothing here branches on a person, so that the processor does eight at once, and a block stays in its nearest cache
from the first rule to the last. Each loop writes one column: LLVM must be sure that what is written is not also read.
Where a table is looked up, that is all a loop does.

What comes of it is who leaves, and who may have something to decide: few, with whom `few` goes on.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from takeup import rng
from takeup.compilation import njit_borrowed_arrays
from takeup.district import TENURE_STARTS
from takeup.rules import HEARD, LAPSED, NEVER, NO_LAPSE, NONE, UNAWARE, VALID, decision, information
from takeup.rules import residence as residence_rules
from takeup.simulation.census import COUNTER, census_lookup
from takeup.simulation.conditions import MonthStreams
from takeup.simulation.state import BLOCK, MIGRANT, Migrants, Record

_TASTE_SHIFT = np.uint64(64 - 8 * MIGRANT["taste"].itemsize)


@njit_borrowed_arrays
def fill_slots(
    migrants: Migrants,
    slot: int,
    kinds: NDArray[np.void],
    profiles: NDArray[np.float64],
    luck: MonthStreams,
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
    profile = profile_at(rng.uniform(luck.profile, person), profiles)
    migrants.person[slot] = person
    migrants.profile[slot] = profile
    migrants.taste[slot] = rng.random_word(luck.taste, person) >> _TASTE_SHIFT
    migrants.insured[slot] = rng.uniforms(luck.traits, person)[1] < kinds[profile].insured
    initialise_arrival(migrants, slot, luck, trust_low, trust_high, heard)
    migrants.status[slot] = NONE
    migrants.residence_months[slot] = 0
    migrants.registered_months[slot] = NEVER
    migrants.permit_months[slot] = NEVER
    migrants.ever_registered[slot] = False
    migrants.returned_last[slot] = False
    migrants.lapse_cause[slot] = NO_LAPSE


@njit_borrowed_arrays
def profile_at(u: float, profiles: NDArray[np.float64]) -> int:
    """The first profile whose cumulative share is above `u`, halving without a branch that could be guessed wrong."""
    first, left = 0, len(profiles)
    while left > 1:
        half = left // 2
        first += half if profiles[first + half - 1] <= u else 0
        left -= half
    return first


@njit_borrowed_arrays
def initialise_arrival(
    migrants: Migrants, slot: int, luck: MonthStreams, trust_low: float, trust_high: float, heard: float
) -> None:
    """What a newcomer thinks and has heard of the permit, which is where policy meets them; see `move_in`."""
    trust, _, knowledge = rng.uniforms(luck.traits, migrants.person[slot])
    migrants.trust[slot] = trust_low + (trust_high - trust_low) * trust
    migrants.knowledge[slot] = HEARD if knowledge < heard else UNAWARE


@njit_borrowed_arrays
def clear_slot(migrants: Migrants, slot: int) -> None:
    """The slot closes: nobody there holds, knows of or queues for anything."""
    migrants.status[slot] = NONE
    migrants.knowledge[slot] = UNAWARE
    migrants.registered_months[slot] = NEVER
    migrants.permit_months[slot] = NEVER


_BANDS: Final = np.uint32(len(TENURE_STARTS))

STAYS, LEAVES, SETTLES, CLOSES, OPENS = range(5)
"""What becomes of a slot: all but the first end with somebody else in it, or nobody."""


class Scratch(NamedTuple):
    """What a block's slots go through in a month; BLOCK of each.

    Attributes:
        here: whether someone lives there, last month and now.
        holds, idle: whether they have a permit in force; or neither one nor an application that waits.
        life, house, ear, act: their luck. Where nobody lives it is 1, with which nothing happens.
        band: profile and band of residence as one number.
        leaving, register, move, reached, silent: their chances of leaving, of being registered, of moving house, of
            being reached by publicity, and that their contacts say nothing.
        delivered, home: what the permit delivers to them, and whether they own their home.
        goes: STAYS, LEAVES, SETTLES, CLOSES or OPENS.
        heard: what they hear.
        entitled: whether they may apply.
        wonders: whether they may have something to decide.
        found: (BLOCK + 1,) the places of those for whom something happens.
        thought, utility: whether those who may decide something consider it, and what it is worth to them.
        by_profile: (P,) a street's chances of being registered.
    """

    here: NDArray[np.bool_]
    holds: NDArray[np.bool_]
    idle: NDArray[np.bool_]
    life: NDArray[np.float64]
    house: NDArray[np.float64]
    ear: NDArray[np.float64]
    act: NDArray[np.float64]
    band: NDArray[np.uint32]
    leaving: NDArray[np.float64]
    register: NDArray[np.float64]
    move: NDArray[np.float64]
    reached: NDArray[np.float64]
    silent: NDArray[np.float64]
    delivered: NDArray[np.float64]
    home: NDArray[np.bool_]
    goes: NDArray[np.uint8]
    heard: NDArray[np.uint8]
    entitled: NDArray[np.bool_]
    wonders: NDArray[np.bool_]
    found: NDArray[np.int64]
    thought: NDArray[np.bool_]
    utility: NDArray[np.float64]
    by_profile: NDArray[np.float64]


def new_scratch(profiles: int) -> Scratch:
    """Room for a block's month."""

    def flags() -> NDArray[np.bool_]:
        return np.zeros(BLOCK, np.bool_)

    def codes() -> NDArray[np.uint8]:
        return np.zeros(BLOCK, np.uint8)

    def numbers() -> NDArray[np.float64]:
        return np.zeros(BLOCK)

    return Scratch(
        here=flags(),
        holds=flags(),
        idle=flags(),
        life=numbers(),
        house=numbers(),
        ear=numbers(),
        act=numbers(),
        band=np.zeros(BLOCK, np.uint32),
        leaving=numbers(),
        register=numbers(),
        move=numbers(),
        reached=numbers(),
        silent=numbers(),
        delivered=numbers(),
        home=flags(),
        goes=codes(),
        heard=codes(),
        entitled=flags(),
        wonders=flags(),
        found=np.zeros(BLOCK + 1, np.int64),
        thought=flags(),
        utility=numbers(),
        by_profile=np.zeros(profiles),
    )


@njit_borrowed_arrays
def max_consideration_rates(cells: NDArray[np.void]) -> tuple[float, float]:
    """No profile of a street considers an application, or a late endorsement, with a higher chance, unless prompted.

    Args:
        cells: (P,) of CELL, the street's. Looked through here, they are in a near cache when few need them.
    """
    to_apply, to_endorse_late = 0.0, 0.0
    for profile in range(len(cells)):
        cell = cells[profile]
        to_apply = max(to_apply, cell.pace * cell.attention)
        to_endorse_late = max(to_endorse_late, cell.pace_keep * cell.late_attention)
    return to_apply, to_endorse_late


@njit_borrowed_arrays
def population_pass(
    low: int,
    high: int,
    before: int,
    population: int,
    rank: NDArray[np.int32],
    migrants: Migrants,
    voices: NDArray[np.uint16],
    living: np.uint64,
    acting: np.uint64,
    leave: NDArray[np.float64],
    move: NDArray[np.float64],
    register: NDArray[np.float64],
    reached: NDArray[np.float64],
    silence: NDArray[np.float64],
    owned: NDArray[np.bool_],
    delivered: NDArray[np.float64],
    to_apply: float,
    to_endorse_late: float,
    terms: Record,
    block: Scratch,
) -> None:
    """The month of the slots from `low` up to `high`, as far as it is everyone's.

    Those who go live through it too; of whoever comes after them nothing depends on it.

    Args:
        low, high: at most BLOCK slots of one street.
        before, population: slots open last month, and now.
        rank, migrants, voices: of all slots.
        living, acting: where the month's streams begin.
        leave: (P · bands,) by profile and band of residence; the rest (P,) by profile, in this street.
        silence: (contacts + 1,).
        to_apply, to_endorse_late: see `soonest`.
        terms: what holds for all.
        block: filled.
    """
    person, profile, status = migrants.person[low:high], migrants.profile[low:high], migrants.status[low:high]
    residence, registered = migrants.residence_months[low:high], migrants.registered_months[low:high]
    knowledge, permit = migrants.knowledge[low:high], migrants.permit_months[low:high]

    _be_here(rank[low:high], min(before, population), block.here)
    _hold(status, block.here, block.holds)
    _idle(status, block.here, block.idle)
    _draw_three(person, block.here, living, block.life, block.house, block.ear)
    _draw_one(person, block.here, acting, block.act)

    _find_band(profile, residence, block.band[: high - low])
    census_lookup(block.band[: high - low], leave, block.leaving)
    _go(block.life, block.leaving, residence, block.holds, terms.settle, terms.months_to_settle, block.goes)
    if population != before:
        _open_and_close(rank[low:high], before, population, block.goes)
    _add_month(block.here, residence)
    census_lookup(profile, register, block.register)
    census_lookup(profile, move, block.move)
    _register(block.here, block.house, block.register, block.move, registered)
    _remember(registered, migrants.ever_registered[low:high])
    census_lookup(profile, reached, block.reached)
    _listen(voices[low:high], silence, block.silent)
    _hear(block.ear, block.reached, block.silent, block.idle, terms.forget, block.heard[: high - low])
    _learn(block.heard, knowledge)
    _add_month(block.holds, permit)
    census_lookup(profile, delivered, block.delivered)
    _trust(block.holds, block.delivered, terms.trust_gain, migrants.trust[low:high])
    census_lookup(profile, owned, block.home)
    _entitle(registered, residence, migrants.insured[low:high], block.home, terms.months_to_qualify, block.entitled)
    _wonder(
        block.act,
        block.heard,
        block.idle,
        block.entitled,
        status,
        knowledge,
        to_apply,
        to_endorse_late,
        block.wonders,
    )
    _fall_due(block.holds, permit, terms.permit_term_months, block.wonders)


@njit_borrowed_arrays
def _be_here(rank: NDArray[np.int32], open_at: int, here: NDArray[np.bool_]) -> None:
    for i in range(len(rank)):
        here[i] = rank[i] < open_at


@njit_borrowed_arrays
def _hold(status: NDArray[np.uint8], here: NDArray[np.bool_], holds: NDArray[np.bool_]) -> None:
    for i in range(len(status)):
        holds[i] = here[i] & (status[i] == VALID)


@njit_borrowed_arrays
def _idle(status: NDArray[np.uint8], here: NDArray[np.bool_], idle: NDArray[np.bool_]) -> None:
    for i in range(len(status)):
        idle[i] = here[i] & ((status[i] == NONE) | (status[i] == LAPSED))


@njit_borrowed_arrays
def _draw_three(
    person: NDArray[np.int64],
    here: NDArray[np.bool_],
    start: np.uint64,
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    third: NDArray[np.float64],
) -> None:
    for i in range(len(person)):
        one, two, three = rng.uniforms(start, person[i])
        first[i] = one if here[i] else 1.0
        second[i] = two if here[i] else 1.0
        third[i] = three if here[i] else 1.0


@njit_borrowed_arrays
def _draw_one(
    person: NDArray[np.int64], here: NDArray[np.bool_], start: np.uint64, first: NDArray[np.float64]
) -> None:
    for i in range(len(person)):
        first[i] = rng.uniforms(start, person[i])[0] if here[i] else 1.0


@njit_borrowed_arrays
def _find_band(profile: NDArray[np.uint16], residence: NDArray[np.int16], band: NDArray[np.uint32]) -> None:
    for i in range(len(band)):
        band[i] = np.uint32(profile[i]) * _BANDS + np.uint32(residence_rules.tenure_band(residence[i]))


@njit_borrowed_arrays
def _go(
    life: NDArray[np.float64],
    leaving: NDArray[np.float64],
    residence: NDArray[np.int16],
    holds: NDArray[np.bool_],
    settle: float,
    months_to_settle: int,
    goes: NDArray[np.uint8],
) -> None:
    for i in range(len(residence)):
        leaves = life[i] < leaving[i]
        settles = residence_rules.naturalises(life[i], leaving[i], settle, residence[i], months_to_settle)
        goes[i] = LEAVES * leaves + SETTLES * (holds[i] & settles & (not leaves))


@njit_borrowed_arrays
def _open_and_close(rank: NDArray[np.int32], before: int, population: int, goes: NDArray[np.uint8]) -> None:
    for i in range(len(rank)):
        was, will_be = rank[i] < before, rank[i] < population
        goes[i] = goes[i] if was == will_be else (CLOSES if was else OPENS)


@njit_borrowed_arrays
def _add_month(whom: NDArray[np.bool_], months: NDArray[np.int16]) -> None:
    for i in range(len(months)):
        months[i] += whom[i]


@njit_borrowed_arrays
def _register(
    here: NDArray[np.bool_],
    house: NDArray[np.float64],
    register: NDArray[np.float64],
    move: NDArray[np.float64],
    registered: NDArray[np.int16],
) -> None:
    for i in range(len(registered)):
        months = residence_rules.months_registered(registered[i], house[i], register[i], move[i])
        registered[i] = months if here[i] else registered[i]


@njit_borrowed_arrays
def _remember(registered: NDArray[np.int16], ever_registered: NDArray[np.bool_]) -> None:
    for i in range(len(registered)):
        ever_registered[i] |= registered[i] != NEVER


@njit_borrowed_arrays
def _listen(voices: NDArray[np.uint16], silence: NDArray[np.float64], silent: NDArray[np.float64]) -> None:
    for i in range(len(voices)):
        silent[i] = silence[voices[i] & COUNTER]


@njit_borrowed_arrays
def _hear(
    ear: NDArray[np.float64],
    reached: NDArray[np.float64],
    silent: NDArray[np.float64],
    idle: NDArray[np.bool_],
    forget: float,
    heard: NDArray[np.uint8],
) -> None:
    for i in range(len(heard)):
        heard[i] = information.information_event(ear[i], reached[i], silent[i], forget, idle[i])


@njit_borrowed_arrays
def _learn(heard: NDArray[np.uint8], knowledge: NDArray[np.uint8]) -> None:
    for i in range(len(knowledge)):
        knowledge[i] = information.update_knowledge(knowledge[i], heard[i])


@njit_borrowed_arrays
def _trust(
    holds: NDArray[np.bool_],
    delivered: NDArray[np.float64],
    trust_gain: float,
    trust: NDArray[np.float64],
) -> None:
    for i in range(len(trust)):
        trust[i] = decision.trust_while_holding(trust[i], trust_gain if holds[i] else 0.0, delivered[i])


@njit_borrowed_arrays
def _entitle(
    registered: NDArray[np.int16],
    residence: NDArray[np.int16],
    insured: NDArray[np.bool_],
    home: NDArray[np.bool_],
    months_to_qualify: int,
    entitled: NDArray[np.bool_],
) -> None:
    for i in range(len(registered)):
        entitled[i] = residence_rules.is_eligible(registered[i], residence[i], insured[i], home[i], months_to_qualify)


@njit_borrowed_arrays
def _wonder(
    act: NDArray[np.float64],
    heard: NDArray[np.uint8],
    idle: NDArray[np.bool_],
    entitled: NDArray[np.bool_],
    status: NDArray[np.uint8],
    knowledge: NDArray[np.uint8],
    to_apply: float,
    to_endorse_late: float,
    wonders: NDArray[np.bool_],
) -> None:
    for i in range(len(status)):
        soonest = to_endorse_late if status[i] == LAPSED else to_apply
        considers = (act[i] < soonest) | (heard[i] == information.BY_PUBLICITY)
        wonders[i] = idle[i] & entitled[i] & (knowledge[i] != UNAWARE) & considers


@njit_borrowed_arrays
def _fall_due(
    holds: NDArray[np.bool_], permit: NDArray[np.int16], permit_term_months: int, wonders: NDArray[np.bool_]
) -> None:
    for i in range(len(permit)):
        wonders[i] |= holds[i] & (permit[i] >= permit_term_months)
