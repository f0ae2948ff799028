"""Commands of other packages, imported only when they run."""

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
    """A command that an entry point names.

    The list of commands shows the first line of the function's docstring, which is read from the source. The module
    is imported when the command runs or when its own help is shown.

    Args:
        entry: names the function; an extra of it is the one that installs what the module imports.
    """

    def __init__(self, entry: EntryPoint) -> None:
        self._entry = entry
        super().__init__(entry.name, help=_summary(entry))

    @cached_property
    def command(self) -> Any:
        """The command itself.

        Raises:
            InputError: a library that the module needs is not installed.
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


def _summary(entry: EntryPoint) -> str:
    """Read the first line of the docstring of the function from its source, without importing the module."""
    spec = find_spec(entry.module)
    if spec is None or spec.origin is None:
        return ""
    for node in ast.parse(Path(spec.origin).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name == entry.attr:
            return (ast.get_docstring(node) or "").partition("\n")[0]
    return ""
