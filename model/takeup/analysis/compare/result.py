"""Scenarios beside the baseline: what a comparison found, as tables.

Who gains: for each person, the permit they hold under a policy beside the one they would hold without it.

The same people live in both worlds, with the same luck, and keep their numbers. So each is their own control: nobody
has to be compared with others who are like them.

What scenarios do to take-up: the same people with the same luck, with and without.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup.analysis.compare.draws import FLOWS, STOCKS, first_divergence
from takeup.analysis.sequential import StoppingResult
from takeup.analysis.statistics import Estimate, quantile_interval, t_interval
from takeup.constants import OVERRIDDEN, PERCENT
from takeup.district import ATTRIBUTES, GROUPS, District
from takeup.errors import InputError
from takeup.months import END, START, parse_month
from takeup.runs import RunResult, Task, run_tasks
from takeup.runs.journal import Journal
from takeup.runs.paired_outcomes import TRANSITIONS
from takeup.scenario import BASELINE, Scenario, Timeline
from takeup.simulation import Engine


@dataclass(frozen=True)
class PosteriorResult:
    """What draws of a posterior say of scenarios.

    Attributes:
        runs: a row a scenario, run (draw, seed) and kept month: valid_share, and difference_points, its difference
            from the baseline of the run in points.
        scenarios: a row a scenario, in points at the last month: median of the draws' effects, low and high (their
            90 % interval), probability_best, expected_regret, sd_parameters, sd_chance.
        failed: the runs without a result: draw, seed, error.
    """

    runs: pd.DataFrame
    scenarios: pd.DataFrame
    failed: pd.DataFrame


@dataclass(frozen=True)
class Comparison:
    """What scenarios do to take-up, beside the baseline with the same people and the same luck.

    Attributes:
        district: the place.
        scenarios: the baseline first.
        replicates: runs of each scenario, each with another seed; with `drawn`, draws of the posterior.
        first, until: first and last month, YYYY-MM.
        agents: simulated migrants at the most; `persons_per_agent` real persons each.
        monthly: the monthly table of every run (scenario, replicate, month, …), in simulated persons.
        comparison: a row a scenario and month: valid_share, and its difference from the baseline in points
            (difference_points, with the interval low to high: the 95 % interval of the mean over replicates, or the
            interval that holds 90 % of the draws) and in persons; permits issued, permits lapsed and cost_cny so far,
            since the first scenario acts; wait_months; cost_per_permit, what the scenario has cost so far beyond the
            baseline, per additional valid permit. Means over runs, and persons of the district, not simulated.
        groups: a row a run, month and group (attribute, level): population, valid, queued, lapsed, qualified,
            informed, in simulated persons; streets are the attribute "street".
        gains: what `takeup.answers.gains.gains_table` gives.
        command: what repeats it.
        drawn: what draws of a posterior say; None: replicates under one set of parameters. With draws `monthly` and
            `groups` have a row a draw (as its replicate), and fewer months.
        precision: how narrow the intervals became where replicates were added until they were narrow enough.
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

    def interval(self, values: NDArray[np.float64]) -> Estimate:
        """The mean and interval over replicates, or over draws.

        Args:
            values: one row a replicate or draw.
        """
        return t_interval(values) if self.drawn is None else quantile_interval(values)


ALL: Final = "all"
"""The attribute and the level of everybody."""
COUNTS: Final = (
    "persons",
    "both",
    "gained",
    "lost",
    "neither",
    "only_baseline",
    "only_baseline_valid",
    "only_policy",
    "only_policy_valid",
)
_FIRST_LEVELS: Final = len(next(iter(ATTRIBUTES.values())))


