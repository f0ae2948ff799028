"""Simulation of several districts under one scenario, and aggregation.

Every district has its own seed. Jobs start with the largest district. The aggregation reads the districts' results
from the journal one by one, so that only one is in memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup.analysis.batch import check_run
from takeup.analysis.compare.result import comparison_tasks, recorded_months
from takeup.district import POPULATION, SERVICES, District, load_district
from takeup.district.population import read_population
from takeup.district.proportional_fitting import largest_remainder
from takeup.errors import InputError, RunError
from takeup.message import Message
from takeup.report.i18n import Language
from takeup.runs.journal import Journal, key_of
from takeup.runs.scheduler import Job, Runner, warm_up_compilation
from takeup.runs.task import RunSettings, Task, run_branches
from takeup.scenario import BASELINE, Scenario
from takeup.simulation import COLUMNS

MonthlyTotals = dict[str, list[float | int | str]]
"""Monthly table of a district: values of each column, see `PermitModel.history`."""


def run_district(task: Task) -> MonthlyTotals:
    """Simulate the only scenario of a task and return its monthly table."""
    months: MonthlyTotals = {}
    for _, model in run_branches(task):
        months = {name: [row[name] for row in model.rows] for name in COLUMNS}
    return months


_SEED_BITS: Final = 48
_COMPILED_WITH: Final = 4_000
"""Number of simulated migrants in the short run that only compiles the engine."""


@dataclass(frozen=True)
class DistrictRun:
    """The inputs of one district of a region.

    It does not contain the district's data, so that all districts of a region fit into memory.

    Attributes:
        name: name of the district's folder.
        title: full name of the district.
        title_zh: its Chinese name.
        persons: largest population of the district.
        task: task of the first replicate.
    """

    name: str
    title: str
    title_zh: str
    persons: int
    task: Task


@dataclass(frozen=True)
class RegionSpec:
    """The districts of a region, a scenario, and the number of replicates.

    Attributes:
        districts: districts in the order of the command.
        seed: seed of the first replicate; the seed of each district is derived from it and the district's name.
        replicates: number of replicates, each with other agents and random numbers.
    """

    districts: tuple[DistrictRun, ...]
    seed: int
    replicates: int

    @staticmethod
    def of(
        folders: Sequence[Path],
        scenario: Scenario,
        settings: RunSettings,
        replicates: int,
        *,
        on_read: Callable[[int], None] = lambda _: None,
    ) -> RegionSpec:
        """Make and check the specification from the options of the command.

        Districts are read one by one and not kept in memory.

        Args:
            folders: folders of the districts, with different names.
            scenario: policy in all districts.
            settings: settings of the first replicate. Their agents are those of all districts, and are allocated in
                proportion to population.
            replicates: number of replicates.
            on_read: function called with the number of districts read so far.

        Raises:
            InputError: a file is wrong, the scenario does not fit a district, or a district has too few agents.
        """
        districts = []
        agents = largest_remainder(largest_populations(folders), settings.agents)
        for number, (folder, slots) in enumerate(zip(folders, agents, strict=True), 1):
            district = load_district(folder)
            seed = district_seed(district.name, settings.seed)
            try:
                districts.append(_district_run(district, scenario, replace(settings, seed=seed, agents=int(slots))))
            except InputError as error:
                raise error.within(key=Message("district {name}", name=district.name)) from None
            on_read(number)
        return RegionSpec(tuple(districts), settings.seed, replicates)

    @property
    def task(self) -> Task:
        """First task; all tasks have the same scenario, overrides, months and engine."""
        return self.districts[0].task

    def titles(self, translate: Language) -> dict[str, str]:
        """Return the name of each district in a language, by the name of its folder."""
        return {run.name: translate.either(run.title, run.title_zh) for run in self.districts}

    @property
    def agents(self) -> int:
        """Number of simulated migrants in all districts."""
        return sum(run.task.settings.agents for run in self.districts)

    @property
    def persons(self) -> int:
        """Sum of the districts' largest populations."""
        return sum(run.persons for run in self.districts)

    @property
    def migrant_months(self) -> int:
        """Number of migrants times simulated months in all runs, for a progress bar."""
        return self.replicates * sum(run.task.settings.agents * run.task.months for run in self.districts)

    @property
    def key(self) -> str:
        """Short hash of everything that affects the results."""
        keys = [self.job(run, replicate).key for run in self.districts for replicate in range(self.replicates)]
        return key_of(keys, [f"{run.name} {run.title}" for run in self.districts], digits=8)

    def job(self, run: DistrictRun, replicate: int) -> Job[Task]:
        """Make the job of one replicate of a district."""
        task = run.task.with_seed(district_seed(run.name, self.seed + replicate))
        return Job(key_of(task.key), task, task.settings.agents * task.months)

    def jobs(self) -> Iterator[Job[Task]]:
        """Yield all jobs, the largest districts first, so that the last jobs are short."""
        for run in sorted(self.districts, key=lambda run: -run.task.settings.agents):
            for replicate in range(self.replicates):
                yield self.job(run, replicate)

    def run(
        self,
        runner: Runner,
        on_progress: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Run all jobs that are not in the journal yet.

        Args:
            runner: runner of the jobs.
            on_progress: function called with the number of simulated migrant-months after each run.

        Raises:
            RunError: a run failed; the same command repeats it.
        """
        failures = runner.run(run_district, self.jobs(), on_progress=on_progress, warm_up=self._compile)
        if failures:
            raise RunError(self._describe_failures(runner.journal, [failure.key for failure in failures]))

    def _compile(self) -> None:
        """Compile the engine once, so that the workers need not compile it."""
        district = load_district("template")
        settings = replace(self.task.settings, agents=_COMPILED_WITH, parameters={})
        warm_up_compilation(Task(district.folder, district.digest, (BASELINE,), settings))

    def _describe_failures(self, journal: Journal, keys: list[str]) -> Message:
        names = {self.job(run, number).key: run.name for run in self.districts for number in range(self.replicates)}
        first = journal.entry(keys[0])
        return Message(
            "{failed} of {all} runs failed; the first is that of the district {name}: {reason}; "
            "the other results are kept; run the same command again to repeat the failed runs",
            failed=len(keys),
            all=len(names),
            name=names[keys[0]],
            reason=Message("no entry") if first is None else first.error,
        )


def district_seed(district: str, seed: int) -> int:
    """Derive the seed of a district from its name.

    Districts have independent random numbers, and adding a district does not change those of the others.

    Args:
        district: name of the district's folder.
        seed: seed of the replicate.
    """
    digest = hashlib.sha256(f"{seed} {district}".encode()).digest()
    return int.from_bytes(digest, "big") >> (8 * len(digest) - _SEED_BITS)


def largest_populations(folders: Sequence[Path]) -> list[int]:
    """Read the largest number of residents of each district."""
    return [read_population(folder / POPULATION).most for folder in folders]


def _district_run(district: District, scenario: Scenario, settings: RunSettings) -> DistrictRun:
    """Prepare and check the run of one district."""
    (task,) = comparison_tasks(district, [scenario], settings, replicates=1, baseline=False)
    check_run(district, settings)
    population = district.population
    return DistrictRun(district.name, population.name, population.name_zh, population.most, task)


AVERAGED: Final = (
    "mean_trust",
    "wait_months",
    "red_tape",
    *(f"{kind}_{service}" for kind in ("delivered", "reputation") for service in SERVICES),
)
"""Columns that are means over the districts, weighted by their population of the month."""
SUMMED: Final = tuple(name for name in COLUMNS if name not in ("month", *AVERAGED))
"""Columns that are sums over the districts."""
_DISTRICT_COLUMNS: Final = (
    "population",
    "valid",
    "queued",
    "lapsed",
    "none",
    "unaware",
    "heard",
    "informed",
    "registered",
    "qualified",
    "mean_trust",
    "wait_months",
    "red_tape",
)
"""Columns of the table by district."""
_IN_YUAN: Final = ("cost_cny",)
"""The only summed columns that are not integers."""


@dataclass(frozen=True)
class RegionResult:
    """Results of a region.

    Attributes:
        monthly: table with one row per replicate and month, summed or averaged over the districts: scenario,
            replicate, and the columns of a monthly table.
        districts: table with one row per district, replicate and recorded month: every December and the last month.
    """

    monthly: pd.DataFrame
    districts: pd.DataFrame


def aggregate(region: RegionSpec, journal: Journal) -> RegionResult:
    """Aggregate the results in the journal; one district is in memory at a time.

    Raises:
        RunError: the result of a district is missing.
    """
    scenario = region.task.scenarios[0].name
    totals = [_Totals() for _ in range(region.replicates)]
    recorded = recorded_months(region.task)
    rows: list[tuple[Any, ...]] = []
    for run in region.districts:
        for replicate in range(region.replicates):
            job = region.job(run, replicate)
            months: MonthlyTotals | None = journal.result(job.key)
            if months is None:
                raise RunError(
                    Message(
                        "{file}: the journal has no result of the district {name}", file=journal.file, name=run.name
                    )
                )
            totals[replicate].add(months)
            rows += [
                (scenario, replicate, month, run.name, run.title, job.payload.settings.seed, *values)
                for month, values in _recorded(run, months, recorded)
            ]
    columns = [
        "scenario",
        "replicate",
        "month",
        "district",
        "name",
        "seed",
        "persons",
        "valid_share",
        *_DISTRICT_COLUMNS,
    ]
    monthly = [each.frame().assign(scenario=scenario, replicate=number) for number, each in enumerate(totals)]
    return RegionResult(
        pd.concat(monthly, ignore_index=True)[["scenario", "replicate", *COLUMNS]],
        pd.DataFrame(rows, columns=columns),
    )


class _Totals:
    """Totals of one replicate over the districts added so far."""

    def __init__(self) -> None:
        self._months: list[str] = []
        self._sums: Mapping[str, NDArray[np.float64]] = {}

    def add(self, months: MonthlyTotals) -> None:
        persons = np.asarray(months["population"], dtype=np.float64)
        added = {name: np.asarray(months[name], dtype=np.float64) for name in SUMMED}
        added |= {name: np.asarray(months[name], dtype=np.float64) * persons for name in AVERAGED}
        if not self._months:
            self._months = [str(month) for month in months["month"]]
            self._sums = added
        else:
            self._sums = {name: before + added[name] for name, before in self._sums.items()}

    def frame(self) -> pd.DataFrame:
        persons = self._sums["population"]
        frame: dict[str, Any] = {"month": self._months}
        for name, values in self._sums.items():
            if name in AVERAGED:
                frame[name] = np.divide(values, persons, out=np.zeros_like(values), where=persons > 0)
            else:
                frame[name] = values if name in _IN_YUAN else values.astype(np.int64)
        return pd.DataFrame(frame)


def _recorded(run: DistrictRun, months: MonthlyTotals, recorded: list[str]) -> Iterator[tuple[str, list[Any]]]:
    """Yield each recorded month of a district with its values for the districts table.

    The values are the number of persons represented, the share with a valid permit, and `_DISTRICT_COLUMNS`.
    """
    scale = run.persons / run.task.settings.agents
    for month in recorded:
        at = months["month"].index(month)
        population, valid = float(months["population"][at]), float(months["valid"][at])
        share = valid / population if population else np.nan
        yield month, [round(population * scale), share, *(months[name][at] for name in _DISTRICT_COLUMNS)]
