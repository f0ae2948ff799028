"""Points to try: a scrambled Sobol design of the prior, and draws from a mixture fitted to what has been learnt.

Points live as normal scores: in every dimension the prior is a standard normal, whatever its shape in the parameter's
own units.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import multivariate_normal, qmc

DEFENSIVE = 0.2
"""Share of a later wave that is drawn from the prior all the same, so that no region is given up."""
_SMALLEST_VARIANCE = 0.05
_MOST_COMPONENTS = 3
_RESAMPLED = 4_000
_CLIP = 1e-9


@dataclass(frozen=True)
class Proposal:
    """A distribution over the scores that adapt: the prior, alone or mixed with normal components.

    Attributes:
        weights: of the components, summing to 1; none for the prior alone.
        means, covariances: (components, D), (components, D, D).
    """

    weights: tuple[float, ...] = ()
    means: tuple[NDArray[np.float64], ...] = ()
    covariances: tuple[NDArray[np.float64], ...] = ()

    def log_density(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Log density beside that of the prior: 0 everywhere for the prior itself.

        Args:
            scores: (N, D).
        """
        if not self.weights:
            return np.zeros(len(scores))
        prior = multivariate_normal(np.zeros(scores.shape[1]), np.eye(scores.shape[1])).logpdf(scores)
        parts = [
            np.log(weight * (1 - DEFENSIVE)) + multivariate_normal(mean, covariance).logpdf(scores) - prior
            for weight, mean, covariance in zip(self.weights, self.means, self.covariances, strict=True)
        ]
        return np.asarray(np.logaddexp.reduce([np.full(len(scores), np.log(DEFENSIVE)), *parts]))

    def draw(self, uniforms: NDArray[np.float64]) -> NDArray[np.float64]:
        """(N, D) scores from (N, D + 1) uniforms, the last column choosing the component."""
        normal = scores_of(uniforms[:, :-1])
        if not self.weights:
            return normal
        bounds = np.cumsum([DEFENSIVE, *(weight * (1 - DEFENSIVE) for weight in self.weights)])
        chosen = np.searchsorted(bounds, uniforms[:, -1], side="right")
        for component, (mean, covariance) in enumerate(zip(self.means, self.covariances, strict=True), 1):
            rows = chosen == component
            normal[rows] = mean + normal[rows] @ np.linalg.cholesky(covariance).T
        return normal


def sobol(rows: int, dimensions: int, seed: int) -> NDArray[np.float64]:
    """(rows, dimensions) uniforms, evenly spread; a power of two spreads best."""
    return np.asarray(qmc.Sobol(dimensions, scramble=True, rng=seed).random(rows))


def scores_of(uniforms: NDArray[np.float64]) -> NDArray[np.float64]:
    """Normal scores of uniforms."""
    return np.asarray(ndtri(np.clip(uniforms, _CLIP, 1 - _CLIP)))


def uniforms_of(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Prior probabilities of normal scores."""
    return np.asarray(ndtr(scores))


def fitted(scores: NDArray[np.float64], weights: NDArray[np.float64], seed: int) -> Proposal:
    """The mixture of up to three normals that fits weighted rows best (by BIC); a variance is never below 0.05.

    Args:
        scores: (N, D).
        weights: (N,) summing to 1.
        seed: of the fit.
    """
    from sklearn.mixture import GaussianMixture  # noqa: PLC0415  (takes a while to import)

    rng = np.random.default_rng(seed)
    sample = scores[rng.choice(len(scores), _RESAMPLED, p=weights)]
    effective = 1.0 / float((weights**2).sum())
    most = max(1, min(_MOST_COMPONENTS, int(effective / (2 * scores.shape[1]))))
    mixtures = [
        GaussianMixture(count, reg_covar=_SMALLEST_VARIANCE, random_state=seed).fit(sample)
        for count in range(1, most + 1)
    ]
    best = min(mixtures, key=lambda mixture: mixture.bic(sample))
    return Proposal(tuple(best.weights_.tolist()), tuple(best.means_), tuple(best.covariances_))
