"""Decision pass of the compiled month, the engine that runs both passes, and the service centres and services.

The decision pass concerns the few slots for which the population pass found something: a permit to apply for or to
endorse, or a change of occupant. It goes through the candidates three times: who considers it, what its utility is,
and what follows. The first two loops have no unpredictable branches, so that the processor fetches the data of many
candidates at the same time.

| phase | rule | function |
|---|---|---|
| act | `decision.considers` | `decision_pass`, first loop |
| | `utility.utility_terms`, `utility.total_utility`, `utility.peer_norm` | `decision_pass`, second loop |
| | `decision.lapse_cause` | `decision_pass`, third loop |
| | comparison with `utility.completeness_probability`, `decision.trust_after_rejection` | `_apply` |
| leave | (a newcomer fills the slot) | `apply_departures` |
| centres | `administration.net_capacity`, `number_served`, `current_wait`, `expected_wait` | `_serve` |
| services | `administration.delivery_rate`, `update_reputation` | `deliver_services` |
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from takeup import rng
from takeup.compilation import njit_borrowed_arrays, njit_cached
from takeup.rules import INFORMED, LAPSED, NO_LAPSE, NONE, QUEUED, VALID, administration, decision, information
from takeup.rules import residence as residence_rules
from takeup.rules import utility as utility_rules
from takeup.scenario import Levers
from takeup.simulation.census import unpack_counts
from takeup.simulation.conditions import Conditions, peer_norm, terms_of_applying, terms_of_endorsing
from takeup.simulation.kernels_population import (
    CLOSES,
    LEAVES,
    SETTLES,
    STAYS,
    Scratch,
    clear_slot,
    fill_slot,
    new_scratch,
    population_pass,
    street_month,
)
from takeup.simulation.month import Month
from takeup.simulation.state import BLOCK, Migrants, Record, State
from takeup.simulation.trial_arms import Treatment, initialise_arrival_in_arm
from takeup.simulation.world import World

MIN_SLOTS_PER_THREAD: Final = 1_000_000
"""With fewer slots, distributing the work costs what it saves, or more. Relative to one thread, two threads take 1.0
to 1.2 times as long for 360,000 slots, as long for a million, 0.82 of the time for two million and 0.76 for 3.6
million.
"""


class MonthArrays(NamedTuple):
    """What a month changes or reads by slot and by street. N slots, S streets."""

    before: int
    population: int
    """Slots that are open in the previous month and in this one."""
    migrants: Migrants
    contact_counts: NDArray[np.uint16]
    """(N,) see `Census`."""
    line: NDArray[np.int32]
    length: NDArray[np.int64]
    """(N,), (S,) queues of the service centres, see `State`."""
    joined: NDArray[np.int64]
    flows: NDArray[np.void]
    """(S,), (S,) see `Month`."""


@njit_borrowed_arrays
def find_places(flags: NDArray[Any], count: int, places: NDArray[np.int64]) -> np.int64:
    """Write the places of those of the first `count` flags that are not 0, and return their number.

    Args:
        flags: booleans or codes.
        count: how many of them to check.
        places: written to; one longer than `flags`.
    """
    n = np.uint64(0)
    for i in range(count):
        places[n] = i
        n += np.uint64(flags[i] != 0)
    return np.int64(n)


@njit_borrowed_arrays
def decision_pass(
    low: int,
    count: np.int64,
    street: int,
    arrays: MonthArrays,
    world: World,
    conditions: Conditions,
    scratch: Scratch,
    accepted: NDArray[np.int32],
) -> int:
    """Let the candidates of a block apply, endorse, or let their permit lapse.

    Args:
        low: first slot of the block.
        count: number of candidates, whose places are in the scratch space.
        street: number of the street.
        arrays: changed.
        world: of the model.
        conditions: of the month.
        scratch: as the population pass filled it.
        accepted: filled with the slots of the applicants whose applications were accepted.

    Returns:
        The number of accepted applications.
    """
    migrants, contact_counts, flow = arrays.migrants, arrays.contact_counts, arrays.flows[street]
    profile, status, residence = migrants.profile, migrants.status, migrants.residence_months
    trust, taste, knowledge = migrants.trust, migrants.taste, migrants.knowledge
    traits, tastes, contacts = world.traits, world.taste, world.contacts.shape[1]
    profile_terms, services, scalars = conditions.profile_terms[street], conditions.services, conditions.scalars[0]
    places, exits, event, eligible = scratch.places, scratch.exits, scratch.information, scratch.eligible
    considers, utility, u = scratch.considers, scratch.utility, scratch.u_consider

    considering, applicants = np.uint64(0), 0
    for k in range(count):
        i = places[k]
        slot = low + i
        own = profile_terms[profile[slot]]
        new, late = status[slot] == NONE, status[slot] == LAPSED
        prompted = (new | late) & (event[i] == information.BY_PUBLICITY)
        pace = own.pace if new else own.pace_keep
        attention = own.attention if new else (own.late_attention if late else own.remember)
        decides = decision.considers(u[i], pace, attention, prompted)
        places[considering] = i
        considers[considering] = decides
        considering += np.uint64((exits[i] == STAYS) & (decides | (status[slot] == VALID)))

    for k in range(considering):
        slot = low + places[k]
        trait, own, benefits = traits[profile[slot]], profile_terms[profile[slot]], services[profile[slot]]
        stay = trait.stay[residence_rules.tenure_band(residence[slot])]
        counts = unpack_counts(contact_counts[slot])
        norm = peer_norm(counts.valid, counts.lapsed, contacts, scalars)
        if status[slot] == NONE:
            terms = terms_of_applying(
                knowledge[slot], trust[slot], stay, norm, tastes[taste[slot]], own, benefits, scalars
            )
        else:
            terms = terms_of_endorsing(trust[slot], stay, norm, tastes[taste[slot]], own, benefits, scalars)
        utility[k] = utility_rules.total_utility(*terms)

    for k in range(considering):
        i = places[k]
        slot = low + i
        if status[slot] != NONE:
            _endorse(slot, decision.lapse_cause(considers[k], eligible[i], utility[k]), migrants, flow)
        elif utility[k] > 0.0 and _apply(
            slot, profile_terms[profile[slot]].complete, migrants, conditions.streams.decisions, scalars, flow
        ):
            accepted[applicants] = slot
            applicants += 1
    return applicants


@njit_borrowed_arrays
def apply_departures(
    low: int,
    count: np.int64,
    street: int,
    arrays: MonthArrays,
    world: World,
    conditions: Conditions,
    scratch: Scratch,
) -> None:
    """Let migrants leave or settle, and newcomers arrive; the arguments are those of `decision_pass`."""
    migrants, flow, scalars = arrays.migrants, arrays.flows[street], conditions.scalars[0]
    for k in range(count):
        slot, exit_code = low + scratch.places[k], scratch.exits[scratch.places[k]]
        if exit_code in (LEAVES, CLOSES):
            flow.departures += 1
            flow.departures_valid += migrants.status[slot] == VALID
        elif exit_code == SETTLES:
            flow.settled += 1
        if exit_code == CLOSES:
            clear_slot(migrants, slot)
        else:
            flow.arrivals += 1
            fill_slot(
                migrants,
                slot,
                world.traits,
                world.newcomers[0 if slot < world.middle[street] else 1],
                conditions.streams,
                scalars.trust_initial_low,
                scalars.trust_initial_high,
                scalars.heard_on_arrival,
            )


@njit_borrowed_arrays
def _apply(
    slot: int, complete: float, migrants: Migrants, decisions: np.uint64, scalars: Record, flow: Record
) -> bool:
    """Make an application, and return whether it is accepted as complete."""
    _, u, _ = rng.uniforms(decisions, migrants.person[slot])
    accepted: bool = u < complete
    flow.applications += 1
    migrants.returned_last[slot] = not accepted
    if accepted:
        migrants.status[slot] = QUEUED
    else:
        flow.returned += 1
        migrants.trust[slot] = decision.trust_after_rejection(migrants.trust[slot], scalars.trust_loss)
    return accepted


@njit_borrowed_arrays
def _endorse(slot: int, cause: int, migrants: Migrants, flow: Record) -> None:
    """Endorse a permit, or let it lapse for a cause."""
    late = migrants.status[slot] == LAPSED
    if cause == NO_LAPSE:
        flow.endorsed += 1
        flow.endorsed_late += late
        migrants.status[slot] = VALID
        migrants.permit_months[slot] = 0
        migrants.lapse_cause[slot] = NO_LAPSE
    elif not late:
        flow.lapses += 1
        migrants.status[slot] = LAPSED
        migrants.lapse_cause[slot] = cause


def run_month(world: World, state: State, month: Month, threads: int = 1) -> None:
    """Leave, reside, receive information, act: the month of every migrant.

    Streets are distributed over several threads if these have enough work; no thread reads what another one writes.
    """
    if month.treatment is None:
        _run_arm(month.conditions, world, state, month, threads)
    else:
        _run_arms(month.treatment, world, state, month, threads)


def _run_arm(conditions: Conditions, world: World, state: State, month: Month, threads: int) -> None:
    arrays = MonthArrays(
        month.before,
        month.population,
        state.migrants,
        month.contact_counts,
        state.line,
        state.length,
        month.joined,
        month.flows,
    )

    def run_streets(begin: int, end: int) -> None:
        _run_streets(begin, end, arrays, world, conditions, new_scratch(len(world.traits)))

    parallel_over_streets(run_streets, world, threads)


def _run_arms(treatment: Treatment, world: World, state: State, month: Month, threads: int) -> None:
    """Run one arm of a trial after the other, each with the slots of the other arm closed."""
    before = state.migrants.person.copy()
    for treated, conditions in ((False, month.conditions), (True, treatment.conditions)):
        rank = np.where(treatment.arms == treated, world.rank, np.int32(world.slots))
        _run_arm(conditions, world._replace(rank=rank), state, month, threads)
    initialise_arrival_in_arm(treatment, month.conditions, state.migrants, before)
    for first, length, joined in zip(world.first, state.length, month.joined, strict=False):
        state.line[first + length : first + length + joined].sort()


def serve_queues(state: State, world: World, month: Month) -> None:
    """Run the month of every service centre."""
    _serve(
        state.line,
        state.length,
        state.credit,
        state.wait,
        state.migrants,
        world.first,
        month.joined,
        month.net,
        month.flows,
        month.conditions,
    )


def parallel_over_streets(work: Callable[[int, int], None], world: World, threads: int) -> None:
    """Call `work(begin, end)` for ranges of streets of about equal numbers of slots, one per thread that pays."""
    threads = min(threads, world.slots // MIN_SLOTS_PER_THREAD)
    if threads <= 1:
        work(0, world.streets)
        return
    ends = np.searchsorted(world.first, np.arange(threads + 1) / threads * world.slots)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, *zip(*pairwise(ends.tolist()), strict=True)))


@njit_borrowed_arrays
def _run_streets(
    begin: int, end: int, arrays: MonthArrays, world: World, conditions: Conditions, scratch: Scratch
) -> None:
    """Run both passes for the streets from `begin` up to `end`."""
    first, line, length, joined = world.first, arrays.line, arrays.length, arrays.joined
    migrants, contact_counts = arrays.migrants, arrays.contact_counts
    for street in range(begin, end):
        tables = street_month(street, arrays.before, arrays.population, world, conditions, scratch.by_profile)
        counter = line[first[street] + length[street] :]
        for low in range(first[street], first[street + 1], BLOCK):
            high = min(low + BLOCK, first[street + 1])
            population_pass(low, high, migrants, contact_counts, tables, scratch)
            candidates = find_places(scratch.candidates, high - low, scratch.places)
            joined[street] += decision_pass(
                low, candidates, street, arrays, world, conditions, scratch, counter[joined[street] :]
            )
            exits = find_places(scratch.exits, high - low, scratch.places)
            apply_departures(low, exits, street, arrays, world, conditions, scratch)


@njit_cached
def _serve(
    line: NDArray[np.int32],
    length: NDArray[np.int64],
    credit: NDArray[np.float64],
    wait: NDArray[np.float64],
    migrants: Migrants,
    first: NDArray[np.int64],
    joined: NDArray[np.int64],
    net: NDArray[np.float64],
    flows: NDArray[np.void],
    conditions: Conditions,
) -> None:
    status, capacity, scalars = migrants.status, conditions.capacity, conditions.scalars[0]
    for street in range(len(length)):
        flow, queue = flows[street], line[first[street] : first[street + 1]]
        applicants = queue[length[street] : length[street] + joined[street]].copy()

        waiting = 0
        for place in range(length[street]):
            if status[queue[place]] == QUEUED:
                queue[waiting] = queue[place]
                waiting += 1

        net[street] = administration.net_capacity(
            capacity[street], scalars.endorsement_load, flow.endorsed, scalars.min_net_share
        )
        credit[street] += net[street]
        issued = administration.number_served(credit[street], waiting)
        for place in range(issued):
            status[queue[place]] = VALID
            migrants.permit_months[queue[place]] = 0
            migrants.knowledge[queue[place]] = INFORMED
        flow.issued += issued
        waiting -= issued
        credit[street] = credit[street] - issued if waiting > 0 else 0.0
        for place in range(waiting):
            queue[place] = queue[place + issued]

        order = np.empty(len(applicants))
        for i, slot in enumerate(applicants):
            order[i] = rng.uniforms(conditions.streams.decisions, migrants.person[slot])[2]
        for i in np.argsort(order, kind="mergesort"):
            queue[waiting] = applicants[i]
            waiting += 1
        length[street] = waiting
        current = administration.current_wait(waiting, net[street], scalars.wait_ceiling)
        wait[street] = administration.expected_wait(wait[street], scalars.wait_memory, current)


def deliver_services(
    state: State, holders: NDArray[np.int64], need: NDArray[np.float64], levers: Levers, speed: float, scale: float
) -> None:
    """Run the month of the services: what each delivers to permit holders, and its reputation.

    Args:
        state: `delivered` and `reputation` are written.
        holders: (profiles,) persons with a valid permit.
        need: (profiles, services).
        levers: of the month; supply is for the whole district.
        speed: of the reputation.
        scale: simulated migrants per real migrant; the supply is scaled by it.
    """
    for k, demand in enumerate(service_demand(holders, need).tolist()):
        state.delivered[k] = administration.delivery_rate(
            float(levers.quality[k]), float(levers.supply[k]) * scale, demand
        )
        if demand > 0.0:
            state.reputation[k] = administration.update_reputation(
                float(state.reputation[k]), speed, float(state.delivered[k])
            )


@njit_cached
def service_demand(holders: NDArray[np.int64], need: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of the holders' needs by service, in a fixed order of addition, shape (services,)."""
    total = np.zeros(need.shape[1])
    for profile in range(need.shape[0]):
        for k in range(need.shape[1]):
            total[k] += holders[profile] * need[profile, k]
    return total
