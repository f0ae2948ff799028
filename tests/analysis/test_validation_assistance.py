"""Replications of the trials of fees, reminders, visits and help."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from takeup import PermitModel
from takeup.analysis.trial.design import TrialDesign
from takeup.analysis.trial.run import contrast_arms, run_trial
from takeup.analysis.validation import replications
from takeup.analysis.validation.assistance import (
    fee_trials,
    help_trials,
    registration_visits,
    standard_form_by_education,
)
from takeup.analysis.validation.replications import REPLICATIONS, replicate
from takeup.analysis.validation.studies import ELIGIBLE_NONHOLDERS, QUANTITIES, SCENARIOS, read_studies
from takeup.district import ATTRIBUTES, LEVEL_OF, District
from takeup.scenario import load_scenario

AGENTS, SEED = 3_000, 5
MANY = 12_000
"""Agents of the trials among the interested, of whom there are some 200."""
STUDIES = read_studies()
SET_UP = STUDIES.set_up


def history(template: District, agents: int = AGENTS, **parameters: float) -> PermitModel:
    """Return a model of the template at the end of the history."""
    model = PermitModel(template, None, agents, rng=SEED, parameters=parameters)
    model.run_until(STUDIES.until)
    return model


@pytest.fixture(scope="module")
def before(template: District) -> PermitModel:
    return history(template)


def six_months(model: PermitModel, share: float = 0.5) -> TrialDesign:
    begin = model.state.month + 1
    return TrialDesign(share, "person", ELIGIBLE_NONHOLDERS, (), begin, (begin + 6,))


def test_the_contrast_of_permits_is_that_of_a_whole_trial(before: PermitModel) -> None:
    """A whole trial has a third run, in which everyone is treated; no one settles in this one alone."""
    letter, design = load_scenario(SCENARIOS / "letter.toml"), six_months(before)
    contrast = contrast_arms(before.branch(None), letter, design)
    rows = {row["arm"]: row for row in run_trial(before.branch(None), letter, design)}
    control = rows["control"]
    assert contrast.effect == control["itt"] != 0.0
    assert contrast.persons == control["persons"] + rows["treated"]["persons"]
    assert contrast.control == pytest.approx(100.0 * float(control["valid"]) / float(control["persons"]))
    assert contrast.ratio == pytest.approx(1.0 + contrast.effect / contrast.control)


def test_only_the_persons_of_a_restriction_are_enrolled(before: PermitModel) -> None:
    letter, design = load_scenario(SCENARIOS / "letter.toml"), six_months(before)
    some = np.arange(before.world.slots) % 2 == 0
    halves = [contrast_arms(before.branch(None), letter, design, among=each).persons for each in (some, ~some)]
    assert min(halves) > 0
    assert sum(halves) == contrast_arms(before.branch(None), letter, design).persons
    nobody = contrast_arms(before.branch(None), letter, design, among=np.zeros_like(some))
    assert nobody.persons == 0
    assert np.isnan([nobody.effect, nobody.control, nobody.ratio]).all()
    assert np.isnan(contrast_arms(before.branch(None), letter, replace(design, share=1e-9)).effect)


def test_the_set_ups_leave_the_district_as_it_was(before: PermitModel) -> None:
    migrants, month = before.state.migrants.rows().tobytes(), before.state.month
    for replication in (fee_trials, help_trials, registration_visits, standard_form_by_education):
        replication(before, SET_UP)
    assert before.state.migrants.rows().tobytes() == migrants
    assert before.state.month == month


def test_a_fee_that_costs_nothing_needs_no_voucher(template: District) -> None:
    """The letter then is the only treatment: no effect beside a letter, and the same one with or without the fee."""
    result = fee_trials(history(template, MANY, fee_cost=0.0), SET_UP)
    assert result["fee_voucher"] == 1.0
    assert result["fee_waiver_message"] > 1.0
    assert result["reminder"] > 0.0


def test_a_higher_cost_of_the_fee_makes_the_waiver_stronger(template: District) -> None:
    """The district's history has no fee, so both trials have the same participants."""
    dear, cheap = (fee_trials(history(template, MANY, fee_cost=cost), SET_UP) for cost in (0.0075, 0.0025))
    assert dear["fee_voucher"] > cheap["fee_voucher"] > 1.0
    assert dear["fee_waiver_message"] > cheap["fee_waiver_message"] > 1.0
    assert dear["reminder"] == cheap["reminder"]


def test_the_interested_would_apply(template: District) -> None:
    """Where nobody wants the permit, no one is interested."""
    result = fee_trials(history(template, stigma=10.0, **{"value": 0.0}), SET_UP)
    assert np.isnan(list(result.values())).all()


def test_help_without_burdens_is_a_visit(template: District) -> None:
    model = history(template, fee_cost=0.0, learning=0.0, trip_cost=0.0)
    result = help_trials(model, SET_UP)
    visit = contrast_arms(
        model.branch(SCENARIOS / "fee.toml"), load_scenario(SCENARIOS / "visit_fee.toml"), six_months(model)
    )
    assert result["visit_information"] == visit.effect > 0.0
    assert result["subsidy_and_help"] == visit.ratio


def test_help_does_more_than_information(before: PermitModel) -> None:
    visit = contrast_arms(
        before.branch(SCENARIOS / "fee.toml"), load_scenario(SCENARIOS / "visit_fee.toml"), six_months(before)
    )
    assert help_trials(before, SET_UP)["subsidy_and_help"] > visit.ratio


def test_visits_register_those_who_would_not_register_soon(template: District, before: PermitModel) -> None:
    assert registration_visits(before, SET_UP)["door_visits"] > 1.0
    slow = registration_visits(history(template, register=0.01), SET_UP)["door_visits"]
    assert slow > 5.0  # three in ten at once, beside three in a hundred in three months
    assert registration_visits(history(template, register=1.0), SET_UP)["door_visits"] == 1.0


def test_a_form_that_costs_nothing_helps_no_group_more(template: District) -> None:
    assert standard_form_by_education(history(template, documents=0.0, learning=0.0), SET_UP) == {
        "sign_standard_form": 0.0
    }


def test_the_effect_by_education_is_the_difference_of_two_trials(before: PermitModel) -> None:
    education = LEVEL_OF["education"][before.state.migrants.profile]
    simpler, design = load_scenario(SCENARIOS / "letter_simplified.toml"), six_months(before)
    low, high = (
        contrast_arms(before.branch(SCENARIOS / "letter.toml"), simpler, design, among=np.isin(education, levels))
        for levels in ((0, 1), (2, 3))
    )
    assert ATTRIBUTES["education"] == ("primary", "junior", "senior", "college")
    assert low.effect != 0.0 != high.effect
    assert standard_form_by_education(before, SET_UP) == {"sign_standard_form": low.effect - high.effect}


def test_every_quantity_has_one_replication() -> None:
    computed = [name for names in REPLICATIONS.values() for name in names]
    assert sorted(computed) == sorted(QUANTITIES)


def test_only_the_replications_of_the_quantities_are_simulated(
    before: PermitModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulated: list[str] = []
    counted = {
        (lambda district, set_up, of=replication, names=names: simulated.extend(names) or of(district, set_up)): names
        for replication, names in REPLICATIONS.items()
    }
    monkeypatch.setattr(replications, "REPLICATIONS", counted)
    values = replicate(before, SET_UP, ("door_visits",))
    assert values == {"door_visits": registration_visits(before, SET_UP)["door_visits"]}
    assert simulated == ["door_visits"]
    assert replicate(before, SET_UP, ("issued_a_head",)).keys() == {"issued_a_head"}
