"""The language of a visitor: the one chosen on the pages, or else the one that the browser prefers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from takeup.report import LANGUAGES
from takeup.report.i18n import Language, language_of

COOKIE: Final = "takeup_language"
"""Name of the cookie in which the browser keeps the chosen language."""


def visitor_language(chosen: str | None, accepted: str) -> Language:
    """Return the language of a visitor.

    Args:
        chosen: code of the language that the visitor chose; None, or a code that no language has: no choice.
        accepted: the header Accept-Language of the visitor's browser.
    """
    return language_of(chosen if chosen in LANGUAGES else _preferred_code(accepted))


def other_language(translate: Language) -> Language:
    """Return the language to which the pages can be switched."""
    return language_of(next(code for code in LANGUAGES if code != translate.code))


def _preferred_code(accepted: str) -> str:
    """Return the available language that a browser prefers; the first one if it accepts none of them."""
    weights: dict[str, float] = {}
    for part in accepted.split(","):
        tag, _, weight = part.strip().partition(";q=")
        code = tag.strip().casefold().partition("-")[0]
        if code in LANGUAGES:
            weights[code] = max(_weight(weight), weights.get(code, 0.0))
    accepts = {code: weight for code, weight in weights.items() if weight > 0.0}
    return max(accepts, key=lambda code: accepts[code], default=LANGUAGES[0])


def _weight(text: str) -> float:
    """Return the weight of a language in the header: 1 without one, 0 for one that is not a number."""
    try:
        return float(text or 1.0)
    except ValueError:
        return 0.0


def language_header(headers: Mapping[str, list[str]] | None) -> str:
    """Return the header Accept-Language among the headers of a request; empty without one."""
    return ",".join((headers or {}).get("accept-language", []))
