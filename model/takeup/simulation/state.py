"""The state: all that changes from month to month, one row a slot, one row a street.

What holds of every state that was ever lived: the compiled month relies on it, and looks nothing up twice.

A number of a profile or of a slot that is out of its bounds would make compiled code read memory that is not its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from takeup.district import PROFILES, SERVICES
from takeup.rules import KNOWLEDGE, LAPSE_CAUSES, NEVER, QUEUED, STATUSES
from takeup.simulation.world import World

Record = Any
"""A row of a structured array, as compiled code sees it: its fields are attributes."""

BLOCK: Final = 2048
"""Slots that compiled code goes through together: few enough for the processor's nearer caches."""

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
            "applications",
            "returned",
            "issued",
            "endorsed",
            "lapses",
            "departures",
            "arrivals",
            "settled",
            "endorsed_late",
            "departures_valid",
        )
    ]
)
"""Persons in a month, counted by street."""


MIGRANT: Final = np.dtype(
    [
        ("person", np.int64),
        ("trust", np.float64),
        ("taste", np.uint16),
        ("profile", np.uint16),
        ("residence_months", np.int16),
        ("registered_months", np.int16),
        ("permit_months", np.int16),
        ("status", np.uint8),
        ("knowledge", np.uint8),
        ("lapse_cause", np.uint8),
        ("insured", np.bool_),
        ("ever_registered", np.bool_),
        ("returned_last", np.bool_),
    ]
)
"""A migrant: 32 bytes. `taste` is a place in the world's table of tastes; a closed slot keeps the number of its last
person.
"""


class Migrants(NamedTuple):
    """The migrants by column, each (slots,) of what MIGRANT says; `migrants.status` is `migrants.status`."""

    person: NDArray[np.int64]
    trust: NDArray[np.float64]
    taste: NDArray[np.uint16]
    profile: NDArray[np.uint16]
    residence_months: NDArray[np.int16]
    registered_months: NDArray[np.int16]
    permit_months: NDArray[np.int16]
    status: NDArray[np.uint8]
    knowledge: NDArray[np.uint8]
    lapse_cause: NDArray[np.uint8]
    insured: NDArray[np.bool_]
    ever_registered: NDArray[np.bool_]
    returned_last: NDArray[np.bool_]

    def __getitem__(self, name: Any) -> Any:
        """The column of a name (or, as a tuple's, of a number)."""
        return getattr(self, name) if isinstance(name, str) else tuple.__getitem__(self, name)

    def rows(self, slots: Any = slice(None)) -> NDArray[np.void]:
        """The migrants of some slots, or all, as records of MIGRANT: a copy, to be read a person at a time."""
        records = np.empty(self.person[slots].shape, MIGRANT)
        for name in MIGRANT.names or ():
            records[name] = self[name][slots]
        return records

    def copy(self) -> Migrants:
        """The same columns in arrays of their own."""
        return Migrants._make(column.copy() for column in self)


@dataclass
class State:
    """A district at a month's end.

    Attributes:
        month: the month's number.
        population: how many slots were open in it.
        migrants: their columns.
        line: (slots,) the service centres' queues: in a street's block its queue, the first to be served first.
        length: (streets,) of the queues.
        credit: (streets,) capacity not yet used up, in applications.
        wait: (streets,) months that people expect to wait.
        reputation, delivered: (services,) what is thought of each service, and what it delivers.
        red_tape: 1 is usual.
    """

    month: int
    population: int
    migrants: Migrants
    line: NDArray[np.int32]
    length: NDArray[np.int64]
    credit: NDArray[np.float64]
    wait: NDArray[np.float64]
    reputation: NDArray[np.float64]
    delivered: NDArray[np.float64]
    red_tape: float

    @cached_property
    def columns(self) -> dict[str, NDArray[Any]]:
        """The migrants' columns by name."""
        return self.migrants._asdict()

    def copy(self) -> State:
        """The same state in arrays of its own."""
        return replace(
            self,
            migrants=self.migrants.copy(),
            line=self.line.copy(),
            length=self.length.copy(),
            credit=self.credit.copy(),
            wait=self.wait.copy(),
            reputation=self.reputation.copy(),
            delivered=self.delivered.copy(),
        )


