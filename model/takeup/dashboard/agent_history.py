"""One migrant month by month: state, eligibility and utility, also in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from takeup.analysis.why import Reason, attribute_reasons, take_snapshot
from takeup.dashboard.baseline import FIRST, LAST, BaselineRun
from takeup.district import ATTRIBUTES, LEVEL_OF, SERVICES
from takeup.report.formatting import MINUS, PERCENT, decimal
from takeup.report.i18n import ENGLISH, Language
from takeup.rules import INFORMED, LAPSED, NEVER, NONE, QUEUED, UNAWARE, VALID, decision, residence, utility
from takeup.rules.residence import tenure_band
from takeup.rules.utility import Procedure, UtilityTerms
from takeup.scenario import BASELINE, Scenario
from takeup.simulation import DistrictModel
from takeup.simulation.census import unpack_counts
from takeup.simulation.conditions import (
    Conditions,
    ServiceUtility,
    peer_norm,
    procedure_of,
    procedure_tables,
    profile_terms,
    terms_of_applying,
    terms_of_endorsing,
)
from takeup.simulation.month_tables import MonthScalars, StreetProfileTerms

_MET, _NOT_MET = "✓", "✗"


@dataclass(frozen=True)
class MonthRecord:
    """A migrant at the end of one month.

    Attributes:
        month: number of the month.
        residence_months: completed months of residence.
        registered_months: completed months of registration; -1 without one.
        permit_months: completed months of the permit; -1 if none was ever issued.
        eligible: whether the migrant may apply.
        eligible_by_registration: whether the registration alone is sufficient.
        inputs: everything that the utility of applying or endorsing depends on.
        consideration: probability per month of considering the decision without publicity.
        acceptance: probability that an application is accepted.
        returned_last: whether the last application was returned as incomplete.
    """

    month: int
    residence_months: int
    registered_months: int
    permit_months: int
    eligible: bool
    eligible_by_registration: bool
    inputs: UtilityInputs
    consideration: float
    acceptance: float
    returned_last: bool


@dataclass(frozen=True)
class AgentHistory:
    """A migrant's stay in the district.

    Attributes:
        person: number of the person.
        slot: the person's slot in the model's state.
        street: number of the street.
        profile: level by attribute.
        insured: whether the person has local social insurance.
        records: records of consecutive months, one per month.
    """

    person: int
    slot: int
    street: int
    profile: dict[str, str]
    insured: bool
    records: tuple[MonthRecord, ...]

    def at(self, month: int) -> MonthRecord:
        """Return the record of a month, or of the nearest month of the stay."""
        first, last = self.records[0].month, self.records[-1].month
        return self.records[min(max(month, first), last) - first]


def find_agents(model: DistrictModel, reason: Reason | None) -> NDArray[np.int64]:
    """Return the slots of residents without a valid permit for a reason.

    The slots are in the order of `World.rank`.

    Args:
        model: a model at the end of a month.
        reason: the reason why a resident has no valid permit, as `why` defines it; None: all residents.
    """
    reasons = attribute_reasons(take_snapshot(model)).reasons
    slots = np.flatnonzero(reasons >= 0 if reason is None else reasons == reason)
    return slots[np.argsort(model.world.rank[slots])]


def agent_history(run: BaselineRun, slot: int, month: int, scenario: Scenario = BASELINE) -> AgentHistory:
    """Return the history of the person in a slot, over the whole stay.

    Args:
        run: the baseline run of the seed.
        slot: an occupied slot.
        month: number of a month in which the person lives in the slot.
        scenario: the policy in force.
    """
    model = run.model_at(FIRST - 1, scenario)
    records: list[MonthRecord] = []
    last: Any = None  # the person's row in the last recorded month
    while model.state.month < LAST:
        model.step()
        person = model.state.migrants.rows(slot)
        occupied = model.world.rank[slot] < model.state.population
        if records and not (occupied and person["person"] == last["person"]):
            if model.state.month > month:
                break
            records = []
        if occupied:
            last = person
            records.append(_record(model, slot))
    return AgentHistory(
        person=int(last["person"]),
        slot=slot,
        street=model.world.street_of(slot),
        profile={name: levels[int(LEVEL_OF[name][last["profile"]])] for name, levels in ATTRIBUTES.items()},
        insured=bool(last["insured"]),
        records=tuple(records),
    )


def status_name(status: int, translate: Language = ENGLISH) -> str:
    """Return the name of a permit status."""
    names = {
        NONE: translate("none"),
        QUEUED: translate("queued"),
        VALID: translate("valid"),
        LAPSED: translate("lapsed"),
    }
    return names[status]


def agent_profile(history: AgentHistory, record: MonthRecord, translate: Language = ENGLISH) -> list[tuple[str, str]]:
    """Describe a migrant: names and values of attributes and durations.

    Args:
        history: the migrant.
        record: the record of the month to describe.
        translate: the language.
    """
    attributes = {translate.words(name): translate.words(level) for name, level in history.profile.items()}
    registered = translate("no")
    if record.registered_months != NEVER:
        registered = translate("for {duration}", duration=_months(record.registered_months, translate))
    residence = translate("for {duration}", duration=_months(record.residence_months, translate))
    return [
        *attributes.items(),
        (translate("social insurance"), translate("yes") if history.insured else translate("no")),
        (translate("lives here"), residence),
        (translate("registered"), registered),
        (translate("trust"), decimal(record.inputs.trust, 2)),
    ]


def requirements(record: MonthRecord, translate: Language = ENGLISH) -> list[tuple[str, str]]:
    """Describe the requirements for a valid permit and whether each is met."""
    inputs, permit = record.inputs, translate("permit")
    rows = [
        (translate("aware of the permit"), _mark(inputs.knowledge != UNAWARE, _knowledge(inputs, translate))),
        (translate("eligible"), _mark(record.eligible, _eligibility(record, translate))),
    ]
    if inputs.status == QUEUED:
        return [*rows, (permit, translate("application is waiting at the service centre"))]
    if inputs.status == VALID:
        duration = _months(record.permit_months, translate)
        permitted = translate("valid, {duration} after issue or the last endorsement", duration=duration)
        return [*rows, (permit, permitted), (translate("worth keeping"), _mark(inputs.utility > 0.0))]
    rate = translate("{share} % per month, unprompted", share=decimal(PERCENT * record.consideration))
    considers = (translate("considers it"), rate)
    amount = translate("utility {amount}", amount=decimal(inputs.utility, 2))
    positive = (translate("worth it"), _mark(inputs.utility > 0.0, amount))
    if inputs.status == LAPSED:
        return [*rows, (permit, status_name(LAPSED, translate)), considers, positive]
    returned = [(translate("last application"), _mark(False, translate("returned as incomplete")))]
    accepted = translate("{share} % of similar applications", share=decimal(PERCENT * record.acceptance))
    return [
        *rows,
        considers,
        positive,
        *(returned if record.returned_last else []),
        (translate("application accepted"), accepted),
    ]


def _knowledge(inputs: UtilityInputs, translate: Language) -> str:
    """Describe what the migrant knows of the permit."""
    if inputs.knowledge == UNAWARE:
        return translate("has never heard of it")
    if inputs.knowledge == INFORMED:
        return translate("knows its purpose and the procedure")
    return translate("has heard of it, understands little")


def acceptance_caption(record: MonthRecord, translate: Language = ENGLISH) -> str:
    """Describe the probability of acceptance; empty for applicants and holders."""
    if record.inputs.status != NONE:
        return ""
    procedure, return_rate = record.inputs.procedure, record.inputs.scalars.return_rate
    factors = [
        (translate("return rate"), return_rate),
        (translate("red tape"), procedure.red_tape),
        (translate("hardship"), procedure.hardship),
    ]
    product = " × ".join(f"{name} {decimal(value, 2)}" for name, value in factors)
    return translate(
        "An application is either accepted or returned as incomplete, at random. It is accepted with probability "
        "{formula} = {share} %.",
        formula=f"1 {MINUS} {product}",
        share=decimal(PERCENT * record.acceptance),
    )


def utility_caption(record: MonthRecord, translate: Language = ENGLISH) -> str:
    """Describe which decision the utility refers to, and its unit."""
    if record.inputs.endorses:
        return translate("Utility of keeping, in standard deviations of taste. Above 0 the migrant would keep it.")
    return translate("Utility of applying, in standard deviations of taste. Above 0 the migrant would apply.")


def _record(model: DistrictModel, slot: int) -> MonthRecord:
    """Record the state and the decision of the migrant in a slot at the month's end."""
    person, inputs = model.state.migrants.rows(slot), utility_inputs(model, slot)
    registered, resident = int(person["registered_months"]), int(person["residence_months"])
    owned, months = bool(model.world.traits[int(person["profile"])]["owned"]), model.months_to_qualify
    pace = inputs.own.pace_keep if inputs.endorses else inputs.own.pace
    attention = {VALID: inputs.own.remember, LAPSED: inputs.own.late_attention}.get(
        inputs.status, inputs.own.attention
    )
    return MonthRecord(
        month=model.state.month,
        residence_months=resident,
        registered_months=registered,
        permit_months=int(person["permit_months"]),
        eligible=residence.is_eligible(registered, resident, bool(person["insured"]), owned, months),
        eligible_by_registration=registered >= months,
        inputs=inputs,
        consideration=decision.consideration_rate(
            pace, attention, float(model.world.attentiveness[person["attentiveness"]]), False
        ),
        acceptance=inputs.own.complete,
        returned_last=bool(person["returned_last"]),
    )


