"""The report of a calibration: figures, sentences and one HTML page."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

import takeup
from takeup.io import write_whole
from takeup.months import parse_month
from takeup.report import formatting
from takeup.report.html import page_environment, page_figure
from takeup.report.plotting import (
    INK,
    LABEL_SIZE,
    PALE_INK,
    SMALL_SIZE,
    Margins,
    Page,
    finalise,
    page,
    style_axes,
)
from takeup.report.results_folder import command_line, write_figure
from takeup.report.typography import embed_font
from takeup_calibration.calibrator import CalibrationResult
from takeup_calibration.diagnostics import CONSTRAINED_BELOW
from takeup_calibration.evaluator import PERCENT, policy_names
from takeup_calibration.priors import DUMMY

_POSTERIOR: Final = "#332288"
_PRIOR: Final = "#b0b0b0"
_BINS, _COLUMNS = 16, 6
_ROW_INCHES: Final = 0.36
_BANDS: Final = ((0.05, 0.95, 0.22), (0.25, 0.75, 0.38))
_NORMAL_90: Final = 1.645
_PRIOR_AND_POSTERIOR: Final = "Grey: prior (first wave); dark: posterior. "
_INTERVALS: Final = "Dots: medians; bars: 5 % to 95 %. "
_UNDECIDED_POINTS: Final = 3.0
"""Width of a 90 % interval, in percentage points, from which the size of an effect counts as undecided."""
_NARROWED_BELOW: Final = 0.7
"""Ratio of posterior to prior width below which an interval counts as narrowed."""


def write_report(folder: Path, result: CalibrationResult, summary: dict[str, Any]) -> None:
    """Write report.html, and its figures as PNG."""
    figures = {
        "levers": effects_figure(summary),
        "targets": predictions_figure(summary),
        "history": history_figure(result),
        "marginals": marginals_figure(result),
        "contraction": contraction_figure(summary),
    }
    for name, figure in figures.items():
        write_figure(figure, folder / f"{name}.png")
    template = page_environment(Path(__file__).parent).get_template("report.html.j2")
    text = template.render(
        population=result.design.district.population,
        summary=summary,
        findings=findings(summary),
        reliability=reliability(summary),
        figures=[page_figure(number, name, figure) for number, (name, figure) in enumerate(figures.items(), 1)],
        version=takeup.__version__,
        command=command_line(),
        format=formatting,
    )
    write_whole(folder / "report.html", embed_font(text))


def findings(summary: dict[str, Any]) -> list[str]:
    """Describe what the targets determine and what they leave open, in one sentence each."""
    parameters = {name: part for name, part in summary["parameters"].items() if name != DUMMY}
    ratios = {name: part["sd_ratio"] for name, part in parameters.items()}
    constrained = sorted((name for name in ratios if ratios[name] < CONSTRAINED_BELOW), key=lambda name: ratios[name])
    if constrained:
        sentences = [
            f"The targets constrain {len(constrained)} of {len(parameters)} parameters: {_join(constrained)} (most "
            f"constrained first). They hardly constrain the other {len(parameters) - len(constrained)}."
        ]
    else:
        sentences = [f"The targets hardly constrain any of the {len(parameters)} parameters by itself."]
    for direction in summary["directions"]:
        ratio = f"{direction['spread']:.2f} of its prior standard deviation"
        if len(direction["parts"]) == 1:
            sentences.append(f"The targets reduce {direction['words']} to {ratio}.")
        else:
            sentences.append(
                f"The targets reduce a combination to {ratio}, and therefore cannot distinguish "
                f"{direction['words']} from the original values."
            )
    for name, effect in summary["effects"].items():
        (low, middle, high), (prior_low, _, prior_high) = effect["posterior"], effect["prior"]
        narrowed = (high - low) < _NARROWED_BELOW * (prior_high - prior_low)
        undecided = "" if high - low < _UNDECIDED_POINTS else "; the size of this effect is undecided"
        sentences.append(
            f"{name}: with 90 % probability between {low:+.1f} and {high:+.1f} points by December 2023 (median "
            f"{middle:+.1f}). The prior interval is {prior_low:+.1f} to {prior_high:+.1f}, so the targets "
            f"{'narrow it' if narrowed else 'hardly narrow it'}{undecided}."
        )
    return sentences


def reliability(summary: dict[str, Any]) -> str:
    """Describe whether all checks passed, and which failed."""
    checks = summary["diagnostics"]
    failed = [check for check in checks if not check["passed"]]
    if not failed:
        return f"All {len(checks)} checks of the calibration passed."
    details = "; ".join(f"{check['name']}: {check['measured']}, required {check['wanted']}" for check in failed)
    return f"{len(failed)} of {len(checks)} checks failed: {details}. Interpret the results below accordingly."


def effects_figure(summary: dict[str, Any]) -> Figure:
    """Draw the effect of each policy under the prior and the posterior."""
    names = policy_names()
    sheet = page(
        "Effect of each policy on take-up by the end of 2023",
        _PRIOR_AND_POSTERIOR + _INTERVALS + "Common random numbers with and without the policy, from 2019.",
        _ROW_INCHES * 1.6 * len(names),
        Margins(1.6, 0.4),
    )
    axes = sheet.axes()
    axes.axvline(0.0, color=INK, linewidth=1.1)
    for row, name in enumerate(reversed(names)):
        _draw_interval(axes, summary["effects"][name]["prior"], row + 0.16, _PRIOR)
        _draw_interval(axes, summary["effects"][name]["posterior"], row - 0.16, _POSTERIOR)
    axes.set_yticks(range(len(names)), list(reversed(names)))
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.set_xlabel("Difference from the baseline, percentage points")
    axes.set_ylabel("Policy")
    style_axes(axes, grid="x")
    return finalise(sheet)


def predictions_figure(summary: dict[str, Any]) -> Figure:
    """Draw the model's predictions of each target under the prior and the posterior."""
    caption = (
        f"{_PRIOR_AND_POSTERIOR}{_INTERVALS}Shaded: the target, with {_NORMAL_90} tolerances on either side. In "
        "brackets: not fitted. Each row has its own scale, in the target's unit."
    )
    targets = summary["targets"]
    sheet = page("Predictions of the targets", caption, 0.55 * len(targets), Margins(2.3, 0.4))
    for axes, (name, target) in zip(_grid(sheet, len(targets), 1, gap=0.9), targets.items(), strict=True):
        (low, high), margin = target["wanted"], _NORMAL_90 * target["tolerance"]
        axes.axvspan(low - margin, high + margin, color="#e3e3e3", linewidth=0)
        for line in {low, high}:
            axes.axvline(line, color=INK, linewidth=1.0)
        _draw_interval(axes, target["prior"], 0.7, _PRIOR)
        _draw_interval(axes, target["posterior"], 0.3, _POSTERIOR)
        axes.set_ylim(0.0, 1.0)
        axes.set_yticks([0.5], [name if target["fitted"] else f"({name})"])
        style_axes(axes, grid="x")
        axes.tick_params(axis="x", labelsize=SMALL_SIZE, pad=1)
    return finalise(sheet)


