"""Findings of others beside what the model gives: in plain words, and as a table on 80 columns.

Findings of others beside what the model gives, as a page in Markdown.

Findings of others beside the model's interval: a row a finding, each with a scale of its own.

What `validate` leaves in its folder and says in the terminal. Every file appears whole or not at all.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from takeup.analysis.validation.result import COLUMNS as TABLE
from takeup.analysis.validation.result import (
    INSIDE,
    MISSES,
    NO_RESULT,
    OUTSIDE,
    OVERLAPS,
    RIGHT,
    WRONG,
    StudyCheck,
    Validation,
)
from takeup.analysis.validation.studies import QUANTITIES, Study
from takeup.constants import PERCENT
from takeup.io import write_whole
from takeup.report.formatting import NOTHING, amount, count, decimal, interval, printable, signed
from takeup.report.manifest import command_line, library_versions
from takeup.report.plotting.style import (
    INK,
    LABEL_LINE,
    LABEL_SIZE,
    PALE_INK,
    SMALL_SIZE,
    Margins,
    Page,
    finalise,
    page,
    style_axes,
)
from takeup.report.plotting.text import wrapped
from takeup.report.results_folder import results_writer, write_figure, write_json, write_tables

_DIRECTIONS: Final = {"+": "above 0", "-": "below 0"}
_PLACES: Final = 2


def format_model_value(judged: StudyCheck) -> str:
    """The model's median and interval."""
    say = _say(judged.finding)
    return f"{say(judged.median)} ({interval(judged.low, judged.high, say)})" if judged.draws else NOTHING


def format_study_range(finding: Study) -> str:
    """The range of the study's figure, or its direction, with the unit."""
    if finding.sign is not None:
        return f"{_DIRECTIONS[finding.sign]} {finding.unit}"
    low, high = finding.range
    return f"{interval(low, high, _say(finding))}{'' if finding.unit == 'ratio' else f' {finding.unit}'}"


def headline_sentence(validation: Validation) -> str:
    """How many findings have which verdict, in one sentence."""
    parts = [
        f"{validation.number(verdict)} {verdict}"
        for verdict in (INSIDE, OVERLAPS, OUTSIDE, RIGHT, WRONG, NO_RESULT)
        if validation.number(verdict)
    ]
    return f"Of {len(validation.judged)} findings from elsewhere: {', '.join(parts)}."


def interval_note(validation: Validation) -> str:
    """What the model's numbers are."""
    return (
        f"Medians and middle 90\u00a0% over {count(len(validation.draws))} draws of the posterior, each lived with a "
        "seed of its own: what the district's figures leave open of the parameters, and chance."
    )


def render_validation(validation: Validation) -> Table:
    """The table for the terminal."""
    place = validation.plan.district.population.name
    table = Table(
        title=Text(printable(f"Findings of others beside the model of {place}")),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        caption=interval_note(validation),
        caption_justify="left",
    )
    table.pad_edge = False
    table.add_column("Finding", overflow="fold", ratio=5)
    table.add_column("Its figure", overflow="fold", ratio=3)
    table.add_column("Model", overflow="fold", ratio=4)
    table.add_column("Agree", justify="right", no_wrap=True)
    table.add_column("Verdict", overflow="fold", ratio=2)
    for each in validation.judged:
        table.add_row(
            printable(each.finding.title),
            format_study_range(each.finding),
            format_model_value(each),
            agreement_sentence(each),
            Text(each.verdict, style="bold" if each.verdict in MISSES else ""),
        )
    return table


def agreement_sentence(judged: StudyCheck) -> str:
    """The share of draws that agree with the finding."""
    return f"{decimal(PERCENT * judged.agreeing, 0)} %" if math.isfinite(judged.agreeing) else NOTHING


def _say(finding: Study) -> Callable[[float], str]:
    """How a number of the finding's unit is written."""
    return partial(signed if finding.unit == "points" else decimal, places=_PLACES)


COLUMNS: Final = (
    "finding",
    "study",
    "its figure",
    "transfers",
    "model: median (90 % of draws)",
    "draws that agree",
    "verdict",
)
"""Of the page's table."""


def validation_page(validation: Validation, made: date) -> str:
    """All of it as a page in Markdown.

    Args:
        validation: the answer.
        made: the day the page is of.
    """
    plan = validation.plan
    first = plan.runs[0]
    heading = [
        "# Validation",
        "",
        "Findings of others beside what the model gives at the calibrated posterior. None of them was fitted. Each "
        "is set up inside the model as its study was: who was eligible, what was changed, for how long, and what "
        "was measured. What the model misses stays here as a miss. This page is made by",
        "",
        "```sh",
        f"takeup validate --district {plan.district.name} --draws {len(plan.runs)} --agents {first.agents} "
        f"--seed {first.seed} --page docs/validation.md",
        "```",
        "",
        f"on {made.day} {made:%B %Y}; district `{plan.district.name}`, posterior `{plan.posterior}` (SHA-256 of "
        f"`posterior.parquet`), {count(len(validation.draws))} of its draws with a result, "
        f"{count(first.agents)} migrants a draw. {headline_sentence(validation)}",
        "",
        "Stopped at any time, it goes on where it was when the command is typed again. Under `--out` it leaves the "
        "table as `validation.csv` and `.parquet`, every draw's numbers as `draws.csv` and `.parquet`, the figure "
        "`validation.png` and `manifest.json`. `--posterior FILE.parquet` takes other draws than the district's.",
        "",
    ]
    return "\n".join(
        [
            *heading,
            *_table(validation),
            *_rule(),
            *_missed(validation),
            *_set_ups(validation),
            *_numbers(validation),
            *_columns(),
        ]
    )


