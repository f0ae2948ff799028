"""Utility of applying of one migrant, term by term, in the current state."""

from __future__ import annotations

from dataclasses import dataclass

from takeup.rules import utility
from takeup.rules.residence import tenure_band
from takeup.rules.utility import UtilityTerms
from takeup.simulation.agents import Migrant
from takeup.simulation.census import unpack_counts
from takeup.simulation.conditions import peer_norm, profile_terms, terms_of_applying


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
