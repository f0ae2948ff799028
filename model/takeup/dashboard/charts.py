"""Charts of the dashboard's results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from takeup.analysis.why import STEPS, TITLES, Reason
from takeup.analysis.why.output import STEP_ORDER
from takeup.dashboard.agent_history import AgentHistory, Summand, Variation
from takeup.dashboard.baseline import Trajectory, percentage
from takeup.dashboard.effects import GroupEffect
from takeup.district import Street, Tiles
from takeup.report.charts.bars import Bar, Dot, Step, bar_chart, dot_chart, waterfall
from takeup.report.charts.base import BLUE, DARK_BLUE, PALE_BLUE, PALE_FILL, Chart
from takeup.report.charts.tile_map import ColorScale, tile_map
from takeup.report.charts.time_series import Series, Strip, state_strips, time_series
from takeup.report.formatting import PERCENT, count, decimal, join_words, signed
from takeup.report.plotting import GRID
from takeup.rules import KNOWLEDGE, STATUSES

TAKE_UP, WAIT, AWARENESS = "take_up", "wait", "awareness"
MAP_LAYERS: Final = {TAKE_UP: "take-up", WAIT: "wait", AWARENESS: "awareness"}
POLICY_COLORS: Final = ("#a6462b", "#1f7a5c", "#7a4fa3", "#946200")
"""Colours of the policies A to D; each has at least 4.5 to 1 on white."""
POLICY_DASHES: Final = ((7, 3), (2, 2), (9, 2, 2, 2), (4, 4))
"""Policies differ from the baseline and from each other by colour, by dashes and by the labels of their lines."""
_STEP_COLORS: Final = ("#5f6368", "#9aa0a6")
"""Colours that alternate between steps, so that the reasons of one step look alike."""
_VALID_COLOR: Final = "#2f5d87"
_AXIS_WIDTH: Final = 84
"""Width of the titles beside the timeline of a migrant, in pixels."""
_KNOWLEDGE_COLORS: Final = dict(zip(KNOWLEDGE, (PALE_FILL, PALE_BLUE, BLUE), strict=True))
_STATUS_COLORS: Final = dict(zip(STATUSES, (PALE_FILL, PALE_BLUE, DARK_BLUE, "#dba490"), strict=True))
_ELIGIBILITY_COLORS: Final = {"not eligible": PALE_FILL, "eligible": BLUE}


def street_map(
    tiles: Tiles, streets: Sequence[Street], trajectory: Trajectory, layer: str, index: int, selected: int | None
) -> Chart:
    """Draw the streets in one month; the shades have the same meaning in all months.

    Args:
        tiles, streets: the streets and the positions of their tiles.
        trajectory: the run.
        layer: TAKE_UP, WAIT or AWARENESS.
        index: number of the month, from 0.
        selected: number of the street to mark; None: no mark.
    """
    if layer == WAIT:
        values, title, places = trajectory.wait, "expected wait, months", 2
    elif layer == AWARENESS:
        values = percentage(trajectory.population - trajectory.unaware, trajectory.population)
        title, places = "have heard of the permit, %", 1
    else:
        values, title, places = percentage(trajectory.valid, trajectory.population), "have a valid permit, %", 1
    scale = ColorScale.of(values, lambda value: decimal(value, places), title)
    return tile_map(tiles, streets, values[index], scale, selected)


def effect_map(tiles: Tiles, streets: Sequence[Street], effects: Sequence[GroupEffect]) -> Chart:
    """Draw the change in take-up by street."""
    points = np.array([each.center for each in effects])
    return tile_map(tiles, streets, points, ColorScale.of(points, signed, "change in take-up, points"), None)


def effect_bars(effects: Sequence[GroupEffect]) -> Chart:
    """Draw the change in take-up by group, with intervals."""
    bars = [
        Bar(join_words(each.level), each.center, each.low, each.high, heading=join_words(each.attribute))
        for each in effects
    ]
    return bar_chart("change in take-up, points", bars)


def reason_waterfall(reasons: NDArray[np.int64], persons_per_agent: float) -> Chart:
    """Draw a waterfall from all migrants down to those with a valid permit; a reason can be clicked.

    Args:
        reasons: (reasons,) simulated persons by reason; reasons without persons are omitted.
        persons_per_agent: number of real persons that one simulated migrant represents.
    """
    total = int(reasons.sum())

    def step(title: str, persons: int, start: int, color: str, pick: int | None) -> Step:
        numbers = f"{count(persons * persons_per_agent)} persons, {decimal(PERCENT * persons / max(total, 1))} %"
        tip = f"{title}: {numbers}" + ("" if pick is None else ". Click to see one of them.")
        return Step(title, start, start + persons, numbers, tip, color, pick)

    steps, remaining = [step("all migrants", total, 0, GRID, None)], total
    for number, name in enumerate(STEP_ORDER):
        for reason in STEPS[name]:
            if reasons[reason] > 0:
                remaining -= int(reasons[reason])
                color = _STEP_COLORS[number % len(_STEP_COLORS)]
                steps.append(step(TITLES[reason], int(reasons[reason]), remaining, color, int(reason)))
    steps.append(step(TITLES[Reason.VALID], int(reasons[Reason.VALID]), 0, _VALID_COLOR, int(Reason.VALID)))
    return waterfall("Who has no valid permit, and why", steps)


def agent_strips(history: AgentHistory, selected: int) -> Chart:
    """Draw knowledge, eligibility and permit of a migrant by month; a month can be clicked."""
    records = history.records
    eligible = ["eligible" if each.eligible else "not eligible" for each in records]
    strips = [
        Strip("knowledge", [KNOWLEDGE[each.inputs.knowledge] for each in records], _KNOWLEDGE_COLORS),
        Strip("eligibility", eligible, _ELIGIBILITY_COLORS),
        Strip("permit", [STATUSES[each.inputs.status] for each in records], _STATUS_COLORS),
    ]
    marked = history.at(selected).month
    return state_strips("One migrant by month", records[0].month, strips, marked, axis_width=_AXIS_WIDTH)


def agent_utility(history: AgentHistory, selected: int) -> Chart:
    """Draw the utility of a migrant by month; a month can be clicked."""
    values = np.array([each.inputs.utility for each in history.records])
    return time_series(
        "utility; above 0 the migrant would apply or keep the permit",
        history.records[0].month,
        [Series("utility", values, BLUE)],
        history.at(selected).month,
        height=120,
        axis_width=_AXIS_WIDTH,
        places=2,
    )


def utility_term_bars(terms: Sequence[Summand], utility: float) -> Chart:
    """Draw the terms of a utility as bars on either side of zero, and their sum."""
    bars = [Bar(term.title, term.amount) for term in terms]
    return bar_chart("sd of taste", [*bars, Bar("utility", utility, is_total=True)], places=2)


def one_at_a_time_chart(variations: Sequence[Variation], utility: float) -> Chart:
    """Draw one line per variation, from the current utility to the varied one.

    A filled dot marks a variation that changes the decision.
    """
    dots = [Dot(each.title, each.utility, each.changes_decision) for each in variations]
    return dot_chart("What would change the decision", dots, utility, zero="worth it", now="now")
