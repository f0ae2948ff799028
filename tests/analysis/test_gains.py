"""Gains and losses: every person is matched in both runs and counted once."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from takeup import PermitModel
from takeup.analysis import comparison_tasks, summarise_comparison, t_interval
from takeup.analysis.compare.gains import ALL, COUNTS, transition_table
from takeup.district import ATTRIBUTES, GROUPS, LEVEL_OF, PROFILES, District
from takeup.runs import RunSettings, run_tasks
from takeup.runs.task import TRANSITIONS, permit_snapshot, transition_counts
from takeup.scenario import Intervention, Scenario
from takeup.scenario.interventions import SourcedIntervention
from takeup.simulation import people_table

SETTLING = {"settle": 0.05, "months_to_settle": 12.0}
"""So many holders settle that many slots hold another person under the policy than without it."""
UNTIL = "2014-12"
LEAFLETS = Scenario(
    "leaflets", "Leaflets", "", "test",
    (
        SourcedIntervention(
            Intervention.model_validate({"lever": "publicity", "add": 0.3, "from": "2010-06"}), None, 1
        ),
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def worlds(village: District) -> tuple[PermitModel, PermitModel]:
    """A village without and with leaflets, in which holders gain local hukou quickly."""
    models = tuple(PermitModel(village, policy, 600, rng=5, parameters=SETTLING) for policy in (None, LEAFLETS))
    for model in models:
        model.run_until(UNTIL)
    return models[0], models[1]


def counted(worlds: tuple[PermitModel, PermitModel]) -> np.ndarray:
    return transition_counts(permit_snapshot(worlds[0]), permit_snapshot(worlds[1]), worlds[1].timeline.targets)


def test_transitions_equal_those_of_each_person_matched_by_identifier(
    worlds: tuple[PermitModel, PermitModel], village: District
) -> None:
    without, under = (people_table(model).set_index("person") for model in worlds)
    merged = without.add_suffix("_without").join(under.add_suffix("_under"), how="outer")
    here, there = merged["status_without"].notna(), merged["status_under"].notna()
    valid, valid_under = merged["status_without"] == "valid", merged["status_under"] == "valid"
    expected = {
        "both": here & there & valid & valid_under,
        "gained": here & there & ~valid & valid_under,
        "lost": here & there & valid & ~valid_under,
        "neither": here & there & ~valid & ~valid_under,
        "only_baseline_valid": here & ~there & valid,
        "only_baseline_other": here & ~there & ~valid,
        "only_policy_valid": there & ~here & valid_under,
        "only_policy_other": there & ~here & ~valid_under,
    }
    assert list(expected) == list(TRANSITIONS)
    counts = counted(worlds)
    groups = [*GROUPS, *(("street", street) for street in village.streets)]
    for row, (attribute, level) in enumerate(groups):
        of_group = merged[f"{attribute}_without"].where(here, merged[f"{attribute}_under"]) == level
        assert counts[row].tolist() == [int((each & of_group).sum()) for each in expected.values()]
    assert (counts[: len(ATTRIBUTES["age"])].sum(axis=0) > 0).all(), "every fate occurs"


def test_a_person_is_the_same_in_both_worlds(worlds: tuple[PermitModel, PermitModel]) -> None:
    without, under = (people_table(model).set_index("person") for model in worlds)
    both = without.index.intersection(under.index)
    assert 0 < len(both) < len(without)
    for column in ("street", *ATTRIBUTES, "taste", "attentiveness", "insured"):
        pd.testing.assert_series_equal(without.loc[both, column], under.loc[both, column])
    assert (without.loc[both, "residence_months"] != under.loc[both, "residence_months"]).any(), (
        "someone came in another month, and is still the same"
    )


def test_levels_sum_to_everybody_exactly(worlds: tuple[PermitModel, PermitModel], village: District) -> None:
    counts = counted(worlds)
    ends = np.cumsum([0, *(len(levels) for levels in ATTRIBUTES.values()), len(village.streets)])
    sums = {tuple(counts[first:last].sum(axis=0).tolist()) for first, last in pairwise(ends)}
    assert len(sums) == 1
    assert sum(next(iter(sums))[:6]) == worlds[0].state.population


def test_gains_and_losses_account_for_the_difference_in_permits(worlds: tuple[PermitModel, PermitModel]) -> None:
    total = dict(zip(TRANSITIONS, counted(worlds)[: len(ATTRIBUTES["age"])].sum(axis=0).tolist(), strict=True))
    more = int(worlds[1].rows[-1]["valid"]) - int(worlds[0].rows[-1]["valid"])
    assert total["gained"] - total["lost"] + total["only_policy_valid"] - total["only_baseline_valid"] == more


def test_a_policy_that_does_nothing_gains_nobody_and_loses_nobody(worlds: tuple[PermitModel, PermitModel]) -> None:
    stand = permit_snapshot(worlds[0])
    persons = dict(
        zip(
            TRANSITIONS, transition_counts(stand, stand, worlds[0].timeline.targets).sum(axis=0).tolist(), strict=True
        )
    )
    assert {outcome for outcome, number in persons.items() if number} == {"both", "neither"}


def test_the_targets_are_counted_last(worlds: tuple[PermitModel, PermitModel]) -> None:
    snapshots = [permit_snapshot(model) for model in worlds]
    targets = np.zeros((worlds[0].world.streets, PROFILES), dtype=bool)
    targets[1, LEVEL_OF["housing"] == 1] = True
    counts = transition_counts(*snapshots, targets)[-1]
    people = people_table(worlds[1])
    is_target = (people["street"] == worlds[1].district.streets[1]) & (people["housing"] == "informal_lease")
    residents = dict(zip(TRANSITIONS, counts.tolist(), strict=True))
    stayed = sum(residents[name] for name in ("both", "gained", "lost", "neither"))
    assert stayed + residents["only_policy_valid"] + residents["only_policy_other"] == is_target.sum()
    valid = residents["both"] + residents["gained"] + residents["only_policy_valid"]
    assert valid == (is_target & (people["status"] == "valid")).sum()
    assert (transition_counts(*snapshots, ~targets)[-1] + counts).tolist() == counted(worlds)[-1].tolist()


def test_the_table_is_in_persons_of_the_district_and_means_over_runs(template: District) -> None:
    settings = RunSettings(agents=1_500, seed=3, parameters=SETTLING, until="2012-06")
    tasks = comparison_tasks(template, [LEAFLETS], settings, replicates=2)
    results = run_tasks(tasks)
    comparison = summarise_comparison(template, tasks, results)
    table = comparison.gains
    assert list(table.columns[3:12]) == list(COUNTS)
    assert len(table) == 1 + len(GROUPS) + len(template.streets)
    overall = table.iloc[0]
    assert (overall["attribute"], overall["level"]) == (ALL, ALL)
    for _, rows in table.iloc[1:].groupby("attribute"):
        assert rows[list(COUNTS)].sum().to_numpy() == pytest.approx(overall[list(COUNTS)].to_numpy(float), abs=1e-6)
    end = comparison.comparison.set_index(["scenario", "month"]).loc[("leaflets", "2012-06")]
    more = overall["gained"] - overall["lost"] + overall["only_policy_valid"] - overall["only_baseline_valid"]
    assert more == pytest.approx(end["difference_persons"])
    shares = np.array([[100 * run[1].transitions[:4, 1].sum() / run[1].transitions[:4, :4].sum()] for run in results])
    interval = t_interval(shares)
    assert overall["gained_percent"] == pytest.approx(shares.mean())
    assert [overall["low"], overall["high"]] == pytest.approx([interval.low[0], interval.high[0]])


def test_counts_over_draws_sum_to_all_persons() -> None:
    """They are means; the medians of these draws do not add up."""
    transitions = np.random.default_rng(1).integers(0, 200, (5, 1, len(GROUPS) + 1, len(TRANSITIONS))).astype(float)
    table = transition_table(transitions, ["x"], ["street"], 10.0, drawn=True)
    counts = ["both", "gained", "lost", "neither"]
    assert table[counts].sum(axis=1).to_numpy() == pytest.approx(table["persons"].to_numpy())
    medians = 10.0 * np.median(transitions[:, 0, 0, :4], axis=0)
    assert abs(medians.sum() - 10.0 * np.median(transitions[:, 0, 0, :4].sum(axis=1))) > 1.0
    assert table.loc[1, counts].to_numpy(float) == pytest.approx(10.0 * transitions[:, 0, 0, :4].mean(axis=0))
    assert (table["low"] < table["high"]).all()


def test_a_group_without_anybody_has_no_share() -> None:
    table = transition_table(
        np.zeros((2, 1, len(GROUPS) + 1, len(TRANSITIONS))), ["x"], ["street"], 10.0, drawn=False
    )
    assert (table["persons"] == 0).all()
    assert table["gained_percent"].isna().all()


def test_transitions_do_not_depend_on_when_the_scenarios_branch(template: District) -> None:
    """With a further scenario that acts earlier, the common history is shorter; the results are the same."""
    early = Scenario("early", "Early", "", "test", (SourcedIntervention(
        Intervention.model_validate({"lever": "attention", "add": 0.1, "from": "2010-03"}), None, 1),))  # fmt: skip
    settings = RunSettings(agents=1_500, until="2011-06")
    alone, beside = (
        run_tasks(comparison_tasks(template, scenarios, settings, replicates=1))[0]
        for scenarios in ([LEAFLETS], [early, LEAFLETS])
    )
    assert (alone[1].transitions == beside[2].transitions).all()
    assert (beside[0].transitions[:, 4:] == 0).all()
