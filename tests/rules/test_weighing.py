"""What the permit is worth to someone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takeup.rules import HEARD, INFORMED, UNAWARE
from takeup.rules.utility import (
    expected_benefit,
    peer_norm,
    perceived_benefit_share,
    realised_benefit,
    utility_of_applying,
    utility_of_endorsing,
)

SHARE = st.floats(0.0, 1.0)
WORTH = st.floats(0.0, 20.0)
APPLYING: dict[str, Any] = {
    "understanding": 0.4,
    "trust": 0.6,
    "stay": 0.5,
    "benefit": 3.0,
    "norm": 0.25,
    "enforcement": 0.1,
    "taste": -0.3,
    "burden": 2.0,
}
KEEPING: dict[str, Any] = {
    name: value for name, value in APPLYING.items() if name not in ("understanding", "benefit")
}


def test_the_unaware_see_nothing_of_the_benefit_the_informed_all_of_it() -> None:
    assert perceived_benefit_share(UNAWARE, 0.4) == 0.0
    assert perceived_benefit_share(HEARD, 0.4) == 0.4
    assert perceived_benefit_share(INFORMED, 0.4) == 1.0


def test_a_services_part_of_the_benefit_is_value_times_need_times_reputation() -> None:
    assert expected_benefit(4.5, 0.9, 0.5) == pytest.approx(2.025)
    assert expected_benefit(4.5, 0.0, 1.0) == 0.0


def test_a_services_part_of_keeping_counts_what_is_delivered_and_recurs() -> None:
    assert realised_benefit(2.0, 0.4, 0.7, 0.4) == pytest.approx(0.224)
    assert realised_benefit(2.0, 0.4, 0.7, 0.0) == 0.0


@pytest.mark.parametrize(
    ("holders", "lapsed", "pull"), [(0, 0, 0.0), (8, 0, 1.0), (4, 0, 0.5), (0, 8, -0.5), (4, 4, 0.25), (1, 2, 0.0)]
)
def test_contacts_who_hold_it_pull_and_half_as_much_those_whose_permit_lapsed_push(
    holders: int, lapsed: int, pull: float
) -> None:
    assert peer_norm(1.0, holders, lapsed, 0.5, 8) == pytest.approx(pull)
    assert peer_norm(3.0, holders, lapsed, 0.5, 8) == pytest.approx(3 * pull)
    assert peer_norm(0.0, holders, lapsed, 0.5, 8) == 0.0


@given(holders=st.integers(0, 7), lapsed=st.integers(0, 7), norm=WORTH, says=WORTH)
def test_the_example_rises_with_holders_and_falls_with_the_lapsed(
    holders: int, lapsed: int, norm: float, says: float
) -> None:
    pull = peer_norm(norm, holders, lapsed, says, 8)
    assert peer_norm(norm, holders + 1, lapsed, says, 8) >= pull >= peer_norm(norm, holders, lapsed + 1, says, 8)


def test_the_utility_of_applying_is_what_the_formula_says() -> None:
    """0.4 · 0.6 · 0.5 · 3 + 0.25 + 0.1 - 0.3 - 2 = -1.59."""
    assert utility_of_applying(**APPLYING) == pytest.approx(-1.59)


def test_the_utility_of_keeping_is_what_the_formula_says() -> None:
    """0.6 · 0.5 · 2 + 0.25 + 0.1 - 0.3 - 2 = -1.35: a holder understands all of it."""
    assert utility_of_endorsing(**KEEPING | {"kept": 2.0}) == pytest.approx(-1.35)


@given(st.sampled_from([name for name in APPLYING if name != "burden"]), WORTH)
def test_applying_is_worth_more_with_more_of_anything_but_burden(name: str, more: float) -> None:
    assert utility_of_applying(**APPLYING | {name: APPLYING[name] + more}) >= utility_of_applying(**APPLYING)
    assert utility_of_applying(**APPLYING | {"burden": 2.0 + more}) <= utility_of_applying(**APPLYING)


@given(st.sampled_from([name for name in KEEPING if name != "burden"]), WORTH)
def test_keeping_is_worth_more_with_more_of_anything_but_burden(name: str, more: float) -> None:
    values = KEEPING | {"kept": 2.0}
    assert utility_of_endorsing(**values | {name: values[name] + more}) >= utility_of_endorsing(**values)
    assert utility_of_endorsing(**values | {"burden": 2.0 + more}) <= utility_of_endorsing(**values)


@given(trust=SHARE, stay=SHARE, benefit=WORTH)
def test_what_is_not_understood_is_not_weighed(trust: float, stay: float, benefit: float) -> None:
    values = APPLYING | {"trust": trust, "stay": stay, "benefit": benefit, "understanding": 0.0}
    assert utility_of_applying(**values) == pytest.approx(0.25 + 0.1 - 0.3 - 2.0)
