"""From the columns of the state to everyone's cause, with the model's own rules.

What someone would weigh is weighed as the month weighs it, if they were asked at its end: their own state, what they
hear of their contacts, waits, reputation and red tape as they stand now; levers as they are set this month.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from takeup.answers.why.causes import NOBODY, Cause
from takeup.compilation import compiled
from takeup.rules import FORGOT, INFORMED, LAPSED, NONE, QUEUED, UNAWARE, registering, staying, weighing
from takeup.rules import burden as burdens
from takeup.simulation import PermitModel
from takeup.simulation.conditions import Conditions, conditions_of
from takeup.simulation.counting import COUNTER, VOICE_BITS
from takeup.simulation.state import Record
from takeup.simulation.world import World

Table = NDArray[np.float64]


class Standing(NamedTuple):
    """A district at a month's end, and what everyone in it would weigh now. S streets, P profiles, N slots."""

    world: World
    population: int
    migrants: NDArray[np.void]
    """(N,) of MIGRANT."""
    heard: NDArray[np.uint16]
    """(N,) what each slot hears of its contacts."""
    conditions: Conditions
    heaviest: NDArray[np.int8]
    """(S, P) the largest part of what an application costs the informed, counted from DOCUMENTS."""


class Traced(NamedTuple):
    """Everyone's cause, and what it rests on. N slots.

    Attributes:
        causes: (N,) codes of `Cause`; NOBODY where nobody lives.
        utilities: (N, 3) what applying is worth now: U; U if they were informed; U if they were informed and
            there were no burden. NaN where nobody lives.
    """

    causes: NDArray[np.int8]
    utilities: Table


def standing_of(model: PermitModel) -> Standing:
    """How a model stands; before its first month, under the levers of that month."""
    month = max(model.state.month, model.start)
    levers, world, state = model.timeline.at(month), model.world, model.state
    number, vector = model.parameters.number, model.parameters.vector
    heaviest = np.empty(levers.documents.shape, np.int8)
    _lay_heaviest(
        heaviest, world.kinds, state.wait, state.red_tape, levers.documents, levers.trips, levers.online,
        levers.stigma, levers.data_sharing, vector("paperwork"), vector("lease_hardship"), vector("work_hardship"),
        float(levers.fee_cny[0]), number("fee_cost"), number("trip_cost"), number("wait_cost"),
    )  # fmt: skip
    conditions = conditions_of(
        month, levers, model.parameters, world, state, model.scale, model.district.street_shares
    )
    return Standing(world, state.population, state.migrants.rows(), model.census.heard, conditions, heaviest)


def traced(standing: Standing) -> Traced:
    """Why each of them has no valid permit."""
    slots = standing.world.slots
    found = Traced(np.full(slots, NOBODY, np.int8), np.full((slots, 3), np.nan))
    _trace(
        found.causes, found.utilities, standing.population, standing.world, standing.migrants, standing.heard,
        standing.conditions, standing.heaviest,
    )  # fmt: skip
    return found


@compiled
def _trace(
    causes: NDArray[np.int8],
    utilities: Table,
    population: int,
    world: World,
    migrants: NDArray[np.void],
    heard: NDArray[np.uint16],
    now: Conditions,
    heaviest: NDArray[np.int8],
) -> None:
    terms, contacts = now.terms[0], len(now.silence) - 1
    for street in range(len(world.middle)):
        for slot in range(world.first[street], world.first[street + 1]):
            if world.rank[slot] >= population:
                continue
            me = migrants[slot]
            kind, cell = world.kinds[me.profile], now.cells[street, me.profile]
            holders, lapsed = (heard[slot] >> VOICE_BITS) & COUNTER, heard[slot] >> 2 * VOICE_BITS
            norm = weighing.example(terms.norm, holders, lapsed, terms.lapsed_says, contacts)
            benefit, taste = now.worth[me.profile].benefit, world.taste[me.taste]
            utilities[slot] = _weigh(me, kind, cell, benefit, norm, taste, terms)
            causes[slot] = _cause(
                me, kind.owned, terms.months_to_qualify, utilities[slot], heaviest[street, me.profile]
            )


