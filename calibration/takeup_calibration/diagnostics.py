"""Whether a calibration may be trusted: checks, each with a verdict and with what was measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from takeup_calibration.calibrate import Calibration
from takeup_calibration.coverage import Coverage
from takeup_calibration.directions import spreads
from takeup_calibration.figures import Figure
from takeup_calibration.lives import branch_names

LEAST_EFFECTIVE = 400.0
HALVES_POINTS, HALVES_ERRORS = 0.5, 3.0
DUMMY_OFF = 0.1
SIZES_POINTS = 0.2
COVERED = (0.85, 0.95)
LEAST_TRUTHS = 300
CONSTRAINED = 0.9
"""Spread of a parameter after, beside before, below which it counts as learnt of."""
_PREDICTIVE = (0.05, 0.95)


@dataclass(frozen=True)
class Verdict:
    """A check: its name, whether it holds, what was measured, and what was asked for."""

    name: str
    passed: bool
    measured: str
    wanted: str


def verdicts(found: Calibration, covered: Coverage) -> list[Verdict]:
    """All checks of a calibration."""
    return [
        Verdict("effective sample", found.effective >= LEAST_EFFECTIVE, f"{found.effective:.0f}", "400 and more"),
        _halves(found),
        _predictive(found),
        _dummy(found),
        _sizes(found),
        _coverage(found, covered),
    ]


def median_error(values: NDArray[np.float64]) -> float:
    """Standard error of a sample's median, from the spread of the values around it (Woodruff 1952)."""
    half = 0.5 / np.sqrt(len(values))
    low, high = np.quantile(values, [max(0.5 - half, 0.0), min(0.5 + half, 1.0)])
    return float(high - low) / 2


def predictive(figure: Figure, predicted: NDArray[np.float64], seed: int) -> tuple[float, float]:
    """The 90 % interval of what would be counted if a draw were true, errors as large as the tolerance included."""
    errors = np.random.default_rng(seed).normal(0.0, figure.tolerance, len(predicted))
    low, high = np.nanquantile(predicted + errors, _PREDICTIVE)
    return float(low), float(high)


def _halves(found: Calibration) -> Verdict:
    """Draws of the even rows beside draws of the odd ones."""
    effects, even = found.rows.effects[found.drawn], found.drawn % 2 == 0
    worst, said = -np.inf, "one half has no draws"
    for column, name in enumerate(branch_names()):
        parts = [part[~np.isnan(part)] for part in (effects[even, column], effects[~even, column])]
        if min(len(part) for part in parts) == 0:
            worst = np.inf
            break
        apart = abs(float(np.median(parts[0]) - np.median(parts[1])))
        allowed = max(HALVES_POINTS, HALVES_ERRORS * float(np.hypot(median_error(parts[0]), median_error(parts[1]))))
        if apart / allowed > worst:
            worst, said = apart / allowed, f"{name}: {apart:.2f} points apart, {allowed:.2f} allowed"
    return Verdict("two halves of the rows", worst <= 1, said, "medians of every lever's effect alike")


def _predictive(found: Calibration) -> Verdict:
    missed = [figure.name for figure, held in _held(found) if not held]
    return Verdict(
        "every fitted figure is predicted",
        not missed,
        f"missed: {', '.join(missed) or 'none'}",
        "within the 90 % interval",
    )


def _held(found: Calibration) -> Iterator[tuple[Figure, bool]]:
    for column, figure in enumerate(found.rows.figures):
        if figure.fit:
            low, high = predictive(figure, found.rows.predicted[found.drawn, column], found.effort.seed)
            yield figure, low <= figure.high and figure.low <= high


def _dummy(found: Calibration) -> Verdict:
    ratio = float(spreads(found.rows.scores, found.weights)[-1])
    return Verdict(
        "a dummy is not learnt of", abs(ratio - 1) <= DUMMY_OFF, f"spread {ratio:.2f} of the prior's", "1.0 ± 0.1"
    )


def _sizes(found: Calibration) -> Verdict:
    name = "a smaller size tells the same"
    if found.confirmed is None:
        return Verdict(name, False, "no draw was lived at full size", f"within {SIZES_POINTS} points")
    differences = found.confirmed.differences()
    outcome, (points, error) = max(differences.items(), key=lambda item: abs(item[1][0]))
    said = f"{outcome}: {points:+.2f} ± {error:.2f} points over {len(found.confirmed.rows)} draws"
    return Verdict(name, abs(points) <= SIZES_POINTS, said, f"means within {SIZES_POINTS} points")


def _coverage(found: Calibration, covered: Coverage) -> Verdict:
    shares = {name: covered.shares[name] for name in constrained(found, covered)}
    wanted = f"{COVERED[0]} to {COVERED[1]} over {LEAST_TRUTHS} truths and more"
    if not covered.truths:
        return Verdict("90 % intervals cover", False, "no row has enough others near it", wanted)
    low, high = min(shares, key=lambda name: shares[name]), max(shares, key=lambda name: shares[name])
    passed = COVERED[0] <= shares[low] and shares[high] <= COVERED[1] and covered.truths >= LEAST_TRUTHS
    said = f"{shares[low]:.3f} ({low}) to {shares[high]:.3f} ({high}) over {covered.truths} truths"
    return Verdict("90 % intervals cover", passed, said, wanted)


def constrained(found: Calibration, covered: Coverage) -> list[str]:
    """Names of the levers' effects, and of the parameters that are learnt of."""
    ratios = spreads(found.rows.scores, found.weights)
    learnt = [
        found.rows.names[i] for i, ratio in zip(found.rows.adapting, ratios, strict=True) if ratio < CONSTRAINED
    ]
    return [name for name in covered.shares if name.startswith("effect ") or name in learnt]
