"""Output of a sensitivity analysis: tables, figures, files and printed text."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from rich.console import Console
from rich.table import Table

from takeup.report.formatting import PERCENT, decimal, plain_table, plus_minus
from takeup.report.i18n import ENGLISH, Language
from takeup.report.plotting import (
    INK,
    PALE_INK,
    PAPER,
    SMALL_SIZE,
    Margins,
    finalise,
    page,
    row_panels,
)
from takeup.report.results_folder import (
    district_record,
    key_of_results,
    library_versions,
    results_writer,
    write_figure,
    write_json,
    write_tables,
)
from takeup.runs.journal import Journal, code_digest
from takeup_calibration.sensitivity.analysis import (
    CONFIDENCE,
    INDICES,
    NOISE,
    OTHERS,
    SHARE,
    Index,
    SensitivityDesign,
    SensitivityResult,
    parameter_label,
    ranked,
)

_MAX_HEADER: Final = 7
_ROW_INCHES: Final = 0.2
_MARGINS: Final = Margins(left=1.75, right=0.25, top=0.65, bottom=0.6)
_GAP_INCHES, _LEGEND_INCHES = 0.14, 0.3
_BAR: Final = "#b5b5b5"


@dataclass(frozen=True)
class _Words:
    """The words of one method, in the language of a command.

    Attributes:
        name: name of the method.
        blocks: the units that are drawn again in the bootstrap.
        table_unit, axis_unit: units of the values in tables and figures.
        title, explanation: title and caption of the figure.
        meanings: meaning of each index.
    """

    name: str
    blocks: str
    table_unit: str
    axis_unit: str
    title: str
    explanation: str
    meanings: Mapping[str, str]


def method_name(method: str, translate: Language = ENGLISH) -> str:
    """Return the name of a method of sensitivity analysis."""
    return _words(method, "", translate).name


def _words(method: str, place: str, translate: Language) -> _Words:
    """Return the words of a method; `place` is the name of the district."""
    if method == "morris":
        return _Words(
            translate("Morris"),
            translate("trajectories"),
            translate("points of take-up"),
            translate("points"),
            translate("Effect of each uncertain parameter between the ends of its prior: {place}", place=place),
            translate(
                "Bars: mean absolute effect of moving the parameter alone from one end of its prior to the other, in "
                "percentage points; dots: standard deviation of that effect over the trajectories."
            ),
            {
                "mu_star": translate("mean absolute effect between the ends of the prior"),
                "sigma": translate("standard deviation of the effect over the prior"),
            },
        )
    return _Words(
        translate("Sobol"),
        translate("base points"),
        translate("% of the variance"),
        translate("% of variance"),
        translate(
            "Share of the variance over the prior that each uncertain parameter explains: {place}", place=place
        ),
        translate(
            "Bars: total indices, the share of the variance that would remain if all other parameters were known; "
            "dots: first-order indices, the share that would disappear if the parameter were known."
        ),
        {
            "ST": translate("share of the variance, with all interactions"),
            "S1": translate("share of the variance, without interactions"),
        },
    )


def _words_of(design: SensitivityDesign, translate: Language) -> _Words:
    return _words(design.sample.method, translate.place(design.district.population), translate)


@results_writer
def write_results(
    folder: Path, results: list[SensitivityResult], command: str, translate: Language = ENGLISH
) -> dict[str, Any]:
    """Write sensitivity.csv, .parquet and .json, figures, and manifest.json.

    Args:
        folder: results folder.
        results: results, one per method.
        command: command line that repeats the analysis.
        translate: language of the figures.

    Raises:
        OutputError: a file cannot be written.
    """
    write_tables({"sensitivity": indices_table(results)}, folder)
    for result in results:
        name = translate.file_name(f"{result.design.sample.method}.png")
        write_figure(indices_figure(result, translate), folder / name)
    summary: dict[str, Any] = {result.design.sample.method: _summarise(result) for result in results}
    write_json(summary, folder / "sensitivity.json")
    design = results[0].design
    return {
        "command": command,
        "key": key_of_results(summary),
        "versions": library_versions("SALib"),
        "code": code_digest(),
        "district": district_record(design.district),
        "methods": {result.design.sample.method: result.design.sample.blocks for result in results},
        "seed": design.seed,
        "agents": design.agents,
    }


def print_size(design: SensitivityDesign, journal: Journal, *, quiet: bool, translate: Language = ENGLISH) -> None:
    """Print how many evaluations a design has, and how many are in the journal."""
    if not quiet:
        sample, total, done = design.sample, len(design.keys), len(design.keys & journal.keys())
        words = _words_of(design, translate)
        size = translate(
            "{method}: {number} {blocks}, {groups} groups, {points} points of {agents} migrants",
            method=words.name,
            number=f"{sample.blocks:,}",
            blocks=words.blocks,
            groups=len(sample.distinct_groups),
            points=f"{total:,}",
            agents=f"{design.agents:,}",
        )
        if done:
            size = translate("{size}, {number} of them already evaluated", size=size, number=f"{done:,}")
        Console().print(size, highlight=False)


def print_results(results: list[SensitivityResult], folder: Path, translate: Language = ENGLISH) -> None:
    """Print the tables of indices, and the folder of the files."""
    console = Console()
    for result in results:
        for index in INDICES[result.design.sample.method]:
            console.print(render_index(result, index, translate))
    console.print(
        translate(
            "{share}: valid permits in December 2018; the other columns: effect of a policy by December 2023. "
            "{unresolved}: not resolved, because the interval is wider than the index; increase --rows.",
            share=output_name(SHARE, translate),
            unresolved=not_resolved(translate),
        )
    )
    written = translate("Written: {folder}", folder=folder)
    console.print(written, soft_wrap=True, highlight=False)


def print_failures(results: list[SensitivityResult], translate: Language = ENGLISH) -> bool:
    """Print the number of failed evaluations, and return whether there are any."""
    for result in results:
        if result.failed:
            sample = result.design.sample
            Console(stderr=True).print(
                translate(
                    "{failed} of {all} evaluations failed, the first with the error {error}; {excluded} of {number} "
                    "{blocks} are excluded",
                    failed=result.failed,
                    all=len(result.design.keys),
                    error=result.error,
                    excluded=sample.blocks - result.blocks,
                    number=sample.blocks,
                    blocks=_words_of(result.design, translate).blocks,
                ),
                soft_wrap=True,
                highlight=False,
                markup=False,
            )
    return any(result.failed for result in results)


def indices_table(results: list[SensitivityResult]) -> pd.DataFrame:
    """Tabulate the indices, one row per index; unresolved values are NaN.

    Columns: method, output, parameter, index, value, low, high, resolved.
    """
    return pd.DataFrame(
        [
            {**asdict(index), "value": index.value if index.resolved else math.nan, "resolved": index.resolved}
            for result in results
            for index in result.indices
        ]
    )


def render_index(result: SensitivityResult, name: str, translate: Language = ENGLISH) -> Table:
    """Render the values of an index as a table of at most 80 characters per line.

    Args:
        result: result of one method.
        name: name of the index, such as "mu_star".
        translate: the language.

    Returns:
        A table with one row per parameter and one column per output.
    """
    words = _words_of(result.design, translate)
    indices = {(each.parameter, each.output): each for each in result.indices if each.index == name}
    outputs = list(dict.fromkeys(each.output for each in result.indices))
    title = translate(
        "{method}, {index}: {unit} ± half the 95 % bootstrap interval",
        method=words.name,
        index=name,
        unit=words.table_unit,
    )
    table = plain_table(title)
    table.show_edge = False
    table.add_column(translate("Parameter"), no_wrap=True)
    for output in outputs:
        table.add_column(_header(output_name(output, translate)), justify="right", no_wrap=True)
    hidden = []
    for parameter in ranked(result.indices):
        row = [indices.get((parameter, output)) for output in outputs]
        if any(index is not None and index.resolved for index in row):
            table.add_row(parameter_label(parameter, translate), *(format_index(index, translate) for index in row))
        elif any(row):
            hidden.append(parameter_label(parameter, translate))
    notes = [
        translate("{index}: {meaning}.", index=name, meaning=words.meanings[name]),
        translate("±: Monte Carlo error of the index, from the choice of points."),
    ]
    if hidden:
        notes.append(translate("Not resolved for any output: {names}.", names=", ".join(hidden)))
    table.caption = translate.join(notes)
    return table


def format_index(index: Index | None, translate: Language = ENGLISH) -> str:
    """Format an index with the half width of its interval, such as 12.3±2.1."""
    if index is None:
        return ""
    if not index.resolved:
        return not_resolved(translate)
    scale, places = (PERCENT, 0) if index.method == "sobol" else (1.0, 1)
    value, half = index.value * scale, (index.high - index.low) / 2 * scale
    smallest = 10.0**-places
    if value == 0.0 and half == 0.0:
        return "0"
    return f"{decimal(value, places)}{plus_minus(half, places)}" if abs(value) >= smallest / 2 else f"<{smallest:g}"


def indices_figure(result: SensitivityResult, translate: Language = ENGLISH) -> Figure:
    """Draw the resolved indices: bars for mu_star or ST, dots for sigma or S1."""
    words = _words_of(result.design, translate)
    main, other = INDICES[result.design.sample.method]
    names = ranked(result.indices)
    outputs = list(dict.fromkeys(each.output for each in result.indices))
    sheet = page(words.title, _caption(result, translate), _ROW_INCHES * len(names), _MARGINS)
    titles = [output_name(output, translate) for output in outputs]
    labels = [parameter_label(name, translate) for name in names]
    panels = row_panels(sheet, titles, labels, translate("Parameter"), _GAP_INCHES)
    for axes, output in zip(panels, outputs, strict=True):
        indices = {(each.parameter, each.index): each for each in result.indices if each.output == output}
        for row, name in enumerate(names):
            _draw_index(axes, row, indices.get((name, main)), indices.get((name, other)), translate)
        axes.set_xlim(left=0.0)
        axes.set_xlabel(words.axis_unit)
        axes.locator_params(axis="x", nbins=3)
    handles = [
        Patch(color=_BAR, label=f"{main}: {words.meanings[main]}"),
        Line2D(
            [],
            [],
            color=PALE_INK,
            linewidth=0.8,
            marker="o",
            markersize=3.2,
            markeredgecolor=INK,
            markerfacecolor=PAPER,
            label=f"{other}: {words.meanings[other]}",
        ),
    ]
    anchor = (1.0, sheet.top + _LEGEND_INCHES / sheet.figure.get_figheight())
    sheet.figure.legend(
        handles=handles, loc="lower right", bbox_to_anchor=anchor, ncols=2, frameon=False, fontsize=SMALL_SIZE
    )
    return finalise(sheet)


def _draw_index(axes: Axes, row: int, main: Index | None, other: Index | None, translate: Language) -> None:
    if main is not None and main.resolved:
        value, low, high = _scaled(main)
        axes.barh(row, value, height=0.72, color=_BAR, zorder=2)
        axes.plot([low, high], [row, row], color=INK, linewidth=1.4, solid_capstyle="butt", zorder=4)
    elif main is not None:
        transform = axes.get_yaxis_transform()
        axes.text(0.02, row, not_resolved(translate), transform=transform, va="center", fontsize=6.0, color=PALE_INK)
    if other is not None and other.resolved:
        value, low, high = _scaled(other)
        below = row + 0.25
        axes.plot([low, high], [below, below], color=PALE_INK, linewidth=0.8, zorder=5)
        axes.plot([value], [below], marker="o", markersize=3.2, color=INK, markerfacecolor=PAPER, zorder=6)


def _scaled(index: Index) -> tuple[float, float, float]:
    scale = PERCENT if index.method == "sobol" else 1.0
    return index.value * scale, index.low * scale, index.high * scale


def _caption(result: SensitivityResult, translate: Language) -> str:
    design, words = result.design, _words_of(result.design, translate)
    lines = translate(
        "Lines: 95 % bootstrap intervals over {number} {blocks}, which contain the Monte Carlo error of the indices, "
        "from the choice of points. {unresolved}: not resolved, because the interval is wider than the index. All "
        "points use common random numbers; {noise}: effect of another seed at {agents} simulated migrants. {share}: "
        "valid permits in December 2018; the other panels: effect of each policy by December 2023. The "
        "parameters vary over their priors, before any calibration.",
        number=f"{result.blocks:,}",
        blocks=words.blocks,
        unresolved=not_resolved(translate),
        noise=parameter_label(NOISE, translate),
        agents=f"{design.agents:,}",
        share=output_name(SHARE, translate),
    )
    return translate.join([words.explanation, lines])


def _summarise(result: SensitivityResult) -> dict[str, Any]:
    """Summarise a result with the keys of sensitivity.json; null if unresolved."""
    sample, indices = result.design.sample, dict[str, Any]()
    for each in result.indices:
        indices.setdefault(each.output, {}).setdefault(each.parameter, {})[each.index] = {
            "value": each.value if each.resolved else None,
            "interval": [each.low, each.high],
            "resolved": each.resolved,
        }
    return {
        "confidence": CONFIDENCE,
        "blocks": sample.blocks,
        "blocks_without_failure": result.blocks,
        "rows": len(result.design.keys),
        "failed_rows": result.failed,
        "others": [name for name, group in zip(sample.names, sample.groups, strict=True) if group == OTHERS],
        "indices": indices,
    }


def short_name(output: str) -> str:
    """Return the name of an output in tables and figures."""
    return "share" if output == SHARE else output.removeprefix("effect ")


def output_name(output: str, translate: Language) -> str:
    """Return the name of an output in a language; policies keep their identifiers."""
    return translate("share") if output == SHARE else short_name(output)


def not_resolved(translate: Language) -> str:
    """Return the mark of an index that is not resolved."""
    return translate("n.r.")


def _header(name: str) -> str:
    """Return the column header of an output, on two lines if the name is long."""
    if len(name) <= _MAX_HEADER:
        return name
    middle = (len(name) + 1) // 2
    return f"{name[:middle]}-\n{name[middle:]}"
