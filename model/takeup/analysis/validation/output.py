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
    unit = "" if study.unit == "ratio" else f" {translate.words(study.unit)}"
    if study.sign == "+":
        return translate("above 0{unit}", unit=unit)
    if study.sign == "-":
        return translate("below 0{unit}", unit=unit)
    low, high = study.range
    return f"{translate.interval(low, high, _value_format(study))}{unit}"


def headline_sentence(validation: Validation, translate: Language = ENGLISH) -> str:
    """Write the sentence on the number of studies per verdict."""
    parts = [
        f"{validation.number(verdict)} {translate.words(verdict)}"
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
    "finding",
    "study",
    "reported",
    "transfers",
    "fitted",
    "model: median (90 % of draws)",
    "draws that agree",
    "verdict",
)
"""Columns of the page's table."""


def validation_page(validation: Validation, made: date) -> str:
    """Make the result's page in Markdown.

    Args:
        validation: result of the validation.
        made: date of the page.
    """
    spec = validation.spec
    fitted = fitted_studies(spec.district.folder, spec.studies.each)
    heading = [
        "# Validation",
        "",
        "This page shows analysts how well the model reproduces published studies. Each study is replicated inside "
        "the model: the same eligibility, change, duration and measure.",
        "",
        "A **draw** is one combination of parameter values that agrees with the data; the **posterior** is the "
        "distribution of all such combinations.",
        "",
        headline_sentence(validation),
        "",
        _use_sentence(fitted, validation),
        "",
    ]
    return "\n".join(
        [
            *heading,
            *prediction_lines(spec.district.folder, spec.studies.each),
            *_verdict_section(),
            *_table_section(validation, fitted),
            *_miss_section(validation),
            *_set_up_section(validation),
            *_command_section(validation, made),
            *_column_section(validation),
        ]
    )


def _use_sentence(fitted: set[str], validation: Validation) -> str:
    """Describe which of the findings the calibration was fitted to, and which guided assumptions."""
    if not fitted:
        return "The calibration was fitted to none of the findings."
    guided = [each.study for each in validation.checks if each.calibrated and each.study.name not in fitted]
    others = (
        f"Of the other findings, {len(guided)} guided assumptions, as their set-ups say."
        if guided
        else "The other findings were not used."
    )
    return (
        "The calibration was fitted to the findings marked *fitted*, with errors that allow for differences between "
        "programmes. Their verdicts do not test the model; the predictions without the study do. "
        f"{others}"
    )


def _command_section(validation: Validation, made: date) -> list[str]:
    spec = validation.spec
    settings = spec.settings
    return [
        "## How this page is made",
        "",
        "```sh",
        f"takeup validate --district {spec.district.name} --draws {len(spec.runs)} --agents {settings.agents} "
        f"--seed {settings.seed} --page docs/validation.md",
        "```",
        "",
        f"wrote it on {made.day} {made:%B %Y}; district `{spec.district.name}`, posterior `{spec.posterior}` "
        f"(SHA-256 of `posterior.parquet`), {count(len(validation.draws))} of its draws with a result, "
        f"{count(settings.agents)} migrants per draw. If interrupted, run the same command again to resume. "
        "`--posterior FILE.parquet` uses other draws than the district's.",
        "",
        "The command writes `validation.csv`, `draws.csv`, both also as `.parquet`, `validation.png` and "
        "`manifest.json` to `--out`.",
        "",
    ]


def _table_section(validation: Validation, fitted: set[str]) -> list[str]:
    heading = ["## Every finding at the posterior", ""]
    lines = [*heading, _table_line(COLUMNS), _table_line(["---"] * len(COLUMNS))]
    for each in validation.checks:
        study = each.study
        cells = (
            study.title,
            study.citation,
            format_study_range(study),
            study.transfers,
            "yes" if study.name in fitted else "no",
            format_model_value(each),
            format_agreement(each),
            f"**{each.verdict}**" if each.is_miss else each.verdict,
        )
        lines.append(_table_line(cells))
    return [*lines, "", interval_note(validation), ""]


