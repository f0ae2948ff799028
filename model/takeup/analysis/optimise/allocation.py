"""Allocation of a budget among measures: its space, its maximisation, its search runs.

An allocation has one amount of yuan per year for each measure. The amounts are continuous and sum to the budget. All
allocations are compared in the same draws, with the same people and random numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import LinearConstraint, minimize

from takeup.district import District, Measure, load_checked
from takeup.months import format_month, parse_month
from takeup.report.formatting import PERCENT, exact_yuan
from takeup.runs import Task
from takeup.runs.journal import key_of
from takeup.runs.scheduler import Job
from takeup.scenario import BASELINE, Purchase, Scenario, SourcedPurchase, least_amount
from takeup.simulation import GROUP_COUNTS, DistrictModel

Allocation = tuple[float, ...]
"""Yuan per year of each measure; 0 if the measure is not bought."""
STEPS: Final = 1_200
"""Number of parts of the budget to which the amounts of an allocation are rounded."""
_FEN: Final = 100
"""Hundredths of a yuan per yuan."""
_ROUNDING: Final = 1e-6
"""Rounding error of an amount in hundredths of a yuan, which must not be rounded down."""
_MOVED: Final = (0.2, 0.5)
"""Shares of the budget that a further measure gets when it is tried. A measure with a fixed or running cost may need
the larger one to reach anybody, and one that is soon saturated is best with the smaller one."""
_FIRST_STEP, _LAST_STEP = 0.1, 0.01
"""First and last size of the steps of the local search, as shares of the budget."""
_MOST_STEPS: Final = 30
"""Largest number of steps of the local search."""
_COUNTED = [GROUP_COUNTS.index(name) for name in ("population", "valid")]


@dataclass(frozen=True)
class AllocationSpace:
    """The allocations of a budget among measures of a district.

    Attributes:
        measures: the measures.
        first: number of the first month of the spending.
        least: amount of each measure above which it reaches somebody, in yuan per year.
    """

    measures: tuple[Measure, ...]
    first: int
    least: tuple[float, ...]

    @staticmethod
    def of(district: District, names: Sequence[str], first: int, parameters: Mapping[str, float]) -> AllocationSpace:
        """Make the space of some measures of a district.

        Args:
            district: the district.
            names: names of the measures.
            first: number of the first month of the spending.
            parameters: values set for the runs, by dotted name.
        """
        measures = tuple(district.measure(name) for name in names)
        own = district.parameters.override(parameters)
        return AllocationSpace(measures, first, tuple(least_amount(measure, own) for measure in measures))

    @property
    def empty_package(self) -> Allocation:
        """Allocation without any measure."""
        return (0.0,) * len(self.measures)

    def decode(self, allocation: Allocation) -> list[tuple[Measure, float]]:
        """Return each measure that is bought, with its amount per year."""
        return [(measure, amount) for measure, amount in zip(self.measures, allocation, strict=True) if amount > 0.0]

    def name(self, allocation: Allocation) -> str:
        """Name an allocation, such as "village_outreach 1,200,000 + text_reminders 1,800,000", or "nothing"."""
        parts = [f"{measure.name} {exact_yuan(amount)}" for measure, amount in self.decode(allocation)]
        return " + ".join(parts) or "nothing"

    def scenario(self, allocation: Allocation, name: str | None = None) -> Scenario:
        """Make the scenario in which the measures are bought."""
        purchases = tuple(
            SourcedPurchase(
                Purchase.model_validate(
                    {"name": measure.name, "yuan_per_year": amount, "from": format_month(self.first)}
                ),
                None,
                number,
            )
            for number, (measure, amount) in enumerate(self.decode(allocation), 1)
        )
        named = name or self.name(allocation)
        return Scenario(named, named, "", "a division of a budget among measures", (), purchases)

    def usable(self, allocation: Allocation) -> Allocation:
        """Return the allocation without the amounts that reach nobody."""
        return tuple(amount if amount > least else 0.0 for amount, least in zip(allocation, self.least, strict=True))

    def alone(self, number: int, budget: float) -> Allocation:
        """Return the allocation of the whole budget to one measure, if that reaches anybody."""
        return self.usable(tuple(budget if place == number else 0.0 for place in range(len(self.measures))))

    def equal(self, budget: float) -> Allocation:
        """Return the allocation of equal parts to all measures, without parts that reach nobody."""
        return self.usable(to_allocation(np.full(len(self.measures), 1.0 / len(self.measures)), budget))


def to_allocation(shares: NDArray[np.float64], budget: float) -> Allocation:
    """Round shares of a budget, which sum to 1, to amounts in hundredths of a yuan that sum to at most the budget."""
    parts = np.floor(np.clip(shares, 0.0, None) / max(float(np.clip(shares, 0.0, None).sum()), 1.0) * STEPS + 0.5)
    while parts.sum() > STEPS:
        parts[parts.argmax()] -= 1.0
    return tuple(math.floor(float(part) * budget / STEPS * _FEN + _ROUNDING) / _FEN for part in parts)


def maximise_allocation(value: Callable[[Allocation], float], measures: int, budget: float) -> Allocation:
    """Find the allocation of a budget with the highest value.

    The value of an amount is zero up to the fixed and running cost of its measure and concave afterwards, so the
    measures are selected first. Forward selection begins with the best measure alone, and adds the measure that
    raises the value most if a fifth or half of the budget is moved to it. Then the amounts of the selected measures
    are optimised by COBYLA (Powell 1994), which needs no derivatives and is robust to small steps of the value. Both
    are repeated until no further measure raises the value.

    Args:
        value: function that returns the value of an allocation.
        measures: number of measures.
        budget: budget in yuan per year.
    """
    known: dict[Allocation, float] = {}

    def value_of(allocation: Allocation) -> float:
        if allocation not in known:
            known[allocation] = value(allocation)
        return known[allocation]

    best = max((to_allocation(unit, budget) for unit in np.eye(measures)), key=value_of)
    while (extended := _extend(value_of, best, budget)) != best:
        best = max(extended, _refine(value_of, extended, budget), key=value_of)
    return best


def _extend(value_of: Callable[[Allocation], float], best: Allocation, budget: float) -> Allocation:
    """Add measures one by one, as long as one raises the value."""
    units, shares = np.eye(len(best)), np.array(best) / budget
    moved = [
        to_allocation((1.0 - part) * shares + part * units[number], budget)
        for number in np.flatnonzero(shares == 0.0)
        for part in _MOVED
    ]
    candidate = max(moved, key=value_of, default=best)
    return best if value_of(candidate) <= value_of(best) else _extend(value_of, candidate, budget)


def _refine(value_of: Callable[[Allocation], float], start: Allocation, budget: float) -> Allocation:
    """Optimise the amounts of the selected measures; the last one gets the rest of the budget."""
    selected = np.flatnonzero(start)

    def allocation_of(free: NDArray[np.float64]) -> Allocation:
        shares = np.zeros(len(start))
        shares[selected[:-1]] = np.clip(free, 0.0, 1.0)
        shares[selected[-1]] = max(1.0 - shares.sum(), 0.0)
        return to_allocation(shares, budget)

    free = np.array(start)[selected[:-1]] / budget
    result = minimize(
        lambda point: -value_of(allocation_of(point)),
        free,
        method="COBYLA",
        bounds=[(0.0, 1.0)] * len(free),
        constraints=LinearConstraint(np.ones(len(free)), -np.inf, 1.0),
        tol=_LAST_STEP,
        options={"rhobeg": _FIRST_STEP, "maxiter": _MOST_STEPS},
    )
    return allocation_of(np.asarray(result.x))


class AllocationSearch(NamedTuple):
    """The inputs of a job: the maximisation of the mean effect over some draws.

    Attributes:
        task: task whose scenarios are ignored; it has the district and the settings that all draws share.
        seeds: seed of each draw.
        draws: parameters of each draw.
        measures: names of the measures.
        first: number of the first month of the spending.
        budget: budget in yuan per year.
        group: index of the group whose take-up counts; None: the whole population.
    """

    task: Task
    seeds: tuple[int, ...]
    draws: tuple[dict[str, float], ...]
    measures: tuple[str, ...]
    first: int
    budget: float
    group: int | None

    def job(self) -> Job[AllocationSearch]:
        """Make the job, with a key that hashes all inputs of the results."""
        content = [
            self.task.key,
            list(self.seeds),
            [sorted(draw.items()) for draw in self.draws],
            list(self.measures),
            self.first,
            self.budget,
            self.group,
        ]
        return Job(key_of("allocation", content), self)


def search_allocation(search: AllocationSearch) -> dict[str, Any]:
    """Maximise the mean effect of an allocation; the history of each draw is simulated once.

    Returns:
        "best": the best allocation; "evaluated": each evaluated allocation with its effect in every draw, in
        percentage points.
    """
    task = search.task
    district = load_checked(task.district, task.digest)
    space = AllocationSpace.of(district, search.measures, search.first, task.settings.parameters)
    until = parse_month(task.settings.until)
    histories: list[DistrictModel] = []
    for seed, draw in zip(search.seeds, search.draws, strict=True):
        history = replace(task.settings, seed=seed, parameters=draw).model(district, BASELINE)
        history.run_until(search.first - 1)
        histories.append(history)

    def shares(scenario: Scenario) -> NDArray[np.float64]:
        taken = []
        for history in histories:
            model = history.branch(scenario)
            model.run_until(until)
            taken.append(_share(model, search.group))
            model.__dict__.clear()  # frees the arrays now; a Mesa model refers to itself
        return np.array(taken)

    reference = shares(BASELINE)
    evaluated: dict[Allocation, list[float]] = {}

    def value(allocation: Allocation) -> float:
        usable = space.usable(allocation)
        if usable not in evaluated:
            evaluated[usable] = (PERCENT * (shares(space.scenario(usable)) - reference)).tolist()
        return float(np.mean(evaluated[usable]))

    best = space.usable(maximise_allocation(value, len(space.measures), search.budget))
    return {"best": best, "evaluated": [[list(each), effects] for each, effects in evaluated.items()]}


def _share(model: DistrictModel, group: int | None) -> float:
    if group is None:
        return float(model.rows[-1]["valid"]) / float(model.rows[-1]["population"])
    population, valid = model.group_counts[-1][group, _COUNTED]
    return float(valid / population) if population else 0.0


def allocation_error(effects: Sequence[Sequence[float]], chosen: Sequence[float], quantile: float) -> float:
    """Bound the amount by which an evaluated allocation may be better than the chosen one.

    Args:
        effects: effects of the evaluated allocations in the draws, in percentage points.
        chosen: effects of the chosen allocation in the same draws.
        quantile: quantile of Student's t distribution for the one-sided interval of a mean over the draws.

    Returns:
        The largest upper end of the intervals of the mean paired differences, in percentage points; 0 or more.
    """
    differences = np.array(effects) - np.array(chosen)
    means = differences.mean(axis=1)
    errors = differences.std(axis=1, ddof=1) / np.sqrt(differences.shape[1])
    return float(np.maximum(means + quantile * errors, 0.0).max())
