"""Comparison of scenarios under draws of a posterior, with sequential stopping.

A draw is run like a replicate: first its own history, then every scenario branched from it, with the same people and
the same random numbers. The scenarios are therefore compared draw by draw. To save memory, only some months of each
scenario and the groups of the last month are recorded, and the tables are made from the journal run by run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup.analysis.batch import Progress, StoppingResult, progress_of_total
from takeup.analysis.compare.gains import all_groups
from takeup.analysis.compare.result import (
    FLOWS,
    STOCKS,
    Comparison,
    PosteriorResult,
    cost_per_permit,
    first_divergence,
    make_comparison,
    recorded_months,
)
from takeup.analysis.statistics import (
    decompose_variance,
    expected_regrets,
    median_error,
    monte_carlo_width,
    probability_best,
    quantile_interval,
)
from takeup.district import District, Posterior
from takeup.errors import InputError, RunError
from takeup.message import Message
from takeup.months import parse_month
from takeup.report.formatting import PERCENT
from takeup.report.i18n import ENGLISH, Language
from takeup.runs import Task
from takeup.runs.journal import Journal, key_of
from takeup.runs.scheduler import Job, Runner, warm_up_compilation
from takeup.runs.task import TRANSITIONS, permit_snapshot, run_branches, transition_counts
from takeup.scenario import Scenario, Timeline
from takeup.simulation import GROUP_COUNTS

DEFAULT_DRAWS: Final = 100
"""Default number of draws: with fewer, the ends of the intervals are imprecise, see `RECOMMENDED_DRAWS`."""
SEEDED_TWICE: Final = 20
"""Number of draws that are run with a second seed if `replicates` is 1.

