"""Tests of the choice of the representative values, with an invented posterior."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from takeup_calibration.priors import to_normal_scores, to_uniforms
from takeup_calibration.representative import (
    IDENTIFIED,
    OTHER_PARAMETER,
    OUTCOME,
    CentralRegion,
    Points,
    Position,
    Representative,
    choose_representative,
)
from tests.calibration.fixtures import make_target

DRAWS, PARAMETERS = 300, 12
TAKE_UP = make_target("take_up", 0.242, 0.02)
NAMES = [f"p{i}" for i in range(PARAMETERS)]
OUTCOMES = [*(f"effect {i}" for i in range(6)), *(f"reason {i}" for i in range(12))]


def simulate(uniforms: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return outcomes and take-up of an invented model: skewed, curved, with interactions."""
    scores = to_normal_scores(uniforms)
    loadings = np.random.default_rng(3).normal(0.0, 0.5, (PARAMETERS, len(OUTCOMES)))
    outcomes = np.exp(scores @ loadings) + 0.5 * scores[:, :1] * scores[:, 1:2] + scores[:, 2:3] ** 2
    linear = 0.05 * scores[:, 0] + 0.04 * scores[:, 1] - 0.03 * scores[:, 3]
    return outcomes, (0.25 + linear + 0.01 * scores[:, 0] ** 2)[:, np.newaxis]


def make_region(predict: float = 0.242) -> CentralRegion:
    """Return the region of draws that predict a take-up of about `predict`."""
    uniforms = np.random.default_rng(1).random((20_000, PARAMETERS))
    near = np.flatnonzero(np.abs(simulate(uniforms)[1][:, 0] - predict) < 0.02)[:DRAWS]
    draws = Points(uniforms[near], *simulate(uniforms[near]))
    return CentralRegion(draws, NAMES, np.arange(PARAMETERS) < 4, OUTCOMES, [TAKE_UP])


REGION = make_region()
NO_POINT = np.empty(0, np.int64)


def choose(region: CentralRegion, points: Points | None = None) -> Representative:
    """Return the choice among points, by default the draws of the region."""
    points = points or region.draws
    return choose_representative(region, points, [np.arange(len(points.uniforms)), NO_POINT], simulate)


def test_values_are_central_in_every_quantity_and_meet_the_local_target() -> None:
    representative = choose(REGION)
    outcomes, predicted = simulate(representative.uniforms[np.newaxis])
    for column, known in enumerate(REGION.identified):
        low, high = IDENTIFIED if known else OTHER_PARAMETER
        ends = np.percentile(REGION.draws.uniforms[:, column], [low, high])
        assert ends[0] <= representative.uniforms[column] <= ends[1], NAMES[column]
    low, high = np.percentile(REGION.draws.outcomes, OUTCOME, axis=0)
    assert (low - 0.05 <= outcomes[0]).all()
    assert (outcomes[0] <= high + 0.05).all()
    assert predicted[0, 0] == pytest.approx(0.242, rel=0.005)
    assert representative.missed == []
    assert len(representative.positions) == PARAMETERS + len(OUTCOMES) + 1


def test_no_draw_of_the_invented_posterior_is_central() -> None:
    """A construction is therefore needed in the test above."""
    assert all(any(not each.is_met for each in positions) for positions in REGION.positions(REGION.draws))
    assert choose(REGION).point is None


def test_a_central_draw_is_preferred_to_constructed_values() -> None:
    central = choose(REGION).uniforms[np.newaxis]
    uniforms = np.concatenate([REGION.draws.uniforms, central])
    points = Points(uniforms, *simulate(uniforms))
    assert choose(REGION, points).point == DRAWS


def test_another_point_is_chosen_if_no_draw_is_central() -> None:
    central = choose(REGION).uniforms[np.newaxis]
    uniforms = np.concatenate([REGION.draws.uniforms, central])
    points = Points(uniforms, *simulate(uniforms))
    groups = [np.arange(DRAWS), np.array([DRAWS])]
    assert choose_representative(REGION, points, groups, simulate).point == DRAWS


def test_of_two_central_points_the_more_central_one_is_chosen() -> None:
    central = choose(REGION).uniforms
    # The more central of two points in the region, one of them moved in a parameter without effect on take-up.
    uniforms = np.stack([central, central])
    uniforms[0, 11] = to_uniforms(to_normal_scores(central[11:12]) + 0.1)[0]
    points = Points(uniforms, *simulate(uniforms))
    ratios = REGION.ratios(points)
    assert (np.abs(ratios) <= 1).all(), "both are in the region"
    assert choose(REGION, points).point == int((ratios**2).mean(axis=1).argmin())


def test_the_choice_is_deterministic() -> None:
    one, other = choose(REGION), choose(REGION)
    assert one.positions == other.positions
    assert (one.uniforms == other.uniforms).all()


def test_quantities_that_cannot_be_central_are_reported() -> None:
    """A take-up of 0.6 is far from that of all draws, and values that reach it are not central."""
    far = replace(REGION, targets=[make_target("take_up", 0.6, 0.02)])
    missed = choose(far).missed
    assert missed
    assert all(each.value < each.low or each.value > each.high for each in missed)


def test_failed_simulations_end_the_construction() -> None:
    def fail(uniforms: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return np.full((len(uniforms), len(OUTCOMES)), np.nan), np.full((len(uniforms), 1), np.nan)

    groups = [np.arange(DRAWS)]
    assert choose_representative(REGION, REGION.draws, groups, fail).missed


def test_equal_outcomes_count_half() -> None:
    """A reason that no draw has is at the median, also if a run of more migrants has a few persons with it."""
    outcomes = np.zeros_like(REGION.draws.outcomes)
    region = replace(REGION, draws=replace(REGION.draws, outcomes=outcomes))
    rare = Points(REGION.draws.uniforms[:1], outcomes[:1] + 0.01, REGION.draws.predicted[:1])
    assert region.percentiles(rare)[0, PARAMETERS:] == pytest.approx(50.0)


def test_percentiles_are_those_of_the_draws() -> None:
    percentiles = REGION.percentiles(REGION.draws)[:, 0]
    order = REGION.draws.uniforms[:, 0].argsort()
    assert percentiles[order] == pytest.approx((np.arange(DRAWS) + 0.5) / DRAWS * 100)


def test_a_position_is_met_at_the_ends_of_its_range() -> None:
    assert [Position("any", value, 10, 90).is_met for value in (9.9, 10, 90, 90.1)] == [False, True, True, False]
    assert not Position("any", float("nan"), 10, 90).is_met
