"""Effects of policies over draws of the posterior, estimated in stages.

The results are those of `takeup compare`: the same runs with the same seeds, summarised by the same functions. The
history of each run is simulated once and shared by all policies and visitors. A first stage has the first draws of
`Posterior.thinned`, any beginning of which represents all draws; the last stage has every run of the command.
"""

from __future__ import annotations

import os
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from threading import Lock, Thread
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from takeup.analysis import (
    Comparison,
    Ensemble,
    Estimate,
    comparison_tasks,
    ensemble_comparison,
    summarise_comparison,
)
from takeup.analysis.batch import DEFAULT_REPLICATES
from takeup.analysis.compare.ensemble import Run, recorded_rows
from takeup.analysis.compare.gains import all_groups
from takeup.analysis.compare.result import FLOWS, STOCKS
from takeup.dashboard.baseline import BRANCH_MONTH, FIRST, LAST, BaselineRun
from takeup.district import POSTERIOR, District, Posterior, read_posterior
from takeup.report.formatting import PERCENT
from takeup.runs import RunResult, RunSettings
from takeup.runs.journal import Entry, Journal
from takeup.runs.task import PermitSnapshot, permit_snapshot, transition_counts
from takeup.scenario import BASELINE, Scenario
from takeup.simulation import GROUP_COUNTS, DistrictModel

DEFAULT_DRAWS: Final = 50
"""Number of draws per policy: they take some seconds at 36,000 migrants, and their histories half a gigabyte."""
FEWEST_FOR_QUANTILES: Final = 12
"""Number of draws from which on their quantiles are the interval."""
_STAGES: Final = (2, 6, FEWEST_FOR_QUANTILES, 24)
"""Numbers of runs after which an estimate is shown before the last one."""
_MAX_POLICIES: Final = 16
"""Policies whose outcomes are kept; the least recently used one is dropped first."""
_PREDICTED: Final = 0.90
"""Share of the draws that a preliminary interval is expected to contain."""
_FEWEST_FOR_PREDICTION: Final = 4
_COLUMNS: Final = ("month", *STOCKS, *FLOWS)


@dataclass(frozen=True)
class _Outcome:
    """Result of one run of a scenario.

    Attributes:
        rows: monthly table with `_COLUMNS`.
        groups: (groups, GROUP_COUNTS) persons by group in the last month.
        transitions: (groups, TRANSITIONS) persons by paired outcome, compared with the run without a policy.
    """

    rows: list[dict[str, Any]]
    groups: NDArray[np.int64]
    transitions: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class PolicyEffects:
    """Estimated effects of policies, of P policies over M months.

    Two estimates are different, even if all their numbers are equal.

    Attributes:
        policies: the policies.
        comparison: the comparison of the policies with the baseline, as `takeup compare` makes it.
        take_up: (P + 1, M) take-up in percent, the baseline first.
        difference: (P, M) change in take-up in points.
        runs: number of draws, or of replicates, that the estimate contains.
        total: their number in the last stage.
        is_final: whether this is the last stage, with every run of the command.
    """

    policies: tuple[Scenario, ...]
    comparison: Comparison
    take_up: Estimate
    difference: Estimate
    runs: int
    total: int
    is_final: bool

    @property
    def is_drawn(self) -> bool:
        """Whether the estimate is over draws of a posterior, so that it contains the parameter uncertainty."""
        return self.comparison.drawn is not None

    @property
    def is_preliminary(self) -> bool:
        """Whether there are too few draws for the quantiles of the command."""
        return self.is_drawn and not self.is_final and self.runs < FEWEST_FOR_QUANTILES

    def last(self, policy: int) -> tuple[float, float, float]:
        """Return the change in take-up in the last month: center and both ends of the interval, in points.

        Args:
            policy: number of the policy, from 0.
        """
        if self.comparison.drawn is not None and not self.is_preliminary:
            row = self.comparison.drawn.scenarios.iloc[policy + 1]
            return float(row["median"]), float(row["low"]), float(row["high"])
        estimate = self.difference
        return (
            float(estimate.center[policy, -1]),
            float(estimate.low[policy, -1]),
            float(estimate.high[policy, -1]),
        )


