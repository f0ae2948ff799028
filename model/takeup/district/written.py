"""Texts and numbers as they stand in a TOML file."""

from __future__ import annotations

import json
import re

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_DELETE = "\x7f"
_SHARE_DIGITS = 12


def quoted(text: str) -> str:
    """The text as a basic string of TOML; what is no character becomes a question mark."""
    plain = text.encode("utf-8", "replace").decode("utf-8").replace(_DELETE, "?")
    return json.dumps(plain, ensure_ascii=False)


def key(name: str) -> str:
    """The name as a key of TOML, in quotes where it needs them."""
    return name if _BARE.fullmatch(name) else quoted(name)


def rounded(share: float) -> float:
    """A share to as many digits as are written: few enough to read, more than tables need to agree."""
    return round(float(share), _SHARE_DIGITS)
