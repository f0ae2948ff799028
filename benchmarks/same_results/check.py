"""Check that another revision of the repository gives byte-identical results.

A fixed list of small commands (`cases.py`) is run in a checkout of the other revision and in this tree, with the same
Python environment, and the files they write are compared (`files.py`). One line is printed per command. The exit code
is 0 if everything is equal but for intended differences, 1 if not, 2 for wrong arguments.

    python -m benchmarks same-results REVISION --keep FOLDER

With `--keep` the other revision's results are kept in FOLDER, so that later calls run this tree alone.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.same_results.cases import CASES, Case, write_inputs
from benchmarks.same_results.files import compare_folders
from benchmarks.trees import Tree, checkout, find_commit, this_tree

_DONE: Final = "status.json"
_LOG: Final = "log.txt"


class RenamedOption(NamedTuple):
    """An option that was renamed on purpose, with the file it names.

    Attributes:
        command: command of `takeup`.
        old, new: names of the option in the other revision and in this tree.
        file_old, file_new: names of the option's file in the two trees.
        texts: parts of the file's text in the other revision, and the texts that replace them here.
    """

    command: str
    old: str
    new: str
    file_old: str
    file_new: str
    texts: tuple[tuple[str, str], ...] = ()


OPTIONS: Final = (
    RenamedOption(
        "calibrate", "--figures", "--targets", "figures.toml", "targets.toml", (("[[figure]]", "[[target]]"),)
    ),
)
"""Options that were renamed; the sources of a tree determine which of the two names it understands."""


class Status(NamedTuple):
    """The end of a case in a tree: exit status, seconds and processor seconds."""

    code: int
    seconds: float
    cpu_seconds: float


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("revision", nargs="?", help="Commit, branch or tag of git.")
    parser.add_argument(
        "--only", nargs="+", metavar="NAME", help="Run only the cases with these names or patterns ('run*')."
    )
    parser.add_argument("--list", action="store_true", help="Print the cases and exit.")
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="Keep the results of the other revision in FOLDER."
    )
    parser.add_argument("--all", action="store_true", help="Print all differences of each case.")


def check_same_results(given: argparse.Namespace) -> int:
    """Run the cases, compare and print; return the exit code of the command.

    Args:
        given: values of the arguments, and the parser as `parser`.
    """
    cases = [case for case in CASES if not given.only or any(fnmatchcase(case.name, name) for name in given.only)]
    for name in given.only or ():
        if not any(fnmatchcase(case.name, name) for case in CASES):
            given.parser.error(f"--only {name}: no such command, see --list")
    if given.list:
        for case in cases:
            print(f"{case.name:22}{'snippet' if case.snippet else 'takeup'} {' '.join(case.arguments)}")
        return 0
    if given.revision is None:
        given.parser.error("a REVISION is needed")
    commit: str = find_commit(given.revision) or given.parser.error(f"{given.revision}: no such revision")
    scratch = Path(tempfile.mkdtemp(prefix="same_results-"))
    kept = (scratch / "other" if given.keep is None else given.keep.resolve()) / commit[:12]
    print(f"{'command':22}{commit[:7]:>10}{'here':>10}  (processor seconds)", flush=True)
    _run_other(commit, cases, kept, scratch)
    identical = True
    with this_tree() as tree:
        for case, status in _run(tree, cases, scratch / "here"):
            identical &= _report(case, kept / _key(case), scratch / "here" / _key(case), status, everything=given.all)
    if identical:
        shutil.rmtree(scratch)
        print("all equal")
    else:
        print(f"not equal; results: {kept} and {scratch / 'here'}")
    return 0 if identical else 1


def _key(case: Case) -> str:
    """Return the name of a case's folder; a changed case has another name."""
    return f"{case.name}-{case.digest}"


