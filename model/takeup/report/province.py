"""Districts beside each other, for the terminal."""

from __future__ import annotations

from typing import Final

import pandas as pd
from rich import box
from rich.table import Table
from rich.text import Text

from takeup.report.tables import PERCENT
from takeup.report.wording import count, decimal, printable

_AT_EITHER_END: Final = 5
_BETWEEN: Final = "…"


def render_districts(districts: pd.DataFrame) -> Table:
    """Take-up by district in the last month, means over replicates: the highest and the lowest few.

    Args:
        districts: as `takeup.answers.province` gives it.
    """
    until = districts["month"].max()
    last = districts[districts["month"] == until]
    means = last.groupby(["district", "name"], sort=False)[
        ["persons", "valid_share", "population", "lapsed", "queued", "wait_months"]
    ].mean()
    ranked = means.sort_values("valid_share", ascending=False, kind="stable").reset_index()
    table = Table(
        title=f"By district at {until}: % of those living there", title_justify="left", box=box.SIMPLE_HEAD,
        padding=0, pad_edge=False,
    )  # fmt: skip
    table.add_column("District", overflow="fold")
    for header in ("Persons", "Valid", "Lapsed", "Queued", "Wait\nmonths"):
        table.add_column(header, justify="right", no_wrap=True)
    for rank, row in ranked.iterrows():
        if int(str(rank)) == _AT_EITHER_END and len(ranked) > 2 * _AT_EITHER_END:
            table.add_row(_BETWEEN)
        if _AT_EITHER_END <= int(str(rank)) < len(ranked) - _AT_EITHER_END:
            continue
        share = PERCENT / row["population"] if row["population"] else 0.0
        table.add_row(
            Text(printable(str(row["name"]))), count(row["persons"]), decimal(PERCENT * row["valid_share"]),
            decimal(share * row["lapsed"]), decimal(share * row["queued"]), decimal(row["wait_months"], 2),
        )  # fmt: skip
    return table
