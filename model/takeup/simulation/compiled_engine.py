"""The compiled engine: one fused loop over the migrants of a street, calling the same rules as the objects do."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from takeup import chance
from takeup.compilation import compiled
from takeup.rules import (
    INFORMED,
    LAPSED,
    NEVER,
    NO_LAPSE,
    NONE,
    QUEUED,
    UNAWARE,
    VALID,
    deciding,
    hearing,
    registering,
    serving,
    staying,
    weighing,
)
from takeup.rules import burden as burdens
from takeup.simulation.arriving import move_in, vacate
from takeup.simulation.assignment import Treatment, greet_by_arm
from takeup.simulation.census import COUNTER, VOICE_BITS
from takeup.simulation.conditions import Conditions
from takeup.simulation.month import Month
from takeup.simulation.state import Record, State
from takeup.simulation.world import World

IDLE, APPLY, ENDORSE, FORGET_TO_ENDORSE, ENDORSE_LATE = range(5)
"""What someone gets round to in a month."""


def live(world: World, state: State, month: Month, threads: int = 1) -> None:
    """Leave, live here, hear, act: every migrant's month.

    Streets may go on several threads; none reads what another writes.
    """
    if month.treatment is None:
        _live_under(month.conditions, world, state, month, threads)
    else:
        _live_by_arm(month.treatment, world, state, month, threads)


def _live_under(conditions: Conditions, world: World, state: State, month: Month, threads: int) -> None:
    def live_streets(begin: int, end: int) -> None:
        _live(
            begin, end, month.before, month.population, world, state.migrants, month.heard, state.line, state.length,
            month.joined, month.flows, conditions,
        )  # fmt: skip

    over_streets(live_streets, world, threads)


def _live_by_arm(treatment: Treatment, world: World, state: State, month: Month, threads: int) -> None:
    """One arm after the other, so that the loop knows nothing of trials: to each the other's slots are closed."""
    before = state.migrants["person"].copy()
    for treated, conditions in ((False, month.conditions), (True, treatment.conditions)):
        own = np.where(treatment.arms == treated, world.rank, np.int32(world.slots))
        _live_under(conditions, world._replace(rank=own), state, month, threads)
    greet_by_arm(treatment, month.conditions, state.migrants, before)
    for first, length, joined in zip(world.first, state.length, month.joined, strict=False):
        state.line[first + length : first + length + joined].sort()


def serve(state: State, world: World, month: Month) -> None:
    """Every service centre's month."""
    _serve(
        world.first, state.migrants, state.line, state.length, state.credit, state.wait, month.joined, month.net,
        month.flows, month.conditions.capacity, month.conditions.terms[0], month.conditions.luck.acting,
    )  # fmt: skip


def over_streets(work: Callable[[int, int], None], world: World, threads: int) -> None:
    """Call `work(begin, end)` for blocks of streets of about equal size, one a thread."""
    if threads == 1:
        work(0, world.streets)
        return
    ends = np.searchsorted(world.first, np.arange(threads + 1) / threads * world.slots)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, *zip(*pairwise(ends.tolist()), strict=True)))


