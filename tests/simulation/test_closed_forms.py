"""Closed forms: where a law can be worked out with pencil and paper, the model follows it.

Slots that do not listen to one another are independent, and at any time as good as drawn from the stationary law;
so counts have binomial bounds at most. Every bound is five standard deviations, or a probability of 1e-6.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from takeup import PermitModel
from takeup.district import ATTRIBUTES, LEVEL_OF, District, margin_of
from takeup.rules import HEARD, INFORMED, NEVER, UNAWARE
from takeup.simulation.world import expected_further_stay
from tests.simulation.bounds import assert_count, assert_fits, assert_mean
from tests.simulation.invariants import by_level, expected_profiles, leave_by_month, leave_of, residence_law, staying

AGENTS = 30_000
DEAF = {"word_of_mouth": 0.0, "forget": 0.0, "stigma": 10.0, "value": 0.0, "norm": 0.0, "settle": 0.0}
"""Nothing is learnt but from publicity, nothing forgotten, and nobody applies: issue would inform."""
BRIEF = {"leave.0-11": 0.08, "leave.12-35": 0.05, "leave.36-59": 0.1, "leave.60+": 0.5, "settle": 0.0}
"""Stays short enough to be watched from beginning to end."""


@pytest.fixture(scope="module")
def deaf(template: District) -> PermitModel:
    """Ten years of people who listen to publicity alone."""
    return PermitModel(template, agents=AGENTS, rng=11, parameters=DEAF)


def levels_of_knowledge(model: PermitModel, month: int) -> dict[int, np.ndarray]:
    """Expected persons by profile of each level of knowledge, after so many months of publicity alone."""
    number = model.parameters.number
    weight, law = expected_profiles(model), residence_law(leave_of(model.parameters))
    reached = number("publicity") * by_level(model.parameters, "reach", "education")
    # Whoever has lived here for r months has listened in r of them, or in all since the start.
    listened = np.minimum(np.arange(law.shape[1]), month)
    first_information = np.where(
        np.arange(law.shape[1]) < month, number("heard_on_arrival"), number("heard_at_start")
    )
    never = (1.0 - reached)[:, np.newaxis] ** listened
    once = listened * reached[:, np.newaxis] * (1.0 - reached)[:, np.newaxis] ** np.maximum(listened - 1, 0)
    unaware = weight * (law * (1.0 - first_information) * never).sum(axis=1)
    informed_by = weight * (law * (first_information * never + (1.0 - first_information) * once)).sum(axis=1)
    return {UNAWARE: unaware, HEARD: informed_by, INFORMED: weight - unaware - informed_by}


def test_awareness_follows_publicity_reach_and_leaving(template: District) -> None:
    """Levels of knowledge by education, which publicity reaches differently, in five months."""
    deaf = PermitModel(template, agents=AGENTS, rng=11, parameters=DEAF)
    for month in (1, 6, 24, 60, 120):
        deaf.run_until(deaf.start - 1 + month)
        assert deaf.rows[-1]["applications"] == 0
        education = LEVEL_OF["education"][deaf.state.columns["profile"]]
        for level, by_profile in levels_of_knowledge(deaf, month).items():
            knows = deaf.state.columns["knowledge"] == level
            for number, name in enumerate(ATTRIBUTES["education"]):
                expected = float(by_profile[LEVEL_OF["education"] == number].sum())
                count, sd = int((knows & (education == number)).sum()), expected * (1.0 - expected / AGENTS)
                assert_count(count, expected, sd, f"level {level}, {name}, month {month}")


def test_the_distribution_of_residence_is_stationary(deaf: PermitModel) -> None:
    """At the start, and after ten years: the stationary law is stationary."""
    fresh = PermitModel(deaf.district, agents=AGENTS, rng=12, parameters=DEAF)
    deaf.run_until("2019-12")
    weight, law = expected_profiles(deaf), residence_law(leave_of(deaf.parameters))
    edges = [0, 1, 2, 3, 6, 9, 12, 18, 24, 36, 48, 60, 84, 120, 180, 240, 360, law.shape[1]]
    expected = [float(weight @ law[:, a:b].sum(axis=1)) for a, b in pairwise(edges)]
    for model, when in ((fresh, "at the start"), (deaf, "after ten years")):
        counts, _ = np.histogram(model.state.columns["residence_months"], edges)
        assert_fits(counts, expected, f"residence {when}")


def test_the_stock_keeps_the_composition_of_the_raked_tables(deaf: PermitModel) -> None:
    """Though who stays shorter comes more often: margins of one and two attributes after ten years."""
    deaf.run_until("2019-12")
    profiles = deaf.state.columns["profile"]
    weight = expected_profiles(deaf)
    names = list(ATTRIBUTES)
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :] if "origin" not in (a, b)]
    for of in [*((name,) for name in names if name != "origin"), *pairs]:
        counts = np.zeros([len(ATTRIBUTES[attribute]) for attribute in of])
        np.add.at(counts, tuple(LEVEL_OF[attribute][profiles] for attribute in of), 1)
        assert_fits(counts, margin_of(weight, of), f"{' and '.join(of)} after ten years")


def test_departures_follow_from_the_mean_stay(deaf: PermitModel) -> None:
    deaf.run_until("2019-12")
    weight = expected_profiles(deaf)
    mean_stay = staying(leave_of(deaf.parameters)).sum(axis=1)
    months = len(deaf.rows)
    expected_of_a_slot = months * float(weight @ (1.0 / mean_stay)) / AGENTS
    generations = deaf.state.columns["person"] // AGENTS
    assert int(generations.sum()) == deaf.history()["departures"].sum() == deaf.history()["arrivals"].sum()
    assert_mean(generations - expected_of_a_slot, "departures of a slot in ten years")


def test_registration_follows_from_its_two_probabilities(deaf: PermitModel) -> None:
    """Registered with chance `register`, broken with chance `move`; at the start nothing is broken yet."""
    model = PermitModel(deaf.district, agents=AGENTS, rng=13, parameters=DEAF)
    weight, law = expected_profiles(model), residence_law(leave_of(model.parameters))
    register, move = (by_level(model.parameters, name, "housing")[:, np.newaxis] for name in ("register", "move"))
    run_model = np.arange(law.shape[1])
    for month in (0, 1, 12, 60):
        model.run_until(model.start - 1 + month)
        keeps, at_last = 1.0 - register - move, register / (register + move)
        before = np.maximum(run_model - month, 0)
        at_first = np.where(run_model < month, 0.0, 1.0 - (1.0 - register) ** before)
        share = at_last + (at_first - at_last) * keeps ** np.minimum(run_model, month)
        expected = float(weight @ (law * share).sum(axis=1))
        registered = int((model.state.columns["registered_months"] != NEVER).sum())
        assert_count(registered, expected, expected * (1.0 - expected / AGENTS), f"registered in month {month}")


def test_the_expected_further_stay_is_the_sum_of_the_probabilities_of_presence(template: District) -> None:
    """Month by month from each band's first, the coming month included; 1/h in the last band."""
    leave = np.unique(leave_of(template.parameters), axis=0)
    hazard = leave_by_month(leave, 20_000)
    further = expected_further_stay(leave)
    for band, begins in enumerate((0, 12, 36, 60)):
        left = np.cumprod(1.0 - hazard[:, begins:], axis=1)
        np.testing.assert_allclose(further[:, band], 1.0 + left.sum(axis=1), rtol=1e-9)
    np.testing.assert_allclose(further[:, 3], 1.0 / leave[:, 3], rtol=1e-12)


