"""The calibration: a weighted sample of all parameter values that agree with the targets.

The method is adaptive importance sampling. The first wave covers the prior evenly. A surrogate fitted to the points
evaluated so far determines where later waves are drawn. Every point is a run of the model itself, and all are used.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from takeup.district import District
from takeup_calibration.evaluator import PERCENT, EvaluatedDesign, Evaluator, OnProgress, Output, policy_names
from takeup_calibration.importance import effective_sample_size, mixture_weights, resample
from takeup_calibration.proposals import Proposal, surrogate_proposal
from takeup_calibration.surrogate import fit_surrogate
from takeup_calibration.targets import Target

Method = Literal["waves", "gp"]
OnStep = Callable[[str, int, int], None]
"""Called with the name of the current step, how much of it is done, and its total."""
_MAX_MEDOIDS: Final = 16
"""Draws near the centre of the posterior from which the representative one is chosen."""
_SMALL_TOLERANCE, _FULL_TOLERANCE = 0.1, 0.02
"""Shares of a tolerance in which central draws' distance from the local targets is measured: at the design's size,
where sampling noise is as large, and at full size.
"""
_DEFAULT_SEED: Final = 1
"""The default seed of the commands; the representative draw is chosen for agreement with the targets under it."""


class CalibrationSettings(NamedTuple):
    """The settings of a calibration.

    Attributes:
        rows: points of the first wave; later waves have half as many.
        waves: maximal number of waves.
        effective: effective sample size at which no further wave is run.
        agents: simulated migrants per evaluation.
        draws: of the posterior.
        confirmed: number of draws that are also evaluated at full size.
        seed: of the design.
        method: "waves", or "gp": one wave from the surrogate's posterior after the first, weighted alone.
    """

    rows: int = 2048
    waves: int = 6
    effective: float = 400.0
    agents: int = 24_000
    draws: int = 300
    confirmed: int = 20
    seed: int = 1
    method: Method = "waves"

    @property
    def later_rows(self) -> int:
        """Points of each wave after the first."""
        return max(self.rows // 2, 1)

    @property
    def max_waves(self) -> int:
        """Maximal number of waves; the method "gp" always has two."""
        return self.waves if self.method == "waves" else 2


@dataclass(frozen=True)
class CalibrationResult:
    """The result of a calibration.

    Attributes:
        design: all evaluated points.
        weights: (N,) of the points.
        drawn: (draws,) indices of points, resampled by weight: the posterior.
        full_size: the check at full size; None if the design has that size, or if none was requested.
        representative: index of the point that represents the posterior.
        settings: of the calibration.
    """

    design: EvaluatedDesign
    weights: NDArray[np.float64]
    drawn: NDArray[np.int64]
    full_size: FullSizeCheck | None
    representative: int
    settings: CalibrationSettings

    @property
    def effective(self) -> float:
        """The effective sample size."""
        return effective_sample_size(self.weights)


class Calibrator:
    """Computes the posterior of a district's parameters, given targets.

    Args:
        district: with priors among its parameters.
        targets: to fit, or to compare with.
        settings: size of the calibration.
        evaluator: runs the model; results that its journal contains are not computed again.
        on_step: called with the progress.
    """

    def __init__(
        self,
        district: District,
        targets: list[Target],
        settings: CalibrationSettings,
        evaluator: Evaluator,
        on_step: OnStep = lambda _step, _done, _total: None,
    ) -> None:
        self.design = EvaluatedDesign(district, targets, settings.seed, settings.agents)
        self.settings = settings
        self._evaluator = evaluator
        self._on_step = on_step

    def run(self) -> CalibrationResult:
        """Run the calibration: propose, evaluate, weight and fit wave by wave, then resample the posterior."""
        design, settings = self.design, self.settings
        proposal = Proposal()
        for wave in range(settings.max_waves):
            uniforms = design.propose(proposal, settings.later_rows if wave else settings.rows)
            title = f"Wave {wave + 1}{self._progress_note()}"
            design.evaluate_wave(proposal, uniforms, self._evaluator, self._progress(title), branches=wave == 0)
            design.update_weights()
            if self._is_last(wave):
                break
            self._on_step("Fitting the surrogate", 0, 1)
            surrogate = fit_surrogate(design.targets, design.scores, design.predicted, design.likelihood)
            proposal = surrogate_proposal(surrogate, settings.later_rows, len(design.adapted), settings.seed)
        return self._resample(design.weights if settings.method == "waves" else self._second_wave_weights())

    def _is_last(self, wave: int) -> bool:
        if wave == self.settings.max_waves - 1:
            return True
        converged = effective_sample_size(self.design.weights) >= self.settings.effective
        return self.settings.method == "waves" and converged

    def _resample(self, weights: NDArray[np.float64]) -> CalibrationResult:
        """Draw the posterior, simulate the policies for its draws, and choose the representative one."""
        design, settings = self.design, self.settings
        drawn = resample(weights, settings.draws, settings.seed)
        design.add_policies(sorted(set(drawn.tolist())), self._evaluator, self._progress("Policies of the draws"))
        medoids = medoid_draws(design, drawn, _MAX_MEDOIDS)
        check, representative = None, int(medoids[0])
        if settings.confirmed and settings.agents < design.district.population.most:
            count = min(settings.confirmed, len(drawn))
            compared = drawn[np.linspace(0, len(drawn) - 1, count).astype(int)]
            progress = self._progress("Draws at full size")
            check = check_at_full_size(design, compared, medoids, self._evaluator, progress)
            representative = check.best_medoid(design, drawn)
        return CalibrationResult(design, weights, drawn, check, representative, settings)

    def _second_wave_weights(self) -> NDArray[np.float64]:
        """Weight the second wave's points as if there were no others; the first wave's weights are 0."""
        design = self.design
        first, second = design.counts
        weights = mixture_weights(design.likelihood[first:], design.scores[first:], design.proposals[1:], [second])
        return np.concatenate([np.zeros(first), weights])

    def _progress_note(self) -> str:
        weights = self.design.weights
        return f", effective sample so far {effective_sample_size(weights):.0f}" if len(weights) else ""

    def _progress(self, step: str) -> OnProgress:
        return lambda done, total: self._on_step(step, done, total)


@dataclass(frozen=True)
class FullSizeCheck:
    """Points evaluated at the design's size and at full size.

    Attributes:
        points: (n,) indices of the points compared.
        small, full: (n, 1 + policies) the valid share at the end of the history and each policy's effect, in
            percentage points, at either size; NaN where the evaluation failed.
        predicted: (n, T) predictions of the targets at full size.
        medoids: (m,) indices of points near the centre of the posterior.
        medoids_full, medoids_predicted: like `full` and `predicted`, for the medoids with the commands' default seed.
    """

    points: NDArray[np.int64]
    small: NDArray[np.float64]
    full: NDArray[np.float64]
    predicted: NDArray[np.float64]
    medoids: NDArray[np.int64]
    medoids_full: NDArray[np.float64]
    medoids_predicted: NDArray[np.float64]

    def differences(self) -> dict[str, tuple[float, float]]:
        """Return, by outcome, the mean of full size minus small size and its standard error, in points."""
        differences = self.full - self.small
        differences = differences[~np.isnan(differences).any(axis=1)]
        count, columns = differences.shape
        errors = differences.std(axis=0, ddof=1) / np.sqrt(count) if count > 1 else np.full(columns, np.nan)
        pairs = zip(differences.mean(axis=0), errors, strict=True)
        return dict(zip(["valid share", *policy_names()], pairs, strict=True))

    def best_medoid(self, design: EvaluatedDesign, drawn: NDArray[np.int64]) -> int:
        """Return the index of the central point that agrees best with the local targets at full size."""
        distance = _distance_from_centre(
            design, drawn, self.medoids_predicted, self.medoids_full[:, 1:], _FULL_TOLERANCE
        )
        return int(self.medoids[int(np.nanargmin(distance))])


def medoid_draws(design: EvaluatedDesign, drawn: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Return the indices of the draws nearest to the centre of the posterior, the nearest first."""
    unique = np.unique(drawn)
    distance = _distance_from_centre(
        design, drawn, design.predicted[unique], design.effects[unique], _SMALL_TOLERANCE
    )
    return unique[np.argsort(distance, kind="stable")[:count]]


