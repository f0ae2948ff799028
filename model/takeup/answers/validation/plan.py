"""What is to be lived: findings, and draws of a posterior to hold beside them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from takeup.answers.validation.findings import SCENARIOS, Findings
from takeup.answers.validation.lives import Life, live
from takeup.district import District, Posterior
from takeup.experiment.journal import Entry, Journal
from takeup.experiment.sweep import sweep
from takeup.scenario import Timeline, load_scenario
from takeup.simulation import street_blocks


@dataclass(frozen=True)
class Plan:
    """Findings and the draws they are held against.

    Attributes:
        district: the place.
        findings: of others.
        posterior: a hash of the file that the draws are from.
        lives: one a draw.
    """

    district: District
    findings: Findings
    posterior: str
    lives: tuple[Life, ...]

    @staticmethod
    def of(
        district: District, findings: Findings, posterior: Posterior, *, draws: int, agents: int, seed: int
    ) -> Plan:
        """The plan that the options make.

        Args:
            district: the place.
            findings: of others.
            posterior: of the district.
            draws: how many of its draws, evenly spaced.
            agents: simulated migrants at the most.
            seed: draw i has seed + i.

        Raises:
            InputError: there are not so many draws, or too few migrants, or a set-up does not fit the district.
        """
        chosen = posterior.thinned(draws)
        for values in chosen:
            known = district.parameters.override(values, "drawn")
            street_blocks(district, agents, int(known.number("contacts")))
        for file in sorted(SCENARIOS.glob("*.toml")):
            Timeline(load_scenario(file), district)
        lives = tuple(
            Life(
                str(district.folder), district.digest, findings.until, findings.set_up, values, seed + number, agents
            )
            for number, values in enumerate(chosen)
        )
        return Plan(district, findings, posterior.digest, lives)

    @property
    def key(self) -> str:
        """A short hash of all that decides the numbers."""
        keys = " ".join(life.job().key for life in self.lives)
        return hashlib.sha256(keys.encode()).hexdigest()[:8]

    def carry_out(
        self,
        journal: Journal,
        *,
        workers: int = 1,
        cluster: str | None = None,
        on_draw: Callable[[int], None] = lambda _: None,
    ) -> list[Entry]:
        """Live all draws that the journal does not hold yet.

        Args:
            journal: of this plan.
            workers, cluster: see `sweep`.
            on_draw: called with the number of draws lived so far.

        Returns:
            What became of each draw, in their order.
        """
        jobs = [life.job() for life in self.lives]
        done = len(journal.keys() & {job.key for job in jobs})
        on_draw(done)

        def lived(_: Entry) -> None:
            nonlocal done
            done += 1
            on_draw(done)

        sweep(live, jobs, journal, workers=workers, cluster=cluster, on_entry=lived)
        entries = {entry.key: entry for entry in journal}
        return [entries[job.key] for job in jobs]
