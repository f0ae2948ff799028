"""Figures of a calibration: policy effects, observations, history and parameters."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from takeup.district import District
from takeup.months import parse_month
from takeup.report.formatting import PERCENT
from takeup.report.i18n import ENGLISH, Language
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
from takeup.scenario import DatedRule, load_rules
from takeup_calibration.calibrator import CalibrationResult
from takeup_calibration.evaluator import HISTORY_END, policy_names
from takeup_calibration.priors import DUMMY

_POSTERIOR: Final = "#332288"
_PRIOR: Final = "#b0b0b0"
_BINS, _COLUMNS = 16, 6
_RANK_COLUMNS: Final = 3
_ROW_INCHES: Final = 0.36
_BANDS: Final = ((0.05, 0.95, 0.22), (0.25, 0.75, 0.38))
"""Bands of a fan: lower quantile, upper quantile, opacity."""
_NORMAL_90: Final = 1.645
"""Half width of a 90 % interval of a normal distribution, in standard deviations."""
PREDICTIVE_INTERVALS: Final = {"prior": "prior_predictive", "posterior": "predictive"}
"""Keys of an experiment's predictive intervals in the summary, by the key of the quantiles of its quantity."""


def effects_figure(summary: dict[str, Any], translate: Language = ENGLISH) -> Figure:
    """Draw the effect of each policy under the prior and the posterior."""
    names = policy_names()
    sheet = page(
        translate("Effect of each policy on take-up by the end of 2023"),
        translate.join(
            (
                _prior_and_posterior(translate),
                _intervals(translate),
                translate("Common random numbers with and without the policy, from 2019."),
            )
        ),
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
    axes.set_xlabel(translate("Difference from the baseline, percentage points"))
    axes.set_ylabel(translate("Policy"))
    style_axes(axes, grid="x")
    return finalise(sheet)


def predictions_figure(summary: dict[str, Any], translate: Language = ENGLISH) -> Figure:
    """Draw the model's predictions of each target under the prior and the posterior."""
    shaded = translate(
        "Shaded: the target, with {number} tolerances on either side. In brackets: not fitted. Each row has its own "
        "scale, in the target's unit.",
        number=_NORMAL_90,
    )
    caption = translate.join((_prior_and_posterior(translate), _intervals(translate), shaded))
    rows = {
        name: {**target, "predictions": (target["prior"], target["posterior"])}
        for name, target in summary["targets"].items()
    }
    return _draw_predictions(translate("Predictions of the targets"), caption, rows)


def experiments_figure(summary: dict[str, Any], translate: Language = ENGLISH) -> Figure:
    """Draw each experiment with its predictive intervals under the prior and the posterior."""
    marks = translate(
        "Dots: medians of the model's quantity; bars: 90 % predictive intervals of the estimate, which contain "
        "parameters, Monte Carlo error and its total error. Line: the study's estimate; shaded: {number} standard "
        "errors on either side, without the transfer error. In brackets: not fitted. Each row has its own scale: "
        "percentage points or log ratio.",
        number=_NORMAL_90,
    )
    caption = translate.join((_prior_and_posterior(translate), marks))
    rows = {
        name: {
            "wanted": [each["estimate"]] * 2,
            "tolerance": each["standard_error"],
            "fitted": each["fitted"],
            "predictions": [
                [each[interval][0], each[kind][1], each[interval][1]]
                for kind, interval in PREDICTIVE_INTERVALS.items()
            ],
        }
        for name, each in summary["experiments"].items()
    }
    return _draw_predictions(translate("Predictions of the experiments"), caption, rows)


def _draw_predictions(title: str, caption: str, rows: dict[str, Any]) -> Figure:
    """Draw observations, one per row, with their intervals under the prior and the posterior."""
    sheet = page(title, caption, 0.55 * len(rows), Margins(2.3, 0.4))
    for axes, (name, row) in zip(_grid(sheet, len(rows), 1, gap=0.9), rows.items(), strict=True):
        (low, high), margin = row["wanted"], _NORMAL_90 * row["tolerance"]
        axes.axvspan(low - margin, high + margin, color="#e3e3e3", linewidth=0)
        for line in {low, high}:
            axes.axvline(line, color=INK, linewidth=1.0)
        _draw_interval(axes, row["predictions"][0], 0.7, _PRIOR)
        _draw_interval(axes, row["predictions"][1], 0.3, _POSTERIOR)
        axes.set_ylim(0.0, 1.0)
        axes.set_yticks([0.5], [name if row["fitted"] else f"({name})"])
        style_axes(axes, grid="x")
        axes.tick_params(axis="x", labelsize=SMALL_SIZE, pad=1)
    return finalise(sheet)


def history_figure(result: CalibrationResult, translate: Language = ENGLISH) -> Figure:
    """Draw take-up before the policies: median, 50 % and 90 % bands of the draws."""
    design = result.design
    months = sorted({month for output in design.outputs if output is not None for month in output["decembers"]})
    table = design.output_table(months, "decembers")[result.drawn]
    years = [parse_month(month) / 12 for month in months]
    start = parse_month(f"{int(months[0][:4])}-01") / 12
    caption = translate(
        "Bands: the middle 50 % and 90 % of {number} draws of the posterior: parameters and Monte Carlo error; line: "
        "their median, every December. Squares: 0 at the introduction of the permit, and observations in the "
        "district with their 90 % intervals. Grey lines: periods of the dated rules with an unknown size.",
        number=len(result.drawn),
    )
    sheet = page(translate("History of take-up under the posterior"), caption, 3.4, Margins(0.8, 0.4))
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
    _draw_rules(axes, design.district)
    axes.set_xticks(years, [month[:4] for month in months])
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel(translate("December of the year"))
    axes.set_ylabel(translate("Valid permits, % of the population"))
    style_axes(axes)
    return finalise(sheet)


def _draw_rules(axes: Axes, district: District) -> None:
    """Draw the period of each dated rule that has a size, at the top of the axes, with the name of the size."""
    rules = [each.intervention for each in load_rules(district)]
    sizes = dict.fromkeys(rule.size for rule in rules if isinstance(rule, DatedRule) and rule.size is not None)
    for number, size in enumerate(sizes):
        sized = [rule for rule in rules if isinstance(rule, DatedRule) and rule.size == size]
        first = min(rule.first for rule in sized)
        last = max(parse_month(rule.until or HISTORY_END) for rule in sized)
        height, label = 0.96 - 0.09 * number, size.replace("_", " ")
        across = axes.get_xaxis_transform()
        axes.plot([first / 12, (last + 1) / 12], [height, height], transform=across, color=_PRIOR, linewidth=2.5)
        axes.text(first / 12, height - 0.02, label, transform=across, va="top", color=INK, fontsize=SMALL_SIZE)


def marginals_figure(result: CalibrationResult, translate: Language = ENGLISH) -> Figure:
    """Draw the marginal posterior of every parameter relative to its prior."""
    design = result.design
    dimensions = design.dimensions
    lines = math.ceil(len(dimensions) / _COLUMNS)
    caption = translate(
        "Heights: weighted share of the points, in bins of equal prior probability; the dashed line is the prior. In "
        "brackets: parameters that are drawn from the prior and not calibrated."
    )
    sheet = page(translate("Marginal posterior of each parameter"), caption, 1.25 * lines, Margins(0.5, 0.2, 0.3))
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
    sheet.figure.supylabel(translate("Density relative to the prior"), fontsize=LABEL_SIZE, color=PALE_INK)
    return finalise(sheet)


def contraction_figure(summary: dict[str, Any], translate: Language = ENGLISH) -> Figure:
    """Draw the ratio of posterior to prior standard deviation of each parameter."""
    parameters = sorted(summary["parameters"].items(), key=lambda item: item[1]["sd_ratio"], reverse=True)
    caption = translate(
        "Ratio of posterior to prior standard deviation, in normal scores of the prior: 1 if not constrained. "
        "The hatched bar is a dummy parameter that affects nothing: its deviation from 1 is noise of the method."
    )
    sheet = page(translate("Contraction of each parameter"), caption, 0.2 * len(parameters), Margins(2.0, 0.4))
    axes = sheet.axes()
    for row, (name, numbers) in enumerate(parameters):
        colour, hatch = (_PRIOR, "///") if name == DUMMY else (_POSTERIOR, None)
        axes.barh(row, numbers["sd_ratio"], 0.66, color=colour, hatch=hatch)
    axes.axvline(1.0, color=INK, linewidth=1.1)
    axes.set_yticks(
        range(len(parameters)), [translate.words(name) if name == DUMMY else name for name, _ in parameters]
    )
    axes.set_ylim(-0.6, len(parameters) - 0.4)
    axes.set_xlabel(translate("Posterior standard deviation relative to the prior"))
    axes.set_ylabel(translate("Parameter"))
    style_axes(axes, grid="x")
    return finalise(sheet)


def ranks_figure(summary: dict[str, Any], translate: Language = ENGLISH) -> Figure:
    """Draw a histogram of the ranks of the test points per policy, with the band that uniform ranks stay in."""
    ranks, names = summary["ranks"], policy_names()
    lines = math.ceil(len(names) / _RANK_COLUMNS)
    caption = translate(
        "Numbers of {number} test points by the rank of their own effect in the posterior of the recalibration to "
        "them: 0 if all of it is higher, 1 if all of it is lower. Dashed: uniform ranks. Shaded: with 99 % "
        "probability or more, uniform ranks give no number outside, over all tested quantities.",
        number=ranks["truths"],
    )
    sheet = page(translate("Ranks of test points in their posteriors"), caption, 1.35 * lines, Margins(0.7, 0.2, 0.3))
    for name, axes in zip(names, _grid(sheet, lines, _RANK_COLUMNS), strict=False):
        counts = ranks["counts"][f"effect {name}"]
        axes.axhspan(*ranks["band"], color="#e3e3e3", linewidth=0)
        axes.stairs(counts, np.linspace(0.0, 1.0, len(counts) + 1), color=_POSTERIOR, linewidth=1.8)
        axes.axhline(ranks["truths"] / len(counts), color=PALE_INK, linewidth=1.0, linestyle=(0, (4, 2)))
        axes.set_title(name, fontsize=SMALL_SIZE, color=INK, pad=3)
        axes.set_xlim(0.0, 1.0)
        axes.set_xticks([0.0, 0.5, 1.0])
        axes.set_ylim(0.0, max(*counts, ranks["band"][1], 1) * 1.05)
        style_axes(axes, grid="y")
        axes.tick_params(labelsize=SMALL_SIZE, pad=1)
    sheet.figure.supylabel(translate("Test points"), fontsize=LABEL_SIZE, color=PALE_INK)
    return finalise(sheet)


def _prior_and_posterior(translate: Language) -> str:
    return translate("Grey: prior (first wave); dark: posterior.")


def _intervals(translate: Language) -> str:
    return translate("Dots: medians; bars: 5 % to 95 %, which contain parameters and Monte Carlo error.")


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