def check_at_full_size(
    design: EvaluatedDesign,
    compared: NDArray[np.int64],
    medoids: NDArray[np.int64],
    evaluator: Evaluator,
    on_progress: OnProgress,
) -> FullSizeCheck:
    """Evaluate points with all of the district's migrants.

    Args:
        design: of the calibration.
        compared: indices of the points for which the sizes are compared.
        medoids: indices of the points from which the representative one is chosen.
        evaluator: runs the model.
        on_progress: called with the number of evaluated points, and their number.
    """
    size, unique = design.district.population.most, np.unique(compared)
    total = len(unique) + len(medoids)
    outputs = design.evaluate_points(unique.tolist(), size, evaluator, lambda done, _: on_progress(done, total))
    full = dict(zip(unique.tolist(), outputs, strict=True))
    central = design.evaluate_points(
        medoids.tolist(), size, evaluator, lambda done, _: on_progress(len(unique) + done, total), _DEFAULT_SEED
    )
    return FullSizeCheck(
        compared,
        np.array([_outcomes(design.outputs[point]) for point in compared]),
        np.array([_outcomes(full[point]) for point in compared]),
        np.array([design.predict(full[point]) for point in compared]),
        medoids,
        np.array([_outcomes(output) for output in central]),
        np.array([design.predict(output) for output in central]),
    )


def _outcomes(output: Output | None) -> list[float]:
    if output is None:
        return [float("nan")] * (1 + len(policy_names()))
    last = max(output["decembers"])
    return [output["decembers"][last], *(output["effects"][name] for name in policy_names())]


def _distance_from_centre(
    design: EvaluatedDesign,
    drawn: NDArray[np.int64],
    predicted: NDArray[np.float64],
    effects: NDArray[np.float64],
    tolerance_share: float,
) -> NDArray[np.float64]:
    """Return (n,) squared distances from the centre of the draws.

    Policy effects are measured in their standard deviations, local targets in a share of their tolerances.
    """
    centre, sd = np.nanmedian(design.effects[drawn], axis=0), np.nanstd(design.effects[drawn], axis=0)
    total = (((effects - centre) / np.maximum(sd, 1 / PERCENT)) ** 2).sum(axis=1)
    for column, target in enumerate(design.targets):
        if target.fit and target.local:
            total += (target.excess(predicted[:, column]) / (tolerance_share * target.tolerance)) ** 2
    return np.asarray(total)
