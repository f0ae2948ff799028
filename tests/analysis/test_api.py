"""The analyses as functions: same results as the commands, no files without a folder, and resumption."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from takeup.analysis import (
    compare_scenarios,
    comparison_tasks,
    explain_take_up,
    optimise_package,
    run_trial,
    summarise_comparison,
)
from takeup.district import SHIPPED, load_district
from takeup.errors import InputError
from takeup.runs import RunSettings, run_tasks
from takeup.runs.journal import Journal
from takeup.scenario import load_scenario

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
