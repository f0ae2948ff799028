"""The state of the pages under events that come close together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import solara

from takeup.dashboard.context import DashboardContext
from takeup.dashboard.pages import state
from takeup.dashboard.pages.policies import PolicyEditor
from takeup.dashboard.pages.results import ResultsPage
from takeup.dashboard.policy_editor import InterventionDraft, PolicyDraft, PurchaseDraft, to_scenarios

Handlers = dict[str, list[Callable[[Any], None]]]


@pytest.fixture
def editing(context: DashboardContext) -> Iterator[Callable[[PolicyDraft], Handlers]]:
    """A function that draws the editor of a policy and returns the handlers of its controls by name."""
    drawings = []

    def draw(policy: PolicyDraft) -> Handlers:
        state.set_context(context)
        state.policies.set((policy,))
        box, drawing = solara.render(PolicyEditor(), handle_error=False)
        drawings.append(drawing)
        handlers: Handlers = {}
        for widget in controls(box):
            handler = next(iter(widget._event_callbacks.values()))
            handlers.setdefault(getattr(widget, "name", widget.label), []).append(handler)
        return handlers

    yield draw
    for drawing in drawings:
        drawing.close()
    state.policies.set(())


def controls(widget: Any) -> Iterator[Any]:
    """The controls among a widget and all below it."""
    if getattr(widget, "_event_callbacks", None):
        yield widget
    for child in getattr(widget, "children", ()):
        yield from controls(child)


def test_events_for_levers_that_come_before_the_page_is_drawn_again_all_count(
    editing: Callable[[PolicyDraft], Handlers],
) -> None:
    lever = InterventionDraft("publicity", "add", 0.1, "2019-03", "2019-12")
    handlers = editing(PolicyDraft("Levers", (lever, lever)))
    for name, value in (("publicity", 0.3), ("operation", "multiply"), ("publicity", 2.0)):
        handlers[name][1](value)
    handlers["publicity"][0](0.2)
    first, second = state.current_policy().interventions
    assert (first.operation, first.amount) == ("add", 0.2)
    assert (second.operation, second.amount) == ("multiply", 2.0)


def test_events_for_measures_that_come_before_the_page_is_drawn_again_all_count(
    editing: Callable[[PolicyDraft], Handlers],
) -> None:
    purchases = (PurchaseDraft("text_reminders", 3e6), PurchaseDraft("text_reminders", 2e6, "2021-01"))
    handlers = editing(PolicyDraft("Measures", (), purchases))
    handlers["village_outreach"][0](1e6)
    handlers["employer_filing"][0](2e6)
    handlers["text_reminders"][0](0.0)
    handlers["employer_filing"][0](3e6)
    amounts = {each.measure: each.yuan_per_year for each in state.current_policy().purchases}
    assert amounts == {"text_reminders": 2e6, "village_outreach": 1e6, "employer_filing": 3e6}


def test_the_editor_is_the_same_element_with_and_without_an_answer_above_it(context: DashboardContext) -> None:
    """Otherwise a control would lose its focus, and an event for it would be lost, when the first answer comes."""
    state.set_context(context)
    state.effects.set(None)
    stages = list(context.estimator.estimate(to_scenarios(state.current_policies())))
    routes = [solara.Route("/", component=ResultsPage), solara.Route("migrant", component=ResultsPage)]
    pages = solara.autorouting.RoutingProvider(children=[ResultsPage()], routes=routes, pathname="/")
    box, drawing = solara.render(pages, handle_error=False)
    (before,) = (widget for widget in controls(box) if getattr(widget, "name", "") == "title")
    for effects in (stages[-1], None):
        state.effects.set(effects)
        (after,) = (widget for widget in controls(box) if getattr(widget, "name", "") == "title")
        assert after is before
    drawing.close()
