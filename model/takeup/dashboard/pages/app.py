"""The dashboard's application: layout around the pages, navigation and routes."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Final, cast

import reacton
import reacton.ipyvuetify as vuetify
import solara

from takeup.dashboard.charts import POLICY_COLORS
from takeup.dashboard.context import DashboardContext
from takeup.dashboard.language import COOKIE, other_language
from takeup.dashboard.page_address import KEY, PageState, decode_state, encode_state
from takeup.dashboard.pages import state
from takeup.dashboard.pages.district import DistrictPage, MigrantPage
from takeup.dashboard.pages.results import ResultsPage
from takeup.dashboard.pages.widgets import (
    Address,
    Button,
    LanguageSwitch,
    Markup,
    describe_problem,
    element,
    error_message,
    paragraph,
)
from takeup.dashboard.policy_editor import LETTERS
from takeup.errors import InputError
from takeup.report.charts.base import DARK_COLORS
from takeup.report.formatting import count, decimal
from takeup.report.i18n import ENGLISH, Language, language_of

_STYLE_FILES: Final = ("style.css", "policies.css")
_CHINESE: Final = language_of("zh")
_SUBJECT: Final = "居住证"
"""Chinese name of the permit, which the English pages show too."""
_NAMES: Final = {"en": "English", "zh": "中文"}
"""Names of the languages, each in itself."""
_POLICIES, _DISTRICT, _MIGRANT = "/", "district", "migrant"
"""Paths of the pages."""


@solara.component
def Layout(children: list[solara.Element]) -> None:
    """Title, navigation, the page and a footer."""
    context, translate = state.current_context(), state.current_language()
    router = solara.use_router()
    solara.use_memo(lambda: restore_address(router.search or ""), [])
    solara.Style(solara.use_memo(style_sheet, []))
    with solara.Div(classes=["takeup"]):
        with vuetify.Html(tag="header", class_="head"):
            Markup(_title(context, translate), class_="brand")
            LanguageSwitch(
                tag=translate.tag,
                other=other_language(translate).code,
                other_tag=other_language(translate).tag,
                label=_NAMES[other_language(translate).code],
                cookie=COOKIE,
                event_selected=state.language_code.set,
            )
            Navigation()
        Address(name=KEY, code=encode_state(state.page_state()), event_restored=restore_address)
        if state.notice.value:
            Markup(element("p", escape(state.notice.value), class_="notice", role="alert"))
        vuetify.Html(tag="main", class_="page", children=children)
        with vuetify.Html(tag="footer", class_="foot"):
            Markup(paragraph(_footer(context, translate)))


def style_sheet() -> str:
    """Return the style sheet of the pages, with the colours that policies have in the charts."""
    files = (Path(__file__).with_name(name).read_text(encoding="utf-8") for name in _STYLE_FILES)
    colors = "".join(
        f".takeup .letter[data-letter={letter}] {{ background: light-dark({color}, {DARK_COLORS[color]}); }}\n"
        for letter, color in zip(LETTERS, POLICY_COLORS, strict=True)
    )
    return "".join([*files, colors])


def restore_address(search: str) -> None:
    """Select what an address keeps; if it cannot be read, begin anew and say so.

    Args:
        search: query of the address, without its question mark.
    """
    translate = state.current_language()
    try:
        restored, notice = decode_state(search, state.current_context().district), ""
    except InputError as error:
        restored = PageState()
        notice = translate(
            "The address of this page could not be read, so the page begins anew: {problem}.",
            problem=describe_problem(error, translate),
        )
    state.restore(restored)
    state.notice.set(notice)


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
        translate = state.current_language()
        problem = describe_problem(exception, translate)
        message = Markup(error_message(translate("This page could not be shown: {problem}", problem=problem)))
        return solara.Div(children=[message, Button(translate("try again"), "retry", clear)])

    @solara.component
    def TitledPage() -> solara.Element:
        return solara.Div(children=[PageTitle(), PageOrError()])

    return cast("Callable[[], solara.Element]", TitledPage)


@solara.component
def PageTitle() -> None:
    """The title of the document; below the page, because Solara prefers the innermost title."""
    current, _ = solara.use_route(peek=True)
    translate = state.current_language()
    place = translate.place(state.current_context().district.population)
    solara.Title(place if current is None else f"{page_titles(translate)[current.path]} · {place}")


@solara.component
def Navigation() -> None:
    """Links to the pages."""
    current, pages = solara.use_route(peek=True)
    translate = state.current_language()
    titles = page_titles(translate)
    with vuetify.Html(tag="nav", class_="tabs", attributes={"aria-label": translate("Pages")}):
        for page in pages:
            PageLink(titles[page.path], solara.resolve_path(page, level=0), page is current)


@solara.component
def PageLink(title: str, path: str, is_current: bool) -> solara.Element:
    """A link to a page, which does not load the document again.

    Args:
        title: title of the page.
        path: path of the page.
        is_current: whether the page is shown.
    """
    router = solara.use_router()
    attributes = {"href": path, "aria-current": "page"} if is_current else {"href": path}

    def follow(*_event: object) -> None:
        router.push(path)

    link = vuetify.Html(tag="a", class_="current" if is_current else "", attributes=attributes, children=[title])
    vuetify.use_event(link, "click.prevent", follow)
    return link


def page_titles(translate: Language) -> dict[str, str]:
    """Return the titles of the pages by the path of their route."""
    return {
        _POLICIES: translate("Policies"),
        _DISTRICT: translate("The district"),
        _MIGRANT: translate("A migrant"),
    }


def _title(context: DashboardContext, translate: Language) -> str:
    population = context.district.population
    name, subject = translate.place(population), translate("take-up of residence permits")
    if translate.code != ENGLISH.code:
        return element("h1", escape(name)) + paragraph(subject)
    original = (element("span", escape(text), lang=_CHINESE.tag) for text in (population.name_zh, _SUBJECT))
    return element("h1", escape(name), " ", next(original)) + element("p", escape(subject), " ", next(original))


def _footer(context: DashboardContext, translate: Language) -> str:
    """Describe the simulation, and state what the results are not."""
    persons = context.persons_per_agent
    numbers = {"agents": count(context.agents), "seed": context.estimator.seed}
    if persons == 1:
        simulated = translate("{agents} simulated migrants, one per person; seed {seed}.", **numbers)
    else:
        per = count(persons) if persons == round(persons) else decimal(persons)
        simulated = translate(
            "{agents} simulated migrants, one per {persons} persons; seed {seed}.", persons=per, **numbers
        )
    sentences = [simulated]
    if context.district.population.invented:
        sentences.append(translate("The district is invented."))
    sentences.append(translate("Not a forecast: the model derives what follows from stated assumptions."))
    return translate.join(sentences)


routes = [
    solara.Route(path=_POLICIES, component=with_error_page(ResultsPage), layout=Layout),
    solara.Route(path=_DISTRICT, component=with_error_page(DistrictPage)),
    solara.Route(path=_MIGRANT, component=with_error_page(MigrantPage)),
]
