"""Inputs of a comparison for its report: scenarios and parameters with sources."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import numpy as np

from takeup.district import Parameter, Parameters, Population
from takeup.district.attributes import AREA, STREET
from takeup.report import formatting
from takeup.report.i18n import ENGLISH, Language
from takeup.scenario import Cost, Intervention, Scenario

_INTERVAL: Final = (0.05, 0.95)

Draws = Sequence[Mapping[str, float]]


@dataclass(frozen=True)
class InterventionSummary:
    """An intervention of a scenario, formatted for a report.

    `lever` is the name in files, and `label` the name in words.
    """

    lever: str
    label: str
    change: str
    first: str
    until: str
    ramp: str
    streets: str
    groups: str
    cost: str


@dataclass(frozen=True)
class ScenarioSummary:
    """A scenario and its interventions, formatted for a report."""

    name: str
    title: str
    question: str
    source: str
    interventions: Sequence[InterventionSummary]


def summarise_scenario(scenario: Scenario, population: Population, translate: Language) -> ScenarioSummary:
    """Format a scenario and its interventions for a report.

    Args:
        scenario: the scenario.
        population: population of the district, with the names of its streets.
        translate: the language.
    """
    question, source = (translate.phrase(text) if text else "" for text in (scenario.question, scenario.source))
    interventions = [
        _summarise_intervention(stated.intervention, population, translate) for stated in scenario.stated
    ]
    return ScenarioSummary(scenario.name, translate.phrase(scenario.title), question, source, interventions)


def _summarise_intervention(
    intervention: Intervention, population: Population, translate: Language
) -> InterventionSummary:
    return InterventionSummary(
        lever=intervention.lever,
        label=translate.parameter(intervention.lever),
        change=_change(intervention, translate),
        first=intervention.from_month,
        until=intervention.until or translate("the end"),
        ramp=(
            translate("at once")
            if intervention.ramp_months == 1
            else translate("{number} months", number=intervention.ramp_months)
        ),
        streets=describe_streets(intervention.streets, population, translate),
        groups=describe_groups(intervention.groups, population, translate),
        cost=(
            translate("none stated")
            if intervention.cost is None
            else translate(
                "{cost} ({source})",
                cost=describe_cost(intervention.cost, translate),
                source=translate.phrase(intervention.cost.source),
            )
        ),
    )


def describe_streets(streets: Sequence[str] | None, population: Population, translate: Language = ENGLISH) -> str:
    """List streets by their names; None means all of them."""
    names = [translate.level(population, STREET, street) for street in streets or ()]
    return _join(names, translate) or translate("all streets")


def describe_groups(
    groups: Mapping[str, Sequence[str]] | None, population: Population, translate: Language = ENGLISH
) -> str:
    """List groups, given as levels by attribute, by their labels; None means all of them."""
    phrases = []
    for attribute, levels in (groups or {}).items():
        names = _join([translate.level(population, attribute, level) for level in levels], translate)
        phrases.append(
            names
            if attribute == AREA
            else translate("{attribute}: {level}", attribute=translate.words(attribute), level=names)
        )
    return translate("; ").join(phrases) or translate("all groups")


def describe_limits(scenario: Scenario, population: Population, translate: Language = ENGLISH) -> str:
    """Describe the streets and groups to which the interventions of a scenario are limited.

    Args:
        scenario: a scenario whose interventions are all limited.
        population: population of the district, with the names of its streets and areas.
        translate: the language.
    """
    phrases = []
    for stated in scenario.stated:
        streets, groups = stated.intervention.streets, stated.intervention.groups
        parts = []
        if streets is not None:
            names = describe_streets(streets, population, translate)
            parts.append(translate("{attribute}: {level}", attribute=translate.words(STREET), level=names))
        if groups is not None:
            parts.append(describe_groups(groups, population, translate))
        phrases.append(translate("; ").join(parts))
    return translate(" or ").join(dict.fromkeys(phrases))


def _change(intervention: Intervention, translate: Language) -> str:
    amount = formatting.amount(intervention.amount)
    if intervention.operation == "set":
        return translate("set to {amount}", amount=amount)
    if intervention.operation == "add":
        return translate("add {amount}", amount=amount)
    return translate("multiply by {amount}", amount=amount)


def _join(names: Sequence[str], translate: Language) -> str:
    return translate(", ").join(names)


def describe_cost(cost: Cost, translate: Language = ENGLISH) -> str:
    """Describe the amounts of a cost, such as "100,000 yuan once, 0.5 yuan per person and month"."""
    parts = []
    if cost.fixed_cny > 0:
        parts.append(translate("{amount} yuan once", amount=translate.exact_yuan(cost.fixed_cny)))
    if cost.investment_cny > 0:
        parts.append(translate("{amount} yuan invested once", amount=translate.exact_yuan(cost.investment_cny)))
    if cost.per_month_cny > 0:
        parts.append(translate("{amount} yuan per month", amount=translate.exact_yuan(cost.per_month_cny)))
    if cost.per_person_cny > 0:
        parts.append(
            translate("{amount} yuan per person and month", amount=translate.exact_yuan(cost.per_person_cny))
        )
    if parts and cost.for_amount is not None:
        return translate(
            "{costs}; for the amount {amount}, in proportion for other amounts",
            costs=_join(parts, translate),
            amount=formatting.amount(cost.for_amount),
        )
    return _join(parts, translate) or translate("0 yuan")


@dataclass(frozen=True)
class Value:
    """A value of a parameter, formatted for a report.

    Attributes:
        member: name of one number of the parameter, such as "schooling"; empty if the parameter has a single number.
        label: the same in words; empty if it has no label.
        value: the value.
        drawn: interval that contains 90 % of the draws; empty if all runs have the same value.
    """

    member: str
    label: str
    value: str
    drawn: str


@dataclass(frozen=True)
class Assumption:
    """Formatted values of a parameter that have the same unit, status and source.

    `name` is the name in files, and `label` the name in words. `source_in` is the code of the language in which the
    source is written.
    """

    name: str
    label: str
    values: Sequence[Value]
    unit: str
    status: str
    source: str
    source_in: str


@dataclass(frozen=True)
class Assumptions:
    """The parameters of a comparison, formatted for a report.

    Attributes:
        number: number of parameter values that are stated; a parameter with a table counts once per number.
        statuses: number of parameter values by status.
        drawn: number of parameter values that differ between draws.
        moved: parameters that the scenarios change, each with all its numbers, except members that the files omit.
        rest: all other parameters.
    """

    number: int
    statuses: Sequence[tuple[str, int]]
    drawn: int
    moved: Sequence[Assumption]
    rest: Sequence[Assumption]


def assumptions(
    parameters: Parameters,
    scenarios: Sequence[Scenario],
    settings: Mapping[str, float],
    draws: Draws,
    translate: Language,
) -> Assumptions:
    """List the assumptions of a comparison.

    Args:
        parameters: parameters of the district.
        scenarios: scenarios, whose levers come first.
        settings: parameter values set for these runs; they take precedence over the draws.
        draws: parameters of each draw of a posterior, by dotted name; empty without draws.
        translate: language of the report.
    """
    used = parameters.override(settings)
    fixed = {name for setting in settings for name in used.members(setting)}
    intervals = _intervals(draws, fixed)
    levers = {stated.intervention.lever.split(".")[0] for scenario in scenarios for stated in scenario.stated}
    rows = _rows(used, intervals, translate)
    counts = used.count_by_status()
    return Assumptions(
        number=sum(counts.values()),
        statuses=[(translate.words(status), number) for status, number in counts.items()],
        drawn=len({used[member].stated_as or member for name in intervals for member in used.members(name)}),
        moved=[row for row in rows if row.name in levers],
        rest=[row for row in rows if row.name not in levers],
    )


def _intervals(draws: Draws, fixed: Iterable[str]) -> dict[str, tuple[float, float]]:
    """Return the central 90 % intervals of the parameters that differ between draws."""
    if not draws:
        return {}
    values = {name: np.array([draw[name] for draw in draws]) for name in draws[0] if name not in set(fixed)}
    moving = {name: each for name, each in values.items() if each.min() < each.max()}
    # The nearest draw, because interpolation between a number and infinity is undefined.
    ends = {name: np.quantile(each, _INTERVAL, method="nearest") for name, each in moving.items()}
    return {name: (float(low), float(high)) for name, (low, high) in ends.items()}


def _rows(used: Parameters, intervals: Mapping[str, tuple[float, float]], translate: Language) -> list[Assumption]:
    """Return one row per sequence of stated or drawn numbers with equal unit, status and source."""
    stated = [each for each in used if each.stated_as is not None or each.name in intervals]
    return [
        Assumption(
            name,
            translate.parameter(name),
            [_value(each, intervals.get(each.name), translate) for each in members],
            translate.words(unit),
            translate.words(status),
            translate.phrase(source),
            ENGLISH.code if translate.phrase(source) == source else translate.code,
        )
        for (name, unit, status, source), members in groupby(stated, _provenance)
    ]


def _provenance(parameter: Parameter) -> tuple[str, str, str, str]:
    return parameter.name.split(".")[0], parameter.unit, parameter.status, parameter.source


def _value(parameter: Parameter, bounds: tuple[float, float] | None, translate: Language) -> Value:
    drawn = "" if bounds is None else translate.interval(*bounds, _format_value)
    member = parameter.name.partition(".")[2]
    return Value(member, translate.member(member), _format_value(parameter.value), drawn)


def _format_value(value: float) -> str:
    """Format a value with four significant digits, or in full if it is a whole number."""
    is_whole = math.isinf(value) or value == int(value)
    return formatting.amount(value if is_whole else float(f"{value:.4g}"))
