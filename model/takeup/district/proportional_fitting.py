"""Whole numbers in proportion to weights.

Raking: joint shares of all profiles that agree with the tables a district knows.

Iterative proportional fitting (Deming and Stephan 1940): from equal cells, each table in turn scales the cells to
its margins, until every margin agrees. The result is the joint distribution with the least assumed about it that
the tables allow.

Two-way tables that agree: each with the tables of its two attributes, and all with each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from takeup.district.attributes import ATTRIBUTES, SHAPE
from takeup.errors import InputError


def largest_remainder(weights: ArrayLike, total: int, least: int = 0) -> NDArray[np.int64]:
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


TOLERANCE = 1e-10
_MOST_ROUNDS = 5_000


@dataclass(frozen=True)
class Margin:
    """Shares by one or two attributes: `shares` has one axis an attribute, in the order of `of`, and sums to 1."""

    of: tuple[str, ...]
    shares: NDArray[np.float64]


def rake(margins: list[Margin]) -> NDArray[np.float64]:
    """Joint shares of the profiles, shape (profiles,), whose margins agree with all tables within 1e-10.

    Raises:
        InputError: the tables contradict each other.
    """
    cells = np.full(SHAPE, 1.0 / np.prod(SHAPE))
    targets = [(_axes(margin), _aligned(margin)) for margin in margins]
    for _ in range(_MOST_ROUNDS):
        for others, target in targets:
            now = cells.sum(axis=others, keepdims=True)
            cells = cells * np.divide(target, now, out=np.zeros_like(target), where=now > 0)
        if all(
            np.abs(cells.sum(axis=others, keepdims=True) - target).max() <= TOLERANCE for others, target in targets
        ):
            return np.asarray(cells / cells.sum()).reshape(-1)
    worst = max(margins, key=lambda margin: margin_error(cells.reshape(-1), margin))
    raise InputError(
        "the tables contradict each other",
        key=f"table of {' and '.join(worst.of)}",
        given=f"{margin_error(cells.reshape(-1), worst):.2g} away from what the other tables allow",
        allowed="tables that agree on the attributes they share",
    )


def margin_of(joint: NDArray[np.float64], of: tuple[str, ...]) -> NDArray[np.float64]:
    """The shares by the given attributes (one axis each, in that order) of a joint distribution over profiles."""
    names = list(ATTRIBUTES)
    kept = joint.reshape(SHAPE).sum(axis=tuple(i for i, name in enumerate(names) if name not in of))
    order = np.argsort(np.argsort([names.index(name) for name in of]))
    return np.asarray(kept.transpose(order))


def margin_error(joint: NDArray[np.float64], margin: Margin) -> float:
    """The largest difference between a joint distribution's margin and the table, as a share of the population."""
    return float(np.abs(margin_of(joint, margin.of) - margin.shares).max())


def _axes(margin: Margin) -> tuple[int, ...]:
    return tuple(i for i, name in enumerate(ATTRIBUTES) if name not in margin.of)


def _aligned(margin: Margin) -> NDArray[np.float64]:
    """The table with all six axes, those it says nothing of having length 1."""
    order = np.argsort([list(ATTRIBUTES).index(name) for name in margin.of])
    shape = [len(levels) if name in margin.of else 1 for name, levels in ATTRIBUTES.items()]
    return np.asarray(margin.shares.transpose(order).reshape(shape))


_AGREED: Final = 1e-11
"""More than is lost by writing shares down, and less than raking asks of tables."""
_MOST_ROUNDS_fitting: Final = 20_000


def fit_margins(
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
    for _ in range(_MOST_ROUNDS_fitting):
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
