"""The race of packages over draws: who is clearly beaten, who stands on the frontier, how sure the best one is.

Packages are compared draw by draw, with the same parameters, people and luck, so that what they share cancels out.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

FIRST_LOOK: Final = 8
"""Draws before anything is dropped: with fewer the t distribution asks for a margin that hardly anything reaches."""
CLEAR: Final = 0.999
"""One minus the chance that a look drops a package for one rival that is not better in the long run."""
NEAR_POINTS: Final = 1.0
"""Within so many percentage points a package is as good as the best."""
_GOLDEN: Final = (np.sqrt(5.0) - 1.0) / 2.0

Values = NDArray[np.float64]


def order_of(draws: int) -> list[int]:
    """The draws in an order in which the first few are spread over all of them, for a file may be sorted."""
    return [int(draw) for draw in np.argsort((np.arange(draws) * _GOLDEN) % 1.0, kind="stable")]


def looks(draws: int) -> list[tuple[int, int]]:
    """From which to which draw each look goes: after 8, 16, 32, … and all draws."""
    ends = []
    end = FIRST_LOOK
    while end < draws:
        ends.append(end)
        end *= 2
    ends.append(draws)
    return list(zip([0, *ends[:-1]], ends, strict=True))


def beaten(values: Values, costs: Values) -> NDArray[np.bool_]:
    """Which packages are clearly beaten by one that costs no more.

    q beats p clearly if the lower end of the one-sided interval (Student's t) of the mean over draws of v_q - v_p is
    above 0: a paired race (Maron and Moore 1994; Birattari et al. 2002) within the rounds of successive halving.

    Args:
        values: (draws, packages), nothing missing.
        costs: (packages,) yuan.
    """
    draws, number = values.shape
    lost = np.zeros(number, dtype=bool)
    if draws < 2:
        return lost
    margin = stdtrit(draws - 1.0, CLEAR) / np.sqrt(draws)
    for p in range(number):
        better = values - values[:, [p]]
        lower = better.mean(axis=0) - margin * better.std(axis=0, ddof=1)
        lost[p] = bool(((lower > 0.0) & (costs <= costs[p])).any())
    return lost


def frontier(values: Values, costs: Values) -> NDArray[np.bool_]:
    """Which packages no other is at least as good as at no more cost; of those alike in both, the first.

    Along the frontier both cost and value rise.

    Args:
        values: (packages,) means; NaN: never on it.
        costs: (packages,) yuan.
    """
    on = np.zeros(len(values), dtype=bool)
    best = -np.inf
    for place in np.lexsort((np.arange(len(values)), -values, costs)):
        if values[place] > best:
            on[place], best = True, values[place]
    return on


def near_best(values: Values, within_budget: NDArray[np.bool_]) -> Values:
    """The share of draws in which each package is within `NEAR_POINTS` of the best one within the budget.

    Args:
        values: (draws, packages) percentage points; NaN where a package was not lived, which leaves the draw out for
            it.
        within_budget: (packages,); the best of a draw is one of these.

    Returns:
        (packages,), NaN for a package that was lived in no draw.
    """
    best = np.where(np.isnan(values) | ~within_budget, -np.inf, values).max(axis=1, keepdims=True)
    lived = ~np.isnan(values)
    near = lived & (np.where(lived, values, -np.inf) >= best - NEAR_POINTS)
    number = lived.sum(axis=0)
    shares = np.divide(near.sum(axis=0), number, out=np.full(values.shape[1], np.nan), where=number > 0)
    return np.asarray(shares)
