"""Formatting of numbers, months and names, and tables for the terminal."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

PERCENT: Final = 100.0
"""Factor that converts a share to percent."""
NOTHING: Final = "–"
MINUS: Final = "−"
CONFIDENCE: Final = "95\u00a0%"
"""Confidence level of intervals over replicates, as text."""
CREDIBLE: Final = "90\u00a0%"
"""Share of the draws in intervals over draws, and confidence level of trials, as text."""
EN_SPACE: Final = "\u2002"
MILLION: Final = 1_000_000
_SIGNIFICANT: Final = 3
_FEN_PLACES: Final = 2
_WHOLE_FROM: Final = 100
"""Smallest estimated amount that is formatted without decimal places, in yuan."""
_ROUGH_STEPS: Final = ((100_000, 100), (1_000, 10))
_NEGLIGIBLE_PLACES: Final = 6
"""Decimal places, in units of the last printed digit, beyond which the width of an interval is a rounding error."""
_PROPER: Final = {"guangdong": "Guangdong"}
_NAMED_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def decimal(value: float, places: int = 1) -> str:
    """Format a number: 24.2 or −1,234.5; – if it is not finite."""
    if not math.isfinite(value):
        return NOTHING
    text = f"{value:,.{places}f}"
    is_zero = float(text.replace(",", "")) == 0.0
    return text.replace("-", "" if is_zero else MINUS)


def signed(value: float, places: int = 1) -> str:
    """Format a difference: +6.9, −0.3, and 0.0 without a sign."""
    text = decimal(value, places)
    is_positive = math.isfinite(value) and float(f"{value:.{places}f}") > 0.0
    return f"+{text}" if is_positive else text


def count(value: float) -> str:
    """Format a whole number: 24,812."""
    return decimal(value, 0)


def half_width(value: float, places: int = 1) -> str:
    """Format half the width of an interval, rounded up: 0.1 for 0.04, so that only a width of 0 is 0."""
    step = 10.0**-places
    return (
        decimal(math.ceil(round(value / step, _NEGLIGIBLE_PLACES)) * step, places)
        if math.isfinite(value)
        else NOTHING
    )


def plus_minus(half: float, places: int = 1) -> str:
    """Format half the width of an interval after ±: ±0.1; nothing if there is no interval or its width is 0."""
    text = half_width(half, places)
    return "" if text == NOTHING or float(text.replace(",", "")) == 0.0 else f"±{text}"


def signed_count(value: float) -> str:
    """Format a difference of whole numbers: +24,812."""
    return signed(value, 0)


def rough(value: float) -> float:
    """Round a number of persons for use in a sentence.

    The result is a multiple of 10 from 1,000 on, and of 100 from 100,000 on.
    """
    step = next((step for least, step in _ROUGH_STEPS if abs(value) >= least), 1)
    return round(value / step) * step if math.isfinite(value) else value


def money(value: float, places: int = 0) -> str:
    """Format an amount of money: 480,000; – if it is not finite.

    An amount that is not 0 is never formatted as 0: if all its decimal places would be 0, it has three significant
    digits.
    """
    if math.isfinite(value) and value != 0.0 and float(f"{value:.{places}f}") == 0.0:
        return exact_yuan(float(f"{value:.{_SIGNIFICANT}g}"))
    return decimal(value, places)


def yuan(value: float) -> str:
    """Format an estimated amount of money in yuan: 480,000, 12.3 million, or 0.5.

    Amounts below 100 and from 1 million on have three significant digits, other amounts are whole.
    """
    if math.isfinite(value) and abs(value) >= MILLION:
        digits = len(str(int(abs(value) / MILLION)))
        return f"{millions(value, max(_SIGNIFICANT - digits, 0))} million"
    if math.isfinite(value) and abs(value) < _WHOLE_FROM:
        return exact_yuan(float(f"{value:.{_SIGNIFICANT}g}"))
    return count(value)


def exact_yuan(value: float) -> str:
    """Format a given amount of money in yuan with all its digits: 1,234,567, or 0.5; – if it is not finite."""
    if not math.isfinite(value):
        return NOTHING
    return f"{Decimal(repr(float(value) + 0.0)).normalize():,f}".replace("-", MINUS)


def full_yuan(value: float) -> str:
    """Format a computed amount of money in yuan to the fen: 12,345,678, or 1,234.56.

    A smaller amount that is not 0 has three significant digits.
    """
    is_whole = math.isfinite(value) and round(value, _FEN_PLACES).is_integer()
    return money(value, 0 if is_whole else _FEN_PLACES)


def millions(value: float, places: int = 2) -> str:
    """Format an amount of money in millions: 4.80, or 0.0005 for 500 yuan."""
    return money(value / MILLION, places)


def interval(low: float, high: float, format_value: Callable[[float], str] = decimal) -> str:
    """Format an interval: 6.5 to 7.3; – if an end is not finite."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return NOTHING
    return f"{format_value(low)} to {format_value(high)}"


def with_interval(text: str, low: float, high: float, format_value: Callable[[float], str] = decimal) -> str:
    """Append an interval, if there is one, to a formatted value: +6.9 (+6.5 to +7.3).

    Args:
        text: formatted value.
        low, high: ends of the interval; not finite if there is none.
        format_value: function that formats an end.
    """
    return f"{text}{EN_SPACE}({interval(low, high, format_value)})" if math.isfinite(low) else text


def amount(value: float) -> str:
    """Format the value of a parameter in full: 0.025, 12,000, ∞."""
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    return f"{value:,.10g}".replace("-", MINUS)


def month(written: str) -> str:
    """Format a month in words: "2023-12" becomes December 2023."""
    year, number = written.split("-")
    return f"{_NAMED_MONTHS[int(number) - 1]} {year}"


def join_words(name: str) -> str:
    """Format the name of a level or attribute: "informal_lease" as informal lease."""
    return _PROPER.get(name, name.replace("_", " "))


def printable(text: str) -> str:
    """Put a text on one line and replace control characters by spaces.

    SVG files and terminals cannot contain control characters.
    """
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def replicates(number: int) -> str:
    """Format a number of replicates: 1 replicate, 4 replicates."""
    return f"{number} replicate" if number == 1 else f"{number} replicates"


def print_results(*parts: Table | Padding | Text | str) -> None:
    """Print tables and sentences on the terminal, without interpreting markup.

    Args:
        parts: what is printed. An empty Text is an empty line. An empty line separates a table that has a title from
            what is printed before and after it.
    """
    console = Console()
    was_titled, was_empty = False, True
    for part in parts:
        if isinstance(part, str) and not part:
            continue
        is_titled = isinstance(part, Table) and part.title is not None
        is_empty = isinstance(part, Text) and not part
        if (is_titled or was_titled) and not (is_empty or was_empty):
            console.print()
        if isinstance(part, str):
            console.print(part, markup=False, highlight=False)
        else:
            console.print(part, highlight=False)
        was_titled, was_empty = is_titled, is_empty


def plain_table(title: str, caption: str | None = None, *, gap: int = 0) -> Table:
    """Make an empty table for the terminal, with title and caption on the left.

    Args:
        title: text above the table; markup in it is printed as it is.
        caption: text below the table.
        gap: number of additional spaces to the right of each column.
    """
    return Table(
        title=Text(printable(title), style="table.title"),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, gap, 0, 0),
        pad_edge=False,
        caption=caption,
        caption_justify="left",
    )
