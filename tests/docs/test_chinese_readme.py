"""The Chinese README says the same as the English one: the same parts, commands, links and tables."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import REPOSITORY, blocks

ENGLISH, CHINESE = REPOSITORY / "README.md", REPOSITORY / "README.zh.md"
EACH_OTHER = {"README.md", "README.zh.md"}


def outline(page: Path) -> list[str]:
    """Levels of the headings, and what lists and tables begin with, in order; the words left out."""
    text = re.sub(r"^```.*?^```$", "```", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    shapes = (re.match(r"#+ |- |\||```|!\[|\[\^", line) for line in text.splitlines())
    return [shape[0] for shape in shapes if shape is not None]


def test_headings_lists_tables_and_blocks_stand_in_the_same_order() -> None:
    assert outline(CHINESE) == outline(ENGLISH)


def test_blocks_are_the_same() -> None:
    english, chinese = ([(block.language, block.text) for block in blocks(page)] for page in (ENGLISH, CHINESE))
    assert chinese == english
    assert english


@pytest.mark.parametrize(
    "pattern",
    [r"\]\(([^)]+)\)", r"^\| (`[^|]+`)", r"`(takeup [^`]+)`", r"(?<![\d.#])\d+\.\d(?!\d)", r"(?<=\s)--[a-z]+"],
    ids=["links", "first cells", "commands", "decimals", "options"],
)
def test_both_name_the_same(pattern: str) -> None:
    english, chinese = (
        {
            entry.replace("`, `", "`、`")
            for entry in re.findall(pattern, page.read_text(encoding="utf-8"), re.MULTILINE)
        }
        for page in (ENGLISH, CHINESE)
    )
    assert chinese - EACH_OTHER == english - EACH_OTHER
    assert english


def test_every_institution_of_the_glossary_is_in_both() -> None:
    """With its English and its Chinese name, row by row."""

    def glossary(page: Path) -> list[tuple[str, str]]:
        table = page.read_text(encoding="utf-8").split("\n## ")[-2]
        return re.findall(r"^\| ([^|]+) \| ([^|]*[\u4e00-\u9fff][^|]*) \|", table, re.MULTILINE)

    assert len(glossary(ENGLISH)) > 10
    assert [row for row in glossary(CHINESE) if row[0].isascii()] == glossary(ENGLISH)
