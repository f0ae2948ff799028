"""The command's table of contents, and how it ends.

0: done; 1: it ran but something failed; 2: the input is wrong; 130: interrupted.
"""

from __future__ import annotations

import sys
from importlib.metadata import entry_points
from typing import Any

import typer
from typer.core import TyperGroup

from takeup.cli.check import check
from takeup.cli.compare import compare
from takeup.cli.dashboard import dashboard
from takeup.cli.demo import demo
from takeup.cli.district import from_table, synthesise
from takeup.cli.explain import explain, list_names, parameters
from takeup.cli.lazy_command import LazyCommand
from takeup.cli.new import district, scenario
from takeup.cli.plan import plan
from takeup.cli.run import run
from takeup.cli.stress import stress
from takeup.cli.trial import trial
from takeup.cli.validate import validate
from takeup.cli.why import why
from takeup.errors import InputError, RunError

FAILED, WRONG_INPUT, INTERRUPTED = 1, 2, 130


class _Commands(TyperGroup):
    """The commands below, and those that other packages add by the entry points `takeup.commands`."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for entry in sorted(entry_points(group="takeup.commands"), key=lambda entry: entry.name):
            self.add_command(LazyCommand(entry))


app = typer.Typer(
    cls=_Commands,
    help="Who takes up a residence permit (居住证), and what would change it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(demo)
app.command()(run)
app.command()(compare)
app.command()(trial)
app.command()(why)
app.command()(plan)
app.command()(dashboard)
app.command()(validate)
app.command()(stress)
app.command()(check)
app.command(name="list")(list_names)
app.command()(explain)
app.command()(parameters)
district.command("from-table")(from_table)
district.command()(synthesise)
app.add_typer(scenario, name="scenario")
app.add_typer(district, name="district")


def main(arguments: list[str] | None = None) -> None:
    """Run the command and exit."""
    sys.exit(status_of(arguments))


def status_of(arguments: list[str] | None = None) -> int:
    """Run the command; what it ends with."""
    try:
        status = app(arguments, standalone_mode=False) or 0
        return _say("interrupted", INTERRUPTED) if status == INTERRUPTED else status
    except InputError as error:
        return _say(str(error), WRONG_INPUT)
    except (KeyboardInterrupt, typer.Abort):
        return _say("interrupted", INTERRUPTED)
    except typer.TyperException as error:  # wrong usage: an unknown option, a missing argument
        told = getattr(error, "format_message", error.__str__)()
        return _say(f"{told.rstrip('.')}; see takeup --help", WRONG_INPUT)
    except RunError as error:
        return _say(str(error), FAILED)


def _say(message: str, status: int) -> int:
    typer.echo(f"takeup: {message}", err=True)
    return status
