"""Findings of others beside what the model gives: in plain words, as a table on 80 columns, and as a page."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Final

from rich import box
from rich.table import Table
from rich.text import Text

from takeup.answers.validation.answer import INSIDE, MISSES, NO_RESULT, OUTSIDE, RIGHT, WRONG, Judged, Validation
from takeup.answers.validation.findings import Finding
from takeup.report.wording import NOTHING, amount, count, decimal, interval, printable, signed

PERCENT: Final = 100.0
COLUMNS: Final = (
    "finding", "study", "its figure", "transfers", "model: median (90 % of draws)", "draws that agree", "verdict",
)  # fmt: skip
"""Of the page's table."""
_DIRECTIONS: Final = {"+": "above 0", "-": "below 0"}
_PLACES: Final = 2


def model_said(judged: Judged) -> str:
    """The model's median and interval."""
    say = _say(judged.finding)
    return f"{say(judged.median)} ({interval(judged.low, judged.high, say)})" if judged.draws else NOTHING


def range_said(finding: Finding) -> str:
    """The range of the study's figure, or its direction, with the unit."""
    if finding.sign is not None:
        return f"{_DIRECTIONS[finding.sign]} {finding.unit}"
    low, high = finding.range
    return f"{interval(low, high, _say(finding))}{'' if finding.unit == 'ratio' else f' {finding.unit}'}"


def headline(validation: Validation) -> str:
    """How many findings have which verdict, in one sentence."""
    parts = [
        f"{validation.number(verdict)} {verdict}"
        for verdict in (INSIDE, OUTSIDE, RIGHT, WRONG, NO_RESULT)
        if validation.number(verdict)
    ]
    return f"Of {len(validation.judged)} findings from elsewhere: {', '.join(parts)}."


def meant_by_interval(validation: Validation) -> str:
    """What the model's numbers are."""
    return (
        f"Medians and middle 90\u00a0% over {count(len(validation.draws))} draws of the posterior, each lived with a "
        "seed of its own: what the district's figures leave open of the parameters, and chance."
    )


def render_validation(validation: Validation) -> Table:
    """The table for the terminal."""
    place = validation.plan.district.population.name
    table = Table(
        title=Text(printable(f"Findings of others beside the model of {place}")), title_justify="left",
        box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), caption=meant_by_interval(validation), caption_justify="left",
    )  # fmt: skip
    table.pad_edge = False
    table.add_column("Finding", overflow="fold", ratio=5)
    table.add_column("Its figure", overflow="fold", ratio=3)
    table.add_column("Model", overflow="fold", ratio=4)
    table.add_column("Agree", justify="right", no_wrap=True)
    table.add_column("Verdict", overflow="fold", ratio=2)
    for each in validation.judged:
        table.add_row(
            printable(each.finding.title), range_said(each.finding), model_said(each), _agreeing(each),
            Text(each.verdict, style="bold" if each.verdict in MISSES else ""),
        )  # fmt: skip
    return table


def page(validation: Validation, made: date) -> str:
    """All of it as a page in Markdown.

    Args:
        validation: the answer.
        made: the day the page is of.
    """
    plan = validation.plan
    first = plan.lives[0]
    heading = [
        "# Validation",
        "",
        "Findings of others beside what the model gives at the calibrated posterior. None of them was fitted. Each "
        "is set up inside the model as its study was: who was eligible, what was changed, for how long, and what "
        "was measured. What the model misses stays here as a miss. This page is made by",
        "",
        "```sh",
        f"takeup validate --district {plan.district.name} --draws {len(plan.lives)} --agents {first.agents} "
        f"--seed {first.seed} --page docs/validation.md",
        "```",
        "",
        f"on {made.day} {made:%B %Y}; district `{plan.district.name}`, posterior `{plan.posterior}` (SHA-256 of "
        f"`posterior.parquet`), {count(len(validation.draws))} of its draws with a result, "
        f"{count(first.agents)} migrants a draw. {headline(validation)}",
        "",
        "Stopped at any time, it goes on where it was when the command is typed again. Under `--out` it leaves the "
        "table as `validation.csv` and `.parquet`, every draw's numbers as `draws.csv` and `.parquet`, the figure "
        "`validation.png` and `manifest.json`. `--posterior FILE.parquet` takes other draws than the district's.",
        "",
    ]
    return "\n".join(
        [*heading, *_table(validation), *_rule(), *_missed(validation), *_set_ups(validation), *_numbers(validation)]
    )


def _table(validation: Validation) -> list[str]:
    lines = [_line(COLUMNS), _line(["---"] * len(COLUMNS))]
    for each in validation.judged:
        finding = each.finding
        cells = (
            finding.title, finding.study, range_said(finding), finding.transfers, model_said(each), _agreeing(each),
            f"**{each.verdict}**" if each.is_miss else each.verdict,
        )  # fmt: skip
        lines.append(_line(cells))
    return [*lines, "", meant_by_interval(validation), ""]


def _rule() -> list[str]:
    return [
        "## How a verdict is made",
        "",
        "The rule and the ranges were written down before the model was held against any finding. The study's range "
        "is its own interval where it is known, else what its rounding allows, else a tolerance that is named as "
        "assumed.",
        "",
        f"- **{INSIDE}**: the study's range and the middle 90 % of the draws overlap; **{OUTSIDE}**: they do not.",
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
    told = [f"- **{each.finding.title}** ({model_said(each)}): {each.reason}" for each in missed]
    return [*lines, "The reasons are judgements; nothing here tests them.", "", *told, ""]


def _set_ups(validation: Validation) -> list[str]:
    lines = ["## How each is set up", ""]
    for each in validation.judged:
        finding = each.finding
        lines += [
            f"### {finding.title}",
            "",
            f"- Found: {finding.found}. {finding.study}; {finding.source} ({finding.status}).",
            f"- Range: {range_said(finding)}{f'; {finding.range_is}' if finding.range_is else ''}.",
            f"- In the model: {finding.set_up}",
            f"- Transfers: {finding.transfers}; {finding.why}.",
        ]
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


def _line(cells: tuple[str, ...] | list[str]) -> str:
    return "| " + " | ".join(printable(cell).replace("|", "\\|") for cell in cells) + " |"


def _agreeing(judged: Judged) -> str:
    return f"{decimal(PERCENT * judged.agreeing, 0)} %" if math.isfinite(judged.agreeing) else NOTHING


def _say(finding: Finding) -> Callable[[float], str]:
    """How a number of the finding's unit is written."""
    return partial(signed if finding.unit == "points" else decimal, places=_PLACES)
