"""Replications of the studies inside the model, for one draw of the posterior.

A history is simulated, and at its end every study is set up with the same agents and random numbers: information
experiments, an induced permit of a contact, administrative counts, a mandatory permit, changes of the rules, and a
survey on the willingness to apply. The trials of fees, visits and help are in `assistance`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from takeup.analysis.trial.design import TrialDesign, eligible_slots, enrol_persons
from takeup.analysis.trial.run import TrialRow, run_trial
from takeup.analysis.validation.assistance import (
    fee_trials,
    help_trials,
    registration_visits,
    standard_form_by_education,
)
from takeup.analysis.validation.studies import ELIGIBLE_NONHOLDERS, QUANTITIES, SCENARIOS, SetUp
from takeup.analysis.why.attribution import attribute_reasons, take_snapshot
from takeup.district import ATTRIBUTES, LEVEL_OF, SERVICES, load_checked
from takeup.months import MONTHS_A_YEAR, format_month
from takeup.report.formatting import PERCENT
from takeup.rules import INFORMED, NO_LAPSE, NONE, QUEUED, VALID
from takeup.runs.journal import key_of
from takeup.runs.scheduler import Job
from takeup.runs.task import RunSettings
from takeup.scenario import Intervention, Scenario, SourcedIntervention, load_scenario
from takeup.simulation import DistrictModel
from takeup.simulation.output import Row


def information_experiment(district: DistrictModel, set_up: SetUp) -> dict[str, float]:
    """Simulate experiments with letters, less paperwork and information on benefits.

    Args:
        district: model at the end of the history; it does not change.
        set_up: numbers used in the set-ups.

    Returns:
        The effects of a letter with normal and with little paperwork and their difference, in percentage points; and
        the ratios of permits for a simpler form and for showing the benefit. The keys are those of `QUANTITIES`.
    """
    letter, simplified = _scenario("letter"), _scenario("letter_simplified")
    alone = _run_arms(district, None, letter, set_up)
    light = _run_arms(district, _scenario("little_paperwork"), _scenario("letter_little_paperwork"), set_up)
    simpler = _run_arms(district, letter, simplified, set_up)
    shown = _run_arms(district, simplified, reveal_benefit(simplified, district), set_up)
    return {
        "message_alone": _effect(alone),
        "message_light_burden": _effect(light),
        "message_by_burden": _effect(light) - _effect(alone),
        "simplification": _ratio(simpler),
        "benefit_shown": _ratio(shown),
    }


def reveal_benefit(scenario: Scenario, district: DistrictModel) -> Scenario:
    """Extend a scenario so that services count at their full promise for one month.

    In its first month, the value of each service is divided by its reputation, up to the upper limit of the value's
    range.

    Args:
        scenario: scenario to extend.
        district: model at the end of the month before.
    """
    month = format_month(district.state.month + 1)
    raised = []
    for service, reputation in zip(SERVICES, district.state.reputation.tolist(), strict=True):
        value = district.parameters[f"value.{service}"]
        full = min(value.value / reputation, value.high) if reputation > 0.0 else value.value
        raised.append(Intervention.model_validate({"lever": value.name, "set": full, "from": month, "until": month}))
    stated = tuple(SourcedIntervention(each, None, number) for number, each in enumerate(raised, 1))
    return Scenario(
        f"{scenario.name}_benefit_shown", "The benefit shown", "", scenario.source, scenario.stated + stated
    )


def _scenario(name: str) -> Scenario:
    return load_scenario(SCENARIOS / f"{name}.toml")


def _run_arms(
    district: DistrictModel, policy: Scenario | None, treatment: Scenario, set_up: SetUp
) -> dict[str, TrialRow]:
    """Conduct a trial in a district under a policy, and return its row for each arm."""
    begin = district.state.month + 1
    follow_up = begin + set_up.message_months.whole
    design = TrialDesign(set_up.message_share.value, "person", ELIGIBLE_NONHOLDERS, (), begin, (follow_up,))
    return {str(row["arm"]): row for row in run_trial(district.branch(policy), treatment, design)}


def _effect(arms: dict[str, TrialRow]) -> float:
    """Return the intention-to-treat effect in percentage points."""
    return float(arms["control"]["itt"])


def _ratio(arms: dict[str, TrialRow]) -> float:
    """Compute the ratio of take-up with the treatment to take-up without it."""
    persons, valid = float(arms["control"]["persons"]), float(arms["control"]["valid"])
    return 1.0 + _effect(arms) * persons / (PERCENT * valid) if valid > 0.0 else float("nan")


def peer_effect(district: DistrictModel, set_up: SetUp) -> float:
    """Simulate the effect of giving one contact a permit on eligible non-holders.

    The same agents are simulated with and without the given permits. Persons with more than one such contact, or who
    are given a permit themselves, are excluded.

    Args:
        district: model at the end of the history; it does not change.
        set_up: numbers used in the set-ups.

    Returns:
        Effect on take-up in percentage points; NaN if no person can be followed up.
    """
    begin = district.state.month + 1
    until = district.state.month + set_up.peer_months.whole
    design = TrialDesign(set_up.induced_share.value, "person", "nonholders", (), begin, (until,))
    enrolment, queued = enrol_persons(district, design), district.state.migrants.status == QUEUED
    induced = np.zeros(district.world.slots, dtype=bool)
    induced[enrolment.slots[enrolment.treated]] = True
    induced &= ~queued
    others = eligible_slots(district, replace(design, eligible=ELIGIBLE_NONHOLDERS)) & ~queued & ~induced
    listeners = np.flatnonzero(others & (induced[district.world.contacts].sum(axis=1) == 1))

    without, changed = district.branch(None), district.checkpoint()
    migrants = changed.state.migrants
    for column, value in (
        ("status", VALID),
        ("knowledge", INFORMED),
        ("permit_months", 0),
        ("lapse_cause", NO_LAPSE),
        ("returned_last", False),
    ):
        migrants[column][induced] = value
    with_permits = type(district)(scenario=district.policy, checkpoint=changed, **district.arguments)
    is_present, persons = np.ones(len(listeners), dtype=bool), district.state.migrants.person[listeners]
    for model in (without, with_permits):
        model.run_until(until)
        is_present &= model.state.migrants.person[listeners] == persons
        is_present &= model.world.rank[listeners] < model.state.population
    followed = listeners[is_present]
    if not len(followed):
        return float("nan")
    shares = [float((model.state.migrants.status[followed] == VALID).mean()) for model in (with_permits, without)]
    return PERCENT * (shares[0] - shares[1])


WEEKS_A_MONTH: Final = 365.25 / 7 / MONTHS_A_YEAR
_TENANTS: Final = ("registered_lease", "informal_lease")


def administrative_counts(district: DistrictModel, set_up: SetUp) -> dict[str, float]:
    """Compute three counts of permits that administrations publish.

    Args:
        district: model at the end of the month before the campaign; it does not change.
        set_up: numbers used in the set-ups.

    Returns:
        `issued_a_head`: permits issued in the last simulated year per 100 persons; `opening_pipeline`: permits issued
        per accepted application in the opening months, NaN without applications; `campaign`: first permits of tenants
        per 100 tenants, see `_campaign`.
    """
    year, opening = district.rows[-MONTHS_A_YEAR:], district.rows[: set_up.opening_months.whole]
    accepted = _sum(opening, "applications") - _sum(opening, "returned")
    return {
        "issued_a_head": PERCENT * _sum(year, "issued") / (_sum(year, "population") / len(year)),
        "opening_pipeline": _sum(opening, "issued") / accepted if accepted > 0.0 else float("nan"),
        "campaign": _campaign(district, set_up),
    }


def mandatory_permit_rates(district: DistrictModel, set_up: SetUp) -> dict[str, float]:
    """Simulate the introduction of a mandatory permit.

    No migrant has a permit before. The capacity is proportional to the population at the introduction.

    Args:
        district: model with the agents, parameters and seed to use; it does not change.
        set_up: numbers used in the set-ups.

    Returns:
        `mandatory`: permits issued since the introduction per 100 persons; `mandatory_accepted`: applications
        accepted since then per 100 persons.
    """
    start, place = format_month(district.start), district.district
    persons = place.population.persons(district.start, place.population.most)
    rule = load_scenario(SCENARIOS / "shenzhen_2008.toml")
    counters = Intervention.model_validate(
        {"lever": "capacity", "set": set_up.mandatory_capacity.value * persons, "from": start}
    )
    policy = replace(rule, stated=(*rule.stated, SourcedIntervention(counters, None, len(rule.stated) + 1)))
    regime = type(district)(scenario=policy, **district.arguments)
    regime.run_until(district.start + set_up.mandatory_months.whole - 1)
    population = float(regime.rows[-1]["population"])
    accepted = _sum(regime.rows, "applications") - _sum(regime.rows, "returned")
    return {
        "mandatory": PERCENT * _sum(regime.rows, "issued") / population,
        "mandatory_accepted": PERCENT * accepted / population,
    }


def rule_change_effects(district: DistrictModel, set_up: SetUp) -> dict[str, float]:
    """Simulate the effects of stricter conditions and a longer procedure on take-up.

    Args:
        district: model at the end of the history; it does not change.
        set_up: numbers used in the set-ups.

    Returns:
        `sign_conditions` and `sign_procedure`: changes of take-up in percentage points.
    """
    until = district.state.month + set_up.policy_months.whole
    shares = []
    for name in (None, "stricter_conditions", "longer_procedure"):
        model = district.branch(None if name is None else SCENARIOS / f"{name}.toml")
        model.run_until(until)
        shares.append(PERCENT * float(model.rows[-1]["valid"]) / float(model.rows[-1]["population"]))
    return {"sign_conditions": shares[1] - shares[0], "sign_procedure": shares[2] - shares[0]}


def _campaign(district: DistrictModel, set_up: SetUp) -> float:
    """Count first permits of tenants in a campaign, per 100 tenants.

    The count is scaled from the simulated months to the weeks of the study's campaign. Permits count from the second
    month on, because no application is processed in its first month. Tenants count if they are residents in the first
    month and until the end.
    """
    town, months = district.branch(SCENARIOS / "campaign.toml"), set_up.campaign_months
    town.step()
    migrants = town.state.migrants
    rented = np.isin(LEVEL_OF["housing"], [ATTRIBUTES["housing"].index(level) for level in _TENANTS])
    tenants = town.state.occupied(town.world) & rented[migrants.profile]
    before, without_permit = migrants.person.copy(), tenants & np.isin(migrants.status, (NONE, QUEUED))
    town.run_until(town.state.month + months.whole)
    stayed = (town.state.migrants.person == before) & town.state.occupied(town.world)
    issued = int((without_permit & stayed & (town.state.migrants.status == VALID)).sum())
    weeks = set_up.campaign_weeks.value / (months.value * WEEKS_A_MONTH)
    number = int((tenants & stayed).sum())
    return PERCENT * weeks * issued / number if number else float("nan")


def _sum(rows: list[Row], column: str) -> float:
    return float(sum(float(row[column]) for row in rows))


_NAMES: Final = ("sign_awareness", "sign_schoolchild", "sign_housing", "sign_education", "sign_income")
_SECURE: Final = ("registered_lease", "owned")


def willingness_regression(district: DistrictModel) -> dict[str, float]:
    """Compute the linear regression of willingness on personal attributes.

    Respondents are migrants whose residence is long enough for the permit. A respondent is willing if they have a
    permit, have applied, or would apply if they considered it now.

    Args:
        district: model at the end of the month of the survey.

    Returns:
        Coefficients in percentage points by quantity; NaN where all respondents have the same value.
    """
    migrants = district.state.migrants
    is_respondent = district.state.occupied(district.world) & (
        migrants.residence_months >= district.months_to_qualify
    )
    utility = attribute_reasons(take_snapshot(district)).utilities[is_respondent, 0]
    respondents = migrants.rows(is_respondent)
    willing = (utility > 0.0) | np.isin(respondents["status"], (QUEUED, VALID))
    return dict(zip(_NAMES, _coefficients(_covariates(respondents), willing).tolist(), strict=True))


def _covariates(respondents: NDArray[np.void]) -> NDArray[np.float64]:
    """Return the covariates in the order of `_NAMES`, shape (respondents, 5)."""
    level = {attribute: LEVEL_OF[attribute][respondents["profile"]] for attribute in ATTRIBUTES}
    secure = [ATTRIBUTES["housing"].index(name) for name in _SECURE]
    columns = (
        respondents["knowledge"] == INFORMED,
        level["schoolchild"] == ATTRIBUTES["schoolchild"].index("yes"),
        np.isin(level["housing"], secure),
        level["education"],
        level["work"] == ATTRIBUTES["work"].index("contract"),
    )
    return np.column_stack([np.asarray(column, dtype=np.float64) for column in columns])


def _coefficients(covariates: NDArray[np.float64], willing: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Fit ordinary least squares with a constant; NaN for constant covariates."""
    coefficients = np.full(covariates.shape[1], np.nan)
    varies = np.ptp(covariates, axis=0) > 0.0 if len(covariates) else np.zeros(len(coefficients), dtype=bool)
    if varies.any():
        centred = covariates[:, varies] - covariates[:, varies].mean(axis=0)
        coefficients[varies] = PERCENT * np.linalg.lstsq(centred, willing - willing.mean(), rcond=None)[0]
    return coefficients


