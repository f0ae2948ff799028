"""Output of `validate`: sentences, terminal table, page, figure and files.

The table fits into 80 columns. Every file is written atomically.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from rich.table import Table
from rich.text import Text

from takeup.analysis.uncertainty import interval_contents
from takeup.analysis.validation.predictions import fitted_studies, prediction_lines
from takeup.analysis.validation.result import COLUMNS as TABLE
from takeup.analysis.validation.result import (
    INSIDE,
    MISSES,
    OUTSIDE,
    OVERLAPS,
    RIGHT,
    VERDICTS,
    WRONG,
    StudyCheck,
    Validation,
)
from takeup.analysis.validation.studies import QUANTITIES, Study
from takeup.io import write_whole
from takeup.message import Message, translated
from takeup.report.formatting import (
    NOTHING,
    PERCENT,
    count,
    decimal,
    plain_table,
    print_results,
    printable,
    signed,
)
from takeup.report.i18n import ENGLISH, Language
from takeup.report.plotting import (
    INK,
    LABEL_LINE,
    LABEL_SIZE,
    PALE_INK,
    SMALL_SIZE,
    Margins,
    Page,
    draw_interval,
    finalise,
    fit_horizontally,
    page,
    style_axes,
    write_value,
)
from takeup.report.results_folder import results_writer, run_record, write_figure, write_tables
from takeup.report.typography import wrapped

_PLACES: Final = 2


def format_model_value(check: StudyCheck, translate: Language = ENGLISH, contents: str = "") -> str:
    """Format the model's median and interval, with words on what the interval contains."""
    format_value = _value_format(check.study)
    if not check.draws:
        return NOTHING
    values = translate.interval(check.low, check.high, format_value)
    return translate("{median} ({interval})", median=format_value(check.median), interval=f"{values}{contents}")


def format_study_range(study: Study, translate: Language = ENGLISH) -> str:
    """Format the range of the study's result, or its direction, with the unit."""
    if study.sign is not None:
        values = translate("above 0") if study.sign == "+" else translate("below 0")
    else:
        low, high = study.range
        values = translate.interval(low, high, _value_format(study))
    if study.unit == "ratio":
        return values
    return translate("{values} {unit}", values=values, unit=translate.words(study.unit))


def headline_sentence(validation: Validation, translate: Language = ENGLISH) -> str:
    """Write the sentence on the number of studies per verdict."""
    parts = [
        translate("{number} {verdict}", number=validation.number(verdict), verdict=translate.words(verdict))
        for verdict in VERDICTS
        if validation.number(verdict)
    ]
    return translate(
        "Of {number} findings of published studies: {parts}.",
        number=len(validation.checks),
        parts=translate(", ").join(parts),
    )


def interval_note(validation: Validation, translate: Language = ENGLISH) -> str:
    """Describe the model's estimates and intervals in the results of a validation."""
    return translate(
        "Medians and middle 90\u00a0% over {number} draws of the posterior, each simulated with its own seed: "
        "parameter uncertainty and Monte Carlo error.",
        number=count(len(validation.draws)),
    )


def _heading(validation: Validation, translate: Language) -> str:
    place = translate.place(validation.spec.district.population)
    return translate("Published studies and the model of {place}", place=place)


def render_validation(validation: Validation, translate: Language = ENGLISH) -> Table:
    """Make the terminal table of studies, the model's values and verdicts."""
    table = plain_table(_heading(validation, translate), interval_note(validation, translate), gap=1)
    table.add_column(translate("Finding"), overflow="fold", ratio=5)
    table.add_column(translate("Study"), overflow="fold", ratio=3)
    table.add_column(translate("Model"), overflow="fold", ratio=4)
    table.add_column(translate("Agree"), justify="right", no_wrap=True)
    table.add_column(translate("Verdict"), overflow="fold", ratio=2)
    for each in validation.checks:
        table.add_row(
            printable(translate.phrase(each.study.title)),
            format_study_range(each.study, translate),
            format_model_value(each, translate),
            format_agreement(each),
            Text(translate.words(each.verdict), style="bold" if each.verdict in MISSES else ""),
        )
    return table


def format_agreement(check: StudyCheck) -> str:
    """Format the share of draws that agree with the study."""
    return f"{decimal(PERCENT * check.agreement, 0)} %" if math.isfinite(check.agreement) else NOTHING


def _value_format(study: Study) -> Callable[[float], str]:
    """Return the number format for the study's unit."""
    return partial(signed if study.unit == "points" else decimal, places=_PLACES)


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
            figure=translate.file_name(_FIGURE),
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


