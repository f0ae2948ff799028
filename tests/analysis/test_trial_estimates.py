"""Estimates of a trial: by hand, against the true effect, and without an effect.

Coverage is tested over 100 trials with fixed seeds; a correct interval fails with a probability of at most 1e-3.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import pytest
from scipy.stats import binom

from takeup import PermitModel
from takeup.analysis.statistics import TRIAL_CONFIDENCE
from takeup.analysis.trial.design import TrialDesign, enrol_persons, make_design
from takeup.analysis.trial.estimators import FollowUp, cluster_effect, estimate_effects, individual_effect
from takeup.analysis.trial.run import TrialRow, run_trial
from takeup.district import District
from takeup.scenario import BASELINE, Scenario
from takeup.simulation import people_table
from tests.scenario.written import policy

ERROR_RATE: Final = 1e-3
TRIALS: Final = 100
FIRST, LAST = "2010-07", "2011-03"
ALONE: Final = {"norm": 0, "word_of_mouth": 0, "wait_cost": 0, "supply.schooling": math.inf, "capacity": 200_000}
"""Nobody's permit depends on anybody else's: no example, no talk, no queue that matters, no scarce service."""
CROWDED: Final = {"norm": 3.0, "word_of_mouth": 0.05, "capacity": 2_000}
HELPS = policy(
    {"lever": "publicity", "set": 0.3, "from": FIRST}, {"lever": "documents", "multiply": 0.5, "from": FIRST}
)
NOTHING = policy({"lever": "publicity", "multiply": 1, "from": FIRST}, {"lever": "stigma", "add": 0, "from": FIRST})


def design(
    scenario: Scenario = HELPS, unit: str = "person", share: float = 0.5, eligible: str = "all"
) -> TrialDesign:
    return make_design(
        scenario, share=share, unit=unit, eligible=eligible, groups={}, months=[LAST], start="2010-01", until=LAST
    )


def trial(
    district: District,
    seed: int,
    trial_design: TrialDesign,
    scenario: Scenario = HELPS,
    parameters: dict[str, float] | None = None,
    agents: int = 800,
) -> list[TrialRow]:
    """The rows of both arms."""
    model = PermitModel(district, None, agents, rng=seed, parameters=parameters or ALONE)
    model.run_until("2010-06")
    return run_trial(model, scenario, trial_design)


def followed(treated: list[int], trial: list[int], without: list[int], all_treated: list[int]) -> FollowUp:
    arms, *worlds = (np.array(values, dtype=bool) for values in (treated, trial, without, all_treated))
    return FollowUp(arms, np.arange(len(treated)) // 2, *worlds)


def test_estimates_by_hand() -> None:
    """Eight persons: the treated go from 1 of 4 to 3, the controls from 2 of 4 to 3, everyone from 3 of 8 to 6."""
    effects = estimate_effects(
        followed(
            [1, 1, 1, 1, 0, 0, 0, 0], [1, 1, 1, 0, 1, 1, 1, 0], [1, 0, 0, 0, 1, 1, 0, 0], [1, 1, 1, 0, 1, 1, 1, 0]
        ),
        by_street=False,
    )
    assert effects.itt.points == pytest.approx(50 - 25)
    assert effects.spillover == pytest.approx(25)
    assert effects.naive.points == pytest.approx(0)
    assert effects.true_effect == pytest.approx(100 * 3 / 8)
    assert effects.bias == pytest.approx(-100 * 3 / 8)
    assert effects.imbalance == pytest.approx(25 - 50)


def test_the_variance_of_two_shares_by_hand() -> None:
    """Neyman's, less that of effects of one sign: 18 of 30 against 6 of 30."""
    treated, controls = np.repeat([1.0, 0.0], [18, 12]), np.repeat([1.0, 0.0], [6, 24])
    effect = individual_effect(treated, controls)
    variance = 0.24 / 29 + 0.16 / 29 - 60 / 59 * 0.24 / 60
    freedom = (0.24 / 29 + 0.16 / 29) ** 2 / ((0.24 / 29) ** 2 / 29 + (0.16 / 29) ** 2 / 29)
    assert effect.points == pytest.approx(40)
    assert freedom == pytest.approx(55.8, abs=0.1)
    quantile = 1.6727  # of Student's t with 55.8 degrees of freedom, at 0.95
    assert effect.high - effect.points == pytest.approx(100 * quantile * math.sqrt(variance), rel=1e-3)
    assert effect.points - effect.low == pytest.approx(effect.high - effect.points)


def test_an_arm_of_few_persons_or_one_street_has_no_interval() -> None:
    """All values of a small arm may happen to be equal, and an interval without width would claim certainty."""
    small_arm = individual_effect(np.zeros(29), np.zeros(500))
    assert small_arm.points == 0.0
    assert math.isnan(small_arm.low)
    assert individual_effect(np.zeros(30), np.zeros(500)).low == 0.0
    of_streets = cluster_effect(np.array([1.0, 0.0, 1.0]), np.array([True, True, False]), np.array([0, 0, 1]))
    assert of_streets.points == -50
    assert math.isnan(of_streets.low)
    assert math.isnan(individual_effect(np.array([]), np.array([1.0, 0.0])).points)


