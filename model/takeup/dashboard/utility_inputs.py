"""The utility of one migrant, term by term, from inputs that can be varied one at a time.

The inputs are those of the end of a month: the state of the migrant, the contact counts, waits, reputation and red
tape at that time, and the levers of that month. `why` uses the same ones.
"""

from __future__ import annotations

from dataclasses import dataclass

from takeup.district import SERVICES
from takeup.rules import LAPSED, VALID, utility
from takeup.rules.utility import Procedure, UtilityTerms

Services = tuple[float, ...]


@dataclass(frozen=True)
class UtilityInputs:
    """Everything on which the utility of one migrant depends in one month.

    Attributes:
        status, knowledge: numbers, as in the rules.
        trust, stay, taste: of the migrant.
        value, need, reputation, delivered, recurring: one number per service.
        holders, lapsed, contacts: number of contacts with a valid permit, with a lapsed one, and of all contacts.
        others: parameters and levers by their names, with their values for this migrant in this month.
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
    def endorses(self) -> bool:
        """Whether the decision is to endorse, not to apply."""
        return self.status in (VALID, LAPSED)

    @property
    def understanding(self) -> float:
        """Share of the benefit that the migrant perceives when applying."""
        return utility.perceived_benefit_share(self.knowledge, self.understanding_heard)

    @property
    def compliance(self) -> float:
        """Cost of complying with the procedure of an application."""
        return utility.compliance(*self.procedure)

    @property
    def procedure(self) -> Procedure:
        """What the procedure demands of an applicant."""
        return Procedure(
            red_tape=self.red_tape,
            documents=self.documents,
            hardship=self.hardship,
            trip_cost=self.trip_cost,
            trips=self.trips,
            online=self.online,
            wait_cost=self.wait_cost,
            wait=self.wait,
            fee_cost=self.fee_cost,
            fee_cny=self.fee_cny,
        )

    @property
    def utility_of_applying(self) -> float:
        """Utility of applying; if it is positive, the migrant would apply."""
        return utility.total_utility(*self.terms(endorsing=False))

    @property
    def utility_of_endorsing(self) -> float:
        """Utility of endorsing; if it is positive, the migrant would endorse."""
        return utility.total_utility(*self.terms(endorsing=True))

    @property
    def utility(self) -> float:
        """Utility of endorsing for present and former holders, of applying for all others."""
        return self.utility_of_endorsing if self.endorses else self.utility_of_applying

    def terms(self, *, endorsing: bool) -> UtilityTerms:
        """Terms of the utility of endorsing or of applying; a holder understands the whole benefit."""
        benefit = 0.0
        for each in self.benefits(endorsing=endorsing):  # `sum` rounds differently in Python 3.12
            benefit += each
        return utility.utility_terms(
            1.0 if endorsing else self.understanding,
            self.trust,
            self.stay,
            benefit,
            utility.peer_norm(self.norm, self.holders, self.lapsed, self.lapsed_says, self.contacts),
            self.enforcement,
            self.taste,
            self.learning,
            self.renewal * self.compliance if endorsing else self.compliance,
            self.stigma,
        )

    def benefits(self, *, endorsing: bool) -> list[float]:
        """Benefit of each service, if fully understood and trusted."""
        if endorsing:
            values = zip(self.value, self.need, self.delivered, self.recurring, strict=True)
            return [utility.realised_benefit(*service) for service in values]
        return [
            utility.expected_benefit(*service) for service in zip(self.value, self.need, self.reputation, strict=True)
        ]


@dataclass(frozen=True)
class Summand:
    """One summand of a utility.

    Attributes:
        title: for a chart.
        amount: in standard deviations of taste; costs are negative.
    """

    title: str
    amount: float


def utility_summands(inputs: UtilityInputs) -> list[Summand]:
    """Split a utility into its summands, the benefits first; they add up to it but for rounding."""
    endorsing = inputs.endorses
    terms, costs = inputs.terms(endorsing=endorsing), utility.compliance_terms(*inputs.procedure)
    counted = inputs.trust * inputs.stay * (1.0 if endorsing else inputs.understanding)
    share = inputs.renewal if endorsing else 1.0
    summands = [
        *(
            Summand(title.replace("_", " "), counted * benefit)
            for title, benefit in zip(SERVICES, inputs.benefits(endorsing=endorsing), strict=True)
        ),
        Summand("example of contacts", terms.norm),
        Summand("enforcement", terms.enforcement),
        Summand("own inclination", terms.taste),
        Summand("learning how", terms.learning),
        Summand("papers", -share * costs.documents),
        Summand("trips to the counter", -share * costs.trips),
        Summand("waiting", -share * costs.waiting),
        Summand("fee", -share * costs.fee),
        Summand("stigma", terms.stigma),
    ]
    return [summand for summand in summands if summand.amount != 0.0]
