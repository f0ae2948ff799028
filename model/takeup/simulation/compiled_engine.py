"""The compiled engine: one fused loop over the migrants of a street, calling the same rules as the objects do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from takeup import chance
from takeup.compilation import compiled
from takeup.rules import INFORMED, LAPSED, NEVER, NO_LAPSE, NONE, QUEUED, UNAWARE, VALID
from takeup.rules import burden as burdens
from takeup.rules import deciding, hearing, registering, serving, staying, weighing
from takeup.simulation.arriving import move_in, vacate
from takeup.simulation.census import COUNTER, VOICE_BITS
from takeup.simulation.conditions import Conditions
from takeup.simulation.month import Month
from takeup.simulation.state import Columns, State
from takeup.simulation.world import World


def live(world: World, state: State, month: Month, threads: int = 1) -> None:
    """Leave, live here, hear, act: every migrant's month. Streets may go on several threads; none reads what
    another writes.
    """

    def live_streets(begin: int, end: int) -> None:
        _live(
            begin, end, month.before, month.population, world, state.columns, month.voice, state.line, state.length,
            month.joined, month.flows, month.conditions,
        )  # fmt: skip

    over_streets(live_streets, world, threads)


def serve(world: World, state: State, month: Month, threads: int = 1) -> None:
    """Every service centre's month."""

    def serve_streets(begin: int, end: int) -> None:
        _serve(
            begin, end, world, state.columns, state.line, state.length, state.credit, state.wait, month.joined,
            month.net, month.flows, month.conditions,
        )  # fmt: skip

    over_streets(serve_streets, world, threads)


def over_streets(work, world: World, threads: int) -> None:  # type: ignore[no-untyped-def]
    """Call `work(begin, end)` for blocks of streets of about equal size, one a thread."""
    streets = len(world.first) - 1
    if threads == 1:
        work(0, streets)
        return
    ends = np.searchsorted(world.first, np.arange(threads + 1) / threads * world.rank.size)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, *zip(*pairwise(ends.tolist()), strict=True)))


