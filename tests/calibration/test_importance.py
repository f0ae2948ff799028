"""Tests of weights and proposals against a posterior in closed form."""

from __future__ import annotations

import numpy as np
import pytest

from takeup.district import load_district
from takeup_calibration.calibrator import EvaluatedDesign
from takeup_calibration.importance import (
    DEFENSIVE_SHARE,
    Proposal,
    effective_sample_size,
    fit_surrogate,
    mixture_weights,
    surrogate_proposal,
    weighted_quantile,
)
from takeup_calibration.priors import to_normal_scores, to_uniforms
from takeup_calibration.sequential_monte_carlo import resample
from tests.calibration.fixtures import make_design, make_target

DIMENSIONS = 3
TOLERANCE = 0.25
WANTED = 1.0
VARIANCE = 1 / (1 + 1 / TOLERANCE**2)
MEAN = VARIANCE * WANTED / TOLERANCE**2
"""Posterior mean of the first score, observed as 1 with an error of 0.25; the other scores keep their prior."""
TARGET = make_target("score", WANTED, TOLERANCE)


def waves(seed: int) -> tuple[np.ndarray, np.ndarray, list[float]]:
    """Return scores and weights after two waves, and both effective sample sizes."""
    proposal, proposals, counts, effective = Proposal(), [], [], []
    scores = np.empty((0, DIMENSIONS))
    for wave in range(2):
        drawn = proposal.draw(512, DIMENSIONS, seed + wave)
        scores = np.concatenate([scores, drawn])
        likelihood = TARGET.log_likelihood(scores[:, 0])
        proposals.append(proposal)
        counts.append(len(drawn))
        weights = mixture_weights(likelihood, np.array([each.log_density(scores) for each in proposals]), counts)
        effective.append(effective_sample_size(weights))
        proposal = surrogate_proposal(
            fit_surrogate([TARGET], scores, scores[:, :1], likelihood), 512, DIMENSIONS, seed
        )
    return scores, weights, effective


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 10])
def test_waves_estimate_the_known_posterior(seed: int) -> None:
    """Means and standard deviations are within four standard errors of the truth.

    The error rate of each comparison is below 1 in 1,000.
    """
    scores, weights, effective = waves(seed)
    error = 4 / np.sqrt(effective[-1])
    mean = weights @ scores
    sd = np.sqrt(weights @ (scores - mean) ** 2)
    assert mean == pytest.approx([MEAN, 0, 0], abs=error)
    assert sd == pytest.approx([np.sqrt(VARIANCE), 1, 1], rel=error)


@pytest.mark.slow
def test_later_waves_increase_the_effective_sample_more_than_the_first() -> None:
    _, _, effective = waves(1)
    assert effective[1] - effective[0] > 1.5 * effective[0]


@pytest.mark.slow
def test_a_proposals_density_is_that_of_its_draws() -> None:
    """The mean density ratio of prior to proposal over draws of the proposal is 1.

    The bound is four standard errors.
    """
    scores = Proposal().draw(256, DIMENSIONS, 1)
    likelihood = TARGET.log_likelihood(scores[:, 0])
    proposal = surrogate_proposal(fit_surrogate([TARGET], scores, scores[:, :1], likelihood), 5_000, DIMENSIONS, 5)
    ratios = np.exp(-proposal.log_density(proposal.draw(5_000, DIMENSIONS, 6)))
    assert ratios.max() <= 1 / DEFENSIVE_SHARE + 1e-9, "the prior's share bounds every weight"
    assert ratios.mean() == pytest.approx(1.0, abs=4 * ratios.std() / np.sqrt(len(ratios)) + 0.01)


def test_densities_of_earlier_points_are_kept_and_equal_those_computed_anew() -> None:
    """They may differ by rounding, because the points of a wave are predicted in other blocks."""
    design, proposal = make_design(64, 1), Proposal()
    for _ in range(2):
        surrogate = fit_surrogate(design.observations, design.scores, design.predicted, design.likelihood)
        proposal = surrogate_proposal(surrogate, 32, len(design.adapted), 1)
        design.add_wave(proposal, design.propose(proposal, 32))
    anew = np.array([each.log_density(design.scores) for each in design.proposals])
    assert anew.shape == (3, 128)
    assert len({tuple(row) for row in anew}) == 3
    assert np.array(design.log_densities) == pytest.approx(anew, rel=1e-9, abs=1e-9)
    assert design.weights == pytest.approx(mixture_weights(design.likelihood, anew, design.counts))


@pytest.mark.parametrize("shape", [lambda s: s, lambda s: np.exp(s - 1.0)], ids=["any sign", "positive"])
def test_a_surrogate_predicts_new_points(shape: object) -> None:
    """Predicted distances near the target have errors below 0.1 tolerances."""
    assert callable(shape)
    scores, new = Proposal().draw(256, DIMENSIONS, 1), Proposal().draw(256, DIMENSIONS, 2)
    likelihood = TARGET.log_likelihood(shape(scores[:, 0]))
    surrogate = fit_surrogate([TARGET], scores, shape(scores[:, :1]), likelihood)
    true = TARGET.log_likelihood(shape(new[:, 0]))
    near = true > -4.5
    assert near.sum() > 20
    assert np.sqrt(-2 * surrogate.log_likelihood(new))[near] == pytest.approx(np.sqrt(-2 * true[near]), abs=0.1)


def test_scores_and_uniforms_are_inverse() -> None:
    uniforms = np.linspace(0.001, 0.999, 99)
    assert to_uniforms(to_normal_scores(uniforms)) == pytest.approx(uniforms)


def test_the_effective_sample_of_even_weights_is_their_number() -> None:
    assert effective_sample_size(np.full(50, 0.02)) == pytest.approx(50)
    assert effective_sample_size(np.array([1.0, 0.0, 0.0])) == pytest.approx(1)


def test_resampling_is_proportional_to_the_weights() -> None:
    weights = np.array([0.5, 0.25, 0.2, 0.05])
    counts = np.bincount(resample(weights, 1000, 3), minlength=4)
    assert (np.abs(counts - 1000 * weights) <= 1).all()


def test_weighted_quantiles_of_even_weights_are_quantiles() -> None:
    values = np.arange(100.0)[::-1]
    assert weighted_quantile(values, np.full(100, 0.01), 0.5) == pytest.approx(50, abs=1)
    assert weighted_quantile(np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0, 0.0]), 0.05) == 2.0


@pytest.mark.parametrize("count", [256, 2048])
def test_no_two_columns_of_the_first_wave_are_correlated(count: int) -> None:
    """Inert columns and calibrated ones come from two sequences.

    The bound is five standard errors of independent columns; the largest of 435 correlations exceeds it with a
    probability below 0.001.
    """
    design = EvaluatedDesign(load_district("liwan", calibrated=False), [], 1, 1000)
    correlations = np.corrcoef(design.propose(Proposal(), count).T) - np.eye(len(design.names))
    assert len(design.adapted) < len(design.names)
    assert np.abs(correlations).max() < 5 / np.sqrt(count)
