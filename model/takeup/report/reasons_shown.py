"""What `why` found, as tables for the terminal, on 80 columns."""

from __future__ import annotations

from typing import Final

import pandas as pd
from rich import box
from rich.table import Table
from rich.text import Text

from takeup.answers.why.answer import PERCENT, Answer, Decomposition
from takeup.answers.why.causes import STEPS
from takeup.answers.why.funnel import EVERYONE
from takeup.report.reasons import causes_table, lower, meant_by_interval, spread_of, steps_table, within
from takeup.report.tables import STREET
from takeup.report.wording import count, decimal, month, printable, signed, words

_LEAST_SHOWN: Final = 0.05
"""Percent; what is less reads 0.0."""
_HEADERS: Final = {
    "valid": "Valid",
    "queueing": "Queue",
    "lapsed": "Lapsed",
    "not entitled": "No\ntitle",
    "unaware": "Un-\naware",
    "not understood": "Not\nclear",
    "benefits": "Bene-\nfits",
    "burden": "Bur-\nden",
    "returned": "Sent\nback",
    "not yet": "Not\nyet",
}
"""The steps, narrow enough for 80 columns."""


def render_causes(answer: Answer) -> Table:
    """Everyone by cause at the funnel's month."""
    title = f"Who has no valid permit, and why: {month(answer.question.lives[0].month)}"
    table = _causes(title, causes_table(answer, answer.funnel), intervals=answer.runs > 1)
    table.caption = meant_by_interval(answer)
    return table


def render_steps(answer: Answer) -> Table:
    """Every group by the steps of the funnel, in percent of the group."""
    table = _empty("The same by group, % of the group")
    table.add_column("Group", no_wrap=True)
    for step in STEPS:
        table.add_column(_HEADERS[step], justify="right", no_wrap=True)
    above = ""
    steps = steps_table(answer)
    for (attribute, level), row in steps[steps["attribute"] != STREET].groupby(["attribute", "level"], sort=False):
        shares = [decimal(float(row[step].iloc[0])) for step in STEPS]
        if (attribute, level) == EVERYONE:
            table.add_row("everyone", *shares)
            continue
        if attribute != above:
            above = str(attribute)
            table.add_row(Text(words(above)), style="bold")
        table.add_row(Text(f"  {words(str(level))}"), *shares)
    return table


def render_obstacles(answer: Answer, decomposition: Decomposition) -> Table:
    """What each obstacle takes away, from take-up now to 100 %."""
    intervals = answer.runs > 1
    table = _empty(f"What each obstacle takes away: take-up at the end of {month(answer.question.lives[0].until)}")
    table.add_column("", overflow="fold")
    for header in ("Points", "Share of\nthe gap %", *(("Interval",) if intervals else ())):
        table.add_column(header, justify="right", no_wrap=True)
    gap = float(decomposition.gap.mean)

    def add(name: str, points: str, share: str, interval: str, *, style: str = "") -> None:
        table.add_row(Text(printable(name)), points, share, *((interval,) if intervals else ()), style=style)

    now, remaining = decomposition.now, decomposition.remaining
    add("take-up with all obstacles in place", decimal(float(now.mean)), "", spread_of(now), style="bold")
    titles = [obstacle.title for obstacle in decomposition.obstacles.each]
    for title, (points, low, high) in zip(
        titles, decomposition.parts[["points", "low", "high"]].itertuples(index=False), strict=True
    ):
        share = decimal(PERCENT * points / gap) if gap else ""
        add(f"  {lower(title)}", signed(points), share, within(low, high))
    add("  all together", signed(gap), decimal(PERCENT) if gap else "", spread_of(decomposition.gap))
    add("take-up with all removed", decimal(PERCENT - float(remaining.mean)), "", "", style="bold")
    add("not removable", decimal(float(remaining.mean)), "", spread_of(remaining), style="bold")
    table.caption = f"Shapley values: what removing one adds, on average over all orders. {meant_by_interval(answer)}"
    return table


def render_remaining(answer: Answer, decomposition: Decomposition) -> Table:
    """Who would have no valid permit even so, and why; causes of nobody are left out."""
    title = f"Not removable: who has none with all obstacles removed, {month(answer.question.lives[0].until)}"
    causes = causes_table(answer, decomposition.funnel).iloc[1:]
    return _causes(title, causes[causes["percent"] >= _LEAST_SHOWN], intervals=answer.runs > 1)


def _causes(title: str, causes: pd.DataFrame, *, intervals: bool) -> Table:
    table = _empty(title)
    table.add_column("", no_wrap=True)
    for header in ("Persons", "%", *(("Interval",) if intervals else ())):
        table.add_column(header, justify="right", no_wrap=True)
    for row in causes[["cause", "title", "persons", "percent", "low", "high"]].itertuples(index=False):
        number, name, persons, percent, low, high = row
        shown = (within(low, high),) if intervals else ()
        table.add_row(name, count(persons), decimal(percent), *shown, style="" if number else "bold")
    return table


def _empty(title: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=0, pad_edge=False)
    table.caption_justify = "left"
    return table
