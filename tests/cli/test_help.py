"""The help of every command: complete, imperative, in plain words."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
from rich.cells import cell_len

import takeup
from takeup.cli.app import LazyCommand, command_tree
from takeup.console import options
from tests.cli.conftest import Command

BANNED = (
    "typed again",
    "goes on",
    "is told",
    "said",
    "lived",
    "luck",
    "by lot",
    "at the most",
    "who is",
    "if it is not told",
    "judged",
    "looked at",
    "is drawn of",
)
"""Phrases that are not plain technical English."""


def commands(group: Any = None, above: tuple[str, ...] = ("takeup",)) -> Iterator[tuple[str, Any]]:
    """Every command by its name, groups included."""
    group = command_tree() if group is None else group
    yield " ".join(above), group
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*above, name))
        else:
            yield " ".join((*above, name)), command.command if isinstance(command, LazyCommand) else command


def texts(command: Any) -> list[str]:
    """The help of a command and of its options; `--help` itself is typer's."""
    return [command.help, *(each.help for each in command.params if each.name != "help")]


@pytest.mark.parametrize(("name", "command"), [*commands()])
def test_help_is_whole_sentences_without_private_words(name: str, command: Any) -> None:
    for text in texts(command):
        assert text, name
        assert text.rstrip().endswith((".", ").")), f"{name}: {text}"
        assert text[0].isupper(), f"{name}: {text}"
        matches = [phrase for phrase in BANNED if re.search(rf"\b{phrase}\b", text)]
        assert not matches, f"{name}: {matches} in: {text}"


def test_the_list_of_commands_shows_what_each_help_begins_with() -> None:
    for name, command in command_tree().commands.items():
        if isinstance(command, LazyCommand):
            assert command.short_help == command.command.help.partition("\n")[0], name
            assert len(command.short_help) <= 110, name


@pytest.mark.parametrize(("name", "command_object"), [*commands()])
def test_help_ends_with_one_example_that_the_command_accepts(name: str, command_object: Any) -> None:
    words = shlex.split(command_object.epilog.removeprefix("Example: ").partition(" > ")[0])
    prefix = name.split()
    assert words[: len(prefix)] == prefix
    command_object.make_context(name, words[len(prefix) :])  # fails if an option or an argument is wrong


@pytest.mark.parametrize(("name", "command_object"), [*commands()])
def test_many_options_are_in_groups_and_help_is_in_the_last(name: str, command_object: Any) -> None:
    with command_object.make_context(name, [], resilient_parsing=True) as context:
        *given, last = [each for each in command_object.get_params(context) if each.param_type_name == "option"]
    panels = list(dict.fromkeys(each.rich_help_panel for each in given))
    assert last.name == "help"
    if given:
        assert last.rich_help_panel == given[-1].rich_help_panel
    if len(given) > 3:
        assert None not in panels
    if options.OUTPUT in panels:
        assert panels[-1] == options.OUTPUT


@pytest.mark.parametrize("name", [name for name, _ in commands()])
def test_help_fits_on_80_columns_and_shows_no_type_of_flags(command: Command, narrow: None, name: str) -> None:
    result = command(*name.split()[1:], "--help")
    assert result.status == 0
    assert max(map(cell_len, result.out.splitlines())) <= 80
    assert "--help" in result.out
    assert "<bool>" not in result.out
    assert re.search("^ Example: takeup", result.out, re.MULTILINE)


def test_version_is_printed(command: Command) -> None:
    result = command("--version")
    assert (result.status, result.out, result.err) == (0, f"takeup {takeup.__version__}\n", "")


@pytest.mark.parametrize("group", [(), ("scenario",), ("district",)])
def test_no_command_prints_the_help_without_an_error(command: Command, group: tuple[str, ...]) -> None:
    result = command(*group)
    assert (result.status, result.err) == (2, "")
    assert result.out.rstrip() == command(*group, "--help").out.rstrip()
