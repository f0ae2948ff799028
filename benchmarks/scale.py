"""Time and memory by the size of the model, up to 36 million migrants.

Each size is measured in a process of its own, in which months alternate with those of a model of 360,000 migrants.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final, NamedTuple

from benchmarks.clock import NANOSECONDS, median_ratio
from benchmarks.trees import Tree, this_tree
from benchmarks.workers import Worker, peak_mebibytes

_DISTRICT: Final = "template"


class ScalePlan(NamedTuple):
    """The sizes of the measurement.

    Attributes:
        sizes: numbers of migrants.
        usual: number of migrants of the model that every size alternates with.
        settled: month up to which the models are run before the measurement.
        rounds: number of rounds.
    """

    sizes: tuple[int, ...]
    usual: int
    settled: str
    rounds: int


_PLAN: Final = ScalePlan((36_000, 360_000, 3_600_000, 36_000_000), 360_000, "2012-12", 5)
_QUICK: Final = ScalePlan((12_000,), 6_000, "2010-02", 1)
_MEBIBYTES: Final = 1_024
"""MiB per GiB."""


@dataclass
class SizeTimes:
    """Measurements of a size in a tree.

    Attributes:
        set_up: seconds to create the model.
        own, usual: nanoseconds per migrant-month of the model and of the usual one, by round.
        peak_gib: peak memory of the process.
    """

    set_up: float = 0.0
    own: list[float] = field(default_factory=list)
    usual: list[float] = field(default_factory=list)
    peak_gib: float = 0.0


def plan_of(*, quick: bool, rounds: int | None = None) -> ScalePlan:
    """Return the sizes of the measurement, with another number of rounds if it is given."""
    plan = _QUICK if quick else _PLAN
    return plan if rounds is None else plan._replace(rounds=rounds)


def measure_size(tree: Tree, agents: int, plan: ScalePlan) -> SizeTimes:
    """Time the months of a model of one size in a process of its own."""
    times = SizeTimes()
    with Worker(tree, "benchmarks.month_worker") as worker:
        worker.request("create", name="usual", district=_DISTRICT, agents=plan.usual)
        worker.request("settle", name="usual", month=plan.settled)  # compiles the engine
        times.set_up = worker.request("create", name="own", district=_DISTRICT, agents=agents)["wall"]
        worker.request("settle", name="own", month=plan.settled)
        for _ in range(plan.rounds):
            times.own.append(_month(worker, "own", agents, max(1, plan.usual // agents)))
            times.usual.append(_month(worker, "usual", plan.usual, 1))
        times.peak_gib = peak_mebibytes(worker.process) / _MEBIBYTES
    return times


def _month(worker: Worker, name: str, agents: int, months: int) -> float:
    """Return the nanoseconds per migrant-month; small models run several months for a measurable time."""
    seconds = worker.request("advance", name=name, months=months)["wall"]
    return float(seconds) / months / agents * NANOSECONDS


def run(plan: ScalePlan) -> dict[str, Any]:
    """Measure this tree."""
    rows = []
    with this_tree() as tree:
        for size in plan.sizes:
            times = measure_size(tree, size, plan)
            rows.append(
                {
                    "migrants": size,
                    "set_up_seconds": round(times.set_up, 2),
                    "ns_per_migrant_month": round(median(times.own), 1),
                    "times_the_usual": round(median_ratio(times.own, times.usual), 2),
                    "peak_memory_gib": round(times.peak_gib, 2),
                }
            )
    return {"district": _DISTRICT, "usual": plan.usual, "rounds": plan.rounds, "sizes": rows}
