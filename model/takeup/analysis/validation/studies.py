"""Published studies: their results, and the set-ups of their replications."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, field_validator, model_validator

from takeup.district import District
from takeup.district.parameters import Status
from takeup.errors import InputError
from takeup.io import StrictModel, parse_model, read_toml
from takeup.limits import check_names
from takeup.message import DataText, Message
from takeup.months import END, START, format_month, parse_month

QUANTITIES: Final = {
    "message_alone": "effect of a letter, in points of the eligible without a permit",
    "message_light_burden": "effect of the same letter where there is little paperwork, in points",
    "message_by_burden": "difference of the two effects, message_light_burden minus message_alone",
    "simplification": "ratio of permits: letter with a simpler form to letter with the normal form",
    "benefit_shown": "ratio of permits: letter that also shows the benefit to letter without it",
    "fee_waiver_message": "ratio of applications of the interested: told of a fee waiver to not told",
    "fee_voucher": "ratio of applications of the interested: with a paid fee to with the fee",
    "reminder": "effect of a letter without news on applications of the interested, in points",
    "visit_information": "effect of a visit that only informs, in points of the eligible without a permit",
    "subsidy_and_help": "ratio of permits: with a paid fee and help to apply to without",
    "door_visits": "ratio of registered persons, of those not registered before: visited to not visited",
    "sign_standard_form": "effect of a simpler form on the less schooled minus that on the others, in points",
    "peer_effect": "effect of one contact given a permit, in points of the eligible without one",
    "sign_awareness": "coefficient of being informed in a regression of willingness, in points",
    "sign_schoolchild": "coefficient of having a school child in the same regression, in points",
    "sign_housing": "coefficient of secure housing in the same regression, in points",
    "sign_education": "coefficient of one level of education in the same regression, in points",
    "sign_income": "coefficient of work with a contract in the same regression, in points",
    "sign_conditions": "change of take-up under stricter conditions, in points",
    "sign_procedure": "change of take-up under a longer procedure, in points",
    "issued_a_head": "permits issued in a year per 100 persons",
    "campaign": "first permits to tenants in a campaign's weeks per 100 tenants",
    "mandatory": "permits issued since a mandatory permit began, per 100 persons",
    "mandatory_accepted": "applications accepted since a mandatory permit, per 100 persons; no study reports it",
    "opening_pipeline": "permits issued per application accepted in the opening months",
}
"""Quantities that the replications compute, with descriptions; "points" are percentage points."""

STUDIES: Final = Path(__file__).resolve().with_name("studies.toml")
"""The shipped studies, for all districts."""
SCENARIOS: Final = STUDIES.with_name("scenarios")
"""Folder of the scenarios of the set-ups."""
ELIGIBLE_NONHOLDERS: Final = "qualified-nonholders"
"""Criterion of eligibility of most replicated experiments, see `takeup.analysis.trial.design`."""


Distance = Literal["near", "far", "very far"]
"""How far the setting of a study is from the model's."""

_RANGE_FIELDS: Final = ("low", "high", "range_is", "if_above", "if_below")
_RANGE_OR_SIGN: Final = Message("low, high, range_is, if_above and if_below; or sign and if_wrong")


