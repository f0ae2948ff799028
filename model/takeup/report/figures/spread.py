"""Labels beside the ends of lines: as near to where they belong as they can be without overlapping."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression


def spread(wanted: Sequence[float], heights: Sequence[float], low: float, high: float) -> NDArray[np.float64]:
    """Centres of labels, in the order given, moved as little as possible from where they are wanted.

    A label's centre less what it would be if all touched may not fall from one label to the next: the nearest
    such centres, by least squares, are an isotonic regression.

    Args:
        wanted: where each label belongs.
        heights: of each label, in the same unit.
        low: where the room begins.
        high: where it ends; if it is too small the labels overrun it at this end.
    """
    if len(wanted) == 0:
        return np.empty(0)
    order = np.argsort(wanted, kind="stable")
    sizes = np.asarray(heights, dtype=np.float64)[order]
    touching = np.concatenate([[0.0], np.cumsum((sizes[:-1] + sizes[1:]) / 2)])
    free = isotonic_regression(np.asarray(wanted, dtype=np.float64)[order] - touching).x
    lowest, highest = low + sizes[0] / 2, high - sizes[-1] / 2 - touching[-1]
    centres = np.empty(len(order))
    centres[order] = np.maximum(np.minimum(free, highest), lowest) + touching
    return centres
