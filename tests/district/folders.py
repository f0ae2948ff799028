"""Copies of the template district with a fault: some text of a file is replaced."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from takeup.district import SHIPPED

Edit = Callable[..., Path]


def edited(folder: Path, file: str, old: str, new: str, count: int = 1) -> Path:
    """A copy of the template in `folder`, its `file` with `old` replaced by `new`."""
    for name in ("population.toml", "parameters.toml"):
        content = (SHIPPED / "template" / name).read_text(encoding="utf-8")
        if name == file:
            assert old in content, f"{old!r} is not in {file}"
            content = content.replace(old, new, count)
        (folder / name).write_text(content, encoding="utf-8")
    return folder
