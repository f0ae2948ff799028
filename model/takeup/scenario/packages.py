"""Plan files: options in one or several sizes, from which packages are combined.

A plan file is checked against a district before any simulation starts.
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
from takeup.limits import check_names
from takeup.message import Message
from takeup.months import END, START, parse_month
from takeup.scenario.files import Scenario
from takeup.scenario.interventions import Intervention, SourcedIntervention
from takeup.scenario.timeline import Timeline

PLAN: Final = "plan.toml"
"""Name of a district's own plan file in its folder."""
_NAME: Final = r"^[a-z][a-z0-9_]*$"
_MAX_OPTIONS: Final = 40
_MAX_SIZES: Final = 9
_MAX_INTERVENTIONS: Final = 20


class _Size(StrictModel):
    name: str = Field(pattern=_NAME, max_length=40)
    intervention: list[dict[str, Any]] = Field(min_length=1, max_length=_MAX_INTERVENTIONS)


class _Option(StrictModel):
    name: str = Field(pattern=_NAME, max_length=40)
    title: str = Field(min_length=1, max_length=200)
    source: str = Field(min_length=1, max_length=2000)
    status: Status
    streets: list[str] | None = Field(default=None, min_length=1)
    excludes: list[str] = Field(default=[])
    needs: list[str] = Field(default=[])
    size: list[_Size] = Field(min_length=1, max_length=_MAX_SIZES)


class _File(StrictModel):
    title: str = Field(min_length=1, max_length=200)
    question: str = Field(default="", max_length=2000)
    source: str = Field(min_length=1, max_length=2000)
    from_month: str | None = Field(default=None, alias="from")
    option: list[_Option] = Field(min_length=1, max_length=_MAX_OPTIONS)


@dataclass(frozen=True)
class PackagedIntervention(SourcedIntervention):
    """An intervention of a plan file.

    Attributes:
        place: position of the variant in the file, such as "option 2, size 1".
    """

    place: str

    @property
    def key(self) -> str:
        """Place of the intervention in its file, for error messages."""
        return f"{self.place}, intervention {self.number}"


@dataclass(frozen=True)
class Size:
    """One variant of a measure in a plan file, such as a small or a large campaign.

    Attributes:
        name: name of the variant, such as "small".
        stated: interventions of this variant, with their costs.
    """

    name: str
    stated: tuple[SourcedIntervention, ...]


@dataclass(frozen=True)
class Option:
    """A measure of a plan file; a package contains one of its variants, or none.

    Attributes:
        name: name in files and tables.
        title: title in reports.
        source, status: source and status of its effects and costs.
        sizes: variants of the measure, in the order of the file.
        excludes: options that a package cannot contain together with it, listed by either of the two.
        needs: options that a package with it must contain.
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
    """The content of a plan file.

    Attributes:
        file: the file.
        title, question, source: title, question and source of the file.
        each: the options, in the order of the file.
    """

    file: Path
    title: str
    question: str
    source: str
    each: tuple[Option, ...]


def read_options(file: Path) -> Options:
    """Read a plan file.

    Raises:
        InputError: the file is wrong, two options have the same name, an option refers to an unknown one, or a
            variant (size) has no cost.
    """
    content = parse_model(_File, read_toml(file), file=file)
    names = [option.name for option in content.option]
    check_names(names, "option", file=file)
    for number, option in enumerate(content.option, 1):
        place = f"option {number}"
        for key, others in (("excludes", option.excludes), ("needs", option.needs)):
            for other in others:
                if other not in names or other == option.name:
                    allowed = [name for name in names if name != option.name]
                    raise InputError(
                        "the value is not the name of another option",
                        file=file,
                        key=f"{place}, {key}",
                        given=other,
                        allowed=allowed,
                    )
    excluded = {
        frozenset((option.name, other)) for option in content.option for other in option.excludes
    }  # it is enough if one of the two lists the other
    each = tuple(
        _option(option, number, content.from_month, excluded, file) for number, option in enumerate(content.option, 1)
    )
    return Options(file, content.title, content.question, content.source, each)


def _option(content: _Option, number: int, month: str | None, excluded: set[frozenset[str]], file: Path) -> Option:
    """Convert and check an option of a plan file.

    Args:
        content: tables of the option.
        number: position of the option in the file, from 1.
        month: first month of interventions that state none.
        excluded: pairs of options that exclude each other.
        file: the plan file, for error messages.
    """
    sizes: list[Size] = []
    check_names([size.name for size in content.size], "size", file=file, within=f"option {number}, ")
    for place, size in enumerate(content.size, 1):
        key = f"option {number}, size {place}"
        stated = tuple(
            PackagedIntervention(
                _intervention(table, month, content.streets, file, f"{key}, intervention {line}"), file, line, key
            )
            for line, table in enumerate(size.intervention, 1)
        )
        if all(each.intervention.cost is None for each in stated):
            raise InputError(
                Message(
                    'the size "{size}" of the option "{option}" has no cost', size=size.name, option=content.name
                ),
                file=file,
                key=key,
                allowed="a cost in at least one intervention of the size",
            )
        sizes.append(Size(size.name, stated))
    others = frozenset(name for pair in excluded if content.name in pair for name in pair if name != content.name)
    return Option(
        content.name, content.title, content.source, content.status, tuple(sizes), others, frozenset(content.needs)
    )


def _intervention(
    table: dict[str, Any], month: str | None, streets: list[str] | None, file: Path, key: str
) -> Intervention:
    """Parse an intervention; month and streets default to those of file and option."""
    above = {name: value for name, value in (("from", month), ("streets", streets)) if value is not None}
    try:
        return parse_model(Intervention, {**above, **table})
    except InputError as error:
        raise error.within(file=file, key=key) from None


def check_against_district(options: Options, district: District) -> None:
    """Check a plan file against a district's values, as for the longest possible run.

    Raises:
        InputError: an intervention does not fit; the message names its place in the file.
    """
    for scenario in compatibility_cases(options):
        scenario.check_period(parse_month(START), parse_month(END))
        Timeline(scenario, district)


def compatibility_cases(options: Options) -> list[Scenario]:
    """Return all sizes of options, and pairs with a common lever, as scenarios."""
    sizes = [(option, size) for option in options.each for size in option.sizes]
    scenarios = [combine_sizes(f"{option.name}.{size.name}", size) for option, size in sizes]
    for (one, size), (other, another) in combinations(sizes, 2):
        compatible = one.name != other.name and other.name not in one.excludes
        if compatible and _levers(size) & _levers(another):
            scenarios.append(combine_sizes(f"{one.name}.{size.name} + {other.name}.{another.name}", size, another))
    return scenarios


def combine_sizes(name: str, *sizes: Size) -> Scenario:
    """Return the scenario with the interventions of the given sizes, in their order."""
    return Scenario(name, name, "", "", tuple(each for size in sizes for each in size.stated))


def _levers(size: Size) -> set[str]:
    return {each.intervention.lever.split(".")[0] for each in size.stated}
