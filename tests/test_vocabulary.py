"""The vocabulary: every term of the model has labels, and everyday words lead to terms."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from takeup.analysis.why import REASONS, TITLES, Reason
from takeup.district import ATTRIBUTES, RULE, SERVICES, definitions, lever_names, load_district
from takeup.district.attributes import AREA, STREET
from takeup.errors import InputError
from takeup.simulation import COLUMNS
from takeup.vocabulary import (
    KINDS,
    find_member_label,
    label_of_output,
    label_of_parameter,
    nearest_names,
    search_terms,
    terms,
)

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def names(kind: str) -> set[str]:
    return {name for of, name in terms() if of == kind}


def test_every_term_of_the_model_has_labels_and_no_other() -> None:
    assert names("parameter") == {*definitions(), RULE}
    assert names("attribute") == {*ATTRIBUTES, AREA, STREET}
    assert names("level") == {f"{attribute}.{level}" for attribute, levels in ATTRIBUTES.items() for level in levels}
    assert names("service") == set(SERVICES)
    assert names("cause") == set(REASONS)
    columns = {re.sub(r"^(delivered|reputation)_.*", r"\1", column) for column in COLUMNS}
    assert names("output") == columns


@pytest.mark.parametrize("kind", KINDS)
def test_labels_are_in_their_language_and_differ(kind: str) -> None:
    own = [term for (of, _), term in terms().items() if of == kind]
    assert all(CHINESE.search(term.zh) for term in own)
    assert not any(CHINESE.search(term.en) for term in own)
    assert not any("_" in term.en for term in own)
    for labels in ([term.en for term in own], [term.zh for term in own]):
        assert not [label for label, number in Counter(labels).items() if number > 1]


def test_no_word_is_listed_twice_for_a_term() -> None:
    for term in terms().values():
        words = [word.casefold() for word in (term.en, term.zh, *term.words)]
        assert len(set(words)) == len(words), term.name


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("urban village", "housing.informal_lease"),
        ("Urban Villages", "housing.informal_lease"),
        ("城中村", "housing.informal_lease"),
        ("城中村的租客", "housing.informal_lease"),
        ("waiting time", "capacity"),
        ("waiting time", "wait_cost"),
        ("waiting time", "wait_months"),
        ("等候时间", "wait_months"),
        ("school places", "supply"),
        ("学位", "supply"),
        ("宣传", "publicity"),
        ("publicty", "publicity"),
        ("evening hours", "trips"),
        ("landlord", "register"),
        ("短信", "remember"),
        ("hukou", "settle"),
        ("个体户", "work.self_employed"),
    ],
)
def test_everyday_words_lead_to_terms(word: str, name: str) -> None:
    assert name in [term.name for term in search_terms(word)]


def test_a_name_comes_before_words_and_nonsense_leads_nowhere() -> None:
    assert search_terms("waiting")[0].name == "waiting"
    assert search_terms("schooling")[0].name == "schooling"
    assert search_terms("xqzw") == []
    assert search_terms(" ") == []


def test_words_of_a_district_come_first() -> None:
    (area,) = (each.term for each in load_district("liwan").population.areas)
    assert [term.name for term in search_terms("城中村", [area])] == ["urban_village", "housing.informal_lease"]


@pytest.mark.parametrize(
    ("text", "possible", "expected"),
    [
        ("宣传", lever_names(), ["publicity"]),
        ("waiting time", [*definitions()], ["capacity", "wait_cost"]),
        ("排队", [*definitions()], ["capacity", "wait_cost"]),  # not "value", which is spelled like "queue"
        ("queue", [*definitions()], ["capacity", "wait_cost"]),
        ("urban village", ATTRIBUTES["housing"], ["informal_lease"]),
        ("publicty", ["publicity", "capacity"], ["publicity"]),
        ("Zongnan", ["Zhongnan", "Hailong"], ["Zhongnan"]),
        ("城中村的租客", ATTRIBUTES["housing"], ["registered_lease"]),
        ("xqzw", lever_names(), []),
    ],
)
def test_unknown_names_suggest_what_may_be_meant(text: str, possible: list[str], expected: list[str]) -> None:
    assert nearest_names(text, possible) == expected


def test_errors_suggest_by_the_vocabulary() -> None:
    error = InputError("unknown lever", given="waiting time", allowed="levers", nearest=definitions())
    assert str(error).endswith('; did you mean "capacity" or "wait_cost"?')


def test_labels_of_numbers_are_made_of_those_of_their_parts() -> None:
    assert label_of_parameter("supply.schooling") == "supply of services: schooling"
    assert label_of_parameter("register.owned", "zh") == "居住登记：自有住房"
    assert (
        label_of_parameter("need.residence.housing.dormitory")
        == "need for services: services to residents, dormitory"
    )
    assert label_of_parameter("trust_initial.low") == "trust on arrival: lowest"
    assert label_of_output("delivered_schooling") == "delivered share: schooling"
    assert label_of_output("delivered_schooling", "zh") == "服务落实比例：子女入学"


def test_every_number_of_the_districts_has_a_label() -> None:
    for parameter in load_district("liwan").parameters:
        first, _, member = parameter.name.partition(".")
        if first != RULE:  # sizes of dated rules have the names that the district gives them
            assert find_member_label(member or "low", "zh"), parameter.name
            assert "_" not in label_of_parameter(parameter.name), parameter.name


def test_reasons_have_the_labels_of_the_vocabulary() -> None:
    assert [TITLES[reason] for reason in Reason] == [terms()["cause", name].en for name in REASONS]
