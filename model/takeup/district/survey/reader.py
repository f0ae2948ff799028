"""Survey tables: CSV with one row per respondent, counted in chunks.

The table is read with `csv` and not with pandas: pandas fills short rows silently and does not know the number of a
row after empty ones, and the messages about wrong cells need both.
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
from takeup.district.survey.mapping import FIRST_ROW, LEVELS, STAY, ColumnLayout, ColumnMapping, column_layout
from takeup.errors import InputError
from takeup.io import describe_reason, guess_encoding, is_file
from takeup.message import Message, find_message
from takeup.text import parse_number

MOST_STREETS: Final = 1_000
LARGEST_BYTES: Final = 200_000_000
MOST_ROWS: Final = 5_000_000
SMALL_CELL: Final = 30
"""Number of respondents below which a share is flagged; a convention."""
UNITS: Final = {"age": Message("years"), STAY: Message("months")}
_START_BYTES: Final = 4_096
"""Size of the beginning of a file from which its encoding is guessed; even, as characters have two bytes."""
_ROWS_PER_CHUNK: Final = 50_000
_WEIGHT_RANGE: Final = (1e-12, 1e12)
"""Smallest weight above 0, and largest weight: the squares of others would overflow or vanish in sums."""
_NORMAL_95: Final = float(ndtri(0.975))

_MISSING: Final = -1
_UNDER_AGE: Final = -2
_MISSING_VALUES: Final = frozenset({"", "NA", "N/A", "NaN", "nan", "."})
_BAND_STARTS: Final[dict[str, tuple[float, ...]]] = {
    "age": tuple(float(level.rstrip("+").split("-")[0]) for level in ATTRIBUTES["age"]),
    STAY: tuple(float(start) for start in TENURE_STARTS),
}
"""Lower bounds of the bands of a numeric column."""
_MAX_NUMBER: Final = {"age": 120, STAY: 1_800}
"""Larger numbers are typing errors, codes for a missing value or, as months, years of arrival."""
_USUAL_CODES: Final = frozenset({888.0, 997.0, 998.0, 999.0})
"""Numbers that surveys use as codes for a missing value; as ages they are out of range, as months they are not."""
_CSV_FAULTS: Final = (
    Message("unexpected end of data"),
    Message("{separator} expected after {quote}"),
    Message("field larger than field limit ({number})"),
    Message("line contains NUL"),
)
"""Texts of the errors of Python's reader of CSV files."""
_SEPARATOR_LINE: Final = "sep="
"""Start of a first line that some spreadsheets write to name the separator."""
_OTHER_SEPARATORS: Final = {";": Message("semicolons"), "\t": Message("tabs"), "|": Message("vertical bars")}


@dataclass(frozen=True)
class WeightedCounts:
    """Counts of respondents by the levels of one column, or of two.

    Attributes:
        respondents: number of respondents per cell, one axis per column.
        weights: sum of their weights per cell.
        squares: sum of the squared weights of all respondents with a value.
        missing: number of respondents without a value.
    """

    respondents: NDArray[np.int64]
    weights: NDArray[np.float64]
    squares: float
    missing: int

    @property
    def valid(self) -> int:
        """Number of respondents with a value."""
        return int(self.respondents.sum())

    @property
    def effective(self) -> float:
        """Kish's (1965) effective number: (sum of weights)² / sum of squared weights."""
        return float(self.weights.sum()) ** 2 / self.squares

    @property
    def shares(self) -> NDArray[np.float64]:
        """Weighted shares, which sum to 1."""
        return np.asarray(self.weights / self.weights.sum())

    def plus(self, other: WeightedCounts) -> WeightedCounts:
        """Return the sum of these counts and other counts."""
        return WeightedCounts(
            self.respondents + other.respondents,
            self.weights + other.weights,
            self.squares + other.squares,
            self.missing + other.missing,
        )


