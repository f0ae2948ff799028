"""Reasons why a mutant survives: of those that are, and only of those."""

from __future__ import annotations

import pytest

from tools.mutation.__main__ import TARGETS, Verdict, everything, needless, reasons
from tools.mutation.runner import SOURCES


def test_every_reason_is_of_a_line_that_there_is() -> None:
    for file, of, change in reasons():
        lines = [line.strip() for line in (SOURCES / file).read_text(encoding="utf-8").splitlines()]
        assert of in lines, f"{file}: {of}: {change}"


@pytest.mark.slow
def test_a_reason_that_no_survivor_needs_is_reported() -> None:
    (target, mutant), *_ = everything(["services"])
    line = (SOURCES / target.file).read_text(encoding="utf-8").splitlines()[mutant.line - 1].strip()
    own, other = (target.file, line, mutant.change), (TARGETS[0].file, "if one > two:", "1  ->  2")
    assert needless([Verdict(target, mutant, noticed=False)], [own, other]) == []
    assert needless([Verdict(target, mutant, noticed=True)], [own, other]) == [own]
