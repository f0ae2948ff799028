"""Specification of `why`: the obstacles, their removal, and the runs.

Obstacles are data, read from obstacles.toml. One run simulates a history and counts the reasons; from the month
before the removal, one branch is simulated per combination of removed obstacles. Everything is checked before any
simulation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, NamedTuple

from pydantic import Field

from takeup.analysis.batch import Batch, check_run, settings_by_run
from takeup.analysis.why.attribution import count_reasons
from takeup.digest import key_of
from takeup.district import District, load_checked
from takeup.district.parameters import Status
from takeup.errors import InputError
from takeup.io import StrictModel, parse_model, read_toml
from takeup.months import format_month, parse_month
from takeup.runs.scheduler import Job
from takeup.runs.task import RunSettings
from takeup.scenario import Intervention, Scenario, SourcedIntervention
from takeup.simulation import PermitModel

SHIPPED: Final = Path(__file__).with_name("obstacles.toml")
_MAX_OBSTACLES: Final = 8
"""Limit on obstacles, because each one doubles the number of simulated combinations."""


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
    """An obstacle to take-up, and the interventions that remove it.

    Attributes:
        name: identifier in files.
        title: description in words.
        source: author who names the obstacle.
        status: quality of the evidence on the removal.
        reasoning: reason for these interventions.
        removal: interventions that remove the obstacle.
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
        removed_from: number of the first month without the obstacles.
        each: obstacles in the order of their file.
    """

    removed_from: int
    each: tuple[Obstacle, ...]

    @property
    def combinations(self) -> int:
        """Number of combinations; bit i of a combination is set if obstacle i is removed."""
        return 1 << len(self.each)

    def remove_from(self, scenario: Scenario, combination: int) -> Scenario:
        """Extend a scenario by the interventions that remove a combination of obstacles."""
        removed = [each for number, each in enumerate(self.each) if combination >> number & 1]
        name = " + ".join(["without", *(each.name for each in removed)]) if removed else scenario.name
        stated = tuple(stated for each in removed for stated in each.removal)
        return Scenario(name, scenario.title, scenario.question, scenario.source, scenario.stated + stated)


def read_obstacles(file: Path = SHIPPED, removed_from: str | None = None) -> Obstacles:
    """Read a file of obstacles.

    Args:
        file: TOML file; by default the shipped one.
        removed_from: first month without the obstacles, YYYY-MM; None: the month in the file.

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
                "two obstacles have the same name",
                file=file,
                key=f"obstacle {number}, name",
                given=name,
                allowed="obstacles with different names",
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
            'an intervention of an obstacle has the key "from"',
            file=file,
            key=f"{key}, from",
            given=values["from"],
            allowed='"from" at the top of the file, which applies to all obstacles',
        )
    try:
        return parse_model(Intervention, {"from": month, **values})
    except InputError as error:
        raise error.within(file=file, key=key) from None


class WhyRun(NamedTuple):
    """The inputs of one run, as a worker receives them.

    Attributes:
        district, digest: folder of the district, and its expected digest.
        scenario: policy with which reasons are counted and from which obstacles are removed.
        obstacles: obstacles removed in all combinations; None: reasons are counted only.
        settings: settings of the simulations, to the last month with all obstacles in place.
        month: month in which reasons are counted, YYYY-MM.
        until: month in which take-up with and without obstacles is compared, YYYY-MM.
    """

    district: str
    digest: str
    scenario: Scenario
    obstacles: Obstacles | None
    settings: RunSettings
    month: str
    until: str

    @property
    def months(self) -> int:
        """Number of months to simulate, for a progress bar."""
        trunk = parse_month(self.settings.until) - parse_month(self.settings.start) + 1
        if self.obstacles is None:
            return trunk
        branch = parse_month(self.until) - self.obstacles.removed_from + 1
        return trunk + (self.obstacles.combinations - 1) * branch

    def job(self) -> Job[WhyRun]:
        """Make the job of the run, with a key that hashes all inputs of the results."""
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
            *self.settings.content,
            self.month,
            None if obstacles is None else self.until,
        )
        return Job(key, self, self.months)