@dataclass(frozen=True)
class Survey:
    """The counts of a survey table.

    Attributes:
        name: name of the file.
        respondents: number of persons counted: 16 and over, with a weight above 0.
        under_age: number of persons left out because they are under 16.
        weightless: number of persons left out because their weight is 0.
        weighted: whether there are weights.
        mapping: name of the mapping file; empty without one.
        counts: counts by one column, or by two attributes in their order.
        streets: name in the table by name of the street, in the order of the counts.
        translated: columns whose values the mapping translated.
        cut: columns whose numbers were cut into bands.
        unused: columns of the table that were not used.
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
    unused: tuple[str, ...]


def read_survey(
    file: Path,
    *,
    weight: str | None,
    mapping: ColumnMapping,
    streets: tuple[Street, ...],
    on_bytes: Callable[[int], None] = lambda _: None,
) -> Survey:
    """Count a survey table: UTF-8 CSV with names in row 1 and one row per respondent.

    Args:
        file: the table.
        weight: name of the column of weights; None: all weights are 1.
        mapping: mapping of its columns and values.
        streets: streets of the base district.
        on_bytes: called with the number of bytes read so far.

    Raises:
        InputError: the file is missing, empty, too large or not a table; a column, level or weight is wrong.
    """
    if not is_file(file):
        raise InputError("no such file", file=file, allowed="an existing CSV file")
    size = file.stat().st_size
    if size > LARGEST_BYTES:
        raise InputError(
            "the file is too large",
            file=file,
            given=Message("{number:,} bytes", number=size),
            allowed=Message("at most {number:,} bytes", number=LARGEST_BYTES),
        )
    try:
        _check_encoding(file)
        with file.open("rb") as raw, TextIOWrapper(raw, encoding="utf-8-sig", newline="") as text:
            rows = csv.reader(text, strict=True)
            header, first_row = _header(rows)
            if not header:
                raise InputError(
                    "the file is empty" if size == 0 else "row 1 is empty",
                    key=FIRST_ROW,
                    allowed="the names of the columns",
                )
            counter = _Counter(file.name, column_layout(header, weight, mapping), mapping, streets)
            for cells, numbers in _chunks(rows, len(header), first_row):
                counter.add(cells, numbers)
                on_bytes(raw.tell())
            return counter.survey()
    except InputError as error:
        raise error.within(file=file) from None
    except UnicodeDecodeError:
        raise _not_utf8(file) from None
    except csv.Error as error:
        raise InputError(
            Message("the file is not valid CSV: {error}", error=find_message(str(error), _CSV_FAULTS)),
            file=file,
            key=Message("line {number}", number=rows.line_num),
            allowed="comma-separated values; cells with commas, quotes or line breaks in double quotes",
        ) from None
    except OSError as error:
        raise InputError(
            Message("the file cannot be read ({reason})", reason=describe_reason(error)), file=file
        ) from None


def _check_encoding(file: Path) -> None:
    """Raise InputError for a workbook and for text with null characters, which UTF-16 has."""
    with file.open("rb") as raw:
        start = raw.read(_START_BYTES)
    if b"\0" in start:
        raise _not_utf8(file)


def _not_utf8(file: Path) -> InputError:
    with file.open("rb") as raw:
        given = guess_encoding(raw.read(_START_BYTES))
    return InputError(
        "the file is not UTF-8 text", file=file, given=given, allowed='UTF-8; a spreadsheet saves it as "CSV UTF-8"'
    )


def _header(rows: Iterator[list[str]]) -> tuple[list[str], int]:
    """Read the column names of a table, and return them with the next row's number.

    Raises:
        InputError: the cells are separated by something other than commas.
    """
    header, following = next(rows, []), 2
    if header and header[0].startswith(_SEPARATOR_LINE) and (header == [_SEPARATOR_LINE, ""] or len(header) == 1):
        separator = "," if len(header) > 1 else header[0].removeprefix(_SEPARATOR_LINE)
        header, following = (next(rows, []), 3) if separator == "," else ([separator], 2)
    while len(header) > 1 and not header[-1].strip():  # spreadsheets write cells without a name
        header.pop()
    if len(header) == 1:
        for separator, name in _OTHER_SEPARATORS.items():
            if separator in header[0]:
                raise InputError(
                    Message("the cells are separated by {name}", name=name),
                    key=FIRST_ROW,
                    given=header[0],
                    allowed='commas, and "." in decimal numbers; a spreadsheet saves it as "CSV UTF-8"',
                )
    return header, following


def standard_error(shares: NDArray[np.float64], effective: float) -> NDArray[np.float64]:
    """Compute standard errors of shares from the effective number of respondents."""
    return np.asarray(np.sqrt(shares * (1.0 - shares) / effective))


def wilson(shares: NDArray[np.float64], effective: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compute the 95 % score intervals of shares (Wilson 1927, JASA 22, 209-212).

    The closed form is used because the effective number of respondents is not an integer.

    Returns:
        Lower and upper ends.
    """
    square = _NORMAL_95**2 / effective
    middle = (shares + square / 2.0) / (1.0 + square)
    half = np.sqrt(square * (shares * (1.0 - shares) + square / 4.0)) / (1.0 + square)
    return np.clip(middle - half, 0.0, 1.0), np.clip(middle + half, 0.0, 1.0)


