"""Comparisons under draws of a posterior: the ensemble of runs, its results, and sequential stopping.

A draw is run like a replicate: its own history first, then every scenario branched from it, with the same people and
the same random numbers. The scenarios are therefore compared draw by draw. Only some months of each scenario and the
groups of the last month are kept, and the tables are made from the journal run by run.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup.analysis.compare.result import (
    FLOWS,
    STOCKS,
    Comparison,
    PosteriorResult,
    all_groups,
    comparison_table,
    first_divergence,
    recorded_months,
    transition_table,
)
from takeup.analysis.sequential import Progress, StoppingResult, progress_of_total
from takeup.analysis.statistics import (
    decompose_variance,
    expected_regrets,
    monte_carlo_width,
    probability_best,
    quantile_interval,
)
from takeup.constants import OVERRIDDEN, PERCENT
from takeup.digest import code_digest
from takeup.district import District, Posterior
from takeup.errors import InputError, RunError
from takeup.months import parse_month
from takeup.runs import Task
from takeup.runs.journal import Journal
from takeup.runs.paired_outcomes import TRANSITIONS, permit_snapshot, transition_counts
from takeup.runs.scheduler import Job, run_jobs, warm_up_compilation
from takeup.runs.task import run_branches
from takeup.scenario import Scenario, Timeline
from takeup.simulation import GROUP_COUNTS, PermitModel

SEEDED_TWICE: Final = 20
"""Draws that are run with a second seed where `replicates` is 1, to separate Monte Carlo error from the parameters'
uncertainty: enough to estimate the standard deviation between seeds within a sixth.
"""


class Run(NamedTuple):
    """A draw with a seed.

    Attributes:
        draw: number of the draw, from 0.
        repeat: 0 for the draw's first seed.
        seed: of the people and the random numbers; no two runs have the same.
    """

    draw: int
    repeat: int
    seed: int


@dataclass(frozen=True)
class Ensemble:
    """Scenarios to be run under draws of a posterior.

    Attributes:
        district: the place.
        task: what the runs have in common.
        draws: parameters by dotted name.
        posterior: a hash of the file that the draws are from.
        runs: in order, first seeds before second ones.
    """

    district: District
    task: Task
    draws: tuple[dict[str, float], ...]
    posterior: str
    runs: tuple[Run, ...]

    @staticmethod
    def of(district: District, task: Task, posterior: Posterior, draws: int, replicates: int = 1) -> Ensemble:
        """Make and check an ensemble.

        Args:
            district: the place.
            task: what the runs have in common, with the baseline first among its scenarios; its seed is that of the
                first run, and its parameters take precedence over the draws. See `comparison_tasks`.
            posterior: of the district.
            draws: how many of its draws.
            replicates: seeds per draw; with 1, some draws have two.

        Raises:
            InputError: the posterior has fewer draws, or a scenario does not fit the district under some draw.
        """
        chosen = tuple(draw | dict(task.parameters) for draw in posterior.thinned(draws))
        _check(district, task.scenarios, chosen)
        return Ensemble(district, task, chosen, posterior.digest, tuple(_runs(draws, replicates, task.seed)))

    @property
    def months(self) -> list[str]:
        """The months that are recorded of each run."""
        return recorded_months(self.task)

    @property
    def groups(self) -> list[tuple[str, str]]:
        """The groups that are counted in each run, as (attribute, level)."""
        return all_groups(self.district.streets)

    @property
    def key(self) -> str:
        """A short hash of everything that decides the results."""
        return hashlib.sha256(" ".join(job.key for job in self.jobs()).encode()).hexdigest()[:8]

    def with_seeds(self, number: int) -> Ensemble:
        """The same draws with that many seeds each; with one, some have two. More seeds include all runs of fewer."""
        return replace(self, runs=tuple(_runs(len(self.draws), number, self.task.seed)))

    def jobs(self) -> Iterator[Job[Task]]:
        """Yield the runs as jobs."""
        for run in self.runs:
            task = replace(self.task, parameters=tuple(self.draws[run.draw].items()), seed=run.seed)
            decides = json.dumps([task.key, code_digest()])
            yield Job(hashlib.sha256(decides.encode()).hexdigest()[:24], task)

    def run(
        self,
        journal: Journal,
        *,
        workers: int = 1,
        cluster: str | None = None,
        on_progress: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Run everything that the journal does not hold yet.

        Args:
            journal: of this ensemble, or of others too.
            workers, cluster: see `run_jobs`.
            on_progress: called with the number of runs done so far.
        """
        run_jobs(
            run_draw,
            self.jobs(),
            journal,
            workers=workers,
            cluster=cluster,
            on_progress=on_progress,
            warm_up=lambda: warm_up_compilation(self.task),
        )


