"""Measures in a scenario: what their money changes, what they cost, and wrong purchases."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from takeup import PermitModel
from takeup.district import District, Parameters, profile_mask, reached_share
from takeup.errors import InputError
from takeup.months import parse_month
from takeup.scenario import (
    Intervention,
    Purchase,
    Scenario,
    Timeline,
    check_measures,
    delivery_of,
    lever_changes,
    load_scenario,
    people_of,
)
from takeup.simulation import restore_model, save_model
from tests.district.measured import BOTH, FORMS, HEAD, VISITS, effect, measure, measured
from tests.simulation.comparison import assert_same_state, assert_same_tables

FIRST = parse_month("2010-07")


def purchase_of(
    name: str = "visits", per_year: float = 24_000, first: str = "2010-07", until: str | None = None
) -> Scenario:
    purchase = Purchase.model_validate({"name": name, "yuan_per_year": per_year, "from": first, "until": until})
    return Scenario("bought", "Bought", "", "a test", (), (purchase,))


def share_of(district: District, per_month: float, parameters: Parameters | None = None) -> float:
    numbers = district.parameters if parameters is None else parameters
    people = people_of(district.measure("visits"), district, FIRST)
    values = (numbers.number(f"measure.visits.{key}") for key in ("running_cny", "person_cny"))
    return reached_share(per_month, *values, people, numbers.number("measure.visits.reachable"))


def test_the_people_of_a_measure_are_those_of_its_groups_and_streets(tmp_path: Path) -> None:
    district = measured(tmp_path / "d")
    mask = profile_mask({"housing": ["informal_lease"]})
    expected = district.population.persons(FIRST) * district.population.joint[mask].sum()
    assert people_of(district.measure("visits"), district, FIRST) == pytest.approx(expected)
    street = district.streets[0]
    local = replace(district.measure("visits"), streets=(street,))
    assert people_of(local, district, FIRST) == pytest.approx(expected * district.street_shares[0])


def test_a_purchase_changes_its_levers_by_the_share_reached_for_its_people_only(tmp_path: Path) -> None:
    district = measured(tmp_path / "d")
    timeline = Timeline(purchase_of(), district)
    share, month = share_of(district, 2_000), parse_month("2010-09")
    levers, before = timeline.at(month), Timeline(purchase_of(), district).at(FIRST - 1)
    mask = profile_mask({"housing": ["informal_lease"]})
    assert levers.publicity[:, mask] == pytest.approx(before.publicity[:, mask] + share * 0.5)
    assert (levers.publicity[:, ~mask] == before.publicity[:, ~mask]).all()
    housing = levers.register - before.register
    assert housing[1] == pytest.approx(share * 0.2)
    assert (np.delete(housing, 1, axis=0) == 0.0).all()


def test_the_first_months_money_pays_the_fixed_cost(tmp_path: Path) -> None:
    """400 yuan a month: 1,000 are paid in the third month, whose other 200 yuan are spent on people."""
    district = measured(tmp_path / "d")
    timeline = Timeline(purchase_of(per_year=4_800), district)
    own = district.parameters.number("publicity")
    added = [timeline.at(FIRST + month).publicity.max() - own for month in range(5)]
    assert added[0] == added[1] == 0.0
    assert added[2] == pytest.approx(0.5 * share_of(district, 200))
    assert added[3] == added[4] == pytest.approx(0.5 * share_of(district, 400))
    delivery = delivery_of(district.measure("visits"), 400, FIRST, district, district.parameters)
    assert delivery.begins == FIRST + 2
    assert (delivery.first_share, delivery.share) == (share_of(district, 200), share_of(district, 400))


def test_a_purchase_costs_its_amount_in_every_month_whatever_the_numbers_are(tmp_path: Path) -> None:
    district = measured(tmp_path / "d")
    scenario = purchase_of(until="2011-06")
    months = range(FIRST - 1, FIRST + 13)
    for values in ({}, {"measure.visits.person_cny": 4.0, "measure.visits.fixed_cny": 50.0}):
        timeline = Timeline(scenario, district, district.parameters.override(values))
        costs = [timeline.cost(month, None) for month in months]
        assert costs == [0.0, *[2_000.0] * 12, 0.0]


def test_the_amount_of_a_purchase_changes_levers_and_costs_together(tmp_path: Path) -> None:
    district = measured(tmp_path / "d")
    small, large = (Timeline(purchase_of(per_year=money), district) for money in (24_000, 48_000))
    month = FIRST + 6
    assert large.cost(month, None) == 2 * small.cost(month, None)
    assert large.at(month).publicity.max() > small.at(month).publicity.max()


def test_a_purchase_ends_with_its_last_month(tmp_path: Path) -> None:
    timeline = Timeline(purchase_of(until="2010-12"), measured(tmp_path / "d"))
    assert timeline.at(parse_month("2010-12")).publicity.max() > timeline.at(parse_month("2011-01")).publicity.max()
    assert (timeline.at(parse_month("2011-01")).publicity == timeline.at(FIRST - 1).publicity).all()


def test_a_draw_with_a_higher_price_reaches_fewer_and_one_without_enough_money_nobody(tmp_path: Path) -> None:
    district, month = measured(tmp_path / "d"), FIRST + 6
    own = Timeline(purchase_of(), district).at(month)

    def under(**values: float) -> float:
        named = {f"measure.visits.{key}": value for key, value in values.items()}
        return float(Timeline(purchase_of(), district, district.parameters.override(named)).at(month).publicity.max())

    assert under(person_cny=4.0) < own.publicity.max()
    assert under(running_cny=5_000.0) == district.parameters.number("publicity")


def test_the_lever_is_limited_to_its_range(tmp_path: Path) -> None:
    district = measured(tmp_path / "d", BOTH.replace("add = 0.5", "add = 0.9"))
    rich = Timeline(purchase_of(per_year=1e9), district, district.parameters.override({"publicity": 0.3}))
    assert rich.at(FIRST + 1).publicity.max() <= 1.0


def test_measures_act_after_interventions_and_one_after_the_other(tmp_path: Path) -> None:
    district = measured(tmp_path / "d")
    halved = Intervention.model_validate({"lever": "documents", "multiply": 0.5, "from": "2010-07"})
    scenario = replace(purchase_of("forms", 1e9), stated=(halved,))
    own = district.parameters.number("documents")
    assert Timeline(scenario, district).at(FIRST + 1).documents == pytest.approx(own * 0.5 * 0.5)


def written(folder: Path, text: str, head: str = 'title = "t"\nsource = "a test"\n') -> Path:
    file = folder / "bought.toml"
    file.write_text(head + text, encoding="utf-8")
    return file


def test_a_scenario_file_states_measures_with_money_as_people_write_it(tmp_path: Path) -> None:
    text = '[[measure]]\nname = "visits"\nyuan_per_year = "3万"\nfrom = "2010-07"\nuntil = "2011-06"\n'
    scenario = load_scenario(written(tmp_path, text))
    (stated,) = scenario.purchases
    assert stated.purchase.yuan_per_year == 30_000
    assert scenario.first == FIRST
    assert stated.key == "measure 1"


def test_measures_of_an_extended_file_come_first(tmp_path: Path) -> None:
    text = '[[measure]]\nname = "{}"\nyuan_per_year = 30_000\nfrom = "2010-07"\n'
    written(tmp_path, text.format("visits"))
    file = tmp_path / "more.toml"
    file.write_text('title = "t"\nsource = "s"\nextends = "bought"\n' + text.format("forms"))
    assert [each.purchase.name for each in load_scenario(file).purchases] == ["visits", "forms"]


def test_the_content_for_hashes_includes_purchases() -> None:
    assert purchase_of().content != purchase_of(per_year=24_001).content
    assert purchase_of().content != Scenario("bought", "Bought", "", "a test", ()).content


FAULTS = {
    "an unknown measure": ('name = "visits"', 'name = "vists"', ["measure 1, name", 'did you mean "visits"?']),
    "no amount": ("yuan_per_year = 30_000\n", "", ["measure 1", "yuan_per_year"]),
    "an ambiguous amount": ("30_000", '"3.000.000"', ["measure 1, yuan_per_year", '"3.000.000"', "3_000_000"]),
    "a negative amount": ("30_000", "-5", ["measure 1, yuan_per_year", "-5"]),
    "an amount below the running cost": (
        "30_000", "1_000", ["measure 1, yuan_per_year", "reaches nobody", "1000", "1,200 yuan per year"],
    ),
    "an end before the fixed cost is paid": (
        'from = "2010-07"', 'from = "2010-07"\nuntil = "2010-07"', ["reaches nobody", "before 2010-07 ends"],
    ),
    "a month that is none": ('"2010-07"', '"2010-13"', ["measure 1, from", '"2010-13"']),
    "an end before the beginning": ('"2010-07"', '"2010-07"\nuntil = "2010-06"', ["measure 1, until", '"2010-06"']),
    "an unknown key": ('"2010-07"', '"2010-07"\nto = "2010-12"', ["measure 1", "unknown key", '"to"', "until"]),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_wrong_purchase_is_reported_with_its_file_key_and_what_is_allowed(tmp_path: Path, fault: str) -> None:
    right, wrong, parts = FAULTS[fault]
    text = '[[measure]]\nname = "visits"\nyuan_per_year = 30_000\nfrom = "2010-07"\n'
    text = text.replace("30_000", "12_000") if fault == "an end before the fixed cost is paid" else text
    file = written(tmp_path, text.replace(right, wrong, 1))
    district = measured(tmp_path / "d", BOTH.replace("value = 1000", "value = 1500"))
    with pytest.raises(InputError) as caught:
        Timeline(load_scenario(file), district)
    message = str(caught.value)
    for part in [str(file), *parts]:
        assert part in message, message


def test_a_district_without_measures_says_so() -> None:
    from takeup.district import load_district  # noqa: PLC0415

    with pytest.raises(InputError, match=r"measure 1, name: unknown measure of .*measures\.toml"):
        Timeline(purchase_of(), load_district("template"))


def test_a_purchase_outside_the_run_is_reported(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="measure 1, from: the measure begins outside the simulated months"):
        purchase_of().check_period(FIRST + 1, FIRST + 12)


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        (
            '{ housing = ["informal_lease"] }',
            '{ housing = ["village"] }',
            r"measure 1, groups, housing: unknown group",
        ),
        ('groups = { housing = ["informal_lease"] }', 'streets = ["Nowhere"]', r"measure 1, streets: unknown street"),
        ("multiply = 0.5", "multiply = 1", r"measure 2, effect 1, multiply: the effect changes nothing"),
        ("multiply = 0.5", "set = 99", r"measure 2, effect 1, set: the value is outside the parameter's range"),
    ],
)
def test_check_finds_measures_that_do_not_fit_the_district(
    tmp_path: Path, right: str, wrong: str, message: str
) -> None:
    content = BOTH.replace(right, wrong)
    if "set" in wrong:
        content = content.replace('"factor"', '"sd of taste"').replace("low = 0.2\nhigh = 0.9", "low = 0\nhigh = 99")
    if "multiply = 1" in wrong:
        content = content.replace("low = 0.2\nhigh = 0.9", "low = 0.2\nhigh = 1")
    with pytest.raises(InputError, match=message):
        check_measures(measured(tmp_path / "d", content))


def test_check_tries_both_ends_of_an_effect(tmp_path: Path) -> None:
    """The value itself is in the range of trips, the upper end is not."""
    trips = measure("hours", effect("trips", "set = 1", "visits", 1, 25))
    with pytest.raises(InputError, match="measure 1, effect 1, set"):
        check_measures(measured(tmp_path / "d", HEAD + trips))


def test_an_effect_on_an_unlimited_supply_is_refused(tmp_path: Path) -> None:
    places = measure("places", effect("supply.employment", "add = 5", "need-units", 1, 25))
    with pytest.raises(InputError, match="the effect changes nothing"):
        check_measures(measured(tmp_path / "d", HEAD + places))


def test_the_listed_changes_are_those_of_the_timeline(tmp_path: Path) -> None:
    district = measured(tmp_path / "d")
    changes = lever_changes(district.measure("visits"), 0.25, FIRST, district)
    assert [change.lever for change in changes] == ["publicity", "register.informal_lease"]
    for change, full in zip(changes, (0.5, 0.2), strict=True):
        assert change.before == pytest.approx(district.parameters.number(change.lever))
        assert change.after - change.before == pytest.approx(0.25 * full)


def simulated(district: District, scenario: Scenario | None, engine: str = "compiled") -> PermitModel:
    model = PermitModel(district, scenario, 1_500, engine, 3, until="2011-06")  # type: ignore[arg-type]
    model.run_until("2011-06")
    return model


def test_both_engines_agree_and_a_purchase_leaves_earlier_months_unchanged(tmp_path: Path) -> None:
    district = measured(tmp_path / "d")
    scenario = purchase_of(per_year=24_000_000)
    compiled, objects = simulated(district, scenario), simulated(district, scenario, "objects")
    assert_same_tables(compiled, objects)
    without = simulated(district, None)
    assert [row for row in compiled.rows if row["month"] < "2010-07"] == [
        row for row in without.rows if row["month"] < "2010-07"
    ]
    assert compiled.rows[-1]["valid"] != without.rows[-1]["valid"]
    assert compiled.rows[-1]["cost_cny"] == 2_000_000


def test_a_saved_model_continues_with_its_measures(tmp_path: Path) -> None:
    district, scenario = measured(tmp_path / "d"), purchase_of(per_year=24_000_000)
    model = PermitModel(district, scenario, 1_500, rng=3, until="2011-06")
    model.run_until("2010-09")
    save_model(model, tmp_path / "saved.npz")
    restored = restore_model(tmp_path / "saved.npz")
    for each in (model, restored):
        each.run_until("2011-06")
    assert_same_state(model, restored)


def test_a_branch_must_agree_on_purchases_of_the_past(tmp_path: Path) -> None:
    model = PermitModel(measured(tmp_path / "d"), purchase_of(), 1_500, rng=3, until="2011-06")
    model.run_until("2010-09")
    with pytest.raises(InputError, match="differs from bought in months already simulated"):
        model.branch(purchase_of(per_year=48_000))


def test_each_measure_is_checked_alone(tmp_path: Path) -> None:
    check_measures(measured(tmp_path / "d", HEAD + VISITS + FORMS))
