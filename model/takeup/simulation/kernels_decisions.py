"""What a month brings to few: a permit to apply for or to endorse, or somebody else in the slot.

Those who may decide something are gone through three times: who considers it; what it is worth to them; what comes of
it. The first two do not branch, so that the processor fetches what many of them need at the same time.

The compiled engine: blocks of migrants go through the month together, by the same rules as the objects do.

The services behind the permit: schooling, employment, residence, social security, equal standing.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from takeup import rng
from takeup.compilation import njit_borrowed_arrays, njit_cached
from takeup.rules import INFORMED, LAPSED, NO_LAPSE, NONE, QUEUED, VALID, administration, decision, information
from takeup.rules import residence as residence_rules
from takeup.rules import utility as utility_rules
from takeup.scenario import Levers
from takeup.simulation.census import COUNTER, COUNTER_BITS
from takeup.simulation.conditions import Conditions, MonthStreams
from takeup.simulation.kernels_population import (
    CLOSES,
    LEAVES,
    SETTLES,
    STAYS,
    Scratch,
    clear_slot,
    fill_slots,
    max_consideration_rates,
    new_scratch,
    population_pass,
)
from takeup.simulation.month import Month
from takeup.simulation.state import BLOCK, Migrants, Record, State
from takeup.simulation.trial_arms import Treatment, initialise_arrival_in_arm
from takeup.simulation.world import World


@njit_borrowed_arrays
def street_bounds(flags: NDArray[Any], count: int, found: NDArray[np.int64]) -> np.int64:
    """How many of the first `count` flags are not 0; where they are is written to `found`, which is one longer."""
    n = np.uint64(0)
    for i in range(count):
        found[n] = i
        n += np.uint64(flags[i] != 0)
    return np.int64(n)


@njit_borrowed_arrays
def decision_pass(
    low: int,
    found: NDArray[np.int64],
    wondering: np.int64,
    migrants: Migrants,
    voices: NDArray[np.uint16],
    goes: NDArray[np.uint8],
    heard: NDArray[np.uint8],
    act: NDArray[np.float64],
    entitled: NDArray[np.bool_],
    kinds: NDArray[np.void],
    tastes: NDArray[np.float64],
    cells: NDArray[np.void],
    worth: NDArray[np.void],
    contacts: int,
    acting: np.uint64,
    terms: Record,
    flow: Record,
    counter: NDArray[np.int32],
    thought: NDArray[np.bool_],
    utility: NDArray[np.float64],
) -> int:
    """Apply or not, endorse or let it lapse.

    Args:
        low: the block's first slot.
        found, wondering: the places in the block of those who may decide something, and how many they are.
        migrants, voices: of all slots.
        goes, heard, act, entitled: of the block's, see `Block`.
        kinds, worth: (P,) of KIND and WORTH; cells: (P,) of CELL, the street's.
        tastes: the world's.
        contacts: how many one has.
        acting: where the month's stream begins.
        terms, flow: what holds for all, and the street's persons of the month.
        counter: filled with the slots of those whose applications were accepted.

    Returns:
        How many those are.
    """
    profile, status, residence = migrants.profile, migrants.status, migrants.residence_months
    trust, taste, knowledge = migrants.trust, migrants.taste, migrants.knowledge
    considering, accepted = np.uint64(0), 0
    for k in range(wondering):
        i = found[k]
        slot = low + i
        cell = cells[profile[slot]]
        new, late = status[slot] == NONE, status[slot] == LAPSED
        prompted = (new | late) & (heard[i] == information.BY_PUBLICITY)
        pace = cell.pace if new else cell.pace_keep
        attention = cell.attention if new else (cell.late_attention if late else cell.remember)
        considers = decision.considers(act[i], pace, attention, prompted)
        found[considering] = i
        thought[considering] = considers
        considering += np.uint64((goes[i] == STAYS) & (considers | (status[slot] == VALID)))

    for k in range(considering):
        slot = low + found[k]
        kind, cell, services = kinds[profile[slot]], cells[profile[slot]], worth[profile[slot]]
        stay = kind.stay[residence_rules.tenure_band(residence[slot])]
        norm = _norm(voices[slot], contacts, terms)
        if status[slot] == NONE:
            understood = utility_rules.perceived_benefit_share(knowledge[slot], terms.understanding_heard)
            cost = utility_rules.burden(terms.learning, understood, cell.compliance, cell.stigma)
            utility[k] = utility_rules.utility_of_applying(
                understood, trust[slot], stay, services.benefit, norm, terms.enforcement, tastes[taste[slot]], cost
            )
        else:
            cost = utility_rules.endorsement_burden(terms.renewal, cell.compliance, cell.stigma)
            utility[k] = utility_rules.utility_of_endorsing(
                trust[slot], stay, services.kept, norm, terms.enforcement, tastes[taste[slot]], cost
            )

    for k in range(considering):
        i = found[k]
        slot = low + i
        if status[slot] != NONE:
            _endorse(slot, decision.lapse_cause(thought[k], entitled[i], utility[k]), migrants, flow)
        elif utility[k] > 0.0 and _apply(slot, cells[profile[slot]].complete, migrants, acting, terms, flow):
            counter[accepted] = slot
            accepted += 1
    return accepted


@njit_borrowed_arrays
def apply_departures(
    low: int,
    found: NDArray[np.int64],
    going: np.int64,
    middle: int,
    migrants: Migrants,
    goes: NDArray[np.uint8],
    kinds: NDArray[np.void],
    newcomers: NDArray[np.float64],
    luck: MonthStreams,
    terms: Record,
    flow: Record,
) -> None:
    """Those who leave or settle go, and newcomers come.

    Args:
        low: the block's first slot.
        found, going: the places in the block of the slots to which it happens, and how many they are.
        middle: the street's first slot of the second origin.
        migrants: of all slots.
        goes: of the block's.
        kinds, newcomers: the world's.
        luck, terms, flow: the month's, and the street's persons of the month.
    """
    for k in range(going):
        slot, what = low + found[k], goes[found[k]]
        if what in (LEAVES, CLOSES):
            flow.departures += 1
            flow.departures_valid += migrants.status[slot] == VALID
        elif what == SETTLES:
            flow.settled += 1
        if what == CLOSES:
            clear_slot(migrants, slot)
        else:
            flow.arrivals += 1
            profiles = newcomers[0 if slot < middle else 1]
            fill_slots(
                migrants, slot, kinds, profiles, luck, terms.trust_low, terms.trust_high, terms.heard_on_arrival
            )


@njit_borrowed_arrays
def _norm(voices: int, contacts: int, terms: Record) -> float:
    holders, lapsed = (voices >> COUNTER_BITS) & COUNTER, voices >> 2 * COUNTER_BITS
    return utility_rules.peer_norm(terms.norm, holders, lapsed, terms.lapsed_says, contacts)


@njit_borrowed_arrays
def _apply(slot: int, complete: float, migrants: Migrants, acting: np.uint64, terms: Record, flow: Record) -> bool:
    """Make an application; whether it was accepted as complete."""
    _, completeness, _ = rng.uniforms(acting, migrants.person[slot])
    accepted: bool = completeness < complete
    flow.applications += 1
    migrants.returned_last[slot] = not accepted
    if accepted:
        migrants.status[slot] = QUEUED
    else:
        flow.returned += 1
        migrants.trust[slot] = decision.trust_after_rejection(migrants.trust[slot], terms.trust_loss)
    return accepted


@njit_borrowed_arrays
def _endorse(slot: int, cause: int, migrants: Migrants, flow: Record) -> None:
    """Have an endorsement made, or let the permit lapse."""
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


MIN_SLOTS_PER_THREAD = 1_000_000
"""With fewer, handing out the work costs what it saves, or more. Two threads take 1.0 to 1.2 times as long as one for
360,000 slots, as long for a million, 0.82 of its time for two million, 0.76 for 3.6 million.
"""


def run_month(world: World, state: State, month: Month, threads: int = 1) -> None:
    """Leave, live here, hear, act: every migrant's month.

    Streets may go on several threads, where these have enough to do; none reads what another writes.
    """
    if month.treatment is None:
        _live_under(month.conditions, world, state, month, threads)
    else:
        _live_by_arm(month.treatment, world, state, month, threads)


def _live_under(conditions: Conditions, world: World, state: State, month: Month, threads: int) -> None:
    def live_streets(begin: int, end: int) -> None:
        _live(
            begin,
            end,
            month.before,
            month.population,
            world,
            state.migrants,
            month.heard,
            state.line,
            state.length,
            month.joined,
            month.flows,
            conditions,
            new_scratch(len(world.kinds)),
        )

    parallel_over_streets(live_streets, world, threads)


def _live_by_arm(treatment: Treatment, world: World, state: State, month: Month, threads: int) -> None:
    """One arm after the other, so that the loop knows nothing of trials: to each the other's slots are closed."""
    before = state.migrants.person.copy()
    for treated, conditions in ((False, month.conditions), (True, treatment.conditions)):
        own = np.where(treatment.arms == treated, world.rank, np.int32(world.slots))
        _live_under(conditions, world._replace(rank=own), state, month, threads)
    initialise_arrival_in_arm(treatment, month.conditions, state.migrants, before)
    for first, length, joined in zip(world.first, state.length, month.joined, strict=False):
        state.line[first + length : first + length + joined].sort()


