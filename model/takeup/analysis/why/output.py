"""Output of `why`: sentences, terminal tables, two waterfall charts, files.

Tables fit into 80 columns. Every file is written atomically.
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
from numpy.typing import NDArray
from rich.table import Table
from rich.text import Text

from takeup.analysis.statistics import Estimate, estimate_parts, mean_error
from takeup.analysis.uncertainty import interval_contents, mean_error_note, point_hint, point_label, replicates_phrase
from takeup.analysis.why import REASONS
from takeup.analysis.why.attribution import STEPS, TITLES, WHOLE_POPULATION, Reason
from takeup.analysis.why.spec import Decomposition, Obstacle, WhyResult
from takeup.district.attributes import STREET
from takeup.months import format_month
from takeup.report.formatting import (
    PERCENT,
    count,
    decimal,
    plain_table,
    print_results,
    printable,
    signed,
)
from takeup.report.i18n import ENGLISH, Language
from takeup.report.office import FurtherFiles, write_nothing
from takeup.report.plotting import (
    LABEL_SIZE,
    PALE_INK,
    PAPER,
    Margins,
    draw_interval,
    finalise,
    head_values,
    page,
    row_header,
    style_axes,
    write_value,
)
from takeup.report.results_folder import (
    intervention_records,
    results_writer,
    run_record,
    scenario_record,
    write_figure,
    write_json,
    write_tables,
)
from takeup.report.typography import wrapped


def reasons_table(result: WhyResult, funnel: pd.DataFrame) -> pd.DataFrame:
    """Summarise the counts by reason over runs.

    Args:
        result: result of the runs.
        funnel: counts to summarise: `result.funnel`, or those with all obstacles removed.

    Returns:
        Table with one row per reason: cause (code of the reason), title, persons (of the district), percent, low,
        high.
    """
    rows = _whole_district(funnel)
    shares = _shares(rows)
    persons = rows["persons"].to_numpy(np.float64).reshape(-1, len(Reason)) * result.spec.persons_per_agent
    estimated = estimate_parts(shares, drawn=result.spec.drawn)
    return pd.DataFrame(
        {
            "cause": [int(reason) for reason in Reason],
            "title": [TITLES[reason] for reason in Reason],
            "persons": estimate_parts(persons, drawn=result.spec.drawn).center,
            "percent": estimated.center,
            "low": estimated.low,
            "high": estimated.high,
        }
    )


def steps_table(result: WhyResult) -> pd.DataFrame:
    """Summarise the steps of the funnel by group over runs.

    Returns:
        Table with one row per group, the whole district first and streets last: attribute, level, and one column per
        step in percent of the group; NaN for an empty group.
    """
    rows = result.funnel
    rows_per_run = len(rows) // result.runs
    shape = (result.runs, rows_per_run // len(Reason), len(Reason))
    shares = rows["share"].to_numpy(np.float64).reshape(shape) * PERCENT
    groups = rows[["attribute", "level"]].iloc[: rows_per_run : len(Reason)].reset_index(drop=True)
    steps = {
        step: estimate_parts(shares[:, :, list(reasons)].sum(axis=2), drawn=result.spec.drawn).center
        for step, reasons in STEPS.items()
    }
    return groups.assign(**steps)


def residents(result: WhyResult) -> float:
    """Return the population of the district in the month of the funnel, in persons."""
    return float(_whole_district(result.funnel)["persons"].sum()) / result.runs * result.spec.persons_per_agent


def headline_sentence(result: WhyResult, translate: Language = ENGLISH) -> str:
    """Write the sentence on take-up and the most frequent reason for no valid permit."""
    valid, *others = reasons_table(result, result.funnel)["percent"].to_list()
    largest = max(others)
    place = others.index(largest)
    values = {
        "persons": count(residents(result)),
        "valid": decimal(valid),
        "month": translate.month(result.spec.month),
        "reason": translate.cause(REASONS[1 + place]),
        "share": decimal(largest),
    }
    if not result.spec.drawn:
        return translate(
            "Of {persons} migrants, {valid} % hold a valid permit at the end of {month}; the most frequent reason "
            "why the others do not: {reason} ({share} %).",
            **values,
        )
    return translate(
        "Of {persons} migrants, {valid} % hold a valid permit at the end of {month}; the most frequent reason why "
        "the others do not: {reason} ({share} %; the most frequent in {draws} % of the draws).",
        **values,
        draws=_share_largest(_shares(_whole_district(result.funnel))[:, 1:], place),
    )


def obstacle_sentence(result: WhyResult, decomposition: Decomposition, translate: Language = ENGLISH) -> str:
    """Write the sentence on take-up without obstacles, and the largest obstacle."""
    parts = decomposition.parts
    largest = int(parts["points"].to_numpy().argmax())
    values = {
        "number": len(parts),
        "first": translate.month(format_month(decomposition.obstacles.removed_from)),
        "month": translate.month(result.spec.until),
        "reached": decimal(PERCENT - float(decomposition.remaining.center)),
        "now": decimal(float(decomposition.now.center)),
        "obstacle": _obstacle_label(decomposition.obstacles.each[largest], translate),
        "points": decimal(float(parts["points"].iloc[largest])),
        "gap": decimal(float(decomposition.gap.center)),
    }
    if not result.spec.drawn:
        return translate(
            "With all {number} obstacles removed from {first}, {reached} % would hold a permit at the end of {month} "
            "instead of {now} %; the largest obstacle: {obstacle} ({points} of {gap} points).",
            **values,
        )
    return translate(
        "With all {number} obstacles removed from {first}, {reached} % would hold a permit at the end of {month} "
        "instead of {now} %; the largest obstacle: {obstacle} ({points} of {gap} points; the largest in {draws} % of "
        "the draws).",
        **values,
        draws=_share_largest(decomposition.by_run, largest),
    )


def _share_largest(values: NDArray[np.float64], place: int) -> str:
    """Format the percentage of the runs in which a value is the largest.

    Args:
        values: values that are compared, shape (runs, values).
        place: number of the value.
    """
    return count(PERCENT * float((values.argmax(axis=1) == place).mean()))


def interval_note(result: WhyResult, translate: Language = ENGLISH) -> str:
    """Describe the estimates and intervals in the results of `why`."""
    if result.spec.drawn:
        contents = translate(
            "Means over {draws} draws of the posterior, which add up, and the intervals that contain 90\u00a0% of "
            "the draws: parameter uncertainty and Monte Carlo error.",
            draws=count(result.runs),
        )
        return translate.join([contents, _error_note(result, translate)])
    label = point_label(translate)
    if result.runs == 1:
        return translate.join([label, translate("One replicate: there is no interval.")])
    contents = translate(
        "Means over {replicates} and their 95\u00a0% intervals (t distribution): Monte Carlo error between "
        "replicates.",
        replicates=replicates_phrase(result.runs, translate),
    )
    return translate.join([label, contents])


def _error_note(result: WhyResult, translate: Language) -> str:
    """State the largest standard error of the printed means over draws."""
    shares = _shares(_whole_district(result.funnel))
    values = [shares]
    if result.decomposition is not None:
        take_up = result.decomposition.take_up_by_run
        values += [result.decomposition.by_run, take_up[:, -1:], take_up[:, -1:] - take_up[:, :1]]
    return mean_error_note(result.runs, float(mean_error(np.hstack(values)).max()), translate)


def format_interval(estimate: Estimate, translate: Language = ENGLISH) -> str:
    """Format an interval over runs, such as "6.5 to 7.3"; "–" without one."""
    return translate.interval(float(estimate.low), float(estimate.high))


def _obstacle_label(obstacle: Obstacle, translate: Language) -> str:
    """Return the title of an obstacle for use within a sentence or a list."""
    return decapitalise(translate.phrase(obstacle.title))


def decapitalise(title: str) -> str:
    """Give a title a small initial letter, for use within a sentence or a list."""
    return f"{title[:1].lower()}{title[1:]}"


def _shares(rows: pd.DataFrame) -> NDArray[np.float64]:
    """Return the percent of a group with each reason, shape (runs, reasons)."""
    return rows["share"].to_numpy(np.float64).reshape(-1, len(Reason)) * PERCENT


def _whole_district(funnel: pd.DataFrame) -> pd.DataFrame:
    """Select the rows of the funnel that count the whole district."""
    return funnel[(funnel["attribute"] == WHOLE_POPULATION[0]) & (funnel["level"] == WHOLE_POPULATION[1])]


_INDENT: Final = "  "
MIN_PERCENT: Final = 0.05
"""Smallest share that is listed; a smaller one would be shown as 0.0 %."""


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
        label = _obstacle_label(obstacle, translate)
        add(label, signed(points), share, translate.interval(low, high), indent=_INDENT)
    whole, ends = decimal(PERCENT) if gap else "", format_interval(decomposition.gap, translate)
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


_ROW: Final = 0.32
_MARGINS: Final = Margins(left=2.6, right=2.2, top=0.4)
_LABEL_WIDTH: Final = 2.4
_VALUES: Final = 1.03
_BAR, _CONNECTOR = 0.66, 0.8
"""Height of a bar, in rows; width of the line between bars."""
_SOLID, _ADDED, _LESS, _REST = "#2f5d87", "#8fb3d1", "#cc6677", "#e4e4e4"
"""Colours of take-up, a positive and a negative contribution, and the remainder; distinct in greyscale too."""
_SHADES: Final = ("#5f6368", "#8a8f94", "#b3b7bb")
"""Colours of successive steps of the funnel."""
STEP_ORDER: Final = (
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
"""The steps in the order in which a migrant passes them on the way to a valid permit."""


@dataclass(frozen=True)
class _Bar:
    """A bar of a waterfall chart from one value to another, with a label and a text."""

    label: str
    begin: float
    end: float
    colour: str
    text: str
    low: float = math.nan
    high: float = math.nan
    hatch: str = ""


def plot_funnel(result: WhyResult, translate: Language = ENGLISH) -> Figure:
    """Plot the waterfall from all migrants to those with a valid permit, by reason."""
    table = reasons_table(result, result.funnel)
    numbers = table[["percent", "low", "high", "persons"]].to_numpy(np.float64).tolist()
    population, remaining = residents(result), PERCENT
    bars = [_Bar(translate("everyone"), 0.0, PERCENT, _SOLID, count(population))]
    for number, step in enumerate(STEP_ORDER):
        for reason in STEPS[step]:
            share, low, high, _ = numbers[reason]
            bars.append(
                _Bar(
                    translate.cause(REASONS[reason]),
                    remaining,
                    remaining - share,
                    _SHADES[number % len(_SHADES)],
                    _bar_text(numbers[reason], translate),
                    remaining - high,
                    remaining - low,
                )
            )
            remaining -= share
    share, low, high, _ = numbers[Reason.VALID]
    text = _bar_text(numbers[Reason.VALID], translate)
    bars.append(_Bar(translate.cause(REASONS[Reason.VALID]), 0.0, share, _SOLID, text, low, high))
    place, when = translate.place(result.spec.district.population), translate.month(result.spec.month)
    caption = [translate("Each migrant is counted at the first reason that applies, {month}.", month=when)]
    title = translate("Reasons for having no valid permit in {place}, {month}", place=place, month=when)
    unit = translate("Migrants, % of {number}", number=count(population))
    names = translate("Reason"), translate("%, persons"), unit
    return _waterfall(title, _caption(caption, result, translate), bars, *names)


def plot_obstacles(result: WhyResult, decomposition: Decomposition, translate: Language = ENGLISH) -> Figure:
    """Plot the waterfall from take-up with all obstacles to 100 %, by obstacle."""
    now, remaining = decomposition.now, decomposition.remaining
    take_up = float(now.center)
    text = f"{decimal(take_up)} %"
    everything = translate("take-up with all in place")
    bars = [_Bar(everything, 0.0, take_up, _SOLID, text, float(now.low), float(now.high))]
    for obstacle, (points, low, high) in zip(
        decomposition.obstacles.each,
        decomposition.parts[["points", "low", "high"]].itertuples(index=False),
        strict=True,
    ):
        text = translate.with_interval(signed(points), low, high, signed)
        colour, hatch = (_ADDED, "") if points >= 0.0 else (_LESS, "//")
        ends = take_up + low, take_up + high
        label = _obstacle_label(obstacle, translate)
        bars.append(_Bar(label, take_up, take_up + points, colour, text, *ends, hatch))
        take_up += points
    reached = PERCENT - float(remaining.center)
    ends = PERCENT - float(remaining.high), PERCENT - float(remaining.low)
    removed = translate("take-up with all removed")
    bars.append(_Bar(removed, 0.0, reached, _SOLID, f"{decimal(reached)} %", *ends))
    text = translate("{number} points", number=decimal(float(remaining.center)))
    bars.append(_Bar(translate("not removable"), reached, PERCENT, _REST, text, hatch=".."))
    until = translate.month(result.spec.until)
    caption = [
        translate(
            "Shapley values: percentage points that removing an obstacle from {first} on adds by {month}, averaged "
            "over all orders of removal, with the same agents and random numbers.",
            first=translate.month(format_month(decomposition.obstacles.removed_from)),
            month=until,
        ),
        translate("The effect of a removal is assumed."),
    ]
    title = translate(
        "Obstacles and missing take-up in {place}, {month}",
        place=translate.place(result.spec.district.population),
        month=until,
    )
    names = translate("Obstacle"), translate("points"), translate("Migrants with a valid permit, %")
    return _waterfall(title, _caption(caption, result, translate), bars, *names)


def _caption(sentences: list[str], result: WhyResult, translate: Language) -> str:
    """Join the sentences of a waterfall chart's caption and those on its intervals."""
    marks = [translate("Marks at the ends of bars are intervals.")] if result.runs > 1 else []
    return translate.join([*sentences, *marks, interval_note(result, translate)])


