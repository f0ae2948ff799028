"""`takeup scenario new` and `schema`, `takeup district new`: files to start from."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Annotated

import typer

from takeup.console import options
from takeup.console.language import choose_language
from takeup.district import copy_template
from takeup.errors import InputError
from takeup.io import write_exclusive
from takeup.report.i18n import Language
from takeup.scenario import BASELINE, json_schema

ChineseName = Annotated[
    str | None,
    typer.Option(
        "--name-zh",
        metavar="NAME",
        help="Set the district's Chinese name (default: its name).",
        rich_help_panel=options.OUTPUT,
    ),
]
ParentFolder = Annotated[
    Path,
    typer.Option("--out", metavar="DIR", help="Create the district's folder in DIR.", rich_help_panel=options.OUTPUT),
]
_RESERVED = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]", re.IGNORECASE)
"""Names of devices on Windows, which are no file names there, with any suffix."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")

_SCENARIO = """\
# A scenario file contains only the differences from the file that it extends, with their source.
# `takeup list` prints the levers, streets and groups; `takeup check {name}.toml` checks this file.

title = "{name}"
question = "What would this change?"
source = "my own idea"
extends = "baseline"                # a file of this folder whose interventions come first

[[intervention]]
lever = "publicity"                 # its range and grain: takeup explain publicity
add = 0.02                          # or: set = 0.05, or: multiply = 2
from = "2019-03"                    # first month; until = "2021-12" would end it
ramp_months = 6                     # comes into force in six even steps
# streets = ["Zhongnan", "Hailong"]                           # default: everywhere
# groups = {{ housing = ["informal_lease", "dormitory"] }}     # default: for all
cost = {{ fixed_cny = 100_000, per_month_cny = 20_000, for_amount = 0.02, source = "assumed" }}
# for_amount: the monthly cost is that of add = 0.02; with another amount it changes in proportion
"""


def new_scenario(
    name: Annotated[str, typer.Argument(help="Name of the scenario and of its file.")],
    out: Annotated[
        Path,
        typer.Option("--out", metavar="DIR", help="Write the file to this folder.", rich_help_panel=options.OUTPUT),
    ] = Path(),
    language: options.LanguageCode = None,
) -> None:
    """Write a commented scenario file that passes `takeup check`.

    Example:
        takeup scenario new evening_hours
    """
    translate = choose_language(language)
    if name == BASELINE.name:
        raise InputError(
            'the name "baseline" is reserved for the scenario without interventions',
            given=name,
            allowed="another name",
        )
    file = out / f"{checked_name(name)}.toml"
    write_exclusive(file, _SCENARIO.format(name=name))
    typer.echo(translate("Written: {folder}", folder=file))
    typer.echo(translate("Try: {command}", command=f"takeup compare {shlex.quote(str(file))}"))


def print_schema() -> None:
    """Print the JSON Schema of scenario files, for editors.

    Example:
        takeup scenario schema > scenario.schema.json
    """
    typer.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


def new_district(
    name: Annotated[str, typer.Argument(help="Name of the district and of its folder.")],
    name_zh: ChineseName = None,
    out: ParentFolder = Path(),
    language: options.LanguageCode = None,
) -> None:
    """Write a new district's folder, a copy of the template for your own data.

    Example:
        takeup district new panyu --name-zh 番禺区
    """
    translate = choose_language(language)
    folder = out / checked_name(name)
    copy_template(folder, name, chinese_name(name_zh, name))
    suggest_check(folder, translate)


def suggest_check(folder: Path, translate: Language) -> None:
    """Print the folder of a new district, and the command that checks it."""
    typer.echo(translate("Written: {folder}", folder=folder))
    typer.echo(translate("Try: {command}", command=f"takeup check {shlex.quote(str(folder))}"))


def chinese_name(given: str | None, name: str) -> str:
    """Return the Chinese name of a district, by default its name.

    Raises:
        InputError: the given name is empty.
    """
    if given is not None and not given.strip():
        raise InputError("the name is empty", key="--name-zh", given=given, allowed="a name, or no --name-zh")
    return name if given is None else given


def checked_name(name: str) -> str:
    """Return the name if it can be the name of a file or folder.

    Raises:
        InputError: the name has other characters than letters, digits, "-" and "_".
    """
    if not _NAME.fullmatch(name):
        raise InputError(
            "the name cannot be used as a file name",
            given=name,
            allowed="letters, digits, - and _, at most 80 characters",
        )
    if _RESERVED.fullmatch(name):
        raise InputError("Windows does not allow files of this name", given=name, allowed="another name")
    return name
