"""The page of a validation in Markdown."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from takeup.analysis.validation.plots import FIGURE
from takeup.analysis.validation.predictions import fitted_studies, prediction_lines
from takeup.analysis.validation.result import COLUMNS as TABLE
from takeup.analysis.validation.result import INSIDE, OUTSIDE, OVERLAPS, RIGHT, WRONG, StudyCheck, Validation
from takeup.analysis.validation.studies import QUANTITIES
from takeup.analysis.validation.text import (
    format_agreement,
    format_model_value,
    format_study_range,
    headline_sentence,
    interval_note,
)
from takeup.io import write_whole
from takeup.message import Message, translated
from takeup.report.formatting import count, printable
from takeup.report.i18n import ENGLISH, Language

COLUMNS: Final = (
    Message("finding"),
    Message("study"),
    Message("reported"),
    Message("transfers"),
    Message("fitted"),
    Message("model: median (90 % of draws)"),
    Message("draws that agree"),
    Message("verdict"),
)
"""Columns of the page's table."""


def validation_page(validation: Validation, made: date, translate: Language = ENGLISH) -> str:
    """Make the result's page in Markdown.

    Args:
        validation: result of the validation.
        made: date of the page.
        translate: language of the page.
    """
    spec = validation.spec
    fitted = fitted_studies(spec.district.folder, spec.studies.each)
    return "\n".join(
        [
            *_first_section(validation, fitted, translate),
            *prediction_lines(spec.district.folder, spec.studies.each, translate),
            *_verdict_section(translate),
            *_table_section(validation, fitted, translate),
            *_miss_section(validation, translate),
            *_set_up_section(validation, translate),
            *_command_section(validation, made, translate),
            *_column_section(validation, translate),
        ]
    )


def write_page(file: Path, validation: Validation, translate: Language = ENGLISH) -> None:
    """Write the page in Markdown, with today's date."""
    write_whole(file, validation_page(validation, datetime.now(UTC).date(), translate))


def _first_section(validation: Validation, fitted: set[str], translate: Language) -> list[str]:
    return [
        "# " + translate("Validation"),
        "",
        translate(
            "This page shows analysts how well the model reproduces published studies. Each study is replicated "
            "inside the model: the same eligibility, change, duration and measure."
        ),
        "",
        headline_sentence(validation, translate),
        "",
        _use_sentence(fitted, validation, translate),
        "",
    ]


def _use_sentence(fitted: set[str], validation: Validation, translate: Language) -> str:
    """Describe which of the findings the calibration was fitted to, and which guided assumptions."""
    if not fitted:
        return translate("The calibration was fitted to none of the findings.")
    guided = [each.study for each in validation.checks if each.calibrated and each.study.name not in fitted]
    use = translate(
        "The calibration was fitted to the findings marked *fitted*, with errors that allow for differences between "
        "programmes. Their verdicts do not test the model; the predictions without the study do."
    )
    others = (
        translate(
            "Of the other findings, {number} guided assumptions, as their set-ups say.",
            number=len(guided),
        )
        if guided
        else translate("The other findings were not used.")
    )
    return translate.join([use, others])


def _command_section(validation: Validation, made: date, translate: Language) -> list[str]:
    spec = validation.spec
    settings = spec.settings
    language = "" if translate.code == ENGLISH.code else f" --language {translate.code}"
    return [
        "## " + translate("How this page is made"),
        "",
        "```sh",
        f"takeup validate --district {spec.district.name} --draws {len(spec.runs)} --agents {settings.agents} "
        f"--seed {settings.seed} --page {translate.file_name('docs/validation.md')}{language}",
        "```",
        "",
        translate(
            "wrote it on {day} {month}; district `{district}`, posterior `{posterior}` (SHA-256 of "
            "`posterior.parquet`), {draws} of its draws with a result, {agents} migrants per draw.",
            day=made.day,
            month=translate.month(f"{made:%Y-%m}"),
            district=spec.district.name,
            posterior=spec.posterior,
            draws=count(len(validation.draws)),
            agents=count(settings.agents),
        ),
        "",
        translate(
            "The command writes `validation.csv`, `draws.csv`, both also as `.parquet`, `{figure}` and "
            "`manifest.json` to `--out`.",
            figure=translate.file_name(FIGURE),
        ),
        "",
    ]


def _table_section(validation: Validation, fitted: set[str], translate: Language) -> list[str]:
    headings = [translated(column, translate) for column in COLUMNS]
    lines = ["## " + translate("Every finding at the posterior"), ""]
    lines += [_table_line(headings), _table_line(["---"] * len(headings))]
    for each in validation.checks:
        study, verdict = each.study, translate.words(each.verdict)
        cells = (
            translate.phrase(study.title),
            translate.phrase(study.citation),
            format_study_range(study, translate),
            translate.words(study.transfers),
            translate("yes") if study.name in fitted else translate("no"),
            format_model_value(each, translate),
            format_agreement(each),
            f"**{verdict}**" if each.is_miss else verdict,
        )
        lines.append(_table_line(cells))
    return [*lines, "", interval_note(validation, translate), ""]