def _verdict_section() -> list[str]:
    return [
        "## How a verdict is made",
        "",
        f"- **{INSIDE}**: the median of the draws is in the study's range; **{OVERLAPS}**: only a part of their "
        f"middle 90 % is in it; **{OUTSIDE}**: no part of their middle 90 % is in it.",
        f"- **{RIGHT}**: the study reports a direction only, and the whole middle 90 % of the draws is on its side "
        f"of zero; **{WRONG}**: it is not.",
        "",
        "The rule and the ranges were fixed before the model was compared with any study; only the verdict "
        f"**{OVERLAPS}** was separated from {INSIDE} later. Corrections of a set-up are reported with it. The "
        "study's range is its own interval if it is known, else its rounding error, else an assumed tolerance.",
        "",
        "A wide interval overlaps easily, and a study with a narrow range can be inside although few draws agree. "
        "*Draws that agree* are within the range, or on the right side of zero. *Transfers* grades how similar the "
        "setting of the study is to the permit's; it does not affect the verdict.",
        "",
    ]


def _miss_section(validation: Validation) -> list[str]:
    lines = ["## Misses and their most likely reasons", ""]
    missed = [each for each in validation.checks if each.is_miss]
    if not missed:
        return [*lines, "Nothing.", ""]
    reasons = [f"- **{each.study.title}** ({format_model_value(each)}): {each.reason}" for each in missed]
    return [*lines, "The reasons are untested judgements.", "", *reasons, ""]


_SET_UPS: Final = (
    "*Model* names the column of `draws.csv`, and *setting* the difference from the permit's. A *guided* parameter "
    "has a value or range that was chosen with the study in view, so the study is no free test of it."
)


def _set_up_section(validation: Validation) -> list[str]:
    studies = validation.spec.studies
    start = (
        f"Set-ups branch off at the end of {studies.until}: {studies.until_is}. In "
        "`model/takeup/analysis/validation/`, `studies.toml` has the status and source of their numbers, such as the "
        "six months of a message, and `scenarios/` the scenarios."
    )
    lines = ["## How each is set up", "", start, "", _SET_UPS, ""]
    shown: set[str] = set()
    for each in validation.checks:
        study = each.study
        source, setting = ("as above" if text in shown else text for text in (study.source, study.transfers_because))
        shown |= {study.source, study.transfers_because}
        lines += [
            f"### {study.title}",
            "",
            f"- Reported: {study.reported} ({study.status}). Source: {source}.",
            f"- Model (`{study.quantity}`): {study.set_up}",
            *([f"- Range: {study.range_is}."] if study.range_is else []),
            f"- Setting: {setting}.",
            *([f"- Corrected: {study.corrected}."] if study.corrected is not None else []),
            *([f"- Guided: {', '.join(f'`{name}`' for name in each.calibrated)}."] if each.calibrated else []),
            "",
        ]
    return lines


def _column_section(validation: Validation) -> list[str]:
    compared = {each.study.quantity for each in validation.checks}
    others = "; ".join(f"`{name}`: {meaning}" for name, meaning in QUANTITIES.items() if name not in compared)
    return [
        "## Columns",
        "",
        "`draws.csv` has one row per draw: its number `draw`, from 0, the `seed` of its agents and random numbers, "
        f"the columns that the set-ups name, and {others}.",
        "",
        "`validation.csv` has one row per study:",
        "",
        _table_line(("column", "meaning")),
        _table_line(["---"] * 2),
        *(_table_line((f"`{name}`", meaning)) for name, meaning in TABLE.items()),
        "",
    ]


def _table_line(cells: tuple[str, ...] | list[str]) -> str:
    return "| " + " | ".join(printable(cell).replace("|", "\\|") for cell in cells) + " |"


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
    write_figure(plot_validation(validation, translate), folder / translate.file_name("validation.png"))
    return _manifest(validation)


def write_page(file: Path, validation: Validation) -> None:
    """Write the page in Markdown, with today's date."""
    write_whole(file, validation_page(validation, datetime.now(UTC).date()))


def print_validation(validation: Validation, translate: Language = ENGLISH) -> None:
    """Print the results of a validation: table, sentence, and missed studies."""
    misses = [
        translate(
            "Missed: {title}, {value}. Most likely reason (judgement): {reason}",
            title=translate.phrase(each.study.title),
            value=format_model_value(each, translate, f"; {interval_contents(drawn=True, translate=translate)}"),
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
