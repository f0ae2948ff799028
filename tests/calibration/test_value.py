"""The value of information: choices whose value is known in closed form.

Estimates are held against the truth within four of their standard errors; with other seeds one check in 15,000 would
fail by chance.
"""

from __future__ import annotations

from dataclasses import replace
from math import sqrt

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm

from takeup_calibration.expressions import Expression
from takeup_calibration.lives import window_key
from takeup_calibration.value.candidates import CANDIDATES, Candidate, read_candidates
from takeup_calibration.value.evidence import POINTS, Evidence
from takeup_calibration.value.plan import usual_scenarios
from takeup_calibration.value.regression import parted
from takeup_calibration.value.valuing import Valuation, valued
from takeup_calibration.value.worth import Estimate

ERRORS = 4
MEAN, SAMPLE_OF_4 = 0.3, 0.5
"""Of the normal parameter, whose standard deviation is 1; and the standard error of a mean of four."""


def candidate(name: str, *, sample: int | None = None, error: float | None = None) -> Candidate:
    return Candidate(
        name, name, Expression("valid", ["valid"]), 24227, 24227, sample, error, None if error is None else "points",
        1000.0, "assumed", "a test",
    )  # fmt: skip


def evidence(
    benefits: NDArray[np.float64], known: dict[Candidate, NDArray[np.float64]], kinds: NDArray[np.int64] | None = None
) -> Evidence:
    names = tuple(f"scenario_{i}" for i in range(benefits.shape[1]))
    truths = np.column_stack(list(known.values()))
    numbers = np.arange(len(benefits)) if kinds is None else kinds
    none = np.array([], dtype=np.int64)
    return Evidence(names, tuple(known), POINTS, benefits, truths, numbers, none, np.empty((0, benefits.shape[1])))


def worth(found: Valuation, name: str) -> Estimate:
    return next(each.evsi for each in found.worths if each.candidate.name == name)


def close(found: Estimate, truth: float) -> bool:
    return abs(found.value - truth) <= ERRORS * found.error


@pytest.fixture(scope="module")
def normal() -> Valuation:
    """A benefit that is normal against one that is nothing: data are worth E max(0, posterior mean) - E benefit."""
    generator = np.random.default_rng(1)
    benefit = MEAN + generator.standard_normal(400)
    known = {
        candidate("mean_of_four", error=SAMPLE_OF_4): benefit,
        candidate("one", error=1.0): benefit,
        candidate("nothing", error=1.0): np.zeros_like(benefit),
    }
    return valued(evidence(np.column_stack([benefit, np.zeros_like(benefit)]), known), seed=1)


def worth_if_normal(error: float) -> float:
    sd = 1 / sqrt(1 + error**2)
    return float(sd * norm.pdf(MEAN / sd) - MEAN * norm.cdf(-MEAN / sd))


def test_values_of_a_normal_choice_are_those_of_the_closed_form(normal: Valuation) -> None:
    assert close(normal.evpi, worth_if_normal(0.0))
    assert close(worth(normal, "mean_of_four"), worth_if_normal(SAMPLE_OF_4))
    assert close(worth(normal, "one"), worth_if_normal(1.0))
    assert worth(normal, "mean_of_four").error < 0.035
    assert worth_if_normal(0.0) > worth_if_normal(SAMPLE_OF_4) + 0.03 > worth_if_normal(1.0) + 0.06


def test_what_tells_nothing_is_worth_nothing_and_is_not_to_be_collected(normal: Valuation) -> None:
    nothing = worth(normal, "nothing")
    assert close(nothing, 0.0)
    assert abs(nothing.value) < 0.02
    assert "nothing" not in [step.candidate for step in normal.steps]


def test_the_usual_estimate_stands_beside_and_agrees_where_there_are_many_draws(normal: Valuation) -> None:
    for each in normal.worths:
        assert each.usual == pytest.approx(each.evsi.value, abs=0.02)


def test_the_variance_removed_is_that_of_the_posterior(normal: Valuation) -> None:
    (pair,) = normal.pairs
    removed = {part.candidate: part.removed for part in pair.parts}
    assert close(removed["mean_of_four"], 1 / (1 + SAMPLE_OF_4**2))
    assert close(removed["one"], 0.5)
    assert removed["nothing"].value == pytest.approx(0.0, abs=0.01)
    assert pair.evpi == normal.evpi
    assert pair.sd == pytest.approx(1.0, abs=0.1)
    assert pair.better == pytest.approx(norm.cdf(MEAN), abs=0.06)


def test_a_sample_of_a_share_has_binomial_error() -> None:
    """A share, uniform, against a half: the posterior mean is (x + 1) / (n + 2), and every x is alike probable."""
    share = np.random.default_rng(2).uniform(size=400)
    known = {candidate("three", sample=3): share, candidate("sixty", sample=60): share}
    found = valued(evidence(np.column_stack([share, np.full_like(share, 0.5)]), known), seed=2)
    assert close(found.evpi, 1 / 8)
    for name, size in (("three", 3), ("sixty", 60)):
        means = (np.arange(size + 1) + 1) / (size + 2)
        truth = float(np.maximum(means, 0.5).mean()) - 0.5
        assert close(worth(found, name), truth), name
        assert worth(found, name).error < 0.012


