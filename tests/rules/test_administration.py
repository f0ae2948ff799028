"""Administration: service centres, red tape, delivery and reputation of services."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takeup.rules.administration import (
    current_wait,
    delivery_rate,
    expected_wait,
    net_capacity,
    number_served,
    update_red_tape,
    update_reputation,
)

AMOUNT = st.floats(0.0, 1e5)
PERSONS = st.integers(0, 100_000)
SHARE = st.floats(0.0, 1.0)
DEMAND = st.floats(0.0, 1e6)
FACTOR = st.floats(0.5, 1.5)


@pytest.mark.parametrize(
    ("capacity", "endorsements", "net"),
    [(100.0, 0, 100.0), (100.0, 40, 90.0), (100.0, 360, 10.0), (100.0, 4_000, 10.0)],
)
def test_each_endorsement_takes_a_quarter_of_the_capacity_of_an_application_and_a_tenth_remains(
    capacity: float, endorsements: int, net: float
) -> None:
    assert net_capacity(capacity, 0.25, endorsements, 0.1) == pytest.approx(net)


@given(capacity=AMOUNT, load=st.floats(0.0, 5.0), endorsements=PERSONS, least=st.floats(0.0, 1.0))
def test_net_capacity_lies_between_its_lower_limit_and_the_capacity(
    capacity: float, load: float, endorsements: int, least: float
) -> None:
    net = net_capacity(capacity, load, endorsements, least)
    assert least * capacity <= net <= max(capacity, least * capacity)
    assert net_capacity(capacity, load, endorsements + 1, least) <= net


@pytest.mark.parametrize(
    ("credit", "queue", "count"),
    [(2.9, 10, 2), (3.0, 10, 3), (0.99, 10, 0), (7.5, 3, 3), (7.5, 0, 0), (1e18, 5, 5), (1e25, 5, 5), (inf, 5, 5)],
)
def test_whole_permits_are_issued_and_not_more_than_applicants_wait(credit: float, queue: int, count: int) -> None:
    assert number_served(credit, queue) == count


@given(credit=AMOUNT, queue=PERSONS)
def test_the_number_served_is_the_largest_possible(credit: float, queue: int) -> None:
    count = number_served(credit, queue)
    assert 0 <= count <= queue
    assert count <= credit
    assert count == queue or credit - count < 1.0


def test_the_wait_is_the_queue_divided_by_the_net_capacity() -> None:
    assert current_wait(30, 12.0, 24.0) == 2.5
    assert current_wait(0, 12.0, 24.0) == 0.0
    assert current_wait(30, 0.5, 24.0) == 60.0


def test_without_capacity_the_wait_of_a_queue_is_the_upper_limit() -> None:
    assert current_wait(1, 0.0, 24.0) == 24.0
    assert current_wait(0, 0.0, 24.0) == 0.0


def test_the_expected_wait_moves_a_third_of_the_way_to_the_current_wait() -> None:
    assert expected_wait(0.0, 0.33, 2.0) == pytest.approx(0.66)
    assert expected_wait(2.0, 0.33, 2.0) == 2.0
    assert expected_wait(3.0, 1.0, 2.0) == pytest.approx(2.0)


@given(wait=st.floats(0.0, 100.0), memory=st.floats(0.0, 1.0), there_is=st.floats(0.0, 100.0))
def test_the_expected_wait_lies_between_its_previous_value_and_the_current_wait(
    wait: float, memory: float, there_is: float
) -> None:
    after = expected_wait(wait, memory, there_is)
    assert min(wait, there_is) - 1e-12 <= after <= max(wait, there_is) + 1e-12


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
def test_a_supply_below_the_demand_is_shared_equally(supply: float, demand: float, share: float) -> None:
    """A quality of 0.7; the whole of it where nothing is asked for."""
    assert delivery_rate(0.7, supply, demand) == pytest.approx(share)


@given(quality=SHARE, supply=DEMAND, demand=DEMAND, more=DEMAND)
def test_delivery_does_not_exceed_quality_or_supply_and_rises_with_supply(
    quality: float, supply: float, demand: float, more: float
) -> None:
    share = delivery_rate(quality, supply, demand)
    assert 0.0 <= share <= quality
    assert share * demand <= quality * supply * (1 + 1e-12) + 1e-300
    assert delivery_rate(quality, supply + more, demand) >= share


def test_reputation_moves_a_twentieth_of_the_way_to_the_rate_of_delivery() -> None:
    assert update_reputation(0.5, 0.05, 0.7) == pytest.approx(0.51)
    assert update_reputation(0.5, 0.05, 0.0) == pytest.approx(0.475)
    assert update_reputation(0.7, 0.05, 0.7) == 0.7


@given(now=SHARE, speed=SHARE, share=SHARE)
def test_reputation_lies_between_its_previous_value_and_the_rate_of_delivery(
    now: float, speed: float, share: float
) -> None:
    after = update_reputation(now, speed, share)
    assert min(now, share) - 1e-15 <= after <= max(now, share) + 1e-15


@pytest.mark.parametrize(
    ("now", "drift", "feedback", "returned", "after"),
    [
        (1.0, 0.0, 0.0, 0.0, 1.0),
        (1.0, 0.0, 0.5, 0.3, 0.85),
        (0.8, 0.0, 0.5, 0.3, 0.7),
        (1.2, 0.0, 0.0, 0.3, 1.18),
        (1.0, 0.02, 0.0, 0.3, 1.02),
        (0.8, 0.02, 0.5, 0.3, 0.716),
    ],
)
def test_red_tape_recovers_drifts_and_falls_with_feedback(
    now: float, drift: float, feedback: float, returned: float, after: float
) -> None:
    """R + 0.1 · (1 - r) + r · (drift - feedback · returned)."""
    assert update_red_tape(now, 0.1, drift, feedback, returned, 0.5, 1.5) == pytest.approx(after)


def test_red_tape_stays_within_its_range() -> None:
    assert update_red_tape(1.4, 0.1, 1.0, 0.0, 0.0, 0.5, 1.5) == 1.5
    assert update_red_tape(0.6, 0.1, 0.0, 5.0, 1.0, 0.5, 1.5) == 0.5


@given(now=FACTOR, recovery=SHARE, drift=SHARE, feedback=st.floats(0.0, 5.0), returned=SHARE, more=SHARE)
def test_red_tape_rises_with_drift_and_falls_with_feedback_and_returns(
    now: float, recovery: float, drift: float, feedback: float, returned: float, more: float
) -> None:
    after = update_red_tape(now, recovery, drift, feedback, returned, 0.5, 1.5)
    assert 0.5 <= after <= 1.5
    assert update_red_tape(now, recovery, drift + more, feedback, returned, 0.5, 1.5) >= after
    assert update_red_tape(now, recovery, drift, feedback + more, returned, 0.5, 1.5) <= after
    assert update_red_tape(now, recovery, drift, feedback, min(returned + more, 1.0), 0.5, 1.5) <= after


@given(now=FACTOR, recovery=SHARE)
def test_without_drift_and_feedback_red_tape_returns_to_normal(now: float, recovery: float) -> None:
    after = update_red_tape(now, recovery, 0.0, 0.0, 0.0, 0.5, 1.5)
    assert abs(after - 1.0) <= abs(now - 1.0) + 1e-15
