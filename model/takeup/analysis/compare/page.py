"""The report of a comparison: one HTML page without scripts, external files or network access."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pandas as pd

import takeup
from takeup.analysis.compare.result import ALL, Comparison
from takeup.analysis.compare.tables import group_table, summary_table
from takeup.analysis.compare.text import findings, group_caveat, interval_note, method_note, runs
from takeup.district import Population
from takeup.district.attributes import STREET
from takeup.report import formatting
from takeup.report.html import PageFigure, page_environment, page_figure
from takeup.report.i18n import ENGLISH, Language
from takeup.report.inputs import Assumptions, Draws, ScenarioSummary, assumptions, summarise_scenario
from takeup.report.typography import embed_font

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_TEMPLATE: Final = "report.html.j2"


@dataclass(frozen=True)
class EffectCell:
    """The difference of a scenario in a group, and its interval."""

    difference: str
    interval: str


@dataclass(frozen=True)
class GroupRow:
    """A group: its attribute, its level, its take-up in the baseline, and one cell per scenario."""

    attribute: str
    level: str
    baseline: str
    cells: Sequence[EffectCell]


@dataclass(frozen=True)
class Page:
    """Everything that the template shows, in its order."""

    comparison: Comparison
    population: Population
    version: str
    runs: str
    titles: Sequence[str]
    findings: Sequence[str]
    certainty: str
    summary: Sequence[Mapping[str, object]]
    drawn: Sequence[Mapping[str, object]]
    gains: Sequence[Mapping[str, object]]
    group_caveat_text: str
    method: Sequence[str]
    figures: Sequence[PageFigure]
    groups: Sequence[GroupRow]
    streets: Sequence[GroupRow]
    policies: Sequence[ScenarioSummary]
    assumptions: Assumptions


def comparison_html(
    comparison: Comparison,
    figures: Mapping[str, Figure],
    *,
    settings: Mapping[str, float] | None = None,
    draws: Draws = (),
    translate: Language = ENGLISH,
) -> str:
    """Render the page.

    Args:
        comparison: to report.
        figures: by name, in the order of the page; figures of the plot functions have a title and a caption, for
            others the name is the title.
        settings: parameters that were set for these runs.
        draws: of the posterior, parameters by dotted name.
        translate: the language of the page and of the figures.
    """
    summary = summary_table(comparison)
    groups = group_table(comparison)
    is_street = groups["attribute"] == STREET
    population = comparison.district.population
    page = Page(
        comparison=comparison,
        population=population,
        version=takeup.__version__,
        runs=runs(comparison, translate),
        titles=[translate.phrase(scenario.title) for scenario in comparison.scenarios],
        findings=findings(comparison, summary, translate),
        certainty=interval_note(comparison, translate),
        summary=_records(summary),
        drawn=[] if comparison.drawn is None else _records(comparison.drawn.scenarios),
        gains=_gains(comparison),
        group_caveat_text=group_caveat(comparison, translate),
        method=method_note(comparison, translate),
        figures=[page_figure(number, name, figure) for number, (name, figure) in enumerate(figures.items(), 1)],
        groups=_group_rows(groups[~is_street], comparison, translate),
        streets=_group_rows(groups[is_street], comparison, translate),
        policies=[summarise_scenario(scenario, population, translate) for scenario in comparison.scenarios],
        assumptions=assumptions(
            comparison.district.parameters, comparison.scenarios, settings or {}, draws, translate
        ),
    )
    template = page_environment(Path(__file__).parent).get_template(_TEMPLATE)
    return embed_font(template.render(page=page, format=formatting, translate=translate))


def _records(table: pd.DataFrame) -> list[dict[str, object]]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _gains(comparison: Comparison) -> list[dict[str, object]]:
    """The transitions of all persons, one row per scenario."""
    overall = comparison.gains[comparison.gains["attribute"] == ALL]
    titles = {scenario.name: scenario.title for scenario in comparison.scenarios[1:]}
    return _records(overall.assign(title=overall["scenario"].map(titles)).dropna(subset="title"))


def _group_rows(groups: pd.DataFrame, comparison: Comparison, translate: Language) -> list[GroupRow]:
    rows = []
    for (attribute, level), members in groups.groupby(["attribute", "level"], sort=False):
        numbers = members[["difference_points", "low", "high"]].itertuples(index=False)
        cells = [
            EffectCell(formatting.signed(points), _interval(points, low, high, comparison, translate))
            for points, low, high in numbers
        ]
        baseline = formatting.decimal(float(members["baseline_percent"].iloc[0]))
        named = translate.level(comparison.district.population, str(attribute), str(level))
        rows.append(GroupRow(translate.words(str(attribute)), named, baseline, cells))
    return rows


def _interval(points: float, low: float, high: float, comparison: Comparison, translate: Language) -> str:
    """Format an interval: half its width over replicates, where it is symmetric, and its ends over draws."""
    if not math.isfinite(high):
        return ""
    if comparison.drawn is None:
        return f"±{formatting.decimal(high - points)}"
    return translate.interval(low, high, formatting.signed)
