"""Results of a calibration of a district: calibrated values, posterior draws."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from takeup.district.measures import drawn_numbers
from takeup.district.parameter_definitions import RULE
from takeup.district.parameters import Parameters
from takeup.errors import InputError
from takeup.io import StrictModel, is_file, parse_model, read_toml
from takeup.message import Message

CALIBRATED: Final = "calibrated.toml"
TARGETS: Final = "targets.toml"
"""Name of the file of targets in a district's folder, which `takeup_calibration` reads."""
POSTERIOR: Final = "posterior.parquet"
SUMMARY: Final = "calibration.json"
EFFECT: Final = "effect "
"""Beginning of the names of the columns with the effects of policies, in percentage points."""
_MAX_BYTES: Final = 100_000_000
_MAX_DRAWS: Final = 100_000
_GOLDEN: Final = (5.0**0.5 - 1.0) / 2.0
"""The golden ratio's fractional part, whose multiples are spread most evenly between 0 and 1."""


class _Calibrated(StrictModel):
    source: str = Field(min_length=1)
    values: dict[str, float]


def apply_calibration(parameters: Parameters, file: Path) -> Parameters:
    """Return the parameters with the values of a calibrated.toml.

    A value that equals the present one keeps its status and source. The factor of a calibration does not change
    infinite values, values of 0, and values that it would move beyond the end of their range.

    Raises:
        InputError: the file names an unknown parameter, or a value outside its range.
    """
    content = parse_model(_Calibrated, read_toml(file), file=file)
    try:
        values = parameters.overrides(content.values)
        by_member = {member: value for name, value in values.items() for member in parameters.members(name)}
        changed = {name: value for name, value in by_member.items() if value != parameters.number(name)}
        return parameters.override(changed, content.source, "calibrated")
    except InputError as error:
        raise error.within(file=file, key="values") from None


@dataclass(frozen=True)
class Posterior:
    """Equally weighted posterior draws of a district's parameters.

    Attributes:
        file: the file of the draws.
        draws: values by dotted name, one dictionary per draw, in the order of the file.
        digest: a hash of the file.
        effects: sum of the effects of the calibration's policies under each draw, in percentage points; empty if the
            file has none.
    """

    file: Path
    draws: tuple[dict[str, float], ...]
    digest: str
    effects: tuple[float, ...] = ()

    def thinned(self, count: int) -> list[dict[str, float]]:
        """Return the first draws of a fixed order, any beginning of which represents all draws.

        The draws are sorted by the sum of the effects of policies, along which these effects vary most, or by their
        place in the file if it has no effects. They are then visited in the order of a golden-ratio (Kronecker)
        sequence. Smaller numbers of draws are therefore part of larger ones, and their medians differ less from those
        of all draws than the medians of random subsets do.

        Raises:
            InputError: the file has fewer draws.
        """
        if not 1 <= count <= len(self.draws):
            raise InputError(
                "the number of draws is below 1"
                if count < 1
                else Message("the file has only {number} draws", number=len(self.draws)),
                file=self.file,
                given=count,
                allowed=Message("1 to {number} draws", number=len(self.draws)),
            )
        return [self.draws[place] for place in _visiting_order(len(self.draws), self.effects)[:count]]


def _visiting_order(draws: int, effects: tuple[float, ...]) -> NDArray[np.int64]:
    """Return the places in the file of draw 0, 1, … of `Posterior.thinned`."""
    ranked = np.argsort(effects, kind="stable") if effects else np.arange(draws)
    return np.asarray(ranked[_low_discrepancy_ranks(draws)])


def _low_discrepancy_ranks(number: int) -> NDArray[np.int64]:
    """Return the ranks from 0 to number - 1 in an order in which every beginning is evenly spread."""
    points = (0.5 + _GOLDEN * np.arange(number)) % 1.0
    return np.argsort(np.argsort(points))