@pytest.fixture(scope="module")
def of_two_parts() -> Valuation:
    """A benefit of two parts: one candidate tells of the larger, one of the smaller, and one repeats the first."""
    generator = np.random.default_rng(3)
    large, small, third = generator.standard_normal((3, 200))
    known = {
        candidate("of_the_small", error=0.1): small,
        candidate("of_the_large", error=0.1): large,
        candidate("of_the_large_again", error=0.3): large,
        candidate("nothing", error=1.0): np.zeros_like(large),
    }
    benefit = large + 0.7 * small
    return valued(evidence(np.column_stack([np.zeros_like(benefit), benefit, third - 1.5]), known), seed=3)


def test_what_is_collected_next_is_what_adds_to_what_is_known(of_two_parts: Valuation) -> None:
    order = [step.candidate for step in of_two_parts.steps]
    assert order[:2] == ["of_the_large", "of_the_small"]
    assert worth(of_two_parts, "of_the_large_again").value > worth(of_two_parts, "of_the_small").value
    assert of_two_parts.steps[1].total.value > 0.9 * of_two_parts.evpi.value - 0.1


def test_nothing_is_collected_twice_and_no_more_is_gained_than_by_knowing_everything(
    of_two_parts: Valuation, normal: Valuation
) -> None:
    for found in (of_two_parts, normal):
        order = [step.candidate for step in found.steps]
        assert len(set(order)) == len(order) > 0
        total = sum(step.gain.value for step in found.steps)
        assert total == pytest.approx(found.steps[-1].total.value)
        assert total <= found.evpi.value
        assert found.steps[0].gain == found.worths[0].evsi
        assert all(step.gain.value > step.gain.error for step in found.steps)


def test_a_regression_that_learns_chance_gains_nothing() -> None:
    """Forty draws of noise: judged by what they were fitted to, data look worth something."""
    generator = np.random.default_rng(4)
    known = {candidate(f"noise_{i}", error=1.0): generator.standard_normal(40) for i in range(4)}
    found = valued(evidence(generator.standard_normal((40, 3)), known), seed=4)
    assert np.mean([each.usual for each in found.worths]) > 0.01
    assert np.mean([each.evsi.value for each in found.worths]) < 0.01


def test_draws_that_are_the_same_are_on_the_same_side() -> None:
    """Or a regression would be judged by draws that it knows."""
    kinds = np.repeat(np.arange(30), 4)
    folds = parted(kinds, 10, np.random.default_rng(1))
    assert len({(kind, fold) for kind, fold in zip(kinds.tolist(), folds.tolist(), strict=True)}) == 30
    assert set(folds.tolist()) == set(range(10))
    generator = np.random.default_rng(5)
    benefits, data = generator.standard_normal((30, 2))[kinds], generator.standard_normal(30)[kinds]
    alone = valued(evidence(benefits, {candidate("label", error=1e-9): data}, kinds), seed=5)
    assert worth(alone, "label").value < 0.15 * alone.evpi.value
    lonely = valued(evidence(benefits, {candidate("label", error=1e-9): data}), seed=5)
    assert alone.evpi.error > 1.5 * lonely.evpi.error


def test_chance_is_what_other_luck_does() -> None:
    generator = np.random.default_rng(6)
    benefits = generator.standard_normal((200, 2))
    again = benefits[:150] + np.column_stack([np.where(np.arange(150) % 2, 0.5, -0.5), np.zeros(150)])
    lived = replace(
        evidence(benefits, {candidate("nothing", error=1.0): np.zeros(200)}), twice=np.arange(150), again=again
    )
    (pair,) = valued(lived, seed=6).pairs
    assert pair.chance == pytest.approx(0.5 / sqrt(2))


def test_what_is_found_of_a_candidate_does_not_hang_on_the_others(normal: Valuation) -> None:
    of = normal.evidence
    alone = replace(of, candidates=of.candidates[1:2], truths=of.truths[:, 1:2])
    assert worth(valued(alone, seed=1), "one") == worth(normal, "one")


def test_the_shipped_candidates_can_be_read_and_are_of_the_years_before_the_choice() -> None:
    found = read_candidates(CANDIDATES)
    assert len(found) >= 8
    assert {"awareness_survey", "applications", "lapsed_stock", "endorsed_of_due", "waits"} <= {
        each.name for each in found
    }
    survey = next(each for each in found if each.name == "awareness_survey")
    outputs = {window_key(survey.first, survey.last, name): count for name, count in
               (("unaware", 400.0), ("population", 1000.0))}  # fmt: skip
    assert survey.sample == 600
    assert survey.truth(outputs) == pytest.approx(0.6)


def test_one_chooses_among_levers_none_of_which_holds_another() -> None:
    assert [each.name for each in usual_scenarios()] == [
        "documents",
        "feedback",
        "publicity",
        "reminders",
        "schooling",
    ]
