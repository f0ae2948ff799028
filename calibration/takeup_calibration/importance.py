"""Adaptive importance sampling: surrogates, proposal distributions and weights.

A surrogate has a Gaussian process per fitted observation, trained on the evaluated points. It only determines where
the points of the next wave are drawn. The weight of a point is computed from a run of the model itself: it is the
likelihood of the point divided by the probability density of proposing it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from warnings import catch_warnings, simplefilter

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.optimize import minimize
from scipy.special import logsumexp
from sklearn.gaussian_process import GaussianProcessRegressor, kernels
from threadpoolctl import threadpool_limits

from takeup_calibration.observations import Observation
from takeup_calibration.priors import sobol_points, to_normal_scores
from takeup_calibration.sequential_monte_carlo import SMCSample, draw_sample

Item = TypeVar("Item")
Result = TypeVar("Result")
CONSTRAINED_BELOW: Final = 0.9
"""Ratio of the posterior to the prior standard deviation below which a parameter counts as constrained."""
DEFENSIVE_SHARE: Final = 0.1
"""Share of the prior in the proposal of a later wave, because every region needs a positive probability."""
_TEMPERING: Final = 0.9
"""Exponent of the surrogate's likelihood, below 1 to widen the proposal, because the surrogate may be inaccurate."""
_MAX_TUNING_POINTS: Final = 256
"""Maximal number of points for fitting the length scales; the cost grows with the cube of their number."""
_MAX_TRAINING_POINTS: Final = 1_200
"""Maximal number of points that a process interpolates. The most likely points are used, because accuracy matters
only near the targets.
"""
_TUNING_ITERATIONS: Final = 10
"""Maximal number of iterations that fit the length scales."""
_INITIAL_LENGTH_SCALE, _LENGTH_SCALE_BOUNDS = 6.0, (1.0, 100.0)
_INITIAL_NOISE, _NOISE_BOUNDS = 0.02, (1e-4, 1.0)
_SMOOTHNESS: Final = 2.5
_CHUNK: Final = 8_192
"""Number of points predicted at a time by one thread, which limits the memory needed. The results depend on it, and
not on the number of threads.
"""
_NEGLIGIBLE: Final = -20.0
"""Log-likelihood below which the surrogate predicts no further observations of a point: its weight is about 0."""