@compiled
def _live(
    begin: int,
    end: int,
    before: int,
    population: int,
    world: World,
    migrants: NDArray[np.void],
    voices: NDArray[np.uint16],
    line: NDArray[np.int32],
    length: NDArray[np.int64],
    joined: NDArray[np.int64],
    flows: NDArray[np.void],
    now: Conditions,
) -> None:
    # Taken out of their tuples once: inside the loop each look would count references.
    first, middle, rank = world.first, world.middle, world.rank
    newcomers, kinds, tastes = world.newcomers, world.kinds, world.taste
    luck, terms, cells, worth = now.luck, now.terms[0], now.cells, now.worth
    register, silence, reached = now.register, now.silence, now.reached
    for street in range(begin, end):
        flow = flows[street]
        for slot in range(first[street], first[street + 1]):
            if rank[slot] >= population and rank[slot] >= before:
                continue
            me = migrants[slot]
            if rank[slot] >= population:
                _depart(me, flow)
                vacate(me)
                continue
            kind = kinds[me.profile]
            life, house, ear = chance.draws(luck.living, me.person)
            if rank[slot] >= before or _leave(life, me, kind, terms, flow):
                flow.arrivals += 1
                profiles = newcomers[0 if slot < middle[street] else 1]
                move_in(
                    me, len(rank), kinds, profiles, luck, terms.trust_low, terms.trust_high, terms.heard_on_arrival
                )
                continue
            _live_here(house, me, kind, register[kind.housing, street])
            silent = silence[voices[slot] & COUNTER]
            prompted = _hear(ear, me, reached[street, me.profile], silent, terms)
            cell = cells[street, me.profile]
            intent = _intends(prompted, me, kind, cell, worth[me.profile].delivered, terms, luck.acting)
            if intent == IDLE:
                continue
            norm, taste = _norm(voices[slot], len(silence) - 1, terms), tastes[me.taste]
            if intent != APPLY:
                _endorse(intent, me, kind, cell, worth[me.profile].kept, norm, taste, terms, flow)
            elif _apply(me, kind, cell, worth[me.profile].benefit, norm, taste, terms, flow, luck.acting):
                line[first[street] + length[street] + joined[street]] = slot
                joined[street] += 1


@compiled
def _depart(me: Record, flow: Record) -> None:
    flow.departures += 1
    flow.departures_valid += me.status == VALID


@compiled
def _leave(life: float, me: Record, kind: Record, terms: Record, flow: Record) -> bool:
    """Whether they leave or settle."""
    leave = kind.leave[staying.tenure(me.residence_months)]
    if life < leave:
        _depart(me, flow)
        return True
    if staying.settles(life, leave, terms.settle, me.residence_months, terms.months_to_settle) and me.status == VALID:
        flow.settled += 1
        return True
    return False


@compiled
def _live_here(house: float, me: Record, kind: Record, register: float) -> None:
    """A month more of residence, and of registration unless it breaks."""
    me.residence_months += 1
    me.registered_months = registering.registration(me.registered_months, house, register, kind.move)
    me.ever_registered |= me.registered_months != NEVER


@compiled
def _hear(ear: float, me: Record, reached: float, silent: float, terms: Record) -> bool:
    """Learn or forget; whether publicity reached them."""
    heard = hearing.hears(ear, reached, silent, terms.forget, me.status in (NONE, LAPSED))
    if heard != hearing.NOTHING:
        me.knowledge = hearing.knows(me.knowledge, heard)
    return heard == hearing.REACHED


@compiled
def _norm(voices: int, contacts: int, terms: Record) -> float:
    holders, lapsed = (voices >> VOICE_BITS) & COUNTER, voices >> 2 * VOICE_BITS
    return weighing.example(terms.norm, holders, lapsed, terms.lapsed_says, contacts)


@compiled
def _qualified(me: Record, kind: Record, terms: Record) -> bool:
    return registering.qualified(
        me.registered_months, me.residence_months, me.insured, kind.owned, terms.months_to_qualify
    )


@compiled
def _intends(
    prompted: bool, me: Record, kind: Record, cell: Record, delivered: float, terms: Record, acting: np.uint64
) -> int:
    """What they get round to weighing this month, by status; a holder's permit grows a month older."""
    if me.status == QUEUED:
        return IDLE
    if me.status == VALID:
        me.permit_months += 1
        me.trust = deciding.trust_of_holder(me.trust, terms.trust_gain, delivered)
        if me.permit_months < terms.permit_term_months:
            return IDLE
        act, _, _ = chance.draws(acting, me.person)
        return ENDORSE if deciding.considers(act, cell.pace_keep, cell.remember, False) else FORGET_TO_ENDORSE
    act, _, _ = chance.draws(acting, me.person)
    if me.status == NONE:
        intent, thinks = APPLY, deciding.considers(act, cell.pace, cell.attention, prompted)
    else:
        intent, thinks = ENDORSE_LATE, deciding.considers(act, cell.pace_keep, cell.late_attention, prompted)
    # Few think of it, so this is asked first.
    return intent if thinks and me.knowledge != UNAWARE and _qualified(me, kind, terms) else IDLE


