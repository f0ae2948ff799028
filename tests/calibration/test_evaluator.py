"""Tests of evaluations: their journal keys and the extra outputs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from takeup.district import load_district
from takeup.months import parse_month
from takeup.rules import NEVER
from takeup.runs import journal
from takeup.runs.journal import Journal
from takeup.scenario import Scenario, load_scenario
from takeup.simulation import DistrictModel, PermitModel, entitled
from takeup_calibration import evaluator
from takeup_calibration.evaluator import EvaluationSpec, Evaluator, OutputRecorder, evaluate_point
from takeup_calibration.targets import EXTRA_FLOWS, EXTRA_STOCKS, output_key

SPEC = EvaluationSpec("place", "digest", {"publicity": 0.1}, 1, 100, [(24227, 24227)])


@pytest.fixture
def branches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the folder of a copy of the policies, which a test may change."""
    folder = Path(shutil.copytree(evaluator.BRANCHES, tmp_path / "branches"))
    monkeypatch.setattr(evaluator, "BRANCHES", folder)
    evaluator.load_policies.cache_clear()
    yield folder
    evaluator.load_policies.cache_clear()


@pytest.mark.parametrize("policy", evaluator.policy_names())
def test_a_changed_policy_changes_the_keys_of_evaluations_that_include_it(branches: Path, policy: str) -> None:
    before, without = SPEC.key, SPEC._replace(scenarios=()).key
    file = branches / f"{policy}.toml"
    file.write_text(file.read_text().replace('from = "2019-01"', 'from = "2019-02"'))
    evaluator.load_policies.cache_clear()
    assert SPEC.key != before
    assert SPEC._replace(scenarios=()).key == without


def test_an_added_or_removed_policy_changes_the_keys(branches: Path) -> None:
    keys = {SPEC.key}
    for name in ("reminders.toml", "feedback.toml"):
        (branches / name).unlink()
        evaluator.load_policies.cache_clear()
        keys.add(SPEC.key)
    assert len(keys) == 3