@compiled
def _weigh(
    me: Record, kind: Record, cell: Record, benefit: float, norm: float, taste: float, terms: Record
) -> tuple[float, float, float]:
    """What applying is worth: as they are; if they were informed; if there were no burden either."""
    stay = kind.stay[staying.tenure(me.residence_months)]
    sees = weighing.understanding(me.knowledge, terms.understanding_heard)
    whole = weighing.understanding(INFORMED, terms.understanding_heard)
    cost = burdens.burden(terms.learning, sees, cell.compliance, cell.stigma)
    least = burdens.burden(terms.learning, whole, cell.compliance, cell.stigma)
    return (
        weighing.utility(sees, me.trust, stay, benefit, norm, terms.enforcement, taste, cost),
        weighing.utility(whole, me.trust, stay, benefit, norm, terms.enforcement, taste, least),
        weighing.utility(whole, me.trust, stay, benefit, norm, terms.enforcement, taste, 0.0),
    )


@compiled
def _cause(me: Record, owned: bool, months_to_qualify: int, utilities: Table, heaviest: int) -> int:
    """The first cause that holds."""
    if me.status != NONE:
        return _by_status(me)
    if not registering.qualified(me.registered_months, me.residence_months, me.insured, owned, months_to_qualify):
        return _without_title(me, months_to_qualify)
    return Cause.UNAWARE if me.knowledge == UNAWARE else _unwilling(me, utilities, heaviest)


@compiled
def _by_status(me: Record) -> int:
    """The cause of someone who holds a permit, has applied for one, or let it lapse."""
    if me.status == LAPSED:
        since: int = Cause.FORGOT + (me.lapse_cause - FORGOT)
        return since
    return Cause.QUEUEING if me.status == QUEUED else Cause.VALID


@compiled
def _without_title(me: Record, months_to_qualify: int) -> int:
    """Why someone is not entitled."""
    if me.residence_months < months_to_qualify:
        return Cause.NOT_LONG_HERE
    return Cause.REGISTRATION_BROKEN if me.ever_registered else Cause.NEVER_REGISTERED


@compiled
def _unwilling(me: Record, utilities: Table, heaviest: int) -> int:
    """What keeps someone from applying who may apply and knows of the permit."""
    own, informed, unburdened = utilities
    if own > 0.0:
        return Cause.RETURNED if me.returned_last else Cause.NOT_YET
    if informed > 0.0:
        return Cause.NOT_UNDERSTOOD
    return Cause.DOCUMENTS + heaviest if unburdened > 0.0 else Cause.BENEFITS_TOO_SMALL


@compiled
def _lay_heaviest(
    heaviest: NDArray[np.int8], kinds: NDArray[np.void], waits: Table, red_tape: float, documents: Table,
    trips: Table, online: Table, stigma: Table, data_sharing: Table, paperwork: Table, lease_hardship: Table,
    work_hardship: Table, fee_cny: float, fee_cost: float, trip_cost: float, wait_cost: float,
) -> None:  # fmt: skip
    """Fill in the largest part of the burden: each is the compliance cost with all the others left out."""
    for street in range(heaviest.shape[0]):
        for profile in range(heaviest.shape[1]):
            kind = kinds[profile]
            papers = burdens.hardship(
                data_sharing[street],
                paperwork[kind.education],
                lease_hardship[kind.housing],
                work_hardship[kind.work],
            )
            visits, away = trips[street, profile], online[street, profile]
            parts = (
                burdens.compliance(red_tape, documents[street, profile], papers, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
                burdens.compliance(red_tape, 0.0, 0.0, trip_cost, visits, away, 0.0, 0.0, 0.0, 0.0),
                burdens.compliance(red_tape, 0.0, 0.0, 0.0, 0.0, 0.0, wait_cost, waits[street], 0.0, 0.0),
                burdens.compliance(red_tape, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, fee_cost, fee_cny),
                stigma[street, profile],
            )
            largest = 0
            for part in range(1, len(parts)):
                if parts[part] > parts[largest]:
                    largest = part
            heaviest[street, profile] = largest
