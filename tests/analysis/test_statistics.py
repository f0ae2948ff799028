"""Statistics over draws, compared with known results."""

from __future__ import annotations

import numpy as np
import pytest

from takeup.analysis.statistics import (
    decompose_variance,
    expected_regrets,
    heterogeneity_p_value,
    probability_best,
    quantile_interval,
)

NAN = np.nan


def test_the_interval_leaves_a_twentieth_of_the_draws_out_on_either_side() -> None:
    interval = quantile_interval(np.column_stack([np.arange(101.0), np.full(101, 3.0)]))
    assert interval.center.tolist() == [50.0, 3.0]
    assert interval.low.tolist() == pytest.approx([5.0, 3.0])
    assert interval.high.tolist() == pytest.approx([95.0, 3.0])


def test_draws_without_a_number_are_left_out_and_one_draw_has_no_interval() -> None:
    interval = quantile_interval(np.array([[1.0, NAN, NAN], [3.0, 7.0, NAN]]))
    assert interval.center[:2].tolist() == [2.0, 7.0]
    assert interval.low[0] == pytest.approx(1.1)
    assert np.isnan(interval.low[1:]).all()
    assert np.isnan(interval.center[2])


def test_the_best_is_counted_draw_by_draw_and_a_tie_is_shared() -> None:
    effects = np.array([[0.0, 2.0, 1.0], [0.0, -1.0, -2.0], [0.0, 3.0, 3.0], [0.0, 0.0, 0.0]])
    thirds = 1 / 3
    assert probability_best(effects) == pytest.approx(np.array([1 + thirds, 1.5 + thirds, 0.5 + thirds]) / 4)
    assert probability_best(effects).sum() == pytest.approx(1.0)


def test_regret_is_what_is_missing_to_the_best_of_each_draw() -> None:
    effects = np.array([[0.0, 2.0, 1.0], [0.0, -1.0, -2.0]])
    assert expected_regrets(effects).tolist() == [1.0, 0.5, 1.5]


def test_sources_of_a_worked_example() -> None:
    """Means 1, 4, 7 of two seeds each: between 2 · 9 = 18, within (2 + 2 + 2) / 3 = 2, so parameters 16 / 2 = 8."""
    parameters, monte_carlo = decompose_variance(np.array([[0.0, 2.0], [3.0, 5.0], [6.0, 8.0]]))
    assert monte_carlo == pytest.approx(np.sqrt(2.0))
    assert parameters == pytest.approx(np.sqrt(8.0))


def test_sources_where_some_draws_have_one_seed() -> None:
    """Seeds 2, 1, 1: mean (0 + 2 + 4 + 8) / 4 = 3.5; between (2 · 6.25 + 0.25 + 20.25) / 2; 1.25 seeds per draw."""
    parameters, monte_carlo = decompose_variance(np.array([[0.0, 2.0], [4.0, NAN], [8.0, NAN], [NAN, NAN]]))
    assert monte_carlo == pytest.approx(np.sqrt(2.0))
    assert parameters == pytest.approx(np.sqrt((16.5 - 2.0) / 1.25))


def test_sources_cannot_be_separated_without_second_seeds() -> None:
    assert np.isnan(decompose_variance(np.array([[0.0], [1.0]]))).all()
    assert np.isnan(decompose_variance(np.array([[0.0, 1.0]]))).all()


def test_a_spread_that_is_all_chance_leaves_nothing_to_the_parameters() -> None:
    assert decompose_variance(np.array([[0.0, 4.0], [4.0, 0.0]])) == (0.0, pytest.approx(np.sqrt(8.0)))


@pytest.mark.parametrize("twice", [20, 400])
def test_sources_of_a_known_truth(twice: int) -> None:
    """Standard deviations 1.0 of parameters and 0.5 of seeds; 400 draws, some with a second seed.

    The bounds are 4 standard errors of either variance, 2 σ⁴ / n each: a correct split fails once in 16,000 seeds.
    """
    rng = np.random.default_rng(3)
    draws = rng.normal(0.0, 1.0, (400, 1)) + rng.normal(0.0, 0.5, (400, 2))
    draws[twice:, 1] = NAN
    parameters, monte_carlo = decompose_variance(draws)
    assert monte_carlo**2 == pytest.approx(0.25, abs=4 * 0.25 * np.sqrt(2 / twice))
    assert parameters**2 == pytest.approx(1.0, abs=4 * np.hypot(1.25 * np.sqrt(2 / 400), 0.25 * np.sqrt(2 / twice)))


def test_groups_that_differ_by_chance_alone_are_found_different_as_often_as_stated() -> None:
    """2,000 layouts of 4 runs and 22 groups of different size: 5 % within three standard errors, 0.5 points each."""
    rng = np.random.default_rng(1)
    sizes = np.linspace(60.0, 4_000.0, 22)
    values = rng.normal(0.0, 1.0, (2_000, 4, 1)) + rng.normal(0.0, 1.0, (2_000, 4, 22)) * 50.0 / np.sqrt(sizes)
    p_values = np.array([heterogeneity_p_value(each, sizes) for each in values])
    assert np.mean(p_values < 0.05) == pytest.approx(0.05, abs=3 * 0.005)
    assert np.mean(p_values < 0.01) == pytest.approx(0.01, abs=3 * 0.0023)


def test_a_group_with_an_effect_of_its_own_is_found() -> None:
    rng = np.random.default_rng(1)
    sizes = np.full(22, 1_000.0)
    values = rng.normal(0.0, 0.2, (4, 22))
    values[:, 3] += 1.0
    assert heterogeneity_p_value(values, sizes) < 1e-6
    assert np.isnan(heterogeneity_p_value(values[:1], sizes))
    assert np.isnan(heterogeneity_p_value(values[:, :1], sizes[:1]))
    assert heterogeneity_p_value(np.ones((4, 3)), np.ones(3)) == 1.0
    assert heterogeneity_p_value(np.tile([1.0, 2.0, 3.0], (4, 1)), np.ones(3)) == 0.0
