"""One district of a province, and what is kept of it: its months.

Districts to be lived under one scenario, each with its own seed, the largest first.

A province's months: the districts' results read from the journal one by one and added up.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup.analysis.compare.result import comparison_tasks, recorded_months
from takeup.constants import OVERRIDDEN
from takeup.digest import code_digest
from takeup.district import SERVICES, District, load_district
from takeup.district.population import read_population
from takeup.district.proportional_fitting import largest_remainder
from takeup.errors import InputError, RunError
from takeup.runs.journal import Journal
from takeup.runs.scheduler import Job, run_jobs, warm_up_compilation
from takeup.runs.task import Task, run_branches
from takeup.scenario import BASELINE, Scenario
from takeup.simulation import COLUMNS, Engine, street_slot_counts

MonthlyTotals = dict[str, list[float | int | str]]
"""The monthly table by column, as `PermitModel.history` has it."""


def run_district(task: Task) -> MonthlyTotals:
    """Live a task's only scenario, and keep its months."""
    months: MonthlyTotals = {}
    for _, model in run_branches(task):
        months = {name: [row[name] for row in model.rows] for name in COLUMNS}
    return months


_SEED_BITS: Final = 48
_COMPILED_WITH: Final = 4_000
"""Migrants of the shipped template, in which everything is compiled once."""


@dataclass(frozen=True)
class DistrictRun:
    """A district of the province; little enough to be held for all of them.

    Attributes:
        name: its folder's.
        title: what it is called.
        persons: where most live there.
        task: of the first replicate.
    """

    name: str
    title: str
    persons: int
    task: Task


