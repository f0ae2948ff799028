"""An invented province on two Dask workers and in two independent processes.

Workers and processes simulate the same districts alternately, so that a slowdown of the machine affects both; a third
measurement has all districts in one process. All are started and have compiled their code before the measurement. If
other programs use the machine, compare the processor seconds instead.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

from benchmarks.clock import NANOSECONDS, measure, measure_processes, median_ratio
from benchmarks.region_worker import SEED
from benchmarks.trees import Tree, this_tree
from benchmarks.workers import Worker, cpu_seconds, peak_mebibytes
from takeup.months import END

_WORKERS: Final = 2
_PATIENCE_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.05


class ProvincePlan(NamedTuple):
    """The sizes of the measurement.

    Attributes:
        districts: number of districts.
        population: number of residents of all districts.
        until: last month, YYYY-MM.
        rounds: number of rounds.
        has_single: whether one process also simulates all districts.
    """

    districts: int
    population: int
    until: str
    rounds: int
    has_single: bool


_PLAN: Final = ProvincePlan(120, 4_800_000, END, 3, has_single=True)
_QUICK: Final = ProvincePlan(6, 60_000, "2010-03", 1, has_single=True)


def plan_of(*, quick: bool, rounds: int | None = None) -> ProvincePlan:
    """Return the sizes of the measurement, with another number of rounds if it is given."""
    plan = _QUICK if quick else _PLAN
    return plan if rounds is None else plan._replace(rounds=rounds)


class Cluster(NamedTuple):
    """A Dask scheduler and its workers on this machine.

    Attributes:
        address: address of the scheduler.
        scheduler: number of the scheduler's process.
        workers: numbers of the workers' processes.
    """

    address: str
    scheduler: int
    workers: list[int]


@dataclass
class ProvinceTimes:
    """Measurements of a tree.

    Attributes:
        region: numbers of migrants, of months and of migrant-months.
        processes, workers, single: seconds of two processes, two Dask workers and one process, by round.
        cpu: processor seconds of all rounds.
        peaks: peak memory in MiB.
    """

    region: dict[str, Any] = field(default_factory=dict)
    processes: list[float] = field(default_factory=list)
    workers: list[float] = field(default_factory=list)
    single: list[float] = field(default_factory=list)
    cpu: dict[str, float] = field(
        default_factory=lambda: dict.fromkeys(("processes", "workers", "scheduler_and_parent"), 0.0)
    )
    peaks: dict[str, list[int]] = field(default_factory=dict)

    @property
    def efficiency(self) -> float:
        """Speed of two Dask workers relative to two independent processes."""
        return median_ratio(self.processes, self.workers)


class _Participants(NamedTuple):
    """The processes of a tree: a cluster, independent processes, and the parent of the sweeps."""

    cluster: Cluster
    processes: list[Worker]
    parent: Worker


def measure_province(trees: Sequence[Tree], plan: ProvincePlan) -> list[ProvinceTimes]:
    """Simulate a province in one or several trees, which take turns.

    Returns:
        The times of each tree.

    Raises:
        SystemExit: a process failed.
    """
    times = [ProvinceTimes() for _ in trees]
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="takeup-")))
        participants = []
        for number, (tree, own) in enumerate(zip(trees, times, strict=True)):
            folder = scratch / str(number)
            folder.mkdir()
            participants.append(_start(tree, plan, folder, own, stack))
        for number in range(plan.rounds):
            for place, (each, own) in enumerate(zip(participants, times, strict=True)):
                _run_round(each, own, scratch / str(place) / f"round-{number}", plan)
        for each, own in zip(participants, times, strict=True):
            own.peaks = {
                "worker": [peak_mebibytes(process) for process in each.cluster.workers],
                "process": [peak_mebibytes(worker.process) for worker in each.processes],
                "parent": [peak_mebibytes(each.parent.process)],
            }
    return times


def _start(tree: Tree, plan: ProvincePlan, folder: Path, own: ProvinceTimes, stack: ExitStack) -> _Participants:
    """Make the province, start all processes and let them compile the code."""
    province = folder / "province"
    synthesise = tree.takeup(
        "district",
        "synthesise",
        "--count",
        str(plan.districts),
        "--population",
        str(plan.population),
        "--seed",
        str(SEED),
        "--out",
        province,
        "--quiet",
    )
    measure_processes([synthesise], folder, tree.environment)
    parent = stack.enter_context(Worker(tree, "benchmarks.region_worker"))
    processes = [stack.enter_context(Worker(tree, "benchmarks.region_worker")) for _ in range(_WORKERS)]
    cluster = stack.enter_context(_cluster(tree, folder))
    for number, worker in enumerate((*processes, parent)):
        own.region = worker.request("read", folder=str(province), until=plan.until)
        address = cluster.address if worker is parent else None
        worker.request("warm_up", folder=str(folder / f"warm-up-{number}"), cluster=address)
    return _Participants(cluster, processes, parent)


def _run_round(participants: _Participants, own: ProvinceTimes, folder: Path, plan: ProvincePlan) -> None:
    """Time the independent processes, the cluster and, if wanted, one process."""
    cluster, processes, parent = participants
    numbers = [worker.process for worker in processes]
    used = cpu_seconds(*numbers)
    own.processes.append(measure(lambda: _simulate_parts(processes)).wall)
    own.cpu["processes"] += cpu_seconds(*numbers) - used
    used, used_by_others = cpu_seconds(*cluster.workers), cpu_seconds(cluster.scheduler, parent.process)
    own.workers.append(parent.request("sweep", folder=f"{folder}-cluster", cluster=cluster.address)["wall"])
    own.cpu["workers"] += cpu_seconds(*cluster.workers) - used
    own.cpu["scheduler_and_parent"] += cpu_seconds(cluster.scheduler, parent.process) - used_by_others
    if plan.has_single:
        own.single.append(parent.request("sweep", folder=f"{folder}-single", cluster=None)["wall"])


def _simulate_parts(processes: Sequence[Worker]) -> None:
    for number, worker in enumerate(processes):
        worker.send("part", number=number, parts=len(processes))
    for worker in processes:
        worker.receive()


@contextmanager
def _cluster(tree: Tree, folder: Path) -> Iterator[Cluster]:
    """Start a Dask scheduler and workers with one thread each."""
    file, started = folder / "scheduler.json", list[subprocess.Popen[bytes]]()

    def start(*arguments: str) -> None:
        command = tree.python("-m", "dask", *arguments, "--scheduler-file", file, "--no-dashboard")
        started.append(
            subprocess.Popen(
                command, cwd=folder, env=tree.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        )

    try:
        start("scheduler", "--host", "127.0.0.1", "--port", "0")
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not (file.exists() and file.read_text(encoding="utf-8").endswith("}")):
            if time.monotonic() > deadline:
                raise SystemExit("no scheduler")
            time.sleep(_POLL_SECONDS)
        for _ in range(_WORKERS):
            start("worker", "--nthreads", "1", "--no-nanny")
        numbers = [process.pid for process in started]
        yield Cluster(str(json.loads(file.read_text(encoding="utf-8"))["address"]), numbers[0], numbers[1:])
    finally:
        for process in started[::-1]:
            process.kill()  # terminate() would make a worker wait for its scheduler
            process.wait()


def run(plan: ProvincePlan) -> dict[str, Any]:
    """Measure this tree."""
    with this_tree() as tree:
        (times,) = measure_province([tree], plan)
    region, together = times.region, median(times.workers)
    figures = {
        "districts": len(region["migrants"]),
        "migrants": sum(region["migrants"]),
        "migrants_in_the_largest": max(region["migrants"]),
        "months": region["months"],
        "rounds": plan.rounds,
        "two_processes_seconds": round(median(times.processes), 2),
        "two_dask_workers_seconds": round(together, 2),
        "two_dask_workers_to_two_processes": round(times.efficiency, 3),
        "ratios": [round(apart / both, 3) for apart, both in zip(times.processes, times.workers, strict=True)],
        "migrant_months_per_second": round(region["migrant_months"] / together),
        "worker_ns_per_migrant_month": round(_WORKERS * together * NANOSECONDS / region["migrant_months"], 1),
        "cpu_seconds_per_round": {name: round(seconds / plan.rounds, 2) for name, seconds in times.cpu.items()},
        "peak_mib": times.peaks,
    }
    if times.single:
        figures["one_process_seconds"] = round(median(times.single), 2)
        figures["two_dask_workers_to_one_process"] = round(median_ratio(times.single, times.workers), 3)
    return figures
