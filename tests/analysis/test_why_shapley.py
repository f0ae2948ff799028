"""Shapley values of games with known values, and the axioms of Shapley."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from takeup.analysis.why import shapley_values

PLAYERS = 5
COALITIONS = np.arange(2**PLAYERS)
MEMBERS = (COALITIONS[:, np.newaxis] >> np.arange(PLAYERS)) & 1


def by_every_order(payoffs: NDArray[np.float64], players: int) -> NDArray[np.float64]:
    """The definition: the marginal contribution of each player, averaged over all orders."""
    values = np.zeros(players)
    orders = list(permutations(range(players)))
    for order in orders:
        coalition = 0
        for player in order:
            joined = coalition | 1 << player
            values[player] += payoffs[joined] - payoffs[coalition]
            coalition = joined
    return values / len(orders)


worths = st.lists(st.floats(-100.0, 100.0), min_size=2**PLAYERS, max_size=2**PLAYERS).map(np.array)


def test_in_an_additive_game_everyone_gets_what_they_bring() -> None:
    brought = np.array([3.0, -1.0, 0.0, 7.5, 2.0])
    np.testing.assert_allclose(shapley_values(24.2 + MEMBERS @ brought), brought, atol=1e-12)


@pytest.mark.parametrize("needed", [0b00001, 0b10110, 0b11111])
def test_in_a_unanimity_game_those_who_are_needed_share_alike(needed: int) -> None:
    payoffs = 6.0 * ((COALITIONS & needed) == needed)
    expected = np.array([6.0 / needed.bit_count() if needed >> player & 1 else 0.0 for player in range(PLAYERS)])
    np.testing.assert_allclose(shapley_values(payoffs), expected, atol=1e-12)


def test_in_a_symmetric_game_all_share_alike() -> None:
    payoffs = MEMBERS.sum(axis=1) ** 2.0
    np.testing.assert_allclose(shapley_values(payoffs), np.full(PLAYERS, PLAYERS), atol=1e-12)


def test_in_the_glove_game_the_one_left_glove_gets_two_thirds() -> None:
    """Player 0 has a left glove, players 1 and 2 have a right one each; a pair has the value 1."""
    payoffs = np.array([0, 0, 0, 1, 0, 1, 0, 1], dtype=np.float64)
    np.testing.assert_allclose(shapley_values(payoffs), [2 / 3, 1 / 6, 1 / 6], atol=1e-12)


@given(worths)
def test_values_sum_to_what_all_reach_together(payoffs: NDArray[np.float64]) -> None:
    assert abs(shapley_values(payoffs).sum() - (payoffs[-1] - payoffs[0])) < 1e-9


@given(worths)
def test_values_are_the_averages_over_all_orders(payoffs: NDArray[np.float64]) -> None:
    np.testing.assert_allclose(shapley_values(payoffs), by_every_order(payoffs, PLAYERS), atol=1e-9)


@given(worths, st.integers(0, PLAYERS - 1))
def test_who_adds_nothing_gets_nothing(payoffs: NDArray[np.float64], player: int) -> None:
    idle = payoffs[COALITIONS & ~(1 << player)]
    assert abs(shapley_values(idle)[player]) < 1e-12


def test_many_games_at_once_are_each_as_good_as_alone() -> None:
    games = np.random.default_rng(1).normal(size=(3, 2, 2**PLAYERS))
    values = shapley_values(games)
    assert values.shape == (3, 2, PLAYERS)
    np.testing.assert_allclose(values[2, 1], shapley_values(games[2, 1]), atol=1e-15)
