"""`@compiled`: numba's njit with a cache on disk that notices when any rule changes.

numba's own cache looks at the file of the compiled function alone, so a month compiled yesterday would go on using
yesterday's rules. Here the cache folder is named after the contents of every source file that is compiled.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

from numba import njit
from numba.core import config

P = ParamSpec("P")
R = TypeVar("R")

_PACKAGE = Path(__file__).resolve().parent
_CONFIG: Any = config  # its settings are made at run time, where no type checker sees them
_COMPILED_SOURCES = (
    "compilation.py",
    "rng.py",
    "rules",
    "simulation",
    "analysis/why/attribution.py",
    "analysis/trial/design.py",
)


def njit_cached(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function of numbers and arrays to machine code; exact arithmetic, no reordering, no lock held.

    The Python function stays reachable as `.py_func`.
    """
    return _compiled(function, makes_arrays=True)


def njit_borrowed_arrays(function: Callable[P, R]) -> Callable[P, R]:
    """The same for what makes no arrays and only works on those it is lent, which whoever calls keeps alive.

    Then nobody need count who refers to an array or a part of one. In a month that goes through blocks of people with
    dozens of small loops, the counting costs as much as the dearest of them.
    """
    return _compiled(function, makes_arrays=False)


def _compiled(function: Callable[P, R], makes_arrays: bool) -> Callable[P, R]:
    compile_it = cast("Callable[..., Callable[[Callable[P, R]], Callable[P, R]]]", njit)  # numba's types lack `_nrt`
    before = _CONFIG.CACHE_DIR
    _CONFIG.CACHE_DIR = str(_CACHE)
    try:
        return compile_it(cache=True, nogil=True, error_model="numpy", _nrt=makes_arrays)(function)
    finally:
        _CONFIG.CACHE_DIR = before


def _sources() -> list[Path]:
    paths = [_PACKAGE / name for name in _COMPILED_SOURCES]
    return sorted(file for path in paths for file in ([path] if path.is_file() else path.rglob("*.py")))


def _cache_folder() -> Path:
    """A writable folder for this version of the sources; folders of other versions beside it are removed."""
    digest = hashlib.sha256()
    for file in _sources():
        digest.update(file.read_bytes())
    name = f"compiled-{digest.hexdigest()[:16]}"
    for above in (_PACKAGE / "__pycache__", Path.home() / ".cache" / "takeup"):
        try:
            above.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(above, os.W_OK):
            for stale in above.glob("compiled-*"):
                if stale.name != name:
                    shutil.rmtree(stale, ignore_errors=True)
            return above / name
    return Path(tempfile.gettempdir()) / f"takeup-{name}"


_CACHE = _cache_folder()
