"""A comparison in the texts and tables of an office's files."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final

import pandas as pd

from takeup.analysis.compare.gains import ALL
from takeup.analysis.compare.places import target_sentences
from takeup.analysis.compare.result import Comparison
from takeup.analysis.compare.text import (
    cost_range,
    findings,
    interval_note,
    median_error_note,
    runs,
)
from takeup.analysis.uncertainty import interval_contents, point_note
from takeup.report.columns import read_columns
from takeup.report.formatting import PERCENT, count, decimal, signed, signed_count
from takeup.report.i18n import Language
from takeup.report.office import Converters, DocumentTable, OfficeTexts, Sheet, closing_notes, group_converters

COLUMNS: Final = Path(__file__).with_name("columns.toml")
"""The columns of the tables of a comparison."""


def office_texts(comparison: Comparison, translate: Language) -> OfficeTexts:
    """Return the texts and tables of a comparison in a language."""
    place = translate.place(comparison.district.population)
    return OfficeTexts(
        title=translate("Take-up of residence permits in {place}", place=place),
        sentences=[
            *target_sentences(comparison, translate),
            *findings(comparison, comparison.summary, translate),
        ],
        table=_main_table(comparison, translate),
        notes=_notes(comparison, translate),
        sheets=_sheets(comparison, translate),
        columns=read_columns(COLUMNS),
        names=lambda frame: _names(frame, comparison, translate),
    )


def _sheets(comparison: Comparison, translate: Language) -> list[Sheet]:
    """Return the tables of the workbook, without those with one row per run, which the CSV files have."""
    # The names of the scenarios in the workbook are their titles.
    sheets = [Sheet("summary", translate("Summary"), comparison.summary.drop(columns="title"))]
    if comparison.drawn is not None:
        sheets.append(Sheet("ensemble", translate("Uncertainty"), comparison.drawn.scenarios))
    if not comparison.targets.empty:
        sheets.append(Sheet("targets", translate("Where it acts"), comparison.targets))
    return [
        *sheets,
        Sheet("comparison", translate("By month"), comparison.comparison),
        Sheet("by_group", translate("By group"), comparison.by_group),
        Sheet("gains", translate("Who gains"), comparison.gains),
    ]


def _names(frame: pd.DataFrame, comparison: Comparison, translate: Language) -> Converters:
    """Return the functions that convert the scenarios, attributes and groups of a table to names."""
    titles = {scenario.name: translate.phrase(scenario.title) for scenario in comparison.scenarios}
    groups = group_converters(frame, comparison.district.population, ALL, translate)
    return {**groups, "scenario": lambda names: names.map(titles)}


def _main_table(comparison: Comparison, translate: Language) -> DocumentTable:
    """Make the table of the scenarios at the last month."""
    headings = [
        translate("Scenario"),
        translate("Take-up, %"),
        translate("Difference, points"),
        translate("Additional valid permits"),
        translate("Cost, yuan"),
        translate("Yuan per additional valid permit"),
    ]
    drawn = None if comparison.drawn is None else comparison.drawn.scenarios.set_index("scenario")
    if drawn is not None:
        headings.append(translate("Probability of being the best, %"))
    rows = []
    for place, row in enumerate(comparison.summary.to_dict("records")):
        difference, persons = signed(row["difference_points"]), signed_count(row["difference_persons"])
        if math.isfinite(row["low"]):
            difference = _above(difference, translate.interval(row["low"], row["high"], signed))
            ends = translate.interval(row["persons_low"], row["persons_high"], signed_count)
            persons = _above(persons, ends)
        cost, per_permit = translate.yuan(row["cost_cny"]), translate.yuan(row["cost_per_permit"])
        cells = [translate.phrase(row["title"]), decimal(row["take_up_percent"]), difference, persons]
        if drawn is None:
            rows.append([*cells, cost, per_permit])
            continue
        effect = drawn.loc[row["scenario"]]
        low, high = effect["cost_per_permit_low"], effect["cost_per_permit_high"]
        if place and math.isfinite(low):
            per_permit = _above(per_permit, cost_range(low, high, translate))
        rows.append([*cells, cost, per_permit, decimal(PERCENT * effect["probability_best"], 0)])
    month = translate.month(comparison.until)
    note = translate(
        "At the end of {month}, in persons of the district. Cost: since the first scenario acts.", month=month
    )
    title = translate("Scenarios compared with the baseline at the end of {month}", month=month)
    return DocumentTable(title, headings, rows, note)


def _above(value: str, interval: str) -> str:
    """Write a value above its interval."""
    return f"{value}\n{interval}"


def _notes(comparison: Comparison, translate: Language) -> list[str]:
    """Describe the runs, the intervals and the command."""
    notes = [
        translate(
            "{runs}, {agents} simulated migrants, {first} to {until}.",
            runs=runs(comparison, translate),
            agents=count(comparison.agents),
            first=translate.month(comparison.first),
            until=translate.month(comparison.until),
        )
    ]
    if comparison.drawn is None:
        notes.append(point_note(comparison.district, translate))
    else:
        notes.append(median_error_note(comparison, translate))
    if comparison.replicates > 1:
        contents = interval_contents(drawn=comparison.drawn is not None, translate=translate)
        notes.append(translate("Intervals: {contents}.", contents=contents))
    notes.append(interval_note(comparison, translate))
    return [*notes, *closing_notes(comparison.district.population, comparison.command, translate)]
