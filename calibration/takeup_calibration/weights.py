"""Weights of rows: how well each agrees with the figures, beside how likely it was to be tried."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from takeup_calibration.figures import Figure
from takeup_calibration.proposals import Proposal


def log_likelihoods(figures: list[Figure], predicted: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N,) sum over the fitted figures.

    Args:
        figures: F of them.
        predicted: (N, F) what each row gives.
    """
    total = np.zeros(len(predicted))
    for column, figure in enumerate(figures):
        if figure.fit:
            total += figure.log_likelihood(predicted[:, column])
    return total


def mixture_weights(
    likelihood: NDArray[np.float64], scores: NDArray[np.float64], proposals: list[Proposal], counts: list[int]
) -> NDArray[np.float64]:
    """(N,) weights that sum to 1, by deterministic mixture: every row counts as drawn from all proposals together.

    So no wave is thrown away, and none can have a weight without bound (Owen and Zhou 2000; Cornuet et al. 2012).

    Args:
        likelihood: (N,) logarithms.
        scores: (N, D) normal scores of the dimensions that adapt.
        proposals: of the waves.
        counts: rows of each.
    """
    shares = np.log(np.array(counts) / sum(counts))
    tried = logsumexp(
        [share + each.log_density(scores) for share, each in zip(shares, proposals, strict=True)], axis=0
    )
    logs = likelihood - tried
    return np.asarray(np.exp(logs - logsumexp(logs)))


def effective_sample(weights: NDArray[np.float64]) -> float:
    """How many equally weighted rows would tell as much (Kish)."""
    return float(weights.sum() ** 2 / (weights**2).sum())


def resampled(weights: NDArray[np.float64], count: int, seed: int) -> NDArray[np.int64]:
    """(count,) row numbers, drawn systematically in proportion to the weights."""
    marks = (np.arange(count) + np.random.default_rng(seed).random()) / count
    return np.searchsorted(np.cumsum(weights / weights.sum()), marks).clip(0, len(weights) - 1)


def weighted_quantile(values: NDArray[np.float64], weights: NDArray[np.float64], at: float) -> float:
    """The value below which this share of the weight lies."""
    order = np.argsort(values, kind="stable")
    cumulative = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(cumulative, at * cumulative[-1]).clip(0, len(values) - 1)])
