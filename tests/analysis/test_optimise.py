"""`plan` from the plan file to the result: exhaustive, as a search, and checked against `compare`."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from takeup.analysis import Ensemble, comparison_tasks
from takeup.analysis.compare.ensemble import ensemble_comparison
from takeup.analysis.optimise import (
    OptimisationResult,
    OptimisationSpec,
    Options,
    read_options,
    summarise_optimisation,
)
from takeup.analysis.optimise.budget import Budget
from takeup.analysis.optimise.evaluate import PackageEvaluator
from takeup.analysis.optimise.output import package_scenario_toml
from takeup.district import District, Posterior
from takeup.errors import InputError
from takeup.months import parse_month
from takeup.report.i18n import language_of
from takeup.runs import Runner, RunSettings
from takeup.runs.journal import Journal
from takeup.scenario import Timeline, load_scenario
from takeup.text import parse_yuan
from tests.analysis.plans import HEAD, SIX, option, village_in, written

UNTIL = "2011-03"
SETTINGS = RunSettings(agents=600, seed=5, until=UNTIL)
DRAWS = Posterior(Path("posterior.parquet"), tuple({"attention": 0.1 + 0.05 * draw} for draw in range(10)), "some")


def make_spec(district: District, options: Options, budget: float, **changed: object) -> OptimisationSpec:
    names = {"agents", "parameters", "seed", "until"} & changed.keys()
    settings = replace(SETTINGS, **{name: changed.pop(name) for name in names})  # type: ignore[arg-type]
    size = {"posterior": DRAWS, "draws": 10, "most": 100}
    return OptimisationSpec.of(district, options, budget, settings, **{**size, **changed})  # type: ignore[arg-type]


def run_optimisation(spec: OptimisationSpec, folder: Path, workers: int = 1) -> OptimisationResult:
    journal = Journal(folder / "journal.sqlite")
    try:
        return summarise_optimisation(spec, spec.run(Runner(journal, workers)))
    finally:
        journal.close()


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> District:
    return village_in(tmp_path_factory.mktemp("district") / "village")


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> Options:
    return read_options(written(tmp_path_factory.mktemp("plan")))


@pytest.fixture(scope="module")
def whole(village: District, options: Options, tmp_path_factory: pytest.TempPathFactory) -> OptimisationResult:
    """All 64 packages in all draws, because the race has a single stage."""
    spec = make_spec(village, options, 350.0, draws=8)
    return run_optimisation(spec, tmp_path_factory.mktemp("whole"))


def test_the_best_of_64_packages_that_are_all_run_is_found(whole: OptimisationResult) -> None:
    table = whole.table
    assert len(table) == table["options"].nunique() == 64
    assert (table["draws"] == 8).all()
    assert whole.trace.is_exhaustive
    within = table[table["within_budget"]]
    assert whole.recommended["points"] == within["points"].max() > 1.0
    assert table["recommended"].sum() == 1


@pytest.mark.parametrize("budget", [30.0, 99.0, 150.0])
def test_a_budget_is_never_exceeded_and_the_best_within_it_is_found(
    village: District, options: Options, whole: OptimisationResult, tmp_path: Path, budget: float
) -> None:
    """The table of all 64 packages contains the best; the race must not eliminate it."""
    result = run_optimisation(make_spec(village, options, budget, draws=8), tmp_path)
    best = whole.table[whole.table["cost_cny"] <= budget].sort_values("points", ascending=False).iloc[0]
    assert result.recommended["cost_cny"] <= budget
    assert result.recommended["options"] == best["options"]
    assert result.recommended["points"] == best["points"]
    assert (result.table["cost_cny"] <= budget).all()


@pytest.mark.slow
def test_the_race_drops_clear_losers_and_finds_the_same_best(
    village: District, options: Options, tmp_path: Path
) -> None:
    raced = run_optimisation(make_spec(village, options, 150.0), tmp_path)
    (first, every), (last, left) = raced.trace.rounds
    assert (first, last) == (8, 10)
    assert left < every == len(raced.table)
    assert (raced.table.loc[raced.table["on_frontier"] | raced.table["recommended"], "draws"] == 10).all()
    journal = Journal(tmp_path / "everything.sqlite")
    evaluator = PackageEvaluator(raced.spec.space, raced.spec.ensemble, parse_month("2010-07"), Runner(journal))
    everything = list(raced.spec.space.packages())
    evaluator.evaluate(everything, range(10))
    journal.close()
    points = np.median(evaluator.effects(everything, range(10)), axis=0)
    assert points.max() == pytest.approx(raced.recommended["points"], abs=1e-12)


def test_what_costs_nothing_and_helps_beats_nothing_without_putting_it_out_of_the_race(
    village: District, tmp_path: Path
) -> None:
    """The empty package is the reference of the effects in every draw."""
    free = HEAD + option("rule", "publicity", new=("set = 0.6", 0)) + option("shame", "stigma", less=("set = 0", 100))
    result = run_optimisation(make_spec(village, read_options(written(tmp_path, free)), 200.0), tmp_path)
    assert [end for end, _ in result.trace.rounds] == [8, 10]
    assert result.recommended["draws"] == 10
    assert "rule" in result.recommended["options"]
    assert result.table.loc[result.table["options"] == "nothing", "draws"].iloc[0] == 10
    assert "nothing" not in set(result.frontier["options"])


def test_the_frontier_rises_and_nothing_on_it_is_dominated(whole: OptimisationResult) -> None:
    front = whole.frontier
    assert front["options"].iloc[0] == "nothing"
    assert (np.diff(front["cost_cny"]) > 0).all()
    assert (np.diff(front["points"]) > 0).all()
    for _, row in front.iterrows():
        better = whole.table[(whole.table["cost_cny"] <= row["cost_cny"]) & (whole.table["points"] > row["points"])]
        assert better.empty


def test_a_search_among_the_64_finds_what_judging_them_all_does(
    village: District, options: Options, whole: OptimisationResult, tmp_path: Path
) -> None:
    result = run_optimisation(make_spec(village, options, 200.0, draws=8, most=36), tmp_path)
    affordable = whole.table[whole.table["cost_cny"] <= 200.0]
    assert len(affordable) > 36
    assert not result.trace.is_exhaustive
    assert len(result.table) <= 36
    assert result.recommended["options"] == affordable.sort_values("points").iloc[-1]["options"]


@pytest.mark.slow
def test_workers_and_a_second_time_give_the_same_bits(village: District, options: Options, tmp_path: Path) -> None:
    spec = make_spec(village, options, 100.0)
    one = run_optimisation(spec, tmp_path / "one")
    two = run_optimisation(spec, tmp_path / "two", workers=2)
    changed = (tmp_path / "one" / "journal.sqlite").stat().st_mtime_ns
    rerun = run_optimisation(spec, tmp_path / "one")
    assert (tmp_path / "one" / "journal.sqlite").stat().st_mtime_ns == changed
    for other in (two, rerun):
        pd.testing.assert_frame_equal(one.table, other.table, check_exact=True)


@pytest.mark.parametrize("drawn", [pytest.param(True, marks=pytest.mark.slow), False])
def test_the_package_compared_has_the_same_effect_and_cost_to_the_bit(
    village: District, options: Options, tmp_path: Path, drawn: bool
) -> None:
    posterior = DRAWS if drawn else None
    result = run_optimisation(make_spec(village, options, 200.0, draws=4, posterior=posterior), tmp_path)
    file = tmp_path / "package.toml"
    file.write_text(package_scenario_toml(result.spec.space, result.best, "a comment"))
    scenario = load_scenario(file)
    Timeline(scenario, village)
    wanted = result.spec.space.scenario(result.best).stated
    assert [each.intervention for each in scenario.stated] == [each.intervention for each in wanted]
    points = DRAWS if drawn else Posterior(Path("none"), ({},) * 4, "")
    (task,) = comparison_tasks(village, [scenario], SETTINGS, replicates=1)
    ensemble = Ensemble.of(village, task, points, 4)
    ensemble = replace(ensemble, runs=ensemble.runs[:4])
    journal = Journal(tmp_path / "compared.sqlite")
    ensemble.run(Runner(journal))
    compared = ensemble_comparison(ensemble, journal, "")
    journal.close()
    assert compared.drawn is not None
    runs = compared.drawn.runs
    effects = runs[(runs["scenario"] == "package") & (runs["month"] == UNTIL)]["difference_points"].to_numpy()
    planned = result.trace.evaluator.effects([result.best], [0, 1, 2, 3])[:, 0]
    assert (effects == planned).all()
    assert (effects != 0).all()
    row = compared.comparison[
        (compared.comparison["scenario"] == "package") & (compared.comparison["month"] == UNTIL)
    ]
    assert row["cost_cny"].item() == result.recommended["cost_cny"]


def test_costs_by_the_person_are_those_of_who_lives_here(village: District, tmp_path: Path) -> None:
    """A letter to all residents of South in three months costs 30 yuan times half of the population."""
    text = HEAD + option("letters", "publicity", all=("add = 0.3", 0)).replace(
        "fixed_cny = 0", "per_person_cny = 10"
    ).replace("add = 0.3", 'add = 0.3\nuntil = "2010-09"').replace(
        'status = "assumed"', 'status = "assumed"\nstreets = ["South"]'
    )
    options = read_options(written(tmp_path, text))
    result = run_optimisation(make_spec(village, options, 1e9, draws=2), tmp_path)
    persons = village.population.most * 0.5
    assert result.recommended["cost_cny"] == pytest.approx(30 * persons, rel=0.002)
    with pytest.raises(InputError, match=r"the cost of the cheapest package \(letters\)") as error:
        run_optimisation(make_spec(village, options, 29 * persons, draws=2), tmp_path)
    assert error.value.key == "--budget"


def test_a_package_that_turns_out_over_the_budget_is_not_recommended(village: District, tmp_path: Path) -> None:
    """The letters have the largest effect, but cost more than the budget, which only the simulation shows."""
    text = (
        HEAD + option("letters", "publicity", all=("add = 0.3", 0)) + option("shame", "stigma", less=("set = 0", 50))
    )
    options = read_options(written(tmp_path, text.replace("fixed_cny = 0,", "per_person_cny = 1,")))
    result = run_optimisation(make_spec(village, options, 100.0, draws=2), tmp_path)
    over = result.table[~result.table["within_budget"]]
    assert over["options"].tolist() == ["letters", "letters + shame"]
    assert over["points"].min() > result.recommended["points"]
    assert not over["on_frontier"].any()
    assert result.recommended["options"] in {"shame", "nothing"}
    assert result.recommended["probability_near_best"] == 1.0


def test_the_worst_off_are_those_of_the_lowest_take_up_if_nothing_is_bought(
    village: District, options: Options, tmp_path: Path
) -> None:
    result = run_optimisation(make_spec(village, options, 200.0, draws=4, by="housing"), tmp_path)
    target, evaluator = result.trace.target, result.trace.evaluator
    assert target.attribute == "housing"
    nothing = [result.spec.space.empty_package]
    counts = evaluator.counts(nothing, range(4), target.group)[:, 0]
    assert target.share == pytest.approx(np.median(counts[:, 1] / counts[:, 0]))
    all_counts = evaluator.counts(nothing, range(4))[:, 0]
    assert target.share < np.median(all_counts[:, 1] / all_counts[:, 0])
    assert result.recommended["additional_permits"] < result.recommended["all_permits"]
    best = np.median(evaluator.effects([result.best], range(4), target.group))
    assert result.recommended["points"] == pytest.approx(best)


@pytest.mark.parametrize("budget", [-1.0, math.nan, math.inf])
def test_a_number_that_is_no_budget_is_an_error(village: District, options: Options, budget: float) -> None:
    with pytest.raises(
        InputError, match=r"the budget is negative or not finite; given: .*; allowed: a finite number of yuan"
    ) as error:
        make_spec(village, options, budget)
    assert error.value.key == "--budget"


def test_a_budget_per_year_is_in_proportion_to_the_months(village: District, options: Options) -> None:
    """The options act from 2010-07 on, and the runs end in 2011-03: nine months."""
    spec = make_spec(village, options, 300.0, per_year=True)
    in_total = make_spec(village, options, 225.0)
    assert (spec.space.budget, spec.budget.months, spec.budget.per_year) == (225.0, 9, 300.0)
    assert (in_total.space.budget, in_total.budget.per_year) == (225.0, 300.0)
    assert spec.key == in_total.key, "the same packages in the same runs"
    assert spec.budget.sentence() == "Budget: 300 yuan a year from 2010-07 to 2011-03 (9 months), 225 yuan in total."
    assert in_total.budget.sentence() == (
        "Budget: 225 yuan in total from 2010-07 to 2011-03 (9 months), 300 yuan a year."
    )
    with pytest.raises(InputError, match="at least 30 yuan"):
        make_spec(village, options, 39.0, per_year=True)


LIWAN = parse_month("2019-03"), parse_month("2023-12")


def test_amounts_of_a_budget_are_written_in_full() -> None:
    budget = Budget.of(3_000_000, *LIWAN, is_per_year=True)
    assert budget.sentence() == (
        "Budget: 3,000,000 yuan a year from 2019-03 to 2023-12 (58 months), 14,500,000 yuan in total."
    )
    assert budget.sentence(language_of("zh")) == "预算：2019-03 至 2023-12（58 个月）每年 300万元，共 1,450万元。"
    assert "5,000,000 yuan in total" in Budget.of(5e6, *LIWAN, is_per_year=False).sentence()
    assert "1,034,482.76 yuan a year" in Budget.of(5e6, *LIWAN, is_per_year=False).sentence()
    assert "(1 month)" in Budget.of(1, LIWAN[0], LIWAN[0], is_per_year=True).sentence()
    small = Budget.of(0.01, *LIWAN, is_per_year=False).sentence()
    assert not re.search(r"\b0 yuan", small), small


@given(st.floats(0, 1e12), st.integers(0, 1200), st.booleans())
def test_a_budget_has_the_amount_that_was_given(amount: float, months: int, is_per_year: bool) -> None:
    budget = Budget.of(amount, LIWAN[0], LIWAN[0] + months, is_per_year=is_per_year)
    assert (budget.per_year if is_per_year else budget.total) == pytest.approx(amount)
    written = re.search(r"Budget: ([0-9.,]+ yuan)", budget.sentence())
    assert written is not None
    assert parse_yuan(written[1]) == pytest.approx(amount, abs=0.0051)


@pytest.mark.parametrize("budget", [29.0, 0.0])
def test_an_impossible_budget_is_reported_with_the_cheapest_package(
    village: District, options: Options, budget: float
) -> None:
    with pytest.raises(InputError, match=r"at least 30 yuan, the cost of the cheapest package \(shame\)") as error:
        make_spec(village, options, budget)
    assert error.value.key == "--budget"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('lever = "publicity"', 'lever = "publicty"', 'did you mean "publicity"'),
        ("add = 0.05", "add = 5", "option 1, size 1|intervention 1"),
        ('name = "letters"', 'name = "letters"\nneeds = ["paper"]', 'did you mean "papers"'),
        (
            'name = "letters"',
            'name = "letters"\nexcludes = ["letters"]',
            "the value is not the name of another option",
        ),
        ('name = "letters"', 'name = "papers"', "two options have the same name"),
        ('name = "letters"', 'name = "letters"\nnedds = ["papers"]', "unknown key"),
        ('cost = { fixed_cny = 100, source = "assumed" }', "", "has no cost; allowed: a cost in at least one"),
        ('from = "2010-07"', 'from = "2012-01"', "--until"),
        ('from = "2010-07"', "", '"from" is missing'),
    ],
)
def test_a_wrong_plan_file_is_reported(village: District, tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in SIX
    with pytest.raises(InputError, match=message) as error:
        make_spec(village, read_options(written(tmp_path, SIX.replace(old, new, 1))), 200.0)
    assert error.value.file is not None


def test_options_that_together_leave_a_levers_range_are_reported_before_the_simulation(
    village: District, tmp_path: Path
) -> None:
    two = HEAD + option("some", "publicity", all=("add = 0.6", 1)) + option("more", "publicity", all=("add = 0.6", 1))
    with pytest.raises(InputError):
        make_spec(village, read_options(written(tmp_path, two)), 10.0)
    apart = two.replace('name = "some"', 'name = "some"\nexcludes = ["more"]')
    spec = make_spec(village, read_options(written(tmp_path, apart)), 10.0)
    assert len(list(spec.space.packages())) == 3


def test_the_shipped_plan_fits_liwan_and_every_number_has_a_status(liwan: District) -> None:
    options = read_options(liwan.folder / "plan.toml")
    spec = make_spec(liwan, options, 1e6, posterior=None, draws=1, until="2023-12", agents=24_000)
    assert {each.status for each in options.each} == {"assumed"}
    assert spec.space.cost(spec.space.cheapest()) > 0
