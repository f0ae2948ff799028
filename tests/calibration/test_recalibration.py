"""Tests of coverage and ranks, with posteriors that are known.

The first score of the fixture's points and the effects of the policies have posteriors that the targets constrain.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest
from matplotlib.patches import StepPatch
from scipy import stats

from takeup_calibration import recalibration
from takeup_calibration.calibrator import EvaluatedDesign
from takeup_calibration.diagnostics import RANK_ERROR_RATE, DiagnosticCheck, run_checks
from takeup_calibration.evaluator import policy_names
from takeup_calibration.figures import ranks_figure
from takeup_calibration.importance import Proposal, effective_sample_size
from takeup_calibration.prediction import predict_observations
from takeup_calibration.recalibration import Ranks, count_band, draw_errors, estimate_coverage, estimate_ranks
from takeup_calibration.report import summarise
from tests.calibration.fixtures import KnownDesign, make_design, make_result

RESULT = make_result()
COVERAGE = estimate_coverage(RESULT.design)
RANKS = estimate_ranks(RESULT.design)
VALUE, ERROR, PRIOR_VARIANCE = 0.5, 0.3, 0.5
"""Value and error of the target of `gaussian_design`, and the prior variance of its quantity."""
COVERAGE_CHECK, RANKS_CHECK = "coverage of the 90 % intervals", "uniform ranks of known points"


@dataclass(frozen=True)
class ShiftedProposal(Proposal):
    """The prior, with the first two scores increased by 0.5."""

    shift: float = 0.5

    def draw(self, count: int, dimensions: int, seed: int) -> np.ndarray:
        return super().draw(count, dimensions, seed) + self.shift * (np.arange(dimensions) < 2)

    def log_density(self, scores: np.ndarray) -> np.ndarray:
        return (self.shift * scores[:, :2] - self.shift**2 / 2).sum(axis=1)


def gaussian_design(count: int, seed: int) -> KnownDesign:
    """Two waves, whose only fitted target is the mean of the first two scores: 0.5, with a normal error of 0.3."""
    design = make_design(count // 2, seed)
    design.observations = [design.observations[0], design.observations[1].model_copy(update={"fit": False})]
    design.add_wave(ShiftedProposal(), design.propose(ShiftedProposal(), count // 2))
    return design


GAUSSIAN = gaussian_design(2048, 1)


def check_named(name: str, design: EvaluatedDesign) -> DiagnosticCheck:
    checks = run_checks(replace(RESULT, design=design), estimate_coverage(design), estimate_ranks(design))
    return next(each for each in checks if each.name == name)


def with_errors(monkeypatch: pytest.MonkeyPatch, change: Callable[[np.ndarray], np.ndarray]) -> None:
    """Change the errors of the test points' targets, which the posteriors do not take into account."""
    monkeypatch.setattr(recalibration, "draw_errors", lambda *arguments: change(draw_errors(*arguments)))


@pytest.mark.parametrize("design", [RESULT.design, GAUSSIAN], ids=["one wave", "two waves"])
def test_intervals_cover_at_their_nominal_rate(design: EvaluatedDesign) -> None:
    """Coverage is 90 % within a tolerance.

    The tolerance is four Monte Carlo standard errors, plus 0.01 for quantiles of few neighbours.
    """
    coverage = estimate_coverage(design)
    assert coverage.truths == 1000
    for name, share in coverage.shares.items():
        assert share == pytest.approx(0.9, abs=4 * coverage.errors[name] + 0.01), name


def test_intervals_from_understated_errors_do_not_cover(monkeypatch: pytest.MonkeyPatch) -> None:
    """Coverage is too low if the true errors are three times the stated ones."""
    design = make_design(2048, 1)
    with_errors(monkeypatch, lambda errors: 3 * errors)
    assert estimate_coverage(design).shares[design.names[design.adapted[0]]] < 0.85


