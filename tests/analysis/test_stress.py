"""Stress tests: the cases are complete, faults are detected, and one fault does not end the others."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from takeup import PermitModel
from takeup.analysis import stress
from takeup.analysis.stress import StressCase, check_case, month_violations, run_stress_tests, stress_cases
from takeup.district import District, levers
from takeup.errors import InputError
from takeup.rules import QUEUED
from takeup.scenario import BASELINE, Timeline
from tests.analysis.stress_cases import CRASHES, dies_if_it_crashes

AGENTS, MONTHS = 400, 9


@pytest.fixture
def simulated(village: District) -> tuple[PermitModel, dict[str, Any]]:
    """A model after six months, and the row of the fifth month."""
    model = PermitModel(village, agents=AGENTS, rng=1)
    model.run_until("2010-06")
    return model, model.rows[-2]


@pytest.mark.parametrize("name", ["template", "liwan"])
def test_every_lever_is_tried_at_both_ends_of_its_range(name: str, request: pytest.FixtureRequest) -> None:
    district: District = request.getfixturevalue(name)
    cases = {each.name: each for each in stress_cases(district)}
    for lever in levers().values():
        for end in ("low", "high"):
            case = cases[f"{lever.name} at its {end} end"]
            stated = {each.intervention.lever: each.intervention.amount for each in case.scenario.stated}
            assert stated == {member: getattr(district.parameters[member], end) for member in lever.names}
            assert all(math.isfinite(value) or lever.name == "supply" for value in stated.values())
            Timeline(case.scenario, district)
    long, emptied = cases["1,200 months"], cases["population falls to 1 % and grows back"]
    assert (long.months, long.until) == (1_200, "2109-12")
    persons = emptied.district.population
    assert [round(count.persons / persons.most, 4) for count in persons.counts] == [1.0, 0.01, 1.0]


@pytest.mark.slow
def test_a_district_that_is_sound_holds(village: District) -> None:
    short = [replace(each, months=MONTHS) for each in stress_cases(village)]
    some = [short[0], short[1], *[each for each in short if each.kind != "accounts"]]
    counted: list[int] = []
    report = run_stress_tests(village, AGENTS, 1, counted.append, some)
    assert [each.fault for each in report.results] == [None] * len(some)
    assert [each.months for each in report.results] == [MONTHS] * len(some)
    assert counted == list(range(1, len(some) + 1))
    assert report.table["held"].all()
    assert not report.failed


@pytest.mark.parametrize(
    ("column", "more", "expected"),
    [
        ("valid", 1, "the statuses do not add up"),
        ("unaware", 1, "the levels of knowledge do not add up"),
        ("arrivals", 1, "the population changes by more or less than"),
        ("issued", 1, "valid permits change by more or less than"),
        ("lapses", 3, "valid permits change by more or less than"),
        ("applications", 10**6, "queued applications or lapsed permits change by more or less than"),
        ("endorsed_late", 10**6, "more endorsed_late than endorsed"),
        ("returned", 10**6, "more returned than applications"),
        ("mean_trust", 1.0, "not a share"),
        ("cost_cny", math.nan, "cost_cny is nan"),
        ("wait_months", -(10**6), "wait_months is"),
    ],
)
def test_a_row_that_does_not_add_up_is_noticed(
    simulated: tuple[PermitModel, dict[str, Any]], column: str, more: float, expected: str
) -> None:
    model, before = simulated
    assert list(month_violations(model, before)) == []
    model.rows[-1] = model.rows[-1] | {column: model.rows[-1][column] + more}  # type: ignore[operator]
    assert any(expected in fault for fault in month_violations(model, before))


def test_a_state_that_is_not_sound_is_noticed(simulated: tuple[PermitModel, dict[str, Any]]) -> None:
    model, before = simulated
    model.state.migrants.status[:] = QUEUED
    assert "a queue does not contain exactly the QUEUED slots of its street" in list(month_violations(model, before))


def test_what_cannot_be_simulated_is_a_fault_with_its_month(
    village: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = PermitModel.step

    def step(model: PermitModel) -> None:
        if len(model.rows) == 4:
            raise InputError("the value is outside the parameter's range")
        really(model)

    monkeypatch.setattr(PermitModel, "step", step)
    result = check_case(StressCase("long", "accounts", village, BASELINE, MONTHS), AGENTS, 1)
    assert (result.months, result.fault) == (4, "2010-04: InputError: the value is outside the parameter's range")


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_an_ordeal_that_crashes_its_process_is_a_row_and_the_rest_goes_on(
    village: District, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    monkeypatch.setattr(stress, "run_case_isolated", dies_if_it_crashes)
    names = ("one", CRASHES, "another")
    cases = [StressCase(name, "accounts", village, BASELINE, 2) for name in names]
    report = run_stress_tests(village, AGENTS, 1, lambda _: None, cases, workers)
    assert [each.case.name for each in report.results] == list(names)
    assert [each.fault for each in report.results] == [None, "crashed: the worker process died 3 times", None]
    assert report.failed == [report.results[1]]
    assert report.table["held"].tolist() == [True, False, True]


def test_engines_that_differ_are_noticed(village: District, monkeypatch: pytest.MonkeyPatch) -> None:
    really = PermitModel.step

    def step(model: PermitModel) -> None:
        really(model)
        if model.engine == "objects" and len(model.rows) == 3:
            model.state.migrants.trust[0] += 1e-12

    monkeypatch.setattr(PermitModel, "step", step)
    result = check_case(StressCase("engines", "engines", village, BASELINE, MONTHS), AGENTS, 1)
    assert (result.months, result.fault) == (3, "2010-03: trust differs")
