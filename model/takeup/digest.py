"""Which code gave a result: a sweep that is taken up again must not mix the results of two."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_DECIDES = ("rng.py", "rules", "district", "scenario", "simulation")


@cache
def code_digest(*also: str) -> str:
    """A hash of every source file that decides what a run gives.

    Args:
        also: further files or folders that do, such as those of an answer made within the run; in the package, or
            anywhere by a whole path.
    """
    digest = hashlib.sha256()
    for name in (*_DECIDES, *also):
        path = _PACKAGE / name
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
