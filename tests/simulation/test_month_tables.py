"""Levers and the tables of a month follow from the definitions of the parameters."""

from __future__ import annotations

from itertools import product

import numpy as np

from takeup import PermitModel
from takeup.district import PROFILES, District, definitions, levers
from takeup.rules import (
    KNOWLEDGE,
    LAPSE_CAUSES,
    STATUSES,
    Knowledge,
    LapseCause,
    Status,
    states,
)
from takeup.rules.utility import compliance
from takeup.scenario import Levers
from takeup.simulation.conditions import procedure_of, procedure_tables, profile_terms
from takeup.simulation.month_tables import MONTH_SCALARS, SCALAR_PARAMETERS, MonthScalars, StreetProfileTerms
from tests.scenario.written import policy
from tests.simulation.eventful_scenario import EVERYTHING, PARAMETERS
from tools.generate_stubs import outdated


def test_levers_have_a_field_per_lever() -> None:
    assert Levers._fields == tuple(levers())


def test_every_number_of_the_whole_district_is_a_scalar_of_the_month() -> None:
    model = PermitModel("template", agents=1_600, rng=1)
    scalars = MonthScalars(*model.conditions().scalars[0].item())
    by_street_or_group = {name for name, each in definitions().items() if each.grain not in {None, "district"}}
    for field, name in zip(MonthScalars._fields, SCALAR_PARAMETERS, strict=True):
        assert getattr(scalars, field) == model.parameters.number(name), name
        assert name.split(".")[0] not in by_street_or_group
    singles = {name for name, each in definitions().items() if not each.members} - by_street_or_group
    assert singles <= set(SCALAR_PARAMETERS)
    whole = {field for field in MonthScalars._fields if np.issubdtype(MONTH_SCALARS[field], np.integer)}
    assert whole == {name for name in singles if definitions()[name].whole}


def test_levers_that_are_read_for_each_migrant_have_a_column() -> None:
    model = PermitModel("template", agents=1_600, rng=1)
    conditions, values = model.conditions(), model.timeline.at(model.start)
    for name, definition in definitions().items():
        assert (name in StreetProfileTerms._fields) == definition.per_migrant
        if definition.per_migrant:
            assert definition.grain == "profile and street"
            assert (getattr(conditions.levers, name) == getattr(values, name)).all()
            assert getattr(profile_terms(1, 77, conditions), name) == getattr(values, name)[1, 77]


def test_profiles_that_share_a_procedure_face_the_same_levers(village: District) -> None:
    """The terms of every profile in every street are those of its own procedure, whatever the levers select by."""
    model = PermitModel(village, EVERYTHING, agents=300, rng=1, parameters=PARAMETERS)
    for until in ("2010-01", "2010-08"):
        model.run_until(until)
        conditions, levers_now = model.conditions(), model.timeline.at(model.state.month)
        tables = procedure_tables(levers_now, model.parameters, model.world)
        for street, profile in product(range(model.world.streets), range(PROFILES)):
            procedure = procedure_of(street, profile, tables, model.state.wait, model.state.red_tape)
            assert procedure.documents == levers_now.documents[street, profile]
            assert procedure.trips == levers_now.trips[street, profile]
            assert procedure.online == levers_now.online[street, profile]
            assert profile_terms(street, profile, conditions).compliance == compliance(*procedure)
    assert (conditions.procedure.max(axis=1) < PROFILES // 2).all()


def test_no_two_procedures_of_a_street_are_equal(village: District) -> None:
    """Also if two levers select by different attributes: the compliance of each is computed once."""
    by_origin = {"lever": "trips", "multiply": 0.5, "from": "2010-01", "groups": {"origin": ["guangdong"]}}
    by_age = {"lever": "online", "set": 0.4, "from": "2010-01", "groups": {"age": ["16-24", "45+"]}}
    model = PermitModel(village, policy(by_origin, by_age), agents=300, rng=1)
    model.step()
    levers_now, procedure = model.timeline.at(model.state.month), model.conditions().procedure
    for street in range(model.world.streets):
        faced = {
            (
                int(model.world.representative[profile]),
                levers_now.trips[street, profile],
                levers_now.online[street, profile],
            )
            for profile in range(PROFILES)
        }
        assert len(faced) == len(set(procedure[street].tolist())) == procedure[street].max() + 1


def test_type_stubs_are_up_to_date() -> None:
    """`python tools/generate_stubs.py` writes them."""
    assert outdated() == []


def test_plain_constants_of_compiled_code_equal_the_enumerations() -> None:
    for enumeration, names in ((Status, STATUSES), (Knowledge, KNOWLEDGE), (LapseCause, LAPSE_CAUSES)):
        for member in enumeration:
            assert type(getattr(states, member.name)) is int
            assert getattr(states, member.name) == member
            assert names[member] in {member.name.lower(), ""}
        assert len(names) == len(enumeration)
