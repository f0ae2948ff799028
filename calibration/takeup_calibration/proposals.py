"""Where a wave's points are drawn from: the prior, or what a surrogate takes for the posterior, a little wider."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from takeup_calibration.design import scores_of, sobol
from takeup_calibration.surrogate import Surrogate

DEFENSIVE = 0.1
"""Share of a later wave that is drawn from the prior all the same, so that no region is given up."""
_TEMPER = 0.7
"""Power of the surrogate's likelihood: below 1, for where the surrogate errs the wave must have been too."""
_CANDIDATES_A_DRAW = 64
_LEAST_CANDIDATES = 2**13


@dataclass(frozen=True)
class Proposal:
    """A distribution over the scores that are learnt of: the prior, or the prior and a surrogate's posterior.

    Attributes:
        surrogate: of the model; None: the prior alone.
        log_scale: logarithm of the surrogate's mean tempered likelihood over the prior.
    """

    surrogate: Surrogate | None = None
    log_scale: float = 0.0

    def log_density(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """(N,) logarithm of the density beside that of the prior: 0 everywhere for the prior itself.

        Args:
            scores: (N, D).
        """
        if self.surrogate is None:
            return np.zeros(len(scores))
        learnt = _TEMPER * self.surrogate.log_likelihood(scores) - self.log_scale
        return np.asarray(np.logaddexp(np.log(DEFENSIVE), np.log1p(-DEFENSIVE) + learnt))

    def draw(self, count: int, dimensions: int, seed: int) -> NDArray[np.float64]:
        """(count, dimensions) scores: an even spread over the prior, or candidates by their density."""
        if self.surrogate is None:
            return scores_of(sobol(count, dimensions, seed))
        generator = np.random.default_rng(seed)
        # Out of the order of the Sobol sequence: evenly spaced members of that lie in one corner.
        candidates = generator.permutation(_candidates(count, dimensions, seed))
        density = np.exp(self.log_density(candidates))
        marks = (np.arange(count) + generator.random()) / count
        chosen = np.searchsorted(np.cumsum(density / density.sum()), marks).clip(0, len(candidates) - 1)
        return np.asarray(candidates[chosen])


def guided_by(surrogate: Surrogate, count: int, dimensions: int, seed: int) -> Proposal:
    """The proposal that a surrogate makes, for so many draws."""
    likelihood = _TEMPER * surrogate.log_likelihood(_candidates(count, dimensions, seed))
    return Proposal(surrogate, float(logsumexp(likelihood) - np.log(len(likelihood))))


def _candidates(count: int, dimensions: int, seed: int) -> NDArray[np.float64]:
    return scores_of(sobol(max(_CANDIDATES_A_DRAW * count, _LEAST_CANDIDATES), dimensions, seed))
