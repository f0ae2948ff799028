"""What it means that two models are in the same state, to the bit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pandas.testing import assert_frame_equal

from takeup import PermitModel
from takeup.simulation.state import MIGRANT


def assert_same_state(one: PermitModel, other: PermitModel) -> None:
    """Every migrant's column, every queue, every centre, every service: the same bits."""
    mine, theirs = one.state, other.state
    month = f"after month {len(one.rows)}"
    assert (mine.month, mine.population) == (theirs.month, theirs.population), month
    for column in MIGRANT.names or ():
        assert mine.migrants[column].tobytes() == theirs.migrants[column].tobytes(), f"{column} {month}"
    assert mine.length.tobytes() == theirs.length.tobytes(), f"length of queues {month}"
    for street, (a, b) in enumerate(zip(queues(one), queues(other), strict=True)):
        assert a.tolist() == b.tolist(), f"queue of street {street} {month}"
    for name in ("credit", "wait", "reputation", "delivered"):
        assert getattr(mine, name).tobytes() == getattr(theirs, name).tobytes(), f"{name} {month}"
    assert mine.red_tape == theirs.red_tape, f"red tape {month}"


def assert_same_tables(one: PermitModel, other: PermitModel) -> None:
    """The monthly table and the groups, to the bit."""
    assert_frame_equal(one.history(), other.history(), check_exact=True)
    assert_frame_equal(one.groups(), other.groups(), check_exact=True)


def queues(model: PermitModel) -> list[NDArray[np.int32]]:
    """The slots that wait at each centre, the first to be served first."""
    state, first = model.state, model.world.first
    return [state.line[begin : begin + length] for begin, length in zip(first[:-1], state.length, strict=True)]
