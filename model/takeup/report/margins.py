"""The margins of a district counted from survey records, for the terminal."""

from __future__ import annotations

import pandas as pd
from rich import box
from rich.table import Table
from rich.text import Text

from takeup.report.tables import PERCENT, STREET
from takeup.report.wording import CONFIDENCE, NOTHING, count, decimal, interval, printable, words

_MOST_STREETS = 30


def render_margins(margins: pd.DataFrame, small: int) -> Table:
    """What `margins_frame` gives: a line a share of one attribute, a line a two-way table, on 80 columns.

    Args:
        margins: the frame.
        small: respondents below which a cell is flagged.
    """
    table = Table(
        title="Margins of the new district", title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False
    )
    table.add_column("", no_wrap=True)
    for header in ("Share\n%", f"{CONFIDENCE}\ninterval", "Respon-\ndents"):
        table.add_column(header, justify="right", no_wrap=True)
    table.add_column("", overflow="fold")
    for (attribute, second), rows in margins.groupby(["attribute", "second_attribute"], sort=False):
        name = f"{words(str(attribute))} × {words(str(second))}" if second else words(str(attribute))
        is_counted = bool(rows["answered"].notna().iloc[0])
        flagged = int(rows["small"].sum())
        note = f"{flagged} of {len(rows)} cells: < {small}" if second and flagged else _origin(rows, is_counted)
        answered = count(float(rows["answered"].iloc[0])) if is_counted else NOTHING
        table.add_row(_said(name), "", "", answered, _said(note), style="bold")
        if not second and (is_counted or attribute != STREET):
            _add_shares(table, rows, small)
    table.caption = (
        f"{CONFIDENCE} intervals are Wilson's with Kish's effective number of respondents. "
        f"< {small}: fewer than {small} respondents. Shares without an interval are taken over."
    )
    table.caption_justify = "left"
    return table


def _add_shares(table: Table, rows: pd.DataFrame, small: int) -> None:
    shown = rows.head(_MOST_STREETS)
    percent = shown[["share", "low", "high"]].to_numpy(dtype=float) * PERCENT
    respondents = shown["respondents"].to_numpy(dtype=float, na_value=float("nan"))
    for place, (level, is_small) in enumerate(zip(shown["level"], shown["small"], strict=True)):
        share, low, high = percent[place]
        table.add_row(
            _said(f"  {words(str(level))}"),
            decimal(share),
            interval(low, high),
            count(respondents[place]),
            f"< {small}" if is_small else "",
        )
    if len(rows) > _MOST_STREETS:
        table.add_row(f"  and {len(rows) - _MOST_STREETS:,} more", "", "", "", "")


def _origin(rows: pd.DataFrame, is_counted: bool) -> str:
    """How many the answers are worth, or from where the shares are taken over."""
    if not is_counted:
        return str(rows["source"].iloc[0]).partition(":")[0].partition(",")[0]
    unanswered = float(rows["unanswered"].iloc[0])
    effective = f"effective {count(float(rows['effective'].iloc[0]))}"
    return f"{effective}; {count(unanswered)} no answer" if unanswered else effective


def _said(text: str) -> Text:
    """As it stands: a name with brackets in it is no markup."""
    return Text(printable(text) if not text.startswith("  ") else f"  {printable(text)}")
