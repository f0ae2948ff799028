"""Checks of a calibration, on ones whose answer is known: each holds where it should and fails where it should."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from takeup_calibration.confirming import central
from takeup_calibration.contradictions import contradicting, never_together, unreachable
from takeup_calibration.coverage import coverage
from takeup_calibration.diagnostics import Verdict, constrained, median_error, predictive, verdicts
from takeup_calibration.directions import directions, spreads
from takeup_calibration.lives import branch_names
from tests.calibration.invented import calibration, figure, rows_of, uneven

FOUND = calibration()
COVERED = coverage(FOUND.rows)


def verdict(name: str, **changes: object) -> Verdict:
    found = replace(FOUND, **changes)  # type: ignore[arg-type]
    return next(each for each in verdicts(found, COVERED) if each.name == name)


def test_a_good_calibration_passes_every_check() -> None:
    assert [each.name for each in verdicts(FOUND, COVERED) if not each.passed] == []


def test_intervals_cover_as_often_as_they_say() -> None:
    """Four Monte Carlo errors of a share over this many truths, and two points for quantiles of few rows."""
    assert COVERED.truths > 1000
    for name, share in COVERED.shares.items():
        assert share == pytest.approx(0.9, abs=4 * COVERED.errors[name] + 0.02), name


def test_intervals_from_errors_told_too_small_do_not_cover(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the diagnostic is for: figures with three times the error that is stated."""
    rows = rows_of(2048, 1)
    module = "takeup_calibration.coverage._errors"
    honest = coverage.__globals__["_errors"]
    monkeypatch.setattr(module, lambda *given: 3 * honest(*given))
    assert coverage(rows).shares[rows.names[rows.adapting[0]]] < 0.85


def test_a_small_effective_sample_fails() -> None:
    weights = np.zeros(len(FOUND.weights))
    weights[:100] = 0.01
    assert not verdict("effective sample", weights=weights).passed


def test_halves_that_disagree_fail() -> None:
    rows = rows_of(2048, 1)
    for row, found in enumerate(rows.found):
        assert found is not None
        found["effects"]["publicity"] += 3.0 * (row % 2)
    assert not verdict("two halves of the rows", rows=rows).passed


def test_a_figure_that_is_not_predicted_fails() -> None:
    rows = rows_of(2048, 1)
    rows.predicted[:, 0] += 10.0
    assert "one" in verdict("every fitted figure is predicted", rows=rows).measured


def test_a_dummy_that_is_learnt_of_fails() -> None:
    dummy = FOUND.rows.scores[:, -1]
    weights = FOUND.weights * np.exp(-2 * dummy**2)
    assert not verdict("a dummy is not learnt of", weights=weights / weights.sum()).passed


def test_sizes_that_disagree_fail() -> None:
    assert FOUND.confirmed is not None
    apart = replace(FOUND.confirmed, whole=FOUND.confirmed.small + 0.3)
    assert not verdict("a smaller size tells the same", confirmed=apart).passed
    assert not verdict("a smaller size tells the same", confirmed=None).passed


def test_learnt_parameters_are_named_and_the_others_not() -> None:
    named = constrained(FOUND, COVERED)
    names = [FOUND.rows.names[i] for i in FOUND.rows.adapting]
    assert set(named) >= {*(f"effect {lever}" for lever in branch_names()), *names[:3]}
    assert names[5] not in named


def test_spreads_are_those_of_the_known_posterior() -> None:
    """The third score is seen within 0.25 of 0 with an error of 0.4 beyond; the last ones are not seen."""
    ratios = spreads(FOUND.rows.scores, FOUND.weights)
    assert ratios[-1] == pytest.approx(1.0, abs=0.12)
    assert ratios[2] < 0.6


def test_the_combination_that_is_seen_is_found_first() -> None:
    found = directions(["a", "b", "c", "d"], FOUND.rows.scores[:, :4], FOUND.weights)
    assert {name for name, _ in found[0].parts} == {"a", "b"}
    assert found[0].parts[0][1] * found[0].parts[1][1] > 0, "more of the one goes with less of the other"
    assert found[0].words in {"more a with less b", "more b with less a"}
    assert found[0].spread < 0.45


def test_nothing_is_found_in_the_prior() -> None:
    even = uneven(FOUND, np.full(len(FOUND.weights), 1 / len(FOUND.weights)))
    assert directions(even.rows.names[: len(even.rows.adapting)], even.rows.scores, even.weights) == []


def test_a_medians_error_is_that_of_normal_samples() -> None:
    """The mean over 200 samples; its own error is 1 %."""
    samples = np.random.default_rng(1).normal(0.0, 2.0, (200, 300))
    assert np.mean([median_error(sample) for sample in samples]) == pytest.approx(
        1.2533 * 2.0 / np.sqrt(300), rel=0.06
    )


def test_predictions_are_as_wide_as_draws_and_tolerance_together() -> None:
    draws = np.random.default_rng(2).normal(0.0, 3.0, 20_000)
    low, high = predictive(figure("any", 0.0, 4.0), draws, 3)
    assert (low, high) == (pytest.approx(-1.645 * 5, abs=0.25), pytest.approx(1.645 * 5, abs=0.25))


def test_central_rows_are_near_the_middle() -> None:
    chosen = central(FOUND.rows, FOUND.drawn, 5)
    effects = FOUND.rows.effects
    middle, spread = np.median(effects[FOUND.drawn], axis=0), effects[FOUND.drawn].std(axis=0)
    assert (np.abs((effects[chosen] - middle) / spread).mean(axis=1) < 1.0).all()


def test_contradictions_are_found_before_and_after() -> None:
    one, other = figure("one", 0.2, 0.01), figure("other", 0.3, 0.01)
    assert contradicting([one, other]) == [(one, other)]
    assert contradicting([one, figure("near", 0.22, 0.01)]) == []
    predicted = np.array([[0.2, 0.1], [0.9, 0.3], [0.5, 0.2]])
    assert never_together([one, other], predicted) == [(one, other)]
    assert never_together([one, other], np.array([[0.2, 0.31]])) == []
    assert unreachable([one, other], predicted) == []
    assert unreachable([figure("far", 2.0, 0.01)], predicted[:, :1])[0][1] == 0.9
