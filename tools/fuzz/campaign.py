"""Fuzzing campaign of `make fuzz`: generated and coverage-guided files for every reader.

The campaign writes its results to docs/verification/fuzzing.toml. If interrupted, run the same command again to
resume after the last finished kind of file, unless the program or these tests have changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from takeup.io import JOURNAL
from takeup.runs.journal import Entry, Journal, code_digest
from takeup.runs.scheduler import Job, Runner
from tools.fuzz.readers import READERS, REPOSITORY

FIGURES: Final = REPOSITORY / "docs" / "verification" / "fuzzing.toml"
CASES: Final = REPOSITORY / "tests" / "fuzz" / "cases"
KEPT_IN: Final = REPOSITORY / "results" / "fuzz"
_MEMORY: Final = Path("/dev/shm")  # files are written to memory if possible, because a disk would be the slowest part

_INPUTS: Final = {
    "scenario": (6_000, 16_000), "plan": (2_500, 10_000), "population": (2_500, 9_000), "parameters": (1_500, 3_000),
    "calibrated": (3_000, 8_000), "overrides": (2_000, 16_000), "targets": (3_000, 8_000),
    "posterior": (5_000, 16_000), "journal": (3_000, 4_000), "state": (4_000, 5_000),
}  # fmt: skip
_WAYS: Final = ("generators", "coverage_guided")
"""Modules that make files, each run once per kind of file; `_INPUTS` has their numbers of files in this order."""


class Search(NamedTuple):
    """A search: the module that makes files, the kind of file, and the number of files."""

    way: str
    kind: str
    inputs: int


def searches(share: float) -> Iterator[Search]:
    """Yield all searches, each with a share of its number of files."""
    for number, way in enumerate(_WAYS):
        for kind in READERS:
            yield Search(way, kind, max(1, int(_INPUTS[kind][number] * share)))


def search(request: Search) -> dict[str, Any]:
    """Run a search in a separate process, which a crash may end, and return its report."""
    faulty = KEPT_IN / "faulty"
    faulty.mkdir(parents=True, exist_ok=True)
    own = Path(tempfile.mkdtemp(dir=_MEMORY if _MEMORY.is_dir() else None))
    figures = own / "figures.json"
    begun = time.monotonic()
    given = (request.kind, str(request.inputs), str(figures), str(faulty))
    ended = subprocess.run(
        [sys.executable, "-m", f"tools.fuzz.{request.way}", *given],
        cwd=REPOSITORY, env={**os.environ, "TMPDIR": str(own)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    report: dict[str, Any] = {"kind": request.kind, "inputs": 0, "crashes": {}}
    if figures.exists():
        report = json.loads(figures.read_text(encoding="utf-8"))
    report["seconds"] = round(time.monotonic() - begun, 1)
    if ended.returncode != 0:
        ending = READERS[request.kind].ending
        last = next(iter(own.rglob(f"tried{ending}")), None)
        name = f"{request.kind}-ended{ending}"
        if last is not None:
            shutil.copy(last, faulty / name)
        report["crashes"][f"the process ended with {ended.returncode}: {ended.stderr[-300:]}"] = name
    shutil.rmtree(own, ignore_errors=True)
    return {"way": request.way} | report


def campaign(share: float) -> list[dict[str, Any]]:
    """Run all searches on all processors, each with a share of its files, and return their reports."""
    # Compile the month here, because modules that atheris instruments cannot be compiled.
    with tempfile.TemporaryDirectory() as folder:
        for content in READERS["state"].right():
            (Path(folder) / "warm.npz").write_bytes(content)
            READERS["state"].read(Path(folder) / "warm.npz")
    harness = b"".join(file.read_bytes() for file in sorted(Path(__file__).parent.glob("*.py")))
    code = f"{code_digest()} {hashlib.sha256(harness).hexdigest()[:16]}"
    jobs = [Job(f"{' '.join(map(str, request))} {code}", request) for request in searches(share)]
    with closing(Journal(KEPT_IN / JOURNAL)) as journal:
        Runner(journal, os.cpu_count() or 1).run(search, jobs, on_entry=_print_entry)
        return [journal.result(job.key) for job in jobs]


def _print_entry(entry: Entry) -> None:
    if entry.error is not None:
        raise RuntimeError(f"{entry.key}: {entry.error}")
    report = entry.result
    print(
        f"{report['way']} {report['kind']}: {report['inputs']:,} inputs, {report['seconds']:.0f} seconds",
        flush=True,
    )
    if report["crashes"]:
        print(f"  {report['crashes']}", flush=True)


def written(reports: list[dict[str, Any]]) -> str:
    """Format the results as TOML."""
    inputs, seconds = sum(each["inputs"] for each in reports), sum(each["seconds"] for each in reports)
    crashes = len({(each["kind"], fault) for each in reports for fault in each["crashes"]})
    lines = [
        "# Written by `make fuzz`; do not edit.",
        f'date = "{datetime.now(UTC):%Y-%m-%d}"',
        f"inputs = {inputs}",
        f"seconds = {seconds:.0f}",
        f"crashes = {crashes}",
        f"mended = {len(kept())}",
    ]
    for each in reports:
        lines += ["", "[[tried]]", f'way = "{each["way"]}"', f'kind = "{each["kind"]}"', f"inputs = {each['inputs']}",
                  f"accepted = {each.get('accepted', 0)}", f"crashes = {len(each['crashes'])}"]  # fmt: skip
    return "\n".join(lines) + "\n"


def kept() -> list[Path]:
    """Return the files that crashed a reader in earlier campaigns and are test cases now."""
    return sorted(file for file in CASES.iterdir() if file.suffix != ".md")


def main() -> int:
    """Run the campaign, or the share of it given as an argument; return 1 if a reader crashed."""
    share = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    reports = campaign(share)
    if any(each["crashes"] for each in reports):
        print(f"Files that crashed a reader: {KEPT_IN / 'faulty'}")
    text = written(reports)
    print(text)
    if share == 1.0:
        FIGURES.parent.mkdir(exist_ok=True)
        FIGURES.write_text(text, encoding="utf-8")
    return int(any(each["crashes"] for each in reports))
