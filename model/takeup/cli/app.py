"""The group of commands, which are imported on demand, and the exit codes.

0: success; 1: the command ran but something failed; 2: wrong input; 130: interrupted.
"""

from __future__ import annotations

import ast
import sys
from functools import cached_property
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

from takeup.cli import ended_by_ctrl_c
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
        simulates: whether the command runs the model, and its module therefore imports Mesa.
    """

    def __init__(self, entry: EntryPoint, *, simulates: bool) -> None:
        self._entry, self._simulates = entry, simulates
        super().__init__(entry.name)

    @cached_property
    def command(self) -> Any:
        """The command itself.

        Raises:
            InputError: a library that the module needs is not installed.
        """
        app = typer.Typer(add_completion=False)
        try:
            with ended_by_ctrl_c():
                if self._simulates:
                    # Mesa inspects the call stack when it is imported. Below the nested imports of the command's
                    # module this takes half a second, here a tenth.
                    import_module("mesa")
                app.command(name=self._entry.name)(self._entry.load())
        except ModuleNotFoundError as error:
            if not self._entry.extras:
                raise
            raise InputError(
                f"takeup {self._entry.name} requires the library {error.name}, which is not installed; to install "
                f"it: {install_hint(self._entry.extras[0])}"
            ) from None
        return typer.main.get_command(app)

    @property
    def short_help(self) -> str:
        """First line of the function's docstring, which is read only for the list of commands."""
        return _read_summary(self._entry)

    @short_help.setter
    def short_help(self, text: str | None) -> None:
        """Ignore the text that the base class sets."""

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


def _own(name: str, function: str, *, simulates: bool = False) -> LazyCommand:
    return LazyCommand(EntryPoint(name, f"takeup.cli.{function}", _GROUP), simulates=simulates)


def _added() -> list[LazyCommand]:
    entries = sorted(entry_points(group=_GROUP), key=lambda entry: entry.name)
    return [LazyCommand(entry, simulates=True) for entry in entries]


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
        _own("demo", "demo:demo", simulates=True),
        _own("run", "run:run", simulates=True),
        _own("compare", "compare:compare", simulates=True),
        _own("trial", "trial:trial", simulates=True),
        _own("why", "why:why", simulates=True),
        _own("plan", "plan:plan", simulates=True),
        _own("dashboard", "dashboard:dashboard", simulates=True),
        _own("validate", "validate:validate", simulates=True),
        _own("stress", "stress:stress", simulates=True),
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
