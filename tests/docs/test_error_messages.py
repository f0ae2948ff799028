"""The error messages that `docs/scenarios.md` lists are those of the program."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from takeup.district import load_district
from takeup.errors import InputError
from takeup.scenario import Timeline, load_scenario

PAGE = Path(__file__).parents[2] / "docs" / "scenarios.md"
HEAD = 'title = "A test"\nsource = "invented"\n'
CAUSES = (
    'lever = "publicity"\nadd = 2.0',
    'lever = "publicity"\nadd = 0.02\ncost = { per_month_cny = 1, for_amount = -0.02, source = "assumed" }',
    'extends = "../other"',
    "cost = { fixed_cny = 30,000 }",
    'lever = "trips"\nset = 1\nsize = "drive"',
)
"""Causes of the messages in their order: keys of an intervention, or a line of the file if no lever is stated."""


def documented() -> list[str]:
    """Return the messages of the table in the page."""
    table = PAGE.read_text(encoding="utf-8").partition("| message | remedy |\n|---|---|\n")[2].partition("\n\n")[0]
    return [row.split("`")[1] for row in table.splitlines()]


def test_each_documented_message_has_a_cause() -> None:
    assert len(documented()) == len(CAUSES)


@pytest.mark.parametrize("number", range(len(CAUSES)))
def test_the_documented_message_is_that_of_the_program(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "scenarios"
    folder.mkdir()
    monkeypatch.chdir(folder)
    cause = CAUSES[number]
    if cause.startswith("lever"):
        first = "" if "from =" in cause else 'from = "2019-03"\n'
        content = f"{HEAD}[[intervention]]\n{first}{cause}\n"
    else:
        content = f"{HEAD}{cause}\n"
    Path("mine.toml").write_text(content, encoding="utf-8")
    pattern = re.sub(r"line\\ 10,\\ column\\ 32", r"line \\d+, column \\d+", re.escape(documented()[number]))
    with pytest.raises(InputError) as caught:
        Timeline(load_scenario(Path("mine.toml")), load_district("liwan"))
    assert re.fullmatch(pattern.replace("…", ".*"), str(caught.value)), str(caught.value)
