"""Figures that cannot be met: alone, or together."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from takeup_calibration.figures import Figure

_BEYOND = 3.0
"""Tolerances away: what is so far off cannot be met."""


def unreachable(figures: list[Figure], predicted: NDArray[np.float64]) -> list[tuple[Figure, float]]:
    """Fitted figures that no row comes near, each with the nearest that the model gives.

    Args:
        figures: F of them.
        predicted: (N, F).
    """
    found = []
    for column, figure in enumerate(figures):
        known = predicted[~np.isnan(predicted[:, column]), column]
        if figure.fit and len(known):
            distance = figure.distance(known)
            if distance.min() > _BEYOND:
                found.append((figure, float(known[distance.argmin()])))
    return found


def contradicting(figures: list[Figure]) -> list[tuple[Figure, Figure]]:
    """Pairs of fitted figures that say different things of one expression and one time."""
    return [
        (one, other)
        for one, other in combinations([figure for figure in figures if figure.fit], 2)
        if (one.expression.text, one.first, one.last) == (other.expression.text, other.first, other.last)
        and max(one.low - other.high, other.low - one.high)
        > _BEYOND * float(np.hypot(one.tolerance, other.tolerance))
    ]


def never_together(figures: list[Figure], predicted: NDArray[np.float64]) -> list[tuple[Figure, Figure]]:
    """Pairs of fitted figures that are each met by some row, but by none together.

    Args:
        figures: F of them.
        predicted: (N, F).
    """
    apart = {
        figure.name: figure.distance(predicted[:, column]) for column, figure in enumerate(figures) if figure.fit
    }
    met = [figure for figure in figures if figure.fit and np.nanmin(apart[figure.name], initial=np.inf) <= _BEYOND]
    return [
        (one, other)
        for one, other in combinations(met, 2)
        if np.nanmin(np.maximum(apart[one.name], apart[other.name]), initial=np.inf) > _BEYOND
    ]
