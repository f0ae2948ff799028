"""What `why` found, as tables and in plain words.

What `why` found, as tables for the terminal, on 80 columns.

Waterfalls: from everyone down to those who hold a permit, and from take-up now up to 100 %.

What `why` leaves in its folder and says in the terminal. Every file appears whole or not at all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from takeup.analysis.statistics import Estimate, estimate
from takeup.analysis.why import REASONS
from takeup.analysis.why.attribution import EVERYONE, STEPS, TITLES, Reason
from takeup.analysis.why.result import Decomposition, WhyResult
from takeup.constants import PERCENT
from takeup.district.attributes import STREET
from takeup.months import format_month
from takeup.report.formatting import (
    CONFIDENCE,
    NOTHING,
    count,
    decimal,
    interval,
    join_words,
    month,
    printable,
    replicates,
    signed,
)
from takeup.report.manifest import command_line, intervention_records, library_versions, scenario_record
from takeup.report.plotting.style import (
    INK,
    LABEL_SIZE,
    PALE_INK,
    PAPER,
    Margins,
    finalise,
    head_values,
    page,
    row_header,
    style_axes,
)
from takeup.report.plotting.text import wrapped
from takeup.report.results_folder import results_writer, write_figure, write_json, write_tables

CREDIBLE: Final = "90\u00a0%"
"""How much of the draws lies in the interval that is shown of them."""


def reasons_table(answer: WhyResult, funnel: pd.DataFrame) -> pd.DataFrame:
    """Everyone by cause, in the order of the causes.

    Args:
        answer: what was found.
        funnel: its own, or that with all obstacles removed.

    Returns:
        cause (its number), title, persons (of the district), percent with low and high, over runs.
    """
    rows = _everyone(funnel)
    shares = rows["share"].to_numpy(np.float64).reshape(-1, len(Reason)) * PERCENT
    persons = rows["persons"].to_numpy(np.float64).reshape(-1, len(Reason)) * answer.question.persons_per_agent
    found = estimate(shares, drawn=answer.question.drawn)
    return pd.DataFrame(
        {
            "cause": [int(cause) for cause in Reason],
            "title": [TITLES[cause] for cause in Reason],
            "persons": estimate(persons, drawn=answer.question.drawn).center,
            "percent": found.center,
            "low": found.low,
            "high": found.high,
        }
    )


def steps_table(answer: WhyResult) -> pd.DataFrame:
    """Each group by the steps of the funnel in percent, over runs; NaN where a group has nobody.

    Returns:
        attribute, level, and a column a step; everyone first, streets last.
    """
    rows = answer.funnel
    width = len(rows) // answer.runs
    shares = rows["share"].to_numpy(np.float64).reshape(answer.runs, width // len(Reason), len(Reason)) * PERCENT
    groups = rows[["attribute", "level"]].iloc[: width : len(Reason)].reset_index(drop=True)
    steps = {
        step: estimate(shares[:, :, list(causes)].sum(axis=2), drawn=answer.question.drawn).center
        for step, causes in STEPS.items()
    }
    return groups.assign(**steps)


def residents(answer: WhyResult) -> float:
    """Persons living in the district in the funnel's month."""
    return float(_everyone(answer.funnel)["persons"].sum()) / answer.runs * answer.question.persons_per_agent


def headline_sentence(answer: WhyResult) -> str:
    """Of so many, so many hold a permit; and the largest reason why the others do not."""
    valid, *others = reasons_table(answer, answer.funnel)["percent"].to_list()
    largest = max(others)
    reason = TITLES[Reason(1 + others.index(largest))]
    return (
        f"Of {count(residents(answer))} migrants, {decimal(valid)} % hold a valid permit at the end of "
        f"{month(answer.question.runs[0].month)}; the largest reason why the others do not: "
        f"{reason} ({decimal(largest)} %)."
    )


