"""People and centres as Mesa agents: views of the state, for as long as a person lives here."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from takeup import Migrant, PermitModel, ServiceCentre
from takeup.district import ATTRIBUTES, District
from takeup.rules import LAPSED, NONE, QUEUED, VALID, Knowledge, LapseCause, Status
from takeup.simulation import Engine, people_table
from takeup.simulation.state import CENSUS, MIGRANT
from tests.simulation.districts import with_counts
from tests.simulation.eventful_scenario import EVERYTHING, PARAMETERS, SHRINKING

ENGINES = pytest.mark.parametrize("engine", ["compiled", "objects"])
VIEWED = tuple(name for name in MIGRANT.names or () if name not in {"taste", "attentiveness"})


def run_model(district: District, engine: Engine, until: str = "2010-09", **arguments: Any) -> PermitModel:
    model = PermitModel(district, EVERYTHING, 300, engine, 5, parameters=PARAMETERS, **arguments)
    model.run_until(until)
    return model


def migrants(model: PermitModel) -> list[Migrant]:
    return list(model.agents_by_type[Migrant])


@ENGINES
def test_there_is_an_agent_for_everyone_who_lives_here_and_for_every_centre(
    village: District, engine: Engine
) -> None:
    place = with_counts(village, SHRINKING)
    model = PermitModel(place, None, 300, engine, 5)
    for until in ("2009-12", "2010-05", "2010-12", "2011-04"):
        model.run_until(until)
        slots = sorted(migrant.slot for migrant in migrants(model))
        assert slots == np.flatnonzero(model.state.occupied(model.world)).tolist()
        assert len(model.agents_by_type[ServiceCentre]) == 3
        assert len(model.agents) == len(slots) + 3
        assert {migrant.identity for migrant in migrants(model)} == set(people_table(model)["person"])


@ENGINES
def test_attributes_read_the_columns(village: District, engine: Engine) -> None:
    model = run_model(village, engine)
    for migrant in migrants(model):
        for name in VIEWED:
            assert getattr(migrant, name) == model.state.columns[name][migrant.slot], name
        assert migrant.identity == migrant.person
        for name in ("taste", "attentiveness"):
            assert getattr(migrant, name) == getattr(model.world, name)[model.state.columns[name][migrant.slot]]


@ENGINES
def test_attributes_are_plain_python_values(village: District, engine: Engine) -> None:
    types: dict[str, type] = {"trust": float, "insured": bool, "ever_registered": bool, "returned_last": bool}
    types |= {"status": Status, "knowledge": Knowledge, "lapse_cause": LapseCause}
    migrant = migrants(run_model(village, engine))[0]
    for name in VIEWED:
        assert type(getattr(migrant, name)) is types.get(name, int), name


@ENGINES
def test_codes_read_as_enumerations_and_may_be_set_to_members_or_numbers(village: District, engine: Engine) -> None:
    model = run_model(village, engine)
    migrant = migrants(model)[0]
    for value in (Status.LAPSED, LAPSED):
        migrant.status, migrant.lapse_cause = Status.NONE, LapseCause.FORGOT
        migrant.status = value  # type: ignore[assignment]
        assert migrant.status is Status.LAPSED
        assert migrant.status == LAPSED
        assert (migrant.status.name, str(migrant.status), f"{migrant.lapse_cause}") == ("LAPSED", "lapsed", "forgot")
    by_status = {str(status) for status in model.agents_by_type[Migrant].groupby("status").groups}
    assert {"none", "valid"} <= by_status <= {"none", "queued", "valid", "lapsed"}


@ENGINES
def test_writing_to_an_attribute_writes_to_the_column_and_counts(village: District, engine: Engine) -> None:
    model = PermitModel(village, None, 300, engine, 5, parameters={"settle": 0.0})
    model.run_until("2010-03")
    for migrant in migrants(model):
        migrant.trust, migrant.status = 0.75, Status.VALID
        migrant.permit_months, migrant.knowledge = 0, Knowledge.INFORMED
    assert (model.state.columns["trust"] == 0.75).all()
    assert (model.state.columns["status"] == VALID).all()
    model.step()
    assert model.rows[-1]["valid"] == model.rows[-1]["population"] - model.rows[-1]["departures"]


@ENGINES
def test_a_migrant_knows_their_levels_by_word(village: District, engine: Engine) -> None:
    model = run_model(village, engine)
    people = people_table(model).set_index("person")
    for migrant in migrants(model):
        for attribute in ATTRIBUTES:
            assert migrant.attribute(attribute) == people.loc[migrant.identity, attribute]
        assert model.district.streets[migrant.street] == people.loc[migrant.identity, "street"]


@ENGINES
def test_agents_can_be_selected_counted_and_asked_as_in_mesa(village: District, engine: Engine) -> None:
    model = run_model(village, engine)
    agents = model.agents_by_type[Migrant]
    holders = agents.select(lambda migrant: migrant.status == VALID)
    assert len(holders) == model.rows[-1]["valid"] > 0
    assert sorted(agents.get("slot")) == list(range(300))
    assert agents.agg("trust", np.mean) == pytest.approx(float(model.rows[-1]["mean_trust"]))
    assert len(model.agents.select(agent_type=ServiceCentre)) == 3
    assert {type(agent) for agent in model.agents} == {Migrant, ServiceCentre}


@pytest.mark.parametrize(
    ("engine", "until"),
    [
        ("objects", "2010-04"),
        ("objects", "2009-12"),
        ("compiled", "2009-12"),
        ("compiled", "2010-04"),
    ],
)
def test_whether_someone_is_entitled_can_be_asked_of_them(village: District, engine: Engine, until: str) -> None:
    model = PermitModel(village, None, 300, engine, 5)
    model.run_until(until)
    entitled = [migrant for migrant in migrants(model) if migrant.qualified]
    qualified = list(CENSUS.names or ()).index("qualified")
    assert len(entitled) == int(model.census.by_street[:, qualified].sum())


@ENGINES
def test_a_centres_queue_and_wait_are_those_of_its_street(village: District, engine: Engine) -> None:
    model = run_model(village, engine)
    status = model.state.columns["status"]
    for centre in model.centres:
        begin, end = model.world.first[centre.street : centre.street + 2]
        assert sorted(centre.queue) == [slot for slot in range(begin, end) if status[slot] == QUEUED]
        assert centre.wait == model.state.wait[centre.street]
    assert sum(len(centre.queue) for centre in model.centres) == model.rows[-1]["queued"] > 0


@ENGINES
def test_who_stays_is_the_same_object_and_who_comes_is_a_new_one(village: District, engine: Engine) -> None:
    model = run_model(village, engine)
    before = {migrant.identity: migrant for migrant in migrants(model)}
    model.run_until("2010-12")
    after = {migrant.identity: migrant for migrant in migrants(model)}
    stayed = before.keys() & after.keys()
    assert stayed
    assert after.keys() - before.keys()
    assert all(before[person] is after[person] for person in stayed)


def departed(village: District, engine: Engine) -> Migrant:
    """Someone who has left, seen before they did; nobody has asked for the agents since."""
    model = PermitModel(village, None, 300, engine, 5)
    met = migrants(model)
    model.run_until("2010-06")
    persons = set(model.state.columns["person"].tolist())
    return next(migrant for migrant in met if migrant.identity not in persons)


@ENGINES
def test_a_departed_migrant_can_be_neither_read_nor_written(village: District, engine: Engine) -> None:
    """Their row is somebody else's; who they were is still known."""
    gone = departed(village, engine)
    assert isinstance(gone.identity, int)
    for name in (*VIEWED, "slot"):
        with pytest.raises(AttributeError):
            getattr(gone, name)
    with pytest.raises(AttributeError):
        gone.trust = 0.0


