"""Specification of `why`, its runs and its result.

Obstacles are data, read from obstacles.toml. One run simulates a history and counts the reasons; from the month
before the removal, one branch is simulated per combination of removed obstacles. Everything is checked before any
simulation. The result has tables over all runs, and the Shapley values of the obstacles.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import comb
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from takeup.analysis.batch import Batch, check_run, settings_by_run
from takeup.analysis.statistics import Estimate, estimate_parts
from takeup.analysis.why.attribution import count_reasons, funnel_table
from takeup.district import District, load_checked
from takeup.district.parameters import Status
from takeup.errors import InputError
from takeup.io import StrictModel, parse_model, read_toml
from takeup.limits import check_names
from takeup.message import Message
from takeup.months import format_month, parse_month
from takeup.report.formatting import PERCENT
from takeup.runs.journal import key_of
from takeup.runs.scheduler import Job
from takeup.runs.task import RunSettings
from takeup.scenario import Intervention, Scenario, SourcedIntervention
from takeup.simulation import DistrictModel

SHIPPED: Final = Path(__file__).with_name("obstacles.toml")
DEFAULT_DRAWS: Final = 40
"""Default number of draws; with more, all combinations of obstacles would take longer than half a minute."""
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
        return replace(scenario, name=name, stated=scenario.stated + stated)


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
    check_names([obstacle.name for obstacle in content.obstacle], "obstacle", file=file)
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

    def run_until(model: DistrictModel, last: int) -> None:
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
            "the month is before the start of the run",
            key="--month",
            given=month,
            allowed=Message("{month} or later", month=start),
        )
    if obstacles is None:
        return
    first = format_month(obstacles.removed_from)
    if obstacles.removed_from < parse_month(start):
        raise InputError(
            "the month is before the start of the run",
            key="--removed-from",
            given=first,
            allowed=Message("{month} or later", month=start),
        )
    if parse_month(until) < obstacles.removed_from:
        raise InputError(
            "the month is before the obstacles are removed",
            key="--until",
            given=until,
            allowed=Message("{month} or later", month=first),
        )


def shapley_values(coalition_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute the Shapley value of every player from the values of all coalitions.

    The Shapley value is the marginal contribution of a player, averaged over all orders of joining.

    The values sum to the value of the coalition of all players minus that of the empty coalition. They are computed
    from the value of every coalition, so they are exact (Shapley 1953, A value for n-person games).

    Args:
        coalition_values: value of every coalition, shape (…, 2^n); player i belongs to the coalitions whose number
            has bit i set.

    Returns:
        Shapley values, shape (…, n).
    """
    players = coalition_values.shape[-1].bit_length() - 1
    coalitions = np.arange(coalition_values.shape[-1])
    sizes = np.array([int(coalition).bit_count() for coalition in coalitions])
    values = np.empty((*coalition_values.shape[:-1], players))
    for player in range(players):
        without = coalitions[(coalitions >> player) & 1 == 0]
        added = coalition_values[..., without | (1 << player)] - coalition_values[..., without]
        # Share of all orders in which exactly the players of the coalition precede this one.
        weights = np.array([1.0 / (players * comb(players - 1, size)) for size in sizes[without].tolist()])
        values[..., player] = added @ weights
    return values


WITHOUT: Final = "without obstacles"
"""Name of the scenario in the funnel with all obstacles removed."""


