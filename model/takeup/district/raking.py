"""Raking: joint shares of all profiles that agree with the tables a district knows.

Iterative proportional fitting (Deming and Stephan 1940): from equal cells, each table in turn scales the cells to
its margins, until every margin agrees. The result is the joint distribution with the least assumed about it that
the tables allow.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from takeup.district.attributes import ATTRIBUTES, SHAPE
from takeup.errors import InputError

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
    worst = max(margins, key=lambda margin: distance(cells.reshape(-1), margin))
    raise InputError(
        "the tables contradict each other",
        key=f"table of {' and '.join(worst.of)}",
        given=f"{distance(cells.reshape(-1), worst):.2g} away from what the other tables allow",
        allowed="tables that agree on the attributes they share",
    )


def margin_of(joint: NDArray[np.float64], of: tuple[str, ...]) -> NDArray[np.float64]:
    """The shares by the given attributes (one axis each, in that order) of a joint distribution over profiles."""
    names = list(ATTRIBUTES)
    kept = joint.reshape(SHAPE).sum(axis=tuple(i for i, name in enumerate(names) if name not in of))
    order = np.argsort(np.argsort([names.index(name) for name in of]))
    return np.asarray(kept.transpose(order))


def distance(joint: NDArray[np.float64], margin: Margin) -> float:
    """The largest difference between a joint distribution's margin and the table, as a share of the population."""
    return float(np.abs(margin_of(joint, margin.of) - margin.shares).max())


def _axes(margin: Margin) -> tuple[int, ...]:
    return tuple(i for i, name in enumerate(ATTRIBUTES) if name not in margin.of)


def _aligned(margin: Margin) -> NDArray[np.float64]:
    """The table with all six axes, those it says nothing of having length 1."""
    order = np.argsort([list(ATTRIBUTES).index(name) for name in margin.of])
    shape = [len(levels) if name in margin.of else 1 for name, levels in ATTRIBUTES.items()]
    return np.asarray(margin.shares.transpose(order).reshape(shape))
