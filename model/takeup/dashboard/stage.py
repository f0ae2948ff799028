"""What one server shows: a district and its histories, shared by all who look at it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from takeup.dashboard.history import FIRST, LAST, History
from takeup.dashboard.watching import Watched
from takeup.district import SHIPPED, District
from takeup.district.tile_map import Tiles, tiles_of

REPLICATES: Final = 4
"""Runs of each policy, as many as `takeup compare` makes unless it is told otherwise."""
MONTHS: Final = REPLICATES * (LAST - FIRST + 1)
"""Months to live before the pages can be shown."""


@dataclass(frozen=True)
class Stage:
    """A district, ready to be looked at.

    Attributes:
        district: the place.
        agents: simulated migrants at the most.
        histories: one a replicate, lived without a policy.
        baseline: the first of them, as the pages show it.
        tiles: where the streets' tiles lie.
    """

    district: District
    agents: int
    histories: tuple[History, ...]
    baseline: Watched
    tiles: Tiles

    @property
    def first(self) -> History:
        """The first replicate, which the district's and the migrant's pages show."""
        return self.histories[0]

    @property
    def asked(self) -> str:
        """The district as --district has it: a shipped name, or a folder."""
        folder = self.district.folder
        return self.district.name if folder == SHIPPED / self.district.name else str(folder)

    @property
    def persons_per_agent(self) -> float:
        """Persons of the district that a simulated one stands for."""
        return self.district.population.most / self.agents


def set_stage(district: District, agents: int, seed: int, tick: Callable[[], None] = lambda: None) -> Stage:
    """Live all replicates without a policy.

    Args:
        district: the place.
        agents: simulated migrants at the most.
        seed: of the first replicate.
        tick: called every month of `MONTHS`.

    Raises:
        InputError: the district cannot be simulated with so few.
    """
    tiles = tiles_of(district)
    histories = tuple(History(district, agents, seed + replicate) for replicate in range(REPLICATES))
    baseline = histories[0].watched(tick)
    for history in histories[1:]:
        history.live(tick)
    return Stage(district, agents, histories, baseline, tiles)
