"""Batches: the runs of one analysis, one per replicate or per draw."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from takeup.constants import OVERRIDDEN
from takeup.district import District
from takeup.runs.journal import Entry, Journal
from takeup.runs.scheduler import Job, run_jobs
from takeup.runs.task import RunSettings
from takeup.scenario import Scenario, Timeline
from takeup.simulation import first_slots


class RunSpec(Protocol):
    """The specification of one run."""

    @property
    def settings(self) -> RunSettings:
        """Settings of the simulation."""

    def job(self) -> Job[Any]:
        """Make the job of the run, with a key that hashes all inputs of the result."""


def check_run(district: District, settings: RunSettings, *scenarios: Scenario) -> None:
    """Check the inputs of a run before anything is simulated.

    Args:
        district: district that is simulated.
        settings: settings of the run; their parameters include those of a draw of the posterior.
        scenarios: scenarios that are simulated.

    Raises:
        InputError: a value is unknown or out of range, there are too few migrants for every street, or a scenario
            does not fit the district.
    """
    parameters = district.parameters.override(settings.parameters, OVERRIDDEN)
    first_slots(district, settings.agents, int(parameters.number("contacts")))
    for scenario in scenarios:
        Timeline(scenario, district, parameters)


def settings_by_run(
    district: District,
    settings: RunSettings,
    draws: Sequence[Mapping[str, float]],
    replicates: int,
    scenarios: Sequence[Scenario],
) -> list[RunSettings]:
    """Combine the settings of a command with the draws of a posterior.

    The scenarios are checked with the overrides alone: with the user's overrides, additions and multiplications must
    stay in a lever's range, whereas with the values of a draw they are clipped to it.

    Args:
        district: district that is simulated.
        settings: settings of the first run; the seed of run r is higher by r. The parameters take precedence
            over the draws.
        draws: draws of the posterior, one run each; if empty, the runs are replicates.
        replicates: number of runs if there are no draws.
        scenarios: scenarios that are simulated.

    Returns:
        The settings of each run.

    Raises:
        InputError: an override is wrong, or a scenario does not fit the district with the overrides.
    """
    overrides = settings.parameters
    overridden = replace(district, parameters=district.parameters.override(overrides, OVERRIDDEN))
    for scenario in scenarios:
        Timeline(scenario, overridden)
    values = [{**draw, **overrides} for draw in draws] or [dict(overrides)] * replicates
    return [replace(settings, seed=settings.seed + run, parameters=each) for run, each in enumerate(values)]


Spec = TypeVar("Spec", bound=RunSpec)


@dataclass(frozen=True)
class Batch(Generic[Spec]):
    """The runs of an analysis.

    Attributes:
        district: district that is simulated.
        runs: specifications of the runs, one per replicate or per draw of the posterior.
        drawn: whether the runs are draws.
    """

    district: District
    runs: tuple[Spec, ...]
    drawn: bool

    work: ClassVar[Callable[..., Any]]
    """Function that simulates one run, see `run_jobs`."""
    reports_months: ClassVar[bool] = True
    """Whether `work` reports its progress: it calls its parameter `tick` after every simulated month."""

    @property
    def size(self) -> int:
        """Total work of all runs, in the unit of `Job.size`, at which the progress ends."""
        return sum(run.job().size for run in self.runs)

    @property
    def persons_per_agent(self) -> float:
        """Number of persons of the district per simulated migrant."""
        return self.district.population.most / self.settings.agents

    @property
    def settings(self) -> RunSettings:
        """Settings of the first run."""
        return self.runs[0].settings

    @property
    def key(self) -> str:
        """Short hash of everything that affects the results."""
        keys = " ".join(run.job().key for run in self.runs)
        return hashlib.sha256(f"{self.drawn} {keys}".encode()).hexdigest()[:8]

    @property
    def records(self) -> list[dict[str, Any]]:
        """Seed and parameters of each run, for manifest.json."""
        return [{"seed": run.settings.seed, "parameters": run.settings.parameters} for run in self.runs]

    def run(
        self,
        journal: Journal,
        *,
        workers: int = 1,
        cluster: str | None = None,
        on_progress: Callable[[int], None] = lambda _: None,
    ) -> list[Entry]:
        """Simulate the runs that are not in the journal yet.

        Args:
            journal: journal with finished runs, to which results are added.
            workers, cluster: see `run_jobs`.
            on_progress: function called with the total size of the finished runs.

        Returns:
            The journal entry of each run, in the order of `runs`; the entry of a failed run has an error.
        """
        jobs = [run.job() for run in self.runs]
        run_jobs(
            type(self).work,
            jobs,
            journal,
            workers=workers,
            cluster=cluster,
            on_progress=on_progress,
            has_ticks=self.reports_months,
        )
        entries = {entry.key: entry for entry in journal}
        return [entries[job.key] for job in jobs]
