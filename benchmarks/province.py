"""Benchmark of an invented province on two Dask workers and in two independent processes.

Workers and processes simulate the same districts alternately, so that a slowdown of the machine affects both; a
third measurement has all districts in one process. All are started and have compiled their code before the
measurements. Ratios are medians of the ratios of the rounds. If other programs use the machine, compare the
processor times instead. A round of the default size takes seconds; `--population 52000000` is a province of the
size of Guangdong. The results are printed as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter

from takeup.analysis.region import DistrictRun, RegionSpec, aggregate, largest_populations
from takeup.analysis.region.run import run_district
from takeup.district.district import district_folders
from takeup.months import END
from takeup.runs import Runner, RunSettings
from takeup.runs.journal import Journal
from takeup.scenario import load_scenario

DISTRICTS, POPULATION, SEED, ROUNDS, WORKERS = 120, 4_800_000, 1, 3, 2
WARMING, PATIENCE_SECONDS = 2, 60.0
KIBIBYTES_A_MEBIBYTE, BILLION = 1024, 1e9


def main() -> None:
    """Measure and print the results."""
    given = _options()
    if given.alone is not None:
        _alone(_province(given.alone, given), given.part)
        return
    with tempfile.TemporaryDirectory(prefix="takeup-") as name, ExitStack() as stack:
        folder = Path(name)
        made = _made(folder, given)
        province = _province(made, given)
        address, scheduler, workers = stack.enter_context(_cluster(folder))
        _sweep(replace(province, places=_smallest(province)), folder / "warming", address)
        processes = [stack.enter_context(_process(made, given, part)) for part in range(WORKERS)]
        rounds, used = [], dict.fromkeys(("processes", "workers", "scheduler_and_parent"), 0.0)
        for number in range(given.rounds):
            before = _processor_seconds(process.pid for process in processes)
            apart = _apart(processes)
            used["processes"] += _processor_seconds(process.pid for process in processes) - before
            before, others = _processor_seconds(workers), _processor_seconds([scheduler, os.getpid()])
            together = _sweep(province, folder / f"{number}-together", address)
            used["workers"] += _processor_seconds(workers) - before
            used["scheduler_and_parent"] += _processor_seconds([scheduler, os.getpid()]) - others
            one = None if given.no_single else _sweep(province, folder / f"{number}-one", None)
            rounds.append((apart, together, one))
        figures = _figures(province, rounds) | {
            **{f"processor_seconds_of_{name}": round(seconds / given.rounds, 2) for name, seconds in used.items()},
            "peak_mebibytes_a_worker": [_peak(worker) for worker in workers],
            "peak_mebibytes_a_process": [_peak(process.pid) for process in processes],
            "peak_mebibytes_of_the_parent": _peak(os.getpid()),
        }
    print(json.dumps(figures, indent=2))


def _options() -> argparse.Namespace:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--districts", type=int, default=DISTRICTS)
    options.add_argument("--population", type=int, default=POPULATION, help="Set the residents of all districts.")
    options.add_argument("--rounds", type=int, default=ROUNDS)
    options.add_argument("--until", default=END, help="Set the last month.")
    options.add_argument("--no-single", action="store_true", help="Omit the run of all districts in one process.")
    options.add_argument("--alone", type=Path, metavar="FOLDER", help="Run one half in this process (internal).")
    options.add_argument("--part", type=int, default=0)
    return options.parse_args()


def _figures(province: RegionSpec, rounds: list[tuple[float, float, float | None]]) -> dict[str, object]:
    together = median(seconds for _, seconds, _ in rounds)
    figures: dict[str, object] = {
        "districts": len(province.districts),
        "migrants": province.agents,
        "migrants_in_the_largest": max(place.task.settings.agents for place in province.districts),
        "months": province.task.months,
        "processors": os.cpu_count(),
        "two_processes_seconds": round(median(apart for apart, _, _ in rounds), 2),
        "two_dask_workers_seconds": round(together, 2),
        "two_dask_workers_to_two_processes": round(median(apart / both for apart, both, _ in rounds), 3),
        "ratios": [round(apart / both, 3) for apart, both, _ in rounds],
        "migrant_months_a_second": round(province.migrant_months / together),
        "worker_ns_a_migrant_month": round(WORKERS * together * BILLION / province.migrant_months, 1),
        "rounds": len(rounds),
    }
    single = [(one, both) for _, both, one in rounds if one is not None]
    if single:
        figures |= {
            "one_process_seconds": round(median(one for one, _ in single), 2),
            "two_dask_workers_to_one_process": round(median(one / both for one, both in single), 3),
        }
    return figures


def _made(folder: Path, given: argparse.Namespace) -> Path:
    made = folder / "province"
    subprocess.run(
        [
            Path(sys.executable).with_name("takeup"), "district", "synthesise", "--count", str(given.districts),
            "--population", str(given.population), "--seed", str(SEED), "--out", made, "--quiet",
        ],
        check=True,
    )  # fmt: skip
    return made


def _province(made: Path, given: argparse.Namespace) -> RegionSpec:
    folders = district_folders([str(made)])
    settings = RunSettings(agents=sum(largest_populations(folders)), seed=SEED, until=given.until)
    return RegionSpec.of(folders, load_scenario(None), settings, replicates=1)


def _smallest(province: RegionSpec) -> tuple[DistrictRun, ...]:
    """Return the smallest districts, with which workers import and compile the code."""
    return tuple(sorted(province.districts, key=lambda place: place.task.settings.agents)[: WARMING * WORKERS])


def _sweep(province: RegionSpec, folder: Path, cluster: str | None) -> float:
    """Return the seconds to simulate the districts and sum their results, including the journal."""
    began = perf_counter()
    with closing(Journal(folder / "journal.sqlite")) as journal:
        province.run(Runner(journal, cluster=cluster))
        aggregate(province, journal)
    return perf_counter() - began


def _alone(province: RegionSpec, part: int) -> None:
    """Run an independent process: it simulates its half of the districts for every line it reads."""
    shares: list[list[DistrictRun]] = [[] for _ in range(WORKERS)]
    for place in sorted(province.districts, key=lambda place: -place.task.settings.agents):
        min(shares, key=lambda share: sum(each.task.settings.agents for each in share)).append(place)
    for place in _smallest(province):
        run_district(province.job(place, 0).payload)
    print("ready", flush=True)
    for _ in sys.stdin:
        for place in shares[part]:
            run_district(province.job(place, 0).payload)
        print("done", flush=True)


def _apart(processes: list[subprocess.Popen[str]]) -> float:
    """Return the seconds until both independent processes have simulated their halves."""
    began = perf_counter()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        _expect(process, "done")
    return perf_counter() - began


@contextmanager
def _process(made: Path, given: argparse.Namespace, part: int) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, __file__, "--alone", str(made), "--part", str(part), "--until", given.until]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        _expect(process, "ready")
        yield process


def _expect(process: subprocess.Popen[str], word: str) -> None:
    assert process.stdout is not None
    if process.stdout.readline().strip() != word:
        raise SystemExit("a process failed")


@contextmanager
def _cluster(folder: Path) -> Iterator[tuple[str, int, list[int]]]:
    """Start a Dask scheduler and workers with one thread each; yield the address and the process ids."""
    file, begun = folder / "scheduler.json", list[subprocess.Popen[bytes]]()

    def begin(*arguments: str) -> None:
        command = [sys.executable, "-m", "dask", *arguments, "--scheduler-file", str(file), "--no-dashboard"]
        begun.append(subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    try:
        begin("scheduler", "--host", "127.0.0.1", "--port", "0")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (file.exists() and file.read_text().endswith("}")):
            if time.monotonic() > deadline:
                raise SystemExit("no scheduler")
            time.sleep(0.05)
        for _ in range(WORKERS):
            begin("worker", "--nthreads", "1", "--no-nanny")
        numbers = [process.pid for process in begun]
        yield str(json.loads(file.read_text())["address"]), numbers[0], numbers[1:]
    finally:
        for process in begun[::-1]:
            process.kill()  # terminate() would make a worker wait for its scheduler
            process.wait()


def _processor_seconds(processes: Iterable[int]) -> float:
    """Return the processor seconds that processes have used so far."""
    ticks = 0
    for process in processes:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _peak(process: int) -> int:
    """Return the peak memory of a process, in MiB."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    (line,) = (line for line in lines if line.startswith("VmHWM:"))
    return round(int(line.split()[1]) / KIBIBYTES_A_MEBIBYTE)


if __name__ == "__main__":
    main()
