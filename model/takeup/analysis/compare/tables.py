"""Tables of a comparison at its last month, as data frames and for the terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
from rich import box
from rich.table import Table
from rich.text import Text

from takeup.analysis.compare.result import Comparison
from takeup.analysis.compare.text import monte_carlo_note, precision_note
from takeup.analysis.sequential import StoppingResult
from takeup.constants import PERCENT
from takeup.district import ATTRIBUTES, District
from takeup.district.attributes import STREET
from takeup.report.formatting import count, decimal, interval, join_words, millions, printable, signed, signed_count

SUMMARY_COLUMNS: Final = (
    "scenario",
    "title",
    "take_up_percent",
    "difference_points",
    "low",
    "high",
    "difference_persons",
    "persons_low",
    "persons_high",
    "issued",
    "lapsed",
    "wait_months",
    "cost_cny",
    "cost_per_permit",
)
GROUP_COLUMNS: Final = (
    "scenario",
    "attribute",
    "level",
    "baseline_percent",
    "take_up_percent",
    "difference_points",
    "low",
    "high",
)


def summary_table(comparison: Comparison) -> pd.DataFrame:
    """Summarise each scenario at the last month, the baseline first, one row per scenario.

    Columns: `take_up_percent`; `difference_points` with its interval `low` to `high`, see `comparison_table`;
    `difference_persons`, valid permits more than in the baseline, with `persons_low` to `persons_high`;
    `issued`, `lapsed`, `wait_months`, `cost_cny` as in the comparison; `cost_per_permit`, yuan per
    additional valid permit.
    """
    rows = comparison.comparison
    last = rows[rows["month"] == comparison.until].set_index("scenario")
    names = [scenario.name for scenario in comparison.scenarios]
    table = last.reindex(names).rename_axis("scenario").reset_index()
    table["title"] = [scenario.title for scenario in comparison.scenarios]
    table["take_up_percent"] = PERCENT * table["valid_share"]
    is_baseline = table["scenario"] == names[0]
    table.loc[is_baseline, ["difference_points", "low", "high", "difference_persons", "cost_per_permit"]] = np.nan
    persons = residents(comparison)
    for bound in ("low", "high"):
        table[f"persons_{bound}"] = table[bound] / PERCENT * persons
    return table[list(SUMMARY_COLUMNS)]


def group_table(comparison: Comparison) -> pd.DataFrame:
    """Compare take-up by group at the last month with the baseline.

    One row per scenario (without the baseline), attribute and level, in the order of the comparison, of the
    attributes (the streets last) and of their levels. Columns: `scenario`, `attribute`, `level`;
    `baseline_percent` and `take_up_percent`; `difference_points` with its interval `low` to `high`, the estimate of
    each run's share in the scenario minus its share in the baseline. All are means over replicates or medians over
    draws. NaN where a group is empty.
    """
    baseline, *others = (scenario.name for scenario in comparison.scenarios)
    percents = {name: _percents(comparison, name) for name in (baseline, *others)}
    tables = [_compare(percents[baseline], percents[other], comparison).assign(scenario=other) for other in others]
    if not tables:
        return pd.DataFrame(columns=list(GROUP_COLUMNS))
    return pd.concat(tables, ignore_index=True)[list(GROUP_COLUMNS)]


def residents(comparison: Comparison) -> float:
    """Residents of the district in the last month, the same in every run."""
    rows = comparison.monthly
    last = rows[rows["month"] == comparison.until]
    return float(last["population"].mean()) * comparison.persons_per_agent


def _percents(comparison: Comparison, scenario: str) -> pd.DataFrame:
    """Take-up in percent in the last month, one row per group and one column per run."""
    rows = comparison.groups
    last = rows[(rows["month"] == comparison.until) & (rows["scenario"] == scenario)]
    percent = last.assign(percent=PERCENT * last["valid"] / last["population"])
    wide = percent.set_index(["attribute", "level", "replicate"])["percent"].unstack("replicate")  # noqa: PD010
    groups = _in_order([(str(attribute), str(level)) for attribute, level in wide.index], comparison.district)
    return wide.reindex(pd.MultiIndex.from_tuples(groups, names=["attribute", "level"]))


def _compare(baseline: pd.DataFrame, scenario: pd.DataFrame, comparison: Comparison) -> pd.DataFrame:
    """Estimate two tables of percentages, in the shape (groups, runs), and their paired difference."""
    scenario = scenario.reindex_like(baseline)
    differences = comparison.interval((scenario - baseline).to_numpy(dtype=np.float64).T)
    return pd.DataFrame(
        {
            "baseline_percent": comparison.interval(baseline.to_numpy(dtype=np.float64).T).center,
            "take_up_percent": comparison.interval(scenario.to_numpy(dtype=np.float64).T).center,
            "difference_points": differences.center,
            "low": differences.low,
            "high": differences.high,
        },
        index=baseline.index,
    ).reset_index()


def _in_order(groups: Sequence[tuple[str, str]], district: District) -> list[tuple[str, str]]:
    """Sort groups by the order in which attributes, levels and streets are defined; others come last."""
    defined = [(attribute, level) for attribute, levels in ATTRIBUTES.items() for level in levels]
    defined += [(STREET, street) for street in district.streets]
    place = {group: number for number, group in enumerate(defined)}
    return sorted(groups, key=lambda group: place.get(group, len(place)))


_NARROWEST_NAME: Final = 12
_NARROWEST_VALUE: Final = 5
_MOST_WITH_INTERVALS: Final = 4
"""Number of scenarios whose intervals fit beside their differences on 80 columns."""


def render_summary(summary: pd.DataFrame, precision: StoppingResult | None = None, replicates: int = 1) -> Table:
    """Render the table of `summary_table` on 80 columns, one line per scenario.

    Args:
        summary: the table.
        precision: the precision reached, where replicates were added until it was reached.
        replicates: the number of replicates.
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
        table.caption = _plain(f"{precision_note(precision, replicates)} {table.caption}")
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
    """Render a run's monthly table: one line per year (its last month), means over replicates."""
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
    """Render the table of `group_table` in points: one line per level, one column per scenario.

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
        header = _plain(join_words(str(scenario))) if has_room else str(number)
        table.add_column(header, justify="right", min_width=_NARROWEST_VALUE, overflow="fold")
    if not has_room:
        table.caption = _plain(
            ", ".join(f"{n} {join_words(str(scenario))}" for n, scenario in enumerate(scenarios, 1))
        )
        table.caption_justify = "left"
    above = ""
    for (attribute, level), rows in chosen.groupby(["attribute", "level"], sort=False):
        if attribute != above:
            above = str(attribute)
            table.add_row(_plain(join_words(above)), style="bold")
        numbers = rows[["difference_points", "high"]].to_numpy(dtype=float)
        table.add_row(
            Text(f"  {join_words(str(level))}"),
            decimal(float(rows["baseline_percent"].iloc[0])),
            *(_difference(points, high if has_room else math.nan) for points, high in numbers),
        )
    return table


def render_ensemble(comparison: Comparison) -> Table:
    """Render the effects over draws of a posterior: one line per scenario, in points at the last month."""
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
        table.caption = _plain(f"{monte_carlo_note(comparison.precision, seeds)} {table.caption}")
    table.caption_justify = "left"
    return table


def render_gains(comparison: Comparison) -> Table:
    """Render who gains: one line per scenario with the transitions of all persons and the largest gain."""
    gains = comparison.gains
    table = _empty("Who gains: % of those who live here with and without it; at the last month")
    table.add_column("Scenario", min_width=_NARROWEST_NAME, overflow="fold")
    for header in ("Take up\nfor it", "Would\nanyway", "Drop\nout", "Have\nnone"):
        table.add_column(header, justify="right", no_wrap=True)
    table.add_column("Gains most", overflow="fold")
    for number, scenario in enumerate(comparison.scenarios[1:], 1):
        rows = gains[(gains["scenario"] == scenario.name) & (gains["attribute"] != STREET)]
        overall, groups = rows.iloc[0], rows.iloc[1:].dropna(subset="gained_percent")
        table.add_row(
            _numbered(number, scenario.name),
            *(
                decimal(PERCENT * overall[name] / overall["persons"])
                for name in ("gained", "both", "lost", "neither")
            ),
            "" if groups.empty else _largest_gain(groups),
        )
    return table


def _largest_gain(groups: pd.DataFrame) -> Text:
    row = groups.sort_values("gained_percent", kind="stable").iloc[-1]
    return _plain(f"{join_words(row['attribute'])} {join_words(row['level'])} {decimal(row['gained_percent'])}")


def _empty(title: str) -> Table:
    return Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=0, pad_edge=False)


def _difference(points: float, high: float) -> str:
    return f"{signed(points)} ±{decimal(high - points)}" if math.isfinite(high) else signed(points)


def _numbered(number: int, name: str) -> Text:
    """A scenario's name with the number that heads its column in the table by group."""
    return _plain(f"{number} {join_words(name)}" if number else join_words(name))


def _plain(text: str) -> Text:
    """Plain text: brackets in a title are not markup."""
    return Text(printable(text))
