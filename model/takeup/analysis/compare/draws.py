"""One run of an ensemble, and the little of it that is kept: a few months of each scenario, and groups at the end."""

from __future__ import annotations

from typing import Any, Final

from takeup.months import MONTHS_A_YEAR, format_month, parse_month
from takeup.runs.paired_outcomes import permit_snapshot, transition_counts
from takeup.runs.task import Task, run_branches
from takeup.scenario import Scenario
from takeup.simulation import PermitModel

STOCKS: Final = ("population", "valid", "wait_months")
"""Kept as they stand at a month's end."""
FLOWS: Final = ("issued", "lapses", "cost_cny")
"""Kept as their sum since the first scenario acts."""


def recorded_months(task: Task) -> list[str]:
    """Every December of the run, and its last month."""
    first, last = parse_month(task.start), parse_month(task.until)
    return [format_month(n) for n in range(first, last + 1) if n % MONTHS_A_YEAR == MONTHS_A_YEAR - 1 or n == last]


def first_divergence(scenarios: tuple[Scenario, ...]) -> int:
    """The first month in which any of the scenarios acts; 0 if none ever does."""
    return min((each.first for each in scenarios if each.first is not None), default=0)


def run_draw(task: Task) -> dict[str, Any]:
    """Live a task's scenarios.

    Returns:
        By scenario: "months", a row a kept month with `STOCKS` and `FLOWS`; and at the end "groups", counts by group,
        and "fates", persons by group and what became of them beside the first scenario.
    """
    found: dict[str, dict[str, Any]] = {}
    stand = {}
    for scenario, model in run_branches(task):
        found[scenario.name] = {"months": _months(task, model), "groups": model.group_counts[-1].tolist()}
        stand[scenario.name] = permit_snapshot(model)
        streets = model.world.streets
    baseline = stand[task.scenarios[0].name]
    for name, result in found.items():
        result["fates"] = transition_counts(baseline, stand[name], streets).tolist()
    return found


def _months(task: Task, model: PermitModel) -> list[list[float]]:
    kept, since, rows = set(recorded_months(task)), first_divergence(task.scenarios), []
    sums = dict.fromkeys(FLOWS, 0.0)
    for row in model.rows:
        if parse_month(row["month"]) >= since:
            for name in FLOWS:
                sums[name] += float(row[name])
        if row["month"] in kept:
            rows.append([*(float(row[name]) for name in STOCKS), *sums.values()])
    return rows
