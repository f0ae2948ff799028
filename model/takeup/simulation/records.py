"""Records of every month: arrays that compiled code writes.

The module `output` converts them to tables.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from takeup.compilation import njit_borrowed_arrays
from takeup.district import ATTRIBUTES, GROUPS, LEVEL_OF, PROFILES, SERVICES
from takeup.simulation.census import WORDS, Census
from takeup.simulation.state import FLOWS, StateArrays

_FIRST_LEVELS = np.array([GROUPS.index((attribute, levels[0])) for attribute, levels in ATTRIBUTES.items()])
_GROUPS_OF_PROFILE = np.stack([LEVEL_OF[attribute] for attribute in ATTRIBUTES], axis=1) + _FIRST_LEVELS
"""(profiles, attributes) number of the group that each profile belongs to, by attribute."""


class Records(NamedTuple):
    """Records of consecutive months.

    The phases of a month write the first three arrays, and `record_month` writes the others at the end of the month.
    M months, S streets, G levels of attributes, P profiles.
    """

    flows: NDArray[np.void]
    """(M, S) records of type `FLOWS`."""
    net: NDArray[np.float64]
    """(M, S) applications that each centre can process besides its endorsements."""
    joined: NDArray[np.int64]
    """(M, S) number of applicants accepted in the month."""
    queued: NDArray[np.int64]
    """(M,) sum of the lengths of all queues."""
    trust: NDArray[np.float64]
    """(M, S) sum of trust."""
    red_tape: NDArray[np.float64]
    """(M,) red tape; 1 is usual."""
    reputation: NDArray[np.float64]
    delivered: NDArray[np.float64]
    """(M, services) reputation of each service, and share of its promise that it delivers."""
    groups: NDArray[np.uint64]
    """(M, G + S, WORDS) packed counts by level and by street, see `Census`."""
    residents: NDArray[np.int32]
    """(M, S, P) persons by street and profile; (0, S, P) if they are not recorded."""


def new_records(months: int, streets: int, *, residents: bool) -> Records:
    """Create the records of a number of months, with all values 0.

    Args:
        months: number of months.
        streets: number of streets.
        residents: whether persons by street and profile are recorded.
    """
    return Records(
        flows=np.zeros((months, streets), FLOWS),
        net=np.zeros((months, streets)),
        joined=np.zeros((months, streets), np.int64),
        queued=np.zeros(months, np.int64),
        trust=np.zeros((months, streets)),
        red_tape=np.zeros(months),
        reputation=np.zeros((months, len(SERVICES))),
        delivered=np.zeros((months, len(SERVICES))),
        groups=np.zeros((months, len(GROUPS) + streets, WORDS), np.uint64),
        residents=np.zeros((months if residents else 0, streets, PROFILES), np.int32),
    )


@njit_borrowed_arrays
def record_month(records: Records, i: int, state: StateArrays, census: Census) -> None:
    """Write the records at the end of a month.

    The phases of the month have written the first three arrays. Single numbers are written, not slices, whose checks
    of shapes take numba seconds to compile.

    Args:
        records: receives the values.
        i: index of the month in the records.
        state, census: state and census at the end of the month.
    """
    groups, profile_words = records.groups[i], census.profile_words
    streets, queued = len(state.length), 0
    for street in range(streets):
        queued += state.length[street]
        records.trust[i, street] = census.trust[street]
        for word in range(WORDS):
            groups[len(groups) - streets + street, word] = census.street_words[street, word]
    records.queued[i] = queued
    records.red_tape[i] = state.red_tape[0]
    for service in range(len(state.delivered)):
        records.reputation[i, service] = state.reputation[service]
        records.delivered[i, service] = state.delivered[service]
    if len(records.residents):
        for street in range(streets):
            for profile in range(len(profile_words)):
                records.residents[i, street, profile] = census.residents[street, profile]
    for profile in range(len(profile_words)):
        inhabited = np.uint64(0)
        for word in range(WORDS):
            inhabited |= profile_words[profile, word]
        if inhabited:
            for attribute in range(_GROUPS_OF_PROFILE.shape[1]):
                group = _GROUPS_OF_PROFILE[profile, attribute]
                for word in range(WORDS):
                    groups[group, word] += profile_words[profile, word]