def _report(case: Case, other: Path, here: Path, status: Status, *, everything: bool) -> bool:
    """Print the comparison of a case; return whether its results are equal except for intended differences."""
    before = Status(*json.loads((other / _DONE).read_text(encoding="utf-8")))
    head = f"{case.name:22}{before.cpu_seconds:10.1f}{status.cpu_seconds:10.1f}"
    if before.code or status.code:
        log_end = " ".join((here if status.code else other).joinpath(_LOG).read_text(encoding="utf-8").split())[-300:]
        print(f"{head}  exit status {before.code} -> {status.code}: {log_end}", flush=True)
        return False
    differences = compare_folders(case.name, other / "out", here / "out")
    wrong = [each for each in differences if each.reason is None]
    intended = len({each.file for each in differences if each.reason is not None} - {each.file for each in wrong})
    verdict = f"{len({each.file for each in wrong})} files differ, first {wrong[0]}" if wrong else "equal"
    if intended:
        verdict += f", {intended} files differ as intended"
    print(f"{head}  {verdict}", flush=True)
    if everything:
        for each in differences:
            print(f"    {each}")
    return not wrong


def _run_other(commit: str, cases: list[Case], kept: Path, scratch: Path) -> None:
    """Run the cases in the other revision, except those with kept results."""
    missing = [case for case in cases if not (kept / _key(case) / _DONE).exists()]
    if not missing:
        return
    kept.mkdir(parents=True, exist_ok=True)
    with checkout(commit) as tree:
        for case, status in _run(tree, missing, scratch / "running"):
            done = scratch / "running" / _key(case)
            (done / _DONE).write_text(json.dumps(status), encoding="utf-8")
            # Whole or not at all: others may be reading from there, or keeping the same case.
            arriving = kept / f".{_key(case)}-{os.getpid()}"
            shutil.move(done, arriving)
            try:
                arriving.rename(kept / _key(case))
            except OSError:
                shutil.rmtree(arriving)
            print(f"{case.name:22}{status.cpu_seconds:10.1f}", flush=True)


def _run(tree: Tree, cases: list[Case], folder: Path) -> Iterator[tuple[Case, Status]]:
    """Run cases in a tree one after the other, each in its own folder within the given one."""
    requested: list[dict[str, object]] = []
    for case in cases:
        place = folder / _key(case)
        place.mkdir(parents=True)
        write_inputs(case, place)
        requested.append(
            {
                "name": case.name,
                "folder": str(place),
                "arguments": _arguments(case, tree.path, place),
                "snippet": case.snippet,
            }
        )
    request = folder / "request.json"
    request.write_text(json.dumps({"tree": str(tree.path), "cases": requested}), encoding="utf-8")
    worker = subprocess.Popen(
        tree.python("-m", "benchmarks.same_results.worker", request),
        stdout=subprocess.PIPE,
        text=True,
        env={**tree.environment, "MPLBACKEND": "agg", "COLUMNS": "80"},
    )
    by_name = {case.name: case for case in cases}
    with worker:
        for line in worker.stdout or ():
            finished = json.loads(line)
            yield (
                by_name.pop(finished["name"]),
                Status(finished["status"], finished["seconds"], finished["cpu_seconds"]),
            )
    if by_name:
        raise SystemExit(f"the commands of {tree.path} ended early, before {next(iter(by_name))}")


def _arguments(case: Case, tree: Path, folder: Path) -> list[str]:
    """Return a case's arguments with the option names of the tree, and rename its input files accordingly."""
    arguments = list(case.arguments)
    for option in OPTIONS:
        if case.snippet or arguments[0] != option.command or option.old not in arguments:
            continue
        if not _understands(tree, option.old):
            arguments = [
                {option.old: option.new, option.file_old: option.file_new}.get(each, each) for each in arguments
            ]
            text = (folder / option.file_old).read_text(encoding="utf-8")
            for old, new in option.texts:
                text = text.replace(old, new)
            (folder / option.file_old).unlink()
            (folder / option.file_new).write_text(text, encoding="utf-8")
    return arguments


def _understands(tree: Path, option: str) -> bool:
    """Return whether a command of the tree declares an option."""
    sources = (file for package in ("model", "calibration") for file in (tree / package).rglob("*.py"))
    return any(f'"{option}"' in file.read_text(encoding="utf-8") for file in sources)
