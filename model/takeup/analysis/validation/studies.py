"""Published studies: what they report, how far it transfers, and how each is set up inside the model."""

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
    "message_alone": "effect of a letter, in points of the eligible without a permit",
    "message_light_burden": "effect of the same letter where there is little paperwork, in points",
    "message_by_burden": "difference of the two effects, message_light_burden minus message_alone",
    "simplification": "ratio of permits: letter with a simpler form to letter with the normal form",
    "benefit_shown": "ratio of permits: letter that also shows the benefit to letter without it",
    "peer_effect": "effect of one contact given a permit, in points of the eligible without one",
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
    "mandatory_accepted": "applications accepted since then per 100 persons; not compared with a study",
    "opening_pipeline": "permits issued per application accepted in the opening months",
}
"""Quantities that the replications compute, with descriptions."""

STUDIES: Final = Path(__file__).resolve().with_name("studies.toml")
"""The shipped studies, for all districts."""
SCENARIOS: Final = STUDIES.with_name("scenarios")
"""Folder of the scenarios of the set-ups."""
TRANSFERS: Final = ("near", "far", "very far")


class Study(StrictModel):
    """One result of a published study, either a range or a direction.

    Attributes:
        name: identifier.
        title: the subject in a few words.
        citation: the study, `study` in the file.
        cited_as: how sources of parameters cite the study.
        reported: the reported result in words, `found` in the file.
        unit: of the range and of the model's value.
        low, high: the range of the reported result; None if the study reports a direction only.
        range_is: origin of the range.
        sign: the direction; None if there is a range.
        status, source: how the result is known.
        figure: name of the result in a district's targets.toml, if it is a calibration target too.
        set_up: how the study is set up inside the model.
        quantity: the quantity of the model to compare with, a key of `QUANTITIES`.
        transfers: how far the study's setting is from the model's.
        transfers_because: the reason, `why` in the file.
        corrected: the correction of the set-up made after the model's first result was known, and that result.
        if_above, if_below, if_wrong: the most likely reason if the model misses in that direction; a judgement.
    """

    name: str = Field(pattern=r"[a-z][a-z0-9_]*")
    title: str = Field(min_length=1)
    citation: str = Field(alias="study", min_length=1)
    cited_as: str = Field(min_length=1)
    reported: str = Field(alias="found", min_length=1)
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
    transfers_because: str = Field(alias="why", min_length=1)
    corrected: str | None = None
    if_above: str | None = None
    if_below: str | None = None
    if_wrong: str | None = None

    @field_validator("quantity")
    @classmethod
    def _check_quantity(cls, name: str) -> str:
        if name not in QUANTITIES:
            raise InputError("unknown quantity", given=name, allowed=QUANTITIES)
        return name

    @model_validator(mode="after")
    def _check_range_or_sign(self) -> Study:
        range_fields = (self.low, self.high, self.range_is, self.if_above, self.if_below)
        if self.sign is not None:
            if any(each is not None for each in range_fields) or self.if_wrong is None:
                raise InputError("a direction has no range", key="sign", allowed="sign and if_wrong")
        elif any(each is None for each in range_fields) or self.if_wrong is not None:
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
        """The range that agrees with the study; for a direction, its side of zero."""
        if self.sign is not None:
            return (0.0, math.inf) if self.sign == "+" else (-math.inf, 0.0)
        return (-math.inf if self.low is None else self.low, math.inf if self.high is None else self.high)


class Setting(StrictModel):
    """A number of the set-ups, with its source."""

    value: float = Field(gt=0, allow_inf_nan=False)
    unit: str = Field(min_length=1)
    status: Status
    source: str = Field(min_length=1)

    @property
    def whole(self) -> int:
        """The value as an integer."""
        if self.value != int(self.value):
            raise InputError("not a whole number", given=self.value)
        return int(self.value)


class SetUp(StrictModel):
    """The numbers of the set-ups, all of which branch off at the end of the same month.

    Attributes:
        message_months, message_share: months until the effect of a message is measured, and the treated share.
        induced_share, peer_months: share that is given a permit, and months until their contacts are measured.
        policy_months: months until the effect of a permanent change is measured.
        campaign_months, campaign_weeks: duration of a campaign, and the weeks that the study counts.
        mandatory_months, opening_months: months since the introduction of the permit.
        mandatory_capacity: permits per month and person that a mandatory permit's counters can process.
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
    """A file of studies.

    Attributes:
        until: the month at whose end the set-ups branch off, YYYY-MM.
        until_is: the reason for this month.
        set_up: the numbers of the set-ups.
        each: the studies in order, `finding` in the file.
    """

    until: str
    until_is: str
    set_up: SetUp
    each: list[Study] = Field(alias="finding", min_length=1, max_length=200)

    @model_validator(mode="after")
    def _check_month_and_names(self) -> Studies:
        if not parse_month(START) < parse_month(self.until) < parse_month(END):
            raise InputError("outside the history", key="until", given=self.until, allowed=f"{START} to {END}")
        names = [study.name for study in self.each]
        duplicate = next((name for name in names if names.count(name) > 1), None)
        if duplicate is not None:
            raise InputError("two findings have the same name", key="finding, name", given=duplicate)
        return self


def read_studies(file: Path = STUDIES) -> Studies:
    """Read a file of studies.

    Raises:
        InputError: the file is wrong, for example a study without a source, range or direction.
    """
    return parse_model(Studies, read_toml(file), file=file)


def calibrated_on(study: Study, district: District) -> tuple[str, ...]:
    """Parameters whose value or range is based on the same study, so that it is no independent test of them.

    Args:
        study: whose citation is searched for.
        district: with the sources of its parameters.toml.
    """
    names = {each.name.partition(".")[0] for each in district.parameters if study.cited_as in each.source}
    return tuple(sorted(names))
