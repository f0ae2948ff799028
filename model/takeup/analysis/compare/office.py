"""A comparison for an office: labelled tables, an Excel workbook and a Word document."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pandas as pd
from matplotlib.figure import Figure

from takeup.analysis.compare.gains import ALL
from takeup.analysis.compare.output import FurtherFiles
from takeup.analysis.compare.places import target_sentences
from takeup.analysis.compare.result import Comparison, group_table, summary_table
from takeup.analysis.compare.text import (
    cost_range,
    findings,
    interval_note,
    median_error_note,
    runs,
)
from takeup.analysis.uncertainty import interval_contents, point_hint, point_label
from takeup.io import write_whole
from takeup.report.columns import LabelledTable, label_table, read_columns, write_labelled
from takeup.report.document import DocumentFigure, DocumentTable, document_bytes
from takeup.report.formatting import PERCENT, count, decimal, signed, signed_count
from takeup.report.i18n import Language
from takeup.report.plotting import caption_of, title_of, without_title_and_caption
from takeup.report.results_folder import figure_png
from takeup.report.workbook import workbook_bytes

COLUMNS: Final = Path(__file__).with_name("columns.toml")
"""The columns of the tables of a comparison."""
WORKBOOK, DOCUMENT = "tables.xlsx", "summary.docx"


def office_writer(translate: Language, labels: Language | None, *, office: bool) -> FurtherFiles:
    """Return a function that writes labelled tables and office files of a comparison.

    Args:
        translate: language of the Word document.
        labels: language of labelled tables and of the workbook; None for no such tables, and the document's language.
        office: whether to write the Excel workbook and the Word document.
    """

    def write(
        folder: Path, comparison: Comparison, tables: Mapping[str, pd.DataFrame], figures: Mapping[str, Figure]
    ) -> None:
        if labels is not None:
            write_labelled_tables(folder, comparison, tables, labels)
        if office:
            write_office(folder, comparison, figures, translate, labels or translate)

    return write


def write_labelled_tables(
    folder: Path, comparison: Comparison, tables: Mapping[str, pd.DataFrame], translate: Language
) -> None:
    """Write the tables of a comparison as CSV files with headings and names in words.

    Args:
        folder: folder of the results.
        comparison: the comparison, which has the titles and names.
        tables: tables by the name of their file.
        translate: language of the headings and names.
    """
    for name, table in tables.items():
        write_labelled(_labelled(name, name, table, comparison, translate), folder, translate.code)


def write_office(
    folder: Path, comparison: Comparison, figures: Mapping[str, Figure], translate: Language, labels: Language
) -> None:
    """Write the Excel workbook and the Word document of a comparison.

    Args:
        folder: folder of the results.
        comparison: the comparison.
        figures: figures by name; the first one is in the document.
        translate: language of the document.
        labels: language of the workbook.
    """
    tables = _workbook_tables(comparison, labels)
    workbook = workbook_bytes(tables, _notes(comparison, labels), labels)
    write_whole(folder / labels.file_name(WORKBOOK), workbook)
    document = document_bytes(
        _title(comparison, translate),
        [*target_sentences(comparison, translate), *findings(comparison, summary_table(comparison), translate)],
        _figure(next(iter(figures.values()))),
        _main_table(comparison, translate),
        _notes(comparison, translate),
        translate,
    )
    write_whole(folder / translate.file_name(DOCUMENT), document)


def _workbook_tables(comparison: Comparison, translate: Language) -> list[LabelledTable]:
    """Label the tables of the workbook, without those with one row per run, which the CSV files have."""
    tables = [
        _labelled("summary", translate("Summary"), _summary(comparison), comparison, translate),
        _labelled("comparison", translate("By month"), comparison.comparison, comparison, translate),
        _labelled("by_group", translate("By group"), group_table(comparison), comparison, translate),
        _labelled("gains", translate("Who gains"), comparison.gains, comparison, translate),
    ]
    if not comparison.targets.empty:
        targets = _labelled("targets", translate("Where it acts"), comparison.targets, comparison, translate)
        tables.insert(1, targets)
    if comparison.drawn is not None:
        effects = _labelled("ensemble", translate("Uncertainty"), comparison.drawn.scenarios, comparison, translate)
        tables.insert(1, effects)
    return tables


def _summary(comparison: Comparison) -> pd.DataFrame:
    """Return the summary without the titles, which are the names of the scenarios in the workbook."""
    return summary_table(comparison).drop(columns="title")


def _labelled(
    name: str, title: str, frame: pd.DataFrame, comparison: Comparison, translate: Language
) -> LabelledTable:
    return label_table(
        name, title, frame, read_columns(COLUMNS)[name], translate, _names(frame, comparison, translate)
    )


def _names(
    frame: pd.DataFrame, comparison: Comparison, translate: Language
) -> dict[str, Callable[[pd.Series[Any]], pd.Series[Any]]]:
    """Return the functions that convert the scenarios, attributes and groups of a table to names."""
    titles = {scenario.name: translate.phrase(scenario.title) for scenario in comparison.scenarios}
    all_persons = translate("all persons")

    def named_levels(levels: pd.Series[Any]) -> pd.Series[Any]:
        return pd.Series(
            [
                all_persons if level == ALL else translate.level(comparison.district.population, attribute, level)
                for attribute, level in zip(frame["attribute"], levels, strict=True)
            ],
            index=levels.index,
            dtype=object,
        )

    def named_attributes(attributes: pd.Series[Any]) -> pd.Series[Any]:
        names = {name: all_persons if name == ALL else translate.words(name) for name in attributes.unique()}
        return attributes.map(names)

    return {"scenario": lambda names: names.map(titles), "attribute": named_attributes, "level": named_levels}


def _title(comparison: Comparison, translate: Language) -> str:
    place = translate.place(comparison.district.population)
    return translate("Take-up of residence permits in {place}", place=place)


def _figure(figure: Figure) -> DocumentFigure:
    with without_title_and_caption(figure) as box:
        png = figure_png(figure, box)
    return DocumentFigure(title_of(figure), caption_of(figure), png)


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
    for place, row in enumerate(summary_table(comparison).to_dict("records")):
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
        notes.append(translate.join([point_label(translate), point_hint(comparison.district, translate)]))
    else:
        notes.append(median_error_note(comparison, translate))
    if comparison.replicates > 1:
        contents = interval_contents(drawn=comparison.drawn is not None, translate=translate)
        notes.append(translate("Intervals: {contents}.", contents=contents))
    notes.append(interval_note(comparison, translate))
    if comparison.district.population.invented:
        notes.append(
            translate(
                "The people of this district are invented. What follows is an example of the method, not evidence "
                "about any place."
            )
        )
    notes.append(translate("Command: {command}", command=comparison.command))
    return notes
