"""Inputs of a comparison for its report: scenarios and parameters with sources."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import numpy as np

from takeup.district import MEASURE, District, Measure, Parameter, Parameters, Population
from takeup.district.attributes import AREA, STREET
from takeup.months import format_month
from takeup.report import formatting
from takeup.report.i18n import ENGLISH, Language
from takeup.scenario import Cost, Intervention, Purchase, Scenario, delivery_of

_INTERVAL: Final = (0.05, 0.95)

Draws = Sequence[Mapping[str, float]]


@dataclass(frozen=True)
class InterventionSummary:
    """An intervention or a purchase of a scenario, formatted for a report.

    `lever` is the name of the lever or of the measure in files, and `label` the name in words.
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
    """A scenario, its interventions and its purchases, formatted for a report."""

    name: str
    title: str
    question: str
    source: str
    interventions: Sequence[InterventionSummary]


def summarise_scenario(scenario: Scenario, district: District, translate: Language) -> ScenarioSummary:
    """Format a scenario, its interventions and its purchases for a report.

    Args:
        scenario: the scenario.
        district: the district, with the names of its streets and the numbers of its measures.
        translate: the language.
    """
    question, source = (translate.phrase(text) if text else "" for text in (scenario.question, scenario.source))
    interventions = [
        *(_summarise_intervention(each.intervention, district.population, translate) for each in scenario.stated),
        *(_summarise_purchase(each.purchase, district, translate) for each in scenario.purchases),
    ]
    return ScenarioSummary(scenario.name, translate.phrase(scenario.title), question, source, interventions)


