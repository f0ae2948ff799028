"""Calibration targets: observed quantities that the model's outputs must agree with."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from takeup.district.parameters import Status
from takeup.errors import InputError
from takeup.io import StrictModel, parse_model, read_toml
from takeup.months import END, START, format_month, parse_month
from takeup.simulation import COLUMNS

TARGETS: Final = "targets.toml"
"""The file of targets in a district's folder."""
EXTRA_STOCKS: Final = {
    "stay_under_1": "persons who have lived here for less than a year",
    "stay_1_to_3": "persons who have lived here for one to under three years",
    "stay_3_to_5": "persons who have lived here for three to under five years",
    "stay_5_to_10": "persons who have lived here for five to under ten years",
    "stay_10_and_more": "persons who have lived here for ten years and more",
    "resident_half_year": "persons who have lived here for six months and more",
}
EXTRA_FLOWS: Final = {
    "due_entitled": "eligible holders whose endorsement fell due in the month",
    "lost_entitled": "those of them whose permit lapsed",
}
OUTPUTS: Final = {
    name: meaning for name, meaning in {**COLUMNS, **EXTRA_STOCKS, **EXTRA_FLOWS}.items() if name != "month"
}
"""The outputs that an expression may name: columns of the monthly table, and the extra stocks and flows."""

_MAX_EXPRESSION_LENGTH: Final = 500
_MAX_DISTANCE: Final = 3.0
"""Distance from a target, in tolerances, beyond which it counts as not met."""
_OPERATIONS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def output_key(first: int, last: int, name: str) -> str:
    """Return the key of an output over a window of months among the results of an evaluation."""
    return f"{format_month(first)} {format_month(last)} {name}"


class Expression:
    """An arithmetic expression over outputs, such as "valid / population".

    It may contain names, numbers, + - * / and parentheses. Nothing else is accepted, so that a file of targets can
    run no code.

    Args:
        text: the expression.
        names: the outputs that it may name.

    Raises:
        InputError: the text is not such an expression, or names an unknown output.
    """

    def __init__(self, text: str, names: Iterable[str]) -> None:
        self.text = text
        known = set(names)
        try:
            if len(text) > _MAX_EXPRESSION_LENGTH:
                raise SyntaxError("too long")
            self._tree = ast.parse(text, mode="eval").body
            self.names = set(self._names_in(self._tree))
        except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError("not an expression", given=text, allowed="names, numbers, + - * / and ( )") from None
        for name in sorted(self.names - known):
            raise InputError("unknown output", given=name, allowed="the columns of the monthly table", nearest=known)

    def __call__(self, values: Mapping[str, float]) -> float:
        """Evaluate the expression; the result is NaN on a division by 0."""
        try:
            return self._value(self._tree, values)
        except ZeroDivisionError:
            return float("nan")

    def _names_in(self, node: ast.AST) -> list[str]:
        match node:
            case ast.Name(id=name):
                return [name]
            case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
                float(number)
                return []
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return self._names_in(inner)
            case ast.BinOp(op=operation, left=left, right=right) if type(operation) in _OPERATIONS:
                return self._names_in(left) + self._names_in(right)
        raise InputError("not an expression", given=self.text, allowed="names, numbers, + - * / and ( )")

    def _value(self, node: Any, values: Mapping[str, float]) -> float:
        match node:
            case ast.Name(id=name):
                return values[name]
            case ast.Constant(value=int() | float() as number):
                return float(number)
            case ast.UnaryOp(operand=inner):
                return -self._value(inner, values)
            case _:
                left, right = self._value(node.left, values), self._value(node.right, values)
                return _OPERATIONS[type(node.op)](left, right)


class WindowedQuantity(StrictModel):
    """The keys that targets and candidates share: an expression over outputs, and its month or window.

    Attributes:
        expression: see `Expression`; flows are summed and stocks averaged over the window.
        month, window: exactly one of a single month, YYYY-MM, and a first and last month.
    """

    expression: str
    month: str | None = None
    window: list[str] | None = Field(default=None, min_length=2, max_length=2)

    def check_window(self, last: str, problem: str) -> None:
        """Check that the months are given once, in order, and no later than `last`.

        Raises:
            InputError: they are not; `problem` is the message for a month out of range.
        """
        if (self.month is None) == (self.window is None):
            raise InputError("needs a month, or a window of two", allowed="one of month, window")
        for month in (self.month, *(self.window or [])):
            number = parse_month(START if month is None else month)
            if not parse_month(START) <= number <= parse_month(last):
                raise InputError(problem, given=month, allowed=f"{START} to {last}")
        if self.window is not None and self.window[1] < self.window[0]:
            raise InputError("the window ends before it begins", key="window", given=" to ".join(self.window))

    def months(self) -> tuple[int, int]:
        """Return the numbers of the first and last month."""
        first, last = (self.month, self.month) if self.window is None else self.window
        return parse_month(str(first)), parse_month(str(last))


class _TargetEntry(WindowedQuantity):
    name: str = Field(pattern=r"[a-z][a-z0-9_]*")
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
    def _check(self) -> _TargetEntry:
        self.check_window(END, "outside the history")
        if self.shape == "normal" and (self.value is None or not math.isfinite(self.value)):
            raise InputError('a normal target needs its "value"', key="value")
        if self.shape == "interval" and (self.low is None or self.high is None or not self.low < self.high):
            raise InputError('an interval needs "low" below "high"', key="low")
        return self


