"""What feeds back on take-up - queues, settling, red tape, services, reputation - against what must come out."""

from __future__ import annotations

import numpy as np
import pytest

from takeup import PermitModel
from takeup.district import SERVICES, District
from takeup.rules import VALID
from tests.scenario.written import policy
from tests.simulation.bounds import assert_count
from tests.simulation.comparison import queues

EAGER = {"attention": 1.0, "publicity": 0.5, "value": 20.0, "hassle": 0.0, "return_rate": 0.0, "settle": 0.0}


def test_an_overloaded_centre_issues_exactly_its_capacity(template: District) -> None:
    """Whole permits from a capacity in fractions: what is left over counts next month."""
    agents, capacity = 4_000, 6_000.0
    load = {"endorsement_load": 0.0, "capacity": capacity}
    model = PermitModel(template, agents=agents, rng=1, parameters=EAGER | load)
    rates = capacity * template.street_shares * agents / template.population.most
    issued = np.zeros(len(rates))
    model.step()
    assert (model.state.length > 0).all(), "every centre must have a queue from the first month on"
    assert model.rows[-1]["issued"] == 0, "nobody is served in the month of applying"
    assert (model.state.credit == 0.0).all()
    for months in range(1, 31):
        model.step()
        issued += model.month.flows["issued"]
        assert (model.state.length > 0).all()
        # What is left over is added up in floats, so where a whole permit is just due it may be due next month.
        assert (issued <= np.floor(months * rates + 1e-6)).all()
        assert (issued >= np.floor(months * rates - 1e-6)).all()
        assert model.rows[-1]["wait_months"] == pytest.approx(model.state.length.sum() / rates.sum())


def test_capacity_that_nobody_asks_for_is_not_saved_up(template: District) -> None:
    """After a year without applicants a centre has no more than its month's capacity to give."""
    scenario = policy(
        {"lever": "attention", "set": 0, "from": "2010-01", "until": "2010-12"},
        {"lever": "publicity", "set": 0, "from": "2010-01", "until": "2010-12"},
        {"lever": "capacity", "set": 3_000, "from": "2010-01"},
    )
    model = PermitModel(template, scenario, 4_000, rng=1, parameters=EAGER | {"heard_at_start": 1.0})
    model.run_until("2010-12")
    assert model.history()["applications"].sum() == 0
    assert (model.state.credit == 0.0).all()
    model.run_until("2011-02")
    rates = 3_000 * template.street_shares * 4_000 / template.population.most
    assert (model.month.flows["issued"] <= np.floor(rates)).all()
    assert model.state.length.sum() > 100


def test_centres_serve_in_the_order_of_application(template: District) -> None:
    """Who waits keeps their order; who is issued a permit stood before all who wait on; newcomers join at the end."""
    model = PermitModel(template, agents=4_000, rng=1, parameters=EAGER | {"capacity": 6_000.0})
    model.run_until("2010-06")
    for _ in range(12):
        before = [queue.tolist() for queue in queues(model)]
        persons = model.state.columns["person"].copy()
        model.step()
        for old, new in zip(before, (queue.tolist() for queue in queues(model)), strict=True):
            stayed = [slot for slot in old if model.state.columns["person"][slot] == persons[slot]]
            served = [slot for slot in stayed if model.state.columns["status"][slot] == VALID]
            assert served == stayed[: len(served)]
            assert new[: len(stayed) - len(served)] == stayed[len(served) :]
            assert not set(new[len(stayed) - len(served) :]) & set(old)


def test_the_order_of_those_who_apply_together_is_drawn_by_lot(template: District) -> None:
    """Not by slot: among those who join in one month, neighbours in line fall as often as they rise."""
    model = PermitModel(template, agents=20_000, rng=1, parameters=EAGER | {"capacity": 0.0})
    model.step()
    steps = np.concatenate([np.sign(np.diff(queue)) for queue in queues(model)])
    assert len(steps) > 500
    # Neighbouring steps of a random order are negatively correlated: the binomial variance is an upper bound.
    assert_count(int((steps > 0).sum()), len(steps) / 2, len(steps) / 4, "rising steps in line")


def test_the_wait_people_expect_follows_the_wait_there_is(template: District) -> None:
    model = PermitModel(template, agents=4_000, rng=1, parameters=EAGER | {"capacity": 6_000.0})
    expected = np.zeros(model.world.streets)
    for _ in range(24):
        model.step()
        expected += 0.33 * (model.state.length / model.month.net - expected)
        np.testing.assert_allclose(model.state.wait, expected, rtol=1e-12)


def test_endorsements_take_capacity_but_never_all_of_it(template: District) -> None:
    model = PermitModel(template, agents=4_000, rng=1, parameters={"endorsement_load": 1.0, "capacity": 4_000.0})
    capacity = 4_000 * template.street_shares * 4_000 / template.population.most
    least = 0
    for _ in range(60):
        model.step()
        net = np.maximum(0.1 * capacity, capacity - model.month.flows["endorsed"])
        np.testing.assert_allclose(model.month.net, net, rtol=1e-12)
        least += int((net == 0.1 * capacity).sum())
    assert least > 0