def _verdict_section(translate: Language) -> list[str]:
    inside, overlaps, outside, right, wrong = map(translate.words, (INSIDE, OVERLAPS, OUTSIDE, RIGHT, WRONG))
    return [
        "## " + translate("How a verdict is made"),
        "",
        translate(
            "- **{inside}**: the median of the draws is in the study's range; **{overlaps}**: only a part of their "
            "middle 90 % is in it; **{outside}**: no part of their middle 90 % is in it.",
            inside=inside,
            overlaps=overlaps,
            outside=outside,
        ),
        translate(
            "- **{right}**: the study reports a direction only, and the whole middle 90 % of the draws is on its "
            "side of zero; **{wrong}**: it is not.",
            right=right,
            wrong=wrong,
        ),
        "",
        translate(
            "The rule and the ranges were fixed before the model was compared with any study; only the verdict "
            "**{overlaps}** was separated from {inside} later. Corrections of a set-up are reported with it. The "
            "study's range is its own interval if it is known, else its rounding error, else an assumed tolerance.",
            overlaps=overlaps,
            inside=inside,
        ),
        "",
        translate(
            "A wide interval overlaps easily, and a study with a narrow range can be inside although few draws "
            "agree. *Draws that agree* are within the range, or on the right side of zero. *Transfers* grades how "
            "similar the setting of the study is to the permit's; it does not affect the verdict."
        ),
        "",
    ]


def _miss_section(validation: Validation, translate: Language) -> list[str]:
    lines = ["## " + translate("Misses and their most likely reasons"), ""]
    missed = [each for each in validation.checks if each.is_miss]
    if not missed:
        return [*lines, translate("Nothing."), ""]
    reasons = [
        translate(
            "- **{title}** ({value}): {reason}",
            title=translate.phrase(each.study.title),
            value=format_model_value(each, translate),
            reason=translate.phrase(each.reason),
        )
        for each in missed
    ]
    return [*lines, translate("The reasons are untested judgements."), "", *reasons, ""]


def _set_up_section(validation: Validation, translate: Language) -> list[str]:
    studies = validation.spec.studies
    lines = [
        "## " + translate("How each is set up"),
        "",
        translate(
            "Set-ups branch off at the end of {until}: {reason}. In `model/takeup/analysis/validation/`, "
            "`studies.toml` has the status and source of their numbers, and `scenarios/` the scenarios.",
            until=studies.until,
            reason=translate.phrase(studies.until_is),
        ),
        "",
        translate(
            "*Model* names the column of `draws.csv`, and *setting* the difference from the permit's. A *guided* "
            "parameter has a value or range that was chosen with the study in view, so the study is no free test of "
            "it."
        ),
        "",
    ]
    shown: set[str] = set()
    for each in validation.checks:
        study = each.study
        source, setting = (
            translate("as above") if text in shown else translate.phrase(text)
            for text in (study.source, study.transfers_because)
        )
        shown |= {study.source, study.transfers_because}
        lines += [f"### {translate.phrase(study.title)}", "", *_set_up_lines(each, source, setting, translate), ""]
    return lines


def _set_up_lines(check: StudyCheck, source: str, setting: str, translate: Language) -> list[str]:
    """Describe a study and its set-up.

    Args:
        check: study with the parameters that it guided.
        source: source of its result in the language of the page.
        setting: difference of its setting from the permit's, in the language of the page.
        translate: language of the page.

    Returns:
        The lines of a list in Markdown.
    """
    study = check.study
    lines = [
        translate(
            "- Reported: {reported} ({status}). Source: {source}.",
            reported=translate.phrase(study.reported),
            status=translate.words(study.status),
            source=source,
        ),
        translate("- Model (`{quantity}`): {set_up}", quantity=study.quantity, set_up=translate.phrase(study.set_up)),
    ]
    if study.range_is:
        lines.append(translate("- Range: {origin}.", origin=translate.phrase(study.range_is)))
    lines.append(translate("- Setting: {setting}.", setting=setting))
    if study.corrected is not None:
        lines.append(translate("- Corrected: {correction}.", correction=translate.phrase(study.corrected)))
    if check.calibrated:
        names = translate(", ").join(f"`{name}`" for name in check.calibrated)
        lines.append(translate("- Guided: {names}.", names=names))
    return lines


def _column_section(validation: Validation, translate: Language) -> list[str]:
    compared = {each.study.quantity for each in validation.checks}
    others = [
        translate("`{column}`: {meaning}", column=name, meaning=translate.phrase(meaning))
        for name, meaning in QUANTITIES.items()
        if name not in compared
    ]
    return [
        "## " + translate("Columns"),
        "",
        translate(
            "`draws.csv` has one row per draw: its number `draw`, from 0, the `seed` of its agents and random "
            "numbers, the columns that the set-ups name, and {others}.",
            others=translate("; ").join(others),
        ),
        "",
        translate("`validation.csv` has one row per study:"),
        "",
        _table_line((translate("column"), translate("meaning"))),
        _table_line(["---"] * 2),
        *(_table_line((f"`{name}`", translate.phrase(meaning))) for name, meaning in TABLE.items()),
        "",
    ]


def _table_line(cells: tuple[str, ...] | list[str]) -> str:
    return "| " + " | ".join(printable(cell).replace("|", "\\|") for cell in cells) + " |"
