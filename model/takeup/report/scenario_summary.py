"""Scenarios in words: what each asks, who proposes it, and what it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from takeup.analysis.compare.tables import STREET
from takeup.district import Population
from takeup.report import formatting
from takeup.report.language import Language
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
    deeds: Sequence[InterventionSummary]


def summarise_scenario(scenario: Scenario, population: Population, tell: Language) -> ScenarioSummary:
    """The scenario in words.

    Args:
        scenario: what is told of.
        population: of the district whose streets it names.
        tell: in which language.
    """
    question, source = (tell.written(text) if text else "" for text in (scenario.question, scenario.source))
    deeds = [_deed(stated.intervention, population, tell) for stated in scenario.stated]
    return ScenarioSummary(scenario.name, tell.written(scenario.title), question, source, deeds)


def _deed(intervention: Intervention, population: Population, tell: Language) -> InterventionSummary:
    groups = intervention.groups or {}
    said = [
        f"{tell.words(attribute)}: {_listed([tell.words(level) for level in levels], tell)}"
        for attribute, levels in groups.items()
    ]
    streets = [tell.level(population, STREET, street) for street in intervention.streets or ()]
    return InterventionSummary(
        lever=intervention.lever,
        change=_change(intervention, tell),
        first=intervention.from_month,
        until=intervention.until or tell("the end"),
        ramp=(
            tell("at once")
            if intervention.ramp_months == 1
            else tell("{number} months", number=intervention.ramp_months)
        ),
        streets=_listed(streets, tell) or tell("everywhere"),
        groups="; ".join(said) or tell("everyone"),
        cost=tell("none stated") if intervention.cost is None else _cost(intervention.cost, tell),
    )


def _change(intervention: Intervention, tell: Language) -> str:
    amount = formatting.amount(intervention.amount)
    if intervention.operation == "set":
        return tell("set to {amount}", amount=amount)
    if intervention.operation == "add":
        return tell("add {amount}", amount=amount)
    return tell("multiply by {amount}", amount=amount)


def _listed(names: Sequence[str], tell: Language) -> str:
    return tell(", ").join(names)


def _cost(cost: Cost, tell: Language) -> str:
    parts = []
    if cost.fixed_cny > 0:
        parts.append(tell("{amount} yuan once", amount=tell.yuan(cost.fixed_cny)))
    if cost.per_month_cny > 0:
        parts.append(tell("{amount} yuan a month", amount=tell.yuan(cost.per_month_cny)))
    if cost.per_person_cny > 0:
        parts.append(tell("{amount} yuan a person and month", amount=tell.yuan(cost.per_person_cny)))
    said = _listed(parts, tell) or tell("0 yuan")
    return tell("{cost} ({source})", cost=said, source=tell.written(cost.source))