def history_figure(result: CalibrationResult) -> Figure:
    """Draw take-up over the years before the policies, as a fan of the draws."""
    design = result.design
    months = sorted({month for output in design.outputs if output is not None for month in output["decembers"]})
    table = design.output_table(months, "decembers")[result.drawn]
    years = [parse_month(month) / 12 for month in months]
    start = parse_month(f"{int(months[0][:4])}-01") / 12
    caption = (
        f"Bands: the middle 50 % and 90 % of {len(result.drawn)} draws of the posterior; line: their median, every "
        "December. Squares: observations: 0 when the permit was introduced, and the district's own targets with 90 % "
        "of their tolerance."
    )
    sheet = page("History of take-up under the posterior", caption, 3.4, Margins(0.8, 0.4))
    axes = sheet.axes()
    for low, high, shade in _BANDS:
        edges = np.nanquantile(table, [low, high], axis=0)
        bounds = [0.0, *edges[0]], [0.0, *edges[1]]
        axes.fill_between([start, *years], *bounds, color=_POSTERIOR, alpha=shade, linewidth=0)
    axes.plot([start, *years], [0.0, *np.nanmedian(table, axis=0)], color=_POSTERIOR, linewidth=1.8)
    axes.plot([start], [0.0], marker="s", color=INK, clip_on=False)
    for target in design.targets:
        if target.fit and target.local and target.expression.text.replace(" ", "") == "valid/population":
            error, middle = _NORMAL_90 * target.tolerance * PERCENT, (target.low + target.high) / 2 * PERCENT
            axes.errorbar([target.last / 12], [middle], [error], marker="s", color=INK, capsize=3)
    axes.set_xticks(years, [month[:4] for month in months])
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel("December of the year")
    axes.set_ylabel("Valid permits, % of the population")
    style_axes(axes)
    return finalise(sheet)


