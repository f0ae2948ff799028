"""A surrogate of the model: for each figure a Gaussian process, learnt from the rows that were lived.

It only says where to try next; what a row weighs is decided by the model itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from warnings import catch_warnings, simplefilter

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from threadpoolctl import threadpool_limits

from takeup_calibration.figures import Figure

_MOST_TUNED = 384
"""Rows whose length scales are fitted to; the cost of that grows with their cube."""
_MOST_KNOWN = 2_500
"""Rows that a surrogate interpolates: the likeliest, for only there it must be near the truth."""
_FIRST_SCALE, _SCALES = 6.0, (1.0, 100.0)
_FIRST_NOISE, _NOISES = 0.02, (1e-4, 1.0)
_SMOOTHNESS = 2.5
_CHUNK = 8_192
_NEGLIGIBLE = -20.0
"""Log likelihood at which a point is given up before all its figures are looked at."""


@dataclass(frozen=True)
class _Emulator:
    """One figure as a function of the scores: a linear trend, and a Matérn process for what departs from it.

    Attributes:
        figure: what is predicted.
        shift: added before the logarithm; NaN: no logarithm is taken.
        trend: (D + 1,) intercept and slopes.
        process: scikit-learn's.
        doubt: standard deviation of its errors where the figures are met, before the logarithm is undone.
    """

    figure: Figure
    shift: float
    trend: NDArray[np.float64]
    process: Any
    doubt: float

    def log_likelihood(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """(N,) expected agreement with the figure, the surrogate's own doubt added to the tolerance."""
        mean = np.concatenate(
            [self.process.predict(scores[i : i + _CHUNK]) for i in range(0, len(scores), _CHUNK)]
        ) + _linear(self.trend, scores)
        doubt = np.full(len(scores), self.doubt)
        if not np.isnan(self.shift):
            doubt *= np.exp(mean)
            mean = np.exp(mean) - self.shift
        spread = np.hypot(self.figure.tolerance, doubt)
        beyond = np.maximum(self.figure.low - mean, 0.0) + np.maximum(mean - self.figure.high, 0.0)
        return np.asarray(-0.5 * (beyond / spread) ** 2)


@dataclass(frozen=True)
class Surrogate:
    """Surrogates of all fitted figures."""

    emulators: tuple[_Emulator, ...]

    def log_likelihood(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """(N,) how well the figures are expected to be met.

        Args:
            scores: (N, D).
        """
        total = np.zeros(len(scores))
        with threadpool_limits(1):
            for emulator in self.emulators:
                worth = total > _NEGLIGIBLE
                total[worth] += emulator.log_likelihood(scores[worth]) if worth.any() else 0.0
        return total


def learnt(
    figures: list[Figure],
    scores: NDArray[np.float64],
    predicted: NDArray[np.float64],
    likelihood: NDArray[np.float64],
) -> Surrogate:
    """The surrogate of the rows so far.

    Linear algebra runs on one thread, for the same bits on any machine of a kind.

    Args:
        figures: F of them.
        scores: (N, D) of the rows.
        predicted: (N, F) what the rows give.
        likelihood: (N,) logarithms, of all figures together.
    """
    with threadpool_limits(1), catch_warnings():
        simplefilter("ignore")  # a scale at its bound is no fault: the figure does not depend on that parameter
        return Surrogate(
            tuple(
                _emulator(figure, scores, predicted[:, column], likelihood)
                for column, figure in enumerate(figures)
                if figure.fit and np.ptp(predicted[~np.isnan(predicted[:, column]), column]) > 0
            )
        )


def _emulator(
    figure: Figure, scores: NDArray[np.float64], predicted: NDArray[np.float64], likelihood: NDArray[np.float64]
) -> _Emulator:
    known = np.flatnonzero(~np.isnan(predicted))
    known = np.sort(known[np.argsort(-likelihood[known], kind="stable")[:_MOST_KNOWN]])
    shift = figure.tolerance if predicted[known].min() + figure.tolerance > 0 else float("nan")
    outcome = predicted[known] if np.isnan(shift) else np.log(predicted[known] + shift)
    design = np.column_stack([np.ones(len(known)), scores[known]])
    trend = np.linalg.solve(design.T @ design + np.eye(design.shape[1]), design.T @ outcome)
    rest = outcome - _linear(trend, scores[known])
    tuned = np.linspace(0, len(known) - 1, min(len(known), _MOST_TUNED)).astype(int)
    kernel = _process(scores.shape[1]).fit(scores[known][tuned], rest[tuned]).kernel_
    process = _process(scores.shape[1], kernel).fit(scores[known], rest)
    near = np.exp(np.maximum(likelihood[known] - likelihood[known].max(), _NEGLIGIBLE) / 2)
    doubt = float(np.sqrt(near @ _left_out(process) ** 2 / near.sum()))
    return _Emulator(figure, shift, trend, process, doubt)


def _process(dimensions: int, kernel: Any = None) -> Any:
    from sklearn.gaussian_process import GaussianProcessRegressor, kernels  # noqa: PLC0415  (takes a while to import)

    start = kernels.ConstantKernel(1.0) * kernels.Matern(
        np.full(dimensions, _FIRST_SCALE), _SCALES, _SMOOTHNESS
    ) + kernels.WhiteKernel(_FIRST_NOISE, _NOISES)
    if kernel is not None:
        return GaussianProcessRegressor(kernel, optimizer=None, normalize_y=True)
    return GaussianProcessRegressor(start, normalize_y=True)


def _left_out(process: Any) -> NDArray[np.float64]:
    """(N,) errors of the process at its points had it not known them (Rasmussen and Williams, 5.4.2)."""
    inverse = solve_triangular(process.L_, np.eye(len(process.L_)), lower=True)
    diagonal = (inverse**2).sum(axis=0)
    return np.asarray(process.alpha_.ravel() / diagonal * process._y_train_std)


def _linear(trend: NDArray[np.float64], scores: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(trend[0] + scores @ trend[1:])
