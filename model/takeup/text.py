"""Text as users type it: numbers, and confusable or invisible characters."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Final

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

_LONGEST_NUMBER: Final = 60
"""Length of a text in which a number is recognised."""
_UNITS: Final = {
    **dict.fromkeys(("k", "thousand", "千"), "1000"),
    **dict.fromkeys(("m", "mn", "million", "百万"), "1000000"),
    **dict.fromkeys(("bn", "billion"), "1000000000"),
    **{"万": "10000", "千万": "10000000", "亿": "100000000", "%": "0.01"},
}
"""Factors of units that people write after a number."""
_WITH_UNIT: Final = re.compile(
    r"(?:[¥$€]|(?:cny|rmb) ?)?(?P<number>[+-]?[0-9.][0-9.,_' ]*(?:e[+-]?[0-9]+)?) ?"
    rf"(?P<unit>{'|'.join(sorted(_UNITS, key=len, reverse=True))})?"
    "(?: ?(?:yuan|cny|rmb|元|人|people|persons|agents))?",
    re.IGNORECASE,
)
"""Number with a currency, a unit, separators of thousands, or a decimal comma."""
_NUMBER: Final = re.compile(
    r"[+-]?(?:(?:[0-9]+|[0-9]{1,3}(?:_[0-9]{3})+)(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+|inf)"
)


def parse_number(text: str) -> float:
    """Parse a number that is given as text.

    All numbers that users type are parsed by this rule.

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


def to_ascii(text: str) -> str:
    """Replace characters that look like ASCII characters, such as full-width digits, by these."""
    return text.translate(_TRANSLATION)


def suggest_number(text: str) -> str | None:
    """Suggest the number that was probably meant by a text.

    For example, the suggestion for "5,000,000", "５，０００，０００", "500万" and "5 million yuan" is 5_000_000. The
    suggestion for "50 %" and "0,5" is 0.5.

    Returns:
        A number that `parse_number` accepts; None if there is no obvious number.
    """
    ascii_text = to_ascii(text).strip()
    written = _WITH_UNIT.fullmatch(ascii_text)
    if written is None or len(text) > _LONGEST_NUMBER:
        return None
    digits, unit = written["number"].strip(), (written["unit"] or "").casefold()
    if re.fullmatch(r"[+-]?[0-9]{1,3}([, '][0-9]{3})+(\.[0-9]+)?", digits):
        digits = re.sub("[, ']", "_", digits)
    elif re.fullmatch(r"[+-]?[0-9]{1,3}(\.[0-9]{3}){2,}", digits):
        digits = digits.replace(".", "_")
    elif re.fullmatch(r"[+-]?[0-9]{1,3}(\.[0-9]{3})+,[0-9]+", digits):
        digits = digits.replace(".", "_").replace(",", ".")
    elif re.fullmatch(r"[+-]?[0-9]+,[0-9]*[1-9]", digits):
        digits = digits.replace(",", ".")
    if not _NUMBER.fullmatch(digits):
        return None
    if unit:
        product = Decimal(digits.replace("_", "")) * Decimal(_UNITS[unit])
        digits = format(product.normalize(), "f")
        digits = f"{int(product):_}" if product == int(product) else digits
    return digits if digits != text else None


def describe_confusable(text: str) -> str | None:
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
        name = f"U+{ord(character):04X} {unicodedata.name(character, 'unnamed')}"
        if not intended:
            return f"it contains an invisible character, {name}; remove it"
        if intended == " ":
            return f"it contains {name}; an ordinary space is meant"
        return f"it contains {character} ({name}); {intended} is meant"
    return None
