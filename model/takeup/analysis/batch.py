"""Batches: the runs of one analysis, one per replicate or one per draw of the posterior."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
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

    @property
    def seed(self) -> int:
        """Random seed."""

    @property
    def parameters(self) -> dict[str, float]:
        """Overrides by dotted name."""

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


def parameters_by_run(
    district: District,
    overrides: Mapping[str, float],
    draws: Sequence[Mapping[str, float]],
    replicates: int,
    scenarios: Sequence[Scenario],
) -> list[dict[str, float]]:
    """Combine the overrides of a command with the draws of a posterior.

    The scenarios are checked with the overrides alone. With a draw's values, additions and multiplications are
    clipped to the lever's range; with the user's own overrides they must fit it.

    Args:
        district: of the runs.
        overrides: for all runs; they take precedence over the draws.
        draws: of the posterior, one run each; if empty, replicates.
        replicates: number of runs, if there are no draws.
        scenarios: that the runs simulate.

    Returns:
        Parameter values by dotted name, for each run.

    Raises:
        InputError: an override is wrong, or a scenario does not fit the district with the overrides.
    """
    overridden = replace(district, parameters=district.parameters.override(overrides, OVERRIDDEN))
    for scenario in scenarios:
        Timeline(scenario, overridden)
    return [{**draw, **overrides} for draw in draws] or [dict(overrides)] * replicates


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

    @property
    def records(self) -> list[dict[str, Any]]:
        """The seed and the parameters of each run, for the manifest."""
        return [{"seed": run.seed, "parameters": run.parameters} for run in self.runs]

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