def _bar_text(numbers: Sequence[float], translate: Language) -> str:
    """Format the share of a reason with its interval, and its persons, from a row of `reasons_table`."""
    share, low, high, persons = numbers
    return f"{translate.with_interval(f'{decimal(share)} %', low, high)}\u2002{count(persons)}"


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
    draw_interval(axes, row, bar.low, bar.high)
    write_value(axes, row, _VALUES, bar.text)


@results_writer
def write_why(
    folder: Path,
    result: WhyResult,
    translate: Language = ENGLISH,
    write_further: FurtherFiles[WhyResult] = write_nothing,
) -> dict[str, Any]:
    """Write the results of `why`: tables, figures, summary.json and manifest.json.

    Args:
        folder: folder of the results.
        result: result of the runs.
        translate: language of the figures.
        write_further: function that writes further files, see `office_writer`.
    """
    decomposition, tables = result.decomposition, {"funnel": result.funnel}
    figures = {"funnel": plot_funnel(result, translate)}
    if decomposition is not None:
        tables["funnel"] = pd.concat([result.funnel, decomposition.funnel], ignore_index=True)
        tables |= {
            "obstacles": decomposition.parts,
            "obstacles_by_run": decomposition.table_by_run(),
            "combinations": decomposition.combinations,
        }
        figures["obstacles"] = plot_obstacles(result, decomposition, translate)
    write_tables(tables, folder)
    for name, figure in figures.items():
        write_figure(figure, folder / translate.file_name(f"{name}.png"))
    write_further(folder, result, tables, figures)
    write_json(_summary(result), folder / "summary.json")
    return _manifest(result)


