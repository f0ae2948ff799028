"""Proposal distributions of the waves: the prior, or the surrogate's posterior, tempered and mixed with the prior."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from takeup_calibration.priors import sobol_points, to_normal_scores
from takeup_calibration.surrogate import Surrogate

DEFENSIVE_SHARE: Final = 0.1
"""Share of the prior in the proposal of a later wave, so that every region keeps some probability."""
_TEMPERING: Final = 0.7
"""Exponent of the surrogate's likelihood: below 1, to widen the proposal where the surrogate may be wrong."""
_CANDIDATES_PER_DRAW: Final = 64
_MIN_CANDIDATES: Final = 2**13


@dataclass(frozen=True)
class Proposal:
    """A distribution over the adapted scores: the prior, or a mixture of it with a surrogate's posterior.

    Attributes:
        surrogate: of the model; None: the prior alone.
        log_scale: logarithm of the surrogate's mean tempered likelihood over the prior.
    """

    surrogate: Surrogate | None = None
    log_scale: float = 0.0

    def log_density(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (N,) logarithms of the density ratio of the proposal to the prior; 0 for the prior itself.

        Args:
            scores: (N, D).
        """
        if self.surrogate is None:
            return np.zeros(len(scores))
        tempered = _TEMPERING * self.surrogate.log_likelihood(scores) - self.log_scale
        return np.asarray(np.logaddexp(np.log(DEFENSIVE_SHARE), np.log1p(-DEFENSIVE_SHARE) + tempered))

    def draw(self, count: int, dimensions: int, seed: int) -> NDArray[np.float64]:
        """Draw (count, dimensions) scores: Sobol points of the prior, or candidates resampled by their density."""
        if self.surrogate is None:
            return to_normal_scores(sobol_points(count, dimensions, seed))
        generator = np.random.default_rng(seed)
        # Permuted, because evenly spaced members of a Sobol sequence lie in one corner.
        candidates = generator.permutation(_candidates(count, dimensions, seed))
        density = np.exp(self.log_density(candidates))
        marks = (np.arange(count) + generator.random()) / count
        chosen = np.searchsorted(np.cumsum(density / density.sum()), marks).clip(0, len(candidates) - 1)
        return np.asarray(candidates[chosen])


def surrogate_proposal(surrogate: Surrogate, count: int, dimensions: int, seed: int) -> Proposal:
    """Make the proposal for `count` draws from a surrogate."""
    likelihood = _TEMPERING * surrogate.log_likelihood(_candidates(count, dimensions, seed))
    return Proposal(surrogate, float(logsumexp(likelihood) - np.log(len(likelihood))))


def _candidates(count: int, dimensions: int, seed: int) -> NDArray[np.float64]:
    return to_normal_scores(sobol_points(max(_CANDIDATES_PER_DRAW * count, _MIN_CANDIDATES), dimensions, seed))
