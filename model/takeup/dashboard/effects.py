"""The effect of a policy in numbers and words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from shlex import quote

import numpy as np
from numpy.typing import NDArray

from takeup.analysis import Estimate, group_table, summary_table
from takeup.analysis.compare.text import cost_range, median_error_note, runs, statistic
from takeup.analysis.uncertainty import interval_contents, point_hint, point_label
from takeup.dashboard.context import DashboardContext
from takeup.dashboard.estimator import PolicyEffects
from takeup.months import END
from takeup.report.formatting import count, decimal, signed, signed_count
from takeup.report.i18n import ENGLISH, Language


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
    label = translate.join([point_label(translate), point_hint(comparison.district, translate)])
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
    if not effects.is_final:
        return translate("{contents}; {runs} of {total} draws so far", contents=contents, **numbers)
    return contents


def _permits(effects: PolicyEffects, policy: int, translate: Language) -> str:
    """Describe the additional permits, with their interval unless it is preliminary."""
    row = summary_table(effects.comparison).iloc[policy + 1]
    center, low, high = (float(row[name]) for name in ("difference_persons", "persons_low", "persons_high"))
    if effects.is_preliminary or not math.isfinite(low):
        return signed_count(center)
    return _with_interval(signed_count(center), translate.interval(low, high, signed_count), translate)


def _with_interval(text: str, interval: str, translate: Language) -> str:
    return translate("{value} ({interval})", value=text, interval=interval) if interval else text


def _cost(effects: PolicyEffects, policy: int, translate: Language) -> str:
    """Describe the cost of the policy in total and per additional permit; empty without a cost."""
    drawn = effects.comparison.drawn
    if drawn is None:
        row = summary_table(effects.comparison).iloc[policy + 1]
        cost, per_permit = float(row["cost_cny"]), float(row["cost_per_permit"])
        low, high, least, most = cost, cost, math.nan, math.nan
    else:
        numbers = drawn.scenarios.drop(columns="scenario").astype(float).iloc[policy + 1]
        cost, low, high = (numbers[f"cost_cny{end}"] for end in ("", "_low", "_high"))
        per_permit, least, most = (numbers[f"cost_per_permit{end}"] for end in ("", "_low", "_high"))
    if not cost > 0:
        return ""
    is_exact = translate.yuan(low) == translate.yuan(high)
    total_range = "" if is_exact else translate.interval(low, high, translate.yuan)
    total = _with_interval(translate("{amount} yuan", amount=translate.yuan(cost)), total_range, translate)
    if not math.isfinite(per_permit):
        return translate("Cost: {total}.", total=total)
    has_range = math.isfinite(least) and not effects.is_preliminary
    each_range = cost_range(least, most, translate) if has_range else ""
    each = _with_interval(translate("{amount} yuan", amount=count(per_permit)), each_range, translate)
    return translate("Cost: {total}, {each} per additional permit.", total=total, each=each)


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
class GroupEffect:
    """The change in take-up of a group or street in the last month, in points; NaN where there is no value."""

    attribute: str
    level: str
    center: float
    low: float
    high: float


def group_effects(effects: PolicyEffects, policy: int) -> list[GroupEffect]:
    """Return the effects by group and street, in the order of the attributes, the streets last.

    Args:
        effects: the estimates so far.
        policy: number of the policy, from 0.
    """
    table = group_table(effects.comparison)
    rows = table[table["scenario"] == effects.policies[policy].name]
    columns = ("attribute", "level", "difference_points", "low", "high")
    return [GroupEffect(str(row[0]), str(row[1]), *map(float, row[2:])) for row in rows[list(columns)].to_numpy()]


def of_policy(estimate: Estimate, place: int) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return center and both ends of one row of an estimate."""
    return estimate.center[place], estimate.low[place], estimate.high[place]


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
