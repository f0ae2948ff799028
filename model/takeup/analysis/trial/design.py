"""The design of a trial: who can be treated, by what they are drawn, and when it is looked at.

Who takes part in a trial, and who of them is treated: settled once, in the month before it begins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from takeup import rng
from takeup.district import levers
from takeup.errors import InputError
from takeup.months import MONTHS_A_YEAR, format_month, parse_month
from takeup.rules import VALID
from takeup.scenario import Scenario, profile_mask
from takeup.simulation import CENTRE_LEVERS, DISTRICT_LEVERS, Assignment, PermitModel, assign_arms, entitled

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
class TrialDesign:
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
        return format_month(self.months[-1])


def make_design(
    scenario: Scenario,
    *,
    share: float,
    unit: str,
    eligible: str,
    groups: Mapping[str, Sequence[str]],
    months: Sequence[str],
    start: str,
    until: str,
) -> TrialDesign:
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
    profile_mask(groups)
    check_levers(scenario, drawn)
    asked = sorted({_month(month) for month in months})
    end = parse_month(until)
    begin = max(scenario.first if scenario.first is not None else min(asked, default=end), parse_month(start))
    if begin > end:
        raise InputError(
            "the scenario does not act by then", key="--until", given=until, allowed=f"{format_month(begin)} or later"
        )
    for month in asked:
        if not begin <= month <= end:
            raise InputError(
                "not a month of the trial",
                key="--month",
                given=format_month(month),
                allowed=f"{format_month(begin)} to {until}",
            )
    usual = {begin + MONTHS_A_YEAR, begin + 2 * MONTHS_A_YEAR, end}
    looked_at = asked or sorted(month for month in usual if month <= end)
    stated = tuple((attribute, tuple(levels)) for attribute, levels in groups.items())
    return TrialDesign(share, drawn, eligible, stated, begin, tuple(looked_at))


def check_levers(scenario: Scenario, unit: Unit) -> None:
    """Whether what the scenario does can be done to some and not to others.

    Raises:
        InputError: a lever is one for all.
    """
    for stated in scenario.stated:
        given = stated.intervention.lever
        name = given.partition(".")[0]
        by_street = unit == "person" and name in CENTRE_LEVERS
        if by_street or name in DISTRICT_LEVERS:
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
        return parse_month(written)
    except InputError as error:
        raise error.within(key="--month") from None


class Enrolment(NamedTuple):
    """Those who take part, E of them, whatever becomes of them.

    Attributes:
        slots: (E,) where they live.
        persons: (E,) who they are.
        streets: (E,) numbers of their streets.
        treated: (E,) whether they are.
        assignment: the same for the simulation.
    """

    slots: NDArray[np.int64]
    persons: NDArray[np.int64]
    streets: NDArray[np.int64]
    treated: NDArray[np.bool_]
    assignment: Assignment


def enrol_persons(model: PermitModel, design: TrialDesign) -> Enrolment:
    """Enrol the eligible of a district as it stands, and draw.

    By person, newcomers of the groups are drawn too if all are eligible, and are outside the trial otherwise. By
    street, whoever lives in a treated street is treated, and the eligible are those who are counted.

    Raises:
        InputError: all streets would be in one arm.
    """
    world, persons = model.world, model.state.migrants.person.copy()
    eligible, profiles = eligible_slots(model, design), profile_mask(dict(design.groups))
    stream = rng.stream_start(model.seed, rng.PERMANENT, rng.TRIAL)
    if design.unit == "person":
        newcomers = np.full(world.slots, design.eligible == "all")
        centres = np.zeros(world.streets, dtype=bool)
        assignment = Assignment(stream, design.share, persons, eligible, newcomers, profiles, centres)
    else:
        centres = treated_streets(stream, design.share, world.streets)
        inside = np.repeat(centres, np.diff(world.first))
        assignment = Assignment(stream, 1.0, persons, inside, inside, np.ones_like(profiles), centres)
    slots = np.flatnonzero(eligible)
    return Enrolment(
        slots=slots,
        persons=persons[slots],
        streets=world.street_of(slots),
        treated=assign_arms(assignment, model.state.migrants)[slots],
        assignment=assignment,
    )


def eligible_slots(model: PermitModel, design: TrialDesign) -> NDArray[np.bool_]:
    """(slots,) whether whoever lives there is eligible, as they stand."""
    state, world = model.state, model.world
    here = state.occupied(world)
    here &= profile_mask(dict(design.groups))[state.migrants.profile]
    if design.eligible in ("holders", "nonholders", "qualified-nonholders"):
        here &= (state.migrants.status == VALID) == (design.eligible == "holders")
    if design.eligible in ("qualified", "qualified-nonholders"):
        here &= entitled(state.migrants, world.owned, model.months_to_qualify)
    return here


def treated_streets(stream: np.uint64, share: float, streets: int) -> NDArray[np.bool_]:
    """(streets,) which are treated: the nearest whole number to the share of them, those with the lowest draws.

    Raises:
        InputError: that is none or all of them.
    """
    count = int(np.floor(share * streets + 0.5))
    if not 0 < count < streets:
        raise InputError(
            f"{count} of {streets} streets would be treated",
            key="--share",
            given=share,
            allowed="a share that leaves a street in each arm",
        )
    draws = [rng.uniform(stream, street) for street in range(streets)]
    chosen = np.zeros(streets, dtype=bool)
    chosen[np.argsort(draws, kind="stable")[:count]] = True
    return chosen