def transition_table(
    fates: NDArray[np.float64],
    scenarios: Sequence[str],
    streets: Sequence[str],
    persons_per_agent: float,
    interval: Callable[[NDArray[np.float64]], Estimate],
) -> pd.DataFrame:
    """Persons by scenario, group and fate in the last month: means over runs, in persons of the district.

    A row a scenario and group: everybody first, then the attributes' levels and the streets. `persons` live there in
    both worlds: `both` hold a valid permit with and without the policy, `gained` with it alone, `lost` without it
    alone, `neither` not at all. `only_baseline` and `only_policy` live in one of the worlds, for in the other they
    have settled or not come yet; `only_baseline_valid` and `only_policy_valid` of them hold a valid permit there.
    `gained_percent`, with `low` to `high`, and `lost_percent` are shares of `persons`.

    Args:
        fates: (runs, scenarios, groups, FATES), in simulated persons.
        scenarios: names, without the baseline.
        streets: names.
        persons_per_agent: persons of the district that a simulated one stands for.
        interval: over runs.
    """
    everybody = fates[:, :, :_FIRST_LEVELS].sum(axis=2, keepdims=True)
    found = dict(zip(TRANSITIONS, np.moveaxis(np.concatenate([everybody, fates], axis=2), -1, 0), strict=True))
    found["persons"] = found["both"] + found["gained"] + found["lost"] + found["neither"]
    for world in ("baseline", "policy"):
        found[f"only_{world}"] = found[f"only_{world}_valid"] + found[f"only_{world}_other"]
    with np.errstate(invalid="ignore", divide="ignore"):
        gained, lost = (PERCENT * found[name] / found["persons"] for name in ("gained", "lost"))
    percent = interval(gained)
    groups = [(ALL, ALL), *GROUPS, *(("street", street) for street in streets)]
    index = [(scenario, *group) for scenario in scenarios for group in groups]
    table = pd.DataFrame(index, columns=["scenario", "attribute", "level"])
    for name in COUNTS:
        table[name] = (found[name].mean(axis=0) * persons_per_agent).reshape(-1)
    columns = {"gained_percent": percent.mean, "low": percent.low, "high": percent.high}
    for name, values in (columns | {"lost_percent": interval(lost).mean}).items():
        table[name] = values.reshape(-1)
    return table


def comparison_tasks(
    district: District,
    scenarios: list[Scenario],
    *,
    parameters: Mapping[str, float] | None = None,
    seed: int = 1,
    replicates: int = 4,
    agents: int | None = None,
    engine: Engine = "compiled",
    threads: int = 1,
    start: str = START,
    until: str = END,
    people: str | None = None,
    baseline: bool = True,
) -> list[Task]:
    """One task a replicate; with `baseline`, that comes first among its scenarios.

    Raises:
        InputError: a scenario does not fit the district, or two have one name.
    """
    every = _with_baseline(scenarios) if baseline else scenarios
    overrides = dict(parameters or {})
    values = district.parameters.override(overrides, OVERRIDDEN)
    for scenario in every:
        Timeline(scenario, replace(district, parameters=values))
    return [
        Task(
            district.folder,
            district.digest,
            tuple(every),
            tuple(overrides.items()),
            seed + replicate,
            district.population.most if agents is None else agents,
            engine,
            threads,
            start,
            until,
            people,
        )
        for replicate in range(replicates)
    ]


def compare(
    district: District,
    tasks: list[Task],
    *,
    workers: int = 1,
    cluster: str | None = None,
    on_month: Callable[[int], None] = lambda _: None,
    command: str = "",
    journal: Journal | None = None,
) -> tuple[Comparison, list[list[RunResult]]]:
    """Live the tasks and set the scenarios beside the baseline.

    Args:
        district: the place.
        tasks: of `comparison_tasks`.
        workers, cluster, on_month, journal: see `run_tasks`.
        command: what repeats it.

    Returns:
        The comparison, and the runs it was made of, by replicate and scenario.
    """
    lived = run_tasks(tasks, workers, cluster, on_month, journal)
    return summarise_comparison(district, tasks, lived, command), lived


def summarise_comparison(
    district: District, tasks: list[Task], lived: list[list[RunResult]], command: str = ""
) -> Comparison:
    """Set scenarios that have been lived beside the baseline.

    Args:
        district: the place.
        tasks: one a replicate.
        lived: what each left behind.
        command: what repeats it.
    """
    task = tasks[0]
    values = district.parameters.override(dict(task.parameters), OVERRIDDEN)
    monthly = stack_runs(lived, "monthly")
    months = [str(month) for month in monthly["month"].unique()]
    persons = district.population.most / task.agents
    fates = np.array([[run.fates for run in runs] for runs in lived], dtype=np.float64)
    names = [scenario.name for scenario in task.scenarios]
    return Comparison(
        district=replace(district, parameters=values),
        scenarios=task.scenarios,
        replicates=len(tasks),
        first=task.start,
        until=task.until,
        agents=task.agents,
        persons_per_agent=persons,
        monthly=monthly,
        comparison=comparison_table(_columns(monthly, task.scenarios, months), months, persons, t_interval),
        groups=stack_runs(lived, "groups"),
        gains=transition_table(fates[:, 1:], names[1:], district.streets, persons, t_interval),
        command=command,
    )


