"""Specification of `why`: the obstacles, what removing one means, and the runs that measure it.

Obstacles are data, read from obstacles.toml. One run simulates a history with its funnel, and from the end of it a
branch for every combination of obstacles removed. Everything is checked before anything is simulated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from pydantic import Field

from takeup.analysis.batch import Batch, check_run, parameters_by_run
from takeup.analysis.why.attribution import count_reasons
from takeup.digest import key_of
from takeup.district import District, load_checked
from takeup.district.parameters import Status
from takeup.errors import InputError
from takeup.io import StrictModel, parse_model, read_toml
from takeup.months import START, format_month, parse_month
from takeup.runs.scheduler import Job
from takeup.scenario import Intervention, Scenario, SourcedIntervention
from takeup.simulation import Engine, PermitModel

SHIPPED: Final = Path(__file__).with_name("obstacles.toml")
_MAX_OBSTACLES: Final = 8
"""Each further obstacle doubles the number of combinations."""


class _ObstacleTable(StrictModel):
    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)
    title: str = Field(min_length=1, max_length=200)
    source: str = Field(min_length=1)
    status: Status
    reasoning: str = Field(min_length=1)
    intervention: list[dict[str, Any]] = Field(min_length=1, max_length=100)


class _ObstaclesFile(StrictModel):
    from_month: str = Field(alias="from")
    obstacle: list[_ObstacleTable] = Field(min_length=1, max_length=_MAX_OBSTACLES)


@dataclass(frozen=True)
class Obstacle:
    """Something that keeps people from holding a permit.

    Attributes:
        name: identifier in files.
        title: description in words.
        source: the author who names the obstacle.
        status, reasoning: how the effect of the removal is known, and why it is modelled like this.
        removal: the interventions that remove the obstacle.
    """

    name: str
    title: str
    source: str
    status: Status
    reasoning: str
    removal: tuple[SourcedIntervention, ...]


@dataclass(frozen=True)
class Obstacles:
    """The obstacles whose contributions are computed together.

    Attributes:
        removed_from: number of the first month without them.
        each: the obstacles in the order of their file.
    """

    removed_from: int
    each: tuple[Obstacle, ...]

    @property
    def combinations(self) -> int:
        """Number of subsets; obstacle i is removed in the combinations whose number has bit i set."""
        return 1 << len(self.each)

    def remove_from(self, scenario: Scenario, combination: int) -> Scenario:
        """The scenario followed by the interventions that remove one combination of obstacles."""
        removed = [each for number, each in enumerate(self.each) if combination >> number & 1]
        name = " + ".join(["without", *(each.name for each in removed)]) if removed else scenario.name
        stated = tuple(stated for each in removed for stated in each.removal)
        return Scenario(name, scenario.title, scenario.question, scenario.source, scenario.stated + stated)


def read_obstacles(file: Path = SHIPPED, removed_from: str | None = None) -> Obstacles:
    """Read a file of obstacles.

    Args:
        file: TOML; by default the shipped file.
        removed_from: first month without the obstacles, YYYY-MM, instead of the file's.

    Raises:
        InputError: the file is wrong, or two obstacles have the same name.
    """
    content = parse_model(_ObstaclesFile, read_toml(file), file=file)
    try:
        first = parse_month(content.from_month)
    except InputError as error:
        raise error.within(file=file, key="from") from None
    month = content.from_month
    if removed_from is not None:
        first, month = parse_month(removed_from), removed_from
    names = [obstacle.name for obstacle in content.obstacle]
    for number, name in enumerate(names, 1):
        if name in names[: number - 1]:
            raise InputError(
                "two obstacles have the same name", file=file, key=f"obstacle {number}, name", given=name
            )
    return Obstacles(
        first, tuple(_obstacle(each, number, month, file) for number, each in enumerate(content.obstacle, 1))
    )


def _obstacle(table: _ObstacleTable, number: int, month: str, file: Path) -> Obstacle:
    removal = tuple(
        SourcedIntervention(
            _intervention(values, month, file, f"obstacle {number}, intervention {place}"), file, place
        )
        for place, values in enumerate(table.intervention, 1)
    )
    reasoning = " ".join(table.reasoning.split())
    return Obstacle(table.name, table.title, table.source, table.status, reasoning, removal)


def _intervention(values: dict[str, Any], month: str, file: Path, key: str) -> Intervention:
    if "from" in values:
        raise InputError(
            "an obstacle's intervention has no month of its own",
            file=file,
            key=f"{key}, from",
            allowed="`from` at the top of the file, for all obstacles",
        )
    try:
        return parse_model(Intervention, {"from": month, **values})
    except InputError as error:
        raise error.within(file=file, key=key) from None


class WhyRun(NamedTuple):
    """The inputs of one run, as a worker receives them.

    Attributes:
        district, digest: folder of the district, and the digest that it must have.
        scenario: the policy whose funnel is computed and from which obstacles are removed.
        obstacles: removed in all combinations; None: the funnel alone.
        parameters: overrides by dotted name.
        seed: of the agents and their random streams.
        agents: maximum number of simulated migrants.
        month: of the funnel, YYYY-MM.
        until: month in which take-up with and without obstacles is compared, YYYY-MM.
        engine, threads: how the month is computed; results do not depend on them.
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
        """Number of months to simulate, for a progress bar."""
        trunk = parse_month(self.last) - parse_month(START) + 1
        if self.obstacles is None:
            return trunk
        branch = parse_month(self.until) - self.obstacles.removed_from + 1
        return trunk + (self.obstacles.combinations - 1) * branch

    @property
    def last(self) -> str:
        """The last month with all obstacles in place."""
        return self.month if self.obstacles is None else max(self.month, self.until)

    def job(self) -> Job[WhyRun]:
        """The run with a key that hashes everything its results depend on."""
        obstacles = self.obstacles
        removals = (
            None
            if obstacles is None
            else [[each.name, *(stated.content for stated in each.removal)] for each in obstacles.each]
        )
        key = key_of(
            self.digest,
            self.scenario.content,
            removals,
            sorted(self.parameters.items()),
            self.seed,
            self.agents,
            self.month,
            None if obstacles is None else self.until,
        )
        return Job(key, self, self.months)


