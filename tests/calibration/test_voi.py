"""Tests of the value of information against values in closed form.

Estimates agree with the truth within four of their standard errors. With other seeds, one check in 15,000 would fail
at random.
"""

from __future__ import annotations

import io
import re
from dataclasses import replace
from math import sqrt

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text
from numpy.typing import NDArray
from rich.console import Console
from scipy.stats import norm

from takeup.district import POSTERIOR, load_district, read_posterior
from takeup.errors import InputError
from takeup.io import parse_model
from takeup.report.i18n import language_of
from takeup_calibration.targets import output_key
from takeup_calibration.voi.estimators import ValueEstimate, VOIResult, estimate_voi, partition
from takeup_calibration.voi.evidence import (
    CANDIDATES,
    POINTS,
    Candidate,
    Evidence,
    default_scenarios,
    make_design,
    read_candidates,
)
from takeup_calibration.voi.report import render_table, sentences, values_figure

ERRORS = 4
MEAN, SAMPLE_OF_4 = 0.3, 0.5
"""Mean of a normal parameter with standard deviation 1, and standard error of a sample mean of size 4."""


def candidate(name: str, *, sample: int | None = None, error: float | None = None) -> Candidate:
    return Candidate.model_validate(
        {
            "name": name,
            "title": name,
            "expression": "valid",
            "month": "2018-12",
            "sample": sample,
            "error": error,
            "unit": None if error is None else "points",
            "cost_cny": 1000.0,
            "status": "assumed",
            "source": "a test",
        }
    )


def test_the_cost_of_a_candidate_may_be_a_text() -> None:
    texts = {"name": "one", "title": "One", "expression": "valid", "month": "2018-12", "source": "a test"}
    known = texts | {"sample": 10, "status": "assumed", "cost_cny": "6万"}
    assert parse_model(Candidate, known).cost_cny == 60_000.0
    with pytest.raises(
        InputError, match=r"cost_cny: the value is not an amount in yuan; .* did you mean 6\.00 or 600"
    ):
        parse_model(Candidate, known | {"cost_cny": "6,00"})


def evidence(
    benefits: NDArray[np.float64],
    known: dict[Candidate, NDArray[np.float64]],
    draw_ids: NDArray[np.int64] | None = None,
) -> Evidence:
    names = tuple(f"scenario_{i}" for i in range(benefits.shape[1]))
    truths = np.column_stack(list(known.values()))
    numbers = np.arange(len(benefits)) if draw_ids is None else draw_ids
    none = np.array([], dtype=np.int64)
    return Evidence(names, tuple(known), POINTS, benefits, truths, numbers, none, np.empty((0, benefits.shape[1])))


def evsi(result: VOIResult, name: str) -> ValueEstimate:
    return next(each.evsi for each in result.candidates if each.candidate.name == name)


def close(estimate: ValueEstimate, truth: float) -> bool:
    return abs(estimate.value - truth) <= ERRORS * estimate.error


@pytest.fixture(scope="module")
def normal() -> VOIResult:
    """Return the values for a normal benefit against a benefit of 0.

    The EVSI is E max(0, posterior mean) - E benefit.
    """
    generator = np.random.default_rng(1)
    benefit = MEAN + generator.standard_normal(400)
    known = {
        candidate("mean_of_four", error=SAMPLE_OF_4): benefit,
        candidate("one", error=1.0): benefit,
        candidate("nothing", error=1.0): np.zeros_like(benefit),
    }
    return estimate_voi(evidence(np.column_stack([benefit, np.zeros_like(benefit)]), known), seed=1)


def evsi_if_normal(error: float) -> float:
    sd = 1 / sqrt(1 + error**2)
    return float(sd * norm.pdf(MEAN / sd) - MEAN * norm.cdf(-MEAN / sd))


def test_values_of_a_normal_choice_are_those_of_the_closed_form(normal: VOIResult) -> None:
    assert close(normal.evpi, evsi_if_normal(0.0))
    assert close(evsi(normal, "mean_of_four"), evsi_if_normal(SAMPLE_OF_4))
    assert close(evsi(normal, "one"), evsi_if_normal(1.0))
    assert evsi(normal, "mean_of_four").error < 0.035
    assert evsi_if_normal(0.0) > evsi_if_normal(SAMPLE_OF_4) + 0.03 > evsi_if_normal(1.0) + 0.06


