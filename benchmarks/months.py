"""Cost of a month by number of migrants, of its fixed part, and of yardsticks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from benchmarks.clock import MILLISECONDS, NANOSECONDS, median_ratio
from benchmarks.trees import Tree, this_tree
from benchmarks.workers import Worker
from benchmarks.yardsticks import measure_yardsticks

DISTRICT: Final = "template"
"""District whose data are the same in all revisions, so that their results can be compared."""
_SETTLED: Final = "2010-12"
_SET_UPS: Final = 3


class MonthsPlan(NamedTuple):
    """The sizes of the measurement.

    Attributes:
        small, usual, full: numbers of migrants; the fixed cost is extrapolated from the first two.
        others: further numbers of migrants.
        objects: number of migrants of the objects engine.
        until: last month of a run, which begins in January 2011.
        rounds: number of rounds.
    """

    small: int
    usual: int
    full: int
    others: tuple[int, ...]
    objects: int
    until: str
    rounds: int

    @property
    def sizes(self) -> list[int]:
        """All numbers of migrants of the compiled engine, in ascending order."""
        return sorted({self.small, self.usual, self.full, *self.others})


_PLAN: Final = MonthsPlan(2_000, 24_000, 360_000, (8_000, 100_000), 20_000, "2016-12", 9)
_QUICK: Final = MonthsPlan(1_500, 3_000, 6_000, (), 1_500, "2011-01", 1)


@dataclass
class MonthTimes:
    """Processor seconds of a tree, one value per round.

    Attributes:
        months: seconds per month of the compiled engine, by number of migrants.
        set_ups: seconds to create a model, by number of migrants.
        objects: seconds per month of the objects engine.
    """

    plan: MonthsPlan
    months: defaultdict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    set_ups: defaultdict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    objects: list[float] = field(default_factory=list)

    def ns_per_migrant(self, size: int) -> float:
        """Return the lowest cost of a migrant-month, in nanoseconds."""
        return min(self.months[size]) / size * NANOSECONDS

    @property
    def fixed_ms(self) -> float:
        """Milliseconds per month that do not depend on the number of migrants, extrapolated from the lowest times."""
        small, usual = self.plan.small, self.plan.usual
        one, other = min(self.months[small]), min(self.months[usual])
        return (one - small * (other - one) / (usual - small)) * MILLISECONDS

    @property
    def usual_to_full(self) -> float:
        """Cost of a migrant-month at the usual size, relative to that at full size."""
        usual, full = self.plan.usual, self.plan.full
        return median_ratio(self.months[usual], self.months[full]) * full / usual

    @property
    def objects_to_compiled(self) -> float:
        """Cost of a migrant-month of the objects engine, relative to that of the compiled engine at full size."""
        return median_ratio(self.objects, self.months[self.plan.full]) * self.plan.full / self.plan.objects


def measure_months(trees: Sequence[Tree], plan: MonthsPlan) -> list[MonthTimes]:
    """Time the months of models in one or several trees, which take turns.

    Returns:
        The times of each tree.

    Raises:
        SystemExit: the trees do not give the same results.
    """
    times = [MonthTimes(plan) for _ in trees]
    with ExitStack() as stack:
        workers = [stack.enter_context(Worker(tree, "benchmarks.month_worker")) for tree in trees]
        for worker in workers:
            _prepare(worker, plan)
        for _ in range(plan.rounds):
            for size in plan.sizes:
                valid = set()
                for worker, own in zip(workers, times, strict=True):
                    result = worker.request("run", name=str(size), month=plan.until)
                    own.months[size].append(result["cpu"] / result["months"])
                    valid.add(result["valid"])
                if len(valid) > 1:
                    raise SystemExit("the revisions do not give the same number of valid permits")
            for worker, own in zip(workers, times, strict=True):
                result = worker.request("advance", name="objects", months=1)
                own.objects.append(result["cpu"])
        for size in plan.sizes:
            for _ in range(_SET_UPS):
                for worker, own in zip(workers, times, strict=True):
                    made = worker.request("create", name=str(size), district=DISTRICT, agents=size)
                    own.set_ups[size].append(made["cpu"])
    return times


def _prepare(worker: Worker, plan: MonthsPlan) -> None:
    """Compile the engine, and run every model up to the month before the measurement."""
    for size in {*plan.sizes, plan.objects}:
        worker.request("create", name=str(size), district=DISTRICT, agents=size)
        worker.request("settle", name=str(size), month=_SETTLED)
    worker.request("objects", name="objects", source=str(plan.objects))


def plan_of(*, quick: bool, rounds: int | None = None) -> MonthsPlan:
    """Return the sizes of the measurement, with another number of rounds if it is given."""
    plan = _QUICK if quick else _PLAN
    return plan if rounds is None else plan._replace(rounds=rounds)


def run(plan: MonthsPlan) -> dict[str, Any]:
    """Measure this tree, and the yardsticks."""
    with this_tree() as tree:
        (times,) = measure_months([tree], plan)
    return {
        "district": DISTRICT,
        "until": plan.until,
        "usual": plan.usual,
        "full": plan.full,
        "rounds": plan.rounds,
        "sizes": [
            {
                "migrants": size,
                "ms_per_month": round(min(times.months[size]) * MILLISECONDS, 3),
                "ns_per_migrant_month": round(times.ns_per_migrant(size), 1),
                "set_up_ms": round(min(times.set_ups[size]) * MILLISECONDS, 1),
            }
            for size in plan.sizes
        ],
        "fixed_ms_per_month": round(times.fixed_ms, 3),
        "usual_to_full": round(times.usual_to_full, 2),
        "objects": {
            "migrants": plan.objects,
            "ns_per_migrant_month": round(min(times.objects) / plan.objects * NANOSECONDS, 1),
            "to_compiled": round(times.objects_to_compiled, 1),
        },
        "yardsticks": measure_yardsticks(DISTRICT, plan.full, _SETTLED, times.ns_per_migrant(plan.full)),
    }