class _File(StrictModel):
    target: list[_TargetEntry] = Field(min_length=1, max_length=200)


@dataclass(frozen=True)
class Target:
    """An observed quantity that the model is calibrated to or compared with.

    Attributes:
        name: unique within its file.
        expression: over outputs; flows are summed and stocks averaged over the window.
        first, last: numbers of the window's first and last month; equal for a single month.
        low, high: ends of the target interval; equal for a single value.
        tolerance: standard deviation around the value, or beyond the ends of the interval.
        status, source: how the quantity is known.
        local: whether it was observed in this district.
        fit: whether the calibration fits it; otherwise it is only compared with the model's prediction.
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

    def predict(self, outputs: Mapping[str, float]) -> float:
        """Compute the quantity from a run's outputs over windows, by `output_key`."""
        return evaluate_over_window(self.expression, self.first, self.last, outputs)

    def excess(self, predicted: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how far predictions lie from the value, or outside the interval, in the target's unit."""
        return np.maximum(self.low - predicted, 0.0) + np.maximum(predicted - self.high, 0.0)

    def distance(self, predicted: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how far predictions lie from the value, or outside the interval, in tolerances."""
        return np.asarray(self.excess(predicted) / self.tolerance)

    def log_likelihood(self, predicted: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return log-likelihoods of predictions: 0 at the value or in the interval, normal outside, -inf for NaN."""
        return np.where(np.isnan(predicted), -np.inf, -0.5 * self.distance(predicted) ** 2)


def evaluate_over_window(expression: Expression, first: int, last: int, outputs: Mapping[str, float]) -> float:
    """Evaluate an expression on outputs over a window of months.

    Args:
        expression: over outputs.
        first, last: numbers of the window's months.
        outputs: by `output_key`.
    """
    return expression({name: outputs[output_key(first, last, name)] for name in expression.names})


def read_targets(file: Path) -> list[Target]:
    """Read the targets of a file.

    Raises:
        InputError: a target has no source, an unknown expression or a tolerance of 0, two have the same name, or none
            is to be fitted.
    """
    targets: list[Target] = []
    for number, entry in enumerate(parse_model(_File, read_toml(file), file=file).target, 1):
        try:
            expression = Expression(entry.expression, OUTPUTS)
        except InputError as error:
            raise error.within(file=file, key=f"target {number}, expression") from None
        if entry.name in [target.name for target in targets]:
            raise InputError(
                "two targets have the same name", file=file, key=f"target {number}, name", given=entry.name
            )
        low, high = (entry.low, entry.high) if entry.shape == "interval" else (entry.value, entry.value)
        targets.append(
            Target(
                entry.name,
                expression,
                *entry.months(),
                float(math.nan if low is None else low),
                float(math.nan if high is None else high),
                entry.tolerance,
                entry.status,
                entry.source,
                entry.local,
                entry.fit,
            )
        )
    if not any(target.fit for target in targets):
        raise InputError("no target is to be fitted", file=file, allowed="at least one without fit = false")
    return targets


def count_targets(file: Path) -> int:
    """Count the targets of a file, for `takeup check`.

    Raises:
        InputError: the file is wrong.
    """
    return len(read_targets(file))


def contradictory_pairs(targets: list[Target]) -> list[tuple[Target, Target]]:
    """Find pairs of fitted targets that ask for different values of one expression at one time."""
    return [
        (one, other)
        for one, other in combinations([target for target in targets if target.fit], 2)
        if (one.expression.text, one.first, one.last) == (other.expression.text, other.first, other.last)
        and max(one.low - other.high, other.low - one.high)
        > _MAX_DISTANCE * float(np.hypot(one.tolerance, other.tolerance))
    ]


def infeasible_targets(targets: list[Target], predicted: NDArray[np.float64]) -> list[tuple[Target, float]]:
    """Find fitted targets that no evaluation meets, each with the nearest prediction.

    Args:
        targets: T of them.
        predicted: (N, T) predictions; NaN where an evaluation failed.
    """
    infeasible = []
    for column, target in enumerate(targets):
        known = predicted[~np.isnan(predicted[:, column]), column]
        if target.fit and len(known):
            distance = target.distance(known)
            if distance.min() > _MAX_DISTANCE:
                infeasible.append((target, float(known[distance.argmin()])))
    return infeasible


def jointly_infeasible_pairs(targets: list[Target], predicted: NDArray[np.float64]) -> list[tuple[Target, Target]]:
    """Find pairs of fitted targets that some evaluation meets separately, but none meets together.

    Args:
        targets: T of them.
        predicted: (N, T) predictions; NaN where an evaluation failed.
    """
    distances = {
        target.name: target.distance(predicted[:, column]) for column, target in enumerate(targets) if target.fit
    }
    met = [
        target
        for target in targets
        if target.fit and np.nanmin(distances[target.name], initial=np.inf) <= _MAX_DISTANCE
    ]
    return [
        (one, other)
        for one, other in combinations(met, 2)
        if np.nanmin(np.maximum(distances[one.name], distances[other.name]), initial=np.inf) > _MAX_DISTANCE
    ]