def run_why(run: WhyRun, tick: Callable[[], None] = lambda: None) -> dict[str, Any]:
    """Simulate a history and, from it, every combination of removed obstacles.

    Args:
        run: inputs of the run.
        tick: function called after every simulated month.

    Returns:
        "funnel": counts by group and reason. With obstacles also "population": population in the last month; "valid":
        valid permits in the last month per combination; "removed": counts by group and reason in the last month with
        all obstacles removed. Counts are of simulated persons.
    """
    trunk = run.settings.model(load_checked(run.district, run.digest), run.scenario)
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
    run_until(trunk, trunk.until)
    with_all = trunk.rows[until - trunk.start]
    return result | {"population": with_all["population"], "valid": [with_all["valid"], *valid]}


class WhySpec(Batch[WhyRun]):
    """Specification of runs that explain take-up by reasons and obstacles."""

    work = staticmethod(run_why)

    @staticmethod
    def of(
        district: District,
        scenario: Scenario,
        obstacles: Obstacles | None,
        settings: RunSettings,
        *,
        month: str,
        replicates: int = 1,
        draws: Sequence[Mapping[str, float]] = (),
    ) -> WhySpec:
        """Make and check the specification from the options of the command.

        Args:
            district: district that is simulated.
            scenario: policy with which reasons are counted.
            obstacles: obstacles to remove; None: reasons are counted only.
            settings: settings of the first run, see `settings_by_run`; in their last month take-up with and without
                obstacles is compared.
            month: month in which reasons are counted, YYYY-MM.
            replicates: number of runs if there are no draws.
            draws: draws of the posterior, one run each; if empty, the runs are replicates.

        Raises:
            InputError: an input is wrong or does not fit the district.
        """
        until = settings.until
        _check_months(month, settings, obstacles)
        last = month if obstacles is None else max(month, until)
        scenario.check_period(parse_month(settings.start), parse_month(last))
        policies = _policies(scenario, obstacles)
        of_runs = settings_by_run(district, replace(settings, until=last), draws, replicates, policies)
        for number, each in enumerate(of_runs):  # all combinations in the first run only
            check_run(district, each, *(policies if number == 0 else (policies[0], policies[-1])))
        runs = tuple(
            WhyRun(str(district.folder), district.digest, scenario, obstacles, each, month, until) for each in of_runs
        )
        return WhySpec(district, runs, drawn=bool(draws))

    @property
    def scenario(self) -> Scenario:
        """Policy with which reasons are counted."""
        return self.runs[0].scenario

    @property
    def obstacles(self) -> Obstacles | None:
        """Obstacles to remove; None if reasons are counted only."""
        return self.runs[0].obstacles

    @property
    def month(self) -> str:
        """Month in which reasons are counted, YYYY-MM."""
        return self.runs[0].month

    @property
    def until(self) -> str:
        """Month in which take-up with and without obstacles is compared, YYYY-MM."""
        return self.runs[0].until


def _policies(scenario: Scenario, obstacles: Obstacles | None) -> list[Scenario]:
    """Return the policy with each combination of obstacles removed, none first."""
    if obstacles is None:
        return [scenario]
    return [obstacles.remove_from(scenario, combination) for combination in range(obstacles.combinations)]


def _check_months(month: str, settings: RunSettings, obstacles: Obstacles | None) -> None:
    start, until = settings.start, settings.until
    if parse_month(month) < parse_month(start):
        raise InputError(
            "the month is before the start of the run", key="--month", given=month, allowed=f"{start} or later"
        )
    if obstacles is None:
        return
    first = format_month(obstacles.removed_from)
    if obstacles.removed_from < parse_month(start):
        raise InputError(
            "the month is before the start of the run", key="--removed-from", given=first, allowed=f"{start} or later"
        )
    if parse_month(until) < obstacles.removed_from:
        raise InputError(
            "the month is before the obstacles are removed", key="--until", given=until, allowed=f"{first} or later"
        )
