"""Raking: joint shares that agree with every table and have the largest entropy."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from takeup.district import ATTRIBUTES, PROFILES, District, margin_error, margin_of
from takeup.district.proportional_fitting import Margin, rake
from takeup.errors import InputError

NAMES = list(ATTRIBUTES)


def margin(of: tuple[str, ...], shares: object) -> Margin:
    table = np.array(shares, dtype=float)
    return Margin(of, table / table.sum())


@st.composite
def tables(draw: st.DrawFn, of: tuple[str, ...]) -> Margin:
    """A table without empty cells."""
    shape = [len(ATTRIBUTES[name]) for name in of]
    cells = draw(st.lists(st.floats(0.05, 1.0), min_size=int(np.prod(shape)), max_size=int(np.prod(shape))))
    return margin(of, np.reshape(cells, shape))


@given(st.tuples(*(tables((name,)) for name in NAMES)))
def test_independent_tables_give_their_product(one_way: tuple[Margin, ...]) -> None:
    product = np.ones(1)
    for table in one_way:
        product = np.outer(product, table.shares).reshape(-1)
    np.testing.assert_allclose(rake(list(one_way)), product, atol=1e-10)


def test_without_a_table_all_profiles_are_alike() -> None:
    np.testing.assert_allclose(rake([]), np.full(PROFILES, 1 / PROFILES))


@given(tables(("age", "education")), st.lists(st.floats(0.05, 0.95), min_size=4, max_size=4))
def test_what_no_table_ties_together_is_independent_given_what_is(joint: Margin, by_age: list[float]) -> None:
    """Age with education and age with schoolchild: P(a, e) · P(a, s) / P(a), and all other attributes uniform."""
    ages = joint.shares.sum(axis=1)
    school = margin(("schoolchild", "age"), [ages * (1 - np.array(by_age)), ages * np.array(by_age)])
    raked = margin_of(rake([joint, school]), ("age", "education", "schoolchild"))
    expected = joint.shares[:, :, np.newaxis] * school.shares.T[:, np.newaxis, :] / ages[:, np.newaxis, np.newaxis]
    np.testing.assert_allclose(raked, expected, atol=1e-9)
    np.testing.assert_allclose(margin_of(rake([joint, school]), ("work",)), 0.25, atol=1e-9)


def test_the_template_is_the_product_of_its_two_trees(template: District) -> None:
    """Its tables form two chains, schoolchild - age - education and work - housing - origin: a closed form."""
    joint = {margin.of: margin.shares for margin in template.population.margins}
    ages = joint["age", "schoolchild"].sum(axis=1)
    housing = joint["work", "housing"].sum(axis=0)
    expected = np.einsum(
        "as,ae,wh,ho,a,h->aeowhs",
        joint["age", "schoolchild"],
        joint["age", "education"],
        joint["work", "housing"],
        joint["housing", "origin"],
        1 / ages,
        1 / housing,
    )
    np.testing.assert_allclose(template.population.joint, expected.reshape(-1), atol=1e-10)


def test_every_table_of_a_shipped_district_is_met_within_1e_10(template: District, liwan: District) -> None:
    for district in (template, liwan):
        joint = district.population.joint
        assert joint.shape == (PROFILES,)
        assert joint.sum() == pytest.approx(1.0, abs=1e-14)
        assert (joint >= 0).all()
        for table in district.population.margins:
            assert margin_error(joint, table) <= 1e-10, table.of


@given(tables(("age", "work")), st.permutations(NAMES))
def test_tables_made_from_one_joint_are_all_met(seed: Margin, order: list[str]) -> None:
    """Every pair of attributes, each table with its axes in either order: raking meets all fifteen at once."""
    noise = np.random.default_rng(int(seed.shares[0, 0] * 1e9)).gamma(1.0, size=PROFILES)
    joint = noise / noise.sum()
    pairs = [Margin(of, margin_of(joint, of)) for of in combinations(order, 2)]
    raked = rake(pairs)
    for pair in pairs:
        assert margin_error(raked, pair) <= 1e-10


def test_an_empty_cell_stays_empty() -> None:
    never = margin(("schoolchild", "housing"), [[0.2, 0.3, 0.2, 0.1], [0.1, 0.1, 0.0, 0.0]])
    raked = margin_of(rake([never, margin(("age",), [1, 2, 3, 4])]), ("schoolchild", "housing"))
    assert (raked[1, 2:] == 0.0).all()
    np.testing.assert_allclose(raked, never.shares, atol=1e-10)


def test_tables_that_contradict_each_other_are_refused_by_name() -> None:
    one = margin(("age", "schoolchild"), [[0.2, 0.05], [0.2, 0.05], [0.2, 0.05], [0.2, 0.05]])
    other = margin(("schoolchild",), [0.5, 0.5])
    with pytest.raises(
        InputError,
        match=r"table of .*schoolchild: the tables contradict each other; given: .*a difference of 0\.\d+ from",
    ):
        rake([one, other])


def test_tables_whose_empty_cells_contradict_each_other_are_refused() -> None:
    one = margin(("age", "schoolchild"), [[0.25, 0], [0.25, 0], [0.25, 0], [0, 0.25]])
    other = margin(("age", "schoolchild"), [[0.25, 0], [0.25, 0], [0, 0.25], [0.25, 0]])
    with pytest.raises(InputError, match="contradict"):
        rake([one, other])


@given(st.permutations(NAMES).map(lambda names: tuple(names[:3])))
def test_margins_have_their_axes_in_the_order_asked_for(of: tuple[str, ...]) -> None:
    joint = np.random.default_rng(1).random(PROFILES)
    marginal = margin_of(joint, of)
    letters = dict(zip(NAMES, "abcdef", strict=True))
    wanted = "".join(letters[name] for name in of)
    shape = [len(levels) for levels in ATTRIBUTES.values()]
    np.testing.assert_allclose(marginal, np.einsum(f"abcdef->{wanted}", joint.reshape(shape)))
