"""One person: what they weigh is what the model weighs, and their months are those of the run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from takeup.analysis.why import Reason, attribute_reasons, take_snapshot
from takeup.dashboard.changing import changes_of
from takeup.dashboard.diary import diary_of, people_with, weighed_by
from takeup.dashboard.drafts import Draft, Policy, scenario_of
from takeup.dashboard.history import LAST
from takeup.dashboard.portrait import gates, profile
from takeup.dashboard.stage import Stage
from takeup.dashboard.weighing import Weighed, terms_of
from takeup.months import parse_month
from takeup.rules import LAPSED, NONE, QUEUED, STATUSES, UNAWARE, VALID
from takeup.simulation import PermitModel, people_table

MONTH = parse_month("2018-12")
TOGETHER = Policy(
    "Fee and more",
    (
        Draft("fee_cny", "set", 60.0, "2019-03"),
        Draft("enforcement", "set", 0.3, "2019-03"),
        Draft("drift", "set", 0.05, "2019-03"),
        Draft("online", "set", 0.4, "2019-03", streets=("Shamian", "Hualin")),
    ),
)


@pytest.fixture(scope="module")
def models(stage: Stage) -> list[PermitModel]:
    return [stage.first.at(MONTH), stage.first.at(LAST, scenario_of(TOGETHER))]


def everyone(models: list[PermitModel]) -> list[Weighed]:
    return [weighed_by(model, int(slot)) for model in models for slot in people_with(model, None)]


def test_what_applying_is_worth_has_the_bits_of_the_funnel(models: list[PermitModel]) -> None:
    for model in models:
        utilities = attribute_reasons(take_snapshot(model)).utilities[:, 0]
        slots = people_with(model, None)
        assert len(slots) == model.state.population
        np.testing.assert_array_equal([weighed_by(model, int(slot)).applying for slot in slots], utilities[slots])


def test_what_keeping_is_worth_is_what_the_month_weighs(stage: Stage) -> None:
    """Of whoever endorses or is disappointed next month, by their months: the sign decides."""
    before = stage.first.at(MONTH)
    migrants = before.state.migrants.copy()
    due = (migrants["status"] == VALID) & (migrants["permit_months"] == 11)
    worth = {int(slot): weighed_by(before, int(slot)).keeping for slot in np.flatnonzero(due)}
    before.step()
    after = before.state.migrants
    agree = [
        (worth[slot] > 0.0) == (after["status"][slot] == VALID)
        for slot in worth
        if after["person"][slot] == migrants["person"][slot]
        and (after["status"][slot] == VALID or after["lapse_cause"][slot] == 3)
    ]
    assert len(agree) > 10
    assert np.mean(agree) > 0.9  # trust and tenure move on within the month


def test_terms_add_up_to_the_worth(models: list[PermitModel]) -> None:
    for one in everyone(models)[::7]:
        assert sum(term.amount for term in terms_of(one)) == pytest.approx(one.worth, abs=1e-9)


def test_a_change_that_is_enough_turns_the_sign(models: list[PermitModel]) -> None:
    enough = 0
    for one in everyone(models)[::7]:
        found = changes_of(one)
        assert all(each.worth != one.worth for each in found)
        assert all((each.worth > one.worth) == (one.worth <= 0.0) for each in found)
        assert all(each.enough == ((each.worth > 0.0) != (one.worth > 0.0)) for each in found)
        enough += any(each.enough for each in found)
    assert enough > 50


def test_papers_that_are_no_trouble_take_the_whole_term_away(models: list[PermitModel]) -> None:
    one = next(each for each in everyone(models) if each.status == NONE and each.worth < 0 and each.hardship > 0)
    papers = next(term.amount for term in terms_of(one) if term.title == "papers")
    eased = next(each.worth for each in changes_of(one) if each.title == "papers were no trouble")
    assert eased == pytest.approx(one.worth - papers)
    assert "papers" not in {term.title for term in terms_of(replace(one, hardship=0.0))}


@pytest.mark.parametrize("policy", [None, TOGETHER], ids=["as it is", "policy"])
def test_a_diary_is_one_persons_months(stage: Stage, policy: Policy | None) -> None:
    scenario = scenario_of(policy if policy is not None else Policy("None", ()))
    model = stage.first.at(MONTH, scenario)
    for slot in people_with(model, None)[::200].tolist():
        diary = diary_of(stage.first, slot, MONTH, scenario)
        months = [entry.month for entry in diary.entries]
        assert months == list(range(months[0], months[-1] + 1))
        assert months[0] <= MONTH <= months[-1]
        assert diary.person == model.state.migrants["person"][slot]
        ages = [entry.residence_months for entry in diary.entries]
        assert ages == list(range(ages[0], ages[0] + len(ages)))


def test_an_entry_is_the_row_of_the_people_table(stage: Stage) -> None:
    model = stage.first.at(MONTH)
    table = people_table(model).set_index("person")
    causes = attribute_reasons(take_snapshot(model)).causes
    for slot in people_with(model, None)[::150].tolist():
        diary = diary_of(stage.first, slot, MONTH)
        entry, row = diary.at(MONTH), table.loc[diary.person]
        assert STATUSES[entry.weighed.status] == row["status"]
        assert entry.weighed.trust == row["trust"]
        assert entry.registered_months == row["registered_months"]
        assert stage.district.streets[diary.street] == row["street"]
        assert diary.profile["housing"] == row["housing"]
        entitled = {Reason.NOT_LONG_HERE, Reason.NEVER_REGISTERED, Reason.REGISTRATION_BROKEN}
        if row["status"] == "none":
            assert entry.qualified == (Reason(causes[slot]) not in entitled)


def test_people_are_found_by_their_cause(models: list[PermitModel]) -> None:
    causes = attribute_reasons(take_snapshot(models[0])).causes
    for cause in Reason:
        found = people_with(models[0], cause)
        assert len(found) == (causes == cause).sum()
        assert (causes[found] == cause).all()


def test_gates_and_profile_say_what_stands_in_the_entry(stage: Stage) -> None:
    seen = set()
    for slot in people_with(stage.first.at(MONTH), None)[::90].tolist():
        diary = diary_of(stage.first, slot, MONTH)
        entry = diary.at(MONTH)
        rows = dict(gates(entry))
        seen.add(entry.weighed.status)
        assert rows["knows of it"].startswith("✗" if entry.weighed.knowledge == UNAWARE else "✓")
        assert rows["is entitled"].startswith("✓" if entry.qualified else "✗")
        assert ("worth it" in rows) == (entry.weighed.status in (NONE, LAPSED))
        assert dict(profile(diary, entry))["age"] == diary.profile["age"]
    assert seen >= {NONE, VALID} <= {NONE, QUEUED, VALID, LAPSED}
