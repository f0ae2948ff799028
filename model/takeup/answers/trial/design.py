"""The design of a trial: who can be treated, by what they are drawn, and when it is looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from takeup.district import levers
from takeup.errors import InputError
from takeup.months import MONTHS_A_YEAR, month_name, month_number
from takeup.scenario import Scenario, profiles_in
from takeup.simulation import OF_A_CENTRE, OF_THE_DISTRICT

Unit = Literal["person", "street"]
UNITS: Final[tuple[Unit, ...]] = ("person", "street")

ELIGIBLE: Final = {
    "all": "everyone who lives there",
    "holders": "those whose permit is valid",
    "nonholders": "those whose permit is not valid",
    "qualified": "those entitled to the permit",
    "qualified-nonholders": "those entitled to the permit whose permit is not valid",
}
"""Who may be eligible, as they stand at the end of the month before the trial."""


@dataclass(frozen=True)
class Design:
    """A trial's design.

    Attributes:
        share: of the eligible persons, or of the streets, that is treated.
        unit: what is drawn.
        eligible: a key of `ELIGIBLE`.
        groups: levels by attribute that the eligible are of; of all if empty.
        begin: the first month of the trial, by number.
        months: in which it is looked at, by number, in order.
    """

    share: float
    unit: Unit
    eligible: str
    groups: tuple[tuple[str, tuple[str, ...]], ...]
    begin: int
    months: tuple[int, ...]

    @property
    def last(self) -> str:
        """The last month to be lived, YYYY-MM."""
        return month_name(self.months[-1])


def design_of(
    scenario: Scenario,
    *,
    share: float,
    unit: str,
    eligible: str,
    groups: Mapping[str, Sequence[str]],
    months: Sequence[str],
    start: str,
    until: str,
) -> Design:
    """The design that the options make.

    Args:
        scenario: what is tried; the trial begins in the first month it acts, or, if it never does, in the first month
            it is looked at.
        share: above 0, below 1.
        unit: "person" or "street".
        eligible: a key of `ELIGIBLE`.
        groups: levels by attribute.
        months: to look at it; if none, 12 and 24 months after it begins, as far as the run goes, and the last month.
        start, until: first and last month of the run.

    Raises:
        InputError: something does not fit.
    """
    if not 0.0 < share < 1.0:
        raise InputError("no share of a trial", key="--share", given=share, allowed="above 0 and below 1")
    drawn = _unit(unit)
    if eligible not in ELIGIBLE:
        raise InputError("unknown", key="--eligible", given=eligible, allowed=ELIGIBLE)
    profiles_in(groups)
    check_levers(scenario, drawn)
    asked = sorted({_month(month) for month in months})
    end = month_number(until)
    begin = max(scenario.first if scenario.first is not None else min(asked, default=end), month_number(start))
    if begin > end:
        raise InputError(
            "the scenario does not act by then", key="--until", given=until, allowed=f"{month_name(begin)} or later"
        )
    for month in asked:
        if not begin <= month <= end:
            raise InputError(
                "not a month of the trial",
                key="--month",
                given=month_name(month),
                allowed=f"{month_name(begin)} to {until}",
            )
    usual = {begin + MONTHS_A_YEAR, begin + 2 * MONTHS_A_YEAR, end}
    looked_at = asked or sorted(month for month in usual if month <= end)
    stated = tuple((attribute, tuple(levels)) for attribute, levels in groups.items())
    return Design(share, drawn, eligible, stated, begin, tuple(looked_at))


def check_levers(scenario: Scenario, unit: Unit) -> None:
    """Whether what the scenario does can be done to some and not to others.

    Raises:
        InputError: a lever is one for all.
    """
    for stated in scenario.stated:
        given = stated.intervention.lever
        name = given.partition(".")[0]
        by_street = unit == "person" and name in OF_A_CENTRE
        if by_street or name in OF_THE_DISTRICT:
            raise InputError(
                f"one for all, whoever is drawn: it cannot be tried by {unit}",
                file=stated.file,
                key=f"{stated.key}, lever",
                given=f"{given}, set by {levers()[name].grain}",
                allowed="--unit street, or a scenario without it" if by_street else "a scenario without it",
            )


def _unit(written: str) -> Unit:
    for unit in UNITS:
        if written == unit:
            return unit
    raise InputError("unknown unit", key="--unit", given=written, allowed=UNITS)


def _month(written: str) -> int:
    try:
        return month_number(written)
    except InputError as error:
        raise error.within(key="--month") from None
