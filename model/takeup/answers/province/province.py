"""Districts to be lived under one scenario, each with its own seed, the largest first."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from takeup.answers.compare import comparison_tasks
from takeup.answers.province.lives import live_district
from takeup.district import District, load_district
from takeup.district.apportioning import apportioned
from takeup.district.population import read_population
from takeup.errors import InputError, RunError
from takeup.experiment import Task
from takeup.experiment.code import code_digest
from takeup.experiment.journal import Entry, Journal
from takeup.experiment.sweep import Job, sweep
from takeup.experiment.workers import compile_here
from takeup.scenario import BASELINE, Scenario
from takeup.simulation import Engine, street_blocks

_SEED_BITS: Final = 48
_COMPILED_WITH: Final = 4_000
"""Migrants of the shipped template, in which everything is compiled once."""


@dataclass(frozen=True)
class Place:
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
class Province:
    """Districts, a scenario, and how often they are to be lived.

    Attributes:
        places: in the order in which they were named.
        seed: of the first replicate; from it and a district's name follows that district's own.
        replicates: each with other people and luck.
    """

    places: tuple[Place, ...]
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
    ) -> Province:
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
        return Province(tuple(places), seed, replicates)

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

    def job(self, place: Place, replicate: int) -> Job[Task]:
        """A district's replicate as a job of a sweep."""
        task = replace(place.task, seed=seed_of(place.name, self.seed + replicate))
        decides = json.dumps([task.key, code_digest()])
        return Job(hashlib.sha256(decides.encode()).hexdigest()[:24], task)

    def jobs(self) -> Iterator[Job[Task]]:
        """All of them, made one by one, the largest districts first: what comes last is short."""
        for place in sorted(self.places, key=lambda place: -place.task.agents):
            for replicate in range(self.replicates):
                yield self.job(place, replicate)

    def live(
        self,
        journal: Journal,
        *,
        workers: int = 1,
        cluster: str | None = None,
        on_months: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Live all that the journal does not hold yet.

        Args:
            journal: of this province, or of others too.
            workers, cluster: see `sweep`.
            on_months: called with the migrant-months lived so far, a district at a time.

        Raises:
            RunError: a district failed; it is tried again when the same is asked for again.
        """
        weights = {job.key: job.payload.agents * job.payload.months for job in self.jobs()}
        done = sum(weight for key, weight in weights.items() if key in journal)
        on_months(done)
        if done < self.migrant_months and (workers > 1 or cluster is not None):
            self._compile()
        failed: list[Entry] = []

        def note(entry: Entry) -> None:
            nonlocal done
            done += weights[entry.key]
            on_months(done)
            if entry.error is not None:
                failed.append(entry)

        sweep(live_district, self.jobs(), journal, workers=workers, cluster=cluster, on_entry=note)
        if failed:
            raise RunError(self._told(failed))

    def _compile(self) -> None:
        """Once, before all workers would do so at the same time; how it is done does not depend on the district."""
        district, task = load_district("template"), self.task
        compile_here(
            Task(
                district.folder, district.digest, (BASELINE,), (), 0, _COMPILED_WITH, task.engine, task.threads,
                task.start, task.start,
            )
        )  # fmt: skip

    def _told(self, failed: list[Entry]) -> str:
        names = {
            self.job(place, number).key: place.name for place in self.places for number in range(self.replicates)
        }
        first = failed[0]
        return (
            f"{len(failed)} of {len(names)} runs failed, the first: district {names[first.key]}: {first.error}; "
            "the others are kept, and the same command goes on with what failed"
        )


def seed_of(district: str, seed: int) -> int:
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
    return [int(share) for share in apportioned(most, agents)]


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
) -> Place:
    population = district.population
    slots = population.most if agents is None else agents
    (task,) = comparison_tasks(
        district, [scenario], parameters=parameters, seed=seed_of(district.name, seed), replicates=1, agents=slots,
        engine=engine, threads=threads, start=start, until=until, baseline=False,
    )  # fmt: skip
    values = district.parameters.override(parameters, "set for this run")
    street_blocks(district, slots, int(values.number("contacts")))
    return Place(district.name, population.name, population.most, task)
