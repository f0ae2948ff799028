"""Effect of a policy on take-up, with its intervals, in numbers and words."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from shlex import quote
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup.analysis import Ensemble, Estimate, comparison_tasks, ensemble_comparison, t_interval
from takeup.dashboard.context import LAST, DashboardContext, Trajectory, percentage, record_trajectory
from takeup.district import POSTERIOR, read_posterior
from takeup.months import END
from takeup.report.formatting import (
    CONFIDENCE,
    CREDIBLE,
    PERCENT,
    decimal,
    interval,
    month,
    replicates,
    signed,
    signed_count,
    yuan,
)
from takeup.runs import Runner, RunSettings
from takeup.scenario import Scenario, Timeline
from takeup.simulation.output import GROUP_COUNTS, Row

DRAWS: Final = 12
"""Number of posterior draws per policy: few, because a visitor waits for them."""
COST_NOTE: Final = "cost of the shipped step; it does not follow the slider"
"""Note beside each cost: scenario files state the cost of one size of an intervention, and none for other sizes."""
_POPULATION, _VALID = (GROUP_COUNTS.index(name) for name in ("population", "valid"))


@dataclass(frozen=True)
class PolicyEffect:
    """Estimated effect of a policy: R paired replicates, M months, G groups.

    Attributes:
        scenario: the policy.
        trajectory: trajectory of the first replicate with the policy.
        baseline, policy: (R, M) share of migrants with a valid permit, without and with the policy.
        group_effects: (G,) change in take-up at the end in each level of each attribute, then in each street, in
            points; mean over the replicates.
        additional_permits: change in valid permits at the end, in simulated persons; mean over the replicates.
        cost_cny: total cost for the whole district, in yuan; mean over the replicates.
    """

    scenario: Scenario
    trajectory: Trajectory
    baseline: NDArray[np.float64]
    policy: NDArray[np.float64]
    group_effects: NDArray[np.float64]
    additional_permits: float
    cost_cny: float

    @property
    def replicates(self) -> int:
        """Number of replicates simulated so far."""
        return len(self.policy)

    @property
    def difference(self) -> Estimate:
        """(M,) change in take-up in points: mean over the replicates and 95 % t interval."""
        return t_interval((self.policy - self.baseline) * PERCENT)


class _ReplicateResult(NamedTuple):
    valid: int
    shares: NDArray[np.float64]
    groups: NDArray[np.float64]
    cost_cny: float


def estimate_effect(context: DashboardContext, scenario: Scenario) -> Iterator[PolicyEffect]:
    """Yield the effect of a policy after the first replicate and after all of them.

    Raises:
        InputError: the policy does not fit the district.
    """
    Timeline(scenario, context.district)
    without_policy: list[_ReplicateResult] = []
    with_policy: list[_ReplicateResult] = []
    trajectory = context.trajectory
    for number, baseline in enumerate(context.baselines):
        without_policy.append(_replicate_result(baseline.monthly_rows, baseline.group_counts))
        if scenario.first is None or scenario.first > LAST:
            with_policy.append(without_policy[-1])
        else:
            model = baseline.branch(scenario)
            if number == 0:
                trajectory = trajectory.extend(record_trajectory(model, LAST))
            model.run_until(LAST)
            with_policy.append(_replicate_result(model.rows, model.group_counts[-1]))
        if number in {0, len(context.baselines) - 1}:
            yield _summarise(scenario, trajectory, without_policy, with_policy)


def _replicate_result(rows: list[Row], groups: NDArray[np.int64]) -> _ReplicateResult:
    table = pd.DataFrame(rows)
    valid, population = (table[name].to_numpy(np.int64) for name in ("valid", "population"))
    shares = percentage(groups[:, _VALID], groups[:, _POPULATION])
    return _ReplicateResult(int(valid[-1]), valid / population, shares, table["cost_cny"].sum())


def _summarise(
    scenario: Scenario,
    trajectory: Trajectory,
    without_policy: list[_ReplicateResult],
    with_policy: list[_ReplicateResult],
) -> PolicyEffect:
    """Average the differences between paired replicates with and without the policy."""
    pairs = list(zip(with_policy, without_policy, strict=True))
    return PolicyEffect(
        scenario,
        trajectory,
        np.array([run.shares for run in without_policy]),
        np.array([run.shares for run in with_policy]),
        np.mean([run.groups - baseline.groups for run, baseline in pairs], axis=0),
        float(np.mean([run.valid - baseline.valid for run, baseline in pairs])),
        float(np.mean([run.cost_cny for run in with_policy])),
    )


@dataclass(frozen=True)
class EffectUncertainty:
    """Change in take-up in the last month over draws of the posterior, in points.

    Attributes:
        points: median over the draws.
        low, high: limits of the 90 % interval.
        draws: number of draws with a result.
    """

    points: float
    low: float
    high: float
    draws: int


def effect_uncertainty(
    context: DashboardContext, scenario: Scenario, on_run: Callable[[int, int], None] = lambda _done, _total: None
) -> EffectUncertainty:
    """Estimate the effect over posterior draws, as `takeup compare --draws` does.

    Args:
        context: a district that has a posterior.
        scenario: the policy.
        on_run: called with the number of runs done and their total; an exception that it raises cancels the runs.

    Raises:
        InputError: the policy does not fit the district with some draw.
        RunError: too few runs have a result.
    """
    posterior = read_posterior(context.district.folder / POSTERIOR, context.district.parameters)
    seed = context.first_replicate.seed
    settings = RunSettings(agents=context.agents, seed=seed)
    (task,) = comparison_tasks(context.district, [scenario], settings, replicates=1)
    ensemble = Ensemble.of(context.district, task, posterior, DRAWS)
    total = len(ensemble.runs)
    with Runner.open(None) as runner:
        ensemble.run(runner, lambda done: on_run(done, total))
        result = ensemble_comparison(ensemble, runner.journal, "")
    last = result.comparison[result.comparison["scenario"] == scenario.name].iloc[-1]
    return EffectUncertainty(
        float(last["difference_points"]), float(last["low"]), float(last["high"]), result.replicates
    )


@dataclass(frozen=True)
class EffectText:
    """The effect of a policy in words.

    Attributes:
        difference: change in take-up in the last month.
        interval: confidence interval of the change, with the month to which the numbers refer.
        take_up: take-up with the policy.
        instead: take-up without it.
        permits: additional permits and their cost.
        method: method of the means and of the interval.
    """

    difference: str
    interval: str
    take_up: str
    instead: str
    permits: str
    method: str


def describe_effect(effect: PolicyEffect, persons_per_agent: float) -> EffectText:
    """Describe the effect of a policy in words.

    Args:
        effect: the estimate so far.
        persons_per_agent: number of real persons that one simulated migrant represents.
    """
    points = effect.difference
    low, high = float(points.low[-1]), float(points.high[-1])
    limits = interval(low, high, _format_points)
    interval_text = f"{CONFIDENCE} interval {limits}" if math.isfinite(low) else "the interval follows"
    with_policy, without = (PERCENT * float(each[:, -1].mean()) for each in (effect.policy, effect.baseline))
    permits = effect.additional_permits * persons_per_agent
    cost = f", for {yuan(effect.cost_cny)} yuan in total" if effect.cost_cny > 0 else ""
    if effect.cost_cny > 0 and permits > 0:
        cost += f" and {yuan(effect.cost_cny / permits)} yuan each"
    cost += f" ({COST_NOTE})" if cost else ""
    return EffectText(
        f"{_format_points(float(points.center[-1]))} points",
        f"in take-up at the end of {month(END)}; {interval_text}",
        f"{decimal(with_policy, 2)} %",
        f"instead of {decimal(without, 2)} %",
        f"Valid permits: {signed_count(permits)}{cost}." if permits else "The number of valid permits is unchanged.",
        f"Means over {replicates(effect.replicates)}, each with the same people and the same random numbers with and "
        "without the policy. The interval is Monte Carlo error (t distribution); it does not cover uncertain "
        "parameters or rules.",
    )


def describe_uncertainty(uncertainty: EffectUncertainty) -> str:
    """Describe the effect over posterior draws in words."""
    return (
        f"Over {uncertainty.draws} posterior draws: {_format_points(uncertainty.points)} points, "
        f"{CREDIBLE} interval {interval(uncertainty.low, uncertainty.high, _format_points)}."
    )


def equivalent_commands(context: DashboardContext, effect: PolicyEffect, file: str) -> list[str]:
    """Return the commands that reproduce the take-up of a policy and its effect.

    Args:
        context: the district.
        effect: the effect that the page shows.
        file: path of the policy's scenario file.
    """
    arguments = (
        f"{quote(file)} --district {quote(context.district_option)} --agents {context.agents} "
        f"--seed {context.first_replicate.seed} --replicates {effect.replicates}"
    )
    return [f"takeup run {arguments}", f"takeup compare {arguments}"]


def _format_points(value: float) -> str:
    return signed(value, 2)
