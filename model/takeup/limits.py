"""Limits of numbers and months that users give, and their checks."""

from __future__ import annotations

from typing import Final

import numpy as np

from takeup.errors import InputError
from takeup.months import LONGEST_MONTHS, format_month, parse_month

MAX_REPLICATES: Final = 10_000
MAX_DRAWS: Final = 100_000
MAX_THREADS: Final = 256
MAX_WORKERS: Final = 1_000


def validate_int(value: int, option: str, least: int, most: int) -> int:
    """Check a whole number given for an option or argument, and return it.

    Raises:
        InputError: the value is not a whole number from `least` to `most`.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise InputError(
            "the value is not a whole number",
            key=option,
            given=value,
            allowed=f"a whole number from {least} to {most}",
        )
    if not least <= value <= most:
        raise InputError(
            "the number is out of range", key=option, given=value, allowed=f"a whole number from {least} to {most}"
        )
    return int(value)


def validate_period(start: str, until: str, people: str | None) -> None:
    """Check the months of a run.

    Args:
        start, until: first and last month, YYYY-MM.
        people: month of the table of people, YYYY-MM; None: no table.

    Raises:
        InputError: a value is not a month, the months are not in order, or the run is too long.
    """
    numbers = []
    for option, month in (
        ("--from", start),
        ("--until", until),
        ("--people", people if people is not None else start),
    ):
        numbers.append(validate_month(option, month))
    first, last, recorded = numbers
    if last < first:
        raise InputError(
            "the last month is before the first month", key="--until", given=until, allowed=f"{start} or later"
        )
    if last - first >= LONGEST_MONTHS:
        raise InputError(
            "the run is too long",
            key="--until",
            given=until,
            allowed=f"{format_month(first + LONGEST_MONTHS - 1)} at the latest: {LONGEST_MONTHS:,} months in all",
        )
    if not first <= recorded <= last:
        raise InputError(
            "the month is not part of the run", key="--people", given=people, allowed=f"{start} to {until}"
        )


def validate_month(option: str, month: str) -> int:
    """Convert a month given for an option to a number of months since year 0.

    Raises:
        InputError: the value is not a month.
    """
    try:
        return parse_month(month)
    except InputError as error:
        raise error.within(key=option) from None