def test_changed_code_changes_the_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key includes the digest of the code, which tests/runs/test_digest.py tests."""
    before = SPEC.key
    monkeypatch.setattr(journal, "code_digest", lambda: "other code")
    assert SPEC.key != before


@pytest.mark.parametrize(
    "change",
    [
        {"digest": "other"},
        {"parameters": {"publicity": 0.2}},
        {"seed": 2},
        {"agents": 200},
        {"windows": [(24226, 24227)]},
        {"names": ("valid",)},
        {"scenarios": ()},
        {"scenarios": (load_scenario("publicity"),)},
        {"scenarios": evaluator.load_policies()},
    ],
    ids=str,
)
def test_everything_that_determines_the_result_changes_the_key(change: dict[str, object]) -> None:
    assert SPEC._replace(**change).key != SPEC.key  # type: ignore[arg-type]


def test_the_folder_of_the_district_does_not_change_the_key() -> None:
    assert SPEC._replace(district="elsewhere").key == SPEC.key


def test_the_recorder_applies_the_eligibility_rule_of_the_model() -> None:
    model = PermitModel(load_district("template"), agents=1600, rng=1)
    recorder = OutputRecorder(model)
    due = 0.0
    for _ in range(40):
        recorder.before_month()
        model.step()
        outputs = recorder.after_month()
        due += outputs["due_entitled"]
        assert set(outputs) == {*EXTRA_STOCKS, *EXTRA_FLOWS}
        assert outputs["lost_entitled"] <= outputs["due_entitled"]
        eligible = entitled(model.state.migrants, model.world.owned, model.months_to_qualify)
        assert eligible[model.world.rank < model.state.population].sum() == model.rows[-1]["qualified"]
        stays = sum(value for name, value in outputs.items() if name.startswith("stay_"))
        assert stays == model.rows[-1]["population"]
    assert due > 0


def recorded_month() -> tuple[PermitModel, OutputRecorder, NDArray[np.intp]]:
    """Return a model after a month, the recorder of this month, and the slots of the residents."""
    model = PermitModel(load_district("liwan"), agents=2000, rng=1)
    recorder = OutputRecorder(model)
    recorder.before_month()
    model.step()
    return model, recorder, np.flatnonzero(model.state.occupied(model.world))


def test_registrations_are_counted_by_length_and_only_of_residents() -> None:
    model, recorder, residents = recorded_month()
    columns = model.state.columns
    columns["registered_months"][:] = 100  # also in the slots without a resident
    columns["registered_months"][residents] = NEVER
    columns["registered_months"][residents[:7]] = [0, 11, 12, 59, 60, 61, 200]
    assert len(residents) < model.world.slots
    outputs = recorder.after_month()
    assert (outputs["registered_under_1"], outputs["registered_5_years"]) == (2, 3)


def test_residents_are_counted_by_length_of_residence() -> None:
    model, recorder, residents = recorded_month()
    columns = model.state.columns
    columns["residence_months"][:] = 0
    columns["residence_months"][residents[:10]] = [5, 6, 11, 12, 35, 36, 59, 60, 119, 120]
    outputs = recorder.after_month()
    names = ("stay_under_1", "stay_1_to_3", "stay_3_to_5", "stay_5_to_10", "stay_10_and_more", "resident_half_year")
    assert [outputs[name] for name in names] == [len(residents) - 7, 2, 2, 2, 1, 9]


def template_spec(*windows: tuple[str, str], scenarios: tuple[Scenario, ...] | None = ()) -> EvaluationSpec:
    """Return a small evaluation of the template without changed parameters, by default without policies."""
    place = load_district("template", calibrated=False)
    months = [(parse_month(first), parse_month(last)) for first, last in windows]
    names = ("issued", "valid", "stay_3_to_5")
    return EvaluationSpec(str(place.folder), place.digest, {}, 1, 1600, months, names, scenarios)


@pytest.fixture(scope="module")
def baseline() -> PermitModel:
    """Return a run of the template without any policy up to the end of 2020."""
    place = load_district("template", calibrated=False)
    model = PermitModel(place, None, 1600, rng=1)
    model.run_until("2020-12")
    return model


@pytest.mark.parametrize("scenarios", [(), None], ids=["without policies", "with policies"])
@pytest.mark.parametrize(
    "window",
    [("2019-10", "2019-12"), ("2018-11", "2019-02"), ("2018-12", "2018-12"), ("2020-03", "2020-03")],
    ids=str,
)
def test_outputs_of_any_month_are_those_of_the_baseline(
    baseline: PermitModel, window: tuple[str, str], scenarios: tuple[Scenario, ...] | None
) -> None:
    spec = template_spec(window, scenarios=scenarios)
    output = evaluate_point(spec)
    rows = [row for row in baseline.rows if window[0] <= str(row["month"]) <= window[1]]
    (months,) = spec.windows
    assert output["windows"][output_key(*months, "issued")] == sum(row["issued"] for row in rows)
    assert output["windows"][output_key(*months, "valid")] == sum(row["valid"] for row in rows) / len(rows)
    assert output["windows"][output_key(*months, "stay_3_to_5")] > 0
    assert max(output["decembers"]) == "2018-12"


def test_a_window_after_the_history_does_not_change_the_effects_of_policies() -> None:
    with_later, without = (
        evaluate_point(template_spec(*windows, scenarios=None))
        for windows in ([("2018-12", "2018-12"), ("2019-10", "2020-02")], [("2018-12", "2018-12")])
    )
    assert with_later["effects"] == without["effects"]
    assert with_later["decembers"] == without["decembers"]
    assert with_later["windows"].items() > without["windows"].items()


def test_without_policies_only_the_baseline_is_simulated(monkeypatch: pytest.MonkeyPatch) -> None:
    with_policies = evaluate_point(template_spec(("2018-12", "2018-12"), scenarios=None))
    branched, branch = [], DistrictModel.branch

    def record(model: DistrictModel, scenario: Scenario | None) -> DistrictModel:
        branched.append(scenario)
        return branch(model, scenario)

    monkeypatch.setattr(DistrictModel, "branch", record)
    without = evaluate_point(template_spec(("2018-12", "2018-12")))
    assert branched == [None]
    assert without.pop("costs") == {}
    assert set(with_policies["effects"]) == {"baseline", *evaluator.policy_names()}
    baseline = {"baseline": with_policies["effects"]["baseline"]}
    assert without == with_policies | {"effects": baseline}


def test_a_resumed_journal_has_the_months_after_the_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = template_spec(("2018-11", "2019-02"))
    results = []
    for _ in range(2):
        stored = Journal(tmp_path / "journal.sqlite")
        results += [entry.result for entry in Evaluator(stored).evaluate([spec], lambda *_: None)]
        stored.close()
        monkeypatch.setattr(evaluator, "evaluate_point", lambda _: pytest.fail("the point was evaluated again"))
    assert results[0] is not None
    assert results[0]["windows"]
    assert results[0] == results[1]
