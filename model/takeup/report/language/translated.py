"""Languages whose sentences stand in a data file, and the same spelt in Latin letters where a font is missing."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Final

from takeup.analysis.compare.tables import STREET
from takeup.district import Population
from takeup.errors import InputError
from takeup.io import read_toml
from takeup.report import formatting
from takeup.report.language.language import ENGLISH, Language

LANGUAGES: Final = ("en", "zh")
_LARGE_FROM: Final = 10
_FOLDER: Final = Path(__file__).parent


@dataclass(frozen=True)
class Translated(Language):
    """A language of a data file.

    Attributes:
        sentences: by the English sentence.
        names: of attributes, levels, services, units and statuses, by their English name.
        texts: what shipped scenarios and districts say, by the English text; what others say stands as it is.
        patterns: of `month` (year, number), `interval` (low, high) and `large` amounts (amount).
        large: the unit that large amounts are counted in, from ten of them on.
        letters: Latin spelling by sign or word; None where the language's own signs are written.
    """

    sentences: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    patterns: Mapping[str, str] = field(default_factory=dict)
    large: float = math.inf
    letters: Mapping[str, str] | None = None

    @property
    def is_spelt(self) -> bool:
        """Whether it is written in Latin letters for want of a font."""
        return self.letters is not None

    def spelt(self) -> Translated:
        """The same in Latin letters."""
        return replace(self, letters=_letters(self.code))

    def __call__(self, sentence: str, **values: object) -> str:
        """The sentence's translation with its values filled in."""
        return self._out(self.sentences[sentence]).format(**values)

    def month(self, written: str) -> str:
        """A month in words, of YYYY-MM."""
        year, number = written.split("-")
        return self._out(self.patterns["month"]).format(year=year, number=int(number))

    def words(self, name: str) -> str:
        """The name in words; of what the file has no name for, the English one."""
        return self._out(self.names.get(name, formatting.join_words(name)))

    def yuan(self, value: float) -> str:
        """An amount of money, in the language's large unit where it is large."""
        if not math.isfinite(value) or abs(value) < _LARGE_FROM * self.large:
            return formatting.count(value)
        return self._out(self.patterns["large"]).format(amount=formatting.amount(round(value / self.large, 1)))

    def interval(self, low: float, high: float, say: Callable[[float], str] = formatting.decimal) -> str:
        """From low to high."""
        if not (math.isfinite(low) and math.isfinite(high)):
            return formatting.NOTHING
        return self._out(self.patterns["interval"]).format(low=say(low), high=say(high))

    def written(self, text: str) -> str:
        """The translation of what a shipped file says; what others say as it is."""
        if text in self.texts:
            return self._out(self.texts[text])
        for pattern, translation in self._patterns:
            if found := pattern.fullmatch(text):
                return self._out(translation).format(**found.groupdict())
        return self._out(text)

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], str]]:
        """The texts with something to be filled in, as expressions that find what it is."""
        filled = ((text, translation) for text, translation in self.texts.items() if "{" in text)
        return [
            (re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", re.escape(text))), translation)
            for text, translation in filled
        ]

    def place(self, population: Population) -> str:
        """A district's name in its own writing, or its spelling."""
        return population.name if self.is_spelt else population.name_zh

    def level(self, population: Population, attribute: str, level: str) -> str:
        """The name of a group; a street's as the district's file gives it, in either writing."""
        if attribute != STREET:
            return self.words(level)
        names = {street.name: street.name_zh for street in population.streets}
        return level if self.is_spelt else names.get(level, level)

    def _out(self, text: str) -> str:
        return text if self.letters is None else _spelt(text, self.letters)


def language_of(code: str) -> Language:
    """The language of that code.

    Raises:
        InputError: there is none.
    """
    if code not in LANGUAGES:
        raise InputError("unknown language", key="--language", given=code, allowed=LANGUAGES)
    return ENGLISH if code == ENGLISH.code else _read(code)


@cache
def _read(code: str) -> Translated:
    stated = read_toml(_FOLDER / f"{code}.toml")
    return Translated(
        code, stated["sentences"], stated["names"], stated["texts"], stated["patterns"], float(stated["large"])
    )


@cache
def _letters(code: str) -> Mapping[str, str]:
    return {str(sign): str(spelling) for sign, spelling in read_toml(_FOLDER / f"{code}_letters.toml").items()}


def _spelt(text: str, letters: Mapping[str, str]) -> str:
    """The text with each word or sign spelt, the longest known first, and spaces where Latin letters have them."""
    longest = max(map(len, letters), default=1)
    pieces, at = list[str](), 0
    while at < len(text):
        known = next((text[at : at + n] for n in range(longest, 0, -1) if text[at : at + n] in letters), None)
        pieces.append(text[at] if known is None else f" {letters[known]} ")
        at += len(known or text[at])
    spaced = re.sub(" +", " ", "".join(pieces)).strip(" ")
    return re.sub(" (?=[,.;:?)”])|(?<=[(“]) ", "", spaced)
