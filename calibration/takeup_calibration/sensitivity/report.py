"""Output of a sensitivity analysis: tables, figures, files and printed text."""

from __future__ import annotations

import math
from dataclasses import asdict
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
from takeup.report.results_folder import library_versions, results_writer, write_figure, write_json, write_tables
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
    ranked,
)

NOT_RESOLVED: Final = "n.r."
_MEANINGS: Final = {
    "mu_star": "mean absolute effect between the ends of the prior",
    "sigma": "standard deviation of the effect over the prior",
    "ST": "share of the variance, with all interactions",
    "S1": "share of the variance, without interactions",
}
_BLOCKS: Final = {"morris": "trajectories", "sobol": "base points"}
_TABLE_UNITS: Final = {"morris": "points of take-up", "sobol": "% of the variance"}
_AXIS_UNITS: Final = {"morris": "points", "sobol": "% of variance"}
_TITLES: Final = {
    "morris": "Effect of each uncertain parameter between the ends of its prior",
    "sobol": "Share of the variance over the prior that each uncertain parameter explains",
}
_EXPLANATIONS: Final = {
    "morris": "Bars: mean absolute effect of moving the parameter alone from one end of its prior to the other, in "
    "percentage points; dots: standard deviation of that effect over the trajectories",
    "sobol": "Bars: total indices, the share of the variance that would remain if all other parameters were known; "
    "dots: first-order indices, the share that would disappear if the parameter were known",
}
_MAX_HEADER: Final = 7
_ROW_INCHES: Final = 0.2
_MARGINS: Final = Margins(left=1.75, right=0.25, top=0.65, bottom=0.6)
_GAP_INCHES, _LEGEND_INCHES = 0.14, 0.3
_BAR: Final = "#b5b5b5"


@results_writer
def write_results(folder: Path, results: list[SensitivityResult], command: str) -> dict[str, Any]:
    """Write sensitivity.csv, .parquet and .json, figures, and manifest.json.

    Args:
        folder: results folder.
        results: results, one per method.
        command: command line that repeats the analysis.

    Raises:
        OutputError: a file cannot be written.
    """
    write_tables({"sensitivity": indices_table(results)}, folder)
    for result in results:
        write_figure(indices_figure(result), folder / f"{result.design.sample.method}.png")
    write_json({result.design.sample.method: _summarise(result) for result in results}, folder / "sensitivity.json")
    design = results[0].design
    return {
        "command": command,
        "versions": library_versions("SALib"),
        "code": code_digest(),
        "district": {"name": design.district.name, "sha256": design.district.digest},
        "methods": {result.design.sample.method: result.design.sample.blocks for result in results},
        "seed": design.seed,
        "agents": design.agents,
    }


def print_size(design: SensitivityDesign, journal: Journal, *, quiet: bool) -> None:
    """Print how many evaluations a design has, and how many are in the journal."""
    if not quiet:
        sample, total, done = design.sample, len(design.keys), len(design.keys & journal.keys())
        stored = f", {done:,} of them already evaluated" if done else ""
        Console().print(
            f"{sample.method.capitalize()}: {sample.blocks:,} {_BLOCKS[sample.method]}, "
            f"{len(sample.distinct_groups)} groups, {total:,} points of {design.agents:,} migrants{stored}",
            highlight=False,
        )


def print_results(results: list[SensitivityResult], folder: Path) -> None:
    """Print the tables of indices, and the folder of the files."""
    console = Console()
    for result in results:
        for index in INDICES[result.design.sample.method]:
            console.print(render_index(result, index))
    console.print(
        "share: valid permits in December 2018; the other columns: effect of a policy by December 2023. "
        f"{NOT_RESOLVED}: not resolved, because the interval is wider than the index; increase --rows."
    )
    console.print(f"Written: {folder}", soft_wrap=True, highlight=False)