def test_it_is_said_that_a_migrant_has_left(village: District) -> None:
    with pytest.raises(AttributeError, match="this migrant has left the district"):
        _ = departed(village, "objects").status


@pytest.mark.parametrize(
    "name",
    [
        "profile_terms",
        "services",
        "norm",
        "holders",
        "utility_of_applying",
        "utility_of_endorsing",
        "step",
        "act",
        "receive_information",
        "hold",
    ],
)
@pytest.mark.parametrize(("engine", "months"), [("compiled", 0), ("compiled", 2), ("objects", 0)], ids=str)
def test_it_is_said_that_migrants_weigh_and_act_in_the_months_they_live_alone(
    village: District, engine: Engine, months: int, name: str
) -> None:
    model = PermitModel(village, None, 300, engine, 5)
    for _ in range(months):
        model.step()
    migrant = migrants(model)[0]
    migrant.status, migrant.knowledge, migrant.residence_months = Status.NONE, Knowledge.INFORMED, 40
    permit_months = migrant.permit_months
    with pytest.raises(
        AttributeError, match='the attribute is available only with engine="objects", after the first step'
    ):
        getattr(migrant, name)(*((0.5,) if name == "receive_information" else ()))
    assert (migrant.status, migrant.permit_months) == (NONE, permit_months)