def test_the_expected_further_stay_of_a_certain_departure_is_one_month() -> None:
    further = expected_further_stay(np.array([[1.0, 1.0, 1.0, 1.0], [0.5, 1.0, 1.0, 1.0]]))
    np.testing.assert_allclose(further[0], [1.0, 1.0, 1.0, 1.0], rtol=0)
    np.testing.assert_allclose(further[1, 0], 2.0 - 0.5**12, rtol=0)


def test_the_share_of_the_benefit_follows_from_the_expected_further_stay(template: District) -> None:
    kinds = PermitModel(template, agents=1_600, rng=1).world.traits
    further = expected_further_stay(leave_of(template.parameters))
    np.testing.assert_allclose(kinds["stay"], 1.0 - np.exp(-further / 24.0), rtol=1e-12)
    np.testing.assert_allclose(kinds["mean_stay"], further[:, 0], rtol=1e-12)


def test_people_stay_as_long_as_expected(template: District) -> None:
    """Those who came in the first 20 months, watched for 200 more: their stay, and what is left at each band."""
    agents = 8_000
    model = PermitModel(template, agents=agents, rng=14, parameters=BRIEF)
    came = np.full(agents, -1)
    persons, profiles = (model.state.columns[name].copy() for name in ("person", "profile"))
    stays: list[np.ndarray] = []
    of: list[np.ndarray] = []
    for month in range(220):
        model.step()
        left = model.state.columns["person"] != persons
        cohort = left & (came >= 0) & (came < 20)
        stays.append(month - came[cohort])
        of.append(profiles[cohort])
        came[left] = month
        persons, profiles = (model.state.columns[name].copy() for name in ("person", "profile"))
    assert ((came < 0) | (came >= 20)).mean() > 0.999, "too many are still here for their stay to be known"
    stay, profile = np.concatenate(stays), np.concatenate(of)
    further = expected_further_stay(leave_of(model.parameters))
    assert len(stay) > 5_000
    for band, begins in enumerate((0, 12, 36, 60)):
        reached = stay > begins
        assert reached.sum() > 50
        assert_mean(stay[reached] - begins - further[profile[reached], band], f"stay from month {begins} on")


def test_newcomers_are_drawn_in_proportion_to_share_divided_by_mean_stay(template: District) -> None:
    """P(profile | origin) / mean stay; and P(profile | origin) at the start."""
    world = PermitModel(template, agents=1_600, rng=1).world
    leave, kinds = np.unique(leave_of(template.parameters), axis=0, return_inverse=True)
    mean_stay = staying(leave, 20_000).sum(axis=1)[kinds]
    for origin in (0, 1):
        share = np.where(LEVEL_OF["origin"] == origin, template.population.joint, 0.0)
        for cumulative, weight in ((world.stock[origin], share), (world.newcomers[origin], share / mean_stay)):
            drawn = np.diff(cumulative, prepend=0.0)
            np.testing.assert_allclose(drawn, weight / weight.sum(), atol=1e-12)
