"""Importance weights: the likelihood of an evaluated point relative to the probability of proposing it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from takeup_calibration.proposals import Proposal
from takeup_calibration.targets import Target


def log_likelihoods(targets: list[Target], predicted: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (N,) log-likelihoods, summed over the fitted targets.

    Args:
        targets: T of them.
        predicted: (N, T) predictions of the evaluated points.
    """
    total = np.zeros(len(predicted))
    for column, target in enumerate(targets):
        if target.fit:
            total += target.log_likelihood(predicted[:, column])
    return total


def mixture_weights(
    likelihood: NDArray[np.float64], scores: NDArray[np.float64], proposals: list[Proposal], counts: list[int]
) -> NDArray[np.float64]:
    """Return (N,) deterministic-mixture weights that sum to 1.

    Every point is weighted as if drawn from the mixture of all proposals. All waves are used, and weights are bounded
    (Owen and Zhou 2000; Cornuet et al. 2012).

    Args:
        likelihood: (N,) logarithms.
        scores: (N, D) normal scores of the adapted dimensions.
        proposals: of the waves.
        counts: points of each wave.
    """
    shares = np.log(np.array(counts) / sum(counts))
    mixture = logsumexp(
        [share + proposal.log_density(scores) for share, proposal in zip(shares, proposals, strict=True)], axis=0
    )
    logs = likelihood - mixture
    return np.asarray(np.exp(logs - logsumexp(logs)))


def effective_sample_size(weights: NDArray[np.float64]) -> float:
    """Return Kish's effective sample size: the number of equally weighted points with the same precision."""
    return float(weights.sum() ** 2 / (weights**2).sum())


def resample(weights: NDArray[np.float64], count: int, seed: int) -> NDArray[np.int64]:
    """Draw (count,) indices by systematic resampling in proportion to the weights."""
    marks = (np.arange(count) + np.random.default_rng(seed).random()) / count
    return np.searchsorted(np.cumsum(weights / weights.sum()), marks).clip(0, len(weights) - 1)


def weighted_quantile(values: NDArray[np.float64], weights: NDArray[np.float64], at: float) -> float:
    """Return the value below which the share `at` of the weight lies."""
    order = np.argsort(values, kind="stable")
    cumulative = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(cumulative, at * cumulative[-1]).clip(0, len(values) - 1)])
