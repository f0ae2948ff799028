"""`make mutation`: changes to what decides results, and whether the tests notice.

Mutants live in processes forked from one that has loaded the libraries but nothing of the model, so that trying one
takes a second or two; a changed module that is compiled is compiled anew, without the cache on disk.
"""

from __future__ import annotations

import contextlib
import importlib.abc
import importlib.util
import io
import json
import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from tests.mutation.changes import Mutant, mutants

REPOSITORY: Final = Path(__file__).resolve().parents[2]
FIGURES: Final = REPOSITORY / "docs" / "verification" / "mutation.toml"
_SOURCES: Final = REPOSITORY / "model" / "takeup"
_LIBRARIES: Final = ("pytest", "hypothesis", "numpy", "scipy.special", "scipy.stats", "pandas", "numba", "mesa",
                     "pydantic", "pyarrow", "_pytest.assertion.rewrite")  # fmt: skip
_LONGEST_SECONDS: Final = 120
KILLED, SURVIVED = "killed", "survived"


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


_RULES: Final = ("burden", "deciding", "delivering", "hearing", "registering", "serving", "staying", "supervising",
                 "weighing")  # fmt: skip
_OF_SCENARIOS: Final = ("scenario/test_timeline.py", "scenario/test_costs.py", "scenario/test_files.py",
                        "scenario/test_bad_input.py")  # fmt: skip
_OF_CENTRES: Final = ("simulation/test_month.py", "simulation/test_engines.py")
TARGETS: Final = (
    *(Target("rules", f"rules/{name}.py", (f"rules/test_{name}.py",)) for name in _RULES),
    Target("chance", "chance.py", ("simulation/test_chance.py",)),
    Target("centre", "simulation/agents.py", _OF_CENTRES, ("ServiceCentre",)),
    Target("centre", "simulation/compiled_engine.py", _OF_CENTRES, ("_serve",)),
    Target("services", "simulation/services.py", ("simulation/test_month.py", "simulation/test_feedbacks.py")),
    *(Target("scenario", f"scenario/{name}.py", _OF_SCENARIOS) for name in ("timeline", "grammar", "files")),
)


def tried(target: Target, mutant: Mutant | None) -> tuple[str, float]:
    """Whether the tests notice the mutant (or pass without one), and the seconds it took."""
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        status = 1
        try:
            with Path(os.devnull).open("w") as nowhere:
                os.dup2(nowhere.fileno(), 1)
                os.dup2(nowhere.fileno(), 2)
            status = _tested(target, mutant)
        finally:
            os._exit(status)
    while time.monotonic() - began < _LONGEST_SECONDS:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return (SURVIVED if status == 0 else KILLED), time.monotonic() - began
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return KILLED, time.monotonic() - began


def _tested(target: Target, mutant: Mutant | None) -> int:
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
        return importlib.util.spec_from_loader(fullname, self, origin=str(_SOURCES / self.target.file))

    def exec_module(self, module: ModuleType) -> None:
        from numba import njit  # noqa: PLC0415

        import takeup.compilation  # noqa: PLC0415

        cached = takeup.compilation.compiled
        takeup.compilation.compiled = njit(nogil=True, error_model="numpy")  # type: ignore[assignment]
        module.__file__ = str(_SOURCES / self.target.file)
        try:
            exec(compile(self.mutant.tree, module.__file__, "exec"), module.__dict__)
        finally:
            takeup.compilation.compiled = cached


def everything() -> Iterator[tuple[Target, Mutant]]:
    """All mutants of all targets."""
    for target in TARGETS:
        for mutant in mutants((_SOURCES / target.file).read_text(encoding="utf-8"), target.within):
            if not _is_constant_of_types(mutant):
                yield target, mutant


def _is_constant_of_types(mutant: Mutant) -> bool:
    return mutant.change.startswith(("from ", "import "))


def main() -> int:
    """Try them in a random order until all are tried or the time is over."""
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 25.0
    names = set(sys.argv[2:])
    for library in _LIBRARIES:
        importlib.import_module(library)
    assert "takeup" not in sys.modules, "the mutants would find the model loaded"
    chosen = [each for each in everything() if not names or each[0].name in names]
    total = len(chosen)
    random.Random(1).shuffle(chosen)
    for target in dict.fromkeys(target for target, _ in chosen):
        verdict, seconds = tried(target, None)
        print(f"{target.file}: the tests pass without a change: {verdict == SURVIVED} ({seconds:.0f} s)", flush=True)
        if verdict != SURVIVED:
            return 1
    ends, results = time.monotonic() + 60.0 * minutes, []
    workers = int(os.environ.get("MUTATION_WORKERS", "1"))
    share = int(os.environ.get("MUTATION_SHARE", "0"))
    for target, mutant in chosen[share::workers]:
        if time.monotonic() > ends:
            break
        verdict, seconds = tried(target, mutant)
        results.append({"target": target.name, "file": target.file, "line": mutant.line, "change": mutant.change,
                        "verdict": verdict})  # fmt: skip
        if verdict == SURVIVED:
            print(f"survived: {target.file}:{mutant.line}: {mutant.change} ({seconds:.0f} s)", flush=True)
    out = Path(os.environ.get("MUTATION_OUT", str(REPOSITORY / "results" / f"mutation-{share}.json")))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({"date": f"{datetime.now(UTC):%Y-%m-%d}", "mutants": total, "results": results}))
    killed = sum(each["verdict"] == KILLED for each in results)
    print(f"{killed} of {len(results)} killed, of {total} mutants")
    return 0


if __name__ == "__main__":
    sys.exit(main())
