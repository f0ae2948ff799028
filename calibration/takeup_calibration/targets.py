"""Calibration targets: observed quantities that the model's outputs must meet."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Iterable, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any, ClassVar, Final, Literal, Self

from pydantic import Field, GetCoreSchemaHandler, model_validator
from pydantic_core import CoreSchema, core_schema

from takeup.district.parameters import Status
from takeup.errors import InputError
from takeup.io import StrictModel, parse_model, read_toml
from takeup.limits import check_names
from takeup.message import Message
from takeup.months import END, START, format_month, parse_month
from takeup.simulation import COLUMNS
from takeup.simulation.state import FLOWS
from takeup_calibration.observations import Observation, are_contradictory

EXTRA_STOCKS: Final = {
    "stay_under_1": "residents for less than one year",
    "stay_1_to_3": "residents for one to under three years",
    "stay_3_to_5": "residents for three to under five years",
    "stay_5_to_10": "residents for five to under ten years",
    "stay_10_and_more": "residents for ten years or more",
    "resident_half_year": "residents for six months or more",
    "registered_under_1": "persons registered without a break for less than 12 months",
    "registered_5_years": "persons registered without a break for 60 months or more",
}
EXTRA_FLOWS: Final = {
    "due_entitled": "eligible permit holders whose annual endorsement was due in the month",
    "lost_entitled": "eligible permit holders whose permit lapsed in the month",
}
OUTPUTS: Final = {
    name: meaning for name, meaning in {**COLUMNS, **EXTRA_STOCKS, **EXTRA_FLOWS}.items() if name != "month"
}
"""Outputs that an expression may contain, with their meanings: the columns of the monthly table, and the extra stocks
and flows.
"""
FLOW_OUTPUTS: Final = frozenset({*(FLOWS.names or ()), *EXTRA_FLOWS, "cost_cny"})
"""Outputs that count events of a month; they are summed over a window. All others are stocks, which are averaged."""

_MAX_EXPRESSION_LENGTH: Final = 500
_OPERATIONS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def output_key(first: int, last: int, name: str) -> str:
    """Return the key of an output in a window: first month, last month, name."""
    return f"{format_month(first)} {format_month(last)} {name}"


class Expression:
    """An arithmetic expression over outputs, such as "valid / population".

    It may contain names, numbers, + - * / and parentheses. Nothing else is accepted, because a file of targets must
    not be able to run code.

    Args:
        text: text of the expression.
        names: names of the outputs that the expression may contain.

    Raises:
        InputError: the text is not such an expression, or contains the name of an unknown output.
    """

    def __init__(self, text: str, names: Iterable[str] = OUTPUTS) -> None:
        self.text = text
        known = set(names)
        try:
            if len(text) > _MAX_EXPRESSION_LENGTH:
                raise InputError(
                    "the expression is too long",
                    given=Message("{number} characters", number=len(text)),
                    allowed=Message("at most {number} characters", number=_MAX_EXPRESSION_LENGTH),
                )
            self._tree = ast.parse(text, mode="eval").body
            self.names = set(self._names_in(self._tree))
        except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as error:
            if isinstance(error, InputError):
                raise
            raise self._syntax_error() from None
        for name in sorted(self.names - known):
            raise InputError(
                "unknown output",
                given=name,
                allowed="a column of the monthly table, or an extra output of docs/calibration.md",
                nearest=known,
            )

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        """Make pydantic convert strings into expressions."""
        return core_schema.no_info_after_validator_function(cls, core_schema.str_schema())

    def __call__(self, values: Mapping[str, float]) -> float:
        """Evaluate the expression for values by name; a division by 0 gives NaN."""
        try:
            return self._value(self._tree, values)
        except ZeroDivisionError:
            return float("nan")

    def _syntax_error(self) -> InputError:
        return InputError(
            "the text is not an arithmetic expression", given=self.text, allowed="names, numbers, + - * / and ( )"
        )

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
        raise self._syntax_error()

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


class Quantity(StrictModel):
    """A quantity computed from a run's outputs in a month or a window of months.

    Attributes:
        name: name of the quantity, unique within its file.
        expression: expression over outputs; flows are summed and stocks averaged over the window.
        month: the month, YYYY-MM; None if there is a window.
        window: first and last month; None if there is a single month.
        status: kind of evidence, such as "derived" or "assumed".
        source: source of the value, as text.
    """

    latest: ClassVar[str] = END
    """Last month that the quantity may depend on, YYYY-MM."""
    out_of_range: ClassVar[Message] = Message("the month is outside the simulated period")
    """Error message for a month out of range."""

    name: str = Field(pattern=r"[a-z][a-z0-9_]*")
    expression: Expression
    month: str | None = None
    window: list[str] | None = Field(default=None, min_length=2, max_length=2)
    status: Status
    source: str = Field(min_length=1)

    @model_validator(mode="after")
    def _check_months(self) -> Self:
        """Check that there is either a month or a window, in order and within range."""
        if (self.month is None) == (self.window is None):
            raise InputError(
                'the table has neither "month" nor "window"'
                if self.month is None
                else 'the table has both "month" and "window"',
                allowed="exactly one of month and window",
            )
        self._check_window(self._ends, "window")
        return self

    def _check_window(self, ends: list[str], key: str) -> None:
        """Check that the first and last month of a window are in order and within range."""
        for month in ends:
            if not parse_month(START) <= parse_month(month) <= parse_month(self.latest):
                raise InputError(
                    self.out_of_range,
                    given=month,
                    allowed=Message("{first} to {last}", first=START, last=self.latest),
                )
        if parse_month(ends[1]) < parse_month(ends[0]):
            raise InputError(
                "the window ends before it begins",
                key=key,
                given=Message("{first} to {last}", first=ends[0], last=ends[1]),
                allowed="the first month, then the last month",
            )

    @property
    def _ends(self) -> list[str]:
        return [str(self.month)] * 2 if self.window is None else self.window

    @property
    def months(self) -> list[str]:
        """The month, or the first and last month of the window, YYYY-MM."""
        return self._ends if self._ends[0] != self._ends[1] else self._ends[:1]

    @property
    def first(self) -> int:
        """First month of the window, as a number of `parse_month`."""
        return parse_month(self._ends[0])

    @property
    def last(self) -> int:
        """Last month of the window, as a number of `parse_month`."""
        return parse_month(self._ends[1])

    @property
    def windows(self) -> list[tuple[int, int]]:
        """First and last months of all windows on which the quantity depends."""
        return [(self.first, self.last)]

    def predict(self, outputs: Mapping[str, float]) -> float:
        """Compute the quantity from outputs by `output_key`; a division by 0 gives NaN."""
        return self.expression(
            {name: outputs[output_key(self.first, self.last, name)] for name in self.expression.names}
        )


class Target(Quantity, Observation):
    """An observed quantity that the model is calibrated to or compared with.

    Attributes:
        shape: "normal" for a single value, or "interval".
        value: observed value; None for an interval.
        relative_to: first and last month of an earlier or later window, YYYY-MM. The quantity is then the ratio of
            the expression in its own months to that in this window, with flows per month in both. None: no ratio.
        if_above, if_below: most likely reason if the model predicts more, or less; a judgement.
    """

    kind: ClassVar[str] = "target"
    remedy: ClassVar[Message] = Message("choose other months or outputs")

    shape: Literal["normal", "interval"] = "normal"
    value: float | None = None
    relative_to: list[str] | None = Field(default=None, min_length=2, max_length=2)
    if_above: str | None = None
    if_below: str | None = None

    @model_validator(mode="after")
    def _check_reference(self) -> Self:
        """Check the months of the window to which the quantity is relative."""
        if self.relative_to is not None:
            self._check_window(self.relative_to, "relative_to")
        return self

    @model_validator(mode="after")
    def _check_value_or_interval(self) -> Self:
        """Check the value or the interval; a value is also stored as an interval."""
        if self.shape == "normal":
            if self.value is None or not math.isfinite(self.value):
                raise InputError(
                    'a target of shape "normal" requires a finite "value"',
                    key="value",
                    given=self.value,
                    allowed="a finite number",
                )
            self.__dict__.update(low=self.value, high=self.value)  # a frozen model does not allow assignment
        elif not self.low < self.high:
            raise InputError(
                'a target of shape "interval" requires "low" below "high"',
                key="low",
                given=f"low = {self.low:g}, high = {self.high:g}",
                allowed="two numbers, low < high",
            )
        return self

    @property
    def place(self) -> str:
        """The target in error messages, with its months."""
        return f"{super().place}, expression in {' to '.join(self.months)}"

    @property
    def windows(self) -> list[tuple[int, int]]:
        """First and last months of all windows on which the quantity depends."""
        if self.relative_to is None:
            return super().windows
        first, last = (parse_month(month) for month in self.relative_to)
        return [*super().windows, (first, last)]

    def predict(self, outputs: Mapping[str, float]) -> float:
        """Compute the quantity from outputs by `output_key`; a division by 0 gives NaN."""
        if self.relative_to is None:
            return super().predict(outputs)
        own, reference = (self._per_month(outputs, first, last) for first, last in self.windows)
        return own / reference if reference else math.nan

    def _per_month(self, outputs: Mapping[str, float], first: int, last: int) -> float:
        """Compute the expression in a window, with flows per month."""
        months = last - first + 1
        return self.expression(
            {
                name: outputs[output_key(first, last, name)] / (months if name in FLOW_OUTPUTS else 1)
                for name in self.expression.names
            }
        )

    def predict_from(self, output: Mapping[str, Mapping[str, float]]) -> float:
        """Compute the target from an evaluation's output; a division by 0 gives NaN."""
        return self.predict(output["windows"])


