"""Output of `validate`: the terminal table and the files of the results.

The table fits into 80 columns. Every file is written atomically.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from takeup.analysis.uncertainty import interval_contents
from takeup.analysis.validation.plots import FIGURE, plot_validation
from takeup.analysis.validation.result import MISSES, Validation
from takeup.analysis.validation.text import (
    format_agreement,
    format_model_value,
    format_study_range,
    heading,
    headline_sentence,
    interval_note,
)
from takeup.report.formatting import plain_table, print_results, printable
from takeup.report.i18n import ENGLISH, Language
from takeup.report.results_folder import results_writer, run_record, write_figure, write_tables


def render_validation(validation: Validation, translate: Language = ENGLISH) -> Table:
    """Make the terminal table of studies, the model's values and verdicts."""
    table = plain_table(heading(validation, translate), interval_note(validation, translate), gap=1)
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


@results_writer
def write_validation(folder: Path, validation: Validation, translate: Language = ENGLISH) -> dict[str, Any]:
    """Write the table of studies, the draws, the figure and manifest.json to a folder."""
    write_tables({"validation": validation.table, "draws": validation.draws}, folder)
    write_figure(plot_validation(validation, translate), folder / translate.file_name(FIGURE))
    return _manifest(validation)


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