def test_test_points_are_drawn_from_the_posterior() -> None:
    """Mean and standard deviation of the observed quantity are those of the closed form.

    The error is that of the 1,000 draws and of the effective sample of the points together. The bounds are four
    standard errors.
    """
    observed = GAUSSIAN.predicted[estimate_ranks(GAUSSIAN).points, 0]
    gain = PRIOR_VARIANCE / (PRIOR_VARIANCE + ERROR**2)
    deviation = np.sqrt(PRIOR_VARIANCE * (1 - gain))
    error = np.sqrt(1 / len(observed) + 1 / effective_sample_size(GAUSSIAN.weights))
    assert observed.mean() == pytest.approx(gain * VALUE, abs=4 * deviation * error)
    assert observed.std() == pytest.approx(deviation, rel=4 * error / np.sqrt(2))


def test_ranks_of_a_linear_gaussian_model_are_uniform() -> None:
    """A correct estimate fails with a probability of at most 1 %, over all quantities."""
    assert effective_sample_size(GAUSSIAN.weights) < 0.6 * len(GAUSSIAN.weights), "the weights are not equal"
    ranks = estimate_ranks(GAUSSIAN)
    assert ranks.truths == 1000
    assert min(ranks.p_values.values()) >= 0.01 / len(ranks.names)


def test_ranks_are_those_of_the_closed_form_posterior() -> None:
    """Ranks are the normal cumulative probabilities of the exact posterior.

    The mean of two standard normal scores has the variance 1/2, and the covariance 1/2 with each. It is observed
    twice with the same error, as the target and as the target of the test point. A rank from a weighted sample of
    effective size n has a standard error of at most 0.5 / sqrt(n); here n is some 700 in the mean.
    """
    ranks, observed = estimate_ranks(GAUSSIAN), observed_at_test_points(GAUSSIAN)
    gain = PRIOR_VARIANCE / (PRIOR_VARIANCE + ERROR**2 / 2)
    deviation = np.sqrt(1 - PRIOR_VARIANCE * gain)
    first = GAUSSIAN.scores[ranks.points, 0]
    exact = stats.norm.cdf((first - gain * (observed + VALUE) / 2) / deviation)
    assert np.sqrt(np.mean((first_ranks(ranks) - exact) ** 2)) < 0.03
    assert np.ptp(exact) > 0.99


def observed_at_test_points(design: EvaluatedDesign) -> np.ndarray:
    """Return the values of the first target at the test points, none of which may have been excluded."""
    ranks = estimate_ranks(design)
    assert ranks.left_out == 0
    return design.predicted[ranks.points, 0] + draw_errors(design.observations[:1], ranks.truths, design.seed)[:, 0]


def first_ranks(ranks: Ranks) -> np.ndarray:
    """Return the ranks of the first parameter."""
    return ranks.values[:, ranks.names.index(GAUSSIAN.names[GAUSSIAN.adapted[0]])]


def test_ranks_are_uniform_whatever_the_effective_sample_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Posteriors of a few points give uniform ranks, because the test point itself is one of their points.

    A correct estimate fails with a probability of at most 1 %, over all quantities.
    """
    monkeypatch.setattr(recalibration, "_MIN_NEIGHBOURS", 0.0)
    values = np.concatenate([estimate_ranks(gaussian_design(16, seed)).values for seed in range(10)])
    assert len(values) == 10 * 1000
    p_values = stats.chisquare([np.histogram(column, 10, (0, 1))[0] for column in values.T], axis=1).pvalue
    assert p_values.min() >= 0.01 / len(p_values)


def test_the_p_values_are_uniform() -> None:
    """At most 5 % of the p-values of each quantity are below 0.05, and their mean is 0.5.

    Over 40 designs, a test with an error rate of 5 % has more than 9 of them with a probability of 2e-5, and the mean
    is four standard errors away with a probability of 6e-5. A correct estimate therefore fails with a probability of
    at most 3e-3, over all 29 quantities.
    """
    p_values = np.array([list(estimate_ranks(make_design(256, seed)).p_values.values()) for seed in range(40)])
    assert (p_values < 0.05).sum(axis=0).max() <= 9
    assert p_values.mean(axis=0) == pytest.approx(0.5, abs=4 / np.sqrt(12 * 40))


@pytest.mark.parametrize("factor", [1.5, 0.67])
def test_posteriors_of_a_wrong_width_fail_the_check_of_the_ranks(
    monkeypatch: pytest.MonkeyPatch, factor: float
) -> None:
    """Errors of 1.5 tolerances make the posteriors too narrow, and errors of two thirds too wide."""
    with_errors(monkeypatch, lambda errors: factor * errors)
    assert not check_named(RANKS_CHECK, RESULT.design).passed


def test_posteriors_that_are_too_narrow_fail_both_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Squared weights are those of twice as many observations, from the district and from the test point."""
    correct = recalibration._KnownPoints.posteriors
    monkeypatch.setattr(
        recalibration._KnownPoints,
        "posteriors",
        lambda known, seed: (weights**2 for weights in correct(known, seed)),
    )
    assert not check_named(COVERAGE_CHECK, RESULT.design).passed
    assert not check_named(RANKS_CHECK, RESULT.design).passed


