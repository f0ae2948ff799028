"""Shapley values: what each of several players adds to what they reach together, whatever the order they join in.

Shapley (1953), A value for n-person games. Computed from the worth of every coalition, so exact; no order is sampled.
"""

from __future__ import annotations

from math import comb

import numpy as np
from numpy.typing import NDArray


def shapley(worth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each player's value: what they add, on average over all orders of joining.

    The values sum to the worth of all players less that of none.

    Args:
        worth: (…, 2^n) of every coalition; player i belongs to the coalitions whose number has bit i.

    Returns:
        (…, n) values.
    """
    players = worth.shape[-1].bit_length() - 1
    coalitions = np.arange(worth.shape[-1])
    sizes = np.array([int(coalition).bit_count() for coalition in coalitions])
    values = np.empty((*worth.shape[:-1], players))
    for player in range(players):
        without = coalitions[(coalitions >> player) & 1 == 0]
        added = worth[..., without | (1 << player)] - worth[..., without]
        # Of all orders, this share has exactly these players before this one.
        weights = np.array([1.0 / (players * comb(players - 1, size)) for size in sizes[without].tolist()])
        values[..., player] = added @ weights
    return values
