"""Conditions of a month: tables of quantities by profile and street.

Quantities that depend only on profile, street and month are computed once per month and not per migrant. A lever that
enters the procedure, the benefit or the utility is read in this module, for both engines and for every analysis:
`procedure_of` collects the demands of the procedure on an applicant, and `terms_of_applying` and `terms_of_endorsing`
collect the terms of a migrant's utility.

`policy_tables` computes the quantities that follow from the levers, once for all months with the same levers.
`update_conditions` computes the quantities that also depend on waits, red tape and services, once per month.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from takeup import rng
from takeup.compilation import njit_borrowed_arrays, njit_cached
from takeup.district import PROFILES, Parameters
from takeup.rules import information, utility
from takeup.scenario import Levers
from takeup.simulation.month_tables import (
    COPIED_LEVERS,
    MONTH_SCALARS,
    PROCEDURE_TERMS,
    SCALAR_PARAMETERS,
    MigrantLevers,
    MonthScalars,
    StreetProfileTerms,
)
from takeup.simulation.state import Record, StateArrays
from takeup.simulation.world import World

Table = NDArray[np.float64]
_NO_PROCEDURE: Final = -1
"""End of the list of procedures with which a profile is compared."""


class ServiceUtility(NamedTuple):
    """Benefits of the services to one profile.

    Attributes:
        benefit: benefit to a migrant who applies.
        kept: benefit to a holder who endorses.
        delivered: share of their promises that the services deliver, weighted by need.
    """

    benefit: float
    kept: float
    delivered: float


SERVICE_UTILITY: Final = np.dtype([(name, np.float64) for name in ServiceUtility._fields])


class MonthStreams(NamedTuple):
    """Starts of the random streams of a month, see `takeup.rng`."""

    events: np.uint64
    decisions: np.uint64
    profile: np.uint64
    taste: np.uint64
    traits: np.uint64


class MonthArrays(NamedTuple):
    """A month as compiled code reads and changes it. S streets.

    Attributes:
        before, population: number of open slots in the previous month and in this one.
        streams: starts of the random streams.
        flows: (S,) records of type `FLOWS`, filled in during the month.
        net: (S,) applications that each centre can process besides its endorsements, filled in during the month.
        joined: (S,) number of applicants accepted this month, who are stored in `line` behind the queue.
    """

    before: int
    population: int
    streams: MonthStreams
    flows: NDArray[np.void]
    net: NDArray[np.float64]
    joined: NDArray[np.int64]


class Conditions(NamedTuple):
    """Tables of a month, as compiled code reads them. S streets, P profiles."""

    scalars: NDArray[np.void]
    """(1,) record of type `MONTH_SCALARS`."""
    levers: MigrantLevers
    """Levers, each of shape (S, P)."""
    reached: Table
    """(S, P) monthly probability of being reached by publicity."""
    register: Table
    """(S, P) monthly probability of being registered."""
    silence: Table
    """(contacts + 1,) probability that none of `n` informed contacts mentions the permit this month, by `n`."""
    capacity: Table
    """(S,) applications per month that each centre can process."""
    procedure: NDArray[np.uint16]
    """(S, P) number of the procedure that each profile faces; profiles with equal procedures share a number."""
    procedure_terms: NDArray[np.void]
    """(S, P) records of type `PROCEDURE_TERMS`, by number of the procedure. Updated every month."""
    services: NDArray[np.void]
    """(P,) records of type `SERVICE_UTILITY`. Updated every month."""
    delivered: Table
    """(P,) the field `delivered` of `services` as a contiguous array, read for every migrant."""
    max_pace: Table
    """(S, 2) highest hassle factors of applying and of endorsing. Updated every month."""
    max_attention: Table
    """(S, 2) highest values of the levers `attention` and `late_attention`."""


class ProcedureTables(NamedTuple):
    """Tables that determine the demands of the procedure. S streets, P profiles.

    `procedure_of` reads these tables, waits and red tape.
    """

    scalars: NDArray[np.void]
    """(1,) record of type `MONTH_SCALARS`."""
    traits: NDArray[np.void]
    """(P,) records of type `PROFILE_TRAITS`."""
    documents: Table
    trips: Table
    online: Table
    """(S, P) levers."""
    data_sharing: Table
    """(S,) lever."""
    paperwork: Table
    lease_hardship: Table
    work_hardship: Table
    """Parameters by level of education, of housing and of work."""


class DistinctProcedures(NamedTuple):
    """Distinct procedures of each street, by number. S streets, P profiles."""

    counts: NDArray[np.int64]
    """(S,) number of distinct procedures."""
    applicant: NDArray[np.int64]
    """(S, P) one profile that faces each procedure, by number of the procedure."""


class ServiceTables(NamedTuple):
    """Tables of the promises and the supply of the services. P profiles, 5 services."""

    need: Table
    """(P, 5) need of each service."""
    value: Table
    recurring: Table
    quality: Table
    supply: Table
    """(5,) levers and parameters; the supply is scaled to the simulated migrants."""


class PolicyTables(NamedTuple):
    """Tables that follow from the levers.

    The tables are valid for all months with the same levers; some of their arrays are updated every month.
    """

    conditions: Conditions
    procedures: ProcedureTables
    distinct: DistinctProcedures
    services: ServiceTables


@njit_cached
def compiled_month_streams(seed: int, month: int) -> MonthStreams:
    """Return the starts of the random streams of a month, for compiled code."""
    return MonthStreams(
        rng.compiled_stream_start(seed, month, rng.EVENTS),
        rng.compiled_stream_start(seed, month, rng.DECISIONS),
        rng.compiled_stream_start(seed, rng.PERMANENT, rng.PROFILE),
        rng.compiled_stream_start(seed, rng.PERMANENT, rng.TASTE),
        rng.compiled_stream_start(seed, rng.PERMANENT, rng.TRAITS),
    )


def month_streams(seed: int, month: int) -> MonthStreams:
    """Return the starts of the random streams of a month."""
    return MonthStreams._make(np.uint64(start) for start in compiled_month_streams(seed, month))


def policy_tables(
    levers: Levers, parameters: Parameters, world: World, scale: float, shares: NDArray[np.float64]
) -> PolicyTables:
    """Compute the tables that follow from the levers.

    `update_conditions` completes them for a month.

    Args:
        levers: values of the levers.
        parameters: parameters of the district.
        world: world of the model.
        scale: simulated migrants per real migrant.
        shares: (streets,) share of each street in the population, and so in the capacity.
    """
    procedures, shape = procedure_tables(levers, parameters, world), (world.streets, PROFILES)
    word_of_mouth, contacts = float(levers.word_of_mouth[0]), world.contacts.shape[1]
    tables = PolicyTables(
        Conditions(
            scalars=procedures.scalars,
            levers=MigrantLevers._make(getattr(levers, name) for name in COPIED_LEVERS),
            reached=np.empty(shape),
            register=np.empty(shape),
            silence=np.array(
                [information.silence_probability(word_of_mouth, informed) for informed in range(contacts + 1)]
            ),
            capacity=levers.capacity * shares * scale,
            procedure=np.empty(shape, np.uint16),
            procedure_terms=np.zeros(shape, PROCEDURE_TERMS),
            services=np.zeros(PROFILES, SERVICE_UTILITY),
            delivered=np.zeros(PROFILES),
            max_pace=np.zeros((world.streets, 2)),
            max_attention=np.stack([levers.attention.max(axis=1), levers.late_attention.max(axis=1)], axis=1),
        ),
        procedures,
        DistinctProcedures(np.zeros(world.streets, np.int64), np.empty(shape, np.int64)),
        ServiceTables(
            world.need, levers.value, parameters.vector("recurring"), levers.quality, levers.supply * scale
        ),
    )
    _lay_out(tables, levers.publicity, parameters.vector("reach"), levers.register, world.representative)
    return tables


def procedure_tables(levers: Levers, parameters: Parameters, world: World) -> ProcedureTables:
    """Collect the tables of `procedure_of` for months with these levers."""
    return ProcedureTables(
        scalars=_month_scalars(levers, parameters),
        traits=world.traits,
        documents=levers.documents,
        trips=levers.trips,
        online=levers.online,
        data_sharing=levers.data_sharing,
        paperwork=parameters.vector("paperwork"),
        lease_hardship=parameters.vector("lease_hardship"),
        work_hardship=parameters.vector("work_hardship"),
    )


def _month_scalars(levers: Levers, parameters: Parameters) -> NDArray[np.void]:
    values = [
        getattr(levers, lever)[1 if member == "high" else 0] if lever in Levers._fields else parameters.number(name)
        for name, (lever, _, member) in ((name, name.partition(".")) for name in SCALAR_PARAMETERS)
    ]
    return np.array([tuple(values)], dtype=MONTH_SCALARS)


@njit_cached
def _lay_out(
    tables: PolicyTables, publicity: Table, reach: Table, register: Table, representative: NDArray[np.int64]
) -> None:
    """Fill in the tables that follow from the levers by street and profile.

    Profiles with the same representative differ only in what `_same_levers` compares. Each profile is compared with
    the procedures that earlier profiles of its representative face, from the latest one back.
    """
    conditions, distinct, traits = tables.conditions, tables.distinct, tables.procedures.traits
    latest, previous = np.empty(len(traits), np.int64), np.empty(len(traits), np.int64)
    for street in range(len(distinct.counts)):
        count = 0
        for profile in range(len(traits)):
            trait, first = traits[profile], representative[profile]
            conditions.reached[street, profile] = information.publicity_probability(
                publicity[street, profile], reach[trait.education]
            )
            conditions.register[street, profile] = register[trait.housing, street]
            before = latest[first] if first < profile else _NO_PROCEDURE
            number = before
            while number != _NO_PROCEDURE and not _same_levers(
                street, profile, distinct.applicant[street, number], tables.procedures
            ):
                number = previous[number]
            if number == _NO_PROCEDURE:
                number = count
                previous[number] = before
                latest[first] = number
                distinct.applicant[street, number] = profile
                count += 1
            conditions.procedure[street, profile] = number
        distinct.counts[street] = count


@njit_borrowed_arrays
def _same_levers(street: int, one: int, other: int, tables: ProcedureTables) -> bool:
    """Return whether two profiles face the same procedure levers in a street."""
    documents, trips, online = tables.documents[street], tables.trips[street], tables.online[street]
    same: bool = (documents[one] == documents[other]) & (trips[one] == trips[other]) & (online[one] == online[other])
    return same


@njit_borrowed_arrays
def procedure_of(
    street: int, profile: int, tables: ProcedureTables, wait: NDArray[np.float64], red_tape: float
) -> utility.Procedure:
    """Collect the demands of the procedure on an applicant.

    Args:
        street, profile: numbers of the street and the profile of the applicant.
        tables: tables of the month's levers, see `procedure_tables`.
        wait: (S,) expected wait in months.
        red_tape: red tape; 1 is usual.
    """
    scalars, traits = tables.scalars[0], tables.traits[profile]
    return utility.Procedure(
        red_tape=red_tape,
        documents=tables.documents[street, profile],
        hardship=utility.hardship(
            tables.data_sharing[street],
            tables.paperwork[traits.education],
            tables.lease_hardship[traits.housing],
            tables.work_hardship[traits.work],
        ),
        trip_cost=scalars.trip_cost,
        trips=tables.trips[street, profile],
        online=tables.online[street, profile],
        wait_cost=scalars.wait_cost,
        wait=wait[street],
        fee_cost=scalars.fee_cost,
        fee_cny=scalars.fee_cny,
    )


@njit_cached
def update_conditions(tables: PolicyTables, state: StateArrays) -> None:
    """Update the conditions of a month, given the state of the previous month.

    Args:
        tables: tables of the levers, of which the arrays that change monthly are written.
        state: state at the end of the previous month.
    """
    conditions, distinct, scalars = tables.conditions, tables.distinct, tables.procedures.scalars[0]
    for street in range(len(distinct.counts)):
        max_pace, max_pace_keep = 0.0, 0.0
        for number in range(distinct.counts[street]):
            procedure = procedure_of(
                street,
                distinct.applicant[street, number],
                tables.procedures,
                state.wait,
                state.red_tape[0],
            )
            row, cost = conditions.procedure_terms[street, number], utility.compliance(*procedure)
            row.compliance = cost
            row.complete = utility.completeness_probability(
                scalars.return_rate, procedure.red_tape, procedure.hardship
            )
            row.pace = utility.hassle_factor(scalars.hassle, cost)
            row.pace_keep = utility.hassle_factor(scalars.hassle, scalars.renewal * cost)
            max_pace, max_pace_keep = max(max_pace, row.pace), max(max_pace_keep, row.pace_keep)
        conditions.max_pace[street, 0], conditions.max_pace[street, 1] = max_pace, max_pace_keep
    _update_services(conditions.services, conditions.delivered, tables.services, state.reputation, state.delivered)


@njit_borrowed_arrays
def _update_services(
    rows: NDArray[np.void], delivered_to: Table, services: ServiceTables, reputation: Table, delivered: Table
) -> None:
    """Fill in the benefits of the services to each profile.

    The delivered share is 1 for a profile without needs.
    """
    need, value, recurring = services.need, services.value, services.recurring
    for profile in range(need.shape[0]):
        benefit, kept, needed, met = 0.0, 0.0, 0.0, 0.0
        for service in range(need.shape[1]):
            own_need = need[profile, service]
            benefit += utility.expected_benefit(value[service], own_need, reputation[service])
            kept += utility.realised_benefit(value[service], own_need, delivered[service], recurring[service])
            needed += own_need
            met += own_need * delivered[service]
        row = rows[profile]
        row.benefit, row.kept = benefit, kept
        row.delivered = delivered_to[profile] = met / needed if needed > 0.0 else 1.0


@njit_borrowed_arrays
def profile_terms(street: int, profile: int, conditions: Conditions) -> StreetProfileTerms:
    """Collect costs, probabilities and levers of a profile in a street this month."""
    levers, row = conditions.levers, conditions.procedure_terms[street, conditions.procedure[street, profile]]
    return StreetProfileTerms(
        stigma=levers.stigma[street, profile],
        remember=levers.remember[street, profile],
        attention=levers.attention[street, profile],
        late_attention=levers.late_attention[street, profile],
        compliance=row.compliance,
        pace=row.pace,
        pace_keep=row.pace_keep,
        complete=row.complete,
    )


@njit_borrowed_arrays
def terms_of_applying(
    knowledge: int,
    trust: float,
    stay: float,
    norm: float,
    taste: float,
    own: StreetProfileTerms | Record,
    services: ServiceUtility | Record,
    scalars: MonthScalars | Record,
) -> utility.UtilityTerms:
    """Compute the terms of a migrant's utility of applying this month.

    Args:
        knowledge, trust: knowledge and trust of the migrant.
        stay: share of the benefit that counts, given the expected further stay.
        norm: peer norm of the migrant, see `peer_norm`.
        taste: taste of the migrant.
        own: terms of the migrant's profile in the street, see `profile_terms`.
        services: benefits of the services to the migrant's profile.
        scalars: parameters and levers of the month that have one value for the district.
    """
    return utility.utility_terms(
        utility.perceived_benefit_share(knowledge, scalars.understanding_heard),
        trust,
        stay,
        services.benefit,
        norm,
        scalars.enforcement,
        taste,
        scalars.learning,
        own.compliance,
        own.stigma,
    )


@njit_borrowed_arrays
def terms_of_endorsing(
    trust: float,
    stay: float,
    norm: float,
    taste: float,
    own: StreetProfileTerms | Record,
    services: ServiceUtility | Record,
    scalars: MonthScalars | Record,
) -> utility.UtilityTerms:
    """Compute the terms of a holder's utility of endorsing this month.

    A holder understands the whole benefit, and bears a share of the compliance cost. The arguments are those of
    `terms_of_applying`.
    """
    return utility.utility_terms(
        1.0,
        trust,
        stay,
        services.kept,
        norm,
        scalars.enforcement,
        taste,
        scalars.learning,
        scalars.renewal * own.compliance,
        own.stigma,
    )


@njit_borrowed_arrays
def peer_norm(holders: int, lapsed: int, contacts: int, scalars: MonthScalars | Record) -> float:
    """Compute the peer norm of a migrant from the permits of their contacts.

    Args:
        holders: number of contacts with a valid permit.
        lapsed: number of contacts with a lapsed permit.
        contacts: number of all contacts.
        scalars: parameters of the month.
    """
    return utility.peer_norm(scalars.norm, holders, lapsed, scalars.lapsed_says, contacts)
