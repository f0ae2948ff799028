"""Digest of the shipped code and data, a part of the key of every result."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

_PACKAGES: Final = ("takeup", "takeup_calibration")
"""Packages of the distribution; `takeup` does not import the second, which may be missing."""
_DECISIVE: Final = (".py", ".toml")


@cache
def code_digest() -> str:
    """Hash every `*.py` and `*.toml` file shipped with the packages.

    Keys with this digest never match stored results of other code or data. The digest covers more files than any one
    command depends on, because a needless recomputation is better than a wrong result.
    """
    digest = hashlib.sha256()
    for name, file in shipped_files():
        content = file.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def key_of(*inputs: object, digits: int = 24) -> str:
    """Return the key of a stored result: a hash of the shipped code and the inputs.

    Args:
        inputs: all inputs that the result depends on, as JSON values.
        digits: length of the key, in hexadecimal digits.
    """
    return hashlib.sha256(json.dumps([code_digest(), *inputs]).encode()).hexdigest()[:digits]


def shipped_files() -> Iterator[tuple[str, Path]]:
    """Yield the name and the path of every file that the digest covers, in order."""
    for package in _PACKAGES:
        spec = find_spec(package)
        for folder in map(Path, (spec.submodule_search_locations or ()) if spec is not None else ()):
            files = (file for file in folder.rglob("*") if file.suffix in _DECISIVE and file.is_file())
            for name, file in sorted((file.relative_to(folder).as_posix(), file) for file in files):
                yield f"{package}/{name}", file
