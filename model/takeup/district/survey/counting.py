"""Rows of a survey table, counted by the levels of its columns."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from takeup.district.attributes import ATTRIBUTES
from takeup.district.population import Street
from takeup.district.survey.answers import MOST_STREETS, UNDER_AGE, LevelReader, Reader, StreetReader
from takeup.district.survey.tally import Tally, tally
from takeup.district.survey.translation import LEVELS, STREET, Layout, Translation
from takeup.errors import InputError

_WEIGHTS: Final = (1e-12, 1e12)
"""The least above 0 and the largest: what lies beyond would be lost in sums of squares."""


@dataclass(frozen=True)
class Survey:
    """What was counted in a table of respondents.

    Attributes:
        name: the file's.
        respondents: persons counted: 16 and over, with a weight above 0.
        under_age, weightless: persons left out.
        weighted: whether there are weights.
        mapping: name of the mapping file; empty without one.
        tallies: by one column, or by two attributes in their order.
        streets: their names, each with what the table calls it, in the order of the tally.
        translated, cut: columns of which answers were translated, or numbers cut into bands.
        passed: columns of the table that were not used.
    """

    name: str
    respondents: int
    under_age: int
    weightless: int
    weighted: bool
    mapping: str
    tallies: dict[tuple[str, ...], Tally]
    streets: dict[str, str]
    translated: frozenset[str]
    cut: frozenset[str]
    passed: tuple[str, ...]


class Count:
    """A count of a table, to which its rows are added piece by piece."""

    def __init__(self, name: str, where: Layout, translation: Translation, streets: tuple[Street, ...]) -> None:
        self.name, self.where, self.mapping = name, where, translation.name
        own = {column: where.header[place] for column, place in where.places.items()}
        self.levels = {
            column: LevelReader(column, own[column], translation) for column in where.places if column != STREET
        }
        self.street = StreetReader(own[STREET], translation, streets) if STREET in own else None
        self.pairs = list(combinations([column for column in self.levels if column in ATTRIBUTES], 2))
        self.tallies: dict[tuple[str, ...], Tally] = {}
        self.rows = self.under_age = self.weightless = 0

    def add(self, cells: list[tuple[str, ...]], numbers: list[int]) -> None:
        """Count more rows.

        Args:
            cells: of each column of the table.
            numbers: of the rows, for what is said of a wrong one.

        Raises:
            InputError: a cell means nothing, or is no weight.
        """
        self.rows += len(numbers)
        weights = self._weights(cells, numbers)
        codes = {
            column: _coded(self._reader(column), cells[place], numbers) for column, place in self.where.places.items()
        }
        of_age = codes["age"] != UNDER_AGE if "age" in codes else np.ones(len(weights), dtype=bool)
        counted = of_age & (weights > 0.0)
        self.under_age += int(np.count_nonzero(~of_age))
        self.weightless += int(np.count_nonzero(of_age & ~counted))
        weights = weights[counted]
        for column, code in codes.items():
            codes[column] = code[counted]
            cell_count = len(LEVELS[column]) if column in LEVELS else MOST_STREETS
            self._join((column,), tally(codes[column], cell_count, weights))
        for first, second in self.pairs:
            a, b, width = codes[first], codes[second], len(LEVELS[second])
            both = np.where((a >= 0) & (b >= 0), a * width + b, -1)
            self._join((first, second), tally(both, len(LEVELS[first]) * width, weights))

    def done(self) -> Survey:
        """What was counted.

        Raises:
            InputError: nobody, or nobody who answered in a column.
        """
        respondents = self.rows - self.under_age - self.weightless
        if not respondents:
            raise InputError(
                "nobody to count in the rows",
                given=self.rows,
                allowed="somebody of 16 and over with a weight above 0",
            )
        for column, place in self.where.places.items():
            if not self.tallies[column,].answered:
                raise InputError("nobody answered", key=f"column {self.where.header[place]}", allowed="an answer")
        readers = {column: self._reader(column) for column in self.where.places}
        return Survey(
            name=self.name,
            respondents=respondents,
            under_age=self.under_age,
            weightless=self.weightless,
            weighted=self.where.weight is not None,
            mapping=self.mapping,
            tallies=self.tallies,
            streets=self.street.names if self.street is not None else {},
            translated=frozenset(column for column, reader in readers.items() if reader.translated),
            cut=frozenset(column for column, reader in readers.items() if reader.cut),
            passed=self.where.passed,
        )

    def _reader(self, column: str) -> Reader:
        return self.street if self.street is not None and column == STREET else self.levels[column]

    def _join(self, of: tuple[str, ...], more: Tally) -> None:
        self.tallies[of] = self.tallies[of].plus(more) if of in self.tallies else more

    def _weights(self, cells: list[tuple[str, ...]], numbers: list[int]) -> NDArray[np.float64]:
        if self.where.weight is None:
            return np.ones(len(numbers))
        written = cells[self.where.weight]
        weights = np.fromiter(map(_weight, written), np.float64, len(written))
        wrong = np.flatnonzero(~((weights == 0.0) | ((weights >= _WEIGHTS[0]) & (weights <= _WEIGHTS[1]))))
        if len(wrong):
            first = int(wrong[0])
            raise InputError(
                "not a weight",
                key=f"row {numbers[first]}, column {self.where.header[self.where.weight]}",
                given=written[first],
                allowed=f"0, or from {_WEIGHTS[0]:g} to {_WEIGHTS[1]:g}",
            )
        return weights


def _coded(reader: Reader, cells: tuple[str, ...], numbers: list[int]) -> NDArray[np.int64]:
    """The codes of a column's cells; each text is read once, where it is first met."""
    first = dict(zip(reversed(cells), reversed(numbers), strict=True))
    for cell in dict.fromkeys(cells):
        if cell not in reader.codes:
            reader.codes[cell] = reader.read(cell, first[cell])
    return np.fromiter(map(reader.codes.__getitem__, cells), np.int64, len(cells))


def _weight(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return math.nan