class Study(StrictModel):
    """One result of a published study, either a range or a direction.

    Attributes:
        name: identifier of the result.
        title: subject of the result in a few words.
        citation: citation of the study; `study` in the file.
        cited_as: text by which the sources of parameters cite the study.
        reported: reported result in words; `found` in the file.
        unit: unit of the range and of the model's values.
        low, high: range of the reported result; None if the study reports a direction only.
        range_is: origin of the range.
        sign: direction of the result; None if there is a range.
        status, source: quality and source of the reported result.
        figure: name of the result in a district's targets.toml, if it is a calibration target too.
        set_up: description of the replication inside the model.
        quantity: quantity of the model to compare with, a key of `QUANTITIES`.
        transfers: distance of the study's setting from the model's.
        transfers_because: reason for `transfers`; `why` in the file.
        corrected: correction of the set-up made after the model's first result was known, with that result.
        if_above, if_below, if_wrong: most likely reason if the model misses in that direction; a judgement.
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
    transfers: Distance
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
        missing = [name for name in _RANGE_FIELDS if getattr(self, name) is None]
        has_range = len(missing) < len(_RANGE_FIELDS)
        if self.sign is not None:
            if has_range:
                raise InputError(
                    Message('the finding "{name}" has both a sign and a range', name=self.name),
                    key="sign",
                    allowed=_RANGE_OR_SIGN,
                )
            if self.if_wrong is None:
                raise InputError(
                    Message('the finding "{name}" has a sign, but "if_wrong" is missing', name=self.name),
                    allowed=_RANGE_OR_SIGN,
                )
        elif not has_range:
            raise InputError(
                Message('the finding "{name}" has no range and no sign', name=self.name), allowed=_RANGE_OR_SIGN
            )
        elif missing:
            raise InputError(
                Message(
                    'the range of the finding "{name}" is incomplete: "{missing}" is missing',
                    name=self.name,
                    missing=missing[0],
                ),
                allowed=_RANGE_OR_SIGN,
            )
        elif self.if_wrong is not None:
            raise InputError(
                Message('the finding "{name}" has "if_wrong", but no sign', name=self.name),
                key="if_wrong",
                allowed=_RANGE_OR_SIGN,
            )
        elif not self.range[0] < self.range[1]:
            raise InputError(
                "the lower end of the range is not below the upper end",
                given=Message("{first} to {last}", first=self.low, last=self.high),
                allowed="a range with low below high",
            )
        return self

    @property
    def range(self) -> tuple[float, float]:
        """Values that agree with the study: its range, or the side of zero of its sign."""
        if self.sign is not None:
            return (0.0, math.inf) if self.sign == "+" else (-math.inf, 0.0)
        return (-math.inf if self.low is None else self.low, math.inf if self.high is None else self.high)


class Setting(StrictModel):
    """A number used in the set-ups, with its unit, status and source."""

    value: float = Field(gt=0, allow_inf_nan=False)
    unit: str = Field(min_length=1)
    status: Status
    source: str = Field(min_length=1)

    @property
    def whole(self) -> int:
        """The value as an integer."""
        if self.value != int(self.value):
            raise InputError(
                "the value is not a whole number",
                given=self.value,
                allowed=Message("whole {unit}", unit=DataText(self.unit)),
            )
        return int(self.value)


class SetUp(StrictModel):
    """The numbers used in the set-ups of the replications.

    Attributes:
        message_months: months until the effect of a message is measured.
        message_share: treated share in an experiment with messages.
        visit_months: months until the effect of visits on registration is measured.
        induced_share: share of the migrants who are given a permit.
        peer_months: months until the effect on the contacts of these migrants is measured.
        policy_months: months until the effect of a permanent change is measured.
        campaign_months: duration of a campaign in months.
        campaign_weeks: duration of the campaign in the study, in weeks.
        mandatory_months: months from the introduction of a mandatory permit to its measurement.
        mandatory_capacity: capacity of the service centre for a mandatory permit, in permits per month and person.
        opening_months: months from the introduction of the permit that count as the opening.
    """

    message_months: Setting
    message_share: Setting
    visit_months: Setting
    induced_share: Setting
    peer_months: Setting
    policy_months: Setting
    campaign_months: Setting
    campaign_weeks: Setting
    mandatory_months: Setting
    mandatory_capacity: Setting
    opening_months: Setting

    @property
    def content(self) -> list[list[str | float]]:
        """Name and value of every number, which determine the results of the replications."""
        return [[name, setting["value"]] for name, setting in self.model_dump().items()]


class Studies(StrictModel):
    """A file of studies.

    Attributes:
        until: last month before the replications begin, YYYY-MM; all of them continue the same history.
        until_is: reason for this month.
        set_up: numbers used in the set-ups.
        each: studies in the order of the file; `finding` in the file.
    """

    until: str
    until_is: str
    set_up: SetUp
    each: list[Study] = Field(alias="finding", min_length=1, max_length=200)

    @model_validator(mode="after")
    def _check_month_and_names(self) -> Studies:
        if not parse_month(START) < parse_month(self.until) < parse_month(END):
            raise InputError(
                "the month is not inside the simulated period",
                key="until",
                given=self.until,
                allowed=Message(
                    "{first} to {last}",
                    first=format_month(parse_month(START) + 1),
                    last=format_month(parse_month(END) - 1),
                ),
            )
        check_names([study.name for study in self.each], "finding")
        return self


def read_studies(file: Path = STUDIES) -> Studies:
    """Read a file of studies.

    Raises:
        InputError: the file is wrong, for example a study without a source, range or direction.
    """
    return parse_model(Studies, read_toml(file), file=file)


def calibrated_on(study: Study, district: District) -> tuple[str, ...]:
    """Find the parameters whose value or range is based on a study.

    The study is no independent test of them.

    Args:
        study: study whose citation is searched for in the sources of the parameters.
        district: district whose parameters are searched.

    Returns:
        Names of the parameters in alphabetical order.
    """
    names = {each.name.partition(".")[0] for each in district.parameters if study.cited_as in each.source}
    return tuple(sorted(names))
