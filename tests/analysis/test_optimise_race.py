"""The race of packages: looks, clear losers, the frontier, and how sure the best one is, on tables made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from takeup.analysis.optimise.search import (
    FIRST_STAGE_DRAWS,
    draw_order,
    indistinguishable_from_best,
    is_eliminated,
    pareto_front,
    racing_schedule,
)


@pytest.mark.parametrize("draws", [1, 2, 7, 8, 9, 16, 30, 100])
def test_looks_double_and_end_with_all_draws(draws: int) -> None:
    schedule = racing_schedule(draws)
    assert [begin for begin, _ in schedule] == [0, *(end for _, end in schedule[:-1])]
    assert schedule[-1][1] == draws
    assert all(begin < end for begin, end in schedule)
    assert schedule[0][1] == min(FIRST_STAGE_DRAWS, draws)


@pytest.mark.parametrize("draws", [1, 8, 30, 101])
def test_every_draw_is_looked_at_once_and_the_first_are_spread_over_all(draws: int) -> None:
    order = draw_order(draws)
    assert sorted(order) == list(range(draws))
    first = np.sort(order[:FIRST_STAGE_DRAWS])
    gaps = np.diff([-1, *first, draws])
    assert gaps.max() <= 3 * draws / FIRST_STAGE_DRAWS + 1


def test_a_package_is_beaten_by_one_that_costs_no_more_and_is_better_in_every_draw_alike() -> None:
    shared = np.array([[0.0], [5.0], [-3.0], [8.0], [1.0], [2.0], [-9.0], [4.0]])
    values = shared + np.array([0.0, 1.0, 2.0])
    assert is_eliminated(values, np.array([1.0, 1.0, 1.0])).tolist() == [True, True, False]
    assert is_eliminated(values, np.array([1.0, 2.0, 3.0])).tolist() == [False, False, False]
    assert is_eliminated(values, np.array([3.0, 2.0, 1.0])).tolist() == [True, True, False]


def test_packages_that_are_alike_do_not_beat_each_other() -> None:
    assert not is_eliminated(np.ones((8, 3)), np.zeros(3)).any()
    assert not is_eliminated(np.array([[0.0, 9.0]]), np.zeros(2)).any(), "one draw proves nothing"


def test_chance_seldom_drops_the_better_of_two() -> None:
    """At most one look in a thousand if both are alike: of 4,000 a Poisson number of 8 on both sides, 21 in 1e-4."""
    rng = np.random.default_rng(3)
    dropped = sum(is_eliminated(rng.normal(size=(FIRST_STAGE_DRAWS, 2)), np.zeros(2)).sum() for _ in range(4_000))
    assert 1 <= dropped <= 21


def test_the_frontier_rises_in_cost_and_value_and_nothing_on_it_is_dominated() -> None:
    rng = np.random.default_rng(1)
    for _ in range(50):
        values, costs = rng.integers(0, 12, 40).astype(float), rng.integers(0, 12, 40).astype(float)
        on = pareto_front(values, costs)
        order = np.argsort(costs[on])
        assert (np.diff(costs[on][order]) > 0).all()
        assert (np.diff(values[on][order]) > 0).all()
        for place in range(40):
            better = (values >= values[place]) & (costs <= costs[place])
            strictly = better & ((values > values[place]) | (costs < costs[place]))
            assert not (on[place] and strictly.any())
            assert on[place] or (better & on).any(), "what is left out is matched by something on it"


def test_what_has_no_value_is_not_on_the_frontier() -> None:
    assert pareto_front(np.array([np.nan, 1.0]), np.array([0.0, 1.0])).tolist() == [False, True]


def test_how_often_a_package_is_near_the_best_one_within_the_budget() -> None:
    values = np.array(
        [[5.0, 4.0, 9.0, 0.0], [5.0, 3.9, 9.0, np.nan], [1.0, 4.0, 9.0, np.nan], [2.0, 2.0, 9.0, np.nan]]
    )
    probabilities = indistinguishable_from_best(values, np.array([True, True, False, True]))
    assert probabilities.tolist() == [0.75, 0.75, 1.0, 0.0]
    assert np.isnan(indistinguishable_from_best(np.full((2, 1), np.nan), np.array([True]))).all()
