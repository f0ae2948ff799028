"""Benchmark of the time from the start of `takeup run` to the end of its first month.

The wall and processor seconds, and those of the imports, are medians of several runs in separate processes, after one
that fills the caches. They are printed as JSON.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from statistics import median

TIMES = 7
RUN = """
import json, os, sys, time
began, processor = time.perf_counter(), time.process_time()
from takeup.cli import app
import takeup.cli.run
import takeup.simulation.model as simulation
timings = {"imports_seconds": time.perf_counter() - began, "imports_cpu_seconds": time.process_time() - processor}
step = simulation.PermitModel.step
def first(model):
    step(model)
    timings["first_month_seconds"] = time.perf_counter() - began
    timings["first_month_cpu_seconds"] = time.process_time() - processor
    print(json.dumps(timings), flush=True)
    os._exit(0)
simulation.PermitModel.step = first
app.main(["run", "baseline", "--out", sys.argv[1], "--quiet"])
"""


def main() -> None:
    """Measure and print the results."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    runs = [_once() for _ in range(TIMES + 1)][1:]
    print(json.dumps({name: round(median(run[name] for run in runs), 2) for name in runs[0]}, indent=2))


def _once() -> dict[str, float]:
    done = subprocess.run([sys.executable, "-c", RUN, "results/warm"], check=True, stdout=subprocess.PIPE, text=True)
    timings: dict[str, float] = json.loads(done.stdout)
    return timings


if __name__ == "__main__":
    main()
