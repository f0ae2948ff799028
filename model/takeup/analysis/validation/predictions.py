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
from takeup.message import Message, translated
from takeup.report.formatting import NOTHING, decimal
from takeup.report.i18n import ENGLISH, Language

MAX_PARETO_K: Final = 0.7
"""Shape k-hat above which a prediction by reweighting is not reliable (Vehtari et al. 2024)."""
_HEADINGS: Final = (
    Message("observation"),
    Message("kind and scale"),
    Message("observed"),
    Message("predicted: median (90 %)"),
    Message("in the interval"),
    Message("log score"),
    Message("null model"),
    Message("Pareto k"),
)
_KINDS: Final = ("experiment", "target")
_TARGETS: Final = {
    "take_up": Message("Take-up at the end of 2018"),
    "stay_under_1": Message("Stay of less than 1 year"),
    "stay_1_to_3": Message("Stay of 1 to 3 years"),
    "stay_3_to_5": Message("Stay of 3 to 5 years"),
    "stay_5_to_10": Message("Stay of 5 to 10 years"),
    "stay_10_and_more": Message("Stay of 10 years and more"),
    "qualified": Message("Entitled to apply"),
    "lost_though_entitled": Message("Permits lost by entitled holders"),
    "wait": Message("Wait for a permit in months"),
    "applications_a_head": Message("Applications per person and year"),
    "registered_share": Message("Registered migrants"),
    "registered_under_1": Message("Registered migrants in their first year"),
    "returned_share": Message("Applications returned"),
    "opening_pipeline": Message("Permits per accepted application in 2010"),
}
"""Readable names of calibration targets; a target that has none is shown by its name in targets.toml."""
_PLACES: Final = 2