def test_ranks_reveal_a_shift_that_coverage_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shift by half a tolerance moves as many values out of the interval on one side as in on the other."""
    with_errors(monkeypatch, lambda errors: errors + 0.15)
    assert check_named(COVERAGE_CHECK, RESULT.design).passed
    assert not check_named(RANKS_CHECK, RESULT.design).passed


def test_equal_values_are_ordered_at_random() -> None:
    """Effects that are 0 at all points have uniform ranks; a correct estimate fails with a probability of 1e-3."""
    design = make_design(2048, 1)
    for output in design.outputs:
        assert output is not None
        output["effects"]["reminders"] = 0.0
    ranks = estimate_ranks(design)
    assert stats.kstest(ranks.values[:, ranks.names.index("effect reminders")], "uniform").pvalue > 1e-3


def test_points_that_failed_or_have_few_neighbours_are_no_test_points() -> None:
    design = make_design(512, 1)
    failed, outlier = np.argsort(-design.weights)[:2].tolist()
    assert {failed, outlier} <= set(estimate_ranks(design).points.tolist())
    design.predicted[failed, 0] = np.nan
    design.predicted[outlier, 1] = 50.0
    ranks, coverage = estimate_ranks(design), estimate_coverage(design)
    assert not {failed, outlier} & set(ranks.points.tolist())
    assert ranks.left_out > 0
    assert ranks.truths + ranks.left_out == coverage.truths + coverage.left_out == 1000


def test_the_same_seed_gives_the_same_ranks() -> None:
    assert np.array_equal(RANKS.values, estimate_ranks(make_design(2048, 1)).values)


def test_the_band_has_the_stated_error_rate() -> None:
    """The band is the narrowest whose tails have at most the error rate, by bin, side and quantity."""
    low, high = count_band(1000, 12, 0.01)
    tail = 0.01 / (2 * 10 * 12)
    assert stats.binom.cdf(low - 1, 1000, 0.1) <= tail < stats.binom.cdf(low, 1000, 0.1)
    assert stats.binom.sf(high, 1000, 0.1) <= tail < stats.binom.sf(high - 1, 1000, 0.1)


def test_the_summary_and_the_figure_have_the_ranks_of_every_policy() -> None:
    summary = summarise(RESULT, predict_observations(RESULT), COVERAGE, RANKS)
    ranks = summary["ranks"]
    assert set(ranks["counts"]) == set(ranks["p_values"]) == set(COVERAGE.shares)
    assert {sum(counts) for counts in ranks["counts"].values()} == {RANKS.truths}
    constrained = summary["coverage"]["constrained"]
    assert ranks["band"] == count_band(RANKS.truths, len(constrained), RANK_ERROR_RATE)
    panels = {axes.get_title(): axes for axes in ranks_figure(summary).axes}
    for name in policy_names():
        (steps,) = (patch for patch in panels[name].patches if isinstance(patch, StepPatch))
        assert steps.get_data().values.tolist() == ranks["counts"][f"effect {name}"]
