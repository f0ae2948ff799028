"""The effect of a policy in numbers and words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from shlex import quote
from typing import Final

import numpy as np
from numpy.typing import NDArray

from takeup.analysis import Estimate, group_table, summary_table
from takeup.analysis.compare.text import cost_range, median_error_note, runs, statistic
from takeup.analysis.uncertainty import interval_contents, point_hint, point_label
from takeup.dashboard.context import DashboardContext
from takeup.dashboard.estimator import PolicyEffects
from takeup.months import END
from takeup.report.formatting import count, decimal, interval, month, signed, signed_count, with_interval, yuan

_NO_INTERVAL: Final = "the interval follows"


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


def describe_effect(effects: PolicyEffects, policy: int) -> EffectText:
    """Describe the effect of a policy in words.

    Args:
        effects: the estimates so far.
        policy: number of the policy, from 0.
    """
    comparison = effects.comparison
    center, low, high = effects.last(policy)
    is_unchanged = center == low == high == 0.0
    points = "no change" if is_unchanged else f"{statistic(comparison)} {signed(center)} points"
    has_interval = math.isfinite(low) and not is_unchanged
    baseline, with_policy = effects.take_up.center[[0, policy + 1], -1]
    return EffectText(
        "" if effects.is_drawn else f"{point_label()} {point_hint(comparison.district)}",
        f"{interval(low, high, signed)} points" if has_interval else "",
        _contents(effects) if has_interval else "" if is_unchanged else _NO_INTERVAL,
        f"{points} in take-up at the end of {month(END)}",
        f"Take-up: {decimal(with_policy)} % instead of {decimal(baseline)} %.",
        f"Valid permits: {_permits(effects, policy)}.{_cost(effects, policy)}",
        _method(effects),
    )


def _contents(effects: PolicyEffects) -> str:
    if effects.is_preliminary:
        return f"preliminary: range expected to contain 90 % of the draws, from {effects.runs} of {effects.total}"
    if not effects.is_final:
        return f"{interval_contents(drawn=effects.is_drawn)}; {effects.runs} of {effects.total} draws so far"
    return interval_contents(drawn=effects.is_drawn)


def _permits(effects: PolicyEffects, policy: int) -> str:
    """Describe the additional permits, with their interval unless it is preliminary."""
    row = summary_table(effects.comparison).iloc[policy + 1]
    center, low, high = (float(row[name]) for name in ("difference_persons", "persons_low", "persons_high"))
    if effects.is_preliminary:
        return signed_count(center)
    return with_interval(signed_count(center), low, high, signed_count)


def _cost(effects: PolicyEffects, policy: int) -> str:
    """Describe the cost of the policy in total and per additional permit; empty without a cost."""
    drawn = effects.comparison.drawn
    if drawn is None:
        row = summary_table(effects.comparison).iloc[policy + 1]
        cost, per_permit = float(row["cost_cny"]), float(row["cost_per_permit"])
        each = f", {count(per_permit)} yuan per additional permit" if math.isfinite(per_permit) else ""
        return f" Cost: {yuan(cost)} yuan{each}." if cost > 0 else ""
    numbers = drawn.scenarios.drop(columns="scenario").astype(float).iloc[policy + 1]
    cost, low, high = (numbers[f"cost_cny{end}"] for end in ("", "_low", "_high"))
    if not cost > 0:
        return ""
    total = f"{yuan(cost)} yuan" + (f" ({interval(low, high, yuan)})" if yuan(low) != yuan(high) else "")
    per_permit, least, most = (numbers[f"cost_per_permit{end}"] for end in ("", "_low", "_high"))
    if not math.isfinite(per_permit):
        return f" Cost: {total}."
    ends = f" ({cost_range(least, most)})" if math.isfinite(least) and not effects.is_preliminary else ""
    return f" Cost: {total}, {count(per_permit)} yuan{ends} per additional permit."


def _method(effects: PolicyEffects) -> str:
    """Describe the runs, and the Monte Carlo error that remains."""
    comparison = effects.comparison
    paired = f"{runs(comparison)}, each with the same people and the same random numbers with and without the policy."
    if not effects.is_drawn:
        return paired
    return f"{paired} {median_error_note(comparison)} The interval does not contain errors of the rules themselves."


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
