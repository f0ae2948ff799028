"""The group of commands, which are imported on demand, and the exit codes.

0: success; 1: the command ran but something failed; 2: wrong input; 130: interrupted.
"""

from __future__ import annotations

import ast
import inspect
import os
import sys
from collections.abc import Callable
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

import takeup
from takeup.cli import ended_by_ctrl_c
from takeup.console.language import choose_language, requested_code
from takeup.errors import InputError, RunError, install_hint
from takeup.report import LANGUAGES
from takeup.text import Translate, fill_in

FAILED, WRONG_INPUT, INTERRUPTED = 1, 2, 130
_GROUP: Final = "takeup.commands"
"""Entry points by which other packages add commands."""
_EXAMPLE: Final = "Example:"
"""First word of the last paragraph of a command's docstring."""
_SIMULATE, _INSPECT, _WRITE = "Simulate policies", "Look up and check", "Write new files"
_ASSESS: Final = "Calibrate and assess the model"
"""Groups of commands in the list of commands."""


def _present(parameters: list[Any]) -> list[Any]:
    """Omit the type of flags from the help, and list --help, which is last, beside the option before it."""
    for parameter in parameters:
        if isinstance(parameter, TyperOption) and parameter.is_flag:
            parameter.metavar = ""
    *others, last = parameters
    if others and isinstance(others[-1], TyperOption):
        last.rich_help_panel = others[-1].rich_help_panel
    return parameters


class _Command(TyperCommand):
    """A command with the help of this program."""

    def get_params(self, ctx: Any) -> list[Any]:
        return _present(super().get_params(ctx))


class _Group(TyperGroup):
    """A group of commands with the help of this program."""

    def get_params(self, ctx: Any) -> list[Any]:
        return _present(super().get_params(ctx))


class LazyCommand(TyperCommand):
    """A command that is imported on demand.

    The list of commands shows the first line of the function's docstring, which is read from the source. The module
    is imported when the command runs or when its own help is shown.

    Args:
        entry: entry point of the function; its extra, if any, installs the libraries that the module needs.
        panel: group of the command in the list of commands.
    """

    def __init__(self, entry: EntryPoint, *, panel: str | None = None) -> None:
        self._entry = entry
        super().__init__(entry.name, rich_help_panel=panel)

    @cached_property
    def command(self) -> Any:
        """The command itself.

        Raises:
            InputError: a library that the module needs is not installed.
        """
        app = typer.Typer(add_completion=False)
        try:
            with ended_by_ctrl_c():
                function = self._entry.load()
        except ModuleNotFoundError as error:
            if not self._entry.extras:
                raise
            raise InputError(
                f"takeup {self._entry.name} requires the library {error.name}, which is not installed; to install "
                f"it: {install_hint(self._entry.extras[0])}"
            ) from None
        text, example = _read_help(function)
        app.command(name=self._entry.name, cls=_Command, help=text, epilog=example)(function)
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


def _read_help(function: Callable[..., Any]) -> tuple[str, str | None]:
    """Read the help and the example of a command from its docstring, with one line per paragraph."""
    *text, last = [" ".join(each.split()) for each in (inspect.getdoc(function) or "").split("\n\n")]
    return ("\n\n".join(text), last) if last.startswith(_EXAMPLE) else ("\n\n".join([*text, last]), None)


def _own(name: str, function: str, panel: str | None = None) -> LazyCommand:
    return LazyCommand(EntryPoint(name, f"takeup.cli.{function}", _GROUP), panel=panel)


def _added() -> list[LazyCommand]:
    entries = sorted(entry_points(group=_GROUP), key=lambda entry: entry.name)
    return [LazyCommand(entry, panel=_ASSESS) for entry in entries]


def _print_version(is_given: bool) -> None:
    """Print name and version, and exit, if the option --version is given."""
    if is_given:
        typer.echo(f"takeup {takeup.__version__}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_print_version, help="Print name and version and exit."),
    ] = False,
) -> None:
    """Declare the options of `takeup` itself."""


def _parameters_of(function: Callable[..., None]) -> list[Any]:
    """Return the options that a function declares."""
    declared = typer.Typer(add_completion=False)
    declared.callback()(function)
    return typer.main.get_group(declared).params


_scenario = _Group(
    name="scenario",
    help="Write a new scenario file, or print the schema of scenario files.",
    epilog=f"{_EXAMPLE} takeup scenario new evening_hours",
    rich_help_panel=_WRITE,
    no_args_is_help=True,
    commands=[_own("new", "new:new_scenario"), _own("schema", "new:print_schema")],
)
_district = _Group(
    name="district",
    help="Write a new district's folder: from the template, from survey records, or invented.",
    epilog=f"{_EXAMPLE} takeup district new panyu",
    rich_help_panel=_WRITE,
    no_args_is_help=True,
    commands=[
        _own("new", "new:new_district"),
        _own("from-table", "district:from_table"),
        _own("synthesise", "district:synthesise"),
    ],
)
app = _Group(
    help="Simulate who takes up a residence permit (居住证), and what would change it.",
    epilog=f"{_EXAMPLE} takeup demo",
    params=_parameters_of(_options),
    no_args_is_help=True,
    commands=[
        _own("demo", "demo:demo", _SIMULATE),
        _own("run", "run:run", _SIMULATE),
        _own("compare", "compare:compare", _SIMULATE),
        _own("trial", "trial:trial", _SIMULATE),
        _own("why", "why:why", _SIMULATE),
        _own("plan", "plan:plan", _SIMULATE),
        _own("dashboard", "dashboard:dashboard", _SIMULATE),
        _own("check", "check:check", _INSPECT),
        _own("list", "explain:list_names", _INSPECT),
        _own("measures", "measures:measures", _INSPECT),
        _own("explain", "explain:explain", _INSPECT),
        _own("parameters", "explain:parameters", _INSPECT),
        _scenario,
        _district,
        _own("validate", "validate:validate", _ASSESS),
        _own("stress", "stress:stress", _ASSESS),
        *_added(),
    ],
)


def main(arguments: list[str] | None = None) -> None:
    """Run the command and exit."""
    sys.exit(exit_code_of(arguments))


def exit_code_of(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    try:
        code: int = app(arguments, standalone_mode=False) or 0
        return _report_interrupt(arguments) if code == INTERRUPTED else code
    except InputError as error:
        return _report(error.sentence(_language(arguments)), WRONG_INPUT)
    except (KeyboardInterrupt, typer.Abort):
        return _report_interrupt(arguments)
    except typer.TyperException as error:  # wrong usage: an unknown option, a missing argument
        message = getattr(error, "format_message", error.__str__)()
        if not message:  # a group of commands without a command, whose help typer has printed
            return WRONG_INPUT
        translate = _language(arguments)
        return _report(translate("{problem}; see takeup --help", problem=message.rstrip(".")), WRONG_INPUT)
    except RunError as error:
        return _report(str(error), FAILED)


def _language(arguments: list[str] | None) -> Translate:
    """Return the language of messages about a command line; its options may not be known."""
    code = requested_code(sys.argv[1:] if arguments is None else arguments, os.environ)
    return fill_in if code == LANGUAGES[0] else choose_language(code)


def _report_interrupt(arguments: list[str] | None) -> int:
    translate = _language(arguments)
    return _report(translate("interrupted"), INTERRUPTED)


def _report(message: str, code: int) -> int:
    typer.echo(f"takeup: {message}", err=True)
    return code