The second seeds separate the Monte Carlo error from the uncertainty of the parameters. With 20 pairs the standard
deviation between seeds is estimated with a relative standard error of one sixth.
"""


class Run(NamedTuple):
    """A simulation of one draw of the posterior with one seed.

    Attributes:
        draw: number of the draw, from 0.
        repeat: number of the seed within the draw, from 0.
        seed: random seed; no two runs have the same.
    """

    draw: int
    repeat: int
    seed: int


@dataclass(frozen=True)
class Ensemble:
    """Scenarios to be run under draws of a posterior.

    Attributes:
        district: the district.
        task: scenarios, months and settings that all runs share.
        draws: parameters of each draw by dotted name.
        posterior: hash of the posterior's file.
        runs: runs in order, all first seeds before the second ones.
    """

    district: District
    task: Task
    draws: tuple[dict[str, float], ...]
    posterior: str
    runs: tuple[Run, ...]

    @staticmethod
    def of(district: District, task: Task, posterior: Posterior, draws: int, replicates: int = 1) -> Ensemble:
        """Make an ensemble, and check that the scenarios fit the district.

        Args:
            district: the district.
            task: scenarios, months and settings that all runs share, see `comparison_tasks`. The first scenario is
                the baseline. The seed is that of the first run. The parameters take precedence over the draws.
            posterior: posterior of the district.
            draws: number of draws, see `Posterior.thinned`.
            replicates: number of seeds per draw; with 1, the first `SEEDED_TWICE` draws have two.

        Raises:
            InputError: the posterior has fewer draws, or a scenario does not fit the district under some draw.
        """
        parameters = tuple({**draw, **task.settings.parameters} for draw in posterior.thinned(draws))
        _check(district, task.scenarios, parameters)
        return Ensemble(
            district, task, parameters, posterior.digest, tuple(_runs(draws, replicates, task.settings.seed))
        )

    @property
    def months(self) -> list[str]:
        """The months that are recorded in each run, YYYY-MM."""
        return recorded_months(self.task)

    @property
    def groups(self) -> list[tuple[str, str]]:
        """The groups that are counted in each run, as pairs (attribute, level)."""
        return all_groups(self.district.streets)

    @property
    def key(self) -> str:
        """A short hash of all inputs that the results depend on."""
        return key_of(*(job.key for job in self.jobs()), digits=8)

    def with_seeds(self, number: int) -> Ensemble:
        """Return the ensemble with another number of seeds per draw.

        The runs for a smaller number of seeds are among those for a larger one.

        Args:
            number: number of seeds per draw; with 1, the first `SEEDED_TWICE` draws have two.
        """
        return replace(self, runs=tuple(_runs(len(self.draws), number, self.task.settings.seed)))

    def jobs(self) -> Iterator[Job[Task]]:
        """Yield the runs as jobs."""
        for run in self.runs:
            task = self.task.with_seed(run.seed, self.draws[run.draw])
            yield Job(key_of("draw", task.key), task)

    def run(
        self,
        runner: Runner,
        on_progress: Callable[[int], None] = lambda _: None,
        *,
        in_threads: bool = False,
    ) -> None:
        """Run all runs that are not in the journal yet.

        Args:
            runner: runner of the jobs; its journal may also contain runs of other ensembles.
            on_progress: function called with the number of runs done so far.
            in_threads: whether workers are threads, see `Runner.run`.
        """
        runner.run(
            run_draw,
            self.jobs(),
            on_progress=on_progress,
            warm_up=lambda: warm_up_compilation(self.task),
            in_threads=in_threads,
        )


def run_draw(task: Task) -> dict[str, Any]:
    """Run a task's scenarios and return the numbers that `ensemble_comparison` needs.

    Returns:
        Three tables per scenario, as JSON values: "months", one row per recorded month with `STOCKS` and `FLOWS`;
        "groups", the counts by group in the last month; and "transitions", see `transition_counts`, between the
        first scenario and this one in the last month.
    """
    results: dict[str, dict[str, Any]] = {}
    snapshots, targets = {}, {}
    for scenario, model in run_branches(task):
        results[scenario.name] = {
            "months": recorded_rows(task, model.rows),
            "groups": model.group_counts[-1].tolist(),
        }
        snapshots[scenario.name], targets[scenario.name] = permit_snapshot(model), model.timeline.targets
    baseline = snapshots[task.scenarios[0].name]
    for name, result in results.items():
        result["transitions"] = transition_counts(baseline, snapshots[name], targets[name]).tolist()
    return results


def recorded_rows(task: Task, monthly: Sequence[Mapping[str, Any]]) -> list[list[float]]:
    """Return `STOCKS` and `FLOWS` of the recorded months; flows are sums since the first scenario acts.

    Args:
        task: the task, with all scenarios that are compared.
        monthly: the monthly table of a run, one row per month.
    """
    months, since = set(recorded_months(task)), first_divergence(task.scenarios)
    rows = []
    sums = dict.fromkeys(FLOWS, 0.0)
    for row in monthly:
        if parse_month(row["month"]) >= since:
            for name in FLOWS:
                sums[name] += float(row[name])
        if row["month"] in months:
            rows.append([*(float(row[name]) for name in STOCKS), *sums.values()])
    return rows


def _runs(draws: int, replicates: int, seed: int) -> Iterator[Run]:
    """Yield the runs of an ensemble, all first seeds before the second ones."""
    for draw in range(draws):
        yield Run(draw, 0, seed + draw)
    if replicates == 1:
        for draw in range(min(SEEDED_TWICE, draws)):
            yield Run(draw, 1, seed + draws + draw)
    for repeat in range(1, replicates):
        for draw in range(draws):
            yield Run(draw, repeat, seed + repeat * draws + draw)


def _check(district: District, scenarios: tuple[Scenario, ...], draws: tuple[dict[str, float], ...]) -> None:
    """Check every scenario with the smallest and the largest parameter values.

    Under draws, additions and multiplications are clipped to a lever's range, but an unlimited supply still cannot
    change gradually. The value after an intervention is monotone in the value before it and depends on no other
    lever. A scenario that fits at both ends therefore fits every draw.
    """
    for name, end in (("smallest", min), ("largest", max)):
        values = {key: end(draw[key] for draw in draws) for key in draws[0]}
        parameters = district.parameters.override(values)
        for scenario in scenarios:
            try:
                Timeline(scenario, district, parameters)
            except InputError as error:
                raise error.within(key=Message("with the {name} values of the draws", name=name)) from None


_MIN_DRAWS: Final = 2


class _Sums:
    """Sums of the results over the seeds of each draw, added run by run."""

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
        self.transitions = np.zeros((draws, scenarios - 1, groups + 1, len(TRANSITIONS)))
        repeats = 1 + max(run.repeat for run in ensemble.runs)
        self.points = np.full((draws, repeats, scenarios), np.nan)
        self.runs: list[pd.DataFrame] = []
        self.failed: list[tuple[Run, str]] = []

    def add(self, run: Run, result: dict[str, dict[str, list[list[float]]]], recorded: list[str]) -> None:
        """Add the result of a run.

        Args:
            run: the run.
            result: counts of each scenario by name: "months", "groups" and "transitions".
            recorded: the months of the counts, YYYY-MM.
        """
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
    """Compare scenarios draw by draw; several seeds of a draw are averaged.

    Args:
        ensemble: the ensemble, after its runs have ended.
        journal: journal with the results of its runs.
        command: command line that repeats the comparison.

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
        raise RunError(
            Message(
                "{failed} of {all} runs failed, the first with the error {error}",
                failed=len(sums.failed),
                all=len(ensemble.runs),
                error=sums.failed[0][1],
            )
        )
    months, groups, transitions = (
        each[drawn] / sums.seeds[drawn].reshape(-1, 1, 1, 1) for each in (sums.months, sums.groups, sums.transitions)
    )
    of_scenario = dict(zip(sums.names, np.moveaxis(months, 1, 0), strict=True))
    columns = {
        name: dict(zip(STOCKS + FLOWS, np.moveaxis(each, -1, 0), strict=True)) for name, each in of_scenario.items()
    }
    return make_comparison(
        ensemble.district,
        ensemble.task,
        ensemble.months,
        columns,
        transitions,
        monthly=_monthly(months, drawn, sums.names, ensemble.months),
        groups=_grouped(groups, drawn, sums.names, ensemble),
        command=command,
        drawn=PosteriorResult(
            runs=_in_order(pd.concat(sums.runs, ignore_index=True), sums.names),
            scenarios=scenario_table(
                sums.points[drawn],
                sums.names,
                costs=months[:, :, -1, (STOCKS + FLOWS).index("cost_cny")],
                valid=months[:, :, -1, STOCKS.index("valid")]
                * (ensemble.district.population.most / ensemble.task.settings.agents),
            ),
            failed=pd.DataFrame(
                [(run.draw, run.seed, error) for run, error in sums.failed], columns=["draw", "seed", "error"]
            ),
        ),
    )


