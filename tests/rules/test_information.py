"""What is learnt of the permit, and what is forgotten."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takeup.rules import HEARD, INFORMED, UNAWARE
from takeup.rules.information import (
    BY_CONTACTS,
    BY_PUBLICITY,
    FORGETS,
    NO_INFORMATION,
    information_event,
    publicity_probability,
    silence_probability,
    update_knowledge,
)

UNIFORM = st.floats(0.0, 1.0, exclude_max=True)
SHARE = st.floats(0.0, 1.0)


@pytest.mark.parametrize(
    ("publicity", "reach", "expected"), [(0.025, 0.6, 0.015), (0.025, 1.5, 0.0375), (0.9, 1.5, 1.0), (0.0, 5.0, 0.0)]
)
def test_publicity_depends_on_education_and_its_probability_is_at_most_1(
    publicity: float, reach: float, expected: float
) -> None:
    assert publicity_probability(publicity, reach) == pytest.approx(expected)


def test_the_four_information_events_have_different_codes() -> None:
    assert len({NO_INFORMATION, BY_PUBLICITY, BY_CONTACTS, FORGETS}) == 4


def test_contacts_mention_the_permit_independently() -> None:
    assert silence_probability(0.01, 0) == 1.0
    assert silence_probability(0.01, 8) == pytest.approx(0.99**8)
    assert silence_probability(1.0, 1) == 0.0
    assert silence_probability(0.0, 8) == 1.0


@given(word_of_mouth=SHARE, informed=st.integers(0, 30))
def test_the_probability_of_silence_does_not_rise_with_informed_contacts(word_of_mouth: float, informed: int) -> None:
    assert (
        0.0 <= silence_probability(word_of_mouth, informed + 1) <= silence_probability(word_of_mouth, informed) <= 1.0
    )


@pytest.mark.parametrize(
    ("u", "expected"),
    [
        (0.0, BY_PUBLICITY),
        (0.0999, BY_PUBLICITY),
        (0.1, BY_CONTACTS),
        (0.2799, BY_CONTACTS),
        (0.2801, NO_INFORMATION),
        (0.9699, NO_INFORMATION),
        (0.9701, FORGETS),
        (0.9999, FORGETS),
    ],
)
def test_one_uniform_number_decides_between_publicity_contacts_no_information_and_forgetting(
    u: float, expected: int
) -> None:
    """P = 0.1, contacts speak with chance 0.2: heard below 1 - 0.9 · 0.8 = 0.28; forgotten from 0.97 on."""
    assert information_event(u, 0.1, 0.8, 0.03, True) == expected


@given(u=UNIFORM, publicity=SHARE, silent=SHARE, forget=SHARE)
def test_holders_and_applicants_do_not_forget(u: float, publicity: float, silent: float, forget: float) -> None:
    assert information_event(u, publicity, silent, forget, False) != FORGETS


@given(u=UNIFORM, publicity=SHARE, silent=SHARE, forget=SHARE)
def test_information_has_priority_over_forgetting(u: float, publicity: float, silent: float, forget: float) -> None:
    """Where both would fall on the same uniform, it is heard."""
    event = information_event(u, publicity, silent, forget, True)
    if u < publicity:
        assert event == BY_PUBLICITY
    elif u < 1.0 - (1.0 - publicity) * silent:
        assert event == BY_CONTACTS
    else:
        assert event in (NO_INFORMATION, FORGETS)
    assert information_event(u, 0.0, 1.0, 1.0, True) == FORGETS
    assert information_event(u, 1.0, 1.0, 1.0, True) == BY_PUBLICITY
    assert information_event(u, 0.0, 0.0, 1.0, True) == BY_CONTACTS


@given(u=UNIFORM, publicity=SHARE, more=SHARE, silent=SHARE)
def test_a_migrant_reached_by_publicity_is_also_reached_by_more_publicity(
    u: float, publicity: float, more: float, silent: float
) -> None:
    if information_event(u, publicity, silent, 0.0, False) == BY_PUBLICITY:
        assert information_event(u, min(publicity + more, 1.0), silent, 0.0, False) == BY_PUBLICITY


@pytest.mark.parametrize(
    ("knowledge", "event", "expected"),
    [
        (UNAWARE, BY_PUBLICITY, HEARD),
        (UNAWARE, BY_CONTACTS, HEARD),
        (HEARD, BY_PUBLICITY, INFORMED),
        (HEARD, BY_CONTACTS, INFORMED),
        (INFORMED, BY_PUBLICITY, INFORMED),
        (INFORMED, BY_CONTACTS, INFORMED),
        (INFORMED, FORGETS, HEARD),
        (HEARD, FORGETS, UNAWARE),
        (UNAWARE, FORGETS, UNAWARE),
        (UNAWARE, NO_INFORMATION, UNAWARE),
        (HEARD, NO_INFORMATION, HEARD),
        (INFORMED, NO_INFORMATION, INFORMED),
    ],
)
def test_knowledge_changes_by_one_level_and_stays_within_its_range(knowledge: int, event: int, expected: int) -> None:
    assert update_knowledge(knowledge, event) == expected


@given(publicity=SHARE, silent=SHARE, forget=SHARE)
def test_at_a_uniform_number_of_1_those_who_may_not_forget_receive_no_information(
    publicity: float, silent: float, forget: float
) -> None:
    """`kernels_population` gives it to closed slots."""
    assert information_event(1.0, publicity, silent, forget, False) == NO_INFORMATION
