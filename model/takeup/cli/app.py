"""The group of commands, which are imported on demand, and the exit codes.

0: success; 1: the command ran but something failed; 2: wrong input; 130: interrupted.
"""

from __future__ import annotations

import ast
import inspect
import os
import sys
from collections.abc import Callable
from functools import cache, cached_property
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Final, cast

import typer
from typer.core import TyperCommand

import takeup
from takeup.cli import ended_by_ctrl_c
from takeup.cli.help import EXAMPLE, Command, Group, apply_language, translate_help
from takeup.cli.usage import usage_problem
from takeup.console.language import HELP, OPTION, choose_language, requested_code
from takeup.errors import InputError, RunError, install_hint
from takeup.message import UNTRANSLATED, Message, Translate, translated
from takeup.report import LANGUAGES
from takeup.report.catalogue import messages_of

FAILED, WRONG_INPUT, INTERRUPTED = 1, 2, 130
_GROUP: Final = "takeup.commands"
"""Entry points by which other packages add commands."""
_SIMULATE, _INSPECT, _WRITE = "Simulate policies", "Look up and check", "Write new files"
_ASSESS: Final = "Calibrate and assess the model"
"""Groups of commands in the list of commands."""


class LazyCommand(TyperCommand):
    """A command that is imported on demand.

    The list of commands shows the first line of the function's docstring, which is read from the source. The module
    is imported when the command runs or when its own help is shown.

    Args:
        entry: entry point of the function; its extra, if any, installs the libraries that the module needs.
        panel: group of the command in the list of commands.
        code: code of the language of the help.
    """

    def __init__(self, entry: EntryPoint, *, panel: str | None = None, code: str = LANGUAGES[0]) -> None:
        self._entry, self._code = entry, code
        shown = None if panel is None else translate_help(panel, messages_of(code))
        super().__init__(entry.name, rich_help_panel=shown)

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
                Message(
                    "takeup {command} requires the library {library}, which is not installed; to install it: "
                    "{installation}",
                    command=self._entry.name,
                    library=error.name,
                    installation=install_hint(self._entry.extras[0]),
                )
            ) from None
        text, example = _read_help(function)
        app.command(name=self._entry.name, cls=Command, help=text, epilog=example)(function)
        return apply_language(typer.main.get_command(app), self._code)

    @property
    def short_help(self) -> str:
        """First line of the function's docstring, which is read only for the list of commands."""
        return translate_help(_read_summary(self._entry), messages_of(self._code))

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
    return ("\n\n".join(text), last) if last.startswith(EXAMPLE) else ("\n\n".join([*text, last]), None)


def _print_version(is_given: bool) -> None:
    """Print name and version, and exit, if the option --version is given."""
    if is_given:
        typer.echo(f"takeup {takeup.__version__}")
        raise typer.Exit


def _store_language(context: typer.Context, code: str | None) -> str | None:
    """Make the option --language before a command the default of the command's own option."""
    context.obj = code
    return code


def _options(
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_print_version, help="Print name and version and exit."),
    ] = False,
    language: Annotated[
        str | None,
        typer.Option(
            OPTION,
            metavar="|".join(LANGUAGES),
            callback=_store_language,
            help=HELP,
        ),
    ] = None,
) -> None:
    """Declare the options of `takeup` itself."""


def _parameters_of(function: Callable[..., None]) -> list[Any]:
    """Return the options that a function declares."""
    declared = typer.Typer(add_completion=False)
    declared.callback()(function)
    return typer.main.get_group(declared).params


@cache
def command_tree(code: str = LANGUAGES[0]) -> Group:
    """Return the command `takeup` with all its commands.

    Args:
        code: code of the language of the help.
    """

    def own(name: str, function: str, panel: str | None = None) -> LazyCommand:
        entry = EntryPoint(name, f"takeup.cli.{function}", _GROUP)
        return LazyCommand(entry, panel=panel, code=code)

    added = sorted(entry_points(group=_GROUP), key=lambda entry: entry.name)
    scenario = Group(
        name="scenario",
        help="Write a new scenario file, or print the schema of scenario files.",
        epilog=f"{EXAMPLE} takeup scenario new evening_hours",
        rich_help_panel=_WRITE,
        no_args_is_help=True,
        commands=[own("new", "new:new_scenario"), own("schema", "new:print_schema")],
    )
    district = Group(
        name="district",
        help="Write a new district's folder: from the template, from survey records, or invented.",
        epilog=f"{EXAMPLE} takeup district new panyu",
        rich_help_panel=_WRITE,
        no_args_is_help=True,
        commands=[
            own("new", "new:new_district"),
            own("from-table", "district:from_table"),
            own("synthesise", "district:synthesise"),
        ],
    )
    whole = Group(
        help="Simulate who takes up a residence permit (居住证), and what would change it.",
        epilog=f"{EXAMPLE} takeup demo",
        params=_parameters_of(_options),
        no_args_is_help=True,
        commands=[
            own("demo", "demo:demo", _SIMULATE),
            own("run", "run:run", _SIMULATE),
            own("compare", "compare:compare", _SIMULATE),
            own("trial", "trial:trial", _SIMULATE),
            own("why", "why:why", _SIMULATE),
            own("plan", "plan:plan", _SIMULATE),
            own("dashboard", "dashboard:dashboard", _SIMULATE),
            own("check", "check:check", _INSPECT),
            own("list", "explain:list_names", _INSPECT),
            own("measures", "measures:measures", _INSPECT),
            own("explain", "explain:explain", _INSPECT),
            own("parameters", "explain:parameters", _INSPECT),
            apply_language(scenario, code),
            apply_language(district, code),
            own("validate", "validate:validate", _ASSESS),
            own("stress", "stress:stress", _ASSESS),
            *(LazyCommand(entry, panel=_ASSESS, code=code) for entry in added),
        ],
    )
    return cast("Group", apply_language(whole, code))


def main(arguments: list[str] | None = None) -> None:
    """Run the command and exit."""
    sys.exit(exit_code_of(arguments))


def exit_code_of(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    try:
        code: int = command_tree(_language_code(arguments))(arguments, standalone_mode=False) or 0
        return _report_interrupt(arguments) if code == INTERRUPTED else code
    except InputError as error:
        return _report(error.sentence(_language(arguments)), WRONG_INPUT)
    except (KeyboardInterrupt, typer.Abort):
        return _report_interrupt(arguments)
    except typer.TyperException as error:  # wrong usage: an unknown option, a missing argument
        problem = usage_problem(error)
        if not problem:  # a group of commands without a command, whose help typer has printed
            return WRONG_INPUT
        message = Message("{problem}; see takeup --help", problem=problem)
        return _report(translated(message, _language(arguments)), WRONG_INPUT)
    except RunError as error:
        return _report(error.sentence(_language(arguments)), FAILED)


def _language(arguments: list[str] | None) -> Translate:
    """Return the language of messages about a command line; its options may not be known."""
    code = _language_code(arguments)
    return UNTRANSLATED if code == LANGUAGES[0] else choose_language(code)


def _language_code(arguments: list[str] | None) -> str:
    return requested_code(sys.argv[1:] if arguments is None else arguments, os.environ)


def _report_interrupt(arguments: list[str] | None) -> int:
    translate = _language(arguments)
    return _report(translate("interrupted"), INTERRUPTED)


def _report(message: str, code: int) -> int:
    typer.echo(f"takeup: {message}", err=True)
    return code