@dataclass(frozen=True)
class Decomposition:
    """Contribution of each obstacle to missing take-up in the last month.

    Attributes:
        obstacles: obstacles that were removed.
        parts: table with one row per obstacle: obstacle, points (percentage points), low, high. The points,
            which are means over the runs, sum to the gap.
        combinations: table with one row per combination of removed obstacles: one column per obstacle (true:
            removed), take_up_percent, low, high.
        now: take-up with all obstacles in place, in percent.
        gap: increase of take-up if all obstacles are removed, in percentage points.
        remaining: percentage points from take-up with all obstacles removed to 100.
        funnel: table like `WhyResult.funnel`, in the last month with all obstacles removed.
        by_run: percentage points per run and obstacle, shape (runs, obstacles).
        take_up_by_run: take-up per run and combination in percent, shape (runs, combinations).
    """

    obstacles: Obstacles
    parts: pd.DataFrame
    combinations: pd.DataFrame
    now: Estimate
    gap: Estimate
    remaining: Estimate
    funnel: pd.DataFrame
    by_run: NDArray[np.float64]
    take_up_by_run: NDArray[np.float64]

    def table_by_run(self) -> pd.DataFrame:
        """Make the table of contributions, one row per successful run.

        Returns:
            Table with the columns run, take_up_percent, gap, and one per obstacle. In each row the obstacles' points
            sum to the gap.
        """
        names = [obstacle.name for obstacle in self.obstacles.each]
        now, without = self.take_up_by_run[:, 0], self.take_up_by_run[:, -1]
        table = pd.DataFrame({"run": np.arange(len(now)), "take_up_percent": now, "gap": without - now})
        return table.join(pd.DataFrame(self.by_run, columns=names))


@dataclass(frozen=True)
class WhyResult:
    """Reasons for missing take-up, over the runs of one specification.

    Attributes:
        spec: specification of the runs.
        runs: number of successful runs.
        funnel: table with one row per replicate (or draw), group and reason: scenario, replicate, month, attribute,
            level, cause, persons (simulated), share.
        decomposition: contributions of the obstacles; None if the specification has no obstacles.
    """

    spec: WhySpec
    runs: int
    funnel: pd.DataFrame
    decomposition: Decomposition | None


def summarise_why(spec: WhySpec, run_results: Sequence[dict[str, Any] | None]) -> WhyResult:
    """Summarise the runs of a specification.

    Args:
        spec: specification of the runs.
        run_results: result of `run_why` for each run; None for a failed one. At least one must have succeeded.
    """
    decomposition = None
    if spec.obstacles is not None:
        decomposition = _decompose(spec, spec.obstacles, run_results)
    funnel = _funnel(spec, run_results, "funnel", spec.scenario.name, spec.month)
    return WhyResult(spec, sum(each is not None for each in run_results), funnel, decomposition)


def _funnel(
    spec: WhySpec, run_results: Sequence[dict[str, Any] | None], counts: str, scenario: str, month: str
) -> pd.DataFrame:
    """Make one table of the counts named "funnel" or "removed" of all runs."""
    tables = [
        funnel_table(np.array(each[counts], dtype=np.int64), scenario, run, month, spec.district.streets)
        for run, each in enumerate(run_results)
        if each is not None
    ]
    return pd.concat(tables, ignore_index=True)


def _decompose(spec: WhySpec, obstacles: Obstacles, run_results: Sequence[dict[str, Any] | None]) -> Decomposition:
    """Decompose the gap in take-up into one part per obstacle, over successful runs."""
    succeeded, drawn = [each for each in run_results if each is not None], spec.drawn
    persons = np.array([each["population"] for each in succeeded], dtype=np.float64)[:, np.newaxis]
    take_up = PERCENT * np.array([each["valid"] for each in succeeded], dtype=np.float64) / persons
    by_run = shapley_values(take_up)
    parts, combinations = estimate_parts(by_run, drawn=drawn), estimate_parts(take_up, drawn=drawn)
    numbers = np.arange(obstacles.combinations)
    names = [obstacle.name for obstacle in obstacles.each]
    # In the number of a combination, bit i is set if obstacle i is removed.
    removed = {name: (numbers >> place & 1).astype(bool) for place, name in enumerate(names)}
    return Decomposition(
        obstacles=obstacles,
        parts=pd.DataFrame({"obstacle": names, "points": parts.center, "low": parts.low, "high": parts.high}),
        combinations=pd.DataFrame(
            {**removed, "take_up_percent": combinations.center, "low": combinations.low, "high": combinations.high}
        ),
        now=estimate_parts(take_up[:, 0], drawn=drawn),
        gap=estimate_parts(take_up[:, -1] - take_up[:, 0], drawn=drawn),
        remaining=estimate_parts(PERCENT - take_up[:, -1], drawn=drawn),
        funnel=_funnel(spec, run_results, "removed", WITHOUT, spec.until),
        by_run=by_run,
        take_up_by_run=take_up,
    )