def serve_queues(state: State, world: World, month: Month) -> None:
    """Every service centre's month."""
    _serve(
        world.first,
        state.migrants,
        state.line,
        state.length,
        state.credit,
        state.wait,
        month.joined,
        month.net,
        month.flows,
        month.conditions.capacity,
        month.conditions.terms[0],
        month.conditions.luck.acting,
    )


def parallel_over_streets(work: Callable[[int, int], None], world: World, threads: int) -> None:
    """Call `work(begin, end)` for blocks of streets of about equal size, one a thread that pays."""
    threads = min(threads, world.slots // MIN_SLOTS_PER_THREAD)
    if threads <= 1:
        work(0, world.streets)
        return
    ends = np.searchsorted(world.first, np.arange(threads + 1) / threads * world.slots)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, *zip(*pairwise(ends.tolist()), strict=True)))


@njit_borrowed_arrays
def _live(
    begin: int,
    end: int,
    before: int,
    population: int,
    world: World,
    migrants: Migrants,
    voices: NDArray[np.uint16],
    line: NDArray[np.int32],
    length: NDArray[np.int64],
    joined: NDArray[np.int64],
    flows: NDArray[np.void],
    now: Conditions,
    block: Scratch,
) -> None:
    # Taken out of their tuples once: inside the loop each look would count references.
    first, middle, rank, kinds, newcomers = world.first, world.middle, world.rank, world.kinds, world.newcomers
    leave, moving, owned, tastes = world.leave.reshape(-1), world.move, world.owned, world.taste
    luck, terms, worth, silence, delivered = now.luck, now.terms[0], now.worth, now.silence, now.delivered
    wonders, goes, heard, act, entitled = block.wonders, block.goes, block.heard, block.act, block.entitled
    found, thought, utility, register = block.found, block.thought, block.utility, block.by_profile
    for street in range(begin, end):
        flow, cells, counter = flows[street], now.cells[street], line[first[street] + length[street] :]
        reached = now.reached[street]
        to_apply, to_endorse_late = max_consideration_rates(cells)
        for profile in range(len(register)):
            register[profile] = now.register[kinds[profile].housing, street]
        for low in range(first[street], first[street + 1], BLOCK):
            high = min(low + BLOCK, first[street + 1])
            population_pass(
                low,
                high,
                before,
                population,
                rank,
                migrants,
                voices,
                luck.living,
                luck.acting,
                leave,
                moving,
                register,
                reached,
                silence,
                owned,
                delivered,
                to_apply,
                to_endorse_late,
                terms,
                block,
            )
            wondering = street_bounds(wonders, high - low, found)
            joined[street] += decision_pass(
                low,
                found,
                wondering,
                migrants,
                voices,
                goes,
                heard,
                act,
                entitled,
                kinds,
                tastes,
                cells,
                worth,
                len(silence) - 1,
                luck.acting,
                terms,
                flow,
                counter[joined[street] :],
                thought,
                utility,
            )
            going = street_bounds(goes, high - low, found)
            apply_departures(low, found, going, middle[street], migrants, goes, kinds, newcomers, luck, terms, flow)


