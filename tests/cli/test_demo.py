"""`takeup demo`: a first comparison for new users."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from takeup.cli.demo import POLICY
from tests.cli.conftest import Command

SECONDS = 20.0
"""Of processor time, once all is compiled."""
PNG = b"\x89PNG"


@pytest.mark.slow
def test_it_draws_a_figure_says_where_and_what_to_try_next(command: Command) -> None:
    command("run", "baseline", "--agents", "2000", "--until", "2010-02", "--quiet")
    began = time.process_time()
    result = command("demo")
    assert time.process_time() - began < SECONDS
    assert result.status == 0, result.err
    assert "landlords and employers" in result.out, "the answer is about a policy that the output does not name"
    figure = re.search(r"^Figure: (.+)$", result.out, re.MULTILINE)
    assert figure is not None
    assert Path(figure[1]).read_bytes().startswith(PNG)
    assert re.search(
        r"By December 2023 the policy adds \d+\.\d points \(\d+\.\d to \d+\.\d, 90 % of the draws: parameters and",
        " ".join(result.out.split()),
    )
    suggestions = re.findall(r"^  takeup (.+?)   ", result.out, re.MULTILINE)
    assert len(suggestions) >= 4
    for arguments in suggestions:
        small = ("--until", "2019-12", "--agents", "2000") if arguments.startswith(("compare", "why")) else ()
        small += ("--draws", "2") if arguments.startswith("why") else ()
        rerun = command(*arguments.split(), *small)
        assert rerun.status == 0, f"takeup {arguments}: {rerun.err}"


def test_its_policy_adds_something_and_can_be_changed(command: Command) -> None:
    assert command("demo", "--out", "here", "--quiet").out == ""
    written = Path("here/demo.toml")
    assert written.read_text(encoding="utf-8") == POLICY.read_text(encoding="utf-8")
    assert command("check", str(written)).status == 0


def test_a_folder_that_cannot_be_written_is_said_at_once(command: Command, tmp_path: Path) -> None:
    (tmp_path / "results").write_text("a file")
    began = time.monotonic()
    result = command("demo")
    assert result.status in (1, 2)
    assert "results" in result.err
    assert time.monotonic() - began < SECONDS / 4


@pytest.mark.parametrize("word", ["10,000", "seconds"])
def test_help_says_how_much_it_is(command: Command, word: str) -> None:
    assert word in command("demo", "--help").out
