"""The race of packages on tables made by hand: stages, elimination, Pareto front, certainty."""

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
def test_stages_double_and_end_with_all_draws(draws: int) -> None:
    schedule = racing_schedule(draws)
    assert [begin for begin, _ in schedule] == [0, *(end for _, end in schedule[:-1])]
    assert schedule[-1][1] == draws
    assert all(begin < end for begin, end in schedule)
    assert schedule[0][1] == min(FIRST_STAGE_DRAWS, draws)


@pytest.mark.parametrize("draws", [1, 8, 30, 101])
def test_every_draw_occurs_once_and_the_first_are_distributed_over_all(draws: int) -> None:
    order = draw_order(draws)
    assert sorted(order) == list(range(draws))
    first = np.sort(order[:FIRST_STAGE_DRAWS])
    gaps = np.diff([-1, *first, draws])
    assert gaps.max() <= 3 * draws / FIRST_STAGE_DRAWS + 1


@pytest.mark.parametrize("drawn", [True, False])
def test_a_package_is_beaten_by_one_that_costs_no_more_and_is_better_in_every_draw_alike(drawn: bool) -> None:
    shared = np.array([[0.0], [5.0], [-3.0], [8.0], [1.0], [2.0], [-9.0], [4.0]])
    values = shared + np.array([0.0, 1.0, 2.0])
    assert is_eliminated(values, np.array([1.0, 1.0, 1.0]), drawn=drawn).tolist() == [True, True, False]
    assert is_eliminated(values, np.array([1.0, 2.0, 3.0]), drawn=drawn).tolist() == [False, False, False]
    assert is_eliminated(values, np.array([3.0, 2.0, 1.0]), drawn=drawn).tolist() == [True, True, False]


@pytest.mark.parametrize("drawn", [True, False])
def test_packages_that_are_alike_do_not_beat_each_other(drawn: bool) -> None:
    assert not is_eliminated(np.ones((8, 3)), np.zeros(3), drawn=drawn).any()
    assert not is_eliminated(np.array([[0.0, 9.0]]), np.zeros(2), drawn=drawn).any(), "one draw proves nothing"


@pytest.mark.slow
@pytest.mark.parametrize("drawn", [True, False])
def test_random_variation_seldom_drops_the_better_of_two(drawn: bool) -> None:
    """At most one test in a thousand if both are equal: Poisson with mean 8 in 4,000, above 21 with 1e-4."""
    rng = np.random.default_rng(3)
    dropped = sum(
        is_eliminated(rng.normal(size=(FIRST_STAGE_DRAWS, 2)), np.zeros(2), drawn=drawn).sum() for _ in range(4_000)
    )
    assert 1 <= dropped <= 21


def test_the_package_with_the_highest_estimate_is_never_dropped() -> None:
    """Over draws the median decides, over replicates the mean; here they have different best packages."""
    values = np.column_stack([np.full(16, 1.0), np.r_[np.zeros(12), np.full(4, 12.0)]])
    assert values.mean(axis=0).tolist() == [1.0, 3.0]
    assert np.median(values, axis=0).tolist() == [1.0, 0.0]
    rng = np.random.default_rng(5)
    for drawn, statistic in ((True, np.median), (False, np.mean)):
        assert not is_eliminated(values, np.zeros(2), drawn=drawn)[int(statistic(values, axis=0).argmax())]
        for _ in range(100):
            skewed = rng.exponential(size=(16, 6)) * rng.uniform(0.1, 5.0, 6)
            best = int(statistic(skewed, axis=0).argmax())
            assert not is_eliminated(skewed, np.zeros(6), drawn=drawn)[best]


def test_a_median_is_compared_by_its_own_standard_error() -> None:
    """By hand: 8 differences of 1 and -1 around their center, standard deviation √(8/7), t(7; 0.999) = 4.785.

    The margin is 4.785 · √(8/7) / √8 = 1.809 for the mean and √(π/2) times that, 2.267, for the median.
    """
    shift = np.array([1.0, -1.0] * 4)
    for median, drops in ((2.2, False), (2.3, True)):
        values = np.column_stack([np.zeros(8), median + shift])
        assert is_eliminated(values, np.zeros(2), drawn=True).tolist() == [drops, False]
    for mean, drops in ((1.8, False), (1.81, True)):
        values = np.column_stack([np.zeros(8), mean + shift])
        assert is_eliminated(values, np.zeros(2), drawn=False).tolist() == [drops, False]


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
