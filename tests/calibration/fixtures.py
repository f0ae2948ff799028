"""Calibrations with a known result, without runs of the model.

The predictions of the targets are simple functions of the normal scores.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from takeup.district import load_district
from takeup.report.results_folder import results_writer
from takeup_calibration.calibrator import CalibrationResult, CalibrationSettings, EvaluatedDesign
from takeup_calibration.evaluator import NO_PERMIT_REASONS, Output, policy_names
from takeup_calibration.full_size import FullSizeCheck
from takeup_calibration.importance import Proposal
from takeup_calibration.prediction import predict_observations
from takeup_calibration.priors import sobol_points
from takeup_calibration.recalibration import estimate_coverage, estimate_ranks
from takeup_calibration.report import install, summarise
from takeup_calibration.representative import IDENTIFIED, Position, Representative
from takeup_calibration.sequential_monte_carlo import resample
from takeup_calibration.targets import Target

NO_EVALUATOR: Final[Any] = None
"""The evaluator of a design that does not use it."""
DECEMBERS = ("2010-12", "2014-12", "2018-12")


def make_target(name: str, value: float, tolerance: float, width: float = 0.0) -> Target:
    """Return a local target with a value, or with an interval of a width around it."""
    half = width / 2
    wanted = {"shape": "interval", "low": value - half, "high": value + half} if width else {"value": value}
    return Target.model_validate(
        {
            "name": name,
            "expression": "valid / population",
            "month": "2018-12",
            **wanted,
            "tolerance": tolerance,
            "status": "assumed",
            "source": "a test",
            "local": True,
        }
    )


class KnownDesign(EvaluatedDesign):
    """A design whose points are evaluated by known functions of their scores, without an evaluator.

    The first observation is the mean of two scores, the second is a score, and each policy effect is a weighted sum
    of two scores.
    """

    def evaluate_points(self, points: Iterable[int], *_arguments: object, **_named: object) -> list[Output | None]:
        return [_known_output(scores) for scores in self.scores[list(points)]]

    def predict(self, output: Output | None) -> list[float]:
        assert output is not None
        return list(output["predicted"].values())

    def add_wave(self, proposal: Proposal, uniforms: NDArray[np.float64]) -> None:
        """Evaluate a wave, and weight all points."""
        self.evaluate_wave(proposal, uniforms, NO_EVALUATOR, lambda _done, _total: None)
        self.update_weights()


def _known_output(scores: NDArray[np.float64]) -> Output:
    effects = {name: float(scores[i] + 0.5 * scores[i + 1]) for i, name in enumerate(policy_names())}
    reasons = {name: float(5 + scores[i % len(scores)]) for i, name in enumerate(NO_PERMIT_REASONS)}
    return {
        "windows": {},
        "decembers": {month: float(20 + score) for month, score in zip(DECEMBERS, scores[:3], strict=True)},
        "effects": effects,
        "reasons": reasons,
        "predicted": {"one": float(scores[0] + scores[1]) / 2, "two": float(scores[2])},
    }


def make_design(count: int, seed: int, value: float = 0.5) -> KnownDesign:
    """Return a first wave with known predictions."""
    targets = [make_target("one", value, 0.3), make_target("two", 0.0, 0.4, width=0.5)]
    design = KnownDesign(load_district("template"), targets, seed, 1000)
    design.add_wave(Proposal(), sobol_points(count, len(design.names), seed))
    return design


def make_result(count: int = 2048, seed: int = 1, draws: int = 300) -> CalibrationResult:
    """Return a calibration of such points; results at full size differ by 0.01 points."""
    design = make_design(count, seed)
    drawn = resample(design.weights, draws, seed)
    last = design.output_table([DECEMBERS[-1]], "decembers")
    small: NDArray[np.float64] = np.column_stack([last, design.effects])[drawn[:20]]
    predicted = design.predicted[drawn[:20]]
    check = FullSizeCheck(drawn[:20], small, small + 0.01, predicted)
    position = Position(f"parameter {design.names[0]}", 50.0, *IDENTIFIED)
    representative = Representative(int(drawn[0]), design.uniforms[drawn[0], :-1], (position,))
    settings = CalibrationSettings(rows=count, draws=draws, seed=seed)
    return CalibrationResult(design, design.weights, drawn, check, representative, settings)


def with_weights(result: CalibrationResult, weights: NDArray[np.float64]) -> CalibrationResult:
    """Return the same calibration with other weights."""
    return replace(result, weights=weights)


def summarise_result(result: CalibrationResult) -> dict[str, Any]:
    """Summarise a calibration whose observations are predicted by reweighting."""
    design = result.design
    return summarise(result, predict_observations(result), estimate_coverage(design), estimate_ranks(design))


@results_writer
def write_calibration(
    folder: Path, seed: int, shift: float = 0.0, agents: int = 1000, digest: str = "a"
) -> dict[str, Any]:
    """Write the results of a calibration whose effects of publicity are shifted."""
    result = make_result(512, seed)
    for output in result.design.outputs:
        assert output is not None
        output["effects"]["publicity"] += shift
    result.design.agents = agents
    install(folder, result, summarise_result(result))
    return {"district": {"name": "template", "sha256": digest}}
