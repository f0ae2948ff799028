"""Tests of one mutant in a separate process.

Processes are forked from one that has loaded the libraries but nothing of the model, so that testing one mutant takes
only a second or two. A mutant of a module with numba functions is compiled without the cache on disk.
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
"""Time after which the tests count as failed, because the mutant most likely has an endless loop."""


@dataclass(frozen=True)
class Target:
    """A module to mutate, and the tests that must detect its mutants.

    Attributes:
        name: name of the row in the results.
        file: path of the module in model/takeup/.
        tests: test files and folders in tests/.
        within: functions or classes to mutate; empty for the whole module.
    """

    name: str
    file: str
    tests: tuple[str, ...]
    within: tuple[str, ...] = ()

    @property
    def module(self) -> str:
        """The dotted name of the module."""
        return "takeup." + self.file.removesuffix(".py").replace("/", ".")


def load_libraries() -> None:
    """Load the libraries once, before the first trial is forked.

    Raises:
        RuntimeError: the model is already loaded, so mutants could not replace its modules.
    """
    for library in _LIBRARIES:
        importlib.import_module(library)
    if "takeup" in sys.modules:
        raise RuntimeError("the model is already loaded, so mutants could not replace its modules")


class Trial:
    """A process that runs the tests of a target with a mutant, or without one to check that they pass."""

    def __init__(self, target: Target, mutant: Mutant | None = None) -> None:
        self.target, self.mutant = target, mutant
        self.began = time.monotonic()
        self._process = os.fork()
        if self._process == 0:
            _run_and_end(target, mutant)

    def noticed(self) -> bool | None:
        """Return whether the tests failed; None while they run."""
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
        with Path(os.devnull).open("w") as nowhere:
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
    """An import hook that loads the mutant instead of the module."""

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
