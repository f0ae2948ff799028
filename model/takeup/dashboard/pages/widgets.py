"""Controls and text blocks of the pages.

The controls are small Vue templates of native HTML elements: they need no font or icon from a server, and they can be
operated with the keyboard. The functions in lower case return HTML, in which all text is escaped.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from html import escape
from typing import Any
from urllib.parse import quote

import reacton.ipyvuetify as vuetify
import solara

from takeup.dashboard.pages import state
from takeup.errors import InputError, RunError
from takeup.report.charts.base import DARK_COLORS, Chart
from takeup.report.i18n import Language

Attribute = str | float | int | None


def element(name: str, *content: str, **attributes: Attribute) -> str:
    """Return an HTML element as text.

    Args:
        name: name of the element.
        content: children of the element, as markup.
        attributes: attributes of the element, which this function escapes. An attribute that is None is omitted; an
            underscore in a name becomes a hyphen; `class_` becomes `class`.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{''.join(content)}</{name}>"


def _ignore(_: int) -> None:
    """Ignore a click."""


# Solara passes the parameters of a Vue component to its template; the bodies are never executed.


@solara.component_vue("vue/slider.vue")
def Slider(
    label: str,
    name: str,
    value: float,
    low: float,
    high: float,
    step: float,
    text: str,
    event_moved: Callable[[float], None],
    animated: bool = False,
    words: tuple[str, str] = ("", ""),
    least: float | None = None,
) -> None:
    """A slider; if `animated`, with a play button. It reports at most every 150 ms.

    Args:
        label, name: visible name, and name in HTML for the tests.
        value, low, high, step: position and range.
        text: the position in words.
        event_moved: called with a new position.
        animated: whether there is a play button.
        words: names of the play button while the slider stands, and while it moves.
        least: smallest position above `low`; the slider moves to the nearer one of the two. None: every position.
    """


@solara.component_vue("vue/language_switch.vue")
def LanguageSwitch(
    tag: str,
    other: str,
    other_tag: str,
    label: str,
    cookie: str,
    event_selected: Callable[[str], None],
) -> None:
    """A button that switches the pages to the other language; it also sets the language of the document.

    The browser keeps the choice in a cookie.
    """


@solara.component_vue("vue/vega_chart.vue")
def VegaChart(
    title: str,
    titled: bool,
    description: str,
    specification: str,
    rows: str,
    dark: str,
    picks: list[tuple[int, str]],
    words: tuple[str, ...],
    clickable: bool,
    event_clicked: Callable[[int], None],
) -> None:
    """A Vega-Lite chart; clicks on rows with `pick` are reported. Buttons do the same for the keyboard.

    The menu stands beside the title of a titled chart, and above the plot of any other.

    The specification, the rows and the dark colours are JSON: Solara would search objects for elements, one by one.
    """


def ChartFigure(chart: Chart, on_click: Callable[[int], None] | None = None) -> solara.Element:
    """A chart with a menu that saves it as SVG or PNG.

    Args:
        chart: the chart.
        on_click: called with the key of the part that is clicked; None: the chart cannot be clicked.
    """
    translate = state.current_language()
    return VegaChart(
        title=chart.title,
        titled=chart.has_heading,
        description=chart.description,
        specification=json.dumps(chart.specification),
        rows=json.dumps(chart.data),
        dark=json.dumps(DARK_COLORS),
        picks=chart.picks,
        words=(translate("Save as SVG"), translate("Save as PNG"), translate("Save this chart")),
        clickable=on_click is not None,
        event_clicked=on_click or _ignore,
    )


@solara.component_vue("vue/toggle_buttons.vue")
def ToggleButtons(
    label: str, options: list[tuple[str, str]], selected: list[str], event_clicked: Callable[[str], None]
) -> None:
    """A row of buttons, some of which are pressed; options are pairs of key and title."""