def obstacle_sentence(answer: WhyResult, decomposition: Decomposition) -> str:
    """How far take-up would go without the obstacles, which takes away most, and what is left."""
    parts = decomposition.parts
    first, until = format_month(decomposition.obstacles.removed_from), answer.question.runs[0].until
    largest = int(parts["points"].to_numpy().argmax())
    title = decapitalise(decomposition.obstacles.each[largest].title)
    reached = PERCENT - float(decomposition.remaining.center)
    return (
        f"With all {len(parts)} obstacles removed from {month(first)}, {decimal(reached)} % would hold one at the "
        f"end of {month(until)} instead of {decimal(float(decomposition.now.center))} %; the largest: "
        f"{title} ({decimal(float(parts['points'].iloc[largest]))} of "
        f"{decimal(float(decomposition.gap.center))} points)."
    )


def interval_note(answer: WhyResult) -> str:
    """What the numbers and their intervals are."""
    if answer.question.drawn:
        return (
            f"Medians and {CREDIBLE} intervals over {count(answer.runs)} draws of the posterior: what the district's "
            "figures leave open, and chance. Medians need not add up."
        )
    if answer.runs == 1:
        return "One replicate: there is no interval."
    return (
        f"Means over {replicates(answer.runs)} and their {CONFIDENCE} intervals (t distribution), which is chance "
        "between replicates, not doubt about parameters."
    )


def format_interval(found: Estimate) -> str:
    """An interval over runs: 6.5 to 7.3; – where there is none."""
    return format_range(float(found.low), float(found.high))


def format_range(low: float, high: float) -> str:
    """From low to high, or – where there is no interval."""
    return interval(low, high) if math.isfinite(low) else NOTHING


def decapitalise(title: str) -> str:
    """A title as it stands within a sentence or a list."""
    return f"{title[:1].lower()}{title[1:]}"


def _everyone(funnel: pd.DataFrame) -> pd.DataFrame:
    """The rows of the whole district."""
    return funnel[(funnel["attribute"] == EVERYONE[0]) & (funnel["level"] == EVERYONE[1])]


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


def render_reasons(answer: WhyResult) -> Table:
    """Everyone by cause at the funnel's month."""
    title = f"Who has no valid permit, and why: {month(answer.question.runs[0].month)}"
    table = _causes(title, reasons_table(answer, answer.funnel), intervals=answer.runs > 1)
    table.caption = interval_note(answer)
    return table


def render_steps(answer: WhyResult) -> Table:
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
            table.add_row(Text(join_words(above)), style="bold")
        table.add_row(Text(f"  {join_words(str(level))}"), *shares)
    return table


def render_obstacles(answer: WhyResult, decomposition: Decomposition) -> Table:
    """What each obstacle takes away, from take-up now to 100 %."""
    intervals = answer.runs > 1
    table = _empty(f"What each obstacle takes away: take-up at the end of {month(answer.question.runs[0].until)}")
    table.add_column("", overflow="fold")
    for header in ("Points", "Share of\nthe gap %", *(("Interval",) if intervals else ())):
        table.add_column(header, justify="right", no_wrap=True)
    gap = float(decomposition.gap.center)

    def add(name: str, points: str, share: str, interval: str, *, style: str = "") -> None:
        table.add_row(Text(printable(name)), points, share, *((interval,) if intervals else ()), style=style)

    now, remaining = decomposition.now, decomposition.remaining
    add("take-up with all obstacles in place", decimal(float(now.center)), "", format_interval(now), style="bold")
    titles = [obstacle.title for obstacle in decomposition.obstacles.each]
    for title, (points, low, high) in zip(
        titles, decomposition.parts[["points", "low", "high"]].itertuples(index=False), strict=True
    ):
        share = decimal(PERCENT * points / gap) if gap else ""
        add(f"  {decapitalise(title)}", signed(points), share, format_range(low, high))
    add("  all together", signed(gap), decimal(PERCENT) if gap else "", format_interval(decomposition.gap))
    add("take-up with all removed", decimal(PERCENT - float(remaining.center)), "", "", style="bold")
    add("not removable", decimal(float(remaining.center)), "", format_interval(remaining), style="bold")
    table.caption = f"Shapley values: what removing one adds, on average over all orders. {interval_note(answer)}"
    return table


