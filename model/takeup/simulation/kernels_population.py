"""Population pass of the compiled month: the part that concerns every slot.

The pass applies one rule after another, column by column. The module also has the functions that fill and close a
slot, which both engines and the initial state share.

| phase | rule | loop |
|---|---|---|
| leave | `residence.tenure_band` | `_find_tenure_band` |
| | `residence.naturalises`, comparison with `exit_probability` | `_leave` |
| reside | `residence.months_registered` | `_reside` |
| receive information | `attentiveness.attentive_probability` | `_scale_reach` |
| | `information.information_event` | `_receive_information` |
| | `information.update_knowledge` | `_learn` |
| act | `decision.trust_while_holding` | `_update_trust` |
| | `residence.is_eligible` | `_check_eligibility` |
| | (selection of candidates) | `_act`, `_add_due_endorsements` |

The decision pass (`kernels_decisions`) continues with the few slots in which a decision or a change is possible.

The loops process a block of slots at a time, which stays in the nearest cache from the first rule to the last. No
loop branches on a person, so that LLVM vectorises it. Each loop writes one column: LLVM must be certain that data
that are written are not also read. A loop with a table lookup does nothing else.

The loops rely on two properties of rules, which the docstrings of the rules state and `tests/rules` checks:

- `trust_while_holding` with a gain of 0 does not change the trust. So the loop includes migrants without a permit.
- With a uniform number of 1, no event occurs. So the loops include closed slots.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from takeup import rng
from takeup.compilation import njit_borrowed_arrays
from takeup.district import TENURE_STARTS
from takeup.rules import HEARD, LAPSED, NEVER, NO_LAPSE, NONE, UNAWARE, VALID, attentiveness, decision, information
from takeup.rules import residence as residence_rules
from takeup.simulation.census import census_lookup, unpack_counts
from takeup.simulation.conditions import Conditions, MonthArrays, MonthStreams
from takeup.simulation.state import BLOCK, MIGRANT, Migrants
from takeup.simulation.world import World

_TASTE_SHIFT: Final = np.uint64(64 - 8 * MIGRANT["taste"].itemsize)
_ATTENTIVENESS_BITS: Final = np.uint64(8 * MIGRANT["attentiveness"].itemsize)
_ATTENTIVENESS_SHIFT: Final = _TASTE_SHIFT - _ATTENTIVENESS_BITS
_ATTENTIVENESS_MASK: Final = (np.uint64(1) << _ATTENTIVENESS_BITS) - np.uint64(1)
_BANDS: Final = np.uint32(len(TENURE_STARTS))

STAYS, LEAVES, SETTLES, CLOSES, OPENS = range(5)
"""Exit codes of a slot. With every code except STAYS, the slot has another occupant afterwards, or none."""


class StreetMonth(NamedTuple):
    """Data of a street and a month for the population pass. P profiles, N slots."""

    before: int
    population: int
    """Number of open slots in the previous month and in this one."""
    rank: NDArray[np.int32]
    """(N,) a slot is open in a month if its rank is below the population of that month."""
    events: np.uint64
    """Start of the month's random stream."""
    leave: NDArray[np.float64]
    """(P · bands,) probability of leaving, by profile and tenure band."""
    move: NDArray[np.float64]
    """(P,) probability of moving house."""
    register: NDArray[np.float64]
    """(P,) probability of being registered."""
    reached: NDArray[np.float64]
    """(P,) probability of being reached by publicity."""
    silence: NDArray[np.float64]
    """(contacts + 1,) probability that none of `n` informed contacts mentions the permit this month, by `n`."""
    owned: NDArray[np.bool_]
    """(P,) whether the home is owned."""
    delivered: NDArray[np.float64]
    """(P,) share of their promises that the services deliver."""
    attentiveness: NDArray[np.float64]
    """(ATTENTIVENESS_LEVELS,) values of attentiveness."""
    max_pace: float
    max_pace_keep: float
    """Highest hassle factors of applying and of endorsing."""
    max_attention: float
    max_late_attention: float
    """Highest values of the levers `attention` and `late_attention`."""
    scalars: NDArray[np.void]
    """(1,) record of type `MONTH_SCALARS`."""