Replication = Callable[[DistrictModel, SetUp], dict[str, float]]
"""Function that computes quantities from a model at the end of the history, which does not change."""

REPLICATIONS: Final[dict[Replication, tuple[str, ...]]] = {
    information_experiment: (
        "message_alone", "message_light_burden", "message_by_burden", "simplification", "benefit_shown",
    ),
    fee_trials: ("fee_waiver_message", "fee_voucher", "reminder"),
    help_trials: ("visit_information", "subsidy_and_help"),
    registration_visits: ("door_visits",),
    standard_form_by_education: ("sign_standard_form",),
    lambda district, set_up: {"peer_effect": peer_effect(district, set_up)}: ("peer_effect",),
    lambda district, _: willingness_regression(district): _NAMES,
    rule_change_effects: ("sign_conditions", "sign_procedure"),
    administrative_counts: ("issued_a_head", "opening_pipeline", "campaign"),
    mandatory_permit_rates: ("mandatory", "mandatory_accepted"),
}  # fmt: skip
"""The quantities that each replication computes."""


def replicate(district: DistrictModel, set_up: SetUp, quantities: Collection[str]) -> dict[str, float | None]:
    """Simulate the replications that compute some quantities.

    Args:
        district: model at the end of the history; it does not change.
        set_up: numbers used in the set-ups.
        quantities: names of quantities of `QUANTITIES`.

    Returns:
        Value of each quantity; None where it is undefined.
    """
    values: dict[str, float] = {}
    for replication, computed in REPLICATIONS.items():
        if not set(quantities).isdisjoint(computed):
            values.update(replication(district, set_up))
    return {name: values[name] if math.isfinite(values[name]) else None for name in quantities}


class ReplicationRun(NamedTuple):
    """The inputs of the replications in one draw, as a worker receives them.

    Attributes:
        district, digest: folder of the district, and its expected digest.
        settings: settings of the simulations; their seed is also that of the arms.
        until: last month of the history, YYYY-MM.
        set_up: numbers used in the set-ups.
    """

    district: str
    digest: str
    settings: RunSettings
    until: str
    set_up: SetUp

    def job(self) -> Job[ReplicationRun]:
        """Make the job of the draw, with a key that hashes all inputs of the results."""
        key = key_of(self.digest, self.until, self.set_up.content, *self.settings.content)
        return Job(key, self)


def run_replication(run: ReplicationRun) -> dict[str, float | None]:
    """Simulate the history of a draw and the replications of all studies.

    Returns:
        Value of each quantity of `QUANTITIES`; None where it is undefined.
    """
    district = run.settings.model(load_checked(run.district, run.digest))
    district.run_until(run.until)
    return replicate(district, run.set_up, QUANTITIES)
