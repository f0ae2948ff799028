"""Accounts that must balance in every month, for any scenario, parameters and population."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from takeup import PermitModel
from takeup.district import ATTRIBUTES, District
from takeup.rules import KNOWLEDGE, LAPSED, NEVER, NO_LAPSE, NONE, QUEUED, STATUSES, UNAWARE, VALID
from takeup.scenario import Scenario
from takeup.simulation import GROUP_COUNTS, people_table
from tests.hypothesis_profiles import examples
from tests.scenario.strategies import parameters, policies
from tests.simulation.comparison import queues
from tests.simulation.districts import with_counts
from tests.simulation.eventful_scenario import EVERYTHING, PARAMETERS, SHRINKING

AGENTS = 250
MONTHS = 24


def run_and_check(
    district: District, scenario: Scenario | None, overrides: dict[str, float], agents: int = AGENTS
) -> PermitModel:
    """Run two years and check every account in every month."""
    model = PermitModel(district, scenario, agents, rng=1, parameters=overrides)
    for _ in range(MONTHS):
        before = _stocks(model)
        model.step()
        check_stocks(model)
        check_changes(model, before)
        check_queues(model)
        check_persons(model)
        check_ranges(model)
    check_groups(model)
    return model


def check_stocks(model: PermitModel) -> None:
    """Everyone has one status and one level of knowledge, and is counted in one row."""
    row, stocks = model.rows[-1], _stocks(model)
    assert {name: row[name] for name in stocks} == stocks
    population = row["population"]
    assert population == stocks["none"] + stocks["queued"] + stocks["valid"] + stocks["lapsed"]
    assert population == stocks["unaware"] + stocks["heard"] + stocks["informed"]
    assert population == model.state.population
    assert population == model.district.population.persons(model.state.month, model.agents_at_most)


def check_changes(model: PermitModel, before: dict[str, int]) -> None:
    """Changes of the counts since last month equal the recorded flows."""
    row: dict[str, Any] = model.rows[-1]
    change = {name: row[name] - before[name] for name in before}
    assert change["population"] == row["arrivals"] - row["departures"] - row["settled"]
    assert change["valid"] == (
        row["issued"] + row["endorsed_late"] - row["lapses"] - row["departures_valid"] - row["settled"]
    )
    joined = row["applications"] - row["returned"]
    left_the_queue = joined - row["issued"] - change["queued"]
    left_lapsed = row["lapses"] - row["endorsed_late"] - change["lapsed"]
    left_valid = row["departures_valid"]
    assert left_the_queue >= 0
    assert left_lapsed >= 0
    assert left_the_queue + left_lapsed + left_valid <= row["departures"]
    assert 0 <= row["returned"] <= row["applications"]
    assert 0 <= row["endorsed_late"] <= row["endorsed"]
    assert row["departures_valid"] + row["settled"] + row["lapses"] <= before["valid"]


def check_queues(model: PermitModel) -> None:
    """Each queue contains exactly the QUEUED slots of its street, each once."""
    status, open_slots = model.state.columns["status"], _open(model)
    for street, queue in enumerate(queues(model)):
        slots = np.arange(model.world.first[street], model.world.first[street + 1])
        queued = slots[(status[slots] == QUEUED) & open_slots[slots]]
        assert sorted(queue.tolist()) == queued.tolist()
        if len(queue) == 0:
            assert model.state.credit[street] == 0.0
    assert int(model.state.length.sum()) == model.rows[-1]["queued"]
    net, waiting = float(model.month.net.sum()), int(model.state.length.sum())
    ceiling = model.parameters.number("wait_ceiling") if waiting else 0.0
    assert model.rows[-1]["wait_months"] == (waiting / net if net > 0.0 else ceiling)


def check_persons(model: PermitModel) -> None:
    """The other columns of an open slot agree with its status; a closed slot is empty."""
    columns, open_slots = model.state.columns, _open(model)
    living: dict[str, Any] = {name: column[open_slots] for name, column in columns.items()}
    status, permit = living["status"], living["permit_months"]
    term = int(model.month.levers.permit_term_months[0])
    assert (living["knowledge"][(status == VALID) | (status == QUEUED)] != UNAWARE).all()
    assert (permit[(status == NONE) | (status == QUEUED)] == NEVER).all()
    assert ((permit[status == VALID] >= 0) & (permit[status == VALID] < term)).all()
    assert (permit[status == LAPSED] > 0).all()
    assert ((living["lapse_cause"] != NO_LAPSE) == (status == LAPSED)).all()
    assert (living["registered_months"] <= living["residence_months"]).all()
    assert living["ever_registered"][living["registered_months"] != NEVER].all()
    assert (living["residence_months"] >= 0).all()
    assert (columns["status"][~open_slots] == NONE).all()
    assert (columns["knowledge"][~open_slots] == UNAWARE).all()
    assert (columns["person"] % model.world.slots == np.arange(model.world.slots))[open_slots].all()


def check_ranges(model: PermitModel) -> None:
    """Shares are in [0, 1], and durations are not negative."""
    state, trust = model.state, model.state.columns["trust"][_open(model)]
    assert ((trust >= 0) & (trust <= 1)).all()
    for share in (state.reputation, state.delivered):
        assert ((share >= 0) & (share <= 1)).all()
    low, high = model.parameters.number("red_tape_low"), model.parameters.number("red_tape_high")
    assert low <= state.red_tape <= high
    assert (state.credit >= 0).all()
    assert (state.wait >= 0).all()
    assert abs(float(model.rows[-1]["mean_trust"]) - trust.mean()) < 1e-9
    assert all(np.isfinite(value) for value in model.rows[-1].values() if not isinstance(value, str))


def check_groups(model: PermitModel) -> None:
    """The counts of the levels of each attribute, and of the streets, sum to the population."""
    groups, history = model.groups(), model.history().set_index("month")
    assert set(groups["attribute"]) == {*ATTRIBUTES, "street"}
    sums = groups.groupby(["month", "attribute"])[list(GROUP_COUNTS)].sum()
    for attribute in (*ATTRIBUTES, "street"):
        of_attribute = sums.xs(attribute, level="attribute")
        assert (of_attribute == history[list(GROUP_COUNTS)]).all(axis=None), attribute
    assert (groups[list(GROUP_COUNTS)] >= 0).all(axis=None)


@settings(max_examples=examples(60))
@given(st.data())
def test_every_account_adds_up_under_random_scenarios_parameters_and_populations(
    village: District, data: st.DataObject
) -> None:
    scenario, overrides = data.draw(policies(village, last="2011-12")), data.draw(parameters())
    months = st.sampled_from(["2010-03", "2010-09", "2011-01", "2011-05"])
    counts = data.draw(st.dictionaries(months, st.integers(1, 2 * AGENTS), max_size=3))
    place = with_counts(village, dict(sorted({"2009-06": AGENTS, **counts}.items())))
    run_and_check(place, scenario, overrides)


def test_every_account_adds_up_where_everything_happens(village: District) -> None:
    """A guard of the test above: here each flow is known to be above 0."""
    model = run_and_check(with_counts(village, SHRINKING), EVERYTHING, PARAMETERS, 400)
    history = model.history()
    for flow in ("returned", "issued", "endorsed_late", "lapses", "departures_valid", "settled"):
        assert history[flow].sum() > 0, flow


def test_every_account_adds_up_on_shipped_districts(template: District, liwan: District) -> None:
    for district in (template, liwan):
        run_and_check(district, None, {}, 3_000)


def test_the_groups_of_a_month_are_those_counted_one_by_one(village: District) -> None:
    model = run_and_check(village, EVERYTHING, PARAMETERS)
    people, groups = people_table(model), model.groups()
    last = groups[groups["month"] == model.rows[-1]["month"]].set_index(["attribute", "level"])
    for (attribute, level), counts in last.iterrows():
        members = people[people[attribute] == level]
        assert counts["population"] == len(members)
        assert counts["valid"] == (members["status"] == "valid").sum()
        assert counts["queued"] == (members["status"] == "queued").sum()
        assert counts["lapsed"] == (members["status"] == "lapsed").sum()
        assert counts["informed"] == (members["knowledge"] == "informed").sum()
        by_registration = members["registered_months"] >= 6
        by_stay = (members["residence_months"] >= 6) & (members["insured"] | (members["housing"] == "owned"))
        assert counts["qualified"] == (by_registration | by_stay).sum()


def _open(model: PermitModel) -> Any:
    return model.state.occupied(model.world)


def _stocks(model: PermitModel) -> dict[str, int]:
    """Persons by status and knowledge, counted from the columns."""
    living = _open(model)
    status, knowledge = (model.state.columns[name][living] for name in ("status", "knowledge"))
    counted = {"population": int(living.sum())}
    counted |= {name: int((status == number).sum()) for number, name in enumerate(STATUSES)}
    counted |= {name: int((knowledge == number).sum()) for number, name in enumerate(KNOWLEDGE)}
    return counted
