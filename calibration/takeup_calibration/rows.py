"""Rows: the points that were tried, what each gave, and what it weighs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from takeup.digest import code_digest
from takeup.district import District
from takeup.runs.journal import Entry, Journal
from takeup.runs.scheduler import Job, sweep
from takeup_calibration.design import scores_of, sobol, uniforms_of
from takeup_calibration.dimensions import Dimension, dimensions_of, overrides
from takeup_calibration.figures import Figure
from takeup_calibration.lives import Life, branch_names, live_row, window_key
from takeup_calibration.proposals import Proposal
from takeup_calibration.weights import log_likelihoods, mixture_weights

DUMMY = "dummy"
"""A dimension that means nothing; what is learnt of it is the method's own noise."""
_SEEDS_APART = 1_000_003

Found = dict[str, dict[str, float]]


class Runner(NamedTuple):
    """Where rows are lived.

    Attributes:
        journal: of the calibration; what stands in it is not lived again.
        workers, cluster: see `sweep`.
    """

    journal: Journal
    workers: int = 1
    cluster: str | None = None

    def live(self, jobs: list[Job[Life]], on_row: Callable[[int, int], None]) -> list[Found | None]:
        """What each job leaves behind, None where it failed; `on_row` hears how many are done, and of how many."""
        keys = self.journal.keys()
        done = sum(job.key in keys for job in jobs)
        on_row(done, len(jobs))

        def note(_: Entry) -> None:
            nonlocal done
            done += 1
            on_row(done, len(jobs))

        sweep(live_row, jobs, self.journal, workers=self.workers, cluster=self.cluster, on_entry=note)
        return [self.journal.result(job.key) for job in jobs]


@dataclass
class Rows:
    """All rows of a calibration so far.

    Attributes:
        district, figures: what is calibrated to what.
        seed, agents: of the design, and simulated migrants a row.
        proposals, counts: of each wave.
        uniforms: (N, D + 1) prior probabilities of each row's values, the dummy's last.
        found: what each row left behind; None where it failed. Not every row was branched into the levers.
        predicted: (N, F) what each row gives for each figure; NaN where it failed.
        weights: (N,) of the rows, summing to 1.
    """

    district: District
    figures: list[Figure]
    seed: int
    agents: int
    proposals: list[Proposal] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    uniforms: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 0)))
    found: list[Found | None] = field(default_factory=list)
    predicted: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 0)))
    weights: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))

    @property
    def dimensions(self) -> list[Dimension]:
        """The dimensions of the prior, without the dummy."""
        return dimensions_of(self.district.parameters)

    @property
    def names(self) -> list[str]:
        """The dimensions' names, the dummy's last."""
        return [*(dimension.name for dimension in self.dimensions), DUMMY]

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
    def effects(self) -> NDArray[np.float64]:
        """(N, levers) points that each lever adds; NaN where the row failed or was not branched."""
        return self.outcomes(branch_names(), "effects")

    def outcomes(self, names: list[str], kind: str) -> NDArray[np.float64]:
        """(N, names) some of what the rows left behind; NaN where they did not."""
        return np.array([[((each or {}).get(kind) or {}).get(name, np.nan) for name in names] for each in self.found])

    @property
    def likelihood(self) -> NDArray[np.float64]:
        """(N,) logarithms."""
        return log_likelihoods(self.figures, self.predicted)

    def add_wave(
        self, proposal: Proposal, count: int, runner: Runner, on_row: Callable[[int, int], None], *, branches: bool
    ) -> None:
        """Draw a wave's points and live them.

        Args:
            proposal: to draw from.
            count: of the rows.
            runner: where they are lived.
            on_row: hears how many rows of this wave are done, and of how many.
            branches: whether the levers are tried too.
        """
        seed, adapting = self.seed + len(self.counts) * _SEEDS_APART, self.adapting
        uniforms = sobol(count, len(self.names), seed)
        uniforms[:, adapting] = uniforms_of(proposal.draw(count, len(adapting), seed + 1))
        first = sum(self.counts)
        self.uniforms = np.concatenate([self.uniforms, uniforms]) if first else uniforms
        points = self.points
        found = runner.live(
            [
                self._job(row, points[row], self.agents, None, branches=branches)
                for row in range(first, first + count)
            ],
            on_row,
        )
        predicted = np.array([self.prediction(each) for each in found])
        self.predicted = np.concatenate([self.predicted, predicted]) if first else predicted
        self.found.extend(found)
        self.proposals.append(proposal)
        self.counts.append(count)
        self.weights = mixture_weights(self.likelihood, self.scores, self.proposals, self.counts)

    def branch(self, rows: Iterable[int], runner: Runner, on_row: Callable[[int, int], None]) -> None:
        """Live rows again, and the levers with them; where that was done before, nothing is."""
        lived = {row: self.found[row] for row in rows}
        missing = sorted(row for row, found in lived.items() if found is not None and not found["effects"])
        for row, found in zip(missing, self.lived(missing, self.agents, runner, on_row), strict=True):
            self.found[row] = found

    def lived(
        self,
        rows: list[int],
        agents: int,
        runner: Runner,
        on_row: Callable[[int, int], None],
        seed: int | None = None,
    ) -> list[Found | None]:
        """What rows leave behind at some size, with the levers; with their own seeds, or all with one."""
        points = self.points
        return runner.live([self._job(row, points[row], agents, seed, branches=True) for row in rows], on_row)

    def prediction(self, found: Found | None) -> list[float]:
        """What a row gives for each figure; NaN if it failed."""
        if found is None:
            return [float("nan")] * len(self.figures)
        outputs = found["windows"]
        return [
            figure.expression(
                {name: outputs[window_key(figure.first, figure.last, name)] for name in figure.expression.names}
            )
            for figure in self.figures
        ]

    def _job(
        self, row: int, point: NDArray[np.float64], agents: int, seed: int | None, *, branches: bool
    ) -> Job[Life]:
        life = Life(
            str(self.district.folder),
            self.district.digest,
            overrides(self.dimensions, point, self.district.parameters),
            self.seed * _SEEDS_APART + row if seed is None else seed,
            agents,
            sorted({(figure.first, figure.last) for figure in self.figures}),
            branches,
            tuple(sorted({name for figure in self.figures for name in figure.expression.names})),
        )
        decides = json.dumps([code_digest(), *life[1:]])
        return Job(hashlib.sha256(decides.encode()).hexdigest()[:24], life)
