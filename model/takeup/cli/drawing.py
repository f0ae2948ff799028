"""A comparison under draws of a posterior, looked up and checked before anything is run or written."""

from __future__ import annotations

import hashlib
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from takeup.answers import Comparison, Ensemble, ensemble_comparison
from takeup.answers.draws_precision import live_draws_until_precise
from takeup.cli.requests import MOST_THREADS
from takeup.console.manifest import command_line
from takeup.console.options import seed_and_replicates, whole
from takeup.console.overriding import Overrides, agents_of
from takeup.console.progress import Progress
from takeup.district import POSTERIOR, District, load_district, read_posterior
from takeup.experiment import Task
from takeup.experiment.executors import check_cluster
from takeup.experiment.journal import JOURNAL, Journal
from takeup.scenario import load_scenario
from takeup.simulation import Engine

_FEWEST_DRAWS, _MOST_DRAWS = 2, 100_000


@dataclass(frozen=True)
class DrawnRequest:
    """A comparison under draws of a posterior to be made.

    Attributes:
        ensemble: what is to be lived.
        command: what repeats it.
        precision: points; seeds are added until chance leaves less of every mean effect open.
        most: seeds a draw at the most, with `precision`.
    """

    ensemble: Ensemble
    command: str
    precision: float | None = None
    most: int = 1

    @staticmethod
    def of(
        *,
        district: str,
        scenarios: list[str],
        posterior: Path | None,
        draws: int,
        settings: Overrides,
        agents: int | None,
        seed: int,
        replicates: int,
        engine: Engine,
        threads: int,
        start: str,
        until: str,
        precision: float | None = None,
    ) -> DrawnRequest:
        """The request that the options make; with `precision`, `replicates` are the most.

        Raises:
            InputError: something asked for is wrong.
        """
        place = load_district(district)
        policies = [load_scenario(name) for name in scenarios]
        seed, replicates = seed_and_replicates(seed, replicates)
        draws = whole(draws, "--draws", _FEWEST_DRAWS, _MOST_DRAWS)
        found = read_posterior(place.folder / POSTERIOR if posterior is None else posterior, place.parameters)
        ensemble = Ensemble.of(
            place, policies, found, draws, parameters=settings, seed=seed,
            replicates=replicates if precision is None else 1, agents=agents_of(place, agents, settings),
            engine=engine, threads=whole(threads, "--threads", 1, MOST_THREADS), start=start, until=until,
        )  # fmt: skip
        return DrawnRequest(ensemble, command_line(), precision, replicates)

    @property
    def district(self) -> District:
        """The place."""
        return self.ensemble.district

    @property
    def task(self) -> Task:
        """What all runs have in common."""
        return self.ensemble.task

    @property
    def key(self) -> str:
        """A short hash of all that decides the results."""
        if self.precision is None:
            return self.ensemble.key
        decides = f"{self.ensemble.with_seeds(1).key} {self.precision} points, {self.most} seeds at the most"
        return hashlib.sha256(decides.encode()).hexdigest()[:8]

    @property
    def seeds(self) -> list[int]:
        """Of the runs: every draw lived with one seed, and some or all with more."""
        return [run.seed for run in self.ensemble.runs]

    def compare(
        self, folder: Path, workers: int, cluster: str | None, done: Progress
    ) -> tuple[DrawnRequest, Comparison]:
        """Live what the folder's journal does not hold yet, and set the scenarios beside the baseline.

        Returns:
            The request with the seeds that it took, and what was found.

        Raises:
            InputError: there is no such cluster.
            RunError: the journal cannot be written, the cluster is gone, or next to no run has a result.
        """
        check_cluster(cluster)
        with closing(Journal(folder / JOURNAL)) as journal:
            if self.precision is None:
                self.ensemble.live(journal, workers=workers, cluster=cluster, on_run=done)
                return self, ensemble_comparison(self.ensemble, journal, self.command)
            ensemble, comparison = live_draws_until_precise(
                self.ensemble, self.precision, self.most, journal, workers=workers, cluster=cluster, on_run=done,
                command=self.command,
            )  # fmt: skip
            return replace(self, ensemble=ensemble), comparison
