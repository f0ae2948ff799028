"""Looking for good packages where there are too many to judge them all: from the frontier to its neighbours.

A local search over the frontier of what has been judged (Paquete, Chiarandini and Stützle 2004): in every round the
neighbours of all packages on the frontier are put in order of what they promise, and the first few are judged. What a
package promises is what its neighbour reached, and for each changed size what that size added elsewhere on average.
Left out is what would not reach the frontier even if each size added the most it has added anywhere. There is no
chance in it, and it does not depend on how the judging is divided over workers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np

from takeup.answers.plan.packages import Package, Space
from takeup.answers.plan.race import frontier

BATCH: Final = 32
"""Packages judged a round, whatever the number of workers."""


class Judged(NamedTuple):
    """What a package was found to do.

    Attributes:
        value: mean over the first draws.
        cost: yuan.
    """

    value: float
    cost: float


def search(
    space: Space, judge: Callable[[Sequence[Package]], list[Judged]], most: int
) -> tuple[dict[Package, Judged], bool]:
    """Judge promising packages until none is left, or `most` have been judged.

    Args:
        space: the packages.
        judge: called with a batch of packages that have not been judged yet.
        most: packages judged at the most.

    Returns:
        What was judged, and whether the search came to its end: all that differ from the best package in one option
        have been judged, and no neighbour of the frontier gives hope of going beyond it.
    """
    judged: dict[Package, Judged] = {}

    def look(packages: Sequence[Package]) -> None:
        batch = list(packages)[: most - len(judged)]
        judged.update(zip(batch, judge(batch), strict=True))

    alone = [space.closure(place) for place in range(len(space.options.each))]
    singles = [package for package in space.neighbours(space.nothing) if sum(size > 0 for size in package) == 1]
    start = dict.fromkeys((space.nothing, *singles, *(each for each in alone if space.is_allowed(each))))
    look(list(start))
    while len(judged) < most:
        batch = _promising(space, judged)[:BATCH]
        if not batch:
            return judged, True
        look(batch)
    return judged, not _promising(space, judged)


def best_of(space: Space, judged: dict[Package, Judged]) -> Package:
    """The package of the highest value within the budget; of those alike the cheapest, then the first."""
    affordable = [package for package, found in judged.items() if found.cost <= space.budget]
    return min(affordable, key=lambda package: (-judged[package].value, judged[package].cost, package))


class _Added(NamedTuple):
    """What a size added where packages with and without it have been judged: the least, the mean and the most."""

    least: float = 0.0
    mean: float = 0.0
    most: float = 0.0


def _promising(space: Space, judged: dict[Package, Judged]) -> list[Package]:
    """What is worth judging next, the most promising first."""
    best = best_of(space, judged)
    affordable = [package for package, found in judged.items() if found.cost <= space.budget]
    values, costs = (np.array([getattr(judged[each], name) for each in affordable]) for name in ("value", "cost"))
    on = frontier(values, costs)
    order = np.argsort(costs[on])
    costs_on, values_on = costs[on][order], values[on][order]
    added = _added(judged)
    promises: dict[Package, float] = {}
    hopes: dict[Package, float] = {}
    for base in (package for package, is_on in zip(affordable, on, strict=True) if is_on):
        for other in space.neighbours(base):
            if other not in judged:
                promise, hope = (judged[base].value + each for each in _change(base, other, added))
                promises[other] = max(promise, promises.get(other, -np.inf))
                hopes[other] = max(hope, hopes.get(other, -np.inf))

    def gives_hope(other: Package) -> bool:
        reached = values_on[np.searchsorted(costs_on, space.cost(other), side="right") - 1]
        return hopes[other] > reached or _differences(best, other) == 1

    return sorted(filter(gives_hope, promises), key=lambda other: (-promises[other], other))


def _added(judged: dict[Package, Judged]) -> dict[tuple[int, int], _Added]:
    """What each size added, by option and size."""
    found: dict[tuple[int, int], list[float]] = {}
    for package, one in judged.items():
        for place, size in enumerate(package):
            without = judged.get((*package[:place], 0, *package[place + 1 :])) if size else None
            if without is not None:
                found.setdefault((place, size), []).append(one.value - without.value)
    return {where: _Added(min(more), sum(more) / len(more), max(more)) for where, more in found.items()}


def _change(base: Package, other: Package, added: dict[tuple[int, int], _Added]) -> tuple[float, float]:
    """What a change promises, and what it gives to hope for.

    Each size adds what it added on average; in hope, sizes bought add the most they added anywhere, sizes given up
    the least.
    """
    promise, hope, nothing = 0.0, 0.0, _Added()
    for place, (before, after) in enumerate(zip(base, other, strict=True)):
        if before != after:
            new, old = added.get((place, after), nothing), added.get((place, before), nothing)
            promise += new.mean - old.mean
            hope += new.most - old.least
    return promise, hope


def _differences(one: Package, other: Package) -> int:
    return sum(mine != theirs for mine, theirs in zip(one, other, strict=True))
