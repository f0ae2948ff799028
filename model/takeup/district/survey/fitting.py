"""Two-way tables that agree: each with the tables of its two attributes, and all with each other."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from takeup.district.raking import Margin, rake
from takeup.errors import InputError

_AGREED: Final = 1e-11
"""More than is lost by writing shares down, and less than raking asks of tables."""
_MOST_ROUNDS: Final = 20_000


def fitted(
    cells: NDArray[np.float64], rows: NDArray[np.float64], columns: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    """The cells scaled by rows and columns until they sum to both margins (iterative proportional fitting).

    The odds ratios of the cells stay as they are. A row or column without anybody, of which the margin yet knows
    somebody, is taken as independent.

    Args:
        cells: shares or sums of weights, shape (rows, columns).
        rows: the shares it must have by row, summing to 1.
        columns: the same by column.

    Returns:
        The shares; None if empty cells leave no way to agree.
    """
    now = cells / cells.sum()
    if _apart(now, rows, columns) <= _AGREED:
        return np.asarray(now)
    independent = np.outer(rows, columns)
    nobody = (now.sum(axis=1, keepdims=True) == 0.0) | (now.sum(axis=0, keepdims=True) == 0.0)
    now = np.where(nobody, independent, now)
    for _ in range(_MOST_ROUNDS):
        now = now * _factors(rows, now.sum(axis=1))[:, np.newaxis]
        now = now * _factors(columns, now.sum(axis=0))
        if _apart(now, rows, columns) <= _AGREED:
            return np.asarray(now)
    return None


def check_agreement(margins: list[Margin]) -> None:
    """Find out whether there can be people of whom all these tables are true.

    Raises:
        InputError: raking to them finds none.
    """
    try:
        rake(margins)
    except InputError as error:
        raise InputError(
            "the two-way tables cannot be brought together: cells are empty, or different people answered them",
            key="--pairs",
            given=error.key,
            allowed="fewer pairs",
        ) from None


def _factors(wanted: NDArray[np.float64], found: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(wanted, found, out=np.zeros_like(wanted), where=found > 0.0)


def _apart(cells: NDArray[np.float64], rows: NDArray[np.float64], columns: NDArray[np.float64]) -> float:
    return float(max(np.abs(cells.sum(axis=1) - rows).max(), np.abs(cells.sum(axis=0) - columns).max()))
