"""The services behind the permit: schooling, employment, residence, social security, equal standing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from takeup.compilation import compiled
from takeup.rules import delivering
from takeup.scenario import Levers
from takeup.simulation.state import State


def deliver(
    state: State, holders: NDArray[np.int64], need: NDArray[np.float64], levers: Levers, speed: float, scale: float
) -> None:
    """The services' month: what each delivers to those who hold a permit, and what comes to be thought of it.

    Args:
        state: `delivered` and `reputation` are written.
        holders: (profiles,) persons whose permit is in force.
        need: (profiles, services).
        levers: supply for the whole district, and quality.
        speed: at which a reputation follows.
        scale: simulated migrants a real one, which the supply is shared out to.
    """
    for k, demand in enumerate(demands(holders, need).tolist()):
        state.delivered[k] = delivering.delivered(float(levers.quality[k]), float(levers.supply[k]) * scale, demand)
        if demand > 0.0:
            state.reputation[k] = delivering.reputation(float(state.reputation[k]), speed, float(state.delivered[k]))


@compiled
def demands(holders: NDArray[np.int64], need: NDArray[np.float64]) -> NDArray[np.float64]:
    """(services,) sum of the holders' needs, in one fixed order of addition."""
    total = np.zeros(need.shape[1])
    for profile in range(need.shape[0]):
        for k in range(need.shape[1]):
            total[k] += holders[profile] * need[profile, k]
    return total
