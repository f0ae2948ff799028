"""What the pages show of a run, month by month."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from takeup.analysis.why import count_reasons
from takeup.simulation import PermitModel
from takeup.simulation.state import CENSUS

PERCENT: Final = 100.0
_COUNTS: Final = ("population", "valid", "unaware")
_COLUMNS: Final = [list(CENSUS.names or ()).index(name) for name in _COUNTS]


@dataclass(frozen=True)
class Watched:
    """A run as the pages show it. M months, S streets; simulated persons.

    Attributes:
        first: number of the first month.
        population, valid, unaware: (M, S) persons at each month's end.
        wait: (M, S) months that people expect to wait.
        causes: (M, causes) persons by cause, as the funnel of `why` has them.
    """

    first: int
    population: NDArray[np.int64]
    valid: NDArray[np.int64]
    unaware: NDArray[np.int64]
    wait: NDArray[np.float64]
    causes: NDArray[np.int64]

    @property
    def last(self) -> int:
        """Number of the last month."""
        return self.first + len(self.wait) - 1

    def take_up(self, street: int | None = None) -> NDArray[np.float64]:
        """(M,) percent with a valid permit, in one street or everywhere."""
        if street is None:
            return share(self.valid.sum(axis=1), self.population.sum(axis=1))
        return share(self.valid[:, street], self.population[:, street])

    def followed_by(self, later: Watched) -> Watched:
        """This run up to the month before another begins, and then the other."""
        months = later.first - self.first
        return Watched(
            self.first,
            np.concatenate([self.population[:months], later.population]),
            np.concatenate([self.valid[:months], later.valid]),
            np.concatenate([self.unaware[:months], later.unaware]),
            np.concatenate([self.wait[:months], later.wait]),
            np.concatenate([self.causes[:months], later.causes]),
        )


def share(part: NDArray[np.int64], whole: NDArray[np.int64]) -> NDArray[np.float64]:
    """Percent; NaN where there is nobody."""
    return np.asarray(np.divide(PERCENT * part, whole, out=np.full(np.shape(part), np.nan), where=whole > 0))


def watch(model: PermitModel, until: int, tick: Callable[[], None] = lambda: None) -> Watched:
    """Live a model up to a month and keep what the pages show.

    Args:
        model: whose next month is the first that is kept.
        until: number of the last month.
        tick: called every month.
    """
    first, streets, waits, causes = model.state.month + 1, [], [], []
    while model.state.month < until:
        model.step()
        streets.append(model.census.by_street[:, _COLUMNS].T.copy())
        waits.append(model.state.wait.copy())
        causes.append(count_reasons(model)[0])
        tick()
    population, valid, unaware = np.array(streets).transpose(1, 0, 2)
    return Watched(first, population, valid, unaware, np.array(waits), np.array(causes))
