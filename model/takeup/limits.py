"""Limits and a default of numbers and months that users give, and checks of them and of names."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from numbers import Real
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field

from takeup.errors import InputError
from takeup.message import Message
from takeup.months import LONGEST_MONTHS, format_month, parse_month
from takeup.text import parse_yuan, suggest_readings

AGENTS_PER_DRAW: Final = 10_000
"""Default largest number of simulated migrants per draw of a posterior.

The Monte Carlo error of a draw is then much smaller than the uncertainty of the parameters.
"""
_NUMBER: Final = Message("a number")
MAX_REPLICATES: Final = 10_000
MAX_DRAWS: Final = 100_000
MAX_PACKAGES: Final = 100_000
MAX_THREADS: Final = 256
MAX_WORKERS: Final = 1_000
MAX_SEED: Final = 2**62 - 1
"""Largest seed of a run; the seeds of replicates count up from the first one and must fit into 64 bits."""


def is_real(value: object) -> bool:
    """Return whether a value is a real number.

    Real numbers are those of Python, NumPy, `decimal` and `fractions`. Truth values, texts and arrays are not.
    """
    return isinstance(value, Real | Decimal) and not isinstance(value, bool)


def as_float(value: Any, option: str | None, allowed: str = _NUMBER) -> float:
    """Convert a real number given for an argument to a float.

    Args:
        value: number of any type, see `is_real`.
        option: name of the argument, for the message.
        allowed: description of the allowed values, for the message.

    Returns:
        The number; infinity, if the value is too large for a float.

    Raises:
        InputError: the value is not a real number.
    """
    if is_real(value):
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
        except ValueError:  # a signalling NaN of `decimal`
            pass
    raise InputError("the value is not a number", key=option, given=value, allowed=allowed)


def as_int(value: Any, option: str, allowed: str | None = None) -> int:
    """Convert a whole number given for an argument to an integer.

    Args:
        value: number of any type, see `is_real`; 1e3 and 1000.0 are whole numbers, too.
        option: name of the argument, for the message.
        allowed: description of the allowed values, for the message.

    Raises:
        InputError: the value is not a whole number.
    """
    if is_real(value):
        try:
            if int(value) == value:
                return int(value)
        except (OverflowError, ValueError):  # infinity, NaN
            pass
    raise InputError("the value is not a whole number", key=option, given=value, allowed=allowed)


def _parse_text_in_yuan(given: object) -> object:
    """Parse an amount of money that is given as text; other values are returned as they are.

    Raises:
        InputError: the text is not an amount.
    """
    if not isinstance(given, str):
        return given
    try:
        return parse_yuan(given)
    except ValueError:
        allowed = Message('a number, such as 3_000_000, or a text (string), such as "3,000,000" or "300万"')
        raise InputError(
            "the value is not an amount in yuan", given=given, allowed=suggest_readings(allowed, given)
        ) from None


Yuan = Annotated[float, Field(ge=0, allow_inf_nan=False), BeforeValidator(_parse_text_in_yuan)]
"""Type of a field that is an amount of money in yuan: a number, or a text that `parse_yuan` accepts."""


def validate_int(value: Any, option: str, least: int, most: int) -> int:
    """Check a whole number given for an option or argument, and return it.

    Raises:
        InputError: the value is not a whole number from `least` to `most`.
    """
    allowed = Message("a whole number from {least} to {most}", least=least, most=most)
    number = as_int(value, option, allowed)
    if not least <= number <= most:
        raise InputError("the number is out of range", key=option, given=value, allowed=allowed)
    return number


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
            "the last month is before the first month",
            key="--until",
            given=until,
            allowed=Message("{month} or later", month=start),
        )
    if last - first >= LONGEST_MONTHS:
        raise InputError(
            "the run is too long",
            key="--until",
            given=until,
            allowed=Message(
                "{month} at the latest: {number:,} months in all",
                month=format_month(first + LONGEST_MONTHS - 1),
                number=LONGEST_MONTHS,
            ),
        )
    if not first <= recorded <= last:
        raise InputError(
            "the month is not part of the run",
            key="--people",
            given=people,
            allowed=Message("{first} to {last}", first=start, last=until),
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


def check_names(names: Sequence[str], table: str, *, file: Path | None = None, within: str = "") -> None:
    """Check that tables of the same kind have different names.

    Args:
        names: names in the order of the file.
        table: name of the tables in the file, such as "option".
        file: file named in the error message.
        within: key of the table that contains them, such as "option 1, "; empty at the top of the file.

    Raises:
        InputError: two tables have the same name.
    """
    for number, name in enumerate(names, 1):
        if name in names[: number - 1]:
            raise InputError(
                Message("two {table}s have the same name", table=table),
                file=file,
                key=f"{within}{table} {number}, name",
                given=name,
                allowed=Message("{table}s with different names", table=table),
            )
