"""Policies as the page edits them, controls of levers, and scenario files.

The page simulates the scenario that it reads from the text it offers for download. A downloaded file therefore gives
the same numbers.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from takeup.dashboard.baseline import BRANCH_MONTH, FIRST, LAST
from takeup.district import ATTRIBUTES, Definition, District, levers
from takeup.district.operations import Operation
from takeup.errors import InputError
from takeup.io import format_toml_table, parse_model, whole_as_int
from takeup.months import END, format_month, parse_month
from takeup.report.i18n import ENGLISH, Language
from takeup.scenario import (
    BASELINE,
    Cost,
    Intervention,
    Scenario,
    ScenarioFile,
    SourcedIntervention,
    Timeline,
    load_rules,
    load_scenario,
)

DEFAULT_START: Final = format_month(BRANCH_MONTH + 1)
"""First month of a new intervention, as in the shipped scenarios."""
_SOURCE: Final = "made with the dashboard"
_SIGNIFICANT: Final = 12
"""Significant digits of an amount that is set by a slider."""
_STEP_TOLERANCE: Final = 1e-6
LONGEST_RAMP: Final = 36
"""Upper end of the slider of the ramp, in months."""
_MAX_NAME_LENGTH: Final = 60
_DEFAULT_SPAN: Final = 10.0
"""Length of a slider whose lever has no slider range and no upper bound, in the lever's unit."""
_DEFAULT_STEPS: Final = 100

Groups = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class SliderRange:
    """Range of a slider.

    Attributes:
        low, high: smallest and largest value.
        step: distance between two neighbouring values.
    """

    low: float
    high: float
    step: float

    def including(self, amount: float) -> SliderRange:
        """Return the range, extended to contain a value if the value is finite."""
        if not math.isfinite(amount):
            return self
        return replace(self, low=min(self.low, amount), high=max(self.high, amount))


_MULTIPLY_RANGE: Final = SliderRange(0.0, 3.0, 0.05)
"""Factors by which a slider multiplies a lever: a choice of the page, as the slider ranges of the definitions."""


