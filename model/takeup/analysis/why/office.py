"""Reasons and obstacles in the texts and tables of an office's files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pandas as pd

from takeup.analysis.uncertainty import point_hint
from takeup.analysis.why import REASONS
from takeup.analysis.why.attribution import WHOLE_POPULATION
from takeup.analysis.why.spec import WITHOUT, Obstacle, WhyResult
from takeup.analysis.why.summary import (
    MIN_PERCENT,
    headline_sentence,
    interval_note,
    obstacle_sentence,
    reasons_table,
    steps_table,
)
from takeup.report.columns import Column, read_columns
from takeup.report.formatting import count, decimal
from takeup.report.i18n import Language
from takeup.report.office import Converters, DocumentTable, OfficeTexts, Sheet, closing_notes, group_converters
from takeup.report.results_folder import command_line

COLUMNS: Final = Path(__file__).with_name("columns.toml")
"""The columns of the tables of `why`."""


def office_texts(result: WhyResult, translate: Language) -> OfficeTexts:
    """Return the texts and tables of reasons and obstacles in a language."""
    population, decomposition = result.spec.district.population, result.decomposition
    sentences = [headline_sentence(result, translate)]
    if decomposition is not None:
        sentences.append(obstacle_sentence(result, decomposition, translate))
    hints = [] if result.spec.drawn else [point_hint(result.spec.district, translate)]
    return OfficeTexts(
        title=translate("Why migrants in {place} have no residence permit", place=translate.place(population)),
        sentences=sentences,
        table=_main_table(result, translate),
        notes=[
            translate(
                "{agents} simulated migrants; {month}.",
                agents=count(result.spec.settings.agents),
                month=translate.month(result.spec.month),
            ),
            translate.join([interval_note(result, translate), *hints]),
            *closing_notes(population, command_line(), translate),
        ],
        sheets=_sheets(result, translate),
        columns=_columns(result),
        names=lambda frame: _names(frame, result, translate),
    )


def _main_table(result: WhyResult, translate: Language) -> DocumentTable:
    """Make the table of all migrants by reason."""
    headings = [translate("Reason"), translate("Persons"), "%"]
    if result.runs > 1:
        headings.append(translate("Interval"))
    rows = []
    reasons = reasons_table(result, result.funnel).drop(columns="title")
    for row in reasons[reasons["percent"] >= MIN_PERCENT].to_dict("records"):
        cells = [translate.cause(REASONS[row["cause"]]), count(row["persons"]), decimal(row["percent"])]
        rows.append([*cells, translate.interval(row["low"], row["high"])] if result.runs > 1 else cells)
    title = translate(
        "Migrants by reason for having no valid permit: {month}", month=translate.month(result.spec.month)
    )
    note = translate(
        "Each migrant is counted at the first reason that applies, {month}.",
        month=translate.month(result.spec.month),
    )
    return DocumentTable(title, headings, rows, note)


def _sheets(result: WhyResult, translate: Language) -> list[Sheet]:
    """Return the tables of the workbook, without those with one row per run, which the CSV files have."""
    sheets = [
        Sheet("reasons", translate("Reasons"), _reasons(result, result.funnel)),
        Sheet("by_group", translate("By group"), steps_table(result)),
    ]
    if (decomposition := result.decomposition) is None:
        return sheets
    remaining = _reasons(result, decomposition.funnel)
    return [
        *sheets,
        Sheet("obstacles", translate("Obstacles"), decomposition.parts),
        Sheet("combinations", translate("Combinations of obstacles"), decomposition.combinations),
        Sheet("remaining", translate("Without obstacles"), remaining),
    ]


def _reasons(result: WhyResult, funnel: pd.DataFrame) -> pd.DataFrame:
    table = reasons_table(result, funnel).drop(columns="title")
    return table.assign(cause=[REASONS[cause] for cause in table["cause"]])


def _obstacles(result: WhyResult) -> tuple[Obstacle, ...]:
    return () if result.spec.obstacles is None else result.spec.obstacles.each


def _columns(result: WhyResult) -> Mapping[str, Mapping[str, Column]]:
    """Return the columns of all tables, with one per obstacle where a table has one."""
    columns = dict(read_columns(COLUMNS))
    for table, kind in (("obstacles_by_run", "points"), ("combinations", "removed")):
        column = columns["by_obstacle"][kind]
        own = {each.name: replace(column, name=each.name, label=each.title) for each in _obstacles(result)}
        columns[table] = {**columns[table], **own}
    return columns


def _names(frame: pd.DataFrame, result: WhyResult, translate: Language) -> Converters:
    """Return the functions that convert the identifiers of a table to names."""
    scenario, obstacles = result.spec.scenario, _obstacles(result)
    titles = {each.name: translate.phrase(each.title) for each in obstacles}
    scenarios = {scenario.name: translate.phrase(scenario.title), WITHOUT: translate("all obstacles removed")}
    words = {True: translate("yes"), False: translate("no")}

    def in_words(removed: pd.Series[Any]) -> pd.Series[Any]:
        return removed.map(words) if removed.dtype == bool else removed

    return {
        **group_converters(frame, result.spec.district.population, WHOLE_POPULATION[0], translate),
        **dict.fromkeys(titles, in_words),
        "scenario": lambda names: names.map(scenarios),
        "cause": lambda causes: causes.map({cause: translate.cause(cause) for cause in REASONS}),
        "obstacle": lambda names: names.map(titles),
    }
