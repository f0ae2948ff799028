"""A comparison as one HTML page that needs nothing else: no network, no script, no file beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pandas as pd

import takeup
from takeup.answers.comparison import Comparison
from takeup.answers.gains import ALL
from takeup.district import Parameter, Population
from takeup.report import wording
from takeup.report.pages import Shown, page_environment, shown
from takeup.report.sentences import certainty, findings
from takeup.report.tables import STREET, group_table, summary_table
from takeup.report.uncertainty import groups_told, level, method_told, runs
from takeup.scenario import Cost, Intervention, Scenario

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_TEMPLATE: Final = "report.html.j2"
_STATUSES: Final = ("observed", "derived", "assumed", "calibrated")


@dataclass(frozen=True)
class Cell:
    """A scenario's difference in a group, and its interval."""

    difference: str
    interval: str


@dataclass(frozen=True)
class GroupRow:
    """A group: its attribute, its level, its take-up in the baseline, and a cell a scenario."""

    attribute: str
    level: str
    baseline: str
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Deed:
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
class Policy:
    """A scenario in words: what it asks, who proposes it, what it does."""

    scenario: Scenario
    deeds: Sequence[Deed]


@dataclass(frozen=True)
class Page:
    """All that the template shows, in its order."""

    comparison: Comparison
    population: Population
    version: str
    runs: str
    findings: Sequence[str]
    certainty: str
    summary: Sequence[Mapping[str, object]]
    drawn: Sequence[Mapping[str, object]]
    gains: Sequence[Mapping[str, object]]
    groups_told: str
    method: Sequence[str]
    figures: Sequence[Shown]
    groups: Sequence[GroupRow]
    streets: Sequence[GroupRow]
    policies: Sequence[Policy]
    statuses: Sequence[tuple[str, int]]
    parameters: Sequence[Parameter]


def comparison_html(comparison: Comparison, figures: Mapping[str, Figure]) -> str:
    """The page.

    Args:
        comparison: what was compared.
        figures: by name, in the order in which they are to stand; those of `takeup.report.figures` bring
            title and caption along, for others the name is the title.
    """
    summary = summary_table(comparison)
    groups = group_table(comparison)
    is_street = groups["attribute"] == STREET
    parameters = list(comparison.district.parameters)
    page = Page(
        comparison=comparison,
        population=comparison.district.population,
        version=takeup.__version__,
        runs=runs(comparison),
        findings=findings(summary, level(comparison)),
        certainty=certainty(comparison),
        summary=_records(summary),
        drawn=[] if comparison.drawn is None else _records(comparison.drawn.scenarios),
        gains=_gains(comparison),
        groups_told=groups_told(comparison),
        method=method_told(comparison),
        figures=[shown(number, name, figure) for number, (name, figure) in enumerate(figures.items(), 1)],
        groups=_group_rows(groups[~is_street], comparison),
        streets=_group_rows(groups[is_street], comparison),
        policies=[_policy(scenario) for scenario in comparison.scenarios],
        statuses=[(status, sum(each.status == status for each in parameters)) for status in _STATUSES],
        parameters=parameters,
    )
    return page_environment().get_template(_TEMPLATE).render(page=page, say=wording)


def _records(table: pd.DataFrame) -> list[dict[str, object]]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _gains(comparison: Comparison) -> list[dict[str, object]]:
    """What becomes of everybody, a row a scenario."""
    everybody = comparison.gains[comparison.gains["attribute"] == ALL]
    titles = {scenario.name: scenario.title for scenario in comparison.scenarios[1:]}
    return _records(everybody.assign(title=everybody["scenario"].map(titles)).dropna(subset="title"))


def _group_rows(groups: pd.DataFrame, comparison: Comparison) -> list[GroupRow]:
    rows = []
    for (attribute, level_of_it), members in groups.groupby(["attribute", "level"], sort=False):
        numbers = members[["difference_points", "low", "high"]].itertuples(index=False)
        cells = [
            Cell(wording.signed(points), _interval(points, low, high, comparison)) for points, low, high in numbers
        ]
        baseline = wording.decimal(float(members["baseline_percent"].iloc[0]))
        rows.append(GroupRow(wording.words(str(attribute)), wording.words(str(level_of_it)), baseline, cells))
    return rows


def _interval(points: float, low: float, high: float, comparison: Comparison) -> str:
    """Half its width where it lies evenly around the mean, as it does over replicates."""
    if not math.isfinite(high):
        return ""
    if comparison.drawn is None:
        return f"±{wording.decimal(high - points)}"
    return wording.interval(low, high, wording.signed)


def _policy(scenario: Scenario) -> Policy:
    return Policy(scenario, [_deed(stated.intervention) for stated in scenario.stated])


def _deed(intervention: Intervention) -> Deed:
    change = {"set": "set to", "add": "add", "multiply": "multiply by"}[intervention.operation]
    groups = intervention.groups or {}
    return Deed(
        lever=intervention.lever,
        change=f"{change} {wording.amount(intervention.amount)}",
        first=intervention.from_month,
        until=intervention.until or "the end",
        ramp="at once" if intervention.ramp_months == 1 else f"{intervention.ramp_months} months",
        streets=", ".join(intervention.streets or ()) or "everywhere",
        groups="; ".join(f"{attribute}: {_listed(levels)}" for attribute, levels in groups.items()) or "everyone",
        cost="none stated" if intervention.cost is None else _cost(intervention.cost),
    )


def _listed(levels: Sequence[str]) -> str:
    return ", ".join(wording.words(level) for level in levels)


def _cost(cost: Cost) -> str:
    parts = [
        f"{wording.yuan(yuan)} yuan {when}"
        for yuan, when in (
            (cost.fixed_cny, "once"),
            (cost.per_month_cny, "a month"),
            (cost.per_person_cny, "a person and month"),
        )
        if yuan > 0
    ]
    return f"{', '.join(parts) or '0 yuan'} ({cost.source})"
