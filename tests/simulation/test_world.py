"""The world: slots in streets, who listens to whom, tastes."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from takeup import PermitModel
from takeup.district import LEVEL_OF, PROFILES, District
from takeup.errors import InputError
from takeup.simulation.world import (
    World,
    build_world,
    first_slots,
    in_neighbours,
    service_needs,
    small_world_contacts,
)
from tests.simulation.bounds import LEAST_P, assert_count, assert_fits


def largest_remainder(shares: list[Fraction], seats: int) -> list[int]:
    """Whole parts first, then one each by remainder; ties to the first."""
    quotas = [share / sum(shares) * seats for share in shares]
    whole = [int(quota) for quota in quotas]
    order = sorted(range(len(shares)), key=lambda i: (whole[i] - quotas[i], i))
    for i in order[: seats - sum(whole)]:
        whole[i] += 1
    return whole


def built(district: District, agents: int, seed: int = 1, **overrides: float) -> World:
    return build_world(district, district.parameters.override(overrides, "a test"), agents, seed)


@pytest.mark.parametrize("agents", [1_667, 2_017, 4_001, 9_999, 20_000, 100_000])
def test_streets_have_slots_by_largest_remainder(template: District, liwan: District, agents: int) -> None:
    for district in (template, liwan):
        shares = [Fraction(str(share)) for share in district.street_shares]
        assert np.diff(built(district, agents).first).tolist() == largest_remainder(shares, agents)


@pytest.mark.slow
def test_streets_with_equal_remainders_are_served_in_order(template: District, liwan: District) -> None:
    """Shares are thousandths, so that at many numbers of slots remainders tie: then the first street goes first."""
    for district in (template, liwan):
        shares = [Fraction(str(share)) for share in district.street_shares]
        for agents in (*range(1_600, 6_000, 10), *range(1_667, 3_000, 7), 360_000, 2_000_000_000):
            blocks = first_slots(district, agents, 8)
            assert np.diff(blocks).tolist() == largest_remainder(shares, agents), agents


def test_each_street_is_split_by_origin_by_largest_remainder(template: District) -> None:
    world = built(template, 5_003)
    guangdong = float(template.population.joint[LEVEL_OF["origin"] == 0].sum())
    for begin, middle, end in zip(world.first, world.middle, world.first[1:], strict=False):
        exact = guangdong * (end - begin)
        assert abs(int(middle - begin) - exact) <= 0.5


def test_a_slot_keeps_its_street_and_origin_for_ever(template: District) -> None:
    model = PermitModel(template, agents=2_000, rng=1)
    model.run_until("2016-12")
    world, slots = model.world, np.arange(2_000)
    second = slots >= world.middle[world.street_of(slots)]
    assert (LEVEL_OF["origin"][model.state.columns["profile"]] == second).all()
    assert (model.state.columns["person"] > 10_000).any()


def test_ranks_are_a_permutation_that_the_seed_shuffles(template: District) -> None:
    one, other = built(template, 2_000, seed=1), built(template, 2_000, seed=2)
    for world in (one, other):
        assert sorted(world.rank) == list(range(2_000))
    assert (one.rank != other.rank).mean() > 0.99
    assert abs(stats.spearmanr(one.rank, np.arange(2_000)).statistic) < 5 / np.sqrt(2_000)


def test_slots_open_one_by_one_all_over_the_district(template: District) -> None:
    """Of the first half of the ranks every street has about its share: hypergeometric, five sigmas."""
    world = built(template, 20_000)
    opened = world.rank < 10_000
    for begin, end in zip(world.first, world.first[1:], strict=False):
        assert_count(int(opened[begin:end].sum()), (end - begin) / 2, (end - begin) / 4, "open slots of a street")


def test_without_rewiring_everyone_listens_to_the_nearest_around_the_streets_ring(village: District) -> None:
    world = built(village, 60, rewire=0.0)
    for begin, end in zip(world.first, world.first[1:], strict=False):
        length = end - begin
        for slot in range(begin, end):
            ring = {begin + (slot - begin + step) % length for step in (-4, -3, -2, -1, 1, 2, 3, 4)}
            assert set(world.contacts[slot].tolist()) == ring
            assert len(world.contacts[slot]) == 8


def test_in_a_street_of_nine_everyone_listens_to_all_others() -> None:
    table = small_world_contacts(np.array([0, 9]), 8, 0.0, 1)
    for slot in range(9):
        assert sorted(table[slot]) == [other for other in range(9) if other != slot]


def test_ties_are_rewired_with_the_chance_stated(template: District) -> None:
    """A rewired tie may by chance lead to the same neighbour; with 20,000 slots that is one in 20,000."""
    ring, world = built(template, 20_000, rewire=0.0), built(template, 20_000)
    rewired = int((world.contacts != ring.contacts).sum())
    expected = 0.1 * (1 - 1 / 19_999) * 160_000
    assert_count(rewired, expected, 0.9 * expected, "rewired ties")


def test_rewired_ties_lead_anywhere_alike_but_never_to_oneself(village: District) -> None:
    world = built(village, 100, rewire=1.0)
    tables = np.concatenate([built(village, 100, seed=seed, rewire=1.0).contacts for seed in range(40)])
    slots = np.tile(np.arange(100), 40)
    assert (world.contacts != np.arange(100)[:, np.newaxis]).all()
    assert (tables != slots[:, np.newaxis]).all()
    # How far on around the district a tie leads: 1 to 99 alike.
    steps = (tables - slots[:, np.newaxis]) % 100
    assert_fits(np.bincount(steps.ravel(), minlength=100)[1:], np.full(99, steps.size / 99), "rewired ties")
    assert any(len(set(row)) < 8 for row in tables.tolist()), "duplicates are allowed"


def test_the_same_seed_ties_the_same_people_and_another_seed_others(template: District) -> None:
    one, repeated, other = (built(template, 2_000, seed=seed).contacts for seed in (1, 1, 2))
    assert (one == repeated).all()
    assert (one != other).any()


@given(st.integers(10, 40), st.sampled_from([2, 4, 8]), st.floats(0.0, 1.0), st.integers(0, 100))
def test_listeners_are_the_contacts_the_other_way_round(slots: int, contacts: int, rewire: float, seed: int) -> None:
    table = small_world_contacts(np.array([0, slots]), contacts, rewire, seed)
    begins, listeners = in_neighbours(table)
    for slot in range(slots):
        receivers = listeners[begins[slot] : begins[slot + 1]].tolist()
        assert sorted(receivers) == sorted(np.nonzero(table == slot)[0].tolist())


def test_too_few_slots_for_the_contacts_are_refused(template: District) -> None:
    with pytest.raises(InputError, match=r"Street 01 would have 6 slots, too few for 8 contacts.*at least 1,406"):
        built(template, 1_000)


def test_an_uneven_number_of_contacts_is_refused(template: District) -> None:
    """Half of them are on either side."""
    with pytest.raises(InputError, match="contacts"):
        built(template, 2_000, contacts=7)


def test_tastes_are_standard_normal(template: District) -> None:
    """Mean 0, variance 1, and the normal law by Kolmogorov and Smirnov, among 100,000 (error rates 6e-7 and 1e-6)."""
    model = PermitModel(template, agents=100_000, rng=1)
    taste = model.world.taste[model.state.columns["taste"]]
    count = len(taste)
    assert_count(float(taste.sum()), 0.0, count, "sum of tastes")
    assert_count(float((taste**2).sum()), count, 2 * count, "sum of squared tastes")
    assert stats.kstest(taste, "norm").pvalue >= LEAST_P
    assert model.world.taste.var() == pytest.approx(1.0, abs=2e-4)


def test_needs_are_a_base_and_what_each_level_adds_clipped(template: District) -> None:
    need = service_needs(template.parameters)
    work, origin = LEVEL_OF["work"], LEVEL_OF["origin"]
    child, housing = LEVEL_OF["schoolchild"], LEVEL_OF["housing"]
    age, education = LEVEL_OF["age"], LEVEL_OF["education"]
    expected = np.column_stack(
        [
            0.9 * (child == 1),
            0.2 + 0.3 * (work == 3) + 0.2 * (work == 1),
            0.2 + 0.2 * (origin == 1) + 0.2 * (housing == 3) + 0.1 * (age == 2),
            0.2 + 0.3 * (work == 1) + 0.2 * (work == 2) + 0.1 * (age == 3),
            0.3 + 0.2 * (origin == 1) + 0.1 * (education == 3),
        ]
    )
    np.testing.assert_allclose(need, expected, atol=1e-15)
    assert need.shape == (PROFILES, 5)
    clipped = service_needs(
        template.parameters.override({"need.schooling.base": 0.6, "need.residence.base": -1}, "a test")
    )
    assert set(clipped[:, 0].round(12)) == {0.6, 1.0}
    assert (clipped[:, 2] == 0.0).all()


@pytest.mark.parametrize(
    "copied", [lambda world: world, copy.deepcopy, lambda world: pickle.loads(pickle.dumps(world))]
)
def test_no_array_of_a_world_or_of_its_copies_can_be_written_to(
    template: District, copied: Callable[[World], World]
) -> None:
    """Compiled code uses contacts and first slots as indices without checking them."""
    world = copied(built(template, 1_600))
    for name in World._fields[1:]:
        with pytest.raises(ValueError, match="read-only"):
            getattr(world, name)[...] = 0
