"""Comparison of scenarios with the baseline: its tasks, its result and its tables.

All scenarios are simulated with the same people and the same random numbers, and each person has the same number in
all of them. Each run of a scenario is therefore compared with the baseline of the same seed, and each person with the
same person in the baseline.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup.analysis.batch import StoppingResult
from takeup.analysis.compare.gains import all_groups, total_transitions, transition_table
from takeup.analysis.compare.targets import FEWEST_AGENTS, no_targets, target_table
from takeup.analysis.statistics import Estimate, estimate, quantile_interval
from takeup.district import District
from takeup.errors import InputError
from takeup.months import MONTHS_A_YEAR, format_month, parse_month
from takeup.report.formatting import PERCENT
from takeup.runs import RunResult, RunSettings, Task
from takeup.scenario import BASELINE, Scenario, Timeline

STOCKS: Final = ("population", "valid", "wait_months")
"""Columns of the monthly table that are compared by their value at the end of a month."""
FLOWS: Final = ("issued", "lapses", "cost_cny")
"""Columns of the monthly table that are compared by their sum since the first scenario acts."""


def recorded_months(task: Task) -> list[str]:
    """Return the recorded months, YYYY-MM: every December and the last month."""
    first, last = parse_month(task.settings.start), parse_month(task.settings.until)
    return [format_month(n) for n in range(first, last + 1) if n % MONTHS_A_YEAR == MONTHS_A_YEAR - 1 or n == last]


def first_divergence(scenarios: tuple[Scenario, ...]) -> int:
    """Return the number of the first month in which a scenario acts; 0 if none does."""
    return min((each.first for each in scenarios if each.first is not None), default=0)


@dataclass(frozen=True)
class PosteriorResult:
    """Results over draws of a posterior.

    Attributes:
        runs: one row per scenario, run (draw, seed) and recorded month: valid_share, and difference_points, the
            difference from the baseline of the same run in percentage points.
        scenarios: one row per scenario, for the last month. In percentage points: the median effect over the draws,
            median_error (its Monte Carlo standard error), low and high (the central 90 % interval of the draws),
            expected_regret, sd_parameters (standard deviation due to the parameters), sd_chance (standard deviation
            due to the random numbers). probability_best is the share of the draws in which the scenario has the
            largest effect. In yuan, each with the interval _low to _high: cost_cny and cost_per_permit.
        failed: the runs without a result: draw, seed, error.
    """

    runs: pd.DataFrame
    scenarios: pd.DataFrame
    failed: pd.DataFrame


@dataclass(frozen=True)
class Comparison:
    """Effects of scenarios on take-up, relative to the baseline.

    Attributes:
        district: the district, with the parameter values of the runs.
        scenarios: the scenarios, the baseline first.
        replicates: number of runs per scenario, each with another seed; with `drawn`, number of draws.
        first, until: first and last month, YYYY-MM.
        agents: largest number of simulated migrants.
        persons_per_agent: persons of the district that a simulated migrant represents.
        monthly: the monthly table of every run (scenario, replicate, month, …), in simulated persons.
        comparison: differences from the baseline by month, see `comparison_table`.
        groups: one row per run, month and group (attribute, level): population, valid, queued, lapsed, qualified,
            informed, in simulated persons; streets are the attribute "street".
        gains: gains and losses of permits by group, see `transition_table`.
        targets: effects of the policies that are limited to some residents, on these residents, see `target_table`.
        command: command line that repeats the comparison.
        drawn: results over draws of a posterior; None if all runs have the same parameters. With draws, `monthly` and
            `groups` have one row per draw (in the column replicate), and fewer months.
        precision: precision reached, if replicates were added until the intervals were narrow enough.
    """

    district: District
    scenarios: tuple[Scenario, ...]
    replicates: int
    first: str
    until: str
    agents: int
    persons_per_agent: float
    monthly: pd.DataFrame
    comparison: pd.DataFrame
    groups: pd.DataFrame
    gains: pd.DataFrame
    command: str
    drawn: PosteriorResult | None = None
    precision: StoppingResult | None = None
    targets: pd.DataFrame = field(default_factory=no_targets)

    @property
    def posterior_result(self) -> PosteriorResult:
        """The results over draws.

        Raises:
            ValueError: the comparison has no draws.
        """
        if self.drawn is None:
            raise ValueError("the comparison has no draws")
        return self.drawn

    def estimate(self, values: NDArray[np.float64]) -> Estimate:
        """Estimate the center and the interval of values over replicates or draws.

        The center is the mean over replicates, with a t interval, or the median over draws, with a quantile interval.

        Args:
            values: values of each run, shape (runs, …).

        Returns:
            Center and both ends of the interval, each of shape (…).
        """
        return estimate(values, drawn=self.drawn is not None)

    @cached_property
    def summary(self) -> pd.DataFrame:
        """The table that `summary_table` makes, shared by all readers, who do not change it."""
        return summary_table(self)

    @cached_property
    def by_group(self) -> pd.DataFrame:
        """The table that `group_table` makes, shared by all readers, who do not change it."""
        return group_table(self)

    @cached_property
    def group_percents(self) -> dict[str, pd.DataFrame]:
        """Take-up in percent in the last month by scenario: one row per group and one column per run."""
        last = self.groups[self.groups["month"] == self.until]
        percent = last.assign(percent=PERCENT * last["valid"] / last["population"])
        group = ["attribute", "level"]
        place = {each: number for number, each in enumerate(all_groups(self.district.streets))}
        tables = {}
        for scenario, rows in percent.groupby("scenario"):
            wide = rows.set_index([*group, "replicate"])["percent"].unstack("replicate")  # noqa: PD010
            in_order = sorted(wide.index, key=lambda each: place.get(each, len(place)))
            tables[str(scenario)] = wide.reindex(pd.MultiIndex.from_tuples(in_order, names=group))
        return tables

    @cached_property
    def group_agents(self) -> pd.Series[float]:
        """The mean number of simulated persons of each group in the last month of the baseline."""
        is_last = self.groups["month"] == self.until
        last = self.groups[is_last & (self.groups["scenario"] == self.scenarios[0].name)]
        return last.groupby(["attribute", "level"])["population"].mean()


def comparison_tasks(
    district: District,
    scenarios: list[Scenario],
    settings: RunSettings,
    *,
    replicates: int = 4,
    people: str | None = None,
    baseline: bool = True,
) -> list[Task]:
    """Make one task per replicate of a comparison.

    Args:
        district: the district.
        scenarios: the scenarios to compare.
        settings: settings of the first replicate; the others have the next seeds.
        replicates: number of replicates.
        people: month of the table of people, YYYY-MM; None: no table.
        baseline: whether to add the baseline as the first scenario.

    Raises:
        InputError: a scenario does not fit the district, or two have the same name.
    """
    every = _with_baseline(scenarios) if baseline else scenarios
    values = district.parameters.override(settings.parameters)
    for scenario in every:
        Timeline(scenario, replace(district, parameters=values))
        scenario.check_period(parse_month(settings.start), parse_month(settings.until))
    task = Task(district.folder, district.digest, tuple(every), settings, people)
    return [task.with_seed(settings.seed + replicate) for replicate in range(replicates)]


def summarise_comparison(
    district: District, tasks: list[Task], results: list[list[RunResult]], command: str = ""
) -> Comparison:
    """Compare scenarios with the baseline, from the results of their runs.

    Args:
        district: the district.
        tasks: one task per replicate.
        results: results of each task, one per scenario.
        command: command line that repeats the comparison.
    """
    task, monthly = tasks[0], stack_runs(results, "monthly")
    months = [str(month) for month in monthly["month"].unique()]
    return make_comparison(
        district,
        task,
        months,
        _columns(monthly, task.scenarios, months),
        np.array([[run.transitions for run in runs] for runs in results], dtype=np.float64)[:, 1:],
        monthly=monthly,
        groups=stack_runs(results, "groups"),
        command=command,
    )


def make_comparison(
    district: District,
    task: Task,
    months: list[str],
    columns: Mapping[str, Mapping[str, NDArray[np.float64]]],
    transitions: NDArray[np.float64],
    *,
    monthly: pd.DataFrame,
    groups: pd.DataFrame,
    command: str,
    drawn: PosteriorResult | None = None,
) -> Comparison:
    """Compare scenarios with the baseline, from the counts of their runs.

    Args:
        district: the district.
        task: scenarios and settings of the runs.
        months: recorded months, YYYY-MM.
        columns: values by scenario and column, shape (runs, months), see `comparison_table`.
        transitions: counts in the last month without the baseline, shape (runs, scenarios, groups and targets,
            `TRANSITIONS`), see `transition_counts`.
        monthly, groups, command, drawn: attributes of the resulting `Comparison`.
    """
    settings, names = task.settings, [scenario.name for scenario in task.scenarios]
    persons, is_drawn = district.population.most / settings.agents, drawn is not None
    return Comparison(
        district=replace(district, parameters=district.parameters.override(settings.parameters)),
        scenarios=task.scenarios,
        replicates=len(transitions),
        first=settings.start,
        until=settings.until,
        agents=settings.agents,
        persons_per_agent=persons,
        monthly=monthly,
        comparison=comparison_table(columns, months, persons, drawn=is_drawn),
        groups=groups,
        gains=transition_table(transitions[:, :, :-1], names[1:], district.streets, persons, drawn=is_drawn),
        command=command,
        drawn=drawn,
        targets=_targets(district, task.scenarios, transitions, persons, drawn=is_drawn),
    )


def _targets(
    district: District,
    scenarios: tuple[Scenario, ...],
    transitions: NDArray[np.float64],
    persons: float,
    *,
    drawn: bool,
) -> pd.DataFrame:
    """Estimate the effects of the limited policies on their targets."""
    limited = [number for number, policy in enumerate(scenarios[1:]) if not Timeline(policy, district).targets.all()]
    if not limited:
        return no_targets()
    chosen = transitions[:, limited]
    counts = np.concatenate([total_transitions(chosen), chosen[:, :, -1:]], axis=2)
    return target_table(counts, [scenarios[1 + number].name for number in limited], persons, drawn=drawn)


def _with_baseline(scenarios: list[Scenario]) -> list[Scenario]:
    named = [scenario for scenario in scenarios if scenario.name == BASELINE.name]
    others = [scenario for scenario in scenarios if scenario.name != BASELINE.name]
    names = [scenario.name for scenario in others]
    for name in names:
        if names.count(name) > 1:
            raise InputError(
                "two scenarios have the same name", given=name, allowed="scenario files with different names"
            )
    if named and named[0].stated:
        raise InputError(
            "the baseline has interventions", given=BASELINE.name, allowed="a baseline without interventions"
        )
    return [named[0] if named else BASELINE, *others]


def stack_runs(results: list[list[RunResult]], table: Literal["monthly", "groups", "people"]) -> pd.DataFrame:
    """Concatenate a table of all runs, with the columns scenario and replicate first.

    Args:
        results: results by replicate, then scenario.
        table: name of the table, an attribute of `RunResult`.
    """
    frames = []
    for runs in zip(*results, strict=True):
        for replicate, run in enumerate(runs):
            frame: pd.DataFrame = getattr(run, table)
            frames.append(frame.assign(scenario=run.scenario, replicate=replicate))
    stacked = pd.concat(frames, ignore_index=True)
    first = ["scenario", "replicate"]
    return stacked[first + [name for name in stacked.columns if name not in first]]


def _columns(
    monthly: pd.DataFrame, scenarios: tuple[Scenario, ...], months: list[str]
) -> dict[str, dict[str, NDArray[np.float64]]]:
    """Return values by scenario and column, shape (replicates, months).

    Flows are cumulative sums since the first scenario acts.
    """
    since = first_divergence(scenarios)
    has_diverged = np.array([parse_month(month) >= since for month in months])
    by_scenario: dict[str, dict[str, NDArray[np.float64]]] = {}
    for scenario in scenarios:
        rows = monthly[monthly["scenario"] == scenario.name]
        columns = {name: rows[name].to_numpy(np.float64).reshape(-1, len(months)) for name in STOCKS + FLOWS}
        sums = {name: np.cumsum(columns[name] * has_diverged, axis=1) for name in FLOWS}
        by_scenario[scenario.name] = columns | sums
    return by_scenario


def comparison_table(
    runs: Mapping[str, Mapping[str, NDArray[np.float64]]],
    months: Sequence[str],
    persons: float,
    *,
    drawn: bool,
) -> pd.DataFrame:
    """Compare scenarios with the baseline by month, in persons of the district.

    Each number is the mean over replicates or the median over draws. Over replicates `cost_per_permit` is a quotient
    of two means, because a replicate without an additional permit has no cost per permit.

    Args:
        runs: values by scenario, the baseline first, and column, shape (runs, months); flows are cumulative sums.
        months: the months, YYYY-MM.
        persons: persons of the district per simulated person.
        drawn: whether the runs are draws of a posterior.

    Returns:
        One row per scenario and month: valid_share; its difference from the baseline in percentage points
        (difference_points, with its interval low to high) and in persons (difference_persons); permits issued,
        permits lapsed and cost_cny (yuan), since the first scenario acts; wait_months; cost_per_permit (yuan), the
        cost beyond that of the baseline per additional valid permit; NaN where one of the two is not positive.
    """

    def center(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return estimate(values, drawn=drawn).center

    baseline, frames = next(iter(runs.values())), []
    for name, scenario in runs.items():
        share = scenario["valid"] / scenario["population"]
        points = estimate((share - baseline["valid"] / baseline["population"]) * PERCENT, drawn=drawn)
        more = center(scenario["valid"] - baseline["valid"]) * persons
        cost = center(scenario["cost_cny"])
        if drawn:
            # a district's dated rules may cost something too
            own_costs = scenario["cost_cny"] - baseline["cost_cny"]
            each = cost_per_permit(own_costs, (scenario["valid"] - baseline["valid"]) * persons).center
            per_permit = np.where(np.isfinite(each), each, np.nan)
        else:
            own_cost = cost - center(baseline["cost_cny"])
            has_both = (more > 0) & (own_cost > 0)
            per_permit = np.divide(own_cost, more, out=np.full(len(months), np.nan), where=has_both)
        table = {
            "scenario": name,
            "month": list(months),
            "valid_share": center(share),
            "difference_points": points.center,
            "difference_persons": more,
            "low": points.low,
            "high": points.high,
            "issued": center(scenario["issued"]) * persons,
            "lapsed": center(scenario["lapses"]) * persons,
            "wait_months": center(scenario["wait_months"]),
            "cost_cny": cost,
            "cost_per_permit": per_permit,
        }
        frames.append(pd.DataFrame(table))
    return pd.concat(frames, ignore_index=True)


def cost_per_permit(own_cost: NDArray[np.float64], permits: NDArray[np.float64]) -> Estimate:
    """Estimate the cost of an additional valid permit over draws of a posterior.

    The quantiles are those of the permits per yuan, inverted, because a draw without an additional permit has no
    finite cost per permit.

    Args:
        own_cost: cost in addition to that of the baseline, in yuan, shape (draws, …).
        permits: additional valid permits, in persons of the district, shape (draws, …).

    Returns:
        Yuan per permit; infinite where a draw of that quantile has no additional permit, NaN without a cost.
    """
    per_yuan = np.divide(permits, own_cost, out=np.full(permits.shape, np.nan), where=own_cost > 0)
    rates = quantile_interval(per_yuan)

    def invert(rate: NDArray[np.float64]) -> NDArray[np.float64]:
        infinite = np.where(np.isnan(rate), np.nan, np.inf)
        return np.divide(1.0, rate, out=infinite, where=rate > 0)

    return Estimate(invert(rates.center), invert(rates.high), invert(rates.low))


SUMMARY_COLUMNS: Final = (
    "scenario",
    "title",
    "take_up_percent",
    "difference_points",
    "low",
    "high",
    "difference_persons",
    "persons_low",
    "persons_high",
    "issued",
    "lapsed",
    "wait_months",
    "cost_cny",
    "cost_per_permit",
)
GROUP_COLUMNS: Final = (
    "scenario",
    "attribute",
    "level",
    "baseline_percent",
    "take_up_percent",
    "difference_points",
    "low",
    "high",
)


def summary_table(comparison: Comparison) -> pd.DataFrame:
    """Summarise each scenario at the last month, one row per scenario.

    Columns: `title`; `take_up_percent`; `difference_points` with its interval `low` to `high`, see
    `comparison_table`; `difference_persons`, valid permits more than in the baseline, with its interval
    `persons_low` to `persons_high`;
    `issued`, `lapsed`, `wait_months`, `cost_cny` as in the comparison; `cost_per_permit`, yuan per
    additional valid permit.
    """
    rows = comparison.comparison
    last = rows[rows["month"] == comparison.until].set_index("scenario")
    names = [scenario.name for scenario in comparison.scenarios]
    table = last.reindex(names).rename_axis("scenario").reset_index()
    table["title"] = [scenario.title for scenario in comparison.scenarios]
    table["take_up_percent"] = PERCENT * table["valid_share"]
    is_baseline = table["scenario"] == names[0]
    table.loc[is_baseline, ["difference_points", "low", "high", "difference_persons", "cost_per_permit"]] = np.nan
    persons = residents(comparison)
    for bound in ("low", "high"):
        table[f"persons_{bound}"] = table[bound] / PERCENT * persons
    return table[list(SUMMARY_COLUMNS)]


def group_table(comparison: Comparison) -> pd.DataFrame:
    """Compare take-up by group at the last month with the baseline.

    One row per scenario (without the baseline), attribute and level, in the order of the comparison, of the
    attributes (the streets last) and of their levels. Columns: `scenario`, `attribute`, `level`;
    `baseline_percent` and `take_up_percent`; `difference_points` with its interval `low` to `high`, the estimate of
    each run's share in the scenario minus its share in the baseline. All are means over replicates or medians over
    draws. NaN for groups with fewer than `FEWEST_AGENTS` simulated persons.
    """
    baseline, *others = (scenario.name for scenario in comparison.scenarios)
    if not others:
        return pd.DataFrame(columns=list(GROUP_COLUMNS))
    percents = comparison.group_percents
    is_large = comparison.group_agents.reindex(percents[baseline].index) >= FEWEST_AGENTS
    shown = {name: table.where(is_large, axis=0) for name, table in percents.items()}
    tables = [_compare(shown[baseline], shown[other], comparison).assign(scenario=other) for other in others]
    return pd.concat(tables, ignore_index=True)[list(GROUP_COLUMNS)]


def residents(comparison: Comparison) -> float:
    """Return the number of residents of the district in the last month."""
    rows = comparison.monthly
    last = rows[rows["month"] == comparison.until]
    return float(last["population"].mean()) * comparison.persons_per_agent


def _compare(baseline: pd.DataFrame, scenario: pd.DataFrame, comparison: Comparison) -> pd.DataFrame:
    """Estimate two tables of percentages, shape (groups, runs), and the difference."""
    differences = comparison.estimate((scenario - baseline).to_numpy(dtype=np.float64).T)
    return pd.DataFrame(
        {
            "baseline_percent": comparison.estimate(baseline.to_numpy(dtype=np.float64).T).center,
            "take_up_percent": comparison.estimate(scenario.to_numpy(dtype=np.float64).T).center,
            "difference_points": differences.center,
            "low": differences.low,
            "high": differences.high,
        },
        index=baseline.index,
    ).reset_index()