@dataclass(frozen=True)
class LeverControls:
    """Controls of a lever in a district.

    Attributes:
        lever: name of the lever, or dotted name of one of its numbers, such as "supply.schooling".
        district: the district, whose parameters are the values without a policy.
    """

    lever: str
    district: District

    @property
    def definition(self) -> Definition:
        """Definition of the lever, also if only one of its numbers is controlled."""
        return levers()[self.lever.split(".", maxsplit=1)[0]]

    @property
    def values(self) -> tuple[float, ...]:
        """Values of the controlled numbers of the lever without a policy."""
        names = self.definition.names if self.lever == self.definition.name else (self.lever,)
        return tuple(self.district.parameters[name].value for name in names)

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Operations on the lever, the one that a new intervention has first.

        "set" is the last one, because a draw of the posterior may have another value than the district. It is
        excluded if the lever has several values, because its numbers differ or dated rules change it in the months
        of the policy. "multiply" is excluded if the lever has whole numbers only.
        """
        ruled = {
            each.intervention.lever.partition(".")[0]
            for each in load_rules(self.district)
            if each.intervention.until is None or parse_month(each.intervention.until) > BRANCH_MONTH
        }
        has_one_value = len(set(self.values)) == 1 and self.definition.name not in ruled
        allowed: tuple[Operation, ...] = ("add", "multiply", "set") if has_one_value else ("add", "multiply")
        return tuple(each for each in allowed if each != "multiply" or not self.definition.whole)

    def change(self, operation: Operation, amount: float) -> float:
        """Return by how much an operation changes the lever, in its unit; the mean over its controlled numbers."""
        base = sum(self.values) / len(self.values)
        return {"set": amount - base, "add": amount, "multiply": base * (amount - 1.0)}[operation]

    def amount_of(self, operation: Operation, change: float) -> float:
        """Return the amount of an operation that changes the lever by `change`, the inverse of `change`."""
        base = sum(self.values) / len(self.values)
        return {"set": base + change, "add": change, "multiply": 1.0 + change / base if base else math.inf}[operation]

    def neutral_amount(self, operation: Operation) -> float:
        """Return the amount that leaves the lever unchanged; for "set" its first value."""
        return {"set": self.values[0], "add": 0.0, "multiply": 1.0}[operation]

    def slider_range(self, operation: Operation) -> SliderRange:
        """Return the range of the amount that an operation applies to the lever."""
        if operation == "multiply":
            return _MULTIPLY_RANGE
        values = lever_range(self.definition)
        if operation == "add":
            return SliderRange(values.low - values.high, values.high - values.low, values.step)
        return values

    @property
    def group_attributes(self) -> tuple[str, ...]:
        """The attributes by whose levels the lever can be set."""
        return tuple(attribute for attribute in ATTRIBUTES if self.definition.varies_by(attribute))


def lever_range(definition: Definition) -> SliderRange:
    """Return the slider range of a lever: that of its definition, or its bounds.

    An infinite upper bound is replaced by a span of 10 units.
    """
    if definition.slider is not None:
        return SliderRange(*definition.slider)
    low, high = definition.bounds
    low = low if math.isfinite(low) else 0.0
    high = high if math.isfinite(high) else low + _DEFAULT_SPAN
    return SliderRange(low, high, 1.0 if definition.whole else (high - low) / _DEFAULT_STEPS)


@dataclass(frozen=True)
class StatedCost:
    """The cost that a scenario file states for one amount of an intervention.

    Attributes:
        cost: the cost.
        operation, amount: operation and amount for which it is stated.
    """

    cost: Cost
    operation: Operation
    amount: float

    def at(self, operation: Operation, amount: float, controls: LeverControls) -> Cost | None:
        """Return the cost for another amount: the same cost, which follows the amount.

        None without a change and for a change in the other direction, for which the file states no cost. The cost
        does not follow the amount if one of the two changes is infinite.
        """
        stated, actual = controls.change(self.operation, self.amount), controls.change(operation, amount)
        if not math.isfinite(stated) or not math.isfinite(actual) or stated == 0.0:
            return self.cost.model_copy(update={"for_amount": None})
        if actual / stated <= 0.0:
            return None
        if (operation, amount) == (self.operation, self.amount):
            return self.cost
        is_same = operation == self.operation
        return self.cost.model_copy(
            update={"for_amount": self.amount if is_same else controls.amount_of(operation, stated)}
        )


@dataclass(frozen=True)
class InterventionDraft:
    """One intervention of a policy, as the visitor edits it.

    Attributes:
        lever: name of the lever, or dotted name of one of its numbers, such as "supply.schooling".
        operation, amount: operation on the lever, and its amount.
        first: first month, YYYY-MM.
        until: last month, YYYY-MM; None: to the end of the run.
        ramp_months: number of months until the intervention is fully in force.
        streets: names of the streets; empty: all streets.
        groups: pairs of an attribute and its levels; empty: all groups.
        cost: cost of the intervention.
        stated_cost: cost in the scenario file from which the intervention was taken, from which `cost` follows.
        enabled: whether the intervention is part of the policy; if not, the file omits it.
    """

    lever: str
    operation: Operation
    amount: float
    first: str = DEFAULT_START
    until: str | None = None
    ramp_months: int = 1
    streets: tuple[str, ...] = ()
    groups: Groups = ()
    cost: Cost | None = None
    stated_cost: StatedCost | None = None
    enabled: bool = True

    def for_lever(self, lever: str, district: District) -> InterventionDraft:
        """Return a draft with the same dates for another lever, initially unchanged.

        It applies to all streets and groups and has no cost.
        """
        controls = LeverControls(lever, district)
        operation = controls.operations[0]
        amount = controls.neutral_amount(operation)
        return InterventionDraft(
            lever, operation, amount, self.first, self.until, self.ramp_months, enabled=self.enabled
        )

    def with_operation(self, operation: Operation, district: District) -> InterventionDraft:
        """Return the draft with another operation and its neutral amount."""
        amount = LeverControls(self.lever, district).neutral_amount(operation)
        return replace(self, operation=operation).with_amount(amount, district)

    def with_amount(self, amount: float, district: District) -> InterventionDraft:
        """Return the draft with another amount, and with the cost of its size."""
        cost = self.cost
        if self.stated_cost is not None:
            cost = self.stated_cost.at(self.operation, amount, LeverControls(self.lever, district))
        return replace(self, amount=amount, cost=cost)

    def levels(self, attribute: str) -> tuple[str, ...]:
        """Return the selected levels of an attribute; empty: all levels."""
        return dict(self.groups).get(attribute, ())

    def with_levels(self, attribute: str, selected: tuple[str, ...]) -> InterventionDraft:
        """Return the draft with other levels of an attribute; empty: all levels."""
        groups = {**dict(self.groups), attribute: selected}
        return replace(self, groups=tuple((name, levels) for name, levels in groups.items() if levels))

    @property
    def last_month(self) -> str:
        """Last month in which the intervention acts, at most the last month of the pages."""
        return END if self.until is None else format_month(min(parse_month(self.until), parse_month(END)))


@dataclass(frozen=True)
class PolicyDraft:
    """A policy as the visitor edits it: a title and interventions."""

    title: str
    interventions: tuple[InterventionDraft, ...]

    @property
    def name(self) -> str:
        """Name of the policy's file without suffix; never "baseline", which is reserved."""
        words = re.sub(r"\W+", "_", self.title.casefold()).strip("_")[:_MAX_NAME_LENGTH] or "policy"
        return f"{words}_policy" if words == BASELINE.name else words

    def replace_intervention(self, number: int, draft: InterventionDraft) -> PolicyDraft:
        """Return the policy with one intervention replaced."""
        before, after = self.interventions[:number], self.interventions[number + 1 :]
        return replace(self, interventions=(*before, draft, *after))

    def remove_intervention(self, number: int) -> PolicyDraft:
        """Return the policy without one intervention."""
        return replace(self, interventions=(*self.interventions[:number], *self.interventions[number + 1 :]))


