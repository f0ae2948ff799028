"""Commands whose module is imported only when they run or when their help is shown."""

from __future__ import annotations

import ast
from functools import cached_property
from importlib.metadata import EntryPoint
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand

from takeup.errors import InputError, install_hint


class LazyCommand(TyperCommand):
    """A command that is imported on demand.

    The list of commands shows the first line of the function's docstring, which is read from the source. The module
    is imported when the command runs or when its own help is shown.

    Args:
        entry: Names the function. Its extra, if any, is the one that installs the libraries of the module.
    """

    def __init__(self, entry: EntryPoint) -> None:
        self._entry = entry
        super().__init__(entry.name, help=_read_summary(entry))

    @cached_property
    def command(self) -> Any:
        """The command itself.

        Raises:
            InputError: A library that the module needs is not installed.
        """
        app = typer.Typer(add_completion=False)
        try:
            app.command(name=self._entry.name)(self._entry.load())
        except ModuleNotFoundError as error:
            if not self._entry.extras:
                raise
            raise InputError(f"needs {error.name}", allowed=install_hint(self._entry.extras[0])) from None
        return typer.main.get_command(app)

    def make_context(self, *arguments: Any, **named: Any) -> Any:
        """Parse the arguments; the context is that of the command itself, which then runs."""
        return self.command.make_context(*arguments, **named)


def _read_summary(entry: EntryPoint) -> str:
    """Read the first line of the docstring of the function from its source, without importing the module."""
    spec = find_spec(entry.module)
    if spec is None or spec.origin is None:
        return ""
    for node in ast.parse(Path(spec.origin).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name == entry.attr:
            return (ast.get_docstring(node) or "").partition("\n")[0]
    return ""
