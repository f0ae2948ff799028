"""One district of a province, and what is kept of it: its months."""

from __future__ import annotations

from takeup.experiment.tasks import Task, branches
from takeup.simulation import COLUMNS

Months = dict[str, list[float | int | str]]
"""The monthly table by column, as `PermitModel.history` has it."""


def live_district(task: Task) -> Months:
    """Live a task's only scenario, and keep its months."""
    months: Months = {}
    for _, model in branches(task):
        months = {name: [row[name] for row in model.rows] for name in COLUMNS}
    return months
