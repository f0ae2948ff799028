"""The digest of the shipped code and data, part of the key of every stored result."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

_PACKAGES: Final = ("takeup", "takeup_calibration")
"""The packages of the distribution; `takeup` locates the second without importing it, and works without it."""
_DECISIVE: Final = (".py", ".toml")


@cache
def code_digest() -> str:
    """Hash every `*.py` and `*.toml` file shipped with the packages.

    A journal whose entries were made by other code or data is then never mixed with new entries. The digest covers
    more than any one command depends on: a needless recomputation is better than a wrong result.
    """
    digest = hashlib.sha256()
    for name, file in shipped_files():
        content = file.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def key_of(*inputs: object, digits: int = 24) -> str:
    """Hash the shipped code and the inputs of a computation: the key under which its result is stored.

    Args:
        inputs: everything else that decides the result, as values that JSON can represent.
        digits: length of the key, in hexadecimal digits.
    """
    return hashlib.sha256(json.dumps([code_digest(), *inputs]).encode()).hexdigest()[:digits]


def shipped_files() -> Iterator[tuple[str, Path]]:
    """Yield the name within its package and the path of every file that the digest covers, in a fixed order."""
    for package in _PACKAGES:
        spec = find_spec(package)
        for folder in map(Path, (spec.submodule_search_locations or ()) if spec is not None else ()):
            files = (file for file in folder.rglob("*") if file.suffix in _DECISIVE and file.is_file())
            for name, file in sorted((file.relative_to(folder).as_posix(), file) for file in files):
                yield f"{package}/{name}", file
