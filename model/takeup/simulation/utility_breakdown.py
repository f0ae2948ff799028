"""What one migrant would weigh if they thought of applying now, term by term."""

from __future__ import annotations

from dataclasses import dataclass

from takeup.rules import residence, utility
from takeup.simulation import Migrant
from takeup.simulation.census import COUNTER, COUNTER_BITS
from takeup.simulation.conditions import month_conditions


@dataclass(frozen=True)
class UtilityBreakdown:
    """The terms of applying for a permit, in standard deviations of taste; the first four are factors.

    Attributes:
        understanding: how much of the benefit they see, 0 to 1.
        trust: in what the permit promises, 0 to 1.
        stay: how much of the benefit counts, given how long they expect to stay on, 0 to 1.
        services: what the services behind the permit would be worth to them, fully understood and believed.
        example: the pull of contacts who hold a permit, less that of contacts whose permit lapsed.
        enforcement: the push of checks.
        taste: theirs, for life.
        learning: the cost of finding out.
        compliance: the cost of papers, visits, waiting and fees.
        stigma: the cost of being seen to apply.
    """

    understanding: float
    trust: float
    stay: float
    services: float
    example: float
    enforcement: float
    taste: float
    learning: float
    compliance: float
    stigma: float

    @property
    def benefit(self) -> float:
        """What they expect of the permit."""
        return self.understanding * self.trust * self.stay * self.services

    @property
    def burden(self) -> float:
        """All that applying costs them."""
        return self.learning + self.compliance + self.stigma

    @property
    def terms(self) -> dict[str, float]:
        """What speaks for applying and, below 0, what speaks against it; together the utility."""
        return {
            "benefit": self.benefit,
            "example": self.example,
            "enforcement": self.enforcement,
            "taste": self.taste,
            "learning": -self.learning,
            "compliance": -self.compliance,
            "stigma": -self.stigma,
        }

    @property
    def utility(self) -> float:
        """What applying is worth to them: who thinks of it applies if this is positive."""
        return self.benefit + self.example + self.enforcement + self.taste - self.burden


def utility_breakdown(migrant: Migrant) -> UtilityBreakdown:
    """What a migrant of either engine would weigh, as the district stands at the end of its last month.

    Args:
        migrant: whoever still lives there.

    Raises:
        AttributeError: they have left.
    """
    model = migrant.model
    month = max(model.state.month, model.start)
    levers = model.timeline.at(month)
    now = month_conditions(
        month, levers, model.parameters, model.world, model.state, model.scale, model.district.street_shares
    )
    terms, cell = now.terms[0], now.cells[migrant.street, migrant.profile]
    heard = int(model.census.heard[migrant.slot])
    holders, lapsed, contacts = (heard >> COUNTER_BITS) & COUNTER, heard >> 2 * COUNTER_BITS, len(now.silence) - 1
    sees = utility.perceived_benefit_share(migrant.knowledge, float(terms["understanding_heard"]))
    return UtilityBreakdown(
        understanding=sees,
        trust=migrant.trust,
        stay=float(model.world.kinds[migrant.profile]["stay"][residence.tenure_band(migrant.residence_months)]),
        services=float(now.worth[migrant.profile]["benefit"]),
        example=utility.peer_norm(float(terms["norm"]), holders, lapsed, float(terms["lapsed_says"]), contacts),
        enforcement=float(terms["enforcement"]),
        taste=migrant.taste,
        learning=utility.burden(float(terms["learning"]), sees, 0.0, 0.0),
        compliance=float(cell["compliance"]),
        stigma=float(cell["stigma"]),
    )
