"""The three administrative burdens: learning, compliance, psychological cost."""

from __future__ import annotations

from math import e
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takeup.rules.utility import (
    burden,
    completeness_probability,
    compliance,
    endorsement_burden,
    hardship,
    hassle_factor,
)

SHARE = st.floats(0.0, 1.0)
COST = st.floats(0.0, 20.0)
USUAL: dict[str, Any] = {
    "red_tape": 1.0,
    "documents": 1.5,
    "hardship": 0.72,
    "trip_cost": 0.08,
    "trips": 2.0,
    "online": 0.0,
    "wait_cost": 0.3,
    "wait": 0.5,
    "fee_cost": 0.005,
    "fee_cny": 0.0,
}


@pytest.mark.parametrize(
    ("sharing", "paperwork", "lease", "work", "expected"),
    [(0.0, 1.3, 0.9, 0.8, 1.04), (0.0, 0.9, 0.1, 1.0, 0.09), (0.5, 1.0, 0.9, 0.4, 0.2), (1.0, 1.3, 0.9, 1.0, 0.0)],
)
def test_one_proof_is_enough_and_shared_data_spare_it(
    sharing: float, paperwork: float, lease: float, work: float, expected: float
) -> None:
    assert hardship(sharing, paperwork, lease, work) == pytest.approx(expected)


@given(sharing=SHARE, paperwork=COST, lease=SHARE, work=SHARE)
def test_hardship_is_that_of_the_easier_proof(sharing: float, paperwork: float, lease: float, work: float) -> None:
    assert hardship(sharing, paperwork, lease, work) == hardship(sharing, paperwork, work, lease)
    assert hardship(sharing, paperwork, lease, 1.0) >= hardship(sharing, paperwork, lease, work)
    assert hardship(0.0, paperwork, lease, work) >= hardship(sharing, paperwork, lease, work) >= 0.0


def test_compliance_is_papers_visits_and_wait_by_red_tape_and_the_fee_beside_it() -> None:
    """1.5 · 0.72 + 0.08 · 2 + 0.3 · 0.5 = 1.39; the fee of 40 yuan is 0.2 and no red tape multiplies it."""
    assert compliance(**USUAL) == pytest.approx(1.39)
    assert compliance(**USUAL | {"red_tape": 1.5}) == pytest.approx(2.085)
    assert compliance(**USUAL | {"fee_cny": 40.0}) == pytest.approx(1.59)
    assert compliance(**USUAL | {"red_tape": 1.5, "fee_cny": 40.0}) == pytest.approx(2.285)
    assert compliance(**USUAL | {"online": 1.0}) == pytest.approx(1.23)
    assert compliance(**USUAL | {"online": 0.5}) == pytest.approx(1.31)
    assert compliance(**USUAL | {"wait": 24.0}) == pytest.approx(8.44)


@given(
    st.sampled_from([name for name in USUAL if name != "online"]),
    st.fixed_dictionaries({name: SHARE if name == "online" else COST for name in USUAL}),
    COST,
)
def test_compliance_rises_with_all_it_is_made_of_but_what_is_online(
    name: str, values: dict[str, float], more: float
) -> None:
    cost = compliance(**values)
    assert cost >= 0.0
    assert compliance(**values | {name: values[name] + more}) >= cost
    assert compliance(**values | {"online": 1.0}) <= cost


def test_a_burden_is_what_is_not_understood_compliance_and_stigma() -> None:
    assert burden(0.8, 1.0, 1.39, 0.2) == pytest.approx(1.59)
    assert burden(0.8, 0.4, 1.39, 0.2) == pytest.approx(2.07)
    assert burden(0.8, 0.0, 0.0, 0.0) == pytest.approx(0.8)


def test_keeping_takes_a_share_of_compliance_and_the_stigma_but_nothing_to_learn() -> None:
    assert endorsement_burden(0.8, 1.39, 0.2) == pytest.approx(1.312)
    assert endorsement_burden(0.0, 1.39, 0.2) == pytest.approx(0.2)


def test_what_is_a_nuisance_is_put_off() -> None:
    assert hassle_factor(0.5, 0.0) == 1.0
    assert hassle_factor(0.0, 5.0) == 1.0
    assert hassle_factor(0.5, 2.0) == pytest.approx(1 / e)


@given(hassle=COST, cost=COST, more=COST)
def test_pace_is_a_factor_that_falls_with_hassle_and_compliance(hassle: float, cost: float, more: float) -> None:
    assert 0.0 <= hassle_factor(hassle, cost + more) <= hassle_factor(hassle, cost) <= 1.0
    assert hassle_factor(hassle + more, cost) <= hassle_factor(hassle, cost)


@pytest.mark.parametrize(
    ("rate", "red_tape", "papers", "expected"),
    [(0.4, 1.0, 0.72, 0.712), (0.4, 1.5, 1.0, 0.4), (2.0, 1.0, 1.0, 0.0), (0.0, 1.5, 1.3, 1.0), (0.4, 1.0, 0.0, 1.0)],
)
def test_an_application_is_complete_by_return_rate_red_tape_and_hardship(
    rate: float, red_tape: float, papers: float, expected: float
) -> None:
    assert completeness_probability(rate, red_tape, papers) == pytest.approx(expected)


@given(rate=COST, red_tape=COST, papers=COST, more=COST)
def test_completeness_is_a_probability_that_falls_with_each(
    rate: float, red_tape: float, papers: float, more: float
) -> None:
    chance = completeness_probability(rate, red_tape, papers)
    assert 0.0 <= chance <= 1.0
    for harder in ((rate + more, red_tape, papers), (rate, red_tape + more, papers), (rate, red_tape, papers + more)):
        assert completeness_probability(*harder) <= chance