_FIGURE: Final = "validation.png"
_ROW: Final = 0.8
_SCALE: Final = 0.46
"""Share of the height of a row that the numbers and the unit of the scale occupy."""
_MARGINS: Final = Margins(left=3.1, right=2.6, top=0.1, bottom=0.05)
_LABEL_WIDTH: Final = 2.9
_LABEL_LINES: Final = 3
_STUDY: Final = "#c9ced6"
_TICKS: Final = 4
_VALUES: Final = 1.03
"""Horizontal position of the numbers, in widths of the axes."""


def plot_validation(validation: Validation, translate: Language = ENGLISH) -> Figure:
    """Plot each study's range as a band, with the model's median and interval.

    The band of a study that reports a direction is hatched.
    """
    rows = len(validation.checks)
    sheet = page(_heading(validation, translate), _caption(validation, translate), _ROW * rows, _MARGINS)
    for number, each in enumerate(validation.checks):
        _draw_study(_axes_of(sheet, number, rows), each, translate)
    return finalise(sheet)


def _axes_of(sheet: Page, number: int, rows: int) -> Axes:
    height = (sheet.top - sheet.bottom) / rows
    bottom = sheet.top - (number + 1) * height + _SCALE * height
    return sheet.figure.add_axes((sheet.left, bottom, sheet.right - sheet.left, (1.0 - _SCALE) * height))


def _draw_study(axes: Axes, check: StudyCheck, translate: Language) -> None:
    """Draw the range of a study as a band, and the model's median and interval on it."""
    study = check.study
    ends = [*study.range, check.low, check.median, check.high, *(() if study.unit == "ratio" else (0.0,))]
    fit_horizontally(axes, np.array(ends))
    low, high = np.clip(study.range, *axes.get_xlim())
    axes.axvspan(low, high, facecolor=_STUDY, hatch=None if study.sign is None else "////", edgecolor="white")
    if study.unit != "ratio":
        axes.axvline(0.0, color=INK, linewidth=0.9)
    draw_interval(axes, 0.0, check.low, check.high, cap=0.22)
    axes.plot([check.median], [0.0], color=INK, marker="D" if check.is_miss else "o", markersize=6.0, zorder=4)
    axes.set_ylim(-1.0, 1.0)
    label = "\n".join(wrapped(translate.phrase(study.title), _LABEL_WIDTH, LABEL_SIZE, most=_LABEL_LINES))
    axes.set_yticks([0.0], [label])
    axes.xaxis.set_major_locator(MaxNLocator(_TICKS))
    style_axes(axes, grid="x")
    axes.tick_params(axis="x", labelsize=SMALL_SIZE)
    axes.set_xlabel(translate.words(study.unit), fontsize=SMALL_SIZE, color=PALE_INK, labelpad=LABEL_LINE)
    write_value(axes, 0.0, _VALUES, f"{format_model_value(check, translate)}\n{translate.words(check.verdict)}")


def _caption(validation: Validation, translate: Language) -> str:
    marks = translate(
        "Bands: range of the study's result; hatched bands: its side of zero. Dots: the model, with diamonds for "
        "misses."
    )
    return translate.join([marks, interval_note(validation, translate), headline_sentence(validation, translate)])


@results_writer
def write_validation(folder: Path, validation: Validation, translate: Language = ENGLISH) -> dict[str, Any]:
    """Write the table of studies, the draws, the figure and manifest.json to a folder."""
    write_tables({"validation": validation.table, "draws": validation.draws}, folder)
    write_figure(plot_validation(validation, translate), folder / translate.file_name(_FIGURE))
    return _manifest(validation)


def write_page(file: Path, validation: Validation, translate: Language = ENGLISH) -> None:
    """Write the page in Markdown, with today's date."""
    write_whole(file, validation_page(validation, datetime.now(UTC).date(), translate))


def print_validation(validation: Validation, translate: Language = ENGLISH) -> None:
    """Print the results of a validation: table, sentence, and missed studies."""
    contents = translate("; ") + interval_contents(drawn=True, translate=translate)
    misses = [
        translate(
            "Missed: {title}, {value}. Most likely reason (judgement): {reason}",
            title=translate.phrase(each.study.title),
            value=format_model_value(each, translate, contents),
            reason=translate.phrase(each.reason),
        )
        for each in validation.checks
        if each.is_miss
    ]
    print_results(render_validation(validation, translate), headline_sentence(validation, translate), *misses)


def _manifest(validation: Validation) -> dict[str, Any]:
    """Return the content of manifest.json: all inputs needed to repeat the command."""
    spec = validation.spec
    return {
        **run_record(spec.district, spec.key),
        "posterior": {"sha256": spec.posterior, "draws": len(spec.runs), "draws_with_result": len(validation.draws)},
        "said": headline_sentence(validation),
        "agents": spec.settings.agents,
        "until": spec.studies.until,
        "runs": spec.records,
    }
