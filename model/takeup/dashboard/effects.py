"""The effect of a policy in numbers and words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from shlex import quote
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup.analysis.compare.text import cost_range, findings, median_error_note, runs, statistic
from takeup.analysis.uncertainty import interval_contents, point_note
from takeup.dashboard.context import DashboardContext
from takeup.dashboard.estimator import PolicyEffects
from takeup.district import District
from takeup.months import END
from takeup.report.formatting import PERCENT, count, decimal, signed, signed_count
from takeup.report.i18n import ENGLISH, Language
from takeup.scenario import Scenario

_REGRET_PLACES: Final = 2
"""Decimal places of a mean loss in points, which is often less than 0.1."""


@dataclass(frozen=True)
class EffectText:
    """The effect of a policy in words.

    Attributes:
        label: warning that the parameter uncertainty is not included; empty if it is.
        interval: interval of the change in take-up in the last month; empty while there is none.
        contents: what the interval contains.
        center: median or mean of the change, and the month to which the numbers refer.
        take_up: take-up with the policy, and without it.
        permits: additional permits and their cost.
        method: runs of the estimate, and the Monte Carlo error that remains.
    """

    label: str
    interval: str
    contents: str
    center: str
    take_up: str
    permits: str
    method: str


def describe_effect(effects: PolicyEffects, policy: int, translate: Language = ENGLISH) -> EffectText:
    """Describe the effect of a policy in words.

    Args:
        effects: the estimates so far.
        policy: number of the policy, from 0.
        translate: the language.
    """
    comparison = effects.comparison
    center, low, high = effects.last(policy)
    is_unchanged = center == low == high == 0.0
    has_interval = math.isfinite(low) and not is_unchanged
    baseline, with_policy = effects.take_up.center[[0, policy + 1], -1]
    contents = "" if is_unchanged else translate("the interval follows")
    permits = translate("Valid permits: {number}.", number=_permits(effects, policy, translate))
    label = point_note(comparison.district, translate)
    return EffectText(
        label="" if effects.is_drawn else label,
        interval=(
            translate("{interval} points", interval=translate.interval(low, high, signed)) if has_interval else ""
        ),
        contents=_contents(effects, translate) if has_interval else contents,
        center=_center(effects, policy, translate),
        take_up=translate(
            "Take-up: {share} % instead of {baseline} %.", share=decimal(with_policy), baseline=decimal(baseline)
        ),
        permits=translate.join(filter(None, [permits, _cost(effects, policy, translate)])),
        method=_method(effects, translate),
    )


def _center(effects: PolicyEffects, policy: int, translate: Language) -> str:
    """Describe the median or mean of the change in take-up."""
    center, low, high = effects.last(policy)
    month = translate.month(END)
    if center == low == high == 0.0:
        return translate("no change in take-up at the end of {month}", month=month)
    return translate(
        "{statistic} {number} points in take-up at the end of {month}",
        statistic=statistic(effects.comparison, translate),
        number=signed(center),
        month=month,
    )


def _contents(effects: PolicyEffects, translate: Language) -> str:
    """Describe what the interval contains, and how many draws it has so far."""
    numbers = {"runs": effects.runs, "total": effects.total}
    if effects.is_preliminary:
        return translate(
            "preliminary: range expected to contain 90 % of the draws, from {runs} of {total}", **numbers
        )
    contents = interval_contents(drawn=effects.is_drawn, translate=translate)
    if effects.runs == effects.total and not effects.is_final:
        return translate("{contents}; repetitions with a second seed follow", contents=contents)
    if not effects.is_final:
        return translate("{contents}; {runs} of {total} draws so far", contents=contents, **numbers)
    return contents


def _permits(effects: PolicyEffects, policy: int, translate: Language) -> str:
    """Describe the additional permits, with their interval unless it is preliminary."""
    row = effects.comparison.summary.iloc[policy + 1]
    center, low, high = (float(row[name]) for name in ("difference_persons", "persons_low", "persons_high"))
    if effects.is_preliminary or not math.isfinite(low):
        return signed_count(center)
    return _with_interval(signed_count(center), translate.interval(low, high, signed_count), translate)


def _with_interval(text: str, interval: str, translate: Language) -> str:
    return translate("{value} ({interval})", value=text, interval=interval) if interval else text


def _cost(effects: PolicyEffects, policy: int, translate: Language) -> str:
    """Describe the cost of the policy in total and per additional permit; empty without a cost."""
    total, each = _costs(effects, policy, translate)
    if not total or not each:
        return translate("Cost: {total}.", total=total) if total else ""
    return translate("Cost: {total}, {each} per additional permit.", total=total, each=each)


def _costs(effects: PolicyEffects, policy: int, translate: Language) -> tuple[str, str]:
    """Return the cost of the policy and the cost per additional permit, each empty if there is none."""
    drawn = effects.comparison.drawn
    if drawn is None:
        row = effects.comparison.summary.iloc[policy + 1]
        cost, per_permit = float(row["cost_cny"]), float(row["cost_per_permit"])
        low, high, least, most = cost, cost, math.nan, math.nan
    else:
        numbers = drawn.scenarios.drop(columns="scenario").astype(float).iloc[policy + 1]
        cost, low, high = (numbers[f"cost_cny{end}"] for end in ("", "_low", "_high"))
        per_permit, least, most = (numbers[f"cost_per_permit{end}"] for end in ("", "_low", "_high"))
    if not cost > 0:
        return "", ""
    is_exact = translate.yuan(low) == translate.yuan(high)
    total_range = "" if is_exact else translate.interval(low, high, translate.yuan)
    total = _with_interval(translate("{amount} yuan", amount=translate.yuan(cost)), total_range, translate)
    if not math.isfinite(per_permit):
        return total, ""
    has_range = math.isfinite(least) and not effects.is_preliminary
    each_range = cost_range(least, most, translate) if has_range else ""
    return total, _with_interval(translate("{amount} yuan", amount=count(per_permit)), each_range, translate)


def _method(effects: PolicyEffects, translate: Language) -> str:
    """Describe the runs, and the Monte Carlo error that remains."""
    comparison = effects.comparison
    paired = translate(
        "{runs}, each with the same people and the same random numbers with and without the policy.",
        runs=runs(comparison, translate),
    )
    if not effects.is_drawn:
        return paired
    caveat = translate("The interval does not contain errors of the rules themselves.")
    return translate.join([paired, median_error_note(comparison, translate), caveat])


@dataclass(frozen=True)
class PolicyRow:
    """The effects of a policy as the columns of a table, in words.

    Attributes:
        title: title of the policy.
        interval: interval of the change in take-up in the last month, in points; empty while there is none.
        center: median or mean of the change.
        best: share of the draws in which no other policy has a larger effect; empty without draws or other policies.
        regret: mean loss in points, compared with the best policy of each draw; empty as `best`.
        permits: additional valid permits.
        cost: cost to the last month.
        per_permit: cost per additional permit.
    """

    title: str
    interval: str
    center: str
    best: str
    regret: str
    permits: str
    cost: str
    per_permit: str


def policy_rows(effects: PolicyEffects, translate: Language = ENGLISH) -> list[PolicyRow]:
    """Describe every policy as a row of a table.

    Args:
        effects: the estimates so far.
        translate: the language.
    """
    return [_policy_row(effects, number, translate) for number in range(len(effects.policies))]


def _policy_row(effects: PolicyEffects, policy: int, translate: Language) -> PolicyRow:
    center, low, high = effects.last(policy)
    is_unchanged = center == low == high == 0.0
    best = regret = ""
    if effects.comparison.drawn is not None and not effects.is_preliminary and len(effects.policies) > 1:
        drawn = effects.comparison.drawn.scenarios.iloc[policy + 1]
        best = f"{count(PERCENT * float(drawn['probability_best']))} %"
        regret = decimal(float(drawn["expected_regret"]), _REGRET_PLACES)
    cost, per_permit = _costs(effects, policy, translate)
    return PolicyRow(
        title=effects.policies[policy].title,
        interval="" if is_unchanged or not math.isfinite(low) else translate.interval(low, high, signed),
        center=translate("no change") if is_unchanged else signed(center),
        best=best,
        regret=regret,
        permits=_permits(effects, policy, translate),
        cost=cost,
        per_permit=per_permit,
    )


def main_finding(effects: PolicyEffects, translate: Language = ENGLISH) -> str:
    """State in a sentence or two which policy has the largest effect, and how certain this is.

    Args:
        effects: the estimates so far.
        translate: the language.
    """
    comparison = effects.comparison
    if effects.is_preliminary:
        return translate(
            "First results from {runs} of {total} draws; the answer follows.",
            runs=effects.runs,
            total=effects.total,
        )
    if comparison.drawn is None or len(effects.policies) == 1:
        return next(iter(findings(comparison, comparison.summary, translate)), "")
    drawn = comparison.drawn.scenarios.iloc[1:].reset_index(drop=True)
    number = int(drawn["probability_best"].to_numpy(dtype=np.float64).argmax())
    row = drawn.iloc[number]
    _, low, high = effects.last(number)
    common = {
        "title": effects.policies[number].title,
        "share": count(PERCENT * float(row["probability_best"])),
        "interval": translate.interval(low, high, signed),
        "month": translate.month(END),
    }
    budget = _same_budget(effects)
    if budget is None:
        first = translate(
            "“{title}” has the largest effect in {share} % of the draws: {interval} percentage points of take-up by "
            "{month}.",
            **common,
        )
    else:
        first = translate(
            "For {amount} yuan per year each, “{title}” has the largest effect in {share} % of the draws: {interval} "
            "percentage points of take-up by {month}.",
            amount=translate.exact_yuan(budget),
            **common,
        )
    second = translate(
        "If it is chosen although another policy is better, {regret} points are lost on average.",
        regret=decimal(float(row["expected_regret"]), _REGRET_PLACES),
    )
    return translate.join([first, second])


def _same_budget(effects: PolicyEffects) -> float | None:
    """Return the amount per year that every policy spends on measures; None if they differ or do something else."""
    budgets = {sum(stated.purchase.yuan_per_year for stated in policy.purchases) for policy in effects.policies}
    has_levers = any(policy.stated for policy in effects.policies)
    return budgets.pop() if len(budgets) == 1 and not has_levers else None


def acts_by_street(policy: Scenario, district: District) -> bool:
    """Return whether a part of a policy acts in some streets only, so that its effects differ by street.

    Raises:
        InputError: the policy has an unknown street, group or measure.
    """
    measures = [district.measure(stated.purchase.name) for stated in policy.purchases]
    limits = [
        *((stated.intervention.streets, stated.intervention.groups) for stated in policy.stated),
        *((measure.streets, measure.groups) for measure in measures),
    ]
    residents = [district.residents(streets, groups) for streets, groups in limits]
    return any(bool((each != each[:1]).any()) for each in residents)


def group_effects(effects: PolicyEffects, policy: int) -> pd.DataFrame:
    """Return the changes in take-up by group and street in the last month, in points.

    Args:
        effects: the estimates so far.
        policy: number of the policy, from 0.

    Returns:
        Columns `attribute`, `level`, `difference_points`, `low` and `high`, with NaN where there is no value; rows in
        the order of the attributes, the streets last.
    """
    table = effects.comparison.by_group
    columns = ["attribute", "level", "difference_points", "low", "high"]
    return table.loc[table["scenario"] == effects.policies[policy].name, columns]


def monthly_difference(effects: PolicyEffects, policy: int) -> list[NDArray[np.float64]]:
    """Return the change in take-up by month: center and both ends of the interval, in points.

    The last month is that of `PolicyEffects.last`: its numbers are equal up to the last bit only, and 0.65 would be
    rounded to 0.6 in one place and to 0.7 in another.

    Args:
        effects: the estimates so far.
        policy: number of the policy, from 0.
    """
    rows = (each[policy] for each in (effects.difference.center, effects.difference.low, effects.difference.high))
    return [np.append(row[:-1], last) for row, last in zip(rows, effects.last(policy), strict=True)]


def equivalent_command(context: DashboardContext, files: Sequence[str]) -> str:
    """Return the command that computes the effects that the page shows.

    Args:
        context: the district.
        files: paths of the scenario files.
    """
    estimator = context.estimator
    runs_option = f"--draws {estimator.draws}" if estimator.draws else f"--replicates {estimator.replicates}"
    return (
        f"takeup compare {' '.join(quote(file) for file in files)} --district {quote(context.district.option)} "
        f"--agents {context.agents} --seed {estimator.seed} {runs_option}"
    )
