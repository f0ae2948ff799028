"""Charts of the dashboard's results."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from takeup.analysis.compare.targets import FEWEST_AGENTS
from takeup.analysis.why import REASONS, STEPS, Reason
from takeup.analysis.why.plots import STEP_ORDER
from takeup.dashboard.agent_history import AgentHistory, Summand, Variation, status_name
from takeup.dashboard.baseline import Trajectory, percentage
from takeup.dashboard.estimator import PolicyEffects
from takeup.dashboard.policy_editor import LETTERS
from takeup.district import GROUPS, Population, Street, Tiles
from takeup.report.charts import base
from takeup.report.charts.bars import Interval, bar_chart
from takeup.report.charts.base import BLUE, DARK_BLUE, PALE_BLUE, PALE_FILL, Chart, Row
from takeup.report.charts.time_series import Series, state_strips, time_series
from takeup.report.formatting import PERCENT, count, decimal, signed
from takeup.report.i18n import ENGLISH, Language
from takeup.report.plotting import GRID, INK, PALE_INK, PAPER
from takeup.rules import KNOWLEDGE, STATUSES

TAKE_UP, WAIT, AWARENESS = "take_up", "wait", "awareness"
POLICY_COLORS: Final = ("#a6462b", "#1f7a5c", "#7a4fa3", "#946200")
"""Colours of the policies A to D; each has at least 4.5 to 1 on white."""
POLICY_DASHES: Final = ((7, 3), (2, 2), (9, 2, 2, 2), (4, 4))
"""Policies differ from the baseline and from each other by colour, by dashes and by the labels of their lines."""
_TILE_HEIGHT, _STEP_ROW, _DOT_ROW = 64, 40, 26
"""Heights of a tile, of a step of a waterfall, and of the row of a dot, in pixels."""
_SHADES: Final = ("#ecf0f3", DARK_BLUE)
"""Shades of the smallest and the largest value of a tile map."""
_SCALE_ENDS: Final = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0, 80.0, 100.0)
"""Round numbers at which the scale of a tile map may end."""
_SUFFIX: Final = "街道"
_STEP_COLORS: Final = ("#5f6368", "#9aa0a6")
"""Colours that alternate between steps, so that the reasons of one step look alike."""
_VALID_COLOR: Final = "#2f5d87"
_AXIS_WIDTH: Final = 84
"""Width of the titles beside the timeline of a migrant, in pixels."""
_KNOWLEDGE_COLORS: Final = (PALE_FILL, PALE_BLUE, BLUE)
"""Colours of the levels of `KNOWLEDGE`."""
_STATUS_COLORS: Final = (PALE_FILL, PALE_BLUE, DARK_BLUE, "#dba490")
"""Colours of the statuses of `STATUSES`."""


def map_layers(translate: Language = ENGLISH) -> dict[str, str]:
    """Return the names of the quantities that the tile map can show."""
    return {TAKE_UP: translate("take-up"), WAIT: translate("wait"), AWARENESS: translate("awareness")}


def layout_note(tiles: Tiles, translate: Language = ENGLISH) -> str:
    """State the source of the positions of the tiles."""
    if not tiles.source:
        return translate("Layout: a plain grid, not a map.")
    source, status = translate.phrase(tiles.source), translate.words(tiles.status)
    return translate("Layout: {source} ({status}).", source=source, status=status)


def street_map(
    tiles: Tiles,
    streets: Sequence[Street],
    trajectory: Trajectory,
    layer: str,
    index: int,
    selected: int | None,
    translate: Language = ENGLISH,
) -> Chart:
    """Draw the streets in one month; the shades have the same meaning in all months.

    Args:
        tiles, streets: the streets and the positions of their tiles.
        trajectory: the run.
        layer: TAKE_UP, WAIT or AWARENESS.
        index: number of the month, from 0.
        selected: number of the street to mark; None: no mark.
        translate: the language.
    """
    persons = trajectory.population
    quantities = {
        TAKE_UP: (percentage(trajectory.valid, persons), translate("have a valid permit, %"), 1),
        WAIT: (trajectory.wait, translate("expected wait, months"), 2),
        AWARENESS: (percentage(persons - trajectory.unaware, persons), translate("have heard of the permit, %"), 1),
    }
    values, title, places = quantities[layer]
    texts = [decimal(value, places) for value in values[index]]
    return _tile_map(title, tiles, streets, values[index], texts, _scale_ends(values), selected, translate)


def effect_map(
    tiles: Tiles, streets: Sequence[Street], effects: pd.DataFrame, translate: Language = ENGLISH
) -> Chart:
    """Draw the change in take-up by street, from a part of the table of `group_effects`."""
    points = effects["difference_points"].to_numpy(dtype=np.float64)
    title, texts = translate("change in take-up, points"), [signed(value) for value in points]
    return _tile_map(title, tiles, streets, points, texts, _scale_ends(points), None, translate)


def _tile_map(
    title: str,
    tiles: Tiles,
    streets: Sequence[Street],
    values: NDArray[np.float64],
    texts: Sequence[str],
    ends: tuple[float, float],
    selected: int | None,
    translate: Language,
) -> Chart:
    """Draw one tile per street, shaded by its value between the ends of a scale; a tile can be clicked."""
    rows: list[Row] = [
        {
            "column": column,
            "row": row,
            "pick": number,
            "name": street.name,
            "name_zh": street.name_zh.removesuffix(_SUFFIX),
            "title": translate.either(street.name, street.name_zh),
            "text": text,
            "value": value if math.isfinite(value) else 0.0,  # without a shade, the text would be white on white
            "border": INK if number == selected else "#c8ccd0",
        }
        for number, (street, (column, row), value, text) in enumerate(
            zip(streets, tiles.places, values.tolist(), texts, strict=True)
        )
    ]
    tile = partial(
        base.layer,
        "tiles",
        x={"field": "column", "type": "ordinal", "axis": None, "scale": {"paddingInner": 0.04}},
        y={"field": "row", "type": "ordinal", "axis": None, "scale": {"paddingInner": 0.06}},
        tooltip=base.tooltip(title="title", text=title),
    )
    text = partial(tile, "text", color=base.ink_on("scale('fill', datum.value)"))
    colors = base.scale(list(zip(ends, _SHADES, strict=True))) | {"clamp": True}
    legend = {"title": title, "orient": "bottom", "titleLimit": 300, "gradientLength": 180}
    fill, stroke = base.quantitative("value", scale=colors, legend=legend), {"field": "border", "scale": None}
    number = {"dy": 16, "fontSize": 14, "fontWeight": "bold", "cursor": "pointer"}
    layers = [
        tile("rect", {"cornerRadius": 3, "cursor": "pointer"}, fill=fill, stroke=stroke),
        text({"dy": -17, "cursor": "pointer"}, text={"field": "name_zh"}),
        text({"dy": -2, "fontSize": 10, "cursor": "pointer"}, text={"field": "name"}),
        text(number, text={"field": "text"}),
    ]
    return Chart(title, {"tiles": rows}, layers, _TILE_HEIGHT * tiles.rows, has_heading=False)


def _scale_ends(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return two different round numbers, as close as possible, between which zero and all values are."""
    finite = values[np.isfinite(values)]
    extents = -float(finite.min(initial=0.0)), float(finite.max(initial=_SCALE_ENDS[1]))
    low, high = (next((end for end in _SCALE_ENDS if extent <= end), math.ceil(extent)) for extent in extents)
    return 0.0 - low, float(high)