class _File(StrictModel):
    extends: str | None = None
    target: list[Target] = Field(min_length=1, max_length=200)


def read_targets(file: Path) -> list[Target]:
    """Read the targets of a file, and those of the file that it extends.

    A target replaces the one of the same name in the extended file. Other targets are added at the end.

    Raises:
        InputError: a target is invalid, for example without a source, two targets of a file have the same name, every
            target has `fit = false`, or the extended file is not beside this one or extends another file.
    """
    written = _read_file(file)
    extended = [] if written.extends is None else _extended_targets(file, written.extends)
    targets = list({each.name: each for each in (*extended, *written.target)}.values())
    if not any(target.fit for target in targets):
        raise InputError(
            "every target has fit = false",
            file=file,
            allowed="at least one target with fit = true (the default)",
        )
    return targets


def _read_file(file: Path) -> _File:
    """Read a file of targets without the file that it extends."""
    written = parse_model(_File, read_toml(file), file=file)
    check_names([each.name for each in written.target], "target", file=file)
    return written


def _extended_targets(file: Path, name: str) -> list[Target]:
    """Read the targets of the file with this name in the folder of the file that extends it."""
    beside = sorted(path.name for path in file.parent.glob("*.toml") if path.name != file.name)
    if name not in beside:
        raise InputError(
            "there is no such file to extend", file=file, key="extends", given=name, allowed=beside, nearest=beside
        )
    written = _read_file(file.parent / name)
    if written.extends is not None:
        raise InputError(
            "the extended file extends another file itself",
            file=file,
            key="extends",
            given=Message("{name}, which extends {file}", name=name, file=written.extends),
            allowed="a file without the key extends",
        )
    return written.target


def count_targets(file: Path) -> int:
    """Count the targets of a file, for `takeup check`.

    Raises:
        InputError: the file is invalid, see `read_targets`.
    """
    return len(read_targets(file))


def contradictory_pairs(targets: list[Target]) -> list[tuple[Target, Target]]:
    """Find pairs of fitted targets that give different values for the same quantity."""
    return [
        (one, other)
        for one, other in combinations([target for target in targets if target.fit], 2)
        if (one.expression.text, one.windows) == (other.expression.text, other.windows)
        and are_contradictory(one, other)
    ]