def _with_baseline(scenarios: list[Scenario]) -> list[Scenario]:
    named = [scenario for scenario in scenarios if scenario.name == BASELINE.name]
    others = [scenario for scenario in scenarios if scenario.name != BASELINE.name]
    names = [scenario.name for scenario in others]
    for name in names:
        if names.count(name) > 1:
            raise InputError("two scenarios have one name", given=name, allowed="files of different names")
    if named and named[0].stated:
        raise InputError(
            "the baseline changes something", given=BASELINE.name, allowed="a baseline without interventions"
        )
    return [named[0] if named else BASELINE, *others]


def stack_runs(lived: list[list[RunResult]], table: Literal["monthly", "groups", "people"]) -> pd.DataFrame:
    """The tables of all runs under each other, scenario by scenario, with the columns scenario and replicate first.

    Args:
        lived: by replicate, then scenario.
        table: which of the tables of `Lived`.
    """
    frames = []
    for runs in zip(*lived, strict=True):
        for replicate, run in enumerate(runs):
            frame: pd.DataFrame = getattr(run, table)
            frames.append(frame.assign(scenario=run.scenario, replicate=replicate))
    stacked = pd.concat(frames, ignore_index=True)
    first = ["scenario", "replicate"]
    return stacked[first + [name for name in stacked.columns if name not in first]]


def _columns(
    monthly: pd.DataFrame, scenarios: tuple[Scenario, ...], months: list[str]
) -> dict[str, dict[str, NDArray[np.float64]]]:
    """By scenario and column, of shape (replicates, months); flows so far, since the first scenario acts."""
    since = first_divergence(scenarios)
    parted = np.array([parse_month(month) >= since for month in months])
    found: dict[str, dict[str, NDArray[np.float64]]] = {}
    for scenario in scenarios:
        rows = monthly[monthly["scenario"] == scenario.name]
        columns = {name: rows[name].to_numpy(np.float64).reshape(-1, len(months)) for name in STOCKS + FLOWS}
        found[scenario.name] = columns | {name: np.cumsum(columns[name] * parted, axis=1) for name in FLOWS}
    return found


def comparison_table(
    runs: Mapping[str, Mapping[str, NDArray[np.float64]]],
    months: Sequence[str],
    persons: float,
    interval: Callable[[NDArray[np.float64]], Estimate],
) -> pd.DataFrame:
    """The table of `Comparison.comparison`.

    Args:
        runs: by scenario, the baseline first, and column, of shape (runs, months); flows so far.
        months: YYYY-MM.
        persons: of the district that a simulated one stands for.
        interval: over runs.
    """
    baseline, frames = next(iter(runs.values())), []
    for name, scenario in runs.items():
        share = scenario["valid"] / scenario["population"]
        points = interval((share - baseline["valid"] / baseline["population"]) * PERCENT)
        more = (scenario["valid"] - baseline["valid"]).mean(axis=0) * persons
        cost = scenario["cost_cny"].mean(axis=0)
        own_cost = cost - baseline["cost_cny"].mean(axis=0)  # a district's dated rules may cost something too
        per_permit = np.divide(own_cost, more, out=np.full(len(months), np.nan), where=(more > 0) & (own_cost > 0))
        table = {
            "scenario": name,
            "month": list(months),
            "valid_share": share.mean(axis=0),
            "difference_points": points.mean,
            "difference_persons": more,
            "low": points.low,
            "high": points.high,
            "issued": scenario["issued"].mean(axis=0) * persons,
            "lapsed": scenario["lapses"].mean(axis=0) * persons,
            "wait_months": scenario["wait_months"].mean(axis=0),
            "cost_cny": cost,
            "cost_per_permit": per_permit,
        }
        frames.append(pd.DataFrame(table))
    return pd.concat(frames, ignore_index=True)
