"""Packages and the local search, tested with objectives of which the best package is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
import pytest

from takeup.analysis.optimise.search import (
    PACKAGES_PER_BATCH,
    EvaluatedPackage,
    Package,
    SearchSpace,
    best_value,
    search,
)
from tests.analysis.plans import space

Value = Callable[[Package], float]


def evaluating(
    packages: SearchSpace, value: Value, proposed: list[Package]
) -> Callable[[Sequence[Package]], list[EvaluatedPackage]]:
    def evaluate(batch: Sequence[Package]) -> list[EvaluatedPackage]:
        assert len(set(batch)) == len(batch), "each is evaluated once"
        assert not set(batch) & set(proposed)
        proposed.extend(batch)
        return [EvaluatedPackage(value(package), packages.cost(package)) for package in batch]

    return evaluate


def objective(seed: int, options: int, sizes: int) -> tuple[SearchSpace, Value]:
    """An objective with diminishing effects, one synergy of two options and one conflict of two."""
    rng = np.random.default_rng(seed)
    gains = np.concatenate([np.zeros((options, 1)), np.sort(rng.uniform(0.2, 3.0, (options, sizes)), axis=1)], axis=1)
    costs = np.sort(rng.uniform(1.0, 10.0, (options, sizes)), axis=1)

    def value(package: Package) -> float:
        total = sum(gains[place, size] for place, size in enumerate(package))
        together = 1.0 * (package[0] > 0 and package[1] > 0) - 1.5 * (package[2] > 0 and package[3] > 0)
        return float(12.0 * (1.0 - np.exp(-total / 12.0)) + together)

    return space(costs.tolist(), 0.4 * float(costs[:, -1].sum())), value


@pytest.mark.slow
def test_a_search_finds_the_best_of_many() -> None:
    """Of 8 options in 2 sizes, with 200 packages of up to 2,347 evaluated: in ten problems there is no miss.

    A search proves nothing: of 24 problems it misses one, by 4.6 %.
    """
    for seed in range(10):
        packages, value = objective(seed, options=8, sizes=2)
        every = [each for each in product(range(3), repeat=8) if packages.is_allowed(each)]
        assert len(every) > 700
        proposed: list[Package] = []
        evaluated, _ = search(packages, evaluating(packages, value, proposed), 200)
        assert len(proposed) == len(evaluated) <= 200
        assert evaluated[best_value(packages, evaluated)].value == pytest.approx(max(map(value, every)), abs=1e-12), (
            seed
        )


def test_a_search_that_ends_early_reports_it_and_evaluates_no_more_than_the_limit() -> None:
    packages, value = objective(1, options=9, sizes=2)
    proposed: list[Package] = []
    evaluated, converged = search(packages, evaluating(packages, value, proposed), PACKAGES_PER_BATCH)
    assert not converged
    assert len(evaluated) == PACKAGES_PER_BATCH


def test_nothing_is_best_where_everything_does_harm() -> None:
    packages = space([[1.0]] * 8, 4.0)
    evaluated, converged = search(packages, evaluating(packages, lambda package: -float(sum(package)), []), 200)
    assert converged
    assert best_value(packages, evaluated) == packages.empty_package


def test_a_package_whose_cost_turns_out_over_the_budget_is_never_the_best() -> None:
    """Costs per person, for example, are known only after the simulation."""
    packages = space([[1.0]] * 6, 3.0)

    def evaluate(batch: Sequence[Package]) -> list[EvaluatedPackage]:
        return [EvaluatedPackage(sum(each) + 9.0 * each[0], sum(each) + 5.0 * each[0]) for each in batch]

    evaluated, _ = search(packages, evaluate, 200)
    best = best_value(packages, evaluated)
    assert evaluated[best].cost <= 3.0
    assert (best[0], sum(best)) == (0, 3)


def test_all_allowed_packages_are_made_once_and_no_other() -> None:
    packages = space(
        [[1.0, 2.0], [3.0], [2.0, 4.0], [1.0]], 6.0, excludes={0: {1}}, needs={2: {3}, 3: {0}}
    )  # fmt: skip
    generated = list(packages.packages())

    def is_right(package: Package) -> bool:
        costs = [[0, 1, 2], [0, 3], [0, 2, 4], [0, 1]]
        cost = sum(costs[place][size] for place, size in enumerate(package))
        first, second, third, fourth = (size > 0 for size in package)
        return cost <= 6 and not (first and second) and (not third or fourth) and (not fourth or first)

    every = {each for each in product(range(3), range(2), range(3), range(2)) if is_right(each)}
    assert len(generated) == len(set(generated))
    assert set(generated) == every
    assert generated[0] == packages.empty_package
    assert packages.cheapest() == (1, 0, 0, 0)
    assert packages.requirement_closure(2) == (1, 0, 1, 1)


def test_a_search_reaches_an_option_that_needs_two_others() -> None:
    packages = space([[1.0]] * 12, 6.0, needs={11: {10}, 10: {9}})

    def value(package: Package) -> float:
        return sum(package[:9]) * 0.1 + 5.0 * package[11]

    evaluated, converged = search(packages, evaluating(packages, value, []), 300)
    best = best_value(packages, evaluated)
    assert converged
    assert best[9:] == (1, 1, 1)
    assert sum(best) == 6


def test_neighbours_differ_in_one_option_or_two() -> None:
    packages = space([[1.0, 2.0], [1.0], [1.0]], 2.0)
    neighbours = list(packages.neighbours((1, 0, 0)))
    assert len(set(neighbours)) == len(neighbours)
    assert set(neighbours) == {
        (0, 0, 0), (2, 0, 0), (1, 1, 0), (1, 0, 1), (0, 1, 0), (0, 0, 1),
    }  # fmt: skip
