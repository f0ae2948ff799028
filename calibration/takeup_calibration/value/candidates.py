"""Candidates: figures that a district could collect, each with the error it would be known with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from takeup.district.parameters import Status
from takeup.errors import InputError
from takeup.io import StrictModel, parse_model, read_toml
from takeup.months import START, parse_month
from takeup_calibration.expressions import Expression
from takeup_calibration.figures import NAMES
from takeup_calibration.lives import HISTORY_END, window_key

CANDIDATES: Final = Path(__file__).resolve().parents[1] / "candidates.toml"
"""The file used where no other is given."""
_LARGEST_SAMPLE = 10_000_000


class _Written(StrictModel):
    name: str = Field(pattern=r"[a-z][a-z0-9_]*")
    title: str = Field(min_length=1, max_length=80)
    expression: str
    month: str | None = None
    window: list[str] | None = Field(default=None, min_length=2, max_length=2)
    sample: int | None = Field(default=None, ge=1, le=_LARGEST_SAMPLE)
    error: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    unit: str | None = Field(default=None, min_length=1)
    cost_cny: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    status: Status
    source: str = Field(min_length=1)

    @model_validator(mode="after")
    def _makes_sense(self) -> _Written:
        if (self.month is None) == (self.window is None):
            raise InputError("needs a month, or a window of two", allowed="one of month, window")
        for month in (self.month, *(self.window or [])):
            number = parse_month(month) if month is not None else parse_month(START)
            if not parse_month(START) <= number <= parse_month(HISTORY_END):
                raise InputError("not before the choice", given=month, allowed=f"{START} to {HISTORY_END}")
        if self.window is not None and self.window[1] < self.window[0]:
            raise InputError("the window ends before it begins", key="window", given=" to ".join(self.window))
        if (self.sample is None) == (self.error is None):
            raise InputError("needs a sample, or a standard error", allowed="one of sample, error")
        if (self.error is None) != (self.unit is None):
            raise InputError("a standard error has a unit, a sample has none", key="unit", allowed="error with unit")
        return self


class _File(StrictModel):
    candidate: list[_Written] = Field(min_length=1, max_length=100)


@dataclass(frozen=True)
class Candidate:
    """A figure that could be collected.

    Attributes:
        name, title: its own.
        expression: over outputs; flows are summed and stocks averaged over the window.
        first, last: the window's months; the same for a single month.
        sample: persons or files asked, where the figure is a share of them.
        error: standard deviation around the truth, where it is not.
        unit: of the error.
        cost_cny: of collecting it; None if nobody has said.
        status, source: how sample, error and cost are known.
    """

    name: str
    title: str
    expression: Expression
    first: int
    last: int
    sample: int | None
    error: float | None
    unit: str | None
    cost_cny: float | None
    status: Status
    source: str

    def truth(self, outputs: Mapping[str, float]) -> float:
        """What it would be without error; NaN where something is divided by 0.

        Args:
            outputs: over windows, by `window_key`.
        """
        return self.expression(
            {name: outputs[window_key(self.first, self.last, name)] for name in self.expression.names}
        )

    def collected(self, truths: NDArray[np.float64], generator: np.random.Generator) -> NDArray[np.float64]:
        """What an office would find: binomial of a sample, normal with a standard error.

        Args:
            truths: (N,) of as many draws; shares where there is a sample.
            generator: of the error.
        """
        if self.sample is not None:
            return np.asarray(generator.binomial(self.sample, truths) / self.sample)
        assert self.error is not None
        return truths + self.error * generator.standard_normal(len(truths))


def read_candidates(file: Path) -> tuple[Candidate, ...]:
    """The candidates of a file.

    Raises:
        InputError: one has no source, an unknown expression, neither or both of sample and error, a month after the
            history, or a name that stands twice.
    """
    found: list[Candidate] = []
    for number, written in enumerate(parse_model(_File, read_toml(file), file=file).candidate, 1):
        try:
            expression = Expression(written.expression, NAMES)
        except InputError as error:
            raise error.within(file=file, key=f"candidate {number}, expression") from None
        if written.name in [candidate.name for candidate in found]:
            raise InputError("stands twice", file=file, key=f"candidate {number}, name", given=written.name)
        first, last = written.window if written.window is not None else (written.month, written.month)
        found.append(
            Candidate(
                written.name, written.title, expression, parse_month(first), parse_month(last), written.sample,
                written.error, written.unit, written.cost_cny, written.status, written.source,
            )
        )  # fmt: skip
    return tuple(found)
