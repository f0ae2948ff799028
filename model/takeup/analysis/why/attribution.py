"""Attribution of a reason to every migrant without a valid permit, counts, and the utility of one migrant.

The counts by reason are called the funnel. The reason of a migrant is the first that applies in the order of the
funnel's steps. It is computed from the columns of the state with the rules of the model. Utilities are those of an
application considered at the end of the month: with the migrant's state, contacts, waits, reputation and red tape at
that time, and the levers of the month.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup.compilation import njit_cached
from takeup.district import MEMBERSHIP, PROFILES
from takeup.rules import FORGOT, INFORMED, LAPSED, NONE, QUEUED, UNAWARE, residence, utility
from takeup.rules.residence import tenure_band
from takeup.rules.utility import UtilityTerms
from takeup.simulation import DistrictModel
from takeup.simulation.census import unpack_counts
from takeup.simulation.conditions import (
    Conditions,
    ProcedureTables,
    peer_norm,
    procedure_of,
    procedure_tables,
    profile_terms,
    terms_of_applying,
)
from takeup.simulation.output import group_names
from takeup.simulation.state import Record
from takeup.simulation.world import World
from takeup.vocabulary import terms

if TYPE_CHECKING:
    from takeup.simulation import Migrant


class Reason(IntEnum):
    """Reasons for having no valid permit, in the order in which they are tested.

    VALID denotes a migrant with a valid permit. FORGOT to DISAPPOINTED apply if the permit lapsed. NOT_LONG_HERE and
    all later reasons apply to migrants who have never had a permit and have no application in the queue. DOCUMENTS to
    STIGMA name the largest part of a burden that is too large.
    """

    VALID = 0
    QUEUEING = 1
    FORGOT = 2
    MOVED = 3
    DISAPPOINTED = 4
    NOT_LONG_HERE = 5
    NEVER_REGISTERED = 6
    REGISTRATION_BROKEN = 7
    UNAWARE = 8
    NOT_UNDERSTOOD = 9
    BENEFITS_TOO_SMALL = 10
    DOCUMENTS = 11
    TRIPS = 12
    WAITING = 13
    FEE = 14
    STIGMA = 15
    RETURNED = 16
    NOT_YET = 17


NOBODY: Final = -1
"""The code of an empty slot."""

REASONS: Final = tuple(reason.name.lower() for reason in Reason)
"""Names of the reasons in files, by code."""

TITLES: Final[dict[Reason, str]] = {
    reason: terms()["cause", name].en for reason, name in zip(Reason, REASONS, strict=True)
}
"""Descriptions of the reasons."""

STEPS: Final[dict[str, tuple[Reason, ...]]] = {
    "valid": (Reason.VALID,),
    "queueing": (Reason.QUEUEING,),
    "lapsed": (Reason.FORGOT, Reason.MOVED, Reason.DISAPPOINTED),
    "not entitled": (Reason.NOT_LONG_HERE, Reason.NEVER_REGISTERED, Reason.REGISTRATION_BROKEN),
    "unaware": (Reason.UNAWARE,),
    "not understood": (Reason.NOT_UNDERSTOOD,),
    "benefits": (Reason.BENEFITS_TOO_SMALL,),
    "burden": (Reason.DOCUMENTS, Reason.TRIPS, Reason.WAITING, Reason.FEE, Reason.STIGMA),
    "returned": (Reason.RETURNED,),
    "not yet": (Reason.NOT_YET,),
}
"""Steps of the funnel, each with its reasons; together all reasons in their order."""

Table = NDArray[np.float64]


class PersonSnapshot(NamedTuple):
    """State of a district at the end of a month, from which reasons are attributed.

    Shapes are given in S streets, P profiles and N slots.

    Attributes:
        world: streets, slots and their contacts.
        population: number of occupied slots.
        migrants: records of type `MIGRANT`, shape (N,).
        contact_counts: packed counts of the contacts' signals, see `Census`, shape (N,).
        conditions: tables of the conditions in the month.
        heaviest: largest part of the burden of applying for an informed migrant, coded as the number of its reason
            minus `Reason.DOCUMENTS`, shape (S, P).
    """

    world: World
    population: int
    migrants: NDArray[np.void]
    contact_counts: NDArray[np.uint16]
    conditions: Conditions
    heaviest: NDArray[np.int8]


class Attribution(NamedTuple):
    """The reason of every migrant, and the utilities on which it depends, for N slots.

    Attributes:
        reasons: codes of `Reason`, NOBODY for empty slots, shape (N,).
        utilities: utility of applying in three cases, shape (N, 3): with the migrant's own knowledge; if the migrant
            were informed; if the migrant were informed and there were no burden. NaN for empty slots.
    """

    reasons: NDArray[np.int8]
    utilities: Table


def take_snapshot(model: DistrictModel) -> PersonSnapshot:
    """Take a snapshot of a model at the end of its month.

    Before the first month, the snapshot has the levers of the first month.
    """
    month = max(model.state.month, model.start)
    levers, world, state = model.timeline.at(month), model.world, model.state
    heaviest = np.empty(levers.documents.shape, np.int8)
    _find_heaviest(
        heaviest, levers.stigma, procedure_tables(levers, model.parameters, world), state.wait, state.red_tape
    )
    return PersonSnapshot(
        world, state.population, state.migrants.rows(), model.census.contact_counts, model.conditions(), heaviest
    )


def attribute_reasons(snapshot: PersonSnapshot) -> Attribution:
    """Attribute a reason to every migrant of a snapshot."""
    slots = snapshot.world.slots
    attribution = Attribution(np.full(slots, NOBODY, np.int8), np.full((slots, 3), np.nan))
    _trace(
        attribution.reasons,
        attribution.utilities,
        snapshot.population,
        snapshot.world,
        snapshot.migrants,
        snapshot.contact_counts,
        snapshot.conditions,
        snapshot.heaviest,
    )
    return attribution


@njit_cached
def _trace(
    reasons: NDArray[np.int8],
    utilities: Table,
    population: int,
    world: World,
    migrants: NDArray[np.void],
    contact_counts: NDArray[np.uint16],
    conditions: Conditions,
    heaviest: NDArray[np.int8],
) -> None:
    scalars, contacts = conditions.scalars[0], len(conditions.silence) - 1
    for street in range(len(world.middle)):
        for slot in range(world.first[street], world.first[street + 1]):
            if world.rank[slot] >= population:
                continue
            migrant = migrants[slot]
            profile = migrant.profile
            traits, own = world.traits[profile], profile_terms(street, profile, conditions)
            services = conditions.services[profile]
            counts = unpack_counts(contact_counts[slot])
            norm = peer_norm(counts.valid, counts.lapsed, contacts, scalars)
            stay = traits.stay[residence.tenure_band(migrant.residence_months)]
            taste = world.taste[migrant.taste]
            terms = terms_of_applying(migrant.knowledge, migrant.trust, stay, norm, taste, own, services, scalars)
            informed = terms_of_applying(INFORMED, migrant.trust, stay, norm, taste, own, services, scalars)
            utilities[slot] = (
                utility.total_utility(*terms),
                utility.total_utility(*informed),
                utility.total_utility(
                    informed.benefit, informed.norm, informed.enforcement, informed.taste, 0.0, 0.0, 0.0
                ),
            )
            reasons[slot] = _reason(
                migrant, traits.owned, scalars.months_to_qualify, utilities[slot], heaviest[street, profile]
            )


@njit_cached
def _reason(migrant: Record, owned: bool, months_to_qualify: int, utilities: Table, heaviest: int) -> int:
    """Return the code of the first reason that applies to a migrant."""
    if migrant.status != NONE:
        return _reason_by_status(migrant)
    if not residence.is_eligible(
        migrant.registered_months, migrant.residence_months, migrant.insured, owned, months_to_qualify
    ):
        return _reason_not_eligible(migrant, months_to_qualify)
    return Reason.UNAWARE if migrant.knowledge == UNAWARE else _reason_not_applied(migrant, utilities, heaviest)


@njit_cached
def _reason_by_status(migrant: Record) -> int:
    """Return the reason of a migrant who has, or once had, a permit or an application."""
    if migrant.status == LAPSED:
        lapsed: int = Reason.FORGOT + (migrant.lapse_cause - FORGOT)
        return lapsed
    return Reason.QUEUEING if migrant.status == QUEUED else Reason.VALID


@njit_cached
def _reason_not_eligible(migrant: Record, months_to_qualify: int) -> int:
    """Return the reason of a migrant who is not eligible."""
    if migrant.residence_months < months_to_qualify:
        return Reason.NOT_LONG_HERE
    return Reason.REGISTRATION_BROKEN if migrant.ever_registered else Reason.NEVER_REGISTERED


@njit_cached
def _reason_not_applied(migrant: Record, utilities: Table, heaviest: int) -> int:
    """Return the reason of an eligible migrant who knows of the permit but has none."""
    own, informed, unburdened = utilities
    if own > 0.0:
        return Reason.RETURNED if migrant.returned_last else Reason.NOT_YET
    if informed > 0.0:
        return Reason.NOT_UNDERSTOOD
    return Reason.DOCUMENTS + heaviest if unburdened > 0.0 else Reason.BENEFITS_TOO_SMALL


@njit_cached
def _find_heaviest(
    heaviest: NDArray[np.int8], stigma: Table, tables: ProcedureTables, wait: Table, red_tape: float
) -> None:
    """Write the largest part of the burden, see `PersonSnapshot.heaviest`."""
    for street in range(heaviest.shape[0]):
        for profile in range(heaviest.shape[1]):
            costs = utility.compliance_terms(*procedure_of(street, profile, tables, wait, red_tape))
            parts = (costs.documents, costs.trips, costs.waiting, costs.fee, stigma[street, profile])
            largest = 0
            for part in range(1, len(parts)):
                if parts[part] > parts[largest]:
                    largest = part
            heaviest[street, profile] = largest


WHOLE_POPULATION: Final = ("all", "all")
"""Attribute and level that denote the whole district."""
FUNNEL_COLUMNS: Final = ("scenario", "replicate", "month", "attribute", "level", "cause", "persons", "share")


def count_reasons(model: DistrictModel) -> NDArray[np.int64]:
    """Count simulated persons by group and reason.

    Returns:
        Counts, shape (1 + levels + streets, reasons): the whole district, then the groups of `group_names`. Each row
        sums to the population of the group.
    """
    reasons = attribute_reasons(take_snapshot(model)).reasons
    first, width = model.world.first, len(Reason)
    by_street = [
        np.bincount(reasons[begin:end][reasons[begin:end] >= 0], minlength=width) for begin, end in _blocks(first)
    ]
    occupied = np.flatnonzero(reasons >= 0)
    codes = model.state.columns["profile"][occupied].astype(np.int64) * width + reasons[occupied]
    by_profile = np.bincount(codes, minlength=PROFILES * width).reshape(PROFILES, width)
    return np.concatenate([by_profile.sum(axis=0)[np.newaxis], MEMBERSHIP @ by_profile, np.array(by_street)])


def funnel_table(
    counts: NDArray[np.int64], scenario: str, replicate: int, month: str, streets: tuple[str, ...]
) -> pd.DataFrame:
    """Make the table of a run's persons by group and reason.

    Args:
        counts: result of `count_reasons`, shape (groups, reasons).
        scenario, replicate, month: scenario, replicate and month of the counts.
        streets: names of the district's streets.

    Returns:
        Table with one row per group and reason and the columns `FUNNEL_COLUMNS`, where `cause` is the reason. Shares
        are NaN for an empty group.
    """
    groups = [WHOLE_POPULATION, *group_names(streets)]
    population = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, population, out=np.full(counts.shape, np.nan), where=population > 0)
    frame = pd.DataFrame(
        [(attribute, level, reason) for attribute, level in groups for reason in REASONS],
        columns=["attribute", "level", "cause"],
    )
    frame = frame.assign(
        scenario=scenario, replicate=replicate, month=month, persons=counts.reshape(-1), share=shares.reshape(-1)
    )
    return frame[list(FUNNEL_COLUMNS)]


def _blocks(first: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return begin and end of each street's slots."""
    return list(zip(first[:-1].tolist(), first[1:].tolist(), strict=True))


