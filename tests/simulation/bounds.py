"""How far chance may lead: bounds for statistical tests, each with its error rate.

Seeds are fixed, so a test that passes goes on passing; the rates tell how likely a right model was to fail it when it
was written.
"""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

SIGMAS = 5.0
"""Two-sided error rate of one comparison: 6e-7."""

LEAST_P = 1e-6
"""Error rate of one test of fit."""


def assert_count(observed: float, expected: float, variance: float, what: str) -> None:
    """A count is within five standard deviations of its expectation (error rate 6e-7)."""
    away = (observed - expected) / sqrt(variance)
    assert abs(away) <= SIGMAS, f"{what}: {observed:g} is {away:.1f} standard deviations from {expected:g}"


def assert_mean(differences: Any, what: str) -> None:
    """Independent differences average to 0 within five standard errors (error rate 6e-7)."""
    values = np.asarray(differences, dtype=float)
    assert_count(float(values.sum()), 0.0, float(values.var(ddof=1)) * len(values), what)


def assert_fits(counts: Any, expected: Any, what: str) -> None:
    """Counts fit their expectations by Pearson's chi-square (error rate 1e-6).

    Cells that expect fewer than 5 are taken together.
    """
    observed, wanted = _pooled(np.asarray(counts, dtype=float).ravel(), np.asarray(expected, dtype=float).ravel())
    probability = float(stats.chisquare(observed, wanted * observed.sum() / wanted.sum()).pvalue)
    assert abs(wanted.sum() / observed.sum() - 1.0) < 1e-6, f"{what}: the expectations do not sum to the count"
    assert probability >= LEAST_P, f"{what}: such a fit has probability {probability:.2g}"


def assert_uniform(values: Any, what: str) -> None:
    """Values are uniform on [0, 1) by Kolmogorov and Smirnov (error rate 1e-6)."""
    probability = float(stats.kstest(values, "uniform").pvalue)
    assert probability >= LEAST_P, f"{what}: such values have probability {probability:.2g}"


def _pooled(observed: NDArray[np.float64], wanted: NDArray[np.float64]) -> tuple[Any, Any]:
    sparse = wanted < 5.0
    if not sparse.any():
        return observed, wanted
    assert wanted[sparse].sum() > 0 or observed[sparse].sum() == 0, "something impossible was seen"
    return np.append(observed[~sparse], observed[sparse].sum()), np.append(
        wanted[~sparse], max(wanted[sparse].sum(), 1e-9)
    )