class Scratch(NamedTuple):
    """Scratch space for a block of slots: arrays of length BLOCK unless stated.

    Attributes:
        occupied: whether a migrant lives in the slot in the previous month and in this one.
        holds: whether the migrant has a valid permit.
        idle: whether the migrant has neither a valid permit nor a pending application.
        u_leave, u_home, u_information: uniform numbers; 1 in closed slots, so that no event occurs there.
        u_consider: uniform number of each candidate.
        band: profile and tenure band as one number.
        leaving, register, move, reached, silent: probabilities of leaving, of being registered, of moving house, of
            being reached by publicity, and that no informed contact mentions the permit.
        attentiveness: attentiveness of the migrant.
        delivered: share of their promises that the services deliver to the migrant.
        owned: whether the migrant owns their home.
        exits: STAYS, LEAVES, SETTLES, CLOSES or OPENS.
        information: information event.
        eligible: whether the migrant may apply.
        candidates: whether the migrant may have a decision to make.
        places: (BLOCK + 1,) indices in the block of the slots that are processed further.
        considers, utility: for each candidate, whether they consider the decision, and its utility.
    """

    occupied: NDArray[np.bool_]
    holds: NDArray[np.bool_]
    idle: NDArray[np.bool_]
    u_leave: NDArray[np.float64]
    u_home: NDArray[np.float64]
    u_information: NDArray[np.float64]
    u_consider: NDArray[np.float64]
    band: NDArray[np.uint32]
    leaving: NDArray[np.float64]
    register: NDArray[np.float64]
    move: NDArray[np.float64]
    reached: NDArray[np.float64]
    attentiveness: NDArray[np.float64]
    silent: NDArray[np.float64]
    delivered: NDArray[np.float64]
    owned: NDArray[np.bool_]
    exits: NDArray[np.uint8]
    information: NDArray[np.uint8]
    eligible: NDArray[np.bool_]
    candidates: NDArray[np.bool_]
    places: NDArray[np.int64]
    considers: NDArray[np.bool_]
    utility: NDArray[np.float64]


def new_scratch() -> Scratch:
    """Return scratch space for the blocks of one thread."""

    def flags() -> NDArray[np.bool_]:
        return np.zeros(BLOCK, np.bool_)

    def codes() -> NDArray[np.uint8]:
        return np.zeros(BLOCK, np.uint8)

    def numbers() -> NDArray[np.float64]:
        return np.zeros(BLOCK)

    return Scratch(
        occupied=flags(),
        holds=flags(),
        idle=flags(),
        u_leave=numbers(),
        u_home=numbers(),
        u_information=numbers(),
        u_consider=numbers(),
        band=np.zeros(BLOCK, np.uint32),
        leaving=numbers(),
        register=numbers(),
        move=numbers(),
        reached=numbers(),
        attentiveness=numbers(),
        silent=numbers(),
        delivered=numbers(),
        owned=flags(),
        exits=codes(),
        information=codes(),
        eligible=flags(),
        candidates=flags(),
        places=np.zeros(BLOCK + 1, np.int64),
        considers=flags(),
        utility=numbers(),
    )


@njit_borrowed_arrays
def fill_slot(
    migrants: Migrants,
    slot: int,
    traits: NDArray[np.void],
    profiles: NDArray[np.float64],
    streams: MonthStreams,
    trust_low: float,
    trust_high: float,
    heard_on_arrival: float,
) -> None:
    """Let the next person of a slot move in, without registration or permit.

    Args:
        migrants: columns of all slots, which are changed.
        slot: slot into which the person moves.
        traits: (P,) records of type `PROFILE_TRAITS`.
        profiles: (P,) cumulative shares from which the profile is drawn.
        streams: random streams of a month; only the permanent ones are used.
        trust_low, trust_high: bounds of the uniform distribution of trust.
        heard_on_arrival: probability of having heard of the permit.
    """
    person = migrants.person[slot] + len(migrants.person)
    profile = profile_at(rng.uniform(streams.profile, person), profiles)
    migrants.person[slot] = person
    migrants.profile[slot] = profile
    word = rng.random_word(streams.taste, person)
    migrants.taste[slot] = word >> _TASTE_SHIFT
    migrants.attentiveness[slot] = (word >> _ATTENTIVENESS_SHIFT) & _ATTENTIVENESS_MASK
    migrants.insured[slot] = rng.uniforms(streams.traits, person)[1] < traits[profile].insured
    initialise_arrival(migrants, slot, streams, trust_low, trust_high, heard_on_arrival)
    migrants.status[slot] = NONE
    migrants.residence_months[slot] = 0
    migrants.registered_months[slot] = NEVER
    migrants.permit_months[slot] = NEVER
    migrants.ever_registered[slot] = False
    migrants.returned_last[slot] = False
    migrants.lapse_cause[slot] = NO_LAPSE


