"""A calibration in numbers: what stands in calibration.json, and what the report and the terminal show of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from takeup_calibration.calibrate import Calibration
from takeup_calibration.coverage import Coverage
from takeup_calibration.diagnostics import constrained, median_error, predictive, verdicts
from takeup_calibration.directions import directions, spreads
from takeup_calibration.lives import branch_names
from takeup_calibration.rows import DUMMY
from takeup_calibration.weights import weighted_quantile

ENDS = (0.05, 0.5, 0.95)


def summary_of(found: Calibration, covered: Coverage) -> dict[str, Any]:
    """Effective sample, verdicts, figures, levers, parameters and directions, before and after.

    Intervals are [5 %, median, 95 %]; before: over the first wave; after: over the rows by weight (figures,
    parameters) or over the draws (levers).
    """
    rows, weights = found.rows, found.weights
    first = rows.counts[0]
    scores, names = rows.scores, [rows.names[i] for i in rows.adapting]
    means, ratios = weights @ scores, spreads(scores, weights)
    return {
        "district": rows.district.name,
        "effective_sample": found.effective,
        "rows": len(weights),
        "waves": rows.counts,
        "failed_rows": sum(each is None for each in rows.found),
        "agents": rows.agents,
        "seed": rows.seed,
        "method": found.effort.method,
        "diagnostics": [asdict(verdict) for verdict in verdicts(found, covered)],
        "figures": {
            figure.name: {
                "wanted": [figure.low, figure.high],
                "tolerance": figure.tolerance,
                "fitted": figure.fit,
                "local": figure.local,
                "source": figure.source,
                "prior": _quantiles(rows.predicted[:first, column]),
                "posterior": _quantiles(rows.predicted[:, column], weights),
                "predictive": predictive(figure, rows.predicted[found.drawn, column], rows.seed),
            }
            for column, figure in enumerate(rows.figures)
        },
        "effects": {
            name: {
                "prior": _quantiles(rows.effects[:first, column]),
                "posterior": _quantiles(rows.effects[found.drawn, column]),
                "median_error": _error(rows.effects[found.drawn, column]),
            }
            for column, name in enumerate(branch_names())
        },
        "parameters": {
            name: {"mean_score": float(mean), "sd_ratio": float(ratio), "contraction": float(1 - ratio**2)}
            for name, mean, ratio in zip(names, means, ratios, strict=True)
        },
        "inert": [name for name in rows.names if name not in names and name != DUMMY],
        "directions": [
            {"spread": each.spread, "parts": dict(each.parts), "words": each.words}
            for each in directions(names, scores, weights)
        ],
        "coverage": {
            "truths": covered.truths,
            "left_out": covered.left_out,
            "constrained": constrained(found, covered),
            "shares": covered.shares,
            "errors": covered.errors,
        },
        "full_size": {}
        if found.confirmed is None
        else {name: list(pair) for name, pair in found.confirmed.differences().items()},
        "representative": found.representative,
    }


def _quantiles(values: NDArray[np.float64], weights: NDArray[np.float64] | None = None) -> list[float]:
    known = ~np.isnan(values)
    if not known.any():
        return [float("nan")] * len(ENDS)
    of = np.ones(len(values)) if weights is None else weights
    return [weighted_quantile(values[known], of[known], at) for at in ENDS]


def _error(values: NDArray[np.float64]) -> float:
    known = values[~np.isnan(values)]
    return median_error(known) if len(known) else float("nan")
