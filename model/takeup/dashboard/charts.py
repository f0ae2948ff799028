"""Charts of the dashboard's results."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from takeup.analysis.compare.targets import FEWEST_AGENTS
from takeup.analysis.why import REASONS, STEPS, Reason
from takeup.analysis.why.plots import STEP_ORDER
from takeup.dashboard.agent_history import AgentHistory, Summand, Variation, status_name
from takeup.dashboard.baseline import Trajectory, percentage
from takeup.dashboard.effects import GroupEffect
from takeup.dashboard.estimator import PolicyEffects
from takeup.dashboard.policy_editor import LETTERS
from takeup.district import GROUPS, Population, Street, Tiles
from takeup.report.charts.bars import Bar, Dot, Step, bar_chart, dot_chart, waterfall
from takeup.report.charts.base import BLUE, DARK_BLUE, PALE_BLUE, PALE_FILL, Chart
from takeup.report.charts.tile_map import ColorScale, tile_map
from takeup.report.charts.time_series import Series, Strip, state_strips, time_series
from takeup.report.formatting import PERCENT, count, decimal, signed
from takeup.report.i18n import ENGLISH, Language
from takeup.report.plotting import GRID
from takeup.rules import KNOWLEDGE, STATUSES

TAKE_UP, WAIT, AWARENESS = "take_up", "wait", "awareness"
POLICY_COLORS: Final = ("#a6462b", "#1f7a5c", "#7a4fa3", "#946200")
"""Colours of the policies A to D; each has at least 4.5 to 1 on white."""
POLICY_DASHES: Final = ((7, 3), (2, 2), (9, 2, 2, 2), (4, 4))
"""Policies differ from the baseline and from each other by colour, by dashes and by the labels of their lines."""
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
    if layer == WAIT:
        values, title, places = trajectory.wait, translate("expected wait, months"), 2
    elif layer == AWARENESS:
        values = percentage(trajectory.population - trajectory.unaware, trajectory.population)
        title, places = translate("have heard of the permit, %"), 1
    else:
        values = percentage(trajectory.valid, trajectory.population)
        title, places = translate("have a valid permit, %"), 1
    scale = ColorScale.of(values, lambda value: decimal(value, places), title)
    return tile_map(tiles, streets, values[index], scale, selected, translate)


def effect_map(
    tiles: Tiles, streets: Sequence[Street], effects: Sequence[GroupEffect], translate: Language = ENGLISH
) -> Chart:
    """Draw the change in take-up by street."""
    points = np.array([each.center for each in effects])
    scale = ColorScale.of(points, signed, translate("change in take-up, points"))
    return tile_map(tiles, streets, points, scale, None, translate)


def effect_bars(effects: Sequence[GroupEffect], population: Population, translate: Language = ENGLISH) -> Chart:
    """Draw the change in take-up by group, with intervals.

    Args:
        effects: the effects by group.
        population: population of the district, which has the names of the groups.
        translate: the language.
    """
    bars = []
    for each in effects:
        title, heading = translate.level(population, each.attribute, each.level), translate.words(each.attribute)
        bars.append(Bar(title, each.center, each.low, each.high, heading))
    return bar_chart(translate("change in take-up, points"), bars, translate=translate)


def policy_bars(effects: PolicyEffects, translate: Language = ENGLISH) -> Chart:
    """Draw the change in take-up in the last month by policy, with intervals."""
    bars = [
        Bar(f"{LETTERS[number]} {policy.title}", *effects.last(number))
        for number, policy in enumerate(effects.policies)
    ]
    return bar_chart(translate("change in take-up, points"), bars, translate=translate)


def group_bars(trajectory: Trajectory, index: int, population: Population, translate: Language = ENGLISH) -> Chart:
    """Draw by how much the take-up of each group differs from that of the district in one month.

    Args:
        trajectory: the run.
        index: number of the month, from 0.
        population: population of the district, which has the names of the groups.
        translate: the language.
    """
    persons, valid = trajectory.groups[index].T
    shares = np.where(persons >= FEWEST_AGENTS, percentage(valid, persons), np.nan)
    own = trajectory.take_up()[index]
    bars = [
        Bar(translate.level(population, attribute, level), float(share - own), heading=translate.words(attribute))
        for (attribute, level), share in zip(GROUPS, shares, strict=True)
    ]
    return bar_chart(translate("take-up compared with the district, points"), bars, translate=translate)


def reason_waterfall(reasons: NDArray[np.int64], persons_per_agent: float, translate: Language = ENGLISH) -> Chart:
    """Draw a waterfall from all migrants down to those with a valid permit; a reason can be clicked.

    Args:
        reasons: (reasons,) simulated persons by reason; reasons without persons are omitted.
        persons_per_agent: number of real persons that one simulated migrant represents.
        translate: the language.
    """
    total = int(reasons.sum())

    def step(title: str, persons: int, start: int, color: str, pick: int | None) -> Step:
        numbers = translate(
            "{number} persons, {share} %",
            number=count(persons * persons_per_agent),
            share=decimal(PERCENT * persons / max(total, 1)),
        )
        tip = translate("{title}: {numbers}", title=title, numbers=numbers)
        if pick is not None:
            tip = translate("{title}: {numbers}. Click to see one of them.", title=title, numbers=numbers)
        return Step(title, start, start + persons, numbers, tip, color, pick)

    titles = {reason: translate.cause(REASONS[reason]) for reason in Reason}
    steps, remaining = [step(translate("all migrants"), total, 0, GRID, None)], total
    for number, name in enumerate(STEP_ORDER):
        for reason in STEPS[name]:
            if reasons[reason] > 0:
                remaining -= int(reasons[reason])
                color = _STEP_COLORS[number % len(_STEP_COLORS)]
                steps.append(step(titles[reason], int(reasons[reason]), remaining, color, int(reason)))
    steps.append(step(titles[Reason.VALID], int(reasons[Reason.VALID]), 0, _VALID_COLOR, int(Reason.VALID)))
    return waterfall(translate("Who has no valid permit, and why"), steps)


def agent_strips(history: AgentHistory, selected: int, translate: Language = ENGLISH) -> Chart:
    """Draw knowledge, eligibility and permit of a migrant by month; a month can be clicked."""
    records = history.records
    knowledge = [translate.words(name) for name in KNOWLEDGE]
    eligible = [translate("not eligible"), translate("eligible")]
    statuses = [status_name(status, translate) for status in range(len(STATUSES))]

    def strip(title: str, names: Sequence[str], numbers: Iterable[int], colors: Sequence[str]) -> Strip:
        return Strip(title, [names[number] for number in numbers], dict(zip(names, colors, strict=True)))

    strips = [
        strip(translate("knowledge"), knowledge, (each.inputs.knowledge for each in records), _KNOWLEDGE_COLORS),
        strip(translate("eligibility"), eligible, (each.eligible for each in records), (PALE_FILL, BLUE)),
        strip(translate("permit"), statuses, (each.inputs.status for each in records), _STATUS_COLORS),
    ]
    return state_strips(
        translate("One migrant by month"),
        records[0].month,
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
        history.records[0].month,
        [Series(translate("utility"), values, BLUE)],
        history.at(selected).month,
        height=120,
        axis_width=_AXIS_WIDTH,
        label_width=0,
        places=2,
        translate=translate,
    )


def utility_term_bars(terms: Sequence[Summand], utility: float, translate: Language = ENGLISH) -> Chart:
    """Draw the terms of a utility as bars on either side of zero, and their sum."""
    bars = [Bar(term.title, term.amount) for term in terms]
    total = Bar(translate("utility"), utility, is_total=True)
    title = translate("terms of the utility, sd of taste")
    return bar_chart(title, [*bars, total], places=2, translate=translate)


def one_at_a_time_chart(variations: Sequence[Variation], utility: float, translate: Language = ENGLISH) -> Chart:
    """Draw one line per variation, from the current utility to the varied one.

    A filled dot marks a variation that changes the decision.
    """
    dots = [Dot(each.title, each.utility, each.changes_decision) for each in variations]
    title = translate("What would change the decision")
    return dot_chart(title, dots, utility, zero=translate("worth it"), now=translate("now"))
