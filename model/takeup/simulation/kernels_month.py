"""The compiled month: several months in one call, without Python in between.

| phase | function | module |
|---|---|---|
| conditions | `update_conditions` | `conditions` |
| leave, reside, receive information, act (every migrant) | `population_pass`, `draw_consideration`, `decision_pass`, `apply_departures` | `kernels_population`, `kernels_decisions` |
| centres | `serve_queues` | `kernels_decisions` |
| census | `update_census` | `census` |
| services | `deliver_services` | `kernels_decisions` |
| red tape | `ease_red_tape` | `kernels_decisions` |
| record | `record_month` | `output` |

`run_months` is this table as code. Where Python must act in the course of a month, it calls the same phases one by one:
`run_population` divides the streets among threads and runs the arms of a trial one after the other, and the engine of
Mesa agents runs migrants and centres itself.
"""  # noqa: E501 (a table)

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from takeup.compilation import njit_borrowed_arrays, njit_cached
from takeup.scenario import Levers
from takeup.simulation.census import Census, update_census
from takeup.simulation.conditions import (
    Conditions,
    MonthArrays,
    MonthStreams,
    PolicyTables,
    compiled_month_streams,
    update_conditions,
)
from takeup.simulation.kernels_decisions import (
    apply_departures,
    decision_pass,
    deliver_services,
    draw_consideration,
    ease_red_tape,
    find_places,
    serve_queues,
)
from takeup.simulation.kernels_population import Scratch, new_scratch, population_pass, street_month
from takeup.simulation.output import Records, record_month
from takeup.simulation.state import BLOCK, StateArrays
from takeup.simulation.trial_arms import Treatment, initialise_arrival_in_arm
from takeup.simulation.world import World

MIN_SLOTS_PER_THREAD: Final = 1_000_000
"""With fewer slots, distributing the work takes as much time as it saves, or more. Relative to one thread, two
threads take 1.0 to 1.2 times as long for 360,000 slots, as long for a million, 0.82 of the time for two million and
0.76 for 3.6 million.
"""


class Month(NamedTuple):
    """A month in progress, or the last one that was run. N slots, S streets.

    Attributes:
        number: number of the month.
        before, population: number of open slots in the previous month and in this one.
        levers: levers of the month.
        conditions: tables that follow from the levers.
        streams: starts of the random streams.
        signals: (N,) signal of each slot at the end of the previous month, see `Census`.
        contact_counts: (N,) sum of the signals of each slot's contacts.
        flows: (S,) records of type `FLOWS`, filled in during the month.
        joined: (S,) number of applicants accepted this month, who are stored in `line` behind the queue.
        net: (S,) applications that each centre can process besides its endorsements.
        treatment: treatment of a trial in progress; `levers` and `conditions` are then those of the untreated.
    """

    number: int
    before: int
    population: int
    levers: Levers
    conditions: Conditions
    streams: MonthStreams
    signals: NDArray[np.uint16]
    contact_counts: NDArray[np.uint16]
    flows: NDArray[np.void]
    joined: NDArray[np.int64]
    net: NDArray[np.float64]
    treatment: Treatment | None = None

    @property
    def arrays(self) -> MonthArrays:
        """The month as compiled code reads and changes it."""
        return MonthArrays(self.before, self.population, self.streams, self.flows, self.net, self.joined)


@njit_cached
def run_months(
    first: int,
    populations: NDArray[np.int64],
    world: World,
    state: StateArrays,
    census: Census,
    tables: PolicyTables,
    records: Records,
    scratch: Scratch,
) -> None:
    """Run consecutive months with the same levers.

    Args:
        first: number of the first month.
        populations: (months + 1,) number of open slots in the month before and in each month.
        world: world of the model.
        state: state at the end of the previous month, which is updated.
        census: census at the end of the previous month, which is updated.
        tables: tables of the levers.
        records: receives the records of these months.
        scratch: scratch space for a block.
    """
    streets, conditions, scalars = len(world.middle), tables.conditions, tables.conditions.scalars[0]
    for i in range(len(populations) - 1):
        streams = compiled_month_streams(world.seed, first + i)
        month = MonthArrays(
            populations[i], populations[i + 1], streams, records.flows[i], records.net[i], records.joined[i]
        )
        update_conditions(tables, state)
        run_streets(0, streets, month, state, census.contact_counts, world, conditions, scratch)
        serve_queues(month, state, world, conditions)
        update_census(census, month.population, state.migrants, world, scalars.months_to_qualify)
        deliver_services(state, census, tables.services, scalars.trust_gain)
        ease_red_tape(month, state, scalars)
        record_month(records, i, state, census)


