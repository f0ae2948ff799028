"""Weights and proposals, against a posterior that is known in closed form."""

from __future__ import annotations

import numpy as np
import pytest

from takeup_calibration.design import Proposal, fitted, scores_of, sobol, uniforms_of
from takeup_calibration.weights import effective_sample, mixture_weights, resampled, weighted_quantile

DIMENSIONS = 3
TOLERANCE = 0.25
WANTED = 1.0
VARIANCE = 1 / (1 + 1 / TOLERANCE**2)
MEAN = VARIANCE * WANTED / TOLERANCE**2
"""Of the first score, if it was observed as 1 with an error of 0.25; the other scores keep their prior."""


def log_likelihood(scores: np.ndarray) -> np.ndarray:
    return -0.5 * ((scores[:, 0] - WANTED) / TOLERANCE) ** 2


def learnt(seed: int) -> tuple[np.ndarray, np.ndarray, list[float]]:
    """Scores and weights after three waves, and the effective sample after each."""
    proposal, proposals, counts, effective = Proposal(), [], [], []
    scores = np.empty((0, DIMENSIONS))
    for wave in range(3):
        drawn = proposal.draw(sobol(1024, DIMENSIONS + 1, seed + wave))
        scores = np.concatenate([scores, drawn])
        proposals.append(proposal)
        counts.append(len(drawn))
        weights = mixture_weights(log_likelihood(scores), scores, proposals, counts)
        effective.append(effective_sample(weights))
        proposal = fitted(scores, weights, seed)
    return scores, weights, effective


@pytest.mark.parametrize("seed", [1, 10, 100])
def test_waves_find_the_posterior_that_is_known(seed: int) -> None:
    """Bounds are four standard errors at the effective sample: an error rate below 1 in 1,000 a number."""
    scores, weights, effective = learnt(seed)
    error = 4 / np.sqrt(effective[-1])
    mean = weights @ scores
    sd = np.sqrt(weights @ (scores - mean) ** 2)
    assert mean == pytest.approx([MEAN, 0, 0], abs=error)
    assert sd == pytest.approx([np.sqrt(VARIANCE), 1, 1], rel=error)


def test_later_waves_are_worth_more_than_the_first() -> None:
    _, _, effective = learnt(1)
    assert effective[1] - effective[0] > 1.5 * effective[0]


def test_a_proposals_density_is_that_of_its_draws() -> None:
    """The mean of prior over proposal, over draws of the proposal, is 1; four standard errors."""
    _, _, _ = learnt(1)
    proposal = Proposal((0.6, 0.4), (np.array([1.0, 0.0]), np.array([-1.0, 0.5])), (np.eye(2) * 0.3, np.eye(2)))
    drawn = proposal.draw(np.random.default_rng(1).random((200_000, 3)))
    ratios = np.exp(-proposal.log_density(drawn))
    assert ratios.max() <= 5.0 + 1e-9, "the prior's share bounds every weight"
    assert ratios.mean() == pytest.approx(1.0, abs=4 * ratios.std() / np.sqrt(len(ratios)))


def test_scores_and_uniforms_are_inverse() -> None:
    uniforms = np.linspace(0.001, 0.999, 99)
    assert uniforms_of(scores_of(uniforms)) == pytest.approx(uniforms)


def test_the_effective_sample_of_even_weights_is_their_number() -> None:
    assert effective_sample(np.full(50, 0.02)) == pytest.approx(50)
    assert effective_sample(np.array([1.0, 0.0, 0.0])) == pytest.approx(1)


def test_resampling_takes_each_row_as_often_as_its_weight_says() -> None:
    weights = np.array([0.5, 0.25, 0.2, 0.05])
    counts = np.bincount(resampled(weights, 1000, 3), minlength=4)
    assert (np.abs(counts - 1000 * weights) <= 1).all()


def test_weighted_quantiles_of_even_weights_are_quantiles() -> None:
    values = np.arange(100.0)[::-1]
    assert weighted_quantile(values, np.full(100, 0.01), 0.5) == pytest.approx(50, abs=1)
    assert weighted_quantile(np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0, 0.0]), 0.05) == 2.0
