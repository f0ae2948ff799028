"""Division of a budget among measures: known optima, the budget, and divisions by hand."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from takeup.analysis.optimise.allocation import (
    Allocation,
    AllocationSpace,
    allocation_error,
    maximise_allocation,
    to_allocation,
)
from takeup.analysis.optimise.allocation_plan import AllocationPlan
from takeup.district import District, Posterior
from takeup.errors import InputError
from takeup.runs import RunSettings
from takeup.runs.scheduler import Runner
from takeup.scenario import Timeline
from tests.district.measured import THREE, measured

BUDGET = 3.0


def responses(seed: int) -> tuple[int, Callable[[Allocation], float], float]:
    """Saturating responses with thresholds, and the value of their best division.

    For given active measures the optimum is known in closed form up to the common marginal value (water filling);
    all sets of active measures are tried.
    """
    rng = np.random.default_rng(seed)
    number = int(rng.integers(2, 7))
    gain, scale = rng.uniform(1.0, 10.0, number), rng.uniform(0.2, 2.0, number)
    threshold = rng.choice([0.0, 0.0, 0.1, 0.3], number)

    def value(allocation: Allocation) -> float:
        money = np.clip(np.array(allocation) - threshold, 0.0, None)
        return float((gain * -np.expm1(-money / scale)).sum())

    best = 0.0
    for active in product((False, True), repeat=number):
        chosen = np.flatnonzero(active)
        money = BUDGET - threshold[chosen].sum()
        if not len(chosen) or money <= 0.0:
            continue
        low, high = 1e-9, 100.0
        for _ in range(60):
            marginal = np.sqrt(low * high)
            amounts = np.clip(scale[chosen] * np.log(gain[chosen] / scale[chosen] / marginal), 0.0, None)
            low, high = (marginal, high) if amounts.sum() > money else (low, marginal)
        best = max(best, float((gain[chosen] * -np.expm1(-amounts / scale[chosen])).sum()))
    return number, value, best


@pytest.mark.parametrize("seed", range(20))
def test_the_division_is_within_two_percent_of_a_known_optimum(seed: int) -> None:
    number, value, best = responses(seed)
    result = maximise_allocation(value, number, BUDGET)
    assert value(result) >= 0.98 * best
    assert sum(result) <= BUDGET * (1.0 + 1e-12)


def test_small_steps_of_the_value_do_not_stop_the_search() -> None:
    """A value in steps, as counts of simulated persons give, costs at most another step."""
    number, value, best = responses(3)
    step = 0.01 * best
    result = maximise_allocation(lambda allocation: np.floor(value(allocation) / step) * step, number, BUDGET)
    assert value(result) >= 0.96 * best


def test_no_division_is_evaluated_twice() -> None:
    number, value, _ = responses(5)
    evaluated: list[Allocation] = []

    def recorded(allocation: Allocation) -> float:
        evaluated.append(allocation)
        return value(allocation)

    maximise_allocation(recorded, number, BUDGET)
    assert len(set(evaluated)) == len(evaluated) < 100


@pytest.mark.parametrize("shares", [[1.0, 0.0], [0.33335, 0.33335, 0.3333], [0.7, 0.7], [0.1] * 10])
def test_rounded_amounts_never_exceed_the_budget(shares: list[float]) -> None:
    assert sum(to_allocation(np.array(shares), 1e6)) <= 1e6 * (1.0 + 1e-12)


def test_equal_parts_of_three_measures_use_the_whole_budget() -> None:
    assert sum(to_allocation(np.full(3, 1.0 / 3.0), 3e6)) == pytest.approx(3e6)


def test_the_error_is_the_largest_upper_end_of_a_paired_difference() -> None:
    chosen = [1.0, 2.0, 3.0]
    better = [1.3, 2.1, 3.2]
    difference = np.subtract(better, chosen)
    expected = difference.mean() + 2.0 * difference.std(ddof=1) / np.sqrt(3.0)
    assert allocation_error([chosen, better, [0.0, 0.0, 0.0]], chosen, 2.0) == pytest.approx(expected)
    assert allocation_error([chosen], chosen, 2.0) == 0.0


SETTINGS = RunSettings(agents=1_500, until="2011-12")


@pytest.fixture
def district(tmp_path: Path) -> District:
    return measured(tmp_path / "d", THREE)


def plan_of(district: District, budget: float = 400_000, draws: int = 4, **options: object) -> AllocationPlan:
    points = tuple({"attention": value} for value in np.linspace(0.1, 0.4, draws))
    posterior = Posterior(district.folder / "posterior.parquet", points, "")
    return AllocationPlan.of(
        district, [], budget, SETTINGS, first="2010-07", posterior=posterior, draws=draws, per_year=True,
        **options,  # type: ignore[arg-type]
    )  # fmt: skip


def test_a_plan_spends_at_most_the_budget_and_no_division_by_hand_is_better(district: District) -> None:
    plan = plan_of(district)
    with Runner.open(None) as runner:
        result = plan.run(runner)
    table = result.alternatives
    assert (table["cost_cny"] <= plan.budget.total * (1.0 + 1e-9)).all()
    assert table["cost_cny"].iloc[0] == pytest.approx(sum(result.best) * plan.budget.months / 12)
    assert table["probability_best"].sum() == pytest.approx(1.0)
    assert (table["expected_regret"] >= 0.0).all()
    assert table["expected_regret"].iloc[0] == table["expected_regret"].min()
    assert list(result.frontier["yuan_per_year"]) == sorted(result.frontier["yuan_per_year"])
    assert result.best[2] == 0.0, "a measure that reaches nobody is not bought"
    by_hand = [(share * 400_000, (1.0 - share) * 400_000, 0.0) for share in (0.1, 0.3, 0.5, 0.7, 0.9)]
    with Runner.open(None) as runner:
        evaluated = evaluate(plan, [result.best, *by_hand], runner)
    assert (evaluated[1:] - evaluated[0]).max() <= result.error + 1e-9


def evaluate(plan: AllocationPlan, allocations: list[Allocation], runner: Runner) -> np.ndarray:
    from takeup.analysis.optimise.evaluate import PackageEvaluator  # noqa: PLC0415

    evaluator = PackageEvaluator(plan.space, plan.ensemble, plan.space.first, runner)
    draws = list(range(len(plan.ensemble.draws)))
    evaluator.evaluate([plan.space.empty_package, *allocations], draws)
    return evaluator.effects(allocations, draws).mean(axis=0)


def test_the_scenario_of_a_division_spends_its_amounts(district: District) -> None:
    space = AllocationSpace.of(district, ["visits", "forms"], 24126, {})
    scenario = space.scenario((120_000.0, 60_000.0))
    assert Timeline(scenario, district).cost(24130, None) == pytest.approx(15_000.0)
    assert space.name((120_000.0, 0.0)) == "visits 120,000"
    assert space.name(space.empty_package) == "nothing"


@pytest.mark.parametrize(
    ("names", "budget", "message"),
    [
        (["vists"], 4e5, '--measure: unknown measure of Template; given: "vists"; .*did you mean "visits"'),
        (["nobody"], 4e5, "--budget: the budget reaches nobody with any measure"),
        ([], -5.0, "the budget is negative or not finite"),
        ([], 0.0, "--budget: the budget reaches nobody"),
    ],
)
def test_wrong_input_is_reported_before_anything_is_simulated(
    district: District, names: list[str], budget: float, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        AllocationPlan.of(district, names, budget, SETTINGS, first="2010-07", posterior=None, draws=2, per_year=True)
