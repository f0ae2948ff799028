"""The effect of a policy on the page is the one that the commands compute from the same file."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from takeup.analysis import comparison_tasks, summarise_comparison
from takeup.dashboard import effects
from takeup.dashboard.context import (
    BRANCH_MONTH,
    FIRST,
    LAST,
    REPLICATES,
    BaselineRun,
    DashboardContext,
    load_context,
    record_trajectory,
)
from takeup.dashboard.effects import PolicyEffect, describe_effect, describe_uncertainty, estimate_effect
from takeup.dashboard.policy_editor import InterventionDraft, PolicyDraft, to_scenario, to_toml
from takeup.district import District
from takeup.errors import InputError
from takeup.months import format_month
from takeup.report.formatting import PERCENT
from takeup.runs import RunSettings, run_tasks
from takeup.scenario import BASELINE
from takeup.simulation import PermitModel
from tests.cli.conftest import Command
from tests.dashboard.conftest import AGENTS

STRONG = PolicyDraft(
    "Strong", (InterventionDraft("publicity", "set", 1.0), InterventionDraft("documents", "set", 0.0))
)
EARLY = PolicyDraft("Early", (InterventionDraft("documents", "multiply", 0.3, "2010-04"),))
TWO = PolicyDraft(
    "Two levers",
    (
        InterventionDraft(
            "publicity", "set", 0.2, "2019-03", "2021-06", 6, ("Shamian", "Xicun"), (("age", ("16-24", "45+")),)
        ),
        InterventionDraft("attention", "set", 0.9, "2020-01"),
        InterventionDraft("documents", "set", 0.0, enabled=False),
    ),
)


def final_effect(context: DashboardContext, policy: PolicyDraft) -> PolicyEffect:
    *_, effect = estimate_effect(context, to_scenario(policy))
    return effect


@pytest.mark.parametrize("policy", [EARLY, TWO], ids=lambda policy: policy.title)
def test_take_up_and_difference_are_those_of_compare(context: DashboardContext, policy: PolicyDraft) -> None:
    scenario, effect = to_scenario(policy), final_effect(context, policy)
    settings = RunSettings(agents=AGENTS, seed=3)
    tasks = comparison_tasks(context.district, [scenario], settings, replicates=REPLICATES)
    comparison = summarise_comparison(context.district, tasks, run_tasks(tasks))
    table = comparison.comparison[comparison.comparison["scenario"] == scenario.name]
    np.testing.assert_array_equal(effect.policy.mean(axis=0), table["valid_share"])
    np.testing.assert_array_equal(effect.difference.center, table["difference_points"])
    np.testing.assert_array_equal(effect.difference.low, table["low"])
    np.testing.assert_array_equal(effect.difference.high, table["high"])
    assert abs(table["difference_points"].iloc[-1]) > 0
    permits = table["difference_persons"].iloc[-1]
    assert effect.additional_permits * context.persons_per_agent == pytest.approx(permits)
    assert f"{permits:+,.0f}".replace("-", "−") in describe_effect(effect, context.persons_per_agent).permits


def test_effects_by_group_and_street_are_those_of_the_groups_table(context: DashboardContext) -> None:
    model, without = (PermitModel(context.district, each, AGENTS, rng=3) for each in (to_scenario(EARLY), None))
    shares = []
    for each in (model, without):
        each.run_until("2023-12")
        table = each.groups().iloc[-len(context.first_replicate.group_counts) :]
        shares.append(PERCENT * table["valid"].to_numpy() / table["population"].to_numpy())
    first = next(estimate_effect(context, to_scenario(EARLY)))
    assert first.replicates == 1
    np.testing.assert_allclose(first.group_effects, shares[0] - shares[1])


def test_a_policy_that_does_nothing_differs_in_nothing(context: DashboardContext) -> None:
    for policy in (PolicyDraft("None", ()), PolicyDraft("Off", (replace(EARLY.interventions[0], enabled=False),))):
        effect = final_effect(context, policy)
        assert not effect.difference.center.any()
        assert effect.trajectory is context.trajectory
    unchanged = final_effect(context, PolicyDraft("Same", (replace(EARLY.interventions[0], amount=1.0),)))
    assert not unchanged.difference.center.any()
    np.testing.assert_array_equal(unchanged.trajectory.reasons, context.trajectory.reasons)


def test_a_policy_that_does_not_fit_the_district_is_an_error(context: DashboardContext) -> None:
    with pytest.raises(InputError, match="intervention 1, set"):
        final_effect(context, PolicyDraft("Wrong", (InterventionDraft("remember", "set", 1.5),)))


def test_the_trajectory_is_that_of_the_run(context: DashboardContext, liwan: District) -> None:
    model = PermitModel(liwan, to_scenario(TWO), AGENTS, rng=3)
    straight = record_trajectory(model, LAST)
    branched = final_effect(context, TWO).trajectory
    for name in ("population", "valid", "unaware", "wait", "reasons"):
        np.testing.assert_array_equal(getattr(branched, name), getattr(straight, name))
    rows = model.history()
    assert branched.first == FIRST
    assert branched.last == LAST
    np.testing.assert_array_equal(straight.valid.sum(axis=1), rows["valid"])
    np.testing.assert_array_equal(straight.unaware.sum(axis=1), rows["unaware"])
    np.testing.assert_array_equal(straight.reasons.sum(axis=1), rows["population"])


@pytest.mark.parametrize("month", [FIRST - 1, BRANCH_MONTH - 30, BRANCH_MONTH + 7, LAST])
def test_a_baseline_run_resumes_at_any_month_like_an_uninterrupted_run(liwan: District, month: int) -> None:
    baseline = BaselineRun(liwan, AGENTS, seed=5)
    baseline.run()
    for scenario in (BASELINE, to_scenario(STRONG)):
        for _ in range(2):  # the second time from a checkpoint
            model = baseline.model_at(month, scenario)
        straight = PermitModel(liwan, scenario, AGENTS, rng=5)
        straight.run_until(month)
        assert model.state.month == month
        np.testing.assert_array_equal(model.state.migrants, straight.state.migrants)
        assert model.rows == straight.rows


@pytest.mark.slow
def test_the_effect_over_posterior_draws_is_that_of_compare(
    context: DashboardContext, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effects, "DRAWS", 2)
    assert context.district.has_posterior
    scenario, progress = to_scenario(TWO), []
    effect = effects.effect_uncertainty(context, scenario, lambda done, of: progress.append((done, of)))
    assert progress == [(done, 4) for done in range(5)]
    file = tmp_path / f"{scenario.name}.toml"
    file.write_text(to_toml(TWO), encoding="utf-8")
    outcome = command(
        "compare", str(file), "--agents", str(AGENTS), "--seed", "3", "--draws", "2", "--workers", "1", "--out", "out"
    )
    assert outcome.status == 0, outcome.err
    table = pd.read_csv(tmp_path / "out" / "comparison.csv")
    last = table[table["scenario"] == scenario.name].iloc[-1]
    assert (effect.points, effect.low, effect.high) == (last["difference_points"], last["low"], last["high"])
    assert effect.draws == 2
    assert f"{effect.points:+.2f} points".replace("-", "−") in describe_uncertainty(effect)


def test_runs_over_draws_can_be_cancelled(context: DashboardContext) -> None:
    def cancel(done: int, _: int) -> None:
        if done == 1:
            raise KeyError("cancelled")

    with pytest.raises(KeyError, match="cancelled"):
        effects.effect_uncertainty(context, to_scenario(TWO), cancel)


def test_the_text_has_sign_interval_and_cost(context: DashboardContext) -> None:
    effect = final_effect(context, EARLY)
    words = describe_effect(replace(effect, cost_cny=2_000_000.0), context.persons_per_agent)
    assert words.difference.startswith(("+", "−"))
    assert "95" in words.interval
    assert "2.00 million yuan in total" in words.permits
    assert words.permits.endswith("(cost of the shipped step; it does not follow the slider).")
    assert "yuan" not in describe_effect(effect, context.persons_per_agent).permits
    assert format_month(LAST).split("-")[0] in words.interval
    assert "interval follows" in describe_effect(next(estimate_effect(context, to_scenario(EARLY))), 1.0).interval


@pytest.mark.slow
def test_the_first_number_at_36_000_migrants_takes_less_than_two_seconds_of_the_processor(liwan: District) -> None:
    """The processor time of all threads is measured, which depends little on the machine's other load."""
    context = load_context(liwan, 36_000, seed=3)
    took = []
    for amount in (0.1, 0.15, 0.2):
        start = time.process_time()
        next(
            estimate_effect(
                context, to_scenario(PolicyDraft("Moved", (InterventionDraft("publicity", "set", amount),)))
            )
        )
        took.append(time.process_time() - start)
    print(f"processor seconds until the first number: {', '.join(f'{each:.2f}' for each in took)}")
    assert min(took) < 2.0
