"""Who leaves, who settles, and how long a stay is expected."""

from __future__ import annotations

from math import e

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takeup.rules.residence import discounted_stay, exit_probability, naturalises, tenure_band

SHARE = st.floats(0.0, 1.0)


@pytest.mark.parametrize(
    ("leave", "factor", "expected"),
    [(0.075, 1.0, 0.075), (0.075, 1.3, 0.0975), (0.5, 3.0, 1.0), (0.0, 5.0, 0.0), (0.1, 0.0, 0.0), (1.0, 1.0, 1.0)],
)
def test_the_chance_of_leaving_is_the_bands_times_the_factor_at_most_1(
    leave: float, factor: float, expected: float
) -> None:
    assert exit_probability(leave, factor) == pytest.approx(expected)


@given(leave=SHARE, factor=st.floats(0.0, 100.0), more=SHARE)
def test_the_chance_of_leaving_is_a_probability_and_rises_with_both(leave: float, factor: float, more: float) -> None:
    chance = exit_probability(leave, factor)
    assert 0.0 <= chance <= 1.0
    assert exit_probability(min(leave + more, 1.0), factor) >= chance
    assert exit_probability(leave, factor + more) >= chance


@pytest.mark.parametrize(
    ("months", "band"),
    [(0, 0), (11, 0), (12, 1), (35, 1), (36, 2), (59, 2), (60, 3), (61, 3), (12_000, 3)],
)
def test_bands_of_residence_begin_after_one_three_and_five_years(months: int, band: int) -> None:
    assert tenure_band(months) == band


@pytest.mark.parametrize(
    ("u", "residence", "expected"),
    [(0.02, 60, True), (0.0202, 60, False), (0.02019, 60, True), (0.02, 59, False), (0.5, 600, False)],
)
def test_who_has_lived_here_long_enough_settles_if_the_uniform_is_just_above_leaving(
    u: float, residence: int, expected: bool
) -> None:
    assert naturalises(u, 0.02, 0.0002, residence, 60) is expected


@given(u=SHARE, leave=SHARE, residence=st.integers(0, 600))
def test_nobody_settles_at_chance_0_who_does_not_leave(u: float, leave: float, residence: int) -> None:
    assert not naturalises(max(u, leave), leave, 0.0, residence, 60)


def test_the_benefit_counts_by_1_minus_1_over_e_at_the_scale() -> None:
    assert discounted_stay(24.0, 24.0) == pytest.approx(1 - 1 / e)
    assert discounted_stay(0.0, 24.0) == 0.0
    assert discounted_stay(1e9, 24.0) == 1.0
    assert discounted_stay(48.0, 24.0) == pytest.approx(1 - 1 / e**2)


@given(months=st.floats(0.0, 1e4), more=st.floats(0.0, 100.0), scale=st.floats(1.0, 240.0))
def test_the_benefit_counts_more_the_longer_the_stay_and_never_more_than_whole(
    months: float, more: float, scale: float
) -> None:
    assert 0.0 <= discounted_stay(months, scale) <= discounted_stay(months + more, scale) <= 1.0
    assert discounted_stay(months, scale + more) <= discounted_stay(months, scale)
