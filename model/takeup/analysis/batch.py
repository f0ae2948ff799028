"""Runs of one question, one a replicate or one a draw of the posterior, lived through a journal."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from takeup.constants import OVERRIDDEN
from takeup.district import District
from takeup.runs.journal import Entry, Journal
from takeup.runs.scheduler import Job, sweep
from takeup.scenario import Scenario, Timeline
from takeup.simulation import street_slot_counts


class RunSpec(Protocol):
    """What one run lives."""

    @property
    def agents(self) -> int:
        """Simulated migrants at the most."""

    @property
    def months(self) -> int:
        """Months to live."""

    def job(self) -> Job[Any]:
        """The run as a job, its key a hash of all that decides its result."""


def check_run(district: District, agents: int, overrides: Mapping[str, float], *scenarios: Scenario) -> None:
    """Check that a run is possible before anything is simulated.

    Args:
        district: of the run.
        agents: maximum number of simulated migrants.
        overrides: parameter values by dotted name, a draw of the posterior among them.
        scenarios: that the run simulates.

    Raises:
        InputError: a value is unknown or out of range, there are too few migrants for every street, or a scenario
            does not fit the district.
    """
    parameters = district.parameters.override(overrides, OVERRIDDEN)
    street_slot_counts(district, agents, int(parameters.number("contacts")))
    for scenario in scenarios:
        Timeline(scenario, district, parameters)


Life = TypeVar("Life", bound=RunSpec)


@dataclass(frozen=True)
class Batch(Generic[Life]):
    """What is to be lived for an answer.

    Attributes:
        district: the place.
        lives: one a replicate, or one a draw of the posterior.
        drawn: whether they are draws.
    """

    district: District
    lives: tuple[Life, ...]
    drawn: bool

    live: ClassVar[Callable[..., Any]]
    """Lives one of them, calling `tick` after every month if it is given."""

    @property
    def months(self) -> int:
        """Months to live in all."""
        return sum(life.months for life in self.lives)

    @property
    def persons_per_agent(self) -> float:
        """Persons of the district that a simulated one stands for."""
        return self.district.population.most / self.lives[0].agents

    @property
    def key(self) -> str:
        """A short hash of all that decides the results."""
        keys = " ".join(life.job().key for life in self.lives)
        return hashlib.sha256(f"{self.drawn} {keys}".encode()).hexdigest()[:8]

    def carry_out(
        self,
        journal: Journal,
        *,
        workers: int = 1,
        cluster: str | None = None,
        on_months: Callable[[int], None] = lambda _: None,
    ) -> list[Entry]:
        """Live all runs that the journal does not hold yet.

        Args:
            journal: of these runs.
            workers, cluster: see `sweep`.
            on_months: called with the number of months lived so far, now and then.

        Returns:
            What became of each run, in their order.
        """
        live = type(self).live
        jobs = [life.job() for life in self.lives]
        lengths = {job.key: job.payload.months for job in jobs}
        months = sum(lengths[key] for key in journal.keys() & set(lengths))
        on_months(months)

        def lived(more: int) -> None:
            nonlocal months
            months += more
            on_months(months)

        if workers == 1 and cluster is None:
            sweep(partial(live, tick=lambda: lived(1)), jobs, journal)
        else:
            sweep(
                live,
                jobs,
                journal,
                workers=workers,
                cluster=cluster,
                on_entry=lambda entry: lived(lengths[entry.key]),
            )
        entries = {entry.key: entry for entry in journal}
        return [entries[job.key] for job in jobs]
