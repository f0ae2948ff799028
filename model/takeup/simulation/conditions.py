"""Conditions of a month: tables of what depends only on profile, street and month, computed once and not per migrant.

A lever that enters the procedure, the benefit or the utility has its place here, for both engines and for every
analysis: `procedure_of` collects what the procedure demands of an applicant, `terms_of_applying` and
`terms_of_endorsing` collect what a migrant weighs.
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
    SCALAR_PARAMETERS,
    STREET_PROFILE_TERMS,
    MonthScalars,
    StreetProfileTerms,
)
from takeup.simulation.state import Record, State
from takeup.simulation.world import World

Table = NDArray[np.float64]


class ServiceUtility(NamedTuple):
    """Benefits of the services to one profile.

    Attributes:
        benefit: of applying.
        kept: of endorsing.
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


class Conditions(NamedTuple):
    """The tables of a month, as compiled code reads them. S streets, P profiles."""

    streams: MonthStreams
    scalars: NDArray[np.void]
    """(1,) of MONTH_SCALARS."""
    profile_terms: NDArray[np.void]
    """(S, P) of STREET_PROFILE_TERMS."""
    reached: Table
    """(S, P) monthly probability of being reached by publicity, read for every migrant."""
    services: NDArray[np.void]
    """(P,) of SERVICE_UTILITY."""
    delivered: Table
    """(P,) the field `delivered` of `services` as a contiguous array, read for every migrant."""
    register: Table
    """(housing, S) monthly probability of being registered."""
    silence: Table
    """(contacts + 1,) probability that a number of informed contacts says nothing."""
    capacity: Table
    """(S,) applications per month that each centre can process."""


class ProcedureTables(NamedTuple):
    """What `procedure_of` reads. S streets, P profiles."""

    levers: Levers
    scalars: NDArray[np.void]
    """(1,) of MONTH_SCALARS."""
    traits: NDArray[np.void]
    """(P,) of PROFILE_TRAITS."""
    paperwork: Table
    lease_hardship: Table
    work_hardship: Table
    """By level of education, housing and work."""
    wait: Table
    """(S,) months that people expect to wait."""
    red_tape: float


def month_streams(seed: int, month: int) -> MonthStreams:
    """Starts of the random streams of a month."""
    return MonthStreams(
        events=rng.stream_start(seed, month, rng.EVENTS),
        decisions=rng.stream_start(seed, month, rng.DECISIONS),
        profile=rng.stream_start(seed, rng.PERMANENT, rng.PROFILE),
        taste=rng.stream_start(seed, rng.PERMANENT, rng.TASTE),
        traits=rng.stream_start(seed, rng.PERMANENT, rng.TRAITS),
    )


def procedure_tables(levers: Levers, parameters: Parameters, world: World, state: State) -> ProcedureTables:
    """The tables of `procedure_of` in a month with these levers, which follows this state."""
    return ProcedureTables(
        levers=levers,
        scalars=_month_scalars(levers, parameters),
        traits=world.traits,
        paperwork=parameters.vector("paperwork"),
        lease_hardship=parameters.vector("lease_hardship"),
        work_hardship=parameters.vector("work_hardship"),
        wait=state.wait,
        red_tape=state.red_tape,
    )


def month_conditions(
    month: int,
    levers: Levers,
    parameters: Parameters,
    world: World,
    state: State,
    scale: float,
    shares: NDArray[np.float64],
) -> Conditions:
    """The conditions of a month, given the district at the end of the previous one.

    Args:
        month: number of the month.
        levers: their values in the month.
        parameters: of the district.
        world: of the model.
        state: at the end of the previous month.
        scale: simulated migrants per real migrant.
        shares: (streets,) share of each street in the population, and so in the capacity.
    """
    tables = procedure_tables(levers, parameters, world, state)
    profile_terms = np.empty((world.streets, PROFILES), dtype=STREET_PROFILE_TERMS)
    for name in COPIED_LEVERS:
        profile_terms[name] = getattr(levers, name)
    reached = np.empty((world.streets, PROFILES))
    _fill_profile_terms(profile_terms, reached, parameters.vector("reach"), world.representative, tables)
    services = np.zeros(PROFILES, dtype=SERVICE_UTILITY)
    _fill_service_utility(
        services, world.need, levers.value, state.reputation, state.delivered, parameters.vector("recurring")
    )
    word_of_mouth, contacts = float(levers.word_of_mouth[0]), world.contacts.shape[1]
    return Conditions(
        streams=month_streams(world.seed, month),
        scalars=tables.scalars,
        profile_terms=profile_terms,
        reached=reached,
        services=services,
        delivered=np.ascontiguousarray(services["delivered"]),
        register=levers.register,
        silence=np.array(
            [information.silence_probability(word_of_mouth, informed) for informed in range(contacts + 1)]
        ),
        capacity=levers.capacity * shares * scale,
    )


