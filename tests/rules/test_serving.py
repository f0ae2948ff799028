"""What a service centre can handle, whom it serves, and what wait people come to expect."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takeup.rules.administration import current_wait, expected_wait, net_capacity, number_served

AMOUNT = st.floats(0.0, 1e5)
PERSONS = st.integers(0, 100_000)


@pytest.mark.parametrize(
    ("capacity", "endorsements", "net"),
    [(100.0, 0, 100.0), (100.0, 40, 90.0), (100.0, 360, 10.0), (100.0, 4_000, 10.0)],
)
def test_endorsements_take_a_quarter_each_and_leave_a_tenth_at_least(
    capacity: float, endorsements: int, net: float
) -> None:
    assert net_capacity(capacity, 0.25, endorsements, 0.1) == pytest.approx(net)


@given(capacity=AMOUNT, load=st.floats(0.0, 5.0), endorsements=PERSONS, least=st.floats(0.0, 1.0))
def test_net_capacity_lies_between_its_floor_and_the_whole(
    capacity: float, load: float, endorsements: int, least: float
) -> None:
    net = net_capacity(capacity, load, endorsements, least)
    assert least * capacity <= net <= max(capacity, least * capacity)
    assert net_capacity(capacity, load, endorsements + 1, least) <= net


@pytest.mark.parametrize(
    ("credit", "queue", "count"),
    [(2.9, 10, 2), (3.0, 10, 3), (0.99, 10, 0), (7.5, 3, 3), (7.5, 0, 0), (1e18, 5, 5), (1e25, 5, 5), (inf, 5, 5)],
)
def test_whole_permits_are_issued_and_no_more_than_queue(credit: float, queue: int, count: int) -> None:
    assert number_served(credit, queue) == count


@given(credit=AMOUNT, queue=PERSONS)
def test_all_that_can_be_served_are(credit: float, queue: int) -> None:
    count = number_served(credit, queue)
    assert 0 <= count <= queue
    assert count <= credit
    assert count == queue or credit - count < 1.0


def test_the_wait_is_the_queue_over_what_is_handled() -> None:
    assert current_wait(30, 12.0, 24.0) == 2.5
    assert current_wait(0, 12.0, 24.0) == 0.0
    assert current_wait(30, 0.5, 24.0) == 60.0


def test_where_nothing_is_handled_the_wait_is_the_ceiling_if_anyone_queues() -> None:
    assert current_wait(1, 0.0, 24.0) == 24.0
    assert current_wait(0, 0.0, 24.0) == 0.0


def test_the_wait_people_expect_goes_a_third_of_the_way() -> None:
    assert expected_wait(0.0, 0.33, 2.0) == pytest.approx(0.66)
    assert expected_wait(2.0, 0.33, 2.0) == 2.0
    assert expected_wait(3.0, 1.0, 2.0) == pytest.approx(2.0)


@given(wait=st.floats(0.0, 100.0), memory=st.floats(0.0, 1.0), there_is=st.floats(0.0, 100.0))
def test_the_wait_people_expect_lies_between_what_it_was_and_what_there_is(
    wait: float, memory: float, there_is: float
) -> None:
    after = expected_wait(wait, memory, there_is)
    assert min(wait, there_is) - 1e-12 <= after <= max(wait, there_is) + 1e-12
