"""One intervention as a card: switch, lever, slider, dates, streets and groups."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import solara

from takeup.dashboard.lever_controls import LeverControls, lever_names
from takeup.dashboard.pages import state
from takeup.dashboard.pages.widgets import Button, Markup, Select, Slider, ToggleButtons, paragraph
from takeup.dashboard.policy_editor import InterventionDraft
from takeup.dashboard.trajectories import FIRST, LAST
from takeup.district import ATTRIBUTES
from takeup.months import format_month, parse_month
from takeup.report.formatting import amount, join_words, month
from takeup.scenario.schema import Operation

_OPERATIONS: Final[dict[Operation, str]] = {"set": "set to", "add": "add", "multiply": "multiply by"}
_SIGNIFICANT, _DISPLAYED = 12, 4
"""Significant digits of an amount, and of a displayed number."""
_MAX_RAMP: Final = 36
"""Upper end of the slider, in months."""

Change = Callable[[InterventionDraft], None]


@solara.component
def LeverCard(number: int, draft: InterventionDraft) -> None:
    """A card.

    Args:
        number: position of the intervention in the policy.
        draft: the intervention.
    """
    expanded, set_expanded = solara.use_state(False)
    controls = LeverControls(draft.lever, state.current_context().district)

    def change(changed: InterventionDraft) -> None:
        state.policy.set(state.current_policy().replace_intervention(number, changed))

    def toggle(_: str) -> None:
        change(replace(draft, enabled=not draft.enabled))

    def set_lever(name: str) -> None:
        change(draft.for_lever(name, controls.district))

    def remove() -> None:
        state.policy.set(state.current_policy().remove_intervention(number))

    with solara.Div(classes=["card"] if draft.enabled else ["card", "off"]):
        with solara.Div(classes=["card-head"]):
            switch = [("on", "on" if draft.enabled else "off")]
            ToggleButtons(label="", options=switch, selected=["on"] if draft.enabled else [], event_clicked=toggle)
            levers = [(name, join_words(name)) for name in lever_names()]
            Select(label="", name="lever", options=levers, value=draft.lever, event_selected=set_lever)
            Button("×", "remove", remove, "quiet", "remove this lever")
        Markup(paragraph(controls.definition.meaning, "caption"))
        Amount(draft, controls, change)
        label = "hide options" if expanded else _summary(draft)
        Button(label, "more", lambda: set_expanded(not expanded), "quiet wide", "dates, streets and groups")
        if expanded:
            Dates(draft, change)
            Targets(draft, controls, change)


@solara.component
def Amount(draft: InterventionDraft, controls: LeverControls, change: Change) -> None:
    """The operation on the lever and its amount."""
    limits = controls.slider_range(draft.operation).including(draft.amount)
    value = min(draft.amount, limits.high)

    def set_operation(name: str) -> None:
        operation = next(each for each in _OPERATIONS if each == name)
        change(draft.with_operation(operation, controls.district))

    def set_amount(moved: float) -> None:
        change(replace(draft, amount=float(f"{moved:.{_SIGNIFICANT}g}")))

    values = controls.values
    current = " to ".join(dict.fromkeys(_format(value) for value in (min(values), max(values))))
    available = controls.operations
    options = [(name, title) for name, title in _OPERATIONS.items() if name in (*available, draft.operation)]
    with solara.Div(classes=["amount"]):
        Select(label="", name="operation", options=options, value=draft.operation, event_selected=set_operation)
        Slider(
            label=f"now {current} {controls.definition.unit}",
            name=draft.lever,
            value=value,
            low=limits.low,
            high=limits.high,
            step=limits.step,
            text=_format(draft.amount),
            event_moved=set_amount,
        )
    if "set" not in available and len(values) > 1:
        Markup(paragraph("Its members have different values: select one of them to set it.", "caption"))


@solara.component
def Dates(draft: InterventionDraft, change: Change) -> None:
    """First month, last month, and months until the intervention is fully in force."""
    first, last = parse_month(draft.first), parse_month(draft.last_month)
    end = "the end" if draft.until is None else month(draft.until)
    ramp = "immediately" if draft.ramp_months == 1 else f"over {draft.ramp_months} months"

    def set_first(moved: float) -> None:
        start = int(moved)
        until = draft.until if draft.until is None or parse_month(draft.until) >= start else format_month(start)
        change(replace(draft, first=format_month(start), until=until))

    def set_last(moved: float) -> None:
        until = max(int(moved), first)
        change(replace(draft, until=None if until >= LAST else format_month(until)))

    def set_ramp(moved: float) -> None:
        change(replace(draft, ramp_months=int(moved)))

    months = {"low": FIRST, "high": LAST, "step": 1}
    Slider(label="from", name="from", value=first, text=month(draft.first), event_moved=set_first, **months)
    Slider(label="until", name="until", value=last, text=end, event_moved=set_last, **months)
    Slider(
        label="comes into force",
        name="ramp",
        value=draft.ramp_months,
        low=1,
        high=_MAX_RAMP,
        step=1,
        text=ramp,
        event_moved=set_ramp,
    )


@solara.component
def Targets(draft: InterventionDraft, controls: LeverControls, change: Change) -> None:
    """Streets and groups, as far as the lever can be set by them."""
    if controls.varies_by_street:
        streets = controls.district.streets

        def toggle(street: str) -> None:
            change(replace(draft, streets=_toggled(street, draft.streets, tuple(streets))))

        options = [(street, street) for street in streets]
        ToggleButtons(label="streets", options=options, selected=list(draft.streets), event_clicked=toggle)
    for attribute in controls.group_attributes:
        _Levels(attribute, draft, change)


@solara.component
def _Levels(attribute: str, draft: InterventionDraft, change: Change) -> None:
    """The levels of one attribute."""
    selected = draft.levels(attribute)

    def toggle(level: str) -> None:
        change(draft.with_levels(attribute, _toggled(level, selected, ATTRIBUTES[attribute])))

    options = [(level, join_words(level)) for level in ATTRIBUTES[attribute]]
    ToggleButtons(label=join_words(attribute), options=options, selected=list(selected), event_clicked=toggle)


def _toggled(name: str, selected: tuple[str, ...], available: tuple[str, ...]) -> tuple[str, ...]:
    """Return the selection after a click on a name, in the order available."""
    return tuple(each for each in available if (each in selected) != (each == name))


def _summary(draft: InterventionDraft) -> str:
    """Return dates, streets and groups on one line."""
    until = "" if draft.until is None else f" to {month(draft.until)}"
    streets = ", ".join(draft.streets) or "all streets"
    groups = ", ".join(join_words(level) for _, levels in draft.groups for level in levels) or "all groups"
    return f"from {month(draft.first)}{until} · {streets} · {groups}"


def _format(value: float) -> str:
    return amount(float(f"{value:.{_DISPLAYED}g}"))
