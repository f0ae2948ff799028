"""Languages of reports: English from the code, other languages from gettext.

English sentences are literals in the code. Their translations are entries of the message catalogue
`locale/<code>/LC_MESSAGES/takeup.po`. `make translations` extracts new sentences and compiles the catalogue to the
`.mo` file that `catalogue` reads. Terms of the model, such as levers, groups and causes, have their labels in
`takeup/vocabulary.toml`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from gettext import NullTranslations
from typing import Final

from takeup.district import Measure, Population
from takeup.district.attributes import AREA, STREET
from takeup.errors import InputError
from takeup.message import fill_in, template_pattern
from takeup.report import LANGUAGES, formatting
from takeup.report.catalogue import FORMAT, NAME, TEXT, messages_of
from takeup.vocabulary import find_label, find_member_label, label_of_group, label_of_output, label_of_parameter

MONTH, INTERVAL, LARGE_AMOUNT = "{year}-{number}", "{low} to {high}", "{amount} × 10,000"
"""Patterns in the context `format`, which are the keys of their translations."""
_CENTRAL: Final = (
    " points of the design with seed {seed}, central in the parameters, the effects of policies and the reasons for "
    "having no permit; fitted to {figures}"
)
CALIBRATION_SOURCES: Final = (
    f"calibration: values constructed from {{rows}}{_CENTRAL}",
    f"calibration: row {{row}} of {{rows}}{_CENTRAL}",
)
"""Sources that a calibration writes for a parameter, with their variable parts in braces."""
_TAGS: Final = {"zh": "zh-CN"}
"""Tags in HTML of the languages whose tag is not their code."""
_LARGE_UNIT: Final = 10_000.0
_LARGE_FROM: Final = 10
"""Smallest amount, in large units, that is formatted in the large unit."""
_UNIT_AFTER_DIGITS, _UNIT_AFTER_LARGE_UNIT = "万 元", "万元"
"""A space separates the unit from the digits of an amount, but not from the large unit that may follow them."""


@dataclass(frozen=True)
class Language:
    """A language of reports; this class is English, and subclasses translate.

    Call an instance with a sentence and its values: `translate("By {month}", month=translate.month("2023-12"))`. The
    sentence must be a literal in the code, because `make translations` and the tests extract it from there.

    Attributes:
        code: code of the language, as given to `--language`.
    """

    code: str = "en"

    @property
    def tag(self) -> str:
        """Tag of the language in HTML, such as zh-CN."""
        return self.code

    def __call__(self, sentence: str, /, **values: object) -> str:
        """Translate a sentence and fill in its values."""
        return fill_in(sentence, **values)

    def month(self, written: str) -> str:
        """Format a month given as YYYY-MM in words, such as December 2023."""
        return formatting.month(written)

    def words(self, name: str) -> str:
        """Return the name of an attribute, level, unit, status or state of knowledge in words."""
        label = label_of_group(name, self.code)
        return formatting.join_words(name) if label is None else label

    def parameter(self, name: str) -> str:
        """Return the label of a lever, of another parameter, or of one of its numbers, given its dotted name."""
        return label_of_parameter(name, self.code)

    def member(self, name: str) -> str:
        """Return the label of a number within its parameter, such as that of a service; empty if it has none."""
        return find_member_label(name, self.code) or ""

    def output(self, column: str) -> str:
        """Return the label of a column of the monthly table."""
        return label_of_output(column, self.code)

    def cause(self, name: str) -> str:
        """Return the label of a reason for having no valid permit, given its name in files."""
        return find_label("cause", name, self.code) or formatting.join_words(name)

    def yuan(self, value: float) -> str:
        """Format an estimated amount of money in yuan."""
        return formatting.yuan(value)

    def exact_yuan(self, value: float) -> str:
        """Format a given amount of money in yuan with all its digits."""
        return formatting.exact_yuan(value)

    def file_name(self, name: str) -> str:
        """Return the name of a file that is written in this language.

        Files of two languages can therefore be in one folder: report.html and report.zh.html.

        Args:
            name: name of the English file.
        """
        stem, dot, suffix = name.rpartition(".")
        return name if self.code == ENGLISH.code else f"{stem}.{self.code}{dot}{suffix}"

    @property
    def large_unit(self) -> float:
        """The large unit of amounts of money in tables and figures, which is a million yuan."""
        return formatting.MILLION

    def in_large_unit(self, value: float) -> str:
        """Format an amount of money in the large unit."""
        return formatting.millions(value)

    @property
    def sentence_space(self) -> str:
        """What stands between two sentences."""
        return " "

    def join(self, sentences: Iterable[str]) -> str:
        """Join sentences to a paragraph."""
        return self.sentence_space.join(sentences)

    def interval(self, low: float, high: float, format_number: Callable[[float], str] = formatting.decimal) -> str:
        """Format an interval by its two ends."""
        return formatting.interval(low, high, format_number)

    def with_interval(
        self, text: str, low: float, high: float, format_number: Callable[[float], str] = formatting.decimal
    ) -> str:
        """Append an interval, if there is one, to a formatted value: +6.9 (+6.5 to +7.3)."""
        ends = self.interval(low, high, format_number)
        return text if ends == formatting.NOTHING else f"{text}{formatting.EN_SPACE}({ends})"

    def phrase(self, text: str) -> str:
        """Translate a text of a data file, such as a title, question or source."""
        return text

    def scenario(self, name: str, title: str) -> str:
        """Return the label of a scenario in the terminal: its name in words."""
        del title
        return formatting.join_words(name)

    def either(self, name: str, name_zh: str) -> str:
        """Return the name in this language of a place with an English and a Chinese name."""
        del name_zh
        return name

    def place(self, population: Population) -> str:
        """Return the name of a district."""
        return self.either(population.name, population.name_zh)

    def level(self, population: Population, attribute: str, level: str) -> str:
        """Return the name of a group: a street, an area or a level of another attribute."""
        if attribute == AREA:
            area = population.find_area(level)
            return level if area is None else area.term.label(self.code)
        return level if attribute == STREET else self.words(level)

    def measure(self, measure: Measure) -> str:
        """Return the name of a measure in the words of an office."""
        return measure.label

    def measure_summary(self, measure: Measure) -> str:
        """Return the description of a measure in one sentence."""
        return measure.summary


ENGLISH: Final = Language()


@dataclass(frozen=True)
class TranslatedLanguage(Language):
    """A language with a message catalogue; missing messages are in English."""

    @property
    def tag(self) -> str:
        """Tag of the language in HTML; Chinese is that of mainland China."""
        return _TAGS.get(self.code, self.code)

    def __call__(self, sentence: str, /, **values: object) -> str:
        """Translate a sentence and fill in its values."""
        filled = fill_in(self._messages.gettext(sentence), **values)
        return filled.replace(_UNIT_AFTER_DIGITS, _UNIT_AFTER_LARGE_UNIT)

    def month(self, written: str) -> str:
        """Format a month given as YYYY-MM."""
        year, number = written.split("-")
        return self._messages.pgettext(FORMAT, MONTH).format(year=year, number=int(number))

    def words(self, name: str) -> str:
        """Return the name in words; the English words for a name without an entry."""
        words = self._messages.pgettext(NAME, name)
        return super().words(name) if words == name else words

    def yuan(self, value: float) -> str:
        """Format an estimated amount of money in yuan; a large one in units of ten thousand."""
        return self._large_amount(round(value / _LARGE_UNIT, 1)) if _is_large(value) else formatting.yuan(value)

    def exact_yuan(self, value: float) -> str:
        """Format a given amount with all its digits; a large one in units of ten thousand."""
        return self._large_amount(value / _LARGE_UNIT) if _is_large(value) else formatting.exact_yuan(value)

    def _large_amount(self, value: float) -> str:
        return self._messages.pgettext(FORMAT, LARGE_AMOUNT).format(amount=formatting.exact_yuan(value))

    @property
    def large_unit(self) -> float:
        """The large unit of amounts of money in tables and figures, which is ten thousand yuan."""
        return _LARGE_UNIT

    def in_large_unit(self, value: float) -> str:
        """Format an amount of money in the large unit."""
        return formatting.money(value / _LARGE_UNIT, 1)

    @property
    def sentence_space(self) -> str:
        """What stands between two sentences: nothing."""
        return ""

    def interval(self, low: float, high: float, format_number: Callable[[float], str] = formatting.decimal) -> str:
        """Format an interval from its two ends."""
        if not (math.isfinite(low) and math.isfinite(high)):
            return formatting.NOTHING
        return self._messages.pgettext(FORMAT, INTERVAL).format(low=format_number(low), high=format_number(high))

    def phrase(self, text: str) -> str:
        """Translate a text of a shipped data file, or the name of a unit or status; others are not changed."""
        for source in CALIBRATION_SOURCES:
            if filled := template_pattern(source).fullmatch(text):
                return self._messages.pgettext(TEXT, source).format(**filled.groupdict())
        translated = self._messages.pgettext(TEXT, text)
        return self._messages.pgettext(NAME, text) if translated == text else translated

    def scenario(self, name: str, title: str) -> str:
        """Return the label of a scenario in the terminal: its title."""
        del name
        return self.phrase(title)

    def either(self, name: str, name_zh: str) -> str:
        """Return the Chinese name of a place."""
        del name
        return name_zh

    def level(self, population: Population, attribute: str, level: str) -> str:
        """Return the name of a group; for a street or an area, the Chinese name in the district's file."""
        if attribute != STREET:
            return super().level(population, attribute, level)
        names = {street.name: street.name_zh for street in population.streets}
        return names.get(level, level)

    def measure(self, measure: Measure) -> str:
        """Return the Chinese name of a measure in its file."""
        return measure.label_zh

    def measure_summary(self, measure: Measure) -> str:
        """Return the Chinese description of a measure in its file."""
        return measure.summary_zh

    @property
    def _messages(self) -> NullTranslations:
        return messages_of(self.code)


def _is_large(value: float) -> bool:
    """Return whether an amount of money is formatted in the large unit."""
    return math.isfinite(value) and abs(value) >= _LARGE_FROM * _LARGE_UNIT


def language_of(code: str, option: str = "--language") -> Language:
    """Return the language with the given code.

    Args:
        code: code of the language.
        option: command-line option that gave the code.

    Raises:
        InputError: no language has this code.
    """
    if code not in LANGUAGES:
        raise InputError("unknown language", key=option, given=code, allowed=LANGUAGES)
    return ENGLISH if code == ENGLISH.code else TranslatedLanguage(code)
