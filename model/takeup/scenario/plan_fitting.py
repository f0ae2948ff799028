"""Does what could be bought fit a district? Told before anything is lived."""

from __future__ import annotations

from itertools import combinations

from takeup.district import District
from takeup.errors import InputError
from takeup.months import END, START, month_number
from takeup.scenario.grammar import Scenario
from takeup.scenario.plan_file import Options, Size
from takeup.scenario.timeline import Timeline


def check_options(options: Options, district: District) -> None:
    """Whether a plan file fits a district's own values, for a plan up to the last month there is.

    Raises:
        InputError: it does not; told with the place in the file.
    """
    check_months(options, END)
    for scenario in tried(options):
        Timeline(scenario, district)


def check_months(options: Options, until: str) -> None:
    """Whether every option begins in a month that is lived.

    Raises:
        InputError: one does not.
    """
    for each in (each for option in options.each for size in option.sizes for each in size.stated):
        if not month_number(START) <= each.intervention.first <= month_number(until):
            raise InputError(
                "begins outside the months that are lived", file=options.file, key=f"{each.key}, from",
                given=each.intervention.from_month, allowed=f"{START} to {until}, the last month (plan --until)",
            )  # fmt: skip


def tried(options: Options) -> list[Scenario]:
    """What has to fit: every size alone, and every two that may be bought together and change one lever."""
    sizes = [(option, size) for option in options.each for size in option.sizes]
    scenarios = [bought(f"{option.name}.{size.name}", size) for option, size in sizes]
    for (one, size), (other, another) in combinations(sizes, 2):
        apart = one.name == other.name or other.name in one.excludes
        if not apart and _levers(size) & _levers(another):
            scenarios.append(bought(f"{one.name}.{size.name} + {other.name}.{another.name}", size, another))
    return scenarios


def bought(name: str, *sizes: Size) -> Scenario:
    """The scenario of some sizes, in their order."""
    return Scenario(name, name, "", "", tuple(each for size in sizes for each in size.stated))


def _levers(size: Size) -> set[str]:
    return {each.intervention.lever.split(".")[0] for each in size.stated}
