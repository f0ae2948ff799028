"""What is to be tried: one trial a replicate or a draw, checked before anything is lived."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from takeup.answers.trial.design import Design
from takeup.answers.trial.enrolling import treated_streets
from takeup.answers.trial.lives import Life, live
from takeup.chance import FOR_LIFE, TRIAL, start_of
from takeup.district import District
from takeup.experiment.journal import Entry, Journal
from takeup.experiment.sweep import sweep
from takeup.scenario import Scenario, Timeline
from takeup.simulation import street_blocks

OVERRIDDEN = "set for this run"


@dataclass(frozen=True)
class Plan:
    """Trials of one design.

    Attributes:
        district: the place.
        lives: one a replicate, or one a draw of the posterior.
        drawn: whether they are draws.
    """

    district: District
    lives: tuple[Life, ...]
    drawn: bool

    @staticmethod
    def of(
        district: District,
        scenario: Scenario,
        design: Design,
        *,
        start: str,
        agents: int,
        seed: int,
        replicates: int = 1,
        parameters: Mapping[str, float] | None = None,
        draws: Sequence[Mapping[str, float]] = (),
    ) -> Plan:
        """The plan that the options make.

        Args:
            district: the place.
            scenario: what is tried.
            design: of the trial.
            start: first month of the history.
            agents: simulated migrants at the most.
            seed: trial r has seed + r.
            replicates: how many trials, without draws.
            parameters: overrides for all trials, also over the draws.
            draws: of the posterior, a trial each; none: replicates.

        Raises:
            InputError: something does not fit.
        """
        set_for_all = dict(parameters or {})
        runs = [{**draw, **set_for_all} for draw in draws] or [set_for_all] * replicates
        # under a draw what is added stops at the end of a lever's range; under what the user overrides it has to fit
        Timeline(scenario, replace(district, parameters=district.parameters.override(set_for_all, OVERRIDDEN)))
        for values in runs:
            known = district.parameters.override(values, OVERRIDDEN)
            street_blocks(district, agents, int(known.number("contacts")))
            Timeline(scenario, district, known)
        if design.unit == "street":
            treated_streets(start_of(seed, FOR_LIFE, TRIAL), design.share, len(district.streets))
        lives = tuple(
            Life(str(district.folder), district.digest, scenario, design, values, seed + run, agents, start)
            for run, values in enumerate(runs)
        )
        return Plan(district, lives, drawn=bool(draws))

    @property
    def scenario(self) -> Scenario:
        """What is tried."""
        return self.lives[0].scenario

    @property
    def design(self) -> Design:
        """Of the trials."""
        return self.lives[0].design

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
        """Live all trials that the journal does not hold yet.

        Args:
            journal: of this plan.
            workers, cluster: see `sweep`.
            on_months: called with the number of months lived so far, now and then.

        Returns:
            What became of each trial, in their order.
        """
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
                live, jobs, journal, workers=workers, cluster=cluster,
                on_entry=lambda entry: lived(lengths[entry.key]),
            )  # fmt: skip
        entries = {entry.key: entry for entry in journal}
        return [entries[job.key] for job in jobs]
