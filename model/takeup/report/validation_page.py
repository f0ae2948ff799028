"""Findings of others beside what the model gives, as a page in Markdown."""

from __future__ import annotations

from datetime import date
from typing import Final

from takeup.answers.validation.answer import COLUMNS as TABLE
from takeup.answers.validation.answer import INSIDE, OUTSIDE, OVERLAPS, RIGHT, WRONG, Validation
from takeup.answers.validation.quantities import QUANTITIES
from takeup.report.validation import agreeing_said, headline, meant_by_interval, model_said, range_said
from takeup.report.wording import amount, count, printable

COLUMNS: Final = (
    "finding", "study", "its figure", "transfers", "model: median (90 % of draws)", "draws that agree", "verdict",
)  # fmt: skip
"""Of the page's table."""


def validation_page(validation: Validation, made: date) -> str:
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
            finding.title, finding.study, range_said(finding), finding.transfers, model_said(each),
            agreeing_said(each), f"**{each.verdict}**" if each.is_miss else each.verdict,
        )  # fmt: skip
        lines.append(_line(cells))
    return [*lines, "", meant_by_interval(validation), ""]


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
