"""Who considers, and how a permit that falls due ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takeup.rules import DISAPPOINTED, FORGOT, MOVED, NO_LAPSE
from takeup.rules.decision import (
    consideration_rate,
    considers,
    lapse_cause,
    trust_after_rejection,
    trust_while_holding,
)

UNIFORM = st.floats(0.0, 1.0, exclude_max=True)
SHARE = st.floats(0.0, 1.0)
ATTENTIVENESS = st.floats(0.0, 256.0)


@pytest.mark.parametrize(
    ("u", "prompted", "expected"),
    [(0.0899, False, True), (0.0901, False, False), (0.5999, True, True), (0.6001, True, False)],
)
def test_the_probability_of_considering_is_pace_times_attention_or_pace_if_prompted(
    u: float, prompted: bool, expected: bool
) -> None:
    """Pace 0.6, attention 0.15: a letter does not help where the paperwork is put off."""
    assert considers(u, 0.6, 0.15, 1.0, prompted) is expected


@given(u=UNIFORM, pace=SHARE, attention=SHARE, attentiveness=ATTENTIVENESS)
def test_a_prompted_migrant_considers_whenever_an_unprompted_one_does(
    u: float, pace: float, attention: float, attentiveness: float
) -> None:
    if considers(u, pace, attention, attentiveness, False):
        assert considers(u, pace, attention, attentiveness, True)
    assert considers(u, 1.0, attention, attentiveness, True)
    assert not considers(u, 0.0, attention, attentiveness, True)
    assert not considers(u, pace, 0.0, attentiveness, False)
    assert not considers(u, pace, attention, 0.0, False)


@pytest.mark.parametrize(
    ("attentiveness", "prompted", "expected"),
    [(0.5, False, 0.045), (1.0, False, 0.09), (4.0, False, 0.36), (10.0, False, 0.6), (0.5, True, 0.6)],
)
def test_attentiveness_multiplies_attention_up_to_certainty_and_does_not_affect_a_prompt(
    attentiveness: float, prompted: bool, expected: float
) -> None:
    assert consideration_rate(0.6, 0.15, attentiveness, prompted) == pytest.approx(expected)


@given(
    u=st.floats(0.0, 1.0),
    smaller=SHARE,
    pace=SHARE,
    attention=SHARE,
    attentiveness=ATTENTIVENESS,
    more=SHARE,
    prompted=st.booleans(),
)
def test_considering_is_monotone_in_the_uniform_number_pace_attention_and_attentiveness(
    u: float, smaller: float, pace: float, attention: float, attentiveness: float, more: float, prompted: bool
) -> None:
    """`kernels_decisions` relies on it: it calls the rule first with the highest pace and attention of a street."""
    rate = consideration_rate(pace, attention, attentiveness, prompted)
    assert considers(u, pace, attention, attentiveness, prompted) == (u < rate)
    if considers(u, pace, attention, attentiveness, prompted):
        assert considers(u * smaller, pace, attention, attentiveness, prompted)
    assert rate <= consideration_rate(min(pace + more, 1.0), attention, attentiveness, prompted)
    assert rate <= consideration_rate(pace, min(attention + more, 1.0), attentiveness, prompted)
    assert rate <= consideration_rate(pace, attention, attentiveness + more, prompted)


@given(pace=SHARE, attention=SHARE, attentiveness=ATTENTIVENESS, prompted=st.booleans())
def test_nobody_considers_at_a_uniform_number_of_1(
    pace: float, attention: float, attentiveness: float, prompted: bool
) -> None:
    """`kernels_population` gives it to closed slots."""
    assert not considers(1.0, pace, attention, attentiveness, prompted)


@pytest.mark.parametrize(
    ("thought", "qualified", "utility", "cause"),
    [
        (True, True, 0.1, NO_LAPSE),
        (True, True, 0.0, DISAPPOINTED),
        (True, True, -3.0, DISAPPOINTED),
        (True, False, 5.0, MOVED),
        (True, False, -5.0, MOVED),
        (False, True, 5.0, FORGOT),
        (False, False, -5.0, FORGOT),
    ],
)
def test_the_reasons_of_a_lapse_are_tested_in_the_order_forgot_moved_disappointed(
    thought: bool, qualified: bool, utility: float, cause: int
) -> None:
    assert lapse_cause(thought, qualified, utility) == cause


def test_a_returned_application_reduces_trust_by_the_trust_loss() -> None:
    assert trust_after_rejection(0.8, 0.3) == pytest.approx(0.56)
    assert trust_after_rejection(0.8, 0.0) == 0.8
    assert trust_after_rejection(0.8, 1.0) == 0.0


def test_the_trust_of_a_holder_moves_towards_the_rate_of_delivery() -> None:
    assert trust_while_holding(0.5, 0.05, 0.7) == pytest.approx(0.51)
    assert trust_while_holding(0.9, 0.05, 0.7) == pytest.approx(0.89)
    assert trust_while_holding(0.5, 1.0, 0.7) == pytest.approx(0.7)
    assert trust_while_holding(0.5, 0.0, 0.7) == 0.5


@given(trust=SHARE, step=SHARE, delivered=SHARE)
def test_trust_stays_between_0_and_1_and_does_not_overshoot(trust: float, step: float, delivered: float) -> None:
    assert 0.0 <= trust_after_rejection(trust, step) <= trust
    after = trust_while_holding(trust, step, delivered)
    assert min(trust, delivered) - 1e-15 <= after <= max(trust, delivered) + 1e-15


@given(trust=SHARE, delivered=SHARE)
def test_without_a_gain_trust_is_unchanged_to_the_bit(trust: float, delivered: float) -> None:
    """`kernels_population` gives a gain of 0 to those without a permit."""
    assert trust_while_holding(trust, 0.0, delivered) == trust
