"""World of a model: the data that never change during a run.

The data are slots, streets, the contact network, and traits and needs of profiles.

A migrant occupies a slot. Slots are ordered by street and, within a street, by origin. The number of a person is
slot + generation · N, so that arrivals in one slot never renumber the persons in others.

The contact network is a small world: contacts are neighbours along the street, and occasionally other migrants of the
district (Watts and Strogatz 1998). It connects slots and never changes: a migrant who arrives has the same neighbours
and people from the same place of origin around them as their predecessor (chain migration).
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from typing import Any, Final, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from takeup import rng
from takeup.compilation import njit_cached
from takeup.district import ATTRIBUTES, LEVEL_OF, PROFILES, SERVICES, TENURE_STARTS, District, Parameters
from takeup.district.proportional_fitting import largest_remainder
from takeup.errors import InputError
from takeup.message import Message
from takeup.rules.attentiveness import lognormal_attentiveness
from takeup.rules.residence import discounted_stay, exit_probability

TASTES = 2**16
_TASTE_QUANTILES: NDArray[np.float64] = ndtri((np.arange(TASTES) + 0.5) / TASTES)
ATTENTIVENESS_LEVELS = 2**8
_ATTENTIVENESS_QUANTILES: NDArray[np.float64] = ndtri((np.arange(ATTENTIVENESS_LEVELS) + 0.5) / ATTENTIVENESS_LEVELS)
_MOST_SLOTS = 2**31 - 1
_BYTES_PER_SLOT = 125
"""Memory per slot of a run with the usual number of contacts, the least of any run; see docs/performance.md."""
_MAX_CANDIDATES = 1_000
_QUOTA_DIGITS = 6


class ProfileTraits(NamedTuple):
    """Permanent traits of a profile. The lists have one value per tenure band.

    Attributes:
        leave: monthly probability of leaving the district.
        move: monthly probability of moving house.
        age, education, origin, work, housing, schoolchild: number of the level of each attribute.
        owned: whether the home is owned.
        insured: probability of being insured.
        mean_stay: mean length of a stay in months.
        stay: share of the benefit that counts, given the expected further stay.
    """

    leave: list[float]
    move: float
    age: int
    education: int
    origin: int
    work: int
    housing: int
    schoolchild: int
    owned: bool
    insured: float
    mean_stay: float
    stay: list[float]


_BY_BAND: Final = (np.float64, len(TENURE_STARTS))
_TYPES: Final = {
    "leave": _BY_BAND,
    "move": np.float64,
    **dict.fromkeys(ATTRIBUTES, np.int8),
    "owned": np.bool_,
    "insured": np.float64,
    "mean_stay": np.float64,
    "stay": _BY_BAND,
}
PROFILE_TRAITS: Final = np.dtype([(field, _TYPES[field]) for field in ProfileTraits._fields], align=True)


class World(NamedTuple):
    """Data that never change during a run, as read-only arrays that compiled code reads.

    N slots, S streets, P profiles, K contacts, 5 services, 4 tenure bands.
    """

    seed: int
    first: NDArray[np.int64]
    """(S + 1,) first slot of each street; the last is N."""
    middle: NDArray[np.int64]
    """(S,) first slot of the second origin in each street."""
    rank: NDArray[np.int32]
    """(N,) a permutation: a slot is open in a month if its rank is below the population of that month."""
    contacts: NDArray[np.int32]
    """(N, K) slots from which each slot receives information."""
    listener_begins: NDArray[np.int64]
    listeners: NDArray[np.int32]
    """(N + 1,), (N · K,) inverse of `contacts`: the listeners of slot i are the slots that have it as a contact,
    `listeners[listener_begins[i]:listener_begins[i + 1]]`.
    """
    stock: NDArray[np.float64]
    """(2, P) cumulative shares of the profiles by origin among the residents at the start."""
    newcomers: NDArray[np.float64]
    """(2, P) cumulative shares of the profiles by origin among newcomers. Profiles with short stays arrive more
    often, so that the shares among the residents are stable.
    """
    traits: NDArray[np.void]
    """(P,) traits of each profile, records of type `PROFILE_TRAITS`."""
    leave: NDArray[np.float64]
    move: NDArray[np.float64]
    owned: NDArray[np.bool_]
    """(P, bands), (P,), (P,) columns of `traits` as contiguous arrays, for loops over all migrants."""
    representative: NDArray[np.int64]
    """(P,) first profile of the same education, housing and work, which usually faces the same procedure."""
    need: NDArray[np.float64]
    """(P, 5) need of each service."""
    taste: NDArray[np.float64]
    """(TASTES,) equally likely values of a standard normal taste."""
    attentiveness: NDArray[np.float64]
    """(ATTENTIVENESS_LEVELS,) equally likely values of attentiveness, with mean 1."""

    def __reduce__(self) -> tuple[Callable[..., World], tuple[Any, ...]]:
        """Keep the arrays read-only in copies, and in worlds that are read from a pickle."""
        return _protect, tuple(self)

    @property
    def slots(self) -> int:
        """Number of slots, N."""
        return len(self.rank)

    @property
    def streets(self) -> int:
        """Number of streets, S."""
        return len(self.middle)

    @overload
    def street_of(self, slots: int) -> int: ...
    @overload
    def street_of(self, slots: NDArray[np.int64]) -> NDArray[np.int64]: ...
    def street_of(self, slots: int | NDArray[np.int64]) -> int | NDArray[np.int64]:
        """Return the number of the street of one slot, or of each of several slots."""
        streets = np.searchsorted(self.first, slots, side="right") - 1
        return np.asarray(streets) if isinstance(slots, np.ndarray) else int(streets)


def build_world(district: District, parameters: Parameters, agents: int, seed: int) -> World:
    """Build the world of a district with a number of slots.

    Raises:
        InputError: a street has too few slots for the number of contacts, or the memory is too small.
    """
    contacts = int(parameters.number("contacts"))
    first = first_slots(district, agents, contacts)
    check_memory(agents)
    by_origin = district.population.joint.reshape(-1) * _origin_mask()
    middle = first[:-1] + np.array(
        [_apportion(by_origin.sum(axis=1), int(n))[0] for n in np.diff(first)], dtype=np.int64
    )
    leave = _leave(parameters)
    further = expected_further_stay(leave)
    words = rng.random_words(rng.stream_start(seed, rng.PERMANENT, rng.RANK), 0, agents)
    rank = np.empty(agents, dtype=np.int32)
    rank[np.argsort(words, kind="stable")] = np.arange(agents, dtype=np.int32)
    table = small_world_contacts(first, contacts, parameters.number("rewire"), seed)
    listener_begins, listeners = in_neighbours(table)
    traits = _profile_traits(parameters, leave, further)
    world = World(
        seed=seed,
        first=first,
        middle=middle,
        rank=rank,
        contacts=table,
        listener_begins=listener_begins,
        listeners=listeners,
        stock=_cumulative(by_origin),
        newcomers=_cumulative(by_origin / further[:, 0]),
        traits=traits,
        leave=leave,
        move=np.ascontiguousarray(traits["move"]),
        owned=np.ascontiguousarray(traits["owned"]),
        representative=_representatives(),
        need=service_needs(parameters),
        taste=_TASTE_QUANTILES,
        attentiveness=attentiveness_values(parameters.number("attention_spread")),
    )
    return _protect(*world)


def _protect(seed: int, *arrays: NDArray[Any]) -> World:
    """Make a world of these fields, whose arrays cannot be written to any more."""
    for array in arrays:
        array.flags.writeable = False
    return World(seed, *arrays)


def attentiveness_values(sigma: float) -> NDArray[np.float64]:
    """Compute equally likely values of attentiveness with mean 1.

    The values are mid-point quantiles of the lognormal distribution. They are divided by their mean, because the
    quantiles leave out the end of the tail.

    Args:
        sigma: standard deviation of the logarithm; with 0, all values are exactly 1.

    Returns:
        Values in increasing order, shape (ATTENTIVENESS_LEVELS,).
    """
    values = [lognormal_attentiveness(quantile, sigma) for quantile in _ATTENTIVENESS_QUANTILES.tolist()]
    return np.array(values) / (math.fsum(values) / len(values))


def expected_further_stay(leave: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute the expected further stay, in months, at the start of each tenure band.

    The coming month is included.

    Args:
        leave: (profiles, 4) monthly probability of leaving by tenure band; above 0 in the last.

    Returns:
        (profiles, 4); the first column is the mean length of a whole stay.
    """
    further = np.empty_like(leave)
    further[:, -1] = 1.0 / leave[:, -1]
    for band in range(len(TENURE_STARTS) - 2, -1, -1):
        length = TENURE_STARTS[band + 1] - TENURE_STARTS[band]
        stays = 1.0 - leave[:, band]
        here = np.add.reduce([stays**month for month in range(length)])
        further[:, band] = here + stays**length * further[:, band + 1]
    return further


