"""Month in progress, which Python code shares between the phases of a month."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from takeup.scenario import Levers
from takeup.simulation.conditions import Conditions, MonthArrays, MonthStreams
from takeup.simulation.trial_arms import Treatment


class Month(NamedTuple):
    """A month in progress, or the last one that was run. N slots, S streets.

    Attributes:
        number: number of the month.
        before, population: number of open slots in the previous month and in this one.
        levers: levers of the month.
        conditions: tables that follow from the levers.
        streams: starts of the random streams.
        signals: (N,) signal of each slot at the end of the previous month, see `Census`.
        contact_counts: (N,) sum of the signals of each slot's contacts.
        flows: (S,) records of type `FLOWS`, filled in during the month.
        joined: (S,) number of applicants accepted this month, who are stored in `line` behind the queue.
        net: (S,) applications that each centre can process besides its endorsements.
        treatment: treatment of a trial in progress; `levers` and `conditions` are then those of the untreated.
    """

    number: int
    before: int
    population: int
    levers: Levers
    conditions: Conditions
    streams: MonthStreams
    signals: NDArray[np.uint16]
    contact_counts: NDArray[np.uint16]
    flows: NDArray[np.void]
    joined: NDArray[np.int64]
    net: NDArray[np.float64]
    treatment: Treatment | None = None

    @property
    def arrays(self) -> MonthArrays:
        """The month as compiled code reads and changes it."""
        return MonthArrays(self.before, self.population, self.streams, self.flows, self.net, self.joined)
