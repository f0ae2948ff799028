"""Section of the validation page: what the model predicts of each observation without having seen it.

The predictions are part of the calibration's summary, which is shipped with the posterior in the district's folder.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from takeup.analysis.validation.studies import Study
from takeup.district import SUMMARY, TARGETS
from takeup.io import read_toml
from takeup.report.formatting import NOTHING, decimal

MAX_PARETO_K: Final = 0.7
"""Shape k-hat above which a prediction by reweighting is not reliable (Vehtari et al. 2024)."""
_EXPLANATION: Final = (
    "Each row predicts one experiment or target from the posterior that all others give. Experiments are on the "
    "scale of their analysis: percentage points, or logarithms of ratios. The predictive interval includes the "
    "standard error of the study and the transfer error, by which such effects differ between programmes. PIT is "
    "the predicted probability of a lower value. The log score is the logarithm of the predictive density of the "
    "observed value. The null model has no mechanism: it gives each experiment the mean effect of the others of "
    f"its class, and each target its distribution before the calibration. Above a Pareto k of {MAX_PARETO_K} the "
    "prediction by reweighting is not reliable."
)
_HEADINGS: Final = (
    "observation",
    "kind",
    "observed",
    "predicted: median (90 %)",
    "inside",
    "PIT",
    "log score",
    "null model",
    "Pareto k",
)
_KINDS: Final = {"experiment": "experiments", "target": "targets"}
_PLACES: Final = 2


def prediction_lines(folder: Path, studies: Iterable[Study]) -> list[str]:
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
        "## Predictions of each study without it",
        "",
        *(_sentence(kind, scores[kind]) for kind in _KINDS),
        "",
        _EXPLANATION,
        "",
        "| " + " | ".join(_HEADINGS) + " |",
        "| " + " | ".join(["---"] * len(_HEADINGS)) + " |",
        *("| " + " | ".join(_cells(row)) + " |" for row in rows),
        "",
        *_misses(rows, summary, studies, folder / TARGETS),
    ]


def fitted_studies(folder: Path, studies: Iterable[Study]) -> set[str]:
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


def _sentence(kind: str, score: dict[str, Any]) -> str:
    """Say how many observations of a kind were predicted, and how well."""
    better = "above" if score["difference"] > 0.0 else "**not above**"
    error = decimal(score["standard_error"], _PLACES)
    return (
        f"- **{score['inside']} of {score['observations']} {_KINDS[kind]}** lie in their 90 % predictive interval. "
        f"The mean log score {_number(score['log_score'])} is {better} that of the null model, "
        f"{_number(score['null_log_score'])} (difference {_number(score['difference'])}, standard error over the "
        f"observations {error})."
    )


def _cells(row: dict[str, Any]) -> list[str]:
    pareto = row["pareto_k"]
    reliable = pareto is not None and pareto <= MAX_PARETO_K
    shape = NOTHING if pareto is None else _number(pareto)
    return [
        f"`{row['observation']}`",
        row["kind"],
        _number(row["observed"]),
        f"{_number(row['median'])} ({_number(row['low'])} to {_number(row['high'])})",
        "yes" if row["inside"] else "**no**",
        _number(row["pit"]),
        _number(row["log_score"]),
        _number(row["null_log_score"]),
        shape if reliable else f"**{shape}**",
    ]


def _misses(rows: list[dict[str, Any]], summary: dict[str, Any], studies: Iterable[Study], file: Path) -> list[str]:
    """List the observations outside their intervals, with the most likely reason.

    Args:
        rows: predictions of the observations.
        summary: summary of the calibration.
        studies: studies with the reasons of experiments.
        file: file of targets, with their reasons.
    """
    targets = {each["name"]: each for each in read_toml(file)["target"]} if file.is_file() else {}
    by_citation = {(study.citation, study.quantity): study for study in studies}
    lines = []
    for row in rows:
        if row["inside"]:
            continue
        above = row["observed"] < row["low"]
        if row["kind"] == "experiment":
            experiment = summary["experiments"][row["observation"]]
            study = by_citation[experiment["study"], experiment["quantity"]]
            reason = study.if_above if above else study.if_below
        else:
            reason = targets.get(row["observation"], {}).get("if_above" if above else "if_below")
        lines.append(
            f"- `{row['observation']}`: the model predicts {'more' if above else 'less'}. "
            f"{reason or 'No reason is known.'}"
        )
    return ["Outside their interval, with the most likely reason (a judgement):", "", *lines, ""] if lines else []


def _number(value: float) -> str:
    return decimal(value, _PLACES)