def _summarise_intervention(
    intervention: Intervention, population: Population, translate: Language
) -> InterventionSummary:
    return InterventionSummary(
        lever=intervention.lever,
        label=translate.parameter(intervention.lever),
        change=describe_change(intervention, translate),
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


def _summarise_purchase(purchase: Purchase, district: District, translate: Language) -> InterventionSummary:
    measure = district.measure(purchase.name)
    delivery = delivery_of(measure, purchase.per_month, purchase.first, district, district.parameters)
    begins = purchase.first if delivery.begins is None else delivery.begins
    return InterventionSummary(
        lever=measure.name,
        label=translate.measure(measure),
        change=translate(
            "reaches {number} people per month ({share} %)",
            number=formatting.count(delivery.share * delivery.people),
            share=formatting.decimal(formatting.PERCENT * delivery.share),
        ),
        first=format_month(begins),
        until=purchase.until or translate("the end"),
        ramp=translate("at once"),
        streets=describe_streets(measure.streets, district.population, translate),
        groups=describe_groups(measure.groups, district.population, translate),
        cost=translate(
            "{amount} yuan per year from {month} on",
            amount=translate.exact_yuan(purchase.yuan_per_year),
            month=purchase.from_month,
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


def describe_limits(scenario: Scenario, district: District, translate: Language = ENGLISH) -> str:
    """Describe the streets and groups to which the interventions and measures of a scenario are limited.

    Args:
        scenario: a scenario whose interventions and measures are all limited.
        district: the district, with the names of its streets and areas, and its measures.
        translate: the language.
    """
    population = district.population
    limited: list[Intervention | Measure] = [
        *(stated.intervention for stated in scenario.stated),
        *(district.measure(stated.purchase.name) for stated in scenario.purchases),
    ]
    phrases = []
    for each in limited:
        parts = []
        if each.streets is not None:
            names = describe_streets(each.streets, population, translate)
            parts.append(translate("{attribute}: {level}", attribute=translate.words(STREET), level=names))
        if each.groups is not None:
            parts.append(describe_groups(each.groups, population, translate))
        phrases.append(translate("; ").join(parts))
    return translate(" or ").join(dict.fromkeys(phrases))


def describe_change(intervention: Intervention, translate: Language = ENGLISH) -> str:
    """Describe the operation of an intervention and its amount, such as "add 0.05"."""
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
    if cost.for_amount is not None and (cost.investment_cny or cost.per_month_cny or cost.per_person_cny):
        return translate(
            "{costs}; for the amount {amount}, in proportion for other amounts",
            costs=_join(parts, translate),
            amount=formatting.amount(cost.for_amount),
        )
    return _join(parts, translate) or translate("0 yuan")


def describe_people(measure: Measure, population: Population, translate: Language = ENGLISH) -> str:
    """Describe the people of a measure, such as "all streets, housing: informal lease"."""
    return translate(
        "{streets}, {groups}",
        streets=describe_streets(measure.streets, population, translate),
        groups=describe_groups(measure.groups, population, translate),
    )


def area_sentences(measure: Measure, district: District, translate: Language = ENGLISH) -> list[str]:
    """Distinguish the people of a measure from areas of the district with the same groups in fewer streets."""
    if measure.streets is not None or measure.groups is None:
        return []
    own = {attribute: set(levels) for attribute, levels in measure.groups.items()}
    return [
        translate(
            "in every street; the area {area} has only {number} of the {streets} streets",
            area=area.name,
            number=len(area.streets),
            streets=len(district.streets),
        )
        for area in district.population.areas
        if area.streets is not None and {name: set(levels) for name, levels in (area.groups or {}).items()} == own
    ]


def evidence_sentence(numbers: Collection[Parameter], translate: Language = ENGLISH) -> str:
    """State how many of the numbers of measures are assumed."""
    assumed = sum(number.status == "assumed" for number in numbers)
    if assumed == len(numbers):
        return translate("All {number} numbers of these measures are assumed.", number=assumed)
    return translate(
        "{assumed} of the {number} numbers of these measures are assumed.", assumed=assumed, number=len(numbers)
    )


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

    The numbers of the measures that the scenarios buy are among them.

    Attributes:
        number: number of parameter values that are stated; a parameter with a table counts once per number.
        statuses: number of parameter values by status.
        drawn: number of parameter values that differ between draws.
        moved: numbers of the measures; and parameters that the scenarios change, each with all its numbers, except
            members that the files omit.
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
    measures: Sequence[Measure] = (),
) -> Assumptions:
    """List the assumptions of a comparison.

    Args:
        parameters: parameters of the district.
        scenarios: scenarios, whose levers come first.
        settings: parameter values set for these runs; they take precedence over the draws.
        draws: parameters of each draw of a posterior, by dotted name; empty without draws.
        translate: language of the report.
        measures: measures that the scenarios buy.
    """
    used = parameters.override(settings)
    fixed = {name for setting in settings for name in used.members(setting)}
    numbers = [used[name] for measure in measures for name in measure.numbers]
    intervals = _intervals(draws, fixed | (set(used.measures) - {number.name for number in numbers}))
    levers = {stated.intervention.lever.split(".")[0] for scenario in scenarios for stated in scenario.stated}
    levers |= {effect.lever.split(".")[0] for measure in measures for effect in measure.effects}
    rows = _rows(used, intervals, translate)
    counts = used.count_by_status()
    for number in numbers:
        counts[number.status] = counts.get(number.status, 0) + 1
    return Assumptions(
        number=sum(counts.values()),
        statuses=[(translate.words(status), number) for status, number in counts.items()],
        drawn=len({used[member].stated_as or member for name in intervals for member in used.members(name)}),
        moved=[*_rows(numbers, intervals, translate), *(row for row in rows if row.name in levers)],
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


def _rows(
    used: Iterable[Parameter], intervals: Mapping[str, tuple[float, float]], translate: Language
) -> list[Assumption]:
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
    return _split(parameter.name)[0], parameter.unit, parameter.status, parameter.source


def _split(name: str) -> tuple[str, str]:
    """Split a dotted name into that of the parameter, or of the measure, and that of the member."""
    parts = name.split(".")
    first = 2 if parts[0] == MEASURE else 1
    return ".".join(parts[:first]), ".".join(parts[first:])


def _value(parameter: Parameter, bounds: tuple[float, float] | None, translate: Language) -> Value:
    drawn = "" if bounds is None else translate.interval(*bounds, _format_value)
    member = _split(parameter.name)[1]
    return Value(member, translate.member(member), _format_value(parameter.value), drawn)


def _format_value(value: float) -> str:
    """Format a value with four significant digits, or in full if it is a whole number."""
    is_whole = math.isinf(value) or value == int(value)
    return formatting.amount(value if is_whole else float(f"{value:.4g}"))
