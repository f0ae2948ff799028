"""Scenarios under every draw of a posterior: how sure their effects are, and why they are not surer.

A draw is lived like a replicate: its own history first, then every scenario branched from it, with the same people
and the same luck. So the scenarios are compared draw by draw.

What an ensemble found, as tables, read from its journal run by run.

Draws of a posterior with as many seeds each as it takes: until chance leaves little of the mean effects open.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup.analysis.compare.draws import FLOWS, STOCKS, recorded_months, run_draw
from takeup.analysis.compare.result import (
    Comparison,
    PosteriorResult,
    comparison_table,
    comparison_tasks,
    transition_table,
)
from takeup.analysis.sequential import StoppingResult, progress_with_total
from takeup.analysis.statistics import (
    decompose_variance,
    expected_regrets,
    monte_carlo_width,
    probability_best,
    quantile_interval,
)
from takeup.constants import OVERRIDDEN, PERCENT
from takeup.digest import code_digest
from takeup.district import GROUPS, District, Posterior
from takeup.errors import InputError, RunError
from takeup.runs import Task
from takeup.runs.journal import Entry, Journal
from takeup.runs.paired_outcomes import TRANSITIONS
from takeup.runs.scheduler import Job, sweep, warm_up_compilation
from takeup.scenario import Scenario, Timeline
from takeup.simulation import GROUP_COUNTS, Engine

SEEDED_TWICE: Final = 20
"""Draws that are lived with a second seed where `replicates` is 1, to tell chance from parameters: enough for the
standard deviation of chance to be known within a sixth.
"""


class Run(NamedTuple):
    """A draw lived with a seed.

    Attributes:
        draw: its number, from 0.
        repeat: 0 for the draw's first seed.
        seed: of its people and their luck; no two runs have the same.
    """

    draw: int
    repeat: int
    seed: int


@dataclass(frozen=True)
class Ensemble:
    """Scenarios to be lived under draws of a posterior.

    Attributes:
        district: the place.
        task: all that the runs have in common.
        draws: parameters by dotted name.
        posterior: a hash of the file that they are from.
        runs: in order, first seeds before second ones.
    """

    district: District
    task: Task
    draws: tuple[dict[str, float], ...]
    posterior: str
    runs: tuple[Run, ...]

    @staticmethod
    def of(
        district: District,
        scenarios: list[Scenario],
        posterior: Posterior,
        draws: int,
        *,
        parameters: dict[str, float],
        seed: int,
        replicates: int,
        agents: int,
        engine: Engine,
        threads: int,
        start: str,
        until: str,
    ) -> Ensemble:
        """The ensemble that the options make; the baseline comes first among its scenarios.

        Args:
            district: the place.
            scenarios: policies.
            posterior: of the district.
            draws: how many of its draws.
            parameters: overrides for all runs, also over the draws.
            seed: the first run's; each has one of its own.
            replicates: seeds a draw; with 1, some draws have two.
            agents: simulated migrants at the most.
            engine, threads: how months are lived.
            start, until: first and last month.

        Raises:
            InputError: there are not so many draws, or a scenario does not fit the district under some draw.
        """
        chosen = tuple({**draw, **parameters} for draw in posterior.thinned(draws))
        (task,) = comparison_tasks(
            district,
            scenarios,
            parameters=parameters,
            seed=seed,
            replicates=1,
            agents=agents,
            engine=engine,
            threads=threads,
            start=start,
            until=until,
        )
        _check(district, task.scenarios, chosen)
        return Ensemble(district, task, chosen, posterior.digest, tuple(_runs(draws, replicates, seed)))

    @property
    def months(self) -> list[str]:
        """The months that are kept of each run."""
        return recorded_months(self.task)

    @property
    def key(self) -> str:
        """A short hash of all that decides the results."""
        return hashlib.sha256(" ".join(job.key for job in self.jobs()).encode()).hexdigest()[:8]

    def with_seeds(self, number: int) -> Ensemble:
        """The same draws with so many seeds each; with one, some have two. More seeds hold all runs of fewer."""
        return replace(self, runs=tuple(_runs(len(self.draws), number, self.task.seed)))

    def jobs(self) -> Iterator[Job[Task]]:
        """The runs as jobs of a sweep, made one by one."""
        for run in self.runs:
            task = replace(self.task, parameters=tuple(self.draws[run.draw].items()), seed=run.seed)
            decides = json.dumps([task.key, code_digest()])
            yield Job(hashlib.sha256(decides.encode()).hexdigest()[:24], task)

    def live(
        self,
        journal: Journal,
        *,
        workers: int = 1,
        cluster: str | None = None,
        on_run: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Live all runs that the journal does not hold yet.

        Args:
            journal: of this ensemble, or of others too.
            workers, cluster: see `sweep`.
            on_run: called with the number of runs done so far.
        """
        done = sum(job.key in journal for job in self.jobs())
        on_run(done)
        if done < len(self.runs) and (workers > 1 or cluster is not None):
            warm_up_compilation(self.task)

        def note(_: Entry) -> None:
            nonlocal done
            done += 1
            on_run(done)

        sweep(run_draw, self.jobs(), journal, workers=workers, cluster=cluster, on_entry=note)


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
    """Try every scenario where all parameters are at the smallest of the draws, and where they are at the largest.

    Under draws what is added or multiplied stops at the end of a lever's range; but there is no half-way from an
    endless supply. What an intervention makes of a lever rises or falls with the lever's value before it and depends
    on no other lever, so what fits at both ends fits in between.
    """
    for name, end in (("smallest", min), ("largest", max)):
        values = {key: end(draw[key] for draw in draws) for key in draws[0]}
        parameters = district.parameters.override(values, OVERRIDDEN)
        for scenario in scenarios:
            try:
                Timeline(scenario, district, parameters)
            except InputError as error:
                raise error.within(key=f"with the {name} values of the draws") from None


