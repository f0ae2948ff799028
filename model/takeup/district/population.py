"""A district's population: counts, attributes, streets, areas and length of stay."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from takeup.district.attributes import ATTRIBUTES
from takeup.district.parameters import Status
from takeup.district.proportional_fitting import Margin, rake
from takeup.errors import InputError
from takeup.io import StrictModel, parse_model, read_toml, round_share
from takeup.limits import check_names
from takeup.message import Message
from takeup.months import parse_month
from takeup.vocabulary import Term

_SUM_TOLERANCE = 1e-6


class _Sourced(StrictModel):
    status: Status
    source: str = Field(min_length=1)
    rule: str | None = None

    @model_validator(mode="after")
    def _derived_has_rule(self) -> _Sourced:
        if self.status == "derived" and not self.rule:
            raise InputError(
                'a derived value has no "rule"', allowed='"rule": the derivation of the value from its source'
            )
        return self


class Count(_Sourced):
    """The number of migrants aged 16 and over in the district in one month."""

    month: str
    persons: int = Field(ge=1, le=2_000_000_000)


class Table(_Sourced):
    """Shares of the population by one or two attributes, with their levels as keys."""

    of: list[str] = Field(min_length=1, max_length=2)
    shares: dict[str, Any]


class Street(_Sourced):
    """A street (街道, subdistrict) and its share of the district's migrants."""

    name: str = Field(min_length=1)
    name_zh: str = Field(min_length=1)
    code: str | None = None
    share: float = Field(ge=0, le=1)


class Area(_Sourced):
    """A group of residents that people name as one, such as those of the urban villages.

    Its members live in one of its streets and belong to its groups, which are levels by attribute.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)
    label: str = Field(min_length=1)
    label_zh: str = Field(min_length=1)
    words: list[str] = Field(default=[])
    streets: list[str] | None = Field(default=None, min_length=1)
    groups: dict[str, Annotated[list[str], Field(min_length=1)]] | None = Field(default=None, min_length=1)

    @property
    def term(self) -> Term:
        """The area as a term of the vocabulary."""
        return Term("area", self.name, self.label, self.label_zh, tuple(self.words))


class Tenure(_Sourced):
    """Shares of the residents by completed years of stay; the last band is open."""

    years: list[float] = Field(min_length=1)
    shares: list[float] = Field(min_length=2)


class _File(StrictModel):
    name: str = Field(min_length=1)
    name_zh: str = Field(min_length=1)
    invented: bool = False
    population: list[Count] = Field(min_length=1)
    table: list[Table] = Field(min_length=1)
    street: list[Street] = Field(min_length=1)
    area: list[Area] = Field(default=[])
    tenure: Tenure | None = None


@dataclass(frozen=True)
class Population:
    """The content of a population.toml.

    Attributes:
        name, name_zh: the district's name, and its Chinese original.
        invented: whether the numbers are invented (an example, not evidence).
        counts: dated counts, in chronological order.
        tables: the tables as stated, with their sources.
        margins: the same tables as arrays.
        streets: the streets, in the order of the file.
        areas: groups of residents with a name of their own, in the order of the file.
        tenure: shares of the residents by length of stay, if known; for comparison, not an input of the model.
    """

    name: str
    name_zh: str
    invented: bool
    counts: tuple[Count, ...]
    tables: tuple[Table, ...]
    margins: tuple[Margin, ...]
    streets: tuple[Street, ...]
    areas: tuple[Area, ...]
    tenure: Tenure | None

    @cached_property
    def joint(self) -> NDArray[np.float64]:
        """Shares of all profiles, shape (profiles,), which agree with the tables."""
        return rake(list(self.margins))

    @property
    def most(self) -> int:
        """Largest number of residents at any of the dated counts."""
        return max(count.persons for count in self.counts)

    @property
    def street_shares(self) -> NDArray[np.float64]:
        """Each street's share of the population, shape (streets,)."""
        return np.array([street.share for street in self.streets])

    def find_area(self, given: str) -> Area | None:
        """Return the area with a name, label or word; None if there is none."""
        return next((area for area in self.areas if area.term.has_word(given)), None)

    def persons(self, month: int, agents: int | None = None) -> int:
        """Compute the number of residents in a month; see `path`."""
        return int(self.path(month, month, agents)[0])

    def path(self, first: int, last: int, agents: int | None = None) -> NDArray[np.int64]:
        """Compute the number of residents in each month, rounded half up, shape (months,).

        Counts are interpolated linearly between their dates and constant outside them.

        Args:
            first: number of the first month.
            last: number of the last month.
            agents: number of simulated migrants to which the largest count is scaled; None: no scaling.
        """
        scale = 1.0 if agents is None else agents / self.most
        months = [parse_month(count.month) for count in self.counts]
        line = np.interp(np.arange(first, last + 1), months, [count.persons * scale for count in self.counts])
        return np.floor(line + 0.5).astype(np.int64)


