"""Design of a randomised trial, and enrolment of eligible persons into its arms.

Enrolment happens once, at the end of the month before the trial begins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from takeup import rng
from takeup.district import levers, profile_mask
from takeup.errors import InputError
from takeup.limits import as_float
from takeup.message import DataText, Message
from takeup.months import MONTHS_A_YEAR, format_month, parse_month
from takeup.rules import VALID
from takeup.scenario import Scenario
from takeup.simulation import CENTRE_LEVERS, DISTRICT_LEVERS, Assignment, DistrictModel, assign_arms, entitled

Unit = Literal["person", "street"]
UNITS: Final[tuple[Unit, ...]] = ("person", "street")

ELIGIBLE: Final = ("all", "holders", "nonholders", "qualified", "qualified-nonholders")
"""Criteria of eligibility for the trial, applied in the month before it."""


@dataclass(frozen=True)
class TrialDesign:
    """Design of a trial.

    Attributes:
        share: treated share of the eligible persons or of the streets.
        unit: unit of randomisation.
        eligible: one of `ELIGIBLE`.
        groups: attributes with the levels to which eligibility is restricted; no restriction if empty.
        begin: number of the first month of the trial.
        months: numbers of the months of follow-up, in increasing order.
    """

    share: float
    unit: Unit
    eligible: str
    groups: tuple[tuple[str, tuple[str, ...]], ...]
    begin: int
    months: tuple[int, ...]

    @property
    def last(self) -> str:
        """The last simulated month, YYYY-MM."""
        return format_month(self.months[-1])


def make_design(
    scenario: Scenario,
    *,
    share: float,
    unit: str,
    eligible: str,
    groups: Mapping[str, Sequence[str]],
    months: str | Sequence[str],
    start: str,
    until: str,
) -> TrialDesign:
    """Make and check a design from the options of the command.

    Args:
        scenario: treatment. The trial begins in the first month in which it acts, or, if it never acts, in the first
            month of follow-up.
        share: treated share, above 0 and below 1.
        unit: "person" or "street".
        eligible: one of `ELIGIBLE`.
        groups: levels by attribute to which eligibility is restricted.
        months: months of follow-up, YYYY-MM, or a single month; if empty, the last month, and 12 and 24 months after
            the beginning if the run lasts as long.
        start, until: first and last month of the run, YYYY-MM.

    Raises:
        InputError: an option is wrong or does not fit the others.
    """
    share = as_float(share, "--share", "above 0 and below 1")
    if not 0.0 < share < 1.0:
        raise InputError(
            "the treated share is out of range", key="--share", given=share, allowed="above 0 and below 1"
        )
    checked_unit = _unit(unit)
    if eligible not in ELIGIBLE:
        raise InputError("unknown criterion", key="--eligible", given=eligible, allowed=ELIGIBLE)
    profile_mask(groups)
    check_levers(scenario, checked_unit)
    given = sorted({_month(month) for month in ([months] if isinstance(months, str) else months)})
    end = parse_month(until)
    if scenario.first is None or scenario.first <= end:  # a scenario after the end has a message of its own below
        scenario.check_period(parse_month(start), end)
    begin = max(scenario.first if scenario.first is not None else min(given, default=end), parse_month(start))
    if begin > end:
        raise InputError(
            "the trial ends before the scenario begins",
            key="--until",
            given=until,
            allowed=Message("{month} or later", month=format_month(begin)),
        )
    for month in given:
        if not begin <= month <= end:
            raise InputError(
                "the month of follow-up is outside the trial",
                key="--month",
                given=format_month(month),
                allowed=Message("{first} to {last}", first=format_month(begin), last=until),
            )
    default = {begin + MONTHS_A_YEAR, begin + 2 * MONTHS_A_YEAR, end}
    follow_up = given or sorted(month for month in default if month <= end)
    restriction = tuple((attribute, tuple(levels)) for attribute, levels in groups.items())
    return TrialDesign(share, checked_unit, eligible, restriction, begin, tuple(follow_up))


def check_levers(scenario: Scenario, unit: Unit) -> None:
    """Check that each lever of a scenario can differ between the arms of a trial.

    Raises:
        InputError: a lever has one value for all persons, or for all persons of a street; or the scenario buys a
            measure.
    """
    for purchase in scenario.purchases:
        raise InputError(
            "a trial cannot contain a measure, because its reach follows from the money for all of its people",
            file=purchase.file,
            key=purchase.key,
            given=purchase.purchase.name,
            allowed="a scenario with interventions only",
        )
    for stated in scenario.stated:
        lever = stated.intervention.lever
        name = lever.partition(".")[0]
        is_by_street = unit == "person" and name in CENTRE_LEVERS
        if is_by_street or name in DISTRICT_LEVERS:
            raise InputError(
                Message("the lever cannot differ between arms randomised by {unit}", unit=unit),
                file=stated.file,
                key=f"{stated.key}, lever",
                given=Message("{lever}, set by {grain}", lever=lever, grain=DataText(levers()[name].grain)),
                allowed="--unit street, or a scenario without this lever"
                if is_by_street
                else "a scenario without this lever",
            )


def _unit(text: str) -> Unit:
    for unit in UNITS:
        if text == unit:
            return unit
    raise InputError("unknown unit", key="--unit", given=text, allowed=UNITS)


def _month(text: str) -> int:
    try:
        return parse_month(text)
    except InputError as error:
        raise error.within(key="--month") from None


class Enrolment(NamedTuple):
    """The E persons enrolled in a trial, including those who leave before its end.

    Attributes:
        slots: slots of the persons, shape (E,).
        persons: identifiers of the persons, shape (E,).
        streets: numbers of the persons' streets, shape (E,).
        treated: whether each person is in the treated arm, shape (E,).
        assignment: assignment of all residents to arms, as the simulation applies it.
    """

    slots: NDArray[np.int64]
    persons: NDArray[np.int64]
    streets: NDArray[np.int64]
    treated: NDArray[np.bool_]
    assignment: Assignment


def enrol_persons(model: DistrictModel, design: TrialDesign, among: NDArray[np.bool_] | None = None) -> Enrolment:
    """Enrol and randomise the eligible persons of a model at the end of its month.

    If persons are randomised, newcomers who belong to the groups are assigned to an arm if all migrants are eligible,
    and remain outside the trial otherwise. If streets are randomised, all residents of a treated street are treated,
    and only the eligible ones are counted.

    Args:
        model: model at the end of the month before the trial.
        design: design of the trial.
        among: whether the resident of each slot may be enrolled, shape (slots,); default: all who are eligible.

    Raises:
        InputError: all streets would be in one arm.
    """
    world, persons = model.world, model.state.migrants.person.copy()
    eligible, profiles = eligible_slots(model, design), profile_mask(dict(design.groups))
    if among is not None:
        eligible &= among
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


def eligible_slots(model: DistrictModel, design: TrialDesign) -> NDArray[np.bool_]:
    """Return whether the resident of each slot is eligible now, shape (slots,)."""
    state, world = model.state, model.world
    is_eligible = state.occupied(world)
    is_eligible &= profile_mask(dict(design.groups))[state.migrants.profile]
    if design.eligible in ("holders", "nonholders", "qualified-nonholders"):
        is_eligible &= (state.migrants.status == VALID) == (design.eligible == "holders")
    if design.eligible in ("qualified", "qualified-nonholders"):
        is_eligible &= entitled(state.migrants, world.owned, model.months_to_qualify)
    return is_eligible


def treated_streets(stream: np.uint64, share: float, streets: int) -> NDArray[np.bool_]:
    """Randomise streets; the number of treated streets is the rounded share.

    Args:
        stream: start of the random stream; the streets with the smallest uniform numbers are treated.
        share: treated share of the streets.
        streets: number of streets.

    Returns:
        Whether each street is treated, shape (streets,).

    Raises:
        InputError: no street or every street would be treated.
    """
    count = int(np.floor(share * streets + 0.5))
    if not 0 < count < streets:
        raise InputError(
            Message("with this share, {count} of {streets} streets would be treated", count=count, streets=streets),
            key="--share",
            given=share,
            allowed="a share with at least one street in each arm",
        )
    uniforms = [rng.uniform(stream, street) for street in range(streets)]
    treated = np.zeros(streets, dtype=bool)
    treated[np.argsort(uniforms, kind="stable")[:count]] = True
    return treated
