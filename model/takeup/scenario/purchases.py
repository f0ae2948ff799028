"""Purchases: measures of a district in a scenario, and what their money changes.

A scenario states a measure and an amount of money per year. `purchased_effects` translates it into changes of levers,
with the numbers of the measure in the district or in a draw of its posterior. The cost of a purchase is its amount,
whatever the numbers are: a higher price buys less.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from pydantic import Field, field_validator, model_validator

from takeup.district import District, Effect, Measure, Parameters, reached_share
from takeup.errors import InputError
from takeup.io import StrictModel, parse_model
from takeup.limits import Yuan
from takeup.message import Message
from takeup.months import MONTHS_A_YEAR, format_month, parse_month
from takeup.scenario.interventions import Intervention, SourcedIntervention, check_period

LONGEST_SAVING_MONTHS: Final = 120
"""Largest number of months whose money may be needed for the fixed cost of a measure."""


class Purchase(StrictModel):
    """A measure of the district, bought for an amount of money per year."""

    name: str = Field(description="Name of a measure of the district, as `takeup measures` prints it.")
    yuan_per_year: Yuan = Field(description="Amount spent per year, in even monthly parts; it pays all costs.")
    from_month: str = Field(alias="from", description='First month of the spending, "YYYY-MM".')
    until: str | None = Field(
        default=None, description='Last month of the spending, "YYYY-MM" (default: the last month of the run).'
    )

    @field_validator("from_month", "until")
    @classmethod
    def _is_month(cls, month: str | None) -> str | None:
        if month is not None:
            parse_month(month)
        return month

    @model_validator(mode="after")
    def _is_in_order(self) -> Purchase:
        check_period(self.from_month, self.until)
        return self

    @property
    def first(self) -> int:
        """Number of the first month of the spending."""
        return parse_month(self.from_month)

    @property
    def per_month(self) -> float:
        """Amount spent per month, in yuan."""
        return self.yuan_per_year / MONTHS_A_YEAR

    def cost(self, month: int) -> float:
        """Return the amount spent in a month, in yuan."""
        is_over = self.until is not None and month > parse_month(self.until)
        return 0.0 if month < self.first or is_over else self.per_month


@dataclass(frozen=True)
class SourcedPurchase:
    """A purchase with its file and position, which error messages state."""

    purchase: Purchase
    file: Path | None
    number: int

    @property
    def key(self) -> str:
        """Place of the purchase in its file, for error messages."""
        return f"measure {self.number}"


@dataclass(frozen=True)
class PurchasedEffect(SourcedIntervention):
    """The change of a lever that a purchase buys, at the share of people reached.

    Attributes:
        intervention: change of the lever for all people of the measure, in the months in which it acts.
        file, number: file of the measures, and position of the effect in its measure.
        measure: the measure.
        reached: share of its people who are reached, by which the change is multiplied.
    """

    measure: Measure
    reached: float

    @property
    def key(self) -> str:
        """Place of the effect in the file of the measures, for error messages."""
        return f"{self.measure.place}, effect {self.number}"


@dataclass(frozen=True)
class Delivery:
    """What the money of a purchase reaches.

    Attributes:
        people: number of people whom the measure is for, in the first month.
        begins: number of the first month in which the measure acts; None if the money never suffices.
        first_share: share of the people reached in this month, in which the rest of the fixed cost is paid.
        share: share of the people reached in every later month.
    """

    people: float
    begins: int | None
    first_share: float
    share: float


def people_of(measure: Measure, district: District, month: int) -> float:
    """Compute the number of residents whom a measure is for.

    Args:
        measure: the measure.
        district: the district.
        month: number of the month.

    Raises:
        InputError: a street or group of the measure is unknown.
    """
    try:
        residents = district.residents(measure.streets, measure.groups)
    except InputError as error:
        raise error.within(file=measure.file, key=measure.place) from None
    population = district.population
    shares = np.outer(population.street_shares, population.joint)[residents]
    return population.persons(month) * float(shares.sum())


def measures_of(purchases: Iterable[SourcedPurchase], district: District) -> list[Measure]:
    """Return the measures that are bought, each once.

    Raises:
        InputError: the district has no such measure.
    """
    return [district.measure(name) for name in dict.fromkeys(stated.purchase.name for stated in purchases)]


def least_amount(measure: Measure, parameters: Parameters) -> float:
    """Compute the amount above which a measure reaches somebody, in yuan per year.

    It is the running cost, or what pays the fixed cost within `LONGEST_SAVING_MONTHS`, if that is more.

    Args:
        measure: the measure.
        parameters: the numbers of the measure.
    """
    running, fixed = (parameters.number(measure.number(name)) for name in ("running_cny", "fixed_cny"))
    return MONTHS_A_YEAR * max(running, fixed / LONGEST_SAVING_MONTHS)


def delivery_of(
    measure: Measure, per_month: float, first: int, district: District, parameters: Parameters
) -> Delivery:
    """Compute what an amount of money per month reaches with a measure.

    The money of the first months pays the fixed cost. The rest of the month in which it is paid, and all money
    afterwards, is spent on the people of the measure.

    Args:
        measure: the measure.
        per_month: spending per month, in yuan.
        first: number of the first month of the spending.
        district: the district.
        parameters: the numbers of the measure.
    """
    fixed, running, person, reachable = (
        parameters.number(measure.number(name)) for name in ("fixed_cny", "running_cny", "person_cny", "reachable")
    )
    people = people_of(measure, district, first)

    def share(spending: float) -> float:
        return reached_share(spending, running, person, people, reachable)

    if per_month <= least_amount(measure, parameters) / MONTHS_A_YEAR or share(per_month) <= 0.0:
        return Delivery(people, None, 0.0, 0.0)
    saving = math.floor(fixed / per_month)
    first_share = share((saving + 1) * per_month - fixed)
    if first_share <= 0.0:
        saving, first_share = saving + 1, share(per_month)
    return Delivery(people, first + saving, first_share, share(per_month))


def purchased_effects(stated: SourcedPurchase, district: District, parameters: Parameters) -> list[PurchasedEffect]:
    """Translate a purchase into changes of levers.

    Args:
        stated: the purchase.
        district: district with the measure.
        parameters: the numbers of the measure, in the district or in a draw.

    Returns:
        The changes in the order of the file; empty if the money reaches nobody before the spending ends.

    Raises:
        InputError: the district has no such measure, or the measure has an unknown street or group.
    """
    purchase = stated.purchase
    try:
        measure = district.measure(purchase.name)
    except InputError as error:
        raise error.within(file=stated.file, key=f"{stated.key}, name") from None
    delivery = delivery_of(measure, purchase.per_month, purchase.first, district, parameters)
    begins = delivery.begins
    if begins is None or (purchase.until is not None and begins > parse_month(purchase.until)):
        return []
    if delivery.first_share == delivery.share:
        return effects_at(measure, delivery.share, begins, purchase.until, parameters)
    effects = effects_at(measure, delivery.first_share, begins, format_month(begins), parameters)
    if purchase.until is None or begins < parse_month(purchase.until):
        effects += effects_at(measure, delivery.share, begins + 1, purchase.until, parameters)
    return effects


def effects_at(
    measure: Measure, share: float, first: int, until: str | None, parameters: Parameters
) -> list[PurchasedEffect]:
    """Return the changes of levers if a measure reaches a share of its people.

    Args:
        measure: the measure.
        share: share of its people who are reached.
        first: number of the first month in which the levers change.
        until: last month, YYYY-MM; None: the last month of the run.
        parameters: the numbers of the measure.
    """
    return [
        PurchasedEffect(_intervention(measure, effect, first, until, parameters), measure.file, line, measure, share)
        for line, effect in enumerate(measure.effects, 1)
    ]


def check_reach(stated: SourcedPurchase, district: District, parameters: Parameters) -> None:
    """Check that the money of a purchase reaches somebody.

    Raises:
        InputError: the amount does not exceed the running cost, or does not pay the fixed cost in time.
    """
    if purchased_effects(stated, district, parameters):
        return
    purchase, measure = stated.purchase, district.measure(stated.purchase.name)
    running, fixed = (parameters.number(measure.number(name)) for name in ("running_cny", "fixed_cny"))
    raise InputError(
        Message("the measure {name} reaches nobody with this amount", name=measure.name),
        file=stated.file,
        key=f"{stated.key}, yuan_per_year",
        given=purchase.yuan_per_year,
        allowed=Message(
            "more than its running cost of {running:,.0f} yuan per year, and enough to pay its fixed cost of "
            "{fixed:,.0f} yuan in the first months, {end}",
            running=running * MONTHS_A_YEAR,
            fixed=fixed,
            end=_paid_before(purchase),
        ),
    )


def _paid_before(purchase: Purchase) -> Message:
    if purchase.until is None:
        return Message("{number} at most", number=LONGEST_SAVING_MONTHS)
    return Message("before {month} ends", month=purchase.until)


def _intervention(
    measure: Measure, effect: Effect, first: int, until: str | None, parameters: Parameters
) -> Intervention:
    content: dict[str, object] = {
        "lever": effect.lever,
        effect.operation: parameters.number(effect.number),
        "from": format_month(first),
        "until": until,
    }
    if effect.is_local:
        content["streets"] = None if measure.streets is None else list(measure.streets)
        content["groups"] = (
            None if measure.groups is None else {name: list(levels) for name, levels in measure.groups.items()}
        )
    return parse_model(Intervention, content)
