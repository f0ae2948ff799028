"""A language of reports. English is what stands in the code: each sentence is its own key for translations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from takeup.district import Population
from takeup.report import formatting


@dataclass(frozen=True)
class Language:
    """How things are said; by itself, in English.

    A sentence is told with its values by name, `tell("By {month}", month=tell.month("2023-12"))`, and stands in the
    code as a literal, so that a test can find it and see that it is translated.

    Attributes:
        code: as `--language` names it.
    """

    code: str = "en"

    @property
    def is_spelt(self) -> bool:
        """Whether it is written in Latin letters for want of a font."""
        return False

    def __call__(self, sentence: str, **values: object) -> str:
        """A sentence of the code with its values filled in."""
        return sentence.format(**values)

    def month(self, written: str) -> str:
        """A month in words, of YYYY-MM."""
        return formatting.month(written)

    def words(self, name: str) -> str:
        """The name of an attribute, level, service, unit or status in words."""
        return formatting.join_words(name)

    def yuan(self, value: float) -> str:
        """An amount of money."""
        return formatting.yuan(value)

    def interval(self, low: float, high: float, say: Callable[[float], str] = formatting.decimal) -> str:
        """From low to high."""
        return formatting.interval(low, high, say)

    def written(self, text: str) -> str:
        """What a file says in words: a scenario's title, question or source, a parameter's source."""
        return text

    def place(self, population: Population) -> str:
        """A district's name."""
        return population.name

    def level(self, population: Population, attribute: str, level: str) -> str:
        """The name of a group: of a street, or of an attribute's level."""
        return self.words(level)


ENGLISH: Final = Language()
