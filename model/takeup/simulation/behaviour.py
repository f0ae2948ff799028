"""Rules and methods as they were when they were imported, which compiled code assumes.

Python lets users replace a rule or a method of an agent. Compiled code would ignore the replacement.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any, Final

from takeup.rules import administration, decision, information, residence, utility

_ORIGINALS: Final[dict[tuple[Any, str], object]] = {}
"""Original rules, and methods and properties of agents, by owner and name."""


def record_behaviour(owner: type | ModuleType) -> frozenset[str]:
    """Record the functions and properties of a class or module.

    Returns:
        Their names.
    """
    members = {name: each for name, each in vars(owner).items() if callable(each) or isinstance(each, property)}
    _ORIGINALS.update({(owner, name): each for name, each in members.items()})
    return frozenset(members)


def replaced_behaviour() -> str | None:
    """Return the name of a rule or method that was replaced after it was recorded, or None."""
    for (owner, name), original in _ORIGINALS.items():
        if vars(owner).get(name) is not original:
            return f"{owner.__name__}.{name}"
    return None


for _module in (administration, decision, information, residence, utility):
    record_behaviour(_module)
