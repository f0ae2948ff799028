"""A person in words: who they are, and what has to hold before they have a permit."""

from __future__ import annotations

from typing import Final

from takeup.dashboard.diary import Diary, Entry
from takeup.dashboard.watching import PERCENT
from takeup.report.formatting import decimal, join_words
from takeup.rules import INFORMED, LAPSED, NEVER, QUEUED, UNAWARE, VALID

_YES, _NO = "✓", "✗"
_KNOWS: Final = {UNAWARE: "has never heard of it", INFORMED: "knows what it is for and how to get it"}


def profile(diary: Diary, entry: Entry) -> list[tuple[str, str]]:
    """Names and values: attributes, and how long they have been here.

    Args:
        diary: whose.
        entry: of the month.
    """
    attributes = {join_words(name): join_words(level) for name, level in diary.profile.items()}
    registered = "no" if entry.registered_months == NEVER else f"for {_months(entry.registered_months)}"
    return [
        *attributes.items(),
        ("social insurance", "yes" if diary.insured else "no"),
        ("lives here", f"for {_months(entry.residence_months)}"),
        ("registered", registered),
        ("trust", decimal(entry.weighed.trust, 2)),
    ]


def gates(entry: Entry) -> list[tuple[str, str]]:
    """What has to hold for a permit in force, each with whether it does.

    Args:
        entry: of the month.
    """
    one = entry.weighed
    chance = f"{decimal(PERCENT * entry.considers)} % in a month, unprompted"
    knows = _KNOWS.get(one.knowledge, "has heard of it, understands little")
    rows = [
        ("knows of it", _mark(one.knowledge != UNAWARE, knows)),
        ("is entitled", _mark(entry.qualified, _title(entry))),
    ]
    if one.status == QUEUED:
        return [*rows, ("permit", "applied, and waits at the counter")]
    if one.status == VALID:
        due = f"{_months(entry.permit_months)} after issue or the last endorsement"
        return [*rows, ("permit", f"in force, {due}"), ("worth keeping", _mark(one.worth > 0.0))]
    worth = ("worth it", _mark(one.worth > 0.0, f"weighs {decimal(one.worth, 2)}"))
    if one.status == LAPSED:
        return [*rows, ("permit", "lapsed"), ("gets round to it", chance), worth]
    papers = f"{decimal(PERCENT * entry.complete)} % of applications like theirs"
    return [*rows, ("gets round to it", chance), worth, ("papers accepted", papers)]


def asks(entry: Entry) -> str:
    """Which question is weighed, and in what unit."""
    question = "Is it worth keeping?" if entry.weighed.keeps else "Is it worth applying?"
    return f"{question} Above 0 they would; in standard deviations of inclination."


def _title(entry: Entry) -> str:
    """What entitles them, or is missing."""
    here = (
        "not registered" if entry.registered_months == NEVER else f"registered for {_months(entry.registered_months)}"
    )
    if not entry.qualified:
        return f"{here}; lives here for {_months(entry.residence_months)}"
    return f"by registration, {here}" if entry.by_registration else "by insurance or a home of their own"


def _mark(holds: bool, words: str = "") -> str:
    return f"{_YES if holds else _NO} {words}".strip()


def _months(number: int) -> str:
    return "1 month" if number == 1 else f"{number} months"