_FEWEST_DRAWS: Final = 2


class _Found:
    """Sums over the seeds of each draw, filled run by run. D draws, S scenarios, M kept months, G groups."""

    def __init__(self, ensemble: Ensemble) -> None:
        draws, scenarios, groups = len(ensemble.draws), len(ensemble.task.scenarios), len(_groups(ensemble))
        self.names = [scenario.name for scenario in ensemble.task.scenarios]
        self.seeds = np.zeros(draws)
        self.months = np.zeros((draws, scenarios, len(ensemble.months), len(STOCKS + FLOWS)))
        self.groups = np.zeros((draws, scenarios, groups, len(GROUP_COUNTS)))
        self.fates = np.zeros((draws, scenarios - 1, groups, len(TRANSITIONS)))
        repeats = 1 + max(run.repeat for run in ensemble.runs)
        self.points = np.full((draws, repeats, scenarios), np.nan)
        self.runs: list[pd.DataFrame] = []
        self.failed: list[tuple[Run, str]] = []

    def add(self, run: Run, result: dict[str, dict[str, list[list[float]]]], kept: list[str]) -> None:
        months = np.array([result[name]["months"] for name in self.names])
        self.seeds[run.draw] += 1
        self.months[run.draw] += months
        self.groups[run.draw] += [result[name]["groups"] for name in self.names]
        for place, name in enumerate(self.names[1:]):
            self.fates[run.draw, place] += result[name]["fates"]
        share = months[:, :, STOCKS.index("valid")] / months[:, :, STOCKS.index("population")]
        points = PERCENT * (share - share[0])
        self.points[run.draw, run.repeat] = points[:, -1]
        table = {
            "scenario": np.repeat(self.names, len(kept)),
            "draw": run.draw,
            "seed": run.seed,
            "month": kept * len(self.names),
            "valid_share": share.reshape(-1),
            "difference_points": points.reshape(-1),
        }
        self.runs.append(pd.DataFrame(table))


def ensemble_comparison(ensemble: Ensemble, journal: Journal, command: str) -> Comparison:
    """The comparison that an ensemble's runs make, draw by draw; a draw with several seeds counts by their mean.

    Args:
        ensemble: which has been lived.
        journal: with its runs.
        command: what repeats it.

    Raises:
        RunError: fewer than two draws have a result.
    """
    found = _Found(ensemble)
    for run, job in zip(ensemble.runs, ensemble.jobs(), strict=True):
        entry = journal.entry(job.key)
        if entry is None or entry.error is not None:
            found.failed.append((run, "not done" if entry is None else str(entry.error)))
        else:
            found.add(run, entry.result, ensemble.months)
    lived = np.flatnonzero(found.seeds)
    if len(lived) < _FEWEST_DRAWS:
        raise RunError(f"{len(found.failed)} of {len(ensemble.runs)} runs failed, the first: {found.failed[0][1]}")
    months, groups, fates = (
        sums[lived] / found.seeds[lived].reshape(-1, 1, 1, 1) for sums in (found.months, found.groups, found.fates)
    )
    task, district = ensemble.task, ensemble.district
    persons = district.population.most / task.agents
    values = district.parameters.override(dict(task.parameters), OVERRIDDEN)
    of_scenario = dict(zip(found.names, np.moveaxis(months, 1, 0), strict=True))
    columns = {
        name: dict(zip(STOCKS + FLOWS, np.moveaxis(each, -1, 0), strict=True)) for name, each in of_scenario.items()
    }
    return Comparison(
        district=replace(district, parameters=values),
        scenarios=task.scenarios,
        replicates=len(lived),
        first=task.start,
        until=task.until,
        agents=task.agents,
        persons_per_agent=persons,
        monthly=_monthly(months, lived, found.names, ensemble.months),
        comparison=comparison_table(columns, ensemble.months, persons, quantile_interval),
        groups=_grouped(groups, lived, found.names, ensemble),
        gains=transition_table(fates, found.names[1:], district.streets, persons, quantile_interval),
        command=command,
        drawn=PosteriorResult(
            runs=_in_order(pd.concat(found.runs, ignore_index=True), found.names),
            scenarios=scenario_table(found.points[lived], found.names),
            failed=pd.DataFrame(
                [(run.draw, run.seed, error) for run, error in found.failed], columns=["draw", "seed", "error"]
            ),
        ),
    )


