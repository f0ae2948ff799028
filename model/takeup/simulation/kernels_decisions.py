"""Decision pass of the compiled month, service centres and services.

The decision pass concerns the few slots that the population pass selected: those with a permit to apply for or to
endorse, or with a change of occupant. `draw_consideration` keeps the candidates who may consider the decision. The
three loops of `decision_pass` keep those who do, compute their utility, and apply the result. All loops but the last
have no unpredictable branches, so that the processor fetches the data of many candidates at the same time.

`draw_consideration` relies on properties of two rules: `considers` compares its uniform number with
`consideration_rate`, and this rate does not decrease if the hassle factor or the attention increases. So a candidate
whose number is not below the rate at the highest hassle factor and attention of the street (`Conditions.max_pace`,
`max_attention`) and at their own attentiveness is skipped, unless publicity reached the migrant.

| phase | rule | function |
|---|---|---|
| act | `decision.consideration_rate`, as an upper bound | `draw_consideration` |
| | `decision.considers` | `decision_pass`, first loop |
| | `utility.utility_terms`, `utility.total_utility`, `utility.peer_norm` | `decision_pass`, second loop |
| | `decision.lapse_cause` | `decision_pass`, third loop |
| | comparison with `utility.completeness_probability`, `decision.trust_after_rejection` | `_apply` |
| leave | (a newcomer fills the slot) | `apply_departures` |
| centres | `administration.net_capacity`, `number_served`, `current_wait`, `expected_wait` | `serve_queues` |
| services | `administration.delivery_rate`, `update_reputation` | `deliver_services` |
| red tape | `administration.update_red_tape` | `ease_red_tape` |
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from takeup import rng
from takeup.compilation import njit_borrowed_arrays, njit_cached
from takeup.rules import INFORMED, LAPSED, NO_LAPSE, NONE, QUEUED, VALID, administration, decision, information
from takeup.rules import residence as residence_rules
from takeup.rules import utility as utility_rules
from takeup.simulation.census import Census, unpack_counts, valid_permits
from takeup.simulation.conditions import (
    Conditions,
    MonthArrays,
    ServiceTables,
    peer_norm,
    profile_terms,
    terms_of_applying,
    terms_of_endorsing,
)
from takeup.simulation.kernels_population import (
    CLOSES,
    LEAVES,
    SETTLES,
    STAYS,
    Scratch,
    StreetMonth,
    clear_slot,
    fill_slot,
)
from takeup.simulation.state import Migrants, Record, StateArrays
from takeup.simulation.world import World


@njit_borrowed_arrays
def find_places(flags: NDArray[Any], count: int, places: NDArray[np.int64]) -> np.int64:
    """Find the indices of the flags that are not 0.

    Args:
        flags: booleans or codes.
        count: number of flags to check.
        places: receives the indices; one longer than `flags`.

    Returns:
        The number of indices.
    """
    matches = np.uint64(0)
    for i in range(count):
        places[matches] = i
        matches += np.uint64(flags[i] != 0)
    return np.int64(matches)


@njit_borrowed_arrays
def draw_consideration(
    low: int, count: np.int64, migrants: Migrants, decisions: np.uint64, street: StreetMonth, scratch: Scratch
) -> np.int64:
    """Draw the uniform numbers of the candidates of a block, and filter them.

    The candidates who cannot consider the decision this month are dropped.

    Args:
        low: first slot of the block.
        count: number of candidates, whose places are in the scratch space.
        migrants: columns of all slots.
        decisions: start of the random stream.
        street: data of the street, with the highest hassle factors and attention.
        scratch: scratch space, of which `u_consider` and `places` are written.

    Returns:
        The number of candidates that remain.
    """
    person, status, places, event = migrants.person, migrants.status, scratch.places, scratch.information
    level, attentiveness = migrants.attentiveness, street.attentiveness
    remaining = np.uint64(0)
    for candidate in range(count):
        i = places[candidate]
        slot = low + i
        u = rng.uniforms(decisions, person[slot])[0]
        late = status[slot] == LAPSED
        highest_rate = decision.consideration_rate(
            street.max_pace_keep if late else street.max_pace,
            street.max_late_attention if late else street.max_attention,
            attentiveness[level[slot]],
            False,
        )
        scratch.u_consider[i] = u
        places[remaining] = i
        remaining += np.uint64((u < highest_rate) | (event[i] == information.BY_PUBLICITY) | (status[slot] == VALID))
    return np.int64(remaining)


@njit_borrowed_arrays
def decision_pass(
    low: int,
    count: np.int64,
    street: int,
    month: MonthArrays,
    state: StateArrays,
    contact_counts: NDArray[np.uint16],
    world: World,
    conditions: Conditions,
    scratch: Scratch,
    accepted: NDArray[np.int32],
) -> int:
    """Let the candidates of a block apply, endorse, or let their permit lapse.

    Args:
        low: first slot of the block.
        count: number of candidates, whose places are in the scratch space.
        street: number of the street.
        month: flows of the month, which are changed.
        state: state of the district, which is changed.
        contact_counts: (N,) contact counts of all slots, see `Census`.
        world: world of the model.
        conditions: conditions of the month.
        scratch: results of `population_pass` for this block.
        accepted: receives the slots of the applicants whose applications are accepted.

    Returns:
        The number of accepted applications.
    """
    migrants, flow = state.migrants, month.flows[street]
    profile, status, residence = migrants.profile, migrants.status, migrants.residence_months
    trust, taste, knowledge, level = migrants.trust, migrants.taste, migrants.knowledge, migrants.attentiveness
    traits, tastes, contacts = world.traits, world.taste, world.contacts.shape[1]
    services, scalars = conditions.services, conditions.scalars[0]
    places, exits, event, eligible = scratch.places, scratch.exits, scratch.information, scratch.eligible
    considers, utility, u = scratch.considers, scratch.utility, scratch.u_consider

    considering, applicants = np.uint64(0), 0
    for candidate in range(count):
        i = places[candidate]
        slot = low + i
        own = profile_terms(street, profile[slot], conditions)
        new, late = status[slot] == NONE, status[slot] == LAPSED
        prompted = (new | late) & (event[i] == information.BY_PUBLICITY)
        pace = own.pace if new else own.pace_keep
        attention = own.attention if new else (own.late_attention if late else own.remember)
        decides = decision.considers(u[i], pace, attention, world.attentiveness[level[slot]], prompted)
        places[considering] = i
        considers[considering] = decides
        considering += np.uint64((exits[i] == STAYS) & (decides | (status[slot] == VALID)))

    for candidate in range(considering):
        slot = low + places[candidate]
        own = profile_terms(street, profile[slot], conditions)
        trait, benefits = traits[profile[slot]], services[profile[slot]]
        stay = trait.stay[residence_rules.tenure_band(residence[slot])]
        counts = unpack_counts(contact_counts[slot])
        norm = peer_norm(counts.valid, counts.lapsed, contacts, scalars)
        if status[slot] == NONE:
            terms = terms_of_applying(
                knowledge[slot], trust[slot], stay, norm, tastes[taste[slot]], own, benefits, scalars
            )
        else:
            terms = terms_of_endorsing(trust[slot], stay, norm, tastes[taste[slot]], own, benefits, scalars)
        utility[candidate] = utility_rules.total_utility(*terms)

    for candidate in range(considering):
        i = places[candidate]
        slot = low + i
        if status[slot] != NONE:
            cause = decision.lapse_cause(considers[candidate], eligible[i], utility[candidate])
            _endorse(slot, cause, migrants, flow)
        elif utility[candidate] > 0.0 and _apply(
            slot,
            profile_terms(street, profile[slot], conditions).complete,
            migrants,
            month.streams.decisions,
            scalars,
            flow,
        ):
            accepted[applicants] = slot
            applicants += 1
    return applicants


@njit_borrowed_arrays
def apply_departures(
    low: int,
    count: np.int64,
    street: int,
    month: MonthArrays,
    migrants: Migrants,
    world: World,
    conditions: Conditions,
    scratch: Scratch,
) -> None:
    """Let migrants leave or settle, and newcomers arrive.

    The arguments are those of `decision_pass`; `count` is the number of changes of occupants.
    """
    flow, scalars = month.flows[street], conditions.scalars[0]
    for change in range(count):
        slot, exit_code = low + scratch.places[change], scratch.exits[scratch.places[change]]
        if exit_code in (LEAVES, CLOSES):
            flow.departures += 1
            flow.departures_valid += migrants.status[slot] == VALID
        elif exit_code == SETTLES:
            flow.settled += 1
        if exit_code == CLOSES:
            clear_slot(migrants, slot)
        else:
            flow.arrivals += 1
            fill_slot(
                migrants,
                slot,
                world.traits,
                world.newcomers[0 if slot < world.middle[street] else 1],
                month.streams,
                scalars.trust_initial_low,
                scalars.trust_initial_high,
                scalars.heard_on_arrival,
            )


@njit_borrowed_arrays
def _apply(
    slot: int, complete: float, migrants: Migrants, decisions: np.uint64, scalars: Record, flow: Record
) -> bool:
    """Make an application, and return whether it is accepted as complete."""
    _, u, _ = rng.uniforms(decisions, migrants.person[slot])
    accepted: bool = u < complete  # `complete` is `utility.completeness_probability`, computed in conditions.py
    flow.applications += 1
    migrants.returned_last[slot] = not accepted
    if accepted:
        migrants.status[slot] = QUEUED
    else:
        flow.returned += 1
        migrants.trust[slot] = decision.trust_after_rejection(migrants.trust[slot], scalars.trust_loss)
    return accepted


@njit_borrowed_arrays
def _endorse(slot: int, cause: int, migrants: Migrants, flow: Record) -> None:
    """Endorse a permit that is due or lapsed, or record the lapse of one that is due.

    Args:
        slot: slot of the holder.
        cause: NO_LAPSE, or the reason for the lapse.
        migrants: columns of all slots.
        flow: flows of the street.
    """
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


@njit_cached
def serve_queues(month: MonthArrays, state: StateArrays, world: World, conditions: Conditions) -> None:
    """Run the month of every service centre."""
    line, length, credit, wait, first = state.line, state.length, state.credit, state.wait, world.first
    migrants, joined, net = state.migrants, month.joined, month.net
    status, capacity, scalars = migrants.status, conditions.capacity, conditions.scalars[0]
    for street in range(len(length)):
        flow, queue = month.flows[street], line[first[street] : first[street + 1]]
        applicants = queue[length[street] : length[street] + joined[street]].copy()

        waiting = 0
        for place in range(length[street]):
            if status[queue[place]] == QUEUED:
                queue[waiting] = queue[place]
                waiting += 1

        net[street] = administration.net_capacity(
            capacity[street], scalars.endorsement_load, flow.endorsed, scalars.min_net_share
        )
        credit[street] += net[street]
        issued = administration.number_served(credit[street], waiting)
        for place in range(issued):
            status[queue[place]] = VALID
            migrants.permit_months[queue[place]] = 0
            migrants.knowledge[queue[place]] = INFORMED
        flow.issued += issued
        waiting -= issued
        credit[street] = credit[street] - issued if waiting > 0 else 0.0
        for place in range(waiting):
            queue[place] = queue[place + issued]

        order = np.empty(len(applicants))
        for i, slot in enumerate(applicants):
            order[i] = rng.uniforms(month.streams.decisions, migrants.person[slot])[2]
        for i in stable_order(order):
            queue[waiting] = applicants[i]
            waiting += 1
        length[street] = waiting
        current = administration.current_wait(waiting, net[street], scalars.wait_ceiling)
        wait[street] = administration.expected_wait(wait[street], scalars.wait_memory, current)


@njit_cached
def stable_order(keys: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the indices that sort an array; equal keys keep their order.

    This is a bottom-up merge sort. `np.argsort` gives the same indices, but takes several seconds to compile.

    Args:
        keys: (n,) keys without NaN.

    Returns:
        (n,) indices of the keys in increasing order.
    """
    size, width = len(keys), 1
    order, merged = np.arange(size), np.empty(size, np.int64)
    while width < size:
        for low in range(0, size, 2 * width):
            left, middle, high = low, min(low + width, size), min(low + 2 * width, size)
            right = middle
            for place in range(low, high):
                if left < middle and (right == high or keys[order[left]] <= keys[order[right]]):
                    merged[place] = order[left]
                    left += 1
                else:
                    merged[place] = order[right]
                    right += 1
        order, merged = merged, order
        width *= 2
    return order


