"""Output of a screening: tables, a figure, files and printed text."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from rich.console import Console
from rich.table import Table

from takeup.district import definitions
from takeup.report.formatting import decimal, plain_table
from takeup.report.i18n import ENGLISH, Language
from takeup.report.plotting import INK, PALE_INK, PAPER, SMALL_SIZE, Margins, finalise, page, row_panels
from takeup.report.results_folder import (
    district_record,
    key_of_results,
    library_versions,
    results_writer,
    write_figure,
    write_json,
    write_tables,
)
from takeup.runs.journal import code_digest
from takeup_calibration.sensitivity.analysis import NOISE, parameter_label
from takeup_calibration.sensitivity.report import output_name
from takeup_calibration.sensitivity.screening import (
    NEGLIGIBLE,
    VERDICTS,
    Change,
    Effect,
    ScreeningDesign,
    ScreeningResult,
    output_names,
)

_ROW_INCHES: Final = 0.17
_MARGINS: Final = Margins(left=1.6, right=0.2, top=0.8, bottom=0.6)
_GAP_INCHES, _LEGEND_INCHES = 0.1, 0.44
_LOWEST, _HIGHEST = 0.003, 60.0
"""Ends of the logarithmic axes, in points; smaller effects are drawn at the lower end."""
_LISTED: Final = 12
"""Number of changes of one verdict that the table for the terminal lists."""


@results_writer
def write_results(
    folder: Path, result: ScreeningResult, command: str, translate: Language = ENGLISH
) -> dict[str, Any]:
    """Write screening.csv, .parquet, .json and .png, and manifest.json.

    Args:
        folder: results folder.
        result: the result.
        command: command line that repeats the screening.
        translate: language of the figure.

    Raises:
        OutputError: a file cannot be written.
    """
    write_tables({"screening": effects_table(result)}, folder)
    write_figure(effects_figure(result, translate), folder / translate.file_name("screening.png"))
    summary = summarise(result)
    write_json(summary, folder / "screening.json")
    design = result.design
    return {
        "command": command,
        "key": key_of_results(summary),
        "versions": library_versions(),
        "code": code_digest(),
        "district": district_record(design.district),
        "posterior": design.posterior,
        "draws": len(design.draws),
        "seed": design.seed,
        "agents": design.agents,
        "tolerance": design.tolerance,
    }


def print_size(design: ScreeningDesign, *, quiet: bool, translate: Language = ENGLISH) -> None:
    """Print how many numbers are screened."""
    if not quiet:
        size = translate(
            "Screening: {numbers} numbers around {draws} draws of the posterior, {agents} migrants",
            numbers=len(design.ranges),
            draws=len(design.draws),
            agents=f"{design.agents:,}",
        )
        if design.fixed:
            size = translate("{size}; {number} cannot vary", size=size, number=len(design.fixed))
        Console().print(size, highlight=False, soft_wrap=True)


def print_results(result: ScreeningResult, folder: Path, translate: Language = ENGLISH) -> None:
    """Print the verdicts, and the folder of the files."""
    console = Console()
    console.print(render_verdicts(result, translate))
    console.print(render_limits(result, translate))
    written = translate("Written: {folder}", folder=folder)
    console.print(written, soft_wrap=True, highlight=False)


def print_failures(result: ScreeningResult, translate: Language = ENGLISH) -> bool:
    """Print the number of failed evaluations, and return whether there are any."""
    if result.failed:
        Console(stderr=True).print(
            translate(
                "{failed} of {all} evaluations failed, the first with the error {error}; a change has no effect "
                "around the draws for which one of its evaluations failed",
                failed=result.failed,
                all=result.evaluations,
                error=result.error,
            ),
            soft_wrap=True,
            highlight=False,
            markup=False,
        )
    return bool(result.failed)


def effects_table(result: ScreeningResult) -> pd.DataFrame:
    """Tabulate the effects, one row per change and output.

    Columns: kind, name, output, low, high (ends of the range, for a number), draws, effect, upper, limit, verdict.
    """
    ranges = result.design.ranges
    rows = []
    for each in result.effects:
        low, high = ranges.get(each.change.name, (math.nan, math.nan))
        rows.append(
            {
                "kind": each.change.kind,
                "name": each.change.name,
                "output": each.output,
                "low": low,
                "high": high,
                "draws": each.draws,
                "effect": each.mean,
                "upper": each.upper,
                "limit": each.limit,
                "verdict": result.verdicts.get(each.change),
            }
        )
    return pd.DataFrame(rows)


def summarise(result: ScreeningResult) -> dict[str, Any]:
    """Summarise a screening with the keys of screening.json."""
    design, largest = result.design, _largest(result.effects)
    kinds: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for change, verdict in result.verdicts.items():
        effect = largest[change]
        kinds.setdefault(change.kind, {name: [] for name in VERDICTS})[verdict].append(
            {
                "name": change.name,
                "range": design.ranges.get(change.name) if change.kind == "number" else None,
                "draws": effect.draws,
                "largest": {"output": effect.output, "effect": effect.mean, "upper": effect.upper},
            }
        )
    return {
        "meanings": VERDICTS,
        "tolerance": design.tolerance,
        "noise": {each.output: each.mean for each in result.effects if each.change.kind == "noise"},
        "limits": {each.output: each.limit for each in result.effects if each.change.kind == "noise"},
        "draws": len(design.draws),
        "evaluations": result.evaluations,
        "failed_evaluations": result.failed,
        "cannot_vary": list(design.fixed),
        "counts": {kind: {name: len(each) for name, each in verdicts.items()} for kind, verdicts in kinds.items()},
        "verdicts": kinds,
    }


def render_verdicts(result: ScreeningResult, translate: Language = ENGLISH) -> Table:
    """Render the changes by kind and verdict, in lines of at most 80 characters."""
    table = plain_table(translate("Screening: what the outputs do not depend on"), gap=1)
    table.show_edge = False
    for header in (translate("Changed"), translate("Verdict")):
        table.add_column(header, no_wrap=True)
    table.add_column(translate("Number"), justify="right", no_wrap=True)
    table.add_column(translate("Names"))
    largest = _largest(result.effects)
    titles = {
        "number": translate("number"),
        "merged": translate("to one value"),
        "together": translate("together"),
    }
    for kind, title in titles.items():
        for verdict in VERDICTS:
            changes = [change for change, each in result.verdicts.items() if (change.kind, each) == (kind, verdict)]
            if changes:
                ordered = sorted(changes, key=lambda change: -largest[change].mean / largest[change].limit)
                table.add_row(title, translate.words(verdict), str(len(changes)), _names(ordered, translate))
    table.caption = translate.join(
        translate("{index}: {meaning}.", index=translate.words(name), meaning=translate.phrase(meaning))
        for name, meaning in VERDICTS.items()
    )
    return table


def render_limits(result: ScreeningResult, translate: Language = ENGLISH) -> Table:
    """Render the noise per output, and the effect of all negligible numbers together, in points."""
    table = plain_table(translate("Mean absolute effect, points"), gap=2)
    table.show_edge = False
    table.add_column(translate("Output"), no_wrap=True)
    together = {each.output: each for each in result.effects if each.change.kind == "together"}
    table.add_column(translate("Another seed"), justify="right")
    if together:
        table.add_column(translate("Negligible together"), justify="right")
    for each in result.effects:
        if each.change.kind == "noise":
            row = [output_name(each.output, translate), decimal(each.mean, 2)]
            table.add_row(*row, *([decimal(together[each.output].mean, 2)] if together else []))
    return table


def effects_figure(result: ScreeningResult, translate: Language = ENGLISH) -> Figure:
    """Draw one row per parameter: the mean effect of each of its numbers on each output."""
    design = result.design
    effects = [each for each in result.effects if each.change.kind == "number"]
    largest: dict[str, float] = {}
    for each in effects:
        parameter = each.change.name.partition(".")[0]
        largest[parameter] = max(largest.get(parameter, 0.0), np.nan_to_num(each.mean) / each.limit)
    rows = [*sorted(largest, key=lambda name: -largest[name]), NOISE]
    place = translate.place(design.district.population)
    title = translate("Effect of each number of {place} over the posterior", place=place)
    sheet = page(title, _caption(result, translate), _ROW_INCHES * len(rows), _MARGINS)
    titles = [output_name(name, translate) for name in output_names()]
    labels = [parameter_label(name, translate) for name in rows]
    panels = row_panels(sheet, titles, labels, translate("Parameter"), _GAP_INCHES, title_pad=16.0)
    shown = [*effects, *(each for each in result.effects if each.change.kind == "noise")]
    for axes, output in zip(panels, output_names(), strict=True):
        _draw_effects(axes, rows, [each for each in shown if each.output == output], translate)
    handles = [
        Line2D(
            [],
            [],
            color=INK,
            linewidth=0.0,
            marker="o",
            markersize=3.5,
            label=translate("upper bound above the limit"),
        ),
        Line2D(
            [],
            [],
            color=PALE_INK,
            linewidth=0.0,
            marker="o",
            markersize=3.5,
            markerfacecolor=PAPER,
            label=translate("upper bound below the limit"),
        ),
        Line2D([], [], color=PALE_INK, linewidth=0.8, linestyle="--", label=translate("limit")),
    ]
    anchor = (1.0, sheet.top + _LEGEND_INCHES / sheet.figure.get_figheight())
    sheet.figure.legend(
        handles=handles, loc="lower right", bbox_to_anchor=anchor, ncols=3, frameon=False, fontsize=SMALL_SIZE
    )
    return finalise(sheet)


def _draw_effects(axes: Axes, rows: list[str], effects: list[Effect], translate: Language) -> None:
    axes.set_xscale("log")
    axes.set_xlim(_LOWEST / 1.5, _HIGHEST)
    axes.set_xticks([0.01, 1.0], ["0.01", "1"])
    axes.minorticks_off()
    axes.set_xlabel(translate("points"))
    axes.axvline(effects[0].limit, color=PALE_INK, linewidth=0.8, linestyle="--", zorder=1)
    for each in effects:
        small = each.upper < each.limit
        axes.plot(
            [max(each.mean, _LOWEST)],
            [rows.index(each.change.name.partition(".")[0])],
            marker="o",
            markersize=3.5,
            color=PALE_INK if small else INK,
            markerfacecolor=PAPER if small else INK,
            zorder=3,
        )


def _caption(result: ScreeningResult, translate: Language) -> str:
    design = result.design
    return translate(
        "One dot per number: the mean over draws of the posterior of the largest absolute change of the output when "
        "this number alone moves to either end of its range. {draws} draws, of which numbers with a clear effect use "
        "2; {agents} simulated migrants, common random numbers. {noise}: two other seeds instead of two other "
        "values. Limit: the larger of {tolerance} points and the effect of {noise}. Axes are logarithmic; dots at "
        "their lower end are effects of at most {lowest} points.",
        draws=len(design.draws),
        agents=f"{design.agents:,}",
        noise=parameter_label(NOISE, translate),
        tolerance=f"{design.tolerance:g}",
        lowest=f"{_LOWEST:g}",
    )


def _largest(effects: Iterable[Effect]) -> dict[Change, Effect]:
    """Return, for each change, its effect on the output for which it is largest relative to the limit."""
    largest: dict[Change, Effect] = {}
    for each in effects:
        before = largest.get(each.change)
        if before is None or each.mean / each.limit > before.mean / before.limit:
            largest[each.change] = each
    return largest


def _names(changes: list[Change], translate: Language) -> str:
    """Name changes; if they are many, count them by parameter."""
    if len(changes) <= _LISTED:
        return ", ".join(translate("all negligible") if each.name == NEGLIGIBLE else each.name for each in changes)
    sizes = {name: max(1, len(definition.members)) for name, definition in definitions().items()}

    def counted(name: str) -> str:
        """Return the parameter of a number; the size of a rule has none, and is counted alone."""
        parameter = name.partition(".")[0]
        return parameter if parameter in sizes else name

    counts = Counter(counted(change.name) for change in changes)
    return ", ".join(
        name
        if sizes.get(name, 1) == 1
        else translate("{name} ({count} of {all})", name=name, count=count, all=sizes[name])
        for name, count in counts.items()
    )
