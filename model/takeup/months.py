"""Months: the text "2018-12" as a number of months, which can be added and compared."""

from __future__ import annotations

import re

from takeup.errors import InputError

MONTHS_A_YEAR = 12
START = "2010-01"
"""First month of the permit in Guangdong, and default first month of a run."""
END = "2023-12"
"""Default last month of a run."""
END_OF_HISTORY = "2018-12"
"""Last month of the observed history; countermeasures act after it."""
LONGEST_MONTHS = 12_000
"""Longest run in months: months of residence are stored in 16 bits."""
_PATTERN = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


def parse_month(text: object) -> int:
    """Number of months since year 0 of a month given as YYYY-MM.

    Raises:
        InputError: the text is not a month.
    """
    match = _PATTERN.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise InputError("not a month", given=text, allowed='a month written as "2019-03"')
    return int(match[1]) * MONTHS_A_YEAR + int(match[2]) - 1


def format_month(number: int) -> str:
    """Text YYYY-MM of a month given as a number of months since year 0."""
    return f"{number // MONTHS_A_YEAR:04d}-{number % MONTHS_A_YEAR + 1:02d}"
