"""What the figures decide: how far each parameter is learnt of, and which combinations of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from takeup_calibration.weights import effective_sample

_NAMED = 0.3
"""Part of a combination from which a parameter is named."""
_MOST_NAMED = 5


@dataclass(frozen=True)
class Direction:
    """A combination of parameters of which the figures tell more than chance would.

    Attributes:
        spread: of the posterior along it, beside the prior's (1).
        parts: (name, loading) of the parameters that make it up, the largest first.
    """

    spread: float
    parts: tuple[tuple[str, float], ...]

    @property
    def words(self) -> str:
        """Such as "more publicity with less value or more stigma"."""
        (first, loading), *rest = self.parts
        if not rest:
            return first
        alike = [name for name, part in rest if part * loading > 0]
        against = [name for name, part in rest if part * loading < 0]
        trades = [f"{side} {_listed(names)}" for side, names in (("less", alike), ("more", against)) if names]
        return f"more {first} with {' or '.join(trades)}"


def spreads(scores: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """(D,) standard deviation of each score after, beside before: 1 where nothing was learnt.

    Args:
        scores: (N, D) normal scores.
        weights: (N,) summing to 1.
    """
    return np.asarray(np.sqrt(weights @ (scores - weights @ scores) ** 2))


def directions(names: list[str], scores: NDArray[np.float64], weights: NDArray[np.float64]) -> list[Direction]:
    """The combinations that are learnt of, the best known first.

    They are eigenvectors of the posterior's covariance, the prior's being the identity. Those are left out that a
    sample of this size would show of the prior alone (the Marchenko-Pastur edge).

    Args:
        names: (D,) of the parameters.
        scores: (N, D).
        weights: (N,) summing to 1.
    """
    edge = max(1.0 - np.sqrt(len(names) / effective_sample(weights)), 0.0) ** 2
    if edge == 0.0:
        return []
    values, vectors = np.linalg.eigh(np.cov(scores.T, aweights=weights))
    found = []
    for value, vector in zip(values, vectors.T, strict=True):
        if value < edge:
            order = np.argsort(-np.abs(vector), kind="stable")[:_MOST_NAMED]
            largest = np.abs(vector).max()
            parts = [(names[i], float(vector[i])) for i in order if abs(vector[i]) >= min(_NAMED, largest)]
            found.append(Direction(float(np.sqrt(value)), tuple(parts)))
    return found


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
