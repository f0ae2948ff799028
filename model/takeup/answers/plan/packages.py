"""Packages: which options can be bought together, in which sizes, and what is known of their cost beforehand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from takeup.scenario import Scenario
from takeup.scenario.plan_file import Option, Options, Size

Package = tuple[int, ...]
"""The size of each option, counted from 1; 0: the option is not bought."""
NOTHING: Final = "nothing"
"""The name of the package without any option."""
ROUNDING: Final = 1.0 + 1e-9
"""Sums in another order may differ by so much; what is as close to the budget as that is lived to be sure."""


def counted(packages: int) -> str:
    """So many packages: 1 package, 64 packages."""
    return f"{packages:,} package" if packages == 1 else f"{packages:,} packages"


@dataclass(frozen=True)
class Space:
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
        return " + ".join(parts) or NOTHING

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
        anything = Space(self.options, self.costs, float("inf"))
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
