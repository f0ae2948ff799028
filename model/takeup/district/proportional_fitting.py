"""Iterative proportional fitting of tables, and rounding to whole numbers.

Iterative proportional fitting (Deming and Stephan 1940, Annals of Mathematical Statistics 11, 427-444), also called
raking, scales the cells of a table to each of its margins in turn until all margins agree. It keeps the odds ratios
of the cells it starts from. If it starts from equal cells, the result has the largest entropy of all joint
distributions with these margins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from takeup.district.attributes import ATTRIBUTES, SHAPE
from takeup.errors import InputError
from takeup.message import Message

TOLERANCE: Final = 1e-10
"""Largest difference between a joint distribution and a district's table, as a share of the population."""
_MAX_ROUNDS: Final = 5_000
_PAIR_TOLERANCE: Final = 1e-11
"""Largest difference for two-way tables from a survey: above the rounding of written shares, below TOLERANCE."""
_PAIR_MAX_ROUNDS: Final = 20_000

_Target = tuple[tuple[int, ...], NDArray[np.float64]]
"""The axes that a margin sums over, and its shares with length 1 along these axes."""


@dataclass(frozen=True)
class Margin:
    """Shares by one or two attributes.

    Attributes:
        of: names of the attributes.
        shares: shares with one axis per attribute, in the order of `of`; their sum is 1.
    """

    of: tuple[str, ...]
    shares: NDArray[np.float64]


def rake(margins: Sequence[Margin]) -> NDArray[np.float64]:
    """Compute joint shares of the profiles that agree with all margins within 1e-10.

    Returns:
        Shares, shape (profiles,), with the largest entropy that the margins allow.

    Raises:
        InputError: the margins contradict each other.
    """
    targets = [_target(margin) for margin in margins]
    cells, converged = _fit(np.full(SHAPE, 1.0 / np.prod(SHAPE)), targets, TOLERANCE, _MAX_ROUNDS)
    if converged:
        return np.asarray(cells / cells.sum()).reshape(-1)
    errors = [margin_error(cells.reshape(-1), margin) for margin in margins]
    worst = int(np.argmax(errors))
    raise InputError(
        "the tables contradict each other",
        key=Message("table of {names}", names=margins[worst].of),
        given=Message(
            "a difference of {difference:.2g} from the shares that agree with the other tables",
            difference=errors[worst],
        ),
        allowed="tables that agree on the attributes they share",
    )


def fit_margins(
    cells: NDArray[np.float64], rows: NDArray[np.float64], columns: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    """Scale a two-way table until it sums to both margins; its odds ratios are kept.

    An empty row or column whose margin is above 0 is filled as if the two attributes were independent.

    Args:
        cells: shares or sums of weights, shape (rows, columns).
        rows: shares by row, which sum to 1.
        columns: shares by column, which sum to 1.

    Returns:
        Shares, shape (rows, columns); None if empty cells make agreement impossible.
    """
    cells = cells / cells.sum()
    targets: list[_Target] = [((1,), rows[:, np.newaxis]), ((0,), columns[np.newaxis, :])]
    if _agree(cells, targets, _PAIR_TOLERANCE):
        return np.asarray(cells)
    empty = (cells.sum(axis=1, keepdims=True) == 0.0) | (cells.sum(axis=0, keepdims=True) == 0.0)
    start = np.where(empty, np.outer(rows, columns), cells)
    fitted, converged = _fit(start, targets, _PAIR_TOLERANCE, _PAIR_MAX_ROUNDS)
    return fitted if converged else None


def margin_of(joint: NDArray[np.float64], of: tuple[str, ...]) -> NDArray[np.float64]:
    """Sum a joint distribution over all attributes but the given ones.

    Args:
        joint: shares of the profiles, shape (profiles,).
        of: attributes.

    Returns:
        Shares with one axis per attribute of `of`, in that order.
    """
    names = list(ATTRIBUTES)
    kept = joint.reshape(SHAPE).sum(axis=tuple(axis for axis, name in enumerate(names) if name not in of))
    order = np.argsort(np.argsort([names.index(name) for name in of]))
    return np.asarray(kept.transpose(order))


def margin_error(joint: NDArray[np.float64], margin: Margin) -> float:
    """Compute the largest difference of a joint distribution from a table, as a share."""
    return float(np.abs(margin_of(joint, margin.of) - margin.shares).max())


def largest_remainder(
    weights: ArrayLike, total: int, least: int = 0, *, tie_decimals: int | None = None
) -> NDArray[np.int64]:
    """Divide a total in proportion to weights, by largest remainder (Hamilton).

    The sum is exact. Of equal remainders, the first are rounded up.

    Args:
        weights: weights of any scale, none below 0 and not all 0.
        total: the total, at least `least` times the number of weights.
        least: smallest number that each weight receives.
        tie_decimals: decimals to which quotas and remainders are rounded before they are compared, so that
            remainders which differ only by floating-point error are equal; None: compare them as they are.
    """
    shares = np.asarray(weights, dtype=np.float64)
    rest = total - least * len(shares)
    quota = shares / shares.sum() * rest
    if tie_decimals is not None:
        quota = np.round(quota, tie_decimals)
    whole = np.floor(quota).astype(np.int64)
    remainder = quota - whole
    if tie_decimals is not None:
        remainder = np.round(remainder, tie_decimals)
    order = np.argsort(-remainder, kind="stable")
    whole[order[: rest - int(whole.sum())]] += 1
    return np.asarray(whole + least)


def _fit(
    cells: NDArray[np.float64], targets: Sequence[_Target], tolerance: float, max_rounds: int
) -> tuple[NDArray[np.float64], bool]:
    """Fit cells to targets; return them and whether they agree with all targets."""
    for _ in range(max_rounds):
        for axes, target in targets:
            current = cells.sum(axis=axes, keepdims=True)
            cells = cells * np.divide(target, current, out=np.zeros_like(target), where=current > 0.0)
        if _agree(cells, targets, tolerance):
            return cells, True
    return cells, False


def _agree(cells: NDArray[np.float64], targets: Sequence[_Target], tolerance: float) -> bool:
    return all(np.abs(cells.sum(axis=axes, keepdims=True) - target).max() <= tolerance for axes, target in targets)


def _target(margin: Margin) -> _Target:
    """Return the axes to sum joint shares over, and the shares that must result."""
    order = np.argsort([list(ATTRIBUTES).index(name) for name in margin.of])
    shape = [len(levels) if name in margin.of else 1 for name, levels in ATTRIBUTES.items()]
    axes = tuple(axis for axis, name in enumerate(ATTRIBUTES) if name not in margin.of)
    return axes, np.asarray(margin.shares.transpose(order).reshape(shape))
