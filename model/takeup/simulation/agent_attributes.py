"""Attributes of agents: columns of the state with checks, permanent attributes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from enum import IntEnum
from numbers import Real
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, overload

import numpy as np

from takeup.errors import InputError
from takeup.message import Message
from takeup.rules import QUEUED, Status

if TYPE_CHECKING:
    from takeup.simulation.agents import Migrant

_ALLOWED: Final[dict[type, Message]] = {
    bool: Message("True or False"),
    int: Message("a whole number"),
    float: Message("a finite number"),
}
"""Descriptions of the values of an attribute, by its type."""
ALTERNATIVE: Final = "to change the people, create a model with other district files or other `parameters`"
_PERMANENT: Final = f"the attribute is permanent; {ALTERNATIVE}"
Value = TypeVar("Value", bound=int | float)
Agent = TypeVar("Agent")


def permanent(stored: str, meaning: str) -> Any:
    """Return a read-only property for the attribute `stored`, with documentation."""

    def refuse(agent: object, value: object) -> None:
        raise AttributeError(f"{stored.removeprefix('_')} cannot be set: {_PERMANENT}")

    return property(attrgetter(stored), refuse, doc=meaning)


def monthly(stored: str, meaning: str) -> Any:
    """Make a property that only a method of an agent can set, during a month."""

    def set_in_a_month(agent: Any, value: object) -> None:
        if not agent._model.registry.is_running:
            name = stored.removeprefix("_")
            raise AttributeError(f"{name} cannot be set: every month computes it anew, in a method of the agent")
        setattr(agent, stored, value)

    return property(attrgetter(stored), set_in_a_month, doc=meaning)


def explain_computed(agent_class: type[Agent]) -> type[Agent]:
    """Let the properties of a class that cannot be set give the reason."""
    for name, attribute in list(vars(agent_class).items()):
        if isinstance(attribute, property) and attribute.fset is None:
            setattr(agent_class, name, attribute.setter(_refuse_computed(name)))
    return agent_class


def _refuse_computed(name: str) -> Callable[[object, object], None]:
    def refuse(agent: object, value: object) -> None:
        raise AttributeError(f"{name} cannot be set: it is computed from other attributes")

    return refuse


class Column(Generic[Value]):
    """Attribute of a migrant that is stored in a column of the state.

    Values are checked when the attribute is set. Compiled code relies on the ranges and does not check them again. An
    attribute whose type is an enumeration may be set to a member of the enumeration or to the number of a member.

    Args:
        kind: type of the attribute.
        meaning: documentation of the attribute.
        low, high: smallest and largest number allowed.
        writable: whether users may set the attribute.
    """

    def __init__(
        self, kind: type[Value], meaning: str, low: float = 0, high: float = 1, *, writable: bool = True
    ) -> None:
        self.kind: type[Value] = kind
        self._members: tuple[Value, ...] = tuple(kind) if issubclass(kind, IntEnum) else ()
        self._low: float = low
        self._high: float = len(self._members) - 1 if self._members else high
        self._writable = writable
        self.__doc__ = meaning

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, migrant: None, owner: type) -> Column[Value]: ...
    @overload
    def __get__(self, migrant: Migrant, owner: type) -> Value: ...
    def __get__(self, migrant: Migrant | None, owner: type) -> Value | Column[Value]:
        if migrant is None:
            return self
        if migrant._may_have_left:
            migrant.check_presence()
        value: Any = migrant._columns[self.name].item(migrant._slot)
        result: Value = self._members[value] if self._members else value
        return result

    def __set__(self, migrant: Migrant, value: Value) -> None:
        if migrant._may_have_left:
            migrant.check_presence()
        if value.__class__ is not self.kind:
            value = self._convert(value)
        if not self._low <= value <= self._high:
            raise InputError(
                "the value is out of range",
                key=self.name,
                given=value,
                allowed=Message("{low} to {high}", low=self._low, high=self._high),
            )
        registry = migrant._model.registry
        if not (registry.is_running and self._writable):
            self._check_assignment(migrant, value)
            registry.is_modified = True  # at the end of a running month, the census notices the change
        migrant._columns[self.name][migrant._slot] = value

    def _convert(self, value: object) -> Value:
        """Convert a value to the type of the attribute, if the conversion is exact.

        Raises:
            InputError: the attribute cannot have this value.
        """
        is_bool = isinstance(value, bool | np.bool_)
        if is_bool == (self.kind is bool) and isinstance(value, Real | Decimal | np.bool_):
            make: Any = self.kind
            with suppress(ValueError, OverflowError):  # no member of the enumeration, NaN, or infinity
                converted: Value = make(value)
                if converted == value:
                    return converted
        names = [f"{self.kind.__name__}.{each.name}" for each in self._members if isinstance(each, IntEnum)]
        allowed = names or _ALLOWED[self.kind]
        raise InputError("the attribute cannot have this value", key=self.name, given=value, allowed=allowed)

    def _check_assignment(self, migrant: Migrant, value: Value) -> None:
        """Check a value that is set between months, or that of a permanent attribute.

        Raises:
            AttributeError: the attribute is permanent.
        """
        del migrant, value
        if not self._writable:
            raise AttributeError(f"{self.name} cannot be set: {_PERMANENT}")


class StatusColumn(Column[Status]):
    """Permit status of a migrant, kept consistent with the service centres' queues."""

    def _check_assignment(self, migrant: Migrant, value: Status) -> None:
        """Prepare the queue for a status that a user sets between months.

        An applicant who receives another status is removed from the queue.

        Raises:
            InputError: the status is QUEUED, which only an application in a running month gives.
        """
        if value == migrant.status:
            return
        if value == QUEUED:
            raise InputError(
                "the status QUEUED cannot be assigned; a migrant gets it by applying",
                key=self.name,
                given=value.name,
                allowed="another status, or an application in `consider_applying` of a subclass of Migrant",
            )
        if migrant.status == QUEUED:
            migrant._model.registry.drop_from_queue(migrant._slot)
