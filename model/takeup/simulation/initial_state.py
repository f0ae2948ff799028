"""The start: the district just before its first month, as if people had always come and gone as they do."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from takeup import rng
from takeup.compilation import njit_cached
from takeup.district import Parameters
from takeup.rules import NEVER
from takeup.rules.residence import tenure_band
from takeup.simulation.conditions import MonthStreams, month_streams
from takeup.simulation.kernels_population import fill_slots
from takeup.simulation.state import Migrants, State, empty_state
from takeup.simulation.world import World

_LONGEST_MONTHS = 12_000
"""Nobody has lived here for more than a thousand years; what would be drawn beyond is this."""


def initial_state(month: int, population: int, parameters: Parameters, world: World) -> State:
    """The state at the end of the month before `month`, with that month's population.

    No permits yet; residence drawn from the stationary law of each profile; registered since a geometric number of
    months after arrival, if that is not later than now.
    """
    state = empty_state(month - 1, population, world.slots, world.streets)
    residing = rng.stream_start(world.seed, rng.FOR_LIFE, rng.RESIDENCE)
    registering = rng.stream_start(world.seed, rng.FOR_LIFE, rng.REGISTRATION)
    _populate(
        population,
        state.migrants,
        world,
        month_streams(world.seed, rng.FOR_LIFE),
        parameters.vector("register"),
        parameters.number("trust_initial.low"),
        parameters.number("trust_initial.high"),
        parameters.number("heard_at_start"),
        residing,
        registering,
    )
    state.reputation[:] = parameters.number("reputation_at_start")
    state.delivered[:] = parameters.vector("quality")
    return state


@njit_cached
def _populate(
    population: int,
    migrants: Migrants,
    world: World,
    luck: MonthStreams,
    register: NDArray[np.float64],
    trust_low: float,
    trust_high: float,
    heard: float,
    residing: np.uint64,
    registering: np.uint64,
) -> None:
    for street in range(len(world.middle)):
        for slot in range(world.first[street], world.first[street + 1]):
            if world.rank[slot] >= population:
                continue
            profiles = world.stock[0 if slot < world.middle[street] else 1]
            fill_slots(migrants, slot, world.kinds, profiles, luck, trust_low, trust_high, heard)
            kind, person = world.kinds[migrants.profile[slot]], migrants.person[slot]
            residence = stationary_residence(rng.uniform(residing, person), kind.leave, kind.mean_stay)
            wait = months_to_registration(rng.uniform(registering, person), register[kind.housing], residence)
            migrants.residence_months[slot] = residence
            migrants.ever_registered[slot] = wait != NEVER
            migrants.registered_months[slot] = NEVER if wait == NEVER else residence - wait


@njit_cached
def stationary_residence(u: float, leave: NDArray[np.float64], mean_stay: float) -> int:
    """Months of residence so far of someone met at a random moment.

    The u-quantile of the law in proportion to the chance of staying so long.
    """
    beyond, stays, months = u * mean_stay, 1.0, 0
    while beyond >= stays and months < _LONGEST_MONTHS:
        beyond -= stays
        stays *= 1.0 - leave[tenure_band(months)]
        months += 1
    return months


@njit_cached
def months_to_registration(u: float, register: float, most: int) -> int:
    """Months after arrival, from 1 on, in which someone is registered who is so with the same chance every month.

    Returns:
        -1 if that is later than `most`.
    """
    later = 1.0
    for months in range(1, most + 1):
        later *= 1.0 - register
        if u < 1.0 - later:
            return months
    return NEVER
