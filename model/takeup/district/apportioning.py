"""Whole numbers in proportion to weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def apportioned(weights: ArrayLike, total: int, least: int = 0) -> NDArray[np.int64]:
    """The total in whole numbers: to each the least, and the rest in proportion to the weights.

    By largest remainder (Hamilton's method), ties to the first, so that the sum is exact.

    Args:
        weights: of any scale, none below 0 and not all 0.
        total: what is shared out, at least `least` for each.
        least: what each has at the least.
    """
    shares = np.asarray(weights, dtype=np.float64)
    rest = total - least * len(shares)
    quota = shares / shares.sum() * rest
    whole = np.floor(quota).astype(np.int64)
    order = np.argsort(whole - quota, kind="stable")
    whole[order[: rest - int(whole.sum())]] += 1
    return np.asarray(whole + least)
