"""The group of commands, which are imported on demand, and the exit codes.

0: success; 1: the command ran but something failed; 2: wrong input; 130: interrupted.
"""

from __future__ import annotations

import ast
import sys
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

from takeup.errors import InputError, RunError, install_hint

FAILED, WRONG_INPUT, INTERRUPTED = 1, 2, 130
_GROUP: Final = "takeup.commands"
"""Entry points by which other packages add commands."""


class LazyCommand(TyperCommand):
    """A command that is imported on demand.

    The list of commands shows the first line of the function's docstring, which is read from the source. The module
    is imported when the command runs or when its own help is shown.

    Args:
        entry: entry point of the function; its extra, if any, installs the libraries that the module needs.
    """

    def __init__(self, entry: EntryPoint) -> None:
        self._entry = entry
        super().__init__(entry.name, help=_read_summary(entry))

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
            raise InputError(
                f"takeup {self._entry.name} requires the library {error.name}, which is not installed; to install "
                f"it: {install_hint(self._entry.extras[0])}"
            ) from None
        return typer.main.get_command(app)

    def make_context(self, *arguments: Any, **named: Any) -> Any:
        """Parse the arguments and return the context of the imported command."""
        return self.command.make_context(*arguments, **named)


def _read_summary(entry: EntryPoint) -> str:
    """Read the first line of a function's docstring without importing its module."""
    spec = find_spec(entry.module)
    if spec is None or spec.origin is None:
        return ""
    for node in ast.parse(Path(spec.origin).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name == entry.attr:
            return (ast.get_docstring(node) or "").partition("\n")[0]
    return ""


def _own(name: str, function: str) -> LazyCommand:
    return LazyCommand(EntryPoint(name, f"takeup.cli.{function}", _GROUP))


def _added() -> list[LazyCommand]:
    return [LazyCommand(entry) for entry in sorted(entry_points(group=_GROUP), key=lambda entry: entry.name)]


_scenario = TyperGroup(
    name="scenario",
    help="Write a new scenario file, or print the schema of scenario files.",
    no_args_is_help=True,
    commands=[_own("new", "new:new_scenario"), _own("schema", "new:print_schema")],
)
_district = TyperGroup(
    name="district",
    help="Write a new district's folder: from the template, from survey records, or invented.",
    no_args_is_help=True,
    commands=[
        _own("new", "new:new_district"),
        _own("from-table", "district:from_table"),
        _own("synthesise", "district:synthesise"),
    ],
)
app = TyperGroup(
    help="Simulate who takes up a residence permit (居住证), and what would change it.",
    no_args_is_help=True,
    commands=[
        _own("demo", "demo:demo"),
        _own("run", "run:run"),
        _own("compare", "compare:compare"),
        _own("trial", "trial:trial"),
        _own("why", "why:why"),
        _own("plan", "plan:plan"),
        _own("dashboard", "dashboard:dashboard"),
        _own("validate", "validate:validate"),
        _own("stress", "stress:stress"),
        _own("check", "check:check"),
        _own("list", "explain:list_names"),
        _own("explain", "explain:explain"),
        _own("parameters", "explain:parameters"),
        *_added(),
        _scenario,
        _district,
    ],
)


def main(arguments: list[str] | None = None) -> None:
    """Run the command and exit."""
    sys.exit(exit_code_of(arguments))


def exit_code_of(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    try:
        code: int = app(arguments, standalone_mode=False) or 0
        return _report("interrupted", INTERRUPTED) if code == INTERRUPTED else code
    except InputError as error:
        return _report(str(error), WRONG_INPUT)
    except (KeyboardInterrupt, typer.Abort):
        return _report("interrupted", INTERRUPTED)
    except typer.TyperException as error:  # wrong usage: an unknown option, a missing argument
        message = getattr(error, "format_message", error.__str__)()
        return _report(f"{message.rstrip('.')}; see takeup --help", WRONG_INPUT)
    except RunError as error:
        return _report(str(error), FAILED)


def _report(message: str, code: int) -> int:
    typer.echo(f"takeup: {message}", err=True)
    return code
