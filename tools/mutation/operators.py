"""Mutants of a module: copies of its syntax tree with one small change each."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

_OPERATORS: Final[dict[type[ast.AST], type[ast.AST]]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitAnd,
    ast.LShift: ast.RShift, ast.RShift: ast.LShift, ast.And: ast.Or, ast.Or: ast.And, ast.USub: ast.UAdd,
}  # fmt: skip
_FUNCTIONS: Final = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True)
class Mutant:
    """A module with one change.

    Attributes:
        line: line of the change.
        change: code before and after the change.
        tree: syntax tree of the changed module.
    """

    line: int
    change: str
    tree: ast.Module


def mutants(source: str, within: tuple[str, ...] = ()) -> Iterator[Mutant]:
    """Yield every mutant of a module, or of the named functions and classes.

    Docstrings, annotations and the texts of messages are not changed.
    """
    whole = ast.parse(source)
    number = 0
    while True:
        tree = deepcopy(whole)
        changer = _Changer(number, within)
        changer.visit(tree)
        if changer.description is None:
            return
        yield Mutant(changer.line, changer.description, ast.fix_missing_locations(tree))
        number += 1


class _Changer(ast.NodeTransformer):
    """A transformer that makes the change with a given number and describes it."""

    def __init__(self, wanted: int, within: tuple[str, ...]) -> None:
        self.wanted, self.within, self.count = wanted, within, 0
        self.line = 0
        self.description: str | None = None
        self._inside = 0 if within else 1

    def visit(self, node: ast.AST) -> Any:
        named = isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in self.within
        self._inside += named
        before = ast.unparse(node) if self._inside and isinstance(node, ast.expr | ast.stmt) else ""
        if self._inside and self.description is None:
            changed = self._change(node)
            if changed is not None:
                self.line = getattr(node, "lineno", 0)
                self.description = f"{before.splitlines()[0]}  ->  {ast.unparse(changed).splitlines()[0]}"
                return ast.copy_location(changed, node)
        result = node if isinstance(node, ast.arguments) else self.generic_visit(node)
        self._inside -= named
        return result

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AnnAssign:
        if node.value is not None:
            node.value = self.visit(node.value)
        return node

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.AnnAssign):
            return self.visit_AnnAssign(node)
        if isinstance(node, ast.FunctionDef):
            node.body = [self.visit(each) for each in node.body]
            return node
        return super().generic_visit(node)

    def _is_it(self) -> bool:
        self.count += 1
        return self.count - 1 == self.wanted

    def _change(self, node: ast.AST) -> Any:
        """Return the changed node if it is the wanted change, else None; a node may have several changes."""
        for changed in _changes(node):
            if self._is_it():
                return changed
        return None


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    copy: Any = deepcopy(node)
    match node:
        case ast.BinOp(op=op) | ast.BoolOp(op=op) | ast.AugAssign(op=op) if type(op) in _OPERATORS:
            copy.op = _OPERATORS[type(op)]()
            yield copy
        case ast.UnaryOp(op=ast.Not()):
            yield copy.operand
        case ast.UnaryOp(op=ast.USub(), operand=operand) if not isinstance(operand, ast.Constant):
            yield copy.operand
        case ast.Compare(ops=ops):
            for place, comparison in enumerate(ops):
                if type(comparison) in _OPERATORS:
                    one: Any = deepcopy(node)
                    one.ops[place] = _OPERATORS[type(comparison)]()
                    yield one
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value) | float(value)):
            yield ast.Constant(value + 1)
        case ast.IfExp():
            copy.body, copy.orelse = copy.orelse, copy.body
            yield copy
        case ast.If() | ast.While():
            copy.test = ast.UnaryOp(ast.Not(), copy.test)
            yield copy
        case ast.Call(func=ast.Name(id=name)) if name in _FUNCTIONS:
            copy.func.id = _FUNCTIONS[name]
            yield copy
        case ast.Raise() | ast.AugAssign() | ast.Expr(value=ast.Call()):
            yield ast.Pass()
