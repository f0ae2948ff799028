"""What scenarios do to take-up: the same people with the same luck, with and without."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup.answers.comparison import Comparison
from takeup.answers.ensemble_lives import FLOWS, STOCKS, parting
from takeup.answers.gains import gains_table
from takeup.answers.intervals import Interval, t_interval
from takeup.district import District
from takeup.errors import InputError
from takeup.experiment import Lived, Task, run_tasks
from takeup.experiment.journal import Journal
from takeup.months import END, START, month_number
from takeup.scenario import BASELINE, Scenario, Timeline
from takeup.simulation import Engine

PERCENT = 100.0
OVERRIDDEN = "set for this run"


def comparison_tasks(
    district: District,
    scenarios: list[Scenario],
    *,
    parameters: Mapping[str, float] | None = None,
    seed: int = 1,
    replicates: int = 4,
    agents: int | None = None,
    engine: Engine = "compiled",
    threads: int = 1,
    start: str = START,
    until: str = END,
    people: str | None = None,
    baseline: bool = True,
) -> list[Task]:
    """One task a replicate; with `baseline`, that comes first among its scenarios.

    Raises:
        InputError: a scenario does not fit the district, or two have one name.
    """
    every = _with_baseline(scenarios) if baseline else scenarios
    overrides = dict(parameters or {})
    values = district.parameters.override(overrides, OVERRIDDEN)
    for scenario in every:
        Timeline(scenario, replace(district, parameters=values))
    return [
        Task(
            district.folder, district.digest, tuple(every), tuple(overrides.items()), seed + replicate,
            district.population.most if agents is None else agents, engine, threads, start, until, people,
        )
        for replicate in range(replicates)
    ]  # fmt: skip


def compare(
    district: District,
    tasks: list[Task],
    *,
    workers: int = 1,
    cluster: str | None = None,
    on_month: Callable[[int], None] = lambda _: None,
    command: str = "",
    journal: Journal | None = None,
) -> tuple[Comparison, list[list[Lived]]]:
    """Live the tasks and set the scenarios beside the baseline.

    Args:
        district: the place.
        tasks: of `comparison_tasks`.
        workers, cluster, on_month, journal: see `run_tasks`.
        command: what repeats it.

    Returns:
        The comparison, and the runs it was made of, by replicate and scenario.
    """
    lived = run_tasks(tasks, workers, cluster, on_month, journal)
    return compared(district, tasks, lived, command), lived


def compared(district: District, tasks: list[Task], lived: list[list[Lived]], command: str = "") -> Comparison:
    """Set scenarios that have been lived beside the baseline.

    Args:
        district: the place.
        tasks: one a replicate.
        lived: what each left behind.
        command: what repeats it.
    """
    task = tasks[0]
    values = district.parameters.override(dict(task.parameters), OVERRIDDEN)
    monthly = stacked(lived, "monthly")
    months = [str(month) for month in monthly["month"].unique()]
    persons = district.population.most / task.agents
    fates = np.array([[run.fates for run in runs] for runs in lived], dtype=np.float64)
    names = [scenario.name for scenario in task.scenarios]
    return Comparison(
        district=replace(district, parameters=values),
        scenarios=task.scenarios,
        replicates=len(tasks),
        first=task.start,
        until=task.until,
        agents=task.agents,
        persons_per_agent=persons,
        monthly=monthly,
        comparison=comparison_table(_columns(monthly, task.scenarios, months), months, persons, t_interval),
        groups=stacked(lived, "groups"),
        gains=gains_table(fates[:, 1:], names[1:], district.streets, persons, t_interval),
        command=command,
    )


def _with_baseline(scenarios: list[Scenario]) -> list[Scenario]:
    named = [scenario for scenario in scenarios if scenario.name == BASELINE.name]
    others = [scenario for scenario in scenarios if scenario.name != BASELINE.name]
    names = [scenario.name for scenario in others]
    for name in names:
        if names.count(name) > 1:
            raise InputError("two scenarios have one name", given=name, allowed="files of different names")
    if named and named[0].stated:
        raise InputError(
            "the baseline changes something", given=BASELINE.name, allowed="a baseline without interventions"
        )
    return [named[0] if named else BASELINE, *others]


def stacked(lived: list[list[Lived]], table: Literal["monthly", "groups", "people"]) -> pd.DataFrame:
    """The tables of all runs under each other, scenario by scenario, with the columns scenario and replicate first.

    Args:
        lived: by replicate, then scenario.
        table: which of the tables of `Lived`.
    """
    frames = []
    for runs in zip(*lived, strict=True):
        for replicate, run in enumerate(runs):
            frame: pd.DataFrame = getattr(run, table)
            frames.append(frame.assign(scenario=run.scenario, replicate=replicate))
    stacked = pd.concat(frames, ignore_index=True)
    first = ["scenario", "replicate"]
    return stacked[first + [name for name in stacked.columns if name not in first]]


def _columns(
    monthly: pd.DataFrame, scenarios: tuple[Scenario, ...], months: list[str]
) -> dict[str, dict[str, NDArray[np.float64]]]:
    """By scenario and column, of shape (replicates, months); flows so far, since the first scenario acts."""
    since = parting(scenarios)
    parted = np.array([month_number(month) >= since for month in months])
    found: dict[str, dict[str, NDArray[np.float64]]] = {}
    for scenario in scenarios:
        rows = monthly[monthly["scenario"] == scenario.name]
        columns = {name: rows[name].to_numpy(np.float64).reshape(-1, len(months)) for name in STOCKS + FLOWS}
        found[scenario.name] = columns | {name: np.cumsum(columns[name] * parted, axis=1) for name in FLOWS}
    return found


def comparison_table(
    runs: Mapping[str, Mapping[str, NDArray[np.float64]]],
    months: Sequence[str],
    persons: float,
    interval: Callable[[NDArray[np.float64]], Interval],
) -> pd.DataFrame:
    """The table of `Comparison.comparison`.

    Args:
        runs: by scenario, the baseline first, and column, of shape (runs, months); flows so far.
        months: YYYY-MM.
        persons: of the district that a simulated one stands for.
        interval: over runs.
    """
    baseline, frames = next(iter(runs.values())), []
    for name, scenario in runs.items():
        share = scenario["valid"] / scenario["population"]
        points = interval((share - baseline["valid"] / baseline["population"]) * PERCENT)
        more = (scenario["valid"] - baseline["valid"]).mean(axis=0) * persons
        cost = scenario["cost_cny"].mean(axis=0)
        own_cost = cost - baseline["cost_cny"].mean(axis=0)  # a district's dated rules may cost something too
        per_permit = np.divide(own_cost, more, out=np.full(len(months), np.nan), where=(more > 0) & (own_cost > 0))
        table = {
            "scenario": name,
            "month": list(months),
            "valid_share": share.mean(axis=0),
            "difference_points": points.mean,
            "difference_persons": more,
            "low": points.low,
            "high": points.high,
            "issued": scenario["issued"].mean(axis=0) * persons,
            "lapsed": scenario["lapses"].mean(axis=0) * persons,
            "wait_months": scenario["wait_months"].mean(axis=0),
            "cost_cny": cost,
            "cost_per_permit": per_permit,
        }
        frames.append(pd.DataFrame(table))
    return pd.concat(frames, ignore_index=True)
