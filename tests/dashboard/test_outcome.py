"""A policy beside the baseline on the page is what the command makes of the same file."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from takeup.analysis import compare, comparison_tasks
from takeup.dashboard import doubt
from takeup.dashboard.drafts import Draft, Policy, scenario_of, written
from takeup.dashboard.history import FIRST, LAST, PARTING, History
from takeup.dashboard.outcome import Outcome, outcomes
from takeup.dashboard.saying import doubted, told
from takeup.dashboard.stage import REPLICATES, Stage, set_stage
from takeup.dashboard.watching import PERCENT, watch
from takeup.district import District
from takeup.errors import InputError
from takeup.months import format_month
from takeup.scenario import BASELINE
from takeup.simulation import PermitModel
from tests.cli.conftest import Command
from tests.dashboard.conftest import AGENTS

STRONG = Policy("Strong", (Draft("publicity", "set", 1.0), Draft("documents", "set", 0.0)))
EARLY = Policy("Early", (Draft("documents", "multiply", 0.3, "2010-04"),))
TWO = Policy(
    "Two levers",
    (
        Draft("publicity", "set", 0.2, "2019-03", "2021-06", 6, ("Shamian", "Xicun"), (("age", ("16-24", "45+")),)),
        Draft("remember", "set", 1.0, "2020-01"),
        Draft("documents", "set", 0.0, acts=False),
    ),
)


def last(stage: Stage, policy: Policy) -> Outcome:
    *_, found = outcomes(stage, scenario_of(policy))
    return found


@pytest.mark.parametrize("policy", [EARLY, TWO], ids=lambda policy: policy.title)
def test_take_up_and_difference_are_those_of_compare(stage: Stage, policy: Policy) -> None:
    scenario, found = scenario_of(policy), last(stage, policy)
    tasks = comparison_tasks(stage.district, [scenario], seed=3, replicates=REPLICATES, agents=AGENTS)
    comparison, _ = compare(stage.district, tasks)
    table = comparison.comparison[comparison.comparison["scenario"] == scenario.name]
    np.testing.assert_array_equal(found.policy.mean(axis=0), table["valid_share"])
    np.testing.assert_array_equal(found.difference.mean, table["difference_points"])
    np.testing.assert_array_equal(found.difference.low, table["low"])
    np.testing.assert_array_equal(found.difference.high, table["high"])
    assert abs(table["difference_points"].iloc[-1]) > 0
    more = table["difference_persons"].iloc[-1]
    assert found.more * stage.persons_per_agent == pytest.approx(more)
    assert f"{more:+,.0f}".replace("-", "−") in told(found, stage.persons_per_agent).permits


def test_gains_by_group_and_street_are_those_of_the_groups_table(stage: Stage) -> None:
    model, without = (PermitModel(stage.district, each, AGENTS, rng=3) for each in (scenario_of(EARLY), None))
    shares = []
    for each in (model, without):
        each.run_until("2023-12")
        table = each.groups().iloc[-len(stage.first.groups) :]
        shares.append(PERCENT * table["valid"].to_numpy() / table["population"].to_numpy())
    first = next(outcomes(stage, scenario_of(EARLY)))
    assert first.replicates == 1
    np.testing.assert_allclose(first.gains, shares[0] - shares[1])


def test_a_policy_that_does_nothing_differs_in_nothing(stage: Stage) -> None:
    for policy in (Policy("None", ()), Policy("Off", (replace(EARLY.drafts[0], acts=False),))):
        found = last(stage, policy)
        assert not found.difference.mean.any()
        assert found.watched is stage.baseline
    unmoved = last(stage, Policy("Same", (replace(EARLY.drafts[0], amount=1.0),)))
    assert not unmoved.difference.mean.any()
    np.testing.assert_array_equal(unmoved.watched.causes, stage.baseline.causes)


def test_what_does_not_fit_the_district_is_told(stage: Stage) -> None:
    with pytest.raises(InputError, match="intervention 1, set"):
        last(stage, Policy("Wrong", (Draft("remember", "set", 1.5),)))


def test_what_is_watched_is_the_run(stage: Stage, liwan: District) -> None:
    model = PermitModel(liwan, scenario_of(TWO), AGENTS, rng=3)
    straight = watch(model, LAST)
    branched = last(stage, TWO).watched
    for name in ("population", "valid", "unaware", "wait", "causes"):
        np.testing.assert_array_equal(getattr(branched, name), getattr(straight, name))
    rows = model.history()
    assert branched.first == FIRST
    assert branched.last == LAST
    np.testing.assert_array_equal(straight.valid.sum(axis=1), rows["valid"])
    np.testing.assert_array_equal(straight.unaware.sum(axis=1), rows["unaware"])
    np.testing.assert_array_equal(straight.causes.sum(axis=1), rows["population"])


@pytest.mark.parametrize("month", [FIRST - 1, PARTING - 30, PARTING + 7, LAST])
def test_a_history_stands_at_any_month_as_if_lived_straight(liwan: District, month: int) -> None:
    history = History(liwan, AGENTS, seed=5)
    history.live()
    for scenario in (BASELINE, scenario_of(STRONG)):
        for _ in range(2):  # the second time from a kept moment
            model = history.at(month, scenario)
        straight = PermitModel(liwan, scenario, AGENTS, rng=5)
        straight.run_until(month)
        assert model.state.month == month
        np.testing.assert_array_equal(model.state.migrants, straight.state.migrants)
        assert model.rows == straight.rows


def test_draws_of_the_posterior_say_what_compare_says_of_them(
    stage: Stage, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doubt, "DRAWS", 2)
    assert doubt.has_posterior(stage)
    scenario, told_of = scenario_of(TWO), []
    found = doubt.doubt_of(stage, scenario, lambda done, of: told_of.append((done, of)))
    assert told_of == [(done, 4) for done in range(5)]
    file = tmp_path / f"{scenario.name}.toml"
    file.write_text(written(TWO), encoding="utf-8")
    said = command(
        "compare", str(file), "--agents", str(AGENTS), "--seed", "3", "--draws", "2", "--workers", "1", "--out", "out"
    )
    assert said.status == 0, said.err
    table = pd.read_csv(tmp_path / "out" / "comparison.csv")
    last = table[table["scenario"] == scenario.name].iloc[-1]
    assert (found.points, found.low, found.high) == (last["difference_points"], last["low"], last["high"])
    assert found.draws == 2
    assert f"{found.points:+.2f} points".replace("-", "−") in doubted(found)


def test_draws_that_nobody_waits_for_are_given_up(stage: Stage) -> None:
    def leave(done: int, _: int) -> None:
        if done == 1:
            raise KeyError("gone")

    with pytest.raises(KeyError, match="gone"):
        doubt.doubt_of(stage, scenario_of(TWO), leave)


def test_words_give_sign_interval_and_cost(stage: Stage) -> None:
    found = last(stage, EARLY)
    words = told(replace(found, cost_cny=2_000_000.0), stage.persons_per_agent)
    assert words.difference.startswith(("+", "−"))
    assert "95" in words.interval
    assert "2.00 million yuan in all" in words.permits
    assert format_month(LAST).split("-")[0] in words.interval
    assert "interval follows" in told(next(outcomes(stage, scenario_of(EARLY))), 1.0).interval


@pytest.mark.slow
def test_the_first_number_at_36_000_migrants_takes_less_than_two_seconds_of_the_processor(liwan: District) -> None:
    """Of all threads together, so that what else the machine does counts little."""
    stage = set_stage(liwan, 36_000, seed=3)
    took = []
    for amount in (0.1, 0.15, 0.2):
        start = time.process_time()
        next(outcomes(stage, scenario_of(Policy("Moved", (Draft("publicity", "set", amount),)))))
        took.append(time.process_time() - start)
    print(f"processor's seconds until the first number: {', '.join(f'{each:.2f}' for each in took)}")
    assert min(took) < 2.0