def marginals_figure(result: CalibrationResult) -> Figure:
    """Draw the marginal posterior of every parameter relative to its prior."""
    design = result.design
    dimensions = design.dimensions
    lines = math.ceil(len(dimensions) / _COLUMNS)
    caption = (
        "Heights: weighted share of the points, in bins of equal prior probability; the dashed line is the prior. In "
        "brackets: parameters that are drawn from the prior and not calibrated."
    )
    sheet = page("Marginal posterior of each parameter", caption, 1.25 * lines, Margins(0.5, 0.2, 0.3))
    for number, axes in enumerate(_grid(sheet, lines, _COLUMNS)):
        if number >= len(dimensions):
            axes.set_axis_off()
            continue
        dimension = dimensions[number]
        heights, _ = np.histogram(design.uniforms[:, number], _BINS, (0.0, 1.0), weights=result.weights)
        axes.bar((np.arange(_BINS) + 0.5) / _BINS, heights * _BINS, 1 / _BINS, color=_POSTERIOR)
        axes.axhline(1.0, color=PALE_INK, linewidth=1.0, linestyle=(0, (4, 2)))
        label = f"({dimension.name})" if dimension.prior.inert else dimension.name
        axes.set_title(label, fontsize=SMALL_SIZE, color=INK, pad=3)
        ends = dimension.quantile(np.array([0.0025, 0.5, 0.9975]))
        axes.set_xticks([0.0, 0.5, 1.0], [f"{end:.2g}" for end in ends])
        axes.set_yticks([])
        style_axes(axes, grid="")
    sheet.figure.supylabel("Density relative to the prior", fontsize=LABEL_SIZE, color=PALE_INK)
    return finalise(sheet)


def contraction_figure(summary: dict[str, Any]) -> Figure:
    """Draw the ratio of posterior to prior standard deviation of every parameter."""
    parts = sorted(summary["parameters"].items(), key=lambda item: item[1]["sd_ratio"], reverse=True)
    caption = (
        "Ratio of posterior to prior standard deviation, in normal scores of the prior: 1 where nothing was learnt. "
        "The hatched bar is a dummy parameter that affects nothing: its deviation from 1 is noise of the method."
    )
    sheet = page("Contraction of each parameter", caption, 0.2 * len(parts), Margins(2.0, 0.4))
    axes = sheet.axes()
    for row, (name, part) in enumerate(parts):
        colour, hatch = (_PRIOR, "///") if name == DUMMY else (_POSTERIOR, None)
        axes.barh(row, part["sd_ratio"], 0.66, color=colour, hatch=hatch)
    axes.axvline(1.0, color=INK, linewidth=1.1)
    axes.set_yticks(range(len(parts)), [name for name, _ in parts])
    axes.set_ylim(-0.6, len(parts) - 0.4)
    axes.set_xlabel("Posterior standard deviation relative to the prior")
    axes.set_ylabel("Parameter")
    style_axes(axes, grid="x")
    return finalise(sheet)


def _draw_interval(axes: Axes, quantiles: list[float], height: float, colour: str) -> None:
    low, middle, high = quantiles
    axes.plot([low, high], [height, height], color=colour, linewidth=2.4, solid_capstyle="butt", zorder=3)
    axes.plot([middle], [height], marker="o", color=colour, markersize=5.5, markeredgecolor=INK, zorder=4)


def _grid(sheet: Page, lines: int, columns: int, gap: float = 0.62) -> list[Axes]:
    edges = {"left": sheet.left, "right": sheet.right, "bottom": sheet.bottom, "top": sheet.top}
    grid: NDArray[np.object_] = sheet.figure.add_gridspec(lines, columns, **edges, hspace=gap, wspace=0.25).subplots(
        squeeze=False
    )
    return list(grid.ravel())


def _join(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
