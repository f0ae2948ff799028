"""Help of the commands: options in groups, and texts in the language of the command line.

Each paragraph of the help, the help of an option and the title of a group are messages of the catalogue with the
context `help`. Their English texts are those in the code; no module of a command is imported for another language.
"""

from __future__ import annotations

from collections.abc import Iterator
from gettext import NullTranslations
from typing import Any, Final

from typer.core import TyperCommand, TyperGroup, TyperOption

from takeup.report import LANGUAGES
from takeup.report.catalogue import HELP, messages_of

EXAMPLE: Final = "Example:"
"""First word of the last paragraph of a command's docstring, and of its help."""
_PARAGRAPHS: Final = "\n\n"
_USAGE, _SHOW_HELP = "Usage: ", "Show this message and exit."
_TITLES: Final = {
    "ARGUMENTS_PANEL_TITLE": "Arguments",
    "OPTIONS_PANEL_TITLE": "Options",
    "COMMANDS_PANEL_TITLE": "Commands",
    "DEFAULT_STRING": "[default: {}]",
    "REQUIRED_LONG_STRING": "[required]",
}
"""Texts that typer adds to a help, by the names of typer's constants."""


def translate_help(text: str, messages: NullTranslations) -> str:
    """Translate the paragraphs of a help, each of which is a message."""
    return _PARAGRAPHS.join(messages.pgettext(HELP, paragraph) for paragraph in text.split(_PARAGRAPHS))


class _Help:
    """The help of a command or a group; see `apply_language`."""

    messages = messages_of(LANGUAGES[0])

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the options and arguments as the help lists them.

        The type of flags is omitted. `--help`, which is last, is listed beside the option before it.
        """
        parameters: list[Any] = super().get_params(ctx)  # type: ignore[misc]
        for parameter in parameters:
            if isinstance(parameter, TyperOption) and parameter.is_flag:
                parameter.metavar = ""
        *others, last = parameters
        if others and isinstance(others[-1], TyperOption):
            last.rich_help_panel = others[-1].rich_help_panel
        last.help = self.messages.pgettext(HELP, _SHOW_HELP)
        return parameters

    def get_usage(self, ctx: Any) -> str:
        """Return the first line of the help."""
        usage: str = super().get_usage(ctx)  # type: ignore[misc]
        return usage.replace(_USAGE, self.messages.pgettext(HELP, _USAGE), 1)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the help."""
        from typer import rich_utils  # noqa: PLC0415  (only a help needs it)

        highlight = rich_utils.OptionHighlighter()

        def fold(text: Any) -> Any:
            """Highlight a text, and break words that are longer than a line, as a Chinese clause may be."""
            shown = highlight(text)
            shown.overflow = "fold"
            return shown

        rich_utils.highlighter = fold  # type: ignore[assignment]
        for name, text in _TITLES.items():
            setattr(rich_utils, name, self.messages.pgettext(HELP, text))
        super().format_help(ctx, formatter)  # type: ignore[misc]


class Command(_Help, TyperCommand):
    """A command with the help of this program."""


class Group(_Help, TyperGroup):
    """A group of commands with the help of this program."""


def apply_language(command: Any, code: str) -> Any:
    """Translate the help of a command, and return the command.

    Args:
        command: a `Command` or a `Group` with English texts.
        code: code of the language.
    """
    command.messages = messages_of(code)
    for part, name in _texts_of(command):
        setattr(part, name, translate_help(getattr(part, name), command.messages))
    if command.epilog:
        title = command.messages.pgettext(HELP, EXAMPLE)
        command.epilog = command.epilog.replace(EXAMPLE, title, 1)
    return command


def help_messages(command: Any) -> Iterator[str]:
    """Yield the messages in the help of an English command, and those of every help."""
    yield from (EXAMPLE, _USAGE, _SHOW_HELP, *_TITLES.values())
    for part, name in _texts_of(command):
        yield from getattr(part, name).split(_PARAGRAPHS)


def _texts_of(command: Any) -> Iterator[tuple[Any, str]]:
    """Yield the texts of a help, each as an object and the name of its attribute."""
    attributes = ("help", "options_metavar", "subcommand_metavar", "rich_help_panel")
    for part in (command, *command.params):
        yield from ((part, name) for name in attributes if getattr(part, name, None))
