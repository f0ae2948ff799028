"""Trials in the texts and tables of an office's files."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pandas as pd

from takeup.analysis.trial.output import (
    arm_label,
    eligibility_note,
    estimates_of,
    headline_sentence,
    interval_note,
    quantity_label,
    title_phrase,
)
from takeup.analysis.trial.run import ARMS, QUANTITIES, TrialResult
from takeup.analysis.uncertainty import point_hint
from takeup.report.columns import read_columns
from takeup.report.formatting import CREDIBLE, count, signed
from takeup.report.i18n import Language
from takeup.report.office import Converters, DocumentTable, OfficeTexts, Sheet, closing_notes
from takeup.report.results_folder import command_line

COLUMNS: Final = Path(__file__).with_name("columns.toml")
"""The columns of the tables of trials."""


def office_texts(trials: TrialResult, translate: Language) -> OfficeTexts:
    """Return the texts and tables of trials in a language."""
    spec = trials.spec
    hints = [] if spec.drawn else [point_hint(spec.district, translate)]
    return OfficeTexts(
        title=translate(
            "A trial of {title} in {place}",
            title=title_phrase(trials, translate),
            place=translate.place(spec.district.population),
        ),
        sentences=[headline_sentence(trials, translate)],
        table=_main_table(trials, translate),
        notes=[
            translate(
                "{agents} simulated migrants; {month}.",
                agents=count(spec.settings.agents),
                month=translate.month(trials.months[-1]),
            ),
            translate.join([interval_note(trials, translate), *hints]),
            *closing_notes(spec.district.population, command_line(), translate),
        ],
        sheets=[
            Sheet("summary", translate("Estimates"), trials.summary),
            Sheet("arms", translate("Arms"), _arms(trials)),
        ],
        columns=read_columns(COLUMNS),
        names=lambda _: _names(translate),
    )


def _main_table(trials: TrialResult, translate: Language) -> DocumentTable:
    """Make the table of the estimates in the last month."""
    when = trials.months[-1]
    rows = [
        [quantity_label(name, translate), signed(points), translate.interval(low, high, signed)]
        for name, (points, low, high) in estimates_of(trials, when).items()
    ]
    headings = [translate("Quantity"), translate("Points"), translate("{level} interval", level=CREDIBLE)]
    title = translate("Estimates at the end of {month}", month=translate.month(when))
    note = translate("In the trial: {eligible}; persons followed up.", eligible=eligibility_note(trials, translate))
    return DocumentTable(title, headings, rows, note)


def _arms(trials: TrialResult) -> pd.DataFrame:
    """Make the table of the arms, as means over the trials."""
    return pd.DataFrame(
        [{"month": when, "arm": arm, **trials.arm(when, arm)} for when in trials.months for arm in ARMS]
    )


def _names(translate: Language) -> Converters:
    quantities = {name: quantity_label(name, translate).strip() for name in QUANTITIES}
    arms = {arm: arm_label(arm, translate) for arm in ARMS}
    return {"quantity": lambda names: names.map(quantities), "arm": lambda names: names.map(arms)}
