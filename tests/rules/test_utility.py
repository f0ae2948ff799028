"""Utility: administrative burdens, benefits, peer norm, and the sum of the terms."""

from __future__ import annotations

from math import e
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takeup.rules import HEARD, INFORMED, UNAWARE
from takeup.rules.utility import (
    UtilityTerms,
    completeness_probability,
    compliance,
    compliance_terms,
    document_cost,
    expected_benefit,
    hardship,
    hassle_factor,
    peer_norm,
    perceived_benefit_share,
    realised_benefit,
    total_utility,
    trip_cost_total,
    utility_terms,
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
BENEFIT = st.floats(0.0, 20.0)
APPLYING: dict[str, Any] = {
    "understanding": 0.4,
    "trust": 0.6,
    "stay": 0.5,
    "benefit": 3.0,
    "norm": 0.25,
    "enforcement": 0.1,
    "taste": -0.3,
    "learning": 1.0,
    "compliance": 1.2,
    "stigma": 0.2,
}
"""The burden is 1 · (1 - 0.4) + 1.2 + 0.2 = 2."""
ENDORSING: dict[str, Any] = APPLYING | {"understanding": 1.0, "benefit": 2.0, "compliance": 1.8}
"""A holder understands the whole benefit and has nothing to learn: the burden is 1.8 + 0.2 = 2."""
COSTS = ("learning", "compliance", "stigma")
PROFITS = tuple(name for name in APPLYING if name not in COSTS)


@pytest.mark.parametrize(
    ("sharing", "paperwork", "lease", "work", "expected"),
    [(0.0, 1.3, 0.9, 0.8, 1.04), (0.0, 0.9, 0.1, 1.0, 0.09), (0.5, 1.0, 0.9, 0.4, 0.2), (1.0, 1.3, 0.9, 1.0, 0.0)],
)
def test_one_proof_is_sufficient_and_data_sharing_replaces_it(
    sharing: float, paperwork: float, lease: float, work: float, expected: float
) -> None:
    assert hardship(sharing, paperwork, lease, work) == pytest.approx(expected)


@given(sharing=SHARE, paperwork=COST, lease=SHARE, work=SHARE)
def test_hardship_is_that_of_the_easier_proof(sharing: float, paperwork: float, lease: float, work: float) -> None:
    assert hardship(sharing, paperwork, lease, work) == hardship(sharing, paperwork, work, lease)
    assert hardship(sharing, paperwork, lease, 1.0) >= hardship(sharing, paperwork, lease, work)
    assert hardship(0.0, paperwork, lease, work) >= hardship(sharing, paperwork, lease, work) >= 0.0


def test_the_compliance_cost_is_the_fee_plus_red_tape_times_documents_trips_and_wait() -> None:
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
def test_the_compliance_cost_rises_with_every_argument_except_online(
    name: str, values: dict[str, float], more: float
) -> None:
    cost = compliance(**values)
    assert cost >= 0.0
    assert compliance(**values | {name: values[name] + more}) >= cost
    assert compliance(**values | {"online": 1.0}) <= cost


def utility_of(**values: float) -> float:
    return total_utility(*utility_terms(**values))


def burden_of(**values: float) -> float:
    """The burden: all costs together."""
    terms = utility_terms(**(APPLYING | values))
    return -(terms.learning + terms.compliance + terms.stigma)


def test_the_burden_consists_of_learning_compliance_and_stigma() -> None:
    assert burden_of(learning=0.8, understanding=1.0, compliance=1.39, stigma=0.2) == pytest.approx(1.59)
    assert burden_of(learning=0.8, understanding=0.4, compliance=1.39, stigma=0.2) == pytest.approx(2.07)
    assert burden_of(learning=0.8, understanding=0.0, compliance=0.0, stigma=0.0) == pytest.approx(0.8)


def test_the_burden_of_endorsing_is_a_share_of_compliance_and_stigma_without_learning() -> None:
    """A holder understands the whole benefit; the share of the compliance cost is 0.8, or 0."""
    assert burden_of(understanding=1.0, compliance=0.8 * 1.39, stigma=0.2) == pytest.approx(1.312)
    assert burden_of(understanding=1.0, compliance=0.0 * 1.39, stigma=0.2) == pytest.approx(0.2)


def test_a_burdensome_procedure_is_postponed() -> None:
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
def test_completeness_depends_on_return_rate_red_tape_and_hardship(
    rate: float, red_tape: float, papers: float, expected: float
) -> None:
    assert completeness_probability(rate, red_tape, papers) == pytest.approx(expected)


@given(rate=COST, red_tape=COST, papers=COST, more=COST)
def test_completeness_is_a_probability_that_falls_with_each_argument(
    rate: float, red_tape: float, papers: float, more: float
) -> None:
    probability = completeness_probability(rate, red_tape, papers)
    assert 0.0 <= probability <= 1.0
    for harder in ((rate + more, red_tape, papers), (rate, red_tape + more, papers), (rate, red_tape, papers + more)):
        assert completeness_probability(*harder) <= probability


def test_the_unaware_perceive_no_benefit_and_the_informed_the_whole_benefit() -> None:
    assert perceived_benefit_share(UNAWARE, 0.4) == 0.0
    assert perceived_benefit_share(HEARD, 0.4) == 0.4
    assert perceived_benefit_share(INFORMED, 0.4) == 1.0


def test_the_expected_benefit_of_a_service_is_value_times_need_times_reputation() -> None:
    assert expected_benefit(4.5, 0.9, 0.5) == pytest.approx(2.025)
    assert expected_benefit(4.5, 0.0, 1.0) == 0.0


def test_the_realised_benefit_of_a_service_depends_on_delivery_and_recurrence() -> None:
    assert realised_benefit(2.0, 0.4, 0.7, 0.4) == pytest.approx(0.224)
    assert realised_benefit(2.0, 0.4, 0.7, 0.0) == 0.0


@pytest.mark.parametrize(
    ("holders", "lapsed", "pull"), [(0, 0, 0.0), (8, 0, 1.0), (4, 0, 0.5), (0, 8, -0.5), (4, 4, 0.25), (1, 2, 0.0)]
)
def test_holders_among_contacts_raise_the_peer_norm_and_lapsed_permits_lower_it_by_half(
    holders: int, lapsed: int, pull: float
) -> None:
    assert peer_norm(1.0, holders, lapsed, 0.5, 8) == pytest.approx(pull)
    assert peer_norm(3.0, holders, lapsed, 0.5, 8) == pytest.approx(3 * pull)
    assert peer_norm(0.0, holders, lapsed, 0.5, 8) == 0.0


@given(holders=st.integers(0, 7), lapsed=st.integers(0, 7), norm=BENEFIT, lapsed_says=BENEFIT)
def test_the_peer_norm_rises_with_holders_and_falls_with_lapsed_permits(
    holders: int, lapsed: int, norm: float, lapsed_says: float
) -> None:
    pull = peer_norm(norm, holders, lapsed, lapsed_says, 8)
    assert (
        peer_norm(norm, holders + 1, lapsed, lapsed_says, 8)
        >= pull
        >= peer_norm(norm, holders, lapsed + 1, lapsed_says, 8)
    )


def test_the_utility_of_applying_follows_its_formula() -> None:
    """0.4 · 0.6 · 0.5 · 3 + 0.25 + 0.1 - 0.3 - 2 = -1.59."""
    assert utility_of(**APPLYING) == pytest.approx(-1.59)


def test_the_utility_of_endorsing_follows_its_formula() -> None:
    """0.6 · 0.5 · 2 + 0.25 + 0.1 - 0.3 - 2 = -1.35: a holder understands all of it."""
    assert utility_of(**ENDORSING) == pytest.approx(-1.35)


@given(
    st.fixed_dictionaries({name: SHARE if name in ("understanding", "trust", "stay") else COST for name in APPLYING})
)
def test_the_terms_sum_to_the_utility_in_a_fixed_order(values: dict[str, float]) -> None:
    """Both engines and every analysis take this sum, so that they round alike."""
    terms = utility_terms(**values)
    assert isinstance(terms, UtilityTerms)
    benefit = values["understanding"] * values["trust"] * values["stay"] * values["benefit"]
    burden = values["learning"] * (1.0 - values["understanding"]) + values["compliance"] + values["stigma"]
    assert total_utility(*terms) == benefit + values["norm"] + values["enforcement"] + values["taste"] - burden
    assert sum(terms) == pytest.approx(total_utility(*terms), abs=1e-9)


@given(st.fixed_dictionaries({name: SHARE if name == "online" else COST for name in USUAL}))
def test_each_part_of_the_compliance_cost_is_the_cost_with_the_other_demands_at_0(values: dict[str, float]) -> None:
    parts = compliance_terms(**values)
    only = {
        "documents": ("documents", "hardship"),
        "trips": ("trip_cost", "trips", "online"),
        "waiting": ("wait_cost", "wait"),
        "fee": ("fee_cost", "fee_cny"),
    }
    for part, names in only.items():
        kept = {name: value if name in (*names, "red_tape") else 0.0 for name, value in values.items()}
        assert getattr(parts, part) == compliance(**kept)
    assert sum(parts) == pytest.approx(compliance(**values))


@given(st.sampled_from(PROFITS), st.sampled_from(COSTS), BENEFIT)
def test_the_utility_of_applying_rises_with_every_term_except_the_burden(name: str, cost: str, more: float) -> None:
    assert utility_of(**APPLYING | {name: APPLYING[name] + more}) >= utility_of(**APPLYING)
    assert utility_of(**APPLYING | {cost: APPLYING[cost] + more}) <= utility_of(**APPLYING)


@given(st.sampled_from([name for name in PROFITS if name != "understanding"]), st.sampled_from(COSTS), BENEFIT)
def test_the_utility_of_endorsing_rises_with_every_term_except_the_burden(name: str, cost: str, more: float) -> None:
    assert utility_of(**ENDORSING | {name: ENDORSING[name] + more}) >= utility_of(**ENDORSING)
    assert utility_of(**ENDORSING | {cost: ENDORSING[cost] + more}) <= utility_of(**ENDORSING)


@given(trust=SHARE, stay=SHARE, benefit=BENEFIT)
def test_a_benefit_that_is_not_understood_does_not_count(trust: float, stay: float, benefit: float) -> None:
    values = APPLYING | {"trust": trust, "stay": stay, "benefit": benefit, "understanding": 0.0}
    assert utility_of(**values) == pytest.approx(0.25 + 0.1 - 0.3 - 1.0 - 1.2 - 0.2)


@given(COST, SHARE)
def test_documents_cost_in_proportion_to_the_hardship_of_obtaining_them(documents: float, hard: float) -> None:
    assert document_cost(documents, 0.0) == 0.0
    assert document_cost(documents, 1.0) == documents
    assert document_cost(documents, hard) == documents * hard


@given(COST, COST, SHARE)
def test_online_steps_reduce_the_cost_of_trips(trip_cost: float, trips: float, online: float) -> None:
    assert trip_cost_total(trip_cost, trips, 0.0) == trip_cost * trips
    assert trip_cost_total(trip_cost, trips, 1.0) == 0.0
    assert trip_cost_total(trip_cost, trips, online) <= trip_cost * trips
