"""Calibrations whose answer is known: figures that are plain functions of the scores, with no model run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from takeup.district import load_district
from takeup_calibration.calibrate import Calibration, Effort
from takeup_calibration.confirming import Confirmed
from takeup_calibration.design import scores_of, sobol
from takeup_calibration.expressions import Expression
from takeup_calibration.figures import NAMES, Figure
from takeup_calibration.lives import branch_names
from takeup_calibration.proposals import Proposal
from takeup_calibration.rows import Rows
from takeup_calibration.weights import mixture_weights, resampled

DECEMBERS = ("2010-12", "2014-12", "2018-12")


def figure(name: str, value: float, tolerance: float, width: float = 0.0) -> Figure:
    """A figure of this district that asks for a value, or for an interval around it."""
    return Figure(
        name, Expression("valid / population", NAMES), 24227, 24227, value - width / 2, value + width / 2, tolerance,
        "assumed", "a test", local=True, fit=True,
    )  # fmt: skip


def rows_of(count: int, seed: int, value: float = 0.5) -> Rows:
    """A first wave in which the first figure is the mean of two scores, and each lever adds a known mixture."""
    figures = [figure("one", value, 0.3), figure("two", 0.0, 0.4, width=0.5)]
    rows = Rows(load_district("template"), figures, seed, 1000)
    rows.uniforms = sobol(count, len(rows.names), seed)
    scores = scores_of(rows.uniforms)[:, rows.adapting]
    rows.predicted = np.column_stack([(scores[:, 0] + scores[:, 1]) / 2, scores[:, 2]])
    effects = np.column_stack([scores[:, i] + 0.5 * scores[:, i + 1] for i in range(len(branch_names()))])
    shares = 20 + scores[:, [0, 1, 2]]
    rows.found = [
        {
            "windows": {},
            "decembers": dict(zip(DECEMBERS, share.tolist(), strict=True)),
            "effects": dict(zip(branch_names(), effect.tolist(), strict=True)),
        }
        for share, effect in zip(shares, effects, strict=True)
    ]
    rows.proposals, rows.counts = [Proposal()], [count]
    rows.weights = mixture_weights(rows.likelihood, rows.scores, rows.proposals, rows.counts)
    return rows


def calibration(count: int = 2048, seed: int = 1, draws: int = 300) -> Calibration:
    """A calibration of such rows, confirmed at a full size that tells the same but for 0.01 points."""
    rows = rows_of(count, seed)
    drawn = resampled(rows.weights, draws, seed)
    small: NDArray[np.float64] = np.column_stack([rows.outcomes([DECEMBERS[-1]], "decembers"), rows.effects])[
        drawn[:20]
    ]
    confirmed = Confirmed(
        drawn[:20], small, small + 0.01, rows.predicted[drawn[:20]], drawn[:3], small[:3], rows.predicted[drawn[:3]]
    )
    return Calibration(
        rows, rows.weights, drawn, confirmed, int(drawn[0]), Effort(rows=count, draws=draws, seed=seed)
    )


def uneven(found: Calibration, weights: NDArray[np.float64]) -> Calibration:
    """The same calibration with other weights."""
    return replace(found, weights=weights)
