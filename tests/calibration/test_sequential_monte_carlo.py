"""The sample of a tempered density agrees with closed forms; each mean and constant within four standard errors.

With other seeds, one check in 15,000 would fail at random.
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from takeup_calibration.sequential_monte_carlo import draw_sample

COUNT, DIMENSIONS = 2_000, 4
OBSERVED, ERROR = np.array([2.0, -1.0, 0.0, 0.5]), np.array([0.1, 0.5, 1.0, 3.0])
ERRORS = 4


def log_density(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logarithm of the likelihood of normal observations of each coordinate, up to a constant."""
    return np.asarray(-0.5 * (((points - OBSERVED) / ERROR) ** 2).sum(axis=1))


def test_a_normal_target_has_the_moments_of_the_closed_form() -> None:
    points = draw_sample(log_density, COUNT, DIMENSIONS, 1).points
    variance = 1 / (1 + 1 / ERROR**2)
    mean = variance * OBSERVED / ERROR**2
    assert np.abs(points.mean(axis=0) - mean) == pytest.approx(0, abs=ERRORS * np.sqrt(variance.max() / COUNT))
    assert points.var(axis=0) / variance == pytest.approx(1, abs=ERRORS * np.sqrt(2 / COUNT))


def test_the_constant_is_that_of_the_closed_form() -> None:
    """Over ten seeds, the mean of the estimate differs from the truth by no more than its standard errors."""
    truth = 0.5 * (np.log(ERROR**2 / (1 + ERROR**2)) - OBSERVED**2 / (1 + ERROR**2)).sum()
    estimates = [np.exp(draw_sample(log_density, COUNT, DIMENSIONS, seed).log_scale - truth) for seed in range(10)]
    assert np.mean(estimates) == pytest.approx(1, abs=ERRORS * np.std(estimates, ddof=1) / np.sqrt(10))
    assert np.std(estimates) < 0.2


def test_a_density_of_1_leaves_the_prior() -> None:
    sample = draw_sample(lambda points: np.zeros(len(points)), COUNT, DIMENSIONS, 3)
    assert sample.log_scale == 0.0
    assert np.abs(sample.points.mean(axis=0)) == pytest.approx(0, abs=ERRORS / np.sqrt(COUNT))


def test_points_are_distinct_although_few_points_of_the_prior_are_near_the_target() -> None:
    def narrow(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(-0.5 * (((points - 1.5) / 0.02) ** 2).sum(axis=1))

    points = draw_sample(narrow, 500, DIMENSIONS, 4).points
    assert len(np.unique(points, axis=0)) > 450
    assert np.abs(points - 1.5).max() < 0.2


@pytest.mark.parametrize("seed", [6, 7, 8])
def test_copies_of_points_separate_in_many_dimensions(seed: int) -> None:
    """The half of 28 dimensions that the density does not depend on keep the variance of the prior."""
    dimensions, free = 28, 14

    def narrow(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(-0.5 * (((points[:, free:] - 1.0) / 0.3) ** 2).sum(axis=1))

    variances = draw_sample(narrow, 512, dimensions, seed).points[:, :free].var(axis=0)
    assert variances.mean() == pytest.approx(1, abs=ERRORS * np.sqrt(2 / 512 / free))


def test_the_same_seed_gives_the_same_bits() -> None:
    first, second = (draw_sample(log_density, 200, DIMENSIONS, 5) for _ in range(2))
    np.testing.assert_array_equal(first.points, second.points)
    assert first.log_scale == second.log_scale
