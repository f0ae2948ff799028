"""What was found: every package judged, the frontier, and the best one with how sure it is.

A package as a scenario file.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup.analysis.optimise.search import Package, SearchSpace, indistinguishable_from_best, pareto_front
from takeup.analysis.optimise.spec import OptimisationSpec, SearchTrace
from takeup.analysis.statistics import Estimate, estimate
from takeup.io import quote_toml, toml_key


@dataclass(frozen=True)
class OptimisationResult:
    """The best package under a budget.

    Attributes:
        question: what was asked.
        planned: how it was found.
        table: a row a package judged, the cheapest first: `options` ("nothing" for none); `cost_cny` up to the last
            month; `additional_permits` in the last month beside nothing, in persons of the district, with
            `permits_low` to `permits_high`; `points` of take-up with `low` to `high`; these of those whose take-up
            counts; `all_permits`, additional permits of everyone; `draws` it was lived in; `on_frontier`,
            `within_budget`, `recommended`; `probability_near_best`, the share of its draws in which it is within a
            point of the best package within the budget. Effects are medians with 90 % intervals over draws of a
            posterior, or means with 95 % t intervals over replicates; costs are means.
        best: the recommended package.
        draws: those with a result.
        failed: errors by draw left out.
    """

    question: OptimisationSpec
    planned: SearchTrace
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


def summarise_optimisation(question: OptimisationSpec, planned: SearchTrace) -> OptimisationResult:
    """The table of packages, and the best of them.

    The best has the highest `points` within the budget among the packages run in every draw; of those alike it is the
    cheapest, then the one of fewest options.
    """
    space, judge, target = question.space, planned.judge, planned.target
    draws = judge.sound(range(len(question.ensemble.draws)))
    packages = list(planned.packages)
    points = judge.points(packages, draws, target.group)
    spread = estimate(points, drawn=question.drawn)
    permits = _scaled(
        estimate(_more(judge.counts(packages, draws, target.group)), drawn=question.drawn), question.persons_per_agent
    )
    everyone = _scaled(
        estimate(_more(judge.counts(packages, draws)), drawn=question.drawn), question.persons_per_agent
    )
    costs = judge.costs(packages, draws)
    within = costs <= space.budget
    left = np.isin(np.arange(len(packages)), [packages.index(package) for package in planned.left])
    number = np.array([sum(size > 0 for size in package) for package in packages])
    on = np.flatnonzero(left)[pareto_front(spread.center[left], costs[left])]
    order = np.lexsort((np.arange(len(packages)), number, costs, -spread.center))
    best = next(place for place in order if left[place])
    table = pd.DataFrame(
        {
            "options": [space.name(package) for package in packages],
            "cost_cny": costs,
            "additional_permits": permits.center,
            "permits_low": permits.low,
            "permits_high": permits.high,
            "points": spread.center,
            "low": spread.low,
            "high": spread.high,
            "all_permits": everyone.center,
            "draws": (~np.isnan(points)).sum(axis=0),
            "on_frontier": np.isin(np.arange(len(packages)), on),
            "within_budget": within,
            "recommended": np.arange(len(packages)) == best,
            "probability_near_best": indistinguishable_from_best(points, within),
        }
    )
    table = table.iloc[np.lexsort((np.arange(len(packages)), -spread.center, costs))].reset_index(drop=True)
    return OptimisationResult(
        question, planned, table, packages[best], len(draws), dict(sorted(judge.failed.items()))
    )


def _more(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Additional holders beside the first package, which is nothing: (draws, packages)."""
    return np.asarray(counts[..., 1] - counts[:, :1, 1])


def _scaled(interval: Estimate, persons: float) -> Estimate:
    return Estimate(interval.center * persons, interval.low * persons, interval.high * persons)


_LONGEST_TITLE = 200


def package_scenario_toml(space: SearchSpace, package: Package, said: str) -> str:
    """The scenario file that does what a package does: its interventions, in the order of the plan file.

    Args:
        space: the packages.
        package: one of them.
        said: a comment on top, without line breaks.
    """
    name = space.name(package)
    title = f"Package for {space.budget:,.0f} yuan: {name}"
    lines = [
        f"# {said}",
        "",
        f"title = {quote_toml(title if len(title) <= _LONGEST_TITLE else title[: _LONGEST_TITLE - 1] + '…')}",
        f"question = {quote_toml(space.options.question)}",
        f"source = {quote_toml(space.options.source)}",
    ]
    for option, size in space.chosen(package):
        lines += ["", f"# {option.name}, {size.name}: {_on_one_line(option.title)} ({option.status})"]
        for each in size.stated:
            table = each.intervention.model_dump(by_alias=True, exclude_defaults=True)
            lines += ["", "[[intervention]]", *(f"{name} = {_value(value)}" for name, value in table.items())]
    return "\n".join(lines) + "\n"


def _on_one_line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _value(value: Any) -> str:
    """A value of an intervention in TOML; numbers are read back as the same bits."""
    if isinstance(value, str):
        return quote_toml(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{toml_key(name)} = {_value(inner)}" for name, inner in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_value(inner) for inner in value) + "]"
    if isinstance(value, float) and value.is_integer() and math.isfinite(value):
        return str(int(value))
    return str(value)