def run_draw(task: Task) -> dict[str, Any]:
    """Run a task's scenarios, and keep what `ensemble_comparison` needs.

    Returns:
        By scenario: "months", one row per recorded month with `STOCKS` and `FLOWS`; and of the last month "groups",
        counts by group, and "transitions", see `transition_counts`, relative to the first scenario.
    """
    results: dict[str, dict[str, Any]] = {}
    snapshots = {}
    for scenario, model in run_branches(task):
        results[scenario.name] = {"months": _recorded_rows(task, model), "groups": model.group_counts[-1].tolist()}
        snapshots[scenario.name] = permit_snapshot(model)
        streets = model.world.streets
    baseline = snapshots[task.scenarios[0].name]
    for name, result in results.items():
        result["transitions"] = transition_counts(baseline, snapshots[name], streets).tolist()
    return results


def _recorded_rows(task: Task, model: PermitModel) -> list[list[float]]:
    months, since = set(recorded_months(task)), first_divergence(task.scenarios)
    rows = []
    sums = dict.fromkeys(FLOWS, 0.0)
    for row in model.rows:
        if parse_month(row["month"]) >= since:
            for name in FLOWS:
                sums[name] += float(row[name])
        if row["month"] in months:
            rows.append([*(float(row[name]) for name in STOCKS), *sums.values()])
    return rows


def _runs(draws: int, replicates: int, seed: int) -> Iterator[Run]:
    for draw in range(draws):
        yield Run(draw, 0, seed + draw)
    if replicates == 1:
        twice = min(SEEDED_TWICE, draws)
        for place in range(twice):
            draw = (2 * place + 1) * draws // (2 * twice)
            yield Run(draw, 1, seed + draws + draw)
    for repeat in range(1, replicates):
        for draw in range(draws):
            yield Run(draw, repeat, seed + repeat * draws + draw)


def _check(district: District, scenarios: tuple[Scenario, ...], draws: tuple[dict[str, float], ...]) -> None:
    """Check every scenario with all parameters at the smallest value of the draws, and at the largest.

    Under draws, additions and multiplications are clipped to a lever's range; but an unlimited supply cannot be
    interpolated. The value after an intervention is monotone in the value before it and depends on no other lever, so
    a scenario that fits at both ends fits in between.
    """
    for name, end in (("smallest", min), ("largest", max)):
        values = {key: end(draw[key] for draw in draws) for key in draws[0]}
        parameters = district.parameters.override(values, OVERRIDDEN)
        for scenario in scenarios:
            try:
                Timeline(scenario, district, parameters)
            except InputError as error:
                raise error.within(key=f"with the {name} values of the draws") from None


_MIN_DRAWS: Final = 2