def run_why(run: WhyRun, tick: Callable[[], None] = lambda: None) -> dict[str, Any]:
    """Simulate one run: the history and, from it, every combination of obstacles removed.

    Args:
        run: its inputs.
        tick: called after every simulated month.

    Returns:
        "funnel": counts by group and reason. With obstacles also "population" in the last month, "valid", the number
        of valid permits then by combination, and "removed", the counts by group and reason with all of them removed.
    """
    trunk = PermitModel(
        load_checked(run.district, run.digest),
        run.scenario,
        run.agents,
        run.engine,
        run.seed,
        parameters=run.parameters,
        until=run.last,
        threads=run.threads,
    )
    result: dict[str, Any] = {}

    def run_until(model: PermitModel, last: int) -> None:
        observed = parse_month(run.month)
        if model is trunk and model.state.month < observed <= last:
            model.run_until(observed, tick)
            result["funnel"] = count_reasons(model).tolist()
        model.run_until(last, tick)

    if run.obstacles is None:
        run_until(trunk, parse_month(run.month))
        return result
    until, combinations = parse_month(run.until), run.obstacles.combinations
    run_until(trunk, run.obstacles.removed_from - 1)
    valid = []
    for combination in range(1, combinations):
        branch = trunk.branch(run.obstacles.remove_from(run.scenario, combination))
        run_until(branch, until)
        valid.append(branch.rows[-1]["valid"])
    result["removed"] = count_reasons(branch).tolist()
    run_until(trunk, parse_month(run.last))
    with_all = trunk.rows[until - parse_month(START)]
    return result | {"population": with_all["population"], "valid": [with_all["valid"], *valid]}


class WhySpec(Batch[WhyRun]):
    """Runs that explain take-up: a funnel of reasons and the contribution of each obstacle."""

    work = staticmethod(run_why)

    @staticmethod
    def of(
        district: District,
        scenario: Scenario,
        obstacles: Obstacles | None,
        *,
        month: str,
        until: str,
        agents: int,
        seed: int,
        replicates: int = 1,
        parameters: Mapping[str, float] | None = None,
        draws: Sequence[Mapping[str, float]] = (),
        engine: Engine = "compiled",
        threads: int = 1,
    ) -> WhySpec:
        """Make and check the specification from the options of the command.

        Args:
            district: the district.
            scenario: the policy whose funnel is computed.
            obstacles: to be removed; None: the funnel alone.
            month: of the funnel, YYYY-MM.
            until: month of the comparison with obstacles removed, YYYY-MM.
            agents: maximum number of simulated migrants.
            seed: of the first run; run r has seed + r.
            replicates: number of runs, if there are no draws.
            parameters: overrides for all runs; they take precedence over the draws.
            draws: of the posterior, one run each; if empty, replicates.
            engine, threads: how the month is computed.

        Raises:
            InputError: an input is wrong or does not fit the district.
        """
        _check_months(month, until, obstacles)
        policies = _policies(scenario, obstacles)
        values_by_run = parameters_by_run(district, parameters or {}, draws, replicates, policies)
        for number, values in enumerate(values_by_run):  # all combinations in the first run only
            check_run(district, agents, values, *(policies if number == 0 else (policies[0], policies[-1])))
        runs = tuple(
            WhyRun(
                str(district.folder),
                district.digest,
                scenario,
                obstacles,
                values,
                seed + number,
                agents,
                month,
                until,
                engine,
                threads,
            )
            for number, values in enumerate(values_by_run)
        )
        return WhySpec(district, runs, drawn=bool(draws))

    @property
    def scenario(self) -> Scenario:
        """The policy whose funnel is computed."""
        return self.runs[0].scenario

    @property
    def obstacles(self) -> Obstacles | None:
        """The obstacles to be removed."""
        return self.runs[0].obstacles

    @property
    def month(self) -> str:
        """Month of the funnel, YYYY-MM."""
        return self.runs[0].month

    @property
    def until(self) -> str:
        """Month in which take-up with and without obstacles is compared, YYYY-MM."""
        return self.runs[0].until


def _policies(scenario: Scenario, obstacles: Obstacles | None) -> list[Scenario]:
    """The policy with all obstacles in place, then with each combination removed; all of them removed is last."""
    if obstacles is None:
        return [scenario]
    return [obstacles.remove_from(scenario, combination) for combination in range(obstacles.combinations)]


def _check_months(month: str, until: str, obstacles: Obstacles | None) -> None:
    if parse_month(month) < parse_month(START):
        raise InputError("before the permit exists", key="--month", given=month, allowed=f"{START} or later")
    if obstacles is None:
        return
    first = format_month(obstacles.removed_from)
    if obstacles.removed_from < parse_month(START):
        raise InputError("before the permit exists", key="--removed-from", given=first, allowed=f"{START} or later")
    if parse_month(until) < obstacles.removed_from:
        raise InputError("before the obstacles are removed", key="--until", given=until, allowed=f"{first} or later")
