"""A district of one's own to start from: a copy of the invented one."""

from __future__ import annotations

import re
from pathlib import Path

from takeup.district.district import SHIPPED
from takeup.errors import InputError
from takeup.io import quote_toml

_TEMPLATE = SHIPPED / "template"
_NAMES = re.compile(r'^name = "Template"\nname_zh = .*\n', re.MULTILINE)


def copy_template(folder: str | Path, name: str, name_zh: str) -> Path:
    """Copy the template's files into a folder, under another name.

    Args:
        folder: made if it is not there.
        name, name_zh: of the district, and in Chinese.

    Returns:
        The folder.

    Raises:
        InputError: one of the files is there already, or cannot be written.
    """
    names = f"name = {quote_toml(name)}\nname_zh = {quote_toml(name_zh)}\n"
    for file in sorted(_TEMPLATE.glob("*.toml")):
        write_exclusive(
            Path(folder) / file.name, _NAMES.sub(lambda _: names, file.read_text(encoding="utf-8"), count=1)
        )
    return Path(folder)


def write_exclusive(file: Path, text: str) -> None:
    """Write a file that is not there yet.

    Raises:
        InputError: it is, or it cannot be written.
    """
    if file.exists():
        raise InputError("there is such a file already", file=file, allowed="another name")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror or error})", file=file) from None
