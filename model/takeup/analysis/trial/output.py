"""What trials found, in plain words and as tables for the terminal, on 80 columns.

What trials found, month by month: a dot a quantity with its interval.

What `trial` leaves in its folder and says in the terminal. Every file appears whole or not at all.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from takeup.analysis.trial.design import ELIGIBLE
from takeup.analysis.trial.result import TrialResult
from takeup.analysis.trial.run import ARMS
from takeup.constants import PERCENT
from takeup.months import format_month
from takeup.report.formatting import count, decimal, interval, join_words, month, printable, replicates, signed
from takeup.report.manifest import command_line, library_versions, scenario_record
from takeup.report.plotting.style import (
    INK,
    LABEL_SIZE,
    Margins,
    finalise,
    head_values,
    page,
    row_header,
    series_styles,
    style_axes,
)
from takeup.report.results_folder import results_writer, write_figure, write_json, write_tables

INTERVAL: Final = "90\u00a0%"
"""Of all that trials find."""
LABELS: Final = {
    "itt": "effect of being assigned (itt)",
    "naive_points": "what comparing the arms shows (naive)",
    "true_effect_points": "true effect: everyone less nobody",
    "spillover_points": "spill-over on the controls",
    "bias_points": "bias of comparing the arms",
    "imbalance_points": "  of which chance between the arms",
}
"""What the quantities of the summary are."""


def points_of(trials: TrialResult, when: str) -> dict[str, tuple[float, float, float]]:
    """Points, low and high of each quantity in a month."""
    rows = trials.summary[trials.summary["month"] == when]
    columns = rows[["quantity", "points", "low", "high"]].itertuples(index=False)
    return {str(name): (float(points), float(low), float(high)) for name, points, low, high in columns}


def render_arms(trials: TrialResult) -> Table:
    """Who is left in each arm, and how many of them hold a valid permit; means over trials."""
    table = _empty(f"Trial of “{trials.plan.scenario.title}”: {eligibility_note(trials)}")
    table.add_column("Arm", min_width=len(LABELS["naive_points"]), overflow="fold")
    for header in ("Assigned", "Left %", "Still here", "Valid %"):
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
    each = trials.plan.persons_per_agent
    if each != 1.0:
        table.caption = f"Simulated persons; each stands for {decimal(each)} of the district."
    return table


def render_findings(trials: TrialResult) -> Table:
    """What was found, month by month."""
    table = _empty("What it finds: share of those still here with a valid permit, in points")
    table.add_column("", overflow="fold")
    for header in ("Points", f"{INTERVAL} interval"):
        table.add_column(header, justify="right", no_wrap=True)
    for when in trials.months:
        table.add_row(month(when), style="bold")
        for name, (points, low, high) in points_of(trials, when).items():
            table.add_row(f"  {LABELS[name]}", signed(points), interval(low, high, signed))
    table.caption = interval_note(trials)
    return table


def headline_sentence(trials: TrialResult) -> str:
    """One sentence on the last month."""
    when = trials.months[-1]
    found = points_of(trials, when)
    (itt, low, high), naive, truth = found["itt"], found["naive_points"][0], found["true_effect_points"][0]
    title = f"“{printable(trials.plan.scenario.title)}”"
    if not math.isfinite(itt):
        return f"By {month(when)} nobody is in one of the arms: no result."
    if itt == truth == found["spillover_points"][0] == 0.0:
        return (
            f"By {month(when)}, {title} has an effect of zero on those in the trial; "
            f"the arms differ by {signed(naive)} points, which is chance."
        )
    within = f" ({INTERVAL} interval {interval(low, high, signed)})" if math.isfinite(low) else ""
    off, least, most = found["bias_points"]
    if trials.plan.drawn and trials.runs > 1:  # medians: what the comparison is off by is not their difference
        how_far = (
            f"trial by trial the comparison is off by {interval(least, most, signed)}, in the median {signed(off)}."
        )
    else:
        by_chance = signed(found["imbalance_points"][0])
        how_far = f"the comparison is off by {signed(off)}, of which {by_chance} is chance between the arms."
    return (
        f"By {month(when)}, being assigned to {title} changes take-up by {signed(itt)} points{within}; "
        f"comparing the arms shows {signed(naive)}, and treating everyone instead of nobody gives {signed(truth)}: "
        f"{how_far}"
    )


def interval_note(trials: TrialResult) -> str:
    """What numbers and intervals are."""
    if trials.plan.drawn:
        return (
            f"Medians and middle {INTERVAL} over {count(trials.runs)} draws of the posterior, a trial each: what the "
            f"district's figures leave open, and chance. Medians need not add up.{_left_out(trials)}"
        )
    if trials.runs == 1:
        return (
            f"One trial. Its {INTERVAL} intervals are chance in which {trials.plan.design.unit}s were drawn; "
            "what has none is known in the model as it is."
        )
    last = trials.covered.iloc[-1]
    return (
        f"Means over {replicates(trials.runs)} and {INTERVAL} intervals of these means (t distribution): "
        f"other people, other luck, other arms. Of the trials' own intervals by {month(str(last['month']))}, "
        f"{last['itt']} (itt) and {last['naive_points']} (naive) of {trials.runs} hold the true effect."
        f"{_left_out(trials)}"
    )


def _left_out(trials: TrialResult) -> str:
    """Trials in which nobody is in one of the arms count in no mean."""
    fewest = int(trials.summary["trials"].min())
    return (
        "" if fewest == trials.runs else f" In {trials.runs - fewest} of them an arm has nobody: they are left out."
    )


def eligibility_note(trials: TrialResult) -> str:
    """Whom the trial is about, and how they are drawn."""
    design = trials.plan.design
    groups = "; ".join(f"{join_words(name)} {' or '.join(map(join_words, levels))}" for name, levels in design.groups)
    treated = f"{PERCENT * design.share:.3g} % of the {design.unit}s treated"
    return f"{ELIGIBLE[design.eligible]}{f' ({groups})' if groups else ''}, {treated}"


def _empty(title: str) -> Table:
    table = Table(title=Text(printable(title)), title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.pad_edge, table.caption_justify = False, "left"
    return table


_ROW: Final = 0.26
_MARGINS: Final = Margins(left=2.75, right=1.85, top=0.4)
_HEADROOM: Final = 0.08
_VALUES: Final = 1.04
"""Where the numbers are written, in widths of the axes."""
_EN_SPACE: Final = "\u2002"
_CAP: Final = 0.16
"""Half the height of an interval's end, in rows."""
_SHOWN: Final = ("itt", "naive_points", "true_effect_points", "spillover_points")


