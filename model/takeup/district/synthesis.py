"""Synthetic districts, drawn at random around a base district, and their files.

They serve to measure time and memory for a province, and to try out commands for several districts. They are no
evidence about real districts.
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
from takeup.district.population import Population, shares_by_level
from takeup.district.proportional_fitting import largest_remainder, margin_of
from takeup.errors import InputError
from takeup.io import StrictModel, format_toml_table, parse_model, read_toml, round_share, toml_comment
from takeup.message import Message

_FILE: Final = Path(__file__).with_name("synthesis.toml")
_POPULATION_HEAD: Final = """\
# Invented by `{command}`
# with the district {base} as its base. Nothing here is evidence.

"""
_PARAMETERS_HEAD: Final = """\
# Copied by `{command}`
# from the district {base} into an invented one: every value is assumed here.
"""
_STATUS: Final = re.compile(r"^(\s*status\s*=\s*).*$", re.MULTILINE)
_SOURCE: Final = re.compile(r'^(\s*source\s*=\s*"(?:"")?)', re.MULTILINE)


class Dispersion(StrictModel):
    """An assumed standard deviation of a logarithm, with unit and source."""

    value: float = Field(ge=0, le=3)
    unit: str
    source: str = Field(min_length=1)


class Limit(StrictModel):
    """An assumed smallest or largest count, with unit and source."""

    value: int = Field(ge=1)
    unit: str
    source: str = Field(min_length=1)


class Assumptions(StrictModel):
    """The assumptions from which synthetic districts are drawn.

    Attributes:
        population_log_sd: standard deviation of the logarithm of a district's population.
        smallest_district: smallest number of persons in a district.
        street_log_sd: standard deviation of the logarithm of a street's population within a district.
        smallest_street: smallest number of persons in a street.
        most_streets: largest number of streets in a district.
        composition_log_sd: standard deviation of the logarithm of a level's weight.
    """

    population_log_sd: Dispersion
    smallest_district: Limit
    street_log_sd: Dispersion
    smallest_street: Limit
    most_streets: Limit
    composition_log_sd: Dispersion


@dataclass(frozen=True)
class SyntheticDistrict:
    """The population of a synthetic district.

    Attributes:
        number: number of the district, from 1.
        persons: number of residents in the month in which it is largest.
        streets: persons by street, shape (streets,).
        joint: shares of all profiles, shape (profiles,).
    """

    number: int
    persons: int
    streets: NDArray[np.int64]
    joint: NDArray[np.float64]


@cache
def read_assumptions() -> Assumptions:
    """Read the shipped assumptions."""
    return parse_model(Assumptions, read_toml(_FILE), file=_FILE)


def draw_districts(base: Population, count: int, persons: int, seed: int) -> Iterator[SyntheticDistrict]:
    """Draw districts one by one; the same seed gives the same districts.

    Districts and streets have log-normal sizes. The number of persons per street is about that of the base. The
    composition is the base's joint distribution with the weight of every level multiplied by a log-normal factor:
    margins differ between districts, and the association between attributes is kept.

    Args:
        base: population of the base district.
        count: number of districts.
        persons: exact number of persons in all districts together.
        seed: random seed, an integer from 0.

    Raises:
        InputError: there are too few persons for so many districts.
    """
    assumptions = read_assumptions()
    least = assumptions.smallest_district.value
    if persons < least * count:
        raise InputError(
            Message("the population is too small for {number:,} districts", number=count),
            key="--population",
            given=persons,
            allowed=Message("at least {all:,}, {least:,} per district", all=least * count, least=least),
        )
    generator = np.random.default_rng(seed)
    weights = np.exp(assumptions.population_log_sd.value * generator.standard_normal(count))
    sizes = largest_remainder(weights, persons, least).tolist()
    street_streams, composition_streams = (stream.spawn(count) for stream in generator.spawn(2))
    for number, size in enumerate(sizes, 1):
        streets = _draw_streets(base, size, street_streams[number - 1])
        yield SyntheticDistrict(number, size, streets, _draw_joint(base, composition_streams[number - 1]))


def synthetic_population_toml(district: SyntheticDistrict, base: Population, command: str) -> str:
    """Format the population.toml of a synthetic district, marked as invented.

    The counts have the dates of the base district's counts and change in the same proportion.

    Args:
        district: the synthetic district.
        base: population of the base district.
        command: the command that draws the same districts again; the source of all tables.
    """
    number = f"{district.number:03d}"
    names = {"name": f"Invented {number}", "name_zh": f"虚构{number}区", "invented": True}
    evidence = {"status": "assumed", "source": f"invented: {command}"}
    head = _POPULATION_HEAD.format(command=toml_comment(command), base=toml_comment(base.name))
    parts = [head + format_toml_table(names)]
    for count in base.counts:
        persons = max(1, district.persons * count.persons // base.most)
        parts.append(format_toml_table({"month": count.month, "persons": persons, **evidence}, "[[population]]"))
    for table in base.tables:
        levels = tuple(ATTRIBUTES[attribute] for attribute in table.of)
        shares = shares_by_level(levels, margin_of(district.joint, tuple(table.of)))
        if len(levels) == 1:
            parts.append(format_toml_table({"of": table.of, **evidence, "shares": shares}, "[[table]]"))
        else:
            parts.append(
                format_toml_table({"of": table.of, **evidence}, "[[table]]")
                + format_toml_table(shares, "[table.shares]")
            )
    for place, persons in enumerate(district.streets.tolist(), 1):
        share = round_share(persons / district.persons)
        street = {"name": f"Street {place:02d}", "name_zh": f"第{place:02d}街", "share": share, **evidence}
        parts.append(format_toml_table(street, "[[street]]"))
    return "\n".join(parts)


def synthetic_parameters_toml(content: str, base: str, command: str) -> str:
    """Format the parameters.toml or rules.toml of a synthetic district: the base's, as assumed.

    Args:
        content: content of the base district's file.
        base: name of the base district.
        command: the command that draws the same districts again.
    """
    source = toml_comment(f"invented: {command}; {base} has: ")
    assumed = _STATUS.sub(r'\1"assumed"', content)
    sourced = _SOURCE.sub(lambda start: start[1] + source, assumed)
    return f"{_PARAMETERS_HEAD.format(command=toml_comment(command), base=toml_comment(base))}\n{sourced}"


def _draw_streets(base: Population, persons: int, generator: np.random.Generator) -> NDArray[np.int64]:
    assumptions = read_assumptions()
    smallest = assumptions.smallest_street.value
    typical = round(persons * len(base.streets) / base.most)
    number = max(1, min(typical, persons // smallest, assumptions.most_streets.value))
    weights = np.exp(assumptions.street_log_sd.value * generator.standard_normal(number))
    return largest_remainder(weights, persons, smallest)


def _draw_joint(base: Population, generator: np.random.Generator) -> NDArray[np.float64]:
    factors = read_assumptions().composition_log_sd.value * generator.standard_normal(len(GROUPS))
    tilted = base.joint * np.exp(factors @ MEMBERSHIP)
    return np.asarray(tilted / tilted.sum())