@dataclass(frozen=True)
class _Emulator:
    """A regression of an observation's quantity on normal scores (see `priors`).

    The regression is the sum of a linear trend and a Matérn process.

    Attributes:
        observation: observation whose quantity is predicted.
        shift: constant added to the quantity before its logarithm is taken; NaN if no logarithm is taken.
        trend: (D + 1,) intercept and slopes of the trend.
        process: fitted `GaussianProcessRegressor` of the residuals.
        error_sd: standard deviation of the prediction errors near the targets, in the unit of the process.
    """

    observation: Observation
    shift: float
    trend: NDArray[np.float64]
    process: Any
    error_sd: float

    def log_likelihood(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (N,) expected log-likelihoods, given the error of the prediction."""
        mean = self.process.predict(scores) + _linear(self.trend, scores)
        error_sd = np.full(len(scores), self.error_sd)
        if not np.isnan(self.shift):
            error_sd *= np.exp(mean)
            mean = np.exp(mean) - self.shift
        sd = np.hypot(self.observation.tolerance, error_sd)
        return np.asarray(-0.5 * (self.observation.excess(mean) / sd) ** 2)


@dataclass(frozen=True)
class Surrogate:
    """A fast approximation of the model: one emulator per fitted observation."""

    emulators: tuple[_Emulator, ...]

    def log_likelihood(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (N,) expected log-likelihoods, summed over the fitted observations.

        Args:
            scores: (N, D) normal scores of the points.
        """
        blocks = [scores[i : i + _CHUNK] for i in range(0, len(scores), _CHUNK)]
        with threadpool_limits(1):
            return np.concatenate([np.zeros(0), *_in_threads(self._block_log_likelihood, blocks)])

    def _block_log_likelihood(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        total = np.zeros(len(scores))
        for emulator in self.emulators:
            remaining = total > _NEGLIGIBLE
            total[remaining] += emulator.log_likelihood(scores[remaining]) if remaining.any() else 0.0
        return total


def fit_surrogate(
    observations: Sequence[Observation],
    scores: NDArray[np.float64],
    predicted: NDArray[np.float64],
    likelihood: NDArray[np.float64],
) -> Surrogate:
    """Fit a surrogate to the points evaluated so far.

    Each emulator is fitted on one thread, and as many at a time as there are processors. Results are reproducible bit
    by bit on one type of machine.

    Args:
        observations: the T observations.
        scores: (N, D) normal scores of the points.
        predicted: (N, T) predictions of the observations at the points.
        likelihood: (N,) log-likelihoods of the points, summed over the fitted observations.
    """
    fitted = [
        column
        for column, observation in enumerate(observations)
        if observation.fit and np.ptp(predicted[~np.isnan(predicted[:, column]), column]) > 0
    ]

    def fit(column: int) -> _Emulator:
        return _fit_emulator(observations[column], scores, predicted[:, column], likelihood)

    with threadpool_limits(1), catch_warnings():
        simplefilter("ignore")  # a length scale at its bound only means that a parameter has no effect
        return Surrogate(tuple(_in_threads(fit, fitted)))


def _in_threads(function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """Apply a function to items in as many threads as there are processors, and return the results in order."""
    with ThreadPoolExecutor(os.cpu_count()) as executor:
        return list(executor.map(function, items))


@dataclass(frozen=True)
class Proposal:
    """The distribution of a wave's points: the prior, or a mixture with a surrogate.

    Attributes:
        surrogate: surrogate of the model; None if the proposal is the prior.
        sample: sample of the prior times the likelihood of the surrogate to the power of `_TEMPERING`, with the
            logarithm of the prior mean of the latter.
    """

    surrogate: Surrogate | None = None
    sample: SMCSample | None = None

    def log_density(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (N,) logarithms of the density ratio of the proposal to the prior.

        Args:
            scores: (N, D) normal scores of the points.
        """
        if self.surrogate is None or self.sample is None:
            return np.zeros(len(scores))
        tempered = _TEMPERING * self.surrogate.log_likelihood(scores) - self.sample.log_scale
        return np.asarray(np.logaddexp(np.log(DEFENSIVE_SHARE), np.log1p(-DEFENSIVE_SHARE) + tempered))

    def draw(self, count: int, dimensions: int, seed: int) -> NDArray[np.float64]:
        """Draw (count, dimensions) normal scores from the proposal."""
        if self.sample is None:
            return to_normal_scores(sobol_points(count, dimensions, seed))
        generator = np.random.default_rng(seed)
        from_prior = round(DEFENSIVE_SHARE * count)
        order = generator.permutation(len(self.sample.points))
        drawn = self.sample.points.take(order[: count - from_prior], axis=0)
        return np.concatenate([drawn, to_normal_scores(sobol_points(from_prior, dimensions, seed))])


def surrogate_proposal(surrogate: Surrogate, count: int, dimensions: int, seed: int) -> Proposal:
    """Make the proposal distribution of a wave of `count` points from a surrogate."""

    def log_density(scores: NDArray[np.float64]) -> NDArray[np.float64]:
        return _TEMPERING * surrogate.log_likelihood(scores)

    return Proposal(surrogate, draw_sample(log_density, count, dimensions, seed))


def log_likelihoods(observations: Sequence[Observation], predicted: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (N,) log-likelihoods, summed over the fitted observations.

    Args:
        observations: the T observations.
        predicted: (N, T) predictions of the observations at the evaluated points.
    """
    total = np.zeros(len(predicted))
    for column, observation in enumerate(observations):
        if observation.fit:
            total += observation.log_likelihood(predicted[:, column])
    return total


def mixture_weights(
    likelihood: NDArray[np.float64], log_densities: NDArray[np.float64], counts: Sequence[int]
) -> NDArray[np.float64]:
    """Return (N,) deterministic-mixture weights that sum to 1.

    Every point is weighted as if it had been drawn from the mixture of all proposals. The points of all waves can
    therefore be combined, and the weights are bounded (Owen and Zhou 2000; Cornuet et al. 2012).

    Args:
        likelihood: (N,) log-likelihoods of the points.
        log_densities: (W, N) logarithms of the density ratio of each wave's proposal to the prior, at the points.
        counts: (W,) number of points of each wave.
    """
    shares = np.log(np.array(counts) / sum(counts))
    logs = likelihood - logsumexp(shares[:, np.newaxis] + log_densities, axis=0)
    return np.asarray(np.exp(logs - logsumexp(logs)))


def effective_sample_size(weights: NDArray[np.float64]) -> float:
    """Return Kish's effective sample size of a weighted sample.

    It is the number of equally weighted points with which a mean has the same variance.
    """
    return float(weights.sum() ** 2 / (weights**2).sum())


def contraction_ratios(scores: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute the ratios of posterior to prior standard deviation, by parameter.

    Args:
        scores: (N, D) normal scores of the points.
        weights: (N,) weights of the points, summing to 1.

    Returns:
        (D,) ratios: 1 if the targets do not constrain the parameter.
    """
    return np.asarray(np.sqrt(weights @ (scores - weights @ scores) ** 2))


def weighted_quantile(values: NDArray[np.float64], weights: NDArray[np.float64], at: float) -> float:
    """Return the quantile of weighted values at the probability `at`."""
    order = np.argsort(values, kind="stable")
    cumulative = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(cumulative, at * cumulative[-1]).clip(0, len(values) - 1)])


def _fit_emulator(
    observation: Observation,
    scores: NDArray[np.float64],
    predicted: NDArray[np.float64],
    likelihood: NDArray[np.float64],
) -> _Emulator:
    """Fit an emulator of one observation to the most likely points.

    Args:
        observation: observation whose quantity is predicted.
        scores: (N, D) normal scores of the points.
        predicted: (N,) values of the quantity; NaN if the evaluation failed.
        likelihood: (N,) log-likelihoods of the points, summed over the fitted observations.
    """
    training = np.flatnonzero(~np.isnan(predicted))
    training = np.sort(training[np.argsort(-likelihood[training], kind="stable")[:_MAX_TRAINING_POINTS]])
    scores, predicted, likelihood = scores[training], predicted[training], likelihood[training]
    shift = observation.tolerance if predicted.min() + observation.tolerance > 0 else float("nan")
    response = predicted if np.isnan(shift) else np.log(predicted + shift)
    design = np.column_stack([np.ones(len(training)), scores])
    # A unit ridge penalty, because early waves may have fewer points than dimensions.
    trend = np.linalg.solve(design.T @ design + np.eye(design.shape[1]), design.T @ response)
    residuals = response - _linear(trend, scores)
    tuning = np.linspace(0, len(training) - 1, min(len(training), _MAX_TUNING_POINTS)).astype(int)
    kernel = _process(scores.shape[1]).fit(scores[tuning], residuals[tuning]).kernel_
    process = _process(scores.shape[1], kernel).fit(scores, residuals)
    # Errors are weighted by likelihood, because only those near the targets affect the next wave.
    weights = np.exp(np.maximum(likelihood - likelihood.max(), _NEGLIGIBLE) / 2)
    error_sd = float(np.sqrt(weights @ _leave_one_out_errors(process) ** 2 / weights.sum()))
    process.L_ = None  # 12 MB at 1,200 points, which the mean does not need
    return _Emulator(observation, shift, trend, process, error_sd)


def _process(dimensions: int, kernel: Any = None) -> Any:
    """Return an unfitted Gaussian process; a given kernel is not tuned."""
    initial = kernels.ConstantKernel(1.0) * kernels.Matern(
        np.full(dimensions, _INITIAL_LENGTH_SCALE), _LENGTH_SCALE_BOUNDS, _SMOOTHNESS
    ) + kernels.WhiteKernel(_INITIAL_NOISE, _NOISE_BOUNDS)
    if kernel is not None:
        return GaussianProcessRegressor(kernel, optimizer=None, normalize_y=True)
    return GaussianProcessRegressor(initial, optimizer=_minimise, normalize_y=True)


def _minimise(
    objective: Callable[[NDArray[np.float64]], tuple[float, NDArray[np.float64]]],
    initial: NDArray[np.float64],
    bounds: NDArray[np.float64],
) -> tuple[NDArray[np.float64], float]:
    """Minimise the negative log marginal likelihood of a kernel by a limited number of iterations.

    Args:
        objective: function of the logarithms of the kernel's parameters that returns its value and gradient.
        initial: (K,) initial values.
        bounds: (K, 2) bounds of the values.

    Returns:
        The values at the minimum, and the objective there.
    """
    optimum = minimize(
        objective, initial, method="L-BFGS-B", jac=True, bounds=bounds, options={"maxiter": _TUNING_ITERATIONS}
    )
    return optimum.x, float(optimum.fun)


def _leave_one_out_errors(process: Any) -> NDArray[np.float64]:
    """Return (N,) leave-one-out errors (Rasmussen and Williams 2006, section 5.4.2)."""
    inverse = solve_triangular(process.L_, np.eye(len(process.L_)), lower=True)
    diagonal = (inverse**2).sum(axis=0)
    return np.asarray(process.alpha_.ravel() / diagonal * process._y_train_std)


def _linear(trend: NDArray[np.float64], scores: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(trend[0] + scores @ trend[1:])