@njit_borrowed_arrays
def profile_at(u: float, profiles: NDArray[np.float64]) -> int:
    """Return the first profile whose cumulative share is above `u`."""
    # bisection without an unpredictable branch
    first, left = 0, len(profiles)
    while left > 1:
        half = left // 2
        first += half if profiles[first + half - 1] <= u else 0
        left -= half
    return first


@njit_borrowed_arrays
def initialise_arrival(
    migrants: Migrants,
    slot: int,
    streams: MonthStreams,
    trust_low: float,
    trust_high: float,
    heard_on_arrival: float,
) -> None:
    """Set trust and knowledge of a newcomer, which depend on the policy.

    The arguments are those of `fill_slot`.
    """
    trust, _, knowledge = rng.uniforms(streams.traits, migrants.person[slot])
    migrants.trust[slot] = trust_low + (trust_high - trust_low) * trust
    migrants.knowledge[slot] = HEARD if knowledge < heard_on_arrival else UNAWARE


@njit_borrowed_arrays
def clear_slot(migrants: Migrants, slot: int) -> None:
    """Close a slot.

    No permit, no application, no knowledge and no registration remain.
    """
    migrants.status[slot] = NONE
    migrants.knowledge[slot] = UNAWARE
    migrants.registered_months[slot] = NEVER
    migrants.permit_months[slot] = NEVER


@njit_borrowed_arrays
def street_month(street: int, month: MonthArrays, world: World, conditions: Conditions) -> StreetMonth:
    """Collect the data of a street that the population pass reads.

    Args:
        street: number of the street.
        month: the month as compiled code reads it.
        world: world of the model.
        conditions: conditions of the month.
    """
    return StreetMonth(
        month.before,
        month.population,
        world.rank,
        month.streams.events,
        world.leave.reshape(-1),
        world.move,
        conditions.register[street],
        conditions.reached[street],
        conditions.silence,
        world.owned,
        conditions.delivered,
        world.attentiveness,
        conditions.max_pace[street, 0],
        conditions.max_pace[street, 1],
        conditions.max_attention[street, 0],
        conditions.max_attention[street, 1],
        conditions.scalars,
    )


