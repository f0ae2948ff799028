"""Opening of scenario files, downloads, and the command that reproduces the page."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from html import escape
from typing import Final

import reacton.ipyvuetify as vuetify
import solara

from takeup.dashboard.downloads import FIGURE, FILES, PAGE, TABLE, comparison_file
from takeup.dashboard.effects import equivalent_command
from takeup.dashboard.estimator import PolicyEffects
from takeup.dashboard.pages import state
from takeup.dashboard.pages.widgets import (
    Command,
    Download,
    FileInput,
    Markup,
    definition_list,
    element,
    heading,
    paragraph,
)
from takeup.dashboard.policy_editor import LETTERS, policy_from_scenario, scenario_from_text, to_toml
from takeup.errors import InputError
from takeup.message import Message, translated
from takeup.report.i18n import Language
from takeup.report.office_files import DOCUMENT, WORKBOOK

_LARGEST: Final = 1_000_000
"""Largest size of a scenario file, in bytes."""


@solara.component
def OpenFile() -> None:
    """A field that opens a scenario file as a policy, and what is wrong with the file."""
    context, translate = state.current_context(), state.current_language()
    problem: solara.Reactive[InputError | None] = solara.use_reactive(None)

    def open_file(opened: list[str | None]) -> None:
        name, text = str(opened[0]), opened[1]
        problem.set(None)
        try:
            if text is None:
                raise InputError(
                    "the file is too large", file=name, allowed=Message("at most {number:,} bytes", number=_LARGEST)
                )
            scenario = scenario_from_text(name, text, context.district)
            state.add_policy(policy_from_scenario(scenario, context.district, translate))
        except InputError as error:
            problem.set(error)

    label = translate("Open a scenario file, or drop it here")
    FileInput(label=label, name="scenario-file", most=_LARGEST, event_opened=open_file)
    if problem.value is not None:
        FileProblem(problem.value)


@solara.component
def FileProblem(error: InputError) -> None:
    """What is wrong with a file: the file, the place in it, the value given and the values allowed."""
    translate = state.current_language()
    rows = [
        (translate("file"), error.file),
        (translate("place"), error.key),
        (translate("given"), error.given),
        (translate("allowed"), error.allowed),
        (translate("perhaps meant"), translate(", ").join(error.suggestions) or None),
    ]
    known = [(name, translated(value, translate)) for name, value in rows if value is not None]
    problem = translated(error.problem, translate)
    message = element("p", escape(translate("The file was not opened: {problem}.", problem=problem)))
    Markup(element("div", message + definition_list(known), class_="error-message", role="alert"))


@solara.component
def SaveAndShare(effects: PolicyEffects) -> None:
    """Downloads of the policies and of the comparison, and the command that gives the same numbers.

    Args:
        effects: the estimates, to which all files refer; the sliders may be ahead of them.
    """
    context, translate = state.current_context(), state.current_language()
    names = [f"{scenario.name}.toml" for scenario in effects.policies]
    command = equivalent_command(context, names)
    note = translate("The address of this page keeps everything that was selected: copy it to share the page.")
    Markup(heading(translate("Save and share"), note))
    if effects.is_final:
        with solara.Div(classes=["downloads"]):
            for name, label in _labels(translate).items():
                ResultFile(name, label, effects, command)
    else:
        Markup(paragraph(translate("Tables and reports follow when all runs are done."), "caption"))
    Markup(paragraph(translate("The command gives the same numbers from the scenario files."), "caption"))
    with solara.Div(classes=["downloads"]):
        for letter, name, scenario in zip(LETTERS, names, effects.policies, strict=False):
            content = to_toml(policy_from_scenario(scenario, context.district))
            title = translate("Scenario file {letter}: {title}", letter=letter, title=scenario.title)
            Download(title, name, content)
    Command(text=command, words=(translate("copy the command"), translate("copied")))


@solara.component
def ResultFile(name: str, label: str, effects: PolicyEffects, command: str) -> solara.Element:
    """A button that computes a file of the comparison and saves it."""
    context, translate = state.current_context(), state.current_language()

    def make() -> Callable[[], bytes]:
        return partial(comparison_file, name, effects, context.estimator.drawn, command, translate)

    content = solara.use_memo(make, [name, effects, translate.code])
    button = vuetify.Html(tag="button", attributes={"type": "button", "name": name}, children=[label])
    return solara.FileDownload(content, translate.file_name(name) if name != TABLE else name, children=[button])


def _labels(translate: Language) -> dict[str, str]:
    """Return the labels of the files of a comparison, in their order."""
    labels = {
        TABLE: translate("Table by month (CSV)"),
        WORKBOOK: translate("All tables (Excel)"),
        DOCUMENT: translate("Summary (Word)"),
        FIGURE: translate("Figure (PNG)"),
        PAGE: translate("Full report (HTML)"),
    }
    return {name: labels[name] for name in FILES}