def render_remaining(answer: WhyResult, decomposition: Decomposition) -> Table:
    """Who would have no valid permit even so, and why; causes of nobody are left out."""
    title = f"Not removable: who has none with all obstacles removed, {month(answer.question.runs[0].until)}"
    causes = reasons_table(answer, decomposition.funnel).iloc[1:]
    return _causes(title, causes[causes["percent"] >= _LEAST_SHOWN], intervals=answer.runs > 1)


def _causes(title: str, causes: pd.DataFrame, *, intervals: bool) -> Table:
    table = _empty(title)
    table.add_column("", no_wrap=True)
    for header in ("Persons", "%", *(("Interval",) if intervals else ())):
        table.add_column(header, justify="right", no_wrap=True)
    for row in causes[["cause", "title", "persons", "percent", "low", "high"]].itertuples(index=False):
        number, name, persons, percent, low, high = row
        shown = (format_range(low, high),) if intervals else ()
        table.add_row(name, count(persons), decimal(percent), *shown, style="" if number else "bold")
    return table


def _empty(title: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=0, pad_edge=False)
    table.caption_justify = "left"
    return table


_ROW: Final = 0.32
_MARGINS: Final = Margins(left=2.6, right=2.2, top=0.4)
_LABEL_WIDTH: Final = 2.4
_VALUES: Final = 1.03
_BAR, _CAP, _CONNECTOR = 0.66, 0.14, 0.8
"""Height of a bar and half that of an interval's end, in rows; width of the line from one bar to the next."""
_EN_SPACE: Final = "\u2002"
_SOLID, _ADDED, _LESS, _REST = "#2f5d87", "#8fb3d1", "#cc6677", "#e4e4e4"
"""Who holds a permit, what an obstacle adds, what it takes, and what is left: told apart in grey as well."""
_SHADES: Final = ("#5f6368", "#8a8f94", "#b3b7bb")
"""Of the steps of the funnel, in turn."""
_DOWN: Final = (
    "not entitled",
    "unaware",
    "not understood",
    "benefits",
    "burden",
    "returned",
    "not yet",
    "queueing",
    "lapsed",
)
"""The steps in the order in which one takes them on the way to a permit in force."""


@dataclass(frozen=True)
class _Bar:
    """A bar from one height of the waterfall to another, with what is written beside it."""

    label: str
    begin: float
    end: float
    colour: str
    said: str
    low: float = math.nan
    high: float = math.nan
    hatch: str = ""


def plot_funnel(answer: WhyResult) -> Figure:
    """From everyone down to those who hold a valid permit, cause by cause."""
    table = reasons_table(answer, answer.funnel)
    numbers = table[["percent", "low", "high", "persons"]].to_numpy(np.float64).tolist()
    everyone, left = residents(answer), PERCENT
    bars = [_Bar("everyone", 0.0, PERCENT, _SOLID, count(everyone))]
    for number, step in enumerate(_DOWN):
        for cause in STEPS[step]:
            share = numbers[cause][0]
            bars.append(
                _Bar(TITLES[cause], left, left - share, _SHADES[number % len(_SHADES)], _said(*numbers[cause]))
            )
            left -= share
    share, low, high, _ = numbers[Reason.VALID]
    bars.append(_Bar(TITLES[Reason.VALID], 0.0, share, _SOLID, _said(*numbers[Reason.VALID]), low, high))
    place, when = answer.question.district.population.name, month(answer.question.runs[0].month)
    caption = f"Everyone stands at the first cause that holds, {when}. {interval_note(answer)}"
    title = f"Why migrants in {place} hold no valid permit, {when}"
    return _waterfall(title, caption, bars, "Cause", "%, persons", f"Migrants, % of {count(everyone)}")