def print_failures(results: list[SensitivityResult]) -> bool:
    """Print the number of failed evaluations, and return whether there are any."""
    for result in results:
        if result.failed:
            sample = result.design.sample
            Console(stderr=True).print(
                f"{result.failed} of {len(result.design.keys)} evaluations failed, the first with the error "
                f"{result.error}; "
                f"{sample.blocks - result.blocks} of {sample.blocks} {_BLOCKS[sample.method]} are excluded",
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


def render_index(result: SensitivityResult, name: str) -> Table:
    """Render the values of an index as a table of at most 80 characters per line.

    Args:
        result: result of one method.
        name: name of the index, such as "mu_star".

    Returns:
        A table with one row per parameter and one column per output.
    """
    method = result.design.sample.method
    indices = {(each.parameter, each.output): each for each in result.indices if each.index == name}
    outputs = list(dict.fromkeys(each.output for each in result.indices))
    title = f"{method.capitalize()}, {name}: {_TABLE_UNITS[method]} ± half the 95 % bootstrap interval"
    table = plain_table(title)
    table.show_edge = False
    table.add_column("Parameter", no_wrap=True)
    for output in outputs:
        table.add_column(_header(output), justify="right", no_wrap=True)
    hidden = []
    for parameter in ranked(result.indices):
        row = [indices.get((parameter, output)) for output in outputs]
        if any(index is not None and index.resolved for index in row):
            table.add_row(parameter, *(format_index(index) for index in row))
        elif any(row):
            hidden.append(parameter)
    table.caption = f"{name}: {_MEANINGS[name]}. ±: Monte Carlo error of the index, from the choice of points."
    if hidden:
        table.caption += f" Not resolved for any output: {', '.join(hidden)}."
    return table


def format_index(index: Index | None) -> str:
    """Format an index with the half width of its interval, such as 12.3±2.1."""
    if index is None:
        return ""
    if not index.resolved:
        return NOT_RESOLVED
    scale, places = (PERCENT, 0) if index.method == "sobol" else (1.0, 1)
    value, half = index.value * scale, (index.high - index.low) / 2 * scale
    smallest = 10.0**-places
    if value == 0.0 and half == 0.0:
        return "0"
    return f"{decimal(value, places)}{plus_minus(half, places)}" if abs(value) >= smallest / 2 else f"<{smallest:g}"


def indices_figure(result: SensitivityResult) -> Figure:
    """Draw the resolved indices: bars for mu_star or ST, dots for sigma or S1."""
    method = result.design.sample.method
    main, other = INDICES[method]
    names = ranked(result.indices)
    outputs = list(dict.fromkeys(each.output for each in result.indices))
    title = f"{_TITLES[method]}: {result.design.district.population.name}"
    sheet = page(title, _caption(result), _ROW_INCHES * len(names), _MARGINS)
    panels = row_panels(sheet, [short_name(output) for output in outputs], names, "Parameter", _GAP_INCHES)
    for axes, output in zip(panels, outputs, strict=True):
        indices = {(each.parameter, each.index): each for each in result.indices if each.output == output}
        for row, name in enumerate(names):
            _draw_index(axes, row, indices.get((name, main)), indices.get((name, other)))
        axes.set_xlim(left=0.0)
        axes.set_xlabel(_AXIS_UNITS[method])
        axes.locator_params(axis="x", nbins=3)
    handles = [
        Patch(color=_BAR, label=f"{main}: {_MEANINGS[main]}"),
        Line2D(
            [],
            [],
            color=PALE_INK,
            linewidth=0.8,
            marker="o",
            markersize=3.2,
            markeredgecolor=INK,
            markerfacecolor=PAPER,
            label=f"{other}: {_MEANINGS[other]}",
        ),
    ]
    anchor = (1.0, sheet.top + _LEGEND_INCHES / sheet.figure.get_figheight())
    sheet.figure.legend(
        handles=handles, loc="lower right", bbox_to_anchor=anchor, ncols=2, frameon=False, fontsize=SMALL_SIZE
    )
    return finalise(sheet)


def _draw_index(axes: Axes, row: int, main: Index | None, other: Index | None) -> None:
    if main is not None and main.resolved:
        value, low, high = _scaled(main)
        axes.barh(row, value, height=0.72, color=_BAR, zorder=2)
        axes.plot([low, high], [row, row], color=INK, linewidth=1.4, solid_capstyle="butt", zorder=4)
    elif main is not None:
        transform = axes.get_yaxis_transform()
        axes.text(0.02, row, NOT_RESOLVED, transform=transform, va="center", fontsize=6.0, color=PALE_INK)
    if other is not None and other.resolved:
        value, low, high = _scaled(other)
        below = row + 0.25
        axes.plot([low, high], [below, below], color=PALE_INK, linewidth=0.8, zorder=5)
        axes.plot([value], [below], marker="o", markersize=3.2, color=INK, markerfacecolor=PAPER, zorder=6)


def _scaled(index: Index) -> tuple[float, float, float]:
    scale = PERCENT if index.method == "sobol" else 1.0
    return index.value * scale, index.low * scale, index.high * scale


def _caption(result: SensitivityResult) -> str:
    design = result.design
    method = design.sample.method
    return (
        f"{_EXPLANATIONS[method]}. Lines: 95 % bootstrap intervals over {result.blocks:,} {_BLOCKS[method]}, "
        "which contain the Monte Carlo error of the indices, from the choice of points. "
        f"{NOT_RESOLVED}: not resolved, because the interval is wider than the index. All points use common random "
        f"numbers; {NOISE}: effect of another seed at {design.agents:,} simulated migrants. share: valid permits in "
        "December 2018; the other panels: effect of each policy by December 2023. The parameters vary over their "
        "priors, before any calibration."
    )


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


def _header(output: str) -> str:
    """Return the column header of an output, on two lines if the name is long."""
    name = short_name(output)
    if len(name) <= _MAX_HEADER:
        return name
    middle = (len(name) + 1) // 2
    return f"{name[:middle]}-\n{name[middle:]}"