def plot_trial(trials: TrialResult) -> Figure:
    """The effect of assignment, what comparing the arms shows, the true effect and the spill-over, by month."""
    rows = len(trials.months) * (len(_SHOWN) + 1)
    place = trials.plan.district.population.name
    sheet = page(f"A trial of “{trials.plan.scenario.title}” in {place}", _caption(trials), _ROW * rows, _MARGINS)
    axes, labels = sheet.axes(), []
    axes.axvline(0.0, color=INK, linewidth=1.1, zorder=2)
    for when in trials.months:
        labels.append(month(when))
        found = points_of(trials, when)
        for number, name in enumerate(_SHOWN, 1):
            _dot(axes, len(labels), number, *found[name])
            labels.append(LABELS[name])
    axes.set_yticks(range(rows), labels)
    for tick in axes.get_yticklabels()[:: len(_SHOWN) + 1]:
        tick.set_fontweight("bold")
    axes.set_ylim(rows - 0.4, -0.6)
    marks = trials.summary.loc[trials.summary["quantity"].isin(_SHOWN), ["points", "low", "high"]]
    numbers = marks.to_numpy(dtype=np.float64)
    reach = np.append(numbers[np.isfinite(numbers)], 0.0)
    room = _HEADROOM * (float(np.ptp(reach)) or 1.0)
    axes.set_xlim(reach.min() - room, reach.max() + room)
    axes.set_xlabel("Share of persons with a valid permit, difference in percentage points")
    style_axes(axes, grid="x")
    row_header(axes, "Month and quantity", sheet.height)
    head_values(axes, f"points ({INTERVAL} interval)", sheet.height, _VALUES)
    return finalise(sheet)


