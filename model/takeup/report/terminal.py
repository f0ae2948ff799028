"""Tables for the terminal."""

from __future__ import annotations

import math
from typing import Final

import pandas as pd
from rich import box
from rich.table import Table
from rich.text import Text

from takeup.answers.comparison import Comparison
from takeup.answers.precision import Precision
from takeup.report.sentences import reached, reached_by_chance
from takeup.report.tables import PERCENT, STREET
from takeup.report.wording import count, decimal, interval, millions, printable, signed, signed_count, words

_NARROWEST_NAME: Final = 12
_NARROWEST_VALUE: Final = 5
_MOST_WITH_INTERVALS: Final = 4
"""Scenarios whose intervals have room beside their differences on 80 columns."""


def render_summary(summary: pd.DataFrame, precision: Precision | None = None, replicates: int = 1) -> Table:
    """What `summary_table` gives, one line a scenario, on 80 columns; ± is half the 95 % interval.

    Args:
        summary: the table.
        precision: what was reached where replicates were added until it was.
        replicates: how many that took.
    """
    table = _empty("Beside the baseline, at the last month (± half the 95 % interval)")
    table.add_column("Scenario", min_width=_NARROWEST_NAME, overflow="fold")
    for header in (
        "Valid\n%",
        "Points",
        "Permits",
        "Issued",
        "Lapsed",
        "Wait\nmonths",
        "Cost\nM yuan",
        "Yuan per\nextra",
    ):
        table.add_column(header, justify="right", no_wrap=True)
    table.caption = "Issued, lapsed and cost: since the first scenario acts. A permit can lapse more than once."
    if precision is not None:
        table.caption = _said(f"{reached(precision, replicates)} {table.caption}")
    table.caption_justify = "left"
    columns = summary.drop(columns=["scenario", "title"]).astype(float)
    for number, (name, (_, row)) in enumerate(zip(summary["scenario"], columns.iterrows(), strict=True)):
        table.add_row(
            _numbered(number, str(name)),
            decimal(row["take_up_percent"]),
            _difference(row["difference_points"], row["high"]),
            signed_count(row["difference_persons"]),
            count(row["issued"]),
            count(row["lapsed"]),
            decimal(row["wait_months"], 2),
            millions(row["cost_cny"]),
            count(row["cost_per_permit"]),
        )
    return table


def render_months(monthly: pd.DataFrame) -> Table:
    """A run's monthly table: a line a year (its last month), means over replicates, shares in % of the population."""
    table = _empty(f"{monthly['scenario'].iloc[0]}: % of those living here, at the year's end")
    for header in (
        "Month",
        "Persons",
        "Valid",
        "Lapsed",
        "Queued",
        "Qualified",
        "Unaware",
        "Informed",
        "Wait\nmonths",
    ):
        table.add_column(header, justify="right", no_wrap=True)
    means = monthly.drop(columns=["scenario", "replicate"]).groupby("month").mean()
    for month, row in means[[str(m).endswith("-12") or m == means.index[-1] for m in means.index]].iterrows():
        shares = row / row["population"] * PERCENT
        names = ("valid", "lapsed", "queued", "qualified", "unaware", "informed")
        table.add_row(
            str(month),
            count(row["population"]),
            *(decimal(shares[name]) for name in names),
            decimal(row["wait_months"], 2),
        )
    return table


def render_groups(groups: pd.DataFrame, *, streets: bool = False) -> Table:
    """What `group_table` gives: a line a level, a column a scenario, in points; ± is half the 95 % interval.

    Args:
        groups: the table.
        streets: whether to list the streets too.
    """
    chosen = groups if streets else groups[groups["attribute"] != STREET]
    scenarios = list(dict.fromkeys(chosen["scenario"]))
    has_room = len(scenarios) <= _MOST_WITH_INTERVALS
    explained = " (± half the 95 % interval)" if has_room else ""
    table = _empty(f"Difference from the baseline in points, by group{explained}")
    table.add_column("Group", no_wrap=True)
    table.add_column("Base-\nline %", justify="right", no_wrap=True)
    for number, scenario in enumerate(scenarios, 1):
        header = _said(words(str(scenario))) if has_room else str(number)
        table.add_column(header, justify="right", min_width=_NARROWEST_VALUE, overflow="fold")
    if not has_room:
        table.caption = _said(", ".join(f"{n} {words(str(scenario))}" for n, scenario in enumerate(scenarios, 1)))
        table.caption_justify = "left"
    above = ""
    for (attribute, level), rows in chosen.groupby(["attribute", "level"], sort=False):
        if attribute != above:
            above = str(attribute)
            table.add_row(_said(words(above)), style="bold")
        numbers = rows[["difference_points", "high"]].to_numpy(dtype=float)
        table.add_row(
            Text(f"  {words(str(level))}"),
            decimal(float(rows["baseline_percent"].iloc[0])),
            *(_difference(points, high if has_room else math.nan) for points, high in numbers),
        )
    return table


