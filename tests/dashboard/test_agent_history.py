"""One migrant: the utility is the model's, and the months are those of the run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from takeup.analysis.why import Reason, attribute_reasons, take_snapshot
from takeup.dashboard.agent_history import (
    UtilityInputs,
    acceptance_caption,
    agent_history,
    agent_profile,
    find_agents,
    one_at_a_time,
    requirements,
    utility_inputs,
    utility_summands,
)
from takeup.dashboard.context import FIRST, LAST, BaselineRun, DashboardContext
from takeup.dashboard.policy_editor import InterventionDraft, PolicyDraft, to_scenario
from takeup.district import District
from takeup.months import parse_month
from takeup.report.i18n import ENGLISH
from takeup.rules import LAPSED, NONE, QUEUED, STATUSES, UNAWARE, VALID
from takeup.simulation import PermitModel, people_table

MONTH = parse_month("2018-12")
TOGETHER = PolicyDraft(
    "Fee and more",
    (
        InterventionDraft("fee_cny", "set", 60.0, "2019-03"),
        InterventionDraft("enforcement", "set", 0.3, "2019-03"),
        InterventionDraft("drift", "set", 0.05, "2019-03"),
        InterventionDraft("online", "set", 0.4, "2019-03", streets=("Shamian", "Hualin")),
    ),
)


@pytest.fixture(scope="module")
def models(context: DashboardContext) -> list[PermitModel]:
    return [context.shown.model_at(MONTH), context.shown.model_at(LAST, to_scenario(TOGETHER))]


def all_inputs(models: list[PermitModel]) -> list[UtilityInputs]:
    return [
        utility_inputs(model, int(slot), conditions)
        for model, conditions in [(model, model.conditions()) for model in models]
        for slot in find_agents(model, None)
    ]


def test_the_utility_of_applying_has_the_bits_of_why(models: list[PermitModel]) -> None:
    for model in models:
        utilities = attribute_reasons(take_snapshot(model)).utilities[:, 0]
        slots = find_agents(model, None)
        assert len(slots) == model.state.population
        conditions = model.conditions()
        applying = [utility_inputs(model, int(slot), conditions).utility_of_applying for slot in slots]
        np.testing.assert_array_equal(applying, utilities[slots])


def test_the_utility_of_keeping_decides_in_the_model(context: DashboardContext) -> None:
    """The sign decides whether migrants whose endorsement is due endorse next month or let the permit lapse."""
    before = context.shown.model_at(MONTH)
    migrants = before.state.migrants.copy()
    due = (migrants["status"] == VALID) & (migrants["permit_months"] == 11)
    utility = {int(slot): utility_inputs(before, int(slot)).utility_of_endorsing for slot in np.flatnonzero(due)}
    before.step()
    after = before.state.migrants
    agree = [
        (utility[slot] > 0.0) == (after["status"][slot] == VALID)
        for slot in utility
        if after["person"][slot] == migrants["person"][slot]
        and (after["status"][slot] == VALID or after["lapse_cause"][slot] == 3)
    ]
    assert len(agree) > 10
    assert np.mean(agree) > 0.9  # trust and tenure move on within the month


def test_terms_add_up_to_the_utility(models: list[PermitModel]) -> None:
    for one in all_inputs(models)[::7]:
        assert sum(term.amount for term in utility_summands(one)) == pytest.approx(one.utility, abs=1e-9)


def test_a_variation_that_changes_the_decision_turns_the_sign(models: list[PermitModel]) -> None:
    decisive = 0
    for one in all_inputs(models)[::7]:
        variations = one_at_a_time(one)
        assert all(each.utility != one.utility for each in variations)
        assert all((each.utility > one.utility) == (one.utility <= 0.0) for each in variations)
        assert all(each.changes_decision == ((each.utility > 0.0) != (one.utility > 0.0)) for each in variations)
        decisive += any(each.changes_decision for each in variations)
    assert decisive > 50


def test_no_effort_for_papers_removes_the_whole_term(models: list[PermitModel]) -> None:
    one = next(
        each
        for each in all_inputs(models)
        if each.status == NONE and each.utility < 0 and each.procedure.hardship > 0
    )
    papers = next(term.amount for term in utility_summands(one) if term.title == "papers")
    eased = next(each.utility for each in one_at_a_time(one) if each.title == "no effort for papers")
    assert eased == pytest.approx(one.utility - papers)
    unhindered = replace(one, procedure=one.procedure._replace(hardship=0.0))
    assert "papers" not in {term.title for term in utility_summands(unhindered)}


@pytest.mark.parametrize("policy", [None, TOGETHER], ids=["no policy", "policy"])
def test_a_history_is_one_persons_months(context: DashboardContext, policy: PolicyDraft | None) -> None:
    scenario = to_scenario(policy if policy is not None else PolicyDraft("None", ()))
    model = context.shown.model_at(MONTH, scenario)
    for slot in find_agents(model, None)[::200].tolist():
        history = agent_history(context.shown, slot, MONTH, scenario)
        months = [record.month for record in history.records]
        assert months == list(range(months[0], months[-1] + 1))
        assert months[0] <= MONTH <= months[-1]
        assert history.person == model.state.migrants["person"][slot]
        ages = [record.residence_months for record in history.records]
        assert ages == list(range(ages[0], ages[0] + len(ages)))


def test_a_record_is_the_row_of_the_people_table(context: DashboardContext) -> None:
    model = context.shown.model_at(MONTH)
    table = people_table(model).set_index("person")
    causes = attribute_reasons(take_snapshot(model)).reasons
    for slot in find_agents(model, None)[::150].tolist():
        history = agent_history(context.shown, slot, MONTH)
        record, row = history.at(MONTH), table.loc[history.person]
        assert STATUSES[record.inputs.status] == row["status"]
        assert record.inputs.trust == row["trust"]
        assert record.registered_months == row["registered_months"]
        assert context.district.streets[history.street] == row["street"]
        assert history.profile["housing"] == row["housing"]
        ineligible = {Reason.NOT_LONG_HERE, Reason.NEVER_REGISTERED, Reason.REGISTRATION_BROKEN}
        if row["status"] == "none":
            assert record.eligible == (Reason(causes[slot]) not in ineligible)


def test_the_probability_of_considering_is_that_of_the_persons_attentiveness(liwan: District) -> None:
    """Without publicity; people of one profile, street and status differ, and none is above the hassle factor."""
    parameters = liwan.parameters.override({"attention_spread": 1.0, "attention": 0.9}, "a test")
    run = BaselineRun(replace(liwan, parameters=parameters), 1_500, 3)
    model = run.model_at(FIRST)
    clipped = 0
    for slot in find_agents(model, None)[::100].tolist():
        record = agent_history(run, slot, FIRST).at(FIRST)
        attentiveness = model.world.attentiveness[model.state.migrants.attentiveness[slot]]
        assert record.inputs.status == NONE
        assert record.consideration == record.inputs.own.pace * min(1.0, 0.9 * attentiveness)
        clipped += record.consideration == record.inputs.own.pace
    assert 0 < clipped < 10


def test_agents_are_selected_by_their_reason(models: list[PermitModel]) -> None:
    causes = attribute_reasons(take_snapshot(models[0])).reasons
    for cause in Reason:
        slots = find_agents(models[0], cause)
        assert len(slots) == (causes == cause).sum()
        assert (causes[slots] == cause).all()


def test_requirements_and_profile_describe_the_record(context: DashboardContext) -> None:
    statuses = set()
    for slot in find_agents(context.shown.model_at(MONTH), None)[::90].tolist():
        history = agent_history(context.shown, slot, MONTH)
        record = history.at(MONTH)
        rows = dict(requirements(record))
        statuses.add(record.inputs.status)
        assert rows["aware of the permit"].startswith("✗" if record.inputs.knowledge == UNAWARE else "✓")
        assert rows["eligible"].startswith("✓" if record.eligible else "✗")
        assert ("worth it" in rows) == (record.inputs.status in (NONE, LAPSED))
        assert dict(agent_profile(history, record))["age"] == ENGLISH.words(history.profile["age"])
    assert statuses >= {NONE, VALID} <= {NONE, QUEUED, VALID, LAPSED}


def test_a_returned_application_is_shown_with_the_probability_of_acceptance(context: DashboardContext) -> None:
    model = context.shown.model_at(MONTH)
    returned = find_agents(model, Reason.RETURNED)
    assert len(returned)
    history = agent_history(context.shown, int(returned[0]), MONTH)
    record = history.at(MONTH)
    assert record.returned_last
    assert dict(requirements(record))["last application"] == "✗ returned as incomplete"
    inputs = record.inputs
    product = inputs.scalars.return_rate * inputs.procedure.red_tape * inputs.procedure.hardship
    assert record.acceptance == 1.0 - product < 1.0
    assert acceptance_caption(record).endswith(f" = {100.0 * record.acceptance:.1f} %.")


def test_an_accepted_application_is_not_shown_as_returned(context: DashboardContext) -> None:
    model = context.shown.model_at(MONTH)
    for reason in (Reason.VALID, Reason.QUEUEING):
        record = agent_history(context.shown, int(find_agents(model, reason)[0]), MONTH).at(MONTH)
        assert not record.returned_last
        assert "last application" not in dict(requirements(record))
        assert acceptance_caption(record) == ""
