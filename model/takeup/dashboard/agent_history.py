"""One migrant month by month: state, eligibility and utility, also in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from takeup.analysis.why import Reason, attribute_reasons, take_snapshot
from takeup.constants import PERCENT
from takeup.dashboard.agent_utility import UtilityInputs, utility_inputs
from takeup.dashboard.context import FIRST, LAST, BaselineRun
from takeup.district import ATTRIBUTES, LEVEL_OF
from takeup.report.formatting import MINUS, decimal, join_words
from takeup.rules import INFORMED, LAPSED, NEVER, NONE, QUEUED, UNAWARE, VALID, residence
from takeup.scenario import BASELINE, Scenario
from takeup.simulation import PermitModel

_MET, _NOT_MET = "✓", "✗"
_KNOWLEDGE: Final = {UNAWARE: "has never heard of it", INFORMED: "knows its purpose and the procedure"}


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


def find_agents(model: PermitModel, reason: Reason | None) -> NDArray[np.int64]:
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


def agent_profile(history: AgentHistory, record: MonthRecord) -> list[tuple[str, str]]:
    """Describe a migrant: names and values of attributes and durations.

    Args:
        history: the migrant.
        record: the record of the month to describe.
    """
    attributes = {join_words(name): join_words(level) for name, level in history.profile.items()}
    registered = "no" if record.registered_months == NEVER else f"for {_months(record.registered_months)}"
    return [
        *attributes.items(),
        ("social insurance", "yes" if history.insured else "no"),
        ("lives here", f"for {_months(record.residence_months)}"),
        ("registered", registered),
        ("trust", decimal(record.inputs.trust, 2)),
    ]


def requirements(record: MonthRecord) -> list[tuple[str, str]]:
    """Describe the requirements for a valid permit and whether each is met."""
    inputs = record.inputs
    knowledge = _KNOWLEDGE.get(inputs.knowledge, "has heard of it, understands little")
    rows = [
        ("aware of the permit", _mark(inputs.knowledge != UNAWARE, knowledge)),
        ("eligible", _mark(record.eligible, _eligibility(record))),
    ]
    if inputs.status == QUEUED:
        return [*rows, ("permit", "application is waiting at the service centre")]
    if inputs.status == VALID:
        duration = f"{_months(record.permit_months)} after issue or the last endorsement"
        return [*rows, ("permit", f"valid, {duration}"), ("worth keeping", _mark(inputs.utility > 0.0))]
    considers = ("considers it", f"{decimal(PERCENT * record.consideration)} % per month, unprompted")
    positive = ("worth it", _mark(inputs.utility > 0.0, f"utility {decimal(inputs.utility, 2)}"))
    if inputs.status == LAPSED:
        return [*rows, ("permit", "lapsed"), considers, positive]
    returned = [("last application", _mark(False, "returned as incomplete"))] if record.returned_last else []
    accepted = f"{decimal(PERCENT * record.acceptance)} % of similar applications"
    return [*rows, considers, positive, *returned, ("application accepted", accepted)]


def acceptance_caption(record: MonthRecord) -> str:
    """Describe the probability of acceptance; empty for applicants and holders."""
    if record.inputs.status != NONE:
        return ""
    procedure, return_rate = record.inputs.procedure, record.inputs.scalars.return_rate
    factors = [("return rate", return_rate), ("red tape", procedure.red_tape), ("hardship", procedure.hardship)]
    product = " · ".join(f"{name} {decimal(value, 2)}" for name, value in factors)
    return (
        "An application is either accepted or returned as incomplete, at random. "
        f"It is accepted with probability 1 {MINUS} {product} = {decimal(PERCENT * record.acceptance)} %."
    )


def utility_caption(record: MonthRecord) -> str:
    """Describe which decision the utility refers to, and its unit."""
    action, decision = ("keeping", "keep it") if record.inputs.endorses else ("applying", "apply")
    return f"Utility of {action}, in standard deviations of taste. Above 0 the migrant would {decision}."


def _record(model: PermitModel, slot: int) -> MonthRecord:
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
        consideration=pace * attention,
        acceptance=inputs.own.complete,
        returned_last=bool(person["returned_last"]),
    )


def _eligibility(record: MonthRecord) -> str:
    """Describe why the migrant is eligible, or what is missing."""
    never = record.registered_months == NEVER
    registration = "not registered" if never else f"registered for {_months(record.registered_months)}"
    if not record.eligible:
        return f"{registration}; lives here for {_months(record.residence_months)}"
    return f"by registration, {registration}" if record.eligible_by_registration else "by insurance or home ownership"


def _mark(is_met: bool, text: str = "") -> str:
    return f"{_MET if is_met else _NOT_MET} {text}".strip()


def _months(number: int) -> str:
    return "1 month" if number == 1 else f"{number} months"