class _Counter:
    """Counts the rows of a table, chunk by chunk."""

    def __init__(self, name: str, layout: ColumnLayout, mapping: ColumnMapping, streets: tuple[Street, ...]) -> None:
        self.name, self.layout, self.mapping = name, layout, mapping.name
        header = {column: layout.header[place] for column, place in layout.places.items()}
        self.levels = {
            column: _LevelReader(column, header[column], mapping) for column in layout.places if column != STREET
        }
        self.street = _StreetReader(header[STREET], mapping, streets) if STREET in header else None
        self.pairs = list(combinations([column for column in self.levels if column in ATTRIBUTES], 2))
        self.counts: dict[tuple[str, ...], WeightedCounts] = {}
        self.rows = self.under_age = self.weightless = 0

    def add(self, cells: list[tuple[str, ...]], numbers: list[int]) -> None:
        """Count more rows.

        Args:
            cells: the cells of each column of the table.
            numbers: the numbers of the rows, for messages.

        Raises:
            InputError: a cell has an unknown value, or is not a weight.
        """
        self.rows += len(numbers)
        weights = self._weights(cells, numbers)
        codes = {
            column: _coded(self._reader(column), cells[place], numbers)
            for column, place in self.layout.places.items()
        }
        of_age = codes["age"] != _UNDER_AGE if "age" in codes else np.ones(len(weights), dtype=bool)
        counted = of_age & (weights > 0.0)
        self.under_age += int(np.count_nonzero(~of_age))
        self.weightless += int(np.count_nonzero(of_age & ~counted))
        weights = weights[counted]
        for column, code in codes.items():
            codes[column] = code[counted]
            cell_count = len(LEVELS[column]) if column in LEVELS else MOST_STREETS
            self._join((column,), _weighted_counts(codes[column], cell_count, weights))
        for first, second in self.pairs:
            rows, columns, width = codes[first], codes[second], len(LEVELS[second])
            both = np.where((rows >= 0) & (columns >= 0), rows * width + columns, -1)
            self._join((first, second), _weighted_counts(both, len(LEVELS[first]) * width, weights))

    def survey(self) -> Survey:
        """Return the counts.

        Raises:
            InputError: there are no respondents, or a column has no values.
        """
        respondents = self.rows - self.under_age - self.weightless
        if not respondents:
            raise InputError(
                "the rows contain no respondent to count",
                given=Message("{number} rows", number=self.rows),
                allowed="at least one person aged 16 and over with a weight above 0",
            )
        for column, place in self.layout.places.items():
            if not self.counts[column,].valid:
                raise InputError(
                    "no respondent has a value in the column",
                    key=Message("column {name}", name=self.layout.header[place]),
                    allowed="a value for at least one respondent",
                )
        readers = {column: self._reader(column) for column in self.layout.places}
        return Survey(
            name=self.name,
            respondents=respondents,
            under_age=self.under_age,
            weightless=self.weightless,
            weighted=self.layout.weight is not None,
            mapping=self.mapping,
            counts=self.counts,
            streets=self.street.names if self.street is not None else {},
            translated=frozenset(column for column, reader in readers.items() if reader.translated),
            cut=frozenset(column for column, reader in readers.items() if reader.cut),
            unused=self.layout.unused,
        )

    def _reader(self, column: str) -> _ColumnReader:
        return self.street if self.street is not None and column == STREET else self.levels[column]

    def _join(self, of: tuple[str, ...], more: WeightedCounts) -> None:
        self.counts[of] = self.counts[of].plus(more) if of in self.counts else more

    def _weights(self, cells: list[tuple[str, ...]], numbers: list[int]) -> NDArray[np.float64]:
        if self.layout.weight is None:
            return np.ones(len(numbers))
        written = cells[self.layout.weight]
        weights = np.fromiter(map(_weight, written), np.float64, len(written))
        wrong = np.flatnonzero(~((weights == 0.0) | ((weights >= _WEIGHT_RANGE[0]) & (weights <= _WEIGHT_RANGE[1]))))
        if len(wrong):
            first = int(wrong[0])
            raise InputError(
                "the value is not a weight",
                key=_cell(numbers[first], self.layout.header[self.layout.weight]),
                given=written[first],
                allowed=Message(
                    "0, or from {low:g} to {high:g}",
                    low=_WEIGHT_RANGE[0],
                    high=_WEIGHT_RANGE[1],
                ),
            )
        return weights


