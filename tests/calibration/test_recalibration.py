"""Tests of coverage and ranks, with posteriors that are known.

The first score of the fixture's points and the effects of the policies have posteriors that the targets constrain.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.patches import StepPatch
from scipy import stats

from takeup_calibration import recalibration
from takeup_calibration.calibrator import EvaluatedDesign
from takeup_calibration.diagnostics import RANK_ERROR_RATE, DiagnosticCheck, run_checks
from takeup_calibration.evaluator import policy_names
from takeup_calibration.figures import ranks_figure
from takeup_calibration.recalibration import count_band, draw_errors, estimate_coverage, estimate_ranks
from takeup_calibration.report import summarise
from tests.calibration.fixtures import make_design, make_result

RESULT = make_result()
COVERAGE = estimate_coverage(RESULT.design)
RANKS = estimate_ranks(RESULT.design)
COVERAGE_CHECK, RANKS_CHECK = "coverage of the 90 % intervals", "uniform ranks of known points"


def gaussian_design(count: int, seed: int) -> EvaluatedDesign:
    """A design whose only fitted target is the mean of the first two scores, with a normal error of 0.3."""
    design = make_design(count, seed)
    design.observations = [design.observations[0], design.observations[1].model_copy(update={"fit": False})]
    return design


def check_named(name: str, design: EvaluatedDesign) -> DiagnosticCheck:
    checks = run_checks(replace(RESULT, design=design), estimate_coverage(design), estimate_ranks(design))
    return next(each for each in checks if each.name == name)


def with_errors(monkeypatch: pytest.MonkeyPatch, change: Callable[[np.ndarray], np.ndarray]) -> None:
    """Change the errors of the test points' targets, which the posteriors do not take into account."""
    monkeypatch.setattr(recalibration, "draw_errors", lambda *arguments: change(draw_errors(*arguments)))


def test_intervals_cover_at_their_nominal_rate() -> None:
    """Coverage is 90 % within a tolerance.

    The tolerance is four Monte Carlo standard errors, plus 0.02 for quantiles of few neighbours.
    """
    assert COVERAGE.truths > 1000
    for name, share in COVERAGE.shares.items():
        assert share == pytest.approx(0.9, abs=4 * COVERAGE.errors[name] + 0.02), name


def test_intervals_from_understated_errors_do_not_cover(monkeypatch: pytest.MonkeyPatch) -> None:
    """Coverage is too low if the true errors are three times the stated ones."""
    design = make_design(2048, 1)
    with_errors(monkeypatch, lambda errors: 3 * errors)
    assert estimate_coverage(design).shares[design.names[design.adapted[0]]] < 0.85


def test_ranks_of_a_linear_gaussian_model_are_uniform() -> None:
    """A correct estimate fails with a probability of at most 1 %, over all quantities."""
    ranks = estimate_ranks(gaussian_design(2048, 1))
    assert ranks.truths > 1000
    assert min(ranks.p_values.values()) >= 0.01 / len(ranks.names)


def test_ranks_are_those_of_the_closed_form_posterior() -> None:
    """Ranks are the normal cumulative probabilities of the exact posterior.

    The mean of two standard normal scores has the variance 1/2, and the covariance 1/2 with each. A rank from a
    weighted sample of effective size n has a standard error of at most 0.5 / sqrt(n); here n is some 700 in the mean.
    """
    design = gaussian_design(2048, 1)
    ranks = estimate_ranks(design)
    errors = draw_errors(design.observations[:1], 2048, design.seed)[:, 0]
    observed = (design.predicted[:, 0] + errors)[ranks.points]
    gain = 0.5 / (0.5 + 0.3**2)
    deviation = np.sqrt(1 - 0.5 * gain)
    first = design.scores[ranks.points, 0]
    exact = stats.norm.cdf((first - gain * observed) / deviation)
    estimated = ranks.values[:, ranks.names.index(design.names[design.adapted[0]])]
    assert np.sqrt(np.mean((estimated - exact) ** 2)) < 0.03
    assert np.ptp(exact) > 0.99


def test_ranks_are_uniform_whatever_the_effective_sample_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Posteriors of a few points give uniform ranks, because the test point itself is one of their points.

    A correct estimate fails with a probability of at most 1 %, over all quantities.
    """
    monkeypatch.setattr(recalibration, "_MIN_NEIGHBOURS", 0.0)
    values = np.concatenate([estimate_ranks(make_design(16, seed)).values for seed in range(150)])
    assert len(values) == 16 * 150
    p_values = stats.chisquare([np.histogram(column, 10, (0, 1))[0] for column in values.T], axis=1).pvalue
    assert p_values.min() >= 0.01 / len(p_values)


def test_the_tests_of_uniformity_are_conservative() -> None:
    """At most 5 % of the p-values of each quantity are below 0.05.

    Over 40 designs, a test with an error rate of 5 % has more than 9 of them with a probability of 2e-5. A correct
    estimate therefore fails with a probability of at most 6e-4, over all 29 quantities.
    """
    p_values = np.array([list(estimate_ranks(make_design(256, seed)).p_values.values()) for seed in range(40)])
    assert (p_values < 0.05).sum(axis=0).max() <= 9


@pytest.mark.parametrize("factor", [1.5, 0.67])
def test_posteriors_of_a_wrong_width_fail_the_check_of_the_ranks(
    monkeypatch: pytest.MonkeyPatch, factor: float
) -> None:
    """Errors of 1.5 tolerances make the posteriors too narrow, and errors of two thirds too wide."""
    with_errors(monkeypatch, lambda errors: factor * errors)
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
    design.predicted[7, 0] = np.nan
    outlier = int(np.argmax(np.abs(design.predicted[:, 1])))
    design.predicted[outlier, 1] = 50.0
    ranks = estimate_ranks(design)
    assert not {7, outlier} & set(ranks.points.tolist())
    assert ranks.truths + ranks.left_out == 511
    kept = np.delete(np.arange(512), [7, outlier])
    assert set(ranks.points.tolist()) <= set(kept.tolist())


def test_the_same_seed_gives_the_same_ranks() -> None:
    assert np.array_equal(RANKS.values, estimate_ranks(make_design(2048, 1)).values)


def test_the_band_has_the_stated_error_rate() -> None:
    """The band is the narrowest whose tails have at most the error rate, by bin, side and quantity."""
    low, high = count_band(1000, 12, 0.01)
    tail = 0.01 / (2 * 10 * 12)
    assert stats.binom.cdf(low - 1, 1000, 0.1) <= tail < stats.binom.cdf(low, 1000, 0.1)
    assert stats.binom.sf(high, 1000, 0.1) <= tail < stats.binom.sf(high - 1, 1000, 0.1)


def test_the_summary_and_the_figure_have_the_ranks_of_every_policy() -> None:
    summary = summarise(RESULT, COVERAGE, RANKS)
    ranks = summary["ranks"]
    assert set(ranks["counts"]) == set(ranks["p_values"]) == set(COVERAGE.shares)
    assert {sum(counts) for counts in ranks["counts"].values()} == {RANKS.truths}
    constrained = summary["coverage"]["constrained"]
    assert ranks["band"] == count_band(RANKS.truths, len(constrained), RANK_ERROR_RATE)
    panels = {axes.get_title(): axes for axes in ranks_figure(summary).axes}
    for name in policy_names():
        (steps,) = (patch for patch in panels[name].patches if isinstance(patch, StepPatch))
        assert steps.get_data().values.tolist() == ranks["counts"][f"effect {name}"]
