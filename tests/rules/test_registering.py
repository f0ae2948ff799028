"""The registration of residence: when it begins, when it breaks, and when it entitles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takeup.rules import NEVER
from takeup.rules.residence import is_eligible, months_registered

UNIFORM = st.floats(0.0, 1.0, exclude_max=True)
SHARE = st.floats(0.0, 1.0)


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
def test_registration_begins_at_0_grows_by_a_month_and_breaks_by_moving(months: int, u: float, expected: int) -> None:
    assert months_registered(months, u, register=0.12, move=0.03) == expected


@given(u=UNIFORM, register=SHARE, move=SHARE)
def test_the_unregistered_do_not_break_and_the_registered_are_not_registered_anew(
    u: float, register: float, move: float
) -> None:
    """One uniform serves both, for nobody needs both in one month."""
    assert months_registered(NEVER, u, register, 0.0) == months_registered(NEVER, u, register, move)
    assert months_registered(7, u, 0.0, move) == months_registered(7, u, register, move)


@given(months=st.integers(0, 1_000), u=UNIFORM)
def test_certainties_are_certain(months: int, u: float) -> None:
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
def test_half_a_year_of_registration_or_of_residence_with_a_proof_entitles(
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
def test_what_entitles_goes_on_entitling(
    registered: int, residence: int, insured: bool, owned: bool, needed: int
) -> None:
    """More months, a proof more, or fewer months asked for never take the right away."""
    if is_eligible(registered, residence, insured, owned, needed):
        assert is_eligible(registered + 1, residence + 1, insured, owned, needed)
        assert is_eligible(registered, residence, True, owned, needed)
        assert is_eligible(registered, residence, insured, True, needed)
        assert is_eligible(registered, residence, insured, owned, max(needed - 1, 0))


def test_where_no_month_is_asked_for_a_registration_or_a_proof_is_still_needed() -> None:
    assert is_eligible(0, 0, False, False, 0)
    assert is_eligible(NEVER, 0, True, False, 0)
    assert not is_eligible(NEVER, 100, False, False, 0)
