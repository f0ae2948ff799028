"""The obstacles to take-up, and what it means that one is removed: data, read from obstacles.toml.

One run: a history with its funnel, and from the end of it a branch for every combination of obstacles removed.

What is asked: for whom, when, with which obstacles, how often; checked before anything is lived.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from pydantic import Field

from takeup.analysis.batch import Batch
from takeup.analysis.why.attribution import count_reasons
from takeup.constants import OVERRIDDEN
from takeup.digest import code_digest
from takeup.district import District, load_district
from takeup.district.parameters import Status
from takeup.errors import InputError
from takeup.io import StrictModel, parse_model, read_toml
from takeup.months import START, format_month, parse_month
from takeup.runs.scheduler import Job
from takeup.scenario import Intervention, Scenario, SourcedIntervention, Timeline
from takeup.simulation import Engine, PermitModel, street_slot_counts

SHIPPED: Final = Path(__file__).with_name("obstacles.toml")
_MOST: Final = 8
"""Every obstacle more doubles the combinations."""


class _Obstacle(StrictModel):
    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)
    title: str = Field(min_length=1, max_length=200)
    source: str = Field(min_length=1)
    status: Status
    reasoning: str = Field(min_length=1)
    intervention: list[dict[str, Any]] = Field(min_length=1, max_length=100)


class _File(StrictModel):
    from_month: str = Field(alias="from")
    obstacle: list[_Obstacle] = Field(min_length=1, max_length=_MOST)


@dataclass(frozen=True)
class Obstacle:
    """Something that keeps people from holding a permit.

    Attributes:
        name: in files.
        title: in words.
        source: who names it.
        status, reasoning: how it is known what its removal does, and why so.
        removal: the interventions that remove it.
    """

    name: str
    title: str
    source: str
    status: Status
    reasoning: str
    removal: tuple[SourcedIntervention, ...]


@dataclass(frozen=True)
class Obstacles:
    """All obstacles that are looked at together.

    Attributes:
        removed_from: the number of the first month without them.
        each: in the order of their file.
    """

    removed_from: int
    each: tuple[Obstacle, ...]

    @property
    def combinations(self) -> int:
        """How many there are, from none removed to all; obstacle i is removed in those whose number has bit i."""
        return 1 << len(self.each)

    def removed(self, scenario: Scenario, combination: int) -> Scenario:
        """The scenario with some of the obstacles removed, after all that it does itself."""
        gone = [each for number, each in enumerate(self.each) if combination >> number & 1]
        name = " + ".join(["without", *(each.name for each in gone)]) if gone else scenario.name
        stated = tuple(stated for each in gone for stated in each.removal)
        return Scenario(name, scenario.title, scenario.question, scenario.source, scenario.stated + stated)


def read_obstacles(file: Path = SHIPPED, removed_from: str | None = None) -> Obstacles:
    """The obstacles of a file.

    Args:
        file: TOML; the shipped one if absent.
        removed_from: the first month without them, instead of the file's.

    Raises:
        InputError: the file is wrong, or two obstacles have one name.
    """
    written = parse_model(_File, read_toml(file), file=file)
    try:
        first = parse_month(written.from_month)
    except InputError as error:
        raise error.within(file=file, key="from") from None
    month = written.from_month
    if removed_from is not None:
        first, month = parse_month(removed_from), removed_from
    names = [obstacle.name for obstacle in written.obstacle]
    for number, name in enumerate(names, 1):
        if name in names[: number - 1]:
            raise InputError("two obstacles have one name", file=file, key=f"obstacle {number}, name", given=name)
    return Obstacles(
        first, tuple(_obstacle(each, number, month, file) for number, each in enumerate(written.obstacle, 1))
    )


def _obstacle(written: _Obstacle, number: int, month: str, file: Path) -> Obstacle:
    removal = tuple(
        SourcedIntervention(
            _intervention(table, month, file, f"obstacle {number}, intervention {place}"), file, place
        )
        for place, table in enumerate(written.intervention, 1)
    )
    reasoning = " ".join(written.reasoning.split())
    return Obstacle(written.name, written.title, written.source, written.status, reasoning, removal)


def _intervention(table: dict[str, Any], month: str, file: Path, key: str) -> Intervention:
    if "from" in table:
        raise InputError("stands at the top of the file, for all", file=file, key=f"{key}, from")
    try:
        return parse_model(Intervention, {"from": month, **table})
    except InputError as error:
        raise error.within(file=file, key=key) from None


class WhyRun(NamedTuple):
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
        trunk = parse_month(self.last) - parse_month(START) + 1
        if self.obstacles is None:
            return trunk
        apart = parse_month(self.until) - self.obstacles.removed_from + 1
        return trunk + (self.obstacles.combinations - 1) * apart

    @property
    def last(self) -> str:
        """The last month with all obstacles in place."""
        return self.month if self.obstacles is None else max(self.month, self.until)

    def job(self) -> Job[WhyRun]:
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
        return Job(hashlib.sha256(json.dumps(decides).encode()).hexdigest()[:24], self, self.months)


def run_why(life: WhyRun, tick: Callable[[], None] = lambda: None) -> dict[str, Any]:
    """Live a run.

    Args:
        life: what to live.
        tick: called every month.

    Returns:
        "funnel": counts by group and cause; and with obstacles "population" at the end, "valid" there by combination,
        and "removed", the counts by group and cause with all of them removed.
    """
    trunk = PermitModel(
        _place(life.district, life.digest),
        life.scenario,
        life.agents,
        life.engine,
        life.seed,
        parameters=life.parameters,
        until=life.last,
        threads=life.threads,
    )
    found: dict[str, Any] = {}

    def live_until(model: PermitModel, last: int) -> None:
        while model.state.month < last:
            model.step()
            tick()
            if model is trunk and format_month(model.state.month) == life.month:
                found["funnel"] = count_reasons(model).tolist()

    if life.obstacles is None:
        live_until(trunk, parse_month(life.month))
        return found
    until, combinations = parse_month(life.until), life.obstacles.combinations
    live_until(trunk, life.obstacles.removed_from - 1)
    valid = []
    for combination in range(1, combinations):
        branch = trunk.branch(life.obstacles.removed(life.scenario, combination))
        live_until(branch, until)
        valid.append(branch.rows[-1]["valid"])
    found["removed"] = count_reasons(branch).tolist()
    live_until(trunk, parse_month(life.last))
    now = trunk.rows[until - parse_month(START)]
    return found | {"population": now["population"], "valid": [now["valid"], *valid]}


def _stated(stated: tuple[SourcedIntervention, ...]) -> list[str]:
    return [each.intervention.model_dump_json() for each in stated]


@cache
def _place(folder: str, digest: str) -> District:
    district = load_district(Path(folder))
    if district.digest != digest:
        raise InputError("not the files that the run was begun with", file=folder)
    return district


class WhySpec(Batch[WhyRun]):
    """Why the others have no permit, and what keeps them from it."""

    work = staticmethod(run_why)

    @staticmethod
    def of(
        district: District,
        scenario: Scenario,
        obstacles: Obstacles | None,
        *,
        month: str,
        until: str,
        parameters: Mapping[str, float],
        draws: list[dict[str, float]],
        seed: int,
        replicates: int,
        agents: int,
        engine: Engine,
        threads: int,
    ) -> WhySpec:
        """The question that the options make.

        Args:
            district: the place.
            scenario: the policy the funnel is of.
            obstacles: to be removed; None: the funnel alone.
            month: of the funnel.
            until: of the comparison with obstacles removed.
            parameters: overrides for all runs, also over the draws.
            draws: of the posterior, one run each; none: replicates.
            seed: run r has seed + r.
            replicates: how many, without draws.
            agents: simulated migrants at the most.
            engine, threads: how months are lived.

        Raises:
            InputError: something does not fit.
        """
        _check_months(month, until, obstacles)
        runs = [{**draw, **parameters} for draw in draws] or [dict(parameters)] * replicates
        lives = tuple(
            WhyRun(
                str(district.folder),
                district.digest,
                scenario,
                obstacles,
                values,
                seed + run,
                agents,
                month,
                until,
                engine,
                threads,
            )
            for run, values in enumerate(runs)
        )
        question = WhySpec(district, lives, drawn=bool(draws))
        question._check(parameters)
        return question

    @property
    def scenario(self) -> Scenario:
        """The policy the funnel is of."""
        return self.runs[0].scenario

    @property
    def obstacles(self) -> Obstacles | None:
        """The obstacles to be removed."""
        return self.runs[0].obstacles

    def _check(self, overrides: Mapping[str, float]) -> None:
        """Try the first run's combinations, and in every other run all obstacles at once.

        Under a draw what is added or multiplied stops at the end of a lever's range; under what the user overrides it
        has to fit.
        """
        overridden = replace(self.district, parameters=self.district.parameters.override(overrides, OVERRIDDEN))
        for policy in self._policies():
            Timeline(policy, overridden)
        for number, life in enumerate(self.runs):
            values = self.district.parameters.override(life.parameters, OVERRIDDEN)
            street_slot_counts(self.district, life.agents, int(values.number("contacts")))
            policies = self._policies()
            for policy in policies if number == 0 else (policies[0], policies[-1]):
                Timeline(policy, self.district, values)

    def _policies(self) -> list[Scenario]:
        """The policy with all obstacles in place, then with every combination of them removed, all of them last."""
        if self.obstacles is None:
            return [self.scenario]
        removals = range(1, self.obstacles.combinations)
        return [self.scenario, *(self.obstacles.removed(self.scenario, removal) for removal in removals)]


def _check_months(month: str, until: str, obstacles: Obstacles | None) -> None:
    if parse_month(month) < parse_month(START):
        raise InputError("before there is a permit", key="--month", given=month, allowed=f"{START} or later")
    if obstacles is None:
        return
    first = format_month(obstacles.removed_from)
    if obstacles.removed_from < parse_month(START):
        raise InputError("before there is a permit", key="--removed-from", given=first, allowed=f"{START} or later")
    if parse_month(until) < obstacles.removed_from:
        raise InputError("obstacles are not removed by then", key="--until", given=until, allowed=f"{first} or later")
