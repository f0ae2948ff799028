"""Benchmark of one model size: time, memory, and the time per migrant relative to 360,000 migrants."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

from takeup import PermitModel

DISTRICT, USUAL, SETTLED, ROUNDS = "template", 360_000, "2012-12", 5
NANOSECONDS, KIBIBYTES_A_GIBIBYTE = 1e9, 2**20


def main() -> None:
    """Measure and print the results; the months of the two models are timed alternately."""
    agents = int(sys.argv[1])
    PermitModel(DISTRICT, agents=USUAL, rng=1).step()  # compiles the code
    began = perf_counter()
    model = PermitModel(DISTRICT, agents=agents, rng=1)
    set_up = perf_counter() - began
    usual = PermitModel(DISTRICT, agents=USUAL, rng=1)
    for each in (model, usual):
        each.run_until(SETTLED)
    months = [(_month(model), _month(usual)) for _ in range(ROUNDS)]
    figures = {
        "migrants": agents,
        "set_up_seconds": round(set_up, 2),
        "ns_a_migrant_month": round(median(own for own, _ in months), 1),
        "times_that_at_360000": round(median(own / other for own, other in months), 2),
        "peak_memory_gib": round(_peak_kibibytes() / KIBIBYTES_A_GIBIBYTE, 2),
    }
    print(json.dumps(figures))


def _month(model: PermitModel) -> float:
    """Return the nanoseconds per migrant-month; small models run several months for a measurable time."""
    months = max(1, USUAL // model.agents_at_most)
    began = perf_counter()
    for _ in range(months):
        model.step()
    return (perf_counter() - began) / months / model.agents_at_most * NANOSECONDS


def _peak_kibibytes() -> int:
    """Return the peak memory of this process; `getrusage` would include the memory of its parent."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1])


if __name__ == "__main__":
    main()