def scenario_table(points: NDArray[np.float64], names: list[str]) -> pd.DataFrame:
    """The table of `Drawn.scenarios`.

    Args:
        points: (draws, seeds, scenarios) differences from the baseline; NaN where a draw was not lived with so many.
        names: of the scenarios, the baseline first.
    """
    effects = np.nanmean(points, axis=1)
    spread = quantile_interval(effects)
    sources = [decompose_variance(points[:, :, column]) for column in range(len(names))]
    return pd.DataFrame(
        {
            "scenario": names,
            "median": np.median(effects, axis=0),
            "low": spread.low,
            "high": spread.high,
            "probability_best": probability_best(effects),
            "expected_regret": expected_regrets(effects),
            "sd_parameters": [each.parameters for each in sources],
            "sd_chance": [each.chance for each in sources],
        }
    )


def _groups(ensemble: Ensemble) -> list[tuple[str, str]]:
    return [*GROUPS, *(("street", street) for street in ensemble.district.streets)]


def _monthly(
    months: NDArray[np.float64], lived: NDArray[np.int64], names: list[str], kept: list[str]
) -> pd.DataFrame:
    index = [(name, int(draw), month) for name in names for draw in lived for month in kept]
    table = pd.DataFrame(index, columns=["scenario", "replicate", "month"])
    for column in ("population", "valid"):
        table[column] = np.moveaxis(months[..., STOCKS.index(column)], 1, 0).reshape(-1)
    return table


def _grouped(
    groups: NDArray[np.float64], lived: NDArray[np.int64], names: list[str], ensemble: Ensemble
) -> pd.DataFrame:
    until = ensemble.task.until
    index = [(name, int(draw), until, *group) for name in names for draw in lived for group in _groups(ensemble)]
    table = pd.DataFrame(index, columns=["scenario", "replicate", "month", "attribute", "level"])
    counts = np.moveaxis(groups, 1, 0).reshape(len(index), len(GROUP_COUNTS))
    return table.join(pd.DataFrame(counts, columns=list(GROUP_COUNTS)))


def _in_order(runs: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """By scenario, then draw, seed and month."""
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
    on_run: Callable[[int, int, str], None] = lambda _done, _of, _what: None,
    command: str = "",
) -> tuple[Ensemble, Comparison]:
    """Live every draw with one seed more, again and again, until chance is narrower than wanted.

    Args:
        ensemble: the draws; how many seeds it gives them does not matter.
        wanted: width in points of the 95 % interval that chance leaves of each scenario's mean effect over the draws.
        most: seeds a draw at the most.
        journal, workers, cluster: see `Ensemble.live`.
        on_run: called with the runs done, how many there are up to this number of seeds, and what is being lived.
        command: what repeats it.

    Returns:
        The ensemble with the seeds that it took, and what it found. The same for any number of workers.

    Raises:
        RunError: fewer than two draws have a result, or the journal cannot be written.
    """
    for number in range(1, most + 1):
        ensemble = ensemble.with_seeds(number)
        runs, what = len(ensemble.runs), f"Living {number} seed{'s' if number > 1 else ''} a draw"
        ensemble.live(journal, workers=workers, cluster=cluster, on_run=progress_with_total(on_run, runs, what))
        comparison = ensemble_comparison(ensemble, journal, command)
        precision = _reached(comparison, wanted)
        if precision.is_reached:
            break
    return ensemble, replace(comparison, precision=precision)


def _reached(comparison: Comparison, wanted: float) -> StoppingResult:
    widths = {scenario.name: _width(comparison.drawn, scenario.name) for scenario in comparison.scenarios[1:]}
    widest = max(widths, key=lambda name: widths[name], default=comparison.scenarios[0].name)
    return StoppingResult(wanted, widths.get(widest, 0.0), widest)


def _width(drawn: PosteriorResult | None, scenario: str) -> float:
    """Of a scenario at the last month; endless where it cannot be told."""
    if drawn is None:
        raise ValueError("the comparison has no draws")
    runs = drawn.runs[(drawn.runs["scenario"] == scenario) & (drawn.runs["month"] == drawn.runs["month"].max())]
    place = runs.groupby("draw").cumcount()
    values = runs.assign(place=place).pivot_table(index="draw", columns="place", values="difference_points")
    width = monte_carlo_width(values.to_numpy(np.float64))
    return np.inf if np.isnan(width) else width
