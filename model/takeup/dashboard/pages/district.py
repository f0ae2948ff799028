"""The district page: streets, take-up over time, and reasons for no permit."""

from __future__ import annotations

from typing import Final

import solara

from takeup.dashboard.charts import MAP_LAYERS, Series, map_layer, reason_waterfall, tile_map, time_series
from takeup.dashboard.charts.svg import POLICY_COLOR, POLICY_DASH
from takeup.dashboard.charts.tile_map import TAKE_UP
from takeup.dashboard.pages import state
from takeup.dashboard.pages.widgets import Markup, Slider, SvgFigure, ToggleButtons, heading, key_number, paragraph
from takeup.dashboard.trajectories import FIRST, LAST, Trajectory
from takeup.months import format_month
from takeup.report.formatting import count, decimal, month

_CHART_HEIGHT: Final = 440
"""Height of the time series in pixels, similar to the map's."""


@solara.component
def DistrictPage() -> None:
    """The district in a month, without or with the visitor's policy."""
    context, trajectory, effect = state.current_context(), state.current_trajectory(), state.effect.value
    with solara.Div(classes=["controls"]):
        MonthSlider()
        RunSelector()
    with solara.Div(classes=["two"]):
        with solara.Div():
            StreetMap(trajectory)
            Markup(paragraph(context.tiles.note, "caption"))
        with solara.Div():
            Markup(_take_up(trajectory))
            street = state.street.value
            series = [Series("no policy", context.trajectory.take_up(street))]
            if effect is not None:
                series.append(Series("my policy", effect.trajectory.take_up(street), POLICY_COLOR, POLICY_DASH))
            svg = time_series("valid permits, % of migrants", FIRST, series, state.month.value, height=_CHART_HEIGHT)
            SvgFigure(svg=svg, event_clicked=state.month.set)
            Markup(
                paragraph("Click a street to see its time series, or a point in time to select a month.", "caption")
            )
    note = "Each migrant is counted under exactly one reason. Click a reason to see one of these migrants."
    Markup(heading("Who has no valid permit, and why", note))
    Reasons(trajectory)


@solara.component
def MonthSlider() -> None:
    """The month that the pages show."""
    month_text = month(format_month(state.month.value))

    def move(value: float) -> None:
        state.month.set(int(value))

    Slider(
        label="Month",
        name="month",
        value=state.month.value,
        low=FIRST,
        high=LAST,
        step=1,
        text=month_text,
        event_moved=move,
        animated=True,
    )


@solara.component
def RunSelector() -> None:
    """The run that the pages show, once the visitor has a policy."""
    if state.effect.value is not None:
        options = [(name, name) for name in (state.WITHOUT_POLICY, state.WITH_POLICY)]
        ToggleButtons(label="", options=options, selected=[state.shown_run.value], event_clicked=state.shown_run.set)


@solara.component
def StreetMap(trajectory: Trajectory) -> None:
    """The tile map of the month, with a choice of layers."""
    context = state.current_context()
    name, set_name = solara.use_state(TAKE_UP)
    layer = solara.use_memo(lambda: map_layer(name, trajectory), [name, trajectory])
    ToggleButtons(label="", options=list(MAP_LAYERS.items()), selected=[name], event_clicked=set_name)

    def select(street: int) -> None:
        state.street.set(None if street == state.street.value else street)

    values = layer.values[state.month.value - FIRST]
    svg = tile_map(context.tiles, context.district.population.streets, values, layer.scale, state.street.value)
    SvgFigure(svg=svg, event_clicked=select)


@solara.component
def Reasons(trajectory: Trajectory) -> None:
    """The waterfall of reasons; a click leads to a migrant with the reason."""
    router = solara.use_router()

    def show_agent(reason: int) -> None:
        state.select_agent(reason)
        router.push("/migrant")

    reasons = trajectory.reasons[state.month.value - FIRST]
    SvgFigure(svg=reason_waterfall(reasons, state.current_context().persons_per_agent), event_clicked=show_agent)


def _take_up(trajectory: Trajectory) -> str:
    context, street, index = state.current_context(), state.street.value, state.month.value - FIRST
    population = trajectory.population[index]
    place = context.district.population.name if street is None else context.district.streets[street]
    persons = float(population.sum() if street is None else population[street]) * context.persons_per_agent
    end = month(format_month(state.month.value))
    description = f"of {count(persons)} migrants in {place} have a valid permit at the end of {end}"
    return key_number(f"{decimal(float(trajectory.take_up(street)[index]))} %", description, name="take-up")
