"""What a month brings to few: a permit to apply for or to endorse, or somebody else in the slot.

Those who may decide something are gone through three times: who considers it; what it is worth to them; what comes of
it. The first two do not branch, so that the processor fetches what many of them need at the same time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from takeup import chance
from takeup.compilation import compiled_on_loan
from takeup.rules import LAPSED, NO_LAPSE, NONE, QUEUED, VALID, deciding, hearing, staying, weighing
from takeup.rules import burden as burdens
from takeup.simulation.arriving import move_in, vacate
from takeup.simulation.conditions import Luck
from takeup.simulation.counting import COUNTER, VOICE_BITS
from takeup.simulation.everyone import CLOSES, LEAVES, SETTLES, STAYS
from takeup.simulation.state import Migrants, Record


@compiled_on_loan
def places(flags: NDArray[Any], count: int, found: NDArray[np.int64]) -> np.int64:
    """How many of the first `count` flags are not 0; where they are is written to `found`, which is one longer."""
    n = np.uint64(0)
    for i in range(count):
        found[n] = i
        n += np.uint64(flags[i] != 0)
    return np.int64(n)


@compiled_on_loan
def decide(
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
        prompted = (new | late) & (heard[i] == hearing.REACHED)
        pace = cell.pace if new else cell.pace_keep
        attention = cell.attention if new else (cell.late_attention if late else cell.remember)
        considers = deciding.considers(act[i], pace, attention, prompted)
        found[considering] = i
        thought[considering] = considers
        considering += np.uint64((goes[i] == STAYS) & (considers | (status[slot] == VALID)))

    for k in range(considering):
        slot = low + found[k]
        kind, cell, services = kinds[profile[slot]], cells[profile[slot]], worth[profile[slot]]
        stay = kind.stay[staying.tenure(residence[slot])]
        norm = _norm(voices[slot], contacts, terms)
        if status[slot] == NONE:
            understood = weighing.understanding(knowledge[slot], terms.understanding_heard)
            cost = burdens.burden(terms.learning, understood, cell.compliance, cell.stigma)
            utility[k] = weighing.utility(
                understood, trust[slot], stay, services.benefit, norm, terms.enforcement, tastes[taste[slot]], cost
            )
        else:
            cost = burdens.burden_of_keeping(terms.renewal, cell.compliance, cell.stigma)
            utility[k] = weighing.utility_of_keeping(
                trust[slot], stay, services.kept, norm, terms.enforcement, tastes[taste[slot]], cost
            )

    for k in range(considering):
        i = found[k]
        slot = low + i
        if status[slot] != NONE:
            _endorse(slot, deciding.lapse_cause(thought[k], entitled[i], utility[k]), migrants, flow)
        elif utility[k] > 0.0 and _apply(slot, cells[profile[slot]].complete, migrants, acting, terms, flow):
            counter[accepted] = slot
            accepted += 1
    return accepted


@compiled_on_loan
def move(
    low: int,
    found: NDArray[np.int64],
    going: np.int64,
    middle: int,
    migrants: Migrants,
    goes: NDArray[np.uint8],
    kinds: NDArray[np.void],
    newcomers: NDArray[np.float64],
    luck: Luck,
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
            vacate(migrants, slot)
        else:
            flow.arrivals += 1
            profiles = newcomers[0 if slot < middle else 1]
            move_in(migrants, slot, kinds, profiles, luck, terms.trust_low, terms.trust_high, terms.heard_on_arrival)


@compiled_on_loan
def _norm(voices: int, contacts: int, terms: Record) -> float:
    holders, lapsed = (voices >> VOICE_BITS) & COUNTER, voices >> 2 * VOICE_BITS
    return weighing.example(terms.norm, holders, lapsed, terms.lapsed_says, contacts)


@compiled_on_loan
def _apply(slot: int, complete: float, migrants: Migrants, acting: np.uint64, terms: Record, flow: Record) -> bool:
    """Make an application; whether it was accepted as complete."""
    _, completeness, _ = chance.draws(acting, migrants.person[slot])
    accepted: bool = completeness < complete
    flow.applications += 1
    migrants.returned_last[slot] = not accepted
    if accepted:
        migrants.status[slot] = QUEUED
    else:
        flow.returned += 1
        migrants.trust[slot] = deciding.trust_after_return(migrants.trust[slot], terms.trust_loss)
    return accepted


@compiled_on_loan
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