def render_ensemble(comparison: Comparison) -> Table:
    """What draws of a posterior say of the scenarios: a line a scenario, in points at the last month."""
    drawn = comparison.drawn
    if drawn is None:
        raise ValueError("the comparison has no draws")
    table = _empty(f"Beside the baseline, at the last month, over {count(comparison.replicates)} draws")
    table.add_column("Scenario", min_width=_NARROWEST_NAME, overflow="fold")
    for header in (
        "Median\npoints",
        "90 %\ninterval",
        "Best in\n%",
        "Regret\npoints",
        "SD para-\nmeters",
        "SD\nchance",
    ):
        table.add_column(header, justify="right", no_wrap=True)
    numbers = drawn.scenarios.drop(columns="scenario").astype(float)
    for number, (name, (_, row)) in enumerate(zip(drawn.scenarios["scenario"], numbers.iterrows(), strict=True)):
        table.add_row(
            _numbered(number, str(name)),
            signed(row["median"]),
            interval(row["low"], row["high"], signed) if number else "",
            decimal(PERCENT * row["probability_best"], 0),
            decimal(row["expected_regret"], 2),
            decimal(row["sd_parameters"], 2) if number else "",
            decimal(row["sd_chance"], 2) if number else "",
        )
    table.caption = (
        "Regret: what is lost on average beside the best scenario of each draw. SD: standard deviation from what is "
        "not known of the parameters, and from chance."
    )
    if comparison.precision is not None:
        seeds = int(drawn.runs.groupby(["scenario", "draw"])["seed"].nunique().max())
        table.caption = _said(f"{reached_by_chance(comparison.precision, seeds)} {table.caption}")
    table.caption_justify = "left"
    return table


def render_gains(comparison: Comparison) -> Table:
    """Who gains, shortly: a line a scenario with what becomes of everybody, and the group that gains most."""
    gains = comparison.gains
    table = _empty("Who gains: % of those who live here with and without it; at the last month")
    table.add_column("Scenario", min_width=_NARROWEST_NAME, overflow="fold")
    for header in ("Take up\nfor it", "Would\nanyway", "Drop\nout", "Have\nnone"):
        table.add_column(header, justify="right", no_wrap=True)
    table.add_column("Gains most", overflow="fold")
    for number, scenario in enumerate(comparison.scenarios[1:], 1):
        rows = gains[(gains["scenario"] == scenario.name) & (gains["attribute"] != STREET)]
        everybody, groups = rows.iloc[0], rows.iloc[1:].dropna(subset="gained_percent")
        table.add_row(
            _numbered(number, scenario.name),
            *(
                decimal(PERCENT * everybody[name] / everybody["persons"])
                for name in ("gained", "both", "lost", "neither")
            ),
            "" if groups.empty else _gaining_most(groups),
        )
    return table


def _gaining_most(groups: pd.DataFrame) -> Text:
    row = groups.sort_values("gained_percent", kind="stable").iloc[-1]
    return _said(f"{words(row['attribute'])} {words(row['level'])} {decimal(row['gained_percent'])}")


def _empty(title: str) -> Table:
    return Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=0, pad_edge=False)


def _difference(points: float, high: float) -> str:
    return f"{signed(points)} ±{decimal(high - points)}" if math.isfinite(high) else signed(points)


def _numbered(number: int, name: str) -> Text:
    """A scenario by the number that heads its column in the table by group; the baseline is 0 and has none."""
    return _said(f"{number} {words(name)}" if number else words(name))


def _said(text: str) -> Text:
    """As it stands: a title with brackets in it is no markup."""
    return Text(printable(text))