def _month_scalars(levers: Levers, parameters: Parameters) -> NDArray[np.void]:
    scalars = np.zeros(1, dtype=MONTH_SCALARS)
    for field, name in zip(MonthScalars._fields, SCALAR_PARAMETERS, strict=True):
        lever, _, member = name.partition(".")
        if hasattr(levers, lever):
            scalars[field] = getattr(levers, lever)[1 if member == "high" else 0]
        else:
            scalars[field] = parameters.number(name)
    return scalars


@njit_cached
def procedure_of(street: int, profile: int, tables: ProcedureTables) -> utility.Procedure:
    """What the procedure demands this month of an applicant of a profile in a street."""
    levers, scalars, traits = tables.levers, tables.scalars[0], tables.traits[profile]
    return utility.Procedure(
        red_tape=tables.red_tape,
        documents=levers.documents[street, profile],
        hardship=utility.hardship(
            levers.data_sharing[street],
            tables.paperwork[traits.education],
            tables.lease_hardship[traits.housing],
            tables.work_hardship[traits.work],
        ),
        trip_cost=scalars.trip_cost,
        trips=levers.trips[street, profile],
        online=levers.online[street, profile],
        wait_cost=scalars.wait_cost,
        wait=tables.wait[street],
        fee_cost=scalars.fee_cost,
        fee_cny=scalars.fee_cny,
    )


@njit_cached
def _fill_profile_terms(
    terms: NDArray[np.void],
    reached: Table,
    reach: Table,
    representative: NDArray[np.int64],
    tables: ProcedureTables,
) -> None:
    """Fill in what follows from levers for each profile in each street.

    A profile that faces the same procedure as its representative has the same terms, which saves most exponentials.
    """
    scalars, publicity = tables.scalars[0], tables.levers.publicity
    for street in range(terms.shape[0]):
        for profile in range(terms.shape[1]):
            row, same = terms[street, profile], representative[profile]
            reached[street, profile] = information.publicity_probability(
                publicity[street, profile], reach[tables.traits[profile].education]
            )
            procedure = procedure_of(street, profile, tables)
            if same < profile and procedure == procedure_of(street, same, tables):
                like = terms[street, same]
                row.compliance, row.complete = like.compliance, like.complete
                row.pace, row.pace_keep = like.pace, like.pace_keep
            else:
                cost = utility.compliance(*procedure)
                row.compliance = cost
                row.complete = utility.completeness_probability(
                    scalars.return_rate, procedure.red_tape, procedure.hardship
                )
                row.pace = utility.hassle_factor(scalars.hassle, cost)
                row.pace_keep = utility.hassle_factor(scalars.hassle, scalars.renewal * cost)


@njit_cached
def _fill_service_utility(
    services: NDArray[np.void],
    need: NDArray[np.float64],
    value: NDArray[np.float64],
    reputation: NDArray[np.float64],
    delivered: NDArray[np.float64],
    recurring: NDArray[np.float64],
) -> None:
    """Fill in the benefits of the services to each profile; to a profile without needs, everything is delivered."""
    for profile in range(need.shape[0]):
        needed, met = 0.0, 0.0
        for k in range(need.shape[1]):
            services[profile].benefit += utility.expected_benefit(value[k], need[profile, k], reputation[k])
            services[profile].kept += utility.realised_benefit(value[k], need[profile, k], delivered[k], recurring[k])
            needed += need[profile, k]
            met += need[profile, k] * delivered[k]
        services[profile].delivered = met / needed if needed > 0.0 else 1.0


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
    """Terms of a migrant's utility of applying this month.

    Args:
        knowledge, trust: of the migrant.
        stay: share of the benefit that counts, given the expected further stay.
        norm: see `peer_norm`.
        taste: of the migrant.
        own, services, scalars: rows of the month's tables for the migrant.
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
    """Terms of a holder's utility of endorsing this month; the arguments are those of `terms_of_applying`.

    A holder understands the whole benefit, and complies with a share of the procedure.
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
    """Peer norm of a migrant, given how many of their contacts hold a valid permit and a lapsed one."""
    return utility.peer_norm(scalars.norm, holders, lapsed, scalars.lapsed_says, contacts)
