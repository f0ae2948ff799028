"""What holds of every state that was ever lived: the compiled month relies on it, and looks nothing up twice.

A number of a profile or of a slot that is out of its bounds would make compiled code read memory that is not its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from takeup.district import PROFILES, SERVICES
from takeup.rules import KNOWLEDGE, LAPSE_CAUSES, NEVER, QUEUED, STATUSES
from takeup.simulation.state import MIGRANT, State
from takeup.simulation.world import World

_LONGEST_MONTHS = 30_000
"""Months that a small whole number still counts, with room to live on."""


def unsound(state: State, world: World) -> str | None:
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