def plot_obstacles(answer: WhyResult, decomposition: Decomposition) -> Figure:
    """From take-up now up to 100 %: what each obstacle takes away, and what is left without them."""
    now, remaining = decomposition.now, decomposition.remaining
    at = float(now.center)
    bars = [_Bar("take-up with all in place", 0.0, at, _SOLID, f"{decimal(at)} %", float(now.low), float(now.high))]
    for obstacle, (points, low, high) in zip(
        decomposition.obstacles.each,
        decomposition.parts[["points", "low", "high"]].itertuples(index=False),
        strict=True,
    ):
        said = signed(points) + (f"{_EN_SPACE}({interval(low, high, signed)})" if math.isfinite(low) else "")
        colour, hatch = (_ADDED, "") if points >= 0.0 else (_LESS, "//")
        bars.append(_Bar(decapitalise(obstacle.title), at, at + points, colour, said, at + low, at + high, hatch))
        at += points
    reached = PERCENT - float(remaining.center)
    ends = PERCENT - float(remaining.high), PERCENT - float(remaining.low)
    bars.append(_Bar("take-up with all removed", 0.0, reached, _SOLID, f"{decimal(reached)} %", *ends))
    rest = f"{decimal(float(remaining.center))} points"
    bars.append(_Bar("not removable", reached, PERCENT, _REST, rest, hatch=".."))
    first = month(format_month(decomposition.obstacles.removed_from))
    until = month(answer.question.runs[0].until)
    marks = " Marks at the ends of bars are intervals." if answer.runs > 1 else ""
    caption = (
        f"Shapley values: what removing an obstacle from {first} on adds by {until}, on average over all orders of "
        f"removing them, with the same people and the same luck. What removing means is assumed.{marks} "
        f"{interval_note(answer)}"
    )
    title = f"What each obstacle takes away from take-up in {answer.question.district.population.name}, {until}"
    return _waterfall(title, caption, bars, "Obstacle", "points", "Migrants with a valid permit, %")


def _said(share: float, low: float, high: float, persons: float) -> str:
    within = f"{_EN_SPACE}({interval(low, high)})" if math.isfinite(low) else ""
    return f"{decimal(share)} %{within}{_EN_SPACE}{count(persons)}"


def _waterfall(title: str, caption: str, bars: Sequence[_Bar], rows: str, values: str, unit: str) -> Figure:
    sheet = page(title, caption, _ROW * len(bars), _MARGINS)
    axes = sheet.axes()
    for row, bar in enumerate(bars):
        _draw(axes, row, bar)
        if row + 1 < len(bars) and bars[row + 1].begin == bar.end:
            axes.plot([bar.end] * 2, [row, row + 1], color=PALE_INK, linewidth=_CONNECTOR, zorder=1)
    labels = ["\n".join(wrapped(bar.label, _LABEL_WIDTH, LABEL_SIZE, most=2)) for bar in bars]
    axes.set_yticks(range(len(bars)), labels)
    axes.set_ylim(len(bars) - 0.4, -0.6)
    axes.set_xlim(min(0.0, *(bar.end for bar in bars)), PERCENT)
    axes.set_xlabel(unit)
    style_axes(axes, grid="x")
    row_header(axes, rows, sheet.height)
    head_values(axes, values, sheet.height, _VALUES)
    return finalise(sheet)


def _draw(axes: Axes, row: int, bar: _Bar) -> None:
    axes.barh(
        row,
        bar.end - bar.begin,
        left=bar.begin,
        height=_BAR,
        color=bar.colour,
        hatch=bar.hatch,
        edgecolor=PAPER,
        linewidth=0.0,
        zorder=2,
    )
    if math.isfinite(bar.low):
        axes.plot([bar.low, bar.high], [row, row], color=INK, linewidth=1.4, zorder=3)
        for end in (bar.low, bar.high):
            axes.plot([end, end], [row - _CAP, row + _CAP], color=INK, linewidth=1.1, zorder=3)
    axes.text(
        _VALUES, row, bar.said, transform=axes.get_yaxis_transform(), va="center", fontsize=LABEL_SIZE, color=INK
    )


