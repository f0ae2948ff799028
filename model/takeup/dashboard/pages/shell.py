"""The frame around the pages, and their addresses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, cast

import reacton
import solara

from takeup.dashboard.drawing.marks import element
from takeup.dashboard.pages import session
from takeup.dashboard.pages.district import DistrictPage
from takeup.dashboard.pages.migrant import MigrantPage
from takeup.dashboard.pages.parts import Lettering, Press
from takeup.dashboard.pages.policy import PolicyPage
from takeup.dashboard.pages.words import Markup, fault, said
from takeup.dashboard.stage import Stage
from takeup.report.formatting import count, decimal

_STYLE: Final = Path(__file__).with_name("look.css").read_text(encoding="utf-8")

_NO_CHINESE: Final = (
    "This browser finds no Chinese font: Chinese names show as boxes. Noto Sans CJK has them; on Debian and "
    "Ubuntu: sudo apt install fonts-noto-cjk."
)


@solara.component
def Shell(children: list[solara.Element]) -> None:
    """Name, addresses, the page, and a footnote."""
    stage = session.the_stage()
    solara.Style(_STYLE)
    with solara.Div(classes=["takeup"]):
        with solara.Div(classes=["head"]):
            Markup(_name(stage), kind="brand")
            Tabs()
        Lettering(words=_NO_CHINESE)
        solara.Div(classes=["page"], children=children)
        Markup(said(_footnote(stage)), kind="foot")


def guarded(page: Callable[[], solara.Element]) -> Callable[[], solara.Element]:
    """The page as a component that tells what failed, if something within it does.

    It is called within, and not handed over: what is handed over is drawn by who made it.
    """

    @solara.component
    def Guarded() -> solara.Element:
        failed, clear = reacton.use_exception()
        if failed is None:
            return page()
        return solara.Div(
            children=[
                Markup(fault(f"This page could not be shown: {failed}")),
                Press(label="try again", name="again", title="", kind="plain", event_pressed=lambda _: clear()),
            ]
        )

    return cast("Callable[[], solara.Element]", Guarded)


@solara.component
def Tabs() -> None:
    """The pages' addresses."""
    here, pages = solara.use_route(peek=True)
    with solara.Div(classes=["tabs"]):
        for page in pages:
            with solara.Link(page, classes=["here"] if page is here else []):
                solara.Text(page.label or "")


def _name(stage: Stage) -> str:
    population = stage.district.population
    return element("h1", f"{population.name} ", element("span", population.name_zh)) + element(
        "p", "residence permits 居住证"
    )


def _footnote(stage: Stage) -> str:
    invented = " The district is invented." if stage.district.population.invented else ""
    return (
        f"{count(stage.agents)} simulated migrants, one for {_persons(stage.persons_per_agent)}; seed "
        f"{stage.first.seed}.{invented} Not a forecast: it works out what follows from stated assumptions."
    )


def _persons(each: float) -> str:
    return "each person" if each == 1 else f"{count(each) if each == round(each) else decimal(each)} persons"


routes = [
    solara.Route(path="/", component=guarded(DistrictPage), label="The district", layout=Shell),
    solara.Route(path="policy", component=guarded(PolicyPage), label="A policy"),
    solara.Route(path="migrant", component=guarded(MigrantPage), label="A migrant"),
]