def scenario_table(
    points: NDArray[np.float64], names: list[str], *, costs: NDArray[np.float64], valid: NDArray[np.float64]
) -> pd.DataFrame:
    """Summarise each scenario's effect over the draws, one row per scenario.

    Args:
        points: differences from the baseline in percentage points, shape (draws, seeds, scenarios); NaN where a draw
            has fewer seeds.
        names: names of the scenarios, the baseline first.
        costs: costs in yuan, shape (draws, scenarios).
        valid: valid permits in persons of the district, shape (draws, scenarios).

    Returns:
        The columns of `PosteriorResult.scenarios`.
    """
    effects = np.nanmean(points, axis=1)
    effect = quantile_interval(effects)
    cost = quantile_interval(costs)
    per_permit = cost_per_permit(costs - costs[:, :1], valid - valid[:, :1])
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
            "median_error": [median_error(effects[:, column]) for column in range(len(names))],
            "cost_cny": cost.center,
            "cost_cny_low": cost.low,
            "cost_cny_high": cost.high,
            "cost_per_permit": per_permit.center,
            "cost_per_permit_low": per_permit.low,
            "cost_per_permit_high": per_permit.high,
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
    until = ensemble.task.settings.until
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
    """Sort the table of runs by scenario, then draw, seed and month."""
    place = runs["scenario"].map({name: number for number, name in enumerate(names)})
    order = runs.assign(place=place).sort_values(["place", "draw", "seed", "month"], kind="stable")
    return order.drop(columns="place").reset_index(drop=True)


def run_draws_until_precise(
    ensemble: Ensemble,
    wanted: float,
    most: int,
    runner: Runner,
    on_progress: Progress = lambda _done, _of, _what: None,
    *,
    command: str = "",
    translate: Language = ENGLISH,
) -> tuple[Ensemble, Comparison]:
    """Add seeds to every draw until the Monte Carlo intervals are narrow enough.

    Args:
        ensemble: the ensemble; its number of seeds is ignored.
        wanted: largest width, in percentage points, of the 95 % Monte Carlo interval of each scenario's mean effect
            over the draws.
        most: largest number of seeds per draw.
        runner: runner of the jobs.
        on_progress: function called with the number of runs done, the number of all runs and a description.
        command: command line that repeats the comparison.
        translate: language of the description.

    Returns:
        The ensemble with the seeds that were needed, and the comparison. They do not depend on the number of workers.

    Raises:
        RunError: fewer than two draws have a result, or the journal cannot be written.
    """
    for number in range(1, most + 1):
        ensemble = ensemble.with_seeds(number)
        runs = len(ensemble.runs)
        what = (
            translate("Running 1 seed per draw")
            if number == 1
            else translate("Running {number} seeds per draw", number=number)
        )
        ensemble.run(runner, progress_of_total(on_progress, runs, what))
        comparison = ensemble_comparison(ensemble, runner.journal, command)
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
    """Return the width of a scenario's Monte Carlo interval, or infinity if unknown."""
    runs = drawn.runs[(drawn.runs["scenario"] == scenario) & (drawn.runs["month"] == drawn.runs["month"].max())]
    place = runs.groupby("draw").cumcount()
    values = runs.assign(place=place).pivot_table(index="draw", columns="place", values="difference_points")
    width = monte_carlo_width(values.to_numpy(np.float64))
    return np.inf if np.isnan(width) else width
