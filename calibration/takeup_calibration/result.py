"""The result of a calibration as tables, files, a summary in numbers, and terminal output."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich import box
from rich.console import Console
from rich.table import Table

from takeup.district import CALIBRATED, POSTERIOR
from takeup.io import format_toml_table, write_whole
from takeup.report.results_folder import write_frame, write_json, write_tables
from takeup_calibration.calibrator import CalibrationResult
from takeup_calibration.diagnostics import (
    Coverage,
    constrained_quantities,
    contraction_ratios,
    identified_directions,
    median_error,
    predictive_interval,
    run_checks,
)
from takeup_calibration.evaluator import policy_names
from takeup_calibration.importance import weighted_quantile
from takeup_calibration.priors import DUMMY, parameter_values

SUMMARY: Final = "calibration.json"
_QUANTILES: Final = (0.05, 0.5, 0.95)


def write_results(folder: Path, result: CalibrationResult, summary: dict[str, Any]) -> None:
    """Write posterior.parquet, rows.csv, rows.parquet, calibrated.toml and calibration.json."""
    write_tables({"rows": points_table(result)}, folder)
    install(folder, result, summary)


def install(folder: Path, result: CalibrationResult, summary: dict[str, Any]) -> list[Path]:
    """Write what a district's folder keeps of a calibration, and return the paths of the files.

    The posterior and the values of the representative draw are read by all commands; the summary documents both.
    """
    write_frame(posterior_table(result), folder / POSTERIOR)
    write_whole(folder / CALIBRATED, representative_toml(result))
    write_json(summary, folder / SUMMARY)
    return [folder / name for name in (POSTERIOR, CALIBRATED, SUMMARY)]


def posterior_table(result: CalibrationResult) -> pd.DataFrame:
    """Tabulate the draws: index of the point ("row"), parameter values by dotted name, and "effect NAME"."""
    design, parameters = result.design, result.design.district.parameters
    points = design.points
    table = pd.DataFrame([parameter_values(design.dimensions, points[draw], parameters) for draw in result.drawn])
    table.insert(0, "row", result.drawn)
    effects = design.effects[result.drawn]
    for column, name in enumerate(policy_names()):
        table[f"effect {name}"] = effects[:, column]
    return table


def points_table(result: CalibrationResult) -> pd.DataFrame:
    """Tabulate all evaluated points: weight, values of the dimensions, "target NAME", and "effect NAME"."""
    design = result.design
    table = pd.DataFrame(design.points, columns=[dimension.name for dimension in design.dimensions])
    table.insert(0, "weight", result.weights)
    for column, target in enumerate(design.targets):
        table[f"target {target.name}"] = design.predicted[:, column]
    effects = design.effects
    for column, name in enumerate(policy_names()):
        table[f"effect {name}"] = effects[:, column]
    return table


def representative_toml(result: CalibrationResult) -> str:
    """Format the representative draw as the text of a calibrated.toml."""
    design, point = result.design, result.representative
    values = parameter_values(design.dimensions, design.points[point], design.district.parameters)
    fitted = ", ".join(target.name for target in design.targets if target.fit)
    source = (
        f"calibration: row {point} of {len(design.outputs):,} of the design with seed {design.seed}, the one near "
        f"the middle of the posterior that meets the district's own targets best at full size; fitted to {fitted}"
    )
    comment = (
        "# Calibrated values, which replace those of parameters.toml. They are one draw of many: the others are in\n"
        f"# {POSTERIOR}, and the effect of a policy differs between them.\n"
    )
    return comment + format_toml_table({"source": source}) + "\n" + format_toml_table(values, "[values]")


def summarise(result: CalibrationResult, coverage: Coverage) -> dict[str, Any]:
    """Summarise a calibration in numbers, as in calibration.json.

    Intervals are [5 %, median, 95 %]. "prior" refers to the first wave; "posterior" to all points by weight (targets,
    parameters) or to the draws (effects of the policies).
    """
    design, weights = result.design, result.weights
    first, drawn = design.counts[0], result.drawn
    scores, names = design.scores, [design.names[i] for i in design.adapted]
    means, ratios = weights @ scores, contraction_ratios(scores, weights)
    return {
        "district": design.district.name,
        "effective_sample": result.effective,
        "rows": len(weights),
        "waves": design.counts,
        "failed_rows": sum(output is None for output in design.outputs),
        "agents": design.agents,
        "seed": design.seed,
        "method": result.settings.method,
        "diagnostics": [asdict(check) for check in run_checks(result, coverage)],
        "targets": {
            target.name: {
                "wanted": [target.low, target.high],
                "tolerance": target.tolerance,
                "fitted": target.fit,
                "local": target.local,
                "source": target.source,
                "prior": _quantiles(design.predicted[:first, column]),
                "posterior": _quantiles(design.predicted[:, column], weights),
                "predictive": predictive_interval(target, design.predicted[drawn, column], design.seed),
            }
            for column, target in enumerate(design.targets)
        },
        "effects": {
            name: {
                "prior": _quantiles(design.effects[:first, column]),
                "posterior": _quantiles(design.effects[drawn, column]),
                "median_error": _median_error(design.effects[drawn, column]),
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
            "constrained": constrained_quantities(result, coverage),
            "shares": coverage.shares,
            "errors": coverage.errors,
        },
        "full_size": {}
        if result.full_size is None
        else {name: list(pair) for name, pair in result.full_size.differences().items()},
        "representative": result.representative,
    }


def print_summary(summary: dict[str, Any]) -> None:
    """Print the targets, the policies' effects, the constrained combinations and the checks."""
    console = Console()
    title = "Targets: median (90 % interval); in brackets: not fitted"
    targets = _table(title, "Target", "Wanted", "Prior", "Posterior")
    for name, target in summary["targets"].items():
        label = name if target["fitted"] else f"({name})"
        low, high = target["wanted"]
        intervals = (_format_interval(target[kind]) for kind in ("prior", "posterior"))
        targets.add_row(label, format_target(low, high), *intervals)
    title = "Policies: points of take-up by 2023-12, median (90 % interval)"
    policies = _table(title, "Policy", "Prior", "Posterior")
    for name, effect in summary["effects"].items():
        policies.add_row(name, _format_interval(effect["prior"]), _format_interval(effect["posterior"]))
    directions = _table("Combinations of parameters that the targets constrain", "SD ratio", "Combination")
    for direction in summary["directions"]:
        directions.add_row(f"{direction['spread']:.2f}", direction["words"])
    checks = _table("Diagnostic checks", "Check", "", "Measured", "Required")
    for check in summary["diagnostics"]:
        checks.add_row(check["name"], "passed" if check["passed"] else "FAILED", check["measured"], check["wanted"])
    for table in (targets, policies, directions, checks):
        console.print(table)
    console.print(f"{summary['rows']:,} points evaluated, effective sample size {summary['effective_sample']:.0f}")


def format_target(low: float, high: float) -> str:
    """Format the value or the interval of a target."""
    return f"{low:.3g}" if low == high else f"{low:.3g}–{high:.3g}"


def _quantiles(values: NDArray[np.float64], weights: NDArray[np.float64] | None = None) -> list[float]:
    known = ~np.isnan(values)
    if not known.any():
        return [float("nan")] * len(_QUANTILES)
    weights = np.ones(len(values)) if weights is None else weights
    return [weighted_quantile(values[known], weights[known], at) for at in _QUANTILES]


def _median_error(values: NDArray[np.float64]) -> float:
    known = values[~np.isnan(values)]
    return median_error(known) if len(known) else float("nan")


def _table(title: str, *headers: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for number, header in enumerate(headers):
        table.add_column(header, no_wrap=number == 0)
    return table


def _format_interval(quantiles: list[float]) -> str:
    low, middle, high = (f"{number:.2f}" for number in quantiles)
    return f"{middle} ({low}–{high})"
