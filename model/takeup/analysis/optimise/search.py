"""Search among packages: their space, the race, the Pareto front, local search.

A package contains some options of a plan file, each in one of its sizes: the variants that the plan file lists.

Packages are compared draw by draw, with the same parameters, agents and random numbers, so that common variation
cancels out.

If there are too many packages to evaluate all, a Pareto local search is used (Paquete, Chiarandini and Stützle 2004):
in every round the neighbours of all packages on the Pareto front are ranked by their predicted value, and the first
few are evaluated. The predicted value of a neighbour is the value of the package plus, for each changed size, the
average value that the size has added in other packages. A neighbour is discarded if it would not reach the front even
if each size added the most that it has added in any package. The search is deterministic and does not depend on the
number of workers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from takeup.analysis.statistics import point_estimate
from takeup.report.i18n import ENGLISH, Language
from takeup.scenario import Scenario
from takeup.scenario.packages import Option, Options, Size

Package = tuple[int, ...]
"""Number of the selected size of each option, from 1; 0 if the option is not part of the package."""
EMPTY_PACKAGE: Final = "nothing"
"""Name of the package without any option."""
ROUNDING: Final = 1.0 + 1e-9
"""Relative tolerance of a cost above the budget, because sums depend on the order of summation."""


@dataclass(frozen=True)
class SearchSpace:
    """The packages within a budget, by the costs that are known before a simulation.

    Attributes:
        options: options of the plan file.
        costs: costs in yuan that do not depend on the population (fixed and monthly costs), by option and size.
        budget: budget in yuan.
    """

    options: Options
    costs: tuple[tuple[float, ...], ...]
    budget: float

    @property
    def empty_package(self) -> Package:
        """Package without any option."""
        return (0,) * len(self.options.each)

    def decode(self, package: Package) -> list[tuple[Option, Size]]:
        """Return each option that a package contains, with the selected size."""
        return [
            (option, option.sizes[size - 1]) for option, size in zip(self.options.each, package, strict=True) if size
        ]

    def name(self, package: Package) -> str:
        """Name a package by its options, such as "letters.large + online", or "nothing".

        The size is part of the name if the option has several.
        """
        parts = [
            option.name if len(option.sizes) == 1 else f"{option.name}.{size.name}"
            for option, size in self.decode(package)
        ]
        return " + ".join(parts) or EMPTY_PACKAGE

    def number_phrase(self, number: int, translate: Language = ENGLISH) -> str:
        """Format a number of packages, such as "1 package" or "64 packages"."""
        return translate("1 package") if number == 1 else translate("{number} packages", number=f"{number:,}")

    def scenario(self, package: Package, name: str | None = None) -> Scenario:
        """Make the scenario of a package; interventions are ordered as in the plan file."""
        stated = tuple(each for _, size in self.decode(package) for each in size.stated)
        title = "; ".join(option.title for option, _ in self.decode(package)) or "No option is bought"
        return Scenario(name or self.name(package), title, self.options.question, self.options.source, stated)

    def cost(self, package: Package) -> float:
        """Return the known cost of a package in yuan, a lower bound of its cost.

        Costs that depend on the population are not included.
        """
        return sum(costs[size - 1] for costs, size in zip(self.costs, package, strict=True) if size)

    def is_allowed(self, package: Package) -> bool:
        """Return whether the options are compatible and the known cost is in the budget."""
        selected = {option.name for option, _ in self.decode(package)}
        fits = all(not option.excludes & selected and option.needs <= selected for option, _ in self.decode(package))
        return fits and self.cost(package) <= self.budget * ROUNDING

    def packages(self) -> Iterator[Package]:
        """Yield all allowed packages, the empty one first."""
        yield from self._extend(())

    def cheapest(self) -> Package:
        """Return the non-empty package with the lowest known cost, within budget or not.

        If no combination of options is allowed, return the empty package.
        """
        unlimited = SearchSpace(self.options, self.costs, float("inf"))
        closures = [unlimited.requirement_closure(number) for number in range(len(self.options.each))]
        possible = [package for package in closures if unlimited.is_allowed(package)]
        return min(possible, key=self.cost, default=self.empty_package)

    def requirement_closure(self, number: int) -> Package:
        """Return the package of an option, given by number, and all options it requires.

        Each option has its cheapest size.
        """
        number_of = {option.name: position for position, option in enumerate(self.options.each)}
        pending, selected = [number], set[int]()
        while pending:
            option = pending.pop()
            if option not in selected:
                selected.add(option)
                pending += sorted(number_of[name] for name in self.options.each[option].needs)
        cheapest = [min(range(len(costs)), key=costs.__getitem__) + 1 for costs in self.costs]
        return tuple(size if option in selected else 0 for option, size in enumerate(cheapest))

    def neighbours(self, package: Package) -> Iterator[Package]:
        """Yield all allowed packages that differ from a package in one or two options."""
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

    def _extend(self, prefix: Package) -> Iterator[Package]:
        """Yield the allowed packages that begin with a prefix."""
        place, options = len(prefix), self.options.each
        spent = sum(self.costs[i][size - 1] for i, size in enumerate(prefix) if size)
        if spent > self.budget * ROUNDING:
            return
        if place == len(options):
            if self.is_allowed(prefix):
                yield prefix
            return
        earlier = {option.name: prefix[i] > 0 for i, option in enumerate(options[:place])}
        option = options[place]
        yield from self._extend((*prefix, 0))
        is_excluded = any(earlier.get(name, False) for name in option.excludes)
        lacks_required = any(not earlier.get(name, True) for name in option.needs)
        if not (is_excluded or lacks_required):
            for size in range(1, len(option.sizes) + 1):
                yield from self._extend((*prefix, size))


FIRST_STAGE_DRAWS: Final = 8
"""Number of draws before the first elimination; with fewer, the t margin is hardly ever exceeded."""
ELIMINATION_CONFIDENCE: Final = 0.999
"""Confidence level of an elimination; 1 minus it is the probability of one by a package that is no better."""
NEAR_POINTS: Final = 1.0
"""Largest distance from the best package, in percentage points, of a package that is near the best."""
_MEDIAN_ERROR: Final = np.sqrt(np.pi / 2.0)
"""Standard error of the median of normal values, in standard errors of their mean."""
_GOLDEN: Final = (np.sqrt(5.0) - 1.0) / 2.0
"""Golden ratio; the fractional parts of its multiples are evenly distributed."""

Values = NDArray[np.float64]


def draw_order(draws: int) -> list[int]:
    """Return an order of draws of which any first part is representative of all draws.

    The draws of a file may be sorted, so that the first ones are not representative.
    """
    return [int(draw) for draw in np.argsort((np.arange(draws) * _GOLDEN) % 1.0, kind="stable")]


def racing_schedule(draws: int) -> list[tuple[int, int]]:
    """Return begin and end of each stage of the race: 8, 16, 32, … and all draws."""
    ends = []
    end = FIRST_STAGE_DRAWS
    while end < draws:
        ends.append(end)
        end *= 2
    ends.append(draws)
    return list(zip([0, *ends[:-1]], ends, strict=True))


def is_eliminated(values: Values, costs: Values, *, drawn: bool) -> NDArray[np.bool_]:
    """Test which packages are significantly worse than one that costs no more.

    Packages are compared by the estimate that chooses the best one, see `takeup.analysis.statistics`: the median over
    draws of a posterior, the mean over replicates. Package q eliminates p if the estimate of q is higher, and the
    lower end of the one-sided interval (Student's t) of the estimate of v_q - v_p is above 0: a paired race (Maron
    and Moore 1994; Birattari et al. 2002) within the rounds of successive halving. The standard error of a median is
    taken as √(π/2) times that of the mean, which is correct for normal differences.

    Args:
        values: effects on take-up, shape (draws, packages), without missing values.
        costs: costs in yuan, shape (packages,).
        drawn: whether the runs are draws of a posterior; replicates otherwise.

    Returns:
        Whether each package is eliminated, shape (packages,).
    """
    draws, number = values.shape
    eliminated = np.zeros(number, dtype=bool)
    if draws < 2:
        return eliminated
    margin = stdtrit(draws - 1.0, ELIMINATION_CONFIDENCE) / np.sqrt(draws) * (_MEDIAN_ERROR if drawn else 1.0)
    centers = point_estimate(values, drawn=drawn)
    for p in range(number):
        difference = values - values[:, [p]]
        lower = point_estimate(difference, drawn=drawn) - margin * difference.std(axis=0, ddof=1)
        eliminated[p] = bool(((lower > 0.0) & (centers > centers[p]) & (costs <= costs[p])).any())
    return eliminated


def pareto_front(values: Values, costs: Values) -> NDArray[np.bool_]:
    """Find the packages on the Pareto front of cost and value.

    Along the front both cost and value increase. Of packages with the same cost and value, the first is on the front.

    Args:
        values: estimates of the effect, shape (packages,); a package with NaN is never on the front.
        costs: costs in yuan, shape (packages,).

    Returns:
        Whether each package is on the front, shape (packages,).
    """
    is_on_front = np.zeros(len(values), dtype=bool)
    best = -np.inf
    for place in np.lexsort((np.arange(len(values)), -values, costs)):
        if values[place] > best:
            is_on_front[place], best = True, values[place]
    return is_on_front


def indistinguishable_from_best(values: Values, within_budget: NDArray[np.bool_]) -> Values:
    """Compute the share of draws in which each package is near the best one.

    Near means within `NEAR_POINTS` of the best package within the budget.

    Args:
        values: effects in percentage points, shape (draws, packages); NaN where a package was not simulated, which
            excludes the draw for that package.
        within_budget: whether each package is within the budget, shape (packages,).

    Returns:
        Shares, shape (packages,); NaN for a package that was simulated in no draw.
    """
    best = np.where(np.isnan(values) | ~within_budget, -np.inf, values).max(axis=1, keepdims=True)
    simulated = ~np.isnan(values)
    near = simulated & (np.where(simulated, values, -np.inf) >= best - NEAR_POINTS)
    number = simulated.sum(axis=0)
    shares = np.divide(near.sum(axis=0), number, out=np.full(values.shape[1], np.nan), where=number > 0)
    return np.asarray(shares)


PACKAGES_PER_BATCH: Final = 32
"""Number of packages evaluated per round, regardless of the number of workers."""


class EvaluatedPackage(NamedTuple):
    """The evaluation of a package over the first draws.

    Attributes:
        value: estimate of the effect on take-up in percentage points, see `takeup.analysis.statistics`.
        cost: mean cost in yuan.
    """

    value: float
    cost: float


def search(
    space: SearchSpace, evaluate: Callable[[Sequence[Package]], list[EvaluatedPackage]], most: int
) -> tuple[dict[Package, EvaluatedPackage], bool]:
    """Evaluate packages in a local search, up to a maximum number.

    Args:
        space: space of packages.
        evaluate: function called with a batch of packages that have not been evaluated yet.
        most: maximum number of evaluated packages.

    Returns:
        The evaluated packages, and whether the search converged. It has converged if all packages that differ from
        the best in one option have been evaluated, and no neighbour of the Pareto front could improve the front.
    """
    evaluated: dict[Package, EvaluatedPackage] = {}

    def add(packages: Sequence[Package]) -> None:
        batch = list(packages)[: most - len(evaluated)]
        evaluated.update(zip(batch, evaluate(batch), strict=True))

    empty = space.empty_package
    closures = [space.requirement_closure(place) for place in range(len(space.options.each))]
    singles = [package for package in space.neighbours(empty) if sum(size > 0 for size in package) == 1]
    add(list(dict.fromkeys((empty, *singles, *(each for each in closures if space.is_allowed(each))))))
    while len(evaluated) < most:
        batch = _candidates(space, evaluated)[:PACKAGES_PER_BATCH]
        if not batch:
            return evaluated, True
        add(batch)
    return evaluated, not _candidates(space, evaluated)


def best_value(space: SearchSpace, evaluated: dict[Package, EvaluatedPackage]) -> Package:
    """Return the package with the highest value within the budget.

    Of packages with the same value, it is the cheapest; of these, the first in the order of their size numbers.
    """
    affordable = [package for package, evaluation in evaluated.items() if evaluation.cost <= space.budget]
    return min(affordable, key=lambda package: (-evaluated[package].value, evaluated[package].cost, package))


class _Added(NamedTuple):
    """Minimum, mean and maximum of the value that a size of an option added."""

    least: float = 0.0
    mean: float = 0.0
    most: float = 0.0


def _candidates(space: SearchSpace, evaluated: dict[Package, EvaluatedPackage]) -> list[Package]:
    """Return packages to evaluate next, those with the highest predicted value first."""
    best = best_value(space, evaluated)
    affordable = [package for package, evaluation in evaluated.items() if evaluation.cost <= space.budget]
    values, costs = (np.array([getattr(evaluated[each], name) for each in affordable]) for name in ("value", "cost"))
    is_on_front = pareto_front(values, costs)
    order = np.argsort(costs[is_on_front])
    front_costs, front_values = costs[is_on_front][order], values[is_on_front][order]
    added = _added(evaluated)
    predicted: dict[Package, float] = {}
    upper_bounds: dict[Package, float] = {}
    for base in (package for package, is_on in zip(affordable, is_on_front, strict=True) if is_on):
        for other in space.neighbours(base):
            if other not in evaluated:
                value, bound = (evaluated[base].value + each for each in _predict_change(base, other, added))
                predicted[other] = max(value, predicted.get(other, -np.inf))
                upper_bounds[other] = max(bound, upper_bounds.get(other, -np.inf))

    def could_improve(other: Package) -> bool:
        front_value = front_values[np.searchsorted(front_costs, space.cost(other), side="right") - 1]
        return upper_bounds[other] > front_value or _differences(best, other) == 1

    return sorted(filter(could_improve, predicted), key=lambda other: (-predicted[other], other))


def _added(evaluated: dict[Package, EvaluatedPackage]) -> dict[tuple[int, int], _Added]:
    """Compute the value that each size of an option added to a package.

    Only pairs of evaluated packages count that differ in nothing but this size.

    Returns:
        Minimum, mean and maximum of the added value, by the numbers of option and size.
    """
    differences: dict[tuple[int, int], list[float]] = {}
    for package, with_size in evaluated.items():
        for place, size in enumerate(package):
            without = evaluated.get((*package[:place], 0, *package[place + 1 :])) if size else None
            if without is not None:
                differences.setdefault((place, size), []).append(with_size.value - without.value)
    return {
        numbers: _Added(min(values), sum(values) / len(values), max(values))
        for numbers, values in differences.items()
    }


def _predict_change(base: Package, other: Package, added: dict[tuple[int, int], _Added]) -> tuple[float, float]:
    """Predict the change of value from one package to another, with an upper bound.

    The prediction is based on the mean value that each size added. In the upper bound, new sizes add the maximum
    value and removed sizes take away the minimum value that they added to any package.
    """
    predicted, upper_bound, unknown = 0.0, 0.0, _Added()
    for place, (before, after) in enumerate(zip(base, other, strict=True)):
        if before != after:
            new, old = added.get((place, after), unknown), added.get((place, before), unknown)
            predicted += new.mean - old.mean
            upper_bound += new.most - old.least
    return predicted, upper_bound


def _differences(one: Package, other: Package) -> int:
    return sum(first != second for first, second in zip(one, other, strict=True))
