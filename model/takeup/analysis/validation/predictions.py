"""Section of the validation page: what the model predicts of each observation without having seen it.

The predictions are part of the calibration's summary, which is shipped with the posterior in the district's folder.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from takeup.analysis.validation.studies import Study
from takeup.district import SUMMARY, TARGETS
from takeup.io import read_toml
from takeup.report.formatting import NOTHING, decimal

MAX_PARETO_K: Final = 0.7
"""Shape k-hat above which a prediction by reweighting is not reliable (Vehtari et al. 2024)."""
_EXPLANATION: Final = (
    "Each row predicts one experiment or target from all others, as if it were not known. Experiments are in "
    "percentage points or logarithms of ratios. The interval includes the standard error of the study and the "
    "transfer error, by which effects differ between programmes. The verdicts below include neither, so an "
    "experiment can lie in its interval here and be outside there. Errors are normal, so an interval of a share may "
    "begin below 0."
)
_TERMS: Final = (
    "- **log score**: logarithm of the predicted density of the observed value; higher is better.",
    "- **null model**: log score of a rule without a mechanism. It predicts each experiment by the mean effect of "
    "the others of its class (no effect if there are none), and each target by its distribution before "
    "the calibration.",
    f"- **Pareto k**: above {MAX_PARETO_K} the prediction is not reliable, because it reweights the calibrated draws "
    "instead of calibrating anew.",
)
_HEADINGS: Final = (
    "observation",
    "kind and scale",
    "observed",
    "predicted: median (90 %)",
    "in the interval",
    "log score",
    "null model",
    "Pareto k",
)
_KINDS: Final = {"experiment": "experiments", "target": "targets"}
_TARGETS: Final = {
    "take_up": "Take-up at the end of 2018",
    "stay_under_1": "Stay of less than 1 year",
    "stay_1_to_3": "Stay of 1 to 3 years",
    "stay_3_to_5": "Stay of 3 to 5 years",
    "stay_5_to_10": "Stay of 5 to 10 years",
    "stay_10_and_more": "Stay of 10 years and more",
    "qualified": "Entitled to apply",
    "lost_though_entitled": "Permits lost by entitled holders",
    "wait": "Wait for a permit in months",
    "applications_a_head": "Applications per person and year",
    "registered_share": "Registered migrants",
    "registered_under_1": "Registered migrants in their first year",
    "returned_share": "Applications returned",
    "opening_pipeline": "Permits per accepted application in 2010",
}
"""Readable names of calibration targets; a target that has none is shown by its name in targets.toml."""
_PLACES: Final = 2


def prediction_lines(folder: Path, studies: Sequence[Study]) -> list[str]:
    """Write the section on leave-one-out predictions as lines of Markdown.

    Args:
        folder: folder of the district.
        studies: studies of the validation, of which some are observations of the calibration.

    Returns:
        The lines; none if the district's calibration has no experiments.
    """
    summary = _summary(folder)
    if "experiments" not in summary:
        return []
    rows = [row for row in summary["predictions"]["observations"] if row["fitted"]]
    rows.sort(key=lambda row: list(_KINDS).index(row["kind"]))
    scores = {score["kind"]: score for score in summary["predictions"]["scores"]}
    return [
        "## Predictions without the study",
        "",
        *(_sentence(scores[kind], [row for row in rows if row["kind"] == kind]) for kind in _KINDS),
        "",
        _EXPLANATION,
        "",
        *_TERMS,
        "",
        "| " + " | ".join(_HEADINGS) + " |",
        "| " + " | ".join(["---"] * len(_HEADINGS)) + " |",
        *("| " + " | ".join(_cells(row, summary, studies)) + " |" for row in rows),
        "",
        *_misses(rows, summary, studies, folder / TARGETS),
    ]


def fitted_studies(folder: Path, studies: Sequence[Study]) -> set[str]:
    """Return the names of the studies to which the district's calibration was fitted, as experiments or as targets.

    Args:
        folder: folder of the district.
        studies: studies of the validation.
    """
    summary = _summary(folder)
    quantities = {each["quantity"] for each in summary.get("experiments", {}).values() if each["fitted"]}
    targets = {name for name, target in summary.get("targets", {}).items() if target["fitted"]}
    return {each.name for each in studies if each.quantity in quantities or each.figure in targets}


def _summary(folder: Path) -> dict[str, Any]:
    """Read the summary of the district's calibration; empty if it has none."""
    file = folder / SUMMARY
    return dict(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else {}


def _sentence(score: dict[str, Any], rows: list[dict[str, Any]]) -> str:
    """Say how many observations of a kind were predicted, and how well."""
    unreliable = sum(not _is_reliable(row) for row in rows)
    note = f" {unreliable} of these predictions are not reliable (Pareto k)." if unreliable else ""
    better = "above" if score["difference"] > 0.0 else "**not above**"
    error = decimal(score["standard_error"], _PLACES)
    return (
        f"- **{score['inside']} of {score['observations']} {_KINDS[score['kind']]}** lie in their 90 % predictive "
        f"interval. The mean log score {_number(score['log_score'])} is {better} the null model's "
        f"{_number(score['null_log_score'])} (difference {_number(score['difference'])}, standard error over the "
        f"observations {error}).{note}"
    )


def _is_reliable(row: dict[str, Any]) -> bool:
    return row["pareto_k"] is not None and row["pareto_k"] <= MAX_PARETO_K


def _study_of(row: dict[str, Any], summary: dict[str, Any], studies: Sequence[Study]) -> Study:
    """Return the study whose result an experiment is."""
    experiment = summary["experiments"][row["observation"]]
    by_citation = {(study.citation, study.quantity): study for study in studies}
    return by_citation[experiment["study"], experiment["quantity"]]


def _name(row: dict[str, Any], summary: dict[str, Any], studies: Sequence[Study]) -> str:
    """Return the readable name of an experiment or target."""
    if row["kind"] == "experiment":
        return _study_of(row, summary, studies).title
    return _TARGETS.get(row["observation"], f"`{row['observation']}`")


def _cells(row: dict[str, Any], summary: dict[str, Any], studies: Sequence[Study]) -> list[str]:
    shape = NOTHING if row["pareto_k"] is None else _number(row["pareto_k"])
    is_experiment = row["kind"] == "experiment"
    scale = f", {summary['experiments'][row['observation']]['scale']}" if is_experiment else ""
    return [
        _name(row, summary, studies),
        f"{row['kind']}{scale}",
        _number(row["observed"]),
        f"{_number(row['median'])} ({_number(row['low'])} to {_number(row['high'])})",
        "yes" if row["inside"] else "**no**",
        _number(row["log_score"]),
        _number(row["null_log_score"]),
        shape if _is_reliable(row) else f"**{shape}**",
    ]


def _misses(rows: list[dict[str, Any]], summary: dict[str, Any], studies: Sequence[Study], file: Path) -> list[str]:
    """List the observations outside their intervals, with the most likely reason.

    Args:
        rows: predictions of the observations.
        summary: summary of the calibration.
        studies: studies with the reasons of experiments.
        file: file of targets, with their reasons.
    """
    targets = {each["name"]: each for each in read_toml(file)["target"]} if file.is_file() else {}
    lines = []
    for row in rows:
        if row["inside"]:
            continue
        above = row["observed"] < row["low"]
        if row["kind"] == "experiment":
            study = _study_of(row, summary, studies)
            reason = study.if_above if above else study.if_below
        else:
            reason = targets.get(row["observation"], {}).get("if_above" if above else "if_below")
        lines.append(
            f"- {_name(row, summary, studies)}: the model predicts {'more' if above else 'less'}. "
            f"{_sentence_of(reason or 'no reason is known')}"
        )
    return ["Outside their interval, with the most likely reason (a judgement):", "", *lines, ""] if lines else []


def _sentence_of(reason: str) -> str:
    """Write a reason as a sentence: reasons of targets begin with a small letter and have no full stop."""
    return f"{reason[0].upper()}{reason[1:].removesuffix('.')}."


def _number(value: float) -> str:
    return decimal(value, _PLACES)
