"""The conditions of a month: what depends on profile, street and month alone, computed once and not per migrant."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from takeup import rng
from takeup.compilation import njit_cached
from takeup.district import PROFILES, Parameters
from takeup.rules import information, utility
from takeup.scenario import Levers
from takeup.simulation.state import State
from takeup.simulation.world import World

Table = NDArray[np.float64]


class StreetProfileTerms(NamedTuple):
    """What a month holds for one profile in one street."""

    attention: float
    late_attention: float
    remember: float
    stigma: float
    compliance: float
    pace: float
    pace_keep: float
    complete: float


class ServiceUtility(NamedTuple):
    """What the services are worth to one profile: applying, keeping, and the need-weighted share delivered."""

    benefit: float
    kept: float
    delivered: float


STREET_PROFILE_TERMS: Final = np.dtype([(name, np.float64) for name in StreetProfileTerms._fields])
SERVICE_UTILITY: Final = np.dtype([(name, np.float64) for name in ServiceUtility._fields])


class MonthStreams(NamedTuple):
    """Where in the sequence of random words the streams of a month begin."""

    living: np.uint64
    acting: np.uint64
    profile: np.uint64
    taste: np.uint64
    traits: np.uint64


_LEVERS: Final = ("heard_on_arrival", "learning", "enforcement")
_NUMBERS: Final = (
    "understanding_heard",
    "forget",
    "norm",
    "lapsed_says",
    "renewal",
    "trust_loss",
    "trust_gain",
    "settle",
    "endorsement_load",
    "min_net_share",
    "wait_memory",
    "wait_ceiling",
)
_WHOLE_LEVERS: Final = ("months_to_qualify", "permit_term_months")

MONTH_SCALARS: Final = np.dtype(
    [
        *((name, np.float64) for name in ("trust_low", "trust_high", *_LEVERS, *_NUMBERS)),
        *((name, np.int64) for name in ("months_to_settle", *_WHOLE_LEVERS)),
    ]
)
"""What holds this month for everyone: parameters and levers by name, trust_initial as trust_low and trust_high."""


class Conditions(NamedTuple):
    """A month as compiled code reads it. S streets, P profiles."""

    luck: MonthStreams
    terms: NDArray[np.void]
    """(1,) of TERMS."""
    cells: NDArray[np.void]
    """(S, P) of CELL."""
    reached: NDArray[np.float64]
    """(S, P) monthly chance of being reached by publicity; beside the cells, for everyone looks at it."""
    worth: NDArray[np.void]
    """(P,) of WORTH."""
    delivered: NDArray[np.float64]
    """(P,) the need-weighted share delivered again, in a row of its own."""
    register: NDArray[np.float64]
    """(housing, S) monthly chance of being registered."""
    silence: NDArray[np.float64]
    """(contacts + 1,) chance that so many informed contacts say nothing."""
    capacity: NDArray[np.float64]
    """(S,) applications a month that each centre can handle."""


def month_streams(seed: int, month: int) -> MonthStreams:
    """The streams of a month."""
    starts = [
        rng.stream_start(seed, month, rng.LIVING),
        rng.stream_start(seed, month, rng.ACTING),
        rng.stream_start(seed, rng.FOR_LIFE, rng.PROFILE),
        rng.stream_start(seed, rng.FOR_LIFE, rng.TASTE),
        rng.stream_start(seed, rng.FOR_LIFE, rng.TRAITS),
    ]
    return MonthStreams(*starts)


def month_conditions(
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
    cells, reached = (
        np.empty((world.streets, PROFILES), dtype=STREET_PROFILE_TERMS),
        np.empty((world.streets, PROFILES)),
    )
    _lay_cells(
        cells,
        reached,
        world.kinds,
        world.twins,
        state.wait,
        state.red_tape,
        levers.publicity,
        levers.attention,
        levers.late_attention,
        levers.remember,
        levers.documents,
        levers.trips,
        levers.online,
        levers.stigma,
        levers.data_sharing,
        parameters.vector("reach"),
        parameters.vector("paperwork"),
        parameters.vector("lease_hardship"),
        parameters.vector("work_hardship"),
        float(levers.return_rate[0]),
        float(levers.hassle[0]),
        float(levers.fee_cny[0]),
        number("fee_cost"),
        number("trip_cost"),
        number("wait_cost"),
        number("renewal"),
    )
    worth = np.zeros(PROFILES, dtype=SERVICE_UTILITY)
    _lay_worth(worth, world.need, levers.value, state.reputation, state.delivered, parameters.vector("recurring"))
    word_of_mouth, contacts = float(levers.word_of_mouth[0]), world.contacts.shape[1]
    return Conditions(
        luck=month_streams(world.seed, month),
        terms=_terms(levers, parameters),
        cells=cells,
        reached=reached,
        worth=worth,
        delivered=np.ascontiguousarray(worth["delivered"]),
        register=levers.register,
        silence=np.array(
            [information.silence_probability(word_of_mouth, informed) for informed in range(contacts + 1)]
        ),
        capacity=levers.capacity * shares * scale,
    )


def _terms(levers: Levers, parameters: Parameters) -> NDArray[np.void]:
    terms = np.zeros(1, dtype=MONTH_SCALARS)
    terms["trust_low"], terms["trust_high"] = levers.trust_initial
    terms["months_to_settle"] = parameters.number("months_to_settle")
    for name in (*_LEVERS, *_WHOLE_LEVERS):
        terms[name] = getattr(levers, name)
    for name in _NUMBERS:
        terms[name] = parameters.number(name)
    return terms


@njit_cached
def _lay_cells(
    cells: Any,
    reached: Table,
    kinds: Any,
    twins: NDArray[np.int64],
    waits: Table,
    red_tape: float,
    publicity: Table,
    attention: Table,
    late_attention: Table,
    remember: Table,
    documents: Table,
    trips: Table,
    online: Table,
    stigma: Table,
    data_sharing: Table,
    reach: Table,
    paperwork: Table,
    lease_hardship: Table,
    work_hardship: Table,
    return_rate: float,
    hassle: float,
    fee_cny: float,
    fee_cost: float,
    trip_cost: float,
    wait_cost: float,
    renewal: float,
) -> None:
    """Fill the cells, row by row a street.

    Twins whose papers, trips and ways online are the same bear the same: the exponentials are taken once.
    """
    for street in range(cells.shape[0]):
        for profile in range(cells.shape[1]):
            cell, twin = cells[street, profile], twins[profile]
            kind = kinds[profile]
            reached[street, profile] = information.publicity_probability(
                publicity[street, profile], reach[kind.education]
            )
            cell.attention = attention[street, profile]
            cell.late_attention = late_attention[street, profile]
            cell.remember = remember[street, profile]
            cell.stigma = stigma[street, profile]
            if (
                twin < profile
                and documents[street, profile] == documents[street, twin]
                and trips[street, profile] == trips[street, twin]
                and online[street, profile] == online[street, twin]
            ):
                like = cells[street, twin]
                cell.compliance, cell.complete = like.compliance, like.complete
                cell.pace, cell.pace_keep = like.pace, like.pace_keep
            else:
                papers = utility.hardship(
                    data_sharing[street],
                    paperwork[kind.education],
                    lease_hardship[kind.housing],
                    work_hardship[kind.work],
                )
                cost = utility.compliance(
                    red_tape,
                    documents[street, profile],
                    papers,
                    trip_cost,
                    trips[street, profile],
                    online[street, profile],
                    wait_cost,
                    waits[street],
                    fee_cost,
                    fee_cny,
                )
                cell.compliance = cost
                cell.complete = utility.completeness_probability(return_rate, red_tape, papers)
                cell.pace = utility.hassle_factor(hassle, cost)
                cell.pace_keep = utility.hassle_factor(hassle, renewal * cost)


@njit_cached
def _lay_worth(
    worth: NDArray[np.void],
    need: NDArray[np.float64],
    value: NDArray[np.float64],
    reputation: NDArray[np.float64],
    delivered: NDArray[np.float64],
    recurring: NDArray[np.float64],
) -> None:
    """Fill in what the services are worth to each profile; where nothing is needed, all of it is delivered."""
    for profile in range(need.shape[0]):
        needed, met = 0.0, 0.0
        for k in range(need.shape[1]):
            worth[profile].benefit += utility.expected_benefit(value[k], need[profile, k], reputation[k])
            worth[profile].kept += utility.realised_benefit(value[k], need[profile, k], delivered[k], recurring[k])
            needed += need[profile, k]
            met += need[profile, k] * delivered[k]
        worth[profile].delivered = met / needed if needed > 0.0 else 1.0
