"""Tests of the diagnostic checks, with a calibration whose result is known."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from takeup.analysis.statistics import median_error
from takeup_calibration.diagnostics import (
    DiagnosticCheck,
    constrained_quantities,
    identified_directions,
    predictive_interval,
    run_checks,
)
from takeup_calibration.evaluator import policy_names
from takeup_calibration.importance import contraction_ratios
from takeup_calibration.observations import infeasible_observations, jointly_infeasible_pairs
from takeup_calibration.recalibration import Ranks, estimate_coverage, estimate_ranks
from takeup_calibration.representative import OUTCOME, Position
from takeup_calibration.targets import contradictory_pairs
from tests.calibration.fixtures import make_design, make_result, make_target, with_weights

RESULT = make_result()
COVERAGE = estimate_coverage(RESULT.design)
RANKS = estimate_ranks(RESULT.design)


def check(name: str, **changes: object) -> DiagnosticCheck:
    result = replace(RESULT, **changes)  # type: ignore[arg-type]
    return next(each for each in run_checks(result, COVERAGE, RANKS) if each.name == name)


def test_a_good_calibration_passes_every_check() -> None:
    assert [each.name for each in run_checks(RESULT, COVERAGE, RANKS) if not each.passed] == []


def check_ranks(ranks: Ranks) -> DiagnosticCheck:
    checks = run_checks(RESULT, COVERAGE, ranks)
    return next(each for each in checks if each.name == "uniform ranks of known points")


@pytest.mark.parametrize(("moved", "p_value"), [(34, 6e-3), (40, 2e-4)])
def test_ranks_that_are_not_uniform_fail_at_1_percent_over_all_quantities(moved: int, p_value: float) -> None:
    """The check tests the six effects and the three constrained parameters, each with an error rate of 0.01 / 9."""
    assert len(constrained_quantities(RESULT)) == 9
    ranks = np.repeat(np.arange(0.0005, 1.0, 0.001)[:, np.newaxis], len(RANKS.names), axis=1)
    ranks[:moved, RANKS.names.index("effect publicity")] += 0.1
    checked = check_ranks(replace(RANKS, points=np.arange(1000), values=ranks))
    assert checked.passed == (p_value > 0.01 / 9)
    assert re.fullmatch(r"least p-value \S+ \(effect publicity\) over 1000 test points", checked.measured)
    assert float(checked.measured.split()[2]) == pytest.approx(p_value, rel=0.2)


def test_ranks_of_too_few_points_fail() -> None:
    for points in (0, 299, 300):
        ranks = replace(RANKS, points=RANKS.points[:points], values=RANKS.values[:points])
        assert check_ranks(ranks).passed == (points == 300)


def test_a_small_effective_sample_fails() -> None:
    weights = np.zeros(len(RESULT.weights))
    weights[:100] = 0.01
    assert not check("effective sample", weights=weights).passed


def test_halves_that_disagree_fail() -> None:
    design = make_design(2048, 1)
    for point, output in enumerate(design.outputs):
        assert output is not None
        output["effects"]["publicity"] += 3.0 * (point % 2)
    assert not check("two halves of the points", design=design).passed


def test_a_target_that_is_not_predicted_fails() -> None:
    design = make_design(2048, 1)
    design.predicted[:, 0] += 10.0
    assert "one" in check("every fitted target is predicted", design=design).measured


def test_a_dummy_that_leaves_its_prior_fails() -> None:
    dummy = RESULT.design.scores[:, -1]
    weights = RESULT.weights * np.exp(-2 * dummy**2)
    assert not check("the dummy parameter stays at its prior", weights=weights / weights.sum()).passed


def test_sizes_that_disagree_fail() -> None:
    assert RESULT.full_size is not None
    different = replace(RESULT.full_size, full=RESULT.full_size.small + 0.3)
    assert not check("a smaller size gives the same results", full_size=different).passed
    assert not check("a smaller size gives the same results", full_size=None).passed


def test_constrained_parameters_are_named_and_the_others_not() -> None:
    named = constrained_quantities(RESULT)
    names = [RESULT.design.names[i] for i in RESULT.design.adapted]
    assert set(named) >= {*(f"effect {policy}" for policy in policy_names()), *names[:3]}
    assert names[5] not in named


def test_contraction_ratios_are_those_of_the_known_posterior() -> None:
    """Observed scores contract and the others do not.

    The third score has a target of 0 ± 0.25 with a tolerance of 0.4; the last scores have no target.
    """
    ratios = contraction_ratios(RESULT.design.scores, RESULT.weights)
    assert ratios[-1] == pytest.approx(1.0, abs=0.12)
    assert ratios[2] < 0.6


def test_the_observed_combination_comes_first() -> None:
    first = identified_directions(["a", "b", "c", "d"], RESULT.design.scores[:, :4], RESULT.weights)[0]
    assert {name for name, _ in first.parts} == {"a", "b"}
    assert first.parts[0][1] * first.parts[1][1] > 0, "more of the one goes with less of the other"
    assert first.text in {"more a with less b", "more b with less a"}
    assert first.sd_ratio < 0.45


def test_the_prior_has_no_identified_direction() -> None:
    even = with_weights(RESULT, np.full(len(RESULT.weights), 1 / len(RESULT.weights)))
    assert (
        identified_directions(even.design.names[: len(even.design.adapted)], even.design.scores, even.weights) == []
    )


def test_the_error_of_a_median_agrees_with_normal_samples() -> None:
    """The mean over 200 samples has a relative standard error of 1 %."""
    samples = np.random.default_rng(1).normal(0.0, 2.0, (200, 300))
    assert np.mean([median_error(sample) for sample in samples]) == pytest.approx(
        1.2533 * 2.0 / np.sqrt(300), rel=0.06
    )


def test_predictions_are_as_wide_as_draws_and_tolerance_together() -> None:
    draws = np.random.default_rng(2).normal(0.0, 3.0, 20_000)
    low, high = predictive_interval(make_target("any", 0.0, 4.0), draws, 3)
    assert (low, high) == (pytest.approx(-1.645 * 5, abs=0.25), pytest.approx(1.645 * 5, abs=0.25))


def test_representative_values_outside_the_centre_fail_and_are_named() -> None:
    chosen = RESULT.representative
    outer = replace(chosen, positions=(*chosen.positions, Position("reason not_yet", 97.4, *OUTCOME)))
    failed = check("the representative values are central", representative=outer)
    assert not failed.passed
    assert failed.measured == "missed: reason not_yet at 97.4, required 25 to 75"


def test_contradictory_and_infeasible_targets_are_detected() -> None:
    one, other = make_target("one", 0.2, 0.01), make_target("other", 0.3, 0.01)
    assert contradictory_pairs([one, other]) == [(one, other)]
    assert contradictory_pairs([one, make_target("near", 0.22, 0.01)]) == []
    predicted = np.array([[0.2, 0.1], [0.9, 0.3], [0.5, 0.2]])
    assert jointly_infeasible_pairs([one, other], predicted) == [(one, other)]
    assert jointly_infeasible_pairs([one, other], np.array([[0.2, 0.31]])) == []
    assert infeasible_observations([one, other], predicted) == []
    assert infeasible_observations([make_target("far", 2.0, 0.01)], predicted[:, :1])[0][1] == 0.9
