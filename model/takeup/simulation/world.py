"""The world: what never changes during a run. Slots, streets, who listens to whom, what each profile needs.

A migrant occupies a slot. Slots are laid out street by street, inside a street by origin; person = slot + generation
· N, so that what happens to one slot never renumbers others.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from takeup import rng
from takeup.district import ATTRIBUTES, LEVEL_OF, PROFILES, SERVICES, TENURE_STARTS, District, Parameters
from takeup.district.proportional_fitting import largest_remainder
from takeup.errors import InputError
from takeup.rules.residence import discounted_stay, exit_probability
from takeup.simulation.network import in_neighbours, small_world_contacts

TASTES = 2**16
_TASTE_QUANTILES: NDArray[np.float64] = ndtri((np.arange(TASTES) + 0.5) / TASTES)
_MOST_SLOTS = 2**31 - 1
_TRIED = 1_000
_QUOTA_DIGITS = 6


class ProfileTraits(NamedTuple):
    """What a profile means for life; by band of residence where it is a list.

    Attributes:
        leave: monthly chance of leaving.
        move: monthly chance of moving house.
        housing, owned, education, work: numbers of the levels, and whether the home is owned.
        insured: chance of being insured.
        mean_stay: mean length of a stay in months.
        stay: how much of the benefit counts, given how long one expects to stay on.
    """

    leave: list[float]
    move: float
    housing: int
    owned: bool
    education: int
    work: int
    insured: float
    mean_stay: float
    stay: list[float]


_BY_BAND = (np.float64, len(TENURE_STARTS))
_TYPES = (_BY_BAND, np.float64, np.int8, np.bool_, np.int8, np.int8, np.float64, np.float64, _BY_BAND)
PROFILE_TRAITS: Final = np.dtype(list(zip(ProfileTraits._fields, _TYPES, strict=True)), align=True)


class World(NamedTuple):
    """What never changes during a run, as arrays that compiled code reads.

    N slots, S streets, P profiles, K contacts, 5 services, 4 bands of residence.
    """

    seed: int
    first: NDArray[np.int64]
    """(S + 1,) where each street's slots begin; the last is N."""
    middle: NDArray[np.int64]
    """(S,) where each street's slots of the second origin begin."""
    rank: NDArray[np.int32]
    """(N,) a permutation: a slot is open in a month if its rank is below that month's population."""
    contacts: NDArray[np.int32]
    """(N, K) the slots each slot listens to."""
    begins: NDArray[np.int64]
    listeners: NDArray[np.int32]
    """(N + 1,), (N · K,) the same the other way round: slot i is heard by listeners[begins[i] : begins[i + 1]]."""
    stock: NDArray[np.float64]
    """(2, P) cumulative shares of profiles by origin among those living here at the start."""
    newcomers: NDArray[np.float64]
    """(2, P) the same among newcomers: who stays shorter comes more often, so the stock keeps its composition."""
    kinds: NDArray[np.void]
    """(P,) of KIND."""
    leave: NDArray[np.float64]
    move: NDArray[np.float64]
    owned: NDArray[np.bool_]
    """(P, bands), (P,), (P,) of the kinds again, each in a table of its own."""
    twins: NDArray[np.int64]
    """(P,) the first profile of the same education, housing and work: for it papers are as hard to get."""
    need: NDArray[np.float64]
    """(P, 5) need of each service."""
    taste: NDArray[np.float64]
    """(TASTES,) equally likely values of a standard normal taste."""

    @property
    def slots(self) -> int:
        """N."""
        return len(self.rank)

    @property
    def streets(self) -> int:
        """S."""
        return len(self.middle)

    def street_of(self, slot: int) -> int:
        """The number of the street a slot lies in."""
        return int(np.searchsorted(self.first, slot, side="right")) - 1


def build_world(district: District, parameters: Parameters, agents: int, seed: int) -> World:
    """The world of a district with so many slots.

    Raises:
        InputError: a street has too few slots for its people to have contacts.
    """
    contacts = int(parameters.number("contacts"))
    first = street_slot_counts(district, agents, contacts)
    by_origin = district.population.joint.reshape(-1) * _origin_mask()
    middle = first[:-1] + np.array(
        [_apportion(by_origin.sum(axis=1), int(n))[0] for n in np.diff(first)], dtype=np.int64
    )
    leave = _leave(parameters)
    further = expected_further_stay(leave)
    words = rng.random_words(rng.stream_start(seed, rng.FOR_LIFE, rng.RANK), 0, agents)
    rank = np.empty(agents, dtype=np.int32)
    rank[np.argsort(words, kind="stable")] = np.arange(agents, dtype=np.int32)
    table = small_world_contacts(first, contacts, parameters.number("rewire"), seed)
    begins, listeners = in_neighbours(table)
    kinds = _kinds(parameters, leave, further)
    return World(
        seed=seed,
        first=first,
        middle=middle,
        rank=rank,
        contacts=table,
        begins=begins,
        listeners=listeners,
        stock=_cumulative(by_origin),
        newcomers=_cumulative(by_origin / further[:, 0]),
        kinds=kinds,
        leave=leave,
        move=np.ascontiguousarray(kinds["move"]),
        owned=np.ascontiguousarray(kinds["owned"]),
        twins=_twins(),
        need=service_needs(parameters),
        taste=_TASTE_QUANTILES,
    )


