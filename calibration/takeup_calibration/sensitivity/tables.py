"""The indices as tables: for files, and for the terminal."""

from __future__ import annotations

import math
from dataclasses import asdict

import pandas as pd
from rich import box
from rich.table import Table

from takeup.report.formatting import decimal
from takeup_calibration.sensitivity.indices import Index
from takeup_calibration.sensitivity.looking import SHARE, Seen
from takeup_calibration.sensitivity.ranking import ranked

NOT_RESOLVED = "n.r."
PERCENT = 100.0
_LONGEST_HEADER = 7
MEANINGS = {
    "mu_star": "mean size of the effect between the prior's ends",
    "sigma": "standard deviation of the effect from place to place",
    "ST": "with all interactions",
    "S1": "alone",
}
BLOCKS = {"morris": "trajectories", "sobol": "base points"}
UNITS = {"morris": "points of take-up", "sobol": "% of the variance"}


def frame_of(seen: list[Seen]) -> pd.DataFrame:
    """One line an index; the value of one that is not resolved is NaN, its interval stays.

    Columns: method, output, parameter, index, value, low, high, resolved.
    """
    rows = [
        {**asdict(each), "value": each.value if each.resolved else math.nan, "resolved": each.resolved}
        for one in seen
        for each in one.indices
    ]
    return pd.DataFrame(rows)


def render(seen: Seen, index: str) -> Table:
    """An index as parameters x outputs, ± half its 95 % interval, on 80 columns."""
    method = seen.look.design.method
    told = {(each.parameter, each.output): each for each in seen.indices if each.index == index}
    columns = list(dict.fromkeys(each.output for each in seen.indices))
    shown, hidden = [], []
    for name in ranked(seen.indices):
        row = [told.get((name, output)) for output in columns]
        if any(each is not None and each.resolved for each in row):
            shown.append((name, row))
        elif any(row):
            hidden.append(name)
    title = f"{method.capitalize()}, {index}: {UNITS[method]} ± half the 95 % interval"
    table = Table(title=title, box=box.SIMPLE_HEAD, padding=0, pad_edge=False, show_edge=False)
    table.title_justify = table.caption_justify = "left"
    table.caption = f"{index}: {MEANINGS[index]}."
    if hidden:
        table.caption += f" Not resolved for any output: {', '.join(hidden)}."
    table.add_column("Parameter", no_wrap=True)
    for output in columns:
        table.add_column(_header(output), justify="right", no_wrap=True)
    for name, row in shown:
        table.add_row(name, *(said(each) for each in row))
    return table


def said(index: Index | None) -> str:
    """An index with half its interval: 12.3±2.1; nothing where there is none."""
    if index is None:
        return ""
    if not index.resolved:
        return NOT_RESOLVED
    scale = PERCENT if index.method == "sobol" else 1.0
    places = 0 if index.method == "sobol" else 1
    value, half = index.value * scale, (index.high - index.low) / 2 * scale
    least = 10.0**-places
    if value == 0.0 and half == 0.0:
        return "0"
    return f"{decimal(value, places)}±{decimal(half, places)}" if abs(value) >= least / 2 else f"<{least:g}"


def words_of(output: str) -> str:
    """An output's name for a heading."""
    return "share" if output == SHARE else output.removeprefix("effect ")


def _header(output: str) -> str:
    """In two lines if it is long."""
    words = words_of(output)
    if len(words) <= _LONGEST_HEADER:
        return words
    middle = (len(words) + 1) // 2
    return f"{words[:middle]}-\n{words[middle:]}"
