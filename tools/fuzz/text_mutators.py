"""Mutated TOML files: valid files in which a few values are changed, removed or added."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

Path = tuple[str | int, ...]

_NUMBERS = st.one_of(
    st.sampled_from(
        [0, 1, -1, 2**31, 2**63, -(2**64), 10**400, 0.0, -0.0, 1e308, math.inf, -math.inf, math.nan, 5e-324]
    ),
    st.integers(-5, 3000),
    st.floats(),
)
_TEXTS = st.one_of(
    st.sampled_from(
        ["", " ", "2019-03", "9999-12", "0000-01", "publicity", "supply", "../secret", "/etc/passwd", "tried", "~",
         "a" * 5000, "\u0000", "\ud800".encode("utf-8", "replace").decode(), "baseline", "inf", "\u202e", "East"]
    ),
    st.text(max_size=8),
)  # fmt: skip
_PLAIN = st.one_of(_NUMBERS, _TEXTS, st.booleans(), st.dates(), st.datetimes(), st.times())
_JUNK = st.recursive(
    _PLAIN,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_TEXTS, inner, max_size=3)),
    max_leaves=6,
)


def paths(content: Any, above: Path = ()) -> Iterator[Path]:
    """Yield the path of every value in a document."""
    inside = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in inside:
        yield (*above, key)
        yield from paths(value, (*above, key))


@st.composite
def changed(draw: st.DrawFn, right: dict[str, Any], most: int = 3) -> dict[str, Any]:
    """Mutate a document by at most `most` changes."""
    content = deepcopy(right)
    for _ in range(draw(st.integers(0, most))):
        places = list(paths(content))
        if not places:
            break
        *above, last = draw(st.sampled_from(places))
        holder: Any = content
        for key in above:
            holder = holder[key]
        match draw(st.sampled_from(["set", "set", "delete", "add", "copy", "deepen"])):
            case "set":
                holder[last] = draw(_JUNK)
            case "delete":
                del holder[last]
            case "add" if isinstance(holder, dict):
                holder[draw(_TEXTS)] = draw(_JUNK)
            case "add":
                holder.append(draw(_JUNK))
            case "copy":
                *_, other = draw(st.sampled_from(places))
                if isinstance(holder, dict):
                    holder[str(other)] = deepcopy(holder[last])
                else:
                    holder.extend(deepcopy(holder[last]) for _ in range(draw(st.sampled_from([1, 300]))))
            case _:
                in_tables = draw(st.booleans())
                for _ in range(draw(st.sampled_from([1, 3, 60, 3000]))):
                    holder[last] = {"x": holder[last]} if in_tables else [holder[last]]
                break  # `paths` is recursive and would exceed the recursion limit at this depth
    return content


@st.composite
def documents(draw: st.DrawFn, right: list[bytes]) -> bytes:
    """Choose one of some valid TOML files and mutate it."""
    content = draw(changed(tomllib.loads(draw(st.sampled_from(right)).decode())))
    return written(content).encode("utf-8", "replace")


def written(content: dict[str, Any]) -> str:
    """Format a document as TOML, with one line per key of the top level."""
    return "".join(f"{_text(str(key))} = {_value(value)}\n" for key, value in content.items())


def _value(value: Any) -> str:
    """Format a value of any depth as TOML; without recursion, because of Python's recursion limit."""
    pieces: list[str] = []
    waiting: list[Any] = [value]
    while waiting:
        match waiting.pop():
            case _Sign() as sign:
                pieces.append(sign)
            case dict() as table:
                waiting.append(_Sign("}"))
                for key, inner in reversed(table.items()):
                    waiting += [_Sign(", "), inner, _Sign(f"{_text(str(key))} = ")]
                if table:
                    del waiting[-3 * len(table)]
                waiting.append(_Sign("{"))
            case list() as items:
                waiting.append(_Sign("]"))
                for inner in reversed(items):
                    waiting += [_Sign(", "), inner]
                waiting.append(_Sign("["))
            case plain:
                pieces.append(_plain(plain))
    return "".join(pieces)


class _Sign(str):
    """A piece of TOML syntax, which is written without quotes."""

    __slots__ = ()


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int | float):
        return str(value)
    return str(value.isoformat())


def _text(text: str) -> str:
    return (
        json.dumps(text, ensure_ascii=True)
        if text.isascii()
        else json.dumps(text, ensure_ascii=False).replace("\x7f", "")
    )
