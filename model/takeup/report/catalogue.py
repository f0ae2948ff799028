"""The message catalogues, read with Python's own gettext: texts of a language by their English text.

The contexts of the entries:

    none: a sentence that the program prints or writes, or a message of an error.
    name: a unit, a status or a state of knowledge, by its English identifier.
    text: a title, question or source of a shipped scenario or district.
    format: a pattern for a month, an interval or a large amount of money.
    help: a paragraph or a title of the help of a command.
"""

from __future__ import annotations

from functools import cache
from gettext import NullTranslations, translation
from pathlib import Path
from typing import Final

from takeup.report import LANGUAGES

LOCALES: Final = Path(__file__).parent / "locale"
"""Folder of the message catalogues."""
DOMAIN: Final = "takeup"
"""Name of the message catalogues' files."""
NAME, TEXT, FORMAT, HELP = "name", "text", "format", "help"
"""Contexts of the entries that are not sentences."""


@cache
def messages_of(code: str) -> NullTranslations:
    """Return the messages of a language; those of English are the messages themselves.

    Args:
        code: code of a language.
    """
    return NullTranslations() if code == LANGUAGES[0] else translation(DOMAIN, LOCALES, [code])