class _Sums:
    """Sums over the seeds of each draw, added run by run."""

    def __init__(self, ensemble: Ensemble) -> None:
        draws, scenarios, groups = (
            len(ensemble.draws),
            len(ensemble.task.scenarios),
            len(ensemble.groups),
        )
        self.names = [scenario.name for scenario in ensemble.task.scenarios]
        self.seeds = np.zeros(draws)
        self.months = np.zeros((draws, scenarios, len(ensemble.months), len(STOCKS + FLOWS)))
        self.groups = np.zeros((draws, scenarios, groups, len(GROUP_COUNTS)))
        self.transitions = np.zeros((draws, scenarios - 1, groups, len(TRANSITIONS)))
        repeats = 1 + max(run.repeat for run in ensemble.runs)
        self.points = np.full((draws, repeats, scenarios), np.nan)
        self.runs: list[pd.DataFrame] = []
        self.failed: list[tuple[Run, str]] = []

    def add(self, run: Run, result: dict[str, dict[str, list[list[float]]]], recorded: list[str]) -> None:
        months = np.array([result[name]["months"] for name in self.names])
        self.seeds[run.draw] += 1
        self.months[run.draw] += months
        self.groups[run.draw] += [result[name]["groups"] for name in self.names]
        for place, name in enumerate(self.names[1:]):
            self.transitions[run.draw, place] += result[name]["transitions"]
        share = months[:, :, STOCKS.index("valid")] / months[:, :, STOCKS.index("population")]
        points = PERCENT * (share - share[0])
        self.points[run.draw, run.repeat] = points[:, -1]
        table = {
            "scenario": np.repeat(self.names, len(recorded)),
            "draw": run.draw,
            "seed": run.seed,
            "month": recorded * len(self.names),
            "valid_share": share.reshape(-1),
            "difference_points": points.reshape(-1),
        }
        self.runs.append(pd.DataFrame(table))


def ensemble_comparison(ensemble: Ensemble, journal: Journal, command: str) -> Comparison:
    """Compare scenarios draw by draw; a draw with several seeds counts by their mean.

    Args:
        ensemble: whose runs have ended.
        journal: with its runs.
        command: the command that repeats the comparison.

    Raises:
        RunError: fewer than two draws have a result.
    """
    sums = _Sums(ensemble)
    for run, job in zip(ensemble.runs, ensemble.jobs(), strict=True):
        entry = journal.entry(job.key)
        if entry is None or entry.error is not None:
            sums.failed.append((run, "not done" if entry is None else str(entry.error)))
        else:
            sums.add(run, entry.result, ensemble.months)
    drawn = np.flatnonzero(sums.seeds)
    if len(drawn) < _MIN_DRAWS:
        raise RunError(f"{len(sums.failed)} of {len(ensemble.runs)} runs failed, the first: {sums.failed[0][1]}")
    months, groups, transitions = (
        each[drawn] / sums.seeds[drawn].reshape(-1, 1, 1, 1) for each in (sums.months, sums.groups, sums.transitions)
    )
    task, district = ensemble.task, ensemble.district
    persons = district.population.most / task.agents
    values = district.parameters.override(dict(task.parameters), OVERRIDDEN)
    of_scenario = dict(zip(sums.names, np.moveaxis(months, 1, 0), strict=True))
    columns = {
        name: dict(zip(STOCKS + FLOWS, np.moveaxis(each, -1, 0), strict=True)) for name, each in of_scenario.items()
    }
    return Comparison(
        district=replace(district, parameters=values),
        scenarios=task.scenarios,
        replicates=len(drawn),
        first=task.start,
        until=task.until,
        agents=task.agents,
        persons_per_agent=persons,
        monthly=_monthly(months, drawn, sums.names, ensemble.months),
        comparison=comparison_table(columns, ensemble.months, persons, drawn=True),
        groups=_grouped(groups, drawn, sums.names, ensemble),
        gains=transition_table(transitions, sums.names[1:], district.streets, persons, drawn=True),
        command=command,
        drawn=PosteriorResult(
            runs=_in_order(pd.concat(sums.runs, ignore_index=True), sums.names),
            scenarios=scenario_table(sums.points[drawn], sums.names),
            failed=pd.DataFrame(
                [(run.draw, run.seed, error) for run, error in sums.failed], columns=["draw", "seed", "error"]
            ),
        ),
    )


def scenario_table(points: NDArray[np.float64], names: list[str]) -> pd.DataFrame:
    """Make the table of `PosteriorResult.scenarios`.

    Args:
        points: differences from the baseline, shape (draws, seeds, scenarios); NaN where a draw has fewer seeds.
        names: of the scenarios, the baseline first.
    """
    effects = np.nanmean(points, axis=1)
    effect = quantile_interval(effects)
    sources = [decompose_variance(points[:, :, column]) for column in range(len(names))]
    return pd.DataFrame(
        {
            "scenario": names,
            "median": effect.center,
            "low": effect.low,
            "high": effect.high,
            "probability_best": probability_best(effects),
            "expected_regret": expected_regrets(effects),
            "sd_parameters": [each.parameters for each in sources],
            "sd_chance": [each.monte_carlo for each in sources],
        }
    )


