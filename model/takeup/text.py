"""Text as users type it: numbers, and confusable or invisible characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal, localcontext
from typing import Final

from takeup.message import Message

_FULL_WIDTH: Final = range(0xFF01, 0xFF5F)
"""Full-width forms of the printable ASCII characters, in the order of ASCII."""
_FULL_WIDTH_OFFSET: Final = 0xFF01 - ord("!")
_SPACES: Final = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_WITHOUT_WIDTH: Final = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_INTENDED: Final[dict[str, str]] = {
    **{chr(code): chr(code - _FULL_WIDTH_OFFSET) for code in _FULL_WIDTH},
    **dict.fromkeys(_SPACES, " "),
    **dict.fromkeys(_WITHOUT_WIDTH, ""),
    **dict.fromkeys("\u2018\u2019\u201a\u201b", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
    **{"\u3010": "[", "\u3011": "]", "\u3001": ",", "\u3002": ".", "\uffe5": "\u00a5"},
}
"""ASCII text that is probably intended, by character."""
_TRANSLATION: Final = str.maketrans(_INTENDED)
_FULL_WIDTH_TRANSLATION: Final = {code: code - _FULL_WIDTH_OFFSET for code in _FULL_WIDTH}

YUAN_ALLOWED: Final = Message("an amount in yuan, such as 3000000, 3,000,000, 3 million or 300万")
"""Description of the amounts of money that `parse_yuan` accepts, for messages."""

_LONGEST_NUMBER: Final = 60
"""Length of a text in which a number is recognised."""
_MAGNITUDES: Final = {
    **dict.fromkeys(("k", "thousand", "千"), "1000"),
    **dict.fromkeys(("m", "mn", "million", "百万", "百萬"), "1000000"),
    **dict.fromkeys(("bn", "billion"), "1000000000"),
    **dict.fromkeys(("万", "萬"), "10000"),
    **dict.fromkeys(("千万", "千萬"), "10000000"),
    **dict.fromkeys(("亿", "億"), "100000000"),
}
"""Factors of the words that people write after a number."""
_UNITS: Final = {**_MAGNITUDES, "%": "0.01"}
_MAGNITUDE_PATTERN, _UNIT_PATTERN = (
    "|".join(sorted(words, key=len, reverse=True)) for words in (_MAGNITUDES, _UNITS)
)
_THOUSANDS_COMMAS: Final = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]*)?")
"""Number with commas between thousands. "0,500" is none: its comma is a decimal comma."""
_QUANTITY: Final = re.compile(rf"(?P<number>[+-]?[0-9.,_]+) ?(?P<unit>{_MAGNITUDE_PATTERN})?", re.IGNORECASE)
_IN_YUAN: Final = re.compile(
    r"(?:(?:[¥￥]|cny|rmb|人民币) ?)?(?P<number>.*?)(?: ?(?:yuan|cny|rmb|元))?", re.IGNORECASE | re.DOTALL
)
_WITH_UNIT: Final = re.compile(
    r"(?:[¥￥]|(?:cny|rmb) ?)?(?P<number>[+-]?[0-9.][0-9.,_' ]*(?P<exponent>e[+-]?[0-9]+)?) ?"
    rf"(?P<unit>{_UNIT_PATTERN})?"
    "(?: ?(?:yuan|cny|rmb|元|人|people|persons|agents))?",
    re.IGNORECASE,
)
"""Number with a currency, a unit, separators of thousands, or a decimal comma."""
_NUMBER: Final = re.compile(
    r"[+-]?(?:(?:[0-9]+|[0-9]{1,3}(?:_[0-9]{3})+)(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+|inf)"
)


def parse_number(text: str) -> float:
    """Parse a number in plain form, as programs write it.

    This rule reads the numbers of data files, such as survey tables. A number that a person types is first rewritten
    by `normalise_number`.

    Args:
        text: digits 0 to 9 with an optional sign, decimal point and exponent, or "inf". "_" may separate thousands.
            Spaces around the number are ignored.

    Raises:
        ValueError: The text is not such a number. Python's `float` also accepts digits of other scripts, "nan" and
            "_" between any two digits, which are more often mistakes than meant.

    Examples:
        >>> parse_number("5_000.5")
        5000.5
    """
    if not _NUMBER.fullmatch(text.strip(" \t")):
        raise ValueError(f"not a number: {text!r}")
    return float(text)


def parse_whole_number(text: str) -> int:
    """Parse a whole number by the rule of `parse_number`.

    Raises:
        ValueError: The text is not a number, or the number is not whole.
    """
    value = parse_number(text)
    if not value.is_integer():
        raise ValueError(f"not a whole number: {text!r}")
    digits = text.strip(" \t")
    return int(digits) if digits.lstrip("+-").replace("_", "").isdigit() else int(value)


def normalise_number(text: str) -> str:
    """Rewrite a number as people type it in the plain form of `parse_number`.

    All numbers on the command line, and amounts of money that are given as text, are read by this rule.

    Args:
        text: a number of `parse_number`; or one with commas between thousands, with a word or letter of magnitude
            ("3 million", "3m", "500k", "300万", "2亿"), or both. Digits and signs may be full-width.

    Returns:
        A text that `parse_number` accepts, with the same value.

    Raises:
        ValueError: The text is not such a number, or it is ambiguous, as "3.000.000", "1,5" and "3,00" are.

    Examples:
        >>> normalise_number("3.5万")
        '35_000'
    """
    written = text.translate(_FULL_WIDTH_TRANSLATION).strip(" \t")
    if _NUMBER.fullmatch(written):
        return written
    quantity = _QUANTITY.fullmatch(written)
    if quantity is None or len(written) > _LONGEST_NUMBER:
        raise ValueError(f"not a number: {text!r}")
    digits = quantity["number"]
    if _THOUSANDS_COMMAS.fullmatch(digits):
        digits = digits.replace(",", "_")
    if not _NUMBER.fullmatch(digits):
        raise ValueError(f"not a number: {text!r}")
    return _multiply(digits, quantity["unit"])


def parse_yuan(text: str) -> float:
    """Parse an amount of money in yuan as people type it.

    Args:
        text: a number of `normalise_number`, optionally with the currency: "300万元", "¥3,000,000", "3m yuan".

    Raises:
        ValueError: The text is not such an amount, or it is ambiguous.
    """
    amount = _IN_YUAN.fullmatch(text.strip(" \t"))
    return parse_number(normalise_number(text if amount is None else amount["number"]))


def _multiply(digits: str, unit: str | None) -> str:
    """Multiply a number in plain form by a unit, without rounding."""
    if unit is None:
        return digits
    with localcontext(prec=2 * _LONGEST_NUMBER):
        product = Decimal(digits.replace("_", "")) * Decimal(_UNITS[unit.casefold()])
        return f"{int(product):_}" if product == int(product) else format(product.normalize(), "f")


def to_ascii(text: str) -> str:
    """Replace characters that look like ASCII characters, such as full-width digits, by these."""
    return text.translate(_TRANSLATION)


def possible_readings(text: str) -> tuple[str, ...]:
    """List the numbers that may be meant by a text, the most probable first.

    For example, the reading of "5 million yuan" is 5_000_000, that of "50 %" and "0,5" is 0.5, and those of "3,00"
    are 3.00 and 300.

    Returns:
        Numbers that `parse_number` accepts; empty if there is no obvious number, or if the text is the number itself.
    """
    written = _WITH_UNIT.fullmatch(to_ascii(text).strip())
    if written is None or len(text) > _LONGEST_NUMBER or (written["exponent"] and written["unit"]):
        return ()
    readings = (_multiply(each, written["unit"]) for each in _readings(written["number"].strip()))
    return tuple(each for each in readings if each != text)


def _readings(digits: str) -> list[str]:
    """Return the plain forms that digits with separators may stand for, the most probable first."""
    if re.fullmatch(r"[+-]?[1-9][0-9]{0,2}([, '][0-9]{3})+(\.[0-9]+)?", digits):
        return [re.sub("[, ']", "_", digits)]
    if re.fullmatch(r"[+-]?[0-9]{1,3}(\.[0-9]{3}){2,}", digits):
        return [digits.replace(".", "_")]
    if re.fullmatch(r"[+-]?[0-9]{1,3}(\.[0-9]{3})+,[0-9]+", digits):
        return [digits.replace(".", "_").replace(",", ".")]
    if re.fullmatch(r"[+-]?(0,[0-9]+|[0-9]+,[0-9]*[1-9])", digits):
        return [digits.replace(",", ".")]
    if re.fullmatch(r"[+-]?[0-9]+,[0-9]+", digits):  # a decimal comma, or a misplaced separator
        return [digits.replace(",", "."), digits.replace(",", "")]
    return [digits] if _NUMBER.fullmatch(digits) else []


def suggest_number(text: str) -> str | None:
    """Suggest the number that was probably meant by a text.

    Returns:
        A number that `parse_number` accepts; None if there is no obvious number, or more than one.
    """
    readings = possible_readings(text)
    return readings[0] if len(readings) == 1 else None


def suggest_readings(allowed: str, written: str, parse: Callable[[str], float] = parse_number, name: str = "") -> str:
    """Add the numbers that may be meant to the description of the allowed values of a wrong number.

    Args:
        allowed: description of the allowed values.
        written: the wrong number.
        parse: function that parses the numbers; those that it refuses are not suggested.
        name: text before each number.

    Returns:
        For example "a number; did you mean 3.00 or 300?"; the description itself if no number is obvious.
    """
    readings = []
    for each in possible_readings(written):
        with suppress(ValueError):
            parse(each)
            readings.append(f"{name}{each}")
    if not readings:
        return allowed
    first, *others = readings
    if others:
        return Message("{allowed}; did you mean {first} or {second}?", allowed=allowed, first=first, second=others[0])
    return Message("{allowed}; did you mean {names}?", allowed=allowed, names=first)


def describe_confusable(text: str) -> Message | None:
    """Describe the first character of a text that was probably typed by mistake.

    Returns:
        A character without width is always described. Another character is described only if ASCII text results
        when all such characters are replaced; otherwise they may belong to Chinese text. None if there is no such
        character.
    """
    likely = to_ascii(text).isascii()
    for character in text:
        intended = _INTENDED.get(character)
        if intended is None or (intended and not likely):
            continue
        known = {"code": f"U+{ord(character):04X}", "name": unicodedata.name(character, "unnamed")}
        if not intended:
            return Message("it contains an invisible character, {code} {name}; remove it", **known)
        if intended == " ":
            return Message("it contains {code} {name}; an ordinary space is meant", **known)
        return Message(
            "it contains {character} ({code} {name}); {intended} is meant",
            character=character, intended=intended, **known,
        )  # fmt: skip
    return None
