"""The files of an invented district."""

from __future__ import annotations

import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

from takeup.district.attributes import ATTRIBUTES
from takeup.district.population import Population
from takeup.district.raking import margin_of
from takeup.district.synthesis.drawing import Invented
from takeup.district.written import key, quoted, rounded

_HEAD: Final = """\
# Invented by `{command}`
# on the pattern of the district {base}. Nothing here is evidence.

name = {name}
name_zh = {name_zh}
invented = true
"""
_COPIED: Final = """\
# Copied by `{command}`
# from the district {base} into an invented one: every value is assumed here.
"""
_STATUS: Final = re.compile(r"^(\s*status\s*=\s*).*$", re.MULTILINE)
_SOURCE: Final = re.compile(r'^(\s*source\s*=\s*"(?:"")?)', re.MULTILINE)


def population_text(invented: Invented, base: Population, command: str) -> str:
    """The content of its population.toml: everything assumed, and invented.

    Counts are dated as those of the district started from, and rise and fall as they do.

    Args:
        invented: its people.
        base: of the district started from.
        command: what makes the same again; the source of all.
    """
    number = f"{invented.number:03d}"
    head = _HEAD.format(
        command=_comment(command),
        base=_comment(base.name),
        name=quoted(f"Invented {number}"),
        name_zh=quoted(f"虚构{number}区"),
    )
    known = ['status = "assumed"', f"source = {quoted(f'invented: {command}')}"]
    parts = [head]
    for count in base.counts:
        persons = max(1, invented.persons * count.persons // base.most)
        parts.append(_lines("[[population]]", f"month = {quoted(count.month)}", f"persons = {persons:_}", *known))
    for table in base.tables:
        shares = margin_of(invented.joint, tuple(table.of))
        parts.append(
            _lines("[[table]]", f"of = [{', '.join(map(quoted, table.of))}]", *known, *_shares(table.of, shares))
        )
    for place, persons in enumerate(invented.streets.tolist(), 1):
        share = rounded(persons / invented.persons)
        parts.append(
            _lines(
                "[[street]]",
                f'name = "Street {place:02d}"',
                f'name_zh = "第{place:02d}街"',
                f"share = {share!r}",
                *known,
            )
        )
    return "\n".join(parts)


def parameters_text(written: str, base: str, command: str) -> str:
    """A parameters.toml as that of the district started from, every value assumed here; its sources are kept behind.

    Args:
        written: the content of that district's file.
        base: that district's name.
        command: what makes the same again.
    """
    source = quoted(f"invented: {command}; {base} has: ")[1:-1]
    assumed = _STATUS.sub(r'\1"assumed"', written)
    told = _SOURCE.sub(lambda begins: begins[1] + source, assumed)
    return f"{_COPIED.format(command=_comment(command), base=_comment(base))}\n{told}"


def _shares(of: list[str], shares: NDArray[np.float64]) -> list[str]:
    if len(of) == 1:
        return [f"shares = {_inline(of[0], shares)}"]
    rows = zip(ATTRIBUTES[of[0]], shares, strict=True)
    return ["[table.shares]", *(f"{key(level)} = {_inline(of[1], row)}" for level, row in rows)]


def _inline(attribute: str, shares: NDArray[np.float64]) -> str:
    levels = zip(ATTRIBUTES[attribute], shares, strict=True)
    return f"{{ {', '.join(f'{key(level)} = {rounded(share)!r}' for level, share in levels)} }}"


def _comment(text: str) -> str:
    """On one line, whatever a folder is called."""
    return quoted(text)[1:-1]


def _lines(*lines: str) -> str:
    return "\n".join([*lines, ""])
