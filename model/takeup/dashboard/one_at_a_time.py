"""One-at-a-time sensitivity of a migrant's utility."""

from __future__ import annotations

from dataclasses import dataclass, replace

from takeup.dashboard.utility_inputs import UtilityInputs
from takeup.district import SERVICES
from takeup.rules import INFORMED, UNAWARE

_ALL, _NONE = (1.0,) * len(SERVICES), (0.0,) * len(SERVICES)


@dataclass(frozen=True)
class Variation:
    """Utility with one input moved to its limit.

    Attributes:
        title: description of the change.
        utility: utility after the change, in standard deviations of taste.
        changes_decision: whether the utility changes its sign.
    """

    title: str
    utility: float
    changes_decision: bool


def one_at_a_time(inputs: UtilityInputs) -> list[Variation]:
    """Move one input at a time to its limit, all others unchanged.

    A negative utility is varied favourably, a positive one unfavourably.

    Args:
        inputs: everything that the migrant's utility depends on.

    Returns:
        The variations that move the utility towards the other decision, the strongest first.
    """
    is_positive = inputs.utility > 0.0
    sign = 1.0 if is_positive else -1.0
    varied = _unfavourable(inputs) if is_positive else _favourable(inputs)
    utilities = {title: other.utility for title, other in varied.items()}
    variations = [
        Variation(title, utility, (utility > 0.0) != is_positive)
        for title, utility in utilities.items()
        if sign * utility < sign * inputs.utility
    ]
    return sorted(variations, key=lambda each: sign * each.utility)


def _favourable(inputs: UtilityInputs) -> dict[str, UtilityInputs]:
    return {
        "full knowledge": replace(inputs, knowledge=INFORMED),
        "full trust": replace(inputs, trust=1.0),
        "certain to stay": replace(inputs, stay=1.0),
        "services as promised": replace(inputs, delivered=_ALL, reputation=_ALL),
        "all contacts hold a permit": replace(inputs, holders=inputs.contacts, lapsed=0),
        "no effort for papers": replace(inputs, hardship=0.0),
        "everything online": replace(inputs, online=1.0),
        "no waiting": replace(inputs, wait=0.0),
        "no fee": replace(inputs, fee_cny=0.0),
        "no stigma": replace(inputs, stigma=0.0),
    }


def _unfavourable(inputs: UtilityInputs) -> dict[str, UtilityInputs]:
    return {
        "no knowledge": inputs if inputs.endorses else replace(inputs, knowledge=UNAWARE),
        "no trust": replace(inputs, trust=0.0),
        "about to leave": replace(inputs, stay=0.0),
        "services never delivered": replace(inputs, delivered=_NONE, reputation=_NONE),
        "no contact holds a permit": replace(inputs, holders=0),
        "all contacts let it lapse": replace(inputs, holders=0, lapsed=inputs.contacts),
        "nothing online": replace(inputs, online=0.0),
        "no enforcement": replace(inputs, enforcement=0.0),
    }
