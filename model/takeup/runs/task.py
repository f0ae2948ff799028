"""A task: one seed's history, branched into every scenario; and what living it leaves behind.

What a task left behind as text that a journal can hold, and back again to the bit.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup.digest import code_digest
from takeup.district import load_checked
from takeup.errors import InputError
from takeup.months import format_month, parse_month
from takeup.runs.paired_outcomes import PermitSnapshot, permit_snapshot, transition_counts
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
        code: a hash of the code that is to live it.
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
    code: str = field(default_factory=code_digest)

    @property
    def key(self) -> str:
        """A hash of all that decides the results; not of how they are computed."""
        decides = [
            self.code,
            self.digest,
            [each.content for each in self.scenarios],
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
        start, until = parse_month(self.start), parse_month(self.until)
        parts = [min(max(each.first or until + 1, start), until + 1) for each in self.scenarios]
        shared = max(parts) - start
        return shared + sum(until + 1 - part for part in parts)


@dataclass(frozen=True)
class RunResult:
    """What one scenario left behind under one seed.

    Attributes:
        scenario: its name.
        seed: of the run.
        monthly: the monthly table.
        groups: counts by month and group.
        fates: in the last month, persons by group and what became of them beside the task's first scenario, see
            `takeup.experiment.fates`.
        people: everyone who lived there in the month asked for.
    """

    scenario: str
    seed: int
    monthly: pd.DataFrame
    groups: pd.DataFrame
    fates: NDArray[np.int64]
    people: pd.DataFrame | None


def run_task(task: Task, tick: Callable[[], None]) -> list[RunResult]:
    """Live a task's scenarios, in their order; `tick` is called every month."""
    people: dict[str, pd.DataFrame] = {}

    def look(model: PermitModel, names: list[str]) -> None:
        tick()
        if format_month(model.state.month) == task.people:
            people.update(dict.fromkeys(names, people_table(model)))

    tables: dict[str, tuple[pd.DataFrame, pd.DataFrame]] = {}
    stand: dict[str, PermitSnapshot] = {}
    for scenario, model in run_branches(task, look):
        tables[scenario.name] = model.history(), model.groups()
        stand[scenario.name] = permit_snapshot(model)
    streets = len(load_checked(task.district, task.digest).streets)
    baseline = stand[task.scenarios[0].name]
    return [
        RunResult(name, task.seed, *tables[name], transition_counts(baseline, stand[name], streets), people.get(name))
        for name in (scenario.name for scenario in task.scenarios)
    ]


def run_branches(
    task: Task, look: Callable[[PermitModel, list[str]], None] = lambda _model, _names: None
) -> Iterator[tuple[Scenario, PermitModel]]:
    """Live a task's scenarios: each with the model at its end, in the order in which they part from the baseline.

    The history is lived once: each scenario branches off in the month before it first acts. A model is gone when the
    next is asked for.

    Args:
        task: to live.
        look: called after every month with the model, and the names of the scenarios that are living it.

    Raises:
        InputError: the district's files or the code are not those that the task was made with.
    """
    if task.code != code_digest():
        raise InputError("the code has changed since the run began", allowed="the same version of takeup")
    until = parse_month(task.until)
    trunk = PermitModel(
        load_checked(task.district, task.digest),
        None,
        task.agents,
        task.engine,
        task.seed,
        parameters=dict(task.parameters),
        start=task.start,
        until=task.until,
        threads=task.threads,
    )

    def live_until(model: PermitModel, last: int, names: list[str]) -> None:
        while model.state.month < last:
            model.step()
            look(model, names)

    waiting = sorted(task.scenarios, key=lambda each: until + 1 if each.first is None else each.first)
    while waiting:
        scenario = waiting[0]
        live_until(trunk, min((scenario.first or until + 1) - 1, until), [each.name for each in waiting])
        model = trunk.branch(scenario)
        live_until(model, until, [scenario.name])
        yield scenario, model
        _let_go(model)
        waiting.pop(0)
    _let_go(trunk)


def _let_go(model: PermitModel) -> None:
    """Free its arrays now.

    A Mesa model refers to itself, so it would wait for the garbage collector, which comes by after hundreds of them.
    """
    model.__dict__.clear()


def task_key(task: Task) -> str:
    """A hash of all that decides what a task leaves behind."""
    decides = json.dumps([task.key, task.people, code_digest()])
    return hashlib.sha256(decides.encode()).hexdigest()[:24]


def serialise(lived: list[RunResult]) -> list[dict[str, Any]]:
    """Runs as JSON can hold them; tables are Parquet in base 64, which keeps types and bits."""
    return [
        {
            "scenario": run.scenario,
            "seed": run.seed,
            "monthly": _text(run.monthly),
            "groups": _text(run.groups),
            "fates": run.fates.tolist(),
            "people": None if run.people is None else _text(run.people),
        }
        for run in lived
    ]


def deserialise(runs: list[dict[str, Any]]) -> list[RunResult]:
    """What `packed` was made of."""
    return [
        RunResult(
            run["scenario"],
            run["seed"],
            _table(run["monthly"]),
            _table(run["groups"]),
            np.array(run["fates"], dtype=np.int64),
            None if run["people"] is None else _table(run["people"]),
        )
        for run in runs
    ]


def _text(table: pd.DataFrame) -> str:
    return base64.b64encode(table.to_parquet(index=False)).decode()


def _table(text: str) -> pd.DataFrame:
    return pd.read_parquet(io.BytesIO(base64.b64decode(text)))
