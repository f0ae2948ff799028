"""The marked places of the documents, and their text.

A number in a sentence: `<!-- result: why.gap.center .1f -->45.0<!-- / -->`. The name of the figure follows
the structure of the file in `docs/results/`, the first part is the name of the run. A format of Python may follow:
without one a text or whole number is shown as it is, and `words` writes a whole number up to twenty as a word.
A percentage has a space before its sign.

A table: the lines `<!-- results: why funnel -->` and `<!-- /results -->`, with the table between them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from takeup.report.formatting import MINUS
from tools.results.extraction import Figures
from tools.results.fingerprint import REPOSITORY
from tools.results.runs import RUNS
from tools.results.storage import StoredResult
from tools.results.tables import BLOCKS

_INLINE: Final = re.compile(r"<!-- result: (\S+)(?: (\S+))? -->([^\n]*?)<!-- / -->")
_BLOCK: Final = re.compile(r"^<!-- results: ([^\n]+?) -->\n(.*?)^<!-- /results -->$", re.DOTALL | re.MULTILINE)
_ANY_MARK: Final = re.compile(r"<!-- (?:results?\b[^\n]*?|/results|/) -->")
_CODE: Final = re.compile(r"^( *)```.*?^\1```$|`[^`\n]+`", re.DOTALL | re.MULTILINE)
_WORDS: Final = (
    "none",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
)
"""Whole numbers in words, from 0."""


class MarkError(ValueError):
    """A mark in a document is wrong."""


def documents() -> list[Path]:
    """Return the documents that may have marked places."""
    return [*sorted(REPOSITORY.glob("README*.md")), *sorted((REPOSITORY / "docs").glob("*.md"))]


def filled(text: str, stored: Mapping[str, StoredResult]) -> tuple[str, list[str]]:
    """Fill the marked places of a document.

    Places whose run is not stored, and wrong marks, keep their text.

    Args:
        text: text of the document.
        stored: stored results by run.

    Returns:
        The filled text, and a message for each wrong mark.
    """
    messages = list(_misplaced(text))

    def replace(match: re.Match[str], run: str, write: Callable[[Figures], str]) -> str:
        try:
            if run not in RUNS:
                raise MarkError(f"there is no run {run!r}; the runs are {', '.join(RUNS)}")
            return write(stored[run].figures) if run in stored else match[0]
        except MarkError as error:
            messages.append(f"{match[0].splitlines()[0]}: {error}")
            return match[0]

    def inline(match: re.Match[str]) -> str:
        name, spec = match[1], match[2]
        run, *path = name.split(".")
        start = match[0][: match[0].index("-->") + 3]
        return replace(match, run, lambda figures: f"{start}{_shown(_figure_at(figures, path), spec)}<!-- / -->")

    def block(match: re.Match[str]) -> str:
        name = match[1]

        def write(figures: Figures) -> str:
            return f"<!-- results: {name} -->\n{BLOCKS[name](figures)}\n<!-- /results -->"

        if name not in BLOCKS:
            messages.append(f"{name}: there is no block of this name; the blocks are {', '.join(BLOCKS)}")
            return match[0]
        return replace(match, name.split(" ")[0], write)

    return _BLOCK.sub(block, _INLINE.sub(inline, text)), messages


def _figure_at(figures: Figures, path: list[str]) -> Any:
    value: Any = figures
    for position, part in enumerate(path):
        if isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        elif isinstance(value, dict) and part in value:
            value = value[part]
        else:
            place = ".".join(path[:position]) or "the run"
            known = ", ".join(value) if isinstance(value, dict) else "none"
            raise MarkError(f"{place} has no figure {part!r}; it has {known}")
    if isinstance(value, dict | list) or value is None:
        raise MarkError("this is not a single figure" if value is not None else "this figure has no value")
    return value


def _shown(value: Any, spec: str | None) -> str:
    """Format a figure."""
    if spec == "words":
        if isinstance(value, int) and 0 <= value < len(_WORDS):
            return _WORDS[value]
        return f"{value:,}"
    if spec is None and isinstance(value, float):
        raise MarkError("a format is missing, such as .1f")
    try:
        text = format(value, spec or "")
    except ValueError as error:
        raise MarkError(str(error)) from None
    if isinstance(value, str):
        return text
    text = text.replace("%", " %")
    is_zero = not re.search("[1-9]", text)
    return re.sub("[-+]", "", text) if is_zero else text.replace("-", MINUS)


def _misplaced(text: str) -> Iterator[str]:
    """Yield a message for each mark without a counterpart, and for each place in which Markdown would show it."""
    for mark in _ANY_MARK.findall(_BLOCK.sub("", _INLINE.sub("", text))):
        yield f"{mark}: the mark is not part of a pair"
    for code in _CODE.finditer(_BLOCK.sub("", text)):
        for mark in _ANY_MARK.findall(code[0]):
            yield f"{mark}: a mark in code would be shown"
    for line in text.splitlines():
        if re.match(r"\s*<!-- result: ", line):
            yield f"{line[:60]}: a line that begins with a mark would not be rendered as Markdown"
