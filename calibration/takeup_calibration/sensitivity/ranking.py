"""Which parameters come first, and which Morris cannot dismiss."""

from __future__ import annotations

from takeup_calibration.rows import DUMMY
from takeup_calibration.sensitivity.indices import CHANCE, INDICES, Index

DISMISSED_BELOW = 0.25
"""Of the largest index: a parameter whose intervals all end below it gets no Sobol indices of its own."""


def ranked(indices: list[Index]) -> list[str]:
    """Parameters by what their indices can be at most, the largest first, and chance last.

    Args:
        indices: of one method.
    """
    reach = _reach(indices)
    return sorted(reach, key=lambda name: (name == CHANCE, -reach[name]))


def not_dismissed(indices: list[Index]) -> list[str]:
    """Parameters that matter for some output, or of which too little is known to say that they do not."""
    reach = _reach(indices)
    return [name for name, most in reach.items() if most >= DISMISSED_BELOW and name not in {CHANCE, DUMMY}]


def _reach(indices: list[Index]) -> dict[str, float]:
    """Of each parameter, the upper end of its interval beside the largest of all, for the output where it is most."""
    told = [each for each in indices if each.index == INDICES[each.method][0]]
    largest = dict.fromkeys((each.output for each in told), 0.0)
    for each in told:
        largest[each.output] = max(largest[each.output], each.high)
    reach = dict.fromkeys((each.parameter for each in told), 0.0)
    for each in told:
        if largest[each.output] > 0.0:
            reach[each.parameter] = max(reach[each.parameter], each.high / largest[each.output])
    return reach