@njit_cached
def _serve(
    first: NDArray[np.int64],
    migrants: Migrants,
    line: NDArray[np.int32],
    length: NDArray[np.int64],
    credit: NDArray[np.float64],
    wait: NDArray[np.float64],
    joined: NDArray[np.int64],
    net: NDArray[np.float64],
    flows: NDArray[np.void],
    capacity: NDArray[np.float64],
    terms: Record,
    acting: np.uint64,
) -> None:
    status = migrants.status
    for street in range(len(length)):
        flow, block = flows[street], line[first[street] : first[street + 1]]
        applicants = block[length[street] : length[street] + joined[street]].copy()

        waiting = 0
        for place in range(length[street]):
            if status[block[place]] == QUEUED:
                block[waiting] = block[place]
                waiting += 1

        net[street] = administration.net_capacity(
            capacity[street], terms.endorsement_load, flow.endorsed, terms.min_net_share
        )
        credit[street] += net[street]
        issued = administration.number_served(credit[street], waiting)
        for place in range(issued):
            status[block[place]] = VALID
            migrants.permit_months[block[place]] = 0
            migrants.knowledge[block[place]] = INFORMED
        flow.issued += issued
        waiting -= issued
        credit[street] = credit[street] - issued if waiting > 0 else 0.0
        for place in range(waiting):
            block[place] = block[place + issued]

        lots = np.empty(len(applicants))
        for i, slot in enumerate(applicants):
            lots[i] = rng.uniforms(acting, migrants.person[slot])[2]
        for i in np.argsort(lots, kind="mergesort"):
            block[waiting] = applicants[i]
            waiting += 1
        length[street] = waiting
        there_is = administration.current_wait(waiting, net[street], terms.wait_ceiling)
        wait[street] = administration.expected_wait(wait[street], terms.wait_memory, there_is)


def deliver_services(
    state: State, holders: NDArray[np.int64], need: NDArray[np.float64], levers: Levers, speed: float, scale: float
) -> None:
    """The services' month: what each delivers to those who hold a permit, and what comes to be thought of it.

    Args:
        state: `delivered` and `reputation` are written.
        holders: (profiles,) persons whose permit is in force.
        need: (profiles, services).
        levers: supply for the whole district, and quality.
        speed: at which a reputation follows.
        scale: simulated migrants a real one, which the supply is shared out to.
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
    """(services,) sum of the holders' needs, in one fixed order of addition."""
    total = np.zeros(need.shape[1])
    for profile in range(need.shape[0]):
        for k in range(need.shape[1]):
            total[k] += holders[profile] * need[profile, k]
    return total
