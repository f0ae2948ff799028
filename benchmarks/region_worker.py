"""Worker that simulates the districts of a region; it runs with the model of any revision that has regions.

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
from typing import Any, Final

from benchmarks.clock import measure
from benchmarks.workers import serve
from takeup.months import START
from takeup.scenario import load_scenario

SEED: Final = 1
_WARM_UP: Final = 4
"""Number of the smallest districts that are simulated to compile the code."""
_IS_RENAMED: Final = find_spec("takeup.analysis") is not None
"""Whether the tree has the present names of the modules and functions."""
_DISTRICTS: Final = "districts" if _IS_RENAMED else "places"


def _present_names() -> tuple[Any, ...]:
    region, run = import_module("takeup.analysis.region"), import_module("takeup.analysis.region.run")
    journal, folders = import_module("takeup.runs.journal"), import_module("takeup.district.district")
    spec = region.RegionSpec
    return spec, spec.run, region.aggregate, run.run_district, journal.Journal, folders.district_folders


def _former_names() -> tuple[Any, ...]:
    region, run = import_module("takeup.answers.province"), import_module("takeup.answers.province.lives")
    journal, folders = import_module("takeup.experiment.journal"), import_module("takeup.district.folders")
    spec = region.Province
    return spec, spec.live, region.answered, run.live_district, journal.Journal, folders.district_folders


Spec, run_region, aggregate, run_district, Journal, district_folders = (
    _present_names() if _IS_RENAMED else _former_names()
)


class RegionWorker:
    """The region that the worker simulates."""

    def read(self, folder: str, until: str) -> dict[str, Any]:
        """Read and check the districts; return their numbers of migrants and the number of months."""
        self.region = Spec.of(
            district_folders([folder]),
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
        self.districts: Sequence[Any] = sorted(
            getattr(self.region, _DISTRICTS), key=lambda district: district.task.agents
        )
        return {
            "migrants": [district.task.agents for district in self.districts],
            "months": self.region.task.months,
            "migrant_months": self.region.migrant_months,
        }

    def warm_up(self, folder: str, cluster: str | None) -> dict[str, Any]:
        """Simulate the smallest districts in this process or on a cluster."""
        smallest = tuple(self.districts[:_WARM_UP])
        return self._sweep(replace(self.region, **{_DISTRICTS: smallest}), folder, cluster)

    def part(self, number: int, parts: int) -> dict[str, Any]:
        """Simulate one part of the districts."""
        shares: list[list[Any]] = [[] for _ in range(parts)]
        for district in reversed(self.districts):
            min(shares, key=lambda share: sum(each.task.agents for each in share)).append(district)
        for district in shares[number]:
            run_district(self.region.job(district, 0).payload)
        return {}

    def sweep(self, folder: str, cluster: str | None) -> dict[str, Any]:
        """Simulate all districts and sum their results, with a journal in a new folder."""
        return self._sweep(self.region, folder, cluster)

    @staticmethod
    def _sweep(region: Any, folder: str, cluster: str | None) -> dict[str, Any]:
        def sweep() -> None:
            with closing(Journal(Path(folder) / "journal.sqlite")) as journal:
                run_region(region, journal, cluster=cluster)
                aggregate(region, journal)

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