@njit_borrowed_arrays
def population_pass(
    low: int,
    high: int,
    migrants: Migrants,
    contact_counts: NDArray[np.uint16],
    street: StreetMonth,
    scratch: Scratch,
) -> None:
    """Run the part of a month that concerns every slot of a block.

    The pass includes the migrants who leave: no part of it affects their successors.

    Args:
        low, high: first slot of the block, and the slot after its last one; at most BLOCK slots of one street.
        migrants: columns of all slots, which are changed.
        contact_counts: (N,) contact counts of all slots, see `Census`.
        street: data of the street in this month.
        scratch: receives the results.
    """
    person, profile, status = migrants.person[low:high], migrants.profile[low:high], migrants.status[low:high]
    residence, registered = migrants.residence_months[low:high], migrants.registered_months[low:high]
    knowledge, permit = migrants.knowledge[low:high], migrants.permit_months[low:high]
    before, population, rank, scalars = street.before, street.population, street.rank[low:high], street.scalars[0]
    occupied, holds, idle = scratch.occupied, scratch.holds, scratch.idle

    _find_occupied(rank, min(before, population), occupied)
    _find_holders(status, occupied, holds)
    _find_idle(status, occupied, idle)
    _draw_three(person, occupied, street.events, scratch.u_leave, scratch.u_home, scratch.u_information)

    _find_tenure_band(profile, residence, scratch.band[: high - low])
    census_lookup(scratch.band[: high - low], street.leave, scratch.leaving)
    _leave(
        scratch.u_leave, scratch.leaving, residence, holds, scalars.settle, scalars.months_to_settle, scratch.exits
    )
    if population != before:
        _open_and_close(rank, before, population, scratch.exits)

    _add_month(occupied, residence)
    census_lookup(profile, street.register, scratch.register)
    census_lookup(profile, street.move, scratch.move)
    _reside(occupied, scratch.u_home, scratch.register, scratch.move, registered)
    _update_ever_registered(registered, migrants.ever_registered[low:high])

    census_lookup(profile, street.reached, scratch.reached)
    if scalars.attention_spread > 0.0:
        census_lookup(migrants.attentiveness[low:high], street.attentiveness, scratch.attentiveness)
        _scale_reach(scratch.attentiveness[: high - low], scratch.reached)
    _find_silence(contact_counts[low:high], street.silence, scratch.silent)
    _receive_information(
        scratch.u_information,
        scratch.reached,
        scratch.silent,
        idle,
        scalars.forget,
        scratch.information[: high - low],
    )
    _learn(scratch.information, knowledge)

    _add_month(holds, permit)
    census_lookup(profile, street.delivered, scratch.delivered)
    _update_trust(holds, scratch.delivered, scalars.trust_gain, migrants.trust[low:high])
    census_lookup(profile, street.owned, scratch.owned)
    _check_eligibility(
        registered,
        residence,
        migrants.insured[low:high],
        scratch.owned,
        scalars.months_to_qualify,
        scratch.eligible,
    )
    _act(idle, scratch.eligible, knowledge, scratch.candidates)
    _add_due_endorsements(holds, permit, scalars.permit_term_months, scratch.candidates)


@njit_borrowed_arrays
def _find_occupied(rank: NDArray[np.int32], population: int, occupied: NDArray[np.bool_]) -> None:
    for i in range(len(rank)):
        occupied[i] = rank[i] < population


@njit_borrowed_arrays
def _find_holders(status: NDArray[np.uint8], occupied: NDArray[np.bool_], holds: NDArray[np.bool_]) -> None:
    for i in range(len(status)):
        holds[i] = occupied[i] & (status[i] == VALID)


@njit_borrowed_arrays
def _find_idle(status: NDArray[np.uint8], occupied: NDArray[np.bool_], idle: NDArray[np.bool_]) -> None:
    for i in range(len(status)):
        idle[i] = occupied[i] & ((status[i] == NONE) | (status[i] == LAPSED))


@njit_borrowed_arrays
def _draw_three(
    person: NDArray[np.int64],
    occupied: NDArray[np.bool_],
    start: np.uint64,
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    third: NDArray[np.float64],
) -> None:
    for i in range(len(person)):
        u_first, u_second, u_third = rng.uniforms(start, person[i])
        first[i] = u_first if occupied[i] else 1.0
        second[i] = u_second if occupied[i] else 1.0
        third[i] = u_third if occupied[i] else 1.0


@njit_borrowed_arrays
def _find_tenure_band(profile: NDArray[np.uint16], residence: NDArray[np.int16], band: NDArray[np.uint32]) -> None:
    for i in range(len(band)):
        band[i] = np.uint32(profile[i]) * _BANDS + np.uint32(residence_rules.tenure_band(residence[i]))


@njit_borrowed_arrays
def _leave(
    u: NDArray[np.float64],
    leaving: NDArray[np.float64],
    residence: NDArray[np.int16],
    holds: NDArray[np.bool_],
    settle: float,
    months_to_settle: int,
    exits: NDArray[np.uint8],
) -> None:
    for i in range(len(residence)):
        leaves = u[i] < leaving[i]
        settles = residence_rules.naturalises(u[i], leaving[i], settle, residence[i], months_to_settle)
        exits[i] = LEAVES * leaves + SETTLES * (holds[i] & settles & (not leaves))


