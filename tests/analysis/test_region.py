"""A province: order of the runs, seeds, and the memory of the aggregation."""

from __future__ import annotations

import tracemalloc
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from takeup.analysis.region import DistrictRun, RegionSpec, aggregate, largest_populations
from takeup.analysis.region.run import MonthlyTotals, district_seed
from takeup.district import SHIPPED, load_district
from takeup.district.synthesis import draw_districts
from takeup.months import format_month, parse_month
from takeup.runs import RunSettings
from takeup.runs.journal import Entry, Journal
from takeup.scenario import load_scenario
from takeup.simulation import COLUMNS
from tests.district.folders import edited

MONTHS = 120
MOST_A_ROW = 2_000
"""Bytes of a row of the table by district; the months of one district take a hundred times that."""


def province(agents: int | None = None, *others: Path) -> RegionSpec:
    """A province of Liwan, the template, and others."""
    folders = [SHIPPED / "liwan", SHIPPED / "template", *others]
    total = sum(largest_populations(folders)) if agents is None else agents
    settings = RunSettings(agents=total, until="2019-12")
    return RegionSpec.of(folders, load_scenario(None), settings, replicates=2)


@pytest.fixture(scope="module")
def pair() -> RegionSpec:
    """Liwan and the template, one agent per person."""
    return province()


def many(pair: RegionSpec, count: int) -> RegionSpec:
    """A number of districts like the template, of different sizes."""
    base = load_district("template").population
    settings = pair.task.settings
    places = tuple(
        DistrictRun(
            f"place-{each.number}",
            f"Place {each.number}",
            f"{each.number} 号区",
            each.persons,
            replace(pair.task, settings=replace(settings, agents=each.persons)),
        )
        for each in draw_districts(base, count, count * 10_000, 1)
    )
    return RegionSpec(places, seed=1, replicates=1)


def months_of(number: int) -> MonthlyTotals:
    """An invented table: every column counts up from the number of the district."""
    first = parse_month("2010-01")
    totals: MonthlyTotals = {name: [number * 1_000 + month for month in range(MONTHS)] for name in COLUMNS}
    return totals | {"month": [format_month(first + month) for month in range(MONTHS)]}


def added_up(made: RegionSpec, folder: Path) -> tuple[int, int]:
    """The peak memory of the aggregation in bytes, and the valid permits of the last month."""
    with closing(Journal(folder / f"{len(made.districts)}.sqlite")) as journal:
        for number, place in enumerate(made.districts, 1):
            journal.add(Entry(made.job(place, 0).key, months_of(number), None))
        tracemalloc.start()
        result = aggregate(made, journal)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return peak, int(result.monthly["valid"].iloc[-1])


def test_the_largest_districts_come_first(pair: RegionSpec) -> None:
    jobs = list(many(pair, 30).jobs())
    sizes = [job.payload.settings.agents for job in jobs]
    assert sizes == sorted(sizes, reverse=True)
    assert len({job.key for job in jobs}) == len(sizes) == 30


def test_every_district_and_replicate_has_its_own_seed(pair: RegionSpec) -> None:
    seeds = [job.payload.settings.seed for job in pair.jobs()]
    assert len(set(seeds)) == 4
    assert district_seed("liwan", 2) in seeds
    assert all(0 <= seed < 2**48 for seed in seeds)
    later = replace(pair, seed=2)
    assert later.job(pair.districts[0], 0) == pair.job(pair.districts[0], 1)


def test_simulated_migrants_are_shared_out_by_population(pair: RegionSpec, tmp_path: Path) -> None:
    assert [place.task.settings.agents for place in pair.districts] == [360_000, 360_000]
    small = edited(tmp_path, "population.toml", "persons = 360_000", "persons = 180_000")
    assert [place.task.settings.agents for place in province(10_002, small).districts] == [4_001, 4_001, 2_000]


@pytest.mark.slow
def test_memory_does_not_grow_with_the_districts_but_for_their_rows(pair: RegionSpec, tmp_path: Path) -> None:
    peak_of_10, total_of_10 = added_up(many(pair, 10), tmp_path)
    peak_of_150, total_of_150 = added_up(many(pair, 150), tmp_path)
    rows_a_district = MONTHS // 12
    assert peak_of_150 - peak_of_10 < 140 * rows_a_district * MOST_A_ROW
    assert total_of_10 == sum(number * 1_000 + MONTHS - 1 for number in range(1, 11))
    assert total_of_150 == sum(number * 1_000 + MONTHS - 1 for number in range(1, 151))