@results_writer
def write_why(folder: Path, answer: WhyResult) -> None:
    """Write tables, figures, summary.json and manifest.json."""
    decomposition, tables = answer.decomposition, {"funnel": answer.funnel}
    figures = {"funnel": plot_funnel(answer)}
    if decomposition is not None:
        tables["funnel"] = pd.concat([answer.funnel, decomposition.funnel], ignore_index=True)
        tables |= {
            "obstacles": decomposition.parts,
            "obstacles_by_run": decomposition.table_by_run(),
            "combinations": decomposition.combinations,
        }
        figures["obstacles"] = plot_obstacles(answer, decomposition)
    write_tables(tables, folder)
    for name, figure in figures.items():
        write_figure(figure, folder / f"{name}.png")
    write_json(_summary(answer), folder / "summary.json")
    write_json(_manifest(answer), folder / "manifest.json")


def print_why(answer: WhyResult, folder: Path) -> None:
    """Say it in the terminal."""
    console, decomposition = Console(), answer.decomposition
    console.print(headline_sentence(answer), markup=False, highlight=False)
    console.print(render_reasons(answer))
    console.print(render_steps(answer))
    if decomposition is not None:
        console.print(render_obstacles(answer, decomposition))
        console.print(render_remaining(answer, decomposition))
        console.print(obstacle_sentence(answer, decomposition), markup=False, highlight=False)
    console.print(f"Written: {folder}", soft_wrap=True, markup=False, highlight=False)


def _summary(answer: WhyResult) -> dict[str, Any]:
    """The answer in figures: percent and points over runs, persons of the district."""
    question, decomposition = answer.question, answer.decomposition
    summary: dict[str, Any] = {
        "said": [headline_sentence(answer)],
        "district": question.district.population.name,
        "scenario": question.scenario.name,
        "month": question.runs[0].month,
        "runs": answer.runs,
        "runs_are": "draws of the posterior" if question.drawn else "replicates",
        "interval": "90 % of draws" if question.drawn else "95 % t interval of the mean over replicates",
        "persons": residents(answer),
        "persons_per_agent": question.persons_per_agent,
        "causes": _causes_why_files(answer, answer.funnel),
    }
    if decomposition is not None:
        summary["said"].append(obstacle_sentence(answer, decomposition))
        summary |= {
            "until": question.runs[0].until,
            "take_up_now": _numbers(decomposition.now),
            "gap": _numbers(decomposition.gap),
            "not_removable": _numbers(decomposition.remaining),
            "obstacles": decomposition.parts.set_index("obstacle").to_dict("index"),
            "not_removable_causes": _causes_why_files(answer, decomposition.funnel),
        }
    return summary


def _causes_why_files(answer: WhyResult, table: pd.DataFrame) -> dict[str, Any]:
    causes = reasons_table(answer, table)
    rows = causes[["persons", "percent", "low", "high"]].to_dict("records")
    return {REASONS[cause]: row for cause, row in zip(causes["cause"], rows, strict=True)}


def _numbers(found: Estimate) -> dict[str, float]:
    return {"mean": float(found.center), "low": float(found.low), "high": float(found.high)}


def _manifest(answer: WhyResult) -> dict[str, Any]:
    """All that is needed to repeat it, and nothing of when and where it was made."""
    question, life = answer.question, answer.question.runs[0]
    return {
        "command": command_line(),
        "key": question.key,
        "versions": library_versions(),
        "district": {"name": question.district.name, "sha256": question.district.digest},
        "scenario": scenario_record(question.scenario),
        "obstacles": _removals(answer.decomposition),
        "removed_from": None if question.obstacles is None else format_month(question.obstacles.removed_from),
        "runs": [{"seed": each.seed, "parameters": each.parameters} for each in question.runs],
        "agents": life.agents,
        "engine": life.engine,
        "month": life.month,
        "until": None if question.obstacles is None else life.until,
    }


def _removals(decomposition: Decomposition | None) -> list[dict[str, Any]] | None:
    if decomposition is None:
        return None
    return [
        {
            "name": each.name,
            "title": each.title,
            "source": each.source,
            "status": each.status,
            "reasoning": each.reasoning,
            "interventions": intervention_records(each.removal),
        }
        for each in decomposition.obstacles.each
    ]