@njit_borrowed_arrays
def deliver_services(state: StateArrays, census: Census, services: ServiceTables, trust_gain: float) -> None:
    """Run the month of the services: deliveries to permit holders and reputation.

    Args:
        state: state of the district, of which `delivered` and `reputation` are written.
        census: census at the end of the month.
        services: promises and supply of the services.
        trust_gain: share by which the reputation moves towards the rate of delivery per month.
    """
    for service in range(len(state.delivered)):
        demand = service_demand(service, census.profile_words, services.need)
        delivered = administration.delivery_rate(services.quality[service], services.supply[service], demand)
        state.delivered[service] = delivered
        if demand > 0.0:
            reputation = state.reputation[service]
            state.reputation[service] = administration.update_reputation(reputation, trust_gain, delivered)


@njit_borrowed_arrays
def service_demand(service: int, words: NDArray[np.uint64], need: NDArray[np.float64]) -> float:
    """Compute the sum of the permit holders' needs of a service.

    The order of the additions is fixed.

    Args:
        service: number of the service.
        words: (profiles, WORDS) packed counts of a census.
        need: (profiles, services) need of each service.
    """
    total = 0.0
    for profile in range(need.shape[0]):
        total += valid_permits(words[profile]) * need[profile, service]
    return total


@njit_borrowed_arrays
def ease_red_tape(month: MonthArrays, state: StateArrays, scalars: Record) -> None:
    """Update the red tape, given the applications that were returned this month."""
    applications, returned = 0, 0
    for street in range(len(month.flows)):
        applications += month.flows[street].applications
        returned += month.flows[street].returned
    state.red_tape[0] = administration.update_red_tape(
        state.red_tape[0],
        scalars.recovery,
        scalars.drift,
        scalars.feedback,
        returned / applications if applications else 0.0,
        scalars.red_tape_low,
        scalars.red_tape_high,
    )