def _profile_traits(
    parameters: Parameters, leave: NDArray[np.float64], further: NDArray[np.float64]
) -> NDArray[np.void]:
    scale = parameters.number("stay_scale_months")
    traits = np.zeros(PROFILES, dtype=PROFILE_TRAITS)
    traits["leave"], traits["mean_stay"] = leave, further[:, 0]
    traits["stay"] = [[discounted_stay(months, scale) for months in row] for row in further.tolist()]
    traits["move"] = parameters.vector("move")[LEVEL_OF["housing"]]
    traits["insured"] = parameters.vector("insured")[LEVEL_OF["work"]]
    for attribute in ATTRIBUTES:
        traits[attribute] = LEVEL_OF[attribute]
    traits["owned"] = LEVEL_OF["housing"] == ATTRIBUTES["housing"].index("owned")
    return traits


def _representatives() -> NDArray[np.int64]:
    """Return, for each profile, the first one of the same education, housing and work."""
    levels = np.stack([LEVEL_OF[attribute] for attribute in ("education", "housing", "work")])
    _, first, group = np.unique(levels, axis=1, return_index=True, return_inverse=True)
    return np.asarray(first[group.reshape(-1)], dtype=np.int64)


def service_needs(parameters: Parameters) -> NDArray[np.float64]:
    """Compute the need of each service by profile.

    The need is the sum of a base and an addend per level, clipped to [0, 1].

    Returns:
        Needs, shape (profiles, services).
    """
    need = np.empty((PROFILES, len(SERVICES)))
    for column, service in enumerate(SERVICES):
        need[:, column] = parameters.number(f"need.{service}.base")
        for attribute, levels in ATTRIBUTES.items():
            adds = np.array([parameters.number(f"need.{service}.{attribute}.{level}") for level in levels])
            need[:, column] += adds[LEVEL_OF[attribute]]
    return np.asarray(need.clip(0.0, 1.0))


