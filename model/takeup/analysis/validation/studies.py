"""What of the model stands beside findings of others.

Findings of others: what a study found, how far it carries over, and how it is set up inside the model.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, field_validator, model_validator

from takeup.district import District
from takeup.district.parameters import Status
from takeup.errors import InputError
from takeup.io import StrictModel, parse_model, read_toml
from takeup.months import END, START, parse_month

QUANTITIES: Final = {
    "message_alone": "effect of a letter, in points of those entitled without a permit",
    "message_light_burden": "the same where there is little paperwork",
    "message_by_burden": "the second less the first",
    "simplification": "permits of those whose letter came with a simpler form, beside those of the others",
    "benefit_shown": "permits of those who were shown the benefit too, beside those of the others",
    "peer_effect": "effect of one contact given a permit, in points of those entitled without one",
    "sign_awareness": "coefficient of being informed on willingness, in points",
    "sign_schoolchild": "coefficient of a school child on willingness, in points",
    "sign_housing": "coefficient of secure housing on willingness, in points",
    "sign_education": "coefficient of a step of education on willingness, in points",
    "sign_income": "coefficient of work with a contract on willingness, in points",
    "sign_conditions": "change of take-up under stricter conditions, in points",
    "sign_procedure": "change of take-up under a longer procedure, in points",
    "issued_a_head": "permits issued in a year per 100 persons",
    "campaign": "first permits to tenants in a campaign's weeks per 100 tenants",
    "mandatory": "permits issued since a mandatory permit began, per 100 persons",
    "mandatory_accepted": "applications accepted since then per 100 persons; shown with the draws, no finding's",
    "opening_pipeline": "permits issued per application accepted in the opening months",
}
"""Every quantity, and what it is."""

STUDIES: Final = Path(__file__).resolve().with_name("findings.toml")
"""The findings that come with the package, of no district in particular."""
SCENARIOS: Final = STUDIES.with_name("scenarios")
"""The folder of the scenarios that set them up."""
TRANSFERS: Final = ("near", "far", "very far")


class Study(StrictModel):
    """What a study found.

    Attributes:
        name: its own.
        title: what is looked at, in a few words.
        study: who found it.
        cited_as: how sources of parameters cite it.
        found: the figure in words.
        unit: of the range and of the model's numbers.
        low, high: the range the study's figure lies in; None of a direction alone.
        range_is: where the range comes from.
        sign: the direction; None where there is a range.
        status, source: how the figure is known.
        figure: its name in a district's targets.toml, if it stands there too.
        set_up: how the study is set up inside the model.
        quantity: what of the model stands beside it, a key of `QUANTITIES`.
        transfers, why: how far the study's setting is, and what makes it so.
        corrected: what of the set-up was put right after a first look at what the model gives, and what that was.
        if_above, if_below, if_wrong: the likeliest reason if the model misses that way; a judgement.
    """

    name: str = Field(pattern=r"[a-z][a-z0-9_]*")
    title: str = Field(min_length=1)
    study: str = Field(min_length=1)
    cited_as: str = Field(min_length=1)
    found: str = Field(min_length=1)
    unit: Literal["points", "ratio", "per 100 persons"]
    low: float | None = Field(default=None, allow_inf_nan=False)
    high: float | None = Field(default=None, allow_inf_nan=False)
    range_is: str | None = None
    sign: Literal["+", "-"] | None = None
    status: Status
    source: str = Field(min_length=1)
    figure: str | None = None
    set_up: str = Field(min_length=1)
    quantity: str
    transfers: Literal["near", "far", "very far"]
    why: str = Field(min_length=1)
    corrected: str | None = None
    if_above: str | None = None
    if_below: str | None = None
    if_wrong: str | None = None

    @field_validator("quantity")
    @classmethod
    def _is_known(cls, written: str) -> str:
        if written not in QUANTITIES:
            raise InputError("unknown quantity", given=written, allowed=QUANTITIES)
        return written

    @model_validator(mode="after")
    def _makes_sense(self) -> Study:
        of_range = (self.low, self.high, self.range_is, self.if_above, self.if_below)
        if self.sign is not None:
            if any(each is not None for each in of_range) or self.if_wrong is None:
                raise InputError("a direction has no range", key="sign", allowed="sign and if_wrong")
        elif any(each is None for each in of_range) or self.if_wrong is not None:
            raise InputError(
                "neither a range nor a direction",
                given=self.name,
                allowed="low, high, range_is, if_above and if_below; or sign and if_wrong",
            )
        elif not self.range[0] < self.range[1]:
            raise InputError("low is not below high", given=f"{self.low} to {self.high}")
        return self

    @property
    def range(self) -> tuple[float, float]:
        """The range the model's numbers may lie in; of a direction alone, its side of zero."""
        if self.sign is not None:
            return (0.0, math.inf) if self.sign == "+" else (-math.inf, 0.0)
        return (-math.inf if self.low is None else self.low, math.inf if self.high is None else self.high)


class Setting(StrictModel):
    """A number of the set-ups, and who says so."""

    value: float = Field(gt=0, allow_inf_nan=False)
    unit: str = Field(min_length=1)
    status: Status
    source: str = Field(min_length=1)

    @property
    def whole(self) -> int:
        """The value, a whole number."""
        if self.value != int(self.value):
            raise InputError("not a whole number", given=self.value)
        return int(self.value)


class SetUp(StrictModel):
    """The numbers of the set-ups, all of which branch off at the end of one month.

    Attributes:
        message_months, message_share: when the effect of a message is looked at, and the share that gets it.
        induced_share, peer_months: the share that is given a permit, and when their contacts are looked at.
        policy_months: when the effect of a lasting change is looked at.
        campaign_months, campaign_weeks: how long a campaign acts, and how many weeks the study counts.
        mandatory_months, opening_months: months after the permit's beginning.
        mandatory_capacity: permits a month that the counters of a mandatory permit are manned for, a person.
    """

    message_months: Setting
    message_share: Setting
    induced_share: Setting
    peer_months: Setting
    policy_months: Setting
    campaign_months: Setting
    campaign_weeks: Setting
    mandatory_months: Setting
    mandatory_capacity: Setting
    opening_months: Setting


class Studies(StrictModel):
    """A file of findings.

    Attributes:
        until: the month, YYYY-MM, at whose end the set-ups branch off.
        until_is: why that one.
        set_up: the numbers of the set-ups.
        finding: the findings, in order.
    """

    until: str
    until_is: str
    set_up: SetUp
    finding: list[Study] = Field(min_length=1, max_length=200)

    @model_validator(mode="after")
    def _makes_sense(self) -> Studies:
        if not parse_month(START) < parse_month(self.until) < parse_month(END):
            raise InputError("outside the history", key="until", given=self.until, allowed=f"{START} to {END}")
        names = [each.name for each in self.finding]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise InputError("a finding stands twice", key="finding, name", given=twice)
        return self


def read_studies(file: Path = STUDIES) -> Studies:
    """The findings of a file.

    Raises:
        InputError: one has no source, no range and no direction, or a quantity that there is not.
    """
    return parse_model(Studies, read_toml(file), file=file)


def calibrated_on(finding: Study, district: District) -> tuple[str, ...]:
    """The parameters whose value or range rests on the same study, by what their sources cite: no free test of these.

    Args:
        finding: the finding.
        district: the place, with the sources of its parameters.toml.
    """
    names = {each.name.partition(".")[0] for each in district.parameters if finding.cited_as in each.source}
    return tuple(sorted(names))
