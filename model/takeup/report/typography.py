"""Typography of figures and pages: fonts, widths of texts, and line breaks."""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Final
from unicodedata import east_asian_width

from matplotlib.font_manager import findfont, fontManager, get_font_names
from matplotlib.ft2font import FT2Font

from takeup.report.formatting import printable

CHINESE_FONT: Final = "Takeup Sans SC"
CHINESE_FONT_FILE: Final = Path(__file__).parent / "fonts" / "TakeupSansSC-Regular.otf"
_SHARED_PUNCTUATION: Final = "“”‘’—…·"
"""Punctuation of Chinese text that Latin fonts also have."""
FONT: Final = "DejaVu Sans"
"""Font of figures; it is part of Matplotlib, so figures are the same on every machine."""
_SYSTEM_FONTS: Final = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
)
"""Fonts of the operating system for rare characters that the shipped font does not have."""
_NOT_FIRST: Final = "，。、；：？！）》"
"""Chinese punctuation that does not start a line."""
POINTS_AN_INCH: Final = 72.0
_FIXED_POINT: Final = 65_536
_MEASURED_AT: Final = 100
_ROUNDING: Final = 1.02
"""Factor by which drawn lines may be longer, because letters are rounded to whole pixels."""
_FULL_WIDTH: Final = 1.0
_NARROWEST: Final = 0.6
_BALANCING_STEPS: Final = 8
_SHORTEST_REST: Final = 4
_LOST_AT_MOST: Final = 0.3


def is_wide(character: str) -> bool:
    """Return whether a character is as wide as a Chinese character."""
    return east_asian_width(character) in "WF"


@lru_cache(maxsize=1)
def font_characters() -> frozenset[str]:
    """Return the characters that the shipped Chinese font has."""
    return frozenset(map(chr, FT2Font(str(CHINESE_FONT_FILE)).get_charmap()))


def font_face(text: str) -> str:
    """Return a CSS rule that embeds the Chinese font for a text, if it needs the font.

    The same text gives the same rule. The rule is empty for a text without Chinese characters.
    """
    wanted = {character for character in set(text) if is_wide(character)} & font_characters()
    return font_rule("".join(sorted(wanted.union(_SHARED_PUNCTUATION)))) if wanted else ""


def embed_font(page: str) -> str:
    """Embed the font for a page's Chinese characters in the page's style sheet."""
    return page.replace("<style>\n", f"<style>\n{font_face(page)}", 1)


@lru_cache(maxsize=64)
def font_rule(text: str) -> str:
    """Return the CSS rule that embeds the Chinese font for the characters of a text."""
    from fontTools import subset  # noqa: PLC0415  (its import takes 0.1 s; only Chinese pages need it)
    from fontTools.ttLib import TTFont  # noqa: PLC0415

    # recalcBBoxes=False saves time: the bounding boxes of the shipped font are still correct after the reduction.
    reduced = TTFont(CHINESE_FONT_FILE, lazy=True, recalcTimestamp=False, recalcBBoxes=False)
    subsetter = subset.Subsetter(subset.Options(hinting=True, notdef_outline=True))
    subsetter.populate(text=text)
    subsetter.subset(reduced)
    reduced.flavor = "woff"
    buffer = io.BytesIO()
    reduced.save(buffer)
    data = b64encode(buffer.getvalue()).decode("ascii")
    return (
        f'@font-face {{ font-family: "{CHINESE_FONT}"; src: url("data:font/woff;base64,{data}") format("woff"); }}\n'
    )


def fonts_of(text: str) -> list[str]:
    """Return the font families for a text; only Chinese needs the shipped font."""
    wide = {character for character in text if is_wide(character)}
    if not wide:
        return [FONT]
    return [FONT, _chinese_font(), *(_system_fonts() if wide - font_characters() else ())]


