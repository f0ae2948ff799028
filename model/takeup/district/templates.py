"""New districts as copies of the shipped template district."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from takeup.district.district import SHIPPED
from takeup.errors import InputError
from takeup.io import format_toml_table

_TEMPLATE: Final = SHIPPED / "template"
_NAMES: Final = re.compile(r'^name = "Template"\nname_zh = .*\n', re.MULTILINE)


def copy_template(folder: str | Path, name: str, name_zh: str) -> Path:
    """Copy the template's files into a folder, with another name.

    Args:
        folder: the folder, created if it is missing.
        name, name_zh: name of the district, and its Chinese name.

    Returns:
        The folder.

    Raises:
        InputError: one of the files exists already, or cannot be written.
    """
    names = format_toml_table({"name": name, "name_zh": name_zh})
    for file in sorted(_TEMPLATE.glob("*.toml")):
        write_exclusive(
            Path(folder) / file.name, _NAMES.sub(lambda _: names, file.read_text(encoding="utf-8"), count=1)
        )
    return Path(folder)


def write_exclusive(file: Path, text: str) -> None:
    """Write a file that does not exist yet.

    Raises:
        InputError: the file exists already, or it cannot be written.
    """
    if file.exists():
        raise InputError("there is such a file already", file=file, allowed="another name")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror or error})", file=file) from None