def possible_range(policy: PolicyDraft, number: int, district: District) -> SliderRange:
    """Return the slider range of an intervention's amount within which the policy fits the district.

    The range contains the present amount if the policy fits with it, and the neutral amount otherwise. If the policy
    fits with neither, the range is not limited.

    Args:
        policy: the policy.
        number: number of the intervention, from 0; it is treated as if it were enabled.
        district: the district.
    """
    draft = policy.interventions[number]
    controls = LeverControls(draft.lever, district)
    limits = controls.slider_range(draft.operation).including(draft.amount)

    def fits(amount: float) -> bool:
        changed = replace(draft, amount=without_rounding_error(amount), enabled=True)
        return _fits(policy.replace_intervention(number, changed), district)

    if draft.operation == "multiply" and controls.definition.whole:  # no other factor is known to give whole numbers
        return SliderRange(draft.amount, draft.amount, limits.step)
    if fits(limits.low) and fits(limits.high):
        return limits
    anchor = next((each for each in (draft.amount, controls.neutral_amount(draft.operation)) if fits(each)), None)
    if anchor is None or not math.isfinite(anchor):
        return limits
    steps = math.floor((limits.high - limits.low) / limits.step + _STEP_TOLERANCE)
    position = (anchor - limits.low) / limits.step

    def at(step: int) -> float:
        return without_rounding_error(limits.low + step * limits.step)

    low = _last_fitting(math.ceil(position - _STEP_TOLERANCE), 0, lambda step: fits(at(step)))
    high = _last_fitting(math.floor(position + _STEP_TOLERANCE), steps, lambda step: fits(at(step)))
    return replace(limits, low=at(low), high=at(high))


def longest_ramp(policy: PolicyDraft, number: int, district: District) -> int:
    """Return the longest ramp of an intervention, in months: 1 if the lever moves to or from infinity."""
    changed = replace(policy.interventions[number], ramp_months=LONGEST_RAMP, enabled=True)
    return LONGEST_RAMP if _fits(policy.replace_intervention(number, changed), district) else 1


def _fits(policy: PolicyDraft, district: District) -> bool:
    """Return whether every lever stays within its range in every month."""
    try:
        scenario = to_scenario(policy)
        timeline = Timeline(scenario, district)
        for month in range(FIRST if scenario.first is None else max(scenario.first, FIRST), LAST + 1):
            timeline.at(month)
    except InputError:
        return False
    return True