def effect_bars(
    effects: pd.DataFrame, population: Population, color: str = "", translate: Language = ENGLISH
) -> Chart:
    """Draw the change in take-up by group, with intervals.

    Args:
        effects: a part of the table of `group_effects`.
        population: the population, for the names of the groups.
        color: colour of the policy; empty: that of the sign.
        translate: the language.
    """
    bars = [
        Interval(
            translate.level(population, name, level), center, low, high, heading=translate.words(name), color=color
        )
        for name, level, center, low, high in effects.itertuples(index=False)
    ]
    return bar_chart(translate("change in take-up, points"), bars, translate=translate)


def policy_bars(effects: PolicyEffects, translate: Language = ENGLISH) -> Chart:
    """Draw the change in take-up in the last month by policy, with intervals, in the colours of the policies."""
    bars = [
        Interval(f"{LETTERS[number]} {policy.title}", *effects.last(number), color=POLICY_COLORS[number])
        for number, policy in enumerate(effects.policies)
    ]
    return bar_chart(translate("change in take-up, points"), bars, translate=translate)


def group_bars(trajectory: Trajectory, index: int, population: Population, translate: Language = ENGLISH) -> Chart:
    """Draw by how much the take-up of each group differs from that of the district, in the month with an index."""
    persons, valid = trajectory.groups[index].T
    shares = np.where(persons >= FEWEST_AGENTS, percentage(valid, persons), np.nan)
    own = trajectory.take_up()[index]
    bars = [
        Interval(translate.level(population, attribute, level), share - own, heading=translate.words(attribute))
        for (attribute, level), share in zip(GROUPS, shares, strict=True)
    ]
    return bar_chart(translate("take-up compared with the district, points"), bars, translate=translate)


