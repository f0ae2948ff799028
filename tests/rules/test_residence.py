"""Residence: departure, settlement, expected stay, registration and eligibility."""

from __future__ import annotations

from math import e

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takeup.rules import NEVER
from takeup.rules.residence import (
    discounted_stay,
    exit_probability,
    is_eligible,
    months_registered,
    naturalises,
    tenure_band,
)

SHARE = st.floats(0.0, 1.0)
UNIFORM = st.floats(0.0, 1.0, exclude_max=True)


@pytest.mark.parametrize(
    ("leave", "factor", "expected"),
    [(0.075, 1.0, 0.075), (0.075, 1.3, 0.0975), (0.5, 3.0, 1.0), (0.0, 5.0, 0.0), (0.1, 0.0, 0.0), (1.0, 1.0, 1.0)],
)
def test_the_probability_of_leaving_is_that_of_the_band_times_the_factor_and_at_most_1(
    leave: float, factor: float, expected: float
) -> None:
    assert exit_probability(leave, factor) == pytest.approx(expected)


@given(leave=SHARE, factor=st.floats(0.0, 100.0), more=SHARE)
def test_the_probability_of_leaving_rises_with_the_band_and_the_factor(
    leave: float, factor: float, more: float
) -> None:
    probability = exit_probability(leave, factor)
    assert 0.0 <= probability <= 1.0
    assert exit_probability(min(leave + more, 1.0), factor) >= probability
    assert exit_probability(leave, factor + more) >= probability


@pytest.mark.parametrize(
    ("months", "band"),
    [(0, 0), (11, 0), (12, 1), (35, 1), (36, 2), (59, 2), (60, 3), (61, 3), (12_000, 3)],
)
def test_tenure_bands_begin_after_one_three_and_five_years(months: int, band: int) -> None:
    assert tenure_band(months) == band


@pytest.mark.parametrize(
    ("u", "residence", "expected"),
    [(0.02, 60, True), (0.0202, 60, False), (0.02019, 60, True), (0.02, 59, False), (0.5, 600, False)],
)
def test_a_long_term_resident_settles_if_the_uniform_number_is_just_above_the_probability_of_leaving(
    u: float, residence: int, expected: bool
) -> None:
    assert naturalises(u, 0.02, 0.0002, residence, 60) is expected


@given(u=SHARE, leave=SHARE, residence=st.integers(0, 600))
def test_nobody_settles_if_the_probability_of_settling_is_0(u: float, leave: float, residence: int) -> None:
    assert not naturalises(max(u, leave), leave, 0.0, residence, 60)


def test_at_a_stay_equal_to_the_scale_the_share_of_the_benefit_is_1_minus_1_over_e() -> None:
    assert discounted_stay(24.0, 24.0) == pytest.approx(1 - 1 / e)
    assert discounted_stay(0.0, 24.0) == 0.0
    assert discounted_stay(1e9, 24.0) == 1.0
    assert discounted_stay(48.0, 24.0) == pytest.approx(1 - 1 / e**2)


@given(months=st.floats(0.0, 1e4), more=st.floats(0.0, 100.0), scale=st.floats(1.0, 240.0))
def test_the_share_of_the_benefit_rises_with_the_stay_and_is_at_most_1(
    months: float, more: float, scale: float
) -> None:
    assert 0.0 <= discounted_stay(months, scale) <= discounted_stay(months + more, scale) <= 1.0
    assert discounted_stay(months, scale + more) <= discounted_stay(months, scale)


@pytest.mark.parametrize(
    ("months", "u", "expected"),
    [
        (NEVER, 0.0, 0),
        (NEVER, 0.1199, 0),
        (NEVER, 0.12, NEVER),
        (NEVER, 0.9, NEVER),
        (0, 0.03, 1),
        (5, 0.5, 6),
        (5, 0.0299, NEVER),
        (40, 0.0, NEVER),
    ],
)
def test_months_registered_start_at_0_and_grow_by_1_until_a_move(months: int, u: float, expected: int) -> None:
    assert months_registered(months, u, register=0.12, move=0.03) == expected


@given(u=UNIFORM, register=SHARE, move=SHARE)
def test_a_move_affects_only_the_registered_and_registration_only_the_unregistered(
    u: float, register: float, move: float
) -> None:
    """One uniform serves both, for nobody needs both in one month."""
    assert months_registered(NEVER, u, register, 0.0) == months_registered(NEVER, u, register, move)
    assert months_registered(7, u, 0.0, move) == months_registered(7, u, register, move)


@given(months=st.integers(0, 1_000), u=UNIFORM)
def test_probabilities_of_0_and_1_are_certain(months: int, u: float) -> None:
    assert months_registered(NEVER, u, 1.0, 0.0) == 0
    assert months_registered(NEVER, u, 0.0, 1.0) == NEVER
    assert months_registered(months, u, 0.0, 0.0) == months + 1
    assert months_registered(months, u, 1.0, 1.0) == NEVER


@pytest.mark.parametrize(
    ("registered", "residence", "insured", "owned", "expected"),
    [
        (6, 6, False, False, True),
        (5, 40, False, False, False),
        (5, 6, True, False, True),
        (NEVER, 6, False, True, True),
        (NEVER, 5, True, True, False),
        (NEVER, 500, False, False, False),
        (0, 0, True, True, False),
    ],
)
def test_six_months_of_registration_or_of_residence_with_a_proof_make_a_migrant_eligible(
    registered: int, residence: int, insured: bool, owned: bool, expected: bool
) -> None:
    assert is_eligible(registered, residence, insured, owned, 6) is expected


@given(
    registered=st.integers(NEVER, 60),
    residence=st.integers(0, 60),
    insured=st.booleans(),
    owned=st.booleans(),
    needed=st.integers(0, 60),
)
def test_more_months_or_proofs_and_lower_requirements_keep_eligibility(
    registered: int, residence: int, insured: bool, owned: bool, needed: int
) -> None:
    """More months, a proof more, or fewer months asked for never take the right away."""
    if is_eligible(registered, residence, insured, owned, needed):
        assert is_eligible(registered + 1, residence + 1, insured, owned, needed)
        assert is_eligible(registered, residence, True, owned, needed)
        assert is_eligible(registered, residence, insured, True, needed)
        assert is_eligible(registered, residence, insured, owned, max(needed - 1, 0))


def test_a_requirement_of_0_months_still_requires_a_registration_or_a_proof() -> None:
    assert is_eligible(0, 0, False, False, 0)
    assert is_eligible(NEVER, 0, True, False, 0)
    assert not is_eligible(NEVER, 100, False, False, 0)
