"""Parts that all reports share: formatting, languages, figures, pages, folders."""

from __future__ import annotations

from typing import Final

LANGUAGES: Final = ("en", "zh")
"""Codes of the languages, English first."""
