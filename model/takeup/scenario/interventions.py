"""Interventions: changes of levers by month, street and group, with their costs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import Field, field_validator, model_validator

from takeup.district.operations import OPERATIONS, Operation, check_operations
from takeup.errors import InputError
from takeup.io import StrictModel
from takeup.limits import Yuan
from takeup.message import Message
from takeup.months import parse_month

LONGEST_RAMP_MONTHS: Final = 1_200


def check_period(first: str, until: str | None) -> None:
    """Check that the last month, if there is one, is not before the first; both are YYYY-MM.

    Raises:
        InputError: it is before the first.
    """
    if until is not None and parse_month(until) < parse_month(first):
        raise InputError(
            '"until" is before "from"', key="until", given=until, allowed=Message("{month} or later", month=first)
        )


class Cost(StrictModel):
    """The cost of an intervention in yuan, with its source."""

    fixed_cny: Yuan = Field(default=0, description="Amount spent once, in the month `from`, whatever the amount.")
    investment_cny: Yuan = Field(
        default=0,
        description="Amount spent once, in the month `from`, which follows the amount if `for_amount` is given.",
    )
    per_month_cny: Yuan = Field(
        default=0, description="Amount spent in every month of the intervention, also during its ramp."
    )
    per_person_cny: Yuan = Field(
        default=0,
        description="Amount spent per resident of its streets and groups in every month of the intervention.",
    )
    for_amount: float | None = Field(
        default=None,
        allow_inf_nan=False,
        description="Amount of `set`, `add` or `multiply` for which the cost is stated. With another amount, all but "
        "`fixed_cny` change in proportion to the change of the lever (default: the cost does not follow the amount).",
    )
    source: str = Field(min_length=1, description='Source of the amounts; "assumed" if there is none.')


class Intervention(StrictModel):
    """A change of one lever from a month on, for all or some streets and groups."""

    lever: str = Field(
        description="Name of a lever, as `takeup list` prints it; without a member it means all members."
    )
    set_to: float | None = Field(
        default=None, alias="set", description="New value of the lever; `inf` where the lever allows it."
    )
    add: float | None = Field(
        default=None, allow_inf_nan=False, description="Number that is added to the lever's value."
    )
    multiply: float | None = Field(
        default=None, allow_inf_nan=False, description="Factor by which the lever's value is multiplied."
    )
    from_month: str = Field(alias="from", description='First month of the intervention, "YYYY-MM".')
    until: str | None = Field(
        default=None, description='Last month of the intervention, "YYYY-MM" (default: the last month of the run).'
    )
    ramp_months: int = Field(
        default=1,
        ge=1,
        le=LONGEST_RAMP_MONTHS,
        description="Number of months until the intervention is fully in force, in even steps (default: 1, at once).",
    )
    streets: list[str] | None = Field(
        default=None, min_length=1, description="Names of the streets in which the intervention acts (default: all)."
    )
    groups: dict[str, Annotated[list[str], Field(min_length=1)]] | None = Field(
        default=None,
        min_length=1,
        description="Groups for which the intervention acts, as levels by attribute, or areas of the district as "
        "`area` (default: all).",
    )
    cost: Cost | None = Field(default=None, description="Cost of the intervention (default: none).")

    @model_validator(mode="before")
    @classmethod
    def _has_no_size(cls, content: Any) -> Any:
        return refuse_size(cls, content)

    @field_validator("from_month", "until")
    @classmethod
    def _is_month(cls, month: str | None) -> str | None:
        if month is not None:
            parse_month(month)
        return month

    @model_validator(mode="after")
    def _is_consistent(self) -> Intervention:
        given = [name for name in OPERATIONS if self._amount(name) is not None]
        check_operations(given, Message("the intervention"))
        if math.isnan(self.amount):
            raise InputError("the value is not a number", key=given[0], given="nan", allowed="a number")
        check_period(self.from_month, self.until)
        return self

    def _amount(self, operation: str) -> float | None:
        return self.set_to if operation == "set" else self.add if operation == "add" else self.multiply

    @property
    def operation(self) -> Operation:
        """Operation of the intervention: set, add or multiply."""
        return "set" if self.set_to is not None else "add" if self.add is not None else "multiply"

    @property
    def amount(self) -> float:
        """Amount of the operation: new value, summand or factor."""
        amount = self._amount(self.operation)
        return math.nan if amount is None else float(amount)

    @property
    def first(self) -> int:
        """Number of the first month in which the intervention acts."""
        return parse_month(self.from_month)

    def weight(self, month: int) -> float:
        """Return the share of the change that is in force in a month, from 0 to 1.

        The share is min(1, (i + 1) / ramp_months) in month `from` + i, and 0 before `from` and after `until`.
        """
        if month < self.first or (self.until is not None and month > parse_month(self.until)):
            return 0.0
        return min(1.0, (month - self.first + 1) / self.ramp_months)

    def next_change(self, month: int) -> float:
        """Return the first month after the given one in which the weight changes; infinity if it never does."""
        if month < self.first:
            return self.first
        if self.until is not None and month >= parse_month(self.until):
            return month + 1 if month == parse_month(self.until) else math.inf
        if month + 1 < self.first + self.ramp_months:
            return month + 1
        return math.inf if self.until is None else parse_month(self.until) + 1


@dataclass(frozen=True)
class SourcedIntervention:
    """An intervention with its file and position, which error messages state."""

    intervention: Intervention
    file: Path | None
    number: int

    @property
    def key(self) -> str:
        """Place of the intervention in its file, for error messages."""
        return f"intervention {self.number}"

    @property
    def content(self) -> str:
        """The intervention as JSON, for hashes of what a run depends on."""
        return self.intervention.model_dump_json()


def refuse_size(model: type[StrictModel], content: Any) -> Any:
    """Return the content of a table; raise an error if it has a size, which only dated rules may have."""
    if isinstance(content, dict) and "size" in content and "size" not in model.model_fields:
        raise InputError(
            "a policy has no sizes",
            given="size",
            allowed="the amount itself in `set`, `add` or `multiply`; only a district's rules.toml may have sizes",
        )
    return content
