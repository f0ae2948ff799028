"""What the phases of one month share."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from takeup.scenario import Levers
from takeup.simulation.census import Census
from takeup.simulation.conditions import Conditions
from takeup.simulation.state import FLOWS
from takeup.simulation.trial_arms import Treatment


class Month(NamedTuple):
    """A month being lived.

    Attributes:
        number: the month's number.
        before, population: slots open last month, and now.
        levers: their values this month.
        conditions: the tables that follow from them.
        voice, heard: (slots,) what each slot said at the end of last month, and the sum over its contacts.
        flows: (streets,) of FLOWS, filled as the month goes.
        joined: (streets,) applicants accepted this month, waiting in the line behind the queue.
        net: (streets,) applications that each centre could handle beside its endorsements.
        treatment: of a trial that is under way; `levers` and `conditions` are then those of the untreated.
    """

    number: int
    before: int
    population: int
    levers: Levers
    conditions: Conditions
    voice: NDArray[np.uint16]
    heard: NDArray[np.uint16]
    flows: NDArray[np.void]
    joined: NDArray[np.int64]
    net: NDArray[np.float64]
    treatment: Treatment | None = None


def new_month(
    number: int, before: int, population: int, levers: Levers, conditions: Conditions, census: Census
) -> Month:
    """A month in which nothing has happened yet."""
    streets = len(conditions.capacity)
    return Month(
        number,
        before,
        population,
        levers,
        conditions,
        census.voice,
        census.heard,
        flows=np.zeros(streets, dtype=FLOWS),
        joined=np.zeros(streets, dtype=np.int64),
        net=np.zeros(streets),
    )
