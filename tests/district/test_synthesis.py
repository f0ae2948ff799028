"""Invented provinces: exact sums, the assumed dispersion, and marks as invented."""

from __future__ import annotations

import numpy as np
import pytest

from takeup.district import ATTRIBUTES, load_district, margin_of
from takeup.district.proportional_fitting import largest_remainder
from takeup.district.synthesis import draw_districts, read_assumptions, synthetic_parameters_toml
from takeup.errors import InputError

TEMPLATE = load_district("template").population


@pytest.mark.parametrize(
    ("weights", "total", "least", "expected"),
    [([1, 1, 2], 8, 0, [2, 2, 4]), ([1, 1, 1], 4, 0, [2, 1, 1]), ([0, 1], 5, 1, [1, 4]), ([3, 1], 2, 1, [1, 1])],
)
def test_whole_numbers_in_proportion(weights: list[int], total: int, least: int, expected: list[int]) -> None:
    assert largest_remainder(weights, total, least).tolist() == expected


@pytest.mark.parametrize(("count", "persons", "seed"), [(120, 52_000_000, 1), (7, 3_501, 2), (1, 1_000, 0)])
def test_persons_sum_exactly_in_districts_and_in_streets(count: int, persons: int, seed: int) -> None:
    districts = list(draw_districts(TEMPLATE, count, persons, seed))
    assert [each.number for each in districts] == list(range(1, count + 1))
    assert sum(each.persons for each in districts) == persons
    assert min(each.persons for each in districts) >= read_assumptions().smallest_district.value
    for each in districts:
        assert each.streets.sum() == each.persons
        assert each.streets.min() >= read_assumptions().smallest_street.value
        assert each.joint.sum() == pytest.approx(1.0, abs=1e-12)


def test_sizes_are_spread_and_streets_go_with_them() -> None:
    """The logarithms' standard deviation over 2,000 districts is known within 5 % (3.2 standard errors)."""
    districts = list(draw_districts(TEMPLATE, 2_000, 2_000 * 400_000, 3))
    logarithms = np.log([each.persons for each in districts])
    assert logarithms.std(ddof=1) == pytest.approx(read_assumptions().population_log_sd.value, rel=0.05)
    usual = TEMPLATE.most / len(TEMPLATE.streets)
    for each in districts:
        most = read_assumptions().most_streets.value
        assert len(each.streets) == max(1, min(round(each.persons / usual), most))


def test_districts_differ_in_kind_around_the_one_started_from() -> None:
    """Over 400 districts a level's mean share lies within 3 standard errors plus the small bias of a log-normal."""
    districts = list(draw_districts(TEMPLATE, 400, 400 * 5_000, 4))
    for attribute, levels in ATTRIBUTES.items():
        shares = np.array([margin_of(each.joint, (attribute,)) for each in districts])
        assert shares.std(axis=0).min() > 0.005
        error = 3.0 * shares.std(axis=0) / np.sqrt(len(districts)) + 0.01
        assert (np.abs(shares.mean(axis=0) - margin_of(TEMPLATE.joint, (attribute,))) < error).all(), levels


def test_adding_people_or_a_seed_changes_what_it_should() -> None:
    def joints(persons: int, seed: int) -> list[float]:
        return [float(each.joint[0]) for each in draw_districts(TEMPLATE, 3, persons, seed)]

    assert joints(30_000, 1) == joints(90_000, 1)
    assert joints(30_000, 1) != joints(30_000, 2)


def test_too_few_persons_are_refused() -> None:
    with pytest.raises(
        InputError, match="the population is too small for 10 districts; given: 4999; allowed: at least 5,000"
    ):
        list(draw_districts(TEMPLATE, 10, 4_999, 1))


def test_parameters_keep_their_values_and_lose_their_standing() -> None:
    written = '[a]\nvalue = 1\nstatus = "observed"\nsource = "x"\n[b]\nstatus = "derived"\nsource = """\\\ny"""\n'
    text = synthetic_parameters_toml(written, "base", 'command "quoted"')
    assert text.count('status = "assumed"') == 2
    assert 'source = "invented: command \\"quoted\\"; base has: x"' in text
    assert 'source = """invented: command \\"quoted\\"; base has: \\\ny"""' in text
