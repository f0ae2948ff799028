"""Trying one mutant: the tests of its module, in a process of its own.

Processes are forked from one that has loaded the libraries but nothing of the model, so that trying one mutant takes
a second or two; a changed module that is compiled is compiled anew, without the cache on disk.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.abc
import importlib.util
import io
import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from tools.mutation.operators import Mutant

REPOSITORY: Final = Path(__file__).resolve().parents[2]
SOURCES: Final = REPOSITORY / "model" / "takeup"
_LIBRARIES: Final = ("pytest", "hypothesis", "numpy", "scipy.special", "scipy.stats", "pandas", "numba", "mesa",
                     "pydantic", "pyarrow", "_pytest.assertion.rewrite")  # fmt: skip
_LONGEST_SECONDS: Final = 180.0
"""Tests that take longer have noticed: most likely the mutant goes round for ever."""


@dataclass(frozen=True)
class Target:
    """A module, and the tests that are to notice.

    Attributes:
        name: of the row in the figures.
        file: below model/takeup.
        tests: files below tests/.
        within: functions or classes; the whole module if empty.
    """

    name: str
    file: str
    tests: tuple[str, ...]
    within: tuple[str, ...] = ()

    @property
    def module(self) -> str:
        """Its dotted name."""
        return "takeup." + self.file.removesuffix(".py").replace("/", ".")


def load_libraries() -> None:
    """Once, before the first trial.

    Raises:
        RuntimeError: if the model is loaded already, where no mutant would take its place.
    """
    for library in _LIBRARIES:
        importlib.import_module(library)
    if "takeup" in sys.modules:
        raise RuntimeError("the model is loaded: mutants could not take its place")


class Trial:
    """The tests of a target, running with a mutant or, to see that they pass, with none."""

    def __init__(self, target: Target, mutant: Mutant | None = None) -> None:
        self.target, self.mutant = target, mutant
        self.began = time.monotonic()
        self._process = os.fork()
        if self._process == 0:
            _run_and_end(target, mutant)

    def noticed(self) -> bool | None:
        """Whether the tests failed; None as long as they run."""
        ended, status = os.waitpid(self._process, os.WNOHANG)
        if ended:
            return status != 0
        if time.monotonic() - self.began < _LONGEST_SECONDS:
            return None
        os.killpg(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)
        return True


def _run_and_end(target: Target, mutant: Mutant | None) -> None:
    os.setpgid(0, 0)
    status = 1
    try:
        with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
        status = _run(target, mutant)
    finally:
        os._exit(status)


def _run(target: Target, mutant: Mutant | None) -> int:
    os.environ["HYPOTHESIS_PROFILE"] = "ci"
    import pytest  # noqa: PLC0415

    if mutant is not None:
        sys.meta_path.insert(0, _Finder(target, mutant))
    tests = [str(REPOSITORY / "tests" / name) for name in target.tests]
    with contextlib.redirect_stdout(io.StringIO()):
        return int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-p", "no:nbmake", "-o", "addopts=", *tests]))


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the mutant where the module is looked for."""

    def __init__(self, target: Target, mutant: Mutant) -> None:
        self.target, self.mutant = target, mutant

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:
        if fullname != self.target.module:
            return None
        return importlib.util.spec_from_loader(fullname, self, origin=str(SOURCES / self.target.file))

    def exec_module(self, module: ModuleType) -> None:
        from numba import njit  # noqa: PLC0415

        import takeup.compilation  # noqa: PLC0415

        cached = takeup.compilation.njit_cached
        takeup.compilation.njit_cached = njit(nogil=True, error_model="numpy")  # type: ignore[assignment]
        module.__file__ = str(SOURCES / self.target.file)
        try:
            exec(compile(self.mutant.tree, module.__file__, "exec"), module.__dict__)
        finally:
            takeup.compilation.njit_cached = cached
