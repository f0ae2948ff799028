"""Attentiveness of a person, and what it does to a probability."""

from __future__ import annotations

from math import exp, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takeup.rules.attentiveness import attentive_probability, lognormal_attentiveness

SHARE = st.floats(0.0, 1.0)
ATTENTIVENESS = st.floats(0.0, 256.0)


@pytest.mark.parametrize(
    ("probability", "attentiveness", "expected"),
    [(0.2, 0.5, 0.1), (0.2, 3.0, 0.6), (0.2, 5.0, 1.0), (0.8, 1.5, 1.0), (0.0, 50.0, 0.0), (1.0, 0.25, 0.25)],
)
def test_attentiveness_multiplies_a_probability_up_to_1(
    probability: float, attentiveness: float, expected: float
) -> None:
    assert attentive_probability(probability, attentiveness) == pytest.approx(expected)


@given(probability=SHARE)
def test_the_average_attentiveness_of_1_leaves_a_probability_unchanged_to_the_bit(probability: float) -> None:
    assert attentive_probability(probability, 1.0) == probability


@given(probability=SHARE, more=SHARE, attentiveness=ATTENTIVENESS, further=ATTENTIVENESS)
def test_the_probability_is_monotone_in_both_arguments_and_never_above_1(
    probability: float, more: float, attentiveness: float, further: float
) -> None:
    """The engines rely on it: an event with the uniform number 1 never occurs, and bounds hold after rounding."""
    result = attentive_probability(probability, attentiveness)
    assert 0.0 <= result <= attentive_probability(min(probability + more, 1.0), attentiveness) <= 1.0
    assert result <= attentive_probability(probability, attentiveness + further)


@given(quantile=st.floats(-6.0, 6.0))
def test_without_a_spread_attentiveness_is_exactly_1(quantile: float) -> None:
    assert lognormal_attentiveness(quantile, 0.0) == 1.0


@given(quantile=st.floats(-6.0, 6.0), sigma=st.floats(0.01, 3.0))
def test_the_logarithm_of_attentiveness_is_linear_in_the_quantile(quantile: float, sigma: float) -> None:
    """The slope is `sigma`; the median is exp(-sigma² / 2), so that the mean of the distribution is 1."""
    value = lognormal_attentiveness(quantile, sigma)
    assert log(value / lognormal_attentiveness(0.0, sigma)) == pytest.approx(sigma * quantile, abs=1e-9)
    assert lognormal_attentiveness(0.0, sigma) == pytest.approx(exp(-(sigma**2) / 2.0))
