"""Calibration: not one fitted vector but the set of all that the figures allow, weighted.

Adaptive importance sampling. The first wave is an even spread over the prior; a surrogate of what was lived so far
says where the later ones are drawn. Every row is a run of the model itself, and none is thrown away.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from takeup.district import District
from takeup_calibration.confirming import Confirmed, central, confirm
from takeup_calibration.figures import Figure
from takeup_calibration.proposals import Proposal, guided_by
from takeup_calibration.rows import Rows, Runner
from takeup_calibration.surrogate import learnt
from takeup_calibration.weights import effective_sample, mixture_weights, resampled

OnStep = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and of how much."""
_MOST_CENTRAL = 16
"""Draws near the middle of the posterior among which the representative one is looked for."""


class Effort(NamedTuple):
    """How much is to be tried.

    Attributes:
        rows: of the first wave; later waves have half as many.
        waves: at the most.
        effective: sample at which no more waves are needed.
        agents: simulated migrants a row.
        draws: of the posterior.
        confirmed: draws that are lived at full size too.
        seed: of the design.
        method: "waves", or "gp": what the surrogate takes for the posterior after the first wave, lived and weighted.
    """

    rows: int = 2048
    waves: int = 6
    effective: float = 400.0
    agents: int = 24_000
    draws: int = 300
    confirmed: int = 20
    seed: int = 1
    method: str = "waves"


@dataclass(frozen=True)
class Calibration:
    """What a calibration found.

    Attributes:
        rows: every point tried.
        weights: (N,) of the rows.
        drawn: (draws,) row numbers, resampled.
        confirmed: draws lived at full size; None if there is no larger size, or none was asked for.
        representative: the row nearest to the middle of the posterior.
        effort: that it took.
    """

    rows: Rows
    weights: NDArray[np.float64]
    drawn: NDArray[np.int64]
    confirmed: Confirmed | None
    representative: int
    effort: Effort

    @property
    def effective(self) -> float:
        """The effective sample."""
        return effective_sample(self.weights)


def calibrate(
    district: District,
    figures: list[Figure],
    effort: Effort,
    runner: Runner,
    on_step: OnStep = lambda _what, _done, _of: None,
) -> Calibration:
    """The posterior of a district's parameters, given its figures.

    Args:
        district: the place, with priors in its parameters.
        figures: to be met.
        effort: how much is to be tried.
        runner: where rows are lived; what stands in its journal is not lived again.
        on_step: hears of the progress.
    """
    rows = Rows(district, figures, effort.seed, effort.agents)
    weights = _waves(rows, effort, runner, on_step)
    drawn = resampled(weights, effort.draws, effort.seed)
    every = sorted(set(drawn.tolist()))
    rows.branch(every, runner, lambda done, of: on_step("Levers of the draws", done, of))
    middle = central(rows, drawn, _MOST_CENTRAL)
    confirmed = None
    if effort.confirmed and effort.agents < district.population.most:
        spread = drawn[np.linspace(0, len(drawn) - 1, min(effort.confirmed, len(drawn))).astype(int)]
        confirmed = confirm(rows, spread, middle, runner, lambda done, of: on_step("Draws at full size", done, of))
    representative = middle[0] if confirmed is None else confirmed.nearest(rows, drawn)
    return Calibration(rows, weights, drawn, confirmed, representative, effort)


def _waves(rows: Rows, effort: Effort, runner: Runner, on_step: OnStep) -> NDArray[np.float64]:
    """Live wave after wave; the rows' weights."""
    proposal, later = Proposal(), max(effort.rows // 2, 1)
    for wave in range(effort.waves if effort.method == "waves" else 2):
        so_far = f", effective sample so far {effective_sample(rows.weights):.0f}" if wave else ""
        rows.add_wave(
            proposal,
            effort.rows if wave == 0 else later,
            runner,
            lambda done, of, said=f"Wave {wave + 1}{so_far}": on_step(said, done, of),  # type: ignore[misc]
            branches=wave == 0,
        )
        if effort.method == "waves" and (
            effective_sample(rows.weights) >= effort.effective or wave == effort.waves - 1
        ):
            break
        if wave == 0 or effort.method == "waves":
            on_step("Learning where to try next", 0, 1)
            surrogate = learnt(rows.figures, rows.scores, rows.predicted, rows.likelihood)
            proposal = guided_by(surrogate, later, len(rows.adapting), effort.seed)
    return rows.weights if effort.method == "waves" else _second_alone(rows)


def _second_alone(rows: Rows) -> NDArray[np.float64]:
    """Weights of the second wave's rows as if there were no others; the first wave's are 0."""
    first, second = rows.counts
    weights = mixture_weights(rows.likelihood[first:], rows.scores[first:], rows.proposals[1:], [second])
    return np.concatenate([np.zeros(first), weights])