def _last_fitting(first: int, last: int, fits: Callable[[int], bool]) -> int:
    """Return the step closest to `last` that fits, by bisection from `first`, which fits."""
    if fits(last):
        return last
    while abs(last - first) > 1:
        middle = (first + last) // 2
        first, last = (middle, last) if fits(middle) else (first, middle)
    return first


def without_rounding_error(amount: float) -> float:
    """Return an amount that a slider reports, without the rounding error of a multiple of its step."""
    return float(f"{amount:.{_SIGNIFICANT}g}")


def default_policy(district: District, translate: Language = ENGLISH) -> PolicyDraft:
    """Return the policy that the page starts with: publicity as shipped, or unchanged where it does not fit.

    Args:
        district: the district.
        translate: language of the policy's title.
    """
    shipped = policy_from_scenario(load_scenario("publicity"), district, translate)
    return shipped if _fits(shipped, district) else new_policy(district, translate)


def new_policy(district: District, translate: Language = ENGLISH) -> PolicyDraft:
    """Return a policy that changes nothing yet: publicity, unchanged.

    Args:
        district: the district.
        translate: language of the policy's title.
    """
    unchanged = InterventionDraft("publicity", "add", 0.0).for_lever("publicity", district)
    return PolicyDraft(translate("My policy"), (unchanged,))


def policy_from_scenario(scenario: Scenario, district: District, translate: Language = ENGLISH) -> PolicyDraft:
    """Return a scenario as a policy that can be edited.

    Args:
        scenario: the scenario.
        district: the district, whose values determine the sizes of the interventions for which costs are stated.
        translate: language of the policy's title.

    Raises:
        InputError: the scenario buys measures, which have no sliders.
    """
    for stated in scenario.purchases:
        raise InputError(
            "the page cannot edit measures",
            file=stated.file,
            key=stated.key,
            given=stated.purchase.name,
            allowed="a scenario with interventions only",
        )
    title = translate.phrase(scenario.title)
    return PolicyDraft(title, tuple(_draft(stated.intervention, district) for stated in scenario.stated))


def to_toml(policy: PolicyDraft) -> str:
    """Return the policy as the text of a scenario file."""
    head = format_toml_table({"title": policy.title.strip(), "source": _SOURCE})
    return "\n".join([head, *(_table(draft) for draft in policy.interventions if draft.enabled)])


def to_scenario(policy: PolicyDraft) -> Scenario:
    """Return the scenario that the policy's file describes.

    Raises:
        InputError: the policy's scenario file would not be valid.
    """
    file = Path(f"{policy.name}.toml")
    content = parse_model(ScenarioFile, tomllib.loads(to_toml(policy)), file=file)
    return Scenario(
        policy.name,
        content.title,
        content.question,
        content.source,
        tuple(
            SourcedIntervention(intervention, file, number)
            for number, intervention in enumerate(content.intervention, 1)
        ),
    )


def _draft(intervention: Intervention, district: District) -> InterventionDraft:
    stated_cost = None
    if intervention.cost is not None:
        given = intervention.cost.for_amount
        amount = intervention.amount if given is None else given
        stated_cost = StatedCost(intervention.cost, intervention.operation, amount)
    return InterventionDraft(
        intervention.lever,
        intervention.operation,
        intervention.amount,
        intervention.from_month,
        intervention.until,
        intervention.ramp_months,
        tuple(intervention.streets or ()),
        tuple((attribute, tuple(levels)) for attribute, levels in (intervention.groups or {}).items()),
        intervention.cost,
        stated_cost,
    )


def _table(draft: InterventionDraft) -> str:
    cost = None
    if draft.cost is not None:
        amounts = {name: value for name, value in draft.cost.model_dump(exclude={"source"}).items() if value}
        cost = {**amounts, "source": draft.cost.source}
    items = {
        "lever": draft.lever,
        draft.operation: draft.amount,
        "from": draft.first,
        "until": draft.until,
        "ramp_months": draft.ramp_months if draft.ramp_months > 1 else None,
        "streets": draft.streets or None,
        "groups": dict(draft.groups) or None,
        "cost": cost,
    }
    return format_toml_table(whole_as_int(items), "[[intervention]]")
