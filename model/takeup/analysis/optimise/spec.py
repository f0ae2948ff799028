"""Specification of an optimisation, its computation and its result.

All packages, or those that a search selects, are evaluated in the first draws. Then a race through all draws
eliminates the inferior ones. The result is a table of the evaluated packages with the Pareto front and the best one.

The objective is the take-up of everyone or of the group with the lowest take-up. Everything is checked before
anything is simulated.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup.analysis.batch import Progress
from takeup.analysis.compare.ensemble import Ensemble
from takeup.analysis.compare.result import comparison_tasks
from takeup.analysis.optimise.budget import Budget
from takeup.analysis.optimise.evaluate import PackageEvaluator
from takeup.analysis.optimise.search import (
    EvaluatedPackage,
    Package,
    SearchSpace,
    draw_order,
    indistinguishable_from_best,
    is_eliminated,
    pareto_front,
    racing_schedule,
    search,
)
from takeup.analysis.statistics import Estimate, estimate, point_estimate
from takeup.district import ATTRIBUTES, GROUPS, District, Posterior
from takeup.district.attributes import STREET
from takeup.errors import InputError
from takeup.message import Message
from takeup.months import parse_month
from takeup.report.formatting import exact_yuan
from takeup.report.i18n import ENGLISH, Language
from takeup.runs import Runner, RunSettings
from takeup.runs.journal import key_of
from takeup.scenario import BASELINE, Scenario, Timeline
from takeup.scenario.packages import Options, combine_sizes, compatibility_cases

_FEN: Final = 100
"""Hundredths of a yuan per yuan."""
_FEN_PLACES: Final = 6
"""Decimal places of an amount in hundredths that are above its rounding error."""


@dataclass(frozen=True)
class OutcomeTarget:
    """The population whose take-up is maximised.

    Attributes:
        group: index of the group in the counts by group; None: the whole population.
        attribute, level: attribute and level of the group; empty for the whole population.
        share: estimate of the group's take-up in the last month without any package, from 0 to 1.
    """

    group: int | None
    attribute: str
    level: str
    share: float

    @staticmethod
    def attributes() -> list[str]:
        """Return the attributes by which the target group may be chosen."""
        return [*ATTRIBUTES, STREET]

    @staticmethod
    def of(by: str | None, evaluator: PackageEvaluator, draws: Sequence[int], *, drawn: bool) -> OutcomeTarget:
        """Choose the target: the whole population, or the group with the lowest take-up.

        The group is fixed (maximin with a fixed group): it has the lowest estimate of take-up without any package,
        whereas another group may be lowest under a package. Levels that are empty in a draw are ignored.

        Args:
            by: attribute; None: the whole population.
            evaluator: evaluator that has simulated the empty package in the draws.
            draws: numbers of the draws.
            drawn: whether they are draws of a posterior; replicates otherwise.
        """
        nothing, complete = [evaluator.space.empty_package], evaluator.complete_draws(draws)
        names = [*GROUPS, *((STREET, street) for street in evaluator.ensemble.district.streets)]
        rows = [None] if by is None else [row for row, (attribute, _) in enumerate(names) if attribute == by]
        shares = {}
        for row in rows:
            population, valid = np.moveaxis(evaluator.counts(nothing, complete, row)[:, 0], -1, 0)
            if population.all():
                shares[row] = float(point_estimate(valid / population, drawn=drawn))
        group = min(shares, key=shares.__getitem__)
        return OutcomeTarget(group, *(("", "") if group is None else names[group]), shares[group])


@dataclass(frozen=True)
class SearchTrace:
    """Record of the search for the best package.

    Attributes:
        evaluator: evaluator with all results.
        packages: evaluated packages, the empty one first.
        finalists: packages that were simulated in every draw.
        target: population whose take-up is maximised.
        rounds: for each round of the race, the number of draws so far, and the number of packages that were simulated
            in all of these draws.
        is_exhaustive: whether all packages within the budget were evaluated.
        has_converged: whether the search ended before the limit on packages; true if all packages were evaluated.
    """

    evaluator: PackageEvaluator
    packages: tuple[Package, ...]
    finalists: tuple[Package, ...]
    target: OutcomeTarget
    rounds: tuple[tuple[int, int], ...]
    is_exhaustive: bool
    has_converged: bool


@dataclass(frozen=True)
class OptimisationSpec:
    """Specification of an optimisation: the best package under a budget.

    Attributes:
        space: space of packages.
        ensemble: draws, and the task that all runs have in common.
        posterior: file of the posterior; None: replicates with the district's own values.
        by: attribute whose level with the lowest take-up is the objective; None: the whole population.
        most: maximum number of evaluated packages.
        budget: budget whose total limits the space of packages, and its period.
    """

    space: SearchSpace
    ensemble: Ensemble
    posterior: Path | None
    by: str | None
    most: int
    budget: Budget

    @staticmethod
    def of(
        district: District,
        options: Options,
        budget: float,
        settings: RunSettings,
        *,
        posterior: Posterior | None,
        draws: int,
        most: int,
        by: str | None = None,
        per_year: bool = False,
    ) -> OptimisationSpec:
        """Make and check the specification from the options of the command.

        Args:
            district: district that is simulated.
            options: options of the plan file.
            budget: budget in yuan, for all months or per year.
            settings: settings of the first draw; the others have the next seeds. Their parameters take precedence
                over the draws.
            posterior: posterior of the district; None: replicates with its own values.
            draws: number of draws of the posterior, or of replicates.
            most: maximum number of evaluated packages.
            by: attribute whose level with the lowest take-up is the objective; None: the whole population.
            per_year: whether the budget is per year, from the first month of any option to the last month.

        Raises:
            InputError: an input is wrong or does not fit the district, or the budget is below the cheapest package.
        """
        if by is not None and by not in OutcomeTarget.attributes():
            raise InputError("unknown attribute", key="--by", given=by, allowed=OutcomeTarget.attributes())
        (task,) = comparison_tasks(district, compatibility_cases(options), settings, replicates=1)
        limit = Budget.of(budget, _first_month(options), parse_month(settings.until), is_per_year=per_year)
        points = posterior if posterior is not None else Posterior(district.folder, ({},) * draws, "")
        ensemble = Ensemble.of(district, task, points, draws)
        space = SearchSpace(options, _known_costs(options, ensemble), limit.total)
        cheapest = space.cheapest()
        if space.cost(cheapest) > space.budget:
            raise _budget_too_small(space, cheapest, space.cost(cheapest))
        return OptimisationSpec(space, ensemble, None if posterior is None else posterior.file, by, most, limit)

    @property
    def drawn(self) -> bool:
        """Whether the runs are draws of a posterior."""
        return self.posterior is not None

    @property
    def options(self) -> Options:
        """Options of the plan file."""
        return self.space.options

    @property
    def district(self) -> District:
        """District that is simulated."""
        return self.ensemble.district

    @property
    def persons_per_agent(self) -> float:
        """Number of persons of the district that a simulated person represents."""
        return self.district.population.most / self.ensemble.task.settings.agents

    @property
    def key(self) -> str:
        """Short hash of everything that affects the results."""
        constraints = [[each.name, sorted(each.excludes), sorted(each.needs)] for each in self.options.each]
        return key_of(
            self.ensemble.task.key,
            [sorted(draw.items()) for draw in self.ensemble.draws],
            constraints,
            self.space.budget,
            self.by,
            self.most,
            digits=8,
        )

    def run(
        self,
        runner: Runner,
        on_runs: Progress = lambda _done, _total, _step: None,
        translate: Language = ENGLISH,
    ) -> SearchTrace:
        """Evaluate all packages, or those that a search selects, and race them.

        Args:
            runner, on_runs, translate: see `PackageEvaluator`.

        Raises:
            InputError: every package exceeds the budget.
            RunError: every draw failed, or the journal cannot be written.
        """
        evaluator = PackageEvaluator(
            self.space, self.ensemble, _first_month(self.options), runner, on_runs, translate
        )
        draws = len(self.ensemble.draws)
        order, rounds = draw_order(draws), racing_schedule(draws)
        first_draws = order[: rounds[0][1]]
        evaluator.evaluate([self.space.empty_package], first_draws)
        target = OutcomeTarget.of(self.by, evaluator, first_draws, drawn=self.drawn)
        packages = list(islice(self.space.packages(), self.most + 1))
        is_exhaustive = len(packages) <= self.most
        has_converged = True
        if not is_exhaustive:
            evaluated, has_converged = search(
                self.space, lambda batch: self._evaluate(evaluator, target, batch, first_draws), self.most
            )
            packages = list(evaluated)
        remaining, stages = packages, []
        for begin, end in rounds:
            evaluator.evaluate(remaining, order[begin:end])
            stages.append((end, len(remaining)))
            complete = evaluator.complete_draws(order[:end])
            costs = evaluator.costs(remaining, complete)
            if begin == 0:
                _check_affordable(self.space, packages, costs)
            kept = costs <= self.space.budget
            if end < draws:
                effects = evaluator.effects(remaining, complete, target.group)
                kept[kept] = ~is_eliminated(effects[:, kept], costs[kept], drawn=self.drawn)
                kept[remaining.index(self.space.empty_package)] = True  # the reference is simulated in every draw
            remaining = [package for package, is_kept in zip(remaining, kept, strict=True) if is_kept]
        return SearchTrace(
            evaluator, tuple(packages), tuple(remaining), target, tuple(stages), is_exhaustive, has_converged
        )

    def _evaluate(
        self, evaluator: PackageEvaluator, target: OutcomeTarget, packages: Sequence[Package], draws: list[int]
    ) -> list[EvaluatedPackage]:
        """Estimate the effects and mean costs of packages over some draws."""
        evaluator.evaluate(packages, draws)
        complete = evaluator.complete_draws(draws)
        values = point_estimate(evaluator.effects(packages, complete, target.group), drawn=self.drawn)
        costs = evaluator.costs(packages, complete)
        return [EvaluatedPackage(float(value), float(cost)) for value, cost in zip(values, costs, strict=True)]


def _check_affordable(space: SearchSpace, packages: list[Package], costs: NDArray[np.float64]) -> None:
    """Check that the budget suffices for a package, with the simulated costs.

    Costs that depend on the population are not known before the simulation.
    """
    costed = [(float(cost), package) for cost, package in zip(costs, packages, strict=True) if any(package)]
    if costed and min(costed)[0] > space.budget:
        raise _budget_too_small(space, min(costed)[1], min(costed)[0])


def _budget_too_small(space: SearchSpace, cheapest: Package, cost: float) -> InputError:
    needed = math.ceil(round(cost * _FEN, _FEN_PLACES)) / _FEN
    return InputError(
        "the budget for all months is below the cost of every package",
        key="--budget",
        given=space.budget,
        allowed=Message(
            "at least {amount} yuan, the cost of the cheapest package ({package})",
            amount=exact_yuan(needed),
            package=space.name(cheapest),
        ),
    )


def _first_month(options: Options) -> int:
    """Return the number of the first month in which any option acts."""
    return min(each.intervention.first for option in options.each for size in option.sizes for each in size.stated)


def _known_costs(options: Options, ensemble: Ensemble) -> tuple[tuple[float, ...], ...]:
    """Compute the fixed and monthly costs of each size of each option.

    These costs are known before a simulation. They are in yuan, without the cost of the baseline.
    """
    # The first draw is enough: fixed and monthly costs are the same under all draws.
    parameters = ensemble.district.parameters.override(ensemble.draws[0])
    months = range(_first_month(options), parse_month(ensemble.task.settings.until) + 1)

    def spent(scenario: Scenario) -> float:
        timeline = Timeline(scenario, ensemble.district, parameters)
        return sum(timeline.cost(month, None) for month in months)

    baseline = spent(BASELINE)
    return tuple(
        tuple(spent(combine_sizes(option.name, size)) - baseline for size in option.sizes) for option in options.each
    )


@dataclass(frozen=True)
class OptimisationResult:
    """Result of an optimisation: the evaluated packages and the best one.

    Attributes:
        spec: specification of the optimisation.
        trace: record of the search.
        table: table with one row per evaluated package, the cheapest first, see below.
        best: recommended package.
        draws: number of complete draws.
        failed: error of each excluded draw.

    The columns of `table` are:

    - `options`: names of the options, "nothing" for the empty package;
    - `cost_cny`: mean cost up to the last month, in yuan;
    - `additional_permits`, `permits_low`, `permits_high`: valid permits of the target population in the last month
      minus those under the empty package, in persons of the district;
    - `points`, `low`, `high`: the same difference of take-up in percentage points;
    - `all_permits`: additional permits of the whole population;
    - `draws`: number of draws in which the package was simulated;
    - `on_frontier`, `within_budget`: whether the package is on the Pareto front, and costs at most the budget;
    - `recommended`: whether it is the best package;
    - `probability_near_best`: share of its draws in which it is within one point of the best affordable package.

    Effects are medians with 90 % intervals over draws of a posterior, or means with 95 % t intervals over replicates.
    """

    spec: OptimisationSpec
    trace: SearchTrace
    table: pd.DataFrame
    best: Package
    draws: int
    failed: dict[int, str]

    @property
    def frontier(self) -> pd.DataFrame:
        """Rows of the packages on the Pareto front, the cheapest first."""
        return self.table[self.table["on_frontier"]]

    @property
    def recommended(self) -> pd.Series:
        """Row of the recommended package."""
        return self.table[self.table["recommended"]].iloc[0]


def summarise_optimisation(spec: OptimisationSpec, trace: SearchTrace) -> OptimisationResult:
    """Summarise an optimisation as a table of packages, and choose the best.

    The best package has the highest `points` among the packages simulated in every draw. Of equally good packages it
    is the cheapest, then the one with the fewest options.
    """
    space, evaluator, target = spec.space, trace.evaluator, trace.target
    draws = evaluator.complete_draws(range(len(spec.ensemble.draws)))
    packages = list(trace.packages)
    points = evaluator.effects(packages, draws, target.group)
    effects = estimate(points, drawn=spec.drawn)
    permits = _scaled(
        estimate(_additional(evaluator.counts(packages, draws, target.group)), drawn=spec.drawn),
        spec.persons_per_agent,
    )
    all_permits = _scaled(
        estimate(_additional(evaluator.counts(packages, draws)), drawn=spec.drawn), spec.persons_per_agent
    )
    costs = evaluator.costs(packages, draws)
    within_budget = costs <= space.budget
    is_finalist = np.isin(np.arange(len(packages)), [packages.index(package) for package in trace.finalists])
    option_counts = np.array([sum(size > 0 for size in package) for package in packages])
    front = np.flatnonzero(is_finalist)[pareto_front(effects.center[is_finalist], costs[is_finalist])]
    order = np.lexsort((np.arange(len(packages)), option_counts, costs, -effects.center))
    best = next(index for index in order if is_finalist[index])
    table = pd.DataFrame(
        {
            "options": [space.name(package) for package in packages],
            "cost_cny": costs,
            "additional_permits": permits.center,
            "permits_low": permits.low,
            "permits_high": permits.high,
            "points": effects.center,
            "low": effects.low,
            "high": effects.high,
            "all_permits": all_permits.center,
            "draws": (~np.isnan(points)).sum(axis=0),
            "on_frontier": np.isin(np.arange(len(packages)), front),
            "within_budget": within_budget,
            "recommended": np.arange(len(packages)) == best,
            "probability_near_best": indistinguishable_from_best(points, within_budget),
        }
    )
    table = table.iloc[np.lexsort((np.arange(len(packages)), -effects.center, costs))].reset_index(drop=True)
    return OptimisationResult(spec, trace, table, packages[best], len(draws), dict(sorted(evaluator.failed.items())))


def _additional(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute valid permits minus those of the first package, (draws, packages)."""
    return np.asarray(counts[..., 1] - counts[:, :1, 1])


def _scaled(interval: Estimate, persons: float) -> Estimate:
    return Estimate(interval.center * persons, interval.low * persons, interval.high * persons)
