"""Messages: sentences in English that can be translated after they were written, such as the problem of an error."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final, Protocol


class Translate(Protocol):
    """The type of a language, see `takeup.report.i18n.Language`."""

    def __call__(self, sentence: str, /, **values: object) -> str:
        """Translate a sentence and fill in its values."""

    def phrase(self, text: str) -> str:
        """Translate a text of a data file, such as a unit."""


class Untranslated:
    """The language of messages as they are written, which is English."""

    def __call__(self, sentence: str, /, **values: object) -> str:
        """Fill in the values of a sentence."""
        return fill_in(sentence, **values)

    def phrase(self, text: str) -> str:
        """Return a text as it is."""
        return text


UNTRANSLATED: Final = Untranslated()


def fill_in(sentence: str, /, **values: object) -> str:
    """Fill in the values of an English sentence, without a translation.

    A sentence without values is returned as it is, so that it may contain braces.
    """
    return sentence.format(**values) if values else sentence


class DataText(str):
    """A value of a message that is a text of a data file, such as a unit or the meaning of a parameter."""


class Message(str):
    """A sentence in English that can be translated later, such as the problem of an error.

    The text itself is the English sentence with its values. `translated` gives it in another language. The sentence
    must be a literal in the code, because `make translations` and the tests extract it from there.

    Args:
        sentence: sentence with the names of its values in braces. Without values it is the text itself.
        values: values by name. A value that is a message or a text of a data file is translated, too. The items of a
            tuple are joined by commas.

    Examples:
        >>> Message("unknown level of {attribute}", attribute="housing")
        'unknown level of housing'
    """

    sentence: str
    values: dict[str, Any]

    def __new__(cls, sentence: str, /, **values: Any) -> Message:
        """Write the English sentence with its values."""
        message = super().__new__(cls, fill_in(sentence, **_translate_values(values, UNTRANSLATED)))
        message.sentence, message.values = sentence, values
        return message

    @classmethod
    def of(cls, text: str) -> Message:
        """Return a message; a text is a sentence without values."""
        return text if isinstance(text, cls) else cls(text)

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        return (self.sentence,), self.values

    def __add__(self, other: str) -> Message:
        """Append another text."""
        return Message("{first}{second}", first=self, second=other)

    def fill(self, **values: Any) -> Message:
        """Return the message with these values; its other values stay."""
        return type(self)(self.sentence, **{**self.values, **values})

    def match(self, text: str) -> Message | None:
        """Return the message with the values that result in an English text; None if there are none."""
        filled = template_pattern(self.sentence).fullmatch(text)
        return None if filled is None else self.fill(**filled.groupdict())


def translated(text: object, language: Translate) -> str:
    """Translate a message; any other value is returned as text.

    Args:
        text: message, text or another value.
        language: language of the result.
    """
    if not isinstance(text, Message):
        return str(text)
    return language(text.sentence, **_translate_values(text.values, language))


def find_message(text: str, messages: Iterable[Message]) -> str:
    """Return the message with the values that result in an English text of another library.

    Args:
        text: text in English.
        messages: messages with the names of their values in braces.

    Returns:
        The first message that fits; the text itself if none does.
    """
    return next(filter(None, (message.match(text) for message in messages)), text)


@cache
def template_pattern(template: str) -> re.Pattern[str]:
    """Compile a template with names in braces to a regular expression with groups."""
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+?)", re.escape(template)), re.DOTALL)


def _translate_values(values: Mapping[str, Any], translate: Translate) -> dict[str, Any]:
    return {name: _translate_value(value, translate) for name, value in values.items()}


def _translate_value(value: Any, translate: Translate) -> Any:
    if isinstance(value, tuple):
        return translate(", ").join(translated(each, translate) for each in value)
    if isinstance(value, DataText):
        return translate.phrase(value)
    return translated(value, translate) if isinstance(value, Message) else value
