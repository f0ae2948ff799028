"""Costs of a scenario: fixed, per month and per person."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from takeup import PermitModel
from takeup.district import LEVEL_OF, PROFILES, District
from takeup.errors import InputError
from takeup.months import parse_month
from takeup.scenario import BASELINE, Timeline, known_scenarios, load_scenario
from tests.scenario.written import policy


def table(lever: str = "trips", **about: Any) -> dict[str, Any]:
    """An intervention without effect, acting from 2019-03, with a cost."""
    cost = {key: about.pop(key) for key in list(about) if key.endswith("_cny")}
    return {"lever": lever, "multiply": 1, "from": "2019-03", "cost": cost | {"source": "invented"}, **about}


def spent(district: District, *interventions: dict[str, Any], first: str = "2019-02", months: int = 4) -> list[float]:
    timeline = Timeline(policy(*interventions), district)
    residents = np.ones((22, PROFILES))
    return [timeline.cost(parse_month(first) + i, residents) for i in range(months)]


def test_the_baseline_costs_nothing(template: District) -> None:
    timeline = Timeline(BASELINE, template)
    assert timeline.cost(parse_month("2019-03"), None) == 0.0
    assert not timeline.counts_persons


def test_persons_are_counted_only_where_a_cost_is_by_the_person(template: District) -> None:
    assert not Timeline(policy(table(fixed_cny=100, per_month_cny=10)), template).counts_persons
    assert Timeline(policy(table(fixed_cny=100), table(per_person_cny=1)), template).counts_persons


def test_a_fixed_cost_falls_in_the_first_month_alone(template: District) -> None:
    assert spent(template, table(fixed_cny=100)) == [0, 100, 0, 0]


def test_a_fixed_cost_falls_once_whatever_the_ramp(template: District) -> None:
    assert spent(template, table(fixed_cny=100, ramp_months=3)) == [0, 100, 0, 0]


def test_a_monthly_cost_falls_in_every_acting_month_in_full(template: District) -> None:
    assert spent(template, table(per_month_cny=10)) == [0, 10, 10, 10]
    assert spent(template, table(per_month_cny=10, until="2019-04")) == [0, 10, 10, 0]
    assert spent(template, table(per_month_cny=10, ramp_months=12)) == [0, 10, 10, 10]


def test_costs_of_interventions_add_up(template: District) -> None:
    both = spent(template, table(fixed_cny=100, per_month_cny=10), table(per_month_cny=1, until="2019-03"))
    assert both == [0, 111, 10, 10]


def test_a_cost_by_the_person_counts_the_residents_of_its_streets_and_groups(template: District) -> None:
    residents = np.arange(22.0 * PROFILES).reshape(22, PROFILES)
    bounded = table(
        "publicity",
        per_person_cny=0.5,
        streets=["Street 02", "Street 05"],
        groups={"housing": ["dormitory"], "age": ["16-24", "45+"]},
    )
    timeline = Timeline(policy(bounded), template)
    of_group = (LEVEL_OF["housing"] == 2) & np.isin(LEVEL_OF["age"], [0, 3])
    expected = 0.5 * residents[[1, 4]][:, of_group].sum()
    assert timeline.counts_persons
    assert timeline.cost(parse_month("2019-03"), residents) == pytest.approx(expected)
    assert timeline.cost(parse_month("2019-02"), residents) == 0.0


def test_a_cost_by_the_person_of_a_lever_for_the_whole_district_counts_everybody(template: District) -> None:
    residents = np.arange(22.0 * PROFILES).reshape(22, PROFILES)
    timeline = Timeline(policy(table("learning", per_person_cny=2)), template)
    assert timeline.cost(parse_month("2019-03"), residents) == 2 * residents.sum()


def test_a_cost_by_the_person_of_a_lever_by_housing_counts_those_who_live_so(template: District) -> None:
    residents = np.arange(22.0 * PROFILES).reshape(22, PROFILES)
    timeline = Timeline(policy(table("register", per_person_cny=1, groups={"housing": ["owned"]})), template)
    assert timeline.cost(parse_month("2019-03"), residents) == residents[:, LEVEL_OF["housing"] == 3].sum()


@pytest.mark.parametrize(
    ("operation", "for_amount", "amount", "factor"),
    [
        ("add", 0.02, 0.06, 3.0),
        ("add", 0.02, 0.02, 1.0),
        ("add", 0.02, 0.0, 0.0),
        ("add", -0.02, -0.01, 0.5),
        ("multiply", 1.2, 1.6, 3.0),
        ("multiply", 0.6, 0.8, 0.5),
    ],
)
def test_a_cost_with_an_amount_follows_the_change(
    template: District, operation: str, for_amount: float, amount: float, factor: float
) -> None:
    """All but the fixed cost."""
    cost = {
        "fixed_cny": 7, "investment_cny": 100, "per_month_cny": 10, "per_person_cny": 1, "for_amount": for_amount,
        "source": "invented",
    }  # fmt: skip
    stated = {"lever": "publicity", operation: amount, "from": "2019-03", "cost": cost}
    residents = 22 * PROFILES
    first, second = spent(template, stated, first="2019-03", months=2)
    assert first == pytest.approx(7 + factor * (110 + residents))
    assert second == pytest.approx(factor * (10 + residents))


def test_a_cost_of_set_is_measured_from_the_value_of_the_district_whatever_the_draw(template: District) -> None:
    value = template.parameters.number("trips")
    cost = {"per_month_cny": 10, "for_amount": value - 1, "source": "invented"}
    stated = {"lever": "trips", "set": value - 1.5, "from": "2019-03", "cost": cost}
    for parameters in (None, template.parameters.override({"trips": value + 2})):
        timeline = Timeline(policy(stated), template, parameters)
        assert timeline.cost(parse_month("2019-03"), None) == pytest.approx(15)


def test_a_cost_without_an_amount_does_not_follow(template: District) -> None:
    stated = {"lever": "trips", "add": -0.5, "from": "2019-03", "cost": {"per_month_cny": 10, "source": "invented"}}
    assert spent(template, stated) == [0, 10, 10, 10]


@pytest.mark.parametrize(
    ("operation", "for_amount", "amount"), [("add", -0.02, 0.02), ("add", 0, 1), ("multiply", 1, 2)]
)
def test_a_cost_that_cannot_follow_the_amount_is_refused(
    template: District, operation: str, for_amount: float, amount: float
) -> None:
    cost = {"per_month_cny": 10, "for_amount": for_amount, "source": "invented"}
    with pytest.raises(InputError, match="cost, for_amount: the cost cannot follow the amount"):
        Timeline(policy({"lever": "trips", operation: amount, "from": "2019-03", "cost": cost}), template)


def test_costs_of_the_shipped_scenarios_follow_their_amounts_and_are_those_that_they_state(
    template: District,
) -> None:
    for name in known_scenarios():
        for stated in load_scenario(name).stated:
            cost = stated.intervention.cost
            if cost is not None and (cost.investment_cny or cost.per_month_cny or cost.per_person_cny):
                assert cost.for_amount == stated.intervention.amount, f"{name}, {stated.key}"


def test_the_record_counts_persons_of_the_district_and_not_simulated_ones(template: District) -> None:
    """With 2,000 agents for 360,000 persons, each represents 180; residents at the end of the month count."""
    scenario = policy(
        table("trips", per_person_cny=0.25, groups={"housing": ["informal_lease"]}) | {"from": "2010-02"},
        table("trips", fixed_cny=7, per_month_cny=3) | {"from": "2010-02"},
    )
    model = PermitModel(template, scenario, 2_000, rng=1)
    model.run_until("2010-04")
    groups = model.groups().set_index(["month", "attribute", "level"])["population"]
    for row in model.rows:
        tenants = groups[row["month"], "housing", "informal_lease"]
        fixed = {"2010-01": 0, "2010-02": 10, "2010-03": 3, "2010-04": 3}[str(row["month"])]
        expected = fixed + (0.25 * tenants * 180 if row["month"] != "2010-01" else 0)
        assert row["cost_cny"] == pytest.approx(expected)


@pytest.mark.parametrize("written", [300_000, 3e5, "300,000", "30万", "0.3 million", "３０万元"])
def test_an_amount_may_be_a_number_or_a_text(written: object) -> None:
    cost = policy(table("trips", fixed_cny=written)).stated[0].intervention.cost
    assert cost is not None
    assert cost.fixed_cny == 300_000.0


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("3,00", 'the value is not an amount in yuan; given: "3,00"; allowed: .*; did you mean 3.00 or 300'),
        ("3.000.000", "did you mean 3_000_000"),
        ("much", 'allowed: a number, such as 3_000_000, or a text (string), such as "3,000,000" or "300万"'),
        ("-3万", "given: -30000.0; allowed: a number greater than or equal to 0"),
        ("inf", "allowed: a finite number"),
    ],
)
def test_a_text_that_is_no_amount_is_refused_with_its_key(written: str, message: str) -> None:
    with pytest.raises(InputError, match=message.replace("(string)", r"\(string\)")) as error:
        policy(table("trips", fixed_cny=written))
    assert str(error.value.key).endswith("cost, fixed_cny")
