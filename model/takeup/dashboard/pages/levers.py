"""The levers of a policy, for experts: one card per intervention."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import solara

from takeup.dashboard.baseline import FIRST, LAST
from takeup.dashboard.lever_controls import LeverControls
from takeup.dashboard.pages import state
from takeup.dashboard.pages.widgets import (
    Button,
    Markup,
    Select,
    Slider,
    ToggleButtons,
    describe_problem,
    error_message,
    paragraph,
)
from takeup.dashboard.policy_editor import (
    InterventionDraft,
    new_policy,
    policy_from_scenario,
    without_rounding_error,
)
from takeup.dashboard.slider_ranges import longest_ramp, possible_range
from takeup.district import ATTRIBUTES, lever_names
from takeup.district.operations import Operation
from takeup.errors import InputError
from takeup.months import format_month, parse_month
from takeup.report.formatting import amount
from takeup.report.i18n import Language
from takeup.report.inputs import describe_cost, describe_streets
from takeup.scenario import BASELINE, known_scenarios, load_scenario

_NEW: Final = "My policy"
"""Key of the option that starts a new policy."""
_IDENTIFIER: Final = re.compile(r"`(\w+)`")
"""Name of a parameter in the description of another one."""
_DISPLAYED: Final = 4
"""Significant digits of a displayed amount."""

Change = Callable[[Callable[[InterventionDraft], InterventionDraft]], None]
"""A function that changes an intervention, given as a function of the present one."""


@solara.component
def LeverEditor() -> None:
    """The interventions of the policy that is edited."""
    context, policy, translate = state.current_context(), state.current_policy(), state.current_language()
    problem, set_problem = solara.use_state("")

    def start_from(name: str) -> None:
        set_problem("")
        try:
            if name == _NEW:
                state.set_policy(new_policy(context.district, translate))
            elif name:
                state.set_policy(policy_from_scenario(load_scenario(name), context.district, translate))
        except InputError as error:
            set_problem(describe_problem(error, translate))

    def add() -> None:
        draft = InterventionDraft("documents", "add", 0.0).for_lever("documents", context.district)
        state.set_policy(replace(policy, interventions=(*policy.interventions, draft)))

    names = [(name, _scenario_label(name, translate)) for name in known_scenarios() if name != BASELINE.name]
    options = [("", translate("start from …")), (_NEW, translate("a new policy")), *names]
    label = translate("template")
    Select(label=label, hidden=True, name="start", options=options, value="", event_selected=start_from)
    if problem:
        Markup(error_message(problem))
    for number, draft in enumerate(policy.interventions):
        LeverCard(number, draft).key(f"{state.selected.value} {number} {draft.lever} {draft.operation}")
    Button(translate("+ add a lever"), "add", add)


def _scenario_label(name: str, translate: Language) -> str:
    """Return the label of a scenario; its name in words if its file cannot be read."""
    try:
        return translate.scenario(name, load_scenario(name).title)
    except InputError:
        return translate.scenario(name, name)


@solara.component
def LeverCard(number: int, draft: InterventionDraft) -> None:
    """The controls of one intervention: switch, lever, amount, dates, streets, groups.

    Args:
        number: position of the intervention in the policy.
        draft: the intervention.
    """
    expanded, set_expanded = solara.use_state(False)
    controls, translate = LeverControls(draft.lever, state.current_context().district), state.current_language()

    def change(edit: Callable[[InterventionDraft], InterventionDraft]) -> None:
        state.change_intervention(number, edit)

    def toggle(_: str) -> None:
        change(lambda present: replace(present, enabled=not present.enabled))

    def set_lever(name: str) -> None:
        change(lambda present: present.for_lever(name, controls.district))

    def remove() -> None:
        state.set_policy(state.current_policy().remove_intervention(number))

    with solara.Div(classes=["card", "lever-card"] if draft.enabled else ["card", "lever-card", "off"]):
        with solara.Div(classes=["card-head"]):
            switch = [("on", translate("on") if draft.enabled else translate("off"))]
            ToggleButtons(label="", options=switch, selected=["on"] if draft.enabled else [], event_clicked=toggle)
            levers = [(name, translate.parameter(name)) for name in lever_names()]
            Select(
                label=translate("lever"),
                hidden=True,
                name="lever",
                options=levers,
                value=draft.lever,
                event_selected=set_lever,
            )
            Button("×", "remove", remove, "quiet", translate("remove this lever"))
        Markup(paragraph(_meaning(controls, translate), "caption"))
        Amount(number, draft, controls, change)
        if draft.stated_cost is not None:
            Markup(paragraph(_cost(draft, translate), "caption"))
        label = translate("hide options") if expanded else _summary(draft, translate)
        hint = translate("dates, streets and groups")
        Button(label, "more", lambda: set_expanded(not expanded), "quiet wide", hint)
        if expanded:
            Dates(number, draft, change)
            Targets(draft, controls, change)


@solara.component
def Amount(number: int, draft: InterventionDraft, controls: LeverControls, change: Change) -> None:
    """Controls for the operation on the lever and its amount."""
    policy, translate = state.current_policy(), state.current_language()
    others = policy.replace_intervention(number, draft.with_amount(0.0, controls.district))
    limits = solara.use_memo(lambda: possible_range(policy, number, controls.district), [number, others]).including(
        draft.amount
    )
    value = min(draft.amount, limits.high)

    def set_operation(name: str) -> None:
        operation = next(each for each in operations if each == name)
        change(lambda present: present.with_operation(operation, controls.district))

    def set_amount(moved: float) -> None:
        change(lambda present: present.with_amount(without_rounding_error(moved), controls.district))

    values, unit = controls.values, translate.words(controls.definition.unit)
    low, high = min(values), max(values)
    current = _format(low) if _format(low) == _format(high) else translate.interval(low, high, _format)
    available = controls.operations
    operations: dict[Operation, str] = {
        "set": translate("set to"),
        "add": translate("add"),
        "multiply": translate("multiply by"),
    }
    options = [(name, title) for name, title in operations.items() if name in (*available, draft.operation)]
    with solara.Div(classes=["amount"]):
        Select(
            label=translate("operation"),
            hidden=True,
            name="operation",
            options=options,
            value=draft.operation,
            event_selected=set_operation,
        )
        Slider(
            label=translate("now {value} ({unit})", value=current, unit=unit),
            name=draft.lever,
            value=value,
            low=limits.low,
            high=limits.high,
            step=limits.step,
            text=_format(draft.amount),
            event_moved=set_amount,
        )
    if "set" not in available and len(values) > 1:
        note = translate("Its members have different values: select one of them to set it.")
        Markup(paragraph(note, "caption"))


@solara.component
def Dates(number: int, draft: InterventionDraft, change: Change) -> None:
    """Sliders for the first month, the last month and the months of the ramp."""
    translate = state.current_language()
    longest = longest_ramp(state.current_policy(), number, state.current_context().district)
    first, last = parse_month(draft.first), parse_month(draft.last_month)
    end = translate("the end") if draft.until is None else translate.month(draft.until)
    ramp = translate("immediately")
    if draft.ramp_months > 1:
        ramp = translate("over {number} months", number=draft.ramp_months)
    begin = translate.month(draft.first)

    def set_first(moved: float) -> None:
        first = format_month(int(moved))
        change(lambda present: replace(present, first=first, until=present.until and max(present.until, first)))

    def set_last(moved: float) -> None:
        until = None if moved >= LAST else format_month(int(moved))
        change(lambda present: replace(present, until=until and max(until, present.first)))

    def set_ramp(moved: float) -> None:
        change(lambda present: replace(present, ramp_months=int(moved)))

    months = {"low": FIRST, "high": LAST, "step": 1}
    Slider(label=translate("From"), name="from", value=first, text=begin, event_moved=set_first, **months)
    Slider(label=translate("Until"), name="until", value=last, text=end, event_moved=set_last, **months)
    Slider(
        label=translate("Comes into force"),
        name="ramp",
        value=draft.ramp_months,
        low=1,
        high=max(longest, draft.ramp_months),
        step=1,
        text=ramp,
        event_moved=set_ramp,
    )


@solara.component
def Targets(draft: InterventionDraft, controls: LeverControls, change: Change) -> None:
    """Buttons for streets and groups, if the lever can be set by them."""
    translate = state.current_language()
    if controls.definition.varies_by_street:
        streets = controls.district.streets

        def toggle(street: str) -> None:
            change(lambda present: replace(present, streets=_toggled(street, present.streets, tuple(streets))))

        named = controls.district.population.streets
        options = [(street.name, translate.either(street.name, street.name_zh)) for street in named]
        ToggleButtons(label=translate("streets"), options=options, selected=list(draft.streets), event_clicked=toggle)
    for attribute in controls.group_attributes:
        _Levels(attribute, draft, change)


@solara.component
def _Levels(attribute: str, draft: InterventionDraft, change: Change) -> None:
    """Buttons for the levels of one attribute."""
    selected, translate = draft.levels(attribute), state.current_language()
    population = state.current_context().district.population

    def toggle(level: str) -> None:
        available = ATTRIBUTES[attribute]
        change(lambda present: present.with_levels(attribute, _toggled(level, present.levels(attribute), available)))

    options = [(level, translate.level(population, attribute, level)) for level in ATTRIBUTES[attribute]]
    label = translate.words(attribute)
    ToggleButtons(label=label, options=options, selected=list(selected), event_clicked=toggle)


def _toggled(name: str, selected: tuple[str, ...], available: tuple[str, ...]) -> tuple[str, ...]:
    """Return the selection after a click on a name, in the order available."""
    return tuple(each for each in available if (each in selected) != (each == name))


def _summary(draft: InterventionDraft, translate: Language) -> str:
    """Return dates, streets and groups on one line."""
    population = state.current_context().district.population
    begin = translate.month(draft.first)
    dates = translate("from {first}", first=begin)
    if draft.until is not None:
        dates = translate("from {first} to {until}", first=begin, until=translate.month(draft.until))
    streets = describe_streets(draft.streets, population, translate)
    levels = [translate.level(population, name, level) for name, levels in draft.groups for level in levels]
    groups = translate(", ").join(levels) or translate("all groups")
    return f"{dates} · {streets} · {groups}"


def _meaning(controls: LeverControls, translate: Language) -> str:
    """Describe the lever; other parameters in the description have their labels instead of their names."""
    return _IDENTIFIER.sub(
        lambda match: translate('"{text}"', text=translate.parameter(match[1])),
        translate.phrase(controls.definition.meaning),
    )


def _cost(draft: InterventionDraft, translate: Language) -> str:
    """Describe the cost of the intervention, and how it follows from the cost that a file states."""
    if draft.cost is None:
        return translate("No cost: the file states none for a change of this direction or size.")
    return describe_cost(draft.cost, translate)


def _format(value: float) -> str:
    return amount(float(f"{value:.{_DISPLAYED}g}"))
