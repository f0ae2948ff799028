"""Messages on wrong usage of the command line, in the language of the command."""

from __future__ import annotations

from typing import Final

import typer

from takeup.message import Message, find_message

_USAGE_PROBLEMS: Final = (
    Message("No such command {name}. Did you mean {names}?"),
    Message("No such command {name}"),
    Message("No such option: {name} (Possible options: {names})"),
    Message("No such option: {name}"),
    Message("Missing command"),
    Message("Missing argument {name}"),
    Message("Missing option {name}"),
    Message("Got unexpected extra argument(s) ({names})"),
    Message("Got unexpected extra argument ({names})"),
    Message("Got unexpected extra arguments ({names})"),
    Message("Option {name} does not take a value"),
    Message("Option {name} requires an argument"),
    Message("Option {name} requires {number} arguments"),
    Message("Argument {name} takes {number} values"),
    Message("Invalid value for {name}: {problem}"),
)
"""Texts of typer's errors, without the full stop at the end."""
_VALUE_PROBLEMS: Final = (
    Message("Value {value} is not a valid {kind}"),
    Message("{value} is not one of {names}"),
)
"""Texts of typer's errors on a value."""


def usage_problem(error: typer.TyperException) -> str:
    """Return the problem of wrong usage, such as an unknown option, as a message that can be translated.

    Args:
        error: error that typer raised.

    Returns:
        The message; an empty text if typer has printed the help instead.
    """
    text = getattr(error, "format_message", error.__str__)().rstrip(".")
    problem = find_message(text, _USAGE_PROBLEMS)
    if not isinstance(problem, Message):
        return problem  # a text of another version of typer stays in English
    if "problem" not in problem.values:
        return problem
    stated = getattr(error, "message", None)
    value_problem = (
        stated if isinstance(stated, Message) else find_message(problem.values["problem"], _VALUE_PROBLEMS)
    )
    return problem.fill(problem=value_problem)