@dataclass(frozen=True)
class UtilityBreakdown:
    """Utility of applying and its terms, in standard deviations of taste.

    Attributes:
        understanding: share of the benefit that the migrant perceives, 0 to 1.
        trust: trust that the permit delivers what it promises, 0 to 1.
        stay: share of the benefit that counts, given the expected further stay, 0 to 1.
        services: benefit of the services, if fully understood and trusted.
        parts: terms whose sum is the utility; costs are negative.
    """

    understanding: float
    trust: float
    stay: float
    services: float
    parts: UtilityTerms

    @property
    def terms(self) -> dict[str, float]:
        """Terms by name; costs are negative, and the sum is the utility."""
        return self.parts._asdict()

    @property
    def benefit(self) -> float:
        """Benefit that the migrant expects of the permit."""
        return self.parts.benefit

    @property
    def burden(self) -> float:
        """All costs of applying, 0 or more."""
        return -(self.parts.learning + self.parts.compliance + self.parts.stigma)

    @property
    def utility(self) -> float:
        """Utility of applying: a migrant who considers it applies if it is positive."""
        return utility.total_utility(*self.parts)


def utility_breakdown(migrant: Migrant) -> UtilityBreakdown:
    """Compute the terms of a migrant's utility of applying at the last month's end.

    The result is the same for both engines.

    Raises:
        AttributeError: the migrant has left the district.
    """
    model = migrant.model
    conditions, world = model.conditions(), model.world
    scalars, services = conditions.scalars[0], conditions.services[migrant.profile]
    counts = unpack_counts(int(model.census.contact_counts[migrant.slot]))
    stay = float(world.traits[migrant.profile]["stay"][tenure_band(migrant.residence_months)])
    terms = terms_of_applying(
        int(migrant.knowledge),
        migrant.trust,
        stay,
        peer_norm(counts.valid, counts.lapsed, world.contacts.shape[1], scalars),
        migrant.taste,
        profile_terms(migrant.street, migrant.profile, conditions),
        services,
        scalars,
    )
    return UtilityBreakdown(
        understanding=utility.perceived_benefit_share(int(migrant.knowledge), float(scalars["understanding_heard"])),
        trust=migrant.trust,
        stay=stay,
        services=float(services["benefit"]),
        parts=terms,
    )
