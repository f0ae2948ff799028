"""Weighted counts of respondents, and how precise the shares made of them are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

SMALL_CELL: Final = 30
"""Respondents below which a share is flagged: a customary floor, not a law of statistics."""
_NORMAL_95: Final = float(ndtri(0.975))


@dataclass(frozen=True)
class Tally:
    """Respondents by the levels of one column, or of two.

    Attributes:
        respondents: number of persons in each cell, one axis a column.
        weights: sum of their weights.
        squares: sum of the squared weights of all who answered.
        missing: respondents who did not answer.
    """

    respondents: NDArray[np.int64]
    weights: NDArray[np.float64]
    squares: float
    missing: int

    @property
    def answered(self) -> int:
        """Respondents who answered."""
        return int(self.respondents.sum())

    @property
    def effective(self) -> float:
        """Kish's effective number of those who answered: (sum of weights)² / sum of squared weights."""
        return float(self.weights.sum()) ** 2 / self.squares

    @property
    def shares(self) -> NDArray[np.float64]:
        """Weighted shares; they sum to 1."""
        return np.asarray(self.weights / self.weights.sum())

    def plus(self, other: Tally) -> Tally:
        """Both together."""
        return Tally(
            self.respondents + other.respondents,
            self.weights + other.weights,
            self.squares + other.squares,
            self.missing + other.missing,
        )


def tally(codes: NDArray[np.int64], cells: int, weights: NDArray[np.float64]) -> Tally:
    """A tally over one axis.

    Args:
        codes: the cell each respondent is in; below 0 without an answer.
        cells: how many cells there are.
        weights: each respondent's weight.
    """
    there = codes >= 0
    codes, weighing = codes[there], weights[there]
    return Tally(
        np.bincount(codes, minlength=cells),
        np.asarray(np.bincount(codes, weights=weighing, minlength=cells), dtype=np.float64),
        float(np.square(weighing).sum()),
        int(np.count_nonzero(~there)),
    )


def standard_error(shares: NDArray[np.float64], effective: float) -> NDArray[np.float64]:
    """Of shares of a weighted sample: that of a simple random sample of the effective size."""
    return np.asarray(np.sqrt(shares * (1.0 - shares) / effective))


def wilson(shares: NDArray[np.float64], effective: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Ends of the 95 % intervals of shares: Wilson's (1927), with the effective number of respondents."""
    square = _NORMAL_95**2 / effective
    middle = (shares + square / 2.0) / (1.0 + square)
    half = np.sqrt(square * (shares * (1.0 - shares) + square / 4.0)) / (1.0 + square)
    return np.clip(middle - half, 0.0, 1.0), np.clip(middle + half, 0.0, 1.0)
