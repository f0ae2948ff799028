"""Months: written "2018-12", counted as whole months so that they can be added and compared."""

from __future__ import annotations

import re

from takeup.errors import InputError

MONTHS_A_YEAR = 12
START = "2010-01"
"""The permit's first month in Guangdong, and a run's unless it is told otherwise."""
END = "2023-12"
"""Default last month of a run."""
END_OF_HISTORY = "2018-12"
"""Last month of the observed history; countermeasures act after it."""
LONGEST_MONTHS = 12_000
"""Of a run: months of residence are counted in 16 bits."""
_WRITTEN = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


def parse_month(written: object) -> int:
    """The count of months since year 0 of a month written as YYYY-MM.

    Raises:
        InputError: the text is not a month.
    """
    found = _WRITTEN.fullmatch(written) if isinstance(written, str) else None
    if found is None:
        raise InputError("not a month", given=written, allowed='a month written as "2019-03"')
    return int(found[1]) * MONTHS_A_YEAR + int(found[2]) - 1


def format_month(number: int) -> str:
    """The month written as YYYY-MM."""
    return f"{number // MONTHS_A_YEAR:04d}-{number % MONTHS_A_YEAR + 1:02d}"
