"""What is learnt of the permit, and what is forgotten."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takeup.rules import HEARD, INFORMED, UNAWARE
from takeup.rules.hearing import FORGETS, NOTHING, REACHED, TOLD, hears, knows, reached, silence

UNIFORM = st.floats(0.0, 1.0, exclude_max=True)
SHARE = st.floats(0.0, 1.0)


@pytest.mark.parametrize(
    ("publicity", "reach", "expected"), [(0.025, 0.6, 0.015), (0.025, 1.5, 0.0375), (0.9, 1.5, 1.0), (0.0, 5.0, 0.0)]
)
def test_publicity_reaches_by_education_and_never_more_than_surely(
    publicity: float, reach: float, expected: float
) -> None:
    assert reached(publicity, reach) == pytest.approx(expected)


def test_what_may_be_heard_are_four_different_things() -> None:
    assert len({NOTHING, REACHED, TOLD, FORGETS}) == 4


def test_contacts_are_silent_independently() -> None:
    assert silence(0.01, 0) == 1.0
    assert silence(0.01, 8) == pytest.approx(0.99**8)
    assert silence(1.0, 1) == 0.0
    assert silence(0.0, 8) == 1.0


@given(word_of_mouth=SHARE, informed=st.integers(0, 30))
def test_more_informed_contacts_are_never_more_silent(word_of_mouth: float, informed: int) -> None:
    assert 0.0 <= silence(word_of_mouth, informed + 1) <= silence(word_of_mouth, informed) <= 1.0


@pytest.mark.parametrize(
    ("u", "expected"),
    [
        (0.0, REACHED),
        (0.0999, REACHED),
        (0.1, TOLD),
        (0.2799, TOLD),
        (0.2801, NOTHING),
        (0.9699, NOTHING),
        (0.9701, FORGETS),
        (0.9999, FORGETS),
    ],
)
def test_one_uniform_brings_publicity_then_contacts_then_nothing_then_forgetting(u: float, expected: int) -> None:
    """P = 0.1, contacts speak with chance 0.2: heard below 1 - 0.9 · 0.8 = 0.28; forgotten from 0.97 on."""
    assert hears(u, 0.1, 0.8, 0.03, True) == expected


@given(u=UNIFORM, publicity=SHARE, silent=SHARE, forget=SHARE)
def test_who_holds_or_has_applied_for_a_permit_does_not_forget(
    u: float, publicity: float, silent: float, forget: float
) -> None:
    assert hears(u, publicity, silent, forget, False) != FORGETS


@given(u=UNIFORM, publicity=SHARE, silent=SHARE, forget=SHARE)
def test_hearing_goes_before_forgetting(u: float, publicity: float, silent: float, forget: float) -> None:
    """Where both would fall on the same uniform, it is heard."""
    heard = hears(u, publicity, silent, forget, True)
    if u < publicity:
        assert heard == REACHED
    elif u < 1.0 - (1.0 - publicity) * silent:
        assert heard == TOLD
    else:
        assert heard in (NOTHING, FORGETS)
    assert hears(u, 0.0, 1.0, 1.0, True) == FORGETS
    assert hears(u, 1.0, 1.0, 1.0, True) == REACHED
    assert hears(u, 0.0, 0.0, 1.0, True) == TOLD


@given(u=UNIFORM, publicity=SHARE, more=SHARE, silent=SHARE)
def test_who_is_reached_is_reached_by_more_publicity_too(
    u: float, publicity: float, more: float, silent: float
) -> None:
    if hears(u, publicity, silent, 0.0, False) == REACHED:
        assert hears(u, min(publicity + more, 1.0), silent, 0.0, False) == REACHED


@pytest.mark.parametrize(
    ("knowledge", "heard", "expected"),
    [
        (UNAWARE, REACHED, HEARD),
        (UNAWARE, TOLD, HEARD),
        (HEARD, REACHED, INFORMED),
        (HEARD, TOLD, INFORMED),
        (INFORMED, REACHED, INFORMED),
        (INFORMED, TOLD, INFORMED),
        (INFORMED, FORGETS, HEARD),
        (HEARD, FORGETS, UNAWARE),
        (UNAWARE, FORGETS, UNAWARE),
        (UNAWARE, NOTHING, UNAWARE),
        (HEARD, NOTHING, HEARD),
        (INFORMED, NOTHING, INFORMED),
    ],
)
def test_knowledge_goes_one_level_up_or_down_and_not_beyond_its_ends(
    knowledge: int, heard: int, expected: int
) -> None:
    assert knows(knowledge, heard) == expected