def _table(validation: Validation) -> list[str]:
    lines = [_line(COLUMNS), _line(["---"] * len(COLUMNS))]
    for each in validation.judged:
        finding = each.finding
        cells = (
            finding.title,
            finding.study,
            format_study_range(finding),
            finding.transfers,
            format_model_value(each),
            agreement_sentence(each),
            f"**{each.verdict}**" if each.is_miss else each.verdict,
        )
        lines.append(_line(cells))
    return [*lines, "", interval_note(validation), ""]


def _rule() -> list[str]:
    return [
        "## How a verdict is made",
        "",
        "The rule and the ranges were written down before the model was held against any finding; what was put right "
        f"of a set-up since is said with it. Since then **{OVERLAPS}** is told apart, which was called {INSIDE} too. "
        "The study's range is its own interval where it is known, else what its "
        "rounding allows, else a tolerance that is named as assumed.",
        "",
        f"- **{INSIDE}**: the median of the draws lies in the study's range; **{OVERLAPS}**: it does not, but their "
        f"middle 90 % reaches into it; **{OUTSIDE}**: that does not either.",
        f"- **{RIGHT}**: of a finding that is a direction, all of the middle 90 % lies on its side of zero; "
        f"**{WRONG}**: it does not.",
        "",
        "A wide interval overlaps easily. So the share of draws that agree stands beside the verdict: those within "
        "the range, or on the right side of zero.",
        "",
    ]


def _missed(validation: Validation) -> list[str]:
    lines = ["## What is missed, and the likeliest reason", ""]
    missed = [each for each in validation.judged if each.is_miss]
    if not missed:
        return [*lines, "Nothing.", ""]
    told = [f"- **{each.finding.title}** ({format_model_value(each)}): {each.reason}" for each in missed]
    return [*lines, "The reasons are judgements; nothing here tests them.", "", *told, ""]


def _set_ups(validation: Validation) -> list[str]:
    lines = ["## How each is set up", ""]
    for each in validation.judged:
        finding = each.finding
        lines += [
            f"### {finding.title}",
            "",
            f"- Found: {finding.found}. {finding.study}; {finding.source} ({finding.status}).",
            f"- Range: {format_study_range(finding)}{f'; {finding.range_is}' if finding.range_is else ''}.",
            f"- In the model: {finding.set_up}",
            f"- Transfers: {finding.transfers}; {finding.why}.",
        ]
        if finding.corrected is not None:
            lines.append(f"- Corrected: {finding.corrected}.")
        if each.resting:
            names = ", ".join(f"`{name}`" for name in each.resting)
            lines.append(f"- No free test: values or ranges of {names} were judged with this study in view.")
        lines.append("")
    return lines


def _numbers(validation: Validation) -> list[str]:
    findings = validation.plan.findings
    lines = [
        "## Numbers of the set-ups",
        "",
        f"Set-ups branch off at the end of {findings.until}: {findings.until_is}. Their scenarios are in "
        "`model/takeup/answers/validation/scenarios/`.",
        "",
        _line(("number", "value", "status", "source")),
        _line(["---"] * 4),
    ]
    for name, setting in findings.set_up:
        value = f"{amount(setting.value)} {setting.unit}"
        lines.append(_line((name.replace("_", " "), value, setting.status, setting.source)))
    return [*lines, ""]


def _columns() -> list[str]:
    lines = [
        "## Columns",
        "",
        "`validation.csv`, a row a finding:",
        "",
        _line(("column", "meaning")),
        _line(["---"] * 2),
    ]
    lines += [_line((f"`{name}`", meaning)) for name, meaning in TABLE.items()]
    lines += ["", "`draws.csv`, a row a draw:", "", _line(("column", "meaning")), _line(["---"] * 2)]
    numbered = {"draw": "number of the draw, from 0", "seed": "of its people and their luck", **QUANTITIES}
    lines += [_line((f"`{name}`", meaning)) for name, meaning in numbered.items()]
    return [*lines, ""]


def _line(cells: tuple[str, ...] | list[str]) -> str:
    return "| " + " | ".join(printable(cell).replace("|", "\\|") for cell in cells) + " |"


