"""The figures a calibration must meet: figures.toml of a district's folder."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from takeup.district.parameters import Status
from takeup.errors import InputError
from takeup.io import StrictModel, parse_model, read_toml
from takeup.months import END, START, parse_month
from takeup.simulation import COLUMNS
from takeup_calibration.expressions import Expression
from takeup_calibration.observing import EXTRA

NAMES = {name: meaning for name, meaning in {**COLUMNS, **EXTRA}.items() if name != "month"}
"""What may stand in an expression."""


class _Written(StrictModel):
    name: str = Field(pattern=r"[a-z][a-z0-9_]*")
    expression: str
    month: str | None = None
    window: list[str] | None = Field(default=None, min_length=2, max_length=2)
    shape: Literal["normal", "interval"] = "normal"
    value: float | None = None
    low: float | None = None
    high: float | None = None
    tolerance: float = Field(gt=0, allow_inf_nan=False)
    status: Status
    source: str = Field(min_length=1)
    local: bool
    fit: bool = True

    @model_validator(mode="after")
    def _makes_sense(self) -> _Written:
        if (self.month is None) == (self.window is None):
            raise InputError("needs a month, or a window of two", allowed="one of month, window")
        for month in (self.month, *(self.window or [])):
            number = parse_month(month) if month is not None else parse_month(START)
            if not parse_month(START) <= number <= parse_month(END):
                raise InputError("outside the history", given=month, allowed=f"{START} to {END}")
        if self.window is not None and self.window[1] < self.window[0]:
            raise InputError("the window ends before it begins", key="window", given=" to ".join(self.window))
        if self.shape == "normal" and (self.value is None or not math.isfinite(self.value)):
            raise InputError('a normal figure needs its "value"', key="value")
        if self.shape == "interval" and (self.low is None or self.high is None or not self.low < self.high):
            raise InputError('an interval needs "low" below "high"', key="low")
        return self


class _File(StrictModel):
    figure: list[_Written] = Field(min_length=1, max_length=200)


@dataclass(frozen=True)
class Figure:
    """A number the model is held against.

    Attributes:
        name: its own.
        expression: over outputs; flows are summed and stocks averaged over the window.
        first, last: the window's months; the same for a single month.
        low, high: the interval it lies in; one value where it is a number.
        tolerance: standard deviation around it, or beyond the interval's ends.
        status, source: how it is known.
        local: whether it is of this district.
        fit: whether it is fitted; the others are only shown beside what the model predicts.
    """

    name: str
    expression: Expression
    first: int
    last: int
    low: float
    high: float
    tolerance: float
    status: Status
    source: str
    local: bool
    fit: bool

    def distance(self, predicted: NDArray[np.float64]) -> NDArray[np.float64]:
        """How many tolerances predictions lie away from the value, or beyond the interval."""
        beyond = np.maximum(self.low - predicted, 0.0) + np.maximum(predicted - self.high, 0.0)
        return np.asarray(beyond / self.tolerance)

    def log_likelihood(self, predicted: NDArray[np.float64]) -> NDArray[np.float64]:
        """How well predictions agree: 0 at the value or within the interval, normal beyond."""
        return np.where(np.isnan(predicted), -np.inf, -0.5 * self.distance(predicted) ** 2)


def read_figures(file: Path) -> list[Figure]:
    """The figures of a file.

    Raises:
        InputError: a figure has no source, an unknown expression, a tolerance of 0, or a name that stands twice.
    """
    figures: list[Figure] = []
    for number, written in enumerate(parse_model(_File, read_toml(file), file=file).figure, 1):
        try:
            figures.append(_figure(written))
        except InputError as error:
            raise error.within(file=file, key=f"figure {number}, expression") from None
        if written.name in [figure.name for figure in figures[:-1]]:
            raise InputError("a figure stands twice", file=file, key=f"figure {number}, name", given=written.name)
    if not any(figure.fit for figure in figures):
        raise InputError("no figure is to be fitted", file=file, allowed="at least one without fit = false")
    return figures


def count_figures(file: Path) -> int:
    """How many figures there are in a file, which `takeup check` says of one that is right.

    Raises:
        InputError: it is not.
    """
    return len(read_figures(file))


def _figure(written: _Written) -> Figure:
    first, last = written.window if written.window is not None else (written.month, written.month)
    low, high = (written.low, written.high) if written.shape == "interval" else (written.value, written.value)
    return Figure(
        written.name,
        Expression(written.expression, NAMES),
        parse_month(first),
        parse_month(last),
        float(low if low is not None else math.nan),
        float(high if high is not None else math.nan),
        written.tolerance,
        written.status,
        written.source,
        written.local,
        written.fit,
    )
