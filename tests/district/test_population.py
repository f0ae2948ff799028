"""Number, attributes and streets of the population, and errors in its file."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takeup.district import District, load_district
from takeup.errors import InputError
from takeup.months import format_month, parse_month
from tests.district.folders import edited
from tests.simulation.districts import with_counts

JANUARY = parse_month("2010-01")


def test_the_population_is_the_line_through_the_dated_counts(liwan: District) -> None:
    persons = liwan.population.persons
    assert persons(parse_month("2009-06")) == 270_000
    assert persons(parse_month("2018-12")) == 360_000
    assert persons(parse_month("2010-01")) == 275_526  # 270,000 + 7/114 of 90,000 = 275,526.3
    assert persons(parse_month("2014-03")) == 315_000


def test_the_population_is_constant_before_the_first_count_and_after_the_last(liwan: District) -> None:
    assert liwan.population.persons(parse_month("1990-01")) == 270_000
    assert liwan.population.persons(parse_month("2049-12")) == 360_000


def test_a_half_is_rounded_up_whether_the_population_grows_or_falls(template: District) -> None:
    for first, last in ((100, 101), (101, 100), (101, 102), (102, 101)):
        place = with_counts(template, {"2010-01": first, "2010-03": last})
        assert place.population.persons(JANUARY + 1) == max(first, last)


def test_the_largest_count_is_scaled_to_the_agents_and_the_others_with_it(liwan: District) -> None:
    persons = liwan.population.persons
    for agents in (1_600, 7_777, 360_000, 1_000_000):
        assert persons(parse_month("2018-12"), agents) == agents
        assert persons(parse_month("2009-06"), agents) == floor(Fraction(270, 360) * agents + Fraction(1, 2))


@given(
    counts=st.dictionaries(st.integers(0, 120), st.integers(1, 500_000), min_size=1, max_size=5),
    month=st.integers(-20, 140),
    agents=st.integers(50, 400_000),
)
def test_any_line_is_followed_exactly(template: District, counts: dict[int, int], month: int, agents: int) -> None:
    """The reference is exact fractions; where the exact result is a half, both neighbours are accepted."""
    place = with_counts(template, {format_month(JANUARY + at): counts[at] for at in sorted(counts)})
    exact = Fraction(agents, max(counts.values())) * line(counts, month)
    rounded = place.population.persons(JANUARY + month, agents)
    if abs(exact % 1 - Fraction(1, 2)) > Fraction(1, 10**6):
        assert rounded == floor(exact + Fraction(1, 2))
    else:
        assert rounded in (floor(exact), floor(exact) + 1)
    assert rounded <= agents


def line(counts: dict[int, int], month: int) -> Fraction:
    dates = sorted(counts)
    month = min(max(month, dates[0]), dates[-1])
    before = max(date for date in dates if date <= month)
    after = min(date for date in dates if date >= month)
    if before == after:
        return Fraction(counts[before])
    return counts[before] + Fraction(counts[after] - counts[before], after - before) * (month - before)


FAULTS = {
    "a table that does not sum to 1": (
        '"45+" = 0.15 }',
        '"45+" = 0.25 }',
        ["population.toml", "table 1", "shares", "do not sum to 1", "1.1", "a sum of 1"],
    ),
    "an unknown attribute": (
        'of = ["age"]',
        'of = ["agee"]',
        ["population.toml", "table 1", "of", "unknown attribute", "agee", "schoolchild", 'did you mean "age"'],
    ),
    "an unknown level": (
        "16-24 = 0.25, 25-34",
        "16-24 = 0.25, 25-35",
        ["population.toml", "table 1", "unknown level of age", "25-35", "16-24, 25-34", 'did you mean "25-34"'],
    ),
    "a level left out": (
        "16-24 = { primary = 0.01, junior = 0.11, senior = 0.08, college = 0.05 }",
        "16-24 = { primary = 0.01, junior = 0.11, senior = 0.08 }",
        ["population.toml", "table 3", "shares.16-24", '"college" of education is missing'],
    ),
    "a share above 1": (
        "16-24 = 0.25",
        "16-24 = 1.25",
        ["population.toml", "table 1", "shares.16-24", "the value is not a share", "1.25", "0 to 1"],
    ),
    "a share that is nan": (
        "16-24 = 0.25",
        "16-24 = nan",
        ["population.toml", "table 1", "the value is not a share", "nan"],
    ),
    "a share in words": (
        "16-24 = 0.25",
        '16-24 = "many"',
        ["population.toml", "table 1", "the value is not a share", "many"],
    ),
    "an attribute twice": (
        'of = ["age", "schoolchild"]',
        'of = ["age", "age"]',
        ["population.toml", "table 2", "twice", "age"],
    ),
    "three attributes": (
        'of = ["age", "schoolchild"]',
        'of = ["age", "schoolchild", "work"]',
        ["population.toml", "table 2", "of"],
    ),
    "tables that contradict each other": (
        "16-24 = 0.25, 25-34 = 0.36",
        "16-24 = 0.36, 25-34 = 0.25",
        ["population.toml", "age", "contradict each other"],
    ),
    "streets that do not sum to 1": (
        "share = 0.006",
        "share = 0.106",
        ["population.toml", "street, share", "do not sum to 1", "1.1"],
    ),
    "a street twice": (
        'name = "Street 02"',
        'name = "Street 01"',
        ["population.toml", "street 2, name", "two streets have the same name", "Street 01"],
    ),
    "a negative share of a street": (
        "share = 0.006",
        "share = -0.006",
        ["population.toml", "street 1, share", "-0.006"],
    ),
    "no such month": (
        'month = "2010-01"',
        'month = "2010-13"',
        ["population.toml", "population 1, month", "the value is not a month", "2010-13", "2019-03"],
    ),
    "counts out of order": (
        "[[population]]",
        '[[population]]\nmonth = "2011-01"\npersons = 5\nstatus = "assumed"\nsource = "x"\n\n[[population]]',
        ["population.toml", "population, month", "not in chronological order"],
    ),
    "nobody at all": ("persons = 360_000", "persons = 0", ["population.toml", "population 1, persons", "0"]),
    "half a person": ("persons = 360_000", "persons = 3.5", ["population.toml", "population 1, persons", "3.5"]),
    "no source": (
        'share = 0.006\nstatus = "assumed"\nsource = "invented"',
        'share = 0.006\nstatus = "assumed"',
        ["population.toml", "street 1", '"source" is missing'],
    ),
    "an empty source": (
        'share = 0.006\nstatus = "assumed"\nsource = "invented"',
        'share = 0.006\nstatus = "assumed"\nsource = ""',
        ["population.toml", "street 1, source"],
    ),
    "an unknown status": (
        'share = 0.006\nstatus = "assumed"',
        'share = 0.006\nstatus = "guessed"',
        ["population.toml", "street 1, status", "guessed", "observed", "derived", "assumed", "calibrated"],
    ),
    "a derived figure without its rule": (
        'share = 0.006\nstatus = "assumed"',
        'share = 0.006\nstatus = "derived"',
        ["population.toml", "street 1", "derived", '"rule"'],
    ),
    "an unknown key": (
        'name_zh = "样板区"',
        'name_zh = "样板区"\ncolour = "red"',
        ["population.toml", "unknown key", "colour", "invented", "street", "table"],
    ),
    "an unknown key of a street": (
        "share = 0.006",
        "share = 0.006\nshares = 1",
        ["population.toml", "street 1", "unknown key", "shares", 'did you mean "share"'],
    ),
    "no TOML": ("[[population]]", "[[population", ["population.toml", "not TOML"]),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_reported_with_its_place_what_is_given_and_what_is_allowed(tmp_path: Path, fault: str) -> None:
    old, new, parts = FAULTS[fault]
    folder = edited(tmp_path, "population.toml", old, new)
    with pytest.raises(InputError) as caught:
        load_district(folder)
    for part in parts:
        assert part in str(caught.value), str(caught.value)


def test_an_attribute_that_no_table_tells_of_is_refused(tmp_path: Path) -> None:
    """The shipped file states that at least one table must contain each attribute."""
    content = 'of = ["housing", "origin"]'
    folder = edited(tmp_path, "population.toml", content, 'of = ["housing"]')
    file = folder / "population.toml"
    text = file.read_text(encoding="utf-8")
    begin, end = text.index("[table.shares]\nregistered_lease"), text.index("# The streets")
    shares = "[table.shares]\nregistered_lease = 0.255\ninformal_lease = 0.505\ndormitory = 0.185\nowned = 0.055\n\n"
    file.write_text(text[:begin] + shares + text[end:], encoding="utf-8")
    with pytest.raises(InputError, match="origin"):
        load_district(folder)
