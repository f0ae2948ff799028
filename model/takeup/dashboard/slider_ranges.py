"""Ranges of sliders within which a policy fits the district."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from takeup.dashboard.lever_controls import LeverControls, SliderRange
from takeup.dashboard.policy_editor import PolicyDraft, PurchaseDraft, fits_district, without_rounding_error
from takeup.district import District
from takeup.months import MONTHS_A_YEAR
from takeup.scenario import delivery_of

LONGEST_RAMP: Final = 36
"""Upper end of the slider of the ramp, in months."""
_STEP_TOLERANCE: Final = 1e-6
_BUDGET_PER_RESIDENT: Final = 8.0
"""Yearly budget with which the pages open, in yuan per resident, before it is rounded."""
_STEPS_PER_BUDGET: Final = 30
_LARGEST_BUDGETS: Final = 4
"""Upper end of the slider of a measure, in opening budgets."""


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
        return fits_district(policy.replace_intervention(number, changed), district)

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
    return LONGEST_RAMP if fits_district(policy.replace_intervention(number, changed), district) else 1


def _last_fitting(first: int, last: int, fits: Callable[[int], bool]) -> int:
    """Return the step closest to `last` that fits, by bisection from `first`, which fits."""
    if fits(last):
        return last
    while abs(last - first) > 1:
        middle = (first + last) // 2
        first, last = (middle, last) if fits(middle) else (first, middle)
    return first


def opening_budget(district: District) -> float:
    """Return the yearly budget with which the pages open, a round number of yuan that follows the population."""
    wanted = _BUDGET_PER_RESIDENT * district.population.most
    step = 10.0 ** math.floor(math.log10(wanted))
    return max(round(wanted / step), 1) * step


@dataclass(frozen=True)
class SpendingRange:
    """Amounts that the slider of a measure can have, in yuan per year: 0, and those that reach somebody.

    Attributes:
        least: smallest amount above 0; infinite if no amount of the slider reaches anybody.
        high: largest amount.
        step: distance between two neighbouring amounts.
    """

    least: float
    high: float
    step: float

    def nearest(self, amount: float) -> float:
        """Return the possible amount that is nearest to an amount; 0 if the money would reach nobody."""
        if not math.isfinite(self.least) or amount < self.least / 2:
            return 0.0
        return max(without_rounding_error(amount), self.least)


def possible_spending(purchase: PurchaseDraft, district: District) -> SpendingRange:
    """Return the amounts of a purchase with which its measure reaches somebody before the spending ends.

    Args:
        purchase: the purchase.
        district: the district, which has the measure.
    """
    budget = opening_budget(district)
    step = without_rounding_error(budget / _STEPS_PER_BUDGET)
    steps = _STEPS_PER_BUDGET * _LARGEST_BUDGETS

    def reaches(number: int) -> bool:
        return _acts_in_time(replace(purchase, yuan_per_year=without_rounding_error(number * step)), district)

    least = without_rounding_error(_last_fitting(steps, 1, reaches) * step) if reaches(steps) else math.inf
    return SpendingRange(least, max(steps * step, purchase.yuan_per_year), step)


def earliest_end(purchase: PurchaseDraft, district: District) -> int:
    """Return the number of the first month in which the measure of a purchase acts, before which it cannot end."""
    begins = _begins(purchase, district)
    return purchase.first_month if begins is None else begins


def _acts_in_time(purchase: PurchaseDraft, district: District) -> bool:
    begins = _begins(purchase, district)
    return begins is not None and begins <= purchase.last_month


def _begins(purchase: PurchaseDraft, district: District) -> int | None:
    measure = district.measure(purchase.measure)
    monthly = purchase.yuan_per_year / MONTHS_A_YEAR
    return delivery_of(measure, monthly, purchase.first_month, district, district.parameters).begins
