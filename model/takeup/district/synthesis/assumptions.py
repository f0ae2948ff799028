"""What is assumed of an invented province, read from assumptions.toml."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import Field

from takeup.reading import Strict, read_toml, validated

_FILE = Path(__file__).with_name("assumptions.toml")


class Spread(Strict):
    """A standard deviation of logarithms: how far the like lie apart."""

    value: float = Field(ge=0, le=3)
    unit: str
    source: str = Field(min_length=1)


class Bound(Strict):
    """The least or the most of something that is counted."""

    value: int = Field(ge=1)
    unit: str
    source: str = Field(min_length=1)


class Assumptions(Strict):
    """The numbers behind an invented province, each with its unit and source.

    Attributes:
        population_spread: of districts' populations.
        smallest_district: persons.
        street_spread: of streets' populations in a district.
        smallest_street: persons.
        most_streets: in a district.
        composition_spread: of what kind of people live in a district.
    """

    population_spread: Spread
    smallest_district: Bound
    street_spread: Spread
    smallest_street: Bound
    most_streets: Bound
    composition_spread: Spread


@cache
def assumptions() -> Assumptions:
    """Those that are shipped."""
    return validated(Assumptions, read_toml(_FILE), file=_FILE)