@compiled
def _live(
    begin: int,
    end: int,
    before: int,
    population: int,
    world: World,
    columns: Columns,
    voice: NDArray[np.uint16],
    line: NDArray[np.int32],
    length: NDArray[np.int64],
    joined: NDArray[np.int64],
    flows: NDArray[np.void],
    now: Conditions,
) -> None:
    contacts = world.contacts.shape[1]
    for street in range(begin, end):
        flow = flows[street]
        for slot in range(world.first[street], world.first[street + 1]):
            rank = world.rank[slot]
            if rank >= population:
                if rank < before:
                    flow.departures += 1
                    flow.departures_valid += columns.status[slot] == VALID
                    vacate(slot, columns)
                continue
            newcomer = rank >= before
            profile, person, status = columns.profile[slot], columns.person[slot], columns.status[slot]
            life, house, hear = chance.draws(now.luck.living, person)

            # leave
            if not newcomer:
                residence = columns.residence_months[slot]
                leave = world.leave[profile, staying.tenure(residence)]
                if life < leave:
                    flow.departures += 1
                    flow.departures_valid += status == VALID
                    newcomer = True
                elif status == VALID and staying.settles(life, leave, now.settle, residence, now.months_to_settle):
                    flow.settled += 1
                    newcomer = True
            if newcomer:
                flow.arrivals += 1
                move_in(
                    slot, street, columns, world, now.luck, world.newcomers, now.trust_low, now.trust_high,
                    now.heard_on_arrival,
                )  # fmt: skip
                continue

            # live here
            residence += 1
            columns.residence_months[slot] = residence
            registered = registering.registration(
                columns.registered_months[slot], house, now.register[world.housing[profile], street], world.move[profile]
            )
            columns.registered_months[slot] = registered
            if registered != NEVER:
                columns.ever_registered[slot] = True

            # hear
            cell = now.cells[street, profile]
            voices = 0
            for tie in range(contacts):
                voices += voice[world.contacts[slot, tie]]
            heard = hearing.hears(
                hear, cell.reached, now.silence[voices & COUNTER], now.forget, status in (NONE, LAPSED)
            )
            knowledge = columns.knowledge[slot]
            if heard != hearing.NOTHING:
                knowledge = hearing.knows(knowledge, heard)
                columns.knowledge[slot] = knowledge
            prompted = heard == hearing.REACHED

            # act
            if status == QUEUED:
                continue
            due = False
            if status == VALID:
                months = columns.permit_months[slot] + 1
                columns.permit_months[slot] = months
                columns.trust[slot] = deciding.trust_of_holder(columns.trust[slot], now.trust_gain, now.delivered[profile])
                due = months >= now.permit_term_months
                if not due:
                    continue
            entitled = registering.qualified(
                registered, residence, columns.insured[slot], world.owned[profile], now.months_to_qualify
            )
            if not due and (knowledge == UNAWARE or not entitled):
                continue
            act, complete, _ = chance.draws(now.luck.acting, person)
            attention = cell.attention if status == NONE else cell.remember if due else cell.late_attention
            pace = cell.pace if status == NONE else cell.pace_keep
            thinks = deciding.considers(act, pace, attention, prompted and not due)
            if not (thinks or due):
                continue
            trust = columns.trust[slot]
            stay = world.stay[profile, staying.tenure(residence)]
            norm = weighing.example(
                now.norm, (voices >> VOICE_BITS) & COUNTER, voices >> 2 * VOICE_BITS, now.lapsed_says, contacts
            )
            if status == NONE:
                understood = weighing.understanding(knowledge, now.understanding_heard)
                cost = burdens.burden(now.learning, understood, cell.compliance, cell.stigma)
                worth = weighing.utility(
                    understood, trust, stay, now.benefit[profile], norm, now.enforcement, columns.taste[slot], cost
                )
                if worth > 0.0:
                    flow.applications += 1
                    columns.returned_last[slot] = complete >= cell.complete
                    if columns.returned_last[slot]:
                        flow.returned += 1
                        columns.trust[slot] = deciding.trust_after_return(trust, now.trust_loss)
                    else:
                        columns.status[slot] = QUEUED
                        line[world.first[street] + length[street] + joined[street]] = slot
                        joined[street] += 1
                continue
            cost = burdens.burden_of_keeping(now.renewal, cell.compliance, cell.stigma)
            worth = weighing.utility_of_keeping(
                trust, stay, now.kept[profile], norm, now.enforcement, columns.taste[slot], cost
            )
            cause = deciding.lapse_cause(thinks, entitled, worth)
            if cause == NO_LAPSE:
                flow.endorsed += 1
                flow.endorsed_late += not due
                columns.status[slot] = VALID
                columns.permit_months[slot] = 0
                columns.lapse_cause[slot] = NO_LAPSE
            elif due:
                flow.lapses += 1
                columns.status[slot] = LAPSED
                columns.lapse_cause[slot] = cause


@compiled
def _serve(
    begin: int,
    end: int,
    world: World,
    columns: Columns,
    line: NDArray[np.int32],
    length: NDArray[np.int64],
    credit: NDArray[np.float64],
    wait: NDArray[np.float64],
    joined: NDArray[np.int64],
    net: NDArray[np.float64],
    flows: NDArray[np.void],
    now: Conditions,
) -> None:
    for street in range(begin, end):
        first, flow = world.first[street], flows[street]
        block = line[first : world.first[street + 1]]
        applicants = block[length[street] : length[street] + joined[street]].copy()

        waiting = 0
        for place in range(length[street]):
            if columns.status[block[place]] == QUEUED:
                block[waiting] = block[place]
                waiting += 1

        net[street] = serving.net_capacity(now.capacity[street], now.endorsement_load, flow.endorsed, now.min_net_share)
        credit[street] += net[street]
        issued = serving.served(credit[street], waiting)
        for place in range(issued):
            slot = block[place]
            columns.status[slot] = VALID
            columns.permit_months[slot] = 0
            columns.knowledge[slot] = INFORMED
        flow.issued += issued
        waiting -= issued
        credit[street] = credit[street] - issued if waiting > 0 else 0.0
        for place in range(waiting):
            block[place] = block[place + issued]

        lots = np.empty(len(applicants))
        for i, slot in enumerate(applicants):
            lots[i] = chance.draws(now.luck.acting, columns.person[slot])[2]
        for i in np.argsort(lots, kind="mergesort"):
            block[waiting] = applicants[i]
            waiting += 1
        length[street] = waiting
        there_is = serving.wait_there_is(waiting, net[street], now.wait_ceiling)
        wait[street] = serving.wait_expected(wait[street], now.wait_memory, there_is)
