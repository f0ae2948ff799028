"""What a service behind the permit delivers, and what is thought of it."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takeup.rules.administration import delivery_rate, update_reputation

SHARE = st.floats(0.0, 1.0)
AMOUNT = st.floats(0.0, 1e6)


@pytest.mark.parametrize(
    ("supply", "demand", "share"),
    [
        (100.0, 50.0, 0.7),
        (100.0, 100.0, 0.7),
        (100.0, 200.0, 0.35),
        (0.0, 10.0, 0.0),
        (inf, 1e9, 0.7),
        (0.0, 0.0, 0.7),
        (0.25, 0.5, 0.35),
    ],
)
def test_short_supply_is_shared_by_all_who_need_it(supply: float, demand: float, share: float) -> None:
    """A quality of 0.7; the whole of it where nothing is asked for."""
    assert delivery_rate(0.7, supply, demand) == pytest.approx(share)


@given(quality=SHARE, supply=AMOUNT, demand=AMOUNT, more=AMOUNT)
def test_delivery_never_exceeds_quality_nor_supply_and_rises_with_supply(
    quality: float, supply: float, demand: float, more: float
) -> None:
    share = delivery_rate(quality, supply, demand)
    assert 0.0 <= share <= quality
    assert share * demand <= quality * supply * (1 + 1e-12) + 1e-300
    assert delivery_rate(quality, supply + more, demand) >= share


def test_reputation_goes_a_twentieth_of_the_way() -> None:
    assert update_reputation(0.5, 0.05, 0.7) == pytest.approx(0.51)
    assert update_reputation(0.5, 0.05, 0.0) == pytest.approx(0.475)
    assert update_reputation(0.7, 0.05, 0.7) == 0.7


@given(now=SHARE, speed=SHARE, share=SHARE)
def test_reputation_lies_between_what_it_was_and_what_is_delivered(now: float, speed: float, share: float) -> None:
    after = update_reputation(now, speed, share)
    assert min(now, share) - 1e-15 <= after <= max(now, share) + 1e-15
