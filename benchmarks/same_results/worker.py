"""Worker that runs the cases in one tree, each in a forked process.

The tree's packages are on PYTHONPATH. Imports and compiled code are loaded once, before the first fork. Figures are
not drawn: they are not compared, and drawing takes most of a small command's time.

Usage: python -P -m benchmarks.same_results.worker REQUEST.json, see `Request`. It prints one JSON object per case.
"""

from __future__ import annotations

import json
import os
import runpy
import signal
import sys
import traceback
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import IO, Any, Final, TypedDict

import numpy as np
from matplotlib.figure import Figure

import takeup
from takeup.cli import main as takeup_command

LIMIT_SECONDS: Final = 1_800
_LIBRARIES: Final = (
    "pyarrow.parquet",
    "scipy.stats",
    "sklearn.gaussian_process",
    "SALib.analyze.sobol",
    "rich.console",
)
_BLANK: Final = {"png": b"\x89PNG\r\n\x1a\n", "svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>'}


class RequestedCase(TypedDict):
    """A case to run: its name, its folder, the arguments, and the snippet to run instead of `takeup`, or None."""

    name: str
    folder: str
    arguments: list[str]
    snippet: str | None


class Request(TypedDict):
    """The input of the worker: the tree whose packages must be imported, and the cases."""

    tree: str
    cases: list[RequestedCase]


def main() -> None:
    """Run every case of the request."""
    request: Request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    _load(Path(request["tree"]))
    for case in request["cases"]:
        began = perf_counter()
        status, cpu_seconds = _run_in_a_fork(case)
        finished = {
            "name": case["name"],
            "status": status,
            "seconds": round(perf_counter() - began, 1),
            "cpu_seconds": round(cpu_seconds, 1),
        }
        print(json.dumps(finished), flush=True)


def _load(tree: Path) -> None:
    """Import and compile what most cases need, so that each fork has it."""
    for name in _LIBRARIES:
        import_module(name)
    if tree not in Path(takeup.__file__).resolve().parents:
        raise SystemExit(f"takeup was imported from {takeup.__file__}, not from {tree}")
    Figure.savefig = _save_blank_figure  # type: ignore[method-assign, assignment]
    model = takeup.PermitModel("template", None, 1600, rng=np.random.default_rng(1))
    model.step()


def _save_blank_figure(_: object, file: str | os.PathLike[str] | IO[bytes], **options: Any) -> None:
    """Write an empty figure, instead of matplotlib's method."""
    if isinstance(file, str | os.PathLike):
        path = Path(file)
        path.write_bytes(_BLANK.get(options.get("format", path.suffix.lstrip(".")), b""))
    else:
        file.write(_BLANK.get(options.get("format", "png"), b""))


def _run_in_a_fork(case: RequestedCase) -> tuple[int, float]:
    """Run a case in a process of its own.

    Returns:
        The exit status of the process, or 128 + the signal's number if it was killed, and its processor seconds.
    """
    process = os.fork()
    if process == 0:
        status = 1
        try:
            signal.alarm(LIMIT_SECONDS)
            status = _run(case)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    _, ended, usage = os.wait4(process, 0)
    code = os.waitstatus_to_exitcode(ended)
    return code if code >= 0 else 128 - code, usage.ru_utime + usage.ru_stime


def _run(case: RequestedCase) -> int:
    os.chdir(case["folder"])
    log = os.open("log.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    sys.argv = ["takeup", *case["arguments"]]
    try:
        if case["snippet"] is None:
            takeup_command()
        else:
            Path("snippet.py").write_text(case["snippet"], encoding="utf-8")
            runpy.run_path("snippet.py", run_name="__main__")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return 0


if __name__ == "__main__":
    main()
