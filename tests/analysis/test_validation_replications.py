"""Replications of studies inside the model: each changes what it should, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from takeup import PermitModel
from takeup.analysis.trial.design import make_design
from takeup.analysis.trial.run import TrialRun, run_trial_replicate
from takeup.analysis.validation.replications import (
    ReplicationRun,
    administrative_counts,
    information_experiment,
    mandatory_permit_rates,
    peer_effect,
    reveal_benefit,
    rule_change_effects,
    run_replication,
    willingness_regression,
)
from takeup.analysis.validation.studies import QUANTITIES, SCENARIOS, SetUp, read_studies
from takeup.analysis.why.attribution import attribute_reasons, take_snapshot
from takeup.district import SERVICES, District
from takeup.runs import RunSettings
from takeup.scenario import BASELINE, load_scenario
from takeup.simulation import people_table

AGENTS, SEED = 3_000, 5
STUDIES = read_studies()
SET_UP = STUDIES.set_up


@pytest.fixture(scope="module")
def before(template: District) -> PermitModel:
    """A model of the template at the end of the history."""
    model = PermitModel(template, None, AGENTS, rng=SEED)
    model.run_until(STUDIES.until)
    return model


def quiet(template: District, **parameters: float) -> PermitModel:
    model = PermitModel(template, None, AGENTS, rng=SEED, parameters=parameters)
    model.run_until(STUDIES.until)
    return model


@pytest.mark.slow
def test_a_draw_gives_every_quantity_and_the_same_again(template: District) -> None:
    settings = RunSettings(agents=AGENTS, seed=SEED, parameters={"norm": 2.0})
    replication = ReplicationRun(str(template.folder), template.digest, settings, STUDIES.until, SET_UP)
    quantities = run_replication(replication)
    assert list(quantities) == list(QUANTITIES)
    assert all(value is not None for value in quantities.values())
    assert run_replication(replication) == quantities
    assert run_replication(replication._replace(settings=replace(settings, seed=SEED + 1))) != quantities


def test_the_set_ups_leave_the_district_as_it_was(before: PermitModel) -> None:
    """Otherwise the order of the set-ups would matter."""
    migrants, month, rows = before.state.migrants.rows().tobytes(), before.state.month, len(before.rows)
    information_experiment(before, SET_UP)
    peer_effect(before, SET_UP)
    administrative_counts(before, SET_UP)
    rule_change_effects(before, SET_UP)
    willingness_regression(before)
    mandatory_permit_rates(before, SET_UP)
    assert before.state.migrants.rows().tobytes() == migrants
    assert (before.state.month, len(before.rows)) == (month, rows)


def test_a_letter_is_what_a_trial_of_it_finds(template: District, before: PermitModel) -> None:
    letter = load_scenario(SCENARIOS / "letter.toml")
    design = make_design(
        letter, share=0.5, unit="person", eligible="qualified-nonholders", groups={}, months=["2019-07"],
        start="2010-01", until="2019-07",
    )  # fmt: skip
    settings = RunSettings(agents=AGENTS, seed=SEED)
    trial = run_trial_replicate(TrialRun(str(template.folder), template.digest, letter, design, settings))
    assert information_experiment(before, SET_UP)["message_alone"] == trial[0]["itt"] != 0.0


def test_a_letter_that_nobody_minds_does_nothing(template: District) -> None:
    """If no migrant ever wants the permit, no message, form or benefit has an effect."""
    result = information_experiment(quiet(template, stigma=10.0, **{"value": 0.0}), SET_UP)
    assert result["message_alone"] == result["message_light_burden"] == 0.0
    assert np.isnan(result["simplification"])  # a ratio to zero permits


def test_forms_that_cost_nothing_cannot_be_simpler(template: District) -> None:
    result = information_experiment(quiet(template, documents=0.0, learning=0.0), SET_UP)
    assert result["simplification"] == 1.0


def test_the_benefit_shown_is_the_whole_promise(before: PermitModel) -> None:
    shown = reveal_benefit(BASELINE, before)
    assert {each.intervention.lever for each in shown.stated} == {f"value.{service}" for service in SERVICES}
    for service, reputation, each in zip(SERVICES, before.state.reputation, shown.stated, strict=True):
        parameter = before.parameters[f"value.{service}"]
        assert each.intervention.amount == min(parameter.value / reputation, parameter.high)
        assert each.intervention.amount > parameter.value
        assert each.intervention.from_month == each.intervention.until == "2019-01"


def test_a_contact_without_signals_has_no_effect(template: District) -> None:
    """Capacity is ample, because migrants with an induced permit do not apply and relieve the service centre."""
    assert peer_effect(quiet(template, norm=0.0, word_of_mouth=0.0, capacity=200_000.0, wait_cost=0.0), SET_UP) == 0.0


def test_a_contact_whose_example_counts_moves_some(template: District) -> None:
    weak, strong = (peer_effect(quiet(template, norm=norm), SET_UP) for norm in (1.0, 4.0))
    assert 0.0 < weak < strong


def test_a_contact_given_a_permit_passes_information_on(template: District) -> None:
    """Without a peer norm, information still has an effect: only informed migrants pass it on.

    About 8 points of some 300 persons, with a standard error of 1.6; less than 1 without communication.
    """
    alone = {"norm": 0.0, "word_of_mouth": 0.05, "publicity": 0.01, "forget": 0.15, "attention": 0.9}
    eager = {"documents": 0.0, "learning": 3.0, "understanding_heard": 0.0, "capacity": 200_000.0}
    assert peer_effect(quiet(template, **alone, **eager), SET_UP) > 4.0


def test_a_contact_alone_in_the_world_has_no_peers(before: PermitModel) -> None:
    """If all migrants are given a permit, no migrant without one remains to be measured."""
    full_share = SET_UP.induced_share.model_copy(update={"value": 1.0})
    assert np.isnan(peer_effect(before, SET_UP.model_copy(update={"induced_share": full_share})))


def test_willingness_follows_what_the_permit_is_worth(template: District) -> None:
    """A school child increases willingness only if schooling has a value."""
    nothing = {"value": 0.0, "norm": 0.0, "documents": 0.0, "learning": 0.0}
    much = willingness_regression(quiet(template, **nothing, **{"value.schooling": 20.0}))["sign_schoolchild"]
    none = willingness_regression(quiet(template, **nothing))["sign_schoolchild"]
    assert much > 10.0
    assert abs(none) < 6.0  # twice its standard error, about 3 points of some 2,000 persons


def test_coefficients_solve_the_normal_equations(before: PermitModel) -> None:
    """The normal equations of a regression with a constant, computed from the table of persons."""
    people = people_table(before).assign(utility=attribute_reasons(take_snapshot(before)).utilities[here(before), 0])
    eligible = people[people["residence_months"] >= 6]
    design = np.column_stack(
        [
            np.ones(len(eligible)),
            eligible["knowledge"] == "informed",
            eligible["schoolchild"] == "yes",
            eligible["housing"].isin(["registered_lease", "owned"]),
            eligible["education"].map({"primary": 0, "junior": 1, "senior": 2, "college": 3}),
            eligible["work"] == "contract",
        ]
    ).astype(np.float64)
    willing = (eligible["utility"] > 0.0) | eligible["status"].isin(["valid", "queued"])
    by_hand = np.linalg.solve(design.T @ design, design.T @ willing.to_numpy(np.float64))
    assert 0.05 < willing.mean() < 0.95
    assert list(willingness_regression(before).values()) == pytest.approx(list(100.0 * by_hand[1:]))


def here(model: PermitModel) -> NDArray[np.bool_]:
    """Return whether each slot is occupied."""
    return model.state.occupied(model.world)


def test_counts_are_those_of_the_monthly_table(before: PermitModel) -> None:
    table = before.history()
    year, opening = table[table["month"] >= "2018-01"], table[table["month"] <= "2010-03"]
    result = administrative_counts(before, SET_UP)
    assert len(year) == 12
    assert result["issued_a_head"] == pytest.approx(100.0 * year["issued"].sum() / year["population"].mean())
    accepted = opening["applications"].sum() - opening["returned"].sum()
    assert result["opening_pipeline"] == pytest.approx(opening["issued"].sum() / accepted)


def test_a_campaign_brings_more_than_no_campaign(before: PermitModel, monkeypatch: pytest.MonkeyPatch) -> None:
    with_campaign = administrative_counts(before, SET_UP)["campaign"]
    monkeypatch.setattr("takeup.analysis.validation.replications.SCENARIOS", _Baseline())
    without = administrative_counts(before, SET_UP)["campaign"]
    assert 0.0 < without < with_campaign


class _Baseline:
    """A folder in which every scenario has no effect."""

    def __truediv__(self, name: str) -> object:
        return BASELINE


def test_a_mandatory_permit_is_issued_no_faster_than_its_counters_can(
    template: District, before: PermitModel
) -> None:
    result = mandatory_permit_rates(before, SET_UP)
    months = SET_UP.mandatory_months.whole
    most = 100.0 * SET_UP.mandatory_capacity.value * months
    assert 0.0 < result["mandatory"] <= min(most, result["mandatory_accepted"])
    limited = SET_UP.model_copy(
        update={"mandatory_capacity": SET_UP.mandatory_capacity.model_copy(update={"value": 0.001})}
    )
    assert mandatory_permit_rates(before, limited)["mandatory"] < 0.5


def test_stricter_rules_and_longer_procedures_cost_permits(before: PermitModel) -> None:
    result = rule_change_effects(before, SET_UP)
    assert result["sign_conditions"] < 0.0
    assert result["sign_procedure"] < 0.0


def test_numbers_of_months_are_whole() -> None:
    assert isinstance(SET_UP, SetUp)
    with pytest.raises(ValueError, match="whole"):
        _ = SET_UP.message_months.model_copy(update={"value": 1.5}).whole
