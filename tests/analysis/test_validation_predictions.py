"""The section of the validation page on leave-one-out predictions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from takeup.analysis.validation.predictions import MAX_PARETO_K, fitted_studies, prediction_lines
from takeup.analysis.validation.studies import read_studies
from takeup.district import SUMMARY, load_district
from takeup.report.i18n import ENGLISH, Language

STUDIES = read_studies().each
STUDY = next(study for study in STUDIES if study.name == "simplification")


def row(name: str, kind: str, **changes: Any) -> dict[str, Any]:
    values = {"observed": 0.5, "low": 0.1, "median": 0.4, "high": 0.9, "inside": True, "pit": 0.6}
    values |= {"log_score": -0.5, "null_log_score": -1.0, "pareto_k": 0.3, "fitted": True}
    return {"observation": name, "kind": kind, **values, **changes}


def score(kind: str, difference: float) -> dict[str, Any]:
    return {
        "kind": kind,
        "observations": 2,
        "inside": 1,
        "log_score": -0.5,
        "null_log_score": -0.5 - difference,
        "difference": difference,
        "standard_error": 0.1,
    }


def lines(folder: Path, *rows: dict[str, Any], difference: float = 0.5, translate: Language = ENGLISH) -> list[str]:
    summary = {
        "experiments": {"form": {"study": STUDY.citation, "quantity": STUDY.quantity, "scale": "points"}},
        "predictions": {
            "observations": list(rows),
            "scores": [score("target", difference), score("experiment", difference)],
        },
    }
    (folder / SUMMARY).write_text(json.dumps(summary), encoding="utf-8")
    return prediction_lines(folder, STUDIES, translate)


def test_experiments_come_before_targets_and_observations_that_are_not_fitted_are_left_out(tmp_path: Path) -> None:
    text = lines(tmp_path, row("share", "target"), row("form", "experiment"), row("seen", "target", fitted=False))
    observations = [line.split(" | ")[0].strip("| ") for line in text if line.startswith("| ")][2:]
    assert observations == [STUDY.title, "`share`"]


def test_every_target_of_the_page_has_a_readable_name() -> None:
    liwan = load_district("liwan").folder
    text = prediction_lines(liwan, STUDIES)
    assert any(line.startswith("| Take-up at the end of 2018 | target |") for line in text)
    assert not any("`" in line for line in text if line.startswith(("| ", "- ")))


@pytest.mark.parametrize(("difference", "words"), [(0.5, "is above"), (-0.5, "is **not above**")])
def test_the_first_lines_say_how_well_the_model_predicts(tmp_path: Path, difference: float, words: str) -> None:
    text = lines(tmp_path, row("form", "experiment"), difference=difference)
    assert text[2].startswith("- **1 of 2 experiments** lie in their 90 % predictive interval.")
    assert words in text[2]


@pytest.mark.parametrize(
    ("low", "high", "reason"), [(0.6, 0.9, STUDY.if_above), (0.1, 0.3, STUDY.if_below)], ids=["above", "below"]
)
def test_a_missed_experiment_has_the_reason_of_its_study(
    tmp_path: Path, low: float, high: float, reason: str
) -> None:
    text = lines(tmp_path, row("form", "experiment", low=low, high=high, inside=False))
    assert text[-2].startswith(f"- {STUDY.title}:")
    assert text[-2].endswith(str(reason))


def test_a_missed_target_has_the_reason_of_the_districts_file(tmp_path: Path) -> None:
    (tmp_path / "targets.toml").write_text('[[target]]\nname = "share"\nif_above = "Too many."\n', encoding="utf-8")
    missed = row("share", "target", low=0.6, high=0.9, inside=False)
    assert lines(tmp_path, missed)[-2] == "- `share`: the model predicts more. Too many."
    missed = row("share", "target", low=0.1, high=0.3, inside=False)
    assert lines(tmp_path, missed)[-2] == "- `share`: the model predicts less. No reason is known."


def test_an_unreliable_prediction_is_marked(tmp_path: Path) -> None:
    text = lines(tmp_path, row("form", "experiment", pareto_k=MAX_PARETO_K + 0.1), row("share", "target"))
    cells = [line.rsplit("|", 2)[1].strip() for line in text if line.startswith("| ")][2:]
    assert cells == ["**0.80**", "0.30"]


def test_a_prediction_by_another_calibration_is_marked(tmp_path: Path) -> None:
    text = lines(tmp_path, row("form", "experiment", rerun=True), row("share", "target", rerun=False))
    cells = [line.rsplit("|", 2)[1].strip() for line in text if line.startswith("| ")][2:]
    assert cells == ["rerun: 0.30", "0.30"]


def test_there_is_no_section_without_a_calibration_with_experiments(tmp_path: Path) -> None:
    assert prediction_lines(tmp_path, STUDIES) == []
    (tmp_path / SUMMARY).write_text('{"predictions": {}}', encoding="utf-8")
    assert prediction_lines(tmp_path, STUDIES) == []


def test_studies_fitted_as_experiments_or_as_targets_are_known(tmp_path: Path) -> None:
    assert fitted_studies(tmp_path, STUDIES) == set()
    summary = {
        "experiments": {
            "form": {"quantity": STUDY.quantity, "fitted": True},
            "peers": {"quantity": "peer_effect", "fitted": False},
        },
        "targets": {"opening_pipeline": {"fitted": True}, "issued_a_head": {"fitted": False}},
    }
    (tmp_path / SUMMARY).write_text(json.dumps(summary), encoding="utf-8")
    assert fitted_studies(tmp_path, STUDIES) == {STUDY.name, "opening_pipeline"}
