"""What information is worth: how much better one chooses with it than without, on average over the draws.

Without, the scenario with the highest mean benefit is chosen. With perfect information it is each draw's own best;
with data, the one of which a regression expects most that has learnt from other draws. The benefit that counts is the
draw's own, not what was expected of it: so a regression that learnt chance gains nothing, and no data can come to
more than perfect information.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from takeup_calibration.value.evidence import Evidence
from takeup_calibration.value.regression import cross_fitted, in_sample, parted

NORMAL_95: Final = 1.96
"""Standard errors to either side that make a 95 % interval."""
REPEATS: Final = 10
"""Times that data are collected anew from every draw, and the draws parted anew."""
_PARTS: Final = 10
_RESAMPLES: Final = 2_000


class Estimate(NamedTuple):
    """A number found from draws.

    Attributes:
        value: the number.
        error: its standard error: which draws there happened to be, which data, and how the draws were parted.
    """

    value: float
    error: float

    @property
    def low(self) -> float:
        """Lower end of the 95 % interval."""
        return self.value - NORMAL_95 * self.error

    @property
    def high(self) -> float:
        """Upper end of the 95 % interval."""
        return self.value + NORMAL_95 * self.error


@dataclass(frozen=True)
class Gained:
    """What choosing with data brings.

    Attributes:
        worth: beside choosing without.
        by_draw: (R, N) gain under each draw, beside the scenario that is best without.
    """

    worth: Estimate
    by_draw: NDArray[np.float64]


class Bench:
    """Where the worth of data is measured.

    Args:
        evidence: of the draws.
        seed: of the errors in the data, of parting the draws and of resampling them.
    """

    def __init__(self, evidence: Evidence, seed: int) -> None:
        self.evidence = evidence
        self.ahead = ahead_of_best(evidence.benefits)
        self._resampled = _resampled(evidence.kinds, np.random.default_rng([seed, 1]))
        self._folds = [
            parted(evidence.kinds, _PARTS, np.random.default_rng([seed, 2, repeat])) for repeat in range(REPEATS)
        ]
        self._data = np.array([self._collected(seed, repeat) for repeat in range(REPEATS)])

    def _collected(self, seed: int, repeat: int) -> list[NDArray[np.float64]]:
        """What every candidate finds; its error is its name's, so that the others in the file make no difference."""
        return [
            candidate.collected(truths, np.random.default_rng([seed, 3, repeat, crc32(candidate.name.encode())]))
            for candidate, truths in zip(self.evidence.candidates, self.evidence.truths.T, strict=True)
        ]

    def expected(self, columns: Sequence[int], targets: NDArray[np.float64]) -> NDArray[np.float64]:
        """What the data of these candidates, taken together, let one expect of draws that were not learnt from.

        Args:
            columns: of the candidates.
            targets: (N, T) what is asked.

        Returns:
            (R, N, T), for each of `REPEATS` data.
        """
        together = zip(self._data[:, list(columns)], self._folds, strict=True)
        return np.array([cross_fitted(data.T, targets, folds) for data, folds in together])

    def usual(self, column: int) -> float:
        """The worth of a candidate's data as it is usually estimated: too high by what was learnt of chance.

        The mean of the best expected, less the best of the means expected, by regressions on all draws.
        """
        fitted = np.array([in_sample(data[[column]].T, self.ahead) for data in self._data])
        return float((fitted.max(axis=2).mean(axis=1) - fitted.mean(axis=1).max(axis=1)).mean())

    def perfect(self, ahead: NDArray[np.float64]) -> Estimate:
        """The worth of perfect information.

        Args:
            ahead: (N, K) benefits beside those of the scenario that is best on average.
        """
        return self._estimate(ahead.max(axis=1)[None], ahead)

    def gained(self, ahead: NDArray[np.float64], expected: NDArray[np.float64]) -> Gained:
        """The worth of data.

        Args:
            ahead: see `perfect`.
            expected: (R, N, K) of it, by regressions that have not seen the draw.
        """
        chosen = expected.argmax(axis=2)
        by_draw = np.take_along_axis(ahead, chosen.T, axis=1).T
        return Gained(self._estimate(by_draw, ahead), by_draw)

    def more(self, gained: Gained, before: Gained | None) -> Estimate:
        """What data gain beside other data, or beside none."""
        if before is None:
            return gained.worth
        return self._estimate(gained.by_draw - before.by_draw, np.zeros((gained.by_draw.shape[1], 1)))

    def removed(self, difference: NDArray[np.float64], expected: NDArray[np.float64]) -> Estimate:
        """The share of a difference's variance that data remove.

        Args:
            difference: (N,) of two benefits.
            expected: (R, N) of it, by regressions that have not seen the draw.
        """
        around = (difference - difference.mean()) ** 2
        if not around.any():
            return Estimate(0.0, 0.0)
        left = (difference - expected) ** 2
        shares = 1 - left.mean(axis=1) / around.mean()
        resampled = 1 - (self._resampled @ left.mean(axis=0)) / (self._resampled @ around)
        return _with_error(shares, resampled)

    def _estimate(self, by_draw: NDArray[np.float64], ahead: NDArray[np.float64]) -> Estimate:
        """Mean of what is gained under each draw, beside what is best without in the same draws."""
        without = (self._resampled @ ahead).max(axis=1)
        return _with_error(by_draw.mean(axis=1), self._resampled @ by_draw.mean(axis=0) - without)


def ahead_of_best(benefits: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, K) benefits beside those of the scenario that is best on average."""
    return benefits - benefits[:, [int(benefits.mean(axis=0).argmax())]]


def _with_error(values: NDArray[np.float64], resampled: NDArray[np.float64]) -> Estimate:
    """A mean over repeats; draws and repeats are two sources of error."""
    by_repeat = values.var(ddof=1) / len(values) if len(values) > 1 else 0.0
    return Estimate(float(values.mean()), float(np.sqrt(resampled.var(ddof=1) + by_repeat)))


def _resampled(kinds: NDArray[np.int64], generator: np.random.Generator) -> NDArray[np.float64]:
    """(resamples, N) weights of the bootstrap; draws that are the same are taken together or not at all."""
    _, numbers = np.unique(kinds, return_inverse=True)
    many = int(numbers.max()) + 1
    counts = generator.multinomial(many, np.full(many, 1 / many), size=_RESAMPLES)[:, numbers]
    return np.asarray(counts / counts.sum(axis=1, keepdims=True))
