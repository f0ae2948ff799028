"""Tests of evaluations: their journal keys and the extra outputs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from takeup.district import load_district
from takeup.runs import journal
from takeup.scenario import load_scenario
from takeup.simulation import PermitModel, entitled
from takeup_calibration import evaluator
from takeup_calibration.evaluator import EvaluationSpec, OutputRecorder
from takeup_calibration.targets import EXTRA_FLOWS, EXTRA_STOCKS

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
    before, without = SPEC.key, SPEC._replace(branches=False).key
    file = branches / f"{policy}.toml"
    file.write_text(file.read_text().replace('from = "2019-01"', 'from = "2019-02"'))
    evaluator.load_policies.cache_clear()
    assert SPEC.key != before
    assert SPEC._replace(branches=False).key == without


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
        {"branches": False},
        {"names": ("valid",)},
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
