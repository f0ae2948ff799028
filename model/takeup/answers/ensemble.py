"""Scenarios under every draw of a posterior: how sure their effects are, and why they are not surer.

A draw is lived like a replicate: its own history first, then every scenario branched from it, with the same people
and the same luck. So the scenarios are compared draw by draw.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from takeup.answers.compare import OVERRIDDEN, comparison_tasks
from takeup.answers.ensemble_lives import kept_months, live_draw
from takeup.district import District, Posterior
from takeup.errors import InputError
from takeup.experiment import Task
from takeup.experiment.code import code_digest
from takeup.experiment.journal import Entry, Journal
from takeup.experiment.sweep import Job, sweep
from takeup.experiment.workers import compile_here
from takeup.scenario import Scenario, Timeline
from takeup.simulation import Engine

SEEDED_TWICE: Final = 20
"""Draws that are lived with a second seed where `replicates` is 1, to tell chance from parameters: enough for the
standard deviation of chance to be known within a sixth.
"""


class Run(NamedTuple):
    """A draw lived with a seed.

    Attributes:
        draw: its number, from 0.
        repeat: 0 for the draw's first seed.
        seed: of its people and their luck; no two runs have the same.
    """

    draw: int
    repeat: int
    seed: int


@dataclass(frozen=True)
class Ensemble:
    """Scenarios to be lived under draws of a posterior.

    Attributes:
        district: the place.
        task: all that the runs have in common.
        draws: parameters by dotted name.
        posterior: a hash of the file that they are from.
        runs: in order, first seeds before second ones.
    """

    district: District
    task: Task
    draws: tuple[dict[str, float], ...]
    posterior: str
    runs: tuple[Run, ...]

    @staticmethod
    def of(
        district: District,
        scenarios: list[Scenario],
        posterior: Posterior,
        draws: int,
        *,
        parameters: dict[str, float],
        seed: int,
        replicates: int,
        agents: int,
        engine: Engine,
        threads: int,
        start: str,
        until: str,
    ) -> Ensemble:
        """The ensemble that the options make; the baseline comes first among its scenarios.

        Args:
            district: the place.
            scenarios: policies.
            posterior: of the district.
            draws: how many of its draws.
            parameters: overrides for all runs, also over the draws.
            seed: the first run's; each has one of its own.
            replicates: seeds a draw; with 1, some draws have two.
            agents: simulated migrants at the most.
            engine, threads: how months are lived.
            start, until: first and last month.

        Raises:
            InputError: there are not so many draws, or a scenario does not fit the district under some draw.
        """
        chosen = tuple({**draw, **parameters} for draw in posterior.thinned(draws))
        (task,) = comparison_tasks(
            district, scenarios, parameters=parameters, seed=seed, replicates=1, agents=agents, engine=engine,
            threads=threads, start=start, until=until,
        )  # fmt: skip
        _check(district, task.scenarios, chosen)
        return Ensemble(district, task, chosen, posterior.digest, tuple(_runs(draws, replicates, seed)))

    @property
    def months(self) -> list[str]:
        """The months that are kept of each run."""
        return kept_months(self.task)

    @property
    def key(self) -> str:
        """A short hash of all that decides the results."""
        return hashlib.sha256(" ".join(job.key for job in self.jobs()).encode()).hexdigest()[:8]

    def with_seeds(self, number: int) -> Ensemble:
        """The same draws with so many seeds each; with one, some have two. More seeds hold all runs of fewer."""
        return replace(self, runs=tuple(_runs(len(self.draws), number, self.task.seed)))

    def jobs(self) -> Iterator[Job[Task]]:
        """The runs as jobs of a sweep, made one by one."""
        for run in self.runs:
            task = replace(self.task, parameters=tuple(self.draws[run.draw].items()), seed=run.seed)
            decides = json.dumps([task.key, code_digest()])
            yield Job(hashlib.sha256(decides.encode()).hexdigest()[:24], task)

    def live(
        self,
        journal: Journal,
        *,
        workers: int = 1,
        cluster: str | None = None,
        on_run: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Live all runs that the journal does not hold yet.

        Args:
            journal: of this ensemble, or of others too.
            workers, cluster: see `sweep`.
            on_run: called with the number of runs done so far.
        """
        done = sum(job.key in journal for job in self.jobs())
        on_run(done)
        if done < len(self.runs) and (workers > 1 or cluster is not None):
            compile_here(self.task)

        def note(_: Entry) -> None:
            nonlocal done
            done += 1
            on_run(done)

        sweep(live_draw, self.jobs(), journal, workers=workers, cluster=cluster, on_entry=note)


def _runs(draws: int, replicates: int, seed: int) -> Iterator[Run]:
    for draw in range(draws):
        yield Run(draw, 0, seed + draw)
    if replicates == 1:
        twice = min(SEEDED_TWICE, draws)
        for place in range(twice):
            draw = (2 * place + 1) * draws // (2 * twice)
            yield Run(draw, 1, seed + draws + draw)
    for repeat in range(1, replicates):
        for draw in range(draws):
            yield Run(draw, repeat, seed + repeat * draws + draw)


def _check(district: District, scenarios: tuple[Scenario, ...], draws: tuple[dict[str, float], ...]) -> None:
    """Try every scenario where all parameters are at the smallest of the draws, and where they are at the largest.

    Under draws what is added or multiplied stops at the end of a lever's range; but there is no half-way from an
    endless supply. What an intervention makes of a lever rises or falls with the lever's value before it and depends
    on no other lever, so what fits at both ends fits in between.
    """
    for name, end in (("smallest", min), ("largest", max)):
        values = {key: end(draw[key] for draw in draws) for key in draws[0]}
        parameters = district.parameters.override(values, OVERRIDDEN)
        for scenario in scenarios:
            try:
                Timeline(scenario, district, parameters)
            except InputError as error:
                raise error.within(key=f"with the {name} values of the draws") from None