def read_posterior(file: Path, parameters: Parameters) -> Posterior:
    """Read the draws of a posterior.parquet; other columns than parameters and effects are ignored.

    A parameter without a column has the district's value in every draw. The numbers of the district's measures that
    have no column are drawn from their priors, see `drawn_numbers`.

    Args:
        file: the file, as `takeup calibrate` writes it.
        parameters: the district's parameters, with whose ranges the draws are checked.

    Raises:
        InputError: the file is missing, damaged or too large, has no parameters, has a value outside its range, or
            has a size of dated rules that the district does not have.
    """
    if not is_file(file):
        raise InputError(
            "there is no posterior file",
            file=file,
            allowed="a district that has been calibrated, or --posterior FILE",
        )
    with file.open("rb") as stream:
        content = stream.read(_MAX_BYTES + 1)
    if len(content) > _MAX_BYTES:
        raise InputError(
            "the file is too large", file=file, allowed=Message("at most {number:,} bytes", number=_MAX_BYTES)
        )
    columns, effects = _columns(content, file, parameters)
    rows = tuple(dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))
    for number, row in enumerate(rows, 1):
        try:
            parameters.override(row, "drawn")
        except InputError as error:
            raise error.within(file=file, key=Message("draw {number}", number=number)) from None
    sampled = drawn_numbers(parameters, len(rows))
    numbers = np.argsort(_visiting_order(len(rows), effects))  # number of the draw at each place of the file
    completed = tuple({**sampled[number], **row} for number, row in zip(numbers, rows, strict=True))
    return Posterior(file, completed, hashlib.sha256(content).hexdigest(), effects)


def _columns(content: bytes, file: Path, parameters: Parameters) -> tuple[dict[str, list[float]], tuple[float, ...]]:
    """Check the number of rows, and return the columns that are parameters, and the sum of the effects."""
    import pyarrow as pa  # noqa: PLC0415  (half a second that loading a district should not take)
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        parquet = pq.ParquetFile(pa.BufferReader(content), page_checksum_verification=True)
        known = set(parameters.selectors)
        names = [name for name in parquet.schema_arrow.names if name in known or name.startswith(f"{RULE}.")]
        for name in names:
            if name not in known:
                raise InputError(
                    "the district has no dated rules with this size",
                    file=file,
                    given=name,
                    allowed="draws of a calibration with the district's rules.toml",
                    nearest=known,
                )
            if names.count(name) > 1:
                raise InputError(
                    "the file has two columns with this name", file=file, key=name, allowed="one column per name"
                )
        if not names or not 1 <= parquet.metadata.num_rows <= _MAX_DRAWS:
            raise InputError(
                "the file contains no draws of parameters, or too many",
                file=file,
                allowed=Message(
                    "at least one column named after a parameter, and 1 to {number:,} rows", number=_MAX_DRAWS
                ),
            )
        every = parquet.schema_arrow.names
        effects = [
            name
            for name in every
            if name.startswith(EFFECT)
            and every.count(name) == 1
            and pa.types.is_floating(parquet.schema_arrow.field(name).type)
        ]
        table = parquet.read([*names, *effects])
        table.validate(full=True)
    except (OSError, pa.ArrowException, UnicodeError) as error:
        raise InputError(
            "the file is not a readable Parquet file",
            file=file,
            given=str(error).partition("\n")[0],
            allowed="a file that takeup calibrate has written",
        ) from None
    for name in names:
        kind = table.schema.field(name).type
        if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)) or table[name].null_count:
            raise InputError(
                "the column contains missing values or values that are not numbers",
                file=file,
                key=name,
                allowed="a number in every row",
            )
    with np.errstate(invalid="ignore"):
        sums = sum((table[name].to_numpy() for name in effects), start=np.zeros(table.num_rows))
    return {name: [float(value) for value in table[name].to_pylist()] for name in names}, (
        tuple(sums.tolist()) if effects else ()
    )