def test_neighbours_who_do_alike_make_the_interval_wider() -> None:
    """Streets of ten persons who behave alike contain as much information as one person each."""
    treated = np.repeat([True, False], 200)
    streets = np.repeat(np.arange(40), 10)
    outcomes = (streets % 5 < np.where(treated, 3, 2)).astype(float)
    as_streets = cluster_effect(outcomes, treated, streets)
    as_persons = individual_effect(outcomes[treated], outcomes[~treated])
    assert as_streets.points == pytest.approx(as_persons.points)
    assert (as_streets.high - as_streets.low) / (as_persons.high - as_persons.low) > 2.5


@pytest.mark.parametrize(
    ("unit", "share", "eligible", "agents"),
    [
        ("person", 0.5, "all", 800),
        pytest.param("person", 0.3, "qualified-nonholders", 800, marks=pytest.mark.slow),
        pytest.param("street", 0.3, "all", 1_500, marks=pytest.mark.slow),
    ],
)
def test_intervals_cover_the_true_effect_in_nine_trials_of_ten(
    village: District, template: District, unit: str, share: float, eligible: str, agents: int
) -> None:
    """Permits do not depend on other persons; each trial has other agents, random numbers and arms."""
    trial_design = design(unit=unit, share=share, eligible=eligible)
    district = village if unit == "person" else template  # which has 22 streets to draw from
    rows = [trial(district, seed, trial_design, agents=agents)[0] for seed in range(TRIALS)]
    least, most = binom.ppf([ERROR_RATE / 4, 1 - ERROR_RATE / 4], TRIALS, TRIAL_CONFIDENCE)  # of two intervals
    for low, high in (("low", "high"), ("naive_low", "naive_high")):
        covered = sum(row[low] <= row["true_effect_points"] <= row[high] for row in rows)
        assert least <= covered <= most, f"{low} to {high} covers the true effect {covered} times of {TRIALS}"
    assert np.mean([row["true_effect_points"] for row in rows]) > 20


def test_without_spill_over_the_treated_do_as_if_everyone_were(village: District) -> None:
    """Persons are affected by their own arm only: controls do not change; the itt has random error only."""
    rows = [trial(village, seed, design())[0] for seed in range(20)]
    assert {row["spillover_points"] for row in rows} == {0.0}
    off = [row["itt"] - row["true_effect_points"] for row in rows]
    assert abs(np.mean(off)) < 3 * np.std(off) / math.sqrt(len(off))


def test_where_people_affect_each_other_the_controls_change(village: District) -> None:
    rows = [trial(village, seed, design(), parameters=CROWDED)[0] for seed in range(8)]
    assert all(row["spillover_points"] != 0.0 for row in rows)


@pytest.mark.parametrize("unit", ["person", "street"])
@pytest.mark.parametrize("scenario", [NOTHING, BASELINE], ids=lambda scenario: scenario.name)
def test_a_scenario_that_does_nothing_has_an_effect_of_zero_exactly(
    village: District, unit: str, scenario: Scenario
) -> None:
    """This is true even with spill-over; the arms still differ at random."""
    row = trial(village, 3, design(scenario, unit), scenario, CROWDED)[0]
    for name in ("itt", "spillover_points", "true_effect_points"):
        assert row[name] == 0.0, name
    assert row["naive_points"] == row["bias_points"] == row["imbalance_points"] != 0.0
    if unit == "person":
        assert (row["low"], row["high"]) == (0.0, 0.0)


def test_the_rows_add_up(village: District) -> None:
    treated, control = trial(village, 1, design(), parameters=CROWDED)
    assert (treated["arm"], control["arm"]) == ("treated", "control")
    assert treated["assigned"] + control["assigned"] == 800
    assert treated["valid"] <= treated["persons"] < treated["assigned"]
    shares = [row["valid"] / row["persons"] for row in (treated, control)]
    assert treated["naive_points"] == pytest.approx(100 * (shares[0] - shares[1]))
    assert treated["bias_points"] == pytest.approx(treated["naive_points"] - treated["true_effect_points"])
    assert treated["imbalance_points"] == pytest.approx(treated["naive_points"] - treated["itt"])
    assert {name: treated[name] for name in list(treated)[5:]} == {name: control[name] for name in list(control)[5:]}


def test_those_who_settle_in_one_world_are_followed_in_none(village: District) -> None:
    """More of the treated have permits and settle; keeping them in other runs would unbalance the arms."""
    settling = {**ALONE, "settle": 0.05, "months_to_settle": 1}
    treated, control = trial(village, 2, design(), parameters=settling)
    model = PermitModel(village, None, 800, rng=2, parameters=settling)
    model.run_until("2010-06")
    enrolled = enrol_persons(model, design())
    worlds = [model.start_trial(HELPS, enrolled.assignment), model.branch(HELPS), model]
    stay = []
    for world in worlds:
        world.run_until(LAST)
        stay.append(set(people_table(world)["person"]) & set(enrolled.persons.tolist()))
    assert len({len(each) for each in stay}) > 1
    in_all = stay[0] & stay[1] & stay[2]
    assert treated["persons"] + control["persons"] == len(in_all) < max(map(len, stay))
