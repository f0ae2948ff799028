"""Result of an optimisation: every evaluated package, the Pareto front, the best package, and its scenario file."""

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
        spec: the specification.
        trace: how the package was searched for.
        table: one row per evaluated package, the cheapest first: `options` ("nothing" for none); `cost_cny` up to the
            last month; `additional_permits` in the last month compared with the empty package, in persons of the
            district, with `permits_low` and `permits_high`; `points` of take-up with `low` and `high`; these for the
            target population; `all_permits`, additional permits of the whole population; `draws` in which it was
            simulated; `on_frontier`, `within_budget`, `recommended`; `probability_near_best`, the share of its draws
            in which it is within one point of the best package within the budget. Effects are medians with 90 %
            intervals over draws of a posterior, or means with 95 % t intervals over replicates; costs are means.
        best: the recommended package.
        draws: number of complete draws.
        failed: errors by excluded draw.
    """

    spec: OptimisationSpec
    trace: SearchTrace
    table: pd.DataFrame
    best: Package
    draws: int
    failed: dict[int, str]

    @property
    def frontier(self) -> pd.DataFrame:
        """The Pareto front, cheapest first."""
        return self.table[self.table["on_frontier"]]

    @property
    def recommended(self) -> pd.Series:
        """The row of the recommended package."""
        return self.table[self.table["recommended"]].iloc[0]


def summarise_optimisation(spec: OptimisationSpec, trace: SearchTrace) -> OptimisationResult:
    """Summarise an optimisation as a table of packages, and choose the best.

    The best package has the highest `points` within the budget among the packages simulated in every draw. Of ties
    it is the cheapest, then the one with the fewest options.
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
    number = np.array([sum(size > 0 for size in package) for package in packages])
    front = np.flatnonzero(is_finalist)[pareto_front(effects.center[is_finalist], costs[is_finalist])]
    order = np.lexsort((np.arange(len(packages)), number, costs, -effects.center))
    best = next(place for place in order if is_finalist[place])
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
    """Additional holders compared with the first package, the empty one, shape (draws, packages)."""
    return np.asarray(counts[..., 1] - counts[:, :1, 1])


def _scaled(interval: Estimate, persons: float) -> Estimate:
    return Estimate(interval.center * persons, interval.low * persons, interval.high * persons)


_MAX_TITLE_LENGTH = 200


def package_scenario_toml(space: SearchSpace, package: Package, comment: str) -> str:
    """A package as the text of a scenario file, with its interventions in the order of the plan file.

    Args:
        space: the packages.
        package: one of them.
        comment: for the first line, without line breaks.
    """
    name = space.name(package)
    title = f"Package for {space.budget:,.0f} yuan: {name}"
    lines = [
        f"# {comment}",
        "",
        f"title = {quote_toml(title if len(title) <= _MAX_TITLE_LENGTH else title[: _MAX_TITLE_LENGTH - 1] + '…')}",
        f"question = {quote_toml(space.options.question)}",
        f"source = {quote_toml(space.options.source)}",
    ]
    for option, size in space.decode(package):
        lines += ["", f"# {option.name}, {size.name}: {_on_one_line(option.title)} ({option.status})"]
        for each in size.stated:
            table = each.intervention.model_dump(by_alias=True, exclude_defaults=True)
            lines += ["", "[[intervention]]", *(f"{name} = {_value(value)}" for name, value in table.items())]
    return "\n".join(lines) + "\n"


def _on_one_line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _value(value: Any) -> str:
    """A value of an intervention in TOML; numbers are read back exactly."""
    if isinstance(value, str):
        return quote_toml(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{toml_key(name)} = {_value(inner)}" for name, inner in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_value(inner) for inner in value) + "]"
    if isinstance(value, float) and value.is_integer() and math.isfinite(value):
        return str(int(value))
    return str(value)
