"""Conversion of months between text, "2018-12", and numbers of months."""

from __future__ import annotations

import re
from functools import lru_cache

from takeup.errors import InputError
from takeup.message import Message
from takeup.text import to_ascii

MONTHS_A_YEAR = 12
START = "2010-01"
"""First month in which Guangdong issued the permit, and default first month of a run."""
END = "2023-12"
"""Default last month of a run."""
END_OF_HISTORY = "2018-12"
"""Last month of the observed history; countermeasures act after it."""
LONGEST_MONTHS = 12_000
"""Longest run, in months; the limit exists because months of residence are stored in 16 bits."""
_PATTERN = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_OTHER_NOTATION = re.compile(
    r"([12][0-9]{3})[-./年 ]{0,2}(1[0-2]|0?[1-9])"  # year and month
    r"(?:[-./ 月](?:[0-9]{1,2}日?)?)?(?:[T ][0-9:.]+)?"  # day and time
)
"""Month in other notations: 2019-3, 2019/03, 201903, 2019年3月, and dates."""


def parse_month(text: object) -> int:
    """Convert a month given as YYYY-MM to a number of months since year 0.

    Raises:
        InputError: the text is not a month.
    """
    number = _number_of(text) if isinstance(text, str) else None
    if number is None:
        suggestion = _suggest_month(text)
        allowed = Message('a month written as "2019-03"')
        if suggestion is not None:
            allowed = Message('{allowed}; did you mean "{month}"?', allowed=allowed, month=suggestion)
        raise InputError("the value is not a month", given=text, allowed=allowed)
    return number


@lru_cache(maxsize=LONGEST_MONTHS)
def _number_of(text: str) -> int | None:
    """Return the number of a month written as YYYY-MM, or None; scenarios ask for the same months very often."""
    match = _PATTERN.fullmatch(text)
    return None if match is None else int(match[1]) * MONTHS_A_YEAR + int(match[2]) - 1


def _suggest_month(given: object) -> str | None:
    """Suggest the month that was probably meant by a text or a date; None if there is no obvious month."""
    written = _OTHER_NOTATION.fullmatch(to_ascii(str(given)).strip())
    return None if written is None else f"{written[1]}-{int(written[2]):02d}"


def format_month(number: int) -> str:
    """Format a number of months since year 0 as YYYY-MM."""
    return f"{number // MONTHS_A_YEAR:04d}-{number % MONTHS_A_YEAR + 1:02d}"