def test_an_uninformative_candidate_has_no_value_and_is_not_chosen(normal: VOIResult) -> None:
    nothing = evsi(normal, "nothing")
    assert close(nothing, 0.0)
    assert abs(nothing.value) < 0.02
    assert "nothing" not in [step.candidate for step in normal.steps]


def test_the_in_sample_estimate_agrees_with_many_draws(normal: VOIResult) -> None:
    for each in normal.candidates:
        assert each.in_sample == pytest.approx(each.evsi.value, abs=0.02)


def test_the_variance_removed_is_that_of_the_posterior(normal: VOIResult) -> None:
    (pair,) = normal.pairs
    removed = {part.candidate: part.removed for part in pair.contributions}
    assert close(removed["mean_of_four"], 1 / (1 + SAMPLE_OF_4**2))
    assert close(removed["one"], 0.5)
    assert removed["nothing"].value == pytest.approx(0.0, abs=0.01)
    assert pair.evpi == normal.evpi
    assert pair.sd == pytest.approx(1.0, abs=0.1)
    assert pair.better == pytest.approx(norm.cdf(MEAN), abs=0.06)


def test_a_sample_of_a_share_has_binomial_error() -> None:
    """The EVSI of a sample agrees with the closed form for a uniform share.

    The choice is between the share and 0.5. Given x of n, the posterior mean is (x + 1) / (n + 2), and every x is
    equally probable.
    """
    share = np.random.default_rng(2).uniform(size=400)
    known = {candidate("three", sample=3): share, candidate("sixty", sample=60): share}
    result = estimate_voi(evidence(np.column_stack([share, np.full_like(share, 0.5)]), known), seed=2)
    assert close(result.evpi, 1 / 8)
    for name, size in (("three", 3), ("sixty", 60)):
        means = (np.arange(size + 1) + 1) / (size + 2)
        truth = float(np.maximum(means, 0.5).mean()) - 0.5
        assert close(evsi(result, name), truth), name
        assert evsi(result, name).error < 0.012


@pytest.fixture(scope="module")
def of_two_parts() -> VOIResult:
    """Return the values for a benefit with two components.

    Two candidates measure the larger component and one the smaller.
    """
    generator = np.random.default_rng(3)
    large, small, third = generator.standard_normal((3, 200))
    known = {
        candidate("of_the_small", error=0.1): small,
        candidate("of_the_large", error=0.1): large,
        candidate("of_the_large_again", error=0.3): large,
        candidate("nothing", error=1.0): np.zeros_like(large),
    }
    benefit = large + 0.7 * small
    return estimate_voi(evidence(np.column_stack([np.zeros_like(benefit), benefit, third - 1.5]), known), seed=3)


@pytest.mark.slow
def test_the_next_candidate_is_the_one_with_the_largest_additional_gain(of_two_parts: VOIResult) -> None:
    order = [step.candidate for step in of_two_parts.steps]
    assert order[:2] == ["of_the_large", "of_the_small"]
    assert evsi(of_two_parts, "of_the_large_again").value > evsi(of_two_parts, "of_the_small").value
    assert of_two_parts.steps[1].total.value > 0.9 * of_two_parts.evpi.value - 0.1


@pytest.mark.slow
def test_no_candidate_is_collected_twice_and_the_total_is_at_most_the_evpi(
    of_two_parts: VOIResult, normal: VOIResult
) -> None:
    for result in (of_two_parts, normal):
        order = [step.candidate for step in result.steps]
        assert len(set(order)) == len(order) > 0
        total = sum(step.gain.value for step in result.steps)
        assert total == pytest.approx(result.steps[-1].total.value)
        assert total <= result.evpi.value
        assert result.steps[0].gain == result.candidates[0].evsi
        assert all(step.gain.value > step.gain.error for step in result.steps)


@pytest.mark.slow
def test_a_regression_fitted_to_noise_gains_nothing() -> None:
    """The estimate for noise is 0 with cross-fitting, and positive without it."""
    generator = np.random.default_rng(4)
    known = {candidate(f"noise_{i}", error=1.0): generator.standard_normal(40) for i in range(4)}
    result = estimate_voi(evidence(generator.standard_normal((40, 3)), known), seed=4)
    assert np.mean([each.in_sample for each in result.candidates]) > 0.01
    assert np.mean([each.evsi.value for each in result.candidates]) < 0.01


