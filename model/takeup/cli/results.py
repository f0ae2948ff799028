"""What a run and a comparison leave in their folders. Every file appears whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from takeup.analysis import Comparison, stack_runs, t_interval
from takeup.analysis.compare.effect_plots import plot_differences, plot_effects
from takeup.analysis.compare.group_plots import plot_by_group, plot_by_street, plot_gains
from takeup.analysis.compare.page import comparison_html
from takeup.analysis.compare.time_series_plots import plot_monthly_overview, plot_take_up
from takeup.cli.requests import DrawnRequest, Request
from takeup.io import write_whole
from takeup.report.i18n import ENGLISH, Language
from takeup.report.manifest import library_versions, scenario_record
from takeup.report.results_folder import results, write_figure, write_json, write_tables
from takeup.runs import RunResult
from takeup.scenario import Scenario


def write_run(folder: Path, request: Request, lived: list[list[RunResult]]) -> pd.DataFrame:
    """Write a single scenario's runs; the monthly table of all replicates."""
    (scenario,) = request.scenarios
    return _write_scenario(folder, request, scenario, lived)


@results
def write_comparison(
    folder: Path,
    request: Request | DrawnRequest,
    comparison: Comparison,
    lived: list[list[RunResult]],
    translate: Language = ENGLISH,
) -> None:
    """Write a comparison, and unless it is under draws a folder a scenario with what a run writes.

    The report and the figures are in the language; tables and manifests have the same names in all.
    """
    write_tables(_tables(comparison), folder)
    if isinstance(request, Request):
        for number, scenario in enumerate(comparison.scenarios):
            _write_scenario(folder / scenario.name, request, scenario, [[runs[number]] for runs in lived], translate)
    draw = _drawings(comparison)
    figures = {name: drawn(comparison, translate) for name, drawn in draw.items()}
    for name, figure in figures.items():
        write_figure(figure, folder / f"{name}.png")
    draws = request.ensemble.draws if isinstance(request, DrawnRequest) else ()
    report = comparison_html(
        comparison,
        figures,
        settings=dict(request.task.parameters),
        draws=draws,
        translate=translate,
    )
    write_whole(folder / "report.html", report)
    write_json(_manifest(request, comparison.scenarios) | _found(request, comparison), folder / "manifest.json")


def _drawings(comparison: Comparison) -> dict[str, Callable[[Comparison, Language], Figure]]:
    """The figures of a comparison; beside a baseline alone there is nothing to tell apart."""
    if len(comparison.scenarios) == 1:
        return {"take_up": plot_take_up}
    beside = {"differences": plot_differences} if comparison.drawn is None else {"effects": plot_effects}
    return {
        "take_up": plot_take_up,
        **beside,
        "by_group": plot_by_group,
        "by_street": plot_by_street,
        "gains": plot_gains,
    }


def _tables(comparison: Comparison) -> dict[str, pd.DataFrame]:
    tables = {"comparison": comparison.comparison, "groups": comparison.groups, "gains": comparison.gains}
    if comparison.drawn is not None:
        tables |= {"draws": comparison.drawn.runs, "ensemble": comparison.drawn.scenarios}
    return tables


@results
def _write_scenario(
    folder: Path, request: Request, scenario: Scenario, lived: list[list[RunResult]], translate: Language = ENGLISH
) -> pd.DataFrame:
    monthly = stack_runs(lived, "monthly")
    tables = {"monthly": monthly, "groups": stack_runs(lived, "groups")}
    if request.task.people is not None:
        tables["people"] = stack_runs(lived, "people")
    write_tables(tables, folder)
    write_figure(plot_monthly_overview(monthly, scenario.title, translate), folder / "overview.png")
    write_json(_summary(request, scenario, monthly), folder / "summary.json")
    write_json(_manifest(request, (scenario,)), folder / "manifest.json")
    return monthly


def _summary(request: Request, scenario: Scenario, monthly: pd.DataFrame) -> dict[str, Any]:
    """How the scenario stands in its last month: means over replicates, and the interval of the take-up."""
    last = monthly[monthly["month"] == request.task.until]
    share = t_interval((last["valid"] / last["population"]).to_numpy())
    means = last.drop(columns=["scenario", "replicate", "month"]).mean()
    return {
        "scenario": scenario.name,
        "title": scenario.title,
        "district": request.district.population.name,
        "month": request.task.until,
        "replicates": len(request.seeds),
        "valid_share": float(share.center),
        "valid_share_95": [float(share.low), float(share.high)],
        "persons_per_agent": request.district.population.most / request.task.agents,
        "means": {str(name): float(value) for name, value in means.items()},
    }


def _manifest(request: Request | DrawnRequest, scenarios: tuple[Scenario, ...]) -> dict[str, Any]:
    """All that is needed to repeat the run, and nothing of when and where it was made."""
    task = request.task
    return {
        "command": request.command,
        "key": request.key,
        "versions": library_versions(),
        "district": {"name": request.district.name, "sha256": request.district.digest},
        "scenarios": [scenario_record(scenario) for scenario in scenarios],
        "parameters": dict(task.parameters),
        "seeds": request.seeds,
        "agents": task.agents,
        "engine": task.engine,
        "from": task.start,
        "until": task.until,
    }


def _found(request: Request | DrawnRequest, comparison: Comparison) -> dict[str, Any]:
    """What only the run could tell: how precise it became; of how many draws there is a result, and what failed."""
    found: dict[str, Any] = {}
    if comparison.precision is not None:
        found["precision"] = asdict(comparison.precision) | {"reached": comparison.precision.is_reached}
    if isinstance(request, DrawnRequest) and comparison.drawn is not None:
        found["posterior"] = {"sha256": request.ensemble.posterior, "draws": len(request.ensemble.draws)}
        found["draws_with_result"] = comparison.replicates
        found["failed"] = comparison.drawn.failed.to_dict("records")
    return found