@dataclass(frozen=True)
class RegionSpec:
    """Districts, a scenario, and how often they are to be lived.

    Attributes:
        places: in the order in which they were named.
        seed: of the first replicate; from it and a district's name follows that district's own.
        replicates: each with other people and luck.
    """

    places: tuple[DistrictRun, ...]
    seed: int
    replicates: int

    @staticmethod
    def of(
        folders: Sequence[Path],
        scenario: Scenario,
        *,
        parameters: Mapping[str, float],
        seed: int,
        replicates: int,
        agents: int | None,
        engine: Engine,
        threads: int,
        start: str,
        until: str,
        on_read: Callable[[int], None] = lambda _: None,
    ) -> RegionSpec:
        """The province that the options make. Districts are read one by one, and not held.

        Args:
            folders: of the districts, of different names.
            scenario: a policy.
            parameters: overrides for all districts.
            seed: of the first replicate.
            replicates: their number.
            agents: simulated migrants in all districts, shared out by their populations; None: as many as there are.
            engine, threads: how months are lived.
            start, until: first and last month.
            on_read: called with the number of districts read so far.

        Raises:
            InputError: a file is wrong, the scenario does not fit a district, or a district gets too few migrants.
        """
        shares = _shared_out(folders, agents) if agents is not None else [None] * len(folders)
        places = []
        for number, (folder, slots) in enumerate(zip(folders, shares, strict=True), 1):
            district = load_district(folder)
            try:
                places.append(_place(district, scenario, slots, parameters, seed, engine, threads, start, until))
            except InputError as error:
                raise error.within(key=f"district {district.name}") from None
            on_read(number)
        return RegionSpec(tuple(places), seed, replicates)

    @property
    def task(self) -> Task:
        """The first district's first; all have scenario, overrides, months and engine in common."""
        return self.places[0].task

    @property
    def agents(self) -> int:
        """Simulated migrants in all districts."""
        return sum(place.task.agents for place in self.places)

    @property
    def persons(self) -> int:
        """Of all districts, each where most live there."""
        return sum(place.persons for place in self.places)

    @property
    def migrant_months(self) -> int:
        """Months times migrants to live in all, for a progress bar."""
        return self.replicates * sum(place.task.agents * place.task.months for place in self.places)

    @property
    def key(self) -> str:
        """A short hash of all that decides the results."""
        keys = [self.job(place, replicate).key for place in self.places for replicate in range(self.replicates)]
        names = [f"{place.name} {place.title}" for place in self.places]
        return hashlib.sha256(json.dumps([keys, names]).encode()).hexdigest()[:8]

    def job(self, place: DistrictRun, replicate: int) -> Job[Task]:
        """A district's replicate as a job of a sweep."""
        task = replace(place.task, seed=district_seed(place.name, self.seed + replicate))
        decides = json.dumps([task.key, code_digest()])
        return Job(hashlib.sha256(decides.encode()).hexdigest()[:24], task, task.agents * task.months)

    def jobs(self) -> Iterator[Job[Task]]:
        """All of them, made one by one, the largest districts first: what comes last is short."""
        for place in sorted(self.places, key=lambda place: -place.task.agents):
            for replicate in range(self.replicates):
                yield self.job(place, replicate)

    def run(
        self,
        journal: Journal,
        *,
        workers: int = 1,
        cluster: str | None = None,
        on_progress: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Run everything that the journal does not hold yet.

        Args:
            journal: of this region, or of others too.
            workers, cluster: see `run_jobs`.
            on_progress: called with the simulated migrant-months so far, as each district ends.

        Raises:
            RunError: a district failed; running the same again repeats it.
        """
        failures = run_jobs(
            run_district,
            self.jobs(),
            journal,
            workers=workers,
            cluster=cluster,
            on_progress=on_progress,
            warm_up=self._compile,
        )
        if failures:
            raise RunError(self._describe_failures(journal, [failure.key for failure in failures]))

    def _compile(self) -> None:
        """Once, before all workers would do so at the same time; how it is done does not depend on the district."""
        district, task = load_district("template"), self.task
        warm_up_compilation(
            Task(
                district.folder,
                district.digest,
                (BASELINE,),
                (),
                0,
                _COMPILED_WITH,
                task.engine,
                task.threads,
                task.start,
                task.start,
            )
        )

    def _describe_failures(self, journal: Journal, keys: list[str]) -> str:
        names = {
            self.job(place, number).key: place.name for place in self.places for number in range(self.replicates)
        }
        first = journal.entry(keys[0])
        reason = "no entry" if first is None else first.error
        return (
            f"{len(keys)} of {len(names)} runs failed, the first: district {names[keys[0]]}: {reason}; "
            "the others are kept, and the same command goes on with what failed"
        )


def district_seed(district: str, seed: int) -> int:
    """A district's seed: from its name, so that neighbours have other luck and adding a district changes nobody's.

    Args:
        district: its folder's name.
        seed: of the replicate.
    """
    digest = hashlib.sha256(f"{seed} {district}".encode()).digest()
    return int.from_bytes(digest, "big") >> (8 * len(digest) - _SEED_BITS)


def _shared_out(folders: Sequence[Path], agents: int) -> list[int]:
    """Simulated migrants by district, in proportion to its population where it is largest."""
    most = [read_population(folder / "population.toml").most for folder in folders]
    return [int(share) for share in largest_remainder(most, agents)]


def _place(
    district: District,
    scenario: Scenario,
    agents: int | None,
    parameters: Mapping[str, float],
    seed: int,
    engine: Engine,
    threads: int,
    start: str,
    until: str,
) -> DistrictRun:
    population = district.population
    slots = population.most if agents is None else agents
    (task,) = comparison_tasks(
        district,
        [scenario],
        parameters=parameters,
        seed=district_seed(district.name, seed),
        replicates=1,
        agents=slots,
        engine=engine,
        threads=threads,
        start=start,
        until=until,
        baseline=False,
    )
    values = district.parameters.override(parameters, OVERRIDDEN)
    street_slot_counts(district, slots, int(values.number("contacts")))
    return DistrictRun(district.name, population.name, population.most, task)


AVERAGED: Final = (
    "mean_trust",
    "wait_months",
    "red_tape",
    *(f"{kind}_{service}" for kind in ("delivered", "reputation") for service in SERVICES),
)
"""Columns that are means over the districts, each district counting by its population of the month."""
SUMMED: Final = tuple(name for name in COLUMNS if name not in ("month", *AVERAGED))
"""Columns that are sums over the districts."""
_KEPT: Final = (
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
"""The only sums that are not of whole numbers."""


@dataclass(frozen=True)
class RegionResult:
    """What became of a province.

    Attributes:
        monthly: a row a replicate and month, with the columns scenario, replicate and those of a district's months.
        districts: a row a district, replicate and kept month: every December and the last month.
    """

    monthly: pd.DataFrame
    districts: pd.DataFrame


def aggregate(province: RegionSpec, journal: Journal) -> RegionResult:
    """Add up what the journal holds, district by district in their order; one is in memory at a time.

    Raises:
        RunError: the journal lacks a district.
    """
    scenario = province.task.scenarios[0].name
    sums = [_Sums() for _ in range(province.replicates)]
    kept = recorded_months(province.task)
    rows: list[tuple[Any, ...]] = []
    for place in province.places:
        for replicate in range(province.replicates):
            job = province.job(place, replicate)
            months: MonthlyTotals | None = journal.result(job.key)
            if months is None:
                raise RunError(f"{journal.file}: no result of the district {place.name}")
            sums[replicate].add(months)
            rows += [
                (scenario, replicate, month, place.name, place.title, job.payload.seed, *values)
                for month, values in _kept(place, months, kept)
            ]
    columns = ["scenario", "replicate", "month", "district", "name", "seed", "persons", "valid_share", *_KEPT]
    monthly = [each.frame().assign(scenario=scenario, replicate=number) for number, each in enumerate(sums)]
    return RegionResult(
        pd.concat(monthly, ignore_index=True)[["scenario", "replicate", *COLUMNS]],
        pd.DataFrame(rows, columns=columns),
    )


class _Sums:
    """Of one replicate, over the districts added so far."""

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


def _kept(place: DistrictRun, months: MonthlyTotals, kept: list[str]) -> Iterator[tuple[str, list[Any]]]:
    """The kept months of one district: persons for whom the simulated stand, share with a valid permit, columns."""
    scale = place.persons / place.task.agents
    for month in kept:
        at = months["month"].index(month)
        population, valid = float(months["population"][at]), float(months["valid"][at])
        share = valid / population if population else np.nan
        yield month, [round(population * scale), share, *(months[name][at] for name in _KEPT)]