def test_equal_draws_are_in_the_same_fold() -> None:
    """A regression is never evaluated on a copy of a draw to which it was fitted."""
    draw_ids = np.repeat(np.arange(30), 4)
    folds = partition(draw_ids, 10, np.random.default_rng(1))
    assert len({(kind, fold) for kind, fold in zip(draw_ids.tolist(), folds.tolist(), strict=True)}) == 30
    assert set(folds.tolist()) == set(range(10))
    generator = np.random.default_rng(5)
    benefits, data = generator.standard_normal((30, 2))[draw_ids], generator.standard_normal(30)[draw_ids]
    alone = estimate_voi(evidence(benefits, {candidate("label", error=1e-9): data}, draw_ids), seed=5)
    assert evsi(alone, "label").value < 0.15 * alone.evpi.value
    lonely = estimate_voi(evidence(benefits, {candidate("label", error=1e-9): data}), seed=5)
    assert alone.evpi.error > 1.5 * lonely.evpi.error


def test_draws_with_equal_parameters_are_equal_draws_despite_the_numbers_of_measures() -> None:
    district = load_district("liwan")
    posterior = read_posterior(district.folder / POSTERIOR, district.parameters)
    design = make_design(district, posterior, None, default_scenarios(), (), agents=1000, seed=1)
    rows = pd.read_parquet(posterior.file, columns=["row"])["row"].nunique()
    assert len(set(design.draw_ids)) == rows < len(posterior.draws)


def test_noise_is_the_effect_of_another_seed() -> None:
    generator = np.random.default_rng(6)
    benefits = generator.standard_normal((200, 2))
    repeated = benefits[:150] + np.column_stack([np.where(np.arange(150) % 2, 0.5, -0.5), np.zeros(150)])
    rerun = replace(
        evidence(benefits, {candidate("nothing", error=1.0): np.zeros(200)}),
        repeated=np.arange(150),
        repeated_benefits=repeated,
    )
    (pair,) = estimate_voi(rerun, seed=6).pairs
    assert pair.noise_sd == pytest.approx(0.5 / sqrt(2))


def test_the_output_is_chinese_but_for_names(normal: VOIResult) -> None:
    chinese, pair = language_of("zh"), normal.pair_with_highest_evpi
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(render_table(normal, pair, chinese))
    figure = values_figure(normal, pair, "荔湾区", chinese)
    texts = [str(text.get_text()) for text in figure.findobj(Text)]
    printed = " ".join([console.export_text(), *sentences(normal, pair, chinese), *texts])
    assert "信息价值" in printed
    names = [*normal.evidence.scenarios, *(value.candidate.name for value in normal.candidates)]
    words = set(re.findall("[A-Za-z]{2,}", printed))
    assert words <= set(re.findall("[A-Za-z]{2,}", " ".join(names)))


def test_the_value_of_a_candidate_does_not_depend_on_the_others(normal: VOIResult) -> None:
    of = normal.evidence
    alone = replace(of, candidates=of.candidates[1:2], truths=of.truths[:, 1:2])
    assert evsi(estimate_voi(alone, seed=1), "one") == evsi(normal, "one")


def test_the_shipped_candidates_can_be_read() -> None:
    result = read_candidates(CANDIDATES)
    assert len(result) >= 8
    assert {"awareness_survey", "applications", "lapsed_stock", "endorsed_of_due", "waits"} <= {
        each.name for each in result
    }
    survey = next(each for each in result if each.name == "awareness_survey")
    outputs = {
        output_key(survey.first, survey.last, name): count
        for name, count in (("unaware", 400.0), ("population", 1000.0))
    }
    assert survey.sample == 600
    assert survey.predict(outputs) == pytest.approx(0.6)


def test_no_default_scenario_contains_another() -> None:
    assert [each.name for each in default_scenarios()] == [
        "documents",
        "feedback",
        "publicity",
        "reminders",
        "schooling",
    ]


def test_the_error_of_removed_variance_is_known_although_some_resamples_have_no_variance() -> None:
    """Scenarios that differ in two of 50 draws do not differ in an eighth of the bootstrap resamples."""
    truth = np.arange(50.0)
    benefits = np.column_stack([np.zeros(50), (truth == 7).astype(float) - (truth == 8)])
    result = estimate_voi(evidence(benefits, {candidate("known", error=0.1): truth}), seed=1)
    assert all(
        np.isfinite([part.removed.value, part.removed.error]).all()
        for pair in result.pairs
        for part in pair.contributions
    )
