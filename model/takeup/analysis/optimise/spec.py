"""Whose take-up counts: everyone's, or that of the group that is worst off.

Which package is best: what is asked, checked before anything is lived, and how it is found out.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from takeup.analysis.compare.ensemble import Ensemble
from takeup.analysis.optimise.evaluate import PackageEvaluator, Progress
from takeup.analysis.optimise.search import (
    EvaluatedPackage,
    Package,
    SearchSpace,
    draw_order,
    is_eliminated,
    racing_schedule,
    search,
)
from takeup.constants import OVERRIDDEN
from takeup.district import ATTRIBUTES, GROUPS, District, Posterior
from takeup.district.attributes import STREET
from takeup.errors import InputError
from takeup.months import START, parse_month
from takeup.runs.journal import Journal
from takeup.scenario import BASELINE, Scenario, Timeline
from takeup.scenario.packages import Options, check_months, combine_sizes, compatibility_cases
from takeup.simulation import Engine

"""The attribute of streets."""


@dataclass(frozen=True)
class OutcomeTarget:
    """Those whose take-up a package is judged by.

    Attributes:
        group: their row among the counts by group; None: everyone.
        attribute, level: what they are; empty for everyone.
        share: of them with a valid permit in the last month if nothing is bought.
    """

    group: int | None
    attribute: str
    level: str
    share: float

    @staticmethod
    def attributes() -> list[str]:
        """By which attributes a group may be worst off."""
        return [*ATTRIBUTES, STREET]

    @staticmethod
    def of(by: str | None, judge: PackageEvaluator, draws: Sequence[int]) -> OutcomeTarget:
        """Everyone; or the level of the lowest mean take-up over some draws if nothing is bought.

        This is maximin with the group held fixed: what counts is how those at the bottom now would fare, not whoever
        comes to be at the bottom under a package. A level that nobody has in one of the draws is passed over.

        Args:
            by: an attribute; None: everyone.
            judge: who has lived nothing in these draws.
            draws: the first ones.
        """
        nothing, sound = [judge.space.nothing], judge.sound(draws)
        names = [*GROUPS, *((STREET, street) for street in judge.ensemble.district.streets)]
        rows = [None] if by is None else [row for row, (attribute, _) in enumerate(names) if attribute == by]
        shares = {}
        for row in rows:
            population, valid = np.moveaxis(judge.counts(nothing, sound, row)[:, 0], -1, 0)
            if population.all():
                shares[row] = float((valid / population).mean())
        group = min(shares, key=shares.__getitem__)
        return OutcomeTarget(group, *(("", "") if group is None else names[group]), shares[group])


@dataclass(frozen=True)
class SearchTrace:
    """How the best package was found.

    Attributes:
        judge: with all that was lived.
        packages: that were judged, nothing first.
        left: of these, those that were lived in every draw.
        target: what they were judged by.
        rounds: of the race: draws so far, and packages lived in all of them.
        is_all: whether there are no other packages within the budget.
        ended: whether a search came to its end; of all packages it always does.
    """

    judge: PackageEvaluator
    packages: tuple[Package, ...]
    left: tuple[Package, ...]
    target: OutcomeTarget
    rounds: tuple[tuple[int, int], ...]
    is_all: bool
    ended: bool


@dataclass(frozen=True)
class OptimisationSpec:
    """The best package under a budget.

    Attributes:
        space: the packages there are.
        ensemble: the draws, and what all runs have in common.
        posterior: the file that the draws are from; None: they are replicates under the district's own values.
        by: the attribute whose worst-off level counts; None: everyone does.
        most: packages judged at the most.
    """

    space: SearchSpace
    ensemble: Ensemble
    posterior: Path | None
    by: str | None
    most: int

    @staticmethod
    def of(
        district: District,
        options: Options,
        budget: float,
        *,
        posterior: Posterior | None,
        draws: int,
        by: str | None,
        most: int,
        parameters: dict[str, float],
        seed: int,
        agents: int,
        engine: Engine,
        threads: int,
        until: str,
    ) -> OptimisationSpec:
        """The question that the command's options make.

        Args:
            district: the place.
            options: what can be bought.
            budget: yuan, up to `until`.
            posterior: of the district; None: replicates under its own values.
            draws: how many of its draws, or replicates; draw d has the seed `seed` + d.
            by: the attribute whose worst-off level counts; None: everyone does.
            most: packages judged at the most.
            parameters: overrides for all runs, also over the draws.
            seed: of the first draw.
            agents: simulated migrants at the most.
            engine, threads: how months are lived.
            until: last month.

        Raises:
            InputError: something does not fit, or nothing can be bought for so little.
        """
        check_months(options, until)
        if by is not None and by not in OutcomeTarget.attributes():
            raise InputError("unknown attribute", key="--by", given=by, allowed=OutcomeTarget.attributes())
        ensemble = Ensemble.of(
            district,
            compatibility_cases(options),
            posterior if posterior is not None else Posterior(district.folder, ({},) * draws, ""),
            draws,
            parameters=parameters,
            seed=seed,
            replicates=1,
            agents=agents,
            engine=engine,
            threads=threads,
            start=START,
            until=until,
        )
        space = SearchSpace(options, _known_costs(options, ensemble), budget)
        cheapest = space.cheapest()
        if not space.cost(cheapest) <= budget < math.inf:
            raise _too_little(space, cheapest, space.cost(cheapest))
        return OptimisationSpec(space, ensemble, None if posterior is None else posterior.file, by, most)

    @property
    def drawn(self) -> bool:
        """Whether the runs are draws of a posterior."""
        return self.posterior is not None

    @property
    def options(self) -> Options:
        """What can be bought."""
        return self.space.options

    @property
    def district(self) -> District:
        """The place."""
        return self.ensemble.district

    @property
    def persons_per_agent(self) -> float:
        """Persons of the district that a simulated one stands for."""
        return self.district.population.most / self.ensemble.task.agents

    @property
    def key(self) -> str:
        """A short hash of all that decides the results."""
        constraints = [[each.name, sorted(each.excludes), sorted(each.needs)] for each in self.options.each]
        decides = [
            self.ensemble.task.key,
            [sorted(draw.items()) for draw in self.ensemble.draws],
            constraints,
            self.space.budget,
            self.by,
            self.most,
        ]
        return hashlib.sha256(json.dumps(decides).encode()).hexdigest()[:8]

    def ask(
        self,
        journal: Journal,
        *,
        workers: int = 1,
        cluster: str | None = None,
        on_runs: Progress = lambda _done, _of, _what: None,
    ) -> SearchTrace:
        """Judge all packages, or search among them; then race what was judged through all draws.

        Args:
            journal: of this question, or of others too.
            workers, cluster: see `run_jobs`.
            on_runs: called with packages lived in draws so far, how many there are to live, and what is being lived.

        Raises:
            InputError: nothing turns out to be within the budget.
            RunError: every draw failed, or the journal cannot be written.
        """
        judge = PackageEvaluator(
            self.space,
            self.ensemble,
            _first(self.options),
            journal,
            workers=workers,
            cluster=cluster,
            on_runs=on_runs,
        )
        draws = len(self.ensemble.draws)
        order, rounds = draw_order(draws), racing_schedule(draws)
        first = order[: rounds[0][1]]
        judge.look([self.space.nothing], first)
        target = OutcomeTarget.of(self.by, judge, first)
        packages = list(islice(self.space.packages(), self.most + 1))
        is_all = len(packages) <= self.most
        ended = True
        if not is_all:
            found, ended = search(self.space, lambda batch: _judged(judge, target, batch, first), self.most)
            packages = list(found)
        left, told = packages, []
        for begin, end in rounds:
            judge.look(left, order[begin:end])
            told.append((end, len(left)))
            sound = judge.sound(order[:end])
            costs = judge.costs(left, sound)
            if begin == 0:
                _check_affordable(self.space, packages, costs)
            kept = costs <= self.space.budget
            if end < draws:
                points = judge.points(left, sound, target.group)
                kept[kept] = ~is_eliminated(points[:, kept], costs[kept])
                kept[left.index(self.space.nothing)] = True  # what the others are held against is lived in every draw
            left = [package for package, is_kept in zip(left, kept, strict=True) if is_kept]
        return SearchTrace(judge, tuple(packages), tuple(left), target, tuple(told), is_all, ended)


def _judged(
    judge: PackageEvaluator, target: OutcomeTarget, packages: Sequence[Package], draws: list[int]
) -> list[EvaluatedPackage]:
    """What packages add in the mean of some draws, and cost."""
    judge.look(packages, draws)
    sound = judge.sound(draws)
    points = judge.points(packages, sound, target.group).mean(axis=0)
    costs = judge.costs(packages, sound)
    return [EvaluatedPackage(float(value), float(cost)) for value, cost in zip(points, costs, strict=True)]


def _check_affordable(space: SearchSpace, packages: list[Package], costs: NDArray[np.float64]) -> None:
    """Costs by the person are known only now: is anything besides nothing within the budget?"""
    dearer = [(float(cost), package) for cost, package in zip(costs, packages, strict=True) if any(package)]
    if dearer and min(dearer)[0] > space.budget:
        raise _too_little(space, min(dearer)[1], min(dearer)[0])


def _too_little(space: SearchSpace, cheapest: Package, cost: float) -> InputError:
    return InputError(
        "nothing can be bought for this",
        key="--budget",
        given=space.budget,
        allowed=f"a number of yuan from {cost:,.0f} on, the cost of the cheapest package ({space.name(cheapest)})",
    )


def _first(options: Options) -> int:
    """The first month in which any option acts."""
    return min(each.intervention.first for option in options.each for size in option.sizes for each in size.stated)


def _known_costs(options: Options, ensemble: Ensemble) -> tuple[tuple[float, ...], ...]:
    """By option and size, yuan spent up to the last month whoever lives here, beside the district's dated rules."""
    parameters = ensemble.district.parameters.override(ensemble.draws[0], OVERRIDDEN)
    months = range(_first(options), parse_month(ensemble.task.until) + 1)

    def spent(scenario: Scenario) -> float:
        timeline = Timeline(scenario, ensemble.district, parameters)
        return sum(timeline.cost(month, None) for month in months)

    anyway = spent(BASELINE)
    return tuple(
        tuple(spent(combine_sizes(option.name, size)) - anyway for size in option.sizes) for option in options.each
    )
