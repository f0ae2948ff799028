"""What is assumed of an invented province, read from assumptions.toml.

An invented province: how many live in each district, in how many streets, and of what kind they are.

The files of an invented district.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from takeup.district.attributes import ATTRIBUTES, GROUPS, MEMBERSHIP
from takeup.district.population import Population
from takeup.district.proportional_fitting import largest_remainder, margin_of
from takeup.errors import InputError
from takeup.io import StrictModel, parse_model, quote_toml, read_toml, round_share, toml_key

_FILE = Path(__file__).with_name("synthesis.toml")


class Dispersion(StrictModel):
    """A standard deviation of logarithms: how far the like lie apart."""

    value: float = Field(ge=0, le=3)
    unit: str
    source: str = Field(min_length=1)


class Limit(StrictModel):
    """The least or the most of something that is counted."""

    value: int = Field(ge=1)
    unit: str
    source: str = Field(min_length=1)


class Assumptions(StrictModel):
    """The numbers behind an invented province, each with its unit and source.

    Attributes:
        population_spread: of districts' populations.
        smallest_district: persons.
        street_spread: of streets' populations in a district.
        smallest_street: persons.
        most_streets: in a district.
        composition_spread: of what kind of people live in a district.
    """

    population_spread: Dispersion
    smallest_district: Limit
    street_spread: Dispersion
    smallest_street: Limit
    most_streets: Limit
    composition_spread: Dispersion


@cache
def read_assumptions() -> Assumptions:
    """Those that are shipped."""
    return parse_model(Assumptions, read_toml(_FILE), file=_FILE)


@dataclass(frozen=True)
class SyntheticDistrict:
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


def draw_districts(base: Population, count: int, persons: int, seed: int) -> Iterator[SyntheticDistrict]:
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
    assumed = read_assumptions()
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
    sizes = largest_remainder(weights, persons, least).tolist()
    of_streets, of_people = chance.spawn(2)
    for number, (size, streets, people) in enumerate(
        zip(sizes, of_streets.spawn(count), of_people.spawn(count), strict=True), 1
    ):
        yield SyntheticDistrict(number, size, _streets(base, size, streets), _joint(base, people))


def _streets(base: Population, persons: int, chance: np.random.Generator) -> NDArray[np.int64]:
    assumed = read_assumptions()
    smallest = assumed.smallest_street.value
    usual = round(persons * len(base.streets) / base.most)
    number = max(1, min(usual, persons // smallest, assumed.most_streets.value))
    weights = np.exp(assumed.street_spread.value * chance.standard_normal(number))
    return largest_remainder(weights, persons, smallest)


def _joint(base: Population, chance: np.random.Generator) -> NDArray[np.float64]:
    factors = read_assumptions().composition_spread.value * chance.standard_normal(len(GROUPS))
    tilted = base.joint * np.exp(factors @ MEMBERSHIP)
    return np.asarray(tilted / tilted.sum())


_HEAD: Final = """\
# Invented by `{command}`
# on the pattern of the district {base}. Nothing here is evidence.

name = {name}
name_zh = {name_zh}
invented = true
"""
_COPIED: Final = """\
# Copied by `{command}`
# from the district {base} into an invented one: every value is assumed here.
"""
_STATUS: Final = re.compile(r"^(\s*status\s*=\s*).*$", re.MULTILINE)
_SOURCE: Final = re.compile(r'^(\s*source\s*=\s*"(?:"")?)', re.MULTILINE)


def synthetic_population_toml(invented: SyntheticDistrict, base: Population, command: str) -> str:
    """The content of its population.toml: everything assumed, and invented.

    Counts are dated as those of the district started from, and rise and fall as they do.

    Args:
        invented: its people.
        base: of the district started from.
        command: what makes the same again; the source of all.
    """
    number = f"{invented.number:03d}"
    head = _HEAD.format(
        command=_comment(command),
        base=_comment(base.name),
        name=quote_toml(f"Invented {number}"),
        name_zh=quote_toml(f"虚构{number}区"),
    )
    known = ['status = "assumed"', f"source = {quote_toml(f'invented: {command}')}"]
    parts = [head]
    for count in base.counts:
        persons = max(1, invented.persons * count.persons // base.most)
        parts.append(_lines("[[population]]", f"month = {quote_toml(count.month)}", f"persons = {persons:_}", *known))
    for table in base.tables:
        shares = margin_of(invented.joint, tuple(table.of))
        parts.append(
            _lines("[[table]]", f"of = [{', '.join(map(quote_toml, table.of))}]", *known, *_shares(table.of, shares))
        )
    for place, persons in enumerate(invented.streets.tolist(), 1):
        share = round_share(persons / invented.persons)
        parts.append(
            _lines(
                "[[street]]",
                f'name = "Street {place:02d}"',
                f'name_zh = "第{place:02d}街"',
                f"share = {share!r}",
                *known,
            )
        )
    return "\n".join(parts)


def synthetic_parameters_toml(written: str, base: str, command: str) -> str:
    """A parameters.toml as that of the district started from, every value assumed here; its sources are kept behind.

    Args:
        written: the content of that district's file.
        base: that district's name.
        command: what makes the same again.
    """
    source = quote_toml(f"invented: {command}; {base} has: ")[1:-1]
    assumed = _STATUS.sub(r'\1"assumed"', written)
    told = _SOURCE.sub(lambda begins: begins[1] + source, assumed)
    return f"{_COPIED.format(command=_comment(command), base=_comment(base))}\n{told}"


def _shares(of: list[str], shares: NDArray[np.float64]) -> list[str]:
    if len(of) == 1:
        return [f"shares = {_inline(of[0], shares)}"]
    rows = zip(ATTRIBUTES[of[0]], shares, strict=True)
    return ["[table.shares]", *(f"{toml_key(level)} = {_inline(of[1], row)}" for level, row in rows)]


def _inline(attribute: str, shares: NDArray[np.float64]) -> str:
    levels = zip(ATTRIBUTES[attribute], shares, strict=True)
    return f"{{ {', '.join(f'{toml_key(level)} = {round_share(share)!r}' for level, share in levels)} }}"


def _comment(text: str) -> str:
    """On one line, whatever a folder is called."""
    return quote_toml(text)[1:-1]


def _lines(*lines: str) -> str:
    return "\n".join([*lines, ""])
