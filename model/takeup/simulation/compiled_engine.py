"""The compiled engine: blocks of migrants go through the month together, by the same rules as the objects do."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from takeup import chance
from takeup.compilation import compiled, compiled_on_loan
from takeup.rules import INFORMED, QUEUED, VALID, serving
from takeup.simulation.assignment import Treatment, greet_by_arm
from takeup.simulation.conditions import Conditions
from takeup.simulation.everyone import Block, live_alike, new_block, soonest
from takeup.simulation.few import decide, move, places
from takeup.simulation.month import Month
from takeup.simulation.state import BLOCK, Migrants, Record, State
from takeup.simulation.world import World

LEAST_SLOTS_A_THREAD = 1_000_000
"""With fewer, handing out the work costs what it saves, or more. Two threads take 1.0 to 1.2 times as long as one for
360,000 slots, as long for a million, 0.82 of its time for two million, 0.76 for 3.6 million.
"""


def live(world: World, state: State, month: Month, threads: int = 1) -> None:
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
            begin, end, month.before, month.population, world, state.migrants, month.heard, state.line, state.length,
            month.joined, month.flows, conditions, new_block(len(world.kinds)),
        )  # fmt: skip

    over_streets(live_streets, world, threads)


def _live_by_arm(treatment: Treatment, world: World, state: State, month: Month, threads: int) -> None:
    """One arm after the other, so that the loop knows nothing of trials: to each the other's slots are closed."""
    before = state.migrants.person.copy()
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
    """Call `work(begin, end)` for blocks of streets of about equal size, one a thread that pays."""
    threads = min(threads, world.slots // LEAST_SLOTS_A_THREAD)
    if threads <= 1:
        work(0, world.streets)
        return
    ends = np.searchsorted(world.first, np.arange(threads + 1) / threads * world.slots)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, *zip(*pairwise(ends.tolist()), strict=True)))


@compiled_on_loan
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
    block: Block,
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
        to_apply, to_endorse_late = soonest(cells)
        for profile in range(len(register)):
            register[profile] = now.register[kinds[profile].housing, street]
        for low in range(first[street], first[street + 1], BLOCK):
            high = min(low + BLOCK, first[street + 1])
            live_alike(
                low, high, before, population, rank, migrants, voices, luck.living, luck.acting, leave, moving,
                register, reached, silence, owned, delivered, to_apply, to_endorse_late, terms, block,
            )  # fmt: skip
            wondering = places(wonders, high - low, found)
            joined[street] += decide(
                low, found, wondering, migrants, voices, goes, heard, act, entitled, kinds, tastes, cells, worth,
                len(silence) - 1, luck.acting, terms, flow, counter[joined[street] :], thought, utility,
            )  # fmt: skip
            going = places(goes, high - low, found)
            move(low, found, going, middle[street], migrants, goes, kinds, newcomers, luck, terms, flow)


@compiled
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

        net[street] = serving.net_capacity(
            capacity[street], terms.endorsement_load, flow.endorsed, terms.min_net_share
        )
        credit[street] += net[street]
        issued = serving.served(credit[street], waiting)
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
            lots[i] = chance.draws(acting, migrants.person[slot])[2]
        for i in np.argsort(lots, kind="mergesort"):
            block[waiting] = applicants[i]
            waiting += 1
        length[street] = waiting
        there_is = serving.wait_there_is(waiting, net[street], terms.wait_ceiling)
        wait[street] = serving.wait_expected(wait[street], terms.wait_memory, there_is)
