"""What one server shows: a district and its baseline runs, shared by all visitors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from takeup.dashboard.trajectories import FIRST, LAST, BaselineRun, Trajectory
from takeup.district import SHIPPED, District
from takeup.district.tile_map import Tiles, tiles_of

REPLICATES: Final = 4
"""Paired replicates per policy, the default of `takeup compare`."""
MONTHS: Final = REPLICATES * (LAST - FIRST + 1)
"""Months to simulate before the pages can be shown."""


@dataclass(frozen=True)
class DashboardContext:
    """A district that is ready to be shown.

    Attributes:
        district: the district.
        agents: maximum number of simulated migrants.
        baselines: the run without a policy of each replicate.
        trajectory: trajectory of the first of these runs, shown on the pages.
        tiles: position of each street on the tile map.
    """

    district: District
    agents: int
    baselines: tuple[BaselineRun, ...]
    trajectory: Trajectory
    tiles: Tiles

    @property
    def first_replicate(self) -> BaselineRun:
        """The replicate that the district and migrant pages show."""
        return self.baselines[0]

    @property
    def district_option(self) -> str:
        """Value of `--district` that selects this district: a shipped name or a folder."""
        folder = self.district.folder
        return self.district.name if folder == SHIPPED / self.district.name else str(folder)

    @property
    def persons_per_agent(self) -> float:
        """Number of real persons that one simulated migrant represents."""
        return self.district.population.most / self.agents


def load_context(
    district: District, agents: int, seed: int, on_month: Callable[[], None] = lambda: None
) -> DashboardContext:
    """Simulate all replicates of a district without a policy.

    Args:
        district: the district.
        agents: maximum number of simulated migrants.
        seed: seed of the first replicate; the other replicates use the following integers.
        on_month: called after each of the `MONTHS` simulated months.

    Raises:
        InputError: the district cannot be simulated with so few agents, or its tile map is wrong.
    """
    tiles = tiles_of(district)
    baselines = tuple(BaselineRun(district, agents, seed + replicate) for replicate in range(REPLICATES))
    trajectory = baselines[0].run_and_record(on_month)
    for baseline in baselines[1:]:
        baseline.run(on_month)
    return DashboardContext(district, agents, baselines, trajectory, tiles)