@njit_borrowed_arrays
def _open_and_close(rank: NDArray[np.int32], before: int, population: int, exits: NDArray[np.uint8]) -> None:
    for i in range(len(rank)):
        was_open, is_open = rank[i] < before, rank[i] < population
        exits[i] = exits[i] if was_open == is_open else (CLOSES if was_open else OPENS)


@njit_borrowed_arrays
def _add_month(counted: NDArray[np.bool_], months: NDArray[np.int16]) -> None:
    for i in range(len(months)):
        months[i] += counted[i]


@njit_borrowed_arrays
def _reside(
    occupied: NDArray[np.bool_],
    u: NDArray[np.float64],
    register: NDArray[np.float64],
    move: NDArray[np.float64],
    registered: NDArray[np.int16],
) -> None:
    for i in range(len(registered)):
        months = residence_rules.months_registered(registered[i], u[i], register[i], move[i])
        registered[i] = months if occupied[i] else registered[i]


@njit_borrowed_arrays
def _update_ever_registered(registered: NDArray[np.int16], ever_registered: NDArray[np.bool_]) -> None:
    for i in range(len(registered)):
        ever_registered[i] |= registered[i] != NEVER


@njit_borrowed_arrays
def _find_silence(
    contact_counts: NDArray[np.uint16], silence: NDArray[np.float64], silent: NDArray[np.float64]
) -> None:
    for i in range(len(contact_counts)):
        silent[i] = silence[unpack_counts(contact_counts[i]).informed]


@njit_borrowed_arrays
def _scale_reach(attentive: NDArray[np.float64], reached: NDArray[np.float64]) -> None:
    for i in range(len(attentive)):
        reached[i] = attentiveness.attentive_probability(reached[i], attentive[i])


@njit_borrowed_arrays
def _receive_information(
    u: NDArray[np.float64],
    reached: NDArray[np.float64],
    silent: NDArray[np.float64],
    idle: NDArray[np.bool_],
    forget: float,
    events: NDArray[np.uint8],
) -> None:
    for i in range(len(events)):
        events[i] = information.information_event(u[i], reached[i], silent[i], forget, idle[i])


@njit_borrowed_arrays
def _learn(events: NDArray[np.uint8], knowledge: NDArray[np.uint8]) -> None:
    for i in range(len(knowledge)):
        knowledge[i] = information.update_knowledge(knowledge[i], events[i])


@njit_borrowed_arrays
def _update_trust(
    holds: NDArray[np.bool_],
    delivered: NDArray[np.float64],
    trust_gain: float,
    trust: NDArray[np.float64],
) -> None:
    for i in range(len(trust)):
        trust[i] = decision.trust_while_holding(trust[i], trust_gain if holds[i] else 0.0, delivered[i])


@njit_borrowed_arrays
def _check_eligibility(
    registered: NDArray[np.int16],
    residence: NDArray[np.int16],
    insured: NDArray[np.bool_],
    owned: NDArray[np.bool_],
    months_to_qualify: int,
    eligible: NDArray[np.bool_],
) -> None:
    for i in range(len(registered)):
        eligible[i] = residence_rules.is_eligible(
            registered[i], residence[i], insured[i], owned[i], months_to_qualify
        )


@njit_borrowed_arrays
def _act(
    idle: NDArray[np.bool_], eligible: NDArray[np.bool_], knowledge: NDArray[np.uint8], candidates: NDArray[np.bool_]
) -> None:
    for i in range(len(knowledge)):
        candidates[i] = idle[i] & eligible[i] & (knowledge[i] != UNAWARE)


@njit_borrowed_arrays
def _add_due_endorsements(
    holds: NDArray[np.bool_], permit: NDArray[np.int16], permit_term_months: int, candidates: NDArray[np.bool_]
) -> None:
    for i in range(len(permit)):
        candidates[i] |= holds[i] & (permit[i] >= permit_term_months)
