"""What was found: every package judged, the frontier, and the best one with how sure it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup.answers.ensemble_numbers import draw_interval
from takeup.answers.intervals import Interval, t_interval
from takeup.answers.plan.packages import Package
from takeup.answers.plan.question import Planned, Question
from takeup.answers.plan.race import frontier, near_best


@dataclass(frozen=True)
class Result:
    """The best package under a budget.

    Attributes:
        question: what was asked.
        planned: how it was found.
        table: a row a package judged, the cheapest first: `options` ("nothing" for none); `cost_cny` up to the last
            month; `additional_permits` in the last month beside nothing, in persons of the district, with
            `permits_low` to `permits_high`; `points` of take-up with `low` to `high`; these of those whose take-up
            counts; `all_permits`, additional permits of everyone; `draws` it was lived in; `on_frontier`,
            `within_budget`, `recommended`; `probability_near_best`, the share of its draws in which it is within a
            point of the best package within the budget. Means, and 90 % intervals over draws of a posterior or 95 %
            intervals of the mean over replicates.
        best: the recommended package.
        draws: those with a result.
        failed: errors by draw left out.
    """

    question: Question
    planned: Planned
    table: pd.DataFrame
    best: Package
    draws: int
    failed: dict[int, str]

    @property
    def frontier(self) -> pd.DataFrame:
        """The packages that none is better than at no more cost, the cheapest first."""
        return self.table[self.table["on_frontier"]]

    @property
    def recommended(self) -> pd.Series:
        """The row of the best package."""
        return self.table[self.table["recommended"]].iloc[0]


def result_of(question: Question, planned: Planned) -> Result:
    """The table of packages, and the best of them.

    The best has the highest mean within the budget among the packages lived in every draw; of those alike it is the
    cheapest, then the one of fewest options.
    """
    space, judge, target = question.space, planned.judge, planned.target
    draws = judge.sound(range(len(question.ensemble.draws)))
    packages = list(planned.packages)
    interval = draw_interval if question.drawn else t_interval
    points = judge.points(packages, draws, target.group)
    spread = interval(points)
    permits = _scaled(interval(_more(judge.counts(packages, draws, target.group))), question.persons_per_agent)
    everyone = _scaled(interval(_more(judge.counts(packages, draws))), question.persons_per_agent)
    costs = judge.costs(packages, draws)
    within = costs <= space.budget
    left = np.isin(np.arange(len(packages)), [packages.index(package) for package in planned.left])
    number = np.array([sum(size > 0 for size in package) for package in packages])
    on = np.flatnonzero(left)[frontier(spread.mean[left], costs[left])]
    order = np.lexsort((np.arange(len(packages)), number, costs, -spread.mean))
    best = next(place for place in order if left[place])
    table = pd.DataFrame(
        {
            "options": [space.name(package) for package in packages],
            "cost_cny": costs,
            "additional_permits": permits.mean,
            "permits_low": permits.low,
            "permits_high": permits.high,
            "points": spread.mean,
            "low": spread.low,
            "high": spread.high,
            "all_permits": everyone.mean,
            "draws": (~np.isnan(points)).sum(axis=0),
            "on_frontier": np.isin(np.arange(len(packages)), on),
            "within_budget": within,
            "recommended": np.arange(len(packages)) == best,
            "probability_near_best": near_best(points, within),
        }
    )
    table = table.iloc[np.lexsort((np.arange(len(packages)), -spread.mean, costs))].reset_index(drop=True)
    return Result(question, planned, table, packages[best], len(draws), dict(sorted(judge.failed.items())))


def _more(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Additional holders beside the first package, which is nothing: (draws, packages)."""
    return np.asarray(counts[..., 1] - counts[:, :1, 1])


def _scaled(interval: Interval, persons: float) -> Interval:
    return Interval(interval.mean * persons, interval.low * persons, interval.high * persons)
