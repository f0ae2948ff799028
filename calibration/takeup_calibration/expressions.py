"""Expressions over the model's outputs: names, numbers, + - * / and parentheses; nothing that could run anything."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from takeup.errors import InputError

_LONGEST = 500
_OPERATIONS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


class Expression:
    """An expression such as "valid / population".

    Args:
        text: as written.
        names: what may stand in it.

    Raises:
        InputError: it is no such expression.
    """

    def __init__(self, text: str, names: Iterable[str]) -> None:
        self.text = text
        known = set(names)
        try:
            if len(text) > _LONGEST:
                raise SyntaxError("too long")
            self._tree = ast.parse(text, mode="eval").body
            self.names = set(self._found(self._tree))
        except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError("not an expression", given=text, allowed="names, numbers, + - * / and ( )") from None
        for name in sorted(self.names - known):
            raise InputError("unknown output", given=name, allowed="the columns of the monthly table", nearest=known)

    def __call__(self, values: Mapping[str, float]) -> float:
        """The value of the expression; NaN where something is divided by 0."""
        try:
            return self._value(self._tree, values)
        except ZeroDivisionError:
            return float("nan")

    def _found(self, node: ast.AST) -> list[str]:
        match node:
            case ast.Name(id=name):
                return [name]
            case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
                float(number)
                return []
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return self._found(inner)
            case ast.BinOp(op=operation, left=left, right=right) if type(operation) in _OPERATIONS:
                return self._found(left) + self._found(right)
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