_ROW: Final = 0.8
_SCALE: Final = 0.46
"""Of a row, the part that its scale's numbers and unit take."""
_MARGINS: Final = Margins(left=3.1, right=2.6, top=0.1, bottom=0.05)
_LABEL_WIDTH: Final = 2.9
_LABEL_LINES: Final = 3
_STUDY: Final = "#c9ced6"
_HEADROOM: Final = 0.08
_TICKS: Final = 4
_VALUES: Final = 1.03
"""Where the numbers are written, in widths of the axes."""
_CAP: Final = 0.22


def plot_validation(found: Validation) -> Figure:
    """Every finding's range as a band, hatched if it is a direction alone, and the model's median and interval."""
    rows = len(found.judged)
    sheet = page(
        f"Findings of others beside the model of {found.plan.district.population.name}",
        _caption(found),
        _ROW * rows,
        _MARGINS,
    )
    for number, each in enumerate(found.judged):
        _draw(_axes_of(sheet, number, rows), each)
    return finalise(sheet)


def _axes_of(sheet: Page, number: int, rows: int) -> Axes:
    height = (sheet.top - sheet.bottom) / rows
    bottom = sheet.top - (number + 1) * height + _SCALE * height
    return sheet.figure.add_axes((sheet.left, bottom, sheet.right - sheet.left, (1.0 - _SCALE) * height))


def _draw(axes: Axes, judged: StudyCheck) -> None:
    finding = judged.finding
    ends = [each for each in (*finding.range, judged.low, judged.median, judged.high) if math.isfinite(each)]
    if finding.unit != "ratio":
        ends.append(0.0)
    room = _HEADROOM * ((max(ends) - min(ends)) or 1.0)
    left, right = min(ends) - room, max(ends) + room
    low, high = (min(max(end, left), right) for end in finding.range)
    axes.axvspan(low, high, facecolor=_STUDY, hatch=None if finding.sign is None else "////", edgecolor="white")
    if finding.unit != "ratio":
        axes.axvline(0.0, color=INK, linewidth=0.9)
    if judged.draws:
        axes.plot([judged.low, judged.high], [0.0, 0.0], color=INK, linewidth=1.6, solid_capstyle="butt")
        for end in (judged.low, judged.high):
            axes.plot([end, end], [-_CAP, _CAP], color=INK, linewidth=1.2)
        axes.plot([judged.median], [0.0], color=INK, marker="D" if judged.is_miss else "o", markersize=6.0)
    axes.set_xlim(left, right)
    axes.set_ylim(-1.0, 1.0)
    label = "\n".join(wrapped(finding.title, _LABEL_WIDTH, LABEL_SIZE, most=_LABEL_LINES))
    axes.set_yticks([0.0], [label])
    axes.xaxis.set_major_locator(MaxNLocator(_TICKS))
    style_axes(axes, grid="x")
    axes.tick_params(axis="x", labelsize=SMALL_SIZE)
    axes.set_xlabel(finding.unit, fontsize=SMALL_SIZE, color=PALE_INK, labelpad=LABEL_LINE)
    said = f"{format_model_value(judged)}\n{judged.verdict}"
    axes.text(_VALUES, 0.0, said, transform=axes.get_yaxis_transform(), va="center", fontsize=LABEL_SIZE, color=INK)


def _caption(found: Validation) -> str:
    return (
        "Bands: the range of the study's figure; hatched, the side of zero that it found. Dots, or diamonds where "
        f"the model misses: the model. {interval_note(found)} {headline_sentence(found)}"
    )


@results_writer
def write_validation(folder: Path, validation: Validation) -> None:
    """Write the table of findings, the draws, the figure and manifest.json."""
    write_tables({"validation": validation.table, "draws": validation.draws}, folder)
    write_figure(plot_validation(validation), folder / "validation.png")
    write_json(_manifest(validation), folder / "manifest.json")


def write_page(file: Path, validation: Validation) -> None:
    """Write the page in Markdown, with today's date."""
    write_whole(file, validation_page(validation, datetime.now(UTC).date()))


def print_validation(validation: Validation, folder: Path) -> None:
    """Say it in the terminal."""
    console = Console()
    console.print(render_validation(validation))
    console.print(headline_sentence(validation), highlight=False, markup=False)
    for each in validation.judged:
        if each.is_miss:
            missed = f"Missed: {each.finding.title}, {format_model_value(each)}."
            console.print(f"{missed} Likeliest reason (judgement): {each.reason}", highlight=False, markup=False)
    console.print(f"Written: {folder}", soft_wrap=True, highlight=False)


def _manifest(validation: Validation) -> dict[str, Any]:
    """All that is needed to repeat it, and nothing of when and where it was made."""
    plan = validation.plan
    return {
        "command": command_line(),
        "key": plan.key,
        "versions": library_versions(),
        "district": {"name": plan.district.name, "sha256": plan.district.digest},
        "posterior": {"sha256": plan.posterior, "draws": len(plan.runs), "draws_with_result": len(validation.draws)},
        "said": headline_sentence(validation),
        "agents": plan.runs[0].agents,
        "until": plan.findings.until,
        "runs": [{"seed": each.seed, "parameters": each.parameters} for each in plan.runs],
    }