def _eligibility(record: MonthRecord, translate: Language) -> str:
    """Describe why the migrant is eligible, or what is missing."""
    registration = translate("not registered")
    if record.registered_months != NEVER:
        registration = translate("registered for {duration}", duration=_months(record.registered_months, translate))
    if not record.eligible:
        residence = _months(record.residence_months, translate)
        return translate("{registration}; lives here for {duration}", registration=registration, duration=residence)
    if record.eligible_by_registration:
        return translate("by registration, {registration}", registration=registration)
    return translate("by insurance or home ownership")


def _mark(is_met: bool, text: str = "") -> str:
    return f"{_MET if is_met else _NOT_MET} {text}".strip()


def _months(number: int, translate: Language) -> str:
    return translate("1 month") if number == 1 else translate("{number} months", number=number)


Services = tuple[float, ...]
"""One number per service."""
_ALL: Final[Services] = (1.0,) * len(SERVICES)
_NONE: Final[Services] = (0.0,) * len(SERVICES)


@dataclass(frozen=True)
class UtilityInputs:
    """Everything on which the utility of one migrant depends in one month.

    Attributes:
        status, knowledge: numbers of the permit status and of the level of knowledge, see `takeup.rules`.
        trust: the migrant's trust that services deliver what they promise, 0 to 1.
        stay: factor on benefits that increases with the expected further stay, 0 to 1.
        taste: the migrant's constant inclination towards the permit, in standard deviations.
        value: value of each service.
        need: the migrant's need of each service, 0 to 1.
        reputation: reputation of each service, 0 to 1.
        delivered: share of its promise that each service delivers.
        recurring: share of each service that a holder still needs after the first year.
        holders: number of contacts with a valid permit.
        lapsed: number of contacts with a lapsed permit.
        contacts: number of all contacts.
        procedure: demands of the procedure on an applicant of the migrant's profile and street.
        own: costs, probabilities and levers of the migrant's profile and street in the month.
        scalars: parameters and levers of the month that have one value for the district.
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
    procedure: Procedure
    own: StreetProfileTerms
    scalars: MonthScalars

    @property
    def endorses(self) -> bool:
        """Whether the decision is to endorse, not to apply."""
        return self.status in (VALID, LAPSED)

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
        """Return the terms of the utility of endorsing or of applying."""
        norm = peer_norm(self.holders, self.lapsed, self.contacts, self.scalars)
        own = self.own._replace(compliance=utility.compliance(*self.procedure))
        benefit, kept = (_total(self.benefits(endorsing=each)) for each in (False, True))
        services = ServiceUtility(benefit, kept, delivered=0.0)
        weighed = (self.trust, self.stay, norm, self.taste, own, services, self.scalars)
        return terms_of_endorsing(*weighed) if endorsing else terms_of_applying(self.knowledge, *weighed)

    def benefits(self, *, endorsing: bool) -> list[float]:
        """Return the benefit of each service, if fully understood and trusted."""
        if endorsing:
            values = zip(self.value, self.need, self.delivered, self.recurring, strict=True)
            return [utility.realised_benefit(*service) for service in values]
        return [
            utility.expected_benefit(*service) for service in zip(self.value, self.need, self.reputation, strict=True)
        ]


def utility_inputs(model: DistrictModel, slot: int, conditions: Conditions | None = None) -> UtilityInputs:
    """Return everything on which a person's utility depends at the end of a month.

    Args:
        model: a model at the end of a month.
        slot: an occupied slot.
        conditions: the model's conditions, to compute them once for many persons; None: they are computed.
    """
    conditions = model.conditions() if conditions is None else conditions
    person, world, state = model.state.migrants.rows(slot), model.world, model.state
    profile, street, levers = int(person["profile"]), world.street_of(slot), model.timeline.at(state.month)
    counts = unpack_counts(int(model.census.contact_counts[slot]))
    return UtilityInputs(
        status=int(person["status"]),
        knowledge=int(person["knowledge"]),
        trust=float(person["trust"]),
        stay=float(world.traits[profile]["stay"][tenure_band(int(person["residence_months"]))]),
        taste=float(world.taste[person["taste"]]),
        value=_per_service(levers.value),
        need=_per_service(world.need[profile]),
        reputation=_per_service(state.reputation),
        delivered=_per_service(state.delivered),
        recurring=_per_service(model.parameters.vector("recurring")),
        holders=counts.valid,
        lapsed=counts.lapsed,
        contacts=world.contacts.shape[1],
        procedure=procedure_of(
            street, profile, procedure_tables(levers, model.parameters, world), state.wait, state.red_tape
        ),
        own=profile_terms(street, profile, conditions),
        scalars=MonthScalars(*conditions.scalars[0].item()),
    )


def _total(benefits: list[float]) -> float:
    """Return the sum; unlike `sum` from Python 3.12 on, it rounds as the model does."""
    total = 0.0
    for each in benefits:
        total += each
    return total


def _per_service(numbers: NDArray[np.float64]) -> Services:
    return tuple(numbers.tolist())


@dataclass(frozen=True)
class Summand:
    """One summand of a utility.

    Attributes:
        title: name of the summand in a chart.
        amount: amount in standard deviations of taste; costs are negative.
    """

    title: str
    amount: float


def utility_summands(inputs: UtilityInputs, translate: Language = ENGLISH) -> list[Summand]:
    """Split a utility into its summands, the benefits first."""
    endorsing = inputs.endorses
    terms, costs = inputs.terms(endorsing=endorsing), utility.compliance_terms(*inputs.procedure)
    understanding = utility.perceived_benefit_share(inputs.knowledge, inputs.scalars.understanding_heard)
    counted = inputs.trust * inputs.stay * (1.0 if endorsing else understanding)
    share = inputs.scalars.renewal if endorsing else 1.0
    summands = [
        *(
            Summand(translate.member(name), counted * benefit)
            for name, benefit in zip(SERVICES, inputs.benefits(endorsing=endorsing), strict=True)
        ),
        Summand(translate("example of contacts"), terms.norm),
        Summand(translate("enforcement"), terms.enforcement),
        Summand(translate("own inclination"), terms.taste),
        Summand(translate("learning how"), terms.learning),
        Summand(translate("papers"), -share * costs.documents),
        Summand(translate("trips to the counter"), -share * costs.trips),
        Summand(translate("waiting"), -share * costs.waiting),
        Summand(translate("fee"), -share * costs.fee),
        Summand(translate("stigma"), terms.stigma),
    ]
    return [summand for summand in summands if summand.amount != 0.0]


@dataclass(frozen=True)
class Variation:
    """Utility with one input moved to its limit.

    Attributes:
        title: description of the change.
        utility: utility after the change, in standard deviations of taste.
        changes_decision: whether the utility changes its sign.
    """

    title: str
    utility: float
    changes_decision: bool


def one_at_a_time(inputs: UtilityInputs, translate: Language = ENGLISH) -> list[Variation]:
    """Move one input at a time to its limit, all others unchanged.

    A negative utility is varied favourably, a positive one unfavourably.

    Args:
        inputs: everything on which the utility depends.
        translate: language of the titles.

    Returns:
        The variations that move the utility towards the other decision, the strongest first.
    """
    is_positive = inputs.utility > 0.0
    sign = 1.0 if is_positive else -1.0
    varied = _unfavourable(inputs, translate) if is_positive else _favourable(inputs, translate)
    utilities = {title: other.utility for title, other in varied.items()}
    variations = [
        Variation(title, utility, (utility > 0.0) != is_positive)
        for title, utility in utilities.items()
        if sign * utility < sign * inputs.utility
    ]
    return sorted(variations, key=lambda each: sign * each.utility)


def _favourable(inputs: UtilityInputs, translate: Language) -> dict[str, UtilityInputs]:
    procedure = inputs.procedure
    return {
        translate("full knowledge"): replace(inputs, knowledge=INFORMED),
        translate("full trust"): replace(inputs, trust=1.0),
        translate("certain to stay"): replace(inputs, stay=1.0),
        translate("services as promised"): replace(inputs, delivered=_ALL, reputation=_ALL),
        translate("all contacts hold a permit"): replace(inputs, holders=inputs.contacts, lapsed=0),
        translate("no effort for papers"): replace(inputs, procedure=procedure._replace(hardship=0.0)),
        translate("everything online"): replace(inputs, procedure=procedure._replace(online=1.0)),
        translate("no waiting"): replace(inputs, procedure=procedure._replace(wait=0.0)),
        translate("no fee"): replace(inputs, procedure=procedure._replace(fee_cny=0.0)),
        translate("no stigma"): replace(inputs, own=inputs.own._replace(stigma=0.0)),
    }


def _unfavourable(inputs: UtilityInputs, translate: Language) -> dict[str, UtilityInputs]:
    return {
        translate("no knowledge"): inputs if inputs.endorses else replace(inputs, knowledge=UNAWARE),
        translate("no trust"): replace(inputs, trust=0.0),
        translate("about to leave"): replace(inputs, stay=0.0),
        translate("services never delivered"): replace(inputs, delivered=_NONE, reputation=_NONE),
        translate("no contact holds a permit"): replace(inputs, holders=0),
        translate("all contacts let it lapse"): replace(inputs, holders=0, lapsed=inputs.contacts),
        translate("nothing online"): replace(inputs, procedure=inputs.procedure._replace(online=0.0)),
        translate("no enforcement"): replace(inputs, scalars=inputs.scalars._replace(enforcement=0.0)),
    }
