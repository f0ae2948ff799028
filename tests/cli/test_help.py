"""The help of every command: complete, imperative, in plain words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from takeup.cli.app import LazyCommand, app

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


def commands(group: Any = app, above: tuple[str, ...] = ("takeup",)) -> Iterator[tuple[str, Any]]:
    """Every command by its name, groups included."""
    yield " ".join(above), group
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*above, name))
        else:
            yield f"takeup {name}", command.command if isinstance(command, LazyCommand) else command


def texts(command: Any) -> list[str]:
    """The help of a command and of its options; `--help` itself is typer's."""
    return [command.help, *(each.help for each in command.params if each.name != "help")]


@pytest.mark.parametrize(("name", "command"), commands())
def test_help_is_whole_sentences_without_private_words(name: str, command: Any) -> None:
    for text in texts(command):
        assert text, name
        assert text.rstrip().endswith((".", ").")), f"{name}: {text}"
        assert text[0].isupper(), f"{name}: {text}"
        matches = [phrase for phrase in BANNED if re.search(rf"\b{phrase}\b", text)]
        assert not matches, f"{name}: {matches} in: {text}"


def test_the_list_of_commands_shows_what_each_help_begins_with() -> None:
    for name, command in app.commands.items():
        if isinstance(command, LazyCommand):
            assert command.short_help == command.command.help.partition("\n")[0], name
            assert len(command.short_help) <= 110, name