def test_the_number_of_settlers_follows_from_the_probability(template: District) -> None:
    """Of those who at last month's end held a permit and had lived here long enough; a martingale, five sigmas."""
    probability, months = 0.02, 24
    parameters = EAGER | {"settle": probability, "months_to_settle": months, "heard_at_start": 1.0}
    model = PermitModel(template, agents=8_000, rng=1, parameters=parameters)
    eligible, settled = 0, 0
    for _ in range(60):
        columns = model.state.columns
        eligible += int(((columns["status"] == VALID) & (columns["residence_months"] >= months)).sum())
        model.step()
        settled += int(model.rows[-1]["settled"])
    assert eligible > 10_000
    assert_count(settled, probability * eligible, probability * (1.0 - probability) * eligible, "settled")


@pytest.mark.parametrize(("drift", "comes_to_rest"), [(0.0, 1.0), (0.02, 1.25), (0.05, 1.5), (1.0, 1.5)])
def test_red_tape_comes_to_rest_where_drift_and_recovery_balance(
    village: District, drift: float, comes_to_rest: float
) -> None:
    """R = recovery / (recovery - drift) without feedback, at most red_tape_high."""
    model = PermitModel(village, agents=100, rng=1, parameters={"drift": drift})
    model.run_until("2023-12")
    assert model.state.red_tape == pytest.approx(comes_to_rest, abs=1e-5)


def test_red_tape_follows_the_share_returned(template: District) -> None:
    """Month by month with feedback; and it eases, as fewer are returned the less is asked for."""
    model = PermitModel(template, agents=4_000, rng=1, parameters={"feedback": 0.5, "drift": 0.01})
    expected = 1.0
    for _ in range(60):
        model.step()
        row = model.rows[-1]
        applications = int(row["applications"])
        share = int(row["returned"]) / applications if applications else 0.0
        expected = min(max(expected + 0.1 * (1 - expected) + expected * (0.01 - 0.5 * share), 0.5), 1.5)
        assert row["red_tape"] == pytest.approx(expected, rel=1e-12)
    assert model.state.red_tape < 0.9


def test_reputation_converges_to_what_is_delivered(template: District) -> None:
    """From 0.5 towards the quality, the share `trust_gain` of the way each month from the first permit on."""
    parameters = {"quality": 0.9, "supply": float("inf"), "trust_gain": 0.08}
    model = PermitModel(template, agents=4_000, rng=1, parameters=parameters)
    months = 0
    for _ in range(60):
        model.step()
        months += int(model.rows[-1]["valid"]) > 0  # each service but schooling is needed by every holder
        for service in SERVICES[1:]:
            expected = 0.9 + (0.5 - 0.9) * 0.92**months
            assert model.rows[-1][f"reputation_{service}"] == pytest.approx(expected, rel=1e-12)
    assert months > 50


def test_a_service_without_demand_delivers_its_quality_and_keeps_its_reputation(village: District) -> None:
    model = PermitModel(village, agents=100, rng=1, parameters={"value": 0.0, "stigma": 10.0, "quality": 0.3})
    model.run_until("2010-12")
    assert model.rows[-1]["valid"] == 0
    for service in SERVICES:
        assert model.rows[-1][f"delivered_{service}"] == 0.3
        assert model.rows[-1][f"reputation_{service}"] == 0.5


def test_a_supply_below_the_demand_is_shared_equally(template: District) -> None:
    """Delivered · demand = quality · supply: so much is handed out, however many hold a permit."""
    agents = 4_000
    model = PermitModel(template, agents=agents, rng=1, parameters={"supply": 3_000.0})
    model.run_until("2015-12")
    columns = model.state.columns
    holders = np.bincount(columns["profile"][columns["status"] == VALID], minlength=len(model.world.need))
    demand = holders @ model.world.need
    supply = 3_000 * agents / template.population.most
    assert (demand > supply).sum() >= 4
    expected = 0.7 * np.minimum(1.0, supply / demand)
    np.testing.assert_allclose(model.state.delivered, expected, rtol=1e-12)


def test_trust_of_holders_goes_to_what_they_are_delivered(template: District) -> None:
    """With all qualities 0.4 and no shortage everyone is delivered 0.4; a holder of n months is 0.95^n from it."""
    parameters = EAGER | {"quality": 0.4, "supply": float("inf"), "trust_initial": 1.0, "remember": 1.0}
    model = PermitModel(template, agents=4_000, rng=1, parameters=parameters)
    model.run_until("2010-12")
    columns = model.state.columns
    holds = (columns["status"] == VALID) & (columns["permit_months"] < 12)
    months = columns["permit_months"][holds]
    assert months.max() > 6
    np.testing.assert_allclose(columns["trust"][holds], 0.4 + 0.6 * 0.95**months, rtol=1e-9)