def _leave(parameters: Parameters) -> NDArray[np.float64]:
    """Compute the monthly probability of leaving, shape (profiles, tenure bands)."""
    factor = np.ones(PROFILES)
    for attribute, levels in ATTRIBUTES.items():
        factors = np.array([parameters.number(f"leave_factor.{attribute}.{level}") for level in levels])
        factor *= factors[LEVEL_OF[attribute]]
    bands = parameters.vector("leave").tolist()
    leave = np.array([[exit_probability(band, each) for band in bands] for each in factor.tolist()])
    if leave[:, -1].min() <= 0.0:
        raise InputError(
            "some migrants would never leave the district: their probability of leaving after five years is 0",
            key=Message("leave.60+ and leave_factor"),
            allowed="values above 0",
        )
    return leave


def _origin_mask() -> NDArray[np.float64]:
    of_origin = LEVEL_OF["origin"] == np.arange(len(ATTRIBUTES["origin"]))[:, np.newaxis]
    return np.asarray(of_origin, dtype=np.float64)


def _cumulative(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return cumulative shares along the last axis.

    The shares are exactly 1 from the last possible profile on.
    """
    totals = weights.sum(axis=1, keepdims=True)
    cumulative = np.cumsum(np.divide(weights, totals, out=np.zeros_like(weights), where=totals > 0), axis=1)
    cumulative[cumulative >= cumulative[:, -1:]] = 1.0
    return cumulative


def first_slots(district: District, agents: int, contacts: int) -> NDArray[np.int64]:
    """Return the first slot of each street, and the number of slots.

    Returns:
        Slot numbers, shape (streets + 1,).

    Raises:
        InputError: a street would have too few slots for the number of contacts.
    """
    if contacts % 2:
        raise InputError(
            "the number of contacts is odd; half of the contacts are slots before, half after a migrant's own",
            key="contacts",
            given=contacts,
            allowed="an even number",
        )
    if not 1 <= agents <= _MOST_SLOTS:
        raise InputError(
            "the number of migrants is out of range",
            key="agents",
            given=agents,
            allowed=Message("1 to {number:,}", number=_MOST_SLOTS),
        )
    counts = _apportion(district.street_shares, agents)
    smallest = int(counts.argmin())
    if counts[smallest] <= contacts:
        raise InputError(
            Message(
                "{street} would have {slots} slots, too few for {contacts} contacts each",
                street=district.streets[smallest],
                slots=counts[smallest],
                contacts=contacts,
            ),
            key="agents",
            given=agents,
            allowed=Message(
                "at least {number:,}, which gives {slots} slots to every street",
                number=_least(district, contacts),
                slots=contacts + 1,
            ),
        )
    return np.concatenate([[0], np.cumsum(counts)])


def check_memory(agents: int) -> None:
    """Check that this machine has enough memory for a number of migrants.

    Raises:
        InputError: the memory is too small.
    """
    memory = _total_memory()
    if agents * _BYTES_PER_SLOT > memory:
        raise InputError(
            "too many migrants for the memory of this machine",
            key="agents",
            given=agents,
            allowed=Message("at most {number:,}", number=int(memory // _BYTES_PER_SLOT)),
        )


def _total_memory() -> float:
    """Return the memory of this machine in bytes, or infinity if it is unknown."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE")) * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return math.inf


def _least(district: District, contacts: int) -> int:
    """Return a sufficient number of slots for the number of contacts.

    The number is the smallest that gives every street more than `contacts` slots, or slightly above it.
    """
    smallest = float(district.street_shares.min() / district.street_shares.sum())
    if smallest * _MOST_SLOTS <= contacts + 1:
        return _MOST_SLOTS
    fewest, enough = int(contacts / smallest), int(np.ceil((contacts + 1) / smallest))
    candidates = range(fewest, enough, max(1, (enough - fewest) // _MAX_CANDIDATES))
    fitting = (
        number for number in candidates if number and _apportion(district.street_shares, number).min() > contacts
    )
    return next(fitting, enough)


def _apportion(shares: NDArray[np.float64], seats: int) -> NDArray[np.int64]:
    """Divide a number of slots (`seats`) by the method of the largest remainder.

    Remainders that are equal except for floating-point error count as equal; the first of them has priority.
    """
    return largest_remainder(shares, seats, tie_decimals=_QUOTA_DIGITS)


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