class _ColumnReader(Protocol):
    """Reader of the cells of one column of a survey table.

    Attributes:
        codes: codes by the text of a cell: the number of a level, _MISSING or _UNDER_AGE.
        translated: whether a value was translated by the mapping.
        cut: whether a number was cut into a band.
    """

    codes: dict[str, int]
    translated: bool
    cut: bool

    def read(self, cell: str, row: int) -> int:
        """Return the code of a cell with a new text.

        Raises:
            InputError: the cell has an unknown value.
        """


class _LevelReader:
    """Reads a column of levels: their names, mapped values, or numbers in bands."""

    def __init__(self, column: str, own: str, mapping: ColumnMapping) -> None:
        self.codes: dict[str, int] = {}
        self.translated = self.cut = False
        self._column, self._own, self._levels = column, own, LEVELS[column]
        self._values = mapping.levels.get(column, {})
        self._missing = _MISSING_VALUES | mapping.missing.get(column, frozenset())
        # If values are coded, a number that is not a code is an error and not an age.
        self._cuts = column in _BAND_STARTS and not self._values

    def read(self, cell: str, row: int) -> int:
        """Return the code of a cell; see _ColumnReader."""
        text = cell.strip()
        if text in self._values:
            self.translated = True
            return self._levels.index(self._values[text])
        if text in self._missing:
            return _MISSING
        if text in self._levels:
            return self._levels.index(text)
        number = _number(text) if self._cuts else None
        if number is None:
            raise InputError(
                Message("unknown level of {attribute}", attribute=self._column),
                key=_cell(row, self._own),
                given=text,
                allowed=self._allowed(),
                nearest=[*self._levels, *self._values],
            )
        if not 0 <= number <= _MAX_NUMBER[self._column] or number in _USUAL_CODES:
            raise InputError(
                Message("the value is not a possible number of {units}", units=UNITS[self._column]),
                key=_cell(row, self._own),
                given=text,
                allowed=Message(
                    "0 to {most}; list a code for a missing value under missing.{attribute} of a mapping",
                    most=_MAX_NUMBER[self._column],
                    attribute=self._column,
                ),
            )
        self.cut = True
        code = bisect_right(_BAND_STARTS[self._column], number) - 1
        return code if code >= 0 else _UNDER_AGE

    def _allowed(self) -> Message:
        known = {"levels": (*self._levels, *self._values), "attribute": self._column}
        if not self._cuts:
            return Message(
                "{levels}; list a text for a missing value under missing.{attribute} of a mapping", **known
            )
        return Message(
            "a number of {units} without its unit, or one of {levels}; list a text for a missing value under "
            "missing.{attribute} of a mapping",
            units=UNITS[self._column],
            **known,
        )


def _cell(row: int, column: str) -> Message:
    """Return the place of a cell."""
    return Message("row {row}, column {column}", row=row, column=column)