def test_a_migrant_that_has_run_a_month_has_a_utility(village: District) -> None:
    model = PermitModel(village, None, 300, "objects", 5)
    model.step()
    model.step()
    stayed = [migrant for migrant in migrants(model) if migrant.residence_months > 1]
    assert stayed
    assert {math.isfinite(each.norm + each.utility_of_applying + each.profile_terms.pace) for each in stayed} == {
        True
    }


@ENGINES
def test_departed_migrants_are_no_agents_of_the_model(village: District, engine: Engine) -> None:
    model = PermitModel(village, None, 300, engine, 5)
    met = migrants(model)
    model.run_until("2010-06")
    persons = set(model.state.columns["person"].tolist())
    gone = [migrant for migrant in met if migrant.identity not in persons]
    assert gone
    assert not set(gone) & set(model.agents)
    for migrant in gone:
        with pytest.raises(AttributeError):
            _ = migrant.slot


@ENGINES
def test_no_two_agents_have_the_same_unique_id(village: District, engine: Engine) -> None:
    model = run_model(village, engine)
    model.run_until("2010-12")
    migrants(model)
    model.run_until("2011-03")
    numbers = [agent.unique_id for agent in model.agents]
    assert len(set(numbers)) == len(numbers)


def test_asking_for_the_agents_changes_nothing(village: District) -> None:
    inspected, untouched = (PermitModel(village, EVERYTHING, 300, rng=5) for _ in range(2))
    for _ in range(15):
        for migrant in migrants(inspected):
            _ = migrant.status, migrant.attribute("age")
        inspected.step()
        untouched.step()
    assert inspected.rows == untouched.rows


def test_the_people_table_tells_of_everyone_in_words(village: District) -> None:
    model = run_model(with_counts(village, SHRINKING), "compiled", "2011-06")
    people = people_table(model)
    assert len(people) == model.rows[-1]["population"] < 300
    assert people["person"].is_unique
    for status in ("none", "queued", "valid", "lapsed"):
        assert (people["status"] == status).sum() == model.rows[-1][status]
    for level in ("unaware", "heard", "informed"):
        assert (people["knowledge"] == level).sum() == model.rows[-1][level]
    assert (people["registered_months"] >= 0).sum() == model.rows[-1]["registered"]
    constant = {"street", *ATTRIBUTES, "taste", "attentiveness"}
    assert constant | {"trust", "residence_months", "lapse_cause"} <= set(people.columns)
    assert (people.loc[people["status"] == "lapsed", "lapse_cause"] != "").all()
