"""One run: a history with its funnel, and from the end of it a branch for every combination of obstacles removed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from takeup.answers.why.funnel import counted
from takeup.answers.why.obstacles import Obstacles
from takeup.district import District, load_district
from takeup.errors import InputError
from takeup.experiment.code import code_digest
from takeup.experiment.sweep import Job
from takeup.months import START, month_name, month_number
from takeup.scenario import Scenario, Stated
from takeup.simulation import Engine, PermitModel


class Life(NamedTuple):
    """What a worker needs to live a run.

    Attributes:
        district, digest: its folder, and the state it must be in.
        scenario: the policy that the funnel is of, and from which obstacles are removed.
        obstacles: to be removed in all combinations; None: the funnel alone.
        parameters: overrides by dotted name.
        seed: of the people and their luck.
        agents: simulated migrants at the most.
        month: of the funnel.
        until: the month in which take-up with and without obstacles is compared.
        engine, threads: how the month is run.
    """

    district: str
    digest: str
    scenario: Scenario
    obstacles: Obstacles | None
    parameters: dict[str, float]
    seed: int
    agents: int
    month: str
    until: str
    engine: Engine
    threads: int

    @property
    def months(self) -> int:
        """How many months there are to live, for a progress bar."""
        trunk = month_number(self.last) - month_number(START) + 1
        if self.obstacles is None:
            return trunk
        apart = month_number(self.until) - self.obstacles.removed_from + 1
        return trunk + (self.obstacles.combinations - 1) * apart

    @property
    def last(self) -> str:
        """The last month with all obstacles in place."""
        return self.month if self.obstacles is None else max(self.month, self.until)

    def job(self) -> Job[Life]:
        """The run under a key made of all that decides its results, and not of how they are computed."""
        obstacles = self.obstacles
        removals = None if obstacles is None else [[each.name, *_stated(each.removal)] for each in obstacles.each]
        decides = [
            code_digest(),
            self.digest,
            [self.scenario.name, *_stated(self.scenario.stated)],
            removals,
            sorted(self.parameters.items()),
            self.seed,
            self.agents,
            self.month,
            None if obstacles is None else self.until,
        ]
        return Job(hashlib.sha256(json.dumps(decides).encode()).hexdigest()[:24], self)


def live(life: Life, tick: Callable[[], None] = lambda: None) -> dict[str, Any]:
    """Live a run.

    Args:
        life: what to live.
        tick: called every month.

    Returns:
        "funnel": counts by group and cause; and with obstacles "population" at the end, "valid" there by combination,
        and "removed", the counts by group and cause with all of them removed.
    """
    trunk = PermitModel(
        _place(life.district, life.digest), life.scenario, life.agents, life.engine, life.seed,
        parameters=life.parameters, until=life.last, threads=life.threads,
    )  # fmt: skip
    found: dict[str, Any] = {}

    def live_until(model: PermitModel, last: int) -> None:
        while model.state.month < last:
            model.step()
            tick()
            if model is trunk and month_name(model.state.month) == life.month:
                found["funnel"] = counted(model).tolist()

    if life.obstacles is None:
        live_until(trunk, month_number(life.month))
        return found
    until, combinations = month_number(life.until), life.obstacles.combinations
    live_until(trunk, life.obstacles.removed_from - 1)
    valid = []
    for combination in range(1, combinations):
        branch = trunk.branch(life.obstacles.removed(life.scenario, combination))
        live_until(branch, until)
        valid.append(branch.rows[-1]["valid"])
    found["removed"] = counted(branch).tolist()
    live_until(trunk, month_number(life.last))
    now = trunk.rows[until - month_number(START)]
    return found | {"population": now["population"], "valid": [now["valid"], *valid]}


def _stated(stated: tuple[Stated, ...]) -> list[str]:
    return [each.intervention.model_dump_json() for each in stated]


@cache
def _place(folder: str, digest: str) -> District:
    district = load_district(Path(folder))
    if district.digest != digest:
        raise InputError("not the files that the run was begun with", file=folder)
    return district
