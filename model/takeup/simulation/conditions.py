"""The conditions of a month: what depends on profile, street and month alone, computed once and not per migrant."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from takeup import chance
from takeup.compilation import compiled
from takeup.district import PROFILES, Parameters
from takeup.rules import burden as burdens
from takeup.rules import hearing, weighing
from takeup.scenario import Levers
from takeup.simulation.state import State
from takeup.simulation.world import World

CELL: Final = np.dtype(
    [
        (name, np.float64)
        for name in (
            "reached", "attention", "late_attention", "remember", "stigma", "compliance", "pace", "pace_keep", "complete",
        )
    ]
)  # fmt: skip
"""What a month holds for one profile in one street."""


class Luck(NamedTuple):
    """Where in the sequence of random words the streams of a month begin."""

    living: np.uint64
    acting: np.uint64
    profile: np.uint64
    taste: np.uint64
    traits: np.uint64


class Conditions(NamedTuple):
    """A month as compiled code reads it. S streets, P profiles."""

    luck: Luck
    cells: NDArray[np.void]
    """(S, P) of CELL."""
    register: NDArray[np.float64]
    """(housing, S) monthly chance of being registered."""
    benefit: NDArray[np.float64]
    kept: NDArray[np.float64]
    delivered: NDArray[np.float64]
    """(P,) worth of applying, worth of keeping, and the need-weighted share that is delivered."""
    silence: NDArray[np.float64]
    """(contacts + 1,) chance that so many informed contacts say nothing."""
    capacity: NDArray[np.float64]
    """(S,) applications a month that each centre can handle."""
    trust_low: float
    trust_high: float
    heard_on_arrival: float
    understanding_heard: float
    forget: float
    learning: float
    enforcement: float
    norm: float
    lapsed_says: float
    renewal: float
    trust_loss: float
    trust_gain: float
    settle: float
    endorsement_load: float
    min_net_share: float
    wait_memory: float
    wait_ceiling: float
    months_to_settle: int
    months_to_qualify: int
    permit_term_months: int


def luck_of(seed: int, month: int) -> Luck:
    """The streams of a month."""
    starts = [
        chance.start_of(seed, month, chance.LIVING),
        chance.start_of(seed, month, chance.ACTING),
        chance.start_of(seed, chance.FOR_LIFE, chance.PROFILE),
        chance.start_of(seed, chance.FOR_LIFE, chance.TASTE),
        chance.start_of(seed, chance.FOR_LIFE, chance.TRAITS),
    ]
    return Luck(*starts)


def conditions_of(
    month: int,
    levers: Levers,
    parameters: Parameters,
    world: World,
    state: State,
    scale: float,
    shares: NDArray[np.float64],
) -> Conditions:
    """The conditions of a month, given the district as it stood at the end of the last one.

    Args:
        month: the month's number.
        levers: their values in it.
        parameters: all that is no lever.
        world: the district's slots.
        state: the end of last month.
        scale: simulated migrants a real one.
        shares: (streets,) each street's share of the population, and so of the capacity.
    """
    number = parameters.number
    recurring = parameters.vector("recurring")
    fee = float(levers.fee_cny[0])
    cells = np.empty((len(state.wait), PROFILES), dtype=CELL)
    _lay_cells(
        cells, world.education, world.housing, world.work, state.wait, state.red_tape,
        levers.publicity, levers.attention, levers.late_attention, levers.remember, levers.documents, levers.trips,
        levers.online, levers.stigma, levers.data_sharing, parameters.vector("reach"), parameters.vector("paperwork"),
        parameters.vector("lease_hardship"), parameters.vector("work_hardship"), float(levers.return_rate[0]),
        float(levers.hassle[0]), fee, number("fee_cost"), number("trip_cost"), number("wait_cost"), number("renewal"),
    )  # fmt: skip
    benefit, kept, delivered = _lay_services(world.need, levers.value, state.reputation, state.delivered, recurring)
    word_of_mouth, contacts = float(levers.word_of_mouth[0]), world.contacts.shape[1]
    return Conditions(
        luck=luck_of(world.seed, month),
        cells=cells,
        register=levers.register,
        benefit=benefit,
        kept=kept,
        delivered=delivered,
        silence=np.array([hearing.silence(word_of_mouth, informed) for informed in range(contacts + 1)]),
        capacity=levers.capacity * shares * scale,
        trust_low=float(levers.trust_initial[0]),
        trust_high=float(levers.trust_initial[1]),
        heard_on_arrival=float(levers.heard_on_arrival[0]),
        understanding_heard=number("understanding_heard"),
        forget=number("forget"),
        learning=float(levers.learning[0]),
        enforcement=float(levers.enforcement[0]),
        norm=number("norm"),
        lapsed_says=number("lapsed_says"),
        renewal=number("renewal"),
        trust_loss=number("trust_loss"),
        trust_gain=number("trust_gain"),
        settle=number("settle"),
        endorsement_load=number("endorsement_load"),
        min_net_share=number("min_net_share"),
        wait_memory=number("wait_memory"),
        wait_ceiling=number("wait_ceiling"),
        months_to_settle=int(number("months_to_settle")),
        months_to_qualify=int(levers.months_to_qualify[0]),
        permit_term_months=int(levers.permit_term_months[0]),
    )


@compiled
def _lay_cells(
    cells, education, housing, work, waits, red_tape, publicity, attention, late_attention, remember, documents,
    trips, online, stigma, data_sharing, reach, paperwork, lease_hardship, work_hardship, return_rate, hassle,
    fee_cny, fee_cost, trip_cost, wait_cost, renewal,
):  # type: ignore[no-untyped-def]  # fmt: skip
    """Fill the cells, row by row a street."""
    for street in range(cells.shape[0]):
        for profile in range(cells.shape[1]):
            cell = cells[street, profile]
            level = education[profile]
            papers = burdens.hardship(
                data_sharing[street], paperwork[level], lease_hardship[housing[profile]], work_hardship[work[profile]]
            )
            cost = burdens.compliance(
                red_tape, documents[street, profile], papers, trip_cost, trips[street, profile], online[street, profile],
                wait_cost, waits[street], fee_cost, fee_cny,
            )  # fmt: skip
            cell.reached = hearing.reached(publicity[street, profile], reach[level])
            cell.attention = attention[street, profile]
            cell.late_attention = late_attention[street, profile]
            cell.remember = remember[street, profile]
            cell.stigma = stigma[street, profile]
            cell.compliance = cost
            cell.pace = burdens.pace(hassle, cost)
            cell.pace_keep = burdens.pace(hassle, renewal * cost)
            cell.complete = burdens.complete(return_rate, red_tape, papers)


@compiled
def _lay_services(
    need: NDArray[np.float64],
    value: NDArray[np.float64],
    reputation: NDArray[np.float64],
    delivered: NDArray[np.float64],
    recurring: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """By profile: worth of applying, worth of keeping, and the need-weighted share delivered (1 where nothing is
    needed).
    """
    profiles, services = need.shape
    benefit, kept, share = np.zeros(profiles), np.zeros(profiles), np.ones(profiles)
    for profile in range(profiles):
        needed, met = 0.0, 0.0
        for k in range(services):
            benefit[profile] += weighing.expected(value[k], need[profile, k], reputation[k])
            kept[profile] += weighing.enjoyed(value[k], need[profile, k], delivered[k], recurring[k])
            needed += need[profile, k]
            met += need[profile, k] * delivered[k]
        if needed > 0.0:
            share[profile] = met / needed
    return benefit, kept, share