def print_why(result: WhyResult, translate: Language = ENGLISH) -> None:
    """Print why migrants have no valid permit, with tables."""
    if not result.spec.drawn:
        print_results(translate.join([point_label(translate), point_hint(result.spec.district, translate)]))
    print_results(
        headline_sentence(result, translate), render_reasons(result, translate), render_steps(result, translate)
    )
    if result.decomposition is not None:
        print_results(
            render_obstacles(result, result.decomposition, translate),
            render_remaining(result, result.decomposition, translate),
            obstacle_sentence(result, result.decomposition, translate),
        )


def _summary(result: WhyResult) -> dict[str, Any]:
    """Return the content of summary.json; persons are those of the district."""
    spec, decomposition = result.spec, result.decomposition
    summary: dict[str, Any] = {
        "said": [headline_sentence(result)],
        "district": spec.district.population.name,
        "scenario": spec.scenario.name,
        "month": spec.month,
        "runs": result.runs,
        "runs_are": "draws of the posterior" if spec.drawn else "replicates",
        "interval": interval_contents(drawn=spec.drawn),
        "parameter_uncertainty": spec.drawn,
        "persons": residents(result),
        "persons_per_agent": spec.persons_per_agent,
        "causes": _reasons_summary(result, result.funnel),
    }
    if decomposition is not None:
        summary["said"].append(obstacle_sentence(result, decomposition))
        summary |= {
            "until": spec.until,
            "take_up_now": _estimate_summary(decomposition.now),
            "gap": _estimate_summary(decomposition.gap),
            "not_removable": _estimate_summary(decomposition.remaining),
            "obstacles": decomposition.parts.set_index("obstacle").to_dict("index"),
            "not_removable_causes": _reasons_summary(result, decomposition.funnel),
        }
    return summary


def _reasons_summary(result: WhyResult, table: pd.DataFrame) -> dict[str, Any]:
    reasons = reasons_table(result, table)
    rows = reasons[["persons", "percent", "low", "high"]].to_dict("records")
    return {REASONS[reason]: row for reason, row in zip(reasons["cause"], rows, strict=True)}


def _estimate_summary(estimate: Estimate) -> dict[str, float]:
    return {"center": float(estimate.center), "low": float(estimate.low), "high": float(estimate.high)}


def _manifest(result: WhyResult) -> dict[str, Any]:
    """Return the content of manifest.json: all inputs needed to repeat the command."""
    spec = result.spec
    return {
        **run_record(spec.district, spec.key),
        "scenario": scenario_record(spec.scenario),
        "obstacles": _removals(result.decomposition),
        "removed_from": None if spec.obstacles is None else format_month(spec.obstacles.removed_from),
        "runs": spec.records,
        "agents": spec.settings.agents,
        "engine": spec.settings.engine,
        "month": spec.month,
        "until": None if spec.obstacles is None else spec.until,
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
