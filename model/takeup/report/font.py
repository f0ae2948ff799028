"""The Chinese font that is shipped with the program, for figures and for pages."""

from __future__ import annotations

import io
from base64 import b64encode
from functools import lru_cache
from pathlib import Path
from typing import Final
from unicodedata import east_asian_width

from fontTools import subset
from fontTools.ttLib import TTFont
from matplotlib.ft2font import FT2Font

FAMILY: Final = "Takeup Sans SC"
FILE: Final = Path(__file__).parent / "fonts" / "TakeupSansSC-Regular.otf"
_SHARED_PUNCTUATION: Final = "“”‘’—…·"
"""Punctuation of Chinese text that Latin fonts have too."""


def is_wide(character: str) -> bool:
    """Return whether a character takes the width of a Chinese one."""
    return east_asian_width(character) in "WF"


@lru_cache(maxsize=1)
def characters() -> frozenset[str]:
    """Return the characters that the font has."""
    return frozenset(map(chr, FT2Font(str(FILE)).get_charmap()))


def font_face(text: str) -> str:
    """Return a CSS rule that embeds the font, reduced to the Chinese characters of a text.

    The same text gives the same rule. A text without Chinese characters needs none, and the rule is empty.
    """
    wanted = {character for character in text if is_wide(character)} & characters()
    return font_rule("".join(sorted(wanted.union(_SHARED_PUNCTUATION)))) if wanted else ""


def embed_font(page: str) -> str:
    """Return an HTML page with the font for its Chinese characters at the start of its style sheet."""
    return page.replace("<style>\n", f"<style>\n{font_face(page)}", 1)


@lru_cache(maxsize=64)
def font_rule(text: str) -> str:
    """Return the CSS rule that embeds the font with the characters of a text."""
    # The shipped font has no hints; looking for them, and measuring its boxes anew, would only take time.
    reduced = TTFont(FILE, lazy=True, recalcTimestamp=False, recalcBBoxes=False)
    subsetter = subset.Subsetter(subset.Options(hinting=True, notdef_outline=True))
    subsetter.populate(text=text)
    subsetter.subset(reduced)
    reduced.flavor = "woff"
    buffer = io.BytesIO()
    reduced.save(buffer)
    data = b64encode(buffer.getvalue()).decode("ascii")
    return f'@font-face {{ font-family: "{FAMILY}"; src: url("data:font/woff;base64,{data}") format("woff"); }}\n'
