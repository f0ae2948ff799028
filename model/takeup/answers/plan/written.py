"""A package as a scenario file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from takeup.answers.plan.packages import Package, Space
from takeup.district.written import key, quoted

_LONGEST_TITLE = 200


def scenario_text(space: Space, package: Package, said: str) -> str:
    """The scenario file that does what a package does: its interventions, in the order of the plan file.

    Args:
        space: the packages.
        package: one of them.
        said: a comment on top, without line breaks.
    """
    name = space.name(package)
    title = f"Package for {space.budget:,.0f} yuan: {name}"
    lines = [
        f"# {said}",
        "",
        f"title = {quoted(title if len(title) <= _LONGEST_TITLE else title[: _LONGEST_TITLE - 1] + '…')}",
        f"question = {quoted(space.options.question)}",
        f"source = {quoted(space.options.source)}",
    ]
    for option, size in space.chosen(package):
        lines += ["", f"# {option.name}, {size.name}: {_on_one_line(option.title)} ({option.status})"]
        for each in size.stated:
            table = each.intervention.model_dump(by_alias=True, exclude_defaults=True)
            lines += ["", "[[intervention]]", *(f"{name} = {_value(value)}" for name, value in table.items())]
    return "\n".join(lines) + "\n"


def _on_one_line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _value(value: Any) -> str:
    """A value of an intervention in TOML; numbers are read back as the same bits."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key(name)} = {_value(inner)}" for name, inner in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_value(inner) for inner in value) + "]"
    if isinstance(value, float) and value.is_integer() and math.isfinite(value):
        return str(int(value))
    return str(value)
