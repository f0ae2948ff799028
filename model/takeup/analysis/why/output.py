"""Output of `why`: what it prints, and its files. Every file is written atomically."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from rich.table import Table

from takeup.analysis.statistics import Estimate
from takeup.analysis.uncertainty import interval_contents, point_note
from takeup.analysis.why import REASONS
from takeup.analysis.why.plots import plot_funnel, plot_obstacles
from takeup.analysis.why.spec import Decomposition, WhyResult
from takeup.analysis.why.summary import headline_sentence, obstacle_sentence, reasons_table, residents
from takeup.analysis.why.terminal import render_obstacles, render_reasons, render_remaining, render_steps
from takeup.months import format_month
from takeup.report.formatting import print_results
from takeup.report.i18n import ENGLISH, Language
from takeup.report.office import FurtherFiles, write_nothing
from takeup.report.results_folder import (
    intervention_records,
    results_writer,
    run_record,
    scenario_record,
    write_figure,
    write_json,
    write_tables,
)


@results_writer
def write_why(
    folder: Path,
    result: WhyResult,
    translate: Language = ENGLISH,
    write_further: FurtherFiles[WhyResult] = write_nothing,
) -> dict[str, Any]:
    """Write the results of `why`: tables, figures, summary.json and manifest.json.

    Args:
        folder: folder of the results.
        result: result of the runs.
        translate: language of the figures.
        write_further: function that writes further files, see `office_writer`.
    """
    decomposition, tables = result.decomposition, {"funnel": result.funnel}
    figures = {"funnel": plot_funnel(result, translate)}
    if decomposition is not None:
        tables["funnel"] = pd.concat([result.funnel, decomposition.funnel], ignore_index=True)
        tables |= {
            "obstacles": decomposition.parts,
            "obstacles_by_run": decomposition.table_by_run(),
            "combinations": decomposition.combinations,
        }
        figures["obstacles"] = plot_obstacles(result, decomposition, translate)
    write_tables(tables, folder)
    for name, figure in figures.items():
        write_figure(figure, folder / translate.file_name(f"{name}.png"))
    write_further(folder, result, tables, figures)
    write_json(_summary(result), folder / "summary.json")
    return _manifest(result)


def print_why(result: WhyResult, translate: Language = ENGLISH) -> None:
    """Print why migrants have no valid permit, with tables."""
    parts: list[Table | str] = []
    if not result.spec.drawn:
        parts.append(point_note(result.spec.district, translate))
    parts += [
        headline_sentence(result, translate),
        render_reasons(result, translate),
        render_steps(result, translate),
    ]
    if result.decomposition is not None:
        parts += [
            render_obstacles(result, result.decomposition, translate),
            render_remaining(result, result.decomposition, translate),
            obstacle_sentence(result, result.decomposition, translate),
        ]
    print_results(*parts)


def _summary(result: WhyResult) -> dict[str, Any]:
    """Return the content of summary.json; persons are those of the district."""
    spec, decomposition = result.spec, result.decomposition
    summary: dict[str, Any] = {
        "said": [headline_sentence(result)],
        "district": spec.district.population.name,
        "scenario": spec.scenario.name,
        "month": spec.month,
        "runs": result.runs,
        "runs_are": "draws of the posterior" if spec.drawn else "replicates",
        "interval": interval_contents(drawn=spec.drawn),
        "parameter_uncertainty": spec.drawn,
        "persons": residents(result),
        "persons_per_agent": spec.persons_per_agent,
        "causes": _reasons_summary(result, result.funnel),
    }
    if decomposition is not None:
        summary["said"].append(obstacle_sentence(result, decomposition))
        summary |= {
            "until": spec.until,
            "take_up_now": _estimate_summary(decomposition.now),
            "gap": _estimate_summary(decomposition.gap),
            "not_removable": _estimate_summary(decomposition.remaining),
            "obstacles": decomposition.parts.set_index("obstacle").to_dict("index"),
            "not_removable_causes": _reasons_summary(result, decomposition.funnel),
        }
    return summary


def _reasons_summary(result: WhyResult, table: pd.DataFrame) -> dict[str, Any]:
    reasons = reasons_table(result, table)
    rows = reasons[["persons", "percent", "low", "high"]].to_dict("records")
    return {REASONS[reason]: row for reason, row in zip(reasons["cause"], rows, strict=True)}


def _estimate_summary(estimate: Estimate) -> dict[str, float]:
    return {"center": float(estimate.center), "low": float(estimate.low), "high": float(estimate.high)}


def _manifest(result: WhyResult) -> dict[str, Any]:
    """Return the content of manifest.json: all inputs needed to repeat the command."""
    spec = result.spec
    return {
        **run_record(spec.district, spec.key),
        "scenario": scenario_record(spec.scenario),
        "obstacles": _removals(result.decomposition),
        "removed_from": None if spec.obstacles is None else format_month(spec.obstacles.removed_from),
        "runs": spec.records,
        "agents": spec.settings.agents,
        "engine": spec.settings.engine,
        "month": spec.month,
        "until": None if spec.obstacles is None else spec.until,
    }


def _removals(decomposition: Decomposition | None) -> list[dict[str, Any]] | None:
    if decomposition is None:
        return None
    return [
        {
            "name": each.name,
            "title": each.title,
            "source": each.source,
            "status": each.status,
            "reasoning": each.reasoning,
            "interventions": intervention_records(each.removal),
        }
        for each in decomposition.obstacles.each
    ]
