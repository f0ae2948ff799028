"""What `validate` leaves in its folder and says in the terminal. Every file appears whole or not at all."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from takeup.answers.validation.answer import Validation
from takeup.console.manifest import command_line, versions
from takeup.report.figures import validation as drawn
from takeup.report.files import results, write_figure, write_json, write_tables, write_whole
from takeup.report.validation import headline, model_said, render_validation
from takeup.report.validation_page import validation_page


@results
def write_validation(folder: Path, validation: Validation) -> None:
    """Write the table of findings, the draws, the figure and manifest.json."""
    write_tables({"validation": validation.table, "draws": validation.draws}, folder)
    write_figure(drawn(validation), folder / "validation.png")
    write_json(_manifest(validation), folder / "manifest.json")


def write_page(file: Path, validation: Validation) -> None:
    """Write the page in Markdown, with today's date."""
    write_whole(file, validation_page(validation, datetime.now(UTC).date()))


def show_validation(validation: Validation, folder: Path) -> None:
    """Say it in the terminal."""
    console = Console()
    console.print(render_validation(validation))
    console.print(headline(validation), highlight=False, markup=False)
    for each in validation.judged:
        if each.is_miss:
            said = f"Missed: {each.finding.title}, {model_said(each)}. Likeliest reason (judgement): {each.reason}"
            console.print(said, highlight=False, markup=False)
    console.print(f"Written: {folder}", soft_wrap=True, highlight=False)


def _manifest(validation: Validation) -> dict[str, Any]:
    """All that is needed to repeat it, and nothing of when and where it was made."""
    plan = validation.plan
    return {
        "command": command_line(),
        "key": plan.key,
        "versions": versions(),
        "district": {"name": plan.district.name, "sha256": plan.district.digest},
        "posterior": {"sha256": plan.posterior, "draws": len(plan.lives), "draws_with_result": len(validation.draws)},
        "said": headline(validation),
        "agents": plan.lives[0].agents,
        "until": plan.findings.until,
        "runs": [{"seed": each.seed, "parameters": each.parameters} for each in plan.lives],
    }
