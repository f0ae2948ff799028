"""A comparison under draws of a posterior, looked up and checked before anything is run or written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from takeup.answers import Comparison, Ensemble, ensemble_comparison
from takeup.cli.requests import MOST_THREADS, command_line
from takeup.console.options import seed_and_replicates, whole
from takeup.console.overriding import Overrides, agents_of
from takeup.console.progress import Progress
from takeup.district import POSTERIOR, District, load_district, read_posterior
from takeup.experiment import Task
from takeup.experiment.executors import check_cluster
from takeup.experiment.journal import Journal
from takeup.scenario import load_scenario
from takeup.simulation import Engine

JOURNAL: Final = "journal.sqlite"
_FEWEST_DRAWS, _MOST_DRAWS = 2, 100_000


@dataclass(frozen=True)
class DrawnRequest:
    """A comparison under draws of a posterior to be made.

    Attributes:
        ensemble: what is to be lived.
        command: what repeats it.
    """

    ensemble: Ensemble
    command: str

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
    ) -> DrawnRequest:
        """The request that the options make.

        Raises:
            InputError: something asked for is wrong.
        """
        place = load_district(district)
        policies = [load_scenario(name) for name in scenarios]
        seed, replicates = seed_and_replicates(seed, replicates)
        draws = whole(draws, "--draws", _FEWEST_DRAWS, _MOST_DRAWS)
        found = read_posterior(place.folder / POSTERIOR if posterior is None else posterior, place.parameters)
        ensemble = Ensemble.of(
            place, policies, found, draws, parameters=settings, seed=seed, replicates=replicates,
            agents=agents_of(place, agents, settings), engine=engine,
            threads=whole(threads, "--threads", 1, MOST_THREADS), start=start, until=until,
        )  # fmt: skip
        return DrawnRequest(ensemble, command_line())

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
        return self.ensemble.key

    @property
    def seeds(self) -> list[int]:
        """Of the runs: every draw lived with one seed, and some or all with more."""
        return [run.seed for run in self.ensemble.runs]

    def compare(self, folder: Path, workers: int, cluster: str | None, done: Progress) -> Comparison:
        """Live what the folder's journal does not hold yet, and set the scenarios beside the baseline.

        Raises:
            InputError: there is no such cluster.
            RunError: the journal cannot be written, the cluster is gone, or next to no run has a result.
        """
        check_cluster(cluster)
        journal = Journal(folder / JOURNAL)
        try:
            self.ensemble.live(journal, workers=workers, cluster=cluster, on_run=done)
            return ensemble_comparison(self.ensemble, journal, self.command)
        finally:
            journal.close()
