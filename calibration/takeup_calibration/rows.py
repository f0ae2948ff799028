"""Rows: the points that were tried, what each gave, and what it weighs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from takeup.district import District
from takeup.experiment.code import code_digest
from takeup.experiment.journal import Entry, Journal
from takeup.experiment.sweep import Job, sweep
from takeup_calibration.design import Proposal, scores_of, sobol, uniforms_of
from takeup_calibration.dimensions import Dimension, dimensions_of, overrides
from takeup_calibration.figures import Figure
from takeup_calibration.lives import Life, branch_names, live_row, window_key
from takeup_calibration.weights import effective_sample, log_likelihoods, mixture_weights

DUMMY = "dummy"
"""A dimension that means nothing; what is learnt of it is the method's own noise."""


@dataclass
class Rows:
    """All rows of a calibration so far.

    Attributes:
        district, figures: what is calibrated to what.
        seed, agents: of the design, and simulated migrants a row.
        proposals, counts: of each wave.
        uniforms: (N, D + 1) prior probabilities of each row's values, the dummy's last.
        found: what each row left behind; None where it failed.
    """

    district: District
    figures: list[Figure]
    seed: int
    agents: int
    proposals: list[Proposal] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    uniforms: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 0)))
    found: list[dict[str, dict[str, float]] | None] = field(default_factory=list)

    @property
    def dimensions(self) -> list[Dimension]:
        """The dimensions of the prior, without the dummy."""
        return dimensions_of(self.district.parameters)

    @property
    def adapting(self) -> NDArray[np.int64]:
        """Which columns are learnt of: all that are not inert, and the dummy."""
        inert = [dimension.prior.inert for dimension in self.dimensions]
        return np.flatnonzero(~np.array([*inert, False]))

    @property
    def points(self) -> NDArray[np.float64]:
        """(N, D) each row's values in their own units."""
        columns = [dimension.quantile(self.uniforms[:, i]) for i, dimension in enumerate(self.dimensions)]
        return np.stack(columns, axis=1)

    @property
    def scores(self) -> NDArray[np.float64]:
        """(N, adapting) normal scores."""
        return scores_of(self.uniforms[:, self.adapting])

    @property
    def predicted(self) -> NDArray[np.float64]:
        """(N, F) what each row gives for each figure; NaN where it failed."""
        table = np.full((len(self.found), len(self.figures)), np.nan)
        for i, found in enumerate(self.found):
            if found is not None:
                for j, figure in enumerate(self.figures):
                    outputs = found["windows"]
                    values = {
                        name: outputs[window_key(figure.first, figure.last, name)] for name in figure.expression.names
                    }
                    table[i, j] = figure.expression(values)
        return table

    @property
    def effects(self) -> NDArray[np.float64]:
        """(N, levers) points that each lever adds; NaN where the row failed."""
        return self.outcomes(branch_names(), "effects")

    def outcomes(self, names: list[str], kind: str) -> NDArray[np.float64]:
        """(N, names) some of what the rows left behind."""
        nothing: dict[str, float] = dict.fromkeys(names, np.nan)
        return np.array([[(each or {kind: nothing})[kind][name] for name in names] for each in self.found])

    @property
    def weights(self) -> NDArray[np.float64]:
        """(N,) weights that sum to 1."""
        likelihood = log_likelihoods(self.figures, self.predicted)
        return mixture_weights(likelihood, self.scores, self.proposals, self.counts)

    @property
    def effective(self) -> float:
        """The effective sample."""
        return effective_sample(self.weights)

    def add_wave(
        self,
        proposal: Proposal,
        count: int,
        journal: Journal,
        workers: int,
        cluster: str | None,
        on_row: Callable[[int], None],
    ) -> None:
        """Draw a wave's points and live them; rows that the journal holds are not lived again.

        Args:
            proposal: to draw from.
            count: of the rows.
            journal: of the calibration.
            workers, cluster: see `sweep`.
            on_row: called with the number of rows of this wave done so far.
        """
        columns = len(self.dimensions) + 1
        drawn = sobol(count, columns + 1, self.seed + len(self.counts))
        uniforms = drawn[:, :columns].copy()
        adapting = self.adapting
        chosen = proposal.draw(np.column_stack([uniforms[:, adapting], drawn[:, -1]]))
        uniforms[:, adapting] = uniforms_of(chosen)
        first = sum(self.counts)
        self.proposals.append(proposal)
        self.counts.append(count)
        self.uniforms = np.concatenate([self.uniforms, uniforms]) if first else uniforms
        jobs = [self.job(row) for row in range(first, first + count)]
        done = sum(job.key in keys for job in jobs) if (keys := journal.keys()) else 0

        def note(_: Entry) -> None:
            nonlocal done
            done += 1
            on_row(done)

        sweep(live_row, jobs, journal, workers=workers, cluster=cluster, on_entry=note)
        results = {entry.key: entry.result for entry in journal}
        self.found.extend(results[job.key] for job in jobs)

    def job(self, row: int, agents: int | None = None) -> Job[Life]:
        """The job of a row; at another size it is another job."""
        parameters = self.district.parameters
        life = Life(
            str(self.district.folder),
            self.district.digest,
            overrides(self.dimensions, self.points[row], parameters),
            self.seed * 1_000_003 + row,
            self.agents if agents is None else agents,
            sorted({(figure.first, figure.last) for figure in self.figures}),
        )
        decides = json.dumps([code_digest(), *life[1:]])
        return Job(hashlib.sha256(decides.encode()).hexdigest()[:24], life)
