"""In which writing figures are drawn: Chinese signs where the machine has a font for them, pinyin where not."""

from __future__ import annotations

from takeup.report.language import Language, Translated
from takeup.report.plotting.text import has_chinese


def in_figures(tell: Language) -> Language:
    """The language as figures can draw it."""
    return tell.spelt() if isinstance(tell, Translated) and not has_chinese() else tell


def notice_of(tell: Language) -> str:
    """What a page says of its figures' writing; empty where nothing is to be said."""
    if not in_figures(tell).is_spelt:
        return ""
    return tell("No Chinese font was found on this machine: the figures are labelled in pinyin.")
