"""Worker that simulates the districts of a region, with the present model or that of the first revision with regions.

Requests, see `workers.Worker`:

- `read`: read and check the districts of a folder;
- `warm_up`: like `sweep`, for the smallest districts, which compiles the code;
- `part`: simulate one part of the districts, divided evenly by size;
- `sweep`: simulate all districts in this process or on a cluster, and sum their results; returns the seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, NamedTuple

from benchmarks.clock import measure
from benchmarks.workers import serve
from takeup.months import START
from takeup.scenario import load_scenario

SEED: Final = 1
_WARM_UP: Final = 4
"""Number of the smallest districts that are simulated to compile the code."""


class Regions(NamedTuple):
    """The functions of a revision, whose modules and names differ.

    Attributes:
        read: reads the districts of a folder up to a month.
        districts: attribute of a region with its districts.
        agents: number of migrants of a district.
        run: simulates a region with a journal, on a cluster if one is given.
        aggregate: sums the results of a region.
        run_district: simulates the task of a district.
        journal: opens a journal.
    """

    read: Callable[[str, str], Any]
    districts: str
    agents: Callable[[Any], int]
    run: Callable[..., object]
    aggregate: Callable[..., object]
    run_district: Callable[..., object]
    journal: Callable[[Path], Any]


def _present_regions() -> Regions:
    region, run, runs = (
        import_module(f"takeup.{name}") for name in ("analysis.region", "analysis.region.run", "runs")
    )
    folders_of = import_module("takeup.district.district").district_folders

    def read(folder: str, until: str) -> Any:
        folders = folders_of([folder])
        settings = runs.RunSettings(agents=sum(region.largest_populations(folders)), seed=SEED, until=until)
        return region.RegionSpec.of(folders, load_scenario(None), settings, replicates=1)

    return Regions(
        read=read,
        districts="districts",
        agents=lambda district: int(district.task.settings.agents),
        run=lambda spec, journal, cluster: spec.run(runs.Runner(journal, cluster=cluster)),
        aggregate=region.aggregate,
        run_district=run.run_district,
        journal=import_module("takeup.runs.journal").Journal,
    )


def _former_regions() -> Regions:
    region, run = (import_module(f"takeup.answers.{name}") for name in ("province", "province.lives"))
    folders_of = import_module("takeup.district.folders").district_folders

    def read(folder: str, until: str) -> Any:
        return region.Province.of(
            folders_of([folder]),
            load_scenario(None),
            parameters={},
            seed=SEED,
            replicates=1,
            agents=None,
            engine="compiled",
            threads=1,
            start=START,
            until=until,
        )

    return Regions(
        read=read,
        districts="places",
        agents=lambda district: int(district.task.agents),
        run=region.Province.live,
        aggregate=region.answered,
        run_district=run.live_district,
        journal=import_module("takeup.experiment.journal").Journal,
    )


_REGIONS: Final = _present_regions() if find_spec("takeup.analysis") is not None else _former_regions()


class RegionWorker:
    """The region that the worker simulates."""

    def read(self, folder: str, until: str) -> dict[str, Any]:
        """Read and check the districts; return their numbers of migrants and the number of months."""
        self.region = _REGIONS.read(folder, until)
        self.districts: Sequence[Any] = sorted(getattr(self.region, _REGIONS.districts), key=_REGIONS.agents)
        return {
            "migrants": [_REGIONS.agents(district) for district in self.districts],
            "months": self.region.task.months,
            "migrant_months": self.region.migrant_months,
        }

    def warm_up(self, folder: str, cluster: str | None) -> dict[str, Any]:
        """Simulate the smallest districts in this process or on a cluster."""
        smallest = tuple(self.districts[:_WARM_UP])
        return self._sweep(replace(self.region, **{_REGIONS.districts: smallest}), folder, cluster)

    def part(self, number: int, parts: int) -> dict[str, Any]:
        """Simulate one part of the districts."""
        shares: list[list[Any]] = [[] for _ in range(parts)]
        for district in reversed(self.districts):
            min(shares, key=lambda share: sum(map(_REGIONS.agents, share))).append(district)
        for district in shares[number]:
            _REGIONS.run_district(self.region.job(district, 0).payload)
        return {}

    def sweep(self, folder: str, cluster: str | None) -> dict[str, Any]:
        """Simulate all districts and sum their results, with a journal in a new folder."""
        return self._sweep(self.region, folder, cluster)

    @staticmethod
    def _sweep(region: Any, folder: str, cluster: str | None) -> dict[str, Any]:
        def sweep() -> None:
            with closing(_REGIONS.journal(Path(folder) / "journal.sqlite")) as journal:
                _REGIONS.run(region, journal, cluster=cluster)
                _REGIONS.aggregate(region, journal)

        return measure(sweep)._asdict()


def main() -> None:
    """Answer requests until standard input ends."""
    worker = RegionWorker()
    actions: dict[str, Callable[..., dict[str, Any]]] = {
        "read": worker.read,
        "warm_up": worker.warm_up,
        "part": worker.part,
        "sweep": worker.sweep,
    }
    serve(lambda request: actions[request.pop("action")](**request))


if __name__ == "__main__":
    main()
