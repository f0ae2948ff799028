"""The lines of shell in a document, each checked or run in a way that suits it."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from takeup.cli.app import LazyCommand, command_tree, exit_code_of
from tests.docs.example_overrides import (
    BY_COMMAND,
    EVERYWHERE,
    HARMLESS_OPTIONS,
    IF_GIVEN,
    LEFT_OUT,
    NOT_INSTALLED,
    NOT_RUN,
    SHARED,
)
from tests.docs.pages import REPOSITORY, CodeBlock

LANGUAGES = ("sh", "bash", "shell", "console")
WINDOWS = "bat"


def commands_of(group: Any = None, above: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    """Every command by its words, ("district", "new"), without `takeup`."""
    commands: dict[tuple[str, ...], Any] = {}
    for name, command in (command_tree() if group is None else group).commands.items():
        has_more = hasattr(command, "commands")
        commands |= commands_of(command, (*above, name)) if has_more else {(*above, name): _loaded(command)}
    return commands


def _loaded(command: Any) -> Any:
    """The command itself, where the list has only a stand-in that imports it."""
    return command.command if isinstance(command, LazyCommand) else command


def options_of(command: Any) -> list[str]:
    """The long options of a command, but `--help`."""
    return [name for each in command.params for name in each.opts if name.startswith("--") and name != "--help"]


def lines_of(block: CodeBlock) -> list[str]:
    """The commands of a block; a backslash at the end joins two lines."""
    return [line.strip() for line in re.sub(r"\\\n\s*", " ", block.text).splitlines() if line.strip()]


def check_line(line: str, place: str) -> None:
    """Check that a command of `takeup` exists and has the options that the line gives it, without running it.

    Raises:
        AssertionError: there is no such command, or it has no such option.
    """
    if line.startswith("takeup ") and not _is_not_run(line):
        _check_options(shlex.split(line, comments=True)[1:], place)


def run_line(line: str, place: str) -> None:
    """Run a line, or check it as far as a test can.

    Args:
        line: a command.
        place: where it stands.

    Raises:
        AssertionError: it fails, or no entry of `example_overrides` covers it.
    """
    if _is_not_run(line) or line.startswith("#"):
        return
    words = shlex.split(line, comments=True)
    harmless_options = next(
        (options for begin, (options, _) in HARMLESS_OPTIONS.items() if line.startswith(begin)), ()
    )
    match words:
        case ["takeup", *arguments]:
            _takeup([*arguments, *harmless_options], place)
        case ["make", *targets]:
            _program(["make", *(target for target in targets if "=" not in target), *harmless_options], place)
        case ["python", script, *arguments]:
            _program([sys.executable, script, *arguments, *harmless_options], place)
        case ["pip", "install", *arguments] if line.startswith(NOT_INSTALLED[0]):
            _installable(arguments, place)
        case _:
            raise AssertionError(f"{place}: how is `{line}` to be tested? See tests/docs/example_overrides.py")


def smaller(arguments: list[str]) -> list[str]:
    """The arguments of `takeup`, with the sizes of a test at their end."""
    words, options = _known(arguments)
    kept = [word.removeprefix(SHARED) for word in arguments]
    for name in LEFT_OUT:
        while name in kept:
            del kept[kept.index(name) : kept.index(name) + 2]
    own = BY_COMMAND.get(" ".join(words), ())
    sizes = {name: size for name, size in EVERYWHERE.items() if name in options}
    sizes |= {name: size for name, size in IF_GIVEN.items() if name in kept}
    sizes |= dict(zip(own[::2], own[1::2], strict=True))
    if {"--point", "--replicates", "--people"} & set(kept):
        sizes.pop("--draws", None)
    return [*kept, *(part for size in sizes.items() for part in size)]


def _known(arguments: list[str]) -> tuple[tuple[str, ...], list[str]]:
    """The words of the command, and its options."""
    known = commands_of()
    words = next((words for words in known if tuple(arguments[: len(words)]) == words), None)
    assert words is not None, f"there is no command `takeup {shlex.join(arguments)}`"
    return words, options_of(known[words])


def _is_not_run(line: str) -> bool:
    return any(line == known or line.startswith(f"{known} ") for known in NOT_RUN)


def _check_options(arguments: list[str], place: str) -> None:
    words, options = _known(arguments)
    unknown = [word for word in arguments if word.startswith("--") and word not in (*options, "--help")]
    assert not unknown, f"{place}: `takeup {' '.join(words)}` has no option {unknown}"


def _takeup(arguments: list[str], place: str) -> None:
    _check_options(arguments, place)
    target = None
    if ">" in arguments:
        target = Path(arguments[arguments.index(">") + 1])
        arguments = arguments[: arguments.index(">")]
    reduced = smaller(arguments)
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = exit_code_of(reduced)
    assert status == 0, f"{place}: `takeup {shlex.join(reduced)}` ends with {status}: {err.getvalue()}"
    if target is not None:
        target.write_text(out.getvalue(), encoding="utf-8")


def _program(words: list[str], place: str) -> None:
    done = subprocess.run(words, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{place}: {shlex.join(words)}\n{done.stdout}{done.stderr}"


def _installable(arguments: list[str], place: str) -> None:
    """Whether what is to be installed is there: the constraints, and the extras of this package."""
    extras = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "optional-dependencies"
    ]
    for argument in arguments:
        if argument.endswith(".txt"):
            assert (REPOSITORY / argument).is_file(), f"{place}: {argument}"
        for extra_names in re.findall(r"^\.\[(.+)\]$", argument):
            assert set(extra_names.split(",")) <= set(extras), f"{place}: {argument}; there are {', '.join(extras)}"
