"""Batches: the runs of one analysis, one per replicate or one per draw of the posterior."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from takeup.constants import OVERRIDDEN
from takeup.district import District
from takeup.runs.journal import Entry, Journal
from takeup.runs.scheduler import Job, run_jobs
from takeup.scenario import Scenario, Timeline
from takeup.simulation import street_slot_counts


class RunSpec(Protocol):
    """The specification of one run."""

    @property
    def agents(self) -> int:
        """Largest number of simulated migrants."""

    def job(self) -> Job[Any]:
        """The run as a job; its key is a hash of everything that decides its result."""


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


Spec = TypeVar("Spec", bound=RunSpec)


@dataclass(frozen=True)
class Batch(Generic[Spec]):
    """The runs of an analysis.

    Attributes:
        district: the place.
        runs: one per replicate, or one per draw of the posterior.
        drawn: whether the runs are draws.
    """

    district: District
    runs: tuple[Spec, ...]
    drawn: bool

    work: ClassVar[Callable[..., Any]]
    """Runs one of them, see `run_jobs`."""
    has_ticks: ClassVar[bool] = True
    """Whether `work` has the keyword `tick`, to be called after every simulated month."""

    @property
    def size(self) -> int:
        """Size of all runs together, see `Job`: the number at which the progress ends."""
        return sum(run.job().size for run in self.runs)

    @property
    def persons_per_agent(self) -> float:
        """Persons of the district per simulated migrant."""
        return self.district.population.most / self.runs[0].agents

    @property
    def key(self) -> str:
        """A short hash of everything that decides the results."""
        keys = " ".join(run.job().key for run in self.runs)
        return hashlib.sha256(f"{self.drawn} {keys}".encode()).hexdigest()[:8]

    def run(
        self,
        journal: Journal,
        *,
        workers: int = 1,
        cluster: str | None = None,
        on_progress: Callable[[int], None] = lambda _: None,
    ) -> list[Entry]:
        """Run everything that the journal does not hold yet.

        Args:
            journal: of these runs.
            workers, cluster: see `run_jobs`.
            on_progress: called with the size of the runs done so far.

        Returns:
            The entry of each run, in their order; a failed run has an error.
        """
        jobs = [run.job() for run in self.runs]
        run_jobs(
            type(self).work,
            jobs,
            journal,
            workers=workers,
            cluster=cluster,
            on_progress=on_progress,
            has_ticks=self.has_ticks,
        )
        entries = {entry.key: entry for entry in journal}
        return [entries[job.key] for job in jobs]
