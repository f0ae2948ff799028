"""Intervals over replicates."""

import numpy as np
import pytest
from scipy import stats

from takeup.analysis.statistics import estimate, point_estimate, t_interval


def test_the_interval_is_students_t() -> None:
    values = np.array([[3.0], [5.0], [4.5], [6.5]])
    low, high = stats.t.interval(0.95, df=3, loc=values.mean(), scale=stats.sem(values)[0])
    interval = t_interval(values)
    assert (interval.center[0], interval.low[0], interval.high[0]) == pytest.approx((4.75, low, high))


def test_one_replicate_has_a_mean_and_no_interval() -> None:
    interval = t_interval(np.array([[3.0, 4.0]]))
    assert interval.center.tolist() == [3.0, 4.0]
    assert np.isnan([interval.low, interval.high]).all()


def test_a_replicate_without_a_value_is_left_out() -> None:
    with_gap = t_interval(np.array([[3.0], [np.nan], [5.0]]))
    without = t_interval(np.array([[3.0], [5.0]]))
    assert (with_gap.low[0], with_gap.high[0]) == (without.low[0], without.high[0])


def test_nothing_known_is_nan() -> None:
    assert np.isnan(t_interval(np.full((2, 1), np.nan)).center).all()


def test_the_interval_covers_the_truth_in_95_of_100_samples() -> None:
    samples = np.random.default_rng(1).normal(7.0, 2.0, (4, 20_000))
    interval = t_interval(samples)
    covered = np.mean((interval.low < 7.0) & (interval.high > 7.0))
    assert covered == pytest.approx(0.95, abs=0.006), f"covers {covered:.3f}"


@pytest.mark.parametrize("drawn", [True, False])
def test_the_point_estimate_is_the_center_of_the_estimate(drawn: bool) -> None:
    values = np.random.default_rng(1).exponential(size=(9, 4))
    assert point_estimate(values, drawn=drawn) == pytest.approx(estimate(values, drawn=drawn).center, abs=1e-14)
    assert point_estimate(values, drawn=drawn) == pytest.approx((np.median if drawn else np.mean)(values, axis=0))
