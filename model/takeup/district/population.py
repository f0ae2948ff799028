"""A district's people: how many, when, of what kind, how long they stay, in which streets."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from takeup.district.attributes import ATTRIBUTES
from takeup.district.parameters import Status
from takeup.district.proportional_fitting import Margin, rake
from takeup.errors import InputError
from takeup.io import StrictModel, parse_model, read_toml
from takeup.months import parse_month

_SUM_TOLERANCE = 1e-6


class _Sourced(StrictModel):
    status: Status
    source: str = Field(min_length=1)
    rule: str | None = None

    @model_validator(mode="after")
    def _derived_says_how(self) -> _Sourced:
        if self.status == "derived" and not self.rule:
            raise InputError('a derived figure needs its "rule": how it follows from the source')
        return self


class Count(_Sourced):
    """Persons living in the district in a month."""

    month: str
    persons: int = Field(ge=1, le=2_000_000_000)


class Table(_Sourced):
    """Shares of the population by one or two attributes, keyed by their levels."""

    of: list[str] = Field(min_length=1, max_length=2)
    shares: dict[str, Any]


class Street(_Sourced):
    """A street (街道, subdistrict) and its share of the district's migrants."""

    name: str = Field(min_length=1)
    name_zh: str = Field(min_length=1)
    code: str | None = None
    share: float = Field(ge=0, le=1)


class Tenure(_Sourced):
    """Completed years of stay of those living here: shares between the bounds, the last one open."""

    years: list[float] = Field(min_length=1)
    shares: list[float] = Field(min_length=2)


class _File(StrictModel):
    name: str = Field(min_length=1)
    name_zh: str = Field(min_length=1)
    invented: bool = False
    population: list[Count] = Field(min_length=1)
    table: list[Table] = Field(min_length=1)
    street: list[Street] = Field(min_length=1)
    tenure: Tenure | None = None


@dataclass(frozen=True)
class Population:
    """The people of a district as its population.toml tells of them.

    Attributes:
        name, name_zh: the district's name, and its Chinese original.
        invented: whether the figures are invented (an example, not evidence).
        counts: dated counts, in order of time.
        tables: the tables as stated, with their sources.
        margins: the same tables as arrays.
        streets: in order.
        tenure: how long people have stayed, if known; for comparison, not input.
    """

    name: str
    name_zh: str
    invented: bool
    counts: tuple[Count, ...]
    tables: tuple[Table, ...]
    margins: tuple[Margin, ...]
    streets: tuple[Street, ...]
    tenure: Tenure | None

    @cached_property
    def joint(self) -> NDArray[np.float64]:
        """Shares of all profiles, shape (profiles,), raked to the tables."""
        return rake(list(self.margins))

    @property
    def most(self) -> int:
        """The largest of the dated counts."""
        return max(count.persons for count in self.counts)

    @property
    def street_shares(self) -> NDArray[np.float64]:
        """Each street's share of the population, shape (streets,)."""
        return np.array([street.share for street in self.streets])

    def persons(self, month: int, agents: int | None = None) -> int:
        """How many live here in a month: the line through the dated counts, constant outside them, rounded half up.

        Args:
            month: the month's number.
            agents: what the largest count is scaled to; the counts themselves if None.
        """
        scale = 1.0 if agents is None else agents / self.most
        months = [parse_month(count.month) for count in self.counts]
        line = np.interp(month, months, [count.persons * scale for count in self.counts])
        return math.floor(float(line) + 0.5)


def read_population(file: Path) -> Population:
    """The population of a district's population.toml.

    Raises:
        InputError: a table does not sum to 1, names an unknown attribute or level, or contradicts another; a
            count is not dated in order; a street stands twice.
    """
    stated = parse_model(_File, read_toml(file), file=file)
    margins = []
    for number, table in enumerate(stated.table, 1):
        try:
            margins.append(_margin(table))
        except InputError as error:
            raise error.within(file=file, key=f"table {number}") from None
    population = Population(
        name=stated.name,
        name_zh=stated.name_zh,
        invented=stated.invented,
        counts=tuple(stated.population),
        tables=tuple(stated.table),
        margins=tuple(margins),
        streets=tuple(stated.street),
        tenure=stated.tenure,
    )
    try:
        _check_counts(population)
        _check_sum(population.street_shares, "street, share")
        _check_names(population)
        _check_attributes(population)
        _check_tenure(population.tenure)
        population.joint  # noqa: B018  (contradicting tables are found by raking to them)
    except InputError as error:
        raise error.within(file=file) from None
    return population


def _margin(table: Table) -> Margin:
    for attribute in table.of:
        if attribute not in ATTRIBUTES:
            raise InputError("unknown attribute", key="of", given=attribute, allowed=ATTRIBUTES)
    if len(set(table.of)) != len(table.of):
        raise InputError("an attribute stands twice", key="of", given=table.of[0])
    shares = np.array(_in_order(table.shares, list(table.of), "shares"), dtype=np.float64)
    _check_sum(shares, "shares")
    return Margin(tuple(table.of), shares / shares.sum())


def _in_order(stated: Any, attributes: list[str], key: str) -> Any:
    """Nested lists in the order of the levels, from tables keyed by them."""
    if not attributes:
        if isinstance(stated, bool) or not isinstance(stated, int | float) or not 0 <= stated <= 1:
            raise InputError("not a share", key=key, given=stated, allowed="a number from 0 to 1")
        return float(stated)
    attribute, *rest = attributes
    levels = ATTRIBUTES[attribute]
    if not isinstance(stated, dict):
        raise InputError(f"needs a table by {attribute}", key=key, given=stated, allowed=levels)
    for level in stated:
        if level not in levels:
            raise InputError(f"unknown level of {attribute}", key=key, given=level, allowed=levels)
    for level in levels:
        if level not in stated:
            raise InputError(f'the level "{level}" of {attribute} is missing', key=key)
    return [_in_order(stated[level], rest, f"{key}.{level}") for level in levels]


def _check_sum(shares: NDArray[np.float64], key: str) -> None:
    total = float(shares.sum())
    if not abs(total - 1.0) <= _SUM_TOLERANCE:
        raise InputError("the shares do not sum to 1", key=key, given=f"{total:.6g}", allowed="a sum of 1")


def _check_counts(population: Population) -> None:
    months = []
    for number, count in enumerate(population.counts, 1):
        try:
            months.append(parse_month(count.month))
        except InputError as error:
            raise error.within(key=f"population {number}, month") from None
    if any(later <= earlier for earlier, later in pairwise(months)):
        raise InputError("the dated counts are not in order of time", key="population, month")


def _check_names(population: Population) -> None:
    names = [street.name for street in population.streets]
    for name in names:
        if names.count(name) > 1:
            raise InputError("a street stands twice", key="street, name", given=name)


def _check_attributes(population: Population) -> None:
    stated = {attribute for table in population.tables for attribute in table.of}
    for attribute in ATTRIBUTES:
        if attribute not in stated:
            raise InputError(
                f"no table says anything of {attribute}", key="table", allowed="a table by every attribute"
            )


def _check_tenure(tenure: Tenure | None) -> None:
    if tenure is None:
        return
    _check_sum(np.array(tenure.shares), "tenure, shares")
    if len(tenure.shares) != len(tenure.years) + 1 or sorted(tenure.years) != tenure.years:
        raise InputError(
            "the bands do not fit the shares", key="tenure", allowed="rising bounds in years, one fewer than shares"
        )
