"""Text that fits: widths as the font has them, and lines broken to a width."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final
from unicodedata import east_asian_width

from matplotlib.font_manager import findfont, findSystemFonts, fontManager, get_font_names
from matplotlib.ft2font import FT2Font

from takeup.report.formatting import printable

FONT: Final = "DejaVu Sans"
"""Comes with matplotlib, so that figures look alike on every machine."""
_CHINESE_FONTS: Final[tuple[str, ...]] = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "WenQuanYi Zen Hei",
    "SimHei",
)
"""A collection goes by the name of its first font; Noto's are the same signs, Japan's forms first."""
_BOLD: Final = ("bold", "700")
_CHINESE_FILES: Final = (
    "NotoSansCJK-Regular",
    "NotoSansCJK-Bold",
    "SourceHanSansSC-Regular",
    "msyh",
    "PingFang",
    "wqy-zenhei",
    "simhei",
)
"""How the fonts' files begin: matplotlib's list may be older than they are."""
POINTS_AN_INCH: Final = 72.0
_FIXED_POINT: Final = 65_536
_MEASURED_AT: Final = 100
_ROUNDING: Final = 1.02
"""Letters are set to whole pixels, which makes lines a little longer than the font has them."""
_FULL_WIDTH: Final = 1.0
_NARROWEST: Final = 0.6
_BALANCING_STEPS: Final = 8
_SHORTEST_REST: Final = 4
_LOST_AT_MOST: Final = 0.3


@cache
def fonts() -> list[str]:
    """The font, and a Chinese one where the machine has one."""
    return [FONT, *_chinese()[:1]]


def fonts_of(text: str) -> list[str]:
    """Those that a text needs: the Chinese one only where it has Chinese signs."""
    return fonts() if any(_is_wide(sign) for sign in text) else [FONT]


@cache
def has_bold(family: str) -> bool:
    """Whether the machine has bold letters of a font."""
    return any(each.name == family and str(each.weight) in _BOLD for each in fontManager.ttflist)


def has_chinese() -> bool:
    """Whether figures can be lettered in Chinese on this machine."""
    return len(fonts()) > 1


def _chinese() -> list[str]:
    """The Chinese fonts that matplotlib lists; if none, those that the system has all the same are added."""
    known = [font for font in _CHINESE_FONTS if font in get_font_names()]
    if known:
        return known
    for file in findSystemFonts():
        if Path(file).name.startswith(_CHINESE_FILES):
            fontManager.addfont(file)
    return [font for font in _CHINESE_FONTS if font in get_font_names()]


def width(text: str, size: float) -> float:
    """How wide a text is, in inches.

    Args:
        text: on one line.
        size: of its letters, in points.
    """
    return sum(_advance(sign) for sign in text) * size / POINTS_AN_INCH * _ROUNDING


def wrapped(text: str, inches: float, size: float, most: int, *, balanced: bool = True) -> list[str]:
    """The text in lines, none wider than it may be; what does not fit ends in an ellipsis.

    Args:
        text: made printable first.
        inches: the widest line.
        size: of its letters, in points.
        most: how many lines.
        balanced: whether lines are about equally long, as in a label, or filled one after the other.
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
    """Lines made one again: no space where they were broken beside a Chinese sign."""
    text = ""
    for line in lines:
        touches = not text or _is_wide(text[-1]) or _is_wide(line[:1] or " ")
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
    """Where a line may end: after each space and around each Chinese sign."""
    pieces = [""]
    for sign in text:
        if _is_wide(sign) or (pieces[-1] and (pieces[-1][-1] == " " or _is_wide(pieces[-1][-1]))):
            pieces.append("")
        pieces[-1] += sign
    return pieces


def _cut(line: str, inches: float, size: float) -> str:
    if width(line, size) <= inches:
        return line
    fits = _longest(line, inches - width("…", size), size)
    whole_words = fits.rpartition(" ")[0]
    return (whole_words if len(whole_words) >= (1 - _LOST_AT_MOST) * len(fits) else fits).rstrip(" ,;:") + "…"


def _longest(text: str, inches: float, size: float) -> str:
    """As much of the text's beginning as fits."""
    while text and width(text, size) > inches:
        text = text[:-1]
    return text


def _is_wide(sign: str) -> bool:
    return east_asian_width(sign) in "WF"


@cache
def _advance(sign: str) -> float:
    """The width of a sign in sizes of the font; a full size for what the font has not."""
    font = _font()
    if _is_wide(sign) or not font.get_char_index(ord(sign)):
        return _FULL_WIDTH
    return font.load_char(ord(sign)).linearHoriAdvance / _FIXED_POINT / _MEASURED_AT


@cache
def _font() -> FT2Font:
    font = FT2Font(findfont(FONT))
    font.set_size(_MEASURED_AT, POINTS_AN_INCH)
    return font
