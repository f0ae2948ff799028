"""What one person weighs, term by term.

They weigh it as the month weighs it, if they were asked at its end: their own state, what they hear of their
contacts, waits, reputation and red tape as they stand now, levers as they are set this month. So does `why`.
"""

from __future__ import annotations

from dataclasses import dataclass

from takeup.district import SERVICES
from takeup.rules import LAPSED, VALID, utility

Services = tuple[float, ...]


@dataclass(frozen=True)
class Weighed:
    """All that goes into what applying and keeping are worth to one person in one month.

    Attributes:
        status, knowledge: numbers, as in the rules.
        trust, stay, taste: theirs.
        value, need, reputation, delivered, recurring: one number a service.
        holders, lapsed, contacts: how many of their contacts hold a permit, let it lapse, and there are.
        others: parameters and levers by their own names, as they are for this person this month.
    """

    status: int
    knowledge: int
    trust: float
    stay: float
    taste: float
    value: Services
    need: Services
    reputation: Services
    delivered: Services
    recurring: Services
    holders: int
    lapsed: int
    contacts: int
    norm: float
    lapsed_says: float
    enforcement: float
    understanding_heard: float
    learning: float
    red_tape: float
    documents: float
    hardship: float
    trip_cost: float
    trips: float
    online: float
    wait_cost: float
    wait: float
    fee_cost: float
    fee_cny: float
    stigma: float
    renewal: float

    @property
    def keeps(self) -> bool:
        """Whether the question is to endorse, not to apply."""
        return self.status in (VALID, LAPSED)

    @property
    def understanding(self) -> float:
        """How much of the benefit is seen."""
        return utility.perceived_benefit_share(self.knowledge, self.understanding_heard)

    @property
    def compliance(self) -> float:
        """Cost of complying with the procedure."""
        return utility.compliance(
            self.red_tape, self.documents, self.hardship, self.trip_cost, self.trips, self.online, self.wait_cost,
            self.wait, self.fee_cost, self.fee_cny,
        )  # fmt: skip

    @property
    def example(self) -> float:
        """The pull of their contacts."""
        return utility.peer_norm(self.norm, self.holders, self.lapsed, self.lapsed_says, self.contacts)

    @property
    def applying(self) -> float:
        """What applying is worth; positive: they would."""
        benefit = 0.0
        for value, need, reputation in zip(self.value, self.need, self.reputation, strict=True):
            benefit += utility.expected_benefit(value, need, reputation)
        terms = utility.utility_terms(
            self.understanding,
            self.trust,
            self.stay,
            benefit,
            self.example,
            self.enforcement,
            self.taste,
            self.learning,
            self.compliance,
            self.stigma,
        )
        return utility.total_utility(*terms)

    @property
    def keeping(self) -> float:
        """What endorsing is worth; positive: they would."""
        kept = 0.0
        for value, need, delivered, recurring in zip(
            self.value, self.need, self.delivered, self.recurring, strict=True
        ):
            kept += utility.realised_benefit(value, need, delivered, recurring)
        terms = utility.utility_terms(
            1.0,
            self.trust,
            self.stay,
            kept,
            self.example,
            self.enforcement,
            self.taste,
            self.learning,
            self.renewal * self.compliance,
            self.stigma,
        )
        return utility.total_utility(*terms)

    @property
    def worth(self) -> float:
        """What they would weigh now: keeping if they hold or held a permit, applying otherwise."""
        return self.keeping if self.keeps else self.applying


@dataclass(frozen=True)
class Term:
    """One summand of what is weighed.

    Attributes:
        title: in words.
        amount: in standard deviations of taste.
    """

    title: str
    amount: float


def terms_of(one: Weighed) -> list[Term]:
    """The summands of `one.worth`, what speaks for it first; they add up to it but for rounding."""
    seen = one.trust * one.stay * (1.0 if one.keeps else one.understanding)
    thought = one.delivered if one.keeps else one.reputation
    lasting = one.recurring if one.keeps else (1.0,) * len(SERVICES)
    services = [
        Term(title.replace("_", " "), seen * utility.realised_benefit(value, need, good, again))
        for title, value, need, good, again in zip(SERVICES, one.value, one.need, thought, lasting, strict=True)
    ]
    share = one.renewal if one.keeps else 1.0
    learning = 0.0 if one.keeps else one.learning * (1.0 - one.understanding)
    tape = one.red_tape * share
    terms = [
        *services,
        Term("example of contacts", one.example),
        Term("enforcement", one.enforcement),
        Term("own inclination", one.taste),
        Term("learning how", -learning),
        Term("papers", -tape * one.documents * one.hardship),
        Term("trips to the counter", -tape * one.trip_cost * one.trips * (1.0 - one.online)),
        Term("waiting", -tape * one.wait_cost * one.wait),
        Term("fee", -share * one.fee_cost * one.fee_cny),
        Term("stigma", -one.stigma),
    ]
    return [term for term in terms if term.amount != 0.0]
