"""Scenarios in words: question, source, interventions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from takeup.district import Population
from takeup.district.attributes import STREET
from takeup.report import formatting
from takeup.report.i18n import Language
from takeup.scenario import Cost, Intervention, Scenario


@dataclass(frozen=True)
class InterventionSummary:
    """An intervention in words."""

    lever: str
    change: str
    first: str
    until: str
    ramp: str
    streets: str
    groups: str
    cost: str


@dataclass(frozen=True)
class ScenarioSummary:
    """A scenario in words."""

    name: str
    title: str
    question: str
    source: str
    interventions: Sequence[InterventionSummary]


def summarise_scenario(scenario: Scenario, population: Population, translate: Language) -> ScenarioSummary:
    """Summarise a scenario in words.

    Args:
        scenario: The scenario.
        population: Population of the district, with the names of its streets.
        translate: The language.
    """
    question, source = (translate.phrase(text) if text else "" for text in (scenario.question, scenario.source))
    interventions = [
        _summarise_intervention(stated.intervention, population, translate) for stated in scenario.stated
    ]
    return ScenarioSummary(scenario.name, translate.phrase(scenario.title), question, source, interventions)


def _summarise_intervention(
    intervention: Intervention, population: Population, translate: Language
) -> InterventionSummary:
    groups = intervention.groups or {}
    group_phrases = [
        f"{translate.words(attribute)}: {_join([translate.words(level) for level in levels], translate)}"
        for attribute, levels in groups.items()
    ]
    streets = [translate.level(population, STREET, street) for street in intervention.streets or ()]
    return InterventionSummary(
        lever=intervention.lever,
        change=_change(intervention, translate),
        first=intervention.from_month,
        until=intervention.until or translate("the end"),
        ramp=(
            translate("at once")
            if intervention.ramp_months == 1
            else translate("{number} months", number=intervention.ramp_months)
        ),
        streets=_join(streets, translate) or translate("everywhere"),
        groups="; ".join(group_phrases) or translate("everyone"),
        cost=translate("none stated") if intervention.cost is None else _cost(intervention.cost, translate),
    )


def _change(intervention: Intervention, translate: Language) -> str:
    amount = formatting.amount(intervention.amount)
    if intervention.operation == "set":
        return translate("set to {amount}", amount=amount)
    if intervention.operation == "add":
        return translate("add {amount}", amount=amount)
    return translate("multiply by {amount}", amount=amount)


def _join(names: Sequence[str], translate: Language) -> str:
    return translate(", ").join(names)


def _cost(cost: Cost, translate: Language) -> str:
    parts = []
    if cost.fixed_cny > 0:
        parts.append(translate("{amount} yuan once", amount=translate.yuan(cost.fixed_cny)))
    if cost.per_month_cny > 0:
        parts.append(translate("{amount} yuan a month", amount=translate.yuan(cost.per_month_cny)))
    if cost.per_person_cny > 0:
        parts.append(translate("{amount} yuan a person and month", amount=translate.yuan(cost.per_person_cny)))
    amounts = _join(parts, translate) or translate("0 yuan")
    return translate("{cost} ({source})", cost=amounts, source=translate.phrase(cost.source))
