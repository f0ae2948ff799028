"""Calibrations with a known result, without runs of the model.

The predictions of the targets are simple functions of the normal scores.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from takeup.district import load_district
from takeup_calibration.calibrator import CalibrationResult, CalibrationSettings, EvaluatedDesign
from takeup_calibration.evaluator import NO_PERMIT_REASONS, policy_names
from takeup_calibration.full_size import FullSizeCheck
from takeup_calibration.importance import Proposal
from takeup_calibration.priors import sobol_points, to_normal_scores
from takeup_calibration.representative import IDENTIFIED, Position, Representative
from takeup_calibration.sequential_monte_carlo import resample
from takeup_calibration.targets import Target

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


def make_design(count: int, seed: int, value: float = 0.5) -> EvaluatedDesign:
    """Return a first wave with known predictions.

    The first target is the mean of two scores, and each policy effect is a weighted sum of two scores.
    """
    targets = [make_target("one", value, 0.3), make_target("two", 0.0, 0.4, width=0.5)]
    design = EvaluatedDesign(load_district("template"), targets, seed, 1000)
    design.uniforms = sobol_points(count, len(design.names), seed)
    scores = to_normal_scores(design.uniforms)[:, design.adapted]
    design.predicted = np.column_stack([(scores[:, 0] + scores[:, 1]) / 2, scores[:, 2]])
    effects = np.column_stack([scores[:, i] + 0.5 * scores[:, i + 1] for i in range(len(policy_names()))])
    shares = 20 + scores[:, [0, 1, 2]]
    reasons = 5 + scores[:, [i % scores.shape[1] for i in range(len(NO_PERMIT_REASONS))]]
    design.outputs = [
        {
            "windows": {},
            "decembers": dict(zip(DECEMBERS, share.tolist(), strict=True)),
            "effects": dict(zip(policy_names(), effect.tolist(), strict=True)),
            "reasons": dict(zip(NO_PERMIT_REASONS, reason.tolist(), strict=True)),
        }
        for share, effect, reason in zip(shares, effects, reasons, strict=True)
    ]
    design.proposals, design.log_densities, design.counts = [Proposal()], [np.empty(0)], [count]
    design.update_weights()
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
