"""The district: its streets, its curve and its funnel in a month."""

from __future__ import annotations

from typing import Final

import solara

from takeup.dashboard.drawing import Line, curve, reasons, tile_map
from takeup.dashboard.history import FIRST, LAST
from takeup.dashboard.pages import session
from takeup.dashboard.pages.look import POLICY_COLOUR, POLICY_DASH
from takeup.dashboard.pages.parts import Chips, Picture, Slider
from takeup.dashboard.pages.words import Markup, figure, heading, said
from takeup.dashboard.views import TAKE_UP, VIEWS, view_of
from takeup.dashboard.watching import Watched
from takeup.months import format_month
from takeup.report.formatting import count, decimal, month

_CURVE: Final = 440
"""Height of the curve, about the map's, in pixels."""


@solara.component
def DistrictPage() -> None:
    """The district in a month, as it is or under the visitor's policy."""
    stage, watched, outcome = session.the_stage(), session.the_run(), session.outcome.value
    with solara.Div(classes=["controls"]):
        Slider(
            label="Month", name="month", value=session.month.value, low=FIRST, high=LAST, step=1, plays=True,
            shown=month(format_month(session.month.value)), event_moved=lambda now: session.month.set(int(now)),
        )  # fmt: skip
        Worlds()
    with solara.Div(classes=["two"]):
        with solara.Div():
            Map(watched)
            Markup(said(stage.tiles.note, "below"))
        with solara.Div():
            Markup(_headline(watched))
            street = session.street.value
            lines = [Line("as it is", stage.baseline.take_up(street))]
            if outcome is not None:
                lines.append(Line("my policy", outcome.watched.take_up(street), POLICY_COLOUR, POLICY_DASH))
            svg = curve("valid permits, % of migrants", FIRST, lines, session.month.value, height=_CURVE)
            Picture(svg=svg, event_picked=session.month.set)
            Markup(said("Choose a street for its own curve, and a place on the curve for its month.", "below"))
    Markup(
        heading("Who has no valid permit, and why", "Everyone stands at one cause. Choose a cause to meet somebody.")
    )
    Funnel(watched)


@solara.component
def Worlds() -> None:
    """As it is, or under the visitor's policy, once there is one."""
    if session.outcome.value is not None:
        worlds = [(each, each) for each in (session.AS_IT_IS, session.UNDER_POLICY)]
        Chips(label="", options=worlds, chosen=[session.world.value], event_pressed=session.world.set)


@solara.component
def Map(watched: Watched) -> None:
    """The streets' tiles in the month, coloured by what is chosen."""
    stage = session.the_stage()
    seen, set_seen = solara.use_state(TAKE_UP)
    view = solara.use_memo(lambda: view_of(seen, watched), [seen, watched])
    Chips(label="", options=list(VIEWS.items()), chosen=[seen], event_pressed=set_seen)
    streets, values = stage.district.population.streets, view.values[session.month.value - FIRST]
    Picture(
        svg=tile_map(stage.tiles, streets, values, view.shades, session.street.value),
        event_picked=lambda number: session.street.set(None if number == session.street.value else number),
    )


@solara.component
def Funnel(watched: Watched) -> None:
    """The funnel of the month; a cause leads to somebody who stands there."""
    router = solara.use_router()

    def meet(cause: int) -> None:
        session.meet(cause)
        router.push("/migrant")

    svg = reasons(watched.causes[session.month.value - FIRST], session.the_stage().persons_per_agent)
    Picture(svg=svg, event_picked=meet)


def _headline(watched: Watched) -> str:
    stage, street, place = session.the_stage(), session.street.value, session.month.value - FIRST
    population = watched.population[place]
    where = stage.district.population.name if street is None else stage.district.streets[street]
    persons = float(population.sum() if street is None else population[street]) * stage.persons_per_agent
    ends = month(format_month(session.month.value))
    words = f"of {count(persons)} migrants in {where} hold a valid permit at the end of {ends}"
    return figure(f"{decimal(float(watched.take_up(street)[place]))} %", words, name="take-up")
