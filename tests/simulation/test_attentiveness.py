"""Attentiveness: a permanent trait with mean 1, and what follows from its spread.

The closed forms concern the people who stay from the start to the month of the count: leaving does not depend on
attentiveness, so they are as good as drawn from the table of its values. Given the table, each person is independent
of all others, and a count of persons has the binomial variance at most. Every bound is five standard deviations.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from takeup import Migrant, PermitModel, rng
from takeup.district import LEVEL_OF, District
from takeup.rules import FORGOT, LAPSED, NONE, UNAWARE, VALID
from takeup.simulation.world import ATTENTIVENESS_LEVELS, attentiveness_values
from tests.scenario.written import policy
from tests.simulation.bounds import LEAST_P, assert_count, assert_fits
from tests.simulation.comparison import assert_same_state
from tests.simulation.eventful_scenario import EVERYTHING, PARAMETERS

AGENTS = 20_000
SIGMAS = (0.0, 0.3, 1.0, 2.0)
DEAF = {"word_of_mouth": 0.0, "forget": 0.0, "stigma": 10.0, "value": 0.0, "norm": 0.0, "settle": 0.0}
"""Only publicity informs, nothing is forgotten, and nobody applies."""
WILLING = {
    "word_of_mouth": 0.0, "forget": 0.0, "publicity": 0.0, "settle": 0.0, "heard_at_start": 1.0, "hassle": 0.0,
    "enforcement": 10.0, "return_rate": 0.0, "months_to_qualify": 0, "register": 1.0, "move": 0.0, "norm": 0.0,
    "documents": 0.0, "trips": 0, "wait_cost": 0.0,
}  # fmt: skip
"""Everybody is eligible, has heard of the permit and would apply or endorse as soon as they consider it."""


class Stayers:
    """The people of a model who have not left since the start."""

    def __init__(self, model: PermitModel) -> None:
        self._model, self._persons = model, model.state.columns["person"].copy()

    def column(self, name: str) -> NDArray[np.generic]:
        """Column of the state of those who are still present."""
        columns = self._model.state.columns
        return np.asarray(columns[name][columns["person"] == self._persons])


def assert_mixture(occurred: NDArray[np.bool_], probability: Callable[[NDArray[np.float64]], NDArray[np.float64]],
                   values: NDArray[np.float64], what: str) -> None:  # fmt: skip
    """The number of persons is that of the mixture over the values, and not that of equally attentive people.

    Args:
        occurred: by person, whether the event occurred.
        probability: probability of the event, given attentiveness.
        values: equally likely values of attentiveness.
        what: description of the event.
    """
    share, equal = float(probability(values).mean()), float(probability(np.ones(1))[0])
    count, persons = int(occurred.sum()), len(occurred)
    variance = persons * share * (1.0 - share)
    assert_count(count, persons * share, variance, what)
    assert abs(equal - share) * persons > 10 * variance**0.5, f"{what}: the count cannot tell the two apart"


@pytest.mark.parametrize("sigma", [*SIGMAS, 10.0])
def test_values_of_attentiveness_are_lognormal_with_mean_1(sigma: float) -> None:
    """Mid-point quantiles: their logarithms are linear in the normal quantiles, with `sigma` as slope."""
    values = attentiveness_values(sigma)
    assert values.shape == (ATTENTIVENESS_LEVELS,)
    assert values.mean() == pytest.approx(1.0, abs=1e-14)
    quantiles = stats.norm.ppf((np.arange(ATTENTIVENESS_LEVELS) + 0.5) / ATTENTIVENESS_LEVELS)
    np.testing.assert_allclose(np.log(values) - np.log(values).mean(), sigma * quantiles, atol=1e-12)


def test_without_a_spread_every_value_is_exactly_1() -> None:
    assert set(attentiveness_values(0.0).tolist()) == {1.0}


def test_attentiveness_is_uniform_over_the_table_and_independent_of_taste(template: District) -> None:
    """Chi-squared of the levels, and of 16 by 16 classes of both, among 100,000 (error rate 1e-6 each)."""
    columns = PermitModel(template, agents=100_000, rng=1).state.columns
    level, taste = columns["attentiveness"].astype(int), columns["taste"].astype(int)
    assert_fits(np.bincount(level, minlength=256), np.full(256, len(level) / 256), "levels")
    for bits in (level // 16, level % 16):
        for others in (taste // 4_096, taste % 16):
            classes = np.bincount(16 * bits + others, minlength=256)
            assert_fits(classes, np.full(256, len(level) / 256), "levels and tastes")
    assert stats.spearmanr(level, taste).pvalue >= LEAST_P


@pytest.mark.parametrize("engine", ["compiled", "objects"])
def test_a_person_keeps_their_attentiveness_and_a_newcomer_has_their_own(village: District, engine: str) -> None:
    """It is the third byte from the top of the person's word TASTE, whatever the month, the policy and the engine."""
    model = PermitModel(village, EVERYTHING, 300, engine, 5, parameters=PARAMETERS)  # type: ignore[arg-type]
    first = {migrant.identity: migrant.attentiveness for migrant in model.agents_by_type[Migrant]}
    start = rng.stream_start(5, rng.PERMANENT, rng.TASTE)
    model.run_until("2011-06")
    later = {migrant.identity: migrant for migrant in model.agents_by_type[Migrant]}
    assert first.keys() & later.keys()
    assert later.keys() - first.keys()
    for person, migrant in later.items():
        level = (int(rng.random_word(start, person)) >> 40) % 256
        assert model.state.columns["attentiveness"][migrant.slot] == level
        assert migrant.attentiveness == model.world.attentiveness[level] == first.get(person, migrant.attentiveness)
    assert len({migrant.attentiveness for migrant in later.values()}) > 100


