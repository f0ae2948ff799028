"""Initial state of a district, stationary in arrivals and departures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from takeup import rng
from takeup.compilation import njit_cached
from takeup.district import Parameters
from takeup.rules import NEVER
from takeup.rules.residence import tenure_band
from takeup.simulation.conditions import MonthStreams, month_streams
from takeup.simulation.kernels_population import fill_slot
from takeup.simulation.state import Migrants, State, empty_state
from takeup.simulation.world import World

_MAX_MONTHS = 12_000
"""Upper limit of the months of residence at the start."""


def initial_state(month: int, population: int, parameters: Parameters, world: World) -> State:
    """Return the state at the end of the month before the first month of a run.

    The state has the population of `month`. There are no permits yet. Months of residence follow the stationary
    distribution of each profile. A migrant is registered a geometrically distributed number of months after
    arrival, unless this month is in the future.

    Args:
        month: number of the first month.
        population: number of open slots in the first month.
        parameters: parameters of the district.
        world: world of the model.
    """
    state = empty_state(month - 1, population, world.slots, world.streets)
    residing = rng.stream_start(world.seed, rng.PERMANENT, rng.RESIDENCE)
    registering = rng.stream_start(world.seed, rng.PERMANENT, rng.REGISTRATION)
    _populate(
        population,
        state.migrants,
        world,
        month_streams(world.seed, rng.PERMANENT),
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
    streams: MonthStreams,
    register: NDArray[np.float64],
    trust_low: float,
    trust_high: float,
    heard_at_start: float,
    residing: np.uint64,
    registering: np.uint64,
) -> None:
    """Fill every open slot with a migrant in the stationary distribution.

    `residing` and `registering` are the random streams of the months of residence and of registration.
    """
    for street in range(len(world.middle)):
        for slot in range(world.first[street], world.first[street + 1]):
            if world.rank[slot] >= population:
                continue
            profiles = world.stock[0 if slot < world.middle[street] else 1]
            fill_slot(migrants, slot, world.traits, profiles, streams, trust_low, trust_high, heard_at_start)
            traits, person = world.traits[migrants.profile[slot]], migrants.person[slot]
            residence = stationary_residence(rng.uniform(residing, person), traits.leave, traits.mean_stay)
            wait = months_to_registration(rng.uniform(registering, person), register[traits.housing], residence)
            migrants.residence_months[slot] = residence
            migrants.ever_registered[slot] = wait != NEVER
            migrants.registered_months[slot] = NEVER if wait == NEVER else residence - wait


@njit_cached
def stationary_residence(u: float, leave: NDArray[np.float64], mean_stay: float) -> int:
    """Return the months of residence so far of a migrant observed at a random time.

    The result is the u-quantile of a distribution: the probability of a number of months is proportional to the
    probability of staying at least so long.
    """
    beyond, stays, months = u * mean_stay, 1.0, 0
    while beyond >= stays and months < _MAX_MONTHS:
        beyond -= stays
        stays *= 1.0 - leave[tenure_band(months)]
        months += 1
    return months


@njit_cached
def months_to_registration(u: float, register: float, most: int) -> int:
    """Return the number of months from arrival to registration.

    Args:
        u: uniform number on [0, 1).
        register: probability of registration per month.
        most: largest number of months.

    Returns:
        The u-quantile of the geometric distribution, from 1; -1 if it is above `most`.
    """
    later = 1.0
    for months in range(1, most + 1):
        later *= 1.0 - register
        if u < 1.0 - later:
            return months
    return NEVER
