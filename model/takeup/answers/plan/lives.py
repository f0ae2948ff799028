"""Packages lived in one draw, and the little that is kept of each: its cost, and who holds a permit at the end."""

from __future__ import annotations

import hashlib
import json
from typing import Any, NamedTuple

from takeup.experiment import Task
from takeup.experiment.code import code_digest
from takeup.experiment.sweep import Job
from takeup.experiment.tasks import branches
from takeup.months import month_number
from takeup.simulation import GROUP_COUNTS

_COUNTED = [GROUP_COUNTS.index(name) for name in ("population", "valid")]


class Life(NamedTuple):
    """Some packages in one draw.

    Attributes:
        task: the packages as scenarios, under the draw's parameters and seed.
        since: the number of the month from which costs are summed, the same for all packages of a plan.
    """

    task: Task
    since: int

    def job(self) -> Job[Life]:
        """It under a key made of all that decides its results."""
        decides = json.dumps([self.task.key, self.since, code_digest()])
        return Job(hashlib.sha256(decides.encode()).hexdigest()[:24], self)


def live(life: Life) -> dict[str, Any]:
    """Live the packages: the history once, each branched from it.

    Returns:
        By package: "cost", yuan spent up to the last month; in the last month "population", "valid", and "groups",
        both counts for each attribute's levels, then streets. Simulated persons.
    """
    found = {}
    for scenario, model in branches(life.task):
        last, cost = model.rows[-1], 0.0
        for row in model.rows:
            if month_number(row["month"]) >= life.since:
                cost += float(row["cost_cny"])
        found[scenario.name] = {
            "cost": cost,
            "population": int(last["population"]),
            "valid": int(last["valid"]),
            "groups": model.group_counts[-1][:, _COUNTED].tolist(),
        }
    return found