def _dot(axes: Axes, row: int, number: int, points: float, low: float, high: float) -> None:
    look = series_styles(len(_SHOWN) + 1)[number]
    if math.isfinite(low):
        axes.plot([low, high], [row, row], color=look.colour, linewidth=1.6, solid_capstyle="butt", zorder=3)
        for end in (low, high):
            axes.plot([end, end], [row - _CAP, row + _CAP], color=look.colour, linewidth=1.2, zorder=3)
    axes.plot([points], [row], color=look.colour, marker=look.marker, markersize=6.0, zorder=4)
    said = signed(points) + (f"{_EN_SPACE}({interval(low, high, signed)})" if math.isfinite(low) else "")
    axes.text(_VALUES, row, said, transform=axes.get_yaxis_transform(), va="center", fontsize=LABEL_SIZE, color=INK)


def _caption(trials: TrialResult) -> str:
    return (
        f"In the trial: {eligibility_note(trials)}; those still living there. Effect of being assigned: what the "
        "trial changed of the treated less what it changed of the controls, each against themselves in the world "
        f"without the trial. True effect: everyone under the scenario less nobody, the same people. "
        f"{interval_note(trials)}"
    )


@results_writer
def write_trials(folder: Path, trials: TrialResult) -> None:
    """Write the tables, the figure, summary.json and manifest.json."""
    write_tables({"trial": trials.table, "summary": trials.summary}, folder)
    write_figure(plot_trial(trials), folder / "trial.png")
    write_json(_summary(trials), folder / "summary.json")
    write_json(_manifest(trials), folder / "manifest.json")


def print_trials(trials: TrialResult, folder: Path) -> None:
    """Say it in the terminal."""
    console = Console()
    console.print(render_arms(trials))
    console.print(render_findings(trials))
    console.print(headline_sentence(trials), highlight=False, markup=False)
    console.print(f"Written: {folder}", soft_wrap=True, highlight=False)


def _summary(trials: TrialResult) -> dict[str, Any]:
    """What was found, month by month, over trials; persons are simulated persons."""
    plan, design = trials.plan, trials.plan.design
    return {
        "said": headline_sentence(trials),
        "scenario": plan.scenario.name,
        "title": plan.scenario.title,
        "district": plan.district.population.name,
        "in_the_trial": eligibility_note(trials),
        "unit": design.unit,
        "share": design.share,
        "eligible": design.eligible,
        "groups": {name: list(levels) for name, levels in design.groups},
        "begin": format_month(design.begin),
        "runs": trials.runs,
        "runs_are": "draws of the posterior" if plan.drawn else "replicates",
        "intervals": interval_note(trials),
        "persons_per_agent": plan.persons_per_agent,
        "months": {when: _month(trials, when) for when in trials.months},
    }


def _month(trials: TrialResult, when: str) -> dict[str, Any]:
    covered = trials.covered[trials.covered["month"] == when]
    found = {
        name: {"points": points, "low": low, "high": high}
        for name, (points, low, high) in points_of(trials, when).items()
    }
    return {
        "arms": {arm: trials.arm(when, arm).to_dict() for arm in ("treated", "control")},
        **found,
        "trials_whose_interval_holds_the_true_effect": {
            name: int(covered[name].iloc[0]) for name in ("itt", "naive_points")
        },
    }


def _manifest(trials: TrialResult) -> dict[str, Any]:
    """All that is needed to repeat it, and nothing of when and where it was made."""
    plan, design, life = trials.plan, trials.plan.design, trials.plan.runs[0]
    return {
        "command": command_line(),
        "key": plan.key,
        "versions": library_versions(),
        "district": {"name": plan.district.name, "sha256": plan.district.digest},
        "scenario": scenario_record(plan.scenario),
        "design": {
            "unit": design.unit,
            "share": design.share,
            "eligible": design.eligible,
            "groups": {name: list(levels) for name, levels in design.groups},
            "begin": format_month(design.begin),
            "months": list(trials.months),
        },
        "runs": [{"seed": each.seed, "parameters": each.parameters} for each in plan.runs],
        "agents": life.agents,
        "from": life.start,
    }