@compiled
def _apply(
    me: Record,
    kind: Record,
    cell: Record,
    benefit: float,
    norm: float,
    taste: float,
    terms: Record,
    flow: Record,
    acting: np.uint64,
) -> bool:
    """Weigh an application, and make it if it is worth it; whether it was accepted as complete."""
    understood = weighing.understanding(me.knowledge, terms.understanding_heard)
    stay = kind.stay[staying.tenure(me.residence_months)]
    cost = burdens.burden(terms.learning, understood, cell.compliance, cell.stigma)
    worth = weighing.utility(understood, me.trust, stay, benefit, norm, terms.enforcement, taste, cost)
    if worth <= 0.0:
        return False
    _, completeness, _ = chance.draws(acting, me.person)
    accepted: bool = completeness < cell.complete
    flow.applications += 1
    me.returned_last = not accepted
    if accepted:
        me.status = QUEUED
    else:
        flow.returned += 1
        me.trust = deciding.trust_after_return(me.trust, terms.trust_loss)
    return accepted


@compiled
def _endorse(
    intent: int,
    me: Record,
    kind: Record,
    cell: Record,
    kept: float,
    norm: float,
    taste: float,
    terms: Record,
    flow: Record,
) -> None:
    """Weigh an endorsement, and have it made or let the permit lapse."""
    stay = kind.stay[staying.tenure(me.residence_months)]
    cost = burdens.burden_of_keeping(terms.renewal, cell.compliance, cell.stigma)
    worth = weighing.utility_of_keeping(me.trust, stay, kept, norm, terms.enforcement, taste, cost)
    cause = deciding.lapse_cause(intent != FORGET_TO_ENDORSE, _qualified(me, kind, terms), worth)
    if cause == NO_LAPSE:
        flow.endorsed += 1
        flow.endorsed_late += intent == ENDORSE_LATE
        me.status = VALID
        me.permit_months = 0
        me.lapse_cause = NO_LAPSE
    elif intent != ENDORSE_LATE:
        flow.lapses += 1
        me.status = LAPSED
        me.lapse_cause = cause


@compiled
def _serve(
    first: NDArray[np.int64],
    migrants: NDArray[np.void],
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
    for street in range(len(length)):
        flow, block = flows[street], line[first[street] : first[street + 1]]
        applicants = block[length[street] : length[street] + joined[street]].copy()

        waiting = 0
        for place in range(length[street]):
            if migrants[block[place]].status == QUEUED:
                block[waiting] = block[place]
                waiting += 1

        net[street] = serving.net_capacity(
            capacity[street], terms.endorsement_load, flow.endorsed, terms.min_net_share
        )
        credit[street] += net[street]
        issued = serving.served(credit[street], waiting)
        for place in range(issued):
            me = migrants[block[place]]
            me.status = VALID
            me.permit_months = 0
            me.knowledge = INFORMED
        flow.issued += issued
        waiting -= issued
        credit[street] = credit[street] - issued if waiting > 0 else 0.0
        for place in range(waiting):
            block[place] = block[place + issued]

        lots = np.empty(len(applicants))
        for i, slot in enumerate(applicants):
            lots[i] = chance.draws(acting, migrants[slot].person)[2]
        for i in np.argsort(lots, kind="mergesort"):
            block[waiting] = applicants[i]
            waiting += 1
        length[street] = waiting
        there_is = serving.wait_there_is(waiting, net[street], terms.wait_ceiling)
        wait[street] = serving.wait_expected(wait[street], terms.wait_memory, there_is)
