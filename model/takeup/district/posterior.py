"""What a calibration left in a district's folder: the values the model starts from, and the draws around them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import Field

from takeup.district.parameters import Parameters, every_name
from takeup.errors import InputError
from takeup.io import StrictModel, is_file, parse_model, read_toml

CALIBRATED: Final = "calibrated.toml"
POSTERIOR: Final = "posterior.parquet"
_LARGEST_BYTES: Final = 100_000_000
_MOST_DRAWS: Final = 100_000


class _Calibrated(StrictModel):
    source: str = Field(min_length=1)
    values: dict[str, float]


def apply_calibration(parameters: Parameters, file: Path) -> Parameters:
    """The parameters with the values of a calibrated.toml, which have the status "calibrated".

    Raises:
        InputError: the file names an unknown parameter, or a value outside its range.
    """
    written = parse_model(_Calibrated, read_toml(file), file=file)
    try:
        return parameters.override(written.values, written.source, "calibrated")
    except InputError as error:
        raise error.within(file=file, key="values") from None


@dataclass(frozen=True)
class Posterior:
    """Draws of a district's parameters, alike probable.

    Attributes:
        file: where they stand.
        draws: values by dotted name, one dictionary a draw.
        digest: a hash of the file.
    """

    file: Path
    draws: tuple[dict[str, float], ...]
    digest: str

    def thinned(self, count: int) -> list[dict[str, float]]:
        """So many of the draws, evenly spaced over the file.

        Raises:
            InputError: there are not so many.
        """
        if not 1 <= count <= len(self.draws):
            raise InputError("not so many draws", file=self.file, given=count, allowed=f"1 to {len(self.draws)}")
        return [self.draws[(2 * i + 1) * len(self.draws) // (2 * count)] for i in range(count)]


def read_posterior(file: Path, parameters: Parameters) -> Posterior:
    """The draws of a posterior.parquet; columns that are no parameters are passed over.

    Args:
        file: as `takeup calibrate` writes it.
        parameters: of the district, for their ranges.

    Raises:
        InputError: the file is missing, damaged or too large, has no parameter, or a value outside its range.
    """
    if not is_file(file):
        raise InputError(
            "no posterior", file=file, allowed="a district that has been calibrated, or --posterior FILE"
        )
    with file.open("rb") as stream:
        content = stream.read(_LARGEST_BYTES + 1)
    if len(content) > _LARGEST_BYTES:
        raise InputError("the file is too large", file=file, allowed=f"at most {_LARGEST_BYTES:,} bytes")
    columns = _columns(content, file)
    rows = tuple(dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))
    for number, row in enumerate(rows, 1):
        try:
            parameters.override(row, "drawn")
        except InputError as error:
            raise error.within(file=file, key=f"draw {number}") from None
    return Posterior(file, rows, hashlib.sha256(content).hexdigest())


def _columns(content: bytes, file: Path) -> dict[str, list[float]]:
    """The columns that are parameters; how much there is to read is looked at before it is read."""
    import pyarrow as pa  # noqa: PLC0415  (most who load a district draw nothing from it)
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        parquet = pq.ParquetFile(pa.BufferReader(content), page_checksum_verification=True)
        known = set(every_name())
        names = [name for name in parquet.schema_arrow.names if name in known]
        for name in names:
            if names.count(name) > 1:
                raise InputError("a column stands twice", file=file, key=name)
        if not names or not 1 <= parquet.metadata.num_rows <= _MOST_DRAWS:
            raise InputError("no draws of parameters", file=file, allowed=f"1 to {_MOST_DRAWS:,} rows of parameters")
        table = parquet.read(names)
        table.validate(full=True)
    except (OSError, pa.ArrowException, UnicodeError) as error:
        raise InputError("not a readable Parquet file", file=file, given=str(error).partition("\n")[0]) from None
    for name in names:
        kind = table.schema.field(name).type
        if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)) or table[name].null_count:
            raise InputError("not numbers", file=file, key=name)
    return {name: [float(value) for value in table[name].to_pylist()] for name in names}