class _StreetReader:
    """Reads the column of streets, which are all in the base district or all new.

    Attributes:
        names: name in the table by name of the street, in the order in which streets first occur.
    """

    def __init__(self, own: str, mapping: ColumnMapping, streets: tuple[Street, ...]) -> None:
        self.codes: dict[str, int] = {}
        self.translated = self.cut = False
        self.names: dict[str, str] = {}
        self._own = own
        self._values: Mapping[str, str] = mapping.levels.get(STREET, {})
        self._missing = _MISSING_VALUES | mapping.missing.get(STREET, frozenset())
        self._known = {name: street.name for street in streets for name in (street.name_zh, street.name)}
        self._is_known: bool | None = None
        self._unknown = ("", 0)

    def read(self, cell: str, row: int) -> int:
        """Return the code of a cell; see _ColumnReader."""
        text = cell.strip()
        if text in self._missing and text not in self._values:
            return _MISSING
        name = self._translated(text, row) if self._values else self._among_known(text, row)
        self.names.setdefault(name, text)
        if len(self.names) > MOST_STREETS:
            raise InputError(
                "the column contains too many streets",
                key=Message("column {name}", name=self._own),
                allowed=Message("at most {number:,}", number=MOST_STREETS),
            )
        return list(self.names).index(name)

    def _translated(self, text: str, row: int) -> str:
        allowed = [*self._values, *self._values.values()]
        if text not in allowed:
            raise InputError("unknown street", key=_cell(row, self._own), given=text, allowed=allowed)
        self.translated = self.translated or text in self._values
        return self._values.get(text, text)

    def _among_known(self, text: str, row: int) -> str:
        """Look a street up in the base district; either all streets are in it, or none."""
        if text not in self._known and not self._unknown[0]:
            self._unknown = (text, row)
        if self._is_known is not None and self._is_known != (text in self._known):
            unknown, row_of_unknown = self._unknown
            raise InputError(
                "the column mixes streets of the base district with unknown streets; if all are streets of another "
                "district, list every street under levels.street of a mapping",
                key=_cell(row_of_unknown, self._own),
                given=unknown,
                allowed=list(dict.fromkeys(self._known.values())),
                nearest=self._known,
            )
        self._is_known = text in self._known
        return self._known.get(text, text)


def _chunks(rows: Iterator[list[str]], width: int, first: int) -> Iterator[tuple[list[tuple[str, ...]], list[int]]]:
    """Yield chunks of the non-empty rows: cells by column, and numbers of the rows.

    The number of the first row is `first`.
    """
    numbered = ((number, row) for number, row in enumerate(rows, first) if any(row))
    total = 0
    while chunk := list(islice(numbered, _ROWS_PER_CHUNK)):
        total += len(chunk)
        if total > MOST_ROWS:
            raise InputError(
                "the file has too many rows", allowed=Message("at most {number:,} persons", number=MOST_ROWS)
            )
        for number, row in chunk:
            _fit(row, width)
            if len(row) != width:
                raise InputError(
                    "the number of cells differs from the number of names in row 1",
                    key=Message("row {number}", number=number),
                    given=len(row),
                    allowed=str(width),
                )
        yield list(zip(*(row for _, row in chunk), strict=True)), [number for number, _ in chunk]


def _fit(row: list[str], width: int) -> None:
    """Remove empty cells at the end of a row that has more cells than columns, as spreadsheets write them."""
    while len(row) > width and not row[-1].strip():
        row.pop()


def _weighted_counts(codes: NDArray[np.int64], cells: int, weights: NDArray[np.float64]) -> WeightedCounts:
    """Count respondents over one axis.

    Args:
        codes: cell of each respondent; below 0 for a missing value.
        cells: number of cells.
        weights: weight of each respondent.
    """
    valid = codes >= 0
    codes, weights = codes[valid], weights[valid]
    return WeightedCounts(
        np.bincount(codes, minlength=cells),
        np.asarray(np.bincount(codes, weights=weights, minlength=cells), dtype=np.float64),
        float(np.square(weights).sum()),
        int(np.count_nonzero(~valid)),
    )


def _coded(reader: _ColumnReader, cells: tuple[str, ...], numbers: list[int]) -> NDArray[np.int64]:
    """Return the codes of a column's cells; each distinct text is parsed only once."""
    first = dict(zip(reversed(cells), reversed(numbers), strict=True))
    for cell in dict.fromkeys(cells):
        if cell not in reader.codes:
            reader.codes[cell] = reader.read(cell, first[cell])
    return np.fromiter(map(reader.codes.__getitem__, cells), np.int64, len(cells))


def _weight(cell: str) -> float:
    try:
        return parse_number(cell)
    except ValueError:
        return math.nan


def _number(text: str) -> float | None:
    try:
        number = parse_number(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