def expected_further_stay(leave: NDArray[np.float64]) -> NDArray[np.float64]:
    """Expected further stay in months at the first month of each band, the coming month included.

    Args:
        leave: (profiles, 4) monthly chance of leaving by band; the last above 0.

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


def _kinds(parameters: Parameters, leave: NDArray[np.float64], further: NDArray[np.float64]) -> NDArray[np.void]:
    scale = parameters.number("stay_scale_months")
    kinds = np.zeros(PROFILES, dtype=PROFILE_TRAITS)
    kinds["leave"], kinds["mean_stay"] = leave, further[:, 0]
    kinds["stay"] = [[discounted_stay(months, scale) for months in row] for row in further.tolist()]
    kinds["move"] = parameters.vector("move")[LEVEL_OF["housing"]]
    kinds["insured"] = parameters.vector("insured")[LEVEL_OF["work"]]
    for attribute in ("education", "housing", "work"):
        kinds[attribute] = LEVEL_OF[attribute]
    kinds["owned"] = LEVEL_OF["housing"] == ATTRIBUTES["housing"].index("owned")
    return kinds


def _twins() -> NDArray[np.int64]:
    alike = np.stack([LEVEL_OF[attribute] for attribute in ("education", "housing", "work")])
    _, first, group = np.unique(alike, axis=1, return_index=True, return_inverse=True)
    return np.asarray(first[group.reshape(-1)], dtype=np.int64)


def service_needs(parameters: Parameters) -> NDArray[np.float64]:
    """(profiles, services): base and what each level adds, clipped to [0, 1]."""
    need = np.empty((PROFILES, len(SERVICES)))
    for k, service in enumerate(SERVICES):
        need[:, k] = parameters.number(f"need.{service}.base")
        for attribute, levels in ATTRIBUTES.items():
            adds = np.array([parameters.number(f"need.{service}.{attribute}.{level}") for level in levels])
            need[:, k] += adds[LEVEL_OF[attribute]]
    return np.asarray(need.clip(0.0, 1.0))


def _leave(parameters: Parameters) -> NDArray[np.float64]:
    factor = np.ones(PROFILES)
    for attribute, levels in ATTRIBUTES.items():
        factors = np.array([parameters.number(f"leave_factor.{attribute}.{level}") for level in levels])
        factor *= factors[LEVEL_OF[attribute]]
    bands = parameters.vector("leave").tolist()
    leave = np.array([[exit_probability(band, each) for band in bands] for each in factor.tolist()])
    if leave[:, -1].min() <= 0.0:
        raise InputError(
            "nobody would ever leave",
            key="leave.60+ and leave_factor",
            given=0,
            allowed="a chance above 0 after five years",
        )
    return leave


def _origin_mask() -> NDArray[np.float64]:
    of_origin = LEVEL_OF["origin"] == np.arange(len(ATTRIBUTES["origin"]))[:, np.newaxis]
    return np.asarray(of_origin, dtype=np.float64)


def _cumulative(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cumulative shares along the last axis, exactly 1 from the last possible profile on."""
    totals = weights.sum(axis=1, keepdims=True)
    cumulative = np.cumsum(np.divide(weights, totals, out=np.zeros_like(weights), where=totals > 0), axis=1)
    cumulative[cumulative >= cumulative[:, -1:]] = 1.0
    return cumulative


def street_slot_counts(district: District, agents: int, contacts: int) -> NDArray[np.int64]:
    """Where each street's block of slots begins, shape (streets + 1,).

    Raises:
        InputError: a street would have too few slots for its people to have so many contacts.
    """
    if contacts % 2:
        raise InputError("not half on either side", key="contacts", given=contacts, allowed="an even number")
    if not 1 <= agents <= _MOST_SLOTS:
        raise InputError(
            "not a possible number of migrants", key="agents", given=agents, allowed=f"1 to {_MOST_SLOTS:,}"
        )
    counts = _apportion(district.street_shares, agents)
    smallest = int(counts.argmin())
    if counts[smallest] <= contacts:
        raise InputError(
            f"{district.streets[smallest]} would have {counts[smallest]} slots, too few for {contacts} contacts each",
            key="agents",
            given=agents,
            allowed=f"{_least(district, contacts):,} at the least, for {contacts + 1} slots in every street",
        )
    return np.concatenate([[0], np.cumsum(counts)])


def _least(district: District, contacts: int) -> int:
    """The fewest slots that give every street more than so many; of very small streets a few more."""
    smallest = float(district.street_shares.min() / district.street_shares.sum())
    if smallest * _MOST_SLOTS <= contacts + 1:
        return _MOST_SLOTS
    fewest, enough = int(contacts / smallest), int(np.ceil((contacts + 1) / smallest))
    tried = range(fewest, enough, max(1, (enough - fewest) // _TRIED))
    fitting = (number for number in tried if number and _apportion(district.street_shares, number).min() > contacts)
    return next(fitting, enough)


def _apportion(shares: NDArray[np.float64], seats: int) -> NDArray[np.int64]:
    """Divide slots by largest remainder; remainders that are equal but for floating-point error go to the first."""
    return largest_remainder(shares, seats, tie_decimals=_QUOTA_DIGITS)
