"""`make fuzz`: every kind of file, thought up and led; the figures go to docs/verification/fuzzing.toml."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from tests.fuzz.readers import READERS, REPOSITORY

FIGURES: Final = REPOSITORY / "docs" / "verification" / "fuzzing.toml"
CASES: Final = Path(__file__).with_name("cases")
_MEMORY: Final = Path("/dev/shm")  # where files are tried if there is such a place: a disk would be the slowest part


_INPUTS: Final = {
    "scenario": (6_000, 16_000), "plan": (2_500, 10_000), "population": (2_500, 9_000), "parameters": (1_500, 3_000),
    "calibrated": (3_000, 8_000), "overrides": (2_000, 16_000), "figures": (3_000, 8_000),
    "posterior": (5_000, 16_000), "journal": (3_000, 4_000), "state": (4_000, 5_000),
}  # fmt: skip
_WAYS: Final = ("invented", "guided")
"""Modules, each run once for each kind of file; the inputs above are theirs, in this order."""


def campaign(share: float, folder: Path) -> list[dict[str, Any]]:
    """Everything, or a share of it; figures by way and kind."""
    found = []
    for content in READERS["state"].right():  # compiles the month, which cannot be done where imports are watched
        (folder / "warm.npz").write_bytes(content)
        READERS["state"].read(folder / "warm.npz")
    for number, way in enumerate(_WAYS):
        for kind in READERS:
            count = max(1, int(_INPUTS[kind][number] * share))
            print(f"{way} {kind}: {count:,} inputs", flush=True)
            found.append({"way": way} | _tried(way, kind, count, folder))
            if found[-1]["crashes"]:
                print(f"  {found[-1]['crashes']}", flush=True)
    return found


def _tried(way: str, kind: str, count: int, folder: Path) -> dict[str, Any]:
    """In a process of its own, which a fault may end."""
    figures, faulty = folder / "figures.json", folder / "faulty"
    faulty.mkdir(exist_ok=True)
    figures.unlink(missing_ok=True)
    own = tempfile.mkdtemp(dir=folder)
    begun = time.monotonic()
    command = [sys.executable, "-m", f"tests.fuzz.{way}", kind, str(count), str(figures), str(faulty)]
    ended = subprocess.run(
        command, cwd=REPOSITORY, env={**os.environ, "TMPDIR": own}, capture_output=True, text=True, check=False
    )
    told = json.loads(figures.read_text()) if figures.exists() else {"kind": kind, "inputs": 0, "crashes": {}}
    told["seconds"] = round(time.monotonic() - begun, 1)
    if ended.returncode != 0:
        last = next(iter(Path(own).rglob(f"tried{READERS[kind].ending}")), None)
        name = f"{kind}-ended{READERS[kind].ending}"
        if last is not None:
            shutil.copy(last, faulty / name)
        told["crashes"][f"the process ended with {ended.returncode}: {ended.stderr[-300:]}"] = name
    shutil.rmtree(own, ignore_errors=True)
    return told


def written(found: list[dict[str, Any]]) -> str:
    """The figures as TOML."""
    inputs, seconds = sum(each["inputs"] for each in found), sum(each["seconds"] for each in found)
    crashes = len({(each["kind"], fault) for each in found for fault in each["crashes"]})
    lines = [
        "# Written by `make fuzz`; do not edit.",
        f'date = "{datetime.now(UTC):%Y-%m-%d}"',
        f"inputs = {inputs}",
        f"seconds = {seconds:.0f}",
        f"crashes = {crashes}",
        f"mended = {len(kept())}",
    ]
    for each in found:
        lines += ["", "[[tried]]", f'way = "{each["way"]}"', f'kind = "{each["kind"]}"', f"inputs = {each['inputs']}",
                  f"accepted = {each.get('accepted', 0)}", f"crashes = {len(each['crashes'])}"]  # fmt: skip
    return "\n".join(lines) + "\n"


def kept() -> list[Path]:
    """The inputs that once crashed a reader, kept as test cases."""
    return sorted(file for file in CASES.iterdir() if file.suffix != ".md")


def main() -> int:
    """Try everything; 1 if anything crashed."""
    share = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    kept_in = REPOSITORY / "results" / "fuzz"
    folder = Path(tempfile.mkdtemp(dir=_MEMORY if _MEMORY.is_dir() else None))
    try:
        found = campaign(share, folder)
        if any(each["crashes"] for each in found):
            shutil.copytree(folder / "faulty", kept_in, dirs_exist_ok=True)
            print(f"What crashed: {kept_in}")
    finally:
        shutil.rmtree(folder)
    text = written(found)
    print(text)
    if share == 1.0:
        FIGURES.parent.mkdir(exist_ok=True)
        FIGURES.write_text(text, encoding="utf-8")
    return int(any(each["crashes"] for each in found))


if __name__ == "__main__":
    sys.exit(main())
