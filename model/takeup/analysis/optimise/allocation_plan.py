"""Plan over measures: specification, computation and result.

The budget is divided at several levels, each in a search over the first draws. All draws then evaluate the divisions
found, and the alternatives with the whole budget: each measure alone, and equal parts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from takeup.analysis.batch import Progress
from takeup.analysis.compare.ensemble import Ensemble
from takeup.analysis.compare.result import comparison_tasks, cost_per_permit
from takeup.analysis.optimise.allocation import (
    Allocation,
    AllocationSearch,
    AllocationSpace,
    allocation_error,
    search_allocation,
    take_up_shares,
)
from takeup.analysis.optimise.budget import Budget
from takeup.analysis.optimise.evaluate import PackageEvaluator
from takeup.analysis.optimise.spec import OutcomeTarget
from takeup.analysis.statistics import CONFIDENCE, estimate, expected_regrets, probability_best
from takeup.district import District, Parameter, Posterior
from takeup.errors import InputError, RunError
from takeup.message import Message
from takeup.months import format_month, parse_month
from takeup.report.formatting import PERCENT, exact_yuan
from takeup.report.i18n import ENGLISH, Language
from takeup.runs import RunSettings
from takeup.runs.journal import key_of
from takeup.runs.scheduler import Runner, warm_up_compilation
from takeup.scenario import check_measures

LEVELS: Final = (0.25, 0.5, 0.75, 1.0)
"""Parts of the budget at which the frontier is computed."""
SEARCH_DRAWS: Final = 12
"""Number of draws over which the mean effect is maximised; all draws evaluate the result."""
_RUNNERS_UP: Final = 4
"""Number of further divisions of the whole budget, the best of the search, that all draws evaluate."""
_NEAR: Final = 0.05
"""Smallest distance between two divisions that all draws evaluate, as the part of the budget that is moved."""


@dataclass(frozen=True)
class AllocationPlan:
    """Specification of a plan over measures.

    Attributes:
        space: the measures, and the first month of the spending.
        ensemble: draws, and the task that all runs have in common.
        posterior: file of the posterior; None: replicates with the district's own values.
        by: attribute whose level with the lowest take-up is the objective; None: the whole population.
        budget: the budget.
    """

    space: AllocationSpace
    ensemble: Ensemble
    posterior: Path | None
    by: str | None
    budget: Budget

    @staticmethod
    def of(
        district: District,
        names: list[str],
        budget: float,
        settings: RunSettings,
        *,
        first: str,
        posterior: Posterior | None,
        draws: int,
        by: str | None = None,
        per_year: bool = False,
    ) -> AllocationPlan:
        """Make and check the specification from the options of the command.

        Args:
            district: district that is simulated.
            names: names of the measures; empty for all measures of the district.
            budget: budget in yuan, for all months or per year.
            settings: settings of the first draw; the others have the next seeds. Their parameters take precedence
                over the draws.
            first: first month of the spending, YYYY-MM.
            posterior: posterior of the district; None: replicates with its own values.
            draws: number of draws of the posterior, or of replicates.
            by: attribute whose level with the lowest take-up is the objective; None: the whole population.
            per_year: whether the budget is per year.

        Raises:
            InputError: an input is wrong or does not fit the district, or the budget reaches nobody.
        """
        if by is not None and by not in OutcomeTarget.attributes():
            raise InputError("unknown attribute", key="--by", given=by, allowed=OutcomeTarget.attributes())
        if not names and not district.measures:
            district.measure("")
        for name in names:
            try:
                district.measure(name)
            except InputError as error:
                raise error.at("--measure") from None
        check_measures(district)
        selected = [each.name for each in district.measures if not names or each.name in names]
        space = AllocationSpace.of(district, selected, parse_month(first), settings.parameters)
        limit = Budget.of(budget, space.first, parse_month(settings.until), is_per_year=per_year)
        if limit.per_year <= min(space.least):
            cheapest = selected[int(np.argmin(space.least))]
            raise InputError(
                "the budget reaches nobody with any measure",
                key="--budget",
                given=budget,
                allowed=Message(
                    "more than {least} yuan per year, the least amount of {cheapest}",
                    least=exact_yuan(min(space.least)),
                    cheapest=cheapest,
                ),
            )
        (task,) = comparison_tasks(district, [], settings, replicates=1)
        points = posterior if posterior is not None else Posterior(district.folder, ({},) * draws, "")
        ensemble = Ensemble.of(district, task, points, draws)
        return AllocationPlan(space, ensemble, None if posterior is None else posterior.file, by, limit)

    @property
    def drawn(self) -> bool:
        """Whether the runs are draws of a posterior."""
        return self.posterior is not None

    @property
    def district(self) -> District:
        """District that is simulated."""
        return self.ensemble.district

    @property
    def until(self) -> str:
        """Last month of the runs, YYYY-MM."""
        return self.ensemble.task.settings.until

    @property
    def persons_per_agent(self) -> float:
        """Number of persons of the district that a simulated person represents."""
        return self.district.population.most / self.ensemble.task.settings.agents

    @property
    def numbers(self) -> list[Parameter]:
        """Numbers of the measures, with the values set for these runs."""
        parameters = self.district.parameters.override(self.ensemble.task.settings.parameters)
        return [parameters[name] for measure in self.space.measures for name in measure.numbers]

    @property
    def key(self) -> str:
        """Short hash of everything that affects the results."""
        return key_of(
            self.ensemble.task.key,
            [sorted(draw.items()) for draw in self.ensemble.draws],
            [measure.name for measure in self.space.measures],
            self.space.first,
            self.budget.per_year,
            self.by,
            digits=8,
        )

    def run(
        self,
        runner: Runner,
        on_runs: Progress = lambda _done, _total, _step: None,
        translate: Language = ENGLISH,
    ) -> AllocationResult:
        """Divide the budget, and evaluate the divisions and the alternatives in all draws.

        Args:
            runner: runner of the jobs.
            on_runs: function called with the finished work, all work, and a description of the current step.
            translate: language of the description.

        Raises:
            RunError: every draw failed, or a search failed.
        """
        evaluator = PackageEvaluator(self.space, self.ensemble, self.space.first, runner, on_runs, translate)
        draws = range(len(self.ensemble.draws))
        nothing = self.space.empty_package
        first_draws = list(draws[:SEARCH_DRAWS])
        target = None
        if self.by is not None:
            evaluator.evaluate([nothing], first_draws)
            target = OutcomeTarget.of(self.by, evaluator, first_draws, drawn=self.drawn)
        group = None if target is None else target.group
        searches = self._search(runner, on_runs, group, translate)
        for search in searches:
            for amounts, outcomes in search["evaluated"]:
                evaluator.keep(tuple(amounts), outcomes)
        full, whole = self._effects(searches[-1], group), self.budget.per_year
        alternatives = self._alternatives(tuple(searches[-1]["best"]), full)
        levels = [tuple(search["best"]) for search in searches]
        packages = list(dict.fromkeys([nothing, *levels, *alternatives]))
        evaluator.evaluate(packages, list(draws))
        complete = evaluator.complete_draws(list(draws))
        if target is None:
            target = OutcomeTarget.of(None, evaluator, complete, drawn=self.drawn)
        effects = evaluator.effects(alternatives, complete, target.group)
        best = alternatives[int(effects.mean(axis=0).argmax())]
        levels[-1] = best
        return AllocationResult(
            plan=self,
            target=target,
            best=best,
            alternatives=self._table(evaluator, complete, target, self._shown(best, whole)),
            frontier=self._table(evaluator, complete, target, levels),
            error=_error_bound(full, alternatives, effects, best),
            draws=len(complete),
            searched=len(full),
            failed=dict(sorted(evaluator.failed.items())),
        )

    def _search(
        self, runner: Runner, on_runs: Progress, group: int | None, translate: Language
    ) -> list[dict[str, Any]]:
        """Run the searches, one per level of the budget."""
        runs, task = self.ensemble.runs[:SEARCH_DRAWS], self.ensemble.task
        jobs = [
            AllocationSearch(
                task,
                tuple(run.seed for run in runs if run.repeat == 0),
                tuple(self.ensemble.draws[run.draw] for run in runs if run.repeat == 0),
                tuple(measure.name for measure in self.space.measures),
                self.space.first,
                level * self.budget.per_year,
                group,
            ).job()
            for level in LEVELS
        ]
        step = translate("Dividing the budget")
        report: Callable[[int], None] = lambda done: on_runs(done, len(jobs), step)  # noqa: E731
        failures = runner.run(
            search_allocation,
            reversed(jobs),  # the whole budget takes longest
            on_progress=report,
            warm_up=lambda: warm_up_compilation(task),
        )
        if failures:
            raise RunError(Message("a search failed: {error}", error=failures[0].error))
        return [runner.journal.result(job.key) for job in jobs]

    def _effects(self, search: dict[str, Any], group: int | None) -> dict[Allocation, NDArray[np.float64]]:
        """Return the effects of the divisions that a search evaluated in each of its draws, in points."""
        shares = {tuple(amounts): take_up_shares(outcomes, group) for amounts, outcomes in search["evaluated"]}
        nothing = shares.pop(self.space.empty_package)
        return {division: PERCENT * (share - nothing) for division, share in shares.items()}

    def _alternatives(self, best: Allocation, effects: dict[Allocation, NDArray[np.float64]]) -> list[Allocation]:
        """Return the divisions of the whole budget that all draws evaluate, the best of the search first.

        Args:
            best: best division of the search.
            effects: effects of the divisions in the draws of the search.
        """
        whole = self.budget.per_year
        means = {each: float(np.mean(of_draws)) for each, of_draws in effects.items()}
        chosen = [best]
        for each in sorted(means, key=means.__getitem__, reverse=True):
            if len(chosen) > _RUNNERS_UP:
                break
            if all(np.abs(np.subtract(each, other)).sum() / 2.0 >= _NEAR * whole for other in chosen):
                chosen.append(each)
        return list(dict.fromkeys([*chosen, *self._simple(whole)]))

    def _shown(self, best: Allocation, whole: float) -> list[Allocation]:
        """Return the alternatives of the result: the best, each measure alone, equal parts, and nothing."""
        return list(dict.fromkeys([best, *self._simple(whole), self.space.empty_package]))

    def _simple(self, whole: float) -> list[Allocation]:
        """Return each measure alone with the whole budget, and equal parts, unless they reach nobody."""
        alone = [self.space.alone(number, whole) for number in range(len(self.space.measures))]
        return [each for each in (*alone, self.space.equal(whole)) if any(each)]

    def _table(
        self, evaluator: PackageEvaluator, complete: list[int], target: OutcomeTarget, packages: list[Allocation]
    ) -> pd.DataFrame:
        """Summarise divisions of the budget over the draws, see `AllocationResult`."""
        effects = evaluator.effects(packages, complete, target.group)
        counts = evaluator.counts([self.space.empty_package, *packages], complete, target.group)[..., 1]
        permits = (counts[:, 1:] - counts[:, :1]) * self.persons_per_agent
        costs = evaluator.costs(packages, complete)
        points, more = estimate(effects, drawn=self.drawn), estimate(permits, drawn=self.drawn)
        per_permit = cost_per_permit(np.broadcast_to(costs, permits.shape), permits)
        columns = {
            "division": [self.space.name(package) for package in packages],
            "yuan_per_year": [sum(package) for package in packages],
            "cost_cny": costs,
            "points": points.center,
            "low": points.low,
            "high": points.high,
            "mean_points": effects.mean(axis=0),
            "additional_permits": more.center,
            "permits_low": more.low,
            "permits_high": more.high,
            "cost_per_permit": per_permit.center,
            "cost_per_permit_low": per_permit.low,
            "cost_per_permit_high": per_permit.high,
            "probability_best": probability_best(effects),
            "expected_regret": expected_regrets(effects),
        }
        amounts = {
            f"yuan_per_year_{measure.name}": [package[number] for package in packages]
            for number, measure in enumerate(self.space.measures)
        }
        return pd.DataFrame(columns | amounts)

    @property
    def record(self) -> dict[str, Any]:
        """Inputs of the plan, for manifest.json."""
        return {
            "measures": [measure.name for measure in self.space.measures],
            "from": format_month(self.space.first),
            "until": self.until,
            "budget": self.budget.record,
            "by": self.by,
            "agents": self.ensemble.task.settings.agents,
            "posterior": self.ensemble.posterior or None,
            "search_draws": min(SEARCH_DRAWS, len(self.ensemble.draws)),
            "runs": [
                {"seed": run.seed, "parameters": self.ensemble.draws[run.draw]}
                for run in self.ensemble.runs
                if run.repeat == 0
            ],
        }


def _error_bound(
    searched: dict[Allocation, NDArray[np.float64]],
    alternatives: list[Allocation],
    effects: NDArray[np.float64],
    best: Allocation,
) -> float:
    """Bound the advantage of any division that was evaluated over the best one, in points.

    Args:
        searched: effects of the divisions that the search over the whole budget evaluated, in its draws.
        alternatives: the divisions that all draws evaluate.
        effects: (draws, alternatives) their effects in points.
        best: the best division.
    """
    bounds = []
    for packages, by_package in (
        (list(searched), [each.tolist() for each in searched.values()]),
        (alternatives, effects.T.tolist()),
    ):
        number = len(by_package[0])
        if best in packages and number > 1:
            quantile = float(stdtrit(number - 1.0, CONFIDENCE))
            bounds.append(allocation_error(by_package, by_package[packages.index(best)], quantile))
    return max(bounds, default=float("nan"))


@dataclass(frozen=True)
class AllocationResult:
    """Result of a plan over measures.

    Attributes:
        plan: the specification.
        target: population whose take-up is maximised.
        best: division of the whole budget with the highest mean effect over all draws.
        alternatives: table of the best division, each measure alone, equal parts, and nothing, see below.
        frontier: table of the best divisions of parts of the budget, the smallest part first.
        error: largest amount by which an evaluated division may be better than the best one, in points: the upper end
            of a one-sided 95 % interval of the paired difference of the means; NaN with one draw.
        draws: number of complete draws.
        searched: number of divisions of the whole budget that the search evaluated.
        failed: error of each excluded draw.

    The columns of both tables are:

    - `division`: measures with their yuan per year, or "nothing"; `yuan_per_year_NAME`: the same amounts;
    - `yuan_per_year`, `cost_cny`: amount per year, and cost up to the last month;
    - `points`, `low`, `high`: difference of take-up in percentage points, relative to buying nothing; `mean_points`:
      its mean over the runs, which the search maximises;
    - `additional_permits`, `permits_low`, `permits_high`: the same in valid permits of the target population;
    - `cost_per_permit` with its interval: yuan per additional valid permit;
    - `probability_best`, `expected_regret`: share of the runs in which the row is the best of the table, and the mean
      difference from the best, in points.
    """

    plan: AllocationPlan
    target: OutcomeTarget
    best: Allocation
    alternatives: pd.DataFrame
    frontier: pd.DataFrame
    error: float
    draws: int
    searched: int
    failed: dict[int, str]
