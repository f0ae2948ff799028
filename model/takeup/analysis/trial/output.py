"""Output of `trial`: sentences, tables for the terminal, a dot plot, and files.

Tables fit into 80 columns. Every file is written atomically.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib.figure import Figure
from rich.table import Table

from takeup.analysis.statistics import mean_error
from takeup.analysis.trial.design import ELIGIBLE
from takeup.analysis.trial.run import ARMS, QUANTITIES, TrialResult
from takeup.analysis.uncertainty import mean_error_note, point_hint, point_label
from takeup.months import format_month
from takeup.report.formatting import (
    CREDIBLE,
    PERCENT,
    count,
    decimal,
    interval,
    join_words,
    month,
    plain_table,
    print_results,
    printable,
    replicates,
    signed,
    with_interval,
)
from takeup.report.plotting import (
    INK,
    Margins,
    draw_interval,
    finalise,
    fit_horizontally,
    head_values,
    page,
    row_header,
    series_styles,
    style_axes,
    write_value,
)
from takeup.report.results_folder import (
    results_writer,
    run_record,
    scenario_record,
    write_figure,
    write_json,
    write_tables,
)

LABELS: Final = {
    "itt": "effect of being assigned (itt)",
    "naive_points": "difference of the arms (naive)",
    "true_effect_points": "true effect: all treated minus none",
    "spillover_points": "spill-over on the controls",
    "bias_points": "bias of the naive estimate",
    "imbalance_points": "  of which due to randomisation",
}
"""Descriptions of the quantities of the summary."""


def estimates_of(trials: TrialResult, when: str) -> dict[str, tuple[float, float, float]]:
    """Return estimate, low and high per quantity in a month, in percentage points."""
    rows = trials.summary[trials.summary["month"] == when]
    columns = rows[["quantity", "points", "low", "high"]].itertuples(index=False)
    return {str(name): (float(points), float(low), float(high)) for name, points, low, high in columns}


def render_arms(trials: TrialResult) -> Table:
    """Make the terminal table of the arms: persons followed up and their take-up.

    The numbers are means over trials.
    """
    table = plain_table(f"Trial of “{trials.spec.scenario.title}”: {eligibility_note(trials)}", gap=1)
    table.add_column("Arm", min_width=len(LABELS["naive_points"]), overflow="fold")
    for header in ("Assigned", "Left %", "Followed", "Valid %"):
        table.add_column(header, justify="right", no_wrap=True)
    for when in trials.months:
        table.add_row(month(when), style="bold")
        for arm in ARMS:
            mean = trials.arm(when, arm)
            left = 1.0 - mean["persons"] / mean["assigned"] if mean["assigned"] else math.nan
            table.add_row(
                f"  {arm}",
                count(mean["assigned"]),
                decimal(PERCENT * left),
                count(mean["persons"]),
                decimal(PERCENT * mean["share"]),
            )
    each = trials.spec.persons_per_agent
    if each != 1.0:
        table.caption = (
            f"Simulated persons; each represents {decimal(each)} persons of the district. A trial of more persons "
            "has a smaller error from random assignment."
        )
    return table


def render_estimates(trials: TrialResult) -> Table:
    """Make the terminal table of the estimates by month."""
    title = "Estimates: share of persons followed up with a valid permit, in points"
    table = plain_table(title, interval_note(trials), gap=1)
    table.add_column("", overflow="fold")
    for header in ("Points", f"{CREDIBLE} interval"):
        table.add_column(header, justify="right", no_wrap=True)
    for when in trials.months:
        table.add_row(month(when), style="bold")
        for name, (points, low, high) in estimates_of(trials, when).items():
            table.add_row(f"  {LABELS[name]}", signed(points), interval(low, high, signed))
    return table


def headline_sentence(trials: TrialResult) -> str:
    """Write the sentence on the estimates in the last month."""
    when = trials.months[-1]
    estimates = estimates_of(trials, when)
    (itt, low, high), naive, true_effect = (
        estimates["itt"],
        estimates["naive_points"][0],
        estimates["true_effect_points"][0],
    )
    title = f"“{printable(trials.spec.scenario.title)}”"
    if not math.isfinite(itt):
        return f"By {month(when)} one of the arms is empty: no result."
    if itt == true_effect == estimates["spillover_points"][0] == 0.0:
        return (
            f"By {month(when)}, {title} has an effect of zero on the persons in the trial; "
            f"the arms differ by {signed(naive)} points, which is due to randomisation."
        )
    within = f" ({interval(low, high, signed)}, {interval_contents(trials)})" if math.isfinite(low) else ""
    bias, bias_low, bias_high = estimates["bias_points"]
    between = ""
    if trials.spec.drawn and trials.runs > 1:
        between = f" on average and {interval(bias_low, bias_high, signed)} in {CREDIBLE} of the trials"
    return (
        f"By {month(when)}, assignment to {title} changes take-up by {signed(itt)} points{within}; "
        f"the arms differ by {signed(naive)}, and treating everyone instead of nobody gives {signed(true_effect)}: "
        f"the bias is {signed(bias)}{between}, of which {signed(estimates['imbalance_points'][0])} is due to "
        "randomisation."
    )


def interval_contents(trials: TrialResult) -> str:
    """State in a few words what the intervals of the results contain."""
    if trials.spec.drawn:
        return f"{CREDIBLE} of the draws: parameters, random assignment and Monte Carlo error"
    if trials.runs == 1:
        return f"{CREDIBLE} interval: random assignment only"
    return f"{CREDIBLE} interval of the mean: random assignment and Monte Carlo error, not the parameters"


def interval_note(trials: TrialResult) -> str:
    """Describe the estimates and intervals in the results of trials."""
    if trials.spec.drawn:
        return (
            f"Means over {count(trials.runs)} draws of the posterior, one trial each, and the intervals that contain "
            f"{CREDIBLE} of the draws: parameter uncertainty, random assignment and Monte Carlo error. "
            f"{mean_error_note(trials.runs, _largest_error(trials))}{_empty_arm_note(trials)}"
        )
    if trials.runs == 1:
        return (
            f"{point_label()} One trial. Its {CREDIBLE} intervals reflect the random assignment of "
            f"{trials.spec.design.unit}s; quantities without an interval are exact in the model."
        )
    last = trials.coverage.iloc[-1]
    return (
        f"{point_label()} Means over {replicates(trials.runs)} and {CREDIBLE} intervals of these means (t "
        "distribution): random assignment and Monte Carlo error, because the trials differ in persons, random "
        f"numbers and arms. By {month(str(last['month']))}, {last['itt']} "
        f"intervals of the effect of assignment and {last['naive_points']} intervals of the comparison of the arms, "
        f"of {trials.runs} trials, contain the true effect."
        f"{_empty_arm_note(trials)}"
    )


def _largest_error(trials: TrialResult) -> float:
    """Return the largest standard error of the means over draws, in percentage points."""
    treated = trials.table[trials.table["arm"] == ARMS[0]]
    errors = [
        mean_error(rows[list(QUANTITIES)].to_numpy(np.float64)) for _, rows in treated.groupby("month", sort=False)
    ]
    return float(np.nanmax(errors)) if np.isfinite(errors).any() else math.nan


def _empty_arm_note(trials: TrialResult) -> str:
    """Write the sentence on trials with an empty arm, excluded from all means."""
    excluded = trials.runs - int(trials.summary["trials"].min())
    return f" Trials with an empty arm ({excluded}) are excluded." if excluded else ""


def eligibility_note(trials: TrialResult) -> str:
    """Describe the eligible persons and the treated share of units."""
    design = trials.spec.design
    groups = "; ".join(f"{join_words(name)} {' or '.join(map(join_words, levels))}" for name, levels in design.groups)
    treated = f"{PERCENT * design.share:.3g} % of the {design.unit}s treated"
    return f"{ELIGIBLE[design.eligible]}{f' ({groups})' if groups else ''}, {treated}"


_ROW: Final = 0.26
_MARGINS: Final = Margins(left=2.75, right=1.85, top=0.4)
_VALUES: Final = 1.04
"""Horizontal position of the numbers, in widths of the axes."""
_SHOWN: Final = ("itt", "naive_points", "true_effect_points", "spillover_points")


def plot_trial(trials: TrialResult) -> Figure:
    """Make the dot plot of the estimates and the true effect by month."""
    rows = len(trials.months) * (len(_SHOWN) + 1)
    place = trials.spec.district.population.name
    sheet = page(f"A trial of “{trials.spec.scenario.title}” in {place}", _caption(trials), _ROW * rows, _MARGINS)
    axes, styles, labels = sheet.axes(), series_styles(len(_SHOWN) + 1), list[str]()
    axes.axvline(0.0, color=INK, linewidth=1.1, zorder=2)
    for when in trials.months:
        labels.append(month(when))
        estimates = estimates_of(trials, when)
        for number, name in enumerate(_SHOWN, 1):
            style, row, (points, low, high) = styles[number], len(labels), estimates[name]
            draw_interval(axes, row, low, high, colour=style.colour)
            axes.plot([points], [row], color=style.colour, marker=style.marker, markersize=6.0, zorder=4)
            write_value(axes, row, _VALUES, with_interval(signed(points), low, high, signed))
            labels.append(LABELS[name])
    axes.set_yticks(range(rows), labels)
    for tick in axes.get_yticklabels()[:: len(_SHOWN) + 1]:
        tick.set_fontweight("bold")
    axes.set_ylim(rows - 0.4, -0.6)
    marks = trials.summary.loc[trials.summary["quantity"].isin(_SHOWN), ["points", "low", "high"]]
    fit_horizontally(axes, np.append(marks.to_numpy(dtype=np.float64), 0.0))
    axes.set_xlabel("Share of persons with a valid permit, difference in percentage points")
    style_axes(axes, grid="x")
    row_header(axes, "Month and quantity", sheet.height)
    head_values(axes, f"points ({CREDIBLE} interval)", sheet.height, _VALUES)
    return finalise(sheet)


def _caption(trials: TrialResult) -> str:
    return (
        f"In the trial: {eligibility_note(trials)}; persons followed up. Effect of being assigned: the change of the "
        "treated minus the change of the controls, each relative to the same persons in the run without the trial. "
        f"True effect: everyone treated minus nobody treated, the same persons. "
        f"{interval_note(trials)}"
    )


@results_writer
def write_trials(folder: Path, trials: TrialResult) -> dict[str, Any]:
    """Write the results of trials: tables, figure, summary.json and manifest.json."""
    write_tables({"trial": trials.table, "summary": trials.summary}, folder)
    write_figure(plot_trial(trials), folder / "trial.png")
    write_json(_summary(trials), folder / "summary.json")
    return _manifest(trials)


def print_trials(trials: TrialResult) -> None:
    """Print the results of trials: tables of arms and estimates, and a sentence."""
    if not trials.spec.drawn:
        print_results(f"{point_label()} {point_hint(trials.spec.district)}")
    print_results(render_arms(trials), render_estimates(trials), headline_sentence(trials))


def _summary(trials: TrialResult) -> dict[str, Any]:
    """Return the content of summary.json; numbers of persons are simulated persons."""
    spec, design = trials.spec, trials.spec.design
    return {
        "said": headline_sentence(trials),
        "scenario": spec.scenario.name,
        "title": spec.scenario.title,
        "district": spec.district.population.name,
        "in_the_trial": eligibility_note(trials),
        "unit": design.unit,
        "share": design.share,
        "eligible": design.eligible,
        "groups": {name: list(levels) for name, levels in design.groups},
        "begin": format_month(design.begin),
        "runs": trials.runs,
        "runs_are": "draws of the posterior" if spec.drawn else "replicates",
        "intervals": interval_note(trials),
        "parameter_uncertainty": spec.drawn,
        "persons_per_agent": spec.persons_per_agent,
        "months": {when: _month(trials, when) for when in trials.months},
    }


def _month(trials: TrialResult, when: str) -> dict[str, Any]:
    coverage = trials.coverage[trials.coverage["month"] == when]
    estimates = {
        name: {"points": points, "low": low, "high": high}
        for name, (points, low, high) in estimates_of(trials, when).items()
    }
    return {
        "arms": {arm: trials.arm(when, arm).to_dict() for arm in ARMS},
        **estimates,
        "trials_whose_interval_holds_the_true_effect": {
            name: int(coverage[name].iloc[0]) for name in ("itt", "naive_points")
        },
    }


def _manifest(trials: TrialResult) -> dict[str, Any]:
    """Return the content of manifest.json: all inputs needed to repeat the command."""
    spec, design = trials.spec, trials.spec.design
    return {
        **run_record(spec.district, spec.key),
        "scenario": scenario_record(spec.scenario),
        "design": {
            "unit": design.unit,
            "share": design.share,
            "eligible": design.eligible,
            "groups": {name: list(levels) for name, levels in design.groups},
            "begin": format_month(design.begin),
            "months": list(trials.months),
        },
        "runs": spec.records,
        "agents": spec.settings.agents,
        "from": spec.settings.start,
    }
