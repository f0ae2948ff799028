"""Contact network of a district, a small world of Watts and Strogatz.

Contacts are neighbours along the street, and occasionally other migrants of the district (Watts and Strogatz 1998).
The network connects slots and never changes: a migrant who arrives has the same neighbours and people from the same
place of origin around them as their predecessor (chain migration).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from takeup import rng
from takeup.compilation import njit_cached


def small_world_contacts(first: NDArray[np.int64], contacts: int, rewire: float, seed: int) -> NDArray[np.int32]:
    """Draw the contacts of each slot, from which it receives information.

    Half of the contacts are the nearest slots on either side in the ring of the street. Each tie is rewired with
    probability `rewire` to any other slot of the district.

    Args:
        first: (streets + 1,) first slot of each street, and the number of slots.
        contacts: number of contacts per slot, an even number below the number of slots of every street.
        rewire: probability of rewiring a tie.
        seed: seed of the run.

    Returns:
        Slot number of each contact, shape (slots, contacts).
    """
    table = np.empty((int(first[-1]), contacts), dtype=np.int32)
    rewiring = rng.stream_start(seed, rng.PERMANENT, rng.REWIRE)
    choosing = rng.stream_start(seed, rng.PERMANENT, rng.TIE)
    _draw_contacts(table, first, rewire, rewiring, choosing)
    return table


@njit_cached
def _draw_contacts(
    table: NDArray[np.int32], first: NDArray[np.int64], rewire: float, rewiring: np.uint64, choosing: np.uint64
) -> None:
    """Draw the contacts of every slot.

    Args:
        table: (slots, contacts) receives the contacts.
        first: (streets + 1,) first slot of each street, and the number of slots.
        rewire: probability of rewiring a tie.
        rewiring: random stream that selects the ties to rewire.
        choosing: random stream that selects the slots to which they are rewired.
    """
    slots, contacts = table.shape
    side = contacts // 2
    for street in range(len(first) - 1):
        begin, length = first[street], first[street + 1] - first[street]
        for slot in range(begin, begin + length):
            for tie in range(contacts):
                step = tie - side if tie < side else tie - side + 1
                draw = slot * contacts + tie
                if rng.uniform(rewiring, draw) < rewire:
                    other = int(rng.uniform(choosing, draw) * (slots - 1))
                    table[slot, tie] = other if other < slot else other + 1
                else:
                    table[slot, tie] = begin + (slot - begin + step) % length


def in_neighbours(contacts: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Invert the contact network: list the listeners of each slot.

    The listeners of a slot are the slots that have it as a contact.

    Returns:
        `begins`, shape (slots + 1,), and `listeners`, shape (slots · contacts,): the listeners of slot `i` are
        `listeners[begins[i]:begins[i + 1]]`.
    """
    begins = np.zeros(len(contacts) + 1, dtype=np.int64)
    listeners = np.empty(contacts.size, dtype=np.int32)
    _invert(contacts, begins, listeners)
    return begins, listeners


@njit_cached
def _invert(contacts: NDArray[np.int32], begins: NDArray[np.int64], listeners: NDArray[np.int32]) -> None:
    slots, ties = contacts.shape
    for slot in range(slots):
        for tie in range(ties):
            begins[contacts[slot, tie] + 1] += 1
    for slot in range(slots):
        begins[slot + 1] += begins[slot]
    free = begins.copy()
    for slot in range(slots):
        for tie in range(ties):
            contact = contacts[slot, tie]
            listeners[free[contact]] = slot
            free[contact] += 1
