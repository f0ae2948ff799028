"""The folders of the districts that a command names, each by itself or by a folder that holds many."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from takeup.district.district import folder_of
from takeup.errors import InputError

_NEEDED: Final = ("population.toml", "parameters.toml")


def is_folder_of_districts(named: str) -> bool:
    """Whether this is a folder, and no district itself; whether it holds any, `district_folders` tells."""
    return Path(named).is_dir() and not _is_district(Path(named))


def district_folders(named: Iterable[str]) -> list[Path]:
    """The folder of every district named, those within a folder by name.

    Args:
        named: districts as `load_district` takes them, and folders of districts' folders.

    Raises:
        InputError: there is no such district, a folder holds none, or two districts have one name.
    """
    found: dict[str, Path] = {}
    for each in named:
        for folder in _within(each):
            if folder.name in found:
                where = "the same folder" if found[folder.name] == folder else f"{found[folder.name]} and {folder}"
                raise InputError(
                    f"two districts have one name ({where})",
                    key="--district",
                    given=folder.name,
                    allowed="districts of different names, each once",
                )
            found[folder.name] = folder
    return list(found.values())


def _within(named: str) -> list[Path]:
    folder = Path(named)
    if not is_folder_of_districts(named):
        return [folder_of(named)]
    inside = sorted(inner.resolve() for inner in folder.iterdir() if _is_district(inner))
    if not inside:
        raise InputError(
            "no district, and no folder of districts",
            key="--district",
            given=named,
            allowed=f"a folder with {' and '.join(_NEEDED)}, or one whose folders have them",
        )
    return inside


def _is_district(folder: Path) -> bool:
    return any((folder / name).is_file() for name in _NEEDED)