@cache
def _chinese_font() -> str:
    """Register the shipped Chinese font with matplotlib and return its family."""
    fontManager.addfont(CHINESE_FONT_FILE)
    return CHINESE_FONT


def _system_fonts() -> list[str]:
    installed = set(get_font_names())
    return [family for family in _SYSTEM_FONTS if family in installed]


def width(text: str, size: float) -> float:
    """Return the width of a line of text, in inches.

    Args:
        text: the line.
        size: font size, in points.
    """
    return sum(_advance(character) for character in text) * size / POINTS_AN_INCH * _ROUNDING


def wrapped(text: str, inches: float, size: float, most: int, *, balanced: bool = True) -> list[str]:
    """Break a text into lines; a text that is too long ends in an ellipsis.

    Args:
        text: the text; it is made printable first.
        inches: largest width of a line.
        size: font size, in points.
        most: largest number of lines.
        balanced: whether to make all lines about equally long, as in a label, or to fill each before the next.
    """
    lines = _broken(printable(text), inches, size)
    if len(lines) > most:
        return [*lines[: most - 1], _cut(" ".join(lines[most - 1 :]), inches, size)]
    for step in range(_BALANCING_STEPS if balanced else 0):
        narrower = _NARROWEST + (1.0 - _NARROWEST) * step / _BALANCING_STEPS
        even = _broken(printable(text), inches * narrower, size)
        if len(even) == len(lines) and not any(line.endswith("-") for line in even):
            return even
    return lines


def joined(lines: Sequence[str]) -> str:
    """Join lines with spaces, but without one beside a Chinese character."""
    text = ""
    for line in lines:
        touches = not text or is_wide(text[-1]) or is_wide(line[:1] or " ")
        text += line if touches else f" {line}"
    return text


def _broken(text: str, inches: float, size: float) -> list[str]:
    lines = [""]
    for piece in _pieces(text):
        rest = piece
        if lines[-1] and width(lines[-1] + rest.rstrip(), size) > inches:
            lines.append("")
        while not lines[-1] and width(rest.rstrip(), size) > inches:
            fits = len(_longest(rest, inches - width("-", size), size))
            fits = max(min(fits, len(rest.rstrip()) - _SHORTEST_REST), 1)
            lines[-1:] = [rest[:fits] + "-", ""]
            rest = rest[fits:]
        lines[-1] = (lines[-1] + rest).lstrip()
    return [line.rstrip() for line in lines]


def _pieces(text: str) -> Sequence[str]:
    """Split a text where a line may end.

    A line may end after a space and around a Chinese character, but not before Chinese punctuation.
    """
    pieces = [""]
    for character in text:
        if character in _NOT_FIRST:
            pieces[-1] += character
            continue
        if is_wide(character) or (pieces[-1] and (pieces[-1][-1] == " " or is_wide(pieces[-1][-1]))):
            pieces.append("")
        pieces[-1] += character
    return pieces


def _cut(line: str, inches: float, size: float) -> str:
    if width(line, size) <= inches:
        return line
    fits = _longest(line, inches - width("…", size), size)
    whole_words = fits.rpartition(" ")[0]
    return (whole_words if len(whole_words) >= (1 - _LOST_AT_MOST) * len(fits) else fits).rstrip(" ,;:") + "…"


def _longest(text: str, inches: float, size: float) -> str:
    """Return the longest beginning of a text that is not wider than the given inches."""
    while text and width(text, size) > inches:
        text = text[:-1]
    return text


@cache
def _advance(character: str) -> float:
    """Return the width of a character in font sizes; 1 if the font lacks it."""
    font = _font()
    if is_wide(character) or not font.get_char_index(ord(character)):
        return _FULL_WIDTH
    return font.load_char(ord(character)).linearHoriAdvance / _FIXED_POINT / _MEASURED_AT


@cache
def _font() -> FT2Font:
    font = FT2Font(findfont(FONT))
    font.set_size(_MEASURED_AT, POINTS_AN_INCH)
    return font
