"""The documents, and the blocks of code in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = [
    file
    for file in (
        *sorted(REPOSITORY.glob("*.md")),
        *sorted((REPOSITORY / "docs").rglob("*.md")),
        REPOSITORY / "notebooks" / "README.md",
    )
    if file.name != "CHANGELOG.md"
]
"""Every document of the repository: a new one is tested from its first day."""
_FENCED = re.compile(r"^( *)```(\w*)[^\n]*\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
_IN_LINE = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True)
class CodeBlock:
    """A fenced block.

    Attributes:
        page: its document, by its path in the repository.
        line: its first.
        language: as the fence says.
        text: without the fences.
    """

    page: str
    line: int
    language: str
    text: str

    @property
    def place(self) -> str:
        """Where a reader finds it."""
        return f"{self.page}, line {self.line}"


def name_of(page: Path) -> str:
    """A document's path in the repository."""
    return page.relative_to(REPOSITORY).as_posix()


def blocks(page: Path, *languages: str) -> list[CodeBlock]:
    """The blocks of a document in these languages, or in all, in order."""
    text = page.read_text(encoding="utf-8")
    every_block = [
        CodeBlock(name_of(page), text[: match.start()].count("\n") + 2, match[2], match[3])
        for match in _FENCED.finditer(text)
    ]
    return [block for block in every_block if not languages or block.language in languages]


def code_of(page: Path) -> str:
    """All that stands as code in a document, in blocks and in lines."""
    text = page.read_text(encoding="utf-8")
    fenced = "\n".join(match[3] for match in _FENCED.finditer(text))
    return fenced + "\n" + "\n".join(_IN_LINE.findall(_FENCED.sub("", text)))


def words_of(page: Path) -> set[str]:
    """The names that stand as code in a document: columns, files, options, parameters."""
    return set(re.findall(r"--?[a-z][a-z-]+|[\w.]*\w", code_of(page)))
