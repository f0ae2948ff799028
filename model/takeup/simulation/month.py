"""The data that the phases of one month share."""

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
    """A month in progress. N slots, S streets.

    Attributes:
        number: number of the month.
        before, population: slots open in the previous month and in this one.
        levers: their values this month.
        conditions: the tables that follow from them.
        signals: (N,) signal of each slot at the end of the previous month, see `Census`.
        contact_counts: (N,) sum of the signals of each slot's contacts.
        flows: (S,) of FLOWS, filled in the course of the month.
        joined: (S,) applicants accepted this month, stored in `line` behind the queue.
        net: (S,) applications that each centre can process besides its endorsements.
        treatment: of a trial in progress; `levers` and `conditions` are then those of the untreated.
    """

    number: int
    before: int
    population: int
    levers: Levers
    conditions: Conditions
    signals: NDArray[np.uint16]
    contact_counts: NDArray[np.uint16]
    flows: NDArray[np.void]
    joined: NDArray[np.int64]
    net: NDArray[np.float64]
    treatment: Treatment | None = None


def new_month(
    number: int, before: int, population: int, levers: Levers, conditions: Conditions, census: Census
) -> Month:
    """A month at its beginning: no flows yet."""
    streets = len(conditions.capacity)
    return Month(
        number,
        before,
        population,
        levers,
        conditions,
        census.signals,
        census.contact_counts,
        flows=np.zeros(streets, dtype=FLOWS),
        joined=np.zeros(streets, dtype=np.int64),
        net=np.zeros(streets),
    )
