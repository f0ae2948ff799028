"""What one cell of a survey table means: a level, no answer, or a person the model has not.

Weighted counts of respondents, and how precise the shares made of them are.

Rows of a survey table, counted by the levels of its columns.

A survey table in CSV, one row a person, read in pieces.
"""

from __future__ import annotations

import csv
import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import combinations, islice
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from takeup.district.attributes import ATTRIBUTES, STREET, TENURE_STARTS
from takeup.district.population import Street
from takeup.district.survey.mapping import LEVELS, STAY, ColumnLayout, ColumnMapping, column_layout
from takeup.errors import InputError
from takeup.io import is_file

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

    def __init__(self, column: str, own: str, translation: ColumnMapping) -> None:
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

    def __init__(self, own: str, translation: ColumnMapping, streets: tuple[Street, ...]) -> None:
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


SMALL_CELL: Final = 30
"""Respondents below which a share is flagged: a customary floor, not a law of statistics."""
_NORMAL_95: Final = float(ndtri(0.975))


@dataclass(frozen=True)
class WeightedCounts:
    """Respondents by the levels of one column, or of two.

    Attributes:
        respondents: number of persons in each cell, one axis a column.
        weights: sum of their weights.
        squares: sum of the squared weights of all who answered.
        missing: respondents who did not answer.
    """

    respondents: NDArray[np.int64]
    weights: NDArray[np.float64]
    squares: float
    missing: int

    @property
    def answered(self) -> int:
        """Respondents who answered."""
        return int(self.respondents.sum())

    @property
    def effective(self) -> float:
        """Kish's effective number of those who answered: (sum of weights)² / sum of squared weights."""
        return float(self.weights.sum()) ** 2 / self.squares

    @property
    def shares(self) -> NDArray[np.float64]:
        """Weighted shares; they sum to 1."""
        return np.asarray(self.weights / self.weights.sum())

    def plus(self, other: WeightedCounts) -> WeightedCounts:
        """Both together."""
        return WeightedCounts(
            self.respondents + other.respondents,
            self.weights + other.weights,
            self.squares + other.squares,
            self.missing + other.missing,
        )


def weighted_counts(codes: NDArray[np.int64], cells: int, weights: NDArray[np.float64]) -> WeightedCounts:
    """X.

    Args:
        codes: the cell each respondent is in; below 0 without an answer.
        cells: how many cells there are.
        weights: each respondent's weight.
    """
    there = codes >= 0
    codes, weighing = codes[there], weights[there]
    return WeightedCounts(
        np.bincount(codes, minlength=cells),
        np.asarray(np.bincount(codes, weights=weighing, minlength=cells), dtype=np.float64),
        float(np.square(weighing).sum()),
        int(np.count_nonzero(~there)),
    )


def standard_error(shares: NDArray[np.float64], effective: float) -> NDArray[np.float64]:
    """Of shares of a weighted sample: that of a simple random sample of the effective size."""
    return np.asarray(np.sqrt(shares * (1.0 - shares) / effective))


