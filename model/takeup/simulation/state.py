"""State of a district: the data that change from month to month.

`find_violations` checks the properties of every valid state. Compiled code relies on them and does not check bounds
again: a number out of its bounds would make it read memory outside its arrays.
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
from takeup.errors import InputError
from takeup.message import Message
from takeup.rules import KNOWLEDGE, LAPSE_CAUSES, NEVER, QUEUED, STATUSES
from takeup.simulation.world import World

Record = Any
"""A row of a structured array. In compiled code, its fields are attributes."""

BLOCK: Final = 2048
"""Slots that compiled code processes together; their columns fit the nearer caches of the processor."""

CENSUS: Final = np.dtype(
    [
        (name, np.int32)
        for name in ("population", "valid", "queued", "lapsed", "unaware", "informed", "registered", "qualified")
    ]
)
"""Persons at the end of a month, by street and profile."""

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
"""Persons in a month, by street."""

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
        ("attentiveness", np.uint8),
    ]
)
"""A migrant: 33 bytes. `taste` and `attentiveness` are indices in the tables of the world; a closed slot keeps the
number of its last person.
"""


class Migrants(NamedTuple):
    """Migrants by column.

    Each column has the shape (slots,) and the type of the field of the same name in `MIGRANT`.
    """

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
    attentiveness: NDArray[np.uint8]

    def __getitem__(self, name: Any) -> Any:
        """Return the column with a name, or the column at an index, as in any tuple."""
        return getattr(self, name) if isinstance(name, str) else tuple.__getitem__(self, name)

    def rows(self, slots: Any = slice(None)) -> NDArray[np.void]:
        """Return the migrants of some or all slots as records of type `MIGRANT`."""
        records = np.empty(self.person[slots].shape, MIGRANT)
        for name in MIGRANT.names or ():
            records[name] = self[name][slots]
        return records

    def copy(self) -> Migrants:
        """Return a copy of the columns."""
        return Migrants._make(column.copy() for column in self)


class StateArrays(NamedTuple):
    """Arrays of a `State` that compiled code reads and changes.

    The attributes are those of `State`; `red_tape` has the shape (1,).
    """

    migrants: Migrants
    line: NDArray[np.int32]
    length: NDArray[np.int64]
    credit: NDArray[np.float64]
    wait: NDArray[np.float64]
    reputation: NDArray[np.float64]
    delivered: NDArray[np.float64]
    red_tape: NDArray[np.float64]


@dataclass
class State:
    """A district at the end of a month. N slots, S streets.

    Attributes:
        month: number of the month.
        population: number of slots that are open.
        migrants: columns of all migrants.
        line: (N,) queues of the service centres: slots of the applicants, from the first slot of each street on, in
            the order in which they are served.
        length: (S,) lengths of the queues.
        credit: (S,) capacity not yet used, in applications.
        wait: (S,) expected wait in months.
        reputation, delivered: (services,) reputation of each service, and share of its promise that it delivers.
        red_tape: demands of the office relative to the usual ones; 1 is usual.
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

    def arrays(self) -> StateArrays:
        """Return the arrays of the state, not copied, and the red tape as an array."""
        return StateArrays(
            self.migrants,
            self.line,
            self.length,
            self.credit,
            self.wait,
            self.reputation,
            self.delivered,
            np.array([self.red_tape]),
        )

    def occupied(self, world: World) -> NDArray[np.bool_]:
        """Return whether each slot is occupied by a migrant, shape (N,)."""
        return np.asarray(world.rank < self.population)

    def fingerprint(self) -> tuple[int, ...]:
        """Return the month, the population, and numbers that change if a user changes values in the arrays.

        They are sums of the memory of the arrays, which take little time. The trust, the tastes and the attentiveness
        of migrants, and the states of services and centres, are not part of it: no count follows from them.
        """
        columns = self.migrants
        return (
            self.month,
            self.population,
            *(len(array) for array in self.migrants),
            *(len(getattr(self, name)) for name in ("credit", "wait", "reputation", "delivered")),
            *(
                _sum_of_words(array)
                for array in (
                    columns.profile,
                    columns.residence_months,
                    columns.registered_months,
                    columns.status,
                    columns.knowledge,
                    columns.lapse_cause,
                    columns.insured,
                    self.line,
                    self.length,
                )
            ),
        )

    def copy(self) -> State:
        """Return a copy of the state with its own arrays."""
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
    """Return a state without migrants.

    Every slot is closed, and the next occupant of each slot is its first.
    """
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


