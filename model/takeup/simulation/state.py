"""The state: all that changes from month to month, as columns with one row a slot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from takeup.district import SERVICES
from takeup.rules import NEVER, NONE, UNAWARE

CENSUS: Final = np.dtype(
    [
        (name, np.int32)
        for name in ("population", "valid", "queued", "lapsed", "unaware", "informed", "registered", "qualified")
    ]
)
"""Persons at a month's end, counted by street and profile."""

FLOWS: Final = np.dtype(
    [
        (name, np.int64)
        for name in (
            "applications", "returned", "issued", "endorsed", "lapses", "departures", "arrivals", "settled",
            "endorsed_late", "departures_valid",
        )
    ]
)  # fmt: skip
"""Persons in a month, counted by street."""


class Columns(NamedTuple):
    """The migrants: one array a property, one row a slot. A closed slot keeps the number of its last person."""

    person: NDArray[np.int64]
    profile: NDArray[np.uint16]
    status: NDArray[np.uint8]
    knowledge: NDArray[np.uint8]
    residence_months: NDArray[np.int16]
    registered_months: NDArray[np.int16]
    permit_months: NDArray[np.int16]
    trust: NDArray[np.float64]
    taste: NDArray[np.float64]
    insured: NDArray[np.bool_]
    ever_registered: NDArray[np.bool_]
    returned_last: NDArray[np.bool_]
    lapse_cause: NDArray[np.uint8]


@dataclass
class State:
    """A district at a month's end.

    Attributes:
        month: the month's number.
        population: how many slots were open in it.
        columns: the migrants.
        line: (slots,) the service centres' queues: in a street's block its queue, the first to be served first.
        length: (streets,) of the queues.
        credit: (streets,) capacity not yet used up, in applications.
        wait: (streets,) months that people expect to wait.
        reputation, delivered: (services,) what is thought of each service, and what it delivers.
        red_tape: 1 is usual.
    """

    month: int
    population: int
    columns: Columns
    line: NDArray[np.int32]
    length: NDArray[np.int64]
    credit: NDArray[np.float64]
    wait: NDArray[np.float64]
    reputation: NDArray[np.float64]
    delivered: NDArray[np.float64]
    red_tape: float

    def copy(self) -> State:
        """The same state in arrays of its own."""
        return replace(
            self,
            columns=Columns(*(column.copy() for column in self.columns)),
            line=self.line.copy(),
            length=self.length.copy(),
            credit=self.credit.copy(),
            wait=self.wait.copy(),
            reputation=self.reputation.copy(),
            delivered=self.delivered.copy(),
        )


def empty_state(month: int, population: int, slots: int, streets: int) -> State:
    """A state in which nobody lives here yet: every slot closed, its next occupant the first."""
    columns = Columns(
        person=np.arange(slots, dtype=np.int64) - slots,
        profile=np.zeros(slots, dtype=np.uint16),
        status=np.full(slots, NONE, dtype=np.uint8),
        knowledge=np.full(slots, UNAWARE, dtype=np.uint8),
        residence_months=np.zeros(slots, dtype=np.int16),
        registered_months=np.full(slots, NEVER, dtype=np.int16),
        permit_months=np.full(slots, NEVER, dtype=np.int16),
        trust=np.zeros(slots),
        taste=np.zeros(slots),
        insured=np.zeros(slots, dtype=bool),
        ever_registered=np.zeros(slots, dtype=bool),
        returned_last=np.zeros(slots, dtype=bool),
        lapse_cause=np.zeros(slots, dtype=np.uint8),
    )
    return State(
        month=month,
        population=population,
        columns=columns,
        line=np.zeros(slots, dtype=np.int32),
        length=np.zeros(streets, dtype=np.int64),
        credit=np.zeros(streets),
        wait=np.zeros(streets),
        reputation=np.zeros(len(SERVICES)),
        delivered=np.zeros(len(SERVICES)),
        red_tape=1.0,
    )
