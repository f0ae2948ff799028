"""Choice of the language of a command: the option --language, or the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from takeup.report import LANGUAGES

if TYPE_CHECKING:
    from takeup.report.i18n import Language

OPTION: Final = "--language"
HELP: Final = "Print and draw in English or Chinese (default: the language of LANGUAGE, LC_ALL or LANG)."
_VARIABLES: Final = ("LC_ALL", "LC_MESSAGES", "LANG")
"""Variables that name the locale of messages, the first that is not empty counts."""
_PREFERRED: Final = "LANGUAGE"
"""Variable with languages in order of preference, which has no effect in the locale C."""
_NO_LANGUAGE: Final = frozenset({"", "c", "posix"})


def choose_language(code: str | None) -> Language:
    """Return the language of a command.

    Args:
        code: value of the option --language; None for the language of the environment.

    Raises:
        InputError: no language has this code.
    """
    from takeup.report.i18n import language_of  # noqa: PLC0415  (its import takes half a second)

    return language_of(environment_code(os.environ) if code is None else code)


def environment_code(environment: Mapping[str, str]) -> str:
    """Return the code of the language that the environment asks for, as gettext does.

    Chinese of any country is "zh". Any language without a message catalogue is "en".

    Args:
        environment: variables by name.
    """
    locale = next(filter(None, (environment.get(name) for name in _VARIABLES)), "")
    if _language(locale) in _NO_LANGUAGE:
        return LANGUAGES[0]
    preferred = [name for name in environment.get(_PREFERRED, "").split(":") if name]
    known = (_language(name) for name in [*preferred, locale])
    return next((code for code in known if code in LANGUAGES), LANGUAGES[0])


def requested_code(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """Return the code of the language for a message about a command line.

    The command line may be wrong, so that its options are not known yet.

    Args:
        arguments: arguments of the command line.
        environment: variables by name.
    """
    for argument, following in zip_longest(arguments, arguments[1:], fillvalue=""):
        name, _, value = argument.partition("=")
        given = value or following
        if name == OPTION and given in LANGUAGES:
            return given
    return environment_code(environment)


def _language(locale: str) -> str:
    """Return the language of a locale, such as zh for zh_CN.UTF-8."""
    for end in ("_", ".", "@", "-"):
        locale = locale.partition(end)[0]
    return locale.casefold()
