"""Policies as the page edits them, and scenario files.

The page simulates the scenario that it reads from the text it offers for download. A downloaded file therefore gives
the same numbers.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from takeup.dashboard.baseline import BRANCH_MONTH, FIRST, LAST
from takeup.dashboard.lever_controls import LeverControls
from takeup.district import District
from takeup.district.operations import Operation
from takeup.errors import InputError
from takeup.io import format_toml_table, parse_model, whole_as_int
from takeup.months import END, format_month, parse_month
from takeup.report.i18n import ENGLISH, Language
from takeup.scenario import (
    BASELINE,
    Cost,
    Intervention,
    Purchase,
    Scenario,
    ScenarioFile,
    SourcedIntervention,
    SourcedPurchase,
    Timeline,
    load_scenario,
    read_scenario,
)

DEFAULT_START: Final = format_month(BRANCH_MONTH + 1)
"""First month of a new intervention, as in the shipped scenarios."""
_SOURCE: Final = "made with the dashboard"
_SIGNIFICANT: Final = 12
"""Significant digits of an amount that is set by a slider."""
_MAX_NAME_LENGTH: Final = 60

LETTERS: Final = "ABCD"
"""Letters of the policies, of which there are at most so many."""

Groups = tuple[tuple[str, tuple[str, ...]], ...]


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
class PurchaseDraft:
    """A measure of a policy, as the visitor edits it.

    Attributes:
        measure: name of the measure.
        yuan_per_year: amount spent per year.
        first: first month of the spending, YYYY-MM.
        until: last month of the spending, YYYY-MM; None: to the end of the run.
    """

    measure: str
    yuan_per_year: float
    first: str = DEFAULT_START
    until: str | None = None

    @property
    def first_month(self) -> int:
        """Number of the first month of the spending."""
        return parse_month(self.first)

    @property
    def last_month(self) -> int:
        """Number of the last month of the spending, at most the last month of the pages."""
        return LAST if self.until is None else min(parse_month(self.until), LAST)


@dataclass(frozen=True)
class PolicyDraft:
    """A policy as the visitor edits it: a title, interventions, and purchases of measures."""

    title: str
    interventions: tuple[InterventionDraft, ...] = ()
    purchases: tuple[PurchaseDraft, ...] = ()

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

    def replace_purchase(self, number: int, draft: PurchaseDraft) -> PolicyDraft:
        """Return the policy with one purchase replaced, or added at the end; without it if it costs nothing."""
        kept = (draft,) if draft.yuan_per_year > 0.0 else ()
        return replace(self, purchases=(*self.purchases[:number], *kept, *self.purchases[number + 1 :]))

    @property
    def yuan_per_year(self) -> float:
        """Amount spent on measures per year."""
        return sum(purchase.yuan_per_year for purchase in self.purchases)


def fits_district(policy: PolicyDraft, district: District) -> bool:
    """Return whether every lever stays within its range in every month."""
    try:
        scenario = to_scenario(policy)
        timeline = Timeline(scenario, district)
        for month in range(FIRST if scenario.first is None else max(scenario.first, FIRST), LAST + 1):
            timeline.at(month)
    except InputError:
        return False
    return True


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
    return shipped if fits_district(shipped, district) else new_policy(district, translate)


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
    """
    return PolicyDraft(
        translate.phrase(scenario.title),
        tuple(_draft(stated.intervention, district) for stated in scenario.stated),
        tuple(_purchase_draft(stated.purchase) for stated in scenario.purchases),
    )


def to_toml(policy: PolicyDraft) -> str:
    """Return the policy as the text of a scenario file."""
    head = format_toml_table({"title": policy.title.strip(), "source": _SOURCE})
    interventions = (_table(draft) for draft in policy.interventions if draft.enabled)
    return "\n".join([head, *interventions, *(_purchase_table(draft) for draft in policy.purchases)])


def to_scenario(policy: PolicyDraft, name: str | None = None) -> Scenario:
    """Return the scenario that the policy's file describes.

    Args:
        policy: the policy.
        name: name of the file without suffix; None: that of the policy.

    Raises:
        InputError: the policy's scenario file would not be valid.
    """
    name = policy.name if name is None else name
    file = Path(f"{name}.toml")
    content = parse_model(ScenarioFile, tomllib.loads(to_toml(policy)), file=file)
    return Scenario(
        name,
        content.title,
        content.question,
        content.source,
        tuple(
            SourcedIntervention(intervention, file, number)
            for number, intervention in enumerate(content.intervention, 1)
        ),
        tuple(SourcedPurchase(purchase, file, number) for number, purchase in enumerate(content.measure, 1)),
    )


def to_scenarios(policies: Sequence[PolicyDraft]) -> list[Scenario]:
    """Return the scenarios of several policies, with different names.

    Raises:
        InputError: the scenario file of a policy would not be valid.
    """
    scenarios: list[Scenario] = []
    for policy in policies:
        name = policy.name
        while name in (each.name for each in scenarios):
            name += "_2"
        scenarios.append(to_scenario(policy, name))
    return scenarios


def scenario_from_text(name: str, text: str, district: District) -> Scenario:
    """Read a scenario from the text of a file, and check that it fits the district.

    Args:
        name: name of the file.
        text: content of the file.
        district: the district.

    Raises:
        InputError: the text is not a scenario file, or the scenario does not fit the district.
    """
    label = Path(name).name or "scenario.toml"
    with TemporaryDirectory() as folder:
        file = Path(folder) / "scenario.toml"
        file.write_text(text, encoding="utf-8")
        try:
            scenario = read_scenario(file)
            scenario.check_period(FIRST, LAST)
            timeline = Timeline(scenario, district)
            for month in range(FIRST, LAST + 1):
                timeline.at(month)
        except InputError as error:
            raise error.at(file=label) from None
    return scenario


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


def _purchase_draft(purchase: Purchase) -> PurchaseDraft:
    return PurchaseDraft(purchase.name, purchase.yuan_per_year, purchase.from_month, purchase.until)


def _purchase_table(draft: PurchaseDraft) -> str:
    items = {
        "name": draft.measure,
        "yuan_per_year": draft.yuan_per_year,
        "from": draft.first,
        "until": draft.until,
    }
    return format_toml_table(whole_as_int(items), "[[measure]]")


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
