"""The page's list of parameters with their values, status and sources."""

from __future__ import annotations

from takeup.analysis.compare.output import comparison_html
from takeup.analysis.compare.result import Comparison
from takeup.district.parameters import OVERRIDDEN
from takeup.report.i18n import ENGLISH
from takeup.report.inputs import Assumption, assumptions


def row(rows: list[Assumption], name: str) -> Assumption:
    (match,) = (each for each in rows if each.name == name)
    return match


def test_every_stated_number_is_listed_once(comparison: Comparison) -> None:
    table = assumptions(comparison.district.parameters, comparison.scenarios, {}, (), ENGLISH)
    names = [
        f"{each.name}.{value.member}".rstrip(".") for each in (*table.moved, *table.rest) for value in each.values
    ]
    stated = [parameter for parameter in comparison.district.parameters if parameter.stated_as is not None]
    assert sorted(names) == sorted(parameter.name for parameter in stated)
    assert "need.schooling.schoolchild.yes" in names
    assert "need.schooling.schoolchild.no" not in names
    assert {each.name for each in table.moved} == {"publicity", "documents"}
    assert sum(number for _, number in table.statuses) == table.number == len({each.stated_as for each in stated})


def test_overrides_are_listed_with_the_value_of_the_run(comparison: Comparison) -> None:
    settings = {"documents": 0.75, "supply.schooling": 9_000.0}
    table = assumptions(comparison.district.parameters, comparison.scenarios, settings, (), ENGLISH)
    documents = row(list(table.moved), "documents")
    assert (documents.values[0].value, documents.source) == ("0.75", OVERRIDDEN)
    supply = [each for each in table.rest if each.name == "supply"]
    assert [(each.source == OVERRIDDEN, [value.member for value in each.values]) for each in supply] == [
        (True, ["schooling"]),
        (False, ["employment", "residence", "social_security", "equal_standing"]),
    ]


def test_parameters_that_differ_between_draws_have_an_interval(comparison: Comparison) -> None:
    draws = [{"documents": 1.0 + number / 100, "norm": 1.0, "publicity": number / 1000} for number in range(101)]
    table = assumptions(comparison.district.parameters, comparison.scenarios, {"publicity": 0.03}, draws, ENGLISH)
    assert table.drawn == 1
    assert row(list(table.moved), "documents").values[0].drawn == "1.05 to 1.95"
    assert row(list(table.rest), "norm").values[0].drawn == ""
    assert row(list(table.moved), "publicity").values[0].drawn == ""
    page = comparison_html(comparison, {}, settings={"publicity": 0.03}, draws=draws)
    assert "1 of them differ between draws" in page
    assert "1.05 to 1.95" in page