@njit_borrowed_arrays
def run_streets(
    begin: int,
    end: int,
    month: MonthArrays,
    state: StateArrays,
    contact_counts: NDArray[np.uint16],
    world: World,
    conditions: Conditions,
    scratch: Scratch,
) -> None:
    """Run the month of every migrant in a range of streets.

    Args:
        begin, end: first street of the range, and the street after its last one.
        month: flows and accepted applicants of the month, which are changed.
        state: state of the district, which is changed.
        contact_counts: (N,) contact counts of all slots, see `Census`.
        world: world of the model.
        conditions: conditions of the month.
        scratch: scratch space for a block.
    """
    first, line, length, joined = world.first, state.line, state.length, month.joined
    for street in range(begin, end):
        street_data = street_month(street, month, world, conditions)
        arrivals = line[first[street] + length[street] :]
        for low in range(first[street], first[street + 1], BLOCK):
            high = min(low + BLOCK, first[street + 1])
            population_pass(low, high, state.migrants, contact_counts, street_data, scratch)
            candidates = find_places(scratch.candidates, high - low, scratch.places)
            candidates = draw_consideration(
                low, candidates, state.migrants, month.streams.decisions, street_data, scratch
            )
            joined[street] += decision_pass(
                low,
                candidates,
                street,
                month,
                state,
                contact_counts,
                world,
                conditions,
                scratch,
                arrivals[joined[street] :],
            )
            exits = find_places(scratch.exits, high - low, scratch.places)
            apply_departures(low, exits, street, month, state.migrants, world, conditions, scratch)


@njit_cached
def close_month(
    month: MonthArrays,
    state: StateArrays,
    census: Census,
    world: World,
    tables: PolicyTables,
    records: Records,
) -> None:
    """Run the phases of a month that follow the centres, called from Python.

    Args:
        month: the month, with its flows.
        state, census: state and census of the district, which are updated.
        world: world of the model.
        tables: tables of the month's levers.
        records: receives the record of this month, the only one in it.
    """
    scalars = tables.conditions.scalars[0]
    update_census(census, month.population, state.migrants, world, scalars.months_to_qualify)
    deliver_services(state, census, tables.services, scalars.trust_gain)
    ease_red_tape(month, state, scalars)
    record_month(records, 0, state, census)


def run_population(world: World, state: StateArrays, month: Month, threads: int = 1) -> None:
    """Run the month of every migrant: leave, reside, receive information, act.

    The arms of a trial run one after the other. Streets are distributed over several threads if each thread has
    enough work. No thread reads data that another one writes.
    """
    if month.treatment is None:
        _run_arm(month.conditions, world, state, month, threads)
    else:
        _run_arms(month.treatment, world, state, month, threads)


def _run_arm(conditions: Conditions, world: World, state: StateArrays, month: Month, threads: int) -> None:
    arrays = month.arrays

    def work(begin: int, end: int) -> None:
        run_streets(begin, end, arrays, state, month.contact_counts, world, conditions, new_scratch())

    parallel_over_streets(work, world, threads)


def _run_arms(treatment: Treatment, world: World, state: StateArrays, month: Month, threads: int) -> None:
    """Run the arms of a trial, each with the slots of the other arm closed."""
    before = state.migrants.person.copy()
    for treated, conditions in ((False, month.conditions), (True, treatment.conditions)):
        rank = np.where(treatment.arms == treated, world.rank, np.int32(world.slots))
        _run_arm(conditions, world._replace(rank=rank), state, month, threads)
    initialise_arrival_in_arm(treatment, month.conditions, month.streams, state.migrants, before)
    for first, length, joined in zip(world.first, state.length, month.joined, strict=False):
        state.line[first + length : first + length + joined].sort()


def parallel_over_streets(work: Callable[[int, int], None], world: World, threads: int) -> None:
    """Call a function for ranges of streets, one range per thread.

    The ranges have about equal numbers of slots.

    Args:
        work: function called with the first street of a range and the street after its last one.
        world: world of the model.
        threads: largest number of threads, see `threads_that_pay`.
    """
    threads = threads_that_pay(world, threads)
    if threads <= 1:
        work(0, world.streets)
        return
    ends = np.searchsorted(world.first, np.arange(threads + 1) / threads * world.slots)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, *zip(*pairwise(ends.tolist()), strict=True)))


def threads_that_pay(world: World, threads: int) -> int:
    """Return the number of threads that have enough work, at most `threads`.

    With a result of 0 or 1, the work is not divided.
    """
    return min(threads, world.slots // MIN_SLOTS_PER_THREAD)
