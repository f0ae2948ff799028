"""Plans in the texts and tables of an office's files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pandas as pd

from takeup.analysis.optimise import OptimisationResult
from takeup.analysis.optimise.allocation_output import (
    division_phrase,
    error_sentence,
    set_sentence,
)
from takeup.analysis.optimise.allocation_output import headline_sentence as division_headline
from takeup.analysis.optimise.allocation_output import interval_note as division_note
from takeup.analysis.optimise.allocation_plan import AllocationResult
from takeup.analysis.optimise.search import Package
from takeup.analysis.optimise.text import (
    cheaper_alternative,
    headline_sentence,
    interval_level,
    interval_note,
    search_note,
)
from takeup.report.columns import read_columns
from takeup.report.formatting import CONFIDENCE, CREDIBLE, NOTHING, PERCENT, count, decimal, signed, signed_count
from takeup.report.i18n import Language
from takeup.report.inputs import evidence_sentence
from takeup.report.office import Converters, DocumentTable, OfficeTexts, Sheet, closing_notes
from takeup.report.results_folder import command_line

COLUMNS: Final = Path(__file__).with_name("columns.toml")
"""The columns of the tables of plans."""


def division_texts(result: AllocationResult, translate: Language) -> OfficeTexts:
    """Return the texts and tables of a division among measures in a language."""
    plan = result.plan
    population = plan.district.population
    sentences = [
        plan.budget.sentence(translate),
        division_headline(result, translate),
        error_sentence(result, translate),
        evidence_sentence(plan.numbers, translate),
        set_sentence(result, translate),
    ]
    columns = dict(read_columns(COLUMNS)["divisions"])
    for measure in plan.space.measures:
        name = f"yuan_per_year_{measure.name}"
        label = translate("Yuan per year: {measure}", measure=translate.measure(measure))
        columns[name] = replace(read_columns(COLUMNS)["by_measure"]["yuan_per_year"], name=name, label=label)
    phrases = {
        row["division"]: division_phrase(result, row, translate)
        for table in (result.alternatives, result.frontier)
        for _, row in table.iterrows()
    }
    return OfficeTexts(
        title=translate("Best division of a budget in {place}", place=translate.place(population)),
        sentences=[each for each in sentences if each],
        table=_divisions_table(result, translate),
        notes=[
            _agents_note(plan.ensemble.task.settings.agents, plan.until, translate),
            division_note(result, translate),
            *closing_notes(population, command_line(), translate),
        ],
        sheets=[
            Sheet("alternatives", translate("Alternatives"), result.alternatives),
            Sheet("frontier", translate("Frontier"), result.frontier),
        ],
        columns={"alternatives": columns, "frontier": columns},
        names=lambda _: {"division": lambda divisions: divisions.map(phrases)},
    )


def _divisions_table(result: AllocationResult, translate: Language) -> DocumentTable:
    """Make the table of the best division and the alternatives with the same budget."""
    level = CREDIBLE if result.plan.drawn else CONFIDENCE
    headings = [
        translate("Yuan per year"),
        translate("Points"),
        translate("{level} interval", level=level),
        translate("Best in"),
        translate("Regret"),
        translate("Yuan per permit"),
    ]
    rows = [
        [
            division_phrase(result, row, translate),
            signed(row["points"]),
            translate.interval(row["low"], row["high"], signed),
            f"{decimal(PERCENT * row['probability_best'], 0)} %",
            decimal(row["expected_regret"], 2),
            translate.yuan(row["cost_per_permit"]) if row["cost_per_permit"] < float("inf") else NOTHING,
        ]
        for _, row in result.alternatives.iterrows()
    ]
    title = translate(
        "Alternatives in {place} by {month}, best division first",
        place=translate.place(result.plan.district.population),
        month=translate.month(result.plan.until),
    )
    return DocumentTable(title, headings, rows)


def package_texts(result: OptimisationResult, translate: Language) -> OfficeTexts:
    """Return the texts and tables of packages in a language."""
    spec = result.spec
    population, settings = spec.district.population, spec.ensemble.task.settings
    sentences = [
        spec.budget.sentence(translate),
        headline_sentence(result, translate),
        cheaper_alternative(result, translate),
    ]
    columns = read_columns(COLUMNS)["packages"]
    return OfficeTexts(
        title=translate("Best package for a budget in {place}", place=translate.place(population)),
        sentences=[each for each in sentences if each],
        table=_front_table(result, translate),
        notes=[
            _agents_note(settings.agents, settings.until, translate),
            translate.join([interval_note(result, translate), search_note(result, translate)]),
            *closing_notes(population, command_line(), translate),
        ],
        sheets=[
            Sheet("frontier", translate("Pareto front"), result.frontier),
            Sheet("packages", translate("All packages"), result.table),
        ],
        columns={"frontier": columns, "packages": columns},
        names=lambda _: _package_names(result, translate),
    )


def _front_table(result: OptimisationResult, translate: Language) -> DocumentTable:
    """Make the table of the packages on the Pareto front."""
    headings = [
        translate("Package"),
        translate("Cost, yuan"),
        translate("Additional valid permits"),
        translate("Points"),
        translate("{level} interval", level=interval_level(result)),
        translate("Near best"),
    ]
    phrases = _phrases(result, translate)
    rows = [
        [
            phrases[row["options"]],
            translate.yuan(row["cost_cny"]),
            signed_count(row["additional_permits"]),
            signed(row["points"]),
            translate.interval(row["low"], row["high"], signed),
            f"{decimal(PERCENT * row['probability_near_best'], 0)} %",
        ]
        for _, row in result.frontier.iterrows()
    ]
    until = translate.month(result.spec.ensemble.task.settings.until)
    title = translate("Packages on the Pareto front by {month}, the cheapest first", month=until)
    note = translate("The package that is recommended: {package}.", package=phrases[result.recommended["options"]])
    return DocumentTable(title, headings, rows, note)


def _phrases(result: OptimisationResult, translate: Language) -> Mapping[str, str]:
    """Return the titles of the options of each package, by the name of the package."""
    space = result.spec.space

    def phrase(package: Package) -> str:
        parts = [
            translate.phrase(option.title)
            if len(option.sizes) == 1
            else translate("{title} ({size})", title=translate.phrase(option.title), size=size.name)
            for option, size in space.decode(package)
        ]
        return " + ".join(parts) or translate("nothing")

    return {space.name(package): phrase(package) for package in result.trace.packages}


def _package_names(result: OptimisationResult, translate: Language) -> Converters:
    phrases, words = _phrases(result, translate), {True: translate("yes"), False: translate("no")}

    def in_words(flags: pd.Series[Any]) -> pd.Series[Any]:
        return flags.map(words)

    return {
        "options": lambda names: names.map(phrases),
        **dict.fromkeys(("on_frontier", "within_budget", "recommended"), in_words),
    }


def _agents_note(agents: int, until: str, translate: Language) -> str:
    return translate("{agents} simulated migrants; {month}.", agents=count(agents), month=translate.month(until))