def reason_waterfall(reasons: NDArray[np.int64], persons_per_agent: float, translate: Language = ENGLISH) -> Chart:
    """Draw a waterfall from all migrants down to those with a valid permit; a reason can be clicked.

    The title and the number of each step stand above its bar.

    Args:
        reasons: (reasons,) simulated persons by reason; reasons without persons are omitted.
        persons_per_agent: number of real persons that one simulated migrant represents.
        translate: the language.
    """
    total = int(reasons.sum())
    rows: list[Row] = []

    def add(title: str, persons: int, start: int, color: str, reason: Reason | None = None) -> None:
        numbers = translate(
            "{number} persons, {share} %",
            number=count(persons * persons_per_agent),
            share=decimal(PERCENT * persons / max(total, 1)),
        )
        tip = translate("{title}: {numbers}", title=title, numbers=numbers)
        if reason is not None:
            tip = translate("{title}: {numbers}. Click to see one of them.", title=title, numbers=numbers)
        bar: Row = {"place": len(rows), "zero": 0, "start": start, "end": start + persons, "color": color}
        pick: Row = {} if reason is None else {"pick": int(reason)}
        rows.append({**bar, "title": title, "text": numbers, "tip": tip, **pick})

    add(translate("all migrants"), total, 0, GRID)
    remaining = total
    for number, name in enumerate(STEP_ORDER):
        for reason in STEPS[name]:
            if reasons[reason] > 0:
                remaining -= int(reasons[reason])
                color = _STEP_COLORS[number % len(_STEP_COLORS)]
                add(translate.cause(REASONS[reason]), int(reasons[reason]), remaining, color, reason)
    add(translate.cause(REASONS[Reason.VALID]), int(reasons[Reason.VALID]), 0, _VALID_COLOR, Reason.VALID)
    marks = partial(base.layer, "steps", y={"field": "place", "type": "ordinal", "axis": None})
    gap = {"color": GRID, "strokeDash": [1, 3], "yOffset": 8}
    shown = {"opacity": base.value_if(base.HOVERED, 1.0, 0.0), "tooltip": {"field": "tip"}}
    bar = {"height": 14, "yOffset": 8, "minBandSize": 1, "cursor": "pointer"}
    end = {"x2": {"field": "end"}, "color": {"field": "color", "scale": None}, "tooltip": {"field": "tip"}}
    layers = [
        marks("rect", {"color": "#f5f6f7", "cursor": "pointer"}, **shown) | {"params": [base.hover("place")]},
        marks("rule", gap, x=base.quantitative("zero"), x2={"field": "start"}),
        marks("bar", bar, x=base.quantitative("start", axis=None, scale={"nice": False}), **end),
        marks("text", {"align": "left", "dy": -9}, x={"value": 0}, text={"field": "title"}),
        marks("text", {"align": "right", "dy": -9}, x={"value": "width"}, text={"field": "text"}),
    ]
    title = translate("Who has no valid permit, and why")
    return Chart(title, {"steps": rows}, layers, _STEP_ROW * len(rows), has_heading=False)