class EffectEstimator:
    """Estimator of policies in a district, shared by all visitors of a server.

    Args:
        district: the district.
        agents: maximum number of simulated migrants.
        seed: seed of the first run.
        draws: number of draws, no more than the posterior has; without a posterior there are
            `DEFAULT_REPLICATES` runs with the district's own parameter values.

    Attributes:
        draws: number of draws; 0 without a posterior.
        drawn: parameter values of each draw, by dotted name; empty without a posterior.
        replicates: number of replicates; 0 with a posterior.

    Raises:
        InputError: the posterior cannot be read.
    """

    def __init__(self, district: District, agents: int, seed: int, draws: int = DEFAULT_DRAWS) -> None:
        self._district, self._settings = district, RunSettings(agents=agents, seed=seed)
        self._posterior: Posterior | None = None
        self.draws, self.replicates = 0, DEFAULT_REPLICATES
        if district.has_posterior:
            self._posterior = read_posterior(district.folder / POSTERIOR, district.parameters)
            self.draws, self.replicates = min(draws, len(self._posterior.draws)), 0
        self.drawn: tuple[Mapping[str, float], ...] = ()
        self._runs, values = self._planned_runs()
        self._baselines = [
            BaselineRun(district, agents, run.seed, parameters)
            for run, parameters in zip(self._runs, values, strict=True)
        ]
        self._without_policy: dict[int, tuple[_Outcome, PermitSnapshot]] = {}
        self._locks = [Lock() for _ in self._runs]
        self._with_policy: OrderedDict[tuple[str, ...], dict[int, _Outcome]] = OrderedDict()
        self._lock = Lock()
        self._workers = max(os.cpu_count() or 1, 1)
        self._pool = ThreadPoolExecutor(self._workers, "estimator")

    @property
    def seed(self) -> int:
        """Seed of the first run."""
        return self._settings.seed

    def prepare(self) -> None:
        """Start to simulate the histories of all runs in the background, in the order in which they are needed."""

        def simulate_all() -> None:
            for number in range(len(self._runs)):
                self._baseline(number)

        Thread(target=simulate_all, name="histories", daemon=True).start()

    def estimate(
        self, policies: Sequence[Scenario], is_wanted: Callable[[], bool] = lambda: True
    ) -> Iterator[PolicyEffects]:
        """Yield the effects of policies after each stage, the last time with every run.

        Args:
            policies: the policies, with different names.
            is_wanted: called before each run; the estimate ends when it returns False.

        Raises:
            InputError: a policy does not fit the district.
        """
        tasks = comparison_tasks(self._district, list(policies), self._settings, replicates=DEFAULT_REPLICATES)
        ensemble = None
        if self._posterior is not None:
            ensemble = Ensemble.of(self._district, tasks[0], self._posterior, self.draws)
        outcomes: list[list[_Outcome]] = []
        for size in [*(each for each in _STAGES if each < len(self._runs)), len(self._runs)]:
            for outcome in self._simulate(range(len(outcomes), size), policies, is_wanted):
                outcomes.append(outcome)
            if not is_wanted():
                return
            if ensemble is None:
                results = [
                    self._results(run, policies, each) for run, each in zip(self._runs, outcomes, strict=False)
                ]
                comparison = summarise_comparison(self._district, tasks[:size], results)
            else:
                known = replace(ensemble, draws=ensemble.draws[:size], runs=ensemble.runs[:size])
                comparison = ensemble_comparison(known, self._journal(known, policies, outcomes), "")
            yield self._summarise(tuple(policies), comparison, outcomes)

    def _planned_runs(self) -> tuple[list[Run], list[Mapping[str, float]]]:
        """Return the runs, and the parameter values of each."""
        (task,) = comparison_tasks(self._district, [], self._settings, replicates=1)
        if self._posterior is None:
            return [Run(number, 0, self.seed + number) for number in range(DEFAULT_REPLICATES)], [
                {}
            ] * DEFAULT_REPLICATES
        ensemble = Ensemble.of(self._district, task, self._posterior, self.draws)
        self.drawn = ensemble.draws
        return list(ensemble.runs), [ensemble.draws[run.draw] for run in ensemble.runs]

    def _baseline(self, number: int) -> tuple[_Outcome, PermitSnapshot]:
        """Return the outcome of a run without a policy, and its residents in the last month."""
        with self._locks[number]:
            if number not in self._without_policy:
                model = self._baselines[number].model_at(BRANCH_MONTH)  # keeps the checkpoint that policies need
                model.run_until(LAST)
                snapshot = permit_snapshot(model)
                self._without_policy[number] = self._outcome(model, snapshot), snapshot
            return self._without_policy[number]

    def _outcome(self, model: DistrictModel, without_policy: PermitSnapshot) -> _Outcome:
        transitions = transition_counts(without_policy, permit_snapshot(model), model.timeline.targets)
        rows = [{name: row[name] for name in _COLUMNS} for row in model.rows]
        return _Outcome(rows, model.group_counts[-1], transitions)

    def _policy_outcome(self, number: int, policy: Scenario) -> _Outcome:
        """Return the outcome of a run with a policy, from memory if it has been simulated."""
        without_policy, snapshot = self._baseline(number)
        if policy.first is None or policy.first > LAST:
            return without_policy
        key = tuple(policy.content[1:])  # without the name, which changes no result
        with self._lock:
            known = self._with_policy.setdefault(key, {})
            self._with_policy.move_to_end(key)
            if len(self._with_policy) > _MAX_POLICIES:
                self._with_policy.popitem(last=False)
        if number not in known:
            model = self._baselines[number].branch(policy)
            model.run_until(LAST)
            known[number] = self._outcome(model, snapshot)
        return known[number]

    def _simulate(
        self, numbers: Sequence[int], policies: Sequence[Scenario], is_wanted: Callable[[], bool]
    ) -> Iterator[list[_Outcome]]:
        """Yield the outcomes of runs, without and with each policy, in order.

        Only as many runs as there are workers are submitted at a time, so that the runs of visitors alternate.
        """

        def simulate(number: int) -> list[_Outcome]:
            return [self._policy_outcome(number, policy) for policy in (BASELINE, *policies)]

        submitted: deque[Future[list[_Outcome]]] = deque()
        for number in numbers:
            if not is_wanted():
                return
            if len(submitted) == self._workers:
                yield submitted.popleft().result()
            submitted.append(self._pool.submit(simulate, number))
        while submitted:
            yield submitted.popleft().result()

    def _journal(self, ensemble: Ensemble, policies: Sequence[Scenario], outcomes: list[list[_Outcome]]) -> Journal:
        """Return a journal with the outcomes in the form in which `run_draw` returns them."""
        journal, names = Journal(), [each.name for each in (BASELINE, *policies)]
        for job, run in zip(ensemble.jobs(), outcomes, strict=False):
            result = {
                name: {
                    "months": recorded_rows(ensemble.task, each.rows),
                    "groups": each.groups.tolist(),
                    "transitions": each.transitions.tolist(),
                }
                for name, each in zip(names, run, strict=True)
            }
            journal.add(Entry(job.key, result, None))
        return journal

    def _results(self, run: Run, policies: Sequence[Scenario], outcomes: list[_Outcome]) -> list[RunResult]:
        """Return the outcomes of a replicate in the form in which `run_task` returns them."""
        index = [(outcomes[0].rows[-1]["month"], *group) for group in all_groups(self._district.streets)]
        groups = pd.DataFrame(index, columns=["month", "attribute", "level"])
        return [
            RunResult(
                policy.name,
                run.seed,
                pd.DataFrame(outcome.rows),
                groups.join(pd.DataFrame(outcome.groups, columns=list(GROUP_COUNTS))),
                outcome.transitions,
                None,
            )
            for policy, outcome in zip((BASELINE, *policies), outcomes, strict=True)
        ]

    def _summarise(
        self, policies: tuple[Scenario, ...], comparison: Comparison, outcomes: list[list[_Outcome]]
    ) -> PolicyEffects:
        """Estimate the monthly values, and collect the effects of a stage."""
        total, is_final = self.draws + self.replicates, len(outcomes) == len(self._runs)
        runs = min(len(outcomes), total)
        shape = (runs, len(policies) + 1, LAST - FIRST + 1)
        seeds, valid, population = np.zeros(runs), np.zeros(shape), np.zeros(shape)
        for run, each in zip(self._runs, outcomes, strict=False):
            seeds[run.draw] += 1
            valid[run.draw] += [[row["valid"] for row in one.rows] for one in each]
            population[run.draw] += [[row["population"] for row in one.rows] for one in each]
        per_draw = seeds.reshape(-1, 1, 1)
        share = (valid / per_draw) / (population / per_draw)
        points = (share[:, 1:] - share[:, :1]) * PERCENT
        effects = PolicyEffects(
            policies,
            comparison,
            _in_percent(comparison.estimate(share)),
            comparison.estimate(points),
            runs,
            total,
            is_final,
        )
        return replace(effects, difference=prediction_interval(points)) if effects.is_preliminary else effects


def _in_percent(shares: Estimate) -> Estimate:
    return Estimate(PERCENT * shares.center, PERCENT * shares.low, PERCENT * shares.high)


def prediction_interval(values: NDArray[np.float64]) -> Estimate:
    """Estimate the median of few draws, and the interval that is expected to contain 90 % of all draws.

    The interval is a prediction interval by Student's t distribution. It is wide for few draws, unlike their
    quantiles. It is NaN for fewer than four draws.

    Args:
        values: shape (draws, …).
    """
    number = len(values)
    center, middle = np.median(values, axis=0), values.mean(axis=0)
    if number < _FEWEST_FOR_PREDICTION:
        unknown = np.full_like(center, np.nan)
        return Estimate(center, unknown, unknown)
    quantile = float(stdtrit(number - 1.0, (1.0 + _PREDICTED) / 2.0))
    half = quantile * values.std(axis=0, ddof=1) * np.sqrt(1.0 + 1.0 / number)
    return Estimate(center, middle - half, middle + half)
