"""The analyses as functions: same results as the commands, no files without a folder, and resumption."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from takeup.analysis import (
    compare_scenarios,
    comparison_tasks,
    explain_take_up,
    optimise_package,
    plot_gains,
    run_trial,
    summarise_comparison,
)
from takeup.analysis.compare.ensemble import DEFAULT_DRAWS as COMPARISON_DRAWS
from takeup.analysis.compare.ensemble import Ensemble
from takeup.analysis.trial.run import DEFAULT_DRAWS as TRIAL_DRAWS
from takeup.analysis.why.spec import DEFAULT_DRAWS as WHY_DRAWS
from takeup.district import SHIPPED, District, load_district
from takeup.errors import InputError, RunError
from takeup.limits import AGENTS_PER_DRAW
from takeup.runs import RunSettings, run_tasks
from takeup.runs.journal import Journal
from takeup.scenario import load_scenario
from tests.cli.conftest import observe_batches

AGENTS = 2_000


def test_a_comparison_is_that_of_its_tasks() -> None:
    result = compare_scenarios("publicity", district="template", agents=AGENTS, seed=3, replicates=2, until="2019-12")
    place = load_district("template")
    settings = RunSettings(agents=AGENTS, seed=3, until="2019-12")
    tasks = comparison_tasks(place, [load_scenario("publicity")], settings, replicates=2)
    pd.testing.assert_frame_equal(result.comparison, summarise_comparison(place, tasks, run_tasks(tasks)).comparison)


def test_with_draws_the_uncertainty_of_scenarios_is_reported(tmp_path: Path) -> None:
    arguments = {"agents": AGENTS, "draws": 2, "until": "2019-12", "folder": tmp_path}
    result = compare_scenarios("publicity", **arguments)
    assert result.drawn is not None
    assert list(result.drawn.scenarios["scenario"]) == ["baseline", "publicity"]
    journal = Journal(tmp_path / "journal.sqlite")
    keys = journal.keys()
    journal.close()
    rerun = compare_scenarios("publicity", **arguments)
    journal = Journal(tmp_path / "journal.sqlite")
    assert journal.keys() == keys
    journal.close()
    pd.testing.assert_frame_equal(rerun.comparison, result.comparison)


def test_the_funnel_holds_everybody_and_obstacles_are_left_out_if_not_wanted() -> None:
    result = explain_take_up(district="template", agents=AGENTS, obstacles=False, month="2012-12")
    overall = result.funnel[result.funnel["attribute"] == "all"]
    assert overall["share"].sum() == pytest.approx(1.0)
    assert result.decomposition is None


def test_a_trial_treats_the_given_share() -> None:
    trials = run_trial(
        "publicity", share=0.25, district="template", agents=AGENTS, replicates=2, until="2019-12", months=["2019-12"]
    )
    assert trials.runs == 2
    assigned = trials.table.groupby("arm")["assigned"].sum()
    assert 0.2 < assigned["treated"] / assigned.sum() < 0.3, "3,200 are drawn: 5 standard errors are 0.04"


def test_a_package_costs_no_more_than_the_budget() -> None:
    options = SHIPPED / "liwan" / "plan.toml"
    result = optimise_package(1e6, options=options, district="template", agents=AGENTS, draws=2, most=32)
    assert not result.spec.drawn, "the template has no posterior"
    assert result.recommended["cost_cny"] <= 1e6


def test_nothing_is_left_behind_without_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    explain_take_up(district="template", agents=AGENTS, obstacles=False, month="2010-12")
    assert not list(tmp_path.iterdir())


def test_errors_have_the_messages_of_the_command() -> None:
    with pytest.raises(InputError, match='did you mean "publicity"'):
        compare_scenarios("publicty", agents=AGENTS)
    with pytest.raises(InputError, match="Street 01 would have"):
        explain_take_up(district="template", agents=100)


def test_draws_are_run_by_default_as_the_commands_do(monkeypatch: pytest.MonkeyPatch) -> None:
    observed = observe_batches(monkeypatch)

    def stop(ensemble: Ensemble, *_: object) -> None:
        observed.append((True, len(ensemble.draws), ensemble.task.settings.agents))
        raise RunError("observed")

    monkeypatch.setattr(Ensemble, "run", stop)
    of_liwan = {
        (compare_scenarios, ()): (True, COMPARISON_DRAWS, AGENTS_PER_DRAW),
        (explain_take_up, ()): (True, WHY_DRAWS, AGENTS_PER_DRAW),
        (run_trial, ()): (True, TRIAL_DRAWS, AGENTS_PER_DRAW),
        (explain_take_up, (("draws", 3), ("agents", 2_000))): (True, 3, 2_000),
        (explain_take_up, (("point", True),)): (False, 1, 360_000),
        (explain_take_up, (("draws", 0),)): (False, 1, 360_000),
        (run_trial, (("replicates", 2),)): (False, 2, 360_000),
    }
    for analysis, arguments in of_liwan:
        with pytest.raises(RunError, match="observed"):
            analysis("publicity", **dict(arguments))
    assert observed == list(of_liwan.values())
    with pytest.raises(RunError, match="observed"):
        explain_take_up(district="template", agents=AGENTS)
    assert observed[-1] == (False, 1, AGENTS), "the template has no posterior"


@pytest.mark.parametrize("name", ["point", "replicates"])
def test_draws_exclude_one_parameter_vector(name: str) -> None:
    for analysis in (compare_scenarios, explain_take_up, run_trial):
        with pytest.raises(InputError, match=f"^draws: the argument cannot be combined with {name}"):
            analysis("publicity", draws=2, agents=AGENTS, **{name: 1})


REAL = [float, np.int16, np.float64, Decimal, Fraction]


@pytest.mark.parametrize("number", REAL)
def test_numbers_of_any_type_are_numbers(number: Any) -> None:
    arguments: Any = {"district": "template", "replicates": number(1), "seed": number(3), "workers": number(1)}
    result = compare_scenarios("baseline", agents=number(AGENTS), until="2010-02", **arguments)
    same = compare_scenarios(
        "baseline", district="template", agents=AGENTS, until="2010-02", replicates=1, seed=3, workers=1
    )
    pd.testing.assert_frame_equal(result.monthly, same.monthly)


@pytest.mark.parametrize("share", [np.float32(0.5), Decimal("0.5"), Fraction(1, 2)])
def test_a_share_of_any_type_is_a_share(share: Any) -> None:
    trials = run_trial("publicity", share=share, district="template", agents=AGENTS, until="2019-03")
    assert trials.spec.design.share == 0.5


WRONG: dict[str, list[Any]] = {
    "agents": ["2000", True, 1.5, math.nan, np.array([2_000]), None.__class__],
    "replicates": ["1", True, 0, 0.5],
    "draws": ["1", True, -1, 0.5],
    "seed": ["1", None, -1, math.inf],
    "workers": [None, "1", 0],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_other_values_are_refused_with_the_name_of_the_argument(name: str, value: Any) -> None:
    with pytest.raises(InputError, match=rf"^{name}: "):
        compare_scenarios("baseline", district="template", **{"agents": AGENTS, "until": "2010-02", name: value})


@pytest.mark.parametrize("folder", [b"x", 5, ["x"]])
def test_a_folder_that_is_not_a_path_is_refused(folder: Any) -> None:
    with pytest.raises(InputError, match="folder: the value is not a path"):
        compare_scenarios("baseline", district="template", agents=AGENTS, until="2010-02", folder=folder)


@pytest.mark.parametrize("given", [5, ["publicity"], b"publicity"])
def test_what_is_neither_a_scenario_nor_a_district_is_refused(given: Any) -> None:
    with pytest.raises(InputError, match="scenario: the value is not a path"):
        compare_scenarios(given, agents=AGENTS)
    with pytest.raises(InputError, match="district: the value is not a path"):
        compare_scenarios("baseline", district=given, agents=AGENTS)


@pytest.mark.parametrize("share", ["0.5", None, True, 50])
def test_a_wrong_share_is_refused(share: Any) -> None:
    with pytest.raises(InputError, match="--share: "):
        run_trial("publicity", share=share, district="template", agents=AGENTS)


@pytest.mark.parametrize("budget", ["5e6", None, True, [5e6]])
def test_a_wrong_budget_is_refused(budget: Any) -> None:
    with pytest.raises(InputError, match="--budget: the value is not a number"):
        optimise_package(budget, options=SHIPPED / "liwan" / "plan.toml", district="template", agents=AGENTS)


@pytest.mark.parametrize(("name", "value"), [("most", 0), ("most", "32"), ("draws", 0), ("options", 5)])
def test_wrong_arguments_of_an_optimisation_are_refused(name: str, value: Any) -> None:
    with pytest.raises(InputError, match=f"^{name}: "):
        optimise_package(5e6, district="template", agents=AGENTS, **{name: value})


def test_a_single_month_of_follow_up_needs_no_list() -> None:
    trials = run_trial("publicity", district="template", agents=AGENTS, until="2019-12", months="2019-06")
    assert trials.months == ("2019-06",)


def test_a_file_of_obstacles_is_used(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.toml: no such file"):
        explain_take_up(district="template", agents=AGENTS, obstacles=tmp_path / "none.toml")
    with pytest.raises(InputError, match="obstacles: the value is not a path"):
        explain_take_up(district="template", agents=AGENTS, obstacles=None)  # type: ignore[arg-type]


def test_a_district_that_differs_from_its_files_is_refused_and_says_so(village: District) -> None:
    with pytest.raises(InputError, match="district: the district was changed in memory, but the runs read the files"):
        compare_scenarios("baseline", district=village, agents=100, until="2010-02")
    compare_scenarios("baseline", district=load_district("template"), agents=AGENTS, until="2010-01", replicates=1)


def test_gains_of_the_baseline_alone_cannot_be_plotted() -> None:
    result = compare_scenarios(district="template", agents=AGENTS, until="2010-02", replicates=1)
    with pytest.raises(InputError, match="the comparison has no scenario besides the baseline"):
        plot_gains(result)
