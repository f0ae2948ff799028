"""Assignments of random values to attributes of agents, and the check that both engines agree after them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import numpy as np
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from takeup import Migrant, PermitModel, ServiceCentre
from takeup.errors import InputError
from takeup.rules import Knowledge, LapseCause, Status
from takeup.simulation.state import find_violations


class Assignment(NamedTuple):
    """An assignment of a value to an attribute of an agent.

    Attributes:
        place: number of the agent among those of its class, in the order of slots or streets.
    """

    agent_class: type[Migrant | ServiceCentre]
    place: int
    name: str
    value: Any


def public_attributes(agent_class: type) -> list[str]:
    """Return the names of all public attributes of an agent other than methods."""
    names = [name for name in dir(agent_class) if not callable(getattr(agent_class, name))]
    return sorted(name for name in {*names, "unique_id", "pos"} if not name.startswith("_"))


_VALUES: Final = st.one_of(
    st.integers(-(2**63), 2**64),
    st.integers(-2, 70),
    st.floats(),
    st.floats(0.0, 1.0),
    st.booleans(),
    st.sampled_from([*Status, *Knowledge, *LapseCause]),
    st.sampled_from([np.int8(1), np.int64(40), np.float32(0.5), np.bool_(True), np.uint8(3), np.arange(3)]),
    st.none(),
    st.text(max_size=3),
    st.lists(st.integers(0, 3), max_size=2),
)
_COLUMNS: Final = ("status", "knowledge", "residence_months", "registered_months", "permit_months", "trust",
                   "insured", "ever_registered", "returned_last", "lapse_cause")  # fmt: skip
"""Attributes that can be set: half of the assignments are to them."""


def _to(agent_class: type[Migrant | ServiceCentre], names: Iterable[str]) -> st.SearchStrategy[Assignment]:
    return st.builds(Assignment, st.just(agent_class), st.integers(0, 60), st.sampled_from(sorted(names)), _VALUES)


ASSIGNMENTS: Final = st.lists(
    st.one_of(
        _to(Migrant, _COLUMNS),
        _to(Migrant, _COLUMNS),
        _to(Migrant, public_attributes(Migrant)),
        _to(ServiceCentre, public_attributes(ServiceCentre)),
    ),
    max_size=40,
)


def check_assignments(
    histories: list[PermitModel], assignments: list[Assignment], until: str = "2011-10"
) -> Counter[str]:
    """Make the assignments in a branch of each model, and check that the branches have equal results.

    Args:
        histories: models with the same people in the same state, one per engine.
        assignments: assignments, made in all branches.
        until: last of the months that are run afterwards.

    Returns:
        Number of assignments that took effect, by the outcome "accepted" or "refused".

    Raises:
        AssertionError: the engines differ, or a state is invalid.
    """
    branches = [history.branch(None) for history in histories]
    outcomes = []
    for model in branches:
        outcomes.append(_assign_all(model, assignments))
        assert find_violations(model.state, model.world) is None
        model.run_until(until)
        assert find_violations(model.state, model.world) is None
    first, *others = branches
    for number, other in enumerate(others, 1):
        assert outcomes[number] == outcomes[0]
        assert other.rows == first.rows
        for name, column in first.state.columns.items():
            assert_array_equal(column, other.state.columns[name], err_msg=name)
    return Counter("refused" if "Error: " in outcome else "accepted" for outcome in outcomes[0])


def _assign_all(model: PermitModel, assignments: list[Assignment]) -> list[str]:
    agents: dict[type, list[Any]] = {
        Migrant: sorted(model.agents_by_type[Migrant], key=lambda migrant: migrant.slot),
        ServiceCentre: model.centres,
    }
    return [
        _assign(agents[each.agent_class][each.place % len(agents[each.agent_class])], each.name, each.value)
        for each in assignments
    ]


def _assign(agent: Migrant | ServiceCentre, name: str, value: Any) -> str:
    """Set an attribute; return the value that it then has, or the error."""
    try:
        setattr(agent, name, value)
    except (InputError, AttributeError) as error:
        return f"{type(error).__name__}: {error}"
    stored = getattr(agent, name)
    assert stored is value or stored == value
    return repr(stored)