def wilson(shares: NDArray[np.float64], effective: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Ends of the 95 % intervals of shares: Wilson's (1927), with the effective number of respondents."""
    square = _NORMAL_95**2 / effective
    middle = (shares + square / 2.0) / (1.0 + square)
    half = np.sqrt(square * (shares * (1.0 - shares) + square / 4.0)) / (1.0 + square)
    return np.clip(middle - half, 0.0, 1.0), np.clip(middle + half, 0.0, 1.0)


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
        counts: by one column, or by two attributes in their order.
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
    counts: dict[tuple[str, ...], WeightedCounts]
    streets: dict[str, str]
    translated: frozenset[str]
    cut: frozenset[str]
    passed: tuple[str, ...]


class Count:
    """A count of a table, to which its rows are added piece by piece."""

    def __init__(
        self, name: str, where: ColumnLayout, translation: ColumnMapping, streets: tuple[Street, ...]
    ) -> None:
        self.name, self.where, self.mapping = name, where, translation.name
        own = {column: where.header[place] for column, place in where.places.items()}
        self.levels = {
            column: LevelReader(column, own[column], translation) for column in where.places if column != STREET
        }
        self.street = StreetReader(own[STREET], translation, streets) if STREET in own else None
        self.pairs = list(combinations([column for column in self.levels if column in ATTRIBUTES], 2))
        self.counts: dict[tuple[str, ...], WeightedCounts] = {}
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
            self._join((column,), weighted_counts(codes[column], cell_count, weights))
        for first, second in self.pairs:
            a, b, width = codes[first], codes[second], len(LEVELS[second])
            both = np.where((a >= 0) & (b >= 0), a * width + b, -1)
            self._join((first, second), weighted_counts(both, len(LEVELS[first]) * width, weights))

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
            if not self.counts[column,].answered:
                raise InputError("nobody answered", key=f"column {self.where.header[place]}", allowed="an answer")
        readers = {column: self._reader(column) for column in self.where.places}
        return Survey(
            name=self.name,
            respondents=respondents,
            under_age=self.under_age,
            weightless=self.weightless,
            weighted=self.where.weight is not None,
            mapping=self.mapping,
            counts=self.counts,
            streets=self.street.names if self.street is not None else {},
            translated=frozenset(column for column, reader in readers.items() if reader.translated),
            cut=frozenset(column for column, reader in readers.items() if reader.cut),
            passed=self.where.passed,
        )

    def _reader(self, column: str) -> Reader:
        return self.street if self.street is not None and column == STREET else self.levels[column]

    def _join(self, of: tuple[str, ...], more: WeightedCounts) -> None:
        self.counts[of] = self.counts[of].plus(more) if of in self.counts else more

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


LARGEST_BYTES: Final = 200_000_000
MOST_ROWS: Final = 5_000_000
_ROWS_A_PIECE: Final = 50_000


def read_survey(
    file: Path,
    *,
    weight: str | None,
    translation: ColumnMapping,
    streets: tuple[Street, ...],
    on_bytes: Callable[[int], None] = lambda _: None,
) -> Survey:
    """Count a table of respondents in CSV, UTF-8, one row a person under one row of names.

    Args:
        file: the table.
        weight: its column of weights; everyone weighs 1 if None.
        translation: of its columns and answers.
        streets: of the district started from.
        on_bytes: called with how much of the file has been read.

    Raises:
        InputError: the file is missing, empty, too large or no table; a column, level or weight is wrong.
    """
    if not is_file(file):
        raise InputError("no such file", file=file)
    size = file.stat().st_size
    if size > LARGEST_BYTES:
        raise InputError(
            "the file is too large", file=file, given=f"{size:,} bytes", allowed=f"at most {LARGEST_BYTES:,} bytes"
        )
    try:
        with file.open("rb") as raw, TextIOWrapper(raw, encoding="utf-8-sig", newline="") as text:
            rows = csv.reader(text, strict=True)
            header = next(rows, None)
            if not header:
                raise InputError("the file is empty" if size == 0 else "no row of names", key="row 1")
            count = Count(file.name, column_layout(header, weight, translation), translation, streets)
            for cells, numbers in _pieces(rows, len(header)):
                count.add(cells, numbers)
                on_bytes(raw.tell())
            return count.done()
    except InputError as error:
        raise error.within(file=file) from None
    except UnicodeDecodeError:
        raise InputError(
            "not UTF-8 text", file=file, allowed='UTF-8; a spreadsheet saves it as "CSV UTF-8"'
        ) from None
    except csv.Error as error:
        raise InputError(f"not CSV: {error}", file=file, key=f"line {rows.line_num}") from None
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror or error})", file=file) from None


def _pieces(rows: Iterator[list[str]], width: int) -> Iterator[tuple[list[tuple[str, ...]], list[int]]]:
    """The columns of some rows, empty ones left out, and the rows' numbers, that of the names being 1."""
    numbered = ((number, row) for number, row in enumerate(rows, 2) if any(row))
    total = 0
    while piece := list(islice(numbered, _ROWS_A_PIECE)):
        total += len(piece)
        if total > MOST_ROWS:
            raise InputError("too many rows", allowed=f"at most {MOST_ROWS:,} persons")
        for number, row in piece:
            if len(row) != width:
                raise InputError(
                    "not as many cells as names in row 1", key=f"row {number}", given=len(row), allowed=str(width)
                )
        yield list(zip(*(row for _, row in piece), strict=True)), [number for number, _ in piece]