def prediction_lines(folder: Path, studies: Sequence[Study], translate: Language = ENGLISH) -> list[str]:
    """Write the section on leave-one-out predictions as lines of Markdown.

    Args:
        folder: folder of the district.
        studies: studies of the validation, of which some are observations of the calibration.
        translate: language of the page.

    Returns:
        The lines; none if the district's calibration has no experiments.
    """
    summary = _summary(folder)
    if "experiments" not in summary:
        return []
    rows = [row for row in summary["predictions"]["observations"] if row["fitted"]]
    rows.sort(key=lambda row: _KINDS.index(row["kind"]))
    scores = {score["kind"]: score for score in summary["predictions"]["scores"]}
    headings = [translated(heading, translate) for heading in _HEADINGS]
    return [
        "## " + translate("Predictions without the study"),
        "",
        *(_sentence(scores[kind], [row for row in rows if row["kind"] == kind], translate) for kind in _KINDS),
        "",
        translate(
            "Each row predicts one experiment or target from all others. The interval includes the standard error of "
            "the study and the transfer error, by which effects differ between programmes. The verdicts below "
            "include neither, so an experiment can be in its interval here and outside there. Errors are normal, so "
            "an interval of a share may begin below 0."
        ),
        "",
        *_terms(translate),
        "",
        "| " + " | ".join(headings) + " |",
        "| " + " | ".join(["---"] * len(headings)) + " |",
        *("| " + " | ".join(_cells(row, summary, studies, translate)) + " |" for row in rows),
        "",
        *_misses(rows, summary, studies, folder / TARGETS, translate),
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


def _terms(translate: Language) -> list[str]:
    """Explain the terms of the table."""
    return [
        translate("- **log score**: logarithm of the predicted density of the observed value; higher is better."),
        translate(
            "- **null model**: log score if each experiment is predicted by the mean effect of the others of its "
            "class (no effect if there are none), and each target by its distribution before the calibration."
        ),
        translate(
            "- **Pareto k**: above {limit} the prediction is not reliable, because it reweights the calibrated "
            "draws. *rerun*: the prediction is that of another calibration, without the observation.",
            limit=MAX_PARETO_K,
        ),
    ]


def _sentence(score: dict[str, Any], rows: list[dict[str, Any]], translate: Language) -> str:
    """Say how many observations of a kind were predicted, and how well."""
    numbers = {"inside": score["inside"], "observations": score["observations"]}
    inside = (
        translate("- **{inside} of {observations} experiments** lie in their 90 % predictive interval.", **numbers)
        if score["kind"] == "experiment"
        else translate("- **{inside} of {observations} targets** lie in their 90 % predictive interval.", **numbers)
    )
    values = {
        "score": _number(score["log_score"]),
        "null": _number(score["null_log_score"]),
        "difference": _number(score["difference"]),
        "error": _number(score["standard_error"]),
    }
    better = (
        translate(
            "The mean log score {score} is above the null model's {null} (difference {difference}, standard error "
            "over the observations {error}).",
            **values,
        )
        if score["difference"] > 0.0
        else translate(
            "The mean log score {score} is **not above** the null model's {null} (difference {difference}, standard "
            "error over the observations {error}).",
            **values,
        )
    )
    unreliable = sum(not _is_reliable(row) for row in rows)
    note = translate("{number} of these predictions are not reliable (Pareto k).", number=unreliable)
    return translate.join([inside, better, *([note] if unreliable else [])])


def _is_reliable(row: dict[str, Any]) -> bool:
    return row["pareto_k"] is not None and row["pareto_k"] <= MAX_PARETO_K


def _study_of(row: dict[str, Any], summary: dict[str, Any], studies: Sequence[Study]) -> Study:
    """Return the study whose result an experiment is."""
    experiment = summary["experiments"][row["observation"]]
    by_citation = {(study.citation, study.quantity): study for study in studies}
    return by_citation[experiment["study"], experiment["quantity"]]


def _name(row: dict[str, Any], summary: dict[str, Any], studies: Sequence[Study], translate: Language) -> str:
    """Return the readable name of an experiment or target."""
    if row["kind"] == "experiment":
        return translate.phrase(_study_of(row, summary, studies).title)
    return translated(_TARGETS.get(row["observation"], f"`{row['observation']}`"), translate)


def _cells(row: dict[str, Any], summary: dict[str, Any], studies: Sequence[Study], translate: Language) -> list[str]:
    shape = NOTHING if row["pareto_k"] is None else _number(row["pareto_k"])
    if row.get("rerun"):  # absent from summaries of earlier versions
        shape = translate("rerun: {shape}", shape=shape)
    kind = translate.words(row["kind"])
    if row["kind"] == "experiment":
        scale = summary["experiments"][row["observation"]]["scale"]
        kind = translate("{kind}, {scale}", kind=kind, scale=translate.words(scale))
    interval = translate.interval(row["low"], row["high"], _number)
    return [
        _name(row, summary, studies, translate),
        kind,
        _number(row["observed"]),
        translate("{median} ({interval})", median=_number(row["median"]), interval=interval),
        translate("yes") if row["inside"] else f"**{translate('no')}**",
        _number(row["log_score"]),
        _number(row["null_log_score"]),
        shape if _is_reliable(row) else f"**{shape}**",
    ]


def _misses(
    rows: list[dict[str, Any]], summary: dict[str, Any], studies: Sequence[Study], file: Path, translate: Language
) -> list[str]:
    """List the observations outside their intervals, with the most likely reason.

    Args:
        rows: predictions of the observations.
        summary: summary of the calibration.
        studies: studies with the reasons of experiments.
        file: file of targets, with their reasons.
        translate: language of the page.
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
        known = translate("no reason is known") if reason is None else translate.phrase(reason)
        values = {"name": _name(row, summary, studies, translate), "reason": _without_stop(known)}
        lines.append(
            translate("- {name}: the model predicts more. {reason}.", **values)
            if above
            else translate("- {name}: the model predicts less. {reason}.", **values)
        )
    heading = translate("Outside their interval, with the most likely reason (a judgement):")
    return [heading, "", *lines, ""] if lines else []


def _without_stop(reason: str) -> str:
    """Capitalise a reason and omit its full stop: reasons of targets have neither."""
    return f"{reason[0].upper()}{reason[1:].rstrip('.。')}"


def _number(value: float) -> str:
    return decimal(value, _PLACES)