MAX_MONTHS = 30_000
"""Largest valid number of months in 16 bits, with room for a further run."""


def check_state(state: State, world: World) -> None:
    """Check a state after a user changed its arrays, so that compiled code never reads outside an array.

    Raises:
        InputError: the state violates a property of valid states.
    """
    violation = find_violations(state, world)
    if violation is not None:
        raise InputError(
            Message("the state was changed and is invalid: {violation}", violation=violation),
            key="state",
            allowed="values as in `takeup.simulation.state`; attributes of agents are checked when they are set",
        )


def _sum_of_words(array: NDArray[Any]) -> int:
    """Return the sum of the memory of an array as 64-bit words, and of the remaining bytes."""
    content = np.ascontiguousarray(array).view(np.uint8)
    whole = len(content) // 8 * 8
    return int(content[:whole].view(np.uint64).sum()) + int(content[whole:].sum())


def find_violations(state: State, world: World) -> str | None:
    """Describe the first property of valid states that is violated; None if none is."""
    return next(_shape_violations(state, world), None) or next(_value_violations(state, world), None)


def _shape_violations(state: State, world: World) -> Iterator[str]:
    for name, column in state.columns.items():
        if column.dtype != MIGRANT[name] or column.shape != (world.slots,):
            yield f"{name} has another type or length than expected"
    lines: dict[str, tuple[Any, int]] = {"line": (np.int32, world.slots), "length": (np.int64, world.streets)}
    lines |= {"credit": (np.float64, world.streets), "wait": (np.float64, world.streets)}
    lines |= {"reputation": (np.float64, len(SERVICES)), "delivered": (np.float64, len(SERVICES))}
    for name, (dtype, length) in lines.items():
        array = getattr(state, name)
        if array.dtype != dtype or array.shape != (length,):
            yield f"{name} has another type or shape than expected"
    if not 0 <= state.population <= world.slots:
        yield "the population is not within 0 to the number of slots"


def _value_violations(state: State, world: World) -> Iterator[str]:
    migrants = state.migrants
    ends = {
        "profile": (0, PROFILES - 1),
        "status": (0, len(STATUSES) - 1),
        "knowledge": (0, len(KNOWLEDGE) - 1),
        "lapse_cause": (0, len(LAPSE_CAUSES) - 1),
        "residence_months": (0, MAX_MONTHS),
        "registered_months": (NEVER, MAX_MONTHS),
        "permit_months": (NEVER, MAX_MONTHS),
        "trust": (0.0, 1.0),
    }
    for name, (low, high) in ends.items():
        if not _within(state.columns[name], low, high):
            yield f"{name} is not within {low} to {high}"
    for name in ("insured", "ever_registered", "returned_last"):
        if not _within(state.columns[name].view(np.uint8), 0, 1):
            yield f"{name} is not 0 or 1"
    if not np.array_equal(migrants.person % world.slots, np.arange(world.slots)):
        yield "the numbers of the persons do not match their slots"
    for name in ("reputation", "delivered"):
        if not _within(getattr(state, name), 0.0, 1.0):
            yield f"{name} is not within 0 to 1"
    if not _within(state.credit, 0.0, 1.0):
        yield "credit is not within 0 to 1"
    if not _within(state.wait, 0.0, np.finfo(np.float64).max):
        yield "wait is negative or infinite"
    if not 0.0 <= state.red_tape < np.inf:
        yield "red tape is negative or infinite"
    yield from _queue_violations(state, world)


def _queue_violations(state: State, world: World) -> Iterator[str]:
    """Yield violations of the queues.

    The queue of a street has exactly the slots of the street with the status QUEUED, each once.
    """
    queued = (state.migrants.status == QUEUED) & state.occupied(world)
    for street, (begin, end) in enumerate(pairwise(world.first.tolist())):
        length = int(state.length[street])
        if not 0 <= length <= end - begin:
            yield "the length of a queue is not within 0 to the number of slots of its street"
            return
        queue = np.sort(state.line[begin : begin + length])
        if not np.array_equal(queue, begin + np.flatnonzero(queued[begin:end])):
            yield "a queue does not contain exactly the QUEUED slots of its street"


def _within(values: NDArray[Any], low: float, high: float) -> bool:
    """Return whether all values are within the bounds; NaN is not."""
    return bool(np.all((values >= low) & (values <= high)))
