"""The obstacles to take-up, and what it means that one is removed: data, read from obstacles.toml."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import Field

from takeup.district.parameters import Status
from takeup.errors import InputError
from takeup.months import month_number
from takeup.reading import Strict, read_toml, validated
from takeup.scenario import Intervention, Scenario, Stated

SHIPPED: Final = Path(__file__).with_name("obstacles.toml")
_MOST: Final = 8
"""Every obstacle more doubles the combinations."""


class _Obstacle(Strict):
    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)
    title: str = Field(min_length=1, max_length=200)
    source: str = Field(min_length=1)
    status: Status
    reasoning: str = Field(min_length=1)
    intervention: list[dict[str, Any]] = Field(min_length=1, max_length=100)


class _File(Strict):
    from_month: str = Field(alias="from")
    obstacle: list[_Obstacle] = Field(min_length=1, max_length=_MOST)


@dataclass(frozen=True)
class Obstacle:
    """Something that keeps people from holding a permit.

    Attributes:
        name: in files.
        title: in words.
        source: who names it.
        status, reasoning: how it is known what its removal does, and why so.
        removal: the interventions that remove it.
    """

    name: str
    title: str
    source: str
    status: Status
    reasoning: str
    removal: tuple[Stated, ...]


@dataclass(frozen=True)
class Obstacles:
    """All obstacles that are looked at together.

    Attributes:
        removed_from: the number of the first month without them.
        each: in the order of their file.
    """

    removed_from: int
    each: tuple[Obstacle, ...]

    @property
    def combinations(self) -> int:
        """How many there are, from none removed to all; obstacle i is removed in those whose number has bit i."""
        return 1 << len(self.each)

    def removed(self, scenario: Scenario, combination: int) -> Scenario:
        """The scenario with some of the obstacles removed, after all that it does itself."""
        gone = [each for number, each in enumerate(self.each) if combination >> number & 1]
        name = " + ".join(["without", *(each.name for each in gone)]) if gone else scenario.name
        stated = tuple(stated for each in gone for stated in each.removal)
        return Scenario(name, scenario.title, scenario.question, scenario.source, scenario.stated + stated)


def read_obstacles(file: Path = SHIPPED, removed_from: str | None = None) -> Obstacles:
    """The obstacles of a file.

    Args:
        file: TOML; the shipped one if absent.
        removed_from: the first month without them, instead of the file's.

    Raises:
        InputError: the file is wrong, or two obstacles have one name.
    """
    written = validated(_File, read_toml(file), file=file)
    try:
        first = month_number(written.from_month)
    except InputError as error:
        raise error.within(file=file, key="from") from None
    month = written.from_month
    if removed_from is not None:
        first, month = month_number(removed_from), removed_from
    names = [obstacle.name for obstacle in written.obstacle]
    for number, name in enumerate(names, 1):
        if name in names[: number - 1]:
            raise InputError("two obstacles have one name", file=file, key=f"obstacle {number}, name", given=name)
    return Obstacles(
        first, tuple(_obstacle(each, number, month, file) for number, each in enumerate(written.obstacle, 1))
    )


def _obstacle(written: _Obstacle, number: int, month: str, file: Path) -> Obstacle:
    removal = tuple(
        Stated(_intervention(table, month, file, f"obstacle {number}, intervention {place}"), file, place)
        for place, table in enumerate(written.intervention, 1)
    )
    reasoning = " ".join(written.reasoning.split())
    return Obstacle(written.name, written.title, written.source, written.status, reasoning, removal)


def _intervention(table: dict[str, Any], month: str, file: Path, key: str) -> Intervention:
    if "from" in table:
        raise InputError("stands at the top of the file, for all", file=file, key=f"{key}, from")
    try:
        return validated(Intervention, {"from": month, **table})
    except InputError as error:
        raise error.within(file=file, key=key) from None
