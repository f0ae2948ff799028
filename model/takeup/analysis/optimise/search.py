"""Packages: which options can be bought together, in which sizes, and what is known of their cost beforehand.

The race of packages over draws: who is clearly beaten, who stands on the frontier, how sure the best one is.

Packages are compared draw by draw, with the same parameters, people and luck, so that what they share cancels out.

Looking for good packages where there are too many to judge them all: from the frontier to its neighbours.

A local search over the frontier of what has been judged (Paquete, Chiarandini and Stützle 2004): in every round the
neighbours of all packages on the frontier are put in order of what they promise, and the first few are judged. What a
package promises is what its neighbour reached, and for each changed size what that size added elsewhere on average.
Left out is what would not reach the frontier even if each size added the most it has added anywhere. There is no
chance in it, and it does not depend on how the judging is divided over workers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from takeup.scenario import Scenario
from takeup.scenario.packages import Option, Options, Size

Package = tuple[int, ...]
"""The size of each option, counted from 1; 0: the option is not bought."""
EMPTY_PACKAGE: Final = "nothing"
"""The name of the package without any option."""
ROUNDING: Final = 1.0 + 1e-9
"""Sums in another order may differ by so much; what is as close to the budget as that is lived to be sure."""


def count_sizes(packages: int) -> str:
    """So many packages: 1 package, 64 packages."""
    return f"{packages:,} package" if packages == 1 else f"{packages:,} packages"


@dataclass(frozen=True)
class SearchSpace:
    """All packages that may be bought under a budget, as far as costs are known before anything is lived.

    Attributes:
        options: what there is.
        costs: by option and size, yuan that are spent whoever lives here: fixed and by the month.
        budget: yuan.
    """

    options: Options
    costs: tuple[tuple[float, ...], ...]
    budget: float

    @property
    def nothing(self) -> Package:
        """The package without any option."""
        return (0,) * len(self.options.each)

    def chosen(self, package: Package) -> list[tuple[Option, Size]]:
        """The options of a package, each with its size."""
        return [
            (option, option.sizes[size - 1]) for option, size in zip(self.options.each, package, strict=True) if size
        ]

    def name(self, package: Package) -> str:
        """Its options joined by " + ", each with its size if it comes in several; "nothing" for none."""
        parts = [
            option.name if len(option.sizes) == 1 else f"{option.name}.{size.name}"
            for option, size in self.chosen(package)
        ]
        return " + ".join(parts) or EMPTY_PACKAGE

    def scenario(self, package: Package, name: str | None = None) -> Scenario:
        """The policy that it is; interventions in the order of the plan file."""
        stated = tuple(each for _, size in self.chosen(package) for each in size.stated)
        title = "; ".join(option.title for option, _ in self.chosen(package)) or "Nothing is bought"
        return Scenario(name or self.name(package), title, self.options.question, self.options.source, stated)

    def cost(self, package: Package) -> float:
        """Yuan that it costs whoever lives here: no more than its cost."""
        return sum(costs[size - 1] for costs, size in zip(self.costs, package, strict=True) if size)

    def is_allowed(self, package: Package) -> bool:
        """Whether its options go together and it is not over the budget as far as is known."""
        bought = {option.name for option, _ in self.chosen(package)}
        fits = all(not option.excludes & bought and option.needs <= bought for option, _ in self.chosen(package))
        return fits and self.cost(package) <= self.budget * ROUNDING

    def packages(self) -> Iterator[Package]:
        """All that are allowed, from nothing on, made one by one."""
        yield from self._with(())

    def cheapest(self) -> Package:
        """Of all packages that may be bought at any price, nothing apart, the one of the least known cost."""
        anything = SearchSpace(self.options, self.costs, float("inf"))
        closed = [anything.closure(number) for number in range(len(self.options.each))]
        possible = [package for package in closed if anything.is_allowed(package)]
        return min(possible, key=self.cost, default=self.nothing)

    def closure(self, number: int) -> Package:
        """The cheapest size of an option, with the cheapest of all that it needs."""
        places = {option.name: place for place, option in enumerate(self.options.each)}
        wanted, bought = [number], set[int]()
        while wanted:
            place = wanted.pop()
            if place not in bought:
                bought.add(place)
                wanted += sorted(places[name] for name in self.options.each[place].needs)
        cheapest = [min(range(len(costs)), key=costs.__getitem__) + 1 for costs in self.costs]
        return tuple(cheapest[place] if place in bought else 0 for place in range(len(self.options.each)))

    def neighbours(self, package: Package) -> Iterator[Package]:
        """All allowed packages that differ in one option or two: added, left out, resized, exchanged."""
        sizes = [range(len(option.sizes) + 1) for option in self.options.each]
        for number in (1, 2):
            for places in combinations(range(len(package)), number):
                for other in self._changed(package, places, sizes):
                    if self.is_allowed(other):
                        yield other

    def _changed(self, package: Package, places: Sequence[int], sizes: list[range]) -> Iterator[Package]:
        place, *others = places
        for size in sizes[place]:
            if size != package[place]:
                changed = (*package[:place], size, *package[place + 1 :])
                if others:
                    yield from self._changed(changed, others, sizes)
                else:
                    yield changed

    def _with(self, chosen: Package) -> Iterator[Package]:
        """The allowed packages that begin like this."""
        place, options = len(chosen), self.options.each
        spent = sum(self.costs[i][size - 1] for i, size in enumerate(chosen) if size)
        if spent > self.budget * ROUNDING:
            return
        if place == len(options):
            if self.is_allowed(chosen):
                yield chosen
            return
        earlier = {option.name: chosen[i] > 0 for i, option in enumerate(options[:place])}
        option = options[place]
        yield from self._with((*chosen, 0))
        clashes = any(earlier.get(name, False) for name in option.excludes)
        lacks = any(not earlier.get(name, True) for name in option.needs)
        if not (clashes or lacks):
            for size in range(1, len(option.sizes) + 1):
                yield from self._with((*chosen, size))


FIRST_STAGE_DRAWS: Final = 8
"""Draws before anything is dropped: with fewer the t distribution asks for a margin that hardly anything reaches."""
CLEAR: Final = 0.999
"""One minus the chance that a look drops a package for one rival that is not better in the long run."""
NEAR_POINTS: Final = 1.0
"""Within so many percentage points a package is as good as the best."""
_GOLDEN: Final = (np.sqrt(5.0) - 1.0) / 2.0

Values = NDArray[np.float64]


def draw_order(draws: int) -> list[int]:
    """The draws in an order in which the first few are spread over all of them, for a file may be sorted."""
    return [int(draw) for draw in np.argsort((np.arange(draws) * _GOLDEN) % 1.0, kind="stable")]


def racing_schedule(draws: int) -> list[tuple[int, int]]:
    """From which to which draw each look goes: after 8, 16, 32, … and all draws."""
    ends = []
    end = FIRST_STAGE_DRAWS
    while end < draws:
        ends.append(end)
        end *= 2
    ends.append(draws)
    return list(zip([0, *ends[:-1]], ends, strict=True))


def is_eliminated(values: Values, costs: Values) -> NDArray[np.bool_]:
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


def pareto_front(values: Values, costs: Values) -> NDArray[np.bool_]:
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


def indistinguishable_from_best(values: Values, within_budget: NDArray[np.bool_]) -> Values:
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


PACKAGES_PER_BATCH: Final = 32
"""Packages judged a round, whatever the number of workers."""


class EvaluatedPackage(NamedTuple):
    """What a package was found to do.

    Attributes:
        value: mean over the first draws.
        cost: yuan.
    """

    value: float
    cost: float


def search(
    space: SearchSpace, judge: Callable[[Sequence[Package]], list[EvaluatedPackage]], most: int
) -> tuple[dict[Package, EvaluatedPackage], bool]:
    """Judge promising packages until none is left, or `most` have been judged.

    Args:
        space: the packages.
        judge: called with a batch of packages that have not been judged yet.
        most: packages judged at the most.

    Returns:
        What was judged, and whether the search came to its end: all that differ from the best package in one option
        have been judged, and no neighbour of the frontier gives hope of going beyond it.
    """
    judged: dict[Package, EvaluatedPackage] = {}

    def look(packages: Sequence[Package]) -> None:
        batch = list(packages)[: most - len(judged)]
        judged.update(zip(batch, judge(batch), strict=True))

    alone = [space.closure(place) for place in range(len(space.options.each))]
    singles = [package for package in space.neighbours(space.nothing) if sum(size > 0 for size in package) == 1]
    start = dict.fromkeys((space.nothing, *singles, *(each for each in alone if space.is_allowed(each))))
    look(list(start))
    while len(judged) < most:
        batch = _promising(space, judged)[:PACKAGES_PER_BATCH]
        if not batch:
            return judged, True
        look(batch)
    return judged, not _promising(space, judged)


def best_value(space: SearchSpace, judged: dict[Package, EvaluatedPackage]) -> Package:
    """The package of the highest value within the budget; of those alike the cheapest, then the first."""
    affordable = [package for package, found in judged.items() if found.cost <= space.budget]
    return min(affordable, key=lambda package: (-judged[package].value, judged[package].cost, package))


class _Added(NamedTuple):
    """What a size added where packages with and without it have been judged: the least, the mean and the most."""

    least: float = 0.0
    mean: float = 0.0
    most: float = 0.0


def _promising(space: SearchSpace, judged: dict[Package, EvaluatedPackage]) -> list[Package]:
    """What is worth judging next, the most promising first."""
    best = best_value(space, judged)
    affordable = [package for package, found in judged.items() if found.cost <= space.budget]
    values, costs = (np.array([getattr(judged[each], name) for each in affordable]) for name in ("value", "cost"))
    on = pareto_front(values, costs)
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


def _added(judged: dict[Package, EvaluatedPackage]) -> dict[tuple[int, int], _Added]:
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
