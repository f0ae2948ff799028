"""The command, called as a user would, in a folder of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer.rich_utils  # noqa: F401  (reads FORCE_COLOR at its import, which `narrow` sets later)

from takeup.analysis.batch import Batch
from takeup.cli.app import exit_code_of
from takeup.errors import RunError

SMALL = ("--agents", "2000", "--until", "2010-12", "--district", "template", "--workers", "1")


@dataclass(frozen=True)
class CommandResult:
    """What a command ended with and printed."""

    status: int
    out: str
    err: str


Command = Callable[..., CommandResult]


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let rich print to a terminal without styles, whose lines have 80 columns."""
    for name, value in {"FORCE_COLOR": "1", "TERM": "dumb", "COLUMNS": "80"}.items():
        monkeypatch.setenv(name, value)


def observe_batches(monkeypatch: pytest.MonkeyPatch) -> list[tuple[bool, int, int]]:
    """Stop the commands before they simulate, and list what they would: draws or not, runs, migrants."""
    observed = []

    def stop(batch: Batch[Any], *_: object) -> None:
        observed.append((batch.drawn, len(batch.runs), batch.settings.agents))
        raise RunError("observed")

    monkeypatch.setattr(Batch, "run", stop)
    return observed


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run `takeup` with these arguments in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("takeup.runs.executors._CONNECT_SECONDS", 0.5)  # for an address at which nothing responds

    def run(*arguments: str) -> CommandResult:
        capsys.readouterr()
        status = exit_code_of(list(arguments))
        printed = capsys.readouterr()
        return CommandResult(status, printed.out, printed.err)

    return run