def _monthly(
    months: NDArray[np.float64], drawn: NDArray[np.int64], names: list[str], recorded: list[str]
) -> pd.DataFrame:
    index = [(name, int(draw), month) for name in names for draw in drawn for month in recorded]
    table = pd.DataFrame(index, columns=["scenario", "replicate", "month"])
    for column in ("population", "valid"):
        table[column] = np.moveaxis(months[..., STOCKS.index(column)], 1, 0).reshape(-1)
    return table


def _grouped(
    groups: NDArray[np.float64], drawn: NDArray[np.int64], names: list[str], ensemble: Ensemble
) -> pd.DataFrame:
    until = ensemble.task.until
    index = [
        (name, int(draw), until, *group)
        for name in names
        for draw in drawn
        for group in all_groups(ensemble.district.streets)
    ]
    table = pd.DataFrame(index, columns=["scenario", "replicate", "month", "attribute", "level"])
    counts = np.moveaxis(groups, 1, 0).reshape(len(index), len(GROUP_COUNTS))
    return table.join(pd.DataFrame(counts, columns=list(GROUP_COUNTS)))


def _in_order(runs: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Sort by scenario, then draw, seed and month."""
    place = runs["scenario"].map({name: number for number, name in enumerate(names)})
    order = runs.assign(place=place).sort_values(["place", "draw", "seed", "month"], kind="stable")
    return order.drop(columns="place").reset_index(drop=True)


def run_draws_until_precise(
    ensemble: Ensemble,
    wanted: float,
    most: int,
    journal: Journal,
    *,
    workers: int = 1,
    cluster: str | None = None,
    on_progress: Progress = lambda _done, _of, _what: None,
    command: str = "",
) -> tuple[Ensemble, Comparison]:
    """Run every draw with one more seed, until the Monte Carlo intervals are narrower than wanted.

    Args:
        ensemble: the draws; its number of seeds is ignored.
        wanted: width in points of the 95 % Monte Carlo interval of each scenario's mean effect over the draws.
        most: the largest number of seeds per draw.
        journal, workers, cluster: see `Ensemble.run`.
        on_progress: called with the runs done, the number of runs with so many seeds, and a description.
        command: the command that repeats the comparison.

    Returns:
        The ensemble with the seeds that were needed, and the comparison. The same for any number of workers.

    Raises:
        RunError: fewer than two draws have a result, or the journal cannot be written.
    """
    for number in range(1, most + 1):
        ensemble = ensemble.with_seeds(number)
        runs, what = len(ensemble.runs), f"Running {number} seed{'s' if number > 1 else ''} per draw"
        ensemble.run(
            journal, workers=workers, cluster=cluster, on_progress=progress_of_total(on_progress, runs, what)
        )
        comparison = ensemble_comparison(ensemble, journal, command)
        precision = _precision(comparison, wanted)
        if precision.is_reached:
            break
    return ensemble, replace(comparison, precision=precision)


def _precision(comparison: Comparison, wanted: float) -> StoppingResult:
    widths = {
        scenario.name: _width(comparison.posterior_result, scenario.name) for scenario in comparison.scenarios[1:]
    }
    widest = max(widths, key=lambda name: widths[name], default=comparison.scenarios[0].name)
    return StoppingResult(wanted, widths.get(widest, 0.0), widest)


def _width(drawn: PosteriorResult, scenario: str) -> float:
    """Width of a scenario's Monte Carlo interval at the last month; infinite where it cannot be estimated."""
    runs = drawn.runs[(drawn.runs["scenario"] == scenario) & (drawn.runs["month"] == drawn.runs["month"].max())]
    place = runs.groupby("draw").cumcount()
    values = runs.assign(place=place).pivot_table(index="draw", columns="place", values="difference_points")
    width = monte_carlo_width(values.to_numpy(np.float64))
    return np.inf if np.isnan(width) else width