def agent_strips(history: AgentHistory, selected: int, translate: Language = ENGLISH) -> Chart:
    """Draw knowledge, eligibility and permit of a migrant by month; a month can be clicked."""
    records = history.records
    knowledge = [(translate.words(name), color) for name, color in zip(KNOWLEDGE, _KNOWLEDGE_COLORS, strict=True)]
    eligible = [(translate("not eligible"), PALE_FILL), (translate("eligible"), BLUE)]
    statuses = [(status_name(status, translate), _STATUS_COLORS[status]) for status in range(len(STATUSES))]
    strips = {
        translate("knowledge"): [knowledge[each.inputs.knowledge] for each in records],
        translate("eligibility"): [eligible[each.eligible] for each in records],
        translate("permit"): [statuses[each.inputs.status] for each in records],
    }
    return state_strips(
        translate("One migrant by month"),
        [each.month for each in records],
        strips,
        history.at(selected).month,
        axis_width=_AXIS_WIDTH,
        translate=translate,
    )


def agent_utility(history: AgentHistory, selected: int, translate: Language = ENGLISH) -> Chart:
    """Draw the utility of a migrant by month; a month can be clicked."""
    values = np.array([each.inputs.utility for each in history.records])
    return time_series(
        translate("utility (above 0: applies or keeps)"),
        [each.month for each in history.records],
        [Series(translate("utility"), values, BLUE)],
        history.at(selected).month,
        height=120,
        axis_width=_AXIS_WIDTH,
        label_width=0,
        format_number=partial(decimal, places=2),
        translate=translate,
    )


def utility_term_bars(terms: Sequence[Summand], utility: float, translate: Language = ENGLISH) -> Chart:
    """Draw the terms of a utility as bars on either side of zero, and their sum."""
    bars = [Interval(term.title, term.amount) for term in terms]
    total = Interval(translate("utility"), utility)
    title = translate("terms of the utility, sd of taste")
    return bar_chart(title, bars, total=total, places=2, translate=translate)


def one_at_a_time_chart(variations: Sequence[Variation], utility: float, translate: Language = ENGLISH) -> Chart:
    """Draw one line per variation, from the current utility to the varied one.

    A filled dot marks a variation that changes the decision.
    """
    title = translate("What would change the decision")
    dots: list[Row] = [
        {
            "title": each.title,
            "value": each.utility,
            "present": utility,
            "text": signed(each.utility, 2),
            "fill": BLUE if each.changes_decision else PAPER,
        }
        for each in variations
    ]
    marks: list[Row] = [
        {"value": 0.0, "label": translate("worth it")},
        {"value": utility, "label": translate("now")},
    ]
    x, y = base.quantitative("value", axis=None), base.row_titles("title", labelLimit=200)
    label = {"baseline": "bottom", "dy": -4, "color": PALE_INK, "fontSize": base.SMALL_SIZE}
    dot_style = {"size": 90, "stroke": BLUE, "strokeWidth": 2, "opacity": 1}
    fill, tips = {"field": "fill", "scale": None}, base.tooltip(title="title", text=title)
    layers = [
        base.layer("marks", "rule", {"color": PALE_INK, "strokeDash": [2, 3]}, x=x),
        base.layer("marks", "text", label, x=x, y={"value": 0}, text={"field": "label"}),
        base.layer("dots", "rule", {"color": BLUE, "strokeWidth": 2}, x=x, x2={"field": "present"}, y=y),
        base.layer("dots", "point", dot_style, x=x, y=y, fill=fill, tooltip=tips),
        base.numbers("dots", y),
    ]
    data, height = {"dots": dots, "marks": marks}, _DOT_ROW * max(len(dots), 1)
    return Chart(title, data, layers, height, has_heading=False, top=22)
