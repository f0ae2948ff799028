"""What a command was asked to run, looked up and checked before anything is run or written."""

from __future__ import annotations

import hashlib
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from takeup.answers import Comparison, compare, comparison_tasks
from takeup.cli.options import seed_and_replicates, whole
from takeup.district import District, Parameters, load_district
from takeup.errors import InputError
from takeup.experiment import Lived, Task, run_tasks
from takeup.scenario import Scenario, load_scenario
from takeup.simulation import ENGINES, Engine, street_blocks

_MOST_AGENTS, _MOST_THREADS = 2**31 - 1, 256


@dataclass(frozen=True)
class Request:
    """A run or a comparison to be made.

    Attributes:
        district: the place.
        scenarios: as asked for.
        tasks: one a replicate.
        command: what repeats it.
    """

    district: District
    scenarios: tuple[Scenario, ...]
    tasks: list[Task]
    command: str

    @staticmethod
    def of(
        *,
        district: str,
        scenarios: list[str],
        settings: dict[str, float],
        agents: int | None,
        seed: int,
        replicates: int,
        engine: Engine,
        threads: int,
        start: str,
        until: str,
        people: str | None,
        alone: bool,
    ) -> Request:
        """The request that the options make; `alone` without the baseline.

        Raises:
            InputError: something asked for is wrong.
        """
        place = load_district(district)
        policies = [load_scenario(name) for name in scenarios]
        seed, replicates = seed_and_replicates(seed, replicates)
        slots = place.population.most if agents is None else whole(agents, "--agents", 1, _MOST_AGENTS)
        parameters = _overriding(place, settings)
        street_blocks(place, slots, int(parameters.number("contacts")))
        tasks = comparison_tasks(
            place, policies, parameters=settings, seed=seed, replicates=replicates, agents=slots, engine=engine,
            threads=whole(threads, "--threads", 1, _MOST_THREADS), start=start, until=until, people=people,
            baseline=not alone,
        )  # fmt: skip
        return Request(place, tuple(policies), tasks, f"takeup {shlex.join(sys.argv[1:])}")

    @property
    def key(self) -> str:
        """A short hash of all that decides the results."""
        return hashlib.sha256(" ".join(task.key for task in self.tasks).encode()).hexdigest()[:8]

    @property
    def months(self) -> int:
        """Months to live in all."""
        return sum(task.months for task in self.tasks)

    def run(self, workers: int, cluster: str | None, done: Callable[[int], None]) -> list[list[Lived]]:
        """Live the tasks: by replicate, then scenario."""
        return run_tasks(self.tasks, workers, cluster, done)

    def compare(
        self, workers: int, cluster: str | None, done: Callable[[int], None]
    ) -> tuple[Comparison, list[list[Lived]]]:
        """Live the tasks and set the scenarios beside the baseline."""
        return compare(
            self.district, self.tasks, workers=workers, cluster=cluster, on_month=done, command=self.command
        )

    def show(self, table: Table, where: Path | None = None) -> None:
        """Print a table, and where the rest was written."""
        console = Console()
        console.print(table)
        if where is not None:
            console.print(f"Written: {where}", soft_wrap=True, highlight=False)


def checked_engine(name: str) -> Engine:
    """The engine of that name.

    Raises:
        InputError: there is none.
    """
    for engine in ENGINES:
        if name == engine:
            return engine
    raise InputError("unknown engine", key="--engine", given=name, allowed=ENGINES)


def _overriding(district: District, settings: dict[str, float]) -> Parameters:
    try:
        return district.parameters.override(settings, "set for this run")
    except InputError as error:
        raise error.within(key="--set") from None
