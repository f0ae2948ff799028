"""Measures of a district: the response curve, the file, and draws of the numbers."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from takeup.district import SHIPPED, District, load_district, reached_share, read_posterior
from takeup.district.measures import drawn_numbers
from takeup.errors import InputError
from tests.district.measured import BOTH, FORMS, HEAD, VISITS, effect, measure, measured


def test_the_first_yuan_reach_people_at_the_cost_per_person_and_the_share_saturates() -> None:
    people, person = 10_000.0, 4.0
    small = reached_share(104.0, 100.0, person, people, 0.8)
    assert small * people == pytest.approx(4.0 / person, rel=1e-3)
    assert reached_share(1e9, 100.0, person, people, 0.8) == pytest.approx(0.8)
    half = reached_share(100.0 + 0.8 * people * person * math.log(2.0), 100.0, person, people, 0.8)
    assert half == pytest.approx(0.4)


@pytest.mark.parametrize("spending", [0.0, 99.0, 100.0])
def test_money_up_to_the_running_cost_reaches_nobody(spending: float) -> None:
    assert reached_share(spending, 100.0, 4.0, 1_000.0, 0.8) == 0.0


def test_each_further_yuan_reaches_fewer_people() -> None:
    shares = [reached_share(money, 100.0, 4.0, 1_000.0, 0.8) for money in np.linspace(100.0, 20_000.0, 50)]
    gains = np.diff(shares)
    assert (gains > 0.0).all()
    assert (np.diff(gains) < 0.0).all()


def test_a_district_has_the_measures_and_numbers_of_its_file(tmp_path: Path) -> None:
    district = measured(tmp_path / "d")
    visits, forms = district.measures
    assert (visits.name, visits.label, visits.label_zh) == ("visits", "visits label", "措施")
    assert visits.groups == {"housing": ("informal_lease",)}
    assert [(each.lever, each.operation, each.is_local) for each in visits.effects] == [
        ("publicity", "add", True),
        ("register", "add", True),
    ]
    assert district.parameters.number("measure.visits.person_cny") == 2.0
    assert district.parameters["measure.forms.documents"].unit == "factor"
    assert district.measure("forms") is forms
    assert not any(entry.name.startswith("measure.") for entry in district.parameters)


def test_a_number_of_a_measure_is_set_by_its_name_and_checked_with_its_range(tmp_path: Path) -> None:
    parameters = measured(tmp_path / "d").parameters
    assert parameters.override({"measure.visits.reachable": 0.3}).number("measure.visits.reachable") == 0.3
    with pytest.raises(InputError, match="outside the parameter's range"):
        parameters.override({"measure.visits.reachable": 1.3})
    with pytest.raises(InputError, match=r'did you mean "measure.visits.reachable"'):
        parameters.override({"measure.visits.reachabel": 0.3})


def test_a_changed_number_or_lever_changes_the_digest_and_a_changed_label_does_not(tmp_path: Path) -> None:
    digest = measured(tmp_path / "a").digest
    assert measured(tmp_path / "b", BOTH.replace("visits label", "another label")).digest == digest
    assert measured(tmp_path / "c", BOTH.replace("add = 0.5", "add = 0.6")).digest != digest
    assert measured(tmp_path / "d", BOTH.replace('"informal_lease"', '"dormitory"')).digest != digest
    assert load_district("template").digest != digest


FAULTS = {
    "an unknown key": ("reachable]\n", "reachable]\nshare = 1\n", ["measure 1, reachable", "share", "low"]),
    "no operation": ("add = 0.5\n", "", ["measure 1, effect 1", "no operation", "set, add, multiply"]),
    "two operations": ("add = 0.5", "add = 0.5\nset = 0.1", ["measure 1, effect 1", "set and add"]),
    "an unknown lever": (
        '"publicity"', '"publicty"', ["measure 1, effect 1, lever", '"publicty"', 'did you mean "publicity"?'],
    ),
    "a lever twice": ('"register"', '"publicity"', ["measure 1, effect 2, lever", "one effect per lever"]),
    "a lever that is coarser than the groups": (
        '"register"', '"capacity"', ["measure 1, effect 2, lever", "cannot differ by housing", "whole_district"],
    ),
    "whole_district without groups": (
        "multiply = 0.5", "multiply = 0.5\nwhole_district = true", ["measure 2, effect 1, whole_district"],
    ),
    "another unit": ('"CNY per month"', '"CNY"', ["measure 1, running_cny, unit", "CNY per month"]),
    "a value outside its range": ("value = 0.8", "value = 1.8", ["measure 1, reachable, value", "1.8", "0 to 1"]),
    "an amount outside its range": ("add = 0.5", "add = 5", ["measure 1, effect 1, add", "5", "0.1 to 0.9"]),
    "a prior that does not contain the value": (
        "low = 1, high = 4", "low = 3, high = 4", ["measure 1, person_cny, prior", "3 to 4"],
    ),
    "a name twice": ('name = "forms"', 'name = "visits"', ["measure 2, name", "two measures have the same name"]),
    "a name with a space": ('name = "forms"', 'name = "the forms"', ["measure 2, name", '"the forms"']),
    "a missing label": ('label = "visits label"\n', "", ["measure 1", "label"]),
    "an infinite cost": ("value = 1000", "value = inf", ["measure 1, fixed_cny, value", "inf", "finite"]),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_reported_with_its_file_key_and_what_is_allowed(tmp_path: Path, fault: str) -> None:
    right, wrong, parts = FAULTS[fault]
    assert right in BOTH
    with pytest.raises(InputError) as caught:
        measured(tmp_path / "d", BOTH.replace(right, wrong, 1))
    message = str(caught.value)
    for part in [str(tmp_path / "d" / "measures.toml"), *parts]:
        assert part in message, message


def test_a_file_without_measures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="measure"):
        measured(tmp_path / "d", HEAD)


def test_an_unknown_measure_is_reported_with_the_nearest_name(tmp_path: Path) -> None:
    district = measured(tmp_path / "d")
    with pytest.raises(InputError, match='given: "vists"; allowed: visits, forms; did you mean "visits"'):
        district.measure("vists")


def with_posterior(district: District, rows: int) -> Path:
    file = district.folder / "posterior.parquet"
    pd.DataFrame({"attention": np.linspace(0.1, 0.5, rows)}).to_parquet(file)
    return file


def test_draws_of_a_posterior_have_the_measures_numbers_by_the_number_of_the_draw(tmp_path: Path) -> None:
    district = measured(tmp_path / "d")
    file = with_posterior(district, 100)
    draws = read_posterior(file, district.parameters).thinned(64)
    name = "measure.visits.person_cny"
    assert set(draws[0]) == {"attention", name}  # the other numbers have no prior
    assert [draw[name] for draw in draws] == [each[name] for each in drawn_numbers(district.parameters, 64)]
    assert [draw[name] for draw in read_posterior(file, district.parameters).thinned(10)] == [
        draw[name] for draw in draws[:10]
    ]


def test_a_further_measure_changes_no_draw_of_the_others(tmp_path: Path) -> None:
    name = "measure.visits.person_cny"
    other = measure("other", effect("trips", "add = -1", "visits", -2, 0))
    alone, together = (
        [draw[name] for draw in drawn_numbers(measured(tmp_path / folder, content).parameters, 40)]
        for folder, content in (("a", BOTH), ("b", HEAD + other + VISITS))
    )
    assert alone == together


def test_any_32_consecutive_draws_have_one_value_in_each_32nd_of_the_prior(tmp_path: Path) -> None:
    draws = drawn_numbers(measured(tmp_path / "d").parameters, 96)
    cumulative = np.log([draw["measure.visits.person_cny"] for draw in draws]) / math.log(4.0)
    for block in (cumulative * 32).reshape(3, 32):
        assert sorted(np.floor(block)) == list(range(32))


def test_the_values_of_a_column_of_the_posterior_take_precedence_over_the_prior(tmp_path: Path) -> None:
    district = measured(tmp_path / "d")
    file = tmp_path / "p.parquet"
    pd.DataFrame({"measure.visits.person_cny": [3.0, 3.5]}).to_parquet(file)
    draws = read_posterior(file, district.parameters).draws
    assert [draw["measure.visits.person_cny"] for draw in draws] == [3.0, 3.5]


def test_the_numbers_of_shipped_measures_are_assumed_and_say_so() -> None:
    district = load_district("liwan")
    assert district.measures
    for entry in district.parameters.measures.values():
        assert entry.status == "assumed", entry.name
        assert entry.source.startswith(("judgement", "none")), entry.name
        assert entry.prior is not None or entry.low == entry.high, entry.name
    assert (SHIPPED / "liwan" / "measures.toml").is_file()


def test_the_drawn_numbers_of_shipped_measures_are_hardly_correlated() -> None:
    """256 draws of 62 numbers: the largest of 1,891 absolute correlations of independent values is about 0.22."""
    parameters = load_district("liwan").parameters
    values = np.array([list(draw.values()) for draw in drawn_numbers(parameters, 256)])
    correlations = np.abs(np.corrcoef(values.T) - np.eye(values.shape[1]))
    assert correlations.max() < 0.35


def test_districts_without_a_file_have_no_measures() -> None:
    district = load_district("template")
    assert district.measures == ()
    with pytest.raises(InputError, match=r"a district with a measures\.toml; template has none"):
        district.measure("visits")


def test_a_measure_alone_needs_no_groups(tmp_path: Path) -> None:
    (forms,) = measured(tmp_path / "d", HEAD + FORMS).measures
    assert forms.groups is None
    assert forms.streets is None
