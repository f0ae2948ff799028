"""A task: one seed's history, branched into every scenario; and what living it leaves behind."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from takeup.district import load_district
from takeup.errors import InputError
from takeup.experiment.code import code_digest
from takeup.months import month_name, month_number
from takeup.scenario import Scenario
from takeup.simulation import Engine, PermitModel, people_table


@dataclass(frozen=True)
class Task:
    """Scenarios to be lived by the same people with the same luck.

    Attributes:
        district: its folder.
        digest: of the district's files.
        scenarios: policies; the history they share is lived once.
        parameters: overrides for the whole run, as (name, value).
        seed: of the people and their luck.
        agents: simulated migrants at the most.
        engine, threads: how the month is run.
        start, until: first and last month, YYYY-MM.
        people: the month whose people are to be written down, if any.
    """

    district: Path
    digest: str
    scenarios: tuple[Scenario, ...]
    parameters: tuple[tuple[str, float], ...]
    seed: int
    agents: int
    engine: Engine
    threads: int
    start: str
    until: str
    people: str | None = None

    @property
    def key(self) -> str:
        """A hash of all that decides the results; not of how they are computed."""
        decides = [
            code_digest(),
            self.digest,
            [[each.name, *(s.intervention.model_dump_json() for s in each.stated)] for each in self.scenarios],
            sorted(self.parameters),
            self.seed,
            self.agents,
            self.start,
            self.until,
        ]
        return hashlib.sha256(json.dumps(decides).encode()).hexdigest()[:12]

    @property
    def months(self) -> int:
        """How many months there are to live, for a progress bar."""
        start, until = month_number(self.start), month_number(self.until)
        parts = [min(max(each.first or until + 1, start), until + 1) for each in self.scenarios]
        shared = max(parts) - start
        return shared + sum(until + 1 - part for part in parts)


@dataclass(frozen=True)
class Lived:
    """What one scenario left behind under one seed.

    Attributes:
        scenario: its name.
        seed: of the run.
        monthly: the monthly table.
        groups: counts by month and group.
        people: everyone who lived there in the month asked for.
    """

    scenario: str
    seed: int
    monthly: pd.DataFrame
    groups: pd.DataFrame
    people: pd.DataFrame | None


def live(task: Task, tick: Callable[[], None]) -> list[Lived]:
    """Live a task's scenarios, in their order; `tick` is called every month.

    The history is lived once: each scenario branches off in the month before it first acts.
    """
    until = month_number(task.until)
    district = load_district(task.district)
    if district.digest != task.digest:
        raise InputError("not the files that the run was begun with", file=district.folder)
    trunk = PermitModel(
        district, None, task.agents, task.engine, task.seed,
        parameters=dict(task.parameters), start=task.start, until=task.until, threads=task.threads,
    )  # fmt: skip
    people: dict[str, pd.DataFrame] = {}
    lived: dict[str, Lived] = {}

    def live_until(model: PermitModel, last: int, names: list[str]) -> None:
        while model.state.month < last:
            model.step()
            tick()
            if month_name(model.state.month) == task.people:
                people.update(dict.fromkeys(names, people_table(model)))

    waiting = sorted(task.scenarios, key=lambda each: until + 1 if each.first is None else each.first)
    while waiting:
        scenario = waiting[0]
        live_until(trunk, min((scenario.first or until + 1) - 1, until), [each.name for each in waiting])
        model = trunk.branch(scenario)
        live_until(model, until, [scenario.name])
        lived[scenario.name] = Lived(
            scenario.name, task.seed, model.history(), model.groups(), people.get(scenario.name)
        )
        waiting.pop(0)
    return [lived[scenario.name] for scenario in task.scenarios]
