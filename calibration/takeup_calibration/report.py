"""Output of a calibration: tables, summary, HTML page and printed text. `figures` has its figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

import takeup
from takeup.analysis.statistics import QUANTILES, median_error
from takeup.analysis.validation.predictions import MAX_PARETO_K
from takeup.district import CALIBRATED, EFFECT, POSTERIOR, SUMMARY, Population
from takeup.io import format_toml_table, write_whole
from takeup.message import translated
from takeup.report import formatting
from takeup.report.html import PageFigure, page_environment, page_figure
from takeup.report.i18n import ENGLISH, Language
from takeup.report.results_folder import (
    command_line,
    district_record,
    key_of_results,
    library_versions,
    results_writer,
    write_figure,
    write_frame,
    write_json,
    write_tables,
)
from takeup.report.typography import embed_font
from takeup.runs.journal import code_digest
from takeup_calibration.calibrator import CalibrationResult
from takeup_calibration.diagnostics import (
    RANK_ERROR_RATE,
    constrained_quantities,
    identified_directions,
    independent_draws,
    join_names,
    predictive_interval,
    quantity_name,
    run_checks,
)
from takeup_calibration.evaluator import policy_names
from takeup_calibration.experiments import Experiment
from takeup_calibration.figures import (
    PREDICTIVE_INTERVALS,
    contraction_figure,
    effects_figure,
    experiments_figure,
    history_figure,
    marginals_figure,
    predictions_figure,
    ranks_figure,
)
from takeup_calibration.importance import (
    CONSTRAINED_BELOW,
    contraction_ratios,
    weighted_quantile,
)
from takeup_calibration.prediction import COLUMNS, describe_scores, score_summary
from takeup_calibration.priors import DUMMY, parameter_values
from takeup_calibration.recalibration import Coverage, Ranks, count_band
from takeup_calibration.targets import Target

_UNDECIDED_POINTS: Final = 3.0
"""Width of a 90 % interval, in percentage points, from which the size of an effect counts as undecided."""
_NARROWED_BELOW: Final = 0.7
"""Ratio of posterior to prior width below which an interval counts as narrowed."""


@results_writer
def write_results(
    folder: Path, result: CalibrationResult, summary: dict[str, Any], translate: Language = ENGLISH
) -> dict[str, Any]:
    """Write all files of a calibration to a results folder; the page and the figures are in a language."""
    predictions = pd.DataFrame(summary["predictions"]["observations"], columns=COLUMNS)
    write_tables({"rows": points_table(result), "predictions": predictions}, folder)
    install(folder, result, summary)
    _write_report(folder, result, summary, translate)
    return {
        "command": command_line(),
        "key": key_of_results(summary),
        "versions": library_versions("scikit-learn", "arviz-stats"),
        "code": code_digest(),
        "district": district_record(result.design.district),
    }


def install(folder: Path, result: CalibrationResult, summary: dict[str, Any]) -> list[Path]:
    """Write the results that belong to a district, and return the paths of the files.

    All commands read the posterior and the values of the representative draw. The summary documents both.
    """
    write_frame(posterior_table(result), folder / POSTERIOR)
    write_whole(folder / CALIBRATED, representative_toml(result))
    write_json(summary, folder / SUMMARY)
    return [folder / name for name in (POSTERIOR, CALIBRATED, SUMMARY)]


def posterior_table(result: CalibrationResult) -> pd.DataFrame:
    """Tabulate the posterior, one row per draw.

    Columns: row (index of the point), parameter values by dotted name, "effect NAME" of each policy in percentage
    points, "reason NAME": share of the migrants with this main reason for having no permit, in %.
    """
    design, parameters = result.design, result.design.district.parameters
    points = design.points
    table = pd.DataFrame([parameter_values(design.dimensions, points[draw], parameters) for draw in result.drawn])
    table.insert(0, "row", result.drawn)
    table[design.outcome_names] = design.outcomes[result.drawn]
    return table


def points_table(result: CalibrationResult) -> pd.DataFrame:
    """Tabulate all evaluated points, one row per point.

    Columns: weight, value of each dimension, predictions "target NAME" and "experiment NAME" (on the scale of its
    analysis), "effect NAME" in percentage points.
    """
    design = result.design
    table = pd.DataFrame(design.points, columns=[dimension.name for dimension in design.dimensions])
    table.insert(0, "weight", result.weights)
    for column, each in enumerate(design.observations):
        table[f"{each.kind} {each.name}"] = design.predicted[:, column]
    effects = design.effects
    for column, name in enumerate(policy_names()):
        table[f"{EFFECT}{name}"] = effects[:, column]
    return table


def representative_toml(result: CalibrationResult) -> str:
    """Format the representative values as the text of the file calibrated.toml."""
    design, representative = result.design, result.representative
    values = parameter_values(
        design.dimensions, design.quantiles(representative.uniforms), design.district.parameters
    )
    fitted = ", ".join(each.name for each in design.observations if each.fit)
    point = "values constructed from" if representative.point is None else f"row {representative.point} of"
    source = (
        f"calibration: {point} {len(design.outputs):,} points of the design with seed {design.seed}, central in the "
        f"parameters, the effects of policies and the reasons for having no permit; fitted to {fitted}"
    )
    comment = (
        "# Calibrated values, which replace those of parameters.toml. They represent the draws of the posterior in\n"
        f"# {POSTERIOR}; the effect of a policy differs between the draws.\n"
    )
    return comment + format_toml_table({"source": source}) + "\n" + format_toml_table(values, "[values]")


def summarise(
    result: CalibrationResult, predictions: pd.DataFrame, coverage: Coverage, ranks: Ranks
) -> dict[str, Any]:
    """Summarise a calibration in numbers, with the keys of calibration.json.

    Intervals are [5 %, median, 95 %]. "prior" refers to the first wave. "posterior" refers to the weighted points for
    targets, experiments and parameters, and to the draws for effects of policies. Only a calibration with experiments
    has the key "experiments".

    Args:
        result: the calibration.
        predictions: result of `predict_observations` or `rerun_unreliable`.
        coverage: result of `estimate_coverage`.
        ranks: result of `estimate_ranks`.
    """
    design, weights = result.design, result.weights
    first, drawn = design.counts[0], result.drawn
    scores, effects, names = design.scores, design.effects, [design.names[i] for i in design.adapted]
    means, ratios = weights @ scores, contraction_ratios(scores, weights)
    experiments = {"experiments": _summarise_experiments(result)} if design.experiments else {}
    constrained = constrained_quantities(result)
    return {
        "district": design.district.name,
        "effective_sample": result.effective,
        "rows": len(weights),
        "waves": design.counts,
        "failed_rows": sum(output is None for output in design.outputs),
        "agents": design.agents,
        "seed": design.seed,
        "method": result.settings.method,
        "diagnostics": [asdict(check) for check in run_checks(result, coverage, ranks)],
        "targets": {
            target.name: {
                "wanted": [target.low, target.high],
                "tolerance": target.tolerance,
                "fitted": target.fit,
                "local": target.local,
                "source": target.source,
                "undefined_rows": int(design.undefined[column]),
                "prior": _quantiles(design.predicted[:first, column]),
                "posterior": _quantiles(design.predicted[:, column], weights),
                "predictive": predictive_interval(target, design.predicted[drawn, column], design.seed),
            }
            for column, target in enumerate(design.targets)
        },
        **experiments,
        "predictions": {
            "observations": predictions.to_dict("records"),
            "scores": score_summary(predictions).to_dict("records"),
        },
        "effects": {
            name: {
                "prior": _quantiles(effects[:first, column]),
                "posterior": _quantiles(effects[drawn, column]),
                "median_error": _median_error(effects[drawn, column], result.effective),
            }
            for column, name in enumerate(policy_names())
        },
        "parameters": {
            name: {"mean_score": float(mean), "sd_ratio": float(ratio), "contraction": float(1 - ratio**2)}
            for name, mean, ratio in zip(names, means, ratios, strict=True)
        },
        "inert": [name for name in design.names if name not in names and name != DUMMY],
        "directions": [
            {"spread": direction.sd_ratio, "parts": dict(direction.parts), "words": direction.text}
            for direction in identified_directions(names, scores, weights)
        ],
        "coverage": {
            "truths": coverage.truths,
            "left_out": coverage.left_out,
            "constrained": constrained,
            "shares": coverage.shares,
            "errors": coverage.errors,
        },
        "ranks": {
            "truths": ranks.truths,
            "left_out": ranks.left_out,
            "counts": ranks.counts,
            "p_values": ranks.p_values,
            "band": count_band(ranks.truths, len(constrained), RANK_ERROR_RATE),
        },
        "full_size": {}
        if result.full_size is None
        else {name: list(pair) for name, pair in result.full_size.differences().items()},
        "representative": {
            "row": result.representative.point,
            "percentiles": {
                position.quantity: position.value
                for position in result.representative.positions
                if not position.quantity.startswith("target ")
            },
            "targets": {
                position.quantity.removeprefix("target "): position.value
                for position in result.representative.positions
                if position.quantity.startswith("target ")
            },
        },
    }


def _summarise_experiments(result: CalibrationResult) -> dict[str, Any]:
    """Summarise the experiments on the scales of their analysis, by name."""
    design, first = result.design, result.design.counts[0]
    return {
        each.name: {
            "study": each.study.citation,
            "quantity": each.study.quantity,
            "scale": each.scale,
            "class": each.treatment,
            "estimate": each.estimate,
            "standard_error": each.standard_error,
            "transfer_sd": each.transfer.sd,
            "tolerance": each.tolerance,
            "fitted": each.fit,
            "source": each.source,
            "transfer_source": each.transfer.source,
            "undefined_rows": int(design.undefined[column]),
            "prior": _quantiles(design.predicted[:first, column]),
            "posterior": _quantiles(design.predicted[:, column], result.weights),
            "prior_predictive": predictive_interval(each, design.predicted[:first, column], design.seed),
            "predictive": predictive_interval(each, design.predicted[result.drawn, column], design.seed),
        }
        for column, each in enumerate(design.experiments, len(design.targets))
    }


def print_summary(summary: dict[str, Any], translate: Language = ENGLISH) -> None:
    """Print the main results of a calibration from the summary of `summarise`."""
    console = Console()
    title = translate("Targets: median (90 % interval); in brackets: not fitted")
    headers = translate("Prior"), translate("Posterior")
    targets = _table(title, translate("Target"), translate("Wanted"), *headers)
    for name, target in summary["targets"].items():
        label = name if target["fitted"] else f"({name})"
        low, high = target["wanted"]
        intervals = (_format_interval(target[kind]) for kind in ("prior", "posterior"))
        targets.add_row(label, format_target(low, high), *intervals)
    targets.caption = interval_note(translate)
    title = translate("Policies: effect on take-up by 2023-12, percentage points, median (90 % interval)")
    policies = _table(title, translate("Policy"), *headers)
    for name, effect in summary["effects"].items():
        policies.add_row(name, _format_interval(effect["prior"]), _format_interval(effect["posterior"]))
    policies.caption = interval_note(translate)
    title = translate("Combinations of parameters that the targets constrain")
    directions = _table(title, translate("SD ratio"), translate("Combination"))
    for direction in summary["directions"]:
        directions.add_row(f"{direction['spread']:.2f}", translated(direction["words"], translate))
    checks = _table(
        translate("Diagnostic checks"), translate("Check"), "", translate("Measured"), translate("Required")
    )
    for check in summary["diagnostics"]:
        result = translate("passed") if check["passed"] else translate("FAILED")
        values = (translated(check[key], translate) for key in ("measured", "wanted"))
        checks.add_row(translate.phrase(check["name"]), result, *values)
    checks.caption = _checks_note(translate)
    experiments = [_experiments_table(summary["experiments"], translate)] if "experiments" in summary else []
    for table in (targets, *experiments, policies, directions, checks):
        console.print(table)
    for name, target in (summary["targets"] | summary.get("experiments", {})).items():
        if target["undefined_rows"]:
            kind = Target.kind if name in summary["targets"] else Experiment.kind
            undefined = translate(
                "The {kind} {name} divides by 0 at {number} points, which count as not fitting",
                kind=translate.words(kind),
                name=name,
                number=f"{target['undefined_rows']:,}",
            )
            console.print(undefined)
    for sentence in describe_scores(pd.DataFrame(summary["predictions"]["scores"]), translate):
        console.print(sentence)
    points = translate(
        "{number} points evaluated, effective sample size {effective}",
        number=f"{summary['rows']:,}",
        effective=f"{summary['effective_sample']:.0f}",
    )
    console.print(points)


def _experiments_table(experiments: dict[str, Any], translate: Language) -> Table:
    """Tabulate the experiments with their total errors and 90 % predictive intervals."""
    title = translate("Experiments: estimate ± total SD, median (90 % predictive interval); in brackets: not fitted")
    headers = translate("Scale"), translate("Observed"), translate("Prior"), translate("Posterior")
    table = _table(title, translate("Experiment"), *headers)
    for name, each in experiments.items():
        intervals = (
            f"{each[kind][1]:.2f} ({translate.interval(each[interval][0], each[interval][1], _two_places)})"
            for kind, interval in PREDICTIVE_INTERVALS.items()
        )
        label = name if each["fitted"] else f"({name})"
        observed = f"{each['estimate']:.2f} ± {each['tolerance']:.2f}"
        table.add_row(label, translate.words(each["scale"]), observed, *intervals)
    table.caption = translate("Predictive intervals: parameters, Monte Carlo error and the total SD of the estimate.")
    return table


def interval_note(translate: Language = ENGLISH) -> str:
    """Describe the intervals of a calibration."""
    return translate("Intervals: 90 % of the prior and of the posterior: parameters and Monte Carlo error.")


def _checks_note(translate: Language = ENGLISH) -> str:
    return translate("After ±: the Monte Carlo standard error over draws, or a tolerance.")


def format_target(low: float, high: float) -> str:
    """Format the observed value or interval of a target."""
    return f"{low:.3g}" if low == high else f"{low:.3g}–{high:.3g}"


def findings(summary: dict[str, Any], translate: Language = ENGLISH) -> list[str]:
    """Describe in sentences which parameters and effects the targets constrain."""
    parameters = {name: part for name, part in summary["parameters"].items() if name != DUMMY}
    ratios = {name: part["sd_ratio"] for name, part in parameters.items()}
    constrained = sorted((name for name in ratios if ratios[name] < CONSTRAINED_BELOW), key=lambda name: ratios[name])
    if constrained:
        others = len(parameters) - len(constrained)
        sentences = [
            translate(
                "The targets constrain {number} of {all} parameters: {names} (most constrained first). They hardly "
                "constrain the other {others}.",
                number=len(constrained),
                all=len(parameters),
                names=translated(join_names(constrained), translate),
                others=others,
            )
        ]
    else:
        sentences = [
            translate("The targets hardly constrain any of the {all} parameters by itself.", all=len(parameters))
        ]
    for direction in summary["directions"]:
        known = {"words": translated(direction["words"], translate), "ratio": f"{direction['spread']:.2f}"}
        sentences.append(
            translate("The targets reduce {words} to {ratio} of its prior standard deviation.", **known)
            if len(direction["parts"]) == 1
            else translate(
                "The targets reduce a combination to {ratio} of its prior standard deviation, and therefore cannot "
                "distinguish {words} from the original values.",
                **known,
            )
        )
    for name, effect in summary["effects"].items():
        (low, middle, high), (prior_low, _, prior_high) = effect["posterior"], effect["prior"]
        size = translate(
            "{name}: with 90 % probability between {low:+.1f} and {high:+.1f} points by December 2023 (median "
            "{middle:+.1f}).",
            name=name,
            low=low,
            high=high,
            middle=middle,
        )
        prior = {"low": prior_low, "high": prior_high}
        narrowed = (
            translate("The prior interval is {low:+.1f} to {high:+.1f}, so the targets narrow it.", **prior)
            if high - low < _NARROWED_BELOW * (prior_high - prior_low)
            else translate(
                "The prior interval is {low:+.1f} to {high:+.1f}, so the targets hardly narrow it.", **prior
            )
        )
        undecided = [translate("The size of this effect is undecided.")] if high - low >= _UNDECIDED_POINTS else []
        sentences.append(translate.join([size, narrowed, *undecided]))
    return sentences


def reliability(summary: dict[str, Any], translate: Language = ENGLISH) -> str:
    """Describe in a sentence whether all diagnostic checks passed, and which failed."""
    checks = summary["diagnostics"]
    failed = [check for check in checks if not check["passed"]]
    if not failed:
        return translate("All {number} checks of the calibration passed.", number=len(checks))
    details = [
        translate(
            "{name}: {measured}, required {wanted}",
            name=translate.phrase(check["name"]),
            measured=translated(check["measured"], translate),
            wanted=translated(check["wanted"], translate),
        )
        for check in failed
    ]
    return translate(
        "{failed} of {all} checks failed: {details}. Interpret the results below accordingly.",
        failed=len(failed),
        all=len(checks),
        details=translate("; ").join(details),
    )


def _write_report(folder: Path, result: CalibrationResult, summary: dict[str, Any], translate: Language) -> None:
    """Write report.html, and each of its figures as a PNG file."""
    figures = {
        "levers": effects_figure(summary, translate),
        "targets": predictions_figure(summary, translate),
        **({"experiments": experiments_figure(summary, translate)} if "experiments" in summary else {}),
        "history": history_figure(result, translate),
        "marginals": marginals_figure(result, translate),
        "contraction": contraction_figure(summary, translate),
        "ranks": ranks_figure(summary, translate),
    }
    for name, figure in figures.items():
        write_figure(figure, folder / translate.file_name(f"{name}.png"))
    drawings = [
        page_figure(number, name, figure, translate=translate)
        for number, (name, figure) in enumerate(figures.items(), 1)
    ]
    text = report_html(summary, result.design.district.population, drawings, translate)
    write_whole(folder / translate.file_name("report.html"), embed_font(text))


def report_html(
    summary: dict[str, Any], population: Population, figures: Sequence[PageFigure], translate: Language = ENGLISH
) -> str:
    """Make the HTML page of a calibration, without its font.

    Args:
        summary: summary of `summarise`.
        population: population of the district.
        figures: figures of the page in their order.
        translate: language of the page.
    """
    return (
        page_environment(Path(__file__).parent)
        .get_template("report.html.j2")
        .render(
            population=population,
            summary=summary,
            findings=findings(summary, translate),
            score_sentences=describe_scores(pd.DataFrame(summary["predictions"]["scores"]), translate),
            max_pareto_k=MAX_PARETO_K,
            reliability=reliability(summary, translate),
            interval_note=interval_note(translate),
            checks_note=_checks_note(translate),
            figures=figures,
            two_places=_two_places,
            translate=translate,
            translated=lambda text: translated(text, translate),
            quantity=lambda name: translated(quantity_name(name), translate),
            version=takeup.__version__,
            command=command_line(),
            format=formatting,
        )
    )


def _quantiles(values: NDArray[np.float64], weights: NDArray[np.float64] | None = None) -> list[float]:
    """Return the quantiles `QUANTILES` of weighted values; NaN values are ignored."""
    known = ~np.isnan(values)
    if not known.any():
        return [float("nan")] * len(QUANTILES)
    weights = np.ones(len(values)) if weights is None else weights
    return [weighted_quantile(values[known], weights[known], share) for share in QUANTILES]


def _median_error(values: NDArray[np.float64], effective_sample: float) -> float:
    """Return the standard error of the median of draws; NaN values are ignored."""
    known = values[~np.isnan(values)]
    return median_error(known, independent_draws(effective_sample, len(known))) if len(known) else float("nan")


def _table(title: str, *headers: str) -> Table:
    table = formatting.plain_table(title, gap=1)
    for number, header in enumerate(headers):
        table.add_column(header, no_wrap=number == 0, overflow="fold")  # Chinese text has no spaces to break at
    return table


def _two_places(value: float) -> str:
    return f"{value:.2f}"


def _format_interval(quantiles: list[float]) -> str:
    low, middle, high = (f"{number:.2f}" for number in quantiles)
    return f"{middle} ({low}–{high})"
