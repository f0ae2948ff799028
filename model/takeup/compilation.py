"""Compilation with numba, with a cache on disk.

The cache is invalidated when any compiled source file changes. The cache of numba itself checks only the file of the
compiled function. A month that was compiled before a change of a rule would continue to use the old rule. Here the
cache folder is named after the contents of every source file with compiled code.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import stat
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

from takeup.errors import RunError
from takeup.message import Message

_DISABLED = "NUMBA_DISABLE_JIT"
if os.environ.get(_DISABLED, "0") not in {"", "0"}:
    # Interpreted, numba's records have no fields as attributes, and a month would take minutes.
    if "numba" in sys.modules:
        raise RunError(
            Message(
                "the environment variable {variable} is set, but takeup requires compiled functions: unset the "
                "variable, or import takeup before numba",
                variable=_DISABLED,
            )
        )
    warnings.warn(
        f"takeup: the environment variable {_DISABLED} is ignored, because takeup requires compiled functions",
        stacklevel=2,
    )
    os.environ[_DISABLED] = "0"

from numba.core import config  # noqa: E402  (numba reads the variable when it is imported)

from takeup.compiled_function import CompiledFunction  # noqa: E402

P = ParamSpec("P")
R = TypeVar("R")

_PACKAGE = Path(__file__).resolve().parent
_CONFIG: Any = config  # numba sets its attributes at run time, so that type checkers do not know them
_COMPILED_SOURCES = (
    "compilation.py",
    "compiled_function.py",
    "rng.py",
    "rules",
    "simulation",
    "analysis/why/attribution.py",
    "analysis/trial/design.py",
)
_CACHE_MAX_AGE_DAYS = 30
_SECONDS_PER_DAY = 86_400
_PRIVATE = 0o700


def njit_cached(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function of numbers and arrays to machine code.

    Floating-point arithmetic is exact and not reordered, and the global interpreter lock is released. The Python
    function remains available as `.py_func`.
    """
    return _cached(function, creates_arrays=True)


def njit_borrowed_arrays(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function that creates no arrays.

    The function works only on arrays that its caller keeps alive, and needs no reference counting of arrays and
    slices. A month processes blocks of slots in dozens of small loops; counting references there costs as much as the
    most expensive of the loops.
    """
    return _cached(function, creates_arrays=False)


def _cached(function: Callable[P, R], *, creates_arrays: bool) -> Callable[P, R]:
    compiled = CompiledFunction(function, creates_arrays=creates_arrays)
    before = _CONFIG.CACHE_DIR
    _CONFIG.CACHE_DIR = str(_CACHE)
    try:
        compiled.enable_caching()
    finally:
        _CONFIG.CACHE_DIR = before
    return cast("Callable[P, R]", compiled)


def is_cache_empty() -> bool:
    """Return whether no function was compiled yet, so that the next run compiles, which takes about 20 seconds."""
    return not any(_CACHE.rglob("*.nbi"))


def _sources() -> list[Path]:
    paths = [_PACKAGE / name for name in _COMPILED_SOURCES]
    return sorted(file for path in paths for file in ([path] if path.is_file() else path.rglob("*.py")))


def _cache_folder() -> Path:
    """Return a cache folder for this version of the sources, private to the user.

    Cached functions are unpickled, so a folder in which others may write is never used. Folders of other versions
    next to it are removed only if they have not been used for a month: another checkout or a running process may need
    them. Without a private folder that lasts, a temporary one is used, and every process compiles anew.
    """
    digest = hashlib.sha256()
    for file in _sources():
        digest.update(file.read_bytes())
    name = f"compiled-{digest.hexdigest()[:16]}"
    for above in _candidate_folders():
        try:
            above.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
            folder = above / name
            if _is_private(above) and os.access(above, os.W_OK):
                folder.mkdir(mode=_PRIVATE, exist_ok=True)
                if _is_private(folder):
                    folder.touch()  # its time of modification is the time of its last use
                    _remove_expired(above, name)
                    return folder
        except OSError:
            continue
    folder = Path(tempfile.mkdtemp(prefix=f"takeup-{name}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    warnings.warn(
        "takeup: no folder is available for compiled code, so every process compiles the code again (about 20 "
        "seconds); set HOME or TMPDIR to a folder in which only the present user can write",
        stacklevel=2,
    )
    return folder


def _candidate_folders() -> Iterator[Path]:
    """Yield the folders that may hold the cache, the preferred one first."""
    yield _PACKAGE / "__pycache__"
    with suppress(RuntimeError):  # neither HOME nor an entry in the user database
        yield Path.home() / ".cache" / "takeup"
    if hasattr(os, "getuid"):
        yield Path(tempfile.gettempdir()) / f"takeup-{os.getuid()}"


def _is_private(folder: Path) -> bool:
    """Return whether only this user may write to a folder, which they own.

    The result is True on systems where folders have no owners.
    """
    if not hasattr(os, "getuid"):
        return True
    status = folder.lstat()
    return (
        stat.S_ISDIR(status.st_mode)
        and status.st_uid == os.getuid()
        and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    )


def _remove_expired(parent: Path, own: str) -> None:
    """Remove the cache folders that have not been used for a month, except `own`."""
    oldest = time.time() - _CACHE_MAX_AGE_DAYS * _SECONDS_PER_DAY
    for folder in parent.glob("compiled-*"):
        try:
            expired = folder.name != own and folder.stat().st_mtime < oldest
        except OSError:  # removed by another process meanwhile
            continue
        if expired:
            shutil.rmtree(folder, ignore_errors=True)


_CACHE = _cache_folder()
