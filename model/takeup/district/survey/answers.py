"""What one cell of a survey table means: a level, no answer, or a person the model has not."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping
from typing import Final, Protocol

from takeup.district.attributes import ATTRIBUTES, TENURE_STARTS
from takeup.district.population import Street
from takeup.district.survey.translation import LEVELS, STAY, STREET, Translation
from takeup.errors import InputError

MISSING: Final = -1
UNDER_AGE: Final = -2
MOST_STREETS: Final = 1_000
_NO_ANSWER: Final = frozenset({"", "NA", "N/A", "NaN", "nan", "."})
_STARTS: Final[dict[str, tuple[float, ...]]] = {
    "age": tuple(float(level.rstrip("+").split("-")[0]) for level in ATTRIBUTES["age"]),
    STAY: tuple(float(start) for start in TENURE_STARTS),
}
"""Where the bands of a column of numbers begin."""
_MOST: Final = {"age": 120, STAY: 12_000}
"""What is beyond is a slip, or a code for no answer: nobody is older, and the model's own people stay no longer."""
UNITS: Final = {"age": "years", STAY: "months"}


class Reader(Protocol):
    """Reads the cells of one column.

    Attributes:
        codes: what the cells met so far mean: the number of a level, MISSING or UNDER_AGE.
        translated: whether an answer was translated by the mapping.
        cut: whether a number was cut into a band.
    """

    codes: dict[str, int]
    translated: bool
    cut: bool

    def read(self, cell: str, row: int) -> int:
        """The code of a cell not met before, first met in this row.

        Raises:
            InputError: it means nothing.
        """


class LevelReader:
    """Reads a column whose levels are the model's: names, answers of the mapping, or numbers to be cut into bands."""

    def __init__(self, column: str, own: str, translation: Translation) -> None:
        self.codes: dict[str, int] = {}
        self.translated = self.cut = False
        self._column, self._own, self._levels = column, own, LEVELS[column]
        self._answers = translation.levels.get(column, {})
        self._missing = _NO_ANSWER | translation.missing.get(column, frozenset())
        # Where answers are coded, a number that is no code is a slip and not an age.
        self._cuts = column in _STARTS and not self._answers

    def read(self, cell: str, row: int) -> int:
        """See Reader."""
        text = cell.strip()
        if text in self._answers:
            self.translated = True
            return self._levels.index(self._answers[text])
        if text in self._missing:
            return MISSING
        if text in self._levels:
            return self._levels.index(text)
        number = _number(text) if self._cuts else None
        if number is None:
            raise InputError(
                f"unknown level of {self._column}",
                key=f"row {row}, column {self._own}",
                given=text,
                allowed=[*self._levels, *self._answers],
            )
        if not 0 <= number <= _MOST[self._column]:
            raise InputError(
                f"not a possible number of {UNITS[self._column]}",
                key=f"row {row}, column {self._own}",
                given=text,
                allowed=f"0 to {_MOST[self._column]}; a code for no answer stands under missing.{self._column} of a "
                "mapping",
            )
        self.cut = True
        code = bisect_right(_STARTS[self._column], number) - 1
        return code if code >= 0 else UNDER_AGE


class StreetReader:
    """Reads the column of streets: those of the mapping; else those of the district started from, or else any.

    Attributes:
        names: the streets met, in that order, each with what the table calls it.
    """

    def __init__(self, own: str, translation: Translation, streets: tuple[Street, ...]) -> None:
        self.codes: dict[str, int] = {}
        self.translated = self.cut = False
        self.names: dict[str, str] = {}
        self._own = own
        self._answers: Mapping[str, str] = translation.levels.get(STREET, {})
        self._missing = _NO_ANSWER | translation.missing.get(STREET, frozenset())
        self._known = {name: street.name for street in streets for name in (street.name_zh, street.name)}
        self._is_known: bool | None = None
        self._stranger = ("", 0)

    def read(self, cell: str, row: int) -> int:
        """See Reader."""
        text = cell.strip()
        if text in self._missing and text not in self._answers:
            return MISSING
        name = self._translated(text, row) if self._answers else self._among_known(text, row)
        self.names.setdefault(name, text)
        if len(self.names) > MOST_STREETS:
            raise InputError("too many streets", key=f"column {self._own}", allowed=f"at most {MOST_STREETS:,}")
        return list(self.names).index(name)

    def _translated(self, text: str, row: int) -> str:
        allowed = [*self._answers, *self._answers.values()]
        if text not in allowed:
            raise InputError("unknown street", key=f"row {row}, column {self._own}", given=text, allowed=allowed)
        self.translated = self.translated or text in self._answers
        return self._answers.get(text, text)

    def _among_known(self, text: str, row: int) -> str:
        """Streets that are partly the base district's are a slip; so either all are, or none."""
        if text not in self._known and not self._stranger[0]:
            self._stranger = (text, row)
        if self._is_known is not None and self._is_known != (text in self._known):
            stranger, where = self._stranger
            raise InputError(
                "unknown street beside streets of the district started from (where they are others of the same name, "
                "list all under levels.street of a mapping)",
                key=f"row {where}, column {self._own}",
                given=stranger,
                allowed=list(dict.fromkeys(self._known.values())),
                nearest=self._known,
            )
        self._is_known = text in self._known
        return self._known.get(text, text)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
