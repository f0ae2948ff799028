"""Result files of the runs of one scenario: tables, figure, summary, manifest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import pandas as pd

from takeup.analysis.compare.monthly_overview import plot_monthly_overview
from takeup.analysis.compare.result import stack_runs
from takeup.analysis.statistics import t_interval
from takeup.district import District
from takeup.io import write_whole
from takeup.report.i18n import ENGLISH, Language
from takeup.report.results_folder import (
    figure_png,
    results_writer,
    run_record,
    scenario_record,
    write_json,
    write_tables,
)
from takeup.runs import RunResult, Task
from takeup.runs.executors import make_executor
from takeup.scenario import Scenario

_OVERVIEWS_THAT_PAY: Final = 6
"""Number of overviews from which on another process draws them; its start takes as long as drawing five."""


@dataclass(frozen=True)
class RunRecord:
    """The inputs of the runs of a command, as its manifests record them.

    Attributes:
        key: short hash of all inputs that the results depend on.
        district: the district.
        task: scenarios, months and settings that all runs share; runs differ in the seed and in the draw.
        seeds: random seed of each run.
        draws: parameters of each draw of a posterior, by dotted name; empty if all runs have the same parameters.
        posterior: hash of the posterior's file; None without draws.
    """

    key: str
    district: District
    task: Task
    seeds: Sequence[int]
    draws: Sequence[Mapping[str, float]] = ()
    posterior: str | None = None


def write_run(
    folder: Path,
    record: RunRecord,
    scenario: Scenario,
    results: list[list[RunResult]],
    translate: Language = ENGLISH,
) -> None:
    """Write the files of one scenario's replicates.

    Args:
        folder: folder of the results.
        record: inputs of the runs, for the manifest.
        scenario: the scenario.
        results: one list per replicate, which contains the only result.
        translate: language of the figure.
    """
    overview = _draw_overview(Overview(stack_runs(results, "monthly"), scenario.title, translate))
    write_run_files(folder, record, scenario, results, overview, translate)


@results_writer
def write_run_files(
    folder: Path,
    record: RunRecord,
    scenario: Scenario,
    results: list[list[RunResult]],
    overview: bytes,
    translate: Language,
) -> dict[str, Any]:
    """Write the files of one scenario's replicates, given its overview as PNG."""
    monthly = stack_runs(results, "monthly")
    tables = {"monthly": monthly, "groups": stack_runs(results, "groups")}
    if record.task.people is not None:
        tables["people"] = stack_runs(results, "people")
    write_tables(tables, folder)
    write_whole(folder / translate.file_name("overview.png"), overview)
    write_json(_summary(record, scenario, monthly), folder / "summary.json")
    return run_manifest(record, (scenario,))


class Overview(NamedTuple):
    """The arguments of `plot_monthly_overview`, as a worker receives them."""

    monthly: pd.DataFrame
    title: str
    translate: Language


def _draw_overview(inputs: Overview) -> bytes:
    return figure_png(plot_monthly_overview(*inputs))


@contextmanager
def drawn_overviews(inputs: Sequence[Overview], workers: int) -> Iterator[Iterator[bytes]]:
    """Yield the overviews, which another process draws in the meantime if that pays."""
    if workers == 1 or len(inputs) < _OVERVIEWS_THAT_PAY:
        yield map(_draw_overview, inputs)
        return

    def received(future: Future[bytes], each: Overview) -> bytes:
        try:
            return future.result()
        except BrokenExecutor:  # the process was killed
            return _draw_overview(each)

    executor = make_executor(1, None)
    try:
        futures = [executor.submit(_draw_overview, each) for each in inputs]
        yield (received(future, each) for future, each in zip(futures, inputs, strict=True))
    finally:
        executor.stop()


def _summary(record: RunRecord, scenario: Scenario, monthly: pd.DataFrame) -> dict[str, Any]:
    """Summarise the last month: means over replicates, 95 % interval of take-up."""
    last = monthly[monthly["month"] == record.task.settings.until]
    share = t_interval((last["valid"] / last["population"]).to_numpy())
    means = last.drop(columns=["scenario", "replicate", "month"]).mean()
    return {
        "scenario": scenario.name,
        "title": scenario.title,
        "district": record.district.population.name,
        "month": record.task.settings.until,
        "replicates": len(record.seeds),
        "valid_share": float(share.center),
        "valid_share_95": [float(share.low), float(share.high)],
        "persons_per_agent": record.district.population.most / record.task.settings.agents,
        "means": {str(name): float(value) for name, value in means.items()},
    }


def run_manifest(record: RunRecord, scenarios: tuple[Scenario, ...]) -> dict[str, Any]:
    """Return all that is needed to repeat the runs, without time or machine."""
    settings = record.task.settings
    return {
        **run_record(record.district, record.key),
        "scenarios": [scenario_record(scenario) for scenario in scenarios],
        "parameters": settings.parameters,
        "seeds": list(record.seeds),
        "agents": settings.agents,
        "engine": settings.engine,
        "from": settings.start,
        "until": settings.until,
    }
