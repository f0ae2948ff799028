"""Tables for the terminal."""

from __future__ import annotations

import pandas as pd
from rich.table import Table
from rich.text import Text

from takeup.report.tables import STREET
from takeup.report.wording import count, decimal, interval, printable, signed, signed_count, words, yuan


def render_summary(summary: pd.DataFrame) -> Table:
    """What `summary_table` gives, one line a scenario."""
    table = Table(title="Beside the baseline, at the last month", title_justify="left")
    table.add_column("Scenario")
    for header in ("Take-up %", "Points", "95 % interval", "Permits", "Issued", "Lapsed", "Wait, months", "Cost, yuan"):
        table.add_column(header, justify="right")
    table.add_column("Yuan per extra permit", justify="right")
    for row in summary.itertuples():
        table.add_row(
            _said(str(row.title)),
            decimal(_number(row.take_up_percent)),
            signed(_number(row.difference_points)),
            interval(_number(row.low), _number(row.high), signed),
            signed_count(_number(row.difference_persons)),
            count(_number(row.issued)),
            count(_number(row.lapsed)),
            decimal(_number(row.wait_months), 2),
            yuan(_number(row.cost_cny)),
            yuan(_number(row.cost_per_permit)),
        )
    return table


def render_groups(groups: pd.DataFrame, *, streets: bool = False) -> Table:
    """What `group_table` gives: a line a group, a column a scenario, differences in points with half their interval.

    Args:
        groups: the table.
        streets: whether to list the streets too.
    """
    chosen = groups if streets else groups[groups["attribute"] != STREET]
    scenarios = list(dict.fromkeys(chosen["scenario"]))
    table = Table(title="Difference from the baseline in points, by group", title_justify="left")
    table.add_column("Group")
    table.add_column("Level")
    table.add_column("Baseline %", justify="right")
    for scenario in scenarios:
        table.add_column(_said(str(scenario)), justify="right")
    above = ""
    for (attribute, level), rows in chosen.groupby(["attribute", "level"], sort=False):
        cells = {str(row.scenario): _difference(_number(row.difference_points), _number(row.high)) for row in rows.itertuples()}
        if above and attribute != above:
            table.add_section()
        table.add_row(
            _said(words(str(attribute))) if attribute != above else "",
            _said(words(str(level))),
            decimal(float(rows["baseline_percent"].iloc[0])),
            *(cells[scenario] for scenario in scenarios),
        )
        above = str(attribute)
    return table


def _difference(points: float, high: float) -> str:
    half = decimal(high - points)
    return f"{signed(points)} ±{half}" if high == high else signed(points)  # noqa: PLR0124  (NaN: no interval)


def _said(text: str) -> Text:
    """As it stands: a title with brackets in it is no markup."""
    return Text(printable(text))


def _number(value: object) -> float:
    return float(value)  # type: ignore[arg-type]