@solara.component_vue("vue/select.vue")
def Select(
    label: str,
    name: str,
    options: list[tuple[str, str]],
    value: str,
    event_selected: Callable[[str], None],
    hidden: bool = False,
) -> None:
    """A drop-down list; options are pairs of key and title. A hidden label is only for screen readers."""


@solara.component_vue("vue/text_input.vue")
def TextInput(label: str, name: str, value: str, event_changed: Callable[[str], None]) -> None:
    """A line of text that can be edited."""


@solara.component
def Button(label: str, name: str, on_click: Callable[[], None], classes: str = "", title: str = "") -> solara.Element:
    """A button.

    Args:
        label: text of the button.
        name: name of the button in HTML, for the tests.
        on_click: called after a click.
        classes: CSS classes.
        title: tooltip of the button.
    """
    attributes = {"type": "button", "name": name, "title": title}

    def click(*_event: Any) -> None:
        on_click()

    button = vuetify.Html(tag="button", class_=classes, attributes=attributes, children=[label])
    vuetify.use_event(button, "click", click)
    return button


@solara.component_vue("vue/address.vue")
def Address(name: str, code: str, event_restored: Callable[[str], None]) -> None:
    """An invisible element that keeps a text in the address of the page.

    Args:
        name: name of the text in the query of the address.
        code: the text; empty: none.
        event_restored: called with the query when the visitor goes back or forward.
    """


@solara.component_vue("vue/pinned.vue")
def Pinned(content: str, working: bool) -> None:
    """A block of HTML that stays in view while the page is scrolled; focused controls are never below it.

    Args:
        content: markup, as the functions of this module return it.
        working: whether newer content is being computed.
    """


@solara.component_vue("vue/file_input.vue")
def FileInput(label: str, name: str, most: int, event_opened: Callable[[list[str | None]], None]) -> None:
    """A field into which a text file can be dropped, and which opens a dialog.

    Args:
        label, name: visible name, and name in HTML for the tests.
        most: largest size of a file in bytes.
        event_opened: called with the name of the file and its text; without a text if it is too large.
    """


@solara.component_vue("vue/command.vue")
def Command(text: str, words: tuple[str, str]) -> None:
    """A command to type, with a button that copies it; the words are names of the button before and afterwards."""


def Download(label: str, file: str, content: str) -> solara.Element:
    """A link that saves a text as a file, without a request to the server."""
    address = f"data:application/toml;charset=utf-8,{quote(content)}"
    return vuetify.Html(tag="a", class_="download", attributes={"download": file, "href": address}, children=[label])


def Markup(*content: str, class_: str | None = None) -> solara.Element:
    """A block of HTML, as the functions below return it."""
    return solara.HTML(tag="div", unsafe_innerHTML="".join(content), classes=[class_] if class_ else [])


def heading(title: str, caption: str = "") -> str:
    """Return a heading with an optional caption below it."""
    return element("h2", escape(title)) + (paragraph(caption, "caption") if caption else "")


def key_number(number: str, description: str, *, name: str) -> str:
    """Return a number in large type and its description, as HTML.

    Args:
        number: number as text, with its unit.
        description: text beside the number.
        name: name of the number in HTML, for the tests.
    """
    strong = element("strong", escape(number), data_number=name)
    return element("p", strong, element("span", escape(description)), class_="key-number")


def paragraph(text: str, class_: str | None = None) -> str:
    """Return a paragraph; no line begins with a percent sign."""
    return element("p", escape(text).replace(" %", "\u00a0%"), class_=class_)


def describe_problem(error: BaseException, translate: Language) -> str:
    """Return the message of an error in the language of the page."""
    return error.sentence(translate) if isinstance(error, InputError | RunError) else str(error)


def error_message(message: str) -> str:
    """Return an error message."""
    return element("p", escape(message), class_="error-message", role="alert")


def definition_list(rows: list[tuple[str, str]]) -> str:
    """Return a list of names and values."""
    return element("dl", *(element("dt", escape(name)) + element("dd", escape(value)) for name, value in rows))
