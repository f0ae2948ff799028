"""The shipped districts: the model starts from the numbers in their files, with sources."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from takeup.district import (
    ATTRIBUTES,
    GROUPS,
    LEVEL_OF,
    MEMBERSHIP,
    PROFILES,
    RULE,
    District,
    definitions,
    levers,
    load_district,
    profile_names,
    shipped_districts,
)
from takeup.errors import InputError
from tests.district.folders import edited

TABLES = Path(__file__).with_name("template_tables.json")

VALUES: dict[str, Any] = {
    "attention": 0.15, "late_attention": 0.20, "remember": 0.80, "hassle": 0.5, "word_of_mouth": 0.01,
    "forget": 0.03, "publicity": 0.025, "heard_on_arrival": 0.15, "understanding_heard": 0.4,
    "learning": 0.8, "documents": 1.5, "trip_cost": 0.08, "trips": 2, "online": 0, "wait_cost": 0.3,
    "wait_memory": 0.33, "fee_cny": 0, "fee_cost": 0.005, "stigma": 0.2, "enforcement": 0, "norm": 1.0,
    "lapsed_says": 0.5, "renewal": 0.8, "value": [4.5, 2.0, 2.5, 2.2, 1.1],
    "recurring": [1.0, 0.4, 0.3, 0.6, 0.5], "reputation_at_start": 0.5, "quality": [0.7] * 5,
    "supply": [12_000, np.inf, np.inf, np.inf, np.inf],
    "trust_initial": [0.3, 0.9], "trust_loss": 0.3, "trust_gain": 0.05, "return_rate": 0.4,
    "data_sharing": 0, "drift": 0, "feedback": 0, "recovery": 0.1, "settle": 0.0002, "capacity": 8_000,
    "endorsement_load": 0.25, "rewire": 0.1, "register": [0.5, 0.12, 0.35, 0.5],
    "move": [0.010, 0.030, 0.020, 0.001], "insured": [0.6, 0.05, 0.10, 0.02],
    "lease_hardship": [0.1, 0.9, 0.4, 0.05], "work_hardship": [0.1, 0.8, 0.5, 1.0],
    "paperwork": [1.3, 1.1, 0.9, 0.7], "reach": [0.6, 0.9, 1.2, 1.5], "leave": [0.075, 0.027, 0.026, 0.018],
    "permit_term_months": 12, "months_to_qualify": 6, "min_net_share": 0.1, "stay_scale_months": 24,
    "months_to_settle": 60, "red_tape_low": 0.5, "red_tape_high": 1.5, "contacts": 8,
    "heard_at_start": 0.10, "wait_ceiling": 24, "attention_spread": 0,
}  # fmt: skip
SPARSE = {
    "leave_factor": {
        "age.16-24": 1.3, "age.35-44": 0.85, "age.45+": 0.8, "schoolchild.yes": 0.6, "housing.owned": 0.3,
        "housing.dormitory": 1.2,
    },
    "need": {
        "schooling.schoolchild.yes": 0.9,
        "employment.base": 0.2, "employment.work.none": 0.3, "employment.work.informal": 0.2,
        "residence.base": 0.2, "residence.origin.elsewhere": 0.2, "residence.housing.owned": 0.2,
        "residence.age.35-44": 0.1,
        "social_security.base": 0.2, "social_security.work.informal": 0.3, "social_security.work.self_employed": 0.2,
        "social_security.age.45+": 0.1,
        "equal_standing.base": 0.3, "equal_standing.origin.elsewhere": 0.2, "equal_standing.education.college": 0.1,
    },
}  # fmt: skip


def test_the_template_carries_exactly_the_invented_tables(template: District) -> None:
    stated = json.loads(TABLES.read_text(encoding="utf-8"))
    tables = {tuple(names.split(",")): shares for names, shares in (stated["one_way"] | stated["two_way"]).items()}
    margins = {margin.of: margin.shares for margin in template.population.margins}
    assert margins.keys() == tables.keys()
    for of, shares in tables.items():
        np.testing.assert_allclose(margins[of], shares, rtol=1e-12)
    assert dict(zip(template.streets, template.street_shares.tolist(), strict=True)) == stated["streets"]
    assert list(template.streets) == list(stated["streets"])
    counts = {count.month: count.persons for count in template.population.counts}
    assert counts == stated["population"]
    assert template.population.invented


@pytest.mark.parametrize("name", VALUES)
def test_the_template_starts_from_the_models_values(template: District, name: str) -> None:
    assert template.parameters.vector(name).tolist() == np.atleast_1d(VALUES[name]).tolist()


@pytest.mark.parametrize(("name", "absent"), [("leave_factor", 1.0), ("need", 0.0)])
def test_what_the_template_leaves_out_adds_or_changes_nothing(template: District, name: str, absent: float) -> None:
    for member in definitions()[name].members:
        assert template.parameters.number(f"{name}.{member}") == SPARSE[name].get(member, absent), member


def test_no_parameter_of_the_model_is_without_a_starting_value_here() -> None:
    assert {*VALUES, *SPARSE} == set(definitions())


def test_the_shipped_districts_are_known_by_name() -> None:
    assert shipped_districts() == ["liwan", "template"]


@pytest.mark.parametrize("name", ["liwan", "template"])
def test_every_number_of_a_shipped_district_has_a_source(name: str) -> None:
    district = load_district(name)
    sourced = [*district.parameters, *district.population.counts, *district.population.tables]
    sourced += district.population.streets
    for number in sourced:
        assert len(number.source.strip()) >= 5, number
        assert number.status in ("observed", "derived", "assumed", "calibrated")
    numbers = {name for name in district.parameters.entries if not name.startswith(f"{RULE}.")}
    assert numbers == {name for each in definitions().values() for name in each.names}


def test_every_derived_figure_of_liwan_says_how_it_follows_from_its_source(liwan: District) -> None:
    population = liwan.population
    figures = [*population.counts, *population.tables, *population.streets, *([population.tenure] * 1)]
    derived = [figure for figure in figures if figure is not None and figure.status == "derived"]
    assert len(derived) >= 4
    for figure in derived:
        assert figure.rule is not None
        assert len(figure.rule) > 10


def test_liwan_is_the_district_of_the_question(liwan: District) -> None:
    assert len(liwan.streets) == 22
    assert liwan.population.most == 360_000
    assert liwan.population.name_zh == "荔湾区"
    assert not liwan.population.invented
    assert {"Zhongnan", "Hailong"} <= set(liwan.streets)


def test_every_parameter_says_what_it_means_and_where_it_stands() -> None:
    for definition in definitions().values():
        assert len(definition.meaning) > 10
        assert len(definition.equation) > 5
        assert definition.unit
        assert definition.bounds[0] < definition.bounds[1]
        assert (definition.grain is None) == (definition.countermeasure is None)


def test_the_levers_are_those_of_the_five_countermeasures_and_the_rules() -> None:
    by_countermeasure: dict[str, set[str]] = {}
    for name, lever in levers().items():
        by_countermeasure.setdefault(str(lever.countermeasure), set()).add(name)
    assert by_countermeasure == {
        "willingness": {"value", "trust_initial", "stigma", "remember", "late_attention", "attention"},
        "publicity": {"publicity", "word_of_mouth", "heard_on_arrival"},
        "process": {
            "documents", "trips", "online", "capacity", "return_rate", "register", "fee_cny", "hassle",
        },
        "coordination": {"data_sharing"},
        "services": {"supply", "quality"},
        "supervision": {"feedback", "drift"},
        "rules": {"enforcement", "learning", "permit_term_months", "months_to_qualify"},
    }  # fmt: skip


def test_levers_have_the_grain_the_rules_give_them() -> None:
    grains = {name: lever.grain for name, lever in levers().items() if lever.grain != "district"}
    by_profile = {"publicity", "attention", "late_attention", "remember", "documents", "trips", "online", "stigma"}
    expected = dict.fromkeys(by_profile, "profile and street") | {"register": "housing and street"}
    assert grains == expected | {"data_sharing": "street", "capacity": "street"}


def test_a_profile_is_one_combination_of_the_attributes() -> None:
    names = profile_names()
    assert len(names) == len(set(names)) == PROFILES == 1_024
    for attribute, levels in ATTRIBUTES.items():
        at = list(ATTRIBUTES).index(attribute)
        assert [levels[level] for level in LEVEL_OF[attribute]] == [name[at] for name in names]
    for (attribute, level), member in zip(GROUPS, MEMBERSHIP, strict=True):
        assert (member == [level == name[list(ATTRIBUTES).index(attribute)] for name in names]).all()


def test_the_same_files_have_the_same_digest_and_others_another(template: District, tmp_path: Path) -> None:
    same = load_district(edited(tmp_path, "population.toml", "Template", "Template"))
    assert same.digest == template.digest
    other = load_district(edited(tmp_path, "parameters.toml", "value = 1.5", "value = 1.6"))
    assert other.digest != template.digest


def test_a_district_is_given_by_name_by_folder_or_as_itself(template: District) -> None:
    assert load_district("template").digest == template.digest
    assert load_district(template.folder).digest == template.digest
    assert load_district(str(template.folder)).digest == template.digest
    made = replace(template, name="made")
    assert load_district(made) is made
    with pytest.raises(InputError, match="no such district"):
        load_district("nowhere/at/all")
