"""An invented province: how many live in each district, in how many streets, and of what kind they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from takeup.district.apportioning import apportioned
from takeup.district.attributes import GROUPS, MEMBERSHIP
from takeup.district.population import Population
from takeup.district.synthesis.assumptions import assumptions
from takeup.errors import InputError


@dataclass(frozen=True)
class Invented:
    """A district's people, made up.

    Attributes:
        number: of the district, from 1.
        persons: where most live there.
        streets: persons by street.
        joint: shares of all profiles, shape (profiles,).
    """

    number: int
    persons: int
    streets: NDArray[np.int64]
    joint: NDArray[np.float64]


def invented_districts(base: Population, count: int, persons: int, seed: int) -> Iterator[Invented]:
    """So many districts with so many persons in all, one by one; the same of the same seed.

    Districts and streets have log-normal sizes. A district has as many persons a street as the one started from. What
    kind of people live there is that district's joint distribution, every level of an attribute weighted anew by a
    log-normal factor; so margins differ from district to district, and how attributes go together is kept.

    Args:
        base: the district started from.
        count: districts.
        persons: in all of them, exactly.
        seed: a whole number from 0.

    Raises:
        InputError: there are too few persons for so many districts.
    """
    assumed = assumptions()
    least = assumed.smallest_district.value
    if persons < least * count:
        raise InputError(
            f"too few for {count:,} districts",
            key="--population",
            given=persons,
            allowed=f"at least {least * count:,}, {least:,} a district",
        )
    chance = np.random.default_rng(seed)
    weights = np.exp(assumed.population_spread.value * chance.standard_normal(count))
    sizes = apportioned(weights, persons, least).tolist()
    of_streets, of_people = chance.spawn(2)
    for number, (size, streets, people) in enumerate(
        zip(sizes, of_streets.spawn(count), of_people.spawn(count), strict=True), 1
    ):
        yield Invented(number, size, _streets(base, size, streets), _joint(base, people))


def _streets(base: Population, persons: int, chance: np.random.Generator) -> NDArray[np.int64]:
    assumed = assumptions()
    smallest = assumed.smallest_street.value
    usual = round(persons * len(base.streets) / base.most)
    number = max(1, min(usual, persons // smallest, assumed.most_streets.value))
    weights = np.exp(assumed.street_spread.value * chance.standard_normal(number))
    return apportioned(weights, persons, smallest)


def _joint(base: Population, chance: np.random.Generator) -> NDArray[np.float64]:
    factors = assumptions().composition_spread.value * chance.standard_normal(len(GROUPS))
    tilted = base.joint * np.exp(factors @ MEMBERSHIP)
    return np.asarray(tilted / tilted.sum())