@pytest.mark.parametrize("engine", ["compiled", "objects"])
def test_without_a_spread_the_attentiveness_of_people_changes_no_bit(village: District, engine: str) -> None:
    usual, permuted = (PermitModel(village, EVERYTHING, 300, engine, 5) for _ in range(2))  # type: ignore[arg-type]
    level = permuted.state.columns["attentiveness"]
    level[:] = ~level
    for model in (usual, permuted):
        model.run_until("2011-06")
    stayed = permuted.state.columns["attentiveness"] != usual.state.columns["attentiveness"]
    assert stayed.any()
    level[stayed] = ~level[stayed]
    assert_same_state(usual, permuted)
    assert usual.rows == permuted.rows


def test_a_spread_changes_nothing_in_the_first_state_but_attentiveness(template: District) -> None:
    equal, unequal = (PermitModel(template, agents=2_000, rng=1, parameters={"attention_spread": s}) for s in (0, 1))
    assert_same_state(equal, unequal)
    assert (equal.world.attentiveness == 1.0).all()
    assert not (unequal.world.attentiveness == 1.0).any()


def test_awareness_by_publicity_is_a_mixture_over_attentiveness(template: District) -> None:
    """People of one education, in five months; the most attentive are reached for certain (error rate 6e-7 each)."""
    overrides = DEAF | {"publicity": 0.2, "heard_at_start": 0.0, "attention_spread": 1.0}
    model = PermitModel(template, agents=AGENTS, rng=21, parameters=overrides)
    stayers, values = Stayers(model), model.world.attentiveness
    reached = 0.2 * model.parameters.number("reach.junior")
    assert values.max() * reached > 1.0
    for months in (1, 3, 6, 12, 24):
        model.run_until(model.start - 1 + months)
        junior = LEVEL_OF["education"][stayers.column("profile")] == 1
        aware = (stayers.column("knowledge") != UNAWARE)[junior]
        if months == 1:  # only the clipped values make the mean differ from that of equally attentive people
            share = float(np.minimum(1.0, values * reached).mean())
            assert_count(int(aware.sum()), share * len(aware), share * (1.0 - share) * len(aware), "first month")
        else:
            assert_mixture(
                aware, lambda a, t=months: 1.0 - (1.0 - np.minimum(1.0, a * reached)) ** t, values,
                f"aware after {months} months",
            )  # fmt: skip


