"""Benchmark of speed and memory of the model and of the command.

The results are written as JSON to standard output and to benchmarks/latest.json, and as a table to
docs/performance.md. The sides of a ratio are measured alternately in one run, so that a slowdown of the machine
affects both.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

from format_table import write_table
from roofline import roofline

from takeup import PermitModel

DISTRICT, FULL, SMALL = "template", 360_000, 20_000
ROUNDS, MONTHS, OBJECT_MONTHS, SETTLED = 7, 6, 1, "2013-12"
SIZES = (36_000, 360_000, 3_600_000, 36_000_000)
NANOSECONDS = 1e9
COMMANDS = {
    "help": ("--help",),
    "check": ("check", "scenarios/all_five.toml"),
    "one_month_with_all_files": ("run", "baseline", "--until", "2010-01", "--quiet", "--out", "results/one_month"),
}
HERE = Path(__file__).parent


def main() -> None:
    """Measure, print and write the results."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--largest", type=int, default=SIZES[-1], help="Omit larger models from the scale curve.")
    largest: int = options.parse_args().largest
    figures = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "python": platform.python_version(),
        "processors": os.cpu_count(),
        "migrants": FULL,
        **_months(),
        "warm_start": _printed_by("warmup.py"),
        "command_cpu_seconds": {name: _command(*arguments) for name, arguments in COMMANDS.items()},
        "scale": [_printed_by("scale.py", str(size)) for size in SIZES if size <= largest],
        "ensemble": _printed_by("ensemble.py", "--no-command"),
        "rounds": ROUNDS,
    }
    written = json.dumps(figures, indent=2)
    (HERE / "latest.json").write_text(written + "\n", encoding="utf-8")
    write_table(HERE.parent / "docs" / "performance.md", figures)
    print(written)


def _months() -> dict[str, object]:
    set_ups = [_seconds(lambda: PermitModel(DISTRICT, agents=FULL, rng=1)) for _ in range(ROUNDS)]
    compiled = _settled(FULL)
    small, objects = _settled(SMALL), _objects(SMALL)
    months: dict[str, list[float]] = {"compiled": [], "small": [], "objects": []}
    for _ in range(ROUNDS):
        months["compiled"].append(_month(compiled, MONTHS))
        months["objects"].append(_month(objects, OBJECT_MONTHS))
        months["small"].append(_month(small, MONTHS))
    return {
        "set_up_seconds": round(median(set_ups), 3),
        "compiled_ns_a_migrant_month": round(median(months["compiled"]), 1),
        f"compiled_ns_a_migrant_month_at_{SMALL}": round(median(months["small"]), 1),
        "objects_ns_a_migrant_month": round(median(months["objects"]), 1),
        "objects_to_compiled": round(
            median(slow / fast for slow, fast in zip(months["objects"], months["compiled"], strict=True)), 1
        ),
        **roofline(compiled, median(months["compiled"])),
    }


def _settled(agents: int) -> PermitModel:
    """Return a model after some years of its history, when a month takes its usual time."""
    model = PermitModel(DISTRICT, agents=agents, rng=1)
    model.run_until(SETTLED)
    return model


def _objects(agents: int) -> PermitModel:
    """Return the same district after some years, with the objects engine."""
    model = PermitModel(DISTRICT, agents=agents, rng=1, engine="objects", checkpoint=_settled(agents).checkpoint())
    model.step()
    return model


def _month(model: PermitModel, months: int) -> float:
    """Return the nanoseconds per migrant-month."""
    return _seconds(lambda: [model.step() for _ in range(months)]) / months / model.agents_at_most * NANOSECONDS


def _seconds(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began


def _printed_by(script: str, *arguments: str) -> dict[str, object]:
    """Run another benchmark in a separate process, because peak memory is per process, and return its results."""
    done = subprocess.run(
        [sys.executable, HERE / script, *arguments], check=True, stdout=subprocess.PIPE, text=True, cwd=HERE.parent
    )
    printed: dict[str, object] = json.loads(done.stdout)
    return printed


def _command(*arguments: str) -> float:
    """Return the processor seconds of a command, the median of five runs."""

    def once() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [Path(sys.executable).with_name("takeup"), *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd=HERE.parent)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    once()
    return round(median(once() for _ in range(5)), 2)


if __name__ == "__main__":
    main()