def read_population(file: Path) -> Population:
    """Read a district's population.toml.

    Raises:
        InputError: a table does not sum to 1, names an unknown attribute or level, or contradicts another; counts
            are not in chronological order; two streets have the same name.
    """
    content = parse_model(_File, read_toml(file), file=file)
    margins = []
    for number, table in enumerate(content.table, 1):
        try:
            margins.append(_margin(table))
        except InputError as error:
            raise error.within(file=file, key=f"table {number}") from None
    population = Population(
        name=content.name,
        name_zh=content.name_zh,
        invented=content.invented,
        counts=tuple(content.population),
        tables=tuple(content.table),
        margins=tuple(margins),
        streets=tuple(content.street),
        areas=tuple(content.area),
        tenure=content.tenure,
    )
    try:
        _check_counts(population)
        _check_sum(population.street_shares, "street, share")
        check_names([street.name for street in population.streets], "street")
        _check_areas(population)
        _check_attributes(population)
        _check_tenure(population.tenure)
        population.joint  # noqa: B018  (raking raises an error if tables contradict each other)
    except InputError as error:
        raise error.within(file=file) from None
    return population


def shares_by_level(levels: tuple[tuple[str, ...], ...], shares: NDArray[np.float64]) -> dict[str, Any]:
    """Arrange shares by level, rounded as population.toml has them.

    Args:
        levels: levels of each axis.
        shares: shares with one or two axes.

    Returns:
        Shares by level; with two axes, a dictionary of shares per level of the first axis.
    """
    first, *rest = levels
    if not rest:
        return {level: round_share(share) for level, share in zip(first, shares, strict=True)}
    return {level: shares_by_level(tuple(rest), row) for level, row in zip(first, shares, strict=True)}


def _margin(table: Table) -> Margin:
    for attribute in table.of:
        if attribute not in ATTRIBUTES:
            raise InputError("unknown attribute", key="of", given=attribute, allowed=ATTRIBUTES)
    if len(set(table.of)) != len(table.of):
        raise InputError(
            "the attribute is listed twice",
            key="of",
            given=table.of[0],
            allowed="one attribute, or two different ones",
        )
    shares = np.array(_in_order(table.shares, list(table.of), "shares"), dtype=np.float64)
    _check_sum(shares, "shares")
    return Margin(tuple(table.of), shares / shares.sum())


def _in_order(content: Any, attributes: list[str], key: str) -> Any:
    """Convert tables keyed by level to nested lists in the order of the levels."""
    if not attributes:
        if isinstance(content, bool) or not isinstance(content, int | float) or not 0 <= content <= 1:
            raise InputError("the value is not a share", key=key, given=content, allowed="a number from 0 to 1")
        return float(content)
    attribute, *rest = attributes
    levels = ATTRIBUTES[attribute]
    if not isinstance(content, dict):
        raise InputError(
            Message("the shares are not a table with one share per level of {attribute}", attribute=attribute),
            key=key,
            given=content,
            allowed=levels,
        )
    for level in content:
        if level not in levels:
            raise InputError(
                Message("unknown level of {attribute}", attribute=attribute), key=key, given=level, allowed=levels
            )
    for level in levels:
        if level not in content:
            raise InputError(
                Message('the level "{level}" of {attribute} is missing', level=level, attribute=attribute),
                key=key,
                allowed=levels,
            )
    return [_in_order(content[level], rest, f"{key}.{level}") for level in levels]


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
        raise InputError(
            "the dated counts are not in chronological order",
            key="population, month",
            allowed="months in ascending order, each once",
        )


def _check_areas(population: Population) -> None:
    check_names([area.name for area in population.areas], "area")
    streets = [street.name for street in population.streets]
    for number, area in enumerate(population.areas, 1):
        place = f"area {number}"
        if area.streets is None and area.groups is None:
            raise InputError(
                "the area is not limited", key=place, allowed="streets, or groups as levels by attribute, or both"
            )
        for street in area.streets or ():
            if street not in streets:
                raise InputError("unknown street", key=f"{place}, streets", given=street, allowed=streets)
        for attribute, levels in (area.groups or {}).items():
            if attribute not in ATTRIBUTES:
                raise InputError("unknown attribute", key=f"{place}, groups", given=attribute, allowed=ATTRIBUTES)
            for level in levels:
                if level not in ATTRIBUTES[attribute]:
                    raise InputError(
                        Message("unknown level of {attribute}", attribute=attribute),
                        key=f"{place}, groups",
                        given=level,
                        allowed=ATTRIBUTES[attribute],
                    )


def _check_attributes(population: Population) -> None:
    stated = {attribute for table in population.tables for attribute in table.of}
    for attribute in ATTRIBUTES:
        if attribute not in stated:
            raise InputError(
                Message("no table contains the attribute {attribute}", attribute=attribute),
                key="table",
                allowed="at least one table for every attribute",
            )


def _check_tenure(tenure: Tenure | None) -> None:
    if tenure is None:
        return
    _check_sum(np.array(tenure.shares), "tenure, shares")
    if len(tenure.shares) != len(tenure.years) + 1 or sorted(tenure.years) != tenure.years:
        raise InputError(
            "the bounds of the bands do not fit the shares",
            key="tenure",
            allowed="bounds in years in ascending order, one fewer than shares",
        )
