"""What trials found, in plain words and as tables for the terminal, on 80 columns."""

from __future__ import annotations

import math
from typing import Final

from rich import box
from rich.table import Table
from rich.text import Text

from takeup.answers.trial.answer import Trials
from takeup.answers.trial.design import ELIGIBLE
from takeup.answers.trial.lives import ARMS
from takeup.report.wording import count, decimal, interval, month, printable, replicates, signed, words

PERCENT: Final = 100.0
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


def points_of(trials: Trials, when: str) -> dict[str, tuple[float, float, float]]:
    """Points, low and high of each quantity in a month."""
    rows = trials.summary[trials.summary["month"] == when]
    columns = rows[["quantity", "points", "low", "high"]].itertuples(index=False)
    return {str(name): (float(points), float(low), float(high)) for name, points, low, high in columns}


def render_arms(trials: Trials) -> Table:
    """Who is left in each arm, and how many of them hold a valid permit; means over trials."""
    table = _empty(f"Trial of “{trials.plan.scenario.title}”: {who(trials)}")
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


def render_findings(trials: Trials) -> Table:
    """What was found, month by month."""
    table = _empty("What it finds: share of those still here with a valid permit, in points")
    table.add_column("", overflow="fold")
    for header in ("Points", f"{INTERVAL} interval"):
        table.add_column(header, justify="right", no_wrap=True)
    for when in trials.months:
        table.add_row(month(when), style="bold")
        for name, (points, low, high) in points_of(trials, when).items():
            table.add_row(f"  {LABELS[name]}", signed(points), interval(low, high, signed))
    table.caption = meant_by_interval(trials)
    return table


def finding(trials: Trials) -> str:
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


def meant_by_interval(trials: Trials) -> str:
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


def _left_out(trials: Trials) -> str:
    """Trials in which nobody is in one of the arms count in no mean."""
    fewest = int(trials.summary["trials"].min())
    return (
        "" if fewest == trials.runs else f" In {trials.runs - fewest} of them an arm has nobody: they are left out."
    )


def who(trials: Trials) -> str:
    """Whom the trial is about, and how they are drawn."""
    design = trials.plan.design
    groups = "; ".join(f"{words(name)} {' or '.join(map(words, levels))}" for name, levels in design.groups)
    treated = f"{PERCENT * design.share:.3g} % of the {design.unit}s treated"
    return f"{ELIGIBLE[design.eligible]}{f' ({groups})' if groups else ''}, {treated}"


def _empty(title: str) -> Table:
    table = Table(title=Text(printable(title)), title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.pad_edge, table.caption_justify = False, "left"
    return table
