"""The dashboard's application: layout around the pages, navigation and routes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, cast

import reacton
import solara

from takeup.dashboard.context import DashboardContext
from takeup.dashboard.pages import state
from takeup.dashboard.pages.district import DistrictPage, MigrantPage
from takeup.dashboard.pages.policy import PolicyPage
from takeup.dashboard.pages.widgets import Button, Markup, PageLanguage, element, error_message, paragraph
from takeup.report.formatting import count, decimal
from takeup.report.i18n import ENGLISH
from takeup.report.typography import font_face

_STYLE: Final = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
_SUBTITLE: Final = "residence permits 居住证"


@solara.component
def Layout(children: list[solara.Element]) -> None:
    """Title, navigation, the page and a footer."""
    context = state.current_context()
    solara.Style(font_face(_chinese_names(context)) + _STYLE)
    with solara.Div(classes=["takeup"]):
        PageLanguage(code=ENGLISH.code)
        with solara.Div(classes=["head"]):
            Markup(_title(context), class_="brand")
            Navigation()
        solara.Div(classes=["page"], children=children)
        Markup(paragraph(_footer(context)), class_="foot")


def with_error_page(page: Callable[[], solara.Element]) -> Callable[[], solara.Element]:
    """Return the page as a component that shows an error message if it fails.

    The page is called inside the component: Solara would render a page passed as a child in the parent's context,
    where its exceptions could not be caught.
    """

    @solara.component
    def PageOrError() -> solara.Element:
        exception, clear = reacton.use_exception()
        if exception is None:
            return page()
        message = Markup(error_message(f"This page could not be shown: {exception}"))
        return solara.Div(children=[message, Button("try again", "retry", clear)])

    return cast("Callable[[], solara.Element]", PageOrError)


@solara.component
def Navigation() -> None:
    """Links to the pages."""
    current, pages = solara.use_route(peek=True)
    with solara.Div(classes=["tabs"]):
        for page in pages:
            with solara.Link(page, classes=["current"] if page is current else []):
                solara.Text(page.label or "")


def _title(context: DashboardContext) -> str:
    population = context.district.population
    title = element("h1", f"{population.name} ", element("span", population.name_zh))
    return title + element("p", _SUBTITLE)


def _chinese_names(context: DashboardContext) -> str:
    """Return the Chinese text of the pages, which the embedded font must cover."""
    population = context.district.population
    return "".join([_SUBTITLE, population.name_zh, *(street.name_zh for street in population.streets)])


def _footer(context: DashboardContext) -> str:
    synthetic = " The district is invented." if context.district.population.invented else ""
    return (
        f"{count(context.agents)} simulated migrants, one per {_persons(context.persons_per_agent)}; seed "
        f"{context.estimator.seed}.{synthetic} Not a forecast: the model derives what follows from stated "
        "assumptions."
    )


def _persons(number: float) -> str:
    return "person" if number == 1 else f"{count(number) if number == round(number) else decimal(number)} persons"


routes = [
    solara.Route(path="/", component=with_error_page(DistrictPage), label="The district", layout=Layout),
    solara.Route(path="policy", component=with_error_page(PolicyPage), label="A policy"),
    solara.Route(path="migrant", component=with_error_page(MigrantPage), label="A migrant"),
]