def empty_state(month: int, population: int, slots: int, streets: int) -> State:
    """A state in which nobody lives here yet: every slot closed, its next occupant the first."""
    migrants = Migrants._make(np.zeros(slots, MIGRANT[name]) for name in MIGRANT.names or ())
    migrants.person[:] = np.arange(slots) - slots
    migrants.registered_months[:] = migrants.permit_months[:] = NEVER
    return State(
        month=month,
        population=population,
        migrants=migrants,
        line=np.zeros(slots, dtype=np.int32),
        length=np.zeros(streets, dtype=np.int64),
        credit=np.zeros(streets),
        wait=np.zeros(streets),
        reputation=np.zeros(len(SERVICES)),
        delivered=np.zeros(len(SERVICES)),
        red_tape=1.0,
    )


_LONGEST_MONTHS = 30_000
"""Months that a small whole number still counts, with room to live on."""


def find_violations(state: State, world: World) -> str | None:
    """The first thing that does not hold of a state, or None."""
    return next(_misshapen(state, world), None) or next(_untrue(state, world), None)


def _misshapen(state: State, world: World) -> Iterator[str]:
    for name, column in state.columns.items():
        if column.dtype != MIGRANT[name] or column.shape != (world.slots,):
            yield f"{name} is not a column of every slot"
    lines: dict[str, tuple[Any, int]] = {"line": (np.int32, world.slots), "length": (np.int64, world.streets)}
    lines |= {"credit": (np.float64, world.streets), "wait": (np.float64, world.streets)}
    lines |= {"reputation": (np.float64, len(SERVICES)), "delivered": (np.float64, len(SERVICES))}
    for name, (dtype, length) in lines.items():
        array = getattr(state, name)
        if array.dtype != dtype or array.shape != (length,):
            yield f"{name} is not of its kind"
    if not 0 <= state.population <= world.slots:
        yield "more people than slots"


def _untrue(state: State, world: World) -> Iterator[str]:
    migrants = state.migrants
    ends = {
        "profile": (0, PROFILES - 1),
        "status": (0, len(STATUSES) - 1),
        "knowledge": (0, len(KNOWLEDGE) - 1),
        "lapse_cause": (0, len(LAPSE_CAUSES) - 1),
        "residence_months": (0, _LONGEST_MONTHS),
        "registered_months": (NEVER, _LONGEST_MONTHS),
        "permit_months": (NEVER, _LONGEST_MONTHS),
        "trust": (0.0, 1.0),
    }
    for name, (low, high) in ends.items():
        if not _within(state.columns[name], low, high):
            yield f"{name} is not within {low} to {high}"
    for name in ("insured", "ever_registered", "returned_last"):
        if not _within(state.columns[name].view(np.uint8), 0, 1):
            yield f"{name} is neither yes nor no"
    if not np.array_equal(migrants.person % world.slots, np.arange(world.slots)):
        yield "persons are not in their slots"
    for name in ("reputation", "delivered"):
        if not _within(getattr(state, name), 0.0, 1.0):
            yield f"{name} is not a share"
    if not _within(state.credit, 0.0, 1.0):
        yield "credit is not the part of an application that was left over"
    if not _within(state.wait, 0.0, np.finfo(np.float64).max):
        yield "wait is below 0 or endless"
    if not 0.0 <= state.red_tape < np.inf:
        yield "red tape is below 0 or endless"
    yield from _queues(state, world)


def _queues(state: State, world: World) -> Iterator[str]:
    """In a street's line stand those of its slots who are queued, each once."""
    waits = (state.migrants.status == QUEUED) & (world.rank < state.population)
    for street, (begin, end) in enumerate(pairwise(world.first.tolist())):
        length = int(state.length[street])
        if not 0 <= length <= end - begin:
            yield "a queue is longer than its street"
            return
        queue = np.sort(state.line[begin : begin + length])
        if not np.array_equal(queue, begin + np.flatnonzero(waits[begin:end])):
            yield "a queue is not of those who are queued"


def _within(values: NDArray[Any], low: float, high: float) -> bool:
    """Whether all are; what is not a number is not."""
    return bool(np.all((values >= low) & (values <= high)))
