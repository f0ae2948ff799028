"""Terminal tables of `why`, at most 80 columns wide."""

from __future__ import annotations

from typing import Final

import pandas as pd
from rich.table import Table
from rich.text import Text

from takeup.analysis.uncertainty import interval_contents
from takeup.analysis.why import REASONS
from takeup.analysis.why.attribution import STEPS, WHOLE_POPULATION
from takeup.analysis.why.spec import Decomposition, WhyResult
from takeup.analysis.why.summary import (
    MIN_PERCENT,
    format_interval,
    interval_note,
    obstacle_label,
    reasons_table,
    steps_table,
)
from takeup.district.attributes import STREET
from takeup.report.formatting import PERCENT, count, decimal, plain_table, printable, signed
from takeup.report.i18n import ENGLISH, Language

_INDENT: Final = "  "


def _headers(translate: Language) -> dict[str, str]:
    """Return the headings of the steps, narrow enough for 80 columns."""
    return {
        "valid": translate("Valid"),
        "queueing": translate("Queue"),
        "lapsed": translate("Lapsed"),
        "not entitled": translate("Not\nelig."),
        "unaware": translate("Un-\naware"),
        "not understood": translate("Not\nclear"),
        "benefits": translate("Bene-\nfits"),
        "burden": translate("Bur-\nden"),
        "returned": translate("Sent\nback"),
        "not yet": translate("Not\nyet"),
    }


def render_reasons(result: WhyResult, translate: Language = ENGLISH) -> Table:
    """Make the terminal table of all migrants by reason in the month of the funnel."""
    title = translate(
        "Migrants by reason for having no valid permit: {month}", month=translate.month(result.spec.month)
    )
    reasons = reasons_table(result, result.funnel)
    return _render_reasons(title, reasons, interval_note(result, translate), translate, intervals=result.runs > 1)


def render_steps(result: WhyResult, translate: Language = ENGLISH) -> Table:
    """Make the terminal table of groups by the steps of the funnel, in percent."""
    table, population = plain_table(translate("The same by group, % of the group")), result.spec.district.population
    table.add_column(translate("Group"), overflow="fold")
    for step in STEPS:
        table.add_column(_headers(translate)[step], justify="right", no_wrap=True)
    previous = ""
    steps = steps_table(result)
    for (attribute, level), row in steps[steps["attribute"] != STREET].groupby(["attribute", "level"], sort=False):
        shares = [decimal(float(row[step].iloc[0])) for step in STEPS]
        if (attribute, level) == WHOLE_POPULATION:
            table.add_row(translate("everyone"), *shares)
            continue
        if attribute != previous:
            previous = str(attribute)
            table.add_row(Text(translate.words(previous)), style="bold")
        table.add_row(Text(f"{_INDENT}{translate.level(population, previous, str(level))}"), *shares)
    return table


def render_obstacles(result: WhyResult, decomposition: Decomposition, translate: Language = ENGLISH) -> Table:
    """Make the terminal table of the contribution of each obstacle."""
    intervals = result.runs > 1
    until = translate.month(result.spec.until)
    table = plain_table(translate("Obstacles and missing take-up at the end of {month}", month=until))
    table.add_column("", overflow="fold")
    headers = [translate("Points"), translate("Share of\nthe gap %")]
    for header in [*headers, translate("Interval")] if intervals else headers:
        table.add_column(header, justify="right", no_wrap=True)
    gap = float(decomposition.gap.center)

    def add(name: str, points: str, share: str, interval: str, *, indent: str = "", style: str = "") -> None:
        text = Text(f"{indent}{printable(name)}")
        table.add_row(text, points, share, *((interval,) if intervals else ()), style=style)

    now, remaining = decomposition.now, decomposition.remaining
    everything = translate("take-up with all obstacles in place")
    add(everything, decimal(float(now.center)), "", format_interval(now, translate), style="bold")
    for obstacle, (points, low, high) in zip(
        decomposition.obstacles.each,
        decomposition.parts[["points", "low", "high"]].itertuples(index=False),
        strict=True,
    ):
        share = decimal(PERCENT * points / gap) if gap else ""
        label = obstacle_label(obstacle, translate)
        add(label, signed(points), share, translate.interval(low, high, signed), indent=_INDENT)
    whole, ends = decimal(PERCENT) if gap else "", format_interval(decomposition.gap, translate, signed)
    add(translate("all together"), signed(gap), whole, ends, indent=_INDENT)
    removed = translate("take-up with all removed")
    add(removed, decimal(PERCENT - float(remaining.center)), "", "", style="bold")
    fixed = translate("not removable")
    add(fixed, decimal(float(remaining.center)), "", format_interval(remaining, translate), style="bold")
    table.caption = translate.join(
        [
            translate(
                "Shapley values: percentage points that removing an obstacle adds, averaged over all orders of "
                "removal."
            ),
            interval_note(result, translate),
        ]
    )
    return table


def render_remaining(result: WhyResult, decomposition: Decomposition, translate: Language = ENGLISH) -> Table:
    """Make the terminal table of reasons that remain with all obstacles removed.

    Reasons of less than 0.05 % of the migrants are omitted.
    """
    title = translate(
        "Not removable: no permit with all obstacles removed, {month}", month=translate.month(result.spec.until)
    )
    reasons = reasons_table(result, decomposition.funnel).iloc[1:]
    contents = (
        translate("Interval: {contents}.", contents=interval_contents(drawn=result.spec.drawn, translate=translate))
        if result.runs > 1
        else None
    )
    reasons = reasons[reasons["percent"] >= MIN_PERCENT]
    return _render_reasons(title, reasons, contents, translate, intervals=result.runs > 1)


def _render_reasons(
    title: str, reasons: pd.DataFrame, caption: str | None, translate: Language, *, intervals: bool
) -> Table:
    table = plain_table(title, caption)
    table.add_column("", no_wrap=True)
    headers = [translate("Persons"), "%"]
    for header in [*headers, translate("Interval")] if intervals else headers:
        table.add_column(header, justify="right", no_wrap=True)
    for row in reasons[["cause", "persons", "percent", "low", "high"]].itertuples(index=False):
        number, persons, percent, low, high = row
        shown = (translate.interval(low, high),) if intervals else ()
        name = translate.cause(REASONS[int(number)])
        table.add_row(name, count(persons), decimal(percent), *shown, style="" if number else "bold")
    return table
