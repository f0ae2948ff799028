"""What could be bought: options in one or several sizes, read from a plan file.

Does what could be bought fit a district? Told before anything is lived.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, Final

from pydantic import Field

from takeup.district import District
from takeup.district.parameters import Status
from takeup.errors import InputError
from takeup.io import StrictModel, parse_model, read_toml
from takeup.months import END, START, parse_month
from takeup.scenario.schema import Intervention, Scenario, SourcedIntervention
from takeup.scenario.timeline import Timeline

PLAN: Final = "plan.toml"
"""A district's own plan file, in its folder."""
_NAME: Final = r"^[a-z][a-z0-9_]*$"
_MOST_OPTIONS, _MOST_SIZES, _MOST_INTERVENTIONS = 40, 9, 20


class _Size(StrictModel):
    name: str = Field(pattern=_NAME, max_length=40)
    intervention: list[dict[str, Any]] = Field(min_length=1, max_length=_MOST_INTERVENTIONS)


class _Option(StrictModel):
    name: str = Field(pattern=_NAME, max_length=40)
    title: str = Field(min_length=1, max_length=200)
    source: str = Field(min_length=1, max_length=2000)
    status: Status
    streets: list[str] | None = Field(default=None, min_length=1)
    excludes: list[str] = Field(default=[])
    needs: list[str] = Field(default=[])
    size: list[_Size] = Field(min_length=1, max_length=_MOST_SIZES)


class _File(StrictModel):
    title: str = Field(min_length=1, max_length=200)
    question: str = Field(default="", max_length=2000)
    source: str = Field(min_length=1, max_length=2000)
    from_month: str | None = Field(default=None, alias="from")
    option: list[_Option] = Field(min_length=1, max_length=_MOST_OPTIONS)


@dataclass(frozen=True)
class PackagedIntervention(SourcedIntervention):
    """An intervention of a plan file.

    Attributes:
        place: of its size, "option 2, size 1".
    """

    place: str

    @property
    def key(self) -> str:
        """Its place in the file, as a user would say it."""
        return f"{self.place}, intervention {self.number}"


@dataclass(frozen=True)
class Size:
    """One size of an option.

    Attributes:
        name: "small".
        stated: what it does and costs.
    """

    name: str
    stated: tuple[SourcedIntervention, ...]


@dataclass(frozen=True)
class Option:
    """Something that can be bought, in one of its sizes or not at all.

    Attributes:
        name: in files and tables.
        title: in words.
        source, status: who says what it does and costs, and how that is known.
        sizes: in the order of the file.
        excludes: options that cannot be bought with it, whichever of the two says so.
        needs: options that must be bought with it.
    """

    name: str
    title: str
    source: str
    status: Status
    sizes: tuple[Size, ...]
    excludes: frozenset[str]
    needs: frozenset[str]


@dataclass(frozen=True)
class Options:
    """A plan file.

    Attributes:
        file: where it stands.
        title, question, source: as stated.
        each: the options, in the order of the file.
    """

    file: Path
    title: str
    question: str
    source: str
    each: tuple[Option, ...]


def read_options(file: Path) -> Options:
    """The options of a plan file.

    Raises:
        InputError: the file is wrong, two options have one name, one names another that there is not, or a size says
            nothing of what it costs.
    """
    written = parse_model(_File, read_toml(file), file=file)
    names = [option.name for option in written.option]
    for number, option in enumerate(written.option, 1):
        place = f"option {number}"
        if option.name in names[: number - 1]:
            raise InputError("two options have one name", file=file, key=f"{place}, name", given=option.name)
        for key, others in (("excludes", option.excludes), ("needs", option.needs)):
            for other in others:
                if other not in names or other == option.name:
                    allowed = [name for name in names if name != option.name]
                    raise InputError(
                        "no other option", file=file, key=f"{place}, {key}", given=other, allowed=allowed
                    )
    excluded = {
        frozenset((option.name, other)) for option in written.option for other in option.excludes
    }  # one of the two says so for both
    each = tuple(
        _option(option, number, written.from_month, excluded, file) for number, option in enumerate(written.option, 1)
    )
    return Options(file, written.title, written.question, written.source, each)


def _option(written: _Option, number: int, month: str | None, excluded: set[frozenset[str]], file: Path) -> Option:
    sizes: list[Size] = []
    for place, size in enumerate(written.size, 1):
        key = f"option {number}, size {place}"
        if size.name in [each.name for each in sizes]:
            raise InputError("two sizes have one name", file=file, key=f"{key}, name", given=size.name)
        stated = tuple(
            PackagedIntervention(
                _intervention(table, month, written.streets, file, f"{key}, intervention {line}"), file, line, key
            )
            for line, table in enumerate(size.intervention, 1)
        )
        if all(each.intervention.cost is None for each in stated):
            raise InputError(
                "a size must say what it costs",
                file=file,
                key=key,
                given=f"{written.name}, {size.name}",
                allowed="a cost in one of its interventions at least",
            )
        sizes.append(Size(size.name, stated))
    others = frozenset(name for pair in excluded if written.name in pair for name in pair if name != written.name)
    return Option(
        written.name, written.title, written.source, written.status, tuple(sizes), others, frozenset(written.needs)
    )


def _intervention(
    table: dict[str, Any], month: str | None, streets: list[str] | None, file: Path, key: str
) -> Intervention:
    """An intervention, with the month and the streets that stand above it where it has none of its own."""
    above = {name: value for name, value in (("from", month), ("streets", streets)) if value is not None}
    try:
        return parse_model(Intervention, {**above, **table})
    except InputError as error:
        raise error.within(file=file, key=key) from None


def check_against_district(options: Options, district: District) -> None:
    """Whether a plan file fits a district's own values, for a plan up to the last month there is.

    Raises:
        InputError: it does not; told with the place in the file.
    """
    check_months(options, END)
    for scenario in compatibility_cases(options):
        Timeline(scenario, district)


def check_months(options: Options, until: str) -> None:
    """Whether every option begins in a month that is lived.

    Raises:
        InputError: one does not.
    """
    for each in (each for option in options.each for size in option.sizes for each in size.stated):
        if not parse_month(START) <= each.intervention.first <= parse_month(until):
            raise InputError(
                "begins outside the months that are lived",
                file=options.file,
                key=f"{each.key}, from",
                given=each.intervention.from_month,
                allowed=f"{START} to {until}, the last month (plan --until)",
            )


def compatibility_cases(options: Options) -> list[Scenario]:
    """What has to fit: every size alone, and every two that may be bought together and change one lever."""
    sizes = [(option, size) for option in options.each for size in option.sizes]
    scenarios = [combine_sizes(f"{option.name}.{size.name}", size) for option, size in sizes]
    for (one, size), (other, another) in combinations(sizes, 2):
        apart = one.name == other.name or other.name in one.excludes
        if not apart and _levers(size) & _levers(another):
            scenarios.append(combine_sizes(f"{one.name}.{size.name} + {other.name}.{another.name}", size, another))
    return scenarios


def combine_sizes(name: str, *sizes: Size) -> Scenario:
    """The scenario of some sizes, in their order."""
    return Scenario(name, name, "", "", tuple(each for size in sizes for each in size.stated))


def _levers(size: Size) -> set[str]:
    return {each.intervention.lever.split(".")[0] for each in size.stated}