@pytest.mark.parametrize("sigma", [0.5, 1.5])
def test_the_share_who_have_applied_is_a_mixture_over_attentiveness(template: District, sigma: float) -> None:
    """Of those who would apply at once if they considered it (error rate 6e-7 each)."""
    attention = 0.15
    model = PermitModel(
        template, agents=AGENTS, rng=22, parameters=WILLING | {"attention": attention, "attention_spread": sigma}
    )
    stayers, values = Stayers(model), model.world.attentiveness
    for months in (8, 16, 24):
        model.run_until(model.start - 1 + months)
        assert_mixture(
            stayers.column("status") != NONE,
            lambda a, t=months: 1.0 - (1.0 - np.minimum(1.0, a * attention)) ** t, values,
            f"applied after {months} months",
        )  # fmt: skip


def test_endorsements_in_time_and_late_are_a_mixture_over_attentiveness(template: District) -> None:
    """All permits are due in one month; then the lapsed endorse late, the attentive first (error rate 6e-7 each)."""
    remember, late = 0.6, 0.1
    overrides = WILLING | {"remember": remember, "late_attention": late, "attention_spread": 1.0}
    model = PermitModel(template, agents=AGENTS, rng=23, parameters=overrides)
    model.state.migrants.status[:] = VALID
    model.state.migrants.permit_months[:] = model.parameters.number("permit_term_months") - 1
    model.state.migrants.registered_months[:] = 1
    stayers, values = Stayers(model), model.world.attentiveness

    def forgets(a: NDArray[np.float64]) -> NDArray[np.float64]:
        return 1.0 - np.minimum(1.0, a * remember)

    for months in (0, 2, 6):
        model.run_until(model.start + months)
        assert_mixture(
            stayers.column("status") == LAPSED,
            lambda a, t=months: forgets(a) * (1.0 - np.minimum(1.0, a * late)) ** t, values,
            f"lapsed {months} months after the due one",
        )  # fmt: skip
        assert set(stayers.column("lapse_cause").tolist()) == {0, FORGOT}


def test_the_rate_of_considering_is_at_most_certainty(template: District) -> None:
    """With attention 1, all who are at least averagely attentive apply in the first month, at any pace of 1."""
    model = PermitModel(template, agents=2_000, rng=1, parameters=WILLING | {"attention": 1, "attention_spread": 2})
    stayers = Stayers(model)
    model.step()
    attentive = model.world.attentiveness[stayers.column("attentiveness")] >= 1.0
    applied = stayers.column("status") != NONE
    assert attentive.any()
    assert applied[attentive].all()
    assert not applied[~attentive].all()


def test_those_without_a_permit_are_less_attentive_the_longer_it_takes(template: District) -> None:
    """The selection for which the parameter exists: the remaining are no random sample."""
    model = PermitModel(
        template, agents=AGENTS, rng=24, parameters=WILLING | {"attention": 0.15, "attention_spread": 1.0}
    )
    stayers, means = Stayers(model), []
    for months in (0, 6, 12, 24):
        model.run_until(model.start - 1 + months)
        attentiveness = model.world.attentiveness[stayers.column("attentiveness")]
        means.append(float(attentiveness[stayers.column("status") == NONE].mean()))
    assert means == sorted(means, reverse=True)
    assert means[-1] < 0.5 * means[0]


def test_the_filter_of_candidates_loses_nobody_where_attention_differs_between_groups(village: District) -> None:
    """The highest pace and attention belong to different groups and differ between decisions; both engines agree."""
    scenario = policy(
        {"lever": "attention", "set": 0.4, "from": "2010-01", "groups": {"education": ["primary"]}},
        {"lever": "late_attention", "set": 0.9, "from": "2010-01", "groups": {"housing": ["informal_lease"]}},
        {"lever": "permit_term_months", "set": 3, "from": "2010-02"},
    )
    overrides = PARAMETERS | {"attention_spread": 1.5, "value": 20.0, "hassle": 1.0, "renewal": 0.1}
    compiled, objects = (
        PermitModel(village, scenario, 300, engine, 5, parameters=overrides) for engine in ("compiled", "objects")
    )  # type: ignore[arg-type]
    for model in (compiled, objects):
        model.run_until("2011-06")
    assert_same_state(compiled, objects)
    assert compiled.history()["endorsed_late"].sum() > 0
