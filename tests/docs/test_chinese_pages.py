"""The Chinese pages say the same as the English ones: the same parts, commands, links and tables."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.docs.pages import REPOSITORY, CodeBlock, blocks, name_of

CHINESE = sorted([*REPOSITORY.glob("*.zh.md"), *(REPOSITORY / "docs").glob("*.zh.md")])
IN_WORDS = re.compile(r'^((?:title|question|source) = )".*"|#.*$', re.MULTILINE)
"""Values and comments of a block of TOML that are in the language of the page."""
PATTERNS = {
    "links": r"\]\(([^)]+)\)",
    "first cells": r"^\| (`[^|]+`)",
    "commands": r"`(takeup [^`]+)`",
    "decimals": r"(?<![\d.#])\d+\.\d(?!\d)",
    "options": r"(?<=\s)--[a-z]+",
}
every_page = pytest.mark.parametrize("page", CHINESE, ids=name_of)


def english_of(page: Path) -> Path:
    """The English page that a Chinese one translates."""
    return page.with_name(page.name.replace(".zh.", "."))


def outline(page: Path) -> list[str]:
    """Levels of the headings, and what lists and tables begin with, in order; the words left out."""
    text = re.sub(r"^```.*?^```$", "```", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    shapes = (re.match(r"#+ |- |\d+\. |\||```|!\[|\[\^", line) for line in text.splitlines())
    return [shape[0] for shape in shapes if shape is not None]


def test_the_readme_the_tutorial_and_the_glossary_are_in_chinese() -> None:
    names = ["README.zh.md", "docs/glossary.zh.md", "docs/tutorial-policy.zh.md"]
    assert [name_of(page) for page in CHINESE] == names


@every_page
def test_headings_lists_tables_and_blocks_stand_in_the_same_order(page: Path) -> None:
    assert outline(page) == outline(english_of(page))
    assert len(outline(page)) > 10


@every_page
def test_blocks_are_the_same(page: Path) -> None:
    def content(block: CodeBlock) -> tuple[str, Any]:
        return block.language, IN_WORDS.sub(r"\1", block.text) if block.language == "toml" else block.text

    assert [content(block) for block in blocks(page)] == [content(block) for block in blocks(english_of(page))]


@every_page
@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
def test_both_name_the_same(pattern: str, page: Path) -> None:
    english, chinese = (
        {
            entry.replace("`, `", "`、`").replace(".zh.", ".")
            for entry in re.findall(pattern, each.read_text(encoding="utf-8"), re.MULTILINE)
            if entry not in (page.name, english_of(page).name)  # the link to the other language
        }
        for each in (english_of(page), page)
    )
    assert chinese == english


def test_every_institution_of_the_glossary_is_in_both() -> None:
    """With its English and its Chinese name, row by row."""

    def glossary(page: Path) -> list[tuple[str, str]]:
        text = page.read_text(encoding="utf-8")
        return re.findall(r"^\| ([^|]+) \| ([^|]*[\u4e00-\u9fff][^|]*) \|", text, re.MULTILINE)

    page = REPOSITORY / "docs" / "glossary.md"
    assert len(glossary(page)) > 10
    assert [row for row in glossary(page.with_name("glossary.zh.md")) if row[0].isascii()] == glossary(page)
